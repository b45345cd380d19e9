//! What people read from paper and type: the recovery sheet and one-time codes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::golden_text;
use fovea_journal::{OneTimeCode, RecoverySheet, SheetFault};
use model::ids::Id;

fn sheet() -> RecoverySheet {
    RecoverySheet::new("Asha Opticians", [1; 32])
}

#[test]
fn a_sheet_typed_by_hand() {
    let text = sheet().to_text();
    for (what, typed, expected) in [
        ("as printed", text.clone(), Ok(sheet())),
        ("as a Windows file", text.replace('\n', "\r\n"), Ok(sheet())),
        (
            "small letters, o for 0",
            text.replace("040K KABQ", "o4ok kabq"),
            Ok(sheet()),
        ),
        (
            "one line, hyphens",
            text.replace("Secret:\n    040G 2081", "Secret: 040G-2081"),
            Ok(sheet()),
        ),
        (
            "a letter misread",
            text.replace("040K", "040M"),
            Err(SheetFault::Checksum),
        ),
        (
            "two groups exchanged",
            text.replace("040K KABQ", "KABQ 040K"),
            Err(SheetFault::Checksum),
        ),
        (
            "a group missing",
            text.replace("040K ", ""),
            Err(SheetFault::Length(52)),
        ),
        (
            "a U",
            text.replace("KABQ", "KABU"),
            Err(SheetFault::Character { group: 14, found: 'U' }),
        ),
        (
            "another id",
            text.replace("39a977fa", "39a977fb"),
            Err(SheetFault::OtherOrganisation),
        ),
        (
            "no id",
            text.replace("Organisation id:", "id"),
            Err(SheetFault::Missing("Organisation id:")),
        ),
        (
            "no name",
            text.replace("Organisation:", "name"),
            Err(SheetFault::Missing("Organisation:")),
        ),
        (
            "no secret",
            text.replace("Secret:", ""),
            Err(SheetFault::Missing("Secret:")),
        ),
        (
            "cut off",
            text.replace("End of secret", ""),
            Err(SheetFault::Missing("End of secret")),
        ),
        ("a book", "x".repeat(20_000), Err(SheetFault::TooLong(20_000))),
    ] {
        assert_eq!(RecoverySheet::parse(&typed), expected, "{what}");
    }
}

#[test]
fn every_character_of_the_secret_is_checked() {
    let secret = "040G 2081 040G 2081 040G 2081 040G 2081 040G 2081 040G 2081 040K KABQ";
    assert_eq!(RecoverySheet::parse_secret(secret).unwrap(), *sheet().key());
    for at in (0..secret.len()).filter(|at| &secret[*at..=*at] != " ") {
        let other = if &secret[at..=at] == "7" { "8" } else { "7" };
        let typed = format!("{}{other}{}", &secret[..at], &secret[at + 1..]);
        assert_eq!(
            RecoverySheet::parse_secret(&typed),
            Err(SheetFault::Checksum),
            "{typed}"
        );
    }
}

#[test]
fn a_name_cannot_forge_lines() {
    let sheet = RecoverySheet::new("  A\nSecret:\u{7}\tB\u{2028}  ", [1; 32]);
    assert_eq!(sheet.name(), "A Secret: B");
    assert_eq!(RecoverySheet::parse(&sheet.to_text()), Ok(sheet));
}

#[test]
fn codes_as_typed() {
    let organisation: Id = "39a977fa813942463543bdcd8f5dc97c".parse().unwrap();
    let code = OneTimeCode::new([1, 2, 3, 4, 5], organisation);
    assert!(golden_text("ids.txt").contains(&code.to_string()));
    for (typed, expected) in [
        ("0410-6105-76MQ", Ok(true)),
        ("o4io6lo576mq", Ok(true)),
        ("0410-6105-76MR", Ok(false)),
        ("0410-6105-76M", Err("code_length")),
        ("0410-6105-76MQ0", Err("code_length")),
        ("0410-6105-76MU", Err("code_character")),
        ("", Err("code_length")),
    ] {
        let read = OneTimeCode::parse(typed)
            .map(|code| code.matches(organisation))
            .map_err(|fault| fault.code());
        assert_eq!(read, expected, "{typed}");
    }
}

#[test]
fn secrets_stay_out_of_logs() {
    let code = OneTimeCode::new([1, 2, 3, 4, 5], Id([0x39; 16]));
    assert!(!format!("{code:?}").contains("0410"));
    assert!(!format!("{:?}", sheet()).contains("040G"));
}
