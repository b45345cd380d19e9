//! Starting other programs, and saying what became of them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Why a subcommand stopped; printed as it stands.
#[derive(Debug)]
pub struct Failed(pub String);

impl Failed {
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl From<std::io::Error> for Failed {
    fn from(why: std::io::Error) -> Self {
        Self(why.to_string())
    }
}

/// The repository. xtask runs through cargo, which says where its manifest lies.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Programs fetched for the checks, kept between runs.
pub fn tools() -> PathBuf {
    root().join("target/tools")
}

/// A command in the repository, with its output on our own stdout and stderr.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// rustup's or Debian's cargo, whichever `./dev` found.
pub fn cargo() -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Left in, they would make every child build as if it were part of xtask's.
    for name in [
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_PKG_NAME",
        "CARGO_PKG_VERSION",
    ] {
        cargo.env_remove(name);
    }
    cargo
}

/// Runs it to its end.
pub fn go(command: &mut Command) -> Result<(), Failed> {
    let status = command
        .status()
        .map_err(|e| Failed::new(format!("{}: {e}", shown(command))))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failed::new(format!("{}: {status}", shown(command))))
    }
}

/// What it prints, trimmed; `None` when it is not there or fails.
pub fn answer(command: &mut Command) -> Option<String> {
    let out = command.output().ok()?;
    out.status
        .success()
        .then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

fn shown(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .collect();
    words.iter().map(|w| w.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
