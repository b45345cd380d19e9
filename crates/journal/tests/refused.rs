//! What is refused, held opaque, or taken: one line a forgery.

mod common;

use common::*;
use fovea_journal::{
    Certificate, Commit, Fault, Header, Lane, Lanes, Part, RawRecord, Trust, check_heads, seal, verify,
};
use fovea_journal::{CertificateFault, DraftPart, Head, Subject, limits};
use model::ids::Id;

/// How a commit is judged, in one word.
fn judge(commit: &Commit) -> String {
    judge_with(commit, &trust())
}

fn judge_with(commit: &Commit, trust: &Trust) -> String {
    match verify(commit, trust, &Rules) {
        Ok(verified) => verified
            .opaque
            .map_or("good".into(), |reason| format!("opaque: {reason}")),
        Err(fault) => fault.code().into(),
    }
}

fn good_parts() -> Vec<Vec<u8>> {
    sealed().1.parts.into_iter().flatten().collect()
}

/// The first commit with another header, properly signed.
fn with_header(change: impl FnOnce(&mut Header)) -> Commit {
    let mut header = sealed().0;
    change(&mut header);
    forge_header(&header, good_parts(), &till_key())
}

/// A commit with this one part, properly hashed and signed.
fn with_part(part: Vec<u8>) -> Commit {
    forge(header(), vec![part], &till_key())
}

