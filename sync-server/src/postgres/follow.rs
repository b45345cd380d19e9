//! The process's own replica, kept up with the database. It answers head office's queries; sync needs none of it.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use app::App;
use journal::Header;
use model::ids::{Hash, Id};
use model::refusal::Refusal;
use replica::chain::find;
use replica::peer::{self, Seen};
use replica::{MAX_ASIDE, ReplicaError, Tip};

use super::head_office::HeadOffice;
use super::pull::{Lacking, extent, lacking};
use super::rows::{Row, number};
use super::{Chain, hints, sql};
use crate::revoked::Revoked;

/// How often the database is asked for what other processes took.
const LOOK: Duration = Duration::from_millis(250);
/// The same while hints of the others are heard.
const LOOK_LISTENING: Duration = MIRROR;
/// Between two hints that this process gives: what was handed in meanwhile is one hint.
const HINTS: Duration = Duration::from_millis(20);
/// After trouble, and while nothing of what is there can be taken.
const LONGEST_LOOK: Duration = Duration::from_secs(10);
/// What was offered and not taken is offered again after this.
const PASSED_FOR: Duration = Duration::from_secs(30);
const MAX_PASSED: usize = 10_000;
/// How often what is no commit is brought over: what devices said, who signed out, what was set aside.
const MIRROR: Duration = Duration::from_secs(1);
/// Commits set aside that are brought over at once.
const MAX_ASIDE_AT_ONCE: i64 = 256;
/// Processes' clocks differ; so far back what was set aside is looked at again, ms.
const CLOCKS: i64 = 5 * 60_000;
/// Under this name the database stands as the source of what it sent.
const SOURCE: &str = "database";

/// How far the process's replica is, the thread that brings it on, and the one that listens for hints.
pub struct Follower {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    chain: Arc<Chain>,
    app: App,
    revoked: Arc<Revoked>,
    office: Arc<HeadOffice>,
    /// What was offered and not taken, since when: it waits for what somebody has still to say. One at a time asks and
    /// merges, so this is the lock too.
    passed: Mutex<(HashSet<Hash>, Instant)>,
    news: Mutex<News>,
    woken: Condvar,
    /// Signalled, under `news`, when the replica moved.
    moved: Condvar,
    ending: AtomicBool,
}

/// Why the thread is woken.
#[derive(Default)]
struct News {
    /// There may be something new; cleared when it is looked for.
    there: bool,
    /// This process handed something in of which the others were not told.
    untold: bool,
}

/// What the thread does next.
enum Due {
    Look,
    Tell,
    End,
}

impl Follower {
    pub fn start(chain: Arc<Chain>, app: App, office: Arc<HeadOffice>, revoked: Arc<Revoked>) -> Self {
        let shared = Arc::new(Shared {
            chain,
            app,
            revoked,
            office,
            passed: Mutex::new((HashSet::new(), Instant::now())),
            news: Mutex::default(),
            woken: Condvar::new(),
            moved: Condvar::new(),
            ending: AtomicBool::new(false),
        });
        let following = Arc::clone(&shared);
        let listening = Arc::clone(&shared);
        let threads = vec![
            std::thread::spawn(move || following.run()),
            std::thread::spawn(move || hints::listen(&listening.chain, &listening.ending, || listening.wake())),
        ];
        Self { shared, threads }
    }

    /// This process handed something in: the others are told.
    pub fn tell(&self) {
        self.shared.wake_for(|news| news.untold = true);
    }

    /// There may be something new.
    pub fn wake(&self) {
        self.shared.wake();
    }

    /// Takes what there is that the replica lacks: before anybody is answered from it.
    pub fn catch_up(&self) -> Result<(), Refusal> {
        while self.shared.catch_up()? > 0 {}
        Ok(())
    }

    /// Brings the replica on until it holds as much of these logs, or time is over; whether it does.
    pub fn reach(&self, logs: &[(Id, u64)], within: Duration) -> Result<bool, Refusal> {
        let until = Instant::now() + within;
        loop {
            let held = self.shared.app.replica().read(extent)?;
            let holds = |(log, commits): &(Id, u64)| held.get(log).map_or(0, |held| held.0) >= *commits;
            if logs.iter().all(holds) {
                return Ok(true);
            }
            if Instant::now() >= until {
                return Ok(false);
            }
            self.shared.catch_up()?;
        }
    }

