//! Delivery: how a commit becomes held. Judged by its bytes, its certificate and its predecessor, never by the clock,
//! permissions or version of whoever receives it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use journal::{Certificate, Commit, Header, Lane, Verified};
use model::ids::{Hash, HashUse, Id};
use rusqlite::{Connection, OptionalExtension, params};

use crate::chain::{Spot, find, open_branch, spot};
use crate::closing::{CLOSED, is_beyond, is_lost};
use crate::digest::Digest;
use crate::erasure::{self, Lying};
use crate::error::ReplicaError;
use crate::level;
use crate::project::{Placed, Projector};

/// Most bytes of commits that wait for what comes before them, a peer.
pub const MAX_WAITING_BYTES: i64 = 64 * 1024 * 1024;
/// Most commits set aside that are remembered, and the most bytes of one that are kept with it.
pub const MAX_ASIDE: i64 = 10_000;
const MAX_ASIDE_BYTES: usize = 256 * 1024;

/// What became of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// Held; `opaque` when its records could not be read.
    Held { opaque: bool },
    /// It was held before.
    Already,
    /// Something before it is missing here.
    Waiting,
    /// It could not be verified or contradicts what is held.
    Aside,
}

/// A commit with all that is known from its bytes.
pub struct Arrival<'a> {
    pub commit: &'a Commit,
    pub verified: &'a Verified,
    pub certificate: &'a Certificate,
    pub source: &'a str,
    /// It lies beyond the closing of its log, and in the past of another device's commit.
    pub released: bool,
    /// Own clock, ms UTC; for display only.
    pub now: i64,
}

enum Place {
    Next(Spot),
    Held,
    Missing(String),
    Contradicts(&'static str),
}

fn place(conn: &Connection, arrival: &Arrival<'_>) -> Result<Place, ReplicaError> {
    let Verified { hash, header, lane, .. } = arrival.verified;
    let spot = match spot(conn, header, hash)? {
        Spot::Held => return Ok(Place::Held),
        Spot::Orphan => return Ok(Place::Missing(format!("{}:{}", header.log, header.seq - 1))),
        spot => spot,
    };
    for head in &header.after {
        if is_lost(conn, head.log, head.seq, head.hash16)? {
            continue;
        }
        let cited: Option<u8> = conn
            .prepare_cached("SELECT lane FROM log WHERE log = ?")?
            .query_row([head.log.as_bytes()], |row| row.get(0))
            .optional()?;
        let missing = || Place::Missing(format!("{}:{}", head.log, head.seq));
        let Some(cited) = cited else { return Ok(missing()) };
        if !Lane::from_code(cited).is_some_and(|cited| lane.may_cite(cited)) {
            return Ok(Place::Contradicts("cites a lane that its readers do not read"));
        }
        if find(conn, head.log, head.seq, head.hash16)?.is_none() {
            return Ok(missing());
        }
    }
    if !arrival.released && is_beyond(conn, header, hash, arrival.certificate)? {
        return Ok(Place::Missing(CLOSED.to_owned()));
    }
    Ok(Place::Next(spot))
}

/// Takes one verified commit: holds and projects it, lets it wait, or sets it aside.
pub fn deliver(conn: &Connection, digest: &mut Digest, arrival: &Arrival<'_>) -> Result<Delivered, ReplicaError> {
    match place(conn, arrival)? {
        Place::Held => {
            take_missing_parts(conn, digest, arrival)?;
            Ok(Delivered::Already)
        }
        Place::Missing(missing) => wait(conn, arrival, &missing),
        Place::Contradicts(reason) => {
            let header = &arrival.verified.header;
            set_aside(
                conn,
                arrival.commit,
                Some(header),
                "contradicts",
                reason,
                arrival.source,
                arrival.now,
            )?;
            Ok(Delivered::Aside)
        }
        Place::Next(_) if erasure::uncovered(conn, &arrival.verified.header, arrival.commit)?.is_some() => {
            let header = &arrival.verified.header;
            let reason = "a part is missing and no erasure order covers it";
            set_aside(
                conn,
                arrival.commit,
                Some(header),
                "part_missing",
                reason,
                arrival.source,
                arrival.now,
            )?;
            Ok(Delivered::Aside)
        }
        Place::Next(spot) => {
            let opaque = hold(conn, digest, arrival, &spot, true)?;
            no_longer_aside(conn, arrival.commit)?;
            Ok(Delivered::Held { opaque })
        }
    }
}

/// Stores a commit in its place and projects it. With `forgiving`, records that cannot be projected leave the commit
/// opaque; without (a command of our own), they refuse the whole transaction.
pub fn hold(
    conn: &Connection,
    digest: &mut Digest,
    arrival: &Arrival<'_>,
    spot: &Spot,
    forgiving: bool,
) -> Result<bool, ReplicaError> {
    let Verified {
        hash,
        header,
        lane,
        certificate,
        ..
    } = arrival.verified;
    let chain = match spot {
        Spot::End(chain) => *chain,
        Spot::Branch { chain, after } => open_branch(conn, chain, *after, header, hash)?,
        Spot::Held | Spot::Orphan => return Err(ReplicaError::damaged("a commit without a place")),
    };
    conn.prepare_cached(
        "INSERT INTO commit_log (hash, log, seq, lane, request, header, signature) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        hash.as_bytes(),
        chain.as_bytes(),
        header.seq as i64,
        lane.code(),
        header.request.as_bytes(),
        arrival.commit.header,
        arrival.commit.signature,
    ])?;
    let row = conn.last_insert_rowid();
    for (part, (bytes, named)) in arrival.commit.parts.iter().zip(&header.parts).enumerate() {
        let unit = named.unit.as_ref().map(Id::as_bytes);
        conn.prepare_cached("INSERT INTO part (commit_row, part, bytes, unit) VALUES (?, ?, ?, ?)")?
            .execute(params![row, part as i64, bytes, unit])?;
    }
    extend(
        conn,
        chain,
        header.log,
        certificate.as_bytes(),
        lane.code(),
        header.seq,
        hash,
    )?;
    update_heads(conn, *hash, header, *lane)?;

