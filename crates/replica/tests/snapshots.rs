//! Snapshots: what is in one, and what is taken for one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::path::{Path, PathBuf};

use common::*;
use fovea_replica::snapshot::{Standing, adopt, measure};
use fovea_replica::{Draft, Replica, ReplicaError};
use journal::Lane;
use model::records::{LEVEL, StoreOpened};
use rusqlite::Connection;
use tempfile::TempDir;

fn organisation() -> [u8; 32] {
    root().verifying_key().to_bytes()
}

fn made(of: &Device, folder: &TempDir) -> PathBuf {
    let file = folder.path().join("copy");
    let made = of.replica.snapshot(&file).unwrap();
    assert_eq!(measure(&file).unwrap(), made);
    file
}

/// Head office with trade, an office commit, something that waits, something of its own.
fn office() -> Device {
    let (office, till, other) = (Device::new(0), Device::new(1), Device::new(2));
    till.sell(1);
    till.sell(2);
    other.take_all(&till);
    other.sell(3);
    Device::settle(&[&office, &till, &other]);
    // The second of two commits: it waits for the first.
    other.sell(4);
    other.sell(5);
    office.take(vec![other.all().commits.pop().unwrap()]);
    let (request, answer) = (random(), random());
    office
        .replica
        .write(move |tx| -> Result<(), ReplicaError> {
            let mut draft = Draft::new(Lane::Control, context(request));
            draft.add(StoreOpened {
                store: store(1),
                code: "S1".into(),
                name: "Jayanagar".into(),
            });
            tx.append(draft)?;
            tx.conn().execute(
                "INSERT INTO local_answer (request, name, body, answer, wall) VALUES (?, 'x', x'', 'secret', 0)",
                [answer.as_bytes()],
            )?;
            Ok(())
        })
        .unwrap();
    office
}

#[test]
fn a_copy_holds_what_tills_share_and_nothing_else() {
    let (office, folder) = (office(), TempDir::new().unwrap());
    office
        .replica
        .write(|tx| -> Result<(), ReplicaError> {
            // What only head office reads: its rows are counted in a digest of their own.
            tx.conn().execute_batch(
                "INSERT INTO log (log, certificate, lane, seq, tip, origin) VALUES (x'33', x'33', 3, 1, x'33', x'33');
                 INSERT INTO commit_log (row, hash, log, seq, lane, request, header, signature) VALUES (999, x'33', x'33', 1, 3, x'', x'', x'');
                 INSERT INTO part (commit_row, part, bytes) VALUES (999, 0, 'salary');
                 INSERT INTO head (citing, hash, log, seq) VALUES (3, x'33', x'33', 1);
                 INSERT INTO digest_state (lane, month, state) VALUES (3, 1, x'33');",
            )?;
            Ok(())
        })
        .unwrap();
    let file = made(&office, &folder);
    let bytes = std::fs::read(&file).unwrap();
    for hidden in ["secret", "salary"] {
        assert!(!bytes.windows(6).any(|window| window == hidden.as_bytes()), "{hidden}");
    }
    let conn = Connection::open(&file).unwrap();
    for sql in [
        "SELECT COUNT(*) FROM commit_log WHERE lane = 3",
        "SELECT COUNT(*) FROM log WHERE lane = 3",
        "SELECT COUNT(*) FROM head WHERE hash = x'33'",
        "SELECT COUNT(*) FROM digest_state WHERE lane = 3",
        "SELECT COUNT(*) FROM waiting",
        "SELECT COUNT(*) FROM local_meta",
        "SELECT COUNT(*) FROM local_answer",
    ] {
        assert_eq!(conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap(), 0, "{sql}");
    }
}

