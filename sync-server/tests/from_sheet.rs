//! A server made from the recovery sheet: it holds nothing, and a till that has the books brings them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;
#[path = "common/lossy.rs"]
mod lossy;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use app::App;
use common::{Chain, admin, alone, call, digest, happen, held, keys_in_files, sell, signer};
use fovea_server::commands::run;
use journal::Certificate;
use lossy::Lossy;
use replica::ReplicaError;
use serde_json::{Value, json};

/// What the program says to a command: the code of its refusal.
fn refused(words: &[&str]) -> String {
    let refusal = run(words.iter().map(Into::into)).expect_err("a refusal");
    assert!(!refusal.message().is_empty() && !refusal.remedy().is_empty());
    refusal.code().to_owned()
}

fn sign_in(chain: &Chain) -> (u16, Value) {
    let answer = reqwest::blocking::Client::new()
        .post(format!("{}/api/call/till.sign_in", chain.url))
        .header("content-type", "application/json")
        .body(json!({ "login": "asha", "password": common::PASSWORD }).to_string())
        .send()
        .unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&answer.bytes().unwrap()).unwrap())
}

/// Letters given to the till `S1` `T1`, spares too, as this replica has them.
fn letters(app: &App) -> Vec<String> {
    app.replica()
        .read(|conn| -> Result<_, ReplicaError> {
            let mut statement = conn.prepare("SELECT letter FROM device WHERE till = 'T1' ORDER BY letter")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .unwrap()
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for file in std::fs::read_dir(folder).into_iter().flatten() {
        let path = file.unwrap().path();
        files.insert(path.display().to_string(), std::fs::read(&path).unwrap());
    }
    files
}

#[test]
fn a_till_that_began_alone_brings_its_books_and_keeps_its_certificate() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("till");
    let (till, sheet) = alone(&data, app::system_clock());
    let mut chain = Chain::of_sheet(&sheet);
    drop(till);
    let till = app::setup::open_app(&data, chain.clock()).unwrap();
    sell(&till, 1);
    let (certificate, before) = (signer(&till).certificate, held(&till));
    drop(till);

    // Nobody can sign in, nobody new is certified, and the code stays good.
    let (status, told) = sign_in(&chain);
    assert_eq!((status, &told["code"]), (422, &json!("nothing_held")));
    let second = chain.code("S1", "T2");
    let early = chain.enrol(&chain.till_folder("s1t2"), &chain.url, &second);
    assert_eq!(early.err().map(|refusal| refusal.code()), Some("nothing_held"));

    let code = chain.code("S1", "T1");
    let till = chain.enrol(&data, &chain.url, &code).unwrap();
    assert_eq!(
        signer(&till).certificate,
        certificate,
        "the same device under the same certificate"
    );
    for tip in before {
        assert!(held(&till).contains(&tip), "its logs as they were");
    }
    assert_eq!(held(&till), held(chain.server()));
    assert_eq!(digest(&till), digest(chain.server()));
    assert_eq!(letters(chain.server()), ["A", "B"], "its own, and a spare");
    assert!(app::keys::load(&data, app::setup::SPARE_KEY).unwrap().is_some());
    assert!(app::joining::whole(till.replica()).unwrap());

    // Head office: the till's administrator, the till's sales.
    let (status, signed_in) = sign_in(&chain);
    assert_eq!(status, 200, "{signed_in}");
    let totals = call(chain.server(), "sales.totals", "{}");
    assert_eq!(totals["sales"], json!({ "count": 3, "total": 45_000 }));

    // Numbers go on where they were, and what head office decides arrives.
    sell(&till, 4);
    sync::sync_once(&till).unwrap();
    let totals = call(chain.server(), "sales.totals", "{}");
    assert_eq!(totals["sales"], json!({ "count": 6, "total": 90_000 }));
    let numbers: Vec<String> = till
        .replica()
        .read(|conn| -> Result<_, ReplicaError> {
            let mut statement = conn.prepare("SELECT number FROM sale ORDER BY number")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .unwrap();
    assert_eq!(numbers.first().map(String::as_str), Some("26/S1T1A/000001"));
    assert_eq!(numbers.last().map(String::as_str), Some("26/S1T1A/000006"));

    // A second till, by the code that was refused before.
    let other = chain.enrol(&chain.till_folder("s1t2"), &chain.url, &second).unwrap();
    assert_eq!(admin(&other).login, "asha");
    assert_eq!(call(&other, "sales.totals", "{}")["sales"]["count"], 6);

    // The same code once more changes nothing; what a person at that till decides still counts.
    drop(till);
    let till = chain.enrol(&data, &chain.url, &code).unwrap();
    assert_eq!(signer(&till).certificate, certificate);
    assert_eq!(letters(chain.server()), ["A", "B"]);
    let hired =
        json!({ "login": "bina", "name": "Bina", "password": common::PASSWORD, "roles": [{ "role": "cashier" }] });
    call(&till, "users.add", &hired.to_string());
    common::sync_all(&[till.clone(), other.clone()]);
    assert!(other.check_password("bina", common::PASSWORD).is_ok());
    assert_eq!(digest(&other), digest(chain.server()));

    // Stopped and enrolled again with a fresh code, it is an ordinary till.
    drop(till);
    let till = chain.enrol(&data, &chain.url, &chain.code("S1", "T1")).unwrap();
    assert_eq!(till.place().letter, "C");
    assert_ne!(signer(&till).certificate.issuer, certificate.issuer);
    chain.stop();
}

#[test]
fn an_answer_lost_on_the_way_makes_no_second_spare() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("till");
    let (till, sheet) = alone(&data, app::system_clock());
    drop(till);
    let chain = Chain::of_sheet(&sheet);
    let lossy = Lossy::to(&chain.url, "/v1/bring");
    let code = chain.code("S1", "T1");
    lossy.lose.store(3, Ordering::SeqCst);
    let away = chain.enrol(&data, &lossy.url, &code);
    assert_eq!(away.err().map(|refusal| refusal.code()), Some("server_away"));
    assert_eq!(lossy.lost.load(Ordering::SeqCst), 3);
    // It is still on its own, and sells.
    let till = app::setup::open_app(&data, chain.clock()).unwrap();
    assert_eq!(app::joining::server(till.replica()).unwrap(), None);
    happen(&till);
    drop(till);
    let till = chain.enrol(&data, &lossy.url, &code).unwrap();
    assert_eq!(letters(chain.server()), ["A", "B"]);
    let spare = app::keys::load(&data, app::setup::SPARE_KEY).unwrap().unwrap();
    let of_spare = |certificate: &Certificate| certificate.key == spare.verifying_key().to_bytes();
    let trust = till.replica().trust().read();
    let certified = trust.iter().find(|(_, certificate)| of_spare(certificate));
    assert_eq!(certified.map(|(_, certificate)| certificate.letter.as_str()), Some("B"));
}

#[test]
fn a_code_for_another_place_or_of_another_organisation_is_refused_and_nothing_is_written() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("till");
    let (till, sheet) = alone(&data, app::system_clock());
    drop(till);
    let chain = Chain::of_sheet(&sheet);
    let before = files(&data);
    let refused = |chain: &Chain, code: &str| {
        let outcome = chain.enrol(&data, &chain.url, code);
        let code = outcome.err().map(|refusal| refusal.code().to_owned()).unwrap();
        // The spare's key was made to be shown, and the database's index is made by readers.
        let mut now = files(&data);
        now.retain(|name, bytes| !name.ends_with("bringing-spare.key") && before.get(name) != Some(bytes));
        assert!(now.keys().all(|name| name.contains("fovea.db-")), "{:?}", now.keys());
        code
    };
    for (store, at) in [("S1", "T2"), ("S2", "T1")] {
        assert_eq!(refused(&chain, &chain.code(store, at)), "code_elsewhere");
    }
    let code = chain.code("S1", "T1");
    let wrong = format!("{}{}", if code.starts_with('0') { "1" } else { "0" }, &code[1..]);
    assert_eq!(refused(&chain, &wrong), "bad_code");

    let (stranger, foreign) = alone(&place.path().join("stranger"), app::system_clock());
    drop(stranger);
    let elsewhere = Chain::of_sheet(&foreign);
    assert_eq!(refused(&elsewhere, &elsewhere.code("S1", "T1")), "other_organisation");
    assert_eq!(letters(chain.server()), Vec::<String>::new());
    chain.enrol(&data, &chain.url, &code).unwrap();
}

#[test]
fn a_sheet_that_is_not_one_makes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let (till, sheet) = alone(&place.path().join("till"), app::system_clock());
    drop(till);
    let (_, foreign) = alone(&place.path().join("stranger"), app::system_clock());
    let (file, server) = (place.path().join("sheet.txt"), place.path().join("server"));
    let (path, data) = (file.to_str().unwrap(), server.to_str().unwrap());
    let words = ["init", "--data", data, "--recovery", path];
    let secret = |sheet: &str| sheet.split("Secret:").nth(1).unwrap().to_owned();
    let spoiled = {
        let group = secret(&sheet).split_whitespace().next().unwrap().to_owned();
        let turned: String = group.chars().rev().collect();
        let other = if turned == group { "0000".to_owned() } else { turned };
        sheet.replacen(&group, &other, 1)
    };
    let mixed = format!("{}Secret:{}", sheet.split("Secret:").next().unwrap(), secret(&foreign));
    for (text, why) in [
        (String::new(), "an empty file"),
        ("Shopping list: lens cloths".to_owned(), "another text"),
        (sheet[..sheet.len() / 2].to_owned(), "cut in the middle"),
        (
            sheet.split("End of secret").next().unwrap().to_owned(),
            "cut before its end",
        ),
        (spoiled, "a group misread"),
        (mixed, "the secret of another organisation"),
        ("x".repeat(20_000), "too long"),
    ] {
        std::fs::write(&file, text).unwrap();
        assert_eq!(refused(&words), "bad_sheet", "{why}");
        assert!(!server.exists(), "{why}");
    }
    std::fs::write(&file, [0xff, 0xfe, 0]).unwrap();
    assert_eq!(refused(&words), "bad_sheet");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(refused(&words), "no_file");
    std::fs::write(&file, &sheet).unwrap();
    for extra in ["--org", "--admin", "--sheet", "--profile"] {
        assert_eq!(refused(&[&words[..], &[extra, "x"]].concat()), "usage", "{extra}");
    }
    assert!(!server.exists());

    // In the data folder it is refused; beside it it is read, kept as it was, and copied nowhere.
    keys_in_files(&server);
    let inside = server.join("sheet.txt");
    std::fs::write(&inside, &sheet).unwrap();
    assert_eq!(
        refused(&["init", "--data", data, "--recovery", inside.to_str().unwrap()]),
        "bad_field"
    );
    assert!(!server.join(replica::DATABASE).exists());
    std::fs::remove_file(&inside).unwrap();
    run(words.iter().map(Into::into)).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), sheet);
    assert_eq!(refused(&words), "folder_present");
    let parsed = journal::RecoverySheet::parse(&sheet).unwrap();
    let (seed, words) = (parsed.key().to_bytes(), secret(&sheet));
    let hex = model::ids::Hash(seed).to_string();
    for (name, bytes) in files(&server) {
        let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        assert!(
            !has(&seed) && !has(hex.as_bytes()) && !has(words.trim().as_bytes()),
            "{name}"
        );
    }
    // The program makes a code before anything is held.
    let code = ["code", "--data", data, "--store", "S1", "--till", "T1"];
    assert_eq!(run(code.iter().map(Into::into)).unwrap().len(), 12);
}

