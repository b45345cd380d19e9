//! Folding: a till keeps the trade of its window; what is older becomes sums, once head office shows the same of it.
//!
//! Head office names, in a checkpoint, how far it holds every log and what each month before the window comes to. A till
//! that holds all that, and shows the same of a month, takes the rows of that month's sales, returns, payments, movements and
//! ended sessions away, commit by commit, adds what they came to to its [base](crate::base), and forgets the commit's header
//! and parts. Its row with its hash stays: what stands where in a log is known for good, so forks, closings and citations
//! need nothing else. No answer changes between two of these steps. Documents, prescriptions and whatever is still open stay.

use std::collections::HashMap;

use journal::{Commit, Header, Lane, Post};
use model::ids::{Hash, Id};
use model::records::{CheckpointLog, CheckpointMade, CheckpointMonth, MAX_CHECKPOINT_MONTHS, MovementReason, Record};
use rusqlite::{Connection, OptionalExtension, params};

use crate::base;
use crate::chain::{Chain, chain, find, hash_at};
use crate::core::{Core, Tx};
use crate::erasure::{Lying, counted, counting};
use crate::error::ReplicaError;
use crate::meta::{meta, set_meta};
use crate::project::{Placed, Projector};
use crate::rules::Rules;
use crate::snapshot::Standing;
use crate::vector::{read_commit, vector};
use crate::{Replica, digest::Digest};

/// Commits folded in one turn on the writing thread, so that a cashier's command comes in between, and those looked at: most
/// that stay say by their header that they do.
const TURN: u64 = 16;
const LOOKED_AT: i64 = 64;
/// Turns of one call; the rest follows at the next.
const TURNS: usize = 64;
/// Name in `local_meta`: the checkpoint by which is folded, 16 bytes, and the last row looked at, 8 bytes.
const PROGRESS: &str = "fold";
/// The row of which none comes after.
const DONE: i64 = i64::MAX;

/// A checkpoint is folded by once it is this old by head office's clock, ms: 90 days. What is folded has no bytes here any more,
/// so a backup from which head office is put back must hold it; one that is older than this may not be put back.
pub const REST: i64 = 90 * 86_400_000;

/// What a call of [`Replica::fold_due`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Folded {
    pub commits: u64,
    /// There is more to look at.
    pub more: bool,
}

/// The latest checkpoint that has rested.
fn latest(conn: &Connection, now: i64) -> Result<Option<Id>, ReplicaError> {
    let id: Option<Vec<u8>> = conn
        .prepare_cached("SELECT id FROM checkpoint WHERE wall <= ? ORDER BY until DESC, wall DESC, rowid DESC LIMIT 1")?
        .query_row([now.saturating_sub(REST)], |row| row.get(0))
        .optional()?;
    Ok(id.as_deref().and_then(Id::from_slice))
}

fn checkpoint(conn: &Connection, id: Id) -> Result<CheckpointMade, ReplicaError> {
    let body: Vec<u8> = conn
        .prepare_cached("SELECT body FROM checkpoint WHERE id = ?")?
        .query_row([id.as_bytes()], |row| row.get(0))?;
    match Record::from_bytes(&body) {
        Ok(Record::CheckpointMade(made)) => Ok(made),
        _ => Err(ReplicaError::damaged("a checkpoint")),
    }
}

fn progress(conn: &Connection) -> Result<Option<(Id, i64)>, ReplicaError> {
    Ok(meta(conn, PROGRESS)?.and_then(|bytes| {
        let (id, row) = bytes.split_at_checked(16)?;
        Some((Id::from_slice(id)?, i64::from_be_bytes(row.try_into().ok()?)))
    }))
}

fn note(conn: &Connection, id: Id, row: i64) -> Result<(), ReplicaError> {
    set_meta(conn, PROGRESS, &[&id.0[..], &row.to_be_bytes()].concat())
}

