//! docs/JOURNAL_FORMAT.md says what the golden files and the code say.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::*;
use fovea_journal::limits;
use model::ids::{Hash, HashUse};

fn page() -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/JOURNAL_FORMAT.md");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The blocks marked with a file's name, without their remarks.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("```text ") {
            let block = lines.by_ref().take_while(|line| *line != "```");
            let bare: Vec<&str> = block.map(|line| line.split('#').next().unwrap_or_default()).collect();
            blocks.push((name.to_owned(), bare.join("\n") + "\n"));
        }
    }
    blocks
}

#[test]
fn the_examples_are_the_golden_files() {
    let blocks = blocks(&page());
    let names: Vec<&str> = blocks.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "certificate.hex",
        "header.hex",
        "part.hex",
        "personal_part.hex",
        "commit.hex",
        "erased_commit.hex",
        "ids.txt",
        "statement.hex",
    ];
    assert_eq!(names, expected);
    for (name, block) in &blocks {
        if name.ends_with(".hex") {
            assert_eq!(hex(&unhex(block)), hex(&unhex(&golden_text(name))), "{name}");
        } else {
            assert!(golden_text(name).starts_with(block.as_str()), "{name}");
        }
    }
}

#[test]
fn the_numbers_are_the_limits() {
    // As running text: neither thousands separators nor line ends matter.
    let page = page().replace(',', "").split_whitespace().collect::<Vec<_>>().join(" ");
    for (sentence, limit) in [
        ("An array of 11 at most {} bytes", limits::MAX_CERTIFICATE),
        ("A replica knows at most {}.", limits::MAX_CERTIFICATES),
        ("An array of 13 at most {} bytes", limits::MAX_HEADER),
        ("array of 0 to {} [log", limits::MAX_HEADS),
        ("array of 1 to {} [hash", limits::MAX_PARTS),
        ("at most {} each and", limits::MAX_PART),
        ("each and {} together", limits::MAX_COMMIT),
        ("part has at most {} bytes", limits::MAX_PART),
        ("at most {} over all parts", limits::MAX_RECORDS),
        ("nest at most {} deep", limits::MAX_DEPTH),
        ("An array of 3 at most {} bytes", limits::MAX_COMMIT_WIRE),
    ] {
        let sentence = sentence.replace("{}", &limit.to_string());
        assert!(page.contains(&sentence), "{sentence}");
    }
    assert_eq!(limits::MAX_SEQ, (1 << 53) - 1);
    assert!(page.contains("seq | 1 to 2^53 - 1"));
}

/// As a stranger would do it: from the page's words with BLAKE3 alone.
#[test]
fn the_contexts_are_the_ones_that_are_used() {
    let page = page();
    for (context, used) in [
        ("fovea 2026 organisation", HashUse::Organisation),
        ("fovea 2026 certificate", HashUse::Certificate),
        ("fovea 2026 log", HashUse::Log),
        ("fovea 2026 header", HashUse::Header),
        ("fovea 2026 part", HashUse::Part),
        ("fovea 2026 record", HashUse::Record),
    ] {
        assert!(page.contains(&format!("`{context}`")), "{context}");
        assert_eq!(
            Hash(blake3::derive_key(context, b"bytes")),
            used.hash(&[b"bytes"]),
            "{context}"
        );
    }
    let certificate = unhex(&golden_text("certificate.hex"));
    let id = blake3::derive_key("fovea 2026 certificate", &certificate[..certificate.len() - 66]);
    assert_eq!(Hash(id), till().id());
    let ids = golden_text("ids.txt");
    assert!(ids.contains(&format!("certificate {}", Hash(id))));
    let log = blake3::derive_key("fovea 2026 log", &[&id[..], &[2]].concat());
    assert!(ids.contains(&format!("log of lane 2 {}", hex(&log[..16]))));
    let commit = blake3::derive_key("fovea 2026 header", &unhex(&golden_text("header.hex")));
    assert!(ids.contains(&format!("commit {}", hex(&commit))));
    let record = blake3::derive_key("fovea 2026 record", &[&commit[..], &[0, 0, 0, 1]].concat());
    assert!(ids.contains(&format!("record 0 1 {}", hex(&record[..16]))));
}
