//! A device that speaks the protocol by hand: what it sends was made before the clock runs.

use app::App;
use app::setup::till_lanes;
use journal::Header;
use model::ids::Id;
use replica::{Lacking, ReplicaError, Theirs, Tip, lacking};
use sync::limits::BATCH_BYTES;
use sync::proof::{self, Side};
use sync::wire::{Challenge, Message, Offer, TokenAnswer, TokenRequest};

/// A token for the till of this folder.
pub fn token(app: &App, port: u16) -> String {
    let signer = app
        .replica()
        .write(|tx| Ok::<_, ReplicaError>(tx.signer().cloned()))
        .unwrap()
        .unwrap();
    let issuer = app
        .replica()
        .trust()
        .read()
        .issuer_of(&signer.certificate)
        .map(|issuer| issuer.to_bytes());
    let chain = issuer.into_iter().chain([signer.certificate.to_bytes()]).collect();
    let challenge = Challenge::from_body(&post(port, "challenge", Vec::new(), None))
        .unwrap()
        .challenge();
    let nonce = [9; 32];
    let signature = proof::prove(Side::Till, &challenge, &nonce, &signer.certificate, &signer.key);
    let request = TokenRequest::new(challenge, nonce, chain, signature);
    TokenAnswer::from_body(&post(port, "token", request.to_body().unwrap(), None))
        .unwrap()
        .token
}

/// One request on a connection of its own.
pub fn post(port: u16, what: &str, body: Vec<u8>, token: Option<&str>) -> Vec<u8> {
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    send(&client, port, what, body, token)
}

pub fn send(client: &reqwest::blocking::Client, port: u16, what: &str, body: Vec<u8>, token: Option<&str>) -> Vec<u8> {
    let mut request = client.post(format!("http://127.0.0.1:{port}/v1/{what}")).body(body);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let answer = request.send().unwrap();
    let status = answer.status();
    let body = answer.bytes().unwrap().to_vec();
    assert!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
    body
}

/// An offer of nothing by one that holds this.
pub fn empty_offer(vector: &[Tip]) -> Vec<u8> {
    Offer::new(vector, &Lacking::default(), 0, "bench").to_body().unwrap()
}

/// Everything that this till holds beyond `known`, as the bodies of offers, and how many commits are in each.
pub fn offers(app: &App, mut known: Vec<Tip>) -> Vec<(Vec<u8>, usize)> {
    let lanes = till_lanes().0;
    let whole = crate::chain::held(app);
    let mut bodies = Vec::new();
    loop {
        let theirs = Theirs {
            vector: &known,
            ..Theirs::default()
        };
        let lacking = app
            .replica()
            .read(|conn| lacking(conn, &theirs, lanes, BATCH_BYTES))
            .unwrap();
        if lacking.commits.is_empty() {
            return bodies;
        }
        for commit in &lacking.commits {
            let header = Header::from_bytes(&commit.header).unwrap();
            let tip = Tip {
                log: header.log,
                seq: header.seq,
                hash16: Id::of(&commit.hash()),
            };
            match known.iter_mut().find(|known| known.log == tip.log) {
                Some(known) => *known = tip,
                None => known.push(tip),
            }
        }
        known.sort_by_key(|tip| tip.log);
        bodies.push((
            Offer::new(&whole, &lacking, 0, "bench").to_body().unwrap(),
            lacking.commits.len(),
        ));
    }
}
