//! One-time codes: spent once, within a day, on one pair of keys; and what a cut leaves behind.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;
#[path = "common/lossy.rs"]
mod lossy;

use std::sync::atomic::Ordering;

use app::App;
use common::{Chain, admin, digest, happen, held, signer};
use lossy::Lossy;
use replica::ReplicaError;

const DAY: i64 = 24 * 60 * 60_000;

fn refused(chain: &Chain, folder: &str, code: &str) -> &'static str {
    let folder = chain.till_folder(folder);
    let outcome = chain.enrol(&folder, &chain.url, code).map(|_| ());
    let code = outcome
        .map_err(|refusal| refusal.code())
        .expect_err("a till that was not to be");
    assert!(
        !folder.join(replica::DATABASE).exists(),
        "nothing is left in the folder"
    );
    code
}

/// Certificates issued to tills.
fn issued(app: &App) -> i64 {
    app.replica()
        .read(|conn| -> Result<_, ReplicaError> {
            Ok(
                conn.query_row("SELECT COUNT(*) FROM device WHERE store IS NOT NULL", [], |row| {
                    row.get(0)
                })?,
            )
        })
        .unwrap()
}

#[test]
fn a_code_is_good_once_for_a_day() {
    let chain = Chain::new();
    let code = chain.code("S1", "T1");
    let late = chain.code("S1", "T2");
    let till = chain
        .enrol(&chain.till_folder("first"), &chain.url, &code.to_lowercase())
        .unwrap();
    assert_eq!(
        admin(&till).login,
        "asha",
        "people can sign in at once, without the network"
    );
    assert_eq!(till.place().letter, "A");

    assert_eq!(refused(&chain, "second", &code), "code_used");
    let wrong = format!("{}{}", if code.starts_with('0') { "1" } else { "0" }, &code[1..]);
    assert_eq!(refused(&chain, "second", &wrong), "bad_code");
    let other_chain = format!("{}0000", &code[..8]);
    assert_eq!(refused(&chain, "second", &other_chain), "bad_code");
    assert_eq!(refused(&chain, "second", "not a code"), "bad_code");
    chain.pass(DAY);
    assert_eq!(refused(&chain, "second", &late), "code_used");
    assert_eq!(issued(chain.server()), 2);
}

#[test]
fn an_answer_lost_on_the_way_makes_no_second_device() {
    let chain = Chain::new();
    let lossy = Lossy::to(&chain.url, "/v1/enrol");
    let (folder, code) = (chain.till_folder("s1"), chain.code("S1", "T1"));
    // Every try of the first run: the person runs it again.
    lossy.lose.store(3, Ordering::SeqCst);
    assert_eq!(
        chain
            .enrol(&folder, &lossy.url, &code)
            .err()
            .map(|refusal| refusal.code()),
        Some("server_away")
    );
    assert_eq!(lossy.lost.load(Ordering::SeqCst), 3);
    assert_eq!(issued(chain.server()), 2);
    let till = chain.enrol(&folder, &lossy.url, &code).unwrap();
    assert_eq!((till.place().letter.as_str(), issued(chain.server())), ("A", 2));
    drop(till);

    // And again, when all was well: it is the same device, whatever the address is called now.
    let again = chain.enrol(&folder, &chain.url, &code).unwrap();
    assert_eq!((again.place().letter.as_str(), issued(chain.server())), ("A", 2));
    assert_eq!(
        app::joining::server(again.replica()).unwrap().as_deref(),
        Some(chain.url.as_str())
    );
}

#[test]
fn a_till_is_enrolled_anew_in_its_folder_and_all_it_held_goes_on() {
    let chain = Chain::new();
    let till = chain.till("S1", "T1");
    happen(&till);
    let before = held(&till);
    drop(till);
    let till = chain
        .enrol(&chain.till_folder("S1T1"), &chain.url, &chain.code("S1", "T1"))
        .unwrap();
    assert_eq!(
        till.place().letter,
        "C",
        "A and B were the first certificate and its spare"
    );
    let after = held(&till);
    for tip in before {
        assert!(
            after.iter().any(|now| now.log == tip.log && now.seq >= tip.seq),
            "{tip:?}"
        );
    }
    happen(&till);
    sync::sync_once(&till).unwrap();
    assert_eq!(held(&till), held(chain.server()));
    assert_eq!(digest(&till), digest(chain.server()));
}

