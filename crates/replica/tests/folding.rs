//! A till keeps sums of trade that is older than its window, once head office shows the same of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::{Device, TODAY, line, movement, store};
use fovea_replica::fold::{Folded, REST};
use fovea_replica::{DATABASE, Replica, ReplicaError, base, digest::Digest, rebuild};
use journal::Lane;
use model::ids::Id;
use model::records::{Cite, Direction, DocumentKind, Payment, Sale, SaleName, SessionClosed, SessionOpened, Value};
use rusqlite::Connection;

/// Two years and more before today, in one month.
const OLD: i32 = TODAY - 900;

/// When checkpoints of today may be folded by.
const RESTED: i64 = common::NOW + REST;

/// The first month that stays whole in these tests.
fn this_month() -> i32 {
    retail::Day(TODAY).month_number()
}

fn open(device: &Device, number: u8, date: i32) -> Id {
    let opened = SessionOpened {
        store: store(number),
        float: 0,
        replay: None,
    };
    let appended = device.commit_on(Lane::All, date, move |draft| {
        draft.add(opened);
    });
    appended.id(Cite::Here { part: 0, index: 0 })
}

fn sell(device: &Device, number: u8, date: i32, session: Id, quantity: i64) {
    let customer = Id([0xcc; 16]);
    device.commit_on(Lane::All, date, move |draft| {
        let here = draft.add(Sale {
            direction: Direction::Sale,
            store: store(number),
            session,
            number: format!("24/S{number}T1A/{quantity:06}"),
            customer: Some(customer),
            total: quantity * 10_000,
            rounding: 0,
            original: None,
            approver: None,
            reason: None,
        });
        draft.add(line(here, quantity));
        draft.add(Payment {
            sale: here,
            method: "cash".into(),
            amount: quantity * 10_000,
            tendered: quantity * 10_000,
            reference: None,
        });
        draft.add_in(
            Some(model::ids::customer_unit(customer, model::ids::CustomerUnit::Invoice)),
            SaleName {
                sale: here,
                name: "Kavita Rao".into(),
                gstin: None,
            },
        );
    });
}

fn close(device: &Device, number: u8, date: i32, session: Id) {
    device.commit_on(Lane::All, date, move |draft| {
        draft.add(SessionClosed {
            store: store(number),
            session,
            number: format!("24/S{number}T1A/Z00001"),
            counted: 0,
            expected: 0,
            reason: None,
        });
    });
}

/// A whole day of a till: two sales, of two and three pieces.
fn day(device: &Device, number: u8, date: i32) {
    let session = open(device, number, date);
    sell(device, number, date, session, 2);
    sell(device, number, date, session, 3);
    close(device, number, date, session);
}

fn checkpoint(office: &Device, until: i32) {
    let made = office.replica.write(move |tx| tx.checkpoint(until)).unwrap();
    office.commit_on(Lane::Control, TODAY, move |draft| {
        draft.add(made);
    });
}

fn fold(device: &Device) -> u64 {
    let mut commits = 0;
    loop {
        let Folded {
            commits: more,
            more: left,
        } = device.replica.fold_due(RESTED).unwrap();
        commits += more;
        if !left {
            return commits;
        }
    }
}

/// What both keep must be equal.
fn agrees(one: &Device, other: &Device) {
    let from = |device: &Device| device.replica.read(base::kept_from).unwrap();
    let from = from(one).max(from(other));
    let word = |device: &Device| {
        assert_eq!(device.replica.verify().unwrap().mismatches, Vec::<String>::new());
        let digest = device.replica.read(Digest::load).unwrap();
        digest.word_from(from)
    };
    assert_eq!(one.vector(), other.vector());
    assert_eq!(word(one), word(other));
}

const BALANCES: &str =
    "SELECT hex(product) || account || quantity FROM balance WHERE quantity <> 0 ORDER BY product, account";

/// Office and two tills that hold two old days and two of today.
fn traded() -> (Device, Device, Device) {
    let (office, one, two) = (Device::new(0), Device::new(1), Device::new(2));
    for (till, number) in [(&one, 1), (&two, 2)] {
        till.commit_on(Lane::All, OLD, move |draft| {
            draft.add(movement(number, 40));
        });
        day(till, number, OLD);
        till.edit(
            DocumentKind::CustomerContact,
            Id([number; 16]),
            &[("name", Value::Text("Asha".into()))],
        );
        day(till, number, TODAY);
    }
    Device::settle(&[&office, &one, &two]);
    (office, one, two)
}