    /// Waits until the replica holds this, as long as is allowed; whether it does.
    pub fn wait_for(&self, tip: Tip, within: Duration) -> Result<bool, Refusal> {
        let until = Instant::now() + within;
        self.wake();
        loop {
            let held = self.shared.app.replica().read(extent)?;
            if held.get(&tip.log).is_some_and(|(_, seq)| *seq >= tip.seq) {
                return Ok(true);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            let news = self.shared.news.lock().unwrap_or_else(PoisonError::into_inner);
            drop(self.shared.moved.wait_timeout(news, left.min(LOOK)));
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::Release);
        self.shared.wake();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn wake(&self) {
        self.wake_for(|news| news.there = true);
    }

    fn wake_for(&self, why: impl FnOnce(&mut News)) {
        why(&mut self.news.lock().unwrap_or_else(PoisonError::into_inner));
        self.woken.notify_all();
    }

    /// Waits until there is something to do: at `look` at the latest, and for a hint not before `tell`.
    fn next(&self, look: Instant, tell: Instant) -> Due {
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let now = Instant::now();
            if self.ending.load(Ordering::Acquire) {
                return Due::End;
            }
            if news.untold && now >= tell {
                news.untold = false;
                return Due::Tell;
            }
            if news.there || now >= look {
                news.there = false;
                return Due::Look;
            }
            let until = if news.untold { look.min(tell) } else { look };
            news = self
                .woken
                .wait_timeout(news, until.saturating_duration_since(now))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Takes one batch of what the database has and the replica lacks; how many commits became held.
    fn catch_up(&self) -> Result<usize, Refusal> {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        if passed.1.elapsed() > PASSED_FOR || passed.0.len() > MAX_PASSED {
            *passed = (HashSet::new(), Instant::now());
        }
        let lacking = self
            .chain
            .pool
            .run(|connection| lacking(connection, &self.chain, &self.app, &passed.0))?;
        let Lacking {
            certificates,
            commits,
            hashes,
        } = lacking;
        if commits.is_empty() {
            return Ok(0);
        }
        let places: Vec<_> = commits
            .iter()
            .zip(&hashes)
            .filter_map(|(commit, hash)| Some((Header::from_bytes(&commit.header).ok()?, *hash)))
            .collect();
        let merged = self.office.merge(certificates, commits, SOURCE, self.app.now())?;
        if merged.held + merged.already < hashes.len() {
            let left = self.app.replica().read(|conn| -> Result<Vec<Hash>, ReplicaError> {
                let mut left = Vec::new();
                for (header, hash) in &places {
                    if find(conn, header.log, header.seq, Id::of(hash))?.is_none() {
                        left.push(*hash);
                    }
                }
                Ok(left)
            })?;
            passed.0.extend(left);
        }
        drop(passed);
        if merged.held > 0 {
            drop(self.news.lock().unwrap_or_else(PoisonError::into_inner));
            self.moved.notify_all();
        }
        Ok(merged.held)
    }

    fn run(&self) {
        let mut mirrored = Mirrored::default();
        let mut pause = LOOK;
        let (mut look, mut tell) = (Instant::now() + pause, Instant::now());
        let mut next_mirror = Instant::now();
        loop {
            match self.next(look, tell) {
                Due::End => return,
                Due::Tell => {
                    self.chain.hints.tell(&self.chain.pool);
                    tell = Instant::now() + HINTS;
                    continue;
                }
                Due::Look => {}
            }
            let mut caught_up = Ok(0);
            while !self.ending.load(Ordering::Acquire) {
                caught_up = self.catch_up();
                if !matches!(caught_up, Ok(held) if held > 0) {
                    break;
                }
            }
            let mut outcome = caught_up.map(|_| ());
            if next_mirror <= Instant::now() {
                outcome = outcome.and_then(|()| self.mirror(&mut mirrored));
                next_mirror = Instant::now() + MIRROR;
            }
            // The database is away, or the disk full: that shows at every request too, so nothing more is said here.
            pause = match outcome {
                Ok(()) if self.chain.hints.is_listening() => LOOK_LISTENING,
                Ok(()) => LOOK,
                Err(_) => (pause * 2).min(LONGEST_LOOK),
            };
            look = Instant::now() + pause;
        }
    }

    /// Brings over what is no commit: for the pages of head office, and so that who signed out at one process is out at all.
    fn mirror(&self, mirrored: &mut Mirrored) -> Result<(), Refusal> {
        let now = self.app.now();
        let chain = &self.chain;
        self.mirror_aside(mirrored)?;
        let (seen, signed_out, aside) = chain.pool.run(|connection| {
            let rows = connection.query(sql::SEEN, &[&chain.id()])?;
            let seen = rows
                .iter()
                .map(|row| {
                    Ok(Seen {
                        device: row.id(0)?,
                        wall: row.get(1),
                        unsent: number(row, 2),
                        waiting: number(row, 3),
                        software: row.get(4),
                    })
                })
                .collect::<Result<Vec<_>, super::connection::Trouble>>()?;
            let rows = connection.query(sql::SIGNED_OUT, &[&chain.id(), &now])?;
            let signed_out = rows
                .iter()
                .map(|row| Ok((row.id(0)?, row.get::<_, i64>(1))))
                .collect::<Result<Vec<_>, super::connection::Trouble>>()?;
            let since = mirrored.aside - CLOCKS;
            let aside = connection.query(sql::ASIDE_SINCE, &[&chain.id(), &since, &MAX_ASIDE_AT_ONCE])?;
            Ok((seen, signed_out, aside))
        })?;
        for (session, expires) in signed_out {
            self.revoked.add(session, expires, now);
        }
        let last = aside.last().map_or(mirrored.aside, |row| row.get(6));
        let changed: Vec<Seen> = seen
            .into_iter()
            .filter(|seen| mirrored.seen.get(&seen.device) != Some(seen))
            .collect();
        let new: Vec<_> = aside
            .into_iter()
            .filter(|row| !mirrored.aside_known.contains_key(row.get::<_, &[u8]>(0)))
            .collect();
        for seen in &changed {
            mirrored.seen.insert(seen.device, seen.clone());
        }
        mirrored.aside = last.max(mirrored.aside);
        mirrored
            .aside_known
            .retain(|_, since| *since >= mirrored.aside - CLOCKS);
        mirrored
            .aside_known
            .extend(new.iter().map(|row| (row.get::<_, Vec<u8>>(0), row.get::<_, i64>(6))));
        if changed.is_empty() && new.is_empty() {
            return Ok(());
        }
        Ok(self.app.replica().write(move |tx| -> Result<(), ReplicaError> {
            for seen in &changed {
                peer::record_seen(tx.conn(), seen)?;
            }
            for row in &new {
                tx.conn()
                    .prepare_cached(
                        "INSERT OR IGNORE INTO aside (hash, log, seq, code, reason, source, since, size, bytes)
                         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    )?
                    .execute(rusqlite::params![
                        row.get::<_, &[u8]>(0),
                        row.get::<_, Option<&[u8]>>(1),
                        row.get::<_, Option<i64>>(2),
                        row.get::<_, &str>(3),
                        row.get::<_, &str>(4),
                        row.get::<_, &str>(5),
                        row.get::<_, i64>(6),
                        row.get::<_, i64>(7),
                        row.get::<_, Option<&[u8]>>(8),
                    ])?;
            }
            Ok(())
        })?)
    }
}

type Aside = (
    Vec<u8>,
    Option<Vec<u8>>,
    Option<i64>,
    String,
    String,
    String,
    i64,
    i64,
    Option<Vec<u8>>,
);

impl Shared {
    /// Tells the other processes what this one set aside.
    fn mirror_aside(&self, mirrored: &mut Mirrored) -> Result<(), Refusal> {
        let since = mirrored.told - CLOCKS;
        let aside: Vec<Aside> = self.app.replica().read(|conn| -> Result<_, ReplicaError> {
            let mut statement = conn.prepare_cached(
                "SELECT hash, log, seq, code, reason, source, since, size, bytes FROM aside
                 WHERE since >= ? ORDER BY since, hash LIMIT ?",
            )?;
            let rows = statement.query_map(rusqlite::params![since, MAX_ASIDE_AT_ONCE], |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                    row.get(5)?,
                    row.get(6)?,
                    row.get(7)?,
                    row.get(8)?,
                ))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        mirrored.told = aside.last().map_or(mirrored.told, |row| row.6.max(mirrored.told));
        let new: Vec<Aside> = aside
            .into_iter()
            .filter(|row| !mirrored.aside_known.contains_key(&row.0))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        self.chain.pool.transaction(|connection| {
            for (hash, log, seq, code, reason, source, since, size, bytes) in &new {
                connection.execute(
                    sql::ASIDE_ADD,
                    &[
                        &self.chain.id(),
                        hash,
                        log,
                        seq,
                        code,
                        reason,
                        source,
                        since,
                        size,
                        bytes,
                    ],
                )?;
            }
            connection.execute(sql::ASIDE_TRIM, &[&self.chain.id(), &MAX_ASIDE])?;
            Ok(())
        })?;
        mirrored.aside_known.extend(new.into_iter().map(|row| (row.0, row.6)));
        Ok(())
    }
}

/// What was brought over, so that a second look writes nothing.
#[derive(Default)]
struct Mirrored {
    seen: HashMap<Id, Seen>,
    /// When the newest of what was set aside came, ms UTC, and what came not long before it.
    aside: i64,
    /// The same of what this process set aside and told.
    told: i64,
    aside_known: HashMap<Vec<u8>, i64>,
}