#[test]
fn a_folder_that_began_with_a_copy_is_like_the_others_and_proves_it() {
    let (office, folder) = (office(), TempDir::new().unwrap());
    let file = made(&office, &folder);
    let begun = TempDir::new().unwrap();
    adopt(begun.path(), &file, organisation(), LEVEL).unwrap();
    let again = made(&office, &folder);
    assert!(matches!(
        adopt(begun.path(), &again, organisation(), LEVEL),
        Err(ReplicaError::Present(_))
    ));
    let replica = Replica::open(begun.path(), Some(signer(3))).unwrap();
    assert_eq!(replica.standing().unwrap(), Standing::Unconfirmed);
    assert_eq!(
        replica.read(|conn| Ok::<_, ReplicaError>(dump(conn))).unwrap(),
        office.rows()
    );
    let findings = replica.confirm().unwrap();
    assert_eq!((findings.mismatches.len(), findings.digest), (0, office.digest()));
    assert_eq!(replica.standing().unwrap(), Standing::Confirmed);
    // It has the log, so it rebuilds and passes it on.
    drop(replica);
    fovea_replica::rebuild(begun.path()).unwrap();
    let replica = Replica::open(begun.path(), Some(signer(3))).unwrap();
    assert_eq!(
        replica.read(|conn| Ok::<_, ReplicaError>(dump(conn))).unwrap(),
        office.rows()
    );
}

/// A file that was made of a true copy, altered, and offered.
fn offered(file: &Path, alter: &str) -> String {
    let folder = TempDir::new().unwrap();
    let copy = folder.path().join("altered");
    std::fs::copy(file, &copy).unwrap();
    Connection::open(&copy).unwrap().execute_batch(alter).unwrap();
    let begun = TempDir::new().unwrap();
    let refused = adopt(begun.path(), &copy, organisation(), LEVEL).unwrap_err();
    assert!(!copy.exists(), "it is removed");
    assert!(!begun.path().join(fovea_replica::DATABASE).exists());
    assert!(matches!(refused, ReplicaError::Damaged(_)), "{refused}");
    refused.to_string()
}

#[test]
fn what_is_not_a_copy_of_this_chain_is_refused_before_it_is_used() {
    let (office, folder) = (office(), TempDir::new().unwrap());
    let file = made(&office, &folder);
    for (alter, why) in [
        (
            "CREATE TRIGGER more AFTER INSERT ON sale BEGIN DELETE FROM sale; END",
            "made by other software",
        ),
        ("CREATE VIEW extra AS SELECT 1", "made by other software"),
        ("DROP INDEX sale_by_day", "made by other software"),
        ("PRAGMA user_version = 99", "made by other software"),
        ("PRAGMA application_id = 99", "made by other software"),
        (
            "INSERT INTO local_meta VALUES ('own_certificate', x'00')",
            "local_meta is not empty",
        ),
        (
            "INSERT INTO waiting VALUES (x'01', x'01', 1, 'x', 0, 'y', x'')",
            "waiting is not empty",
        ),
        ("INSERT INTO certificate VALUES (x'01', x'02')", "do not verify"),
    ] {
        let said = offered(&file, alter);
        assert!(said.contains(why), "{alter}: {said}");
    }
    // Another organisation's, rubbish, and a page that rotted.
    let begun = TempDir::new().unwrap();
    let copy = begun.path().join("copy");
    std::fs::copy(&file, &copy).unwrap();
    let stranger = key(7).verifying_key().to_bytes();
    assert!(matches!(
        adopt(begun.path(), &copy, stranger, LEVEL),
        Err(ReplicaError::Damaged(_))
    ));
    std::fs::write(&copy, b"SQLite format 3\0 and then nothing of the kind").unwrap();
    assert!(matches!(
        adopt(begun.path(), &copy, organisation(), LEVEL),
        Err(ReplicaError::Damaged(_))
    ));
    let mut bytes = std::fs::read(&file).unwrap();
    let page = bytes.len() / 2 / 4096 * 4096;
    bytes[page..page + 64].fill(0xff);
    std::fs::write(&copy, &bytes).unwrap();
    assert!(matches!(
        adopt(begun.path(), &copy, organisation(), LEVEL),
        Err(ReplicaError::Damaged(_))
    ));
    assert_eq!(std::fs::read_dir(begun.path()).unwrap().count(), 1, "the lock alone");
}

#[test]
fn rows_made_for_another_level_are_not_begun_with() {
    let (office, folder) = (office().reopened_at(LEVEL + 1), TempDir::new().unwrap());
    let copy = made(&office, &folder);
    let begun = TempDir::new().unwrap();
    let refused = adopt(begun.path(), &copy, organisation(), LEVEL).unwrap_err();
    assert!(refused.to_string().contains("made by other software"), "{refused}");
    let copy = made(&office, &folder);
    adopt(begun.path(), &copy, organisation(), LEVEL + 1).unwrap();
}
