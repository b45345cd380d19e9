//! A chain in temporary folders: a real server on a port of its own, real tills.
#![allow(dead_code, reason = "each test program uses a part")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use app::setup::{Founding, found, till_lanes};
use app::{App, Caller, Clock};
use fovea_server::commands::one_time_code;
use fovea_server::{Log, Running, Serving, serve};
use journal::{Commit, Lane};
use model::ids::Id;
use model::records::SignInWay;
use model::refusal::Refusal;
use replica::{Context, Draft, Lacking, ReplicaError, Signer, Tip, vector};
use sync::proof::{self, Side};
use sync::wire::{Challenge, Message, Offer, TokenAnswer, TokenRequest};
use tempfile::TempDir;

pub const PASSWORD: &str = "long enough";
/// 2026-11-21, 06:30 UTC: noon in India.
const NOON: i64 = 1_795_242_600_000;
/// Long enough for a slow machine; no test waits for it to pass.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct Chain {
    pub folder: TempDir,
    pub time: Arc<AtomicI64>,
    pub running: Option<Running>,
    pub url: String,
    /// Where the journal lies, if it is not the folder.
    pub database: Option<String>,
}

/// A folder whose keys lie in files: tests leave nothing in a keyring.
pub fn keys_in_files(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("keys.txt"), "file").unwrap();
}

/// A till on its own, `S1` `T1`, and its recovery sheet.
pub fn alone(folder: &Path, clock: Clock) -> (App, String) {
    keys_in_files(folder);
    let founding = Founding {
        organisation: "Nayana Opticals",
        profile: "in-gst",
        admin: "asha",
        password: PASSWORD,
        till: Some(("S1", "T1")),
    };
    let sheet = found(folder, &founding, &clock).unwrap().sheet;
    (app::setup::open_app(folder, clock).unwrap(), sheet)
}

/// Three sales of one product, 450.00 in all.
pub fn sell(app: &App, first: u32) {
    let rows: String = (first..first + 3)
        .map(|number| format!("{number},SPRAY,Lens spray,1,2026-11-20 10:00:00,150.00,,India\n"))
        .collect();
    let file = app.replica().path().join("../lines.csv");
    let head = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
    std::fs::write(&file, format!("{head}{rows}")).unwrap();
    let report = app.replay_retail(&admin(app), &file, None, &|_, _| {}).unwrap();
    assert_eq!((report.sales.count, report.sales.total), (3, 45_000));
}

impl Chain {
    /// A server that was certified from a recovery sheet and holds nothing.
    pub fn of_sheet(sheet: &str) -> Self {
        Self::of_books(sheet, None, NOON).unwrap()
    }

    /// The same at a later time, with what a till's folder holds.
    pub fn of_books(sheet: &str, books: Option<&Path>, now: i64) -> Result<Self, Refusal> {
        let folder = tempfile::tempdir().unwrap();
        let mut chain = Self {
            folder,
            time: Arc::new(AtomicI64::new(now)),
            running: None,
            url: String::new(),
            database: None,
        };
        let (server, file) = (chain.server_folder(), chain.folder.path().join("sheet.txt"));
        keys_in_files(&server);
        std::fs::write(&file, sheet).unwrap();
        let sheet = app::recovering::read_sheet(&server, &file)?;
        app::recovering::recover(&server, sheet, books, &chain.clock())?;
        chain.start("127.0.0.1:0")?;
        Ok(chain)
    }

    pub fn new() -> Self {
        Self::on(None)
    }

    /// A chain with its journal in a database.
    pub fn on(database: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let time = Arc::new(AtomicI64::new(NOON));
        let mut chain = Self {
            folder,
            time,
            running: None,
            url: String::new(),
            database,
        };
        let server = chain.server_folder();
        keys_in_files(&server);
        let founding = Founding {
            organisation: "Nayana Opticals",
            profile: "in-gst",
            admin: "asha",
            password: PASSWORD,
            till: None,
        };
        found(&server, &founding, &chain.clock()).unwrap();
        chain.start("127.0.0.1:0").unwrap();
        chain
    }

