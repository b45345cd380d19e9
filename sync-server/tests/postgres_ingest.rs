//! How fast a process on PostgreSQL takes what tills send. A figure, not a check: run by hand, in release.
//!
//! `cargo test --release -p fovea-server --test postgres_ingest -- --ignored --nocapture`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;
#[path = "common/postgres.rs"]
mod server;

use std::time::Instant;

use app::App;
use app::setup::till_lanes;
use common::{Chain, Stranger, context};
use fovea_server::Arrived;
use journal::{Commit, Lane};
use model::records::{SignIn, SignInWay};
use replica::{Draft, ReplicaError, Theirs, lacking};
use server::postgres;

/// Commits of each of six tills, and commits of one message.
const EACH: usize = 2_000;
const MESSAGE: usize = 500;

/// Writes sign-ins, many to a transaction: what is measured comes after.
fn write(till: &App) -> Vec<Commit> {
    let user = common::admin(till).user;
    for _ in 0..EACH / 500 {
        let entropy = till.replica().entropy().clone();
        till.replica()
            .write(move |tx| -> Result<(), ReplicaError> {
                for _ in 0..500 {
                    let mut context = context(1);
                    context.request = model::ids::Id(entropy.bytes()?);
                    let mut draft = Draft::new(Lane::All, context);
                    draft.add(SignIn {
                        user,
                        way: SignInWay::Password,
                    });
                    tx.append(draft)?;
                }
                Ok(())
            })
            .unwrap();
    }
    let all = till
        .replica()
        .read(|conn| lacking(conn, &Theirs::default(), till_lanes().0, usize::MAX))
        .unwrap();
    let own = common::signer(till).certificate.log(Lane::All);
    let is_own = |commit: &Commit| journal::header_log(&commit.header) == Some(own);
    all.commits.into_iter().filter(is_own).collect()
}

fn memory_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[test]
#[ignore = "a figure, in release"]
fn ingest() {
    let Some(postgres) = postgres() else { return };
    for (name, database) in [("SQLite", None), ("PostgreSQL", Some(postgres.database()))] {
        let chain = Chain::on(database);
        let tills: Vec<App> = ["S1", "S2", "S3", "S4", "S5", "S6"]
            .iter()
            .map(|store| chain.till(store, "T1"))
            .collect();
        let work: Vec<_> = tills
            .iter()
            .map(|till| (Stranger::of(till, &chain.url).chain, write(till)))
            .collect();
        drop(tills);
        let store = &chain.running.as_ref().unwrap().server().store;
        let before = store.counts().unwrap().commits;
        let started = Instant::now();
        std::thread::scope(|threads| {
            for (certificates, commits) in &work {
                threads.spawn(move || {
                    for message in commits.chunks(MESSAGE) {
                        store.catch_up().unwrap();
                        let arrived = Arrived {
                            certificates: certificates.clone(),
                            commits: message.to_vec(),
                            unreadable: Vec::new(),
                        };
                        store.accept(arrived, "till", 1).unwrap();
                    }
                });
            }
        });
        let seconds = started.elapsed().as_secs_f64();
        let taken = store.counts().unwrap().commits - before;
        println!(
            "{name}: {taken} commits in {seconds:.2} s, {:.0} commits/s; this process, tills and all: {} MB at most",
            taken as f64 / seconds,
            memory_mb()
        );
        assert_eq!(taken as usize, 6 * EACH);
    }
}
