//! The receipt of the mock-up, as text and as the printer's bytes: a change of either shows in the review.
//!
//! `UPDATE_EXPECT=1 cargo test -p fovea-devices --test golden` writes the files anew.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod receipt;

use expect_test::expect_file;
use fovea_devices::{escpos, layout};

#[test]
fn the_text_is_that_of_the_mock_up() {
    for (columns, file) in [
        (42, expect_file!["golden/receipt-42.txt"]),
        (32, expect_file!["golden/receipt-32.txt"]),
    ] {
        let lines = layout::text(&receipt::tax_invoice(), columns);
        assert!(lines.iter().all(|line| line.chars().count() <= columns));
        file.assert_eq(&format!("{}\n", lines.join("\n")));
    }
}

#[test]
fn the_bytes_stay() {
    for (columns, file) in [
        (42, expect_file!["golden/receipt-42.hex"]),
        (32, expect_file!["golden/receipt-32.hex"]),
    ] {
        let bytes = escpos::encode(&receipt::tax_invoice(), columns).expect("short");
        file.assert_eq(&dump(&bytes));
    }
}

/// A line of hexadecimal for each line of print, with what can be read beside it.
fn dump(bytes: &[u8]) -> String {
    let line = |line: &[u8]| {
        let hex: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = line
            .iter()
            .map(|byte| {
                if (32..127).contains(byte) {
                    char::from(*byte)
                } else {
                    '.'
                }
            })
            .collect();
        format!("{}  {text}\n", hex.join(" "))
    };
    bytes.split_inclusive(|byte| *byte == b'\n').map(line).collect()
}
