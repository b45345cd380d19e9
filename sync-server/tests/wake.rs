//! Wake-ups: what one till writes is at the others at once, and nothing rests on it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;
#[path = "common/counting.rs"]
mod counting;

use std::io::{BufRead, BufReader};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use app::{App, joining};
use common::{Chain, PATIENCE, Stranger, digest, happen, held, sync_all};
use counting::Counting;
use journal::{Lane, Lanes};
use model::ids::Id;
use reqwest::blocking::{Client, Response};
use serde_json::json;
use sync::hint::hint;
use sync::{SyncLoop, sync_once};

/// A connection that listens as a device.
fn listen(url: &str, token: Option<&str>) -> Response {
    let mut request = Client::new().get(format!("{url}/v1/events")).timeout(PATIENCE);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.send().unwrap()
}

/// The next hint on it; none when it has ended.
fn next(lines: &mut impl BufRead) -> Option<Id> {
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        if let Some(hint) = line.strip_prefix("data: ") {
            return Some(hint.trim_end().parse().unwrap());
        }
    }
}

/// Waits until a replica holds what another one holds, without asking it all the time.
fn wait_for(app: &App, other: &App, patience: Duration) -> Option<Duration> {
    let started = Instant::now();
    let changed = Arc::new((Mutex::new(0u64), Condvar::new()));
    let told = Arc::downgrade(&changed);
    app.replica().watch(move || {
        let Some(changed) = told.upgrade() else { return false };
        *changed.0.lock().unwrap() += 1;
        changed.1.notify_all();
        true
    });
    let mut count = changed.0.lock().unwrap();
    loop {
        let before = *count;
        drop(count);
        if held(app) == held(other) {
            return Some(started.elapsed());
        }
        let left = patience.checked_sub(started.elapsed())?;
        count = changed.0.lock().unwrap();
        if *count == before {
            count = changed.1.wait_timeout(count, left).unwrap().0;
        }
    }
}

