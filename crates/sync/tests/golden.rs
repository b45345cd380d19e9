//! The messages, byte for byte, before zstd. A difference here is a change of protocol: tills in the field would not be
//! understood.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::collections::BTreeSet;
use std::fmt::Debug;

use common::{assert_golden, golden, key, of_journal};
use fovea_sync::copy::{Piece, PieceRequest};
use fovea_sync::proof::{self, Side};
use fovea_sync::stated::Statements;
use fovea_sync::wire::{
    BringRequest, Challenge, EnrolAnswer, EnrolRequest, Message, Offer, TokenAnswer, TokenRequest, WireFault,
};
use journal::{Certificate, Commit, Lane};
use model::ids::Id;
use replica::statement::{Stated, Unstated};
use replica::{Lacking, Ladder, Tip};

const NONCE: [u8; 32] = [0x4e; 32];
/// What a one-time code hides, without the four characters of the organisation.
const SECRET: [u8; 5] = [1, 2, 3, 4, 5];

/// Writing gives the file; reading the file gives the message, packed and written again the same bytes.
fn both_ways<M: Message + PartialEq + Debug>(name: &str, message: &M) {
    assert_golden(name, &message.to_plain().unwrap());
    let body = zstd::bulk::compress(&golden(name), 19).unwrap();
    let read = M::from_body(&body).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    assert_eq!(&read, message, "{name}");
    assert_eq!(
        M::from_body(&message.to_body().unwrap()).as_ref(),
        Ok(message),
        "{name}"
    );
}

/// What a server drew: 32 random bytes, when it ends, and a MAC that is the server's own affair.
fn challenge() -> [u8; 72] {
    let mut challenge = [0x63; 72];
    challenge[32..40].copy_from_slice(&1_784_900_060_000_i64.to_be_bytes());
    challenge[40..].fill(0x6d);
    challenge
}

fn server() -> Certificate {
    Certificate::from_bytes(&of_journal("enrolling_certificate.hex")).unwrap()
}

fn till() -> Certificate {
    Certificate::from_bytes(&of_journal("certificate.hex")).unwrap()
}

fn tip(byte: u8, seq: u64) -> Tip {
    Tip {
        log: Id([byte; 16]),
        seq,
        hash16: Id([byte + 1; 16]),
    }
}

#[test]
fn challenge_and_token() {
    let organisation_key = key(1).verifying_key().to_bytes();
    both_ways(
        "challenge.hex",
        &Challenge::new(
            challenge(),
            organisation_key,
            Id::of(&server().id()),
            Id::of(&server().id()),
        ),
    );

    let signature = proof::prove(Side::Till, &challenge(), &NONCE, &till(), &key(3));
    let chain = vec![server().to_bytes(), till().to_bytes()];
    let request = TokenRequest::new(challenge(), NONCE, chain, signature);
    both_ways("token_request.hex", &request);

    let signature = proof::prove(Side::Server, &challenge(), &NONCE, &server(), &key(2));
    let answer = TokenAnswer::new("746f6b656e".to_owned(), vec![server().to_bytes()], signature);
    both_ways("token_answer.hex", &answer);
}

#[test]
fn statements() {
    let kept = Stated {
        certificate: till().id(),
        number: 1_795_242_600_001,
    };
    let passed_on = Unstated {
        certificates: vec![server().to_bytes(), till().to_bytes()],
        statements: vec![of_journal("statement.hex")],
    };
    both_ways("statements.hex", &Statements::new(&[kept], passed_on));
    let twice = Statements::new(&[kept, kept], Unstated::default());
    assert_eq!(twice.to_body(), Err(WireFault::Encoding));
}

#[test]
fn pieces_of_a_snapshot() {
    let hash = till().id();
    both_ways("piece_request.hex", &PieceRequest::new(Some(hash), 1_966_080));
    both_ways(
        "piece.hex",
        &Piece::new(hash, 1_966_088, 1_966_080, b"the end.".to_vec()),
    );
    both_ways("no_piece.hex", &Piece::none());
    // More than the file has, and bytes of no file.
    assert_eq!(
        Piece::new(hash, 7, 0, b"the end.".to_vec()).to_body(),
        Err(WireFault::Encoding)
    );
    let mut stray = Piece::new(hash, 8, 0, b"the end.".to_vec());
    stray.hash = None;
    assert_eq!(stray.to_body(), Err(WireFault::Encoding));
}

/// The signatures in the files are good under the organisation key, each for its own side alone.
#[test]
fn the_proofs_in_the_files_hold() {
    let organisation_key = key(1).verifying_key().to_bytes();
    let packed = |name: &str| zstd::bulk::compress(&golden(name), 1).unwrap();
    let request = TokenRequest::from_body(&packed("token_request.hex")).unwrap();
    let answer = TokenAnswer::from_body(&packed("token_answer.hex")).unwrap();
    let check = |side, chain: Vec<Vec<u8>>, signature| {
        let chain = chain.iter().map(Vec::as_slice);
        proof::check(side, organisation_key, chain, &challenge(), &NONCE, &signature)
    };
    let of_till: Vec<Vec<u8>> = request.chain().map(<[u8]>::to_vec).collect();
    let of_server: Vec<Vec<u8>> = answer.chain().map(<[u8]>::to_vec).collect();
    assert_eq!(check(Side::Till, of_till.clone(), request.signature()), Ok(till()));
    assert_eq!(check(Side::Server, of_server.clone(), answer.signature()), Ok(server()));
    assert!(check(Side::Server, of_till, request.signature()).is_err());
    assert!(check(Side::Till, of_server, answer.signature()).is_err());
}

#[test]
fn enrolment() {
    let public = |byte| key(byte).verifying_key().to_bytes();
    both_ways("enrol_request.hex", &EnrolRequest::new(SECRET, public(3), public(4)));
    let chain = vec![server().to_bytes(), till().to_bytes()];
    both_ways("enrol_answer.hex", &EnrolAnswer::new(chain));
    let bring = BringRequest::new(SECRET, till().to_bytes(), Some(public(4)));
    both_ways("bring_request.hex", &bring);
    both_ways(
        "bring_request_without_spare.hex",
        &BringRequest::new(SECRET, till().to_bytes(), None),
    );
}

#[test]
fn offers() {
    both_ways(
        "empty_offer.hex",
        &Offer::new(&[], &Lacking::default(), 0, "fovea 0.1.0"),
    );

    let commit = Commit::from_bytes(&of_journal("commit.hex")).unwrap();
    let held = Tip {
        log: till().log(Lane::All),
        seq: 1,
        hash16: Id::of(&commit.hash()),
    };
    let mut vector = vec![tip(0x10, 7), held];
    vector.sort_by_key(|tip| tip.log);
    let lacking = Lacking {
        certificates: vec![server().to_bytes(), till().to_bytes()],
        commits: vec![commit],
        more: true,
        logs: BTreeSet::from([till().log(Lane::All)]),
        ..Lacking::default()
    };
    let ladder = Ladder {
        log: Id([0x10; 16]),
        rungs: [7, 6, 4, 1]
            .map(|seq| (seq, Id([0xa0 + u8::try_from(seq).unwrap(); 16])))
            .to_vec(),
    };
    let offer = Offer::new(&vector, &lacking, 3, "fovea 0.1.0")
        .asking(&[ladder], &[tip(0x20, 300)])
        .dated(1_795_242_600_000);
    both_ways("offer.hex", &offer);
}
