//! Six stores replay a year's sales in shares while the server is away, then sync until they agree. Every figure is
//! compared with sums that `fovea_tests::retail` makes from the file itself.

#![allow(clippy::expect_used, reason = "helpers of tests, which clippy does not see as such")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread;

use fovea_tests::chain::{ADMIN, Chain, STORES, at};
use fovea_tests::command::Folder;
use fovea_tests::programs::shared;
use fovea_tests::retail::{Expected, Row, Sum, add_up, generated, read};
use serde_json::{Value, json};

/// Rows that no till can take, after those of the file: each is reported, and the rest goes on.
const BAD: &str = "\
,22423,REGENCY CAKESTAND,1,2011-12-09 12:00:00,12.75,,United Kingdom
990001,22423,REGENCY CAKESTAND,1,2011-12-09 12:00:00,-12.75,,United Kingdom
990002,22423,REGENCY CAKESTAND,0,2011-12-09 12:00:00,12.75,,United Kingdom
990003,22423,REGENCY CAKESTAND,many,2011-12-09 12:00:00,12.75,,United Kingdom
990004,22423,REGENCY CAKESTAND,100000,2011-12-09 12:00:00,12.75,,United Kingdom
990005,,no code,1,2011-12-09 12:00:00,12.75,,United Kingdom
C990006,22423,REGENCY CAKESTAND,1,2011-12-09 12:00:00,12.75,,United Kingdom
990007,22423,REGENCY CAKESTAND,1,2011-12-09 12:00:00,0.075,,United Kingdom
990008,22423,cut sho";
const SHARES: u32 = 6;

fn write_file(path: &Path) -> Vec<Row> {
    let mut text = match shared("data/retail/lines.csv") {
        Some(real) => std::fs::read(&real).expect("the sales file"),
        None => {
            eprintln!("../shared/data/retail/lines.csv is absent: a made-up file of the same form is replayed instead");
            generated().into_bytes()
        }
    };
    text.extend_from_slice(BAD.as_bytes());
    std::fs::write(path, &text).expect("the file to replay");
    read(&text)
}

fn sum(value: &Value) -> Sum {
    Sum {
        count: value["count"].as_i64().expect("a count"),
        total: value["total"].as_i64().expect("a total"),
    }
}

fn assert_totals(folder: &Folder<'_>, body: &Value, sales: Sum, returns: Sum) {
    let totals = folder.call("sales.totals", body);
    let told = (sum(&totals["sales"]), sum(&totals["returns"]));
    assert_eq!(told, (sales, returns), "{} {body}", folder.path.display());
}

/// What a replay of a share reported, line by line.
fn assert_report(report: &Value, expected: &Expected) {
    assert_eq!(sum(&report["sales"]), expected.sales);
    assert_eq!(sum(&report["returns"]), expected.returns);
    assert_eq!(report["adjustments"]["count"], expected.adjustments);
    assert_eq!(report["skipped"], 0);
    let rejected = report["rejected"].as_array().expect("rejected rows");
    let lines: BTreeSet<u64> = rejected
        .iter()
        .map(|row| row["line"].as_u64().expect("a line"))
        .collect();
    assert_eq!(lines, expected.rejected, "{rejected:?}");
    assert!(
        rejected
            .iter()
            .all(|row| row["reason"].as_str().is_some_and(|reason| !reason.is_empty()))
    );
}

