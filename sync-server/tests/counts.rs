//! A shelf is counted while another till sells from it with the network down.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use app::{App, Caller};
use common::{Chain, PASSWORD, PATIENCE, call, digest, sync_all};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
const YEARS: i64 = 73 * 365 * 24 * 60 * MINUTE;

/// Ten frames on the shelf of S1, two tills that sell them, Ravi who counts and Mira who approves.
struct Shelf {
    chain: Chain,
    one: App,
    two: App,
    /// How far the clock of the second till is ahead, ms.
    ahead: Arc<AtomicI64>,
}

fn person(app: &App, login: &str) -> Caller {
    app.check_password(login, PASSWORD).unwrap()
}

fn as_person(app: &App, login: &str, name: &str, body: &Value) -> Result<Value, String> {
    app.call_json(&person(app, login), name, &body.to_string(), None)
        .map_err(|refusal| refusal.code().to_owned())
}

impl Shelf {
    fn new() -> Self {
        Self::with_clock(0)
    }

    /// The second till's clock is ahead from its first day on.
    fn with_clock(ahead: i64) -> Self {
        let chain = Chain::new();
        for (login, role) in [("ravi", "cashier"), ("mira", "store_manager")] {
            let body =
                json!({"login": login, "name": login, "password": PASSWORD, "roles": [{"role": role, "store": null}]});
            call(chain.server(), "users.add", &body.to_string());
        }
        let one = chain.till("S1", "T1");
        let ahead = Arc::new(AtomicI64::new(ahead));
        let (clock, late) = (chain.clock(), Arc::clone(&ahead));
        let two = sync::enrol_within(
            &chain.till_folder("S1T2"),
            &chain.url,
            &chain.code("S1", "T2"),
            Arc::new(move || clock() + late.load(Ordering::SeqCst)),
            PATIENCE,
            &mut |_| {},
        )
        .unwrap();
        let frame = json!({"code": "F1", "name": "Aurel Round", "kind": "frame", "brand": "Aurel", "list": 10_000, "offer": 10_000});
        call(&one, "product.create", &frame.to_string());
        let found = json!({"product": "F1", "change": 10, "reason": "as the shop opened"});
        call(&one, "stock.adjust", &found.to_string());
        let shelf = Self { chain, one, two, ahead };
        shelf.meet();
        for till in [&shelf.one, &shelf.two] {
            as_person(till, "ravi", "session.open", &json!({"float": 0})).unwrap();
        }
        shelf.meet();
        shelf
    }

    /// Everybody comes to hold everything, and has said so.
    fn meet(&self) {
        for _ in 0..2 {
            sync_all(&[self.one.clone(), self.two.clone(), self.one.clone()]);
            self.chain.pass(11 * MINUTE);
        }
        sync_all(&[self.one.clone(), self.two.clone(), self.one.clone()]);
    }

