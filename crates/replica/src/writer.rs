//! The one thread that writes. Commands come first; commits that merge are projected in slices that end when a command
//! waits, so that a cashier never waits for head office's news.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use journal::{Commit, Fault, Lane, Verified};
use model::ids::{Hash, Id};
use model::records::LateTaken;
use retail::Day;

use crate::append::{Context, Draft};
use crate::closing::{CLOSED, Late, late, released};
use crate::connection::{BUSY, open_checkpointer};
use crate::core::{Core, Tx};
use crate::deliver::{Arrival, Delivered, deliver, set_aside};
use crate::error::ReplicaError;
use crate::scrub;
use crate::surroundings::Upkeep;

/// A slice of merging ends after this long when a command waits.
const SLICE: Duration = Duration::from_millis(2);
/// A slice ends after this long in any case, so that what came is durable and seen.
const LONGEST_SLICE: Duration = Duration::from_millis(250);
/// Commands that may wait at once; a till has one person and a few threads.
const MAX_COMMANDS: usize = 1_024;
/// Batches that may wait to be merged.
const MAX_MERGES: usize = 16;
/// The WAL is checkpointed this often while something was written.
const CHECKPOINT: Duration = Duration::from_secs(2);
/// Merging stops while the WAL is larger than this, until it has been reset.
const MAX_WAL: u64 = 256 * 1024 * 1024;
/// Rounds over the waiting room after a batch; each delivers at least one commit or is the last.
const MAX_WAITING_ROUNDS: usize = 10_000;

/// Number, in commit headers, of what a replica writes by itself about commits that came late.
const LATE_COMMAND: u16 = 302;

type Command = Box<dyn FnOnce(&mut Core) + Send>;

