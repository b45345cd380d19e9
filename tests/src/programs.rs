//! Where the built programs lie.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Of everybody in the tests; it holds nothing worth more.
pub const PASSWORD: &str = "test-password";

/// The repository.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The file of a program of this project.
///
/// # Panics
/// It is not built.
#[must_use]
pub fn file(name: &str) -> PathBuf {
    let folder = std::env::var_os("FOVEA_BINS").map_or_else(built, PathBuf::from);
    let file = folder.join(name);
    assert!(file.exists(), "{} is not built; `./dev test` builds it", file.display());
    file
}

/// The folder of the test's own profile: `target/debug/deps/..` is two below it.
fn built() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    own.ancestors()
        .find(|folder| {
            folder
                .file_name()
                .is_some_and(|name| name == "debug" || name == "release")
        })
        .map_or_else(|| root().join("target/debug"), Path::to_path_buf)
}

/// A program of this project, with the tests' password and keys in files: a test leaves nothing in a keyring.
#[must_use]
pub fn program(name: &str) -> Command {
    let mut program = Command::new(file(name));
    program.env("FOVEA_PASSWORD", PASSWORD).env("FOVEA_KEYS", "file");
    program
}

/// `../shared`, where the machine has it.
#[must_use]
pub fn shared(path: &str) -> Option<PathBuf> {
    let file = root().join("../shared").join(path);
    file.exists().then_some(file)
}
