//! A store's relay: the store goes on together while head office is away, and everybody agrees afterwards.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;
#[path = "common/lossy.rs"]
mod lossy;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use app::{App, joining};
use common::{Chain, PATIENCE, call, device_row, digest, happen, held, sell, signer, sync_all, unsent, waiting};
use journal::Post;
use lossy::Lossy;
use serde_json::Value;
use sync::proof::{self, ProofFault, Side};
use sync::{SyncLoop, sync_once, sync_within};

fn knows(till: &App, relay: &str) {
    joining::add_relay(till.replica(), relay).unwrap();
}

fn sales(app: &App) -> i64 {
    call(app, "sales.totals", "{}")["sales"]["count"].as_i64().unwrap()
}

#[test]
fn a_store_goes_on_together_while_head_office_is_away() {
    let mut chain = Chain::new();
    let (one, two) = (chain.till("S1", "T1"), chain.till("S1", "T2"));
    let other = chain.till("S2", "T1");
    let folder = chain.relay_folder("S1");
    let relay = chain.serve_relay(&folder, "127.0.0.1:0");
    for till in [&one, &two] {
        knows(till, &relay.url());
    }
    let inside = || relay.server().app.clone();
    assert_eq!(signer(&inside()).certificate.post(), Post::Relay);
    assert_eq!(
        call(chain.server(), "office.devices", "{}")["devices"][3]["till"],
        "relay"
    );

    // One till learns at head office what nobody else in the store has, then the line drops.
    sell(&other, 1);
    sync_once(&other).unwrap();
    let alone = relay.url();
    joining::remove_relay(two.replica(), &alone).unwrap();
    sync_once(&two).unwrap();
    knows(&two, &alone);
    let address = chain.stop();
    sell(&two, 4);
    sell(&one, 7);
    sync_once(&two).unwrap();
    sync_once(&one).unwrap();
    sync_once(&two).unwrap();
    for app in [&one, &two, &inside()] {
        assert_eq!(
            (sales(app), waiting(app)),
            (9, 0),
            "all three, and nothing waits inside the store"
        );
        assert_eq!(held(app), held(&one));
    }
    // What head office is not known to hold stays unsent, though the store has it.
    assert!(unsent(&one) >= 3 && unsent(&two) >= 3);

    // Head office is back: the relay brings everything, the other store gets it, all agree.
    chain.start(&address).unwrap();
    relay.upstream().unwrap().now();
    let settled = relay
        .upstream()
        .unwrap()
        .wait_until(PATIENCE, |network| network.online && network.unsent == 0);
    assert_eq!((settled.unsent, settled.problem), (0, None));
    sync_all(&[other.clone(), one.clone(), two.clone()]);
    for app in [&one, &two, &other, &inside()] {
        assert_eq!((sales(app), waiting(app)), (9, 0));
        assert_eq!(held(app), held(chain.server()));
        assert_eq!(digest(app), digest(chain.server()));
    }
    assert_eq!((unsent(&one), unsent(&two)), (0, 0));
}

