//! `./dev bench`: the figures of docs/BENCHMARKS.md on this machine.

use crate::e2e;
use crate::run::{Failed, cargo, go, root};
use crate::ui::{self, Mode};

pub fn run(args: &[String]) -> Result<(), Failed> {
    if !args.is_empty() {
        return Err(Failed::new("bench takes nothing"));
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
