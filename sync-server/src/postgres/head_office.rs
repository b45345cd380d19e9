//! Head office's commands, when several processes write one log.
//!
//! A process takes its turn: it locks the tip rows of head office's logs in the database, brings its replica up to them,
//! and runs the command there. Inside the replica's transaction the new commits go into the database, in the transaction
//! that holds the lock, and are committed there first. So
//! - two processes cannot write the same place of a log;
//! - when the database does not keep a commit, the replica rolls back: nothing happened;
//! - when it is not known whether it did, the replica rolls back too, and the commit, if it is there, comes by following;
//! - when the process dies in between, the same.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::App;
use journal::{Certificate, Commit, Header, header_hash};
use model::ids::Id;
use model::refusal::Refusal;
use replica::{Merged, ReplicaError, Tip, Upstream};
use rusqlite::{Connection as Sqlite, OptionalExtension, params};

use super::connection::{Connection, Lent, Trouble};
use super::follow::Follower;
use super::pull::extent;
use super::push::Pusher;
use super::rows::{Row, damaged, number};
use super::{Chain, sql};

/// How long a command waits for its replica to come up to the log's tip. A replica that follows is there already; a new one
/// that still fills is not.
const CATCH_UP: Duration = Duration::from_secs(10);
/// Commits looked through for the one just written: others that waited for it may have become held with it.
const LOOKED_BACK: u32 = 1_024;
/// Answers are kept this long, ms: a request is resent within minutes.
const ANSWERS_KEPT: i64 = 14 * 24 * 60 * 60_000;

/// One turn of a process: the lock, and what became of it.
struct Turn {
    connection: Lent,
    /// Set while the database is asked; stays set when it failed.
    used: bool,
    kept: Option<Tip>,
}

/// Where commands take their turns.
pub struct HeadOffice {
    chain: Arc<Chain>,
    app: App,
    /// Own logs, the spare's too.
    logs: Vec<Id>,
    one_at_a_time: Mutex<()>,
    turn: Arc<Mutex<Option<Turn>>>,
    wanted: Arc<AtomicBool>,
}

/// The replica's side: what a command wrote goes into the turn's transaction.
struct IntoTurn {
    chain: Arc<Chain>,
    pusher: Arc<Pusher>,
    logs: Vec<Id>,
    turn: Arc<Mutex<Option<Turn>>>,
    /// Raised when something was written and there was no turn.
    wanted: Arc<AtomicBool>,
}

impl Upstream for IntoTurn {
    fn keep(&mut self, conn: &Sqlite) -> Result<(), Refusal> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(turn) = turn.as_mut().filter(|turn| !turn.used) else {
            self.wanted.store(true, Ordering::Release);
            return Err(Refusal::Failed {
                what: "head office wrote outside its turn".to_owned(),
            });
        };
        turn.used = true;
        let kept = self.put(turn, conn).map_err(Trouble::refusal)?;
        // From here on the database may have it, whatever it says.
        turn.connection.commit().map_err(|_| Refusal::Failed {
            what: "the database did not say whether it was kept; the same request again gets its answer".to_owned(),
        })?;
        turn.kept = kept;
        Ok(())
    }
}

impl IntoTurn {
    /// Writes what the command wrote, and the answer that a resent request gets, into the turn's transaction; where the
    /// last commit stands.
    fn put(&self, turn: &mut Turn, conn: &Sqlite) -> Result<Option<Tip>, Trouble> {
        let chain = &self.chain;
        self.pusher.push_within(conn, &mut turn.connection)?;
        // Of each log as many here as there: the replica was at its end, and this is the next of it, not a second one.
        let ours = extent(conn).map_err(Refusal::from)?;
        for (log, commits) in held(&mut turn.connection, chain, &self.logs)? {
            if ours.get(&log).map_or(0, |ours| ours.0) != commits {
                return Err(Refusal::Busy.into());
            }
        }
        let Some(Last { tip, request }) = last(conn, &self.logs)? else {
            return Ok(None);
        };
        if let Some(answer) = answer(conn, request)? {
            let Answer {
                name,
                body,
                answer,
                wall,
            } = answer;
            let of = request.as_bytes();
            turn.connection
                .execute(sql::ANSWER_ADD, &[&chain.id(), &of, &name, &body, &answer, &wall])?;
            if request.0[0] == 0 {
                // Now and then is enough to keep the bound.
                turn.connection
                    .execute(sql::ANSWERS_CLEAR, &[&chain.id(), &(wall - ANSWERS_KEPT)])?;
            }
        }
        Ok(Some(tip))
    }
}

