//! What the replica of this process has come to hold, into the database, before a till is told that it is held.
//!
//! Rows of `commit_log` grow with delivery and are never removed, so a number says how far this process has handed in. It
//! is this process's alone: where it is lost, what it looks at again is there already.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use app::App;
use journal::Certificate;
use model::ids::{Hash, Id};
use model::refusal::Refusal;
use replica::{ReplicaError, meta, read_commit};
use rusqlite::{Connection as Sqlite, params};

use super::connection::{Connection, Trouble};
use super::keep::{Held, keep};
use super::rows::damaged;
use super::{Chain, sql};

/// Commits handed in by one transaction: a batch of sync has as many.
const MAX_COMMITS: usize = 2_048;
/// And their bytes, so that memory stays flat.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Commits handed in between two notes of how far it went.
const NOTED_EVERY: i64 = 10_000;
/// Under this name the folder notes it: row, and the hash that stands there.
const HANDED_IN: &str = "handed_in";

/// Hands in what a replica holds.
pub struct Pusher {
    chain: Arc<Chain>,
    app: App,
    /// Up to this row all is in the database.
    row: AtomicI64,
    noted: AtomicI64,
    /// One hands in, for all who wait.
    turn: Mutex<()>,
}

/// Commits from after a row on, and the last row that was read.
struct Batch {
    commits: Vec<Held>,
    last: i64,
}

impl Pusher {
    /// Goes on where this folder left off.
    pub fn new(chain: Arc<Chain>, app: App) -> Result<Self, Refusal> {
        let row = app.replica().read(|conn| -> Result<_, ReplicaError> {
            let Some(noted) = meta::meta(conn, HANDED_IN)?.filter(|noted| noted.len() == 40) else {
                return Ok(0);
            };
            let (row, hash) = noted.split_at(8);
            let row = i64::from_be_bytes(row.try_into().unwrap_or_default());
            // A replica that was made anew has other rows.
            let same = conn
                .prepare("SELECT 1 FROM commit_log WHERE row = ? AND hash = ?")?
                .exists(params![row, hash])?;
            Ok(if same { row } else { 0 })
        })?;
        Ok(Self {
            chain,
            app,
            row: AtomicI64::new(row),
            noted: AtomicI64::new(row),
            turn: Mutex::default(),
        })
    }

    /// Hands in all that the replica holds now. Others' work counts: who waited for it finds it done.
    pub fn push(&self) -> Result<(), Refusal> {
        let needed: i64 = self.app.replica().read(|conn| -> Result<_, ReplicaError> {
            Ok(conn
                .prepare_cached("SELECT COALESCE(MAX(row), 0) FROM commit_log")?
                .query_row([], |row| row.get(0))?)
        })?;
        if self.row.load(Ordering::Acquire) >= needed {
            return Ok(());
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        while self.row.load(Ordering::Acquire) < needed {
            let from = self.row.load(Ordering::Acquire);
            let (batch, lost) = self.app.replica().read(|conn| read(conn, from))?;
            self.chain.make_logs(self.app.replica(), &batch.commits)?;
            self.chain.pool.transaction(|connection| {
                keep(connection, &self.chain, &batch.commits, &lost)?;
                Ok(())
            })?;
            self.row.store(batch.last, Ordering::Release);
        }
        let row = self.row.load(Ordering::Acquire);
        if row >= self.noted.load(Ordering::Acquire) + NOTED_EVERY {
            self.note(row)?;
        }
        Ok(())
    }

    /// Inside a command's transaction, and head office's turn: what it wrote, and what came before it. How far it went is not
    /// remembered, for the replica may still roll back.
    pub fn push_within(&self, conn: &Sqlite, connection: &mut Connection) -> Result<(), Trouble> {
        let mut from = self.row.load(Ordering::Acquire);
        loop {
            let (batch, lost) = read(conn, from)?;
            if batch.commits.is_empty() {
                return Ok(());
            }
            self.chain.make_logs(self.app.replica(), &batch.commits)?;
            keep(connection, &self.chain, &batch.commits, &lost)?;
            from = batch.last;
        }
    }

    /// Notes how far it went, so that the next start begins there.
    fn note(&self, row: i64) -> Result<(), Refusal> {
        self.app.replica().write(move |tx| -> Result<(), ReplicaError> {
            let hash: Vec<u8> = tx
                .conn()
                .query_row("SELECT hash FROM commit_log WHERE row = ?", [row], |row| row.get(0))?;
            meta::set_meta(tx.conn(), HANDED_IN, &[&row.to_be_bytes()[..], &hash].concat())
        })?;
        self.noted.store(row, Ordering::Release);
        Ok(())
    }
}

type Lost = HashSet<(Id, u64, Id)>;

fn read(conn: &Sqlite, from: i64) -> Result<(Batch, Lost), Refusal> {
    let mut batch = Batch {
        commits: Vec::new(),
        last: from,
    };
    let mut lost = Lost::new();
    let mut read = || -> Result<(), ReplicaError> {
        let mut statement =
            conn.prepare_cached("SELECT row, lane, header, signature FROM commit_log WHERE row > ? ORDER BY row")?;
        let mut rows = statement.query([from])?;
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(0)?;
            let commit = read_commit(conn, number, row.get(2)?, row.get(3)?)?;
            bytes += commit.parts.iter().flatten().map(Vec::len).sum::<usize>();
            let held = Held::new(commit, row.get(1)?).map_err(|_| ReplicaError::Damaged("a header".to_owned()))?;
            batch.commits.push(held);
            batch.last = number;
            if batch.commits.len() >= MAX_COMMITS || bytes >= MAX_BYTES {
                break;
            }
        }
        let mut statement = conn.prepare_cached("SELECT log, seq, hash FROM commit_lost")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (log, seq, hash): (Vec<u8>, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if let (Some(log), Some(hash16)) = (Id::from_slice(&log), Id::from_slice(&hash)) {
                lost.insert((log, seq.unsigned_abs(), hash16));
            }
        }
        Ok(())
    };
    read()?;
    Ok((batch, lost))
}

