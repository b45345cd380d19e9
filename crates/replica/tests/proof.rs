//! `verify` finds what was changed behind its back; `rebuild` makes every row again and keeps what the log does not say.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::path::Path;

use common::{Device, dump, movement, product};
use fovea_replica::{DATABASE, Replica, rebuild};
use model::ids::Id;
use model::records::{DocumentKind, Value};
use rusqlite::Connection;

/// A till with some history, closed.
fn closed() -> (tempfile::TempDir, Vec<String>) {
    let device = Device::new(1);
    for quantity in 1..4 {
        device.sell(quantity);
    }
    device
        .commit(|draft| {
            draft.add(movement(1, 9));
        })
        .unwrap();
    device.edit(
        DocumentKind::Product,
        product(),
        &[
            ("code", Value::Text("F1".into())),
            ("name", Value::Text("Frame".into())),
        ],
    );
    device.edit(
        DocumentKind::CustomerContact,
        Id([7; 16]),
        &[("name", Value::Text("Asha".into()))],
    );
    let other = Device::new(2);
    other.sell(5);
    device.take_all(&other);
    let rows = device.rows();
    let Device { replica, folder, .. } = device;
    drop(replica);
    (folder, rows)
}

fn change(folder: &Path, sql: &str) {
    let conn = Connection::open(folder.join(DATABASE)).unwrap();
    let changed = conn.execute(sql, []).unwrap();
    assert!(changed > 0, "{sql}");
}

#[test]
fn verify_finds_what_was_changed() {
    for (what, sql) in [
        ("a total", "UPDATE sale SET total = total + 1 WHERE rowid = 1"),
        ("a quantity", "UPDATE sale_line SET quantity = 1 WHERE quantity = 2"),
        (
            "a payment gone",
            "DELETE FROM payment WHERE sale = (SELECT MAX(sale) FROM payment)",
        ),
        (
            "a sale invented",
            "INSERT INTO sale SELECT randomblob(16), kind, store, device, session, day, wall, number, customer, total, rounding, original, user, approver, reason, mark FROM sale LIMIT 1",
        ),
        (
            "a line doubled",
            "INSERT INTO sale_line SELECT randomblob(16), sale, line + 100, product, name, hsn, quantity, list, price, discount, total, rate, taxable, taxes, prescription, original FROM sale_line LIMIT 1",
        ),
        (
            "a balance",
            "UPDATE balance SET quantity = quantity + 1 WHERE quantity > 0",
        ),
        ("a name", "UPDATE customer SET name = 'Ravi'"),
        ("a price", "UPDATE product SET list = 1"),
        (
            "a search entry gone",
            "DELETE FROM customer_search_docsize WHERE id = 1",
        ),
        ("document heads", "UPDATE document SET heads = zeroblob(32)"),
        (
            "a byte of a part",
            "UPDATE part SET bytes = CAST(substr(bytes, 1, 30) || x'ff' || substr(bytes, 32) AS BLOB) WHERE commit_row = 2",
        ),
        ("a part gone", "DELETE FROM part WHERE commit_row = 2"),
        ("a part emptied", "UPDATE part SET bytes = NULL WHERE commit_row = 2"),
        (
            "a signature",
            "UPDATE commit_log SET signature = zeroblob(64) WHERE row = 2",
        ),
        ("a hash", "UPDATE commit_log SET hash = randomblob(32) WHERE row = 2"),
        ("a commit gone", "DELETE FROM commit_log WHERE row = 2"),
        (
            "the last commit gone",
            "DELETE FROM commit_log WHERE row = (SELECT MAX(row) FROM commit_log)",
        ),
        (
            "two commits changed about",
            "UPDATE commit_log SET row = 100 WHERE row = 1",
        ),
        (
            "a request id",
            "UPDATE commit_log SET request = zeroblob(16) WHERE row = 2",
        ),
        ("a unit", "UPDATE part SET unit = zeroblob(16) WHERE unit IS NOT NULL"),
        (
            "a reason not to read",
            "UPDATE commit_log SET opaque = 'no' WHERE row = 2",
        ),
        ("a digest", "UPDATE digest_state SET state = zeroblob(2048)"),
        ("a tip", "UPDATE log SET seq = seq - 1"),
        ("a head", "DELETE FROM head"),
    ] {
        let (folder, _) = closed();
        change(folder.path(), sql);
        let findings = Replica::open(folder.path(), None).and_then(|replica| replica.verify());
        assert!(
            findings
                .as_ref()
                .map_or(true, |findings| !findings.mismatches.is_empty()),
            "{what}: {findings:?}"
        );
        // Damage of the log itself stops a rebuild before anything is replaced; what lies beside it is made anew.
        if sql.contains("part") && what != "a unit"
            || sql.contains("commit_log SET sig")
            || sql.starts_with("DELETE FROM commit_log WHERE row = 2")
        {
            let before = std::fs::read(folder.path().join(DATABASE)).unwrap();
            assert!(rebuild(folder.path()).is_err(), "{what}");
            assert!(std::fs::read(folder.path().join(DATABASE)).unwrap() == before, "{what}");
            assert!(!folder.path().join("fovea.rebuilt").exists(), "{what}");
        }
    }
}

