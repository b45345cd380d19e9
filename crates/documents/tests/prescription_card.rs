//! The card as a reader of PDF sees it: poppler's text and picture.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]
// What fails here fails the test; clippy only knows that of functions marked as tests.

mod card;

use fovea_documents::{CardData, Error, prescription_card};
use std::process::Command;

/// The card's text with its layout, and the fraction of dark dots along the page's edge and inside.
fn read(card: &CardData) -> (String, f64, f64) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("card.pdf");
    std::fs::write(&file, prescription_card(card).expect("a card")).expect("written");
    let text = Command::new("pdftotext")
        .arg("-layout")
        .arg(&file)
        .arg("-")
        .output()
        .expect("poppler-utils installed");
    assert!(text.status.success());
    let picture = Command::new("pdftoppm")
        .args(["-gray", "-r", "72"])
        .arg(&file)
        .output()
        .expect("poppler-utils");
    let (edge, inside) = darkness(&picture.stdout);
    (String::from_utf8(text.stdout).expect("UTF-8"), edge, inside)
}

/// Of a binary grey picture (PGM, one comment-free header of three lines).
fn darkness(pgm: &[u8]) -> (f64, f64) {
    let mut parts = pgm.splitn(4, |byte| *byte == b'\n');
    let (_, size, _) = (parts.next(), parts.next().expect("a size"), parts.next());
    let dots = parts.next().expect("dots");
    let size = std::str::from_utf8(size).expect("digits");
    let (width, height) = size.split_once(' ').expect("two numbers");
    let (width, height): (usize, usize) = (width.parse().expect("width"), height.parse().expect("height"));
    assert_eq!((width, height), (596, 420), "A5 across at 72 dots an inch");
    let mut dark = [(0_u32, 0_u32); 2];
    // 10 mm: the margin is 12.
    let is_edge = |x: usize, y: usize| x < 28 || y < 28 || x >= width - 28 || y >= height - 28;
    for (at, dot) in dots.iter().enumerate() {
        let (black, all) = &mut dark[usize::from(!is_edge(at % width, at / width))];
        *black += u32::from(*dot < 128);
        *all += 1;
    }
    let [edge, inside] = dark.map(|(black, all)| f64::from(black) / f64::from(all));
    (edge, inside)
}

#[test]
fn all_of_it_is_there() {
    let (text, edge, inside) = read(&card::mock_up());
    for expected in [
        "Nayana Opticals",
        "FC Road, Shivajinagar, Pune 411005 · 020 2553 0140",
        "Spectacle prescription",
        "Version 2, 21 Nov 2026",
        "Raghunathan Krishnamurthy",
        "11 Feb 1974",
        "21 Nov 2028",
        "Spherical equivalent: right −3.13, left −2.00",
        "Next test by Nov 2027.",
        "RX-2026-FCR-11842-2",
        "Signed electronically 21 Nov 2026, 14:16",
        "Sameer P., optometrist",
    ] {
        assert!(text.contains(expected), "{expected} is missing from\n{text}");
    }
    let row = |name: &str| -> Vec<&str> {
        text.lines()
            .find(|line| line.starts_with(name))
            .expect(name)
            .split_whitespace()
            .collect()
    };
    assert_eq!(row("Right"), ["Right", "−2.75", "−0.75", "065", "+2.00", "–", "6/6"]);
    assert_eq!(row("Left"), ["Left", "−1.75", "−0.50", "110", "+2.25", "–", "6/6"]);
    assert!(edge == 0.0 && inside > 0.01, "{edge} at the edge, {inside} inside");
}

#[test]
fn long_fields_stay_on_the_card() {
    let (text, edge, _) = read(&card::long());
    assert!(edge == 0.0, "{edge}");
    let words: Vec<&str> = text.split_whitespace().collect();
    // The name may wrap and shrink, but nothing of it is lost.
    for word in card::long()
        .patient_name
        .split_whitespace()
        .chain(["SUPERSEDED", "−12.75", "−10.25", "005", "∅"])
    {
        assert!(words.contains(&word), "{word} is missing from\n{text}");
    }
}

#[test]
fn what_no_card_can_hold_is_refused() {
    let with = |change: fn(&mut CardData)| {
        let mut card = card::mock_up();
        change(&mut card);
        prescription_card(&card).err()
    };
    for (error, expected) in [
        (
            with(|card| card.patient_name = " ".into()),
            Error::Missing { field: "patient name" },
        ),
        (with(|card| card.number.clear()), Error::Missing { field: "number" }),
        (
            with(|card| card.patient_name = "M".repeat(299)),
            Error::TooLong { field: "patient name" },
        ),
        (
            with(|card| card.shop_name = "M".repeat(301)),
            Error::TooLong { field: "shop name" },
        ),
        (
            with(|card| card.notes = vec!["M ".repeat(149); 4]),
            Error::TooLong { field: "notes" },
        ),
        (
            with(|card| card.address = vec![String::new(); 4]),
            Error::TooLong { field: "address" },
        ),
    ] {
        assert_eq!(error, Some(expected));
    }
    assert_eq!(with(|card| card.shop_name = "नयन\u{0}\u{1b}[31m".into()), None);
    assert_eq!(
        prescription_card(&CardData::default())
            .map_err(|error| error.code())
            .err(),
        Some("document_field_missing")
    );
}
