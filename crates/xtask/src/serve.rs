//! `./dev till` and `./dev server`: the programs as they are worked on, with whatever follows as their arguments.

use std::fs;

use crate::run::{Failed, cargo, go, root};
use crate::ui;

/// The till over a folder of its own; its first run asks whether to join a chain or to begin alone.
pub fn till(args: &[String]) -> Result<(), Failed> {
    ui::ensure()?;
    let mut till = cargo();
    till.args(["run", "--locked", "-p", "fovea-till", "--"]);
    if args.is_empty() {
        let folder = root().join("target/till");
        fs::create_dir_all(&folder)?;
        eprintln!("till: its folder is {}", folder.display());
        till.arg("--data").arg(folder);
    }
    go(till.args(args))
}

/// The server; `./dev server help` says what it takes.
pub fn server(args: &[String]) -> Result<(), Failed> {
    ui::ensure()?;
    go(cargo()
        .args(["run", "--locked", "-p", "fovea-server", "--bin", "fovea-server", "--"])
        .args(args))
}
