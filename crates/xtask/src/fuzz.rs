//! `./dev fuzz [--minutes M] [TARGET]`: libFuzzer over the targets of tests/fuzz. It wants the compiler's coverage
//! instrumentation, which stable has; address sanitizing, which only nightly has, is left out: the workspace has no unsafe
//! code of its own to look into.

use std::path::PathBuf;

use crate::run::{Failed, answer, cargo, command, go, root};

/// Where instrumented builds lie, apart from the others.
const FOLDER: &str = "target/fuzz";
/// Longest input, bytes; messages are longer, but what breaks a reader is short.
const LONGEST: &str = "65536";
/// The whole process, MB, C code included; what Rust asks for is bounded more tightly in the targets.
const MEMORY: &str = "1024";
/// One input, s.
const TIME: &str = "10";
const MINUTES: f64 = 2.0;

/// What libFuzzer needs to see where an input went.
const INSTRUMENT: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing";

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
    let host = answer(command("rustc").args(["--print", "host-tuple"]))
        .ok_or_else(|| Failed::new("rustc does not say for which machine it builds"))?;
    // With a target named, build scripts and macros are left as they are.
    go(cargo()
        .env("RUSTFLAGS", INSTRUMENT)
        .args([
            "build",
            "--locked",
            "--package",
            "fovea-fuzz",
            "--bin",
            "fuzz",
            "--features",
            "libfuzzer",
        ])
        .args(["--profile", "fuzz", "--target", &host, "--target-dir", FOLDER]))?;
    Ok(root().join(FOLDER).join(host).join("fuzz/fuzz"))
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