#[test]
fn what_is_older_than_the_window_becomes_sums() {
    let (office, one, two) = traded();
    let (balances, held) = (one.texts(BALANCES), one.count("SELECT COUNT(*) FROM commit_log"));
    let rows = |device: &Device| device.count("SELECT COUNT(*) FROM sale");
    assert_eq!((fold(&one), rows(&one)), (0, 8), "without a checkpoint nothing goes");
    checkpoint(&office, this_month());
    assert_eq!(fold(&office), 0, "head office keeps everything");
    one.take_all(&office);
    let early = one.replica.fold_due(RESTED - 1).unwrap();
    assert_eq!(
        early,
        Folded::default(),
        "head office may yet be put back from before it"
    );
    // Of each till: a movement, a session, two sales, its end.
    assert_eq!(fold(&one), 10);
    assert_eq!(fold(&one), 0);
    assert_eq!((rows(&one), rows(&office)), (4, 8));
    assert_eq!(one.texts(BALANCES), balances);
    let sums = "SELECT SUM(count) || ' ' || SUM(total) FROM ";
    let told = |table: &str| one.texts(&format!("{sums}{table}"));
    assert_eq!(told("base_sale"), ["4 100000"]);
    assert_eq!(told("base_customer"), ["4 100000"]);
    assert_eq!(told("base_tender"), ["4 100000"]);
    assert_eq!(told("base_tax WHERE component = 0"), ["4 100000"]);
    // No number of it is given out again.
    let last = |series: &str| {
        let device = common::certificate(1).device;
        one.replica
            .read(|conn| base::last_number(conn, device, series))
            .unwrap()
    };
    assert_eq!((last("24/S1T1A/"), last("24/S1T1A/Z"), last("24/S2T1A/")), (3, 1, 0));
    // The places stay, the words do not.
    assert_eq!(one.count("SELECT COUNT(*) FROM commit_log"), held + 1);
    assert_eq!(one.count("SELECT COUNT(*) FROM commit_log WHERE header = x''"), 10);
    assert_eq!(one.count("SELECT COUNT(*) FROM sale_name"), 4);
    two.take_all(&office);
    agrees(&one, &two);
    agrees(&one, &office);
    fold(&two);
    agrees(&one, &two);
    // Nothing of it stands in the way of what comes.
    day(&two, 2, TODAY);
    Device::settle(&[&office, &one, &two]);
    agrees(&one, &office);
}

#[test]
fn a_rebuild_keeps_the_sums_and_verify_finds_one_that_rotted() {
    let (office, one, _) = traded();
    checkpoint(&office, this_month());
    one.take_all(&office);
    fold(&one);
    let (digest, rows, vector) = (one.digest(), one.rows(), one.vector());
    let Device { replica, folder, .. } = one;
    drop(replica);
    rebuild(folder.path()).unwrap();
    let again = Replica::open(folder.path(), Some(common::signer(1))).unwrap();
    assert_eq!(again.verify().unwrap().digest, digest);
    assert_eq!(again.verify().unwrap().mismatches, Vec::<String>::new());
    let read = again.read(|conn| Ok::<_, ReplicaError>(common::dump(conn))).unwrap();
    assert_eq!(read, rows);
    let tips = again
        .read(|conn| fovea_replica::vector(conn, journal::Lanes::SHARED))
        .unwrap();
    assert_eq!(tips, vector);
    drop(again);
    for rot in [
        "UPDATE base_sale SET total = total + 1",
        "UPDATE base_balance SET total = total + 1",
        "DELETE FROM base_customer",
        "UPDATE commit_log SET hash = randomblob(32) WHERE header = x''",
    ] {
        let conn = Connection::open(folder.path().join(DATABASE)).unwrap();
        conn.execute_batch("DROP TABLE IF EXISTS kept").unwrap();
        let changed = conn.execute_batch(&format!("BEGIN; {rot}; COMMIT"));
        changed.unwrap();
        drop(conn);
        let replica = Replica::open(folder.path(), None).unwrap();
        assert_ne!(replica.verify().unwrap().mismatches, Vec::<String>::new(), "{rot}");
    }
}

#[test]
fn what_is_open_and_what_head_office_does_not_show_stays() {
    let (office, one, two) = (Device::new(0), Device::new(1), Device::new(2));
    // A session that nobody has ended, in a month of its own; a month of which office lacks a sale.
    let session = open(&one, 1, OLD);
    sell(&one, 1, OLD, session, 1);
    day(&two, 2, OLD + 62);
    Device::settle(&[&office, &one, &two]);
    day(&two, 2, OLD + 62);
    one.take_all(&two);
    checkpoint(&office, this_month());
    one.take_all(&office);
    assert_eq!(fold(&one), 0);
    assert_eq!(one.count("SELECT COUNT(*) FROM sale"), 5);
    // Office has it by now, and the session was ended.
    close(&one, 1, TODAY, session);
    Device::settle(&[&office, &one, &two]);
    checkpoint(&office, this_month());
    one.take_all(&office);
    // The end of the session is of today.
    assert_eq!(fold(&one), 10);
    assert_eq!(one.count("SELECT COUNT(*) FROM session_end"), 1);
    assert_eq!(one.count("SELECT COUNT(*) FROM session"), 0);
    agrees(&one, &office);
}