/// The commit of head office written last, by its log as its header names it.
struct Last {
    tip: Tip,
    request: Id,
}

fn last(conn: &Sqlite, logs: &[Id]) -> Result<Option<Last>, Refusal> {
    let headers: Vec<Vec<u8>> = conn
        .prepare_cached("SELECT header FROM commit_log ORDER BY row DESC LIMIT ?")
        .and_then(|mut statement| statement.query_map([LOOKED_BACK], |row| row.get(0))?.collect())
        .map_err(ReplicaError::from)?;
    for bytes in headers {
        let header = Header::from_bytes(&bytes).map_err(|_| damaged("a header"))?;
        if logs.contains(&header.log) {
            let hash16 = Id::of(&header_hash(&bytes));
            let (log, seq, request) = (header.log, header.seq, header.request);
            let tip = Tip { log, seq, hash16 };
            return Ok(Some(Last { tip, request }));
        }
    }
    Ok(None)
}

/// Locks these logs; how many commits the database holds of each.
fn held(connection: &mut Connection, chain: &Chain, logs: &[Id]) -> Result<Vec<(Id, u64)>, Trouble> {
    let logs: Vec<&[u8]> = logs.iter().map(|log| log.as_bytes()).collect();
    let rows = connection.query(sql::LOGS_LOCKED, &[&chain.id(), &logs])?;
    rows.iter().map(|row| Ok((row.id(0)?, number(row, 2)))).collect()
}

struct Answer {
    name: String,
    body: Vec<u8>,
    answer: String,
    wall: i64,
}

/// The answer that the replica keeps for a request.
fn answer(conn: &Sqlite, request: Id) -> Result<Option<Answer>, Refusal> {
    let read = || {
        conn.prepare_cached("SELECT name, body, answer, wall FROM local_answer WHERE request = ?")?
            .query_row([request.as_bytes()], |row| {
                Ok(Answer {
                    name: row.get(0)?,
                    body: row.get(1)?,
                    answer: row.get(2)?,
                    wall: row.get(3)?,
                })
            })
            .optional()
    };
    read().map_err(|error| ReplicaError::from(error).into())
}

impl Drop for HeadOffice {
    fn drop(&mut self) {
        // The replica holds what holds the replica; without this its folder stays taken. One that is closed lets go by itself.
        let _ = self.app.replica().follow(None);
    }
}

impl HeadOffice {
    pub fn new(
        chain: Arc<Chain>,
        app: App,
        pusher: Arc<Pusher>,
        certificates: &[Certificate],
    ) -> Result<Self, Refusal> {
        let logs: Vec<_> = certificates
            .iter()
            .flat_map(|certificate| certificate.writes.iter().map(|lane| certificate.log(lane)))
            .collect();
        let turn = Arc::new(Mutex::new(None));
        let wanted = Arc::new(AtomicBool::new(false));
        app.replica().follow(Some(Box::new(IntoTurn {
            chain: Arc::clone(&chain),
            pusher,
            logs: logs.clone(),
            turn: Arc::clone(&turn),
            wanted: Arc::clone(&wanted),
        })))?;
        Ok(Self {
            chain,
            app,
            logs,
            one_at_a_time: Mutex::default(),
            turn,
            wanted,
        })
    }