    fn sell(&self, till: &App) {
        let found = call(till, "product.find", r#"{"code": "F1"}"#);
        let body = json!({
            "lines": [{"product": found["product"]["id"], "quantity": 1, "price": 10_000}],
            "payments": [{"method": "cash", "amount": 10_000}],
            "total": 10_000,
        });
        as_person(till, "ravi", "sale.complete", &body).unwrap();
        self.chain.pass(MINUTE);
    }

    fn count(&self, till: &App, counted: i64) -> Value {
        let body = json!({"product": "F1", "counted": counted});
        let line = as_person(till, "ravi", "stock.count", &body).unwrap();
        self.chain.pass(MINUTE);
        line["line"].clone()
    }

    fn settle(&self, app: &App, login: &str, line: &Value, reason: Option<&str>) -> Result<i64, String> {
        let shown = call(app, "stock.counts", "{}")["rows"].clone();
        let of = |row: &&Value| row["line"] == *line;
        let shown = shown
            .as_array()
            .unwrap()
            .iter()
            .find(of)
            .map_or(json!(0), |row| row["difference"].clone());
        let body = json!({"line": line, "difference": shown, "reason": reason});
        let settled = as_person(app, login, "stock.count_settle", &body)?;
        Ok(settled["corrected"].as_i64().unwrap())
    }

    /// Expected, corrected, difference and state of the one count that is shown, the same everywhere.
    fn stands(&self, apps: &[&App]) -> (i64, i64, i64, String) {
        let shown: Vec<_> = apps
            .iter()
            .map(|app| {
                let rows = call(app, "stock.counts", r#"{"store": "S1"}"#)["rows"].clone();
                assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
                let of = |name: &str| rows[0][name].as_i64().unwrap();
                let state = rows[0]["state"].as_str().unwrap().to_owned();
                (of("expected"), of("corrected"), of("difference"), state)
            })
            .collect();
        assert!(shown.iter().all(|one| *one == shown[0]), "{shown:?}");
        shown[0].clone()
    }

    fn everybody(&self) -> [&App; 3] {
        [&self.one, &self.two, self.chain.server()]
    }

    fn on_hand(&self) -> i64 {
        let levels: Vec<i64> = self
            .everybody()
            .iter()
            .map(|app| {
                let level = call(app, "stock.level", r#"{"product": "F1"}"#);
                let stores = level["stores"].as_array().unwrap().clone();
                let own = stores.iter().find(|row| row["store"] == "S1").unwrap();
                own["on_hand"].as_i64().unwrap()
            })
            .collect();
        assert!(levels.iter().all(|level| *level == levels[0]), "{levels:?}");
        levels[0]
    }

    fn cases(&self) -> Vec<(String, String)> {
        let rows = call(self.chain.server(), "office.exceptions", "{}")["rows"].clone();
        let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
        rows.as_array()
            .unwrap()
            .iter()
            .filter(|row| row["kind"] == "count_changed")
            .map(|row| (text(row, "title"), text(row, "detail")))
            .collect()
    }
}

fn state(word: &str) -> String {
    word.to_owned()
}

#[test]
fn a_sale_that_was_not_known_when_the_shelf_was_counted_is_no_loss() {
    let shelf = Shelf::new();
    // At ten, with the network down at the second till.
    shelf.sell(&shelf.two);
    let line = shelf.count(&shelf.one, 9);
    // By the books of the first till one is missing; it does not know better yet, and says so.
    assert_eq!(shelf.stands(&[&shelf.one]), (10, 0, -1, state("waits")));
    let waits = call(&shelf.one, "stock.counts", "{}")["rows"][0]["waits_for"].clone();
    assert_eq!(waits, json!(["S1 T2"]));
    assert_eq!(
        shelf.settle(&shelf.one, "mira", &line, None),
        Err("count_waits".to_owned())
    );
    shelf.meet();
    assert_eq!(shelf.stands(&shelf.everybody()), (9, 0, 0, state("agrees")));
    assert_eq!(
        shelf.settle(&shelf.one, "mira", &line, None),
        Err("count_agrees".to_owned())
    );
    assert_eq!((shelf.on_hand(), shelf.cases()), (9, vec![]));
    assert_eq!(digest(&shelf.one), digest(&shelf.two));
}

#[test]
fn a_sale_that_comes_after_the_books_were_corrected_raises_a_case_with_the_correction() {
    let shelf = Shelf::new();
    shelf.sell(&shelf.two);
    let line = shelf.count(&shelf.one, 9);
    let settled = shelf.settle(&shelf.one, "mira", &line, Some("T2 is switched off since noon"));
    assert_eq!(settled, Ok(-1));
    assert_eq!(shelf.stands(&[&shelf.one]), (10, -1, 0, state("agrees")));
    shelf.meet();
    // The shelf holds nine and the books say eight.
    assert_eq!(shelf.on_hand(), 8);
    assert_eq!(shelf.stands(&shelf.everybody()), (9, -1, 1, state("changed")));
    assert_eq!(shelf.cases(), [("F1".to_owned(), "S1: +1".to_owned())]);
    // Head office corrects what it shows.
    let office = shelf.chain.server().clone();
    assert_eq!(shelf.settle(&office, "mira", &line, None), Ok(1));
    shelf.meet();
    assert_eq!(shelf.stands(&shelf.everybody()), (9, 0, 0, state("agrees")));
    assert_eq!((shelf.on_hand(), shelf.cases()), (9, vec![]));
    assert_eq!(digest(&shelf.one), digest(&shelf.two));
}

#[test]
fn who_knew_of_whom_counts_before_any_clock() {
    // A clock that is ahead by more than any till's is no skew: nobody puts it right.
    let shelf = Shelf::with_clock(YEARS);
    assert!(shelf.ahead.load(Ordering::SeqCst) > 0);
    // Sold by a clock of the next century, and known where it is counted.
    shelf.sell(&shelf.two);
    shelf.meet();
    shelf.count(&shelf.one, 9);
    shelf.meet();
    assert_eq!(shelf.stands(&shelf.everybody()), (9, 0, 0, state("agrees")));
    // The count at the second till is of the next century too; the one after it is the last all the same, and what the second
    // till sells with a clock set back, knowing of it, was sold after it.
    shelf.count(&shelf.two, 9);
    shelf.meet();
    shelf.sell(&shelf.one);
    shelf.count(&shelf.one, 8);
    shelf.meet();
    shelf.ahead.store(-YEARS / 73, Ordering::SeqCst);
    shelf.sell(&shelf.two);
    shelf.meet();
    assert_eq!(shelf.stands(&shelf.everybody()), (8, 0, 0, state("agrees")));
    assert_eq!(shelf.on_hand(), 7);
}

#[test]
fn what_is_missing_is_taken_off_once_however_often_it_is_counted_and_approved() {
    let shelf = Shelf::new();
    let first = shelf.count(&shelf.one, 9);
    let second = shelf.count(&shelf.one, 9);
    shelf.meet();
    assert_eq!(shelf.stands(&[shelf.chain.server()]), (10, 0, -1, state("differs")));
    assert_eq!(
        shelf.settle(&shelf.one, "mira", &first, None),
        Err("counted_again".to_owned())
    );
    // Two managers at two places approve the same, neither knowing of the other.
    let office = shelf.chain.server().clone();
    let certain = Some("nothing was sold today");
    assert_eq!(shelf.settle(&shelf.one, "mira", &second, certain), Ok(-1));
    assert_eq!(shelf.settle(&office, "mira", &second, None), Ok(-1));
    shelf.meet();
    assert_eq!(shelf.stands(&shelf.everybody()), (10, -2, 1, state("changed")));
    assert_eq!(shelf.settle(&office, "mira", &second, None), Ok(1));
    shelf.meet();
    assert_eq!((shelf.on_hand(), shelf.cases()), (9, vec![]));
    // A later count expects what the books say since the one before.
    shelf.count(&shelf.two, 9);
    shelf.meet();
    assert_eq!(shelf.stands(&shelf.everybody()), (9, 0, 0, state("agrees")));
}

#[test]
fn a_correction_counts_from_when_it_was_counted_not_from_when_it_was_approved() {
    let shelf = Shelf::new();
    let first = shelf.count(&shelf.one, 9);
    shelf.meet();
    // The manager approves at head office while the second till, cut off, counts the nine again.
    shelf.count(&shelf.two, 9);
    let office = shelf.chain.server().clone();
    assert_eq!(shelf.settle(&office, "mira", &first, None), Ok(-1));
    shelf.meet();
    assert_eq!(shelf.stands(&shelf.everybody()), (9, 0, 0, state("agrees")));
    assert_eq!(shelf.on_hand(), 9);
}

#[test]
fn a_count_is_approved_by_somebody_higher_and_refused_in_words() {
    let shelf = Shelf::new();
    let line = shelf.count(&shelf.one, 9);
    let own = as_person(
        &shelf.one,
        "mira",
        "stock.count",
        &json!({"product": "F1", "counted": 8}),
    )
    .unwrap();
    shelf.meet();
    let before = shelf.on_hand();
    let outcomes = [
        shelf.settle(&shelf.one, "ravi", &own["line"], None),
        shelf.settle(&shelf.one, "mira", &own["line"], None),
        shelf.settle(&shelf.one, "mira", &line, None),
        shelf.settle(&shelf.one, "mira", &json!("00000000000000000000000000000000"), None),
        shelf.settle(&shelf.one, "asha", &own["line"], Some(&"x".repeat(401))),
    ];
    assert_eq!(
        outcomes.map(|outcome| outcome.unwrap_err()),
        [
            "not_permitted",
            "approver_not_higher",
            "counted_again",
            "unknown",
            "bad_field"
        ]
    );
    for counted in [-1, 1_000_001] {
        let body = json!({"product": "F1", "counted": counted});
        assert_eq!(
            as_person(&shelf.one, "ravi", "stock.count", &body),
            Err("bad_field".to_owned())
        );
    }
    let seen = as_person(&shelf.one, "ravi", "stock.counts", &json!({}));
    assert_eq!(seen, Err("not_permitted".to_owned()), "a count is blind");
    let office = as_person(
        shelf.chain.server(),
        "mira",
        "stock.count",
        &json!({"product": "F1", "counted": 1}),
    );
    assert_eq!(office, Err("till_only".to_owned()));
    // In another store's name nothing is corrected.
    let other = shelf.chain.till("S2", "T1");
    assert_eq!(
        shelf.settle(&other, "asha", &own["line"], None),
        Err("cannot_write".to_owned())
    );
    assert_eq!(shelf.on_hand(), before);
}
