//! Real processes over real files and TCP, killed at any moment, on a line that loses, cuts and swallows: what was answered
//! is there once, and all agree in the end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use fovea_tests::chain::{ADMIN, Chain, at};
use fovea_tests::line::{Line, Weather};
use fovea_tests::programs::program;
use serde_json::{Value, json};

/// Rounds of the short loop; `FOVEA_KILL_ROUNDS` asks for more.
const ROUNDS: usize = 60;
const STORES: [&str; 2] = ["S1", "S2"];
/// A command that has not ended by now never will.
const LONGEST: Duration = Duration::from_secs(60);

/// A small generator: the seed is printed, and asked for by `FOVEA_KILL_SEED`.
#[derive(Clone)]
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn weather(&mut self) -> Weather {
        match self.below(10) {
            0 => Weather::Slow(1 + self.below(20)),
            1 => Weather::CutAnswer(self.below(2_000)),
            2 => Weather::CutRequest(self.below(1_000)),
            3 => Weather::Swallow,
            4 => Weather::BlackHole(self.below(300)),
            5 => Weather::HalfClose,
            _ => Weather::Fair,
        }
    }
}

/// What a command came to: answered, refused, or killed before it said.
enum Outcome {
    Answered(Value),
    Refused(String),
    Killed,
}

