//! Who is not known, and messages that are none.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::time::Duration;

use common::{Chain, Stranger, held};
use ed25519_dalek::SigningKey;
use journal::{Certificate, Lane, Lanes, Subject};
use model::ids::Id;
use replica::Signer;
use sync::proof::{self, ProofFault, Side};
use sync::wire::{Challenge, Message, Offer, TokenAnswer, TokenRequest};

fn told(body: &[u8]) -> String {
    let told: serde_json::Value = serde_json::from_slice(body).unwrap();
    told["code"].as_str().unwrap().to_owned()
}

#[test]
fn a_token_is_needed_and_holds_a_quarter_of_an_hour() {
    let chain = Chain::new();
    let till = chain.till("S1", "T1");
    let stranger = Stranger::of(&till, &chain.url);
    let offer = Offer::new(&[], &replica::Lacking::default(), 0, "").to_body().unwrap();
    let token = stranger.token();
    assert_eq!(stranger.post("/v1/sync", offer.clone(), Some(&token)).0, 200);
    let mut forged = token.clone().into_bytes();
    forged[70] = if forged[70] == b'0' { b'1' } else { b'0' };
    let forged = String::from_utf8(forged).unwrap();
    for bad in [None, Some(""), Some("noise"), Some(forged.as_str()), Some(&token[1..])] {
        let (status, body) = stranger.post("/v1/sync", offer.clone(), bad);
        assert_eq!((status, told(&body).as_str()), (401, "not_signed_in"), "{bad:?}");
    }
    chain.pass(15 * 60_000);
    assert_eq!(stranger.post("/v1/sync", offer, Some(&token)).0, 401);
    // A till that was on all the while shows itself anew.
    sync::sync_once(&till).unwrap();
}

#[test]
fn certificates_of_others_and_of_ones_own_making_get_no_token() {
    let (ours, theirs) = (Chain::new(), Chain::new());
    let (till, foreign) = (ours.till("S1", "T1"), theirs.till("S1", "T1"));
    let (status, body) = Stranger::of(&foreign, &ours.url).token_answer();
    assert_eq!((status, told(&body).as_str()), (403, "other_organisation"));

    // A till certifies a head office of its own.
    let mut forger = Stranger::of(&till, &ours.url);
    let Signer { certificate, key } = forger.signer.clone();
    let everything = Lanes::of(&[Lane::Control, Lane::All, Lane::Office]);
    let subject = Subject {
        organisation: certificate.organisation,
        device: certificate.device,
        key: certificate.key,
        store: None,
        till: String::new(),
        letter: String::new(),
        reads: everything,
        writes: everything,
    };
    let mine = Certificate::issue(subject, &key);
    forger.chain.push(mine.to_bytes());
    forger.signer.certificate = mine;
    let (status, body) = forger.token_answer();
    assert_eq!((status, told(&body).as_str()), (400, "bad_request"));

    // A true certificate and somebody else's key.
    let mut thief = Stranger::of(&till, &ours.url);
    thief.signer.key = common::signer(&foreign).key;
    assert_eq!(thief.token_answer().0, 400);
}

#[test]
fn a_server_that_is_not_ours_gets_nothing() {
    let (ours, theirs) = (Chain::new(), Chain::new());
    let till = ours.till("S1", "T1");
    common::happen(&till);
    app::joining::set_server(till.replica(), &theirs.url).unwrap();
    let refusal = sync::sync_within(&till, Duration::from_secs(5), &mut |_| {}).unwrap_err();
    assert_eq!(refusal.code(), "server_unproven");
    assert!(held(theirs.server()).len() == 1);

    // A till of our own chain is no server either, whatever it signs.
    let challenge = [1; 72];
    let impostor = Stranger::of(&till, &ours.url);
    let Signer { certificate, key } = &impostor.signer;
    let signature = proof::prove(Side::Server, &challenge, &[2; 32], certificate, key);
    let chain = impostor.chain.iter().map(Vec::as_slice);
    let judged = proof::check(
        Side::Server,
        impostor.organisation_key,
        chain,
        &challenge,
        &[2; 32],
        &signature,
    );
    assert_eq!(judged, Err(ProofFault::NotAServer));
    // Nor does the server's answer to one challenge prove it to another.
    let answer = TokenAnswer::from_body(&impostor.token_answer().1).unwrap();
    let judged = proof::check(
        Side::Server,
        impostor.organisation_key,
        answer.chain(),
        &challenge,
        &[2; 32],
        &answer.signature(),
    );
    assert_eq!(judged, Err(ProofFault::Signature));
}