/// A commit that was read and judged on another thread.
pub struct Judged {
    pub commit: Commit,
    pub verified: Result<Verified, Fault>,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Merged {
    pub held: usize,
    pub opaque: usize,
    pub already: usize,
    pub waiting: usize,
    pub aside: usize,
}

pub(crate) struct MergeJob {
    pub certificates: Vec<Vec<u8>>,
    pub commits: VecDeque<Judged>,
    pub source: String,
    pub now: i64,
    pub merged: Merged,
    pub reply: SyncSender<Result<Merged, ReplicaError>>,
}

#[derive(Default)]
struct Queue {
    commands: VecDeque<Command>,
    merges: VecDeque<MergeJob>,
    closed: bool,
}

struct Shared {
    queue: Mutex<Queue>,
    work: Condvar,
    space: Condvar,
    /// Only the end wakes the checkpointing thread before its time.
    ending: Condvar,
    written: AtomicBool,
    closed: AtomicBool,
    upkeep: Upkeep,
}

impl Shared {
    /// A panic in a command is caught before it can leave the queue half-changed, so a poisoned lock is still sound.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Handle to the writing thread; dropping it ends the thread after the work in hand.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Writer {
    pub fn start(core: Core, upkeep: Upkeep) -> Self {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            work: Condvar::new(),
            space: Condvar::new(),
            ending: Condvar::new(),
            written: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            upkeep,
        });
        let database = core.database.clone();
        let writing = Arc::clone(&shared);
        let mut threads = vec![std::thread::spawn(move || write_loop(core, &writing))];
        if upkeep == Upkeep::Timed {
            let checkpointing = Arc::clone(&shared);
            threads.push(std::thread::spawn(move || checkpoint_loop(&database, &checkpointing)));
        }
        Self { shared, threads }
    }

    /// Runs `work` in one transaction on the writing thread and waits for it to be durable.
    pub fn write<T, E>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<ReplicaError> + Send + 'static,
    {
        let (reply, answer) = sync_channel(1);
        self.push_command(Box::new(move |core| {
            // The caller may have gone; the write stands all the same.
            let _ = reply.send(transaction(core, work));
        }))?;
        answer.recv().unwrap_or_else(|_| Err(ReplicaError::Closed.into()))
    }

    fn push_command(&self, command: Command) -> Result<(), ReplicaError> {
        let mut queue = self.shared.lock();
        while queue.commands.len() >= MAX_COMMANDS && !queue.closed {
            queue = self.shared.space.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        if queue.closed {
            return Err(ReplicaError::Closed);
        }
        queue.commands.push_back(command);
        self.shared.work.notify_one();
        Ok(())
    }

    /// Empties the unused space of some pages of the database from this one on; the next, or none after the last.
    pub fn scrub(&self, from: u64) -> Result<Scrubbed, ReplicaError> {
        let (reply, answer) = sync_channel(1);
        self.push_command(Box::new(move |core| {
            let _ = reply.send(scrub(core, from));
        }))?;
        answer.recv().map_err(|_| ReplicaError::Closed)?
    }

    /// Hands a batch over; the answer comes when all of it is projected, set aside or waiting.
    pub fn merge(&self, job: MergeJob) -> Result<(), ReplicaError> {
        let mut queue = self.shared.lock();
        while queue.merges.len() >= MAX_MERGES && !queue.closed {
            queue = self.shared.space.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        if queue.closed {
            return Err(ReplicaError::Closed);
        }
        queue.merges.push_back(job);
        self.shared.work.notify_one();
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.closed.store(true, Ordering::Release);
        self.shared.work.notify_all();
        self.shared.space.notify_all();
        self.shared.ending.notify_all();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Begins, runs, commits; on any error nothing of it is there.
fn transaction<T, E: From<ReplicaError>>(
    core: &mut Core,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    begin(core)?;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let value = work(&mut Tx { core })?;
        if std::mem::take(&mut core.recheck) {
            recheck_waiting(core)?;
        }
        core.digest.store(&core.conn)?;
        if let Some(upstream) = core.upstream.as_mut().filter(|_| !core.appended.is_empty()) {
            upstream.keep(&core.conn).map_err(ReplicaError::Upstream)?;
        }
        Ok(value)
    }));
    let error = match outcome {
        Ok(Ok(value)) => match core.conn.execute_batch("COMMIT") {
            Ok(()) => {
                if let Some(witness) = &core.witness {
                    for written in core.appended.drain(..) {
                        witness.note(written.log, written.seq, &written.hash);
                    }
                }
                return Ok(value);
            }
            Err(error) => {
                // It may have committed all the same. The connection is closed and the log is read again; whoever asks
                // with the same request id then learns which it was.
                core.sound = false;
                ReplicaError::from(error).into()
            }
        },
        Ok(Err(error)) => error,
        Err(_) => ReplicaError::damaged("the command stopped half-way; nothing of it was written").into(),
    };
    // What went wrong with the work is the answer, whatever tidying up meets; the next command tidies up again.
    if core.sound && roll_back(core).is_err() {
        core.sound = false;
    }
    Err(error)
}

/// A closing, an extension, a loss of our own: what waits is looked at again, in the transaction that said so.
fn recheck_waiting(core: &mut Core) -> Result<(), ReplicaError> {
    let Core {
        conn, digest, trust, ..
    } = &mut *core;
    let now: Option<i64> = conn
        .prepare_cached("SELECT MIN(since) FROM waiting")?
        .query_row([], |row| row.get(0))?;
    if let Some(now) = now {
        deliver_waiting(conn, digest, trust, now)?;
    }
    Ok(())
}

fn begin(core: &mut Core) -> Result<(), ReplicaError> {
    if !core.sound {
        core.reopen()?;
    }
    core.appended.clear();
    core.recheck = false;
    Ok(core.conn.execute_batch("BEGIN IMMEDIATE")?)
}

fn roll_back(core: &mut Core) -> Result<(), ReplicaError> {
    // A full disk ends the transaction by itself.
    if !core.conn.is_autocommit() {
        core.conn.execute_batch("ROLLBACK")?;
    }
    core.digest = crate::digest::Digest::load(&core.conn)?;
    Ok(())
}

