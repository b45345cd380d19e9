//! The two kinds of machine that can build the page.

use std::path::Path;
use std::process::Command;

use crate::run::{self, Failed};

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_STD: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";
const LINKERS: &[&str] = &["/usr/lib/llvm-22/bin/wasm-ld", "/usr/bin/wasm-ld-22"];

/// How wasm is made here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wasm {
    /// rustup has the target: nothing special.
    Rustup,
    /// A closed site: the standard library is built from Debian's sources, with the cargo that matches them.
    Debian { linker: &'static str },
}

impl Wasm {
    pub fn find() -> Result<Self, Failed> {
        let mut list = Command::new("rustup");
        list.args(["target", "list", "--installed"]);
        if run::answer(&mut list).is_some_and(|installed| installed.lines().any(|l| l == TARGET)) {
            return Ok(Self::Rustup);
        }
        let linker = LINKERS.iter().find(|l| Path::new(l).exists());
        match linker {
            Some(linker) if Path::new(DEBIAN_STD).exists() && Path::new(DEBIAN_CARGO).exists() => {
                Ok(Self::Debian { linker })
            }
            _ => Err(Failed::new(
                "nothing here can make wasm: `rustup target add wasm32-unknown-unknown`, or on Debian \
                 `apt-get install rustc-web cargo-web rust-web-src lld-22`",
            )),
        }
    }

    /// A cargo for wasm, with its own target folder: it is another version, and would undo the native build.
    pub fn cargo(self, subcommand: &str) -> Command {
        let mut cargo = match self {
            Self::Rustup => run::cargo(),
            Self::Debian { linker } => {
                let mut cargo = run::command(DEBIAN_CARGO);
                cargo
                    .env("RUSTC", DEBIAN_RUSTC)
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                    // rustup's proxy sets them, and they would call its compiler again.
                    .env_remove("RUSTUP_TOOLCHAIN")
                    .env_remove("RUSTDOC")
                    .env_remove("LD_LIBRARY_PATH");
                cargo
            }
        };
        cargo
            .args([subcommand, "--locked", "--target", TARGET, "--target-dir"])
            .arg(target_dir());
        if matches!(self, Self::Debian { .. }) {
            cargo.arg("-Zbuild-std=std,panic_abort");
        }
        cargo
    }

    pub fn told(self) -> &'static str {
        match self {
            Self::Rustup => "rustup's wasm32-unknown-unknown",
            Self::Debian { .. } => "Debian's rustc-web, standard library built from source",
        }
    }
}

/// Where the wasm build keeps its work. `FOVEA_WASM_TARGET` moves it, for two people building at once.
pub fn target_dir() -> std::path::PathBuf {
    std::env::var_os("FOVEA_WASM_TARGET").map_or_else(|| run::root().join("target/wasm"), Into::into)
}

/// The folder in which cargo leaves the wasm of a profile.
pub fn out_dir(profile: &str) -> std::path::PathBuf {
    target_dir().join(TARGET).join(profile)
}