/// The challenge says which certificates need not travel: the enrolling key's the server has, its own a till may have.
#[test]
fn what_the_other_side_has_is_not_shown() {
    let chain = Chain::new();
    let till = chain.till("S1", "T1");
    let stranger = Stranger::of(&till, &chain.url);
    let challenge = Challenge::from_body(&stranger.post("/v1/challenge", Vec::new(), None).1).unwrap();
    let server = common::signer(chain.server()).certificate;
    assert_eq!(challenge.server(), Id::of(&server.id()));
    let issuer = Certificate::from_bytes(&stranger.chain[0]).unwrap();
    assert_eq!(challenge.enrolling(), Id::of(&issuer.id()));

    let (challenge, nonce) = (challenge.challenge(), [9; 32]);
    let Signer { certificate, key } = &stranger.signer;
    let signature = proof::prove(Side::Till, &challenge, &nonce, certificate, key);
    let request = TokenRequest::new(challenge, nonce, vec![certificate.to_bytes()], signature).knowing(true);
    let (status, body) = stranger.post("/v1/token", request.to_body().unwrap(), None);
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    let answer = TokenAnswer::from_body(&body).unwrap();
    assert_eq!(answer.chain().count(), 0);
    let key = stranger.organisation_key;
    let shown = |chain: Vec<Vec<u8>>| {
        let chain = chain.iter().map(Vec::as_slice);
        proof::check(Side::Server, key, chain, &challenge, &nonce, &answer.signature())
    };
    assert_eq!(shown(vec![server.to_bytes()]), Ok(server));
    assert_eq!(shown(Vec::new()), Err(ProofFault::NoCertificate));
    // Leaving out the issuer is no way around it: who was certified by nobody here stays out.
    let (mut forger, other) = (Stranger::of(&till, &chain.url), SigningKey::from_bytes(&[66; 32]));
    let forged = Certificate::issue(
        Subject {
            organisation: issuer.organisation,
            device: Id([6; 16]),
            key: other.verifying_key().to_bytes(),
            store: None,
            till: String::new(),
            letter: String::new(),
            reads: certificate.reads,
            writes: certificate.writes,
        },
        &other,
    );
    forger.chain = vec![forged.to_bytes()];
    forger.signer = Signer {
        certificate: forged,
        key: other,
    };
    assert_eq!(forger.token_answer().0, 400);
}

#[test]
fn bombs_floods_and_noise_are_refused() {
    let chain = Chain::new();
    let till = chain.till("S1", "T1");
    let stranger = Stranger::of(&till, &chain.url);
    let token = stranger.token();
    let offer = Offer::new(&[], &replica::Lacking::default(), 0, "").to_body().unwrap();
    // A hundred megabytes of nothing, in ten kilobytes.
    let bomb = zstd::bulk::compress(&vec![0; 100 << 20], 19).unwrap();
    assert!(bomb.len() < 32 << 10);
    let newer = zstd::bulk::compress(&[0x87, 2, 0x80, 0x80, 0x80, 0xf4, 0, 0x60], 1).unwrap();
    // Eight million commits of no bytes: one byte of message for each, 24 of memory.
    let crowd = {
        let mut plain = vec![0x87, 1, 0x80, 0x80, 0x9a];
        plain.extend_from_slice(&8_000_000u32.to_be_bytes());
        plain.extend(std::iter::repeat_n(0x40, 8_000_000));
        plain.extend_from_slice(&[0xf4, 0, 0x60]);
        zstd::bulk::compress(&plain, 1).unwrap()
    };
    // The same message with a length in more bytes than it needs.
    let lax = zstd::bulk::compress(&[0x87, 1, 0x98, 0, 0x80, 0x80, 0xf4, 0, 0x60], 1).unwrap();
    for (what, body, status) in [
        ("a bomb", bomb, 400),
        ("a crowd", crowd, 400),
        ("another version", newer, 400),
        ("another form", lax, 400),
        ("half a message", offer[..offer.len() - 1].to_vec(), 400),
        ("noise", vec![7; 1_000], 400),
        ("nothing", Vec::new(), 400),
        ("three megabytes", vec![0; 3 << 20], 413),
    ] {
        let (got, body) = stranger.post("/v1/sync", body, Some(&token));
        assert_eq!(got, status, "{what}: {}", String::from_utf8_lossy(&body));
    }
    assert_eq!(stranger.post("/v1/sync", offer, Some(&token)).0, 200);
    assert_eq!(stranger.post("/v1/enrol", vec![0; 9 << 10], None).0, 413);
    assert_eq!(stranger.post("/v1/token", vec![1; 100], None).0, 400);
    assert_eq!(stranger.post("/v1/other", Vec::new(), None).0, 404);
}
