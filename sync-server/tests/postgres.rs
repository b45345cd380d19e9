//! The journal in PostgreSQL: several processes, one truth.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;
#[path = "common/postgres.rs"]
mod server;

use std::time::Instant;

use app::App;
use common::{Chain, PATIENCE, aside, call, digest, happen, held};
use fovea_server::Running;
use replica::Tip;
use server::postgres;
use sync::sync_within;

/// Waits until head office's replica at this process holds what the tills agreed on.
fn office_holds(running: &Running, expected: &[Tip]) {
    let app = &running.server().app;
    let until = Instant::now() + PATIENCE;
    while held(app) != expected {
        assert!(Instant::now() < until, "{:?} is not {expected:?}", held(app));
        std::thread::yield_now();
    }
}

/// Syncs with this process, whichever the till was enrolled at.
fn sync_with(app: &App, url: &str) {
    app::joining::set_server(app.replica(), url).unwrap();
    sync_within(app, PATIENCE, &mut |_| {}).unwrap();
}

#[test]
fn one_process_on_a_database_is_a_server_like_any() {
    let Some(postgres) = postgres() else { return };
    let mut chain = Chain::on(Some(postgres.database()));
    let (one, two) = (chain.till("S1", "T1"), chain.till("S2", "T1"));
    for till in [&one, &two] {
        happen(till);
        happen(till);
    }
    call(&one, "customer.create", r#"{"name":"Meera","phone":"9845000001"}"#);
    for till in [&one, &two, &one] {
        sync_within(till, PATIENCE, &mut |_| {}).unwrap();
    }
    assert_eq!(held(&one), held(&two));
    assert_eq!(digest(&one), digest(&two));
    office_holds(chain.running.as_ref().unwrap(), &held(&one));
    assert_eq!(digest(chain.server()), digest(&one));
    assert_eq!(aside(chain.server()), []);
    // Nothing is new: one exchange, nothing moved.
    let again = sync_within(&one, PATIENCE, &mut |_| {}).unwrap();
    assert_eq!((again.exchanges, again.sent, again.received), (1, 0, 0));

    // Stopped and started: the database is still the truth, and the folder's replica goes on.
    let address = chain.stop();
    happen(&one);
    chain.start(&address).unwrap();
    sync_within(&one, PATIENCE, &mut |_| {}).unwrap();
    office_holds(chain.running.as_ref().unwrap(), &held(&one));
}

#[test]
fn tills_enrol_at_one_process_and_sync_at_another() {
    let Some(postgres) = postgres() else { return };
    let chain = Chain::on(Some(postgres.database()));
    let second = chain.keys_of_server("second");
    let second = chain.serve(&second, "127.0.0.1:0").unwrap();
    let (a, b) = (chain.url.clone(), second.url());
    let (one, two) = (chain.till("S1", "T1"), chain.till("S2", "T1"));
    happen(&one);
    sync_with(&one, &b);
    happen(&two);
    sync_with(&two, &b);
    sync_with(&one, &a);
    assert_eq!(held(&one), held(&two));
    assert_eq!(digest(&one), digest(&two));
    for running in [chain.running.as_ref().unwrap(), &second] {
        office_holds(running, &held(&one));
        assert_eq!(digest(&running.server().app), digest(&one));
    }
    // A token of one is a token at the other, and so is a code.
    let third = chain
        .enrol(&chain.till_folder("third"), &b, &chain.code("S3", "T1"))
        .unwrap();
    sync_with(&third, &a);
    // A code is spent once, at whichever process.
    let code = chain.code("S4", "T1");
    chain.enrol(&chain.till_folder("fourth"), &a, &code).unwrap();
    let refusal = chain.enrol(&chain.till_folder("fifth"), &b, &code).err().unwrap();
    assert_eq!(refusal.code(), "code_used");
}

#[test]
fn what_the_folder_held_before_is_handed_in_at_the_first_start() {
    let Some(postgres) = postgres() else { return };
    let mut chain = Chain::new();
    let till = chain.till("S1", "T1");
    happen(&till);
    sync_within(&till, PATIENCE, &mut |_| {}).unwrap();
    let address = chain.stop();
    chain.database = Some(postgres.database());
    chain.start(&address).unwrap();
    let other = chain.till("S2", "T1");
    happen(&till);
    sync_within(&till, PATIENCE, &mut |_| {}).unwrap();
    sync_within(&other, PATIENCE, &mut |_| {}).unwrap();
    assert_eq!(held(&till), held(&other));
    assert_eq!(digest(&till), digest(&other));
    office_holds(chain.running.as_ref().unwrap(), &held(&till));
}

/// Asks head office at one process, as its page does.
struct Page<'a> {
    http: reqwest::blocking::Client,
    url: &'a str,
    token: String,
}