fn write_loop(mut core: Core, shared: &Shared) {
    loop {
        let mut queue = shared.lock();
        let work = loop {
            if let Some(command) = queue.commands.pop_front() {
                break Work::Command(command);
            }
            if let Some(job) = queue.merges.pop_front() {
                break Work::Merge(job);
            }
            if queue.closed {
                return;
            }
            queue = shared.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
        };
        drop(queue);
        shared.space.notify_all();
        shared.written.store(true, Ordering::Release);
        match work {
            Work::Command(command) => {
                command(&mut core);
                if wal_bytes(&core.database) > MAX_WAL {
                    // Commands without a pause, as in an import, leave the background no moment to reset it.
                    reset_wal(&core);
                }
            }
            Work::Merge(job) => {
                if let Some(rest) = merge_slice(&mut core, job, shared) {
                    shared.lock().merges.push_front(rest);
                }
            }
        }
    }
}

enum Work {
    Command(Command),
    Merge(MergeJob),
}

fn command_waits(shared: &Shared) -> bool {
    !shared.lock().commands.is_empty()
}

/// Projects some of the batch in one transaction; what is left comes back.
fn merge_slice(core: &mut Core, mut job: MergeJob, shared: &Shared) -> Option<MergeJob> {
    wait_for_wal(core, shared);
    let started = Instant::now();
    let outcome = transaction(core, |tx| -> Result<(), ReplicaError> {
        let Core {
            conn, digest, trust, ..
        } = &mut *tx.core;
        for certificate in std::mem::take(&mut job.certificates) {
            // Judged before it came here; judged again because it is about to be trusted for good.
            if let Ok(id) = trust.admit(&certificate) {
                conn.prepare_cached("INSERT OR IGNORE INTO certificate (id, bytes) VALUES (?, ?)")?
                    .execute(rusqlite::params![id.as_bytes(), certificate])?;
            }
        }
        let mut taken = 0;
        while let Some(judged) = job.commits.pop_front() {
            let delivered = take(conn, digest, trust, &judged, &job.source, false, job.now)?;
            count(&mut job.merged, &delivered);
            taken += 1;
            let over = match shared.upkeep {
                Upkeep::Timed => {
                    let elapsed = started.elapsed();
                    elapsed >= LONGEST_SLICE || (elapsed >= SLICE && command_waits(shared))
                }
                Upkeep::Called { slice } => taken >= slice,
            };
            if over && !job.commits.is_empty() {
                return Ok(());
            }
        }
        let delivered = deliver_waiting(conn, digest, trust, job.now)?;
        job.merged.held += delivered;
        say_what_was_late(tx, job.now)
    });
    match outcome {
        Ok(()) if job.commits.is_empty() => {
            let _ = job.reply.send(Ok(job.merged));
            None
        }
        Ok(()) => Some(job),
        Err(error) => {
            // Nothing of this slice is here; what it held lies outside our vector and is offered again.
            let _ = job.reply.send(Err(error));
            None
        }
    }
}

fn take(
    conn: &rusqlite::Connection,
    digest: &mut crate::digest::Digest,
    trust: &crate::core::SharedTrust,
    judged: &Judged,
    source: &str,
    released: bool,
    now: i64,
) -> Result<Delivered, ReplicaError> {
    let taken = crate::erasure::as_taken(conn, trust, judged)?;
    let Judged { commit, verified } = taken.as_ref().unwrap_or(judged);
    match verified {
        Ok(verified) => {
            let certificate = trust.read().get(&verified.certificate).cloned();
            let certificate = certificate.ok_or_else(|| ReplicaError::damaged("a certificate that was just read"))?;
            deliver(
                conn,
                digest,
                &Arrival {
                    commit,
                    verified,
                    certificate: &certificate,
                    source,
                    released,
                    now,
                },
            )
        }
        Err(fault) => {
            let header = journal::Header::from_bytes(&commit.header).ok();
            set_aside(
                conn,
                commit,
                header.as_ref(),
                fault.code(),
                &fault.to_string(),
                source,
                now,
            )?;
            Ok(Delivered::Aside)
        }
    }
}