    pub fn clock(&self) -> Clock {
        let time = Arc::clone(&self.time);
        Arc::new(move || time.load(Ordering::SeqCst))
    }

    pub fn pass(&self, ms: i64) {
        self.time.fetch_add(ms, Ordering::SeqCst);
    }

    pub fn server_folder(&self) -> PathBuf {
        self.folder.path().join("server")
    }

    pub fn till_folder(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        keys_in_files(&folder);
        folder
    }

    pub fn start(&mut self, listen: &str) -> Result<(), Refusal> {
        let running = self.serve(&self.server_folder(), listen)?;
        self.url = running.url();
        self.running = Some(running);
        Ok(())
    }

    /// Serves from a folder: the chain's own, or another process's.
    pub fn serve(&self, data: &Path, listen: &str) -> Result<Running, Refusal> {
        serve(Serving {
            data,
            database: self.database.as_deref(),
            listen,
            tls: None,
            clock: self.clock(),
            log: Log::Silent,
        })
    }

    /// A folder with the server's keys and nothing else: another process of the same chain.
    pub fn keys_of_server(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for file in std::fs::read_dir(self.server_folder()).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            if name.ends_with(".key") || name.ends_with(".txt") {
                std::fs::copy(file.path(), folder.join(name)).unwrap();
            }
        }
        folder
    }

    /// Stops the server; the address it had.
    pub fn stop(&mut self) -> String {
        let running = self.running.take().unwrap();
        running.address().to_string()
    }

    pub fn server(&self) -> &App {
        &self.running.as_ref().unwrap().server().app
    }

    pub fn code(&self, store: &str, till: &str) -> String {
        let now = self.time.load(Ordering::SeqCst);
        one_time_code(&self.server_folder(), self.database.as_deref(), store, till, now).unwrap()
    }

    pub fn enrol(&self, folder: &Path, url: &str, code: &str) -> Result<App, Refusal> {
        sync::enrol_within(folder, url, code, self.clock(), PATIENCE, &mut |_| {})
    }

    /// A folder that is the relay of a store and holds everything.
    pub fn relay_folder(&self, store: &str) -> PathBuf {
        let folder = self.till_folder(&format!("{store}relay"));
        let code = self.code(store, "");
        sync::join_relay(&folder, &self.url, &code, self.clock(), &mut |_| {}).unwrap();
        folder
    }

    /// Serves a relay's folder.
    pub fn serve_relay(&self, folder: &Path, listen: &str) -> Running {
        serve(Serving {
            database: None,
            data: folder,
            listen,
            tls: None,
            clock: self.clock(),
            log: Log::Silent,
        })
        .unwrap()
    }

    /// A till that has joined and holds everything.
    pub fn till(&self, store: &str, till: &str) -> App {
        self.enrol(
            &self.till_folder(&format!("{store}{till}")),
            &self.url,
            &self.code(store, till),
        )
        .unwrap()
    }
}

pub fn admin(app: &App) -> Caller {
    app.check_password("asha", PASSWORD).unwrap()
}

/// Something small happens at a till.
pub fn happen(app: &App) {
    let admin = admin(app);
    app.record_sign_in(&admin, SignInWay::Password).unwrap();
}

pub fn call(app: &App, name: &str, body: &str) -> serde_json::Value {
    app.call_json(&admin(app), name, body, None).unwrap()
}

/// What the tills of a chain hold in common.
/// What head office's page shows of a till.
pub fn device_row(app: &App, store: &str, till: &str) -> serde_json::Value {
    let devices = call(app, "office.devices", "{}");
    let rows = devices["devices"].as_array().unwrap();
    let of = |row: &&serde_json::Value| row["store"] == store && row["till"] == till;
    rows.iter().find(of).unwrap().clone()
}

pub fn held(app: &App) -> Vec<Tip> {
    app.replica().read(|conn| vector(conn, till_lanes().0)).unwrap()
}

pub fn digest(app: &App) -> String {
    let findings = app.replica().verify().unwrap();
    assert_eq!(findings.mismatches, Vec::<String>::new());
    findings.digest
}

/// Commits that wait for what comes before them.
pub fn waiting(app: &App) -> u64 {
    app.replica().read(replica::peer::counts).unwrap().waiting
}

