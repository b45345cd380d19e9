//! Tills that keep sums of old trade, over a real line: no answer changes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use app::App;
use common::{Chain, admin, call, happen, sell, sync_all};
use replica::ReplicaError;
use serde_json::Value;

/// 27 months, ms.
const LONG: i64 = 27 * 31 * 86_400_000;

fn count(app: &App, sql: &str) -> i64 {
    let read = app
        .replica()
        .read(|conn| Ok::<_, ReplicaError>(conn.query_row(sql, [], |row| row.get(0))?));
    read.unwrap()
}

/// What people ask about trade and goods.
fn answers(app: &App) -> Vec<Value> {
    [
        ("sales.totals", "{}"),
        ("sales.totals", r#"{"from": "2026-11-20", "to": "2026-11-20"}"#),
        ("sales.totals", r#"{"store": "S1"}"#),
        ("stock.movements", r#"{"product": "SPRAY", "store": "S1"}"#),
    ]
    .map(|(name, body)| match call(app, name, body) {
        // Each piece by itself, or in sum.
        Value::Object(told) if told.contains_key("movements") => {
            let rows = told["movements"].as_array().unwrap();
            let moved = |row: &Value| {
                let quantity = row["quantity"].as_i64().unwrap();
                if row["from"] == "S1" { -quantity } else { quantity }
            };
            rows.iter().map(moved).sum::<i64>().into()
        }
        other => other,
    })
    .to_vec()
}

#[test]
fn a_till_forgets_old_trade_and_answers_as_before() {
    let chain = Chain::new();
    let (one, two) = (chain.till("S1", "T1"), chain.till("S2", "T1"));
    sell(&one, 100);
    call(&one, "stock.count", r#"{"product": "SPRAY", "counted": 0}"#);
    sync_all(&[one.clone(), two.clone()]);
    let refused = |app: &App, body: &str| {
        let outcome = app.call_json(&admin(app), "checkpoint.make", body, None);
        outcome.unwrap_err().code()
    };
    assert_eq!(refused(chain.server(), "{}"), "bad_field", "nothing is that old");
    assert_eq!(refused(chain.server(), r#"{"months": 12}"#), "bad_field");
    assert_eq!(refused(&one, "{}"), "cannot_write");
    assert!(!chain.server().checkpoint_if_due().unwrap(), "never by starting");
    chain.pass(LONG);
    // Whoever goes on trading names what came before.
    happen(&one);
    sync_all(&[one.clone(), two.clone(), one.clone()]);
    let newest = |conn: &rusqlite::Connection| -> Result<String, ReplicaError> {
        Ok(
            conn.query_row("SELECT number FROM sale ORDER BY number DESC LIMIT 1", [], |row| {
                row.get(0)
            })?,
        )
    };
    let number = one.replica().read(newest).unwrap();
    let asked = answers(&one);
    assert!(chain.server().checkpoint_if_due().unwrap());
    assert!(!chain.server().checkpoint_if_due().unwrap(), "one a month");
    sync_all(&[one.clone(), two.clone()]);
    // Head office may yet be put back from a backup of before.
    assert_eq!(count(&one, "SELECT COUNT(*) FROM sale"), 3);
    chain.pass(replica::fold::REST);
    sync_all(&[one.clone(), two.clone()]);
    for till in [&one, &two] {
        // The first stands in one commit with what else it made: its product.
        assert_eq!(count(till, "SELECT COUNT(*) FROM sale"), 1);
        assert_eq!(count(till, "SELECT SUM(count) FROM base_sale"), 2);
        let findings = till.replica().verify().unwrap();
        assert_eq!(findings.mismatches, Vec::<String>::new());
    }
    assert_eq!(answers(&one), asked);
    assert_eq!(answers(chain.server()), asked);
    // A count of those days is over where its movements are a sum; head office still compares it.
    let counts = |app: &App| call(app, "stock.counts", "{}")["rows"].clone();
    assert_eq!(counts(&one), serde_json::json!([]));
    let row = counts(chain.server())[0].clone();
    assert_eq!(
        (&row["expected"], &row["difference"]),
        (&(-3).into(), &3.into()),
        "{row}"
    );
    // An older receipt is at head office, and the till says so.
    let body = format!(r#"{{"number": "{number}"}}"#);
    let unknown = one.call_json(&admin(&one), "sale.get", &body, None).unwrap_err();
    assert!(
        unknown.message().contains("head office has older ones"),
        "{}",
        unknown.message()
    );
    assert_eq!(call(chain.server(), "sale.get", &body)["number"], number);
    // The same file is not taken over twice.
    let file = one.replica().path().join("../lines.csv");
    let again = one.replay_retail(&admin(&one), &file, None, &|_, _| {}).unwrap();
    assert_eq!(again.sales.count, 0);
    assert_eq!(answers(&one), asked);
    // Who joins now begins with everything, and lets go of it too.
    let three = chain.till("S3", "T1");
    sync_all(std::slice::from_ref(&three));
    assert_eq!(count(&three, "SELECT COUNT(*) FROM sale"), 1);
    assert_eq!(answers(&three), asked);
    chain.pass(600_000);
    sync_all(&[one.clone(), two.clone(), three, one.clone()]);
    let devices = call(chain.server(), "office.devices", "{}");
    let rows = devices["devices"].as_array().unwrap();
    let told: Vec<&Value> = rows
        .iter()
        .map(|row| &row["stated"])
        .filter(|stated| !stated.is_null())
        .collect();
    assert_eq!(told.len(), 3);
    for stated in told {
        assert_ne!(stated["agrees"], false, "{stated}");
        assert!(stated["kept_from"].is_string(), "{stated}");
    }
    assert_eq!(
        call(chain.server(), "office.exceptions", "{}")["rows"],
        Value::Array(Vec::new())
    );
    // Nor does another old file get a number that stands on a paper already.
    sell(&one, 200);
    let twice = "SELECT COUNT(*) - COUNT(DISTINCT number) FROM sale";
    sync_all(std::slice::from_ref(&one));
    assert_eq!(
        (
            count(chain.server(), "SELECT COUNT(*) FROM sale"),
            count(chain.server(), twice)
        ),
        (6, 0)
    );
}
