//! docs/BAD_DAYS.md and docs/HOLES.md name tests; each of them is there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

use std::path::Path;

/// The words of a table's last column that stand in backquotes: files, each with the tests in it.
fn cited(row: &str) -> Vec<&str> {
    let column = row.trim_end().trim_end_matches('|').rsplit('|').next().unwrap();
    column.split('`').skip(1).step_by(2).collect()
}

/// How many tests a page names, all of which are there.
fn checked(page: &str) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join(page)).unwrap();
    let mut checked = 0;
    for row in text.lines().filter(|row| row.starts_with("| ") && row.contains(".rs`")) {
        let mut source = String::new();
        let mut named = 0;
        for word in cited(row) {
            if word.ends_with(".rs") {
                source = std::fs::read_to_string(root.join(word)).unwrap_or_else(|error| panic!("{word}: {error}"));
            } else {
                assert!(
                    source.contains(&format!("#[test]\nfn {word}("))
                        || source.contains(&format!("#[test]\n    fn {word}(")),
                    "{word} is not there:\n{row}"
                );
                named += 1;
            }
        }
        assert!(named > 0, "{row}");
        checked += named;
    }
    checked
}

#[test]
fn every_test_they_name_is_there() {
    let bad_days = checked("docs/BAD_DAYS.md");
    assert!(bad_days >= 50, "{bad_days}");
    let holes = checked("docs/HOLES.md");
    assert!(holes >= 30, "{holes}");
}
