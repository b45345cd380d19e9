//! Commits that nobody should have written: set aside with their reason, and nobody waits behind them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::{Chain, Stranger, aside, call, digest, first_header, happen, held, sync_all};
use ed25519_dalek::Signer as _;
use journal::{Commit, DraftPart, Header, Lane, PartRef, RawRecord, header_hash, seal};
use model::ids::{Hash, Id};
use model::records::{Cite, Record, RoleGranted, SignIn, SignInWay};
use sync::limits::VERSION;
use sync::wire::{Message, Offer};

fn part(record: impl Into<Record>) -> DraftPart {
    let record = record.into();
    let raw = RawRecord {
        kind: record.kind(),
        bytes: record.to_bytes(),
    };
    DraftPart {
        unit: None,
        salt: [7; 16],
        records: vec![raw],
    }
}

fn sign_in() -> DraftPart {
    part(SignIn {
        user: Id([1; 16]),
        way: SignInWay::Password,
    })
}

fn superadmin() -> DraftPart {
    part(RoleGranted {
        user: Cite::Record(Id([1; 16])),
        role: 1,
        store: None,
    })
}

#[test]
fn what_no_till_may_say_is_set_aside_and_the_others_go_on() {
    let chain = Chain::new();
    let (thief, honest) = (chain.till("S1", "T1"), chain.till("S2", "T1"));
    let stranger = Stranger::of(&thief, &chain.url);
    let signer = &stranger.signer;
    let sealed = |header: Header, part: DraftPart| seal(header, &[part], &signer.key).unwrap().1;

    let mut bad_signature = sealed(first_header(signer, Lane::All), sign_in());
    bad_signature.signature[5] ^= 1;
    let mut wrong_part = sealed(first_header(signer, Lane::All), sign_in());
    if let Some(Some(bytes)) = wrong_part.parts.first_mut() {
        bytes[20] ^= 1;
    }
    let forged_lane = sealed(first_header(signer, Lane::Control), superadmin());
    let forbidden = sealed(first_header(signer, Lane::All), superadmin());
    let huge = {
        let reference = PartRef {
            hash: Hash([3; 32]),
            length: 1_000_000_000,
            unit: None,
        };
        let header = Header {
            parts: vec![reference],
            ..first_header(signer, Lane::All)
        }
        .to_bytes();
        let signature = signer.key.sign(header_hash(&header).as_bytes()).to_bytes();
        Commit {
            header,
            signature,
            parts: vec![Some(vec![1, 2, 3])],
        }
    };
    let unknown = {
        let header = Header::from_bytes(&forbidden.header).unwrap();
        Commit {
            header: Header {
                log: Id([9; 16]),
                ..header
            }
            .to_bytes(),
            ..forbidden.clone()
        }
    };
    let before = digest(chain.server());
    stranger.offer(vec![bad_signature, wrong_part, forged_lane, forbidden, huge, unknown]);
    let source = signer.certificate.device.to_string();
    let codes = [
        "bad_signature",
        "forbidden_record",
        "lane_not_written",
        "part_hash",
        "part_too_long",
        "unknown_log",
    ];
    let expected = codes.map(|code| (code.to_owned(), source.clone()));
    assert_eq!(aside(chain.server()), expected);
    assert_eq!(digest(chain.server()), before, "nothing of it was projected");

    // The thief's own true commit, and everybody else's, are taken as if nothing had been.
    stranger.offer(vec![sealed(first_header(signer, Lane::All), sign_in())]);
    happen(&honest);
    sync_all(&[honest.clone(), thief.clone(), honest.clone()]);
    assert_eq!(held(&honest), held(chain.server()));
    assert_eq!(held(&thief), held(chain.server()));
    assert_eq!(digest(&honest), digest(chain.server()));
    let listed = call(chain.server(), "office.set_aside", "{}");
    assert_eq!(listed["rows"].as_array().unwrap().len(), 6, "{listed}");
}

#[test]
fn bytes_that_are_no_commit_spoil_no_other() {
    let chain = Chain::new();
    let till = chain.till("S1", "T1");
    let stranger = Stranger::of(&till, &chain.url);
    let good = seal(
        first_header(&stranger.signer, Lane::All),
        &[sign_in()],
        &stranger.signer.key,
    )
    .unwrap()
    .1;
    // A commit whose only part says that a gigabyte follows.
    let mut gigabyte = vec![0x83, 0x41, 0, 0x58, 64];
    gigabyte.extend_from_slice(&[0; 64]);
    gigabyte.extend_from_slice(&[0x81, 0x5a, 0x3b, 0x9a, 0xca, 0]);
    let mut plain = Vec::new();
    let mut writer = minicbor::Encoder::new(&mut plain);
    writer.array(10).unwrap().u8(VERSION).unwrap().array(0).unwrap();
    writer.array(stranger.chain.len() as u64).unwrap();
    for certificate in &stranger.chain {
        writer.bytes(certificate).unwrap();
    }
    // Three that are told whole: of the 21 columns the first says so, the sixteenth holds them.
    let mut whole = Vec::new();
    for bytes in [&gigabyte[..], &good.to_bytes(), b"noise"] {
        let length = bytes.len();
        assert!(length < 0x4000);
        if length >= 0x80 {
            whole.push(u8::try_from(length & 0x7f | 0x80).unwrap());
            whole.push(u8::try_from(length >> 7).unwrap());
        } else {
            whole.push(u8::try_from(length).unwrap());
        }
        whole.extend_from_slice(bytes);
    }
    writer.array(21).unwrap();
    for column in 0..21 {
        let bytes: &[u8] = match column {
            0 => &[0, 0, 0],
            15 => &whole,
            _ => &[],
        };
        writer.bytes(bytes).unwrap();
    }
    writer.bool(false).unwrap().u64(0).unwrap().str("stranger").unwrap();
    writer.array(0).unwrap().array(0).unwrap().i64(0).unwrap();
    let (status, body) = stranger.post(
        "/v1/sync",
        zstd::bulk::compress(&plain, 3).unwrap(),
        Some(&stranger.token()),
    );
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    assert_eq!(
        Offer::from_body(&body).unwrap().vector().len(),
        2,
        "head office's log, and the good commit's"
    );
    assert!(aside(chain.server()).iter().all(|(code, _)| code == "wire_encoding"));
    assert_eq!(aside(chain.server()).len(), 2);
}

#[test]
fn what_comes_before_its_predecessor_waits_and_then_is_there() {
    let chain = Chain::new();
    let (till, other) = (chain.till("S1", "T1"), chain.till("S2", "T1"));
    let stranger = Stranger::of(&till, &chain.url);
    let signer = &stranger.signer;
    let (_, first) = seal(first_header(signer, Lane::All), &[sign_in()], &signer.key).unwrap();
    let header = Header {
        seq: 2,
        prev: first.hash(),
        request: Id([6; 16]),
        ..first_header(signer, Lane::All)
    };
    let (_, second) = seal(header, &[sign_in()], &signer.key).unwrap();
    let answer = stranger.offer(vec![second]);
    assert_eq!(answer.waiting, 1);
    // It lies outside the vector, is not sent on, and holds nobody up.
    happen(&other);
    sync_all(&[other]);
    let answer = stranger.offer(vec![first]);
    assert_eq!(answer.waiting, 0);
    let log = signer.certificate.log(Lane::All);
    assert!(answer.vector().iter().any(|tip| tip.log == log && tip.seq == 2));
}