/// A server made from the sheet of a till that began alone, which has joined it.
struct Joined {
    chain: Chain,
    founder: App,
    sheet: String,
    /// Of the till, which is gone with it.
    folder: tempfile::TempDir,
}

fn joined() -> Joined {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("till");
    let (till, sheet) = alone(&data, app::system_clock());
    drop(till);
    let chain = Chain::of_sheet(&sheet);
    let founder = chain.enrol(&data, &chain.url, &chain.code("S1", "T1")).unwrap();
    Joined {
        chain,
        founder,
        sheet,
        folder,
    }
}

fn device(app: &App) -> model::ids::Id {
    signer(app).certificate.device
}

#[test]
fn when_the_server_is_lost_for_good_a_till_brings_the_books_to_a_new_one() {
    let Joined {
        chain: lost,
        founder: first,
        sheet,
        folder: _folder,
    } = joined();
    let second = lost.till("S1", "T2");
    sell(&second, 1);
    common::sync_all(&[second.clone(), first]);
    let folder = second.replica().path().to_owned();
    let certificate = signer(&second).certificate;
    drop(second);

    let anew = Chain::of_sheet(&sheet);
    let second = anew.enrol(&folder, &anew.url, &anew.code("S1", "T2")).unwrap();
    assert_eq!(
        signer(&second).certificate,
        certificate,
        "an old server's certificate stays good"
    );
    let totals = call(anew.server(), "sales.totals", "{}");
    assert_eq!(totals["sales"], json!({ "count": 3, "total": 45_000 }));
    assert_eq!(digest(&second), digest(anew.server()));
    assert_eq!(sign_in(&anew).0, 200);
}