    /// Runs work that may write once; the position of what it wrote. Work that writes outside a turn, or twice in one, is
    /// refused.
    pub fn command(
        &self,
        follower: &Follower,
        request: Option<Id>,
        work: &mut dyn FnMut() -> Result<(), Refusal>,
    ) -> Result<Option<Tip>, Refusal> {
        let _one = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let (connection, held) = self.lock()?;
        if !follower.reach(&held, CATCH_UP)? {
            return Err(Refusal::Busy);
        }
        let connection = self.adopt_answer(connection, request)?;
        self.turn(connection, work)
    }

    /// Runs work with this connection's locks as its turn.
    fn turn(&self, connection: Lent, work: &mut dyn FnMut() -> Result<(), Refusal>) -> Result<Option<Tip>, Refusal> {
        *self.slot() = Some(Turn {
            connection,
            used: false,
            kept: None,
        });
        let outcome = work();
        let Some(mut turn) = self.slot().take() else {
            return Err(Refusal::Busy);
        };
        if !turn.used {
            // It wrote nothing; a connection that fails here is closed, which rolls back as well.
            let _ = turn.connection.roll_back();
        }
        outcome.map(|()| turn.kept)
    }

    /// Merges commits. A replica that took what lies beyond a closing says so in a commit of its own: that takes a turn, and
    /// then what was refused for want of one is merged again.
    pub fn merge(
        &self,
        certificates: Vec<Vec<u8>>,
        commits: Vec<Commit>,
        source: &str,
        now: i64,
    ) -> Result<Merged, Refusal> {
        let replica = self.app.replica();
        self.wanted.store(false, Ordering::Release);
        let again = (certificates.clone(), commits.clone());
        match replica.merge(certificates, commits, source, now) {
            Err(ReplicaError::Upstream(_)) if self.wanted.swap(false, Ordering::AcqRel) => {}
            merged => return Ok(merged?),
        }
        let _one = self.one_at_a_time.try_lock().map_err(|_| Refusal::Busy)?;
        let (connection, _) = self.lock()?;
        let mut merged = Merged::default();
        self.turn(connection, &mut || {
            merged = replica.merge(again.0.clone(), again.1.clone(), source, now)?;
            Ok(())
        })?;
        Ok(merged)
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Turn>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks head office's logs, and says how many commits the database holds of each.
    fn lock(&self) -> Result<(Lent, Vec<(Id, u64)>), Refusal> {
        let new: Vec<Id> = {
            let made = self.chain.made();
            self.logs.iter().filter(|log| !made.contains(*log)).copied().collect()
        };
        self.chain.make(self.app.replica(), new)?;
        let locked = |mut connection: Lent| -> Result<_, Trouble> {
            connection.begin()?;
            let held = held(&mut connection, &self.chain, &self.logs)?;
            Ok((connection, held))
        };
        self.chain.pool.again(|pool| locked(pool.lend()?))
    }

    /// A request that another process answered gets that answer here: it is kept where `app` looks for it.
    fn adopt_answer(&self, mut connection: Lent, request: Option<Id>) -> Result<Lent, Refusal> {
        let Some(request) = request else { return Ok(connection) };
        let known = self.app.replica().read(|conn| answer(conn, request))?;
        if known.is_some() {
            return Ok(connection);
        }
        let row = connection
            .row(sql::ANSWER, &[&self.chain.id(), &request.as_bytes()])
            .map_err(|error| Trouble::from(error).refusal())?;
        let Some(row) = row else { return Ok(connection) };
        let (name, body, answer, wall): (String, Vec<u8>, String, i64) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        self.app.replica().write(move |tx| -> Result<(), ReplicaError> {
            tx.conn()
                .prepare_cached(
                    "INSERT OR IGNORE INTO local_answer (request, name, body, answer, wall) VALUES (?, ?, ?, ?, ?)",
                )?
                .execute(params![request.as_bytes(), name, body, answer, wall])?;
            Ok(())
        })?;
        Ok(connection)
    }
}
