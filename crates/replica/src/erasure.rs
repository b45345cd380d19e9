//! Erasure: which parts of commits count as absent.
//!
//! An order names units. From its arrival every part of such a unit counts as absent, whether it is here or comes later,
//! unless the order was withdrawn in time; so what is projected stays a function of the set of held commits. The bytes go
//! later and by the server's clock ([`Replica::erase_due`](crate::Replica::erase_due)), which changes no row.

use std::collections::HashSet;

use journal::{Commit, Header, Part};
use model::ids::Id;
use model::records::Record;
use rusqlite::{Connection, OptionalExtension, params};

use crate::chain::find;
use crate::core::SharedTrust;
use crate::error::ReplicaError;
use crate::project::Placed;
use crate::rules::{Rules, stands_in};
use crate::writer::Judged;

/// An order of this unit stands: none of its withdrawals was dated before `not_before`.
const STANDING: &str = "SELECT EXISTS (SELECT 1 FROM erase_order o WHERE o.unit = ?
     AND NOT EXISTS (SELECT 1 FROM erase_withdrawn w WHERE w.ordered = o.id AND w.instant < o.not_before))";

/// A standing order's bytes were dropped here.
const DROPPED: &str =
    "SELECT EXISTS (SELECT 1 FROM erase_order o JOIN local_erasure l ON l.ordered = o.id AND l.unit = o.unit
     WHERE o.unit = ? AND l.dropped IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM erase_withdrawn w WHERE w.ordered = o.id AND w.instant < o.not_before))";

/// Any order of this unit is held, withdrawn or not: its parts may be missing.
const ORDERED: &str = "SELECT EXISTS (SELECT 1 FROM erase_order WHERE unit = ?)";

fn asked(conn: &Connection, sql: &str, unit: Id) -> Result<bool, ReplicaError> {
    Ok(conn
        .prepare_cached(sql)?
        .query_row([unit.as_bytes()], |row| row.get(0))?)
}

/// Whether parts of this unit count as absent: a customer whose unit this is was erased.
pub fn is_erased(conn: &Connection, unit: Id) -> Result<bool, ReplicaError> {
    asked(conn, STANDING, unit)
}

/// Every unit whose parts count as absent.
pub fn erased_units(conn: &Connection) -> Result<HashSet<Id>, ReplicaError> {
    let mut statement = conn.prepare_cached(
        "SELECT DISTINCT o.unit FROM erase_order o
         WHERE NOT EXISTS (SELECT 1 FROM erase_withdrawn w WHERE w.ordered = o.id AND w.instant < o.not_before)",
    )?;
    let mut rows = statement.query([])?;
    let mut units = HashSet::new();
    while let Some(row) = rows.next()? {
        let unit: Vec<u8> = row.get(0)?;
        units.insert(Id::from_slice(&unit).ok_or_else(|| ReplicaError::damaged("a unit"))?);
    }
    Ok(units)
}

