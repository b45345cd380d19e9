//! What Fovea alone is asked for: sizes on the wire, what a server takes, and sales while commits are merged.

use std::path::Path;
use std::time::{Duration, Instant};

use app::{App, Caller};
use model::ids::Id;
use model::requests::cash::SessionOpen;
use model::requests::catalogue::{ProductCreate, ProductFields};
use model::requests::sales::{NewLine, NewPayment, SaleComplete};
use retail::ProductKind;
use retail::basket::Discount;
use retail::tender::{Method, Tender};
use sync::{Peer, Step};

use crate::Size;
use crate::chain::{Chain, admin, held, synced};
use crate::device;

/// Sales that are sent one by one.
const SALES: u64 = 50;
/// Pause between two sales while commits are merged: a busy shop has seconds.
const PAUSE: Duration = Duration::from_millis(20);
/// Exchanges of one run of a till.
const EXCHANGES: usize = 10_000;

fn said(what: &str, asked: &str, measured: &str) {
    println!("| {what} | {asked} | {measured} |");
}

pub fn percentile(times: &mut [Duration], part: f64) -> f64 {
    times.sort_unstable();
    let at = (times.len().saturating_sub(1) as f64 * part).round() as usize;
    times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}

fn product(app: &App, who: &Caller, code: &str) -> Id {
    let fields = ProductFields {
        code: code.to_owned(),
        name: format!("Lens spray {code}"),
        kind: ProductKind::Accessory,
        brand: String::new(),
        barcode: String::new(),
        hsn: String::new(),
        list: 15_000,
        offer: 15_000,
        rate: None,
    };
    app.call(who, ProductCreate { fields }, None).unwrap().product
}

/// Two lines, paid in cash.
fn sell(app: &App, who: &Caller, products: [Id; 2]) {
    let lines = products.map(|product| NewLine {
        product,
        quantity: 1,
        price: 15_000,
        discount: Discount::None,
        prescription: None,
    });
    let tender = Tender {
        method: Method::Cash,
        amount: 30_000,
    };
    let sale = SaleComplete {
        lines: lines.to_vec(),
        customer: None,
        payments: vec![NewPayment {
            tender,
            reference: None,
        }],
        total: 30_000,
        approval: None,
        invoice_name: None,
        gstin: None,
    };
    app.call(who, sale, None).unwrap();
}

/// So many invoices of two lines over 500 products, by replay.
fn invoices(app: &App, file: &Path, first: usize, count: usize) {
    let mut text = String::from("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n");
    for number in first..first + count {
        for line in 0..2 {
            let code = (number * 7 + line * 13) % 500;
            text += &format!("{number},P{code:03},Lens spray {code},1,2026-11-20 10:00:00,150.00,,India\n");
        }
    }
    std::fs::write(file, text).unwrap();
    let report = app.replay_retail(&admin(app), file, None, &|_, _| {}).unwrap();
    assert_eq!(usize::try_from(report.sales.count).unwrap(), count);
}

/// A run of the till's own loop over a connection that stands.
fn run(peer: &mut Peer) {
    peer.begin();
    for _ in 0..EXCHANGES {
        if peer.step().unwrap() == Step::Equal {
            return;
        }
    }
    panic!("the two never come to hold the same");
}