impl Chain {
    /// Makes the rows of logs that are not there yet, so that there is something to lock, with the certificates that vouch
    /// for them.
    pub(super) fn make_logs(&self, replica: &replica::Replica, commits: &[Held]) -> Result<(), Refusal> {
        let new: HashSet<Id> = {
            let made = self.made();
            let logs = commits.iter().map(|one| one.header.log);
            logs.filter(|log| !made.contains(log)).collect()
        };
        self.make(replica, new.into_iter().collect())
    }

    /// Stores every certificate that a replica knows: a new process begins with them.
    pub(super) fn hand_in_certificates(&self, replica: &replica::Replica) -> Result<(), Refusal> {
        let all = {
            let trust = replica.trust().read();
            trust
                .iter()
                .map(|(id, certificate)| (*id, certificate.to_bytes()))
                .collect()
        };
        self.add_certificates(all)
    }

    fn add_certificates(&self, mut certificates: Vec<(Hash, Vec<u8>)>) -> Result<(), Refusal> {
        certificates.sort();
        certificates.dedup();
        let ids: Vec<&[u8]> = certificates.iter().map(|(id, _)| id.as_bytes()).collect();
        let bytes: Vec<&[u8]> = certificates.iter().map(|(_, bytes)| bytes.as_slice()).collect();
        self.pool.run(|connection| {
            connection.execute(sql::CERTIFICATES_ADD, &[&self.id(), &ids, &bytes])?;
            Ok(())
        })
    }

    pub(super) fn make(&self, replica: &replica::Replica, new: Vec<Id>) -> Result<(), Refusal> {
        if new.is_empty() {
            return Ok(());
        }
        let mut rows: Vec<(Id, Hash, i16)> = Vec::new();
        let mut certificates: Vec<(Hash, Vec<u8>)> = Vec::new();
        {
            let trust = replica.trust().read();
            for log in &new {
                let (certificate, lane) = trust
                    .owner(log)
                    .ok_or_else(|| damaged("a log without its certificate"))?;
                rows.push((*log, certificate.id(), i16::from(lane.code())));
                let issuer = trust.issuer_of(certificate);
                for one in issuer.into_iter().chain([certificate]) {
                    certificates.push((one.id(), Certificate::to_bytes(one)));
                }
            }
        }
        self.add_certificates(certificates)?;
        let logs: Vec<&[u8]> = rows.iter().map(|(log, ..)| log.as_bytes()).collect();
        let of: Vec<&[u8]> = rows.iter().map(|(_, id, _)| id.as_bytes()).collect();
        let lanes: Vec<i16> = rows.iter().map(|(.., lane)| *lane).collect();
        self.pool.run(|connection| {
            connection.execute(sql::LOGS_MAKE, &[&self.id(), &logs, &of, &lanes])?;
            Ok(())
        })?;
        self.made().extend(new);
        Ok(())
    }
}