/// Units whose erasure is done here, and those that are over at this time, ms UTC, and not done.
pub(crate) fn progress(conn: &Connection, time: i64) -> Result<(u32, u32), ReplicaError> {
    Ok(conn
        .prepare_cached(
            "SELECT COUNT(l.dropped), COUNT(*) FILTER (WHERE l.dropped IS NULL AND o.not_before <= ?)
             FROM erase_order o LEFT JOIN local_erasure l ON l.ordered = o.id AND l.unit = o.unit
             WHERE NOT EXISTS (SELECT 1 FROM erase_withdrawn w WHERE w.ordered = o.id AND w.instant < o.not_before)",
        )?
        .query_row([time], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// Whether the bytes of a unit are gone here and those that come are not kept.
pub(crate) fn is_dropped(conn: &Connection, unit: Id) -> Result<bool, ReplicaError> {
    asked(conn, DROPPED, unit)
}

/// Whether this part may be missing.
pub(crate) fn may_miss(conn: &Connection, unit: Option<Id>) -> Result<bool, ReplicaError> {
    unit.map_or(Ok(false), |unit| asked(conn, ORDERED, unit))
}

/// The first part that is missing though no order that is held here covers it.
pub(crate) fn uncovered(conn: &Connection, header: &Header, commit: &Commit) -> Result<Option<usize>, ReplicaError> {
    for (part, (named, bytes)) in header.parts.iter().zip(&commit.parts).enumerate() {
        if bytes.is_none() && !may_miss(conn, named.unit)? {
            return Ok(Some(part));
        }
    }
    Ok(None)
}

/// A commit without the parts for whose units `gone` says so; none when it has none of them.
fn without(commit: &Commit, gone: impl Fn(Id) -> Result<bool, ReplicaError>) -> Result<Option<Commit>, ReplicaError> {
    let Ok(header) = Header::from_bytes(&commit.header) else {
        return Ok(None);
    };
    let mut parts = commit.parts.clone();
    let mut changed = false;
    for (named, bytes) in header.parts.iter().zip(&mut parts) {
        if bytes.is_some()
            && let Some(unit) = named.unit
            && gone(unit)?
        {
            *bytes = None;
            changed = true;
        }
    }
    Ok(changed.then(|| Commit {
        header: commit.header.clone(),
        signature: commit.signature,
        parts,
    }))
}

/// What came, as it is to be taken here: without the parts whose bytes are gone here for good, and, if it is a part that
/// counts as absent which breaks a rule, without that one, for a replica that never got it takes the commit too.
pub(crate) fn as_taken(
    conn: &Connection,
    trust: &SharedTrust,
    judged: &Judged,
) -> Result<Option<Judged>, ReplicaError> {
    let named = match &judged.verified {
        Ok(verified) => verified.header.parts.iter().any(|part| part.unit.is_some()),
        Err(_) => true,
    };
    if !named || !any_order(conn)? {
        return Ok(None);
    }
    let again = |commit: Commit| {
        let verified = journal::verify(&commit, &trust.read(), &Rules);
        Judged { commit, verified }
    };
    if let Some(commit) = without(&judged.commit, |unit| is_dropped(conn, unit))? {
        let taken = again(commit);
        let sound = taken.verified.is_ok();
        return Ok(Some(if sound {
            taken
        } else {
            sound_without(conn, &taken, again)?.unwrap_or(taken)
        }));
    }
    if judged.verified.is_err() {
        return sound_without(conn, judged, again);
    }
    Ok(None)
}

fn sound_without(
    conn: &Connection,
    judged: &Judged,
    again: impl Fn(Commit) -> Judged,
) -> Result<Option<Judged>, ReplicaError> {
    Ok(without(&judged.commit, |unit| is_erased(conn, unit))?
        .map(again)
        .filter(|judged| judged.verified.is_ok()))
}

fn any_order(conn: &Connection) -> Result<bool, ReplicaError> {
    Ok(conn
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM erase_order)")?
        .query_row([], |row| row.get(0))?)
}

/// A commit's parts as they lie here.
pub(crate) struct Lying<'a> {
    pub header: &'a Header,
    /// Bytes as they came; none: missing.
    pub given: &'a [Option<Vec<u8>>],
    /// The same, read; none where that was not possible.
    pub read: &'a [Option<Part>],
}

/// Why a commit of a level that is not read here is opaque.
pub(crate) fn newer(header: &Header) -> String {
    format!("written by newer software (level {})", header.level)
}

/// The records of the parts that count, or why this program cannot read them. A part that counts as absent has no say.
pub(crate) fn counting(lying: &Lying<'_>, counts: impl Fn(usize) -> bool) -> Result<Vec<Placed>, String> {
    let Lying { header, given, read } = lying;
    let mut records = Vec::new();
    for (number, ((given, read), named)) in given.iter().zip(*read).zip(&header.parts).enumerate() {
        if given.is_none() || !counts(number) {
            continue;
        }
        let part = u16::try_from(number).map_err(|_| "too many parts".to_owned())?;
        let body = read.as_ref().ok_or_else(|| format!("part {part} cannot be read"))?;
        for (index, raw) in (0u16..).zip(&body.records) {
            let record = Record::from_bytes(&raw.bytes).map_err(|bad| format!("record {part}.{index}: {bad:?}"))?;
            if !stands_in(&record, named.unit) {
                return Err(format!("record {part}.{index} stands in a part of another unit"));
            }
            records.push(Placed { part, index, record });
        }
    }
    Ok(records)
}

/// Which parts of a commit count.
pub(crate) fn counted(conn: &Connection, header: &Header) -> Result<Vec<bool>, ReplicaError> {
    header
        .parts
        .iter()
        .map(|part| part.unit.map_or(Ok(true), |unit| Ok(!is_erased(conn, unit)?)))
        .collect()
}

/// Held commits of which parts are missing though no order stands for them any more: an order was withdrawn in time, and this
/// folder heard of it only after it had dropped the bytes. Whoever still has them sends them. At most so many, each by its
/// log as headers name it, sequence and the first 16 bytes of its hash.
pub(crate) fn missing_again(conn: &Connection, most: usize) -> Result<Vec<(Id, u64, Id)>, ReplicaError> {
    let mut statement = conn.prepare_cached(
        "SELECT DISTINCT l.origin, k.seq, k.hash, p.unit
         FROM erase_withdrawn w JOIN erase_order o ON o.id = w.ordered AND w.instant < o.not_before
         JOIN part p ON p.unit = o.unit AND p.bytes IS NULL
         JOIN commit_log k ON k.row = p.commit_row JOIN log l ON l.log = k.log ORDER BY k.row",
    )?;
    let mut rows = statement.query([])?;
    let mut missing = Vec::new();
    while let Some(row) = rows.next()? {
        if missing.len() >= most {
            break;
        }
        let (log, hash, unit): (Vec<u8>, Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(2)?, row.get(3)?);
        let hash = model::ids::Hash::from_slice(&hash);
        let (Some(log), Some(hash), Some(unit)) = (Id::from_slice(&log), hash, Id::from_slice(&unit)) else {
            return Err(ReplicaError::damaged("a commit with a missing part"));
        };
        let named = (log, row.get::<_, i64>(1)?.unsigned_abs(), Id::of(&hash));
        if !is_erased(conn, unit)? && !missing.contains(&named) {
            missing.push(named);
        }
    }
    Ok(missing)
}

/// Where a commit is held.
pub(crate) fn held_row(
    conn: &Connection,
    hash: &model::ids::Hash,
    header: &Header,
) -> Result<Option<i64>, ReplicaError> {
    let Some((chain, held)) = find(conn, header.log, header.seq, Id::of(hash))? else {
        return Ok(None);
    };
    debug_assert_eq!(held, *hash);
    Ok(conn
        .prepare_cached("SELECT row FROM commit_log WHERE log = ? AND seq = ?")?
        .query_row(params![chain.as_bytes(), header.seq as i64], |row| row.get(0))
        .optional()?)
}

/// Writes the unit beside each part of a folder that was made before parts named it.
pub(crate) fn name_units(conn: &Connection) -> Result<(), ReplicaError> {
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let mut rows = conn.prepare("SELECT row, header FROM commit_log WHERE header <> x''")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let (at, header): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let header =
            Header::from_bytes(&header).map_err(|fault| ReplicaError::damaged(format!("a header: {fault}")))?;
        for (part, named) in header.parts.iter().enumerate() {
            if let Some(unit) = named.unit {
                conn.prepare_cached("UPDATE part SET unit = ? WHERE commit_row = ? AND part = ?")?
                    .execute(params![unit.as_bytes(), at, part as i64])?;
            }
        }
    }
    conn.execute_batch("COMMIT")?;
    Ok(())
}