#[test]
fn the_loop_uses_both_and_says_what_is_where() {
    let mut chain = Chain::new();
    let (one, two) = (chain.till("S1", "T1"), chain.till("S1", "T2"));
    let folder = chain.relay_folder("S1");
    let relay = chain.serve_relay(&folder, "127.0.0.1:0");
    for till in [&one, &two] {
        knows(till, &relay.url());
    }
    let loops = [&one, &two].map(|till| SyncLoop::start(till.clone(), |_| {}).unwrap());
    for at in &loops {
        let network = at.wait_until(PATIENCE, |network| network.online && network.relays[0].online);
        assert!(network.online && network.relays[0].online, "{network:?}");
    }
    let address = chain.stop();
    happen(&one);
    loops[0].now();
    let network = loops[0].wait_until(PATIENCE, |network| {
        !network.online && network.unsent == 1 && network.relays[0].online && network.relays[0].unsent == 0
    });
    assert_eq!(
        (network.online, network.unsent),
        (false, 1),
        "head office does not have it"
    );
    assert_eq!(
        (network.relays[0].online, network.relays[0].unsent),
        (true, 0),
        "the store does"
    );
    assert_eq!(network.relays[0].address, relay.url());
    loops[1].now();
    loops[1].wait_until(PATIENCE, |_| held(&two) == held(&one));
    assert_eq!(held(&two), held(&one));

    // Without the relay too: selling goes on, and each says what is away.
    let listen = relay.address().to_string();
    drop(relay);
    happen(&two);
    loops[1].now();
    let network = loops[1].wait_until(PATIENCE, |network| !network.relays[0].online && network.unsent == 2);
    let problem = network.relays[0].problem.clone().unwrap_or_default();
    assert!(problem.starts_with("The server does not answer"), "{problem}");

    let relay = chain.serve_relay(&folder, &listen);
    chain.start(&address).unwrap();
    for at in &loops {
        at.now();
        let network = at.wait_until(PATIENCE, |network| {
            network.online && network.unsent == 0 && network.relays[0].unsent == 0
        });
        assert_eq!((network.unsent, network.relays[0].unsent), (0, 0), "{network:?}");
    }
    drop(loops);
    sync_all(&[one.clone(), two.clone()]);
    assert_eq!(digest(&one), digest(chain.server()));
    assert_eq!(digest(&two), digest(&relay.server().app));
}

