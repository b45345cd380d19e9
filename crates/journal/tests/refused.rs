//! Headers, signatures and wire forms: what is refused, one line a forgery.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::*;
use fovea_journal::{
    Commit, DraftPart, Fault, Head, Header, Lane, RawRecord, Trust, check_heads, limits, seal, verify,
};
use model::ids::Id;

fn good_parts() -> Vec<Vec<u8>> {
    sealed().1.parts.into_iter().flatten().collect()
}

/// The first commit with another header, properly signed.
fn with_header(change: impl FnOnce(&mut Header)) -> Commit {
    let mut header = sealed().0;
    change(&mut header);
    forge_header(&header, good_parts(), &till_key())
}

#[test]
fn signatures_and_authors() {
    let (_, commit) = sealed();
    assert_eq!(judge(&commit), "good");
    let mut flipped = commit.clone();
    flipped.signature[0] ^= 1;
    let by_server = forge_header(&sealed().0, good_parts(), &server_key());
    for (what, commit, expected) in [
        ("a flipped bit in the signature", flipped, "bad_signature"),
        (
            "no signature",
            Commit {
                signature: [0; 64],
                ..commit.clone()
            },
            "bad_signature",
        ),
        ("another device's signature", by_server, "bad_signature"),
        ("a log nobody owns", with_header(|h| h.log = Id([9; 16])), "unknown_log"),
        (
            "the control lane",
            with_header(|h| h.log = till().log(Lane::Control)),
            "lane_not_written",
        ),
        (
            "the office lane",
            with_header(|h| h.log = till().log(Lane::Office)),
            "lane_not_written",
        ),
        (
            "a start that follows nothing",
            with_header(|h| h.prev = hash_of(0)),
            "wrong_start",
        ),
        (
            "the server's office log as a head",
            with_header(|h| h.after[0].log = server().log(Lane::Office)),
            "lane_not_citable",
        ),
        (
            "a head nobody knows yet",
            with_header(|h| h.after[0].log = Id([9; 16])),
            "good",
        ),
    ] {
        assert_eq!(judge(&commit), expected, "{what}");
    }
    let stranger = Trust::new(public(&key(8)));
    assert_eq!(verify(&commit, &stranger, &Rules).unwrap_err().code(), "unknown_log");
}

#[test]
fn a_head_of_a_log_that_becomes_known_later_is_judged_then() {
    let mut trust = Trust::new(public(&organisation_key()));
    let header = with_header(|h| h.after[0].log = server().log(Lane::Office)).header;
    let header = Header::from_bytes(&header).unwrap();
    assert_eq!(check_heads(&header, Lane::All, &trust), Ok(()));
    trust.admit(&server().to_bytes()).unwrap();
    assert_eq!(
        check_heads(&header, Lane::All, &trust).unwrap_err().code(),
        "lane_not_citable"
    );
    assert_eq!(check_heads(&header, Lane::Office, &trust), Ok(()));
}