/// What a till has not brought to head office, as far as it knows.
pub fn unsent(app: &App) -> u64 {
    app.replica()
        .read(|conn| replica::peer::unsent(conn, "server", till_lanes().0))
        .unwrap()
        .commits
}

pub fn sync_all(apps: &[App]) {
    for app in apps {
        sync::sync_within(app, PATIENCE, &mut |_| {}).unwrap();
    }
}

pub fn signer(app: &App) -> Signer {
    app.replica()
        .write(|tx| Ok::<_, ReplicaError>(tx.signer().cloned()))
        .unwrap()
        .unwrap()
}

pub fn aside(app: &App) -> Vec<(String, String)> {
    app.replica()
        .read(|conn| -> Result<_, ReplicaError> {
            let mut statement = conn.prepare("SELECT code, source FROM aside ORDER BY code")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .unwrap()
}

/// A device that speaks the protocol by hand, and so can say what no till says.
pub struct Stranger {
    pub http: reqwest::blocking::Client,
    pub url: String,
    pub signer: Signer,
    pub chain: Vec<Vec<u8>>,
    pub organisation_key: [u8; 32],
}

impl Stranger {
    pub fn of(app: &App, url: &str) -> Self {
        let signer = signer(app);
        let trust = app.replica().trust().read();
        let issuer = trust.issuer_of(&signer.certificate).map(|issuer| issuer.to_bytes());
        let chain = issuer.into_iter().chain([signer.certificate.to_bytes()]).collect();
        let organisation_key = trust.organisation_key();
        drop(trust);
        Self {
            http: reqwest::blocking::Client::new(),
            url: url.to_owned(),
            signer,
            chain,
            organisation_key,
        }
    }

    pub fn post(&self, path: &str, body: Vec<u8>, token: Option<&str>) -> (u16, Vec<u8>) {
        let mut request = self.http.post(format!("{}{path}", self.url)).body(body);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = request.send().unwrap();
        (answer.status().as_u16(), answer.bytes().unwrap().to_vec())
    }

    pub fn token_answer(&self) -> (u16, Vec<u8>) {
        let challenge = Challenge::from_body(&self.post("/v1/challenge", Vec::new(), None).1)
            .unwrap()
            .challenge();
        let nonce = [9; 32];
        let Signer { certificate, key } = &self.signer;
        let signature = proof::prove(Side::Till, &challenge, &nonce, certificate, key);
        let request = TokenRequest::new(challenge, nonce, self.chain.clone(), signature);
        self.post("/v1/token", request.to_body().unwrap(), None)
    }

    pub fn token(&self) -> String {
        let (status, body) = self.token_answer();
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        TokenAnswer::from_body(&body).unwrap().token
    }

    /// Offers these commits, and gives what the server answers.
    pub fn offer(&self, commits: Vec<Commit>) -> Offer {
        let logs = commits
            .iter()
            .filter_map(|commit| journal::Header::from_bytes(&commit.header).ok())
            .map(|header| header.log)
            .collect();
        let lacking = Lacking {
            certificates: self.chain.clone(),
            commits,
            more: false,
            logs,
            ..Lacking::default()
        };
        let body = Offer::new(&[], &lacking, 0, "stranger").to_body().unwrap();
        let (status, body) = self.post("/v1/sync", body, Some(&self.token()));
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        Offer::from_body(&body).unwrap()
    }
}

/// A header of the first commit of a certificate's log.
pub fn first_header(signer: &Signer, lane: Lane) -> journal::Header {
    journal::Header {
        log: signer.certificate.log(lane),
        seq: 1,
        prev: signer.certificate.id(),
        after: Vec::new(),
        wall: NOON,
        skew: None,
        date: 20_778,
        user: None,
        command: 1,
        request: Id([5; 16]),
        level: 1,
        parts: Vec::new(),
    }
}

pub fn context(request: u8) -> Context {
    Context {
        command: 1,
        request: Id([request; 16]),
        user: None,
        wall: NOON,
        skew: None,
        date: 20_778,
    }
}

pub fn draft(lane: Lane, request: u8) -> Draft {
    Draft::new(lane, context(request))
}
