//! What the tests over real processes need: the programs built, and the driver of the window.

use crate::run::{Failed, cargo, go, tools};

/// 2.x, as Tauri itself; the registry's newest is of another line.
const DRIVER: &str = "2.1.0";

/// The programs as the tests start them.
pub fn programs() -> Result<(), Failed> {
    go(cargo().args(["build", "--locked", "--bin", "fovea", "--bin", "fovea-server"]))?;
    go(cargo().args(["build", "--locked", "-p", "fovea-till"]))
}

/// Fetched once, by cargo from the registry.
pub fn driver() -> Result<(), Failed> {
    let place = tools();
    if place.join("bin/tauri-driver").exists() {
        return Ok(());
    }
    eprintln!("test: building tauri-driver {DRIVER}, once");
    go(cargo()
        .args(["install", "--quiet", "--locked", "tauri-driver", "--version", DRIVER])
        .arg("--root")
        .arg(&place)
        .arg("--target-dir")
        .arg(place.join("build")))
}
