//! `./dev simulate`: the simulation of tests/simulation. What it was told is passed on, so that a failing seed's replay
//! command is this command.

use crate::run::{Failed, cargo, go};

pub fn run(args: &[String]) -> Result<(), Failed> {
    go(cargo()
        .args(["run", "--locked", "--quiet", "--package", "fovea-simulation", "--"])
        .args(args))
}

/// The kept seeds and some fixed ones, as a step of `./dev test`.
pub fn kept() -> Result<(), Failed> {
    run(&["--kept".to_owned()])
}
