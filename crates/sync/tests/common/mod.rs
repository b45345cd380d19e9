//! Golden files, ours and the journal's.
#![allow(dead_code, reason = "each test file uses its share")]
#![allow(clippy::unwrap_used, reason = "clippy does not see that this is a test")]

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;

/// The key whose seed is one byte over and over: 1 the organisation's, 2 the server's, 3 the till's, 4 its spare's.
pub fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn golden_path(name: &str) -> PathBuf {
    here().join("tests/golden").join(name)
}

fn read(path: &Path) -> Vec<u8> {
    unhex(&std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The bytes of a golden file of this crate.
pub fn golden(name: &str) -> Vec<u8> {
    read(&golden_path(name))
}

/// The bytes of a golden file of the journal: what is carried here and told there.
pub fn of_journal(name: &str) -> Vec<u8> {
    read(&here().join("../journal/tests/golden").join(name))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Compares with a golden file, or writes it when the environment says `FOVEA_GOLDEN=write`.
pub fn assert_golden(name: &str, bytes: &[u8]) {
    let lines: Vec<String> = bytes.chunks(32).map(hex).collect();
    let text = lines.join("\n") + "\n";
    if std::env::var_os("FOVEA_GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(golden_path(name), &text).unwrap();
    }
    let found = std::fs::read_to_string(golden_path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(found, text, "{name} differs: a change of protocol");
}