impl<'a> Page<'a> {
    fn open(url: &'a str) -> Self {
        let http = reqwest::blocking::Client::new();
        let body = format!(r#"{{"login":"asha","password":"{}"}}"#, common::PASSWORD);
        let answer = http
            .post(format!("{url}/api/call/till.sign_in"))
            .header("content-type", "application/json")
            .body(body)
            .send()
            .unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&answer.bytes().unwrap()).unwrap();
        let token = answer["token"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"))
            .to_owned();
        Self { http, url, token }
    }

    fn at<'b>(&self, url: &'b str) -> Page<'b> {
        Page {
            http: self.http.clone(),
            url,
            token: self.token.clone(),
        }
    }

    /// Status, answer, and the position that it names.
    fn ask(&self, name: &str, body: &str, headers: &[(&str, &str)]) -> (u16, serde_json::Value, Option<String>) {
        let mut request = self
            .http
            .post(format!("{}/api/call/{name}", self.url))
            .header("content-type", "application/json")
            .bearer_auth(&self.token)
            .body(body.to_owned());
        for (header, value) in headers {
            request = request.header(*header, *value);
        }
        let answer = request.send().unwrap();
        let position = answer
            .headers()
            .get("x-position")
            .map(|value| value.to_str().unwrap().to_owned());
        (
            answer.status().as_u16(),
            serde_json::from_slice(&answer.bytes().unwrap()).unwrap(),
            position,
        )
    }
}

