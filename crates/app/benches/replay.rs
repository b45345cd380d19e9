//! Another system's invoices a second: the real file of `../shared` where the machine has it, else one of the same form.
//! `./dev bench` runs it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot be measured stops"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use common::Shop;

const INVOICES: usize = 6_000;

fn main() {
    // `cargo test` runs benchmarks too, to see that they build; there is nothing to measure in a debug build.
    if cfg!(debug_assertions) {
        return;
    }
    let shop = Shop::new();
    let file = file(shop.folder.path());
    let started = Instant::now();
    let report = shop.app.replay_retail(&shop.root, &file, None, &|_, _| ()).unwrap();
    let seconds = started.elapsed().as_secs_f64();
    let documents = report.sales.count + report.returns.count + report.adjustments.count;
    println!("replay of {}", file.display());
    println!("| documents | rejected rows | seconds | documents/s |");
    println!("|---|---|---|---|");
    println!(
        "| {documents} | {} | {seconds:.2} | {:.0} |",
        report.rejected.len(),
        documents as f64 / seconds
    );
    let started = Instant::now();
    let findings = shop.app.replica().verify().unwrap();
    assert!(findings.mismatches.is_empty(), "{:?}", findings.mismatches);
    println!(
        "verify of its {} commits: {:.2} s",
        findings.commits,
        started.elapsed().as_secs_f64()
    );
}

fn file(folder: &Path) -> PathBuf {
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/retail/lines.csv");
    if real.exists() {
        return real;
    }
    let mut text = String::from("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n");
    for invoice in 0..INVOICES {
        for row in 0..1 + invoice % 30 {
            let code = (invoice * 31 + row * 977) % 3_000;
            writeln!(
                text,
                "{},{code:05},THING NUMBER {code},{},2011-{:02}-{:02} 10:00:00,{}.25,{},United Kingdom",
                500_000 + invoice,
                1 + row % 12,
                1 + invoice * 12 / INVOICES,
                1 + invoice % 28,
                1 + code % 20,
                12_000 + invoice % 900,
            )
            .unwrap();
        }
    }
    let made = folder.join("made.csv");
    std::fs::write(&made, text).unwrap();
    made
}
