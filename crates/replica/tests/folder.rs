//! The data folder: one program at a time, never one of newer software, never half a command.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::{Device, movement, signer};
use fovea_replica::{DATABASE, Replica, ReplicaError, rebuild};
use rusqlite::Connection;

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read(&path).unwrap(),
            )
        })
        .collect()
}

#[test]
fn a_folder_of_newer_software_is_refused_and_left_as_it_is() {
    let device = Device::new(1);
    device.sell(1);
    let Device { replica, folder, .. } = device;
    drop(replica);
    Connection::open(folder.path().join(DATABASE))
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let before = files(folder.path());
    for refused in [
        Replica::open(folder.path(), None).err(),
        Replica::open(folder.path(), Some(signer(1))).err(),
        rebuild(folder.path()).err(),
    ] {
        assert!(
            matches!(refused, Some(ReplicaError::Newer { found: 99, .. })),
            "{refused:?}"
        );
        assert!(files(folder.path()) == before);
    }
}

#[test]
fn a_second_program_is_refused_until_the_first_ends() {
    let device = Device::new(1);
    for refused in [
        Replica::open(device.folder.path(), None).err(),
        rebuild(device.folder.path()).err(),
    ] {
        assert!(matches!(refused, Some(ReplicaError::InUse(_))), "{refused:?}");
    }
    let device = device.reopened();
    assert_eq!(device.sell(1).seq, 1);
}

#[test]
fn an_empty_folder_holds_nothing_and_a_full_one_is_not_made_again() {
    let empty = tempfile::TempDir::new().unwrap();
    assert!(matches!(
        Replica::open(empty.path(), None),
        Err(ReplicaError::Absent(_))
    ));
    assert_eq!(files(empty.path()).len(), 0);
    let device = Device::new(1);
    device.sell(1);
    let Device { replica, folder, .. } = device;
    drop(replica);
    let again = Replica::create(folder.path(), [0; 32], &[], None);
    assert!(matches!(again, Err(ReplicaError::Present(_))));
    assert_eq!(Replica::open(folder.path(), None).unwrap().verify().unwrap().commits, 1);
}

#[test]
fn a_command_that_panics_or_is_refused_leaves_nothing_and_the_writer_alive() {
    let device = Device::new(1);
    device.sell(1);
    let before = (device.rows(), device.digest());
    let sale = common::sale(1, 2);
    let stopped: Result<(), ReplicaError> = device.replica.write(move |tx| {
        let mut draft = fovea_replica::Draft::new(journal::Lane::All, common_context());
        for record in sale {
            draft.add(record);
        }
        tx.append(draft)?;
        panic!("half-way, after the commit was appended");
    });
    assert!(matches!(stopped, Err(ReplicaError::Damaged(_))), "{stopped:?}");
    let refused: Result<(), ReplicaError> = device.replica.write(|tx| {
        let mut draft = fovea_replica::Draft::new(journal::Lane::All, common_context());
        draft.add(movement(1, 3));
        tx.append(draft)?;
        Err(ReplicaError::NotAllowed("this"))
    });
    assert!(refused.is_err());
    assert_eq!((device.rows(), device.digest()), before);
    assert_eq!(device.sell(3).seq, 2);
    device.digest();
}

fn common_context() -> fovea_replica::Context {
    let id = model::ids::Id([4; 16]);
    fovea_replica::Context {
        command: 80,
        request: id,
        user: None,
        wall: common::NOW,
        skew: None,
        date: common::TODAY,
    }
}

#[test]
fn an_orderly_end_leaves_no_write_ahead_log() {
    let device = Device::new(1);
    device.sell(1);
    // A reader that stays for the next question.
    assert_eq!(device.count("SELECT COUNT(*) FROM sale"), 1);
    let Device { replica, folder, .. } = device;
    drop(replica);
    let log = folder.path().join(format!("{}-wal", fovea_replica::DATABASE));
    assert!(
        !log.exists(),
        "{} bytes",
        std::fs::metadata(&log).map_or(0, |log| log.len())
    );
}

#[test]
fn rows_of_an_older_schema_are_made_anew_at_the_start() {
    let device = Device::new(1);
    device.sell(1);
    let (before, rows) = (device.replica.verify().unwrap(), device.rows());
    let Device { replica, folder, .. } = device;
    drop(replica);
    let conn = Connection::open(folder.path().join(DATABASE)).unwrap();
    // As a program of the seventh schema left it.
    let later = [
        "checkpoint",
        "level_raised",
        "base_month",
        "base_sale",
        "base_tender",
        "base_tax",
        "base_customer",
        "base_balance",
    ];
    for table in later.into_iter().chain(["base_replayed", "base_number", "count_line"]) {
        conn.execute_batch(&format!("DROP TABLE {table}")).unwrap();
    }
    conn.execute_batch(
        "ALTER TABLE session_end DROP COLUMN device; DROP INDEX movement_counted; DROP INDEX commit_folded; ALTER TABLE movement DROP COLUMN row;
         UPDATE sale SET total = total + 1; PRAGMA user_version = 7",
    )
    .unwrap();
    drop(conn);
    let replica = Replica::open(folder.path(), Some(signer(1))).unwrap();
    assert_eq!(replica.verify().unwrap(), before);
    assert!(before.mismatches.is_empty());
    let again = replica.read(|conn| Ok::<_, ReplicaError>(common::dump(conn))).unwrap();
    assert_eq!(again, rows);
}