fn head(log: u8, seq: u64, hash: u8) -> Head {
    Head {
        log: Id([log; 16]),
        seq,
        hash16: Id([hash; 16]),
    }
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
    assert_eq!(
        judge_with(&commit, &Trust::new(public(&key(8)))),
        "unknown_log",
        "another organisation's replica"
    );
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
fn parts_and_records() {
    let nested = |depth: usize| {
        let mut part = raw_part(&[0x81]);
        part.extend([0x82, 0x01].repeat(depth - 1));
        part.extend([0x81, 0x01]);
        part
    };
    let many = |records: usize| {
        let mut part = raw_part(&[0x99]);
        part.extend((records as u16).to_be_bytes());
        part.extend([0x81, 0x01].repeat(records));
        part
    };
    let unreadable = |flaw: &str| format!("opaque: part 0: a part is not written as it must be: {flaw}");
    for (what, commit, expected) in [
        ("no record", with_part(raw_part(&[0x80])), "good".into()),
        ("a record", with_part(raw_part(&[0x81, 0x81, 0x01])), "good".into()),
        (
            "one element of 4,000,000",
            with_part(raw_part(&[0x81, 0x9a, 0, 0x3d, 9, 0])),
            unreadable("a length is larger than what follows"),
        ),
        (
            "4,000,000 records",
            with_part(raw_part(&[0x9a, 0, 0x3d, 9, 0])),
            unreadable("a length is larger than what follows"),
        ),
        (
            "2^63 entries of a map",
            with_part(raw_part(&[0x81, 0x82, 1, 0xbb, 0x80, 0, 0, 0, 0, 0, 0, 0])),
            unreadable("a length is larger than what follows"),
        ),
        (
            "bytes of 1 GB",
            with_part(raw_part(&[0x81, 0x82, 1, 0x5a, 0x40, 0, 0, 0])),
            unreadable("the bytes end in the middle of a value"),
        ),
        (
            "a text of 2^64 bytes",
            with_part(raw_part(&[0x81, 0x82, 1, 0x7b, 255, 255, 255, 255, 255, 255, 255, 255])),
            unreadable("the bytes end in the middle of a value"),
        ),
        ("16 deep", with_part(nested(16)), "good".into()),
        (
            "17 deep",
            with_part(nested(17)),
            unreadable("arrays and maps are nested too deep"),
        ),
        (
            "10,000 deep",
            with_part(nested(10_000)),
            unreadable("arrays and maps are nested too deep"),
        ),
        (
            "a float",
            with_part(raw_part(&[0x81, 0x82, 1, 0xf9, 0, 0])),
            unreadable("of the simple values only false, true and null are used; there are no floats"),
        ),
        (
            "undefined",
            with_part(raw_part(&[0x81, 0x82, 1, 0xf7])),
            unreadable("of the simple values only false, true and null are used; there are no floats"),
        ),
        (
            "false, true and null",
            with_part(raw_part(&[0x81, 0x84, 1, 0xf4, 0xf5, 0xf6])),
            "good".into(),
        ),
        (
            "a tag",
            with_part(raw_part(&[0x81, 0x82, 1, 0xc0, 0])),
            unreadable("tags are not used"),
        ),
        (
            "an open array",
            with_part(raw_part(&[0x81, 0x9f, 1, 0xff])),
            unreadable("a length is left open; every length is stated"),
        ),
        (
            "an open text",
            with_part(raw_part(&[0x81, 0x82, 1, 0x7f, 0xff])),
            unreadable("a length is left open; every length is stated"),
        ),
        (
            "kind 1 in two bytes",
            with_part(raw_part(&[0x81, 0x81, 0x18, 1])),
            unreadable("a number or length is not in its shortest form"),
        ),
        (
            "kind 65,536",
            with_part(raw_part(&[0x81, 0x81, 0x1a, 0, 1, 0, 0])),
            unreadable("a value has another type, length or range than this place demands"),
        ),
        (
            "a kind below zero",
            with_part(raw_part(&[0x81, 0x81, 0x20])),
            unreadable("a value has another type, length or range than this place demands"),
        ),
        (
            "a record without kind",
            with_part(raw_part(&[0x81, 0x80])),
            unreadable("the bytes end in the middle of a value"),
        ),
        (
            "a map as record",
            with_part(raw_part(&[0x81, 0xa0])),
            unreadable("a value has another type, length or range than this place demands"),
        ),
        (
            "rising keys",
            with_part(raw_part(&[0x81, 0x82, 1, 0xa2, 1, 0, 2, 0])),
            "good".into(),
        ),
        (
            "one key twice",
            with_part(raw_part(&[0x81, 0x82, 1, 0xa2, 1, 0, 1, 0])),
            unreadable("the keys of a map are not in rising order"),
        ),
        (
            "not UTF-8",
            with_part(raw_part(&[0x81, 0x82, 1, 0x61, 0xff])),
            unreadable("a text is not UTF-8"),
        ),
        (
            "a byte more",
            with_part(raw_part(&[0x80, 0])),
            unreadable("there are bytes after the value"),
        ),
        (
            "no bytes at all",
            with_part(vec![]),
            unreadable("the bytes end in the middle of a value"),
        ),
        ("2,000 records", with_part(many(2_000)), "good".into()),
        ("2,001 records", with_part(many(2_001)), "too_many_records".into()),
        (
            "2,000 in two parts",
            forge(header(), vec![many(1_000); 2], &till_key()),
            "good".into(),
        ),
        (
            "2,001 in two parts",
            forge(header(), vec![many(1_000), many(1_001)], &till_key()),
            "too_many_records".into(),
        ),
    ] {
        assert_eq!(judge(&commit), expected, "{what}");
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

#[test]
fn certificates() {
    let issue = |change: fn(&mut Subject), issuer: u8| {
        let mut subject = till_subject();
        change(&mut subject);
        Certificate::issue(subject, &key(issuer)).to_bytes()
    };
    let mut flipped = till().to_bytes();
    let end = flipped.len() - 1;
    flipped[end - 40] ^= 1;
    let spliced = |at: usize, remove: usize, insert: &[u8]| {
        let mut bytes = till().to_bytes();
        bytes.splice(at..at + remove, insert.iter().copied());
        bytes
    };
    for (what, bytes, expected) in [
        ("signed by the organisation", issue(|_| {}, 1), None),
        ("signed by the server", issue(|_| {}, 2), None),
        ("signed by a till", issue(|_| {}, 3), Some("certificate_unknown_issuer")),
        (
            "signed by a stranger",
            issue(|_| {}, 9),
            Some("certificate_unknown_issuer"),
        ),
        (
            "an enrolling key by the server",
            issue(|s| s.writes = s.writes.with_enrol(), 2),
            Some("certificate_chain_too_long"),
        ),
        (
            "another organisation",
            issue(|s| s.organisation = Id([9; 16]), 2),
            Some("certificate_foreign"),
        ),
        (
            "a flipped bit in the signature",
            flipped,
            Some("certificate_bad_signature"),
        ),
        (
            "a till of three",
            issue(|s| s.till = "T22".into(), 2),
            Some("certificate_till"),
        ),
        (
            "a small till",
            issue(|s| s.till = "t2".into(), 2),
            Some("certificate_till"),
        ),
        (
            "a Cyrillic letter",
            issue(|s| s.letter = "А".into(), 2),
            Some("certificate_letter"),
        ),
        (
            "two letters",
            issue(|s| s.letter = "AB".into(), 2),
            Some("certificate_letter"),
        ),
        (
            "reading with enrol",
            issue(|s| s.reads = s.reads.with_enrol(), 2),
            Some("certificate_lanes"),
        ),
        (
            "a key of small order",
            issue(|s| s.key = small_order(), 2),
            Some("certificate_key"),
        ),
        (
            "a key that is no point",
            issue(|s| s.key = [2; 32], 2),
            Some("certificate_key"),
        ),
        (
            "a till of 1,000",
            issue(|s| s.till = "T".repeat(1_000), 2),
            Some("certificate_too_long"),
        ),
        ("version 2", spliced(1, 1, &[2]), Some("certificate_version")),
        (
            "version 1 in two bytes",
            spliced(1, 1, &[0x18, 1]),
            Some("certificate_encoding"),
        ),
        ("a field less", spliced(0, 1, &[0x8a]), Some("certificate_encoding")),
        ("a byte more", spliced(end + 1, 0, &[0]), Some("certificate_encoding")),
        ("nothing", vec![], Some("certificate_encoding")),
    ] {
        let result = trust().admit(&bytes);
        assert_eq!(result.map_err(|fault| fault.code()).err(), expected, "{what}");
    }
}

/// The neutral point: under this key anyone can sign anything.
fn small_order() -> [u8; 32] {
    let mut key = [0; 32];
    key[0] = 1;
    key
}

#[test]
fn trust_knows_whose_log_it_is() {
    let mut trust = Trust::new(public(&organisation_key()));
    assert_eq!(trust.admit(&till().to_bytes()), Err(CertificateFault::UnknownIssuer));
    let server_id = trust.admit(&server().to_bytes()).unwrap();
    let till_id = trust.admit(&till().to_bytes()).unwrap();
    assert_eq!(trust.admit(&till().to_bytes()), Ok(till_id));
    assert_eq!((trust.len(), till_id, server_id), (2, till().id(), server().id()));
    assert_eq!(trust.owner(&till().log(Lane::All)), Some((&till(), Lane::All)));
    assert_eq!(trust.owner(&till().log(Lane::Control)), Some((&till(), Lane::Control)));
    assert_eq!(trust.owner(&Id([0; 16])), None);
    assert_eq!(trust.issuer_of(&till()), Some(&server()));
    assert_eq!(trust.issuer_of(&server()), None);
    assert_eq!(trust.iter().count(), 2);
}

#[test]
fn lanes() {
    use Lane::{All, Control, Office, Store};
    for (lane, cites) in [
        (Control, vec![Control]),
        (All, vec![Control, All]),
        (Office, vec![Control, All, Office]),
        (Store, vec![Control, All, Store]),
    ] {
        let may: Vec<Lane> = Lane::ALL.into_iter().filter(|other| lane.may_cite(*other)).collect();
        assert_eq!(may, cites, "{lane:?}");
        assert_eq!(Lane::from_code(lane.code()), Some(lane));
    }
    assert_eq!((Lane::from_code(0), Lane::from_code(5)), (None, None));
    let lanes = Lanes::of(&[Control, Office]).with_enrol();
    assert_eq!(
        (lanes.bits(), lanes.iter().collect::<Vec<_>>()),
        (0b1000_0101, vec![Control, Office])
    );
    assert_eq!(Lanes::from_bits(lanes.bits()), Some(lanes));
    assert_eq!(Lanes::from_bits(0b1_0000), None);
}