#[test]
fn a_till_returns_after_the_window_and_a_folded_log_forks() {
    let (office, one, two) = (Device::new(0), Device::new(1), Device::new(2));
    day(&two, 2, OLD);
    Device::settle(&[&office, &one, &two]);
    let copy = two.copied();
    // Two sells on, unheard; its old copy sells on too.
    day(&two, 2, OLD);
    day(&one, 1, OLD);
    office.take_all(&one);
    checkpoint(&office, this_month());
    one.take_all(&office);
    // What nobody has named yet stays: the next commit has to.
    assert_eq!(fold(&one), 7);
    let unheard = open(&copy, 2, OLD);
    sell(&copy, 2, OLD, unheard, 7);
    one.take_all(&two);
    one.take_all(&copy);
    office.take_all(&two);
    office.take_all(&copy);
    Device::settle(&[&office, &one]);
    agrees(&one, &office);
    assert_eq!(one.count("SELECT COUNT(*) FROM waiting"), 0);
    assert_eq!(one.count("SELECT COUNT(*) FROM log WHERE parent IS NOT NULL"), 2);
}

#[test]
fn whoever_lacks_what_was_folded_is_sent_nothing_it_cannot_take() {
    let (office, one, two) = traded();
    checkpoint(&office, this_month());
    one.take_all(&office);
    fold(&one);
    let fresh = Device::new(3);
    let offered = one.all();
    assert!(offered.commits.iter().all(|commit| !commit.header.is_empty()));
    fresh.take(offered.commits);
    assert_eq!(fresh.count("SELECT COUNT(*) FROM waiting"), 0);
    assert_eq!(fresh.count("SELECT COUNT(*) FROM sale"), 0);
    fresh.take_all(&office);
    agrees(&fresh, &one);
    // Who only lacks the end of a log gets it from anybody.
    day(&one, 1, TODAY);
    two.take_all(&one);
    agrees(&one, &two);
}

#[test]
fn a_checkpoint_names_no_month_of_which_only_sums_are_kept() {
    let (office, one, _) = traded();
    checkpoint(&office, this_month());
    one.take_all(&office);
    fold(&one);
    let months = |device: &Device, until: i32| {
        let made = device.replica.write(move |tx| tx.checkpoint(until)).unwrap();
        made.months.into_iter().map(|month| month.month).collect::<Vec<_>>()
    };
    let old = retail::Day(OLD).month_number();
    assert_eq!(months(&office, this_month() + 1), [old, this_month()]);
    assert_eq!(months(&one, this_month() + 1), [this_month()]);
}

#[test]
fn rows_that_are_not_what_the_log_says_are_not_folded() {
    let (office, one, _) = traded();
    checkpoint(&office, this_month());
    one.take_all(&office);
    let Device { replica, folder, .. } = one;
    drop(replica);
    let conn = Connection::open(folder.path().join(DATABASE)).unwrap();
    conn.execute_batch("UPDATE payment SET amount = amount + 1").unwrap();
    drop(conn);
    let replica = Replica::open(folder.path(), Some(common::signer(1))).unwrap();
    let kept = |replica: &Replica| {
        let count = |conn: &Connection| -> Result<i64, ReplicaError> {
            Ok(conn.query_row("SELECT COUNT(*) FROM sale", [], |row| row.get(0))?)
        };
        replica.read(count).unwrap()
    };
    assert_eq!(replica.fold_due(RESTED).unwrap(), Folded::default());
    assert_eq!(replica.fold_due(RESTED).unwrap(), Folded::default());
    assert_eq!(kept(&replica), 8);
    assert_ne!(replica.verify().unwrap().mismatches, Vec::<String>::new());
    // Once its rows are made anew it goes on by the next checkpoint.
    drop(replica);
    rebuild(folder.path()).unwrap();
    let replica = Replica::open(folder.path(), Some(common::signer(1))).unwrap();
    checkpoint(&office, this_month());
    let newer = office.all();
    replica
        .merge(newer.certificates, newer.commits, "peer", common::NOW)
        .unwrap();
    assert_eq!(replica.fold_due(RESTED).unwrap().commits, 10);
    assert_eq!(replica.verify().unwrap().mismatches, Vec::<String>::new());
}
