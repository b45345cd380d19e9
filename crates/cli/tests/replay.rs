//! `replay retail`: every figure against sums made without the program, faulty rows by line and reason, shares, and runs
//! that are killed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use common::retail::{Chance, HEADER, Invoice, Sums, crc32, invoices, text};
use common::{ADMIN, Till, answer, fovea, refused, run, told};
use serde_json::{Value, json};

/// Long enough for a slow machine; no test waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(60);

/// A replay's report without its seconds, which are checked.
fn replay(till: &Till, file: &str, more: &[&str]) -> Value {
    let mut report = answer(&till.ask(&[&["replay", "retail", file], more].concat()));
    let seconds = report.as_object_mut().unwrap().remove("seconds").unwrap();
    assert!(
        seconds.as_f64().is_some_and(|seconds| (0.0..600.0).contains(&seconds)),
        "{seconds}"
    );
    report
}

fn totals(till: &Till, body: &Value) -> Value {
    till.call("sales.totals", body)
}

fn on_hand(till: &Till, code: &str) -> Value {
    till.call("stock.level", &json!({"product": code}))
}

/// One column of the database, in order.
fn column(till: &Till, sql: &str) -> Vec<String> {
    let database = till.database();
    let mut statement = database.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Every series of numbers runs from 1 without gap or repeat; answers how many each has.
fn runs(numbers: &[String]) -> BTreeMap<String, usize> {
    let mut series: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for number in numbers {
        let digits = number.len() - number.bytes().rev().take_while(u8::is_ascii_digit).count();
        let new = series
            .entry(number[..digits].to_owned())
            .or_default()
            .insert(number[digits..].parse().unwrap());
        assert!(new, "{number} is given twice");
    }
    for (name, numbers) in &series {
        let whole: BTreeSet<u64> = (1..=numbers.len() as u64).collect();
        assert_eq!(*numbers, whole, "a gap in {name}");
    }
    series
        .into_iter()
        .map(|(name, numbers)| (name, numbers.len()))
        .collect()
}

/// Books in order, totals, stock, customers, sessions and numbers as the invoices say.
fn assert_books(till: &Till, expected: &Sums) {
    till.commits();
    assert_eq!(totals(till, &json!({})), expected.totals());
    let shelves = column(
        till,
        "SELECT p.code || '=' || b.quantity FROM balance b JOIN product p ON p.id = b.product WHERE b.account LIKE '%:sellable'",
    );
    let stock: BTreeSet<String> = expected
        .stock
        .iter()
        .map(|(code, pieces)| format!("{code}={pieces}"))
        .collect();
    let shelves: BTreeSet<String> = shelves.into_iter().collect();
    assert_eq!(shelves, stock);
    let customers = column(till, "SELECT code FROM customer");
    assert_eq!(customers.len(), expected.customers.len());
    assert_eq!(customers.into_iter().collect::<BTreeSet<_>>(), expected.customers);
    let numbers = runs(&column(till, "SELECT number FROM sale"));
    let counts: BTreeSet<usize> = numbers.values().copied().collect();
    let (sales, returns) = (expected.sales.0, expected.returns.0);
    assert_eq!(
        counts,
        [sales, returns].map(|count| usize::try_from(count).unwrap()).into(),
        "{numbers:?}"
    );
    assert_eq!(
        till.call("session.current", &json!({}))["session"],
        Value::Null,
        "no session is left open"
    );
}

/// One Z report for each session.
fn sessions(till: &Till) -> i64 {
    let numbers = column(till, "SELECT number FROM session_end");
    let opened = column(till, "SELECT day || ' ' || float || ' ' || replay FROM session");
    assert_eq!(opened.len(), numbers.len());
    assert!(
        opened.iter().all(|session| session.ends_with(" 0 lines.csv")),
        "{opened:?}"
    );
    assert_eq!(runs(&numbers).values().sum::<usize>(), numbers.len());
    i64::try_from(numbers.len()).unwrap()
}

#[test]
fn figures_equal_sums_made_from_the_file_and_a_second_run_writes_nothing() {
    let till = Till::new("gb-vat");
    let all = invoices(2_011, 150, 10);
    let (file, expected) = (till.file("lines.csv", text(&all)), Sums::of(&all));
    assert!(expected.returns.0 > 0 && expected.adjustments > 0 && !expected.customers.is_empty());
    assert_eq!(replay(&till, &file, &[]), expected.report());
    assert_books(&till, &expected);
    assert_eq!(sessions(&till), expected.sessions);

    // By business date, inclusive at both ends; by store.
    for (from, to) in [(4, 4), (6, 9), (13, 31), (1, 3)] {
        let within = Sums::of(all.iter().filter(|invoice| (from..=to).contains(&invoice.day)));
        let day = |day: u32| format!("2011-01-{day:02}");
        let body = json!({"from": day(from), "to": day(to), "store": "S1"});
        assert_eq!(totals(&till, &body), within.totals(), "{body}");
    }
    assert_eq!(totals(&till, &json!({"from": "2011-01-10"}))["sales"]["count"], {
        Sums::of(all.iter().filter(|invoice| invoice.day >= 10)).sales.0
    });
    // Codes are compared byte for byte.
    for code in ["84970S", "84970s", "POST", "22 423"] {
        let level = json!({"product": code, "stores": [{"store": "S1", "on_hand": expected.stock[code]}]});
        assert_eq!(on_hand(&till, code), level);
    }

    let before = (till.commits(), till.bytes());
    let nothing = Sums::default();
    let mut report = nothing.report();
    report["skipped"] = json!(all.len());
    assert_eq!(replay(&till, &file, &[]), report);
    assert!((till.commits(), till.bytes()) == before, "a second run writes nothing");

    // A longer file adds what is new in it, under the same products and customers.
    let longer = invoices(2_011, 150, 10).into_iter().chain([Invoice {
        number: "900001".to_owned(),
        ..all.into_iter().next_back().unwrap()
    }]);
    let longer: Vec<Invoice> = longer.collect();
    let file = till.file("lines.csv", text(&longer));
    let mut report = Sums::of(&longer[150..]).report();
    report["skipped"] = json!(150);
    assert_eq!(replay(&till, &file, &[]), report);
    assert_books(&till, &Sums::of(&longer));
}

#[test]
fn an_invoice_is_one_commit_with_what_it_makes() {
    let till = Till::new("gb-vat");
    let row = |number: &str, code: &str, quantity: i64, date: &str, price: &str, customer: &str| {
        format!("{number},{code},A THING,{quantity},{date},{price},{customer},United Kingdom\n")
    };
    let rows = [
        // The first row gives the business date; half a penny goes away from zero.
        row("1", " X1 ", 5, "2011-01-04 23:59:00", "0.001", "77.0"),
        row("1", "X2", 1, "2011-01-05 00:00:00", "1.005", "77.0"),
        row("1", "X1", 2, "2011-01-04 23:59:00", "9.99", "77.0"),
        row("1", "X3", 3, "2011-01-04 23:59:00", "0.0", "77.0"),
        // A cancellation without a price gives nothing back and brings the goods.
        row("C2", "X1", -4, "2011-01-04 12:00:00", "0", ""),
        row("3", "X2", -2, "2011-01-04 12:00:00", "0.00", ""),
    ];
    let file = till.file("lines.csv", format!("{HEADER}\n{}", rows.concat()));
    let before = till.commits();
    let report = json!({
        "sales": {"count": 1, "total": 1 + 101 + 1_998}, "returns": {"count": 1, "total": 0},
        "adjustments": {"count": 2}, "rejected": [], "skipped": 0,
    });
    assert_eq!(replay(&till, &file, &[]), report);
    // Three invoices, a session opened and closed.
    assert_eq!(till.commits(), before + 3 + 2);
    assert_eq!(
        totals(&till, &json!({"from": "2011-01-04", "to": "2011-01-04"}))["sales"]["total"],
        2_100
    );
    for (code, pieces) in [("X1", -3), ("X2", -3), ("X3", 3)] {
        assert_eq!(on_hand(&till, code)["stores"][0]["on_hand"], pieces, "{code}");
    }

    let product = till.call("product.find", &json!({"code": "X1"}))["product"].clone();
    let told = ["name", "kind", "list", "offer", "stocked"].map(|field| product[field].clone());
    assert_eq!(
        json!(told),
        json!(["A THING", "accessory", 0, 0, true]),
        "its first price: {product}"
    );
    assert_eq!(
        till.call("product.find", &json!({"code": "X2"}))["product"]["list"],
        101
    );
    let found = till.call("sale.list", &json!({"text": "77.0"}))["sales"].clone();
    let sale = till.call("sale.get", &json!({"sale": found[0]["sale"]}));
    assert_eq!(
        (&sale["total"], &sale["rounding"], &sale["change"]),
        (&json!(2_100), &json!(0), &json!(0))
    );
    assert_eq!(sale["payments"][0]["method"], "cash");
    assert_eq!(
        (
            sale["payments"].as_array().unwrap().len(),
            &sale["payments"][0]["amount"]
        ),
        (1, &json!(2_100))
    );
    assert_eq!(sale["reason"], "replay lines.csv");
    // 20 % from the fourth of January 2011; each line's tax was reckoned on its total.
    assert!(
        sale["lines"]
            .as_array()
            .unwrap()
            .iter()
            .all(|line| line["rate"] == 2_000),
        "{sale}"
    );
}

#[test]
fn rows_that_cannot_be_taken_are_named_by_line_and_the_rest_goes_on() {
    for end in ["\n", "\r\n"] {
        let till = Till::new("gb-vat");
        let faulty = [
            (",A,x,1,2011-01-04 09:00:00,1.00,,UK", "no invoice number"),
            ("1,,x,1,2011-01-04 09:00:00,1.00,,UK", "no stock code"),
            ("1,A,x,many,2011-01-04 09:00:00,1.00,,UK", "many"),
            ("1,A,x,1.5,2011-01-04 09:00:00,1.00,,UK", "1.5"),
            ("1,A,x,0,2011-01-04 09:00:00,1.00,,UK", "zero"),
            ("1,A,x,100000,2011-01-04 09:00:00,1.00,,UK", "99,999"),
            ("1,A,x,1,2011-01-04 09:00:00,-1.00,,UK", "negative"),
            ("1,A,x,1,2011-01-04 09:00:00,dear,,UK", "dear"),
            ("1,A,x,1,2011-01-04 09:00:00,,,UK", "price"),
            ("1,A,x,-1,2011-01-04 09:00:00,1.00,,UK", "negative"),
            ("C1,A,x,1,2011-01-04 09:00:00,1.00,,UK", "negative"),
            ("1,A,x,1,2011-02-29 09:00:00,1.00,,UK", "2011-02-29"),
            ("1,A,x,1,2011-01-04 25:00:00,1.00,,UK", "25:00"),
            ("1,A,x,1,,1.00,,UK", "date"),
            ("1,A,x,99999,2011-01-04 09:00:00,99999999999999999999,,UK", "amount"),
            ("1,A,x, y,1,2011-01-04 09:00:00,1.00,,UK", "fields"),
            ("1,A", "fields"),
        ];
        let mut lines = vec![HEADER, "1,A,\"on two", "lines\",2,2011-01-04 09:00:00,1.00,,UK", ""];
        lines.extend(faulty.iter().map(|(row, _)| *row));
        // Small c is no cancellation: numbers are compared byte for byte.
        lines.extend([
            "2,A,x,3,2011-01-04 09:00:00,1.00,,UK",
            "c3,A,x,1,2011-01-04 09:00:00,1.00,,UK",
            "4,A,cut sho",
        ]);
        let file = till.file("lines.csv", lines.join(end));
        let report = replay(&till, &file, &[]);
        let told: Vec<(u64, String)> = report["rejected"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                assert_eq!(row.as_object().unwrap().len(), 2, "{row}");
                (
                    row["line"].as_u64().unwrap(),
                    row["reason"].as_str().unwrap().to_owned(),
                )
            })
            .collect();
        let at: Vec<u64> = told.iter().map(|(line, _)| *line).collect();
        // The header is line 1, the first row two lines, then a blank one.
        let mut expected: Vec<u64> = (5..5 + faulty.len() as u64).collect();
        expected.push(5 + faulty.len() as u64 + 2);
        assert_eq!(at, expected, "{told:?}");
        for ((_, reason), (row, word)) in told.iter().zip(&faulty) {
            assert!(reason.contains(word), "{row}: {reason}");
        }
        assert_eq!(report["sales"], json!({"count": 3, "total": 600}));
        assert_eq!(
            (&report["returns"]["count"], &report["adjustments"]["count"]),
            (&json!(0), &json!(0))
        );
        assert_eq!(totals(&till, &json!({}))["sales"], report["sales"]);
        // Named again, and nothing else done.
        let again = replay(&till, &file, &[]);
        assert_eq!(
            (&again["rejected"], &again["skipped"]),
            (&report["rejected"], &json!(3))
        );
    }
}

