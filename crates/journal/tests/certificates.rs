//! Certificates: which are admitted, and what is known from them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::*;
use fovea_journal::{Certificate, CertificateFault, Lane, Lanes, Subject, Trust};
use model::ids::Id;

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