/// A request that is sent again is found by an index: one that no longer leads to its row would make it a second commit.
#[test]
fn verify_finds_a_bit_that_rotted_in_an_index() {
    let (folder, _) = closed();
    let file = folder.path().join(DATABASE);
    let (page, size): (i64, i64) = {
        let conn = Connection::open(&file).unwrap();
        let number = |sql: &str| conn.query_row(sql, [], |row| row.get(0)).unwrap();
        (
            number("SELECT rootpage FROM sqlite_schema WHERE name = 'commit_by_request'"),
            number("PRAGMA page_size"),
        )
    };
    let mut bytes = std::fs::read(&file).unwrap();
    // Cells fill a page from its end: this is within a request id.
    let at = usize::try_from(page * size).unwrap() - 8;
    bytes[at] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let findings = Replica::open(folder.path(), None).and_then(|replica| replica.verify());
    assert!(
        findings
            .as_ref()
            .map_or(true, |findings| !findings.mismatches.is_empty()),
        "{findings:?}"
    );
}

#[test]
fn rebuild_makes_the_same_rows_and_keeps_what_the_folder_keeps_for_itself() {
    let (folder, rows) = closed();
    {
        let conn = Connection::open(folder.path().join(DATABASE)).unwrap();
        conn.execute_batch(
            "INSERT INTO local_meta VALUES ('server', x'01');
             INSERT INTO local_answer VALUES (x'02', 'sale.complete', x'03', '{}', 4);
             INSERT INTO local_peer VALUES ('server', x'05', 6);
             INSERT INTO local_typed VALUES ('basket', 'half a sale', 7);
             INSERT INTO local_attempt VALUES ('root', 3, 0);
             INSERT INTO local_pin VALUES (x'08', 'v', 1, 9);
             INSERT INTO local_print VALUES (x'0a', NULL, 'receipt', 1, 11, NULL, '{}');
             INSERT INTO local_setting VALUES ('theme', 'dark');
             INSERT INTO local_seen VALUES (x'0c', 13, 0, 0, 'fovea');
             INSERT INTO aside (hash, code, reason, source, since, size) VALUES (x'0d', 'c', 'r', 's', 1, 2);
             INSERT INTO waiting VALUES (x'0e', x'0f', 16, 's', 17, 'm', x'18');
             DELETE FROM sale; DELETE FROM customer; UPDATE balance SET quantity = 0;",
        )
        .unwrap();
    }
    let local = |folder: &Path| -> Vec<i64> {
        let conn = Connection::open(folder.join(DATABASE)).unwrap();
        let mut tables = conn
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND (name LIKE 'local_%' OR name IN ('aside', 'waiting', 'certificate')) ORDER BY name")
            .unwrap();
        let names: Vec<String> = tables
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        names
            .iter()
            .map(|name| {
                conn.query_row(&format!("SELECT COUNT(*) FROM {name}"), [], |row| row.get(0))
                    .unwrap()
            })
            .collect()
    };
    let kept = local(folder.path());
    rebuild(folder.path()).unwrap();
    assert_eq!(local(folder.path()), kept);
    let replica = Replica::open(folder.path(), None).unwrap();
    assert_eq!(
        replica
            .read(|conn| Ok::<_, fovea_replica::ReplicaError>(dump(conn)))
            .unwrap(),
        rows
    );
    assert_eq!(replica.verify().unwrap().mismatches, Vec::<String>::new());
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert!(
        !left.iter().any(|name| name.to_string_lossy().contains("rebuilt")),
        "{left:?}"
    );
}