#[test]
fn a_new_server_begins_with_the_books_of_a_till_that_let_go_of_old_trade() {
    const MONTH: i64 = 31 * 86_400_000;
    let Joined {
        chain: mut lost,
        founder: first,
        sheet,
        folder: place,
    } = joined();
    let second = lost.till("S1", "T2");
    sell(&second, 1);
    common::sync_all(&[second.clone(), first.clone()]);
    // Two years and more later the tills let go of it; then they go on.
    assert!(!lost.server().checkpoint_if_due().unwrap());
    lost.pass(27 * MONTH);
    happen(&first);
    common::sync_all(std::slice::from_ref(&first));
    assert!(lost.server().checkpoint_if_due().unwrap());
    lost.pass(replica::fold::REST);
    common::sync_all(&[first.clone(), second.clone()]);
    let kept = |app: &App| -> i64 {
        let sums = "SELECT COUNT(*) FROM base_sale";
        let read = |conn: &rusqlite::Connection| Ok::<_, ReplicaError>(conn.query_row(sums, [], |row| row.get(0))?);
        app.replica().read(read).unwrap()
    };
    assert!(kept(&first) > 0 && kept(&second) > 0);
    happen(&second);
    let (books, other) = (first.replica().path().to_owned(), second.replica().path().to_owned());
    let totals = call(&first, "sales.totals", "{}");
    assert_eq!(totals["sales"], json!({ "count": 3, "total": 45_000 }));
    let now = lost.clock()();
    drop((first, second));
    lost.stop();

    // Who has sums alone cannot bring the rest, and says what to do.
    let empty = Chain::of_sheet(&sheet);
    let told = empty.enrol(&other, &empty.url, &empty.code("S1", "T2")).err().unwrap();
    assert_eq!(told.code(), "office_lacks_old");
    drop(empty);

    // Whose rows are not what its records say gives no server its books.
    let spoilt = place.path().join("spoilt");
    std::fs::create_dir_all(&spoilt).unwrap();
    std::fs::copy(books.join(replica::DATABASE), spoilt.join(replica::DATABASE)).unwrap();
    let conn = rusqlite::Connection::open(spoilt.join(replica::DATABASE)).unwrap();
    conn.execute_batch("UPDATE base_sale SET total = total + 1").unwrap();
    drop(conn);
    let told = Chain::of_books(&sheet, Some(&spoilt), now).err().unwrap();
    assert_eq!(told.code(), "damaged", "{}", told.message());

    let anew = Chain::of_books(&sheet, Some(&books), now).unwrap();
    assert_eq!(call(anew.server(), "sales.totals", "{}"), totals);
    // What the second wrote since comes with it; both keep their certificates.
    let first = anew.enrol(&books, &anew.url, &anew.code("S1", "T1")).unwrap();
    let second = anew.enrol(&other, &anew.url, &anew.code("S1", "T2")).unwrap();
    // Nobody new is certified before there is a copy to begin with, which is made at once.
    let snapshots = fovea_server::Snapshots::default();
    let early = snapshots.may_join(anew.server()).err();
    assert_eq!(early.map(|refusal| refusal.code()), Some("busy"));
    let snapshots = &anew.running.as_ref().unwrap().server().snapshots;
    let deadline = std::time::Instant::now() + common::PATIENCE;
    while snapshots.may_join(anew.server()).is_err() && std::time::Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    let third = anew.till("S2", "T1");
    sell(&third, 10);
    common::sync_all(&[third.clone(), first.clone(), second.clone(), third.clone()]);
    for app in [&first, &second, &third, anew.server()] {
        let totals = call(app, "sales.totals", "{}");
        assert_eq!(totals["sales"], json!({ "count": 6, "total": 90_000 }));
        assert_eq!((held(app), common::waiting(app)), (held(anew.server()), 0));
        assert_eq!(app.replica().verify().unwrap().mismatches, Vec::<String>::new());
    }
    assert_eq!(digest(&third), digest(anew.server()));
}