#[test]
fn lines_of_an_invoice_beyond_nine_hundred_are_rejected() {
    let till = Till::new("gb-vat");
    // As many new products as lines: all of it still is one commit.
    let rows: String = (0..903)
        .map(|n| format!("1,P{n},x,1,2011-01-04 09:00:00,0.01,,UK\n"))
        .collect();
    let file = till.file("lines.csv", format!("{HEADER}\n{rows}"));
    let report = replay(&till, &file, &[]);
    assert_eq!(report["sales"], json!({"count": 1, "total": 900}));
    let rejected = report["rejected"].as_array().unwrap();
    let lines: Vec<u64> = rejected.iter().map(|row| row["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [902, 903, 904]);
    assert!(
        rejected
            .iter()
            .all(|row| row["reason"].as_str().unwrap().contains("900"))
    );
    assert_eq!(on_hand(&till, "P899")["stores"][0]["on_hand"], -1);
    assert_eq!(
        refused(&till.ask(&["call", "stock.level", r#"{"product":"P900"}"#])),
        "unknown"
    );
    assert_eq!(column(&till, "SELECT hex(hash) FROM commit_log").len(), 1 + 3);
}

#[test]
fn shares_take_every_invoice_once() {
    let till = Till::new("gb-vat");
    let all = invoices(7, 60, 4);
    let bad = "999999,A,x,0,2011-01-04 09:00:00,1.00,,UK\n";
    let file = till.file("lines.csv", format!("{}{bad}", text(&all)));
    let mut rejected = Vec::new();
    for share in 0..3 {
        let mine = |number: &str| crc32(number.as_bytes()) % 3 == share;
        let mut expected = Sums::of(all.iter().filter(|invoice| mine(&invoice.number))).report();
        let report = replay(&till, &file, &["--share", &format!("{share}/3")]);
        if mine("999999") {
            expected["rejected"] = report["rejected"].clone();
        }
        assert_eq!(report, expected, "{share}/3");
        rejected.extend(report["rejected"].as_array().unwrap().clone());
    }
    assert_eq!(rejected.len(), 1, "a faulty row has one share, too");
    assert_books(&till, &Sums::of(&all));
    assert_eq!(replay(&till, &file, &[])["skipped"], 60);
    for share in ["3/3", "0/0", "-1/3", "1", "1/", "a/b", ""] {
        let words = ["replay", "retail", &file, "--share", share];
        assert_eq!(refused(&till.ask(&words)), "usage", "{share}");
    }
}

#[test]
fn what_replay_refuses() {
    let till = Till::new("gb-vat");
    let file = till.file("lines.csv", text(&invoices(1, 5, 1)));
    let strange = till.file("strange.csv", "InvoiceNo,StockCode\n1,A\n");
    let before = till.bytes();
    for (words, code) in [
        (&["replay", "retail", &strange][..], "bad_file"),
        (&["replay", "retail", "nowhere.csv"], "no_file"),
        (&["replay", "wholesale", &file], "usage"),
        (&["replay", "retail"], "usage"),
        (&["replay", "retail", &file, "--dry-run"], "usage"),
    ] {
        assert_eq!(refused(&till.ask(words)), code, "{words:?}");
    }
    assert!(till.bytes() == before);

    // A person's session is theirs; when it is closed the replay goes its way.
    till.call("session.open", &json!({"float": 5_000}));
    let commits = till.commits();
    let told = told(&till.ask(&["replay", "retail", &file]));
    assert_eq!(told.code, "session_open");
    assert_eq!(till.commits(), commits);
    till.call("session.close", &json!({"counted": 5_000, "expected": 5_000}));
    let report = replay(&till, &file, &[]);
    assert_eq!(report, Sums::of(&invoices(1, 5, 1)).report());
}

/// A replay that is killed where it stands; a test that fails leaves none behind.
struct Running(Child);

impl Running {
    fn start(till: &Till, file: &str) -> Self {
        let mut command = fovea(&["replay", "retail", file, "--data", &till.data(), "--as", ADMIN]);
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn goes_on(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// Stops it without an end, so that it holds what it has.
    fn pause(&self) {
        let sent = Command::new("kill").args(["-STOP", &self.0.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // `kill -9`; one that has ended by itself is left in peace.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

/// Waits until a replay has written something, or has ended.
fn wait_for_writing(till: &Till, replay: &mut Running) {
    let log = till.path("data/fovea.db-wal");
    let (before, started) = (size(&log), Instant::now());
    while size(&log) <= before && replay.goes_on() {
        assert!(started.elapsed() < PATIENCE, "the replay writes nothing");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_replay_killed_again_and_again_comes_to_the_same() {
    let till = Till::new("gb-vat");
    let all = invoices(42, 420, 9);
    let (file, expected) = (till.file("lines.csv", text(&all)), Sums::of(&all));
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let mut chance = Chance(seed);
    let mut killed = 0;
    for round in 0..5 {
        let mut running = Running::start(&till, &file);
        wait_for_writing(&till, &mut running);
        if round == 0 {
            // Stopped where it stands it has the folder, and nobody else has; a kill leaves no lock.
            running.pause();
            let held = till.ask(&["call", "sales.totals"]);
            let told = told(&held);
            assert_eq!(told.code, "folder_in_use");
            assert!(told.message.contains(&till.data()), "{told:?}");
            assert_eq!(refused(&till.verify()), "folder_in_use");
            assert_eq!(refused(&run(&["rebuild", "--data", &till.data()])), "folder_in_use");
        }
        std::thread::sleep(Duration::from_millis(chance.below(80)));
        killed += u32::from(running.goes_on());
        drop(running);
        // What is there is whole: each sale in full, and the books agree.
        till.commits();
    }
    assert!(killed > 0, "the kills came too late to say anything (seed {seed})");

    let held = totals(&till, &json!({}));
    let report = replay(&till, &file, &[]);
    let count = |value: &Value| value["sales"]["count"].as_i64().unwrap() + value["returns"]["count"].as_i64().unwrap();
    assert!(count(&held) > 0, "something outlived the kills (seed {seed})");
    assert_eq!(
        count(&held) + count(&report),
        expected.sales.0 + expected.returns.0,
        "seed {seed}"
    );
    assert_books(&till, &expected);
    assert_eq!(
        sessions(&till),
        expected.sessions,
        "sessions left open were gone on with (seed {seed})"
    );
    let mut again = Sums::default().report();
    again["skipped"] = json!(all.len());
    assert_eq!(replay(&till, &file, &[]), again);
}
