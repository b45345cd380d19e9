//! `./dev bench`: the figures of docs/BENCHMARKS.md on this machine. `./dev bench sync`: those of sync alone, with the peers.

use crate::e2e;
use crate::run::{Failed, cargo, command, go, root};
use crate::ui::{self, Mode};

pub fn run(args: &[String]) -> Result<(), Failed> {
    match args.split_first() {
        None => {}
        Some((first, rest)) if first == "sync" => return sync(rest),
        Some(_) => return Err(Failed::new("bench takes nothing, or `sync` and what of it")),
    }
    eprintln!("bench: release builds; a cold one takes half an hour on two cores");
    ui::build(Mode::Release)?;
    go(cargo().args([
        "build",
        "--release",
        "--locked",
        "--bin",
        "fovea",
        "--bin",
        "fovea-server",
    ]))?;
    go(cargo().args(["build", "--release", "--locked", "-p", "fovea-till"]))?;
    e2e::driver()?;
    for bench in ["counter", "replay"] {
        go(cargo().args(["bench", "--locked", "-p", "fovea-app", "--bench", bench]))?;
    }
    go(cargo()
        .env("FOVEA_BINS", root().join("target/release"))
        .args(["test", "--locked", "--quiet", "-p", "fovea-tests", "--test", "start"])
        .args(["--", "--ignored", "--nocapture"]))
}

/// Fovea and the peers of tests/peers; what follows is passed on: `--small`, or names of what is measured.
fn sync(args: &[String]) -> Result<(), Failed> {
    let peers = root().join("tests/peers");
    // From the registry at the versions of the lock file, once for each of its states.
    let (lock, installed) = (
        peers.join("package-lock.json"),
        peers.join("node_modules/.package-lock.json"),
    );
    let changed = |file| std::fs::metadata(file).and_then(|meta| meta.modified()).ok();
    if changed(&installed).is_none_or(|done| changed(&lock).is_some_and(|lock| lock > done)) {
        go(command("npm")
            .current_dir(&peers)
            // `npm ci` wants binaries of every platform named in the lock file; `install` takes its versions all the same.
            .args(["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"]))?;
    }
    go(cargo().args([
        "build",
        "--release",
        "--locked",
        "-p",
        "fovea-server",
        "-p",
        "fovea-peers",
    ]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    go(command(target.join("release/bench-sync")).args(args))
}
