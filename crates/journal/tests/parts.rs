//! Parts and records: what can be read, what is held opaque, what is refused.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::*;
use fovea_journal::{Commit, Fault, Flaw, Part};

/// A commit with this one part, properly hashed and signed.
fn with_part(part: Vec<u8>) -> Commit {
    forge(header(), vec![part], &till_key())
}

#[test]
fn what_an_encoding_may_be() {
    let nested = |depth: usize| [&[0x81][..], &[0x82, 1].repeat(depth - 1), &[0x81, 1]].concat();
    let map_of_2_63: &[u8] = &[0x81, 0x82, 1, 0xbb, 0x80, 0, 0, 0, 0, 0, 0, 0];
    let text_of_2_64: &[u8] = &[0x81, 0x82, 1, 0x7b, 255, 255, 255, 255, 255, 255, 255, 255];
    let cases: [(&str, &[u8], Option<Flaw>); 29] = [
        ("no record", &[0x80], None),
        ("a record", &[0x81, 0x81, 1], None),
        ("false, true and null", &[0x81, 0x84, 1, 0xf4, 0xf5, 0xf6], None),
        ("rising keys", &[0x81, 0x82, 1, 0xa2, 1, 0, 2, 0], None),
        ("16 deep", &nested(16), None),
        ("17 deep", &nested(17), Some(Flaw::Depth)),
        ("10,000 deep", &nested(10_000), Some(Flaw::Depth)),
        (
            "one record of 4,000,000 items",
            &[0x81, 0x9a, 0, 0x3d, 9, 0],
            Some(Flaw::Length),
        ),
        ("4,000,000 records", &[0x9a, 0, 0x3d, 9, 0], Some(Flaw::Length)),
        ("a map of 2^63 entries", map_of_2_63, Some(Flaw::Length)),
        ("bytes of 1 GB", &[0x81, 0x82, 1, 0x5a, 0x40, 0, 0, 0], Some(Flaw::Cut)),
        ("a text of 2^64 bytes", text_of_2_64, Some(Flaw::Cut)),
        ("a float", &[0x81, 0x82, 1, 0xf9, 0, 0], Some(Flaw::Simple)),
        ("undefined", &[0x81, 0x82, 1, 0xf7], Some(Flaw::Simple)),
        (
            "a simple value in two bytes",
            &[0x81, 0x82, 1, 0xf8, 0x20],
            Some(Flaw::Simple),
        ),
        ("a tag", &[0x81, 0x82, 1, 0xc0, 0], Some(Flaw::Tag)),
        ("an open array", &[0x81, 0x9f, 1, 0xff], Some(Flaw::OpenLength)),
        ("an open text", &[0x81, 0x82, 1, 0x7f, 0xff], Some(Flaw::OpenLength)),
        ("a reserved length", &[0x81, 0x82, 1, 0x1c], Some(Flaw::Shape)),
        ("kind 1 in two bytes", &[0x81, 0x81, 0x18, 1], Some(Flaw::NotShortest)),
        ("kind 65,536", &[0x81, 0x81, 0x1a, 0, 1, 0, 0], Some(Flaw::Shape)),
        ("a kind below zero", &[0x81, 0x81, 0x20], Some(Flaw::Shape)),
        ("a record without kind", &[0x81, 0x80], Some(Flaw::Cut)),
        ("a map as record", &[0x81, 0xa0], Some(Flaw::Shape)),
        (
            "one key twice",
            &[0x81, 0x82, 1, 0xa2, 1, 0, 1, 0],
            Some(Flaw::KeyOrder),
        ),
        ("falling keys", &[0x81, 0x82, 1, 0xa2, 2, 0, 1, 0], Some(Flaw::KeyOrder)),
        ("not UTF-8", &[0x81, 0x82, 1, 0x61, 0xff], Some(Flaw::Utf8)),
        ("a byte more", &[0x80, 0], Some(Flaw::Trailing)),
        ("no records at all", &[], Some(Flaw::Cut)),
    ];
    for (what, records, flaw) in cases {
        let part = raw_part(records);
        assert_eq!(Part::from_bytes(&part).err(), flaw.map(Fault::PartEncoding), "{what}");
        // Signed by its author, it is held all the same, and says why it cannot be shown.
        let expected = flaw.map(|flaw| format!("opaque: part 0: {}", Fault::PartEncoding(flaw)));
        assert_eq!(judge(&with_part(part)), expected.unwrap_or("good".into()), "{what}");
    }
}

#[test]
fn at_most_2000_records() {
    let part = |records: u16| {
        let [high, low] = records.to_be_bytes();
        raw_part(&[&[0x99, high, low][..], &[0x81, 1].repeat(records.into())].concat())
    };
    for (parts, expected) in [
        (vec![part(2_000)], "good"),
        (vec![part(2_001)], "too_many_records"),
        (vec![part(1_000), part(1_000)], "good"),
        (vec![part(1_000), part(1_001)], "too_many_records"),
    ] {
        assert_eq!(judge(&forge(header(), parts, &till_key())), expected);
    }
}

#[test]
fn what_the_rules_say_decides() {
    let part = |kinds: &[u16]| {
        Part {
            salt: [0; 16],
            records: kinds.iter().map(|kind| record(*kind, "x")).collect(),
        }
        .to_bytes()
    };
    for (kinds, expected) in [
        (vec![20, 21], "good"),
        (
            vec![20, UNKNOWN],
            "opaque: part 0, record 1: kind 903 is not known here",
        ),
        (
            vec![MALFORMED, UNKNOWN],
            "opaque: part 0, record 0, kind 902: a quantity of nothing",
        ),
        (vec![UNKNOWN, FORBIDDEN], "forbidden_record"),
        (vec![FORBIDDEN], "forbidden_record"),
    ] {
        assert_eq!(judge(&with_part(part(&kinds))), expected, "{kinds:?}");
    }
    let behind_the_unreadable = forge(header(), vec![vec![], part(&[FORBIDDEN])], &till_key());
    assert_eq!(judge(&behind_the_unreadable), "forbidden_record");
}
