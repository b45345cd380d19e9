//! Processes that are killed, and a database that is: nothing lost, nothing doubled, no fork.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;
#[path = "common/postgres.rs"]
mod server;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use app::App;
use common::{Chain, PATIENCE, digest, happen, held};
use server::postgres;
use sync::sync_within;

/// A server as its operator starts it.
struct Process {
    folder: PathBuf,
    database: String,
    port: u16,
    child: Option<Child>,
}

impl Process {
    fn start(folder: PathBuf, database: &str) -> Self {
        // Free a moment ago; nobody else asks for ports so fast.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut process = Self {
            folder,
            database: database.to_owned(),
            port,
            child: None,
        };
        process.again();
        process
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn again(&mut self) {
        let child = Command::new(env!("CARGO_BIN_EXE_fovea-server"))
            .args(["serve", "--listen", &format!("127.0.0.1:{}", self.port), "--data"])
            .arg(&self.folder)
            .env("FOVEA_DATABASE", &self.database)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
    }

    /// SIGKILL: nothing is tidied up.
    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sells and syncs with one process and the other, whichever answers, until it is told to stop.
fn trade(till: &App, urls: &[String], stop: &AtomicBool, done: &AtomicUsize) {
    let mut turn = 0;
    while !stop.load(Ordering::Acquire) {
        happen(till);
        done.fetch_add(1, Ordering::AcqRel);
        turn += 1;
        app::joining::set_server(till.replica(), &urls[turn % urls.len()]).unwrap();
        // It may be dead just now; then the other is asked next.
        let _ = sync_within(till, Duration::from_millis(400), &mut |_| {});
    }
}

fn sign_ins(app: &App) -> usize {
    app.replica()
        .read(|conn| -> Result<_, replica::ReplicaError> {
            Ok(conn.query_row("SELECT COUNT(*) FROM sign_in", [], |row| row.get::<_, i64>(0))? as usize)
        })
        .unwrap()
}

#[test]
fn killed_processes_and_a_killed_database_lose_and_double_nothing() {
    let Some(postgres) = postgres() else { return };
    let mut chain = Chain::on(Some(postgres.database()));
    // Processes have the system's clock, so the tills do too.
    chain.time.store(app::system_clock()(), Ordering::SeqCst);
    let tills: Vec<App> = ["S1", "S2", "S3", "S4", "S5", "S6"]
        .iter()
        .map(|store| chain.till(store, "T1"))
        .collect();
    chain.stop();
    let database = chain.database.clone().unwrap();
    let mut processes = [
        Process::start(chain.server_folder(), &database),
        Process::start(chain.keys_of_server("second"), &database),
    ];
    let urls: Vec<String> = processes.iter().map(Process::url).collect();
    let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|threads| {
        for till in &tills {
            let (urls, stop, done) = (&urls, &stop, &done);
            threads.spawn(move || trade(till, urls, stop, done));
        }
        for round in 0..6 {
            // Until some trade has happened since: no pause that a slow machine makes too short.
            let until = done.load(Ordering::Acquire) + 12;
            while done.load(Ordering::Acquire) < until {
                std::thread::yield_now();
                std::thread::sleep(Duration::from_millis(5));
            }
            match round {
                2 | 4 => {
                    postgres.kill();
                    postgres.up();
                }
                _ => {
                    let process = &mut processes[round % 2];
                    process.kill();
                    process.again();
                }
            }
        }
        stop.store(true, Ordering::Release);
    });
    // All is up again: everybody hears everything.
    for _ in 0..2 {
        for (at, till) in tills.iter().enumerate() {
            app::joining::set_server(till.replica(), &urls[at % 2]).unwrap();
            sync_within(till, PATIENCE, &mut |_| {}).unwrap();
        }
    }
    let (expected, same) = (held(&tills[0]), digest(&tills[0]));
    for till in &tills {
        assert_eq!(held(till), expected);
        assert_eq!(digest(till), same);
        assert_eq!(sign_ins(till), done.load(Ordering::Acquire), "each once");
    }
    // The database: each commit once, no place of a log twice.
    let mut client = ::postgres::Client::connect(&database, ::postgres::NoTls).unwrap();
    let row = client
        .query_one(
            "SELECT COUNT(*), COUNT(DISTINCT hash), (SELECT SUM(commits)::bigint FROM log),
                (SELECT COUNT(*) FROM log WHERE forked IS NOT NULL) FROM commit_log",
            &[],
        )
        .unwrap();
    let (count, distinct, counted, forks): (i64, i64, i64, i64) = (row.get(0), row.get(1), row.get(2), row.get(3));
    assert_eq!((count, count, 0), (distinct, counted, forks));
    // And a process that has only its keys comes to the same.
    drop(processes);
    let third = chain.serve(&chain.keys_of_server("third"), "127.0.0.1:0").unwrap();
    assert_eq!(held(&third.server().app), expected);
    assert_eq!(digest(&third.server().app), same);
}
