//! Statements: who says what of itself, and what is found by it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::*;
use fovea_replica::ReplicaError;
use fovea_replica::statement::{Stated, Unstated, disputed, lag, stated, statements, unstated};
use journal::Statement;

/// Ten minutes and a day, ms.
const MINUTES: i64 = 10 * 60_000;
const DAY: i64 = 86_400_000;

impl Device {
    fn kept(&self) -> Vec<Statement> {
        self.replica.read(statements).unwrap()
    }

    fn lacking(&self, theirs: &[Stated]) -> Unstated {
        self.replica.read(|conn| unstated(conn, theirs, 1 << 20)).unwrap()
    }

    fn hear(&self, from: &Self) -> usize {
        let kept = self.replica.read(stated).unwrap();
        self.replica.hear(from.lacking(&kept)).unwrap()
    }

    fn of(&self, statement: &Statement) -> (u64, usize) {
        self.replica
            .read(|conn| -> Result<_, ReplicaError> { Ok((lag(conn, statement)?, disputed(conn, statement)?.len())) })
            .unwrap()
    }
}

#[test]
fn news_is_stated_every_ten_minutes_and_none_once_a_day() {
    let till = Device::new(1);
    till.sell(1);
    assert!(till.replica.state(NOW).unwrap());
    till.sell(1);
    assert!(!till.replica.state(NOW + MINUTES - 1).unwrap());
    assert!(till.replica.state(NOW + MINUTES).unwrap());
    assert!(!till.replica.state(NOW + DAY).unwrap());
    assert!(till.replica.state(NOW + MINUTES + DAY).unwrap());
    // Set back by a year: the next statement is later than the last all the same.
    let before = till.kept()[0].number;
    assert!(till.replica.state(NOW - 365 * DAY).unwrap());
    assert!(till.kept()[0].number > before);
    assert_eq!(till.kept().len(), 1);
}

#[test]
fn the_latest_of_each_device_travels_by_way_of_others_and_shows_who_lags() {
    let (office, one, two) = (Device::new(0), Device::new(1), Device::new(2));
    one.sell(1);
    one.sell(2);
    two.sell(3);
    Device::settle(&[&office, &one, &two]);
    for device in [&one, &two] {
        assert!(device.replica.state(NOW).unwrap());
    }
    assert_eq!((two.hear(&one), office.hear(&two), office.hear(&two)), (1, 2, 0));
    assert!(office.kept()[0].vector == office.kept()[1].vector);
    assert!(!office.kept()[0].contradicts(&office.kept()[1]));
    two.sell(1);
    two.sell(1);
    Device::settle(&[&office, &two]);
    let of = |device: u8| {
        let id = certificate(device).id();
        office.kept().into_iter().find(|one| one.certificate == id).unwrap()
    };
    assert_eq!((office.of(&of(1)), office.of(&of(2))), ((2, 0), (2, 0)));
    // An old one is no news to whoever keeps a later one.
    let old = one.lacking(&[]);
    assert!(one.replica.state(NOW + DAY).unwrap());
    assert_eq!(office.hear(&one), 1);
    assert_eq!(office.replica.hear(old).unwrap(), 0);
    assert_eq!(of(1).wall, NOW + DAY);
}

#[test]
fn what_is_not_signed_by_its_device_is_passed_over() {
    let (office, till) = (Device::new(0), Device::new(1));
    till.sell(1);
    till.replica.state(NOW).unwrap();
    let good = till.lacking(&[]).statements.remove(0);
    let told = |statements: Vec<Vec<u8>>| Unstated {
        certificates: certificates(),
        statements,
    };
    for at in [4, 40, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert_eq!(office.replica.hear(told(vec![bad])).unwrap(), 0, "byte {at}");
    }
    let mut other = till.kept().remove(0);
    other.certificate = certificate(2).id();
    let forged = other.sign(&key(0x41)).unwrap();
    assert_eq!(
        office.replica.hear(told(vec![forged, Vec::new(), vec![0x82]])).unwrap(),
        0
    );
    assert_eq!(office.replica.hear(told(vec![good])).unwrap(), 1);
}

#[test]
fn a_till_that_rewrote_its_log_is_found_by_what_another_signed() {
    let (office, till, witness) = (Device::new(0), Device::new(1), Device::new(2));
    let rewriting = till.copied();
    till.sell(5);
    witness.take_all(&till);
    witness.replica.state(NOW).unwrap();
    // Head office is told another first sale; of the true one only the witness's word gets there.
    rewriting.sell(1);
    Device::settle(&[&office, &rewriting]);
    assert_eq!(office.hear(&witness), 1);
    let word = office.kept().remove(0);
    assert_eq!(office.of(&word), (0, 1));
    // Once the true sale comes too it is a fork, and both are counted.
    Device::settle(&[&office, &witness]);
    assert_eq!(office.of(&word).1, 0);
    assert_eq!(office.count("SELECT COUNT(*) FROM log WHERE parent IS NOT NULL"), 2);
}

#[test]
fn other_figures_from_the_same_commits_contradict() {
    let (one, two) = (Device::new(1), Device::new(2));
    one.sell(1);
    Device::settle(&[&one, &two]);
    // A program that projected a month otherwise than it should.
    two.replica
        .write(|tx| -> Result<(), ReplicaError> {
            tx.conn().execute(
                "UPDATE digest_state SET state = CAST(zeroblob(2047) || x'01' AS BLOB)",
                [],
            )?;
            Ok(())
        })
        .unwrap();
    for device in [&one, &two] {
        device.replica.state(NOW).unwrap();
    }
    one.hear(&two);
    let kept = one.kept();
    assert_eq!((kept.len(), kept[0].vector == kept[1].vector), (2, true));
    assert!(kept[0].contradicts(&kept[1]));
}