#[test]
fn what_a_closed_till_brought_to_its_relay_is_head_office_to_decide() {
    let mut chain = Chain::new();
    let (late, other) = (chain.till("S1", "T1"), chain.till("S1", "T2"));
    let folder = chain.relay_folder("S1");
    let relay = chain.serve_relay(&folder, "127.0.0.1:0");
    let inside = relay.server().app.clone();
    sync_all(&[late.clone(), other.clone()]);
    // It sells on behind a line that is down, and is closed meanwhile. The store's relay knows, and keeps what it brings.
    sell(&late, 1);
    let row = device_row(chain.server(), "S1", "T1");
    let body = format!(r#"{{"device":{},"reason":"was not seen for a week"}}"#, row["device"]);
    call(chain.server(), "device.close", &body);
    let upstream = relay.upstream().unwrap();
    upstream.now();
    upstream.wait_until(PATIENCE, |_| held(&inside) == held(chain.server()));
    let address = chain.stop();
    knows(&late, &relay.url());
    let told = sync_within(&late, Duration::ZERO, &mut |_| {}).unwrap_err();
    assert_eq!(told.code(), "sync_stalled", "the relay told it that it was closed");
    let brought = waiting(&inside);
    assert_eq!((sales(&inside), brought >= 3), (0, true), "{brought} wait");
    knows(&other, &relay.url());
    let _ = sync_within(&other, Duration::ZERO, &mut |_| {});
    assert_eq!(waiting(&other), 0, "nobody of the store is told");

    // The till burns. Head office sees what the relay keeps, twice over, and lets it in.
    drop(late);
    for _ in 0..2 {
        chain.start(&address).unwrap();
        upstream.now();
        upstream.wait_until(PATIENCE, |_| waiting(chain.server()) == brought);
        assert_eq!(device_row(chain.server(), "S1", "T1")["late"], brought);
        chain.stop();
    }
    chain.start(&address).unwrap();
    assert_eq!(call(chain.server(), "device.release", &body)["commits"], brought);
    upstream.now();
    upstream.wait_until(PATIENCE, |_| held(&inside) == held(chain.server()));
    sync_all(std::slice::from_ref(&other));
    for app in [&inside, &other, chain.server()] {
        assert_eq!((sales(app), waiting(app)), (3, 0));
        assert_eq!(digest(app), digest(chain.server()));
    }
}

/// Parts whose bytes are gone.
fn gone(app: &App) -> i64 {
    let count = "SELECT COUNT(*) FROM part WHERE bytes IS NULL";
    app.replica()
        .read(|conn| -> Result<_, replica::ReplicaError> { Ok(conn.query_row(count, [], |row| row.get(0))?) })
        .unwrap()
}

#[test]
fn a_relay_whose_clock_is_ahead_erases_nothing_before_its_day() {
    const DAY: i64 = 86_400_000;
    let mut chain = Chain::new();
    let till = chain.till("S1", "T1");
    let folder = chain.relay_folder("S1");
    let made = call(&till, "customer.create", r#"{"name":"Zebulon","phone":"9845000001"}"#);
    sync_once(&till).unwrap();
    let order = format!(r#"{{"customer":{},"reason":"requested"}}"#, made["customer"]);
    call(chain.server(), "customer.erase", &order);
    let clock = chain.clock();
    let relay = fovea_server::serve(fovea_server::Serving {
        database: None,
        data: &folder,
        listen: "127.0.0.1:0",
        tls: None,
        clock: std::sync::Arc::new(move || clock() + 30 * DAY),
        log: fovea_server::Log::Silent,
    })
    .unwrap();
    let inside = relay.server().app.clone();
    let upstream = relay.upstream().unwrap();
    upstream.now();
    upstream.wait_until(PATIENCE, |_| held(&inside) == held(chain.server()));
    knows(&till, &relay.url());
    let address = chain.stop();
    for _ in 0..2 {
        happen(&till);
        sync_once(&till).unwrap();
    }
    assert_eq!(held(&inside), held(&till));
    assert_eq!((gone(&inside), gone(&till)), (0, 0), "it could still be withdrawn");
    chain.pass(8 * DAY);
    chain.start(&address).unwrap();
    sync_once(&till).unwrap();
    upstream.now();
    upstream.wait_until(PATIENCE, |_| gone(&inside) > 0);
    assert!(gone(&till) > 0 && gone(&inside) == gone(&till));
    assert_eq!(digest(&till), digest(chain.server()));
}

/// The program itself, serving a relay's folder.
fn process(folder: &Path, listen: &str) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fovea-server"))
        .args(["serve", "--data", folder.to_str().unwrap(), "--listen", listen])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut url = None;
    let mut line = String::new();
    while url.is_none() && log.read_line(&mut line).unwrap() > 0 {
        let event: Value = serde_json::from_str(&line).unwrap();
        line.clear();
        if event["event"] == "listening" {
            url = Some(event["address"].as_str().unwrap().to_owned());
        }
    }
    // Whatever else it says is read away, or it would stop at a full pipe.
    std::thread::spawn(move || log.lines().map_while(Result::ok).count());
    (child, url.expect("an address"))
}

#[test]
fn a_relay_that_is_killed_goes_on_and_one_that_is_lost_takes_nothing_with_it() {
    let mut chain = Chain::new();
    let (one, two) = (chain.till("S1", "T1"), chain.till("S1", "T2"));
    let folder = chain.relay_folder("S1");
    let (mut relay, url) = process(&folder, "127.0.0.1:0");
    let listen = url.trim_start_matches("http://").to_owned();
    for till in [&one, &two] {
        knows(till, &url);
    }
    let address = chain.stop();
    for round in 0..5 {
        sell(&one, 1 + round * 3);
        sync_within(&one, PATIENCE, &mut |_| {}).unwrap();
        // SIGKILL: nothing is said, nothing is tidied.
        relay.kill().unwrap();
        relay.wait().unwrap();
        let refusal = sync_within(&two, Duration::from_millis(200), &mut |_| {}).unwrap_err();
        assert_eq!(refusal.code(), "sync_stalled");
        relay = process(&folder, &listen).0;
        sync_within(&two, PATIENCE, &mut |_| {}).unwrap();
        assert_eq!((sales(&two), waiting(&two)), (3 + i64::from(round) * 3, 0));
    }
    // For good: folder, keys and all.
    relay.kill().unwrap();
    relay.wait().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    sell(&two, 100);
    chain.start(&address).unwrap();
    sync_all(&[two.clone(), one.clone()]);
    for app in [&one, &two] {
        assert_eq!((sales(app), waiting(app)), (18, 0));
        assert_eq!(held(app), held(chain.server()));
        assert_eq!(digest(app), digest(chain.server()));
    }
    // Another takes its place.
    let folder = chain.relay_folder("S1");
    let (mut relay, url) = process(&folder, "127.0.0.1:0");
    joining::remove_relay(one.replica(), &format!("http://{listen}")).unwrap();
    knows(&one, &url);
    chain.stop();
    happen(&one);
    sync_once(&one).unwrap();
    relay.kill().unwrap();
    relay.wait().unwrap();
}

#[test]
fn a_relay_certifies_nobody_and_is_no_head_office() {
    let chain = Chain::new();
    let folder = chain.relay_folder("S1");
    let relay = chain.serve_relay(&folder, "127.0.0.1:0");
    let code = chain.code("S1", "T1");
    let refusal = chain
        .enrol(&chain.till_folder("s1"), &relay.url(), &code)
        .err()
        .map(|refusal| refusal.message())
        .unwrap();
    assert!(
        refusal.contains("certifies nobody") && refusal.contains(&chain.url),
        "{refusal}"
    );
    let till = chain.enrol(&chain.till_folder("s1"), &chain.url, &code).unwrap();

    let http = reqwest::blocking::Client::new();
    for name in ["till.state", "till.sign_in", "office.today"] {
        let answer = http
            .post(format!("{}/api/call/{name}", relay.url()))
            .header("content-type", "application/json")
            .body("{}")
            .send()
            .unwrap();
        let told: Value = serde_json::from_slice(&answer.bytes().unwrap()).unwrap();
        assert_eq!(told["code"], "relay_only", "{name}");
    }
    assert_eq!(http.get(format!("{}/ready", relay.url())).send().unwrap().status(), 200);

    // Its folder makes no codes and rings up no sale.
    let code = fovea_server::commands::one_time_code(&folder, None, "S1", "T9", till.now());
    assert_eq!(code.err().map(|refusal| refusal.code()), Some("cannot_write"));
    let inside = &relay.server().app;
    let open = inside.call_json(&common::admin(inside), "session.open", r#"{"float":0}"#, None);
    assert_eq!(open.err().map(|refusal| refusal.code()), Some("till_only"));

    // A relay of another store is not listened to; head office is.
    let other = chain.till("S2", "T1");
    knows(&other, &relay.url());
    happen(&other);
    sync_once(&other).unwrap();
    assert_eq!(held(&other), held(chain.server()));
    let background = SyncLoop::start(other.clone(), |_| {}).unwrap();
    let network = background.wait_until(PATIENCE, |network| network.relays[0].problem.is_some());
    let problem = network.relays[0].problem.clone().unwrap_or_default();
    assert!(problem.contains("the relay of another store"), "{problem}");
}

#[test]
fn who_is_no_server_by_certificate_passes_for_none() {
    let chain = Chain::new();
    let till = chain.till("S1", "T1");
    let relay = app::setup::open_app(&chain.relay_folder("S1"), chain.clock()).unwrap();
    let (challenge, nonce) = ([7; 72], [8; 32]);
    let shown = |app: &App| {
        let signer = signer(app);
        let trust = app.replica().trust().read();
        let issuer = trust.issuer_of(&signer.certificate).map(|issuer| issuer.to_bytes());
        let chain: Vec<Vec<u8>> = issuer.into_iter().chain([signer.certificate.to_bytes()]).collect();
        let signature = proof::prove(Side::Server, &challenge, &nonce, &signer.certificate, &signer.key);
        let chain = chain.iter().map(Vec::as_slice);
        let proven = proof::check(
            Side::Server,
            trust.organisation_key(),
            chain,
            &challenge,
            &nonce,
            &signature,
        );
        proven.map(|certificate| certificate.post())
    };
    assert_eq!(shown(chain.server()), Ok(Post::HeadOffice));
    assert_eq!(shown(&relay), Ok(Post::Relay));
    assert_eq!(shown(&till), Err(ProofFault::NotAServer), "a stolen till is no relay");
}

#[test]
fn a_code_is_for_a_till_or_for_a_relay_and_an_answer_lost_makes_no_second_one() {
    let chain = Chain::new();
    let (for_till, for_relay) = (chain.code("S1", "T1"), chain.code("S1", ""));
    let enrolled = chain.enrol(&chain.till_folder("till"), &chain.url, &for_relay);
    assert_eq!(enrolled.err().map(|refusal| refusal.code()), Some("code_of_relay"));
    let folder = chain.till_folder("relay");
    let join = |url: &str, code: &str| {
        let joined = sync::join_relay(&folder, url, code, chain.clock(), &mut |_| {});
        joined
            .map(|app| signer(&app).certificate)
            .map_err(|refusal| refusal.code())
    };
    assert_eq!(join(&chain.url, &for_till).err(), Some("code_of_till"));
    let lossy = Lossy::to(&chain.url, "/v1/relay");
    lossy.lose.store(3, Ordering::SeqCst);
    assert_eq!(join(&lossy.url, &for_relay).err(), Some("server_away"));
    let certificate = join(&lossy.url, &for_relay).unwrap();
    assert_eq!((certificate.till.as_str(), certificate.letter.as_str()), ("", ""));
    assert_eq!(join(&chain.url, &for_relay), Ok(certificate));
    assert_eq!(
        chain.enrol(&chain.till_folder("till"), &chain.url, &for_till).map(drop),
        Ok(())
    );
    // A till's folder is no relay's, nor the other way round.
    let relay_code = chain.code("S1", "");
    let till = chain.till_folder("till");
    let turned = sync::join_relay(&till, &chain.url, &relay_code, chain.clock(), &mut |_| {});
    assert_eq!(turned.err().map(|refusal| refusal.code()), Some("folder_present"));
    let turned = chain.enrol(&folder, &chain.url, &chain.code("S1", "T2"));
    assert_eq!(turned.err().map(|refusal| refusal.code()), Some("folder_present"));
}

#[test]
fn the_commands_of_a_relay() {
    let chain = Chain::new();
    let server = chain.server_folder();
    let run = |words: &[&str]| fovea_server::commands::run(words.iter().map(Into::into));
    let refused = |words: &[&str]| run(words).err().map(|refusal| refusal.code());
    let server = server.to_str().unwrap();
    let code = ["code", "--data", server, "--store", "S1"];
    assert_eq!(refused(&code), Some("usage"));
    assert_eq!(
        refused(&[&code[..], &["--till", "T1", "--relay"]].concat()),
        Some("usage")
    );
    assert_eq!(refused(&[&code[..], &["--till", ""]].concat()), Some("usage"));
    let word = run(&[&code[..], &["--relay"]].concat()).unwrap();
    let folder = chain.till_folder("relay");
    let data = folder.to_str().unwrap();
    run(&["join", "--data", data, "--server", &chain.url, "--code", &word]).unwrap();
    let app = app::setup::open_app(&folder, chain.clock()).unwrap();
    assert_eq!(held(&app), held(chain.server()));
    drop(app);
    // A till's folder has no upstream.
    drop(chain.till("S1", "T1"));
    let till = chain.till_folder("S1T1");
    let serve = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--upstream",
        "http://127.0.0.1:1",
        "--data",
    ];
    assert_eq!(
        refused(&[&serve[..], &[till.to_str().unwrap()]].concat()),
        Some("usage")
    );
    assert_eq!(
        refused(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--upstream",
            "http://x.example",
            "--data",
            data
        ]),
        Some("plain_http")
    );
    // The relays that a till knows are few, each once, and addresses.
    let till = app::setup::open_app(&till, chain.clock()).unwrap();
    let add = |address: &str| joining::add_relay(till.replica(), address).map_err(|refusal| refusal.code());
    assert_eq!(add(&chain.url), Err("taken"));
    for relay in 1..=joining::MAX_RELAYS {
        assert_eq!(add(&format!("https://relay{relay}.example")), Ok(()));
    }
    assert_eq!(add("https://relay1.example"), Err("taken"));
    assert_eq!(add("https://relay9.example"), Err("bad_field"));
    let gone = joining::remove_relay(till.replica(), "https://relay9.example");
    assert_eq!(gone.err().map(|refusal| refusal.code()), Some("unknown"));
    joining::remove_relay(till.replica(), "https://relay1.example").unwrap();
    assert_eq!(joining::relays(till.replica()).unwrap().len(), joining::MAX_RELAYS - 1);
}