fn count(merged: &mut Merged, delivered: &Delivered) {
    match delivered {
        Delivered::Held { opaque } => {
            merged.held += 1;
            merged.opaque += usize::from(*opaque);
        }
        Delivered::Already => merged.already += 1,
        Delivered::Waiting => merged.waiting += 1,
        Delivered::Aside => merged.aside += 1,
    }
}

/// Delivers what waited and waits no longer; says how many became held.
fn deliver_waiting(
    conn: &rusqlite::Connection,
    digest: &mut crate::digest::Digest,
    trust: &crate::core::SharedTrust,
    now: i64,
) -> Result<usize, ReplicaError> {
    let mut delivered = 0;
    for _ in 0..MAX_WAITING_ROUNDS {
        let free = released(conn, &trust.read())?;
        let waiting: Vec<(Vec<u8>, String, String)> = conn
            .prepare_cached("SELECT hash, source, missing FROM waiting ORDER BY log, seq")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let mut moved = false;
        for (hash, source, missing) in waiting {
            let released = Hash::from_slice(&hash).is_some_and(|hash| free.contains(&hash));
            // Judging costs a signature; what still lacks the same is left alone.
            if !released && !is_held(conn, &missing)? {
                continue;
            }
            let bytes: Vec<u8> = conn
                .prepare_cached("SELECT bytes FROM waiting WHERE hash = ?")?
                .query_row([&hash], |row| row.get(0))?;
            let Ok(commit) = Commit::from_bytes(&bytes) else {
                continue;
            };
            let verified = journal::verify(&commit, &trust.read(), &crate::rules::Rules);
            let outcome = take(
                conn,
                digest,
                trust,
                &Judged { commit, verified },
                &source,
                released,
                now,
            )?;
            if outcome != Delivered::Waiting {
                conn.prepare_cached("DELETE FROM waiting WHERE hash = ?")?
                    .execute([hash])?;
                moved = true;
                delivered += usize::from(matches!(outcome, Delivered::Held { .. }));
            }
        }
        if !moved {
            break;
        }
    }
    Ok(delivered)
}

/// Whether the commit that another waits for, as `log:seq`, may be held by now, or declared lost. What waits for a closing
/// is tried when a log was extended, or a closed key may list more that stands.
fn is_held(conn: &rusqlite::Connection, missing: &str) -> Result<bool, ReplicaError> {
    if missing == CLOSED {
        return Ok(conn
            .prepare_cached("SELECT 1 FROM log_extended UNION ALL SELECT 1 FROM key_closed LIMIT 1")?
            .exists([])?);
    }
    let named = missing
        .split_once(':')
        .and_then(|(log, seq)| Some((log.parse::<Id>().ok()?, seq.parse::<i64>().ok()?)));
    // What does not say is tried.
    let Some((log, seq)) = named else { return Ok(true) };
    Ok(conn
        .prepare_cached(
            "SELECT 1 FROM log WHERE origin = ?1 AND seq >= ?2
             UNION ALL SELECT 1 FROM commit_lost WHERE log = ?1 AND seq = ?2 LIMIT 1",
        )?
        .exists(rusqlite::params![log.as_bytes(), seq])?)
}

/// Commits taken beyond a closing, before this replica heard of it, are put into the past of a commit of its own, so that
/// every other replica takes them too. A device that may not write leaves that to the others.
fn say_what_was_late(tx: &mut Tx<'_>, now: i64) -> Result<(), ReplicaError> {
    let Ok(own) = tx.writer().map(|signer| signer.certificate.clone()) else {
        return Ok(());
    };
    if !own.writes.contains(Lane::All) {
        return Ok(());
    }
    let late = late(&tx.core.conn, &tx.core.trust.read(), own.device)?;
    if late.is_empty() {
        return Ok(());
    }
    let request = tx.core.entropy.bytes()?;
    let context = Context {
        command: LATE_COMMAND,
        request: Id(request),
        user: None,
        wall: now,
        skew: None,
        date: Day::of_ms(now).0,
    };
    let mut draft = Draft::new(Lane::All, context);
    for Late { log, seq, hash16 } in late {
        draft.add(LateTaken { log, seq, hash16 });
    }
    tx.append(draft)?;
    Ok(())
}

