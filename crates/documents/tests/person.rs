//! Everything about a person as a reader of PDF sees it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

use std::process::Command;

use fovea_documents::{Error, PersonPaper, Section, person_paper};

fn text(paper: &PersonPaper) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("person.pdf");
    std::fs::write(&file, person_paper(paper).unwrap()).unwrap();
    let read = Command::new("pdftotext").arg("-layout").arg(&file).arg("-").output();
    String::from_utf8(read.expect("poppler-utils installed").stdout).unwrap()
}

fn paper(rows: usize) -> PersonPaper {
    PersonPaper {
        shop_name: "Aurel Optics".to_owned(),
        person: "Asha Kulkarni".to_owned(),
        made: "Made 21 Nov 2026, 14:16".to_owned(),
        sections: vec![
            Section {
                heading: "Contact".to_owned(),
                rows: (0..rows)
                    .map(|row| (format!("Field {row}"), format!("value{row}")))
                    .collect(),
                nothing: "Nothing is held.".to_owned(),
            },
            Section {
                heading: "Eye tests".to_owned(),
                rows: Vec::new(),
                nothing: "None are held.".to_owned(),
            },
        ],
    }
}

#[test]
fn every_row_is_there_on_as_many_pages_as_it_takes() {
    let long = text(&paper(300));
    for expected in ["Aurel Optics", "Made 21 Nov 2026, 14:16", "Contact", "None are held."] {
        assert!(long.contains(expected), "{expected} is not in {long}");
    }
    let words: Vec<&str> = long.split_whitespace().collect();
    for row in 0..300 {
        assert!(words.contains(&format!("value{row}").as_str()), "row {row}");
    }
    // A form feed ends each page.
    let pages = long.matches('\u{c}').count();
    assert!((4..=8).contains(&pages), "{pages} pages");
    assert!(!long.contains('…'));
    assert!(text(&paper(0)).contains("Nothing is held."));
}

#[test]
fn a_long_text_wraps_and_goes_on_over_the_page() {
    let mut paper = paper(1);
    let words: Vec<String> = (0..2_000).map(|word| format!("w{word}")).collect();
    paper.sections[0].rows[0].1 = words.join(" ");
    let read = text(&paper);
    let found: Vec<&str> = read.split_whitespace().collect();
    assert!(words.iter().all(|word| found.contains(&word.as_str())));
}

#[test]
fn what_has_no_end_is_refused() {
    let mut endless = paper(1);
    endless.sections[0].rows[0].1 = "x".repeat(20_000);
    assert_eq!(person_paper(&endless), Err(Error::TooLong { field: "text" }));
    let mut nobody = paper(1);
    nobody.person = " ".to_owned();
    assert_eq!(person_paper(&nobody), Err(Error::Missing { field: "person" }));
}
