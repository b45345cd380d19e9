//! A commit comes to the same, whether the journal lies in the folder or in PostgreSQL; and one chain never sees another.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;
#[path = "common/postgres.rs"]
mod server;

use std::path::Path;

use app::App;
use app::setup::{open_app, open_in};
use common::{Chain, Stranger, digest, happen};
use fovea_server::{Arrived, Running};
use journal::{Commit, Fault, Lane, Lanes};
use replica::{Surroundings, Theirs, Tip, lacking};
use server::postgres;

fn every_lane() -> Lanes {
    Lanes::of(&Lane::ALL)
}

/// Everything that a folder holds.
fn everything(app: &App) -> (Vec<Vec<u8>>, Vec<Commit>) {
    let lacking = app
        .replica()
        .read(|conn| lacking(conn, &Theirs::default(), every_lane(), usize::MAX))
        .unwrap();
    (lacking.certificates, lacking.commits)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// xorshift64, so that a failing order can be had again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn shuffle<T>(&mut self, values: &mut [T]) {
        for at in (1..values.len()).rev() {
            values.swap(at, self.below(at + 1));
        }
    }
}

/// Three tills that saw each other's commits, one of them copied and written by both copies, and commits that nobody wrote.
fn arrivals() -> (Chain, Vec<Vec<u8>>, Vec<Commit>) {
    let mut chain = Chain::new();
    let folders: Vec<_> = ["S1T1", "S2T1", "S3T1"].map(|name| chain.till_folder(name)).into();
    let tills: Vec<App> = ["S1", "S2", "S3"].iter().map(|store| chain.till(store, "T1")).collect();
    for round in 0..4 {
        for till in &tills {
            happen(till);
        }
        common::sync_all(&tills[..=(round % 3)]);
    }
    let (mut certificates, mut commits) = (Vec::new(), Vec::new());
    let mut add = |app: &App| {
        let (more, others) = everything(app);
        certificates.extend(more);
        commits.extend(others);
    };
    tills.iter().for_each(&mut add);
    // The first till's folder is copied, and both go on: the same places, other commits.
    drop(tills);
    let copied = chain.folder.path().join("copied");
    copy(&folders[0], &copied);
    for folder in [&folders[0], &copied] {
        // Without the witness that would send the copy to its spare.
        let replica = open_in(folder, &Surroundings::default()).unwrap();
        let app = App::new(replica, chain.clock()).unwrap();
        happen(&app);
        happen(&app);
        add(&app);
    }
    chain.stop();
    commits.sort_by_key(|commit| commit.hash().0);
    commits.dedup();
    // A signature that is not one, a part that is not there, a part of another.
    let mut bad: Vec<Commit> = commits.iter().take(3).cloned().collect();
    bad[0].signature[5] ^= 1;
    bad[1].parts[0] = None;
    if let Some(Some(part)) = bad[2].parts.first_mut() {
        part[20] ^= 1;
    }
    commits.extend(bad);
    (chain, certificates, commits)
}

fn vector(running: &Running) -> Vec<Tip> {
    let app = &running.server().app;
    app.replica().read(|conn| replica::vector(conn, every_lane())).unwrap()
}

/// Serves from an empty folder with the server's keys.
fn process(chain: &Chain, name: &str) -> Running {
    let folder = chain.keys_of_server(name);
    let own = founder(chain);
    if !folder.join(replica::DATABASE).exists() {
        app::joining::remake(&folder, own.0, &own.1, own.2).unwrap();
    }
    chain.serve(&folder, "127.0.0.1:0").unwrap()
}

#[test]
fn both_stores_come_to_the_same_whatever_the_order_and_the_process() {
    let Some(postgres) = postgres() else { return };
    let (mut chain, certificates, commits) = arrivals();
    for seed in 1..=4u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut order = commits.clone();
        dice.shuffle(&mut order);
        // None of them has heard anything of the chain but its certificates.
        chain.database = None;
        let embedded = process(&chain, &format!("embedded{seed}"));
        chain.database = Some(postgres.database());
        let shared = ["one", "two"].map(|name| process(&chain, &format!("{name}{seed}")));
        let mut position = 0;
        while position < order.len() {
            let batch = 1 + dice.below(9);
            let some = &order[position..(position + batch).min(order.len())];
            position += batch;
            // Some come without the certificate that vouches for them, some bytes are no commit at all.
            let certificates = match dice.below(3) {
                0 => Vec::new(),
                _ => certificates.clone(),
            };
            let unreadable = match dice.below(4) {
                0 => vec![(vec![1, 2, 3, position as u8], Fault::BadSignature)],
                _ => Vec::new(),
            };
            let arrived = || Arrived {
                certificates: certificates.clone(),
                commits: some.to_vec(),
                unreadable: unreadable.clone(),
            };
            let now = position as i64;
            embedded.server().store.accept(arrived(), "a till", now).unwrap();
            // Each batch comes to one process or the other.
            shared[dice.below(2)]
                .server()
                .store
                .accept(arrived(), "a till", now)
                .unwrap();
        }
        // What was set aside for want of a certificate, or waits at one for what the other has, is offered again.
        let again = || Arrived {
            certificates: certificates.clone(),
            commits: order.clone(),
            unreadable: Vec::new(),
        };
        // A copy without its part that came first may stand in the waiting room for the whole one: that comes again too.
        for process in [&embedded, &shared[0]] {
            for _ in 0..10 {
                if process.server().store.accept(again(), "a till", 0).unwrap().held == 0 {
                    break;
                }
            }
        }
        // One that was left behind learns the rest from the database.
        shared[1].server().store.catch_up().unwrap();
        let expected = vector(&embedded);
        assert!(expected.len() > 5, "a fork is three chains");
        for process in &shared {
            assert_eq!(vector(process), expected, "seed {seed}");
            assert_eq!(digest(&process.server().app), digest(&embedded.server().app));
        }
        // A process that had nothing comes to the same from the database alone.
        let third = process(&chain, &format!("three{seed}"));
        assert_eq!(vector(&third), expected, "seed {seed}");
        assert_eq!(digest(&third.server().app), digest(&embedded.server().app));
        assert_eq!(
            third.server().store.counts().unwrap().commits,
            embedded.server().store.counts().unwrap().commits
        );
        // Every commit lies there once.
        let mut client = ::postgres::Client::connect(chain.database.as_deref().unwrap(), ::postgres::NoTls).unwrap();
        let row = client
            .query_one(
                "SELECT COUNT(*), COUNT(DISTINCT hash), (SELECT SUM(commits)::bigint FROM log) FROM commit_log",
                &[],
            )
            .unwrap();
        let counts: (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
        let held = embedded.server().store.counts().unwrap().commits as i64;
        assert_eq!(counts, (held, held, held));
    }
}

