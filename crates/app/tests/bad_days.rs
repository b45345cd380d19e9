//! docs/BAD_DAYS.md names tests; each of them is there.

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

#[test]
fn every_test_it_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/BAD_DAYS.md")).unwrap();
    let mut checked = 0;
    for row in page.lines().filter(|row| row.starts_with("| ") && row.contains(".rs`")) {
        let mut source = String::new();
        let mut named = 0;
        for word in cited(row) {
            if word.ends_with(".rs") {
                source = std::fs::read_to_string(root.join(word)).unwrap_or_else(|error| panic!("{word}: {error}"));
            } else {
                assert!(
                    source.contains(&format!("#[test]\nfn {word}()"))
                        || source.contains(&format!("#[test]\n    fn {word}()")),
                    "{word} is not there:\n{row}"
                );
                named += 1;
            }
        }
        assert!(named > 0, "{row}");
        checked += named;
    }
    assert!(checked >= 50, "{checked}");
}
