//! The software level of the chain: raised by head office once every open device reads it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use app::App;
use common::{Chain, admin, call, device_row, happen, sync_all};
use model::records::LEVEL;
use replica::{ReplicaError, Surroundings, meta};
use serde_json::json;

/// A folder under the next level's program.
fn newer(chain: &Chain, folder: &std::path::Path) -> App {
    let surroundings = Surroundings {
        level: LEVEL + 1,
        ..Surroundings::default()
    };
    App::new(app::setup::open_in(folder, &surroundings).unwrap(), chain.clock()).unwrap()
}

fn opaque(app: &App) -> i64 {
    let count = "SELECT COUNT(*) FROM commit_log WHERE opaque IS NOT NULL";
    app.replica()
        .read(|conn| -> Result<_, ReplicaError> { Ok(conn.query_row(count, [], |row| row.get(0))?) })
        .unwrap()
}

fn refusal(office: &App) -> String {
    office
        .call_json(&admin(office), "level.raise", "{}", None)
        .unwrap_err()
        .message()
}

#[test]
fn the_chain_is_raised_once_every_open_device_reads_the_level() {
    let mut chain = Chain::new();
    let tills = ["S1", "S2", "S3"].map(|store| chain.till(store, "T1"));
    let upgraded = |chain: &Chain, till: App, name: &str| {
        drop(till);
        newer(chain, &chain.till_folder(name))
    };
    sync_all(&tills[..2]);
    let [one, two, gone] = tills;

    // The first is brought up to date, and still writes what everybody reads.
    chain.pass(600_000);
    let one = upgraded(&chain, one, "S1T1");
    happen(&one);
    sync_all(&[one.clone(), two.clone()]);
    assert_eq!((opaque(chain.server()), opaque(&two)), (0, 0));
    assert_eq!(device_row(chain.server(), "S1", "T1")["stated"]["level"], LEVEL + 1);
    let told = refusal(chain.server());
    assert!(told.contains("writes level 1 already"), "{told}");

    // Head office too. Who is in the way is named.
    let address = chain.stop();
    let office = newer(&chain, &chain.server_folder());
    assert_eq!(
        call(&office, "office.devices", "{}")["level"],
        json!({ "written": LEVEL, "read": LEVEL + 1 })
    );
    let told = refusal(&office);
    assert!(
        told.contains("S2 T1 reads level 1") && !told.contains("S1 T1"),
        "{told}"
    );
    assert!(told.contains("S3 T1 reads level 1"), "{told}");
    assert_eq!(office.raise_level_if_due().unwrap(), None);
    // A till that is gone keeps nobody from it.
    let body = json!({ "device": device_row(&office, "S3", "T1")["device"], "reason": "burnt" });
    call(&office, "device.close", &body.to_string());
    drop((office, gone));
    chain.start(&address).unwrap();
    chain.pass(600_000);
    let two = upgraded(&chain, two, "S2T1");
    happen(&two);
    sync_all(&[two.clone(), one.clone()]);

    let address = chain.stop();
    let office = newer(&chain, &chain.server_folder());
    assert_eq!(office.raise_level_if_due().unwrap(), Some(LEVEL + 1));
    assert_eq!(office.raise_level_if_due().unwrap(), None, "once");
    let told = refusal(&office);
    assert!(told.contains("writes level 2 already"), "{told}");
    drop(office);

    // From then on it is written; a server that was put back to the older program holds it unread, and loses nothing.
    chain.start(&address).unwrap();
    sync_all(&[one.clone(), two.clone()]);
    happen(&one);
    sync_all(&[one, two.clone()]);
    assert_eq!((opaque(chain.server()), opaque(&two)), (1, 0));
    chain.stop();
    assert_eq!(opaque(&newer(&chain, &chain.server_folder())), 0);
}

#[test]
fn a_till_raises_nothing() {
    let chain = Chain::new();
    let till = chain.till("S1", "T1");
    assert_eq!(till.raise_level_if_due().unwrap(), None);
    let told = till.call_json(&admin(&till), "level.raise", "{}", None).unwrap_err();
    assert_eq!(told.code(), "cannot_write");
}

#[test]
fn a_head_office_that_was_put_back_raises_nothing_before_its_tills_have_called() {
    let mut chain = Chain::new();
    chain.stop();
    let office = newer(&chain, &chain.server_folder());
    let restored = |since: Option<i64>| {
        office
            .replica()
            .write(move |tx| match since {
                Some(since) => meta::set_meta(tx.conn(), app::RESTORED, &since.to_be_bytes()),
                None => meta::clear_meta(tx.conn(), app::RESTORED),
            })
            .unwrap();
    };
    restored(Some(1));
    assert_eq!(office.raise_level_if_due().unwrap(), None);
    restored(None);
    assert_eq!(office.raise_level_if_due().unwrap(), Some(LEVEL + 1));
}