/// The organisation's key, its certificates, and which of them is the server's own.
fn founder(chain: &Chain) -> ([u8; 32], Vec<Vec<u8>>, model::ids::Hash) {
    let app = open_app(&chain.server_folder(), chain.clock()).unwrap();
    let signer = common::signer(&app);
    let trust = app.replica().trust().read();
    let mut certificates: Vec<_> = trust
        .iter()
        .map(|(_, certificate)| certificate)
        .filter(|certificate| certificate.store.is_none())
        .collect();
    certificates.sort_by_key(|certificate| !certificate.writes.enrols());
    let bytes = certificates
        .into_iter()
        .map(|certificate| certificate.to_bytes())
        .collect();
    (trust.organisation_key(), bytes, signer.certificate.id())
}

#[test]
fn two_chains_of_one_database_never_see_each_other() {
    let Some(postgres) = postgres() else { return };
    let database = postgres.database();
    let one = Chain::on(Some(database.clone()));
    let two = Chain::on(Some(database));
    let (till, other) = (one.till("S1", "T1"), two.till("S1", "T1"));
    for app in [&till, &other] {
        happen(app);
        sync::sync_within(app, common::PATIENCE, &mut |_| {}).unwrap();
    }
    let stores = [&one, &two].map(|chain| &chain.running.as_ref().unwrap().server().store);
    let before = stores.map(|store| {
        (
            store.offer(&Theirs::default(), every_lane(), usize::MAX).unwrap(),
            store.counts().unwrap(),
        )
    });
    assert_eq!(before[0].1.commits, before[1].1.commits);
    for log in before[0].0.vector.iter().map(|tip| tip.log) {
        assert!(before[1].0.vector.iter().all(|tip| tip.log != log));
    }
    // A till that states the other chain's logs learns nothing of them.
    let mut theirs = before[1].0.vector.clone();
    theirs.iter_mut().for_each(|tip| tip.seq = 0);
    let stated = Theirs {
        vector: &theirs,
        ..Theirs::default()
    };
    let asked = stores[0].offer(&stated, every_lane(), usize::MAX).unwrap();
    assert_eq!(asked.vector, before[0].0.vector);
    assert_eq!(asked.lacking.commits.len() as u64, before[0].1.commits);
    // Nor is it let in at the other's process, with its own token or with its own certificates.
    let stranger = Stranger::of(&till, &two.url);
    assert_eq!(stranger.token_answer().0, 403);
    let (status, _) = stranger.post("/v1/sync", Vec::new(), Some(&Stranger::of(&till, &one.url).token()));
    assert_eq!(status, 401);
    // Its code opens nothing there.
    let code = one.code("S9", "T1");
    let refusal = two.enrol(&two.till_folder("thief"), &two.url, &code).err().unwrap();
    assert_eq!(refusal.code(), "bad_code");
    // And commits carried over by hand are set aside where they do not belong, whatever they come with.
    let (certificates, commits) = everything(&till);
    let count = commits.len();
    let merged = stores[1]
        .accept(
            Arrived {
                certificates,
                commits,
                unreadable: Vec::new(),
            },
            "a thief",
            1,
        )
        .unwrap();
    assert_eq!((merged.held, merged.waiting, merged.aside), (0, 0, count));
    let after = stores.map(|store| {
        (
            store.offer(&Theirs::default(), every_lane(), usize::MAX).unwrap(),
            store.counts().unwrap(),
        )
    });
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before.0.vector, after.0.vector);
        assert_eq!(before.1.commits, after.1.commits);
    }
    assert_eq!(after[0].1.aside, 0, "what one chain sets aside is its own");
    // The rows of the two, as they lie there: no key of one under the other.
    let mut client = ::postgres::Client::connect(one.database.as_deref().unwrap(), ::postgres::NoTls).unwrap();
    let shared: i64 = client
        .query_one(
            "SELECT COUNT(*) FROM commit_log a JOIN commit_log b ON a.hash = b.hash AND a.organisation <> b.organisation",
            &[],
        )
        .unwrap()
        .get(0);
    assert_eq!(shared, 0);
}