/// Whether all that a checkpoint names is held here.
fn reached(conn: &Connection, logs: &[CheckpointLog]) -> Result<bool, ReplicaError> {
    for end in logs {
        let Some(held) = chain(conn, end.log)? else {
            return Ok(false);
        };
        match find(conn, held.origin, end.seq, end.hash16)? {
            Some((name, _)) if name == end.log => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// The checkpoint in hand, with the last row looked at; or the latest that has rested, not begun, if all it names is held here.
fn next(conn: &Connection, now: i64) -> Result<Option<(Id, CheckpointMade, Option<i64>)>, ReplicaError> {
    let at = progress(conn)?;
    // One that was begun is ended first: a month half folded looks like nobody's.
    if let Some((id, row)) = at.filter(|(_, row)| *row != DONE) {
        return Ok(Some((id, checkpoint(conn, id)?, Some(row))));
    }
    let Some(id) = latest(conn, now)?.filter(|id| at.is_none_or(|(done, _)| done != *id)) else {
        return Ok(None);
    };
    let made = checkpoint(conn, id)?;
    Ok(reached(conn, &made.logs)?.then_some((id, made, None)))
}

impl Tx<'_> {
    /// What a checkpoint of this replica says now: `until` is the first month that stays whole, year times 12 and month.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn checkpoint(&self, until: i32) -> Result<CheckpointMade, ReplicaError> {
        let conn = self.conn();
        // Of what a server took over from a till as sums it can show nobody anything.
        let from = base::kept_from(conn)?;
        let logs = vector(conn, journal::Lanes::SHARED)?;
        let shown = self.core.digest.hashes().into_iter();
        let mut months: Vec<CheckpointMonth> = shown
            .filter(|(lane, month, _)| *lane == Lane::All.code() && *month != 0 && *month >= from && *month < until)
            .map(|(_, month, digest)| CheckpointMonth { month, digest })
            .collect();
        // The latest: what a hostile till dated centuries back is not worth folding.
        months.drain(..months.len().saturating_sub(MAX_CHECKPOINT_MONTHS));
        let logs = logs.into_iter().map(|tip| CheckpointLog {
            log: tip.log,
            seq: tip.seq,
            hash16: tip.hash16,
        });
        Ok(CheckpointMade {
            until,
            logs: logs.collect(),
            months,
        })
    }
}

impl Replica {
    /// Goes on folding by the latest checkpoint that has rested, if there is one, this replica has come so far, and what it
    /// began with is proven. Costs one query when there is nothing to do. `now` is head office's clock, ms UTC.
    ///
    /// # Errors
    /// A database that cannot be read or written. Rows that are not what the log says end the folding; `verify` names them.
    pub fn fold_due(&self, now: i64) -> Result<Folded, ReplicaError> {
        let mut folded = Folded::default();
        let idle = self.read(|conn| next(conn, now))?.is_none();
        if idle || self.standing()? != Standing::Confirmed {
            return Ok(folded);
        }
        for _ in 0..TURNS {
            match self.write(move |tx| turn(tx.core, now)) {
                Ok((commits, more)) => {
                    folded.commits += commits;
                    folded.more = more;
                }
                Err(ReplicaError::Damaged(_)) => {
                    self.write(move |tx| match next(tx.conn(), now)? {
                        Some((id, ..)) => note(tx.conn(), id, DONE),
                        None => Ok(()),
                    })?;
                    folded.more = false;
                }
                Err(other) => return Err(other),
            }
            if !folded.more {
                break;
            }
        }
        Ok(folded)
    }
}

/// Begins a checkpoint: what it and this replica show alike may be folded. Says whether there is any such month.
fn begin(conn: &Connection, digest: &Digest, made: &CheckpointMade) -> Result<bool, ReplicaError> {
    let shown: HashMap<i32, Hash> = digest
        .hashes()
        .into_iter()
        .filter(|(lane, ..)| *lane == Lane::All.code())
        .map(|(_, month, hash)| (month, hash))
        .collect();
    conn.execute_batch("DELETE FROM base_month")?;
    let mut any = false;
    for month in &made.months {
        if shown.get(&month.month) == Some(&month.digest) {
            conn.prepare_cached("INSERT INTO base_month (month) VALUES (?)")?
                .execute([month.month])?;
            any = true;
        }
    }
    if any {
        base::keep_from(conn, made.until)?;
    }
    Ok(any)
}

/// A commit as it is stored.
struct Stored {
    row: i64,
    log: Vec<u8>,
    header: Vec<u8>,
    signature: Vec<u8>,
}

/// Looks at the next commits; says how many were folded, and whether there are more to look at.
fn turn(core: &mut Core, now: i64) -> Result<(u64, bool), ReplicaError> {
    let Core {
        conn,
        digest,
        trust,
        signer,
        ..
    } = &mut *core;
    let Some((id, made, begun)) = next(conn, now)? else {
        return Ok((0, false));
    };
    // Head office answers for older receipts, and a relay passes on what a new till lacks: both keep everything.
    let folds = signer
        .as_ref()
        .is_some_and(|signer| signer.certificate.post() == Post::Till);
    let mut at = begun.unwrap_or(0);
    if !folds || (begun.is_none() && !begin(conn, digest, &made)?) {
        note(conn, id, DONE)?;
        return Ok((0, false));
    }
    let ends: HashMap<Id, u64> = made.logs.iter().map(|end| (end.log, end.seq)).collect();
    let rows: Vec<Stored> = conn
        .prepare_cached(
            "SELECT row, log, header, signature FROM commit_log
             WHERE row > ? AND lane = ? AND opaque IS NULL AND header <> x'' ORDER BY row LIMIT ?",
        )?
        .query_map(params![at, Lane::All.code(), LOOKED_AT], |row| {
            Ok(Stored {
                row: row.get(0)?,
                log: row.get(1)?,
                header: row.get(2)?,
                signature: row.get(3)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    let mut more = rows.len() == LOOKED_AT as usize;
    let mut folded = 0;
    for Stored {
        row,
        log,
        header,
        signature,
    } in rows
    {
        at = row;
        let named = Id::from_slice(&log).and_then(|log| ends.get(&log));
        let read = Header::from_bytes(&header).ok();
        let Some((end, header_read)) = named.zip(read) else {
            continue;
        };
        let approved = conn
            .prepare_cached("SELECT 1 FROM base_month WHERE month = ?")?
            .exists([retail::Day(header_read.date).month_number()])?;
        if header_read.seq > *end || !approved {
            continue;
        }
        let commit = read_commit(conn, row, header, signature)?;
        folded += u64::from(fold(conn, digest, &trust.read(), row, &commit)?);
        if folded == TURN {
            more = true;
            break;
        }
    }
    digest.store(conn)?;
    note(conn, id, if more { at } else { DONE })?;
    Ok((folded, more))
}

/// Whether a record says nothing but what a sum keeps.
fn is_trade(record: &Record) -> bool {
    match record {
        // What a file brought in is asked for by that file: it is not brought in twice. What answers a count stays with it.
        Record::Movement(movement) => movement.reason == MovementReason::Adjustment,
        Record::SessionOpened(_)
        | Record::SessionClosed(_)
        | Record::Sale(_)
        | Record::SaleLine(_)
        | Record::Payment(_)
        | Record::SaleName(_)
        | Record::Replayed(_)
        | Record::SignIn(_) => true,
        _ => false,
    }
}

/// Whether something a record belongs to is not over: its session has not ended, or not been folded before its end.
fn is_open(conn: &Connection, projector: &Projector<'_>, placed: &Placed) -> Result<bool, ReplicaError> {
    let session = match &placed.record {
        Record::SessionOpened(_) => projector.id(placed),
        Record::Sale(sale) => sale.session,
        Record::SessionClosed(closed) => {
            return Ok(conn
                .prepare_cached("SELECT 1 FROM session WHERE id = ?")?
                .exists([closed.session.as_bytes()])?);
        }
        _ => return Ok(false),
    };
    Ok(conn
        .prepare_cached(
            "SELECT 1 FROM session s WHERE s.id = ?
             AND NOT EXISTS (SELECT 1 FROM session_end e WHERE e.session = s.id AND e.device = s.device)",
        )?
        .exists([session.as_bytes()])?)
}

/// Folds one commit, if all it says can be.
fn fold(
    conn: &Connection,
    digest: &mut Digest,
    trust: &journal::Trust,
    row: i64,
    commit: &Commit,
) -> Result<bool, ReplicaError> {
    let verified = journal::verify(commit, trust, &Rules)
        .map_err(|fault| ReplicaError::damaged(format!("a commit to be folded: {fault}")))?;
    let header = &verified.header;
    // What an order took, or may yet give back, is not forgotten; nor is what the next commit has to name.
    let whole = commit.parts.iter().all(Option::is_some) && counted(conn, header)?.iter().all(|counts| *counts);
    let head = conn
        .prepare_cached("SELECT 1 FROM head WHERE hash = ? LIMIT 1")?
        .exists([verified.hash.as_bytes()])?;
    if !whole || head {
        return Ok(false);
    }
    let lying = Lying {
        header,
        given: &commit.parts,
        read: &verified.parts,
    };
    let records = counting(&lying, |_| true).map_err(ReplicaError::Damaged)?;
    let Some(certificate) = trust.get(&verified.certificate) else {
        return Ok(false);
    };
    if !records.iter().all(|placed| is_trade(&placed.record)) {
        return Ok(false);
    }
    let mut projector = Projector {
        conn,
        digest,
        certificate,
        header,
        hash: verified.hash,
        lane: verified.lane.code(),
        row,
        touched: Vec::new(),
        removing: true,
        folding: true,
    };
    for placed in &records {
        if is_open(conn, &projector, placed)? {
            return Ok(false);
        }
    }
    projector.facts(&records)?;
    base::add(conn, digest, certificate.device, header.date, &records)?;
    digest.accept();
    conn.prepare_cached("UPDATE commit_log SET header = x'', signature = x'' WHERE row = ?")?
        .execute([row])?;
    conn.prepare_cached("DELETE FROM part WHERE commit_row = ?")?
        .execute([row])?;
    Ok(true)
}

/// As much as is left of the header of a folded commit: its log, sequence and predecessor.
pub(crate) fn skeleton(source: &Connection, held: &Chain, seq: u64) -> Result<Header, ReplicaError> {
    let before = seq.saturating_sub(1);
    let name = match held.parent {
        Some(parent) if before == held.start => parent,
        _ => held.name,
    };
    let prev = match hash_at(source, name, before)? {
        Some(hash) => hash,
        None if before == 0 => Hash([0; 32]),
        None => return Err(ReplicaError::damaged("a log has a gap")),
    };
    Ok(Header {
        log: held.origin,
        seq,
        prev,
        after: Vec::new(),
        wall: 0,
        skew: None,
        date: 0,
        user: None,
        command: 0,
        request: Id([0; 16]),
        level: 0,
        parts: Vec::new(),
    })
}