    let opaque = project(conn, digest, arrival, row, forgiving)?;
    if let Some(why) = &opaque {
        conn.prepare_cached("UPDATE commit_log SET opaque = ? WHERE row = ?")?
            .execute(params![why, row])?;
    }
    Ok(opaque.is_some())
}

/// A chain ends with this commit now.
pub(crate) fn extend(
    conn: &Connection,
    chain: Id,
    origin: Id,
    certificate: &[u8],
    lane: u8,
    seq: u64,
    hash: &Hash,
) -> Result<(), ReplicaError> {
    conn.prepare_cached(
        "INSERT INTO log (log, certificate, lane, seq, tip, origin) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (log) DO UPDATE SET seq = ?4, tip = ?5",
    )?
    .execute(params![
        chain.as_bytes(),
        certificate,
        lane,
        seq as i64,
        hash.as_bytes(),
        origin.as_bytes()
    ])?;
    Ok(())
}

/// Projects a held commit; says why when it stays opaque.
pub(crate) fn project(
    conn: &Connection,
    digest: &mut Digest,
    arrival: &Arrival<'_>,
    row: i64,
    forgiving: bool,
) -> Result<Option<String>, ReplicaError> {
    let records = match readable(conn, arrival)? {
        Ok(records) => records,
        Err(why) if forgiving => return Ok(Some(why)),
        Err(why) => return Err(ReplicaError::Damaged(why)),
    };
    let mut projector = Projector {
        conn,
        digest,
        certificate: arrival.certificate,
        header: &arrival.verified.header,
        hash: arrival.verified.hash,
        lane: arrival.verified.lane.code(),
        row,
        touched: Vec::new(),
        removing: false,
        folding: false,
    };
    if !forgiving {
        projector.project(&records)?;
        digest.accept();
        return Ok(None);
    }
    conn.execute_batch("SAVEPOINT projected")?;
    let outcome = catch_unwind(AssertUnwindSafe(|| projector.project(&records)));
    let why = match outcome {
        Ok(Ok(())) => {
            conn.execute_batch("RELEASE projected")?;
            digest.accept();
            return Ok(None);
        }
        Ok(Err(ReplicaError::Damaged(why))) => why,
        // A disk that fails is no fault of the commit: it is delivered again.
        Ok(Err(other)) => return Err(other),
        Err(_) => "the code that reads it stopped".to_owned(),
    };
    digest.drop_staged();
    conn.execute_batch("ROLLBACK TO projected; RELEASE projected")?;
    Ok(Some(why))
}

/// The records that count, or why this program cannot read them.
fn readable(conn: &Connection, arrival: &Arrival<'_>) -> Result<Result<Vec<Placed>, String>, ReplicaError> {
    let Arrival { commit, verified, .. } = arrival;
    if !level::reads(conn, verified.header.level)? {
        return Ok(Err(erasure::newer(&verified.header)));
    }
    let counts = erasure::counted(conn, &verified.header)?;
    if let Some(why) = &verified.opaque
        && counts.iter().all(|counts| *counts)
    {
        return Ok(Err(why.clone()));
    }
    let lying = Lying {
        header: &verified.header,
        given: &commit.parts,
        read: &verified.parts,
    };
    Ok(erasure::counting(&lying, |part| counts[part]))
}

