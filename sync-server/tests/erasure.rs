//! A person is erased at head office: the bytes go on the server, on every till, and stay gone when an offline till comes
//! back with them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::path::Path;

use app::App;
use common::{Chain, call, digest, held, sync_all};

const DAY: i64 = 86_400_000;
const TRACES: [&str; 3] = ["zebulon", "quackenbush", "9822041576"];

/// Each trace of the person in any byte of any file of the folder.
fn traces(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(traces(&path));
            continue;
        }
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.make_ascii_lowercase();
        for trace in TRACES {
            if bytes.windows(trace.len()).any(|window| window == trace.as_bytes()) {
                found.push(format!("{trace} in {}", path.display()));
            }
        }
    }
    found
}

fn customer(app: &App) -> String {
    let made = call(
        app,
        "customer.create",
        r#"{"name": "Zebulon Quackenbush", "phone": "98220 41576", "allergies": "Quackenbush's dye"}"#,
    );
    made["customer"].as_str().unwrap().to_owned()
}

#[test]
fn what_head_office_erases_is_gone_from_server_and_tills() {
    let mut chain = Chain::new();
    let tills = [chain.till("S1", "T1"), chain.till("S2", "T1"), chain.till("S3", "T1")];
    let [one, two, offline] = &tills;
    let id = customer(one);
    sync_all(&tills);
    // Goes offline with something of the person that nobody else has.
    let edit = format!(r#"{{"customer": "{id}", "address": "Quackenbush House, Zebulon Lane"}}"#);
    call(offline, "customer.edit", &edit);
    let order = call(
        chain.server(),
        "customer.erase",
        &format!(r#"{{"customer": "{id}", "reason": "requested"}}"#),
    );
    let not_before = order["not_before"].as_i64().unwrap();
    sync_all(&tills[..2]);
    assert!(
        call(two, "customer.search", r#"{"text": "zebulon"}"#)["customers"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    // Until its time is over it could be withdrawn, so the parts are still there.
    let folder = |app: &App| app.replica().path().to_owned();
    let server = chain.server_folder();
    assert!(!traces(&server).is_empty() && !traces(&folder(two)).is_empty());

    let ahead = not_before - chain.time.load(std::sync::atomic::Ordering::SeqCst);
    chain.pass(ahead);
    sync_all(&tills[..2]);
    assert_eq!(traces(&server), Vec::<String>::new());
    for till in &tills[..2] {
        assert_eq!(traces(&folder(till)), Vec::<String>::new());
        assert_eq!(call(till, "customer.erasures", "{}")["erasures"][0]["state"], "done");
    }
    // The third comes back and offers what it has: it is taken without the part, and goes there too.
    assert!(!traces(&folder(offline)).is_empty());
    chain.pass(30 * DAY);
    sync_all(&tills[2..]);
    sync_all(&tills);
    let common = (digest(one), held(one));
    for app in [two, offline, chain.server()] {
        assert_eq!((digest(app), held(app)), common);
        assert_eq!(traces(&folder(app)), Vec::<String>::new());
    }

    // Restarted, and joined by a till that never had the parts.
    let address = chain.stop();
    chain.start(&address).unwrap();
    let new = chain.till("S4", "T1");
    sync_all(std::slice::from_ref(&new));
    sync_all(&tills);
    assert_eq!(digest(&new), digest(one));
    assert_eq!(traces(&folder(&new)), Vec::<String>::new());
}

#[test]
fn a_withdrawal_brings_everything_back_on_every_till() {
    let chain = Chain::new();
    let tills = [chain.till("S1", "T1"), chain.till("S2", "T1")];
    let id = customer(&tills[0]);
    sync_all(&tills);
    let before = digest(&tills[1]);
    let order = call(
        chain.server(),
        "customer.erase",
        &format!(r#"{{"customer": "{id}", "reason": "mistaken"}}"#),
    );
    sync_all(&tills);
    assert_ne!(digest(&tills[1]), before);
    chain.pass(7 * DAY - 1);
    call(
        chain.server(),
        "customer.erase_withdraw",
        &format!(r#"{{"order": {}}}"#, order["order"]),
    );
    // The till calls only when the order's time is over: the withdrawal comes with the same call, and counts.
    chain.pass(5 * DAY);
    sync_all(&tills);
    for app in [&tills[0], &tills[1], chain.server()] {
        assert_eq!(
            call(app, "customer.search", r#"{"text": "zebulon"}"#)["customers"][0]["id"],
            id.as_str()
        );
        assert_eq!(digest(app), digest(&tills[0]));
    }
}

#[test]
fn parts_that_one_dropped_too_soon_come_back_from_whoever_has_them() {
    let chain = Chain::new();
    let tills = [chain.till("S1", "T1"), chain.till("S2", "T1")];
    let id = customer(&tills[0]);
    sync_all(&tills);
    let order = call(
        chain.server(),
        "customer.erase",
        &format!(r#"{{"customer": "{id}", "reason": "mistaken"}}"#),
    );
    sync_all(&tills);
    // The server's clock ran ahead for a moment, and one till believed it.
    let not_before = order["not_before"].as_i64().unwrap();
    for app in [chain.server(), &tills[1]] {
        assert_eq!(app.replica().erase_due(not_before).unwrap().dropped, 3);
    }
    let withdraw = format!(r#"{{"order": {}}}"#, order["order"]);
    call(chain.server(), "customer.erase_withdraw", &withdraw);
    let found = |app: &App| {
        !call(app, "customer.search", r#"{"text": "zebulon"}"#)["customers"]
            .as_array()
            .unwrap()
            .is_empty()
    };
    assert!(!found(chain.server()));
    sync_all(&tills);
    let all = [found(&tills[0]), found(chain.server()), found(&tills[1])];
    let wanted = |app: &App| app.replica().read(replica::wants).unwrap().len();
    assert_eq!((all, wanted(chain.server()), wanted(&tills[1])), ([true; 3], 0, 0));
    for app in [&tills[0], &tills[1], chain.server()] {
        assert_eq!(digest(app), digest(&tills[0]));
    }
}
