//! A new till joins a chain that has traded for a year: by the copy that head office made, and commit by commit.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use app::App;
use model::requests::sales::SalesTotals;

use crate::Size;
use crate::chain::{Chain, admin, held};
use crate::device;

/// Stores of the chain, a till each.
const STORES: usize = 6;
/// Products that are sold.
const PRODUCTS: usize = 2_000;
/// Days of the year that ends on 2026-10-31.
const DAYS: usize = 365;
const FIRST_DAY: retail::Day = retail::Day(20_393);

fn said(what: &str, asked: &str, measured: &str) {
    println!("| {what} | {asked} | {measured} |");
}

/// The year of one store, in rising days: invoices of two lines.
fn year_of(store: usize, invoices: usize, file: &Path) {
    let mut text = std::io::BufWriter::new(std::fs::File::create(file).unwrap());
    writeln!(
        text,
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    )
    .unwrap();
    for number in 0..invoices {
        let day = FIRST_DAY
            .plus_days(i32::try_from(number * DAYS / invoices).unwrap())
            .unwrap();
        let (year, month, date) = day.ymd();
        for line in 0..2 {
            let code = (number * 7 + line * 13 + store) % PRODUCTS;
            writeln!(
                text,
                "{store}{number:06},P{code:04},Lens spray {code},1,{year}-{month:02}-{date:02} 10:00:00,150.00,,India"
            )
            .unwrap();
        }
    }
    text.flush().unwrap();
}

/// Writes the year at six tills and hands it to the server.
fn trade(chain: &Chain, invoices: usize) -> usize {
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let mut commits = 0;
    let tills: Vec<App> = (1..=STORES).map(|store| chain.till(&format!("S{store}"))).collect();
    for (till, store) in tills.into_iter().zip(1..) {
        let known = held(&till);
        let file = chain.file("year.csv");
        year_of(store, invoices / STORES, &file);
        let report = till.replay_retail(&admin(&till), &file, None, &|_, _| {}).unwrap();
        assert_eq!(usize::try_from(report.sales.count).unwrap(), invoices / STORES);
        let token = device::token(&till, chain.server.port);
        for (body, held) in device::offers(&till, known) {
            device::send(&client, chain.server.port, "sync", body, Some(&token));
            commits += held;
        }
        eprintln!("bench: year: store {store} of {STORES}, {commits} commits");
        // What it wrote is at the server; its folder is in the way of the disk.
        let folder = till.replica().path().to_owned();
        drop(till);
        std::fs::remove_dir_all(folder).unwrap();
    }
    commits
}

fn sold(app: &App) -> i64 {
    let totals = app.call(&admin(app), SalesTotals::default(), None).unwrap();
    totals.sales.count
}

pub fn join(size: Size) {
    let mut chain = Chain::new();
    let commits = trade(&chain, size.year);
    let sales = i64::try_from(size.year / STORES * STORES).unwrap();

    let started = Instant::now();
    let slow = chain.till("S7");
    let by_log = started.elapsed();
    assert_eq!(sold(&slow), sales);
    drop(slow);
    std::fs::remove_dir_all(chain.file("S7")).unwrap();

    let started = Instant::now();
    let bytes = chain.make_copy();
    let making = started.elapsed();
    chain.proxy.take();
    let started = Instant::now();
    let new = chain.till("S8");
    let by_copy = started.elapsed();
    let (_, down) = chain.proxy.take();
    assert_eq!(sold(&new), sales);
    assert_eq!(
        new.replica().standing().unwrap(),
        replica::snapshot::Standing::Unconfirmed
    );
    let started = Instant::now();
    assert_eq!(new.replica().confirm().unwrap().mismatches, Vec::<String>::new());
    let proving = started.elapsed();

    said(
        &format!(
            "a new till joins six stores with {commits} commits of a year, from the code to the first sale: by head office's copy"
        ),
        "< 60 s",
        &format!("{:.1} s", by_copy.as_secs_f64()),
    );
    said(
        "the copy: made in, file, on the wire",
        "",
        &format!(
            "{:.1} s, {:.0} MB, {:.0} MB",
            making.as_secs_f64(),
            bytes as f64 / 1e6,
            down as f64 / 1e6
        ),
    );
    said(
        "proving it, in the background",
        "",
        &format!("{:.0} s", proving.as_secs_f64()),
    );
    said(
        "the same till commit by commit, without a copy",
        "",
        &format!("{:.0} s", by_log.as_secs_f64()),
    );
}
