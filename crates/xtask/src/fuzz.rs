//! `./dev fuzz [--minutes M] [TARGET]`: libFuzzer over the targets of tests/fuzz. It wants the compiler's coverage
//! instrumentation, which stable has; address sanitizing, which only nightly has, is left out: the workspace has no unsafe
//! code of its own to look into. Only our own crates are instrumented, in a development build: what others wrote is built
//! already, and every assertion and overflow check is on.

use std::path::PathBuf;

use crate::run::{Failed, cargo, command, go, root};

/// Where it keeps what it learnt, and inputs that fell over.
const FOLDER: &str = "target/fuzz";
/// Longest input, bytes; messages are longer, but what breaks a reader is short.
const LONGEST: &str = "65536";
/// The whole process, MB, C code included; what Rust asks for is bounded more tightly in the targets.
const MEMORY: &str = "1024";
/// One input, s.
const TIME: &str = "10";
const MINUTES: f64 = 2.0;

/// Set for the compiler's calls: this program then stands in front of it.
const WRAPS: &str = "FOVEA_FUZZ_WRAPS";
/// What libFuzzer needs to see where an input went.
const INSTRUMENT: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
];

/// Stands in front of the compiler for the workspace's crates, as cargo's workspace wrapper: adds the instrumentation.
/// `None` when this call of xtask is an ordinary one.
pub fn wrap(args: &[String]) -> Option<Result<(), Failed>> {
    std::env::var_os(WRAPS)?;
    let (rustc, rest) = args.split_first()?;
    // What runs while building has nothing to be searched, and no runtime of libFuzzer's.
    let built = |word: &str| rest.iter().any(|arg| arg == word);
    let instrument = built("--crate-name") && !built("build_script_build") && !built("proc-macro");
    let mut command = std::process::Command::new(rustc);
    command.args(rest).args(if instrument { INSTRUMENT } else { &[] });
    Some(go(&mut command))
}

pub fn run(args: &[String]) -> Result<(), Failed> {
    let usage = || Failed::new("fuzz takes `--minutes M` and the name of one target, or nothing for all of them");
    let (mut minutes, mut only) = (MINUTES, None);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--minutes" => {
                let text = args.next().ok_or_else(usage)?;
                minutes = text.parse().map_err(|_| usage())?;
            }
            name if only.is_none() && !name.starts_with('-') => only = Some(name.to_owned()),
            _ => return Err(usage()),
        }
    }
    let targets = targets()?;
    if let Some(name) = &only
        && !targets.contains(name)
    {
        return Err(Failed::new(format!(
            "there is no target {name}; there are {}",
            targets.join(", ")
        )));
    }
    let program = build()?;
    let mut fell = Vec::new();
    for target in targets
        .iter()
        .filter(|target| only.as_ref().is_none_or(|only| only == *target))
    {
        eprintln!("\n== {target}, {minutes} minutes ==");
        if let Err(Failed(why)) = search(&program, target, (minutes * 60.0).round().max(1.0) as u64) {
            fell.push(format!("{target} ({why})"));
        }
    }
    if fell.is_empty() {
        return Ok(());
    }
    Err(Failed::new(format!(
        "fell over: {}; the inputs lie in {FOLDER}",
        fell.join(", ")
    )))
}

/// One folder of seeds a target.
fn targets() -> Result<Vec<String>, Failed> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root().join("tests/fuzz/corpus"))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn build() -> Result<PathBuf, Failed> {
    go(cargo()
        .env("RUSTC_WORKSPACE_WRAPPER", std::env::current_exe()?)
        .env(WRAPS, "1")
        .env("CARGO_INCREMENTAL", "0")
        .args([
            "build",
            "--locked",
            "--package",
            "fovea-fuzz",
            "--bin",
            "fuzz",
            "--features",
            "libfuzzer",
        ]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("debug/fuzz"))
}

fn search(program: &PathBuf, target: &str, seconds: u64) -> Result<(), Failed> {
    let learnt = root().join(FOLDER).join("learnt").join(target);
    std::fs::create_dir_all(&learnt)?;
    let mut seeds = vec![root().join("tests/fuzz/corpus").join(target)];
    seeds.extend(Some(root().join("tests/fuzz/crashers").join(target)).filter(|folder| folder.exists()));
    go(command(program)
        .env("FOVEA_FUZZ", target)
        .arg(&learnt)
        .args(seeds)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={LONGEST}"))
        .arg(format!("-rss_limit_mb={MEMORY}"))
        .arg(format!("-timeout={TIME}"))
        .arg(format!("-artifact_prefix={FOLDER}/{target}-"))
        .args(["-print_final_stats=1", "-verbosity=0"]))
}