#[test]
fn a_cut_between_new_certificate_and_new_key_is_mended_when_the_folder_is_opened() {
    let chain = Chain::new();
    let till = chain.till("S1", "T1");
    let key = signer(&till).key.to_bytes();
    drop(till);
    let folder = chain.till_folder("S1T1");
    for leftover in [None, Some(""), Some("00".repeat(32).as_str())] {
        match leftover {
            None => std::fs::remove_file(folder.join("device.key")).unwrap(),
            Some(text) => std::fs::write(folder.join("device.key"), text).unwrap(),
        }
        let till = app::setup::open_app(&folder, chain.clock()).unwrap();
        assert_eq!(signer(&till).key.to_bytes(), key);
    }
    std::fs::remove_file(folder.join("device.key")).unwrap();
    std::fs::remove_file(folder.join("pending.key")).unwrap();
    assert_eq!(
        app::setup::open_app(&folder, chain.clock())
            .err()
            .map(|refusal| refusal.code()),
        Some("damaged")
    );
}

#[test]
fn a_folder_of_another_chain_or_of_head_office_is_refused_and_the_code_stays_good() {
    let (ours, theirs) = (Chain::new(), Chain::new());
    drop(theirs.till("S1", "T1"));
    let code = ours.code("S1", "T1");
    let refused = |folder: &std::path::Path| ours.enrol(folder, &ours.url, &code).err().map(|refusal| refusal.code());
    assert_eq!(refused(&theirs.till_folder("S1T1")), Some("other_organisation"));
    assert_eq!(refused(&ours.server_folder()), Some("folder_in_use"));
    let mut stopped = Chain::new();
    stopped.stop();
    assert_eq!(refused(&stopped.server_folder()), Some("other_organisation"));
    let till = ours.enrol(&ours.till_folder("s1"), &ours.url, &code).unwrap();
    let open = ours
        .enrol(&ours.till_folder("s1"), &ours.url, &code)
        .err()
        .map(|refusal| refusal.code());
    assert_eq!(open, Some("folder_in_use"));
    drop(till);
}

#[test]
fn who_guesses_codes_has_ten_tries_a_minute() {
    let chain = Chain::new();
    let code = chain.code("S1", "T1");
    let body = |secret: u8| {
        use sync::wire::Message;
        sync::wire::EnrolRequest::new([secret; 5], [1; 32], [2; 32])
            .to_body()
            .unwrap()
    };
    let http = reqwest::blocking::Client::new();
    let told = |secret: u8| {
        let answer = http
            .post(format!("{}/v1/enrol", chain.url))
            .body(body(secret))
            .send()
            .unwrap();
        let told: serde_json::Value = serde_json::from_slice(&answer.bytes().unwrap()).unwrap();
        told["code"].as_str().unwrap().to_owned()
    };
    for guess in 0..10 {
        assert_eq!(told(guess), "bad_code");
    }
    assert_eq!(told(10), "busy");
    assert_eq!(refused(&chain, "s1", &code), "server_away", "the right one waits too");
    chain.pass(60_000);
    chain.enrol(&chain.till_folder("s1"), &chain.url, &code).unwrap();
}

#[test]
fn plain_http_leaves_this_machine_in_neither_direction() {
    let mut chain = Chain::new();
    let outcome = chain.enrol(
        &chain.till_folder("s1"),
        "http://192.0.2.1:8080",
        &chain.code("S1", "T1"),
    );
    assert_eq!(outcome.err().map(|refusal| refusal.code()), Some("plain_http"));
    chain.stop();
    assert_eq!(
        chain.start("0.0.0.0:0").err().map(|refusal| refusal.code()),
        Some("plain_http")
    );
}