/// Runs a command and kills it after so long, if it has not ended by then.
fn run(arguments: &[&str], folder: &Path, kill: Option<Duration>) -> Outcome {
    let mut command = program("fovea");
    command.args(arguments).arg("--data").arg(folder);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    loop {
        if child.try_wait().unwrap().is_some() {
            let ended = child.wait_with_output().unwrap();
            let text = String::from_utf8_lossy(&ended.stdout).into_owned();
            if ended.status.success() {
                return Outcome::Answered(serde_json::from_str(&text).unwrap_or(Value::Null));
            }
            return Outcome::Refused(String::from_utf8_lossy(&ended.stderr).into_owned());
        }
        if kill.is_some_and(|after| started.elapsed() >= after) {
            let _ = child.kill();
            let _ = child.wait();
            return Outcome::Killed;
        }
        assert!(started.elapsed() < LONGEST, "{arguments:?} hangs");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A customer that a till was told to make, under the request id with which it is asked again.
struct Asked {
    store: &'static str,
    request: String,
    body: String,
}

fn number(conn: &rusqlite::Connection, sql: &str) -> i64 {
    conn.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn open(folder: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open_with_flags(folder.join("fovea.db"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

#[test]
fn killed_at_any_moment_on_a_bad_line_nothing_is_lost_or_doubled() {
    let set = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let clock = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let seed = set("FOVEA_KILL_SEED").unwrap_or(clock.as_millis() as u64);
    let rounds = set("FOVEA_KILL_ROUNDS").map_or(ROUNDS, |rounds| rounds as usize);
    eprintln!("FOVEA_KILL_SEED={seed} repeats what is decided here; when a kill hits, the machine decides");
    let mut dice = Dice(seed);

    let mut chain = Chain::found("in-gst");
    chain.start();
    for store in STORES {
        chain.enrol(store);
    }
    let mut line_dice = dice.clone();
    let line = Line::to(chain.port(), move || line_dice.weather());
    for store in STORES {
        let folder = chain.store_folder(store);
        // The tills know the line, not the server.
        let conn = rusqlite::Connection::open(folder.join("fovea.db")).unwrap();
        conn.execute(
            "UPDATE local_meta SET value = ? WHERE key = 'server'",
            [line.url().into_bytes()],
        )
        .unwrap();
    }

    let mut asked: Vec<Asked> = Vec::new();
    let mut answered: BTreeMap<String, Value> = BTreeMap::new();
    let mut kills = 0;
    for round in 0..rounds {
        let store = STORES[dice.below(2) as usize];
        let folder: PathBuf = chain.store_folder(store);
        // Up to the time that a command takes, and over.
        let kill = (dice.below(3) > 0).then(|| Duration::from_millis(1 + dice.below(700)));
        match dice.below(7) {
            // A new command, or one whose answer was lost, asked again under its own id.
            0..=2 => {
                let again = asked
                    .iter()
                    .position(|one| one.store == store && !answered.contains_key(&one.request));
                let at = again.filter(|_| dice.below(2) == 0).unwrap_or_else(|| {
                    asked.push(Asked {
                        store,
                        request: format!("{:032x}", u128::from(seed) << 64 | (round as u128 + 1)),
                        body: json!({ "name": format!("Person {round}"), "phone": format!("98450{round:05}") })
                            .to_string(),
                    });
                    asked.len() - 1
                });
                let one = &asked[at];
                let arguments = [
                    "call",
                    "--as",
                    ADMIN,
                    "customer.create",
                    &one.body,
                    "--request",
                    &one.request,
                ];
                match run(&arguments, &folder, kill) {
                    Outcome::Answered(answer) => {
                        let before = answered.insert(one.request.clone(), answer.clone());
                        assert!(
                            before.is_none_or(|before| before == answer),
                            "two answers to one request"
                        );
                    }
                    Outcome::Refused(why) => panic!("refused on a sound disk: {why}"),
                    Outcome::Killed => kills += 1,
                }
            }
            3..=5 => match run(&["sync", "--once"], &folder, kill.or(Some(Duration::from_secs(4)))) {
                // A line that stays bad is no fault; what it says is.
                Outcome::Refused(why) => assert!(
                    why.contains("sync_stalled") || why.contains("server_away"),
                    "sync says: {why}"
                ),
                Outcome::Killed => kills += 1,
                Outcome::Answered(_) => {}
            },
            _ => {
                chain.kill();
                kills += 1;
                chain.start();
            }
        }
    }

    // Fair weather: every request is asked again until it is answered, then all meet.
    for one in asked.iter().filter(|one| !answered.contains_key(&one.request)) {
        let folder = chain.store_folder(one.store);
        let arguments = [
            "call",
            "--as",
            ADMIN,
            "customer.create",
            &one.body,
            "--request",
            &one.request,
        ];
        match run(&arguments, &folder, None) {
            Outcome::Answered(_) => {}
            // Its answer is kept in the transaction of its commit.
            Outcome::Refused(why) => panic!("asked again it is refused: {why}"),
            Outcome::Killed => unreachable!("nobody kills in fair weather"),
        }
    }
    for store in STORES {
        let folder = chain.store_folder(store);
        let conn = rusqlite::Connection::open(folder.join("fovea.db")).unwrap();
        conn.execute(
            "UPDATE local_meta SET value = ? WHERE key = 'server'",
            [chain.url().into_bytes()],
        )
        .unwrap();
    }
    for store in [STORES[0], STORES[1], STORES[0]] {
        chain.sync(store);
    }
    chain.stop();
    let mut digests = Vec::new();
    for folder in [
        chain.server_folder(),
        chain.store_folder("S1"),
        chain.store_folder("S2"),
    ] {
        let found = at(&folder).verify();
        assert_eq!(found["mismatches"], json!([]), "{found}");
        digests.push(found["digest"].clone());
        let conn = open(&folder);
        assert_eq!(number(&conn, "SELECT COUNT(*) FROM customer"), asked.len() as i64);
        assert_eq!(
            number(&conn, "SELECT COUNT(*) - COUNT(DISTINCT request) FROM commit_log"),
            0,
            "a request is one commit"
        );
        assert_eq!(number(&conn, "SELECT COUNT(*) FROM waiting"), 0);
        assert_eq!(number(&conn, "SELECT COUNT(*) FROM aside"), 0);
        assert_eq!(number(&conn, "SELECT COUNT(*) FROM log WHERE parent IS NOT NULL"), 0);
    }
    let connections = line.connections.load(std::sync::atomic::Ordering::SeqCst);
    assert!(
        connections as usize > rounds / 10,
        "the line was hardly used: {connections}"
    );
    assert!(digests.windows(2).all(|two| two[0] == two[1]), "{digests:?}");
    eprintln!(
        "{rounds} rounds, {kills} kills, {} requests, {} connections",
        asked.len(),
        connections
    );
}
