//! `./dev simulate`: the simulation of tests/simulation. What it was told is passed on, so that a failing seed's replay
//! command is this command. `--breaks` proves that it finds faults: the program is broken on purpose, one patch at a time, in
//! a copy.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{Failed, cargo, command, go, root};

/// Seeds that a break has to be found in.
const SEEDS: &str = "60";

pub fn run(args: &[String]) -> Result<(), Failed> {
    match args.split_first() {
        Some((first, named)) if first == "--breaks" => breaks(named),
        _ => go(cargo()
            .args(["run", "--locked", "--quiet", "--package", "fovea-simulation", "--"])
            .args(args)),
    }
}

/// The kept seeds and some fixed ones, as a step of `./dev test`.
pub fn kept() -> Result<(), Failed> {
    run(&["--kept".to_owned()])
}

fn patches(named: &[String]) -> Result<Vec<PathBuf>, Failed> {
    let folder = root().join("tests/simulation/breaks");
    let read = fs::read_dir(&folder).map_err(|error| Failed::new(format!("{}: {error}", folder.display())))?;
    let wanted = |path: &Path| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        named.is_empty() || named.iter().any(|part| name.contains(part.as_str()))
    };
    let mut patches: Vec<PathBuf> = read
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|kind| kind == "patch") && wanted(path))
        .collect();
    patches.sort();
    Ok(patches)
}

/// Applies each patch to a copy of what is committed, and runs seeds until one fails.
fn breaks(named: &[String]) -> Result<(), Failed> {
    let patches = patches(named)?;
    let copy = root().join("target/breaks");
    let _ = go(command("git").args(["worktree", "remove", "--force"]).arg(&copy));
    go(command("git")
        .args(["worktree", "add", "--quiet", "--detach"])
        .arg(&copy)
        .arg("HEAD"))?;
    let outcome = each(&patches, &copy);
    go(command("git").args(["worktree", "remove", "--force"]).arg(&copy))?;
    let missed = outcome?;
    if missed.is_empty() {
        Ok(())
    } else {
        Err(Failed::new(format!("not found: {}", missed.join(", "))))
    }
}

/// Names of the breaks that no seed found.
fn each(patches: &[PathBuf], copy: &Path) -> Result<Vec<String>, Failed> {
    let mut missed = Vec::new();
    for patch in patches {
        let name = patch.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        eprintln!("\n== {name} ==");
        go(command("git")
            .current_dir(copy)
            .args(["checkout", "--quiet", "--", "."]))?;
        go(command("git").current_dir(copy).arg("apply").arg(patch))?;
        let built = |word: &str| {
            let mut cargo = cargo();
            cargo
                .current_dir(copy)
                .env("CARGO_TARGET_DIR", root().join("target/breaks-built"));
            cargo.args([word, "--locked", "--quiet", "--package", "fovea-simulation"]);
            cargo
        };
        go(&mut built("build"))?;
        // Found is what is wanted: the simulation fails.
        if go(built("run").args(["--", "--seed", "1", "--seeds", SEEDS, "--first"])).is_ok() {
            missed.push(name);
        }
    }
    Ok(missed)
}
