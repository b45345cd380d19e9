//! The data folder: proved by `verify`, made again by `rebuild`, closed to a second program and to newer data.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::fs::OpenOptions;
use std::path::Path;
use std::process::Output;

use common::retail::{Sums, invoices, text};
use common::{ADMIN, Till, answer, files, refused, run, told};
use serde_json::{Value, json};

/// A till with sales, returns and stock.
fn busy() -> (Till, Sums) {
    let till = Till::new("gb-vat");
    let all = invoices(5, 12, 2);
    answer(&till.ask(&["replay", "retail", &till.file("lines.csv", text(&all))]));
    (till, Sums::of(&all))
}

fn rebuild(till: &Till) -> Output {
    run(&["rebuild", "--data", &till.data()])
}

/// What `verify --json` found amiss, with exit 1 and nothing on stderr.
fn mismatches(output: &Output) -> Vec<String> {
    assert_eq!((output.status.code(), output.stderr.len()), (Some(1), 0));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found.as_object().unwrap().len(), 3, "{found}");
    let mismatches = found["mismatches"].as_array().unwrap();
    assert!(!mismatches.is_empty());
    mismatches.iter().map(|why| why.as_str().unwrap().to_owned()).collect()
}

#[test]
fn verify_tells_digest_and_commits_and_writes_nothing() {
    let (till, _) = busy();
    // A spent log of SQLite's may go; the database stays as it is.
    let database = || std::fs::read(till.path("data/fovea.db")).unwrap();
    let before = database();
    let found = answer(&till.verify());
    assert_eq!(found.as_object().unwrap().len(), 3, "{found}");
    let digest = found["digest"].as_str().unwrap();
    assert!(
        digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
        "{digest}"
    );
    assert_eq!(answer(&till.verify()), found);
    assert!(database() == before);
    let held: i64 = till
        .database()
        .query_row("SELECT COUNT(*) FROM commit_log", [], |row| row.get(0))
        .unwrap();
    assert_eq!((&found["commits"], &found["mismatches"]), (&json!(held), &json!([])));

    let said = run(&["verify", "--data", &till.data()]);
    assert_eq!(said.status.code(), Some(0));
    assert!(String::from_utf8(said.stdout).unwrap().contains(digest));

    till.call(
        "stock.adjust",
        &json!({"product": "POST", "change": 2, "reason": "found"}),
    );
    let after = answer(&till.verify());
    assert_eq!(after["commits"], held + 1);
    assert_ne!(after["digest"], found["digest"], "what is said moves the digest");
}

#[test]
fn tampered_rows_are_seen_and_a_rebuild_restores_them() {
    let (till, expected) = busy();
    let whole = answer(&till.verify());
    for (table, tampering) in [
        (
            "sale",
            "UPDATE sale SET total = total + 1 WHERE id = (SELECT MIN(id) FROM sale)",
        ),
        (
            "sale_line",
            "DELETE FROM sale_line WHERE id = (SELECT MIN(id) FROM sale_line)",
        ),
        (
            "balance",
            "UPDATE balance SET quantity = quantity + 1 WHERE account LIKE '%:sellable'",
        ),
        (
            "role_grant",
            "INSERT INTO role_grant SELECT randomblob(16), user, 1, NULL FROM role_grant",
        ),
        ("digest_state", "DELETE FROM digest_state"),
    ] {
        assert!(till.database().execute(tampering, []).unwrap() > 0, "{table}");
        let found = mismatches(&till.verify());
        let named = |why: &String| why.starts_with(&format!("{table}: "));
        assert!(found.iter().any(named), "{table}: {found:?}");
        let made = rebuild(&till);
        assert_eq!(
            (made.status.code(), made.stdout.len(), made.stderr.len()),
            (Some(0), 0, 0),
            "{table}"
        );
        assert_eq!(answer(&till.verify()), whole, "{table}");
    }
    assert_eq!(till.call("sales.totals", &json!({})), expected.totals());
    till.database().execute("UPDATE product SET offer = 1", []).unwrap();
    let said = run(&["verify", "--data", &till.data()]);
    assert_eq!((said.status.code(), said.stderr.len()), (Some(1), 0));
    assert!(String::from_utf8(said.stdout).unwrap().contains("product: "));
}

