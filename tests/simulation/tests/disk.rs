//! The disk that can be pulled out, under SQLite alone: what was synced stays, what was not may be torn, and no fault passes
//! unseen.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

use std::path::Path;

use fovea_simulation::dice::Dice;
use fovea_simulation::disk::{Disk, install};
use rusqlite::Connection;

fn open(folder: &Path, synchronous: &str) -> Connection {
    let conn = Connection::open(folder.join("a.db")).unwrap();
    conn.pragma_update(None, "journal_mode", "WAL").unwrap();
    conn.pragma_update(None, "synchronous", synchronous).unwrap();
    conn.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
    conn.execute_batch("CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b BLOB)")
        .unwrap();
    conn
}

fn write(conn: &Connection, row: i64) -> rusqlite::Result<usize> {
    conn.execute("INSERT INTO t VALUES (?, randomblob(3000))", [row])
}

fn rows(conn: &Connection) -> i64 {
    conn.query_row("SELECT COUNT(*) FROM t", [], |row| row.get(0)).unwrap()
}

fn sound(conn: &Connection) -> bool {
    conn.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))
        .is_ok_and(|said| said == "ok")
}

/// Rows after a power cut that came after `answered` commits, with a checkpoint on the way.
fn cut(seed: u64, synchronous: &str) -> (i64, i64, bool) {
    install();
    let folder = tempfile::tempdir().unwrap();
    let (disk, mut dice) = (Disk::under(folder.path()), Dice::new(seed));
    let conn = open(folder.path(), synchronous);
    // Nobody is told that the table is there before it is.
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    disk.die_after(dice.below(120));
    let mut answered = 0;
    for row in 0..40 {
        if write(&conn, row).is_err() {
            break;
        }
        answered += 1;
        if dice.permille(100) {
            let _ = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        }
    }
    disk.die();
    drop(conn);
    disk.cut_power(&mut dice).unwrap();
    disk.revive();
    let conn = Connection::open(folder.path().join("a.db")).unwrap();
    // A file of which nothing is left holds no table.
    let kept = conn.query_row("SELECT COUNT(*) FROM t", [], |row| row.get(0));
    (answered, kept.unwrap_or(0), sound(&conn))
}

#[test]
fn what_was_synced_survives_every_power_cut() {
    for seed in 0..60 {
        let (answered, kept, sound) = cut(seed, "FULL");
        assert!(sound, "seed {seed}");
        assert!(
            kept == answered || kept == answered + 1,
            "seed {seed}: {kept} of {answered}"
        );
    }
}

#[test]
fn what_was_not_synced_is_lost_by_some() {
    // Not a test of SQLite: a disk that never loses anything would prove nothing.
    let lost = (0..60).filter(|seed| {
        let (answered, kept, _) = cut(*seed, "OFF");
        kept < answered
    });
    assert!(lost.count() > 10);
}

#[test]
fn a_full_disk_and_a_failed_sync_are_told() {
    install();
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::under(folder.path());
    let conn = open(folder.path(), "FULL");
    write(&conn, 1).unwrap();
    disk.set_full(true);
    let full = write(&conn, 2).unwrap_err();
    assert_eq!(full.sqlite_error_code(), Some(rusqlite::ErrorCode::DiskFull));
    disk.set_full(false);
    write(&conn, 2).unwrap();
    disk.fail_a_sync_after(0);
    assert!(write(&conn, 3).is_err());
    assert_eq!((disk.worn().refused_full, disk.worn().failed_syncs), (1, 1));
    write(&conn, 4).unwrap();
    assert!(sound(&conn));
}

#[test]
fn who_is_dead_writes_nothing() {
    install();
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::under(folder.path());
    let conn = open(folder.path(), "FULL");
    write(&conn, 1).unwrap();
    disk.die();
    let files = || -> Vec<Vec<u8>> {
        ["a.db", "a.db-wal"]
            .map(|name| std::fs::read(folder.path().join(name)).unwrap())
            .into()
    };
    let before = files();
    assert!(write(&conn, 2).is_err());
    drop(conn);
    assert_eq!(files(), before);
    disk.revive();
    assert_eq!(rows(&open(folder.path(), "FULL")), 1);
}
