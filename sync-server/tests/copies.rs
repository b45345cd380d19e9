//! Folders that were copied or put back from a backup: tills and the server itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::path::Path;

use app::App;
use app::setup::open_app;
use common::{Chain, call, device_row, digest, happen, held, sync_all};
use model::refusal::Refusal;
use replica::ReplicaError;

/// Copies a closed folder, as a backup program or a cloned disk does.
fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn count(app: &App, sql: &str) -> i64 {
    app.replica()
        .read(|conn| -> Result<i64, ReplicaError> { Ok(conn.query_row(sql, [], |row| row.get(0))?) })
        .unwrap()
}

fn customer(app: &App, name: &str, phone: &str) -> Result<serde_json::Value, Refusal> {
    let body = format!(r#"{{"name":"{name}","phone":"{phone}"}}"#);
    app.call_json(&common::admin(app), "customer.create", &body, None)
}

#[test]
fn a_cloned_till_is_noticed_by_the_server_goes_on_under_its_spare_and_then_is_enrolled_again() {
    let chain = Chain::new();
    let other = chain.till("S2", "T1");
    let first = chain.till("S1", "T1");
    happen(&first);
    let (folder, clone_folder) = (chain.till_folder("S1T1"), chain.till_folder("clone"));
    drop(first);
    copy(&folder, &clone_folder);
    let till = open_app(&folder, chain.clock()).unwrap();
    let clone = open_app(&clone_folder, chain.clock()).unwrap();
    happen(&till);
    happen(&clone);
    happen(&clone);
    sync_all(&[till.clone(), clone.clone(), till.clone(), other.clone()]);
    // Both write on under the same spare: that forks too, and then both are stopped.
    happen(&till);
    happen(&clone);
    sync_all(&[till.clone(), clone.clone(), till.clone(), other.clone(), clone.clone()]);
    assert_eq!(digest(&till), digest(chain.server()));
    assert_eq!(digest(&clone), digest(&other));
    assert_eq!(digest(&clone), digest(chain.server()));
    let refused = customer(&till, "Asha Rao", "9845000001").unwrap_err();
    assert_eq!(refused.code(), "device_stopped");
    let kinds = call(chain.server(), "office.exceptions", "{}");
    let copied: Vec<_> = kinds["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["kind"] == "device_copied")
        .collect();
    assert_eq!(copied.len(), 1, "{kinds}");
    assert_eq!(copied[0]["title"], "S1 T1");
    // Enrolled again in its folder: new certificate, and all it held goes on.
    let before = count(&till, "SELECT COUNT(*) FROM commit_log");
    drop(till);
    let again = chain.enrol(&folder, &chain.url, &chain.code("S1", "T1")).unwrap();
    assert!(count(&again, "SELECT COUNT(*) FROM commit_log") >= before);
    customer(&again, "Asha Rao", "9845000001").unwrap();
    sync_all(&[again.clone(), other.clone()]);
    assert_eq!(digest(&again), digest(&other));
}

#[test]
fn an_old_copy_of_a_till_that_is_started_goes_on_under_its_spare_and_head_office_hears_of_it() {
    let chain = Chain::new();
    let first = chain.till("S1", "T1");
    happen(&first);
    let (folder, old) = (chain.till_folder("S1T1"), chain.till_folder("old"));
    drop(first);
    copy(&folder, &old);
    let till = open_app(&folder, chain.clock()).unwrap();
    happen(&till);
    assert_eq!(call(&till, "organisation.get", "{}")["letter"], "A");
    drop(till);
    // Yesterday's copy: its witness, outside the folder, knows more than it does.
    let restored = open_app(&old, chain.clock()).unwrap();
    assert_eq!(call(&restored, "organisation.get", "{}")["letter"], "B");
    happen(&restored);
    happen(&restored);
    sync_all(std::slice::from_ref(&restored));
    assert_eq!(
        count(chain.server(), "SELECT COUNT(*) FROM log WHERE parent IS NOT NULL"),
        0
    );
    let exceptions = call(chain.server(), "office.exceptions", "{}");
    let kinds: Vec<&str> = exceptions["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["device_copied"]);
    // What only the lost disk held turns up: it is taken, and nothing is counted twice.
    let till = open_app(&folder, chain.clock()).unwrap();
    sync_all(&[till.clone(), restored.clone()]);
    assert_eq!(digest(&till), digest(&restored));
    assert_eq!(count(chain.server(), "SELECT COUNT(*) FROM sign_in"), 4);
}

#[test]
fn a_stolen_till_is_closed_by_head_office_and_what_it_writes_waits_until_it_is_let_in() {
    let chain = Chain::new();
    let (thief, other) = (chain.till("S1", "T1"), chain.till("S2", "T1"));
    happen(&thief);
    sync_all(&[thief.clone(), other.clone()]);
    let device = device_row(chain.server(), "S1", "T1")["device"]
        .as_str()
        .unwrap()
        .to_owned();
    // It sells on before it hears.
    happen(&thief);
    let body = format!(r#"{{"device":"{device}","reason":"stolen on 20 November"}}"#);
    call(chain.server(), "device.close", &body);
    let twice = chain
        .server()
        .call_json(&common::admin(chain.server()), "device.close", &body, None);
    assert_eq!(twice.unwrap_err().code(), "bad_field");
    // What the others do from now on is not told to it.
    happen(&other);
    sync_all(std::slice::from_ref(&other));
    let synced = |app: &App| sync::sync_within(app, std::time::Duration::from_secs(30), &mut |_| {});
    assert_eq!(synced(&thief).unwrap_err().code(), "device_stopped");
    sync_all(std::slice::from_ref(&other));
    let sign_ins = |app: &App| count(app, "SELECT COUNT(*) FROM sign_in");
    assert_eq!(
        (sign_ins(chain.server()), sign_ins(&other), sign_ins(&thief)),
        (2, 2, 2)
    );
    assert_eq!(count(&thief, "SELECT COUNT(*) FROM log_closed"), 4);
    let refused = customer(&thief, "Asha Rao", "9845000001").unwrap_err();
    assert_eq!(refused.code(), "device_stopped");
    let row = device_row(chain.server(), "S1", "T1");
    assert_eq!((row["closed"].as_bool(), row["late"].as_i64()), (Some(true), Some(1)));
    // It was only late.
    let released = call(chain.server(), "device.release", &body);
    assert_eq!(released["commits"], 1);
    sync_all(std::slice::from_ref(&other));
    assert_eq!(sign_ins(&other), 3);
    // Found again and enrolled anew, it hears everything.
    assert_eq!(synced(&thief).unwrap_err().code(), "device_stopped");
    drop(thief);
    let found = chain
        .enrol(&chain.till_folder("S1T1"), &chain.url, &chain.code("S1", "T1"))
        .unwrap();
    sync_all(std::slice::from_ref(&other));
    assert_eq!(digest(&found), digest(&other));
}

#[test]
fn a_till_closed_before_anything_of_it_was_held_is_let_in_all_the_same() {
    let chain = Chain::new();
    let late = chain.till("S1", "T1");
    let device = signer_device(&late);
    let body = format!(r#"{{"device":"{device}","reason":"never came back"}}"#);
    for _ in 0..3 {
        happen(&late);
    }
    call(chain.server(), "device.close", &body);
    let stopped = sync::sync_within(&late, std::time::Duration::from_secs(30), &mut |_| {});
    assert_eq!(stopped.unwrap_err().code(), "device_stopped");
    let row = device_row(chain.server(), "S1", "T1");
    assert_eq!(row["late"], 3);
    let aside = call(chain.server(), "office.set_aside", "{}");
    let named: Vec<_> = aside["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["device"])
        .collect();
    assert_eq!(named, ["S1 T1"; 3], "{aside}");
    assert_eq!(call(chain.server(), "device.release", &body)["commits"], 3);
    sync_all(std::slice::from_ref(&late));
    assert_eq!(count(chain.server(), "SELECT COUNT(*) FROM sign_in"), 3);
    assert_eq!(digest(&late), digest(chain.server()));
}

#[test]
fn only_head_office_closes_and_only_with_a_reason() {
    let chain = Chain::new();
    let till = chain.till("S1", "T1");
    let device = signer_device(&chain.till("S2", "T1"));
    sync_all(std::slice::from_ref(&till));
    let tried = |app: &App, body: String| {
        app.call_json(&common::admin(app), "device.close", &body, None)
            .unwrap_err()
            .code()
            .to_owned()
    };
    let close = |reason: &str| format!(r#"{{"device":"{device}","reason":"{reason}"}}"#);
    assert_eq!(tried(&till, close("stolen")), "cannot_write");
    assert_eq!(tried(chain.server(), close("  ")), "reason_needed");
    assert_eq!(tried(chain.server(), close(&"x".repeat(401))), "bad_field");
    let nobody = r#"{"device":"00000000000000000000000000000000","reason":"stolen"}"#;
    assert_eq!(tried(chain.server(), nobody.to_owned()), "unknown");
    let own = signer_device(chain.server());
    let itself = format!(r#"{{"device":"{own}","reason":"stolen"}}"#);
    assert_eq!(tried(chain.server(), itself), "bad_field");
}

fn signer_device(app: &App) -> String {
    common::signer(app).certificate.device.to_string()
}

#[test]
fn a_server_put_back_from_yesterday_takes_everything_again_and_certifies_nobody_until_all_have_called() {
    let mut chain = Chain::new();
    let (one, two) = (chain.till("S1", "T1"), chain.till("S2", "T1"));
    let address = chain.stop();
    let backup = chain.folder.path().join("backup");
    copy(&chain.server_folder(), &backup);
    chain.start(&address).unwrap();
    // Since the backup: head office decides, both tills trade, everything is in sync.
    call(
        chain.server(),
        "users.add",
        r#"{"login":"ravi","name":"Ravi","password":"a long word","roles":[{"role":"cashier"}]}"#,
    );
    happen(&one);
    happen(&two);
    sync_all(&[one.clone(), two.clone(), one.clone()]);
    let (vector, sum) = (held(&one), digest(&one));
    chain.stop();
    chain.pass(60_000);
    copy(&backup, &chain.server_folder());
    chain.start(&address).unwrap();
    // Its witness says so at once: it writes under its spare, in a new log.
    call(
        chain.server(),
        "users.add",
        r#"{"login":"meera","name":"Meera","password":"a long word","roles":[{"role":"cashier"}]}"#,
    );
    let code = chain.code("S3", "T1");
    let folder = chain.till_folder("S3T1");
    let refused = chain.enrol(&folder, &chain.url, &code).err().unwrap();
    assert!(refused.message().contains("S1 T1"), "{refused}");
    sync_all(std::slice::from_ref(&one));
    let refused = chain.enrol(&folder, &chain.url, &code).err().unwrap();
    assert!(!refused.message().contains("S1 T1"), "{refused}");
    assert!(refused.message().contains("S2 T1"), "{refused}");
    let told = call(chain.server(), "office.exceptions", "{}");
    assert_eq!(
        (told["rows"][0]["kind"].as_str(), told["rows"][0]["title"].as_str()),
        (Some("server_restored"), Some("S2 T1"))
    );
    sync_all(&[two.clone(), one.clone()]);
    assert_eq!(
        call(chain.server(), "office.exceptions", "{}")["rows"],
        serde_json::json!([])
    );
    // All is back, and what was decided since stands beside it.
    for tip in vector {
        assert!(held(chain.server()).contains(&tip), "{tip:?}");
    }
    assert_ne!(digest(chain.server()), sum);
    assert_eq!(digest(chain.server()), digest(&two));
    assert_eq!(count(chain.server(), "SELECT COUNT(*) FROM app_user"), 3);
    assert_eq!(
        count(chain.server(), "SELECT COUNT(*) FROM log WHERE parent IS NOT NULL"),
        0
    );
    chain.enrol(&folder, &chain.url, &code).unwrap();
}

#[test]
fn a_settled_restore_waits_neither_for_who_came_after_it_nor_for_a_closed_till_that_never_wrote() {
    let mut chain = Chain::new();
    let one = chain.till("S1", "T1");
    // Stolen before it wrote anything: no row of its logs is held anywhere.
    let _thief = chain.till("S2", "T1");
    sync_all(std::slice::from_ref(&one));
    let device = device_row(chain.server(), "S2", "T1")["device"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = format!(r#"{{"device":"{device}","reason":"stolen on 20 November"}}"#);
    call(chain.server(), "device.close", &body);
    let address = chain.stop();
    let backup = chain.folder.path().join("backup");
    copy(&chain.server_folder(), &backup);
    chain.start(&address).unwrap();
    call(
        chain.server(),
        "users.add",
        r#"{"login":"ravi","name":"Ravi","password":"a long word","roles":[{"role":"cashier"}]}"#,
    );
    chain.stop();
    chain.pass(60_000);
    copy(&backup, &chain.server_folder());
    chain.start(&address).unwrap();
    let (third, fourth) = (chain.code("S3", "T1"), chain.code("S3", "T2"));
    let (third_folder, fourth_folder) = (chain.till_folder("S3T1"), chain.till_folder("S3T2"));
    let refused = chain.enrol(&third_folder, &chain.url, &third).err().unwrap();
    assert!(refused.message().contains("S1 T1"), "{refused}");
    assert!(!refused.message().contains("S2 T1"), "{refused}");
    sync_all(&[one]);
    chain.enrol(&third_folder, &chain.url, &third).unwrap();
    // The third has not called since; a start of the same folder brings no news either.
    chain.stop();
    chain.pass(60_000);
    chain.start(&address).unwrap();
    chain.enrol(&fourth_folder, &chain.url, &fourth).unwrap();
}

#[test]
fn the_operator_accepts_what_a_lost_till_took_with_it() {
    let mut chain = Chain::new();
    let (one, gone) = (chain.till("S1", "T1"), chain.till("S2", "T1"));
    let address = chain.stop();
    let backup = chain.folder.path().join("backup");
    copy(&chain.server_folder(), &backup);
    chain.start(&address).unwrap();
    happen(&gone);
    sync_all(&[gone]);
    call(
        chain.server(),
        "users.add",
        r#"{"login":"ravi","name":"Ravi","password":"a long word","roles":[{"role":"cashier"}]}"#,
    );
    chain.stop();
    chain.pass(60_000);
    copy(&backup, &chain.server_folder());
    chain.start(&address).unwrap();
    sync_all(&[one]);
    let (code, folder) = (chain.code("S3", "T1"), chain.till_folder("S3T1"));
    assert!(chain.enrol(&folder, &chain.url, &code).is_err());
    sync_server_accepts(&chain);
    chain.enrol(&folder, &chain.url, &code).unwrap();
}

fn sync_server_accepts(chain: &Chain) {
    let arguments = ["accept-loss", "--data"].map(std::ffi::OsString::from);
    let data = chain.server_folder().into_os_string();
    fovea_server::commands::run(arguments.into_iter().chain([data])).unwrap();
}

/// As if the witness had been on the same disk: nothing outside the folder knows more than it.
fn forget_witness(app: &App) {
    let Some(witness) = std::env::var_os("FOVEA_WITNESS") else {
        return;
    };
    let (trust, own) = (app.replica().trust().read(), app.place().device);
    for (_, certificate) in trust.iter().filter(|(_, certificate)| certificate.device == own) {
        for lane in journal::Lane::ALL {
            let _ = std::fs::remove_file(Path::new(&witness).join(certificate.log(lane).to_string()));
        }
    }
}

#[test]
fn a_server_put_back_twice_writes_on_and_is_known_to_be_restored_the_second_time_too() {
    let mut chain = Chain::new();
    let till = chain.till("S1", "T1");
    let hired = |chain: &Chain, login: &str| {
        let body = format!(
            r#"{{"login":"{login}","name":"{login}","password":"a long word","roles":[{{"role":"cashier"}}]}}"#
        );
        let server = chain.server();
        server
            .call_json(&common::admin(server), "users.add", &body, None)
            .map(|_| ())
    };
    let restored = |app: &App| app.replica().read(app::restored_since).unwrap();
    let backup = chain.folder.path().join("backup");
    for round in ["a", "b", "c"] {
        // What is written after the backup is known to a till, and then to nobody else.
        let address = chain.stop();
        copy(&chain.server_folder(), &backup);
        chain.start(&address).unwrap();
        hired(&chain, &format!("lost-{round}")).unwrap();
        sync_all(std::slice::from_ref(&till));
        forget_witness(chain.server());
        chain.stop();
        copy(&backup, &chain.server_folder());
        chain.start(&address).unwrap();
        // Another person in the same place of its log.
        hired(&chain, &format!("other-{round}")).unwrap();
        sync_all(std::slice::from_ref(&till));
        assert!(restored(chain.server()).is_some(), "{round}");
        hired(&chain, &format!("after-{round}")).unwrap_or_else(|refusal| panic!("{round}: {refusal}"));
        sync_all(std::slice::from_ref(&till));
        assert_eq!(digest(&till), digest(chain.server()));
        // The only till has called: a new one is certified again, and with that the restore is settled.
        chain.till("S2", &format!("T{round}").to_uppercase());
        assert_eq!(restored(chain.server()), None, "{round}");
    }
    assert_eq!(count(&till, "SELECT COUNT(*) FROM app_user"), 10);
}
