//! What folding costs, and what it leaves: `cargo bench -p fovea-replica --bench fold`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a measurement, which nobody relies on"
)]
#![allow(dead_code, reason = "helpers of tests, of which this needs few")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

use common::{Device, TODAY, certificate, line, store};
use fovea_replica::ReplicaError;
use journal::Lane;
use model::ids::Id;
use model::records::{Cite, Direction, Payment, Sale, SaleLine, SessionClosed, SessionOpened};

/// Sales of a month long ago.
const SALES: i64 = 20_000;
const OLD: i32 = TODAY - 900;

fn sell(device: &Device, session: Id, number: i64) {
    device.commit_on(Lane::All, OLD, move |draft| {
        let sale = draft.add(Sale {
            direction: Direction::Sale,
            store: store(1),
            session,
            number: format!("24/S1T1A/{number:06}"),
            customer: None,
            total: 20_000,
            rounding: 0,
            original: None,
            approver: None,
            reason: None,
        });
        for product in [number % 500, number % 700] {
            let mut id = [0x77; 16];
            id[..8].copy_from_slice(&product.to_be_bytes());
            draft.add(SaleLine {
                product: Id(id),
                ..line(sale, 1)
            });
        }
        draft.add(Payment {
            sale,
            method: "cash".into(),
            amount: 20_000,
            tendered: 20_000,
            reference: None,
        });
    });
}

/// Bytes of the database without what nothing uses.
fn bytes(device: &Device) -> u64 {
    let folder = tempfile::TempDir::new().unwrap();
    let target = folder.path().join("whole");
    let conn = fovea_replica::open_reader(&device.folder.path().join(fovea_replica::DATABASE)).unwrap();
    conn.execute("VACUUM INTO ?", [target.to_string_lossy().as_ref()])
        .unwrap();
    std::fs::metadata(target).unwrap().len()
}

fn main() {
    let (office, till) = (Device::new(0), Device::new(1));
    let empty = bytes(&till);
    let opened = till.commit_on(Lane::All, OLD, |draft| {
        draft.add(SessionOpened {
            store: store(1),
            float: 0,
            replay: None,
        });
    });
    let session = opened.id(Cite::Here { part: 0, index: 0 });
    for number in 1..=SALES {
        sell(&till, session, number);
    }
    till.commit_on(Lane::All, OLD, move |draft| {
        draft.add(SessionClosed {
            store: store(1),
            session,
            number: "24/S1T1A/Z00001".into(),
            counted: 0,
            expected: 0,
            reason: None,
        });
    });
    assert_eq!(certificate(1).device, Id([0x41; 16]));
    office.take_all(&till);
    let this_month = retail::Day(TODAY).month_number();
    let made = office.replica.write(move |tx| tx.checkpoint(this_month)).unwrap();
    office.commit_on(Lane::Control, TODAY, move |draft| {
        draft.add(made);
    });
    till.take_all(&office);
    let before = bytes(&till);
    let (mut folded, mut longest) = (0, Duration::ZERO);
    let began = Instant::now();
    loop {
        let call = Instant::now();
        let done = till.replica.fold_due(i64::MAX).unwrap();
        longest = longest.max(call.elapsed());
        folded += done.commits;
        if !done.more {
            break;
        }
    }
    let took = began.elapsed();
    let after = bytes(&till);
    let each = |size: u64| (size - empty) as i64 / SALES;
    let sums = till.replica.read(|conn| {
        let count: i64 = conn.query_row("SELECT SUM(total) FROM base_sale", [], |row| row.get(0))?;
        Ok::<_, ReplicaError>(count)
    });
    assert_eq!(sums.unwrap(), SALES * 20_000);
    println!(
        "| folded | {folded} commits in {:.1} s: {:.0} a second |",
        took.as_secs_f64(),
        folded as f64 / took.as_secs_f64()
    );
    println!("| longest call of 1,024 | {:.0} ms |", longest.as_secs_f64() * 1_000.0);
    println!(
        "| bytes a sale of two lines, kept whole and folded | {} and {} |",
        each(before),
        each(after)
    );
}