#[test]
fn headers() {
    let many: Vec<Head> = (1..=65).map(|seq| head(9, seq, 0)).collect();
    let full = many[..64].to_vec();
    for (what, commit, expected) in [
        ("sequence 0", with_header(|h| h.seq = 0), "sequence"),
        (
            "a sequence past 2^53",
            with_header(|h| h.seq = limits::MAX_SEQ + 1),
            "sequence",
        ),
        ("the last sequence", with_header(|h| h.seq = limits::MAX_SEQ), "good"),
        (
            "a head with sequence 0",
            with_header(|h| h.after = vec![head(9, 0, 0)]),
            "sequence",
        ),
        ("64 heads", with_header(|h| h.after = full), "good"),
        ("65 heads", with_header(|h| h.after = many), "too_many_heads"),
        (
            "falling logs",
            with_header(|h| h.after = vec![head(9, 1, 0), head(8, 1, 0)]),
            "heads_unsorted",
        ),
        (
            "falling sequences",
            with_header(|h| h.after = vec![head(9, 2, 0), head(9, 1, 0)]),
            "heads_unsorted",
        ),
        (
            "falling hashes",
            with_header(|h| h.after = vec![head(9, 1, 1), head(9, 1, 0)]),
            "heads_unsorted",
        ),
        (
            "one head twice",
            with_header(|h| h.after = vec![head(9, 1, 1); 2]),
            "heads_unsorted",
        ),
        (
            "both branches of a fork",
            with_header(|h| h.after = vec![head(9, 1, 0), head(9, 1, 1)]),
            "good",
        ),
        (
            "the year 292 million",
            with_header(|h| (h.wall, h.skew) = (i64::MAX, Some(i32::MAX))),
            "good",
        ),
        ("no parts", with_header(|h| h.parts = vec![]), "part_count"),
        (
            "65 parts",
            with_header(|h| h.parts = vec![h.parts[0]; 65]),
            "part_count",
        ),
        (
            "a part of 1 GB",
            with_header(|h| h.parts[0].length = 1 << 30),
            "part_too_long",
        ),
        (
            "a part of 4 GB",
            with_header(|h| h.parts[0].length = u32::MAX),
            "part_too_long",
        ),
        (
            "five full parts",
            with_header(|h| h.parts = vec![full_part(); 5]),
            "commit_too_long",
        ),
        (
            "one part named, two given",
            with_header(|h| h.parts.truncate(1)),
            "parts_differ",
        ),
        ("another length", with_header(|h| h.parts[0].length += 1), "part_length"),
        (
            "another hash",
            with_header(|h| h.parts[0].hash = hash_of(0)),
            "part_hash",
        ),
        (
            "the parts exchanged",
            with_header(|h| h.parts.swap(0, 1)),
            "part_length",
        ),
    ] {
        assert_eq!(judge(&commit), expected, "{what}");
    }
}

fn full_part() -> fovea_journal::PartRef {
    fovea_journal::PartRef {
        hash: hash_of(0),
        length: limits::MAX_PART as u32,
        unit: None,
    }
}

#[test]
fn header_encodings() {
    let bytes = sealed().1.header;
    let spliced = |at: usize, remove: usize, insert: &[u8]| {
        let mut bytes = bytes.clone();
        bytes.splice(at..at + remove, insert.iter().copied());
        bytes
    };
    let long = vec![0x80; limits::MAX_HEADER + 1];
    for (what, bytes, expected) in [
        ("nothing", vec![], "header_encoding"),
        ("cut", bytes[..bytes.len() - 1].to_vec(), "header_encoding"),
        ("a byte more", spliced(bytes.len(), 0, &[0]), "header_encoding"),
        ("version 2", spliced(1, 1, &[2]), "header_version"),
        ("version 1 in two bytes", spliced(1, 1, &[0x18, 1]), "header_encoding"),
        ("an open array", spliced(0, 1, &[0x9f]), "header_encoding"),
        ("a field more", spliced(0, 1, &[0x8e]), "header_encoding"),
        ("a tag", spliced(1, 0, &[0xc1]), "header_encoding"),
        ("a log of 15 bytes", spliced(2, 2, &[0x4f]), "header_encoding"),
        ("the sequence as text", spliced(19, 1, &[0x61, b'1']), "header_encoding"),
        (
            "four billion heads",
            spliced(54, 1, &[0x9a, 0xff, 0xff, 0xff, 0xff]),
            "header_encoding",
        ),
        ("more than 8 KiB", long, "header_too_long"),
    ] {
        assert_eq!(judge(&sign(bytes, good_parts(), &till_key())), expected, "{what}");
    }
}