#[test]
fn a_tampered_log_is_seen_and_a_rebuild_leaves_all_as_it_is() {
    let (till, _) = busy();
    till.commits();
    let whole = till.path("data/fovea.db");
    let copy = till.path("whole.db");
    std::fs::copy(&whole, &copy).unwrap();
    for (what, tampering) in [
        (
            "a record",
            "UPDATE part SET bytes = CAST(bytes || x'00' AS BLOB) WHERE commit_row = 3",
        ),
        (
            "a header",
            "UPDATE commit_log SET header = CAST(header || x'00' AS BLOB) WHERE row = 3",
        ),
        (
            "a signature",
            "UPDATE commit_log SET signature = zeroblob(64) WHERE row = 3",
        ),
        ("a hash", "UPDATE commit_log SET hash = zeroblob(32) WHERE row = 3"),
        ("a commit in between", "DELETE FROM commit_log WHERE row = 3"),
        ("a part taken away", "UPDATE part SET bytes = NULL WHERE commit_row = 3"),
    ] {
        std::fs::copy(&copy, &whole).unwrap();
        assert!(till.database().execute(tampering, []).unwrap() > 0, "{what}");
        let before = till.bytes();
        mismatches(&till.verify());
        assert_eq!(refused(&rebuild(&till)), "damaged", "{what}");
        assert!(till.bytes() == before, "{what}");
    }
    std::fs::copy(&copy, &whole).unwrap();
    till.commits();
}

#[test]
fn a_rebuild_keeps_what_only_this_folder_knows() {
    let till = Till::new("in-gst");
    let words = ["call", "session.open", r#"{"float":700}"#, "--request", "the-morning"];
    let opened = answer(&till.ask(&words));
    let wrong = |_| {
        let words = ["call", "sales.totals", "--data", &till.data(), "--as", "ravi"];
        refused(&run(&words))
    };
    till.add_user("mira", "cashier");
    let told: Vec<String> = (0..5).map(wrong).collect();
    assert_eq!(told[4], "locked_out", "{told:?}");
    let commits = till.commits();
    assert_eq!(rebuild(&till).status.code(), Some(0));
    assert_eq!(answer(&till.ask(&words)), opened, "an answer given is given again");
    assert_eq!(wrong(5), "locked_out", "a rebuild forgives nothing");
    assert_eq!(till.commits(), commits);
}

#[test]
fn a_folder_that_another_program_has_is_refused() {
    let (till, expected) = busy();
    let file = till.path("lines.csv").to_str().unwrap().to_owned();
    let lock = OpenOptions::new()
        .write(true)
        .open(till.path("data/fovea.lock"))
        .unwrap();
    lock.lock().unwrap();
    let before = till.bytes();
    let data = till.data();
    for ended in [
        till.ask(&["call", "sales.totals"]),
        till.ask(&["call", "session.open", r#"{"float":0}"#]),
        till.ask(&["import", "products", &file]),
        till.ask(&["replay", "retail", &file]),
        till.verify(),
        rebuild(&till),
        run(&["sync", "--once", "--data", &data]),
    ] {
        let told = told(&ended);
        assert_eq!(told.code, "folder_in_use");
        assert!(told.message.contains(&data), "{told:?}");
    }
    assert!(till.bytes() == before);
    drop(lock);
    assert_eq!(till.call("sales.totals", &json!({})), expected.totals());
}

#[test]
fn a_folder_of_newer_software_is_refused_and_left_alone() {
    let (till, _) = busy();
    let database = till.database();
    database.pragma_update(None, "user_version", 1_000).unwrap();
    drop(database);
    // Every file, those that SQLite makes for readers, too.
    let folder = till.data();
    let before = files(Path::new(&folder));
    for ended in [
        till.ask(&["call", "sales.totals"]),
        till.ask_as("nobody", &["call", "sales.totals"]),
        till.ask(&["replay", "retail", "lines.csv"]),
        till.verify(),
        rebuild(&till),
        run(&["sync", "--once", "--data", &folder]),
    ] {
        let told = told(&ended);
        assert_eq!(told.code, "folder_newer");
        assert!(told.message.contains(&folder), "{told:?}");
        assert!(files(Path::new(&folder)) == before);
    }
    let again = [
        "init", "--data", &folder, "--org", "O", "--store", "S1", "--till", "T1", "--admin", ADMIN,
    ];
    assert_eq!(refused(&run(&again)), "folder_present");
    assert!(files(Path::new(&folder)) == before);
}

#[test]
fn a_file_that_is_no_database_is_a_refusal() {
    let till = Till::new("in-gst");
    std::fs::write(
        till.path("data/fovea.db"),
        "this was a database once, and long enough to have a header of sixty-four bytes and more",
    )
    .unwrap();
    for ended in [till.ask(&["call", "sales.totals"]), till.verify(), rebuild(&till)] {
        told(&ended);
    }
}