/// Does something for every store at once.
fn everywhere<T: Send>(work: impl Fn(usize, &'static str) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let workers: Vec<_> = STORES
            .iter()
            .enumerate()
            .map(|(n, store)| {
                scope.spawn({
                    let work = &work;
                    move || work(n, store)
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("a store's work"))
            .collect()
    })
}

/// Digest and commits of a folder whose books are in order.
fn verified(folder: &Path) -> (String, u64) {
    let found = at(folder).verify();
    assert_eq!(found["mismatches"], json!([]), "{}", folder.display());
    (
        found["digest"].as_str().expect("a digest").to_owned(),
        found["commits"].as_u64().expect("commits"),
    )
}

/// Splits `10/S1T1A/000123` into what it counts and its number, and checks that each count runs from 1 without gap or repeat.
fn assert_runs(numbers: impl Iterator<Item = String>) -> BTreeMap<String, u64> {
    let mut series: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for number in numbers {
        let (place, sequence) = number.rsplit_once('/').expect("a number in parts");
        let digits = sequence.trim_start_matches(|c: char| c.is_ascii_uppercase());
        let letter = &sequence[..sequence.len() - digits.len()];
        series
            .entry(format!("{place}/{letter}"))
            .or_default()
            .push(digits.parse().expect("a sequence"));
    }
    for (name, sequence) in &mut series {
        sequence.sort_unstable();
        let whole: Vec<u64> = (1..=sequence.len() as u64).collect();
        assert_eq!(*sequence, whole, "gap or repeat in {name}");
    }
    series
        .into_iter()
        .map(|(name, sequence)| (name, sequence.len() as u64))
        .collect()
}

/// Every number of sales and credit notes that a store knows, page by page.
fn sale_numbers(folder: &Folder<'_>) -> Vec<String> {
    let mut numbers = Vec::new();
    loop {
        let page = folder.call("sale.list", &json!({ "offset": numbers.len(), "limit": 500 }));
        let rows = page["sales"].as_array().expect("sales");
        numbers.extend(
            rows.iter()
                .map(|row| row["number"].as_str().expect("a number").to_owned()),
        );
        if page["more"] == false {
            return numbers;
        }
        assert!(!rows.is_empty(), "more, but nothing here");
    }
}

/// No request lists Z reports yet, so they are read from the books.
fn z_numbers(folder: &Path) -> Vec<String> {
    let books = rusqlite::Connection::open(folder.join("fovea.db")).expect("the books");
    let mut select = books.prepare("SELECT number FROM session_end").expect("Z reports");
    let numbers = select.query_map([], |row| row.get(0)).expect("Z reports");
    numbers.map(|number| number.expect("a number")).collect()
}

#[test]
fn six_stores_replay_apart_and_agree() {
    let mut chain = Chain::found("gb-vat");
    chain.start();
    for store in STORES {
        chain.enrol(store);
    }
    chain.stop();

    let file = chain.path("lines.csv");
    let rows = write_file(&file);
    assert!(rows.len() > 3_000, "only {} rows", rows.len());
    let shares: Vec<Expected> = (0..SHARES).map(|n| add_up(&rows, n, SHARES)).collect();
    let all = add_up(&rows, 0, 1);
    assert!(all.sales.count > 0 && all.returns.count > 0 && all.adjustments > 0 && !all.rejected.is_empty());

    // Apart: nobody can be reached.
    everywhere(|n, store| {
        let folder = chain.store_folder(store);
        let report = at(&folder).replay(&file, Some(&format!("{n}/{SHARES}")));
        assert_report(&report, &shares[n]);
        assert_totals(&at(&folder), &json!({}), shares[n].sales, shares[n].returns);
    });

    // Together: once up, once down for those that were early.
    chain.start();
    for _ in 0..2 {
        everywhere(|_, store| chain.sync(store));
    }
    let books: Vec<_> = everywhere(|_, store| verified(&chain.store_folder(store)));
    assert!(
        books.iter().all(|of_store| *of_store == books[0]),
        "the stores differ: {books:?}"
    );
    assert!(books[0].1 >= all.invoices.unsigned_abs(), "{} commits", books[0].1);

    assert_figures(&chain, &shares, &all);
    assert_numbers(&chain, &shares);

    // Again: nothing moves, neither here nor at the server.
    chain.stop();
    let server = verified(&chain.server_folder());
    assert_eq!(server, books[0], "the server differs from the stores");
    chain.start();
    everywhere(|_, store| chain.sync(store));
    let again = everywhere(|_, store| verified(&chain.store_folder(store)));
    assert_eq!(again, books);
    chain.stop();
    assert_eq!(verified(&chain.server_folder()), server);

    // A whole replay at one store finds everything recorded, by whomever, and writes nothing.
    let first = chain.store_folder(STORES[0]);
    let report = at(&first).replay(&file, None);
    assert_eq!(
        (&report["sales"]["count"], &report["returns"]["count"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(report["skipped"], all.invoices);
    assert_eq!(verified(&first), books[0]);
}

fn assert_figures(chain: &Chain, shares: &[Expected], all: &Expected) {
    // Codes that differ in case only, codes of letters, adjusted goods, and every hundredth of the rest.
    let odd = |code: &str| !code.bytes().all(|b| b.is_ascii_digit());
    let codes: Vec<&String> = all.stock.keys().collect();
    let twins = codes.iter().filter(|code| {
        codes
            .iter()
            .any(|other| other != *code && other.eq_ignore_ascii_case(code))
    });
    let mut looked_at: BTreeSet<&String> = twins.take(6).copied().collect();
    looked_at.extend(codes.iter().filter(|code| odd(code)).take(6));
    looked_at.extend(codes.iter().step_by(codes.len() / 12 + 1));
    let busiest = |from: usize| all.days.keys().nth(all.days.len() * from / 4).expect("days");
    let (from, to) = (busiest(1), busiest(3));

    everywhere(|n, store| {
        let folder = chain.store_folder(store);
        let here = at(&folder);
        assert_totals(&here, &json!({}), all.sales, all.returns);
        for (share, of) in shares.iter().zip(STORES) {
            assert_totals(&here, &json!({ "store": of }), share.sales, share.returns);
        }
        let (mut sales, mut returns) = (Sum::default(), Sum::default());
        for (_, (sold, back)) in all.days.range(from.clone()..=to.clone()) {
            sales = Sum {
                count: sales.count + sold.count,
                total: sales.total + sold.total,
            };
            returns = Sum {
                count: returns.count + back.count,
                total: returns.total + back.total,
            };
        }
        assert_totals(&here, &json!({ "from": from, "to": to }), sales, returns);
        // Each store looks at its part of the codes; the digests already say that all hold the same.
        for code in looked_at.iter().skip(n).step_by(STORES.len()) {
            let level = here.call("stock.level", &json!({ "product": code }));
            let told: BTreeMap<&str, i64> = level["stores"]
                .as_array()
                .expect("stores")
                .iter()
                .map(|row| {
                    (
                        row["store"].as_str().expect("a store"),
                        row["on_hand"].as_i64().expect("pieces"),
                    )
                })
                .collect();
            let expected: BTreeMap<&str, i64> = STORES
                .into_iter()
                .zip(shares)
                .map(|(store, share)| (store, share.stock.get(*code).copied().unwrap_or(0)))
                .collect();
            assert_eq!(told, expected, "{code}");
        }
    });
}

fn assert_numbers(chain: &Chain, shares: &[Expected]) {
    let folder = chain.store_folder(STORES[0]);
    let here = Folder {
        path: &folder,
        user: ADMIN,
    };
    let sold = assert_runs(sale_numbers(&here).into_iter());
    let closed = assert_runs(z_numbers(&folder).into_iter());
    for (store, share) in STORES.into_iter().zip(shares) {
        let count = |of: &BTreeMap<String, u64>, letter: &str| -> u64 {
            let mine = |name: &str| name.contains(&format!("/{store}T1")) && name.ends_with(&format!("/{letter}"));
            of.iter().filter(|(name, _)| mine(name)).map(|(_, count)| count).sum()
        };
        assert_eq!(count(&sold, ""), share.sales.count.unsigned_abs(), "sales of {store}");
        assert_eq!(
            count(&sold, "C"),
            share.returns.count.unsigned_abs(),
            "credit notes of {store}"
        );
        assert_eq!(
            count(&closed, "Z"),
            share.sessions.unsigned_abs(),
            "Z reports of {store}"
        );
    }
}