#[test]
fn the_till_that_founded_trusts_a_server_no_more() {
    let Joined {
        chain,
        founder,
        folder: _folder,
        ..
    } = joined();
    let good = chain.till("S2", "T1");
    sell(&good, 100);
    // What a thief at the server makes for itself.
    let rogue = chain.till("S3", "T1");
    common::sync_all(&[good.clone(), rogue.clone(), founder.clone()]);
    let server = device(chain.server());
    let body = json!({ "device": server, "without": [device(&rogue)], "reason": "broken into" }).to_string();
    let close = |app: &App, body: &str| app.call_json(&admin(app), "server.close", body, None);
    // Nobody whom a server certified may, and nobody closes what is no server, or himself.
    assert_eq!(close(&good, &body).unwrap_err().code(), "cannot_write");
    assert_eq!(close(chain.server(), &body).unwrap_err().code(), "bad_field");
    let not_one = json!({ "device": device(&good), "reason": "broken into" }).to_string();
    assert_eq!(close(&founder, &not_one).unwrap_err().code(), "bad_field");
    close(&founder, &body).unwrap();
    common::sync_all(&[founder.clone(), good.clone(), rogue.clone()]);
    // The server stops, and what it certified and is not listed; the others go on, by way of it or another.
    let stopped = |app: &App| {
        let refused = app.call_json(&admin(app), "customer.create", r#"{"name": "Asha Rao"}"#, None);
        refused.err().map(|refusal| refusal.code())
    };
    assert_eq!(stopped(chain.server()), Some("device_stopped"));
    assert_eq!(stopped(&rogue), Some("device_stopped"));
    assert_eq!((stopped(&good), stopped(&founder)), (None, None));
    // Whoever it certifies now is nobody.
    let code = chain.code("S4", "T1");
    let late = chain.enrol(&chain.till_folder("S4T1"), &chain.url, &code);
    let told = late.err().unwrap().message();
    assert!(
        told.contains("may write no more") || told.contains("head office has closed it"),
        "{told}"
    );
    common::sync_all(&[good.clone(), founder.clone(), good.clone()]);
    assert_eq!(digest(&good), digest(&founder));
    assert_eq!(common::waiting(&founder), 0);
    let devices = call(&founder, "office.devices", "{}");
    let closed = |id: model::ids::Id| {
        let rows = devices["devices"].as_array().unwrap();
        let row = rows.iter().find(|row| row["device"] == json!(id)).unwrap();
        row["closed"].as_bool().unwrap()
    };
    assert_eq!(
        [server, device(&rogue), device(&good), device(&founder)].map(closed),
        [true, true, false, false]
    );
}

/// A till that a server certified unknown to the founder, and that heard of the server's end too late: what it wrote is
/// seen and let in, though no record names its log.
#[test]
fn what_an_unlisted_till_wrote_is_counted_and_let_in() {
    let Joined {
        chain,
        founder,
        folder: _folder,
        ..
    } = joined();
    let server = device(chain.server());
    let unheard = chain.till("S5", "T1");
    let body = json!({ "device": server, "reason": "broken into" }).to_string();
    founder
        .call_json(&admin(&founder), "server.close", &body, None)
        .unwrap();
    sell(&unheard, 100);
    common::sync_all(std::slice::from_ref(&unheard));
    // What came waits there until a person has looked: the run does not end equal.
    let waits = sync::sync_within(&founder, Duration::from_millis(500), &mut |_| {});
    assert_eq!(waits.unwrap_err().code(), "sync_stalled");
    let late = |of: model::ids::Id| {
        let devices = call(&founder, "office.devices", "{}");
        let rows = devices["devices"].as_array().unwrap().clone();
        rows.into_iter()
            .find(|row| row["device"] == json!(of))
            .map(|row| row["late"].clone())
    };
    let release = |of: model::ids::Id| {
        let body = json!({ "device": of, "reason": "honest" }).to_string();
        founder.call_json(&admin(&founder), "device.release", &body, None)
    };
    assert!(late(server).unwrap().as_i64().unwrap() > 0);
    release(server).unwrap();
    assert!(late(device(&unheard)).unwrap().as_i64().unwrap() > 0);
    release(device(&unheard)).unwrap();
    assert_eq!((late(server), late(device(&unheard))), (Some(json!(0)), Some(json!(0))));
    assert_eq!(common::waiting(&founder), 0);
    common::sync_all(&[founder.clone(), unheard.clone(), founder.clone()]);
    assert_eq!(digest(&founder), digest(&unheard));
}
