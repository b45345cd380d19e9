//! What devices state of themselves, as head office sees it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use app::App;
use app::setup::open_app;
use common::{Chain, call, device_row, happen, sync_all};
use serde_json::Value;

fn stated(chain: &Chain, store: &str) -> Value {
    device_row(chain.server(), store, "T1")["stated"].clone()
}

fn exceptions(chain: &Chain) -> Vec<(String, String, String)> {
    let kinds = call(chain.server(), "office.exceptions", "{}");
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    let rows = kinds["rows"].as_array().unwrap().iter();
    rows.map(|row| (text(row, "kind"), text(row, "title"), text(row, "detail")))
        .collect()
}

#[test]
fn head_office_sees_who_lags_and_who_agrees() {
    let chain = Chain::new();
    let (one, two) = (chain.till("S1", "T1"), chain.till("S2", "T1"));
    happen(&one);
    chain.pass(600_000);
    sync_all(&[one.clone(), two.clone()]);
    chain.pass(600_000);
    sync_all(&[one.clone(), two.clone(), one.clone()]);
    let (first, second) = (stated(&chain, "S1"), stated(&chain, "S2"));
    assert_eq!((&first["lag"], &first["agrees"]), (&0.into(), &true.into()), "{first}");
    assert_eq!(
        (&second["lag"], &second["agrees"]),
        (&0.into(), &true.into()),
        "{second}"
    );
    happen(&one);
    sync_all(&[one]);
    let second = stated(&chain, "S2");
    assert_eq!(
        (&second["lag"], &second["agrees"]),
        (&1.into(), &Value::Null),
        "{second}"
    );
    assert_eq!(exceptions(&chain), []);
    drop(two);
}

#[test]
fn a_till_that_shows_other_figures_is_named_until_it_is_rebuilt() {
    let chain = Chain::new();
    let till = chain.till("S1", "T1");
    happen(&till);
    sync_all(std::slice::from_ref(&till));
    spoil(&till);
    chain.pass(600_000);
    sync_all(std::slice::from_ref(&till));
    assert_eq!(
        exceptions(&chain),
        [(
            "figures_differ".to_owned(),
            "S1 T1".to_owned(),
            "Head office".to_owned()
        )]
    );
    assert_eq!(stated(&chain, "S1")["agrees"], false);
    let folder = chain.till_folder("S1T1");
    drop(till);
    replica::rebuild(&folder).unwrap();
    let till = open_app(&folder, chain.clock()).unwrap();
    chain.pass(600_000);
    sync_all(&[till]);
    assert_eq!(exceptions(&chain), []);
    assert_eq!(stated(&chain, "S1")["agrees"], true);
}

/// A program that projected a month otherwise than it should.
fn spoil(till: &App) {
    till.replica()
        .write(|tx| -> Result<(), replica::ReplicaError> {
            tx.conn().execute(
                "UPDATE digest_state SET state = CAST(zeroblob(2047) || x'01' AS BLOB) WHERE lane = 2",
                [],
            )?;
            Ok(())
        })
        .unwrap();
}