#[test]
fn wire_forms() {
    let (_, commit) = sealed();
    let bytes = commit.to_bytes();
    let big = |part: usize| {
        Commit {
            parts: vec![Some(vec![0; part])],
            ..commit.clone()
        }
        .to_bytes()
    };
    for (what, bytes, expected) in [
        ("cut", bytes[..bytes.len() - 1].to_vec(), "wire_encoding"),
        ("a byte more", [&bytes[..], &[0]].concat(), "wire_encoding"),
        (
            "no parts",
            Commit {
                parts: vec![],
                ..commit.clone()
            }
            .to_bytes(),
            "part_count",
        ),
        (
            "65 parts",
            Commit {
                parts: vec![None; 65],
                ..commit.clone()
            }
            .to_bytes(),
            "part_count",
        ),
        ("a part over 256 KiB", big(limits::MAX_PART + 1), "part_too_long"),
        ("a commit over its bound", big(limits::MAX_COMMIT_WIRE), "wire_too_long"),
        (
            "a header over 8 KiB",
            Commit {
                header: vec![0; limits::MAX_HEADER + 1],
                ..commit.clone()
            }
            .to_bytes(),
            "header_too_long",
        ),
    ] {
        assert_eq!(Commit::from_bytes(&bytes).unwrap_err().code(), expected, "{what}");
    }
    assert_eq!(Commit::from_bytes(&bytes), Ok(commit));
}

#[test]
fn the_largest_commit_fits_its_wire_form() {
    let record = |length: usize| RawRecord::from_bytes(minicbor::to_vec((1u16, "x".repeat(length))).unwrap()).unwrap();
    // Salt, lengths and kind take 26 bytes of a part.
    let draft = DraftPart {
        unit: Some(Id([1; 16])),
        salt: [0; 16],
        records: vec![record(limits::MAX_PART - 26)],
    };
    let heads = (1..=64).map(|seq| head(9, limits::MAX_SEQ - 64 + seq, 0)).collect();
    let header = Header {
        after: heads,
        wall: i64::MIN,
        skew: Some(i32::MIN),
        date: i32::MIN,
        ..header()
    };
    let (header, commit) = seal(header, &vec![draft.clone(); 4], &till_key()).unwrap();
    assert_eq!(
        header.parts.iter().map(|part| part.length as usize).sum::<usize>(),
        limits::MAX_COMMIT
    );
    assert_eq!(Commit::from_bytes(&commit.to_bytes()).as_ref(), Ok(&commit));
    assert_eq!(judge(&commit), "good");
    assert_eq!(
        seal(header, &vec![draft; 5], &till_key()).unwrap_err().code(),
        "commit_too_long"
    );
}

#[test]
fn an_author_is_told_before_signing() {
    let drafts = |records: Vec<RawRecord>| {
        vec![DraftPart {
            unit: None,
            salt: [0; 16],
            records,
        }]
    };
    let raw = |kind: u16, bytes: &[u8]| RawRecord {
        kind,
        bytes: bytes.to_vec(),
    };
    let unsorted = Header {
        after: vec![head(9, 2, 0), head(9, 1, 0)],
        ..header()
    };
    let cases: [(&str, Header, Vec<DraftPart>, &str); 8] = [
        ("no part", header(), vec![], "part_count"),
        ("65 parts", header(), vec![drafts(vec![]).remove(0); 65], "part_count"),
        (
            "2,001 records",
            header(),
            drafts(vec![record(1, ""); 2_001]),
            "too_many_records",
        ),
        (
            "a long record",
            header(),
            drafts(vec![record(1, &"x".repeat(limits::MAX_PART))]),
            "part_too_long",
        ),
        (
            "another kind",
            header(),
            drafts(vec![raw(2, &[0x81, 1])]),
            "record_kind",
        ),
        (
            "two records as one",
            header(),
            drafts(vec![raw(1, &[0x81, 1, 0x81, 1])]),
            "part_encoding",
        ),
        (
            "a float",
            header(),
            drafts(vec![raw(1, &[0x82, 1, 0xf9, 0, 0])]),
            "part_encoding",
        ),
        ("heads out of order", unsorted, drafts(vec![]), "heads_unsorted"),
    ];
    for (what, header, drafts, expected) in cases {
        assert_eq!(
            seal(header, &drafts, &till_key()).unwrap_err().code(),
            expected,
            "{what}"
        );
    }
    assert!(matches!(
        RawRecord::from_bytes(vec![0x81, 1, 0]),
        Err(Fault::RecordEncoding(_))
    ));
}
