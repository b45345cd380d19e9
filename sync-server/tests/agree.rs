//! Tills and server come to hold the same, whatever the order, and say so truthfully.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;
#[path = "common/lossy.rs"]
mod lossy;

use std::sync::atomic::Ordering;
use std::time::Duration;

use common::{Chain, PATIENCE, aside, call, digest, happen, held, sync_all};
use lossy::Lossy;
use replica::ReplicaError;
use sync::{SyncLoop, sync_once, sync_within};

#[test]
fn six_tills_sync_both_ways_in_any_order_and_agree() {
    let chain = Chain::new();
    let stores = ["S1", "S2", "S3", "S4", "S5", "S6"];
    let tills: Vec<_> = stores.iter().map(|store| chain.till(store, "T1")).collect();
    for (at, till) in tills.iter().enumerate() {
        for _ in 0..=at {
            happen(till);
        }
        call(
            till,
            "customer.create",
            &format!(r#"{{"name":"Person {at}","phone":"98450000{at:02}"}}"#),
        );
    }
    // Shuffled, and each more than once: who comes early hears of who comes late the second time.
    for order in [[3, 0, 5, 1, 4, 2], [2, 4, 1, 5, 0, 3], [0, 1, 2, 3, 4, 5]] {
        for at in order {
            sync_once(&tills[at]).unwrap();
        }
    }
    let (server, expected) = (held(chain.server()), digest(chain.server()));
    assert_eq!(server.len(), 7, "head office decided, six tills traded");
    for till in &tills {
        assert_eq!(held(till), server);
        assert_eq!(digest(till), expected);
    }
    // Once more: one exchange a till, no commit, a few hundred bytes.
    for till in &tills {
        let again = sync_once(till).unwrap();
        assert_eq!((again.exchanges, again.sent, again.received), (1, 0, 0));
        assert!(again.bytes_up < 1_000 && again.bytes_down < 1_000, "{again:?}");
    }
    let seen: i64 = chain
        .server()
        .replica()
        .read(|conn| -> Result<_, ReplicaError> {
            Ok(conn.query_row(
                "SELECT COUNT(*) FROM local_seen WHERE unsent = 0 AND software LIKE 'fovea %'",
                [],
                |row| row.get(0),
            )?)
        })
        .unwrap();
    assert_eq!(seen, 6);
}

#[test]
fn more_than_one_batch_goes_over_in_order() {
    let chain = Chain::new();
    let (one, two) = (chain.till("S1", "T1"), chain.till("S2", "T1"));
    // Some 4 MB that do not shrink: notes of noise.
    let mut noise = 1u64;
    for number in 0..40 {
        let notes: String = (0..1_500)
            .map(|_| {
                noise = noise
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                char::from(b'a' + (noise >> 59) as u8 % 26)
            })
            .collect();
        call(
            &one,
            "customer.create",
            &format!(r#"{{"name":"P{number}","phone":"98450001{number:02}","notes":"{notes}"}}"#),
        );
    }
    let patient = sync_within(&one, PATIENCE, &mut |_| {}).unwrap();
    assert_eq!(patient.sent, 40);
    let mut told = Vec::new();
    sync_within(&two, PATIENCE, &mut |progress| told.push((progress.taken, progress.of))).unwrap();
    assert_eq!(held(&one), held(&two));
    assert!(
        told.is_sorted() && told.last().is_some_and(|(taken, of)| taken == of),
        "{told:?}"
    );
}

#[test]
fn an_answer_that_is_lost_costs_a_try_and_doubles_nothing() {
    let chain = Chain::new();
    let lossy = Lossy::to(&chain.url, "/v1/sync");
    let till = chain
        .enrol(&chain.till_folder("s1"), &lossy.url, &chain.code("S1", "T1"))
        .unwrap();
    happen(&till);
    happen(&till);
    lossy.lose.store(3, Ordering::SeqCst);
    sync_within(&till, PATIENCE, &mut |_| {}).unwrap();
    assert_eq!(lossy.lost.load(Ordering::SeqCst), 3);
    assert_eq!(held(&till), held(chain.server()));
    assert_eq!(digest(&till), digest(chain.server()));
}

#[test]
fn a_server_that_comes_back_and_answers_twice_doubles_nothing() {
    let mut chain = Chain::new();
    let lossy = Lossy::to(&chain.url, "/v1/sync");
    let till = chain
        .enrol(&chain.till_folder("s1"), &lossy.url, &chain.code("S1", "T1"))
        .unwrap();
    let other = chain.till("S2", "T1");
    let address = chain.stop();
    happen(&till);
    happen(&till);
    assert!(sync_within(&till, Duration::from_millis(300), &mut |_| {}).is_err());
    chain.start(&address).unwrap();
    lossy.double.store(20, Ordering::SeqCst);
    sync_within(&till, PATIENCE, &mut |_| {}).unwrap();
    let left = lossy.double.load(Ordering::SeqCst);
    assert!(left < 20, "nothing was asked twice");
    sync_all(std::slice::from_ref(&other));
    assert_eq!(sign_ins(chain.server()), 2);
    for app in [&till, &other] {
        assert_eq!(held(app), held(chain.server()));
        assert_eq!(digest(app), digest(chain.server()));
        assert_eq!(sign_ins(app), 2);
    }
    assert_eq!(aside(chain.server()), []);
}

/// What [`happen`] writes one of.
fn sign_ins(app: &app::App) -> i64 {
    app.replica()
        .read(|conn| -> Result<_, ReplicaError> {
            Ok(conn.query_row("SELECT COUNT(*) FROM sign_in", [], |row| row.get(0))?)
        })
        .unwrap()
}

#[test]
fn the_server_goes_and_comes_back() {
    let mut chain = Chain::new();
    let till = chain.till("S1", "T1");
    let address = chain.stop();
    happen(&till);
    let refusal = sync_within(&till, Duration::from_millis(300), &mut |_| {}).unwrap_err();
    assert_eq!(refusal.code(), "sync_stalled");
    chain.start(&address).unwrap();
    sync_within(&till, PATIENCE, &mut |_| {}).unwrap();
    assert_eq!(held(&till), held(chain.server()));
}

#[test]
fn the_loop_tells_what_is_unsent_and_sends_it() {
    let mut chain = Chain::new();
    let till = chain.till("S1", "T1");
    let background = SyncLoop::start(till.clone(), |_| {}).unwrap();
    let network = background.wait_until(PATIENCE, |network| network.online && network.unsent == 0);
    assert!(
        network.online && network.all_sent.is_some() && !network.alone && network.problem.is_none(),
        "{network:?}"
    );

    // What happens while the server is there goes by itself.
    happen(&till);
    background.now();
    let server = chain.server().clone();
    let sent = |chain_holds: usize| held(&server).iter().map(|tip| tip.seq as usize).sum::<usize>() >= chain_holds;
    let before = held(&till).iter().map(|tip| tip.seq as usize).sum::<usize>();
    background.wait_until(PATIENCE, |network| {
        network.unsent == 0 && !network.syncing && sent(before)
    });
    assert!(sent(before));
    drop(server);

    let address = chain.stop();
    happen(&till);
    background.now();
    let network = background.wait_until(PATIENCE, |network| !network.online && network.unsent == 1);
    assert_eq!(
        (network.online, network.unsent, network.oldest),
        (false, 1, Some(till.now()))
    );
    assert!(
        network
            .problem
            .is_some_and(|problem| problem.starts_with("The server does not answer"))
    );

    chain.start(&address).unwrap();
    background.now();
    let network = background.wait_until(PATIENCE, |network| network.online && network.unsent == 0);
    assert!(
        network.online && network.unsent == 0 && network.problem.is_none(),
        "{network:?}"
    );
    assert_eq!(held(&till), held(chain.server()));
}

#[test]
fn a_till_on_its_own_counts_and_tries_nothing() {
    let folder = tempfile::tempdir().unwrap();
    common::keys_in_files(folder.path());
    let founding = app::setup::Founding {
        organisation: "One shop",
        profile: "gb-vat",
        admin: "asha",
        password: common::PASSWORD,
        till: Some(("S1", "T1")),
    };
    app::setup::found(folder.path(), &founding, &app::system_clock()).unwrap();
    let till = app::setup::open_app(folder.path(), app::system_clock()).unwrap();
    assert_eq!(sync_once(&till).unwrap_err().code(), "usage");
    let background = SyncLoop::start(till.clone(), |_| {}).unwrap();
    let network = background.network();
    assert!(network.alone && !network.online && network.unsent == 1);
    drop(background);
    sync_all(&[]);
}

#[test]
fn a_folder_is_served_once() {
    let mut chain = Chain::new();
    let first = chain.running.take();
    let refusal = chain.start("127.0.0.1:0").err();
    assert_eq!(refusal.map(|refusal| refusal.code()), Some("folder_in_use"));
    drop(first);
    chain.start("127.0.0.1:0").unwrap();
}