#[test]
fn a_hint_stands_for_what_is_held_and_changes_with_it() {
    let mut chain = Chain::new();
    let (one, two) = (chain.till("S1", "T1"), chain.till("S2", "T1"));
    assert_eq!(listen(&chain.url, None).status(), 401);
    assert_eq!(listen(&chain.url, Some("00")).status(), 401);
    let stranger = Stranger::of(&two, &chain.url);
    let answer = listen(&chain.url, Some(&stranger.token()));
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut lines = BufReader::new(answer);
    let first = next(&mut lines);
    assert_eq!(first, Some(hint(&held(chain.server()))));
    sync_once(&two).unwrap();
    assert_eq!(first, Some(hint(&held(&two))), "who has all has nothing to call for");

    // What a till brings, and what head office decides.
    happen(&one);
    sync_once(&one).unwrap();
    let second = next(&mut lines);
    assert_eq!(second, Some(hint(&held(&one))));
    assert_ne!(second, first);
    let hired = r#"{"login":"bina","name":"Bina","password":"long enough","roles":[{"role":"cashier"}]}"#;
    common::call(chain.server(), "users.add", hired);
    assert_eq!(next(&mut lines), Some(hint(&held(chain.server()))));

    // Payroll is not a till's affair, so neither is that it happened.
    let lanes = Lanes::of(&[Lane::Control, Lane::All]);
    assert_eq!(stranger.signer.certificate.reads.bits(), lanes.bits());

    // The server ends in time, and the connection with it.
    let began = Instant::now();
    chain.stop();
    assert_eq!(next(&mut lines), None);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

/// Far above what it takes, far below what polling would take.
const SALES: u32 = 20;
const AT_MOST: Duration = Duration::from_secs(20);

fn one_after_the_other(one: &App, two: &App) -> Duration {
    let began = Instant::now();
    for number in 0..SALES {
        let (from, to) = if number % 2 == 0 { (one, two) } else { (two, one) };
        happen(from);
        assert!(wait_for(to, from, PATIENCE).is_some());
    }
    began.elapsed()
}

#[test]
fn what_one_till_writes_is_at_the_other_before_anybody_polls() {
    let chain = Chain::new();
    let (one, two) = (chain.till("S1", "T1"), chain.till("S2", "T1"));
    let loops = [&one, &two].map(|till| SyncLoop::start(till.clone(), |_| {}).unwrap());
    for at in &loops {
        at.wait_until(PATIENCE, |network| network.all_sent.is_some() && network.online);
    }
    let took = one_after_the_other(&one, &two);
    assert!(took < AT_MOST, "{took:?} for {SALES}");
    drop(loops);
    sync_all(&[one.clone(), two.clone()]);
    assert_eq!(digest(&one), digest(&two));
}

#[test]
fn a_relay_wakes_its_store_and_is_woken_itself() {
    let chain = Chain::new();
    let (near, far) = (chain.till("S1", "T1"), chain.till("S2", "T1"));
    let folder = chain.relay_folder("S1");
    let relay = chain.serve_relay(&folder, "127.0.0.1:0");
    // What this till hears of head office's, it hears from the relay alone.
    joining::set_server(near.replica(), "http://127.0.0.1:1").unwrap();
    joining::add_relay(near.replica(), &relay.url()).unwrap();
    let loops = [&near, &far].map(|till| SyncLoop::start(till.clone(), |_| {}).unwrap());
    loops[0].wait_until(PATIENCE, |network| network.relays[0].online);
    loops[1].wait_until(PATIENCE, |network| network.online);
    relay.upstream().unwrap().wait_until(PATIENCE, |network| network.online);
    let took = one_after_the_other(&far, &near);
    assert!(took < AT_MOST, "{took:?} for {SALES}");
}

/// `cargo test --release -p fovea-server --test wake -- --ignored --nocapture`
#[test]
#[ignore = "a measurement, for docs/BENCHMARKS.md"]
fn measured() {
    const MEASURED: usize = 300;
    let chain = Chain::new();
    let (one, two) = (chain.till("S1", "T1"), chain.till("S2", "T1"));
    common::sell(&one, 1);
    sync_all(&[one.clone(), two.clone()]);

    // A sync that finds nothing new, HTTP and all: the first of a run proves itself anew, the loop's has its token.
    let line = Counting::to(&chain.url);
    joining::set_server(two.replica(), &line.url).unwrap();
    sync_once(&two).unwrap();
    let (up, down) = line.take();
    println!("nothing new, token and all: {up} B up, {down} B down");
    let told = SyncLoop::start(two.clone(), |_| {}).unwrap();
    told.wait_until(PATIENCE, |network| network.online && !network.syncing);
    std::thread::sleep(Duration::from_secs(1));
    line.take();
    let before = told.network().last_contact;
    chain.pass(1);
    told.now();
    told.wait_until(PATIENCE, |network| network.last_contact != before && !network.syncing);
    let (up, down) = line.take();
    println!("nothing new, in the loop: {up} B up, {down} B down");
    drop(told);
    joining::set_server(two.replica(), &chain.url).unwrap();

    let loops = [&one, &two].map(|till| SyncLoop::start(till.clone(), |_| {}).unwrap());
    for at in &loops {
        at.wait_until(PATIENCE, |network| network.all_sent.is_some() && network.online);
    }
    std::thread::sleep(Duration::from_secs(1));
    let cashier = common::admin(&one);
    let ask = |name: &str, body: serde_json::Value| one.call_json(&cashier, name, &body.to_string(), None).unwrap();
    let frame = json!({"code": "F1", "name": "Frame", "kind": "frame", "list": 250_000, "offer": 200_000});
    let product = ask("product.create", frame)["product"].clone();
    ask("session.open", json!({"float": 0}));
    let sale = json!({
        "lines": [{"product": product, "quantity": 1, "price": 200_000}],
        "payments": [{"method": "cash", "amount": 200_000}],
        "total": 200_000,
    });
    // From the moment the sale is asked for: it becomes durable, goes up, wakes the other till, is fetched and projected.
    let mut times: Vec<Duration> = (0..MEASURED)
        .map(|_| {
            let asked = Instant::now();
            ask("sale.complete", sale.clone());
            wait_for(&two, &one, PATIENCE).unwrap();
            let took = asked.elapsed();
            // A cashier's pace, so that a sale does not ride on the one before.
            std::thread::sleep(Duration::from_millis(50));
            took
        })
        .collect();
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "a sale, from Pay at one till until the other holds it: p50 {:?} p99 {:?} longest {:?}",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