/// A held commit came again with parts that were missing here: an order for them was withdrawn, or bytes were dropped
/// elsewhere before they were here. What is not to be erased for good is kept, and counts if no order stands.
fn take_missing_parts(conn: &Connection, digest: &mut Digest, arrival: &Arrival<'_>) -> Result<(), ReplicaError> {
    let Verified { hash, header, lane, .. } = arrival.verified;
    if header.parts.iter().all(|part| part.unit.is_none()) {
        return Ok(());
    }
    let Some(row) = erasure::held_row(conn, hash, header)? else {
        return Ok(());
    };
    let mut came = vec![false; header.parts.len()];
    for (part, (bytes, named)) in arrival.commit.parts.iter().zip(&header.parts).enumerate() {
        let (Some(bytes), Some(unit)) = (bytes, named.unit) else {
            continue;
        };
        if erasure::is_dropped(conn, unit)? {
            continue;
        }
        let filled = conn
            .prepare_cached("UPDATE part SET bytes = ? WHERE commit_row = ? AND part = ? AND bytes IS NULL")?
            .execute(params![bytes, row, part as i64])?;
        came[part] = filled > 0;
    }
    if !came.contains(&true) {
        return Ok(());
    }
    let mut projector = Projector {
        conn,
        digest,
        certificate: arrival.certificate,
        header,
        hash: *hash,
        lane: lane.code(),
        row,
        touched: Vec::new(),
        removing: false,
        folding: false,
    };
    projector.parts_came(row, &came)?;
    digest.accept();
    Ok(())
}

/// The lanes that cite, for each of which the heads are kept.
const CITING: [Lane; 3] = [Lane::Control, Lane::All, Lane::Office];

fn update_heads(conn: &Connection, hash: Hash, header: &Header, lane: Lane) -> Result<(), ReplicaError> {
    for citing in CITING.into_iter().filter(|citing| citing.may_cite(lane)) {
        let mut named = conn.prepare_cached("DELETE FROM head WHERE citing = ? AND hash = ?")?;
        named.execute(params![citing.code(), header.prev.as_bytes()])?;
        // The whole hash decides: a log that forked has two commits in one place.
        let mut cited = conn
            .prepare_cached("DELETE FROM head WHERE citing = ? AND log = ? AND seq = ? AND substr(hash, 1, 16) = ?")?;
        for head in &header.after {
            cited.execute(params![
                citing.code(),
                head.log.as_bytes(),
                head.seq as i64,
                head.hash16.as_bytes()
            ])?;
        }
        conn.prepare_cached("INSERT INTO head (citing, hash, log, seq) VALUES (?, ?, ?, ?)")?
            .execute(params![
                citing.code(),
                hash.as_bytes(),
                header.log.as_bytes(),
                header.seq as i64
            ])?;
    }
    Ok(())
}

fn wait(conn: &Connection, arrival: &Arrival<'_>, missing: &str) -> Result<Delivered, ReplicaError> {
    let bytes = arrival.commit.to_bytes();
    let held: i64 = conn
        .prepare_cached("SELECT COALESCE(SUM(LENGTH(bytes)), 0) FROM waiting WHERE source = ?")?
        .query_row([arrival.source], |row| row.get(0))?;
    // Over the bound it is not kept: it lies outside the vector, so it is offered again.
    if held + bytes.len() as i64 <= MAX_WAITING_BYTES {
        let header = &arrival.verified.header;
        conn.prepare_cached(
            "INSERT INTO waiting (hash, log, seq, source, since, missing, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (hash) DO UPDATE SET missing = ?6",
        )?
        .execute(params![
            arrival.verified.hash.as_bytes(),
            header.log.as_bytes(),
            header.seq as i64,
            arrival.source,
            arrival.now,
            missing,
            bytes,
        ])?;
    }
    Ok(Delivered::Waiting)
}

/// A commit whose author was not known when it came first is set aside; once it is held there is nothing to look after.
fn no_longer_aside(conn: &Connection, commit: &Commit) -> Result<(), ReplicaError> {
    if conn.prepare_cached("SELECT 1 FROM aside LIMIT 1")?.exists([])? {
        conn.prepare_cached("DELETE FROM aside WHERE hash = ?")?
            .execute([HashUse::Case.hash(&[&commit.to_bytes()]).as_bytes()])?;
    }
    Ok(())
}

/// Remembers what could not be taken, with its reason and source.
pub fn set_aside(
    conn: &Connection,
    commit: &Commit,
    header: Option<&Header>,
    code: &str,
    reason: &str,
    source: &str,
    now: i64,
) -> Result<(), ReplicaError> {
    let bytes = commit.to_bytes();
    let kept = (bytes.len() <= MAX_ASIDE_BYTES).then_some(&bytes);
    conn.prepare_cached(
        "INSERT OR IGNORE INTO aside (hash, log, seq, code, reason, source, since, size, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        HashUse::Case.hash(&[&bytes]).as_bytes(),
        header.map(|header| header.log.as_bytes().to_vec()),
        header.map(|header| header.seq as i64),
        code,
        reason,
        source,
        now,
        bytes.len() as i64,
        kept,
    ])?;
    conn.prepare_cached(
        "DELETE FROM aside WHERE hash IN (SELECT hash FROM aside ORDER BY since DESC, hash LIMIT -1 OFFSET ?)",
    )?
    .execute([MAX_ASIDE])?;
    Ok(())
}