fn wal_bytes(database: &Path) -> u64 {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    std::fs::metadata(name).map_or(0, |meta| meta.len())
}

/// Holds merging back while the WAL is over its bound and no command waits; a reader that keeps the WAL from being reset
/// ends sooner or later.
fn wait_for_wal(core: &Core, shared: &Shared) {
    while wal_bytes(&core.database) > MAX_WAL && !command_waits(shared) && !shared.closed.load(Ordering::Acquire) {
        reset_wal(core);
        if wal_bytes(&core.database) > MAX_WAL {
            let queue = shared.lock();
            if queue.commands.is_empty() && !queue.closed {
                // A command, or the end, wakes this.
                drop(shared.work.wait_timeout(queue, CHECKPOINT));
            }
        }
    }
}

/// Checkpoints all of the WAL and empties the file, unless a reader is in the way; nothing waits for one. Called between
/// transactions only.
fn reset_wal(core: &Core) {
    let _ = core.conn.busy_timeout(Duration::ZERO);
    let _ = core.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    let _ = core.conn.busy_timeout(BUSY);
}

/// How far the pages are emptied.
pub(crate) enum Scrubbed {
    /// A reader was in the way of emptying the WAL.
    Busy,
    Next(u64),
    Done,
}

fn scrub(core: &mut Core, from: u64) -> Result<Scrubbed, ReplicaError> {
    reset_wal(core);
    if wal_bytes(&core.database) > 0 {
        return Ok(Scrubbed::Busy);
    }
    let failed = |source| ReplicaError::File {
        path: core.database.clone(),
        source,
    };
    let file = match &mut core.file {
        Some(file) => file,
        none => none.insert(
            std::fs::OpenOptions::new()
                .read(true)
                .write(true)
                .open(&core.database)
                .map_err(failed)?,
        ),
    };
    let Some(paging) = scrub::paging(file).map_err(failed)? else {
        return Ok(Scrubbed::Done);
    };
    let next = scrub::empty(file, paging, from).map_err(failed)?;
    if next.is_none() {
        file.sync_data().map_err(failed)?;
    }
    // Pages read before would bring back what was emptied when they are written.
    core.conn.execute_batch("PRAGMA shrink_memory")?;
    Ok(next.map_or(Scrubbed::Done, Scrubbed::Next))
}

fn checkpoint_loop(database: &Path, shared: &Shared) {
    let mut conn = None;
    loop {
        {
            let queue = shared.lock();
            if !queue.closed {
                drop(shared.ending.wait_timeout(queue, CHECKPOINT));
            }
        }
        let last = shared.closed.load(Ordering::Acquire);
        if shared.written.swap(false, Ordering::AcqRel) {
            if conn.is_none() {
                conn = open_checkpointer(database).ok();
            }
            if let Some(conn) = &conn {
                // A checkpoint that finds the database busy is taken up at the next turn.
                let _ = checkpoint(conn);
            }
        }
        if last {
            return;
        }
    }
}

/// Copies what readers allow into the database; neither waits for them nor holds a writer up.
pub(crate) fn checkpoint(conn: &rusqlite::Connection) -> Result<(), ReplicaError> {
    Ok(conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?)
}

/// Waits for the answer to a merge.
pub(crate) fn answer(receiver: &Receiver<Result<Merged, ReplicaError>>) -> Result<Merged, ReplicaError> {
    receiver.recv().unwrap_or(Err(ReplicaError::Closed))
}