pub fn sizes(_: Size) {
    let chain = Chain::new();
    let (first, second) = (chain.till("S1"), chain.till("S2"));
    let who = admin(&first);
    let products = [product(&first, &who, "SPRAY"), product(&first, &who, "CLOTH")];
    first.call(&who, SessionOpen { float: 0 }, None).unwrap();
    let server = format!("http://127.0.0.1:{}", chain.proxy.port);
    let (mut to, mut from) = (
        Peer::new(&first, &server).unwrap(),
        Peer::new(&second, &server).unwrap(),
    );
    run(&mut to);
    run(&mut from);

    let poll = chain.step(|| run(&mut from));
    said(
        "a poll that finds nothing new, 2 stores: bytes of TCP both ways",
        "< 2 KB",
        &format!("{} B", poll.up + poll.down),
    );
    let whole = chain.step(|| {
        synced(&second);
    });
    said(
        "the same on a new connection, challenge and token included",
        "< 2 KB",
        &format!("{} B", whole.up + whole.down),
    );

    let (mut up, mut down, mut times) = (0, 0, Vec::new());
    for _ in 0..SALES {
        sell(&first, &who, products);
        let sent = chain.step(|| run(&mut to));
        up += sent.up + sent.down;
        let started = Instant::now();
        let taken = chain.step(|| run(&mut from));
        down += taken.up + taken.down;
        times.push(started.elapsed() + Duration::from_millis(sent.ms));
    }
    said(
        &format!("one sale of 2 lines, sent by itself ({SALES} of them): bytes till to server, server to till"),
        "",
        &format!("{} B, {} B", up / SALES, down / SALES),
    );
    said(
        "till A to server to till B, both asked at once, waiting for the next poll left out: p50, p99",
        "p50 < 150 ms",
        &format!(
            "{:.0} ms, {:.0} ms",
            percentile(&mut times, 0.5),
            percentile(&mut times, 0.99)
        ),
    );
    let before = held(&first);
    for _ in 0..1_000 {
        sell(&first, &who, products);
    }
    let bulk: usize = device::offers(&first, before).iter().map(|(body, _)| body.len()).sum();
    said(
        "1,000 such sales at once: bytes a sale",
        "",
        &format!("{} B", bulk / 1_000),
    );
}

pub fn ingest(size: Size) {
    let chain = Chain::new();
    let till = chain.till("S1");
    let known = held(&till);
    invoices(&till, &chain.file("lines.csv"), 1, 2 * size.commits);
    let offers = device::offers(&till, known);
    let commits: usize = offers.iter().map(|(_, commits)| commits).sum();
    let bytes: usize = offers.iter().map(|(body, _)| body.len()).sum();
    let token = device::token(&till, chain.server.port);
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let before = chain.server.memory();
    let started = Instant::now();
    for (body, _) in offers {
        device::send(&client, chain.server.port, "sync", body, Some(&token));
    }
    let seconds = started.elapsed().as_secs_f64();
    let (now, most) = chain.server.memory();
    said(
        &format!("server takes {commits} commits (sales of 2 lines) from one till: commits a second"),
        "> 5,000",
        &format!(
            "{:.0} ({:.1} MB on the wire)",
            commits as f64 / seconds,
            bytes as f64 / 1e6
        ),
    );
    said(
        "its memory before, after, at the highest",
        "< 200 MB",
        &format!("{}, {now}, {most} MiB", before.0),
    );
}

pub fn merge(size: Size) {
    let chain = Chain::new();
    let (first, second) = (chain.till("S1"), chain.till("S2"));
    // What was sold before lies there already.
    invoices(&first, &chain.file("before.csv"), 1, 500);
    synced(&first);
    synced(&second);
    let who = admin(&second);
    let products = [product(&second, &who, "SPRAY"), product(&second, &who, "CLOTH")];
    second.call(&who, SessionOpen { float: 0 }, None).unwrap();
    synced(&second);
    invoices(&first, &chain.file("lines.csv"), 1_000_000, size.commits);
    synced(&first);

    let timed = |wanted: &dyn Fn(usize) -> bool| {
        let mut times = Vec::new();
        while wanted(times.len()) {
            let started = Instant::now();
            sell(&second, &who, products);
            times.push(started.elapsed());
            std::thread::sleep(PAUSE);
        }
        times
    };
    let mut idle = timed(&|sold| sold < 200);
    let merging = {
        let second = second.clone();
        std::thread::spawn(move || {
            let started = Instant::now();
            synced(&second);
            started.elapsed()
        })
    };
    let mut busy = timed(&|_| !merging.is_finished());
    let took = merging.join().unwrap();
    synced(&first);
    assert_eq!(held(&first).len(), held(&second).len());
    said(
        &format!("a till pulls and merges {} commits while it sells", size.commits),
        "< 5 s",
        &format!("{:.1} s", took.as_secs_f64()),
    );
    for (what, times) in [
        ("a sale meanwhile", &mut busy),
        ("a sale before, nothing merging", &mut idle),
    ] {
        let count = times.len();
        said(
            &format!("{what}, {count} of them: p50, p99, longest"),
            "p99 < 25 ms",
            &format!(
                "{:.1}, {:.1}, {:.1} ms",
                percentile(times, 0.5),
                percentile(times, 0.99),
                percentile(times, 1.0)
            ),
        );
    }
}
