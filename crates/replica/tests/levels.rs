//! Two software levels side by side: what is newer is held in its place, and read once the program is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::Device;
use journal::Lane;
use model::ids::Id;
use model::records::{DocumentKind, LEVEL, LevelRaised, Value};

const OPAQUE: &str = "SELECT COUNT(*) FROM commit_log WHERE opaque IS NOT NULL";

fn name(device: &Device, name: &str) {
    let written = device.edit(
        DocumentKind::CustomerContact,
        Id([7; 16]),
        &[("name", Value::Text(name.into()))],
    );
    assert!(written.is_some());
}

/// Head office raises the chain to the next level, whoever reads it.
fn raise(office: &Device, tills: &[&Device]) {
    office.commit_on(Lane::Control, common::TODAY, |draft| {
        draft.add(LevelRaised { level: LEVEL + 1 });
    });
    for till in tills {
        till.take_all(office);
    }
}

#[test]
fn a_newer_program_writes_what_all_can_read_until_the_level_is_raised() {
    let (newer, older, office) = (Device::new(1), Device::new(2), Device::new(0));
    let newer = newer.reopened_at(LEVEL + 1);
    newer.sell(3);
    Device::settle(&[&newer, &older]);
    assert_eq!((older.count(OPAQUE), older.digest()), (0, newer.digest()));
    raise(&office, &[&newer, &older]);
    newer.sell(3);
    // Told to write what it does not read itself, a program goes on as it was.
    older.sell(5);
    Device::settle(&[&newer, &older]);
    assert_eq!((older.count(OPAQUE), newer.count(OPAQUE)), (1, 0));
}

#[test]
fn an_older_program_holds_what_is_newer_and_an_upgrade_reads_it() {
    let (newer, older, third) = (Device::new(1), Device::new(2), Device::new(3));
    name(&newer, "Asha");
    Device::settle(&[&newer, &older, &third]);
    raise(&Device::new(0), &[&newer, &older, &third]);
    let newer = newer.reopened_at(LEVEL + 1);
    let third = third.reopened_at(LEVEL + 1);
    newer.sell(3);
    name(&newer, "Asha Rao");
    Device::settle(&[&newer, &older, &third]);
    // Held, in its place: what the older one writes comes after it, and nobody waits.
    assert_eq!(older.count(OPAQUE), 2);
    older.sell(5);
    name(&older, "Asha R");
    Device::settle(&[&newer, &older, &third]);
    assert_eq!(newer.count(OPAQUE), 0);
    for device in [&newer, &older, &third] {
        assert_eq!(device.count("SELECT COUNT(*) FROM waiting"), 0);
        assert_eq!(device.vector(), newer.vector());
    }
    assert_eq!(newer.digest(), third.digest());
    assert_eq!(older.count("SELECT COUNT(*) FROM sale"), 1);
    // It verifies as what it is.
    assert_ne!(older.digest(), newer.digest());
    let older = older.reopened_at(LEVEL + 1);
    assert_eq!(older.count(OPAQUE), 0);
    assert_eq!(older.rows(), newer.rows());
    assert_eq!(older.digest(), newer.digest());
    // Opened again there is nothing left to read.
    let older = older.reopened_at(LEVEL + 1);
    assert_eq!(older.digest(), newer.digest());
}