fn customer(number: usize) -> String {
    format!(r#"{{"name":"Person {number}","phone":"98450{number:05}"}}"#)
}

#[test]
fn two_head_offices_write_one_log_without_a_fork() {
    const EACH: usize = 25;
    let Some(postgres) = postgres() else { return };
    let chain = Chain::on(Some(postgres.database()));
    let second = chain.serve(&chain.keys_of_server("second"), "127.0.0.1:0").unwrap();
    let urls = [chain.url.clone(), second.url()];
    std::thread::scope(|threads| {
        for (at, url) in urls.iter().enumerate() {
            threads.spawn(move || {
                let page = Page::open(url);
                for number in 0..EACH {
                    let (status, answer, position) = page.ask("customer.create", &customer(at * EACH + number), &[]);
                    assert_eq!(status, 200, "{answer}");
                    assert!(position.is_some());
                }
            });
        }
    });
    // One log a lane: as many commits as its last sequence says, no two in one place.
    let url = chain.database.clone().unwrap();
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    let rows = client
        .query(
            "SELECT log, COUNT(*), MAX(seq), COUNT(DISTINCT seq) FROM commit_log GROUP BY log",
            &[],
        )
        .unwrap();
    assert_eq!(rows.len(), 2, "control and all");
    let mut commits = 0;
    for row in rows {
        let (count, last, places): (i64, i64, i64) = (row.get(1), row.get(2), row.get(3));
        assert_eq!((count, count), (last, places));
        commits += count;
    }
    // The founding, two sign-ins, and what was asked for.
    assert_eq!(commits, 1 + 2 + 2 * EACH as i64);
    let till = chain.till("S1", "T1");
    let expected = held(&till);
    for running in [chain.running.as_ref().unwrap(), &second] {
        office_holds(running, &expected);
        assert_eq!(digest(&running.server().app), digest(&till));
    }
    let found = call(&till, "customer.search", r#"{"text":"Person","limit":100}"#);
    assert!(found.to_string().matches("Person ").count() >= 50, "{found}");
}

#[test]
fn a_page_reads_what_it_wrote_and_gets_the_answer_it_lost_at_any_process() {
    let Some(postgres) = postgres() else { return };
    let chain = Chain::on(Some(postgres.database()));
    let second = chain.serve(&chain.keys_of_server("second"), "127.0.0.1:0").unwrap();
    let other = second.url();
    let here = Page::open(&chain.url);
    let there = here.at(&other);
    for number in 0..10 {
        let id = format!("{:032x}", number + 1);
        let body = customer(number);
        let (status, first, position) = here.ask("customer.create", &body, &[("x-request-id", &id)]);
        assert_eq!(status, 200, "{first}");
        // At once, at the other process.
        let position = position.unwrap();
        let find = format!(r#"{{"text":"98450{number:05}"}}"#);
        let (_, found, _) = there.ask("customer.search", &find, &[("x-position", &position)]);
        assert!(found.to_string().contains(&format!("Person {number}")), "{found}");
        // The same request again, at the other process: the same answer, nothing new.
        let (status, again, written) = there.ask("customer.create", &body, &[("x-request-id", &id)]);
        assert_eq!((status, again), (200, first));
        assert_eq!(written, None);
    }
    // Signed out at one is signed out at all.
    assert_eq!(here.ask("till.sign_out", "{}", &[]).0, 200);
    let until = Instant::now() + PATIENCE;
    while there.ask("customer.search", r#"{"text":"Person"}"#, &[]).0 != 401 {
        assert!(Instant::now() < until, "the session goes on at the other process");
    }
}

#[test]
fn what_is_erased_is_gone_from_the_rows_of_the_database_too() {
    let Some(postgres) = postgres() else { return };
    let chain = Chain::on(Some(postgres.database()));
    let second = chain.serve(&chain.keys_of_server("second"), "127.0.0.1:0").unwrap();
    let till = chain.till("S1", "T1");
    let made = call(&till, "customer.create", r#"{"name":"Zebulon","phone":"9845000001"}"#);
    sync_with(&till, &chain.url);
    let url = chain.database.clone().unwrap();
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    let mut rows = || -> i64 {
        let sql = "SELECT COUNT(*) FROM commit_log WHERE position('Zebulon'::bytea IN bytes) > 0";
        client.query_one(sql, &[]).unwrap().get(0)
    };
    assert_eq!(rows(), 1);
    let order = format!(r#"{{"customer":{},"reason":"requested"}}"#, made["customer"]);
    // Outside a turn nothing is written as head office, whoever asks.
    let app = chain.server();
    let refusal = app
        .call_json(&common::admin(app), "customer.erase", &order, None)
        .unwrap_err();
    assert_eq!(refusal.code(), "failed");
    let (status, answer, _) = Page::open(&chain.url).ask("customer.erase", &order, &[]);
    assert_eq!(status, 200, "{answer}");
    sync_with(&till, &second.url());
    assert_eq!(rows(), 1, "it may still be withdrawn");
    let not_before = answer["not_before"].as_i64().unwrap();
    chain.pass(not_before - chain.time.load(std::sync::atomic::Ordering::SeqCst));
    sync_with(&till, &second.url());
    assert_eq!(rows(), 0);
    office_holds(chain.running.as_ref().unwrap(), &held(&till));
    // A process that starts now takes the rows without the parts, under the order that it reads first.
    let third = chain.serve(&chain.keys_of_server("third"), "127.0.0.1:0").unwrap();
    assert_eq!(held(&third.server().app), held(&till));
    assert_eq!(digest(&third.server().app), digest(&till));
}

#[test]
fn a_hint_brings_what_one_process_took_to_another_at_once_and_nothing_rests_on_it() {
    const ROUNDS: u32 = 20;
    let Some(postgres) = postgres() else { return };
    let url = postgres.database();
    let name = url.rsplit('/').next().unwrap().to_owned();
    let chain = Chain::on(Some(url));
    let second = chain.keys_of_server("second");
    let second = chain.serve(&second, "127.0.0.1:0").unwrap();
    let one = chain.till("S1", "T1");
    let listeners = |client: &mut ::postgres::Client| -> i64 {
        let listening = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'LISTEN%'";
        client.query_one(listening, &[&name]).unwrap().get(0)
    };
    let mut client = postgres.client("postgres");
    let until = Instant::now() + PATIENCE;
    while listeners(&mut client) < 2 {
        assert!(Instant::now() < until, "nobody listens");
        std::thread::yield_now();
    }
    let mut heard_after = std::time::Duration::ZERO;
    for _ in 0..ROUNDS {
        happen(&one);
        sync_within(&one, PATIENCE, &mut |_| {}).unwrap();
        let taken = Instant::now();
        office_holds(&second, &held(&one));
        heard_after += taken.elapsed();
    }
    // By looking alone, once a second, it would be half a second each time.
    assert!(
        heard_after < ROUNDS * std::time::Duration::from_millis(250),
        "{heard_after:?}"
    );

    // Their connections are cut: they look by themselves, and listen again.
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'LISTEN%'";
    assert_eq!(client.query(cut, &[&name]).unwrap().len(), 2);
    happen(&one);
    sync_within(&one, PATIENCE, &mut |_| {}).unwrap();
    office_holds(&second, &held(&one));
    let until = Instant::now() + PATIENCE;
    while listeners(&mut client) < 2 {
        assert!(Instant::now() < until, "nobody listens again");
        std::thread::yield_now();
    }
}
