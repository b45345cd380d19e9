//! Software levels: what this program reads and writes, and what is read again once it reads more.
//!
//! What is newly read is not yet written: a program goes on at the level that head office has raised the chain to, which it
//! does once every open device has stated that it reads it. So nobody is sent what it cannot read, unless it was away.
//!
//! A commit says the level that it takes to project it. One of a higher level is held opaque, in its place; so is one that
//! the code could not read. When another program opens the folder it reads again whatever is opaque, so that an upgrade
//! brings the rows of what was only held until then.

use model::records::LEVEL;
use rusqlite::{Connection, params};

use crate::core::SharedTrust;
use crate::deliver::{Arrival, project};
use crate::digest::Digest;
use crate::error::ReplicaError;
use crate::meta::{meta, set_meta};
use crate::rules::Rules;
use crate::vector::read_commit;

/// Every program reads it.
const FIRST: u16 = 1;
/// Name in `local_meta`: the level at which the folder was last read, big endian, then the version of the program.
const READ_BY: &str = "read_by";
/// Commits read again in one transaction.
const BATCH: i64 = 500;

fn mark(level: u16) -> Vec<u8> {
    [&level.to_be_bytes()[..], env!("CARGO_PKG_VERSION").as_bytes()].concat()
}

/// The level at which a folder is read: its program's.
pub fn read_at(conn: &Connection) -> Result<u16, ReplicaError> {
    let level = meta(conn, READ_BY)?.and_then(|mark| mark.first_chunk().copied());
    Ok(level.map_or(LEVEL, u16::from_be_bytes))
}

/// The level that head office has raised the chain to.
///
/// # Errors
/// A read that fails.
pub fn raised_to(conn: &Connection) -> Result<u16, ReplicaError> {
    let raised: Option<u16> = conn
        .prepare_cached("SELECT MAX(level) FROM level_raised")?
        .query_row([], |row| row.get(0))?;
    Ok(raised.unwrap_or(FIRST).max(FIRST))
}

/// The level at which is written here: what the chain was raised to, as far as it is read here.
pub(crate) fn written_at(conn: &Connection) -> Result<u16, ReplicaError> {
    Ok(raised_to(conn)?.min(read_at(conn)?))
}

/// Whether what says this level is read here.
pub(crate) fn reads(conn: &Connection, level: u16) -> Result<bool, ReplicaError> {
    Ok(level <= FIRST || level <= read_at(conn)?)
}

/// A database is read as another one is.
pub(crate) fn as_in(source: &Connection, conn: &Connection) -> Result<(), ReplicaError> {
    match meta(source, READ_BY)? {
        Some(mark) => set_meta(conn, READ_BY, &mark),
        None => Ok(()),
    }
}

/// Reads again what is opaque, if another program read this folder last. Killed half-way it begins anew.
pub(crate) fn read_again(
    conn: &Connection,
    digest: &mut Digest,
    trust: &SharedTrust,
    level: u16,
) -> Result<(), ReplicaError> {
    let mark = mark(level);
    if meta(conn, READ_BY)?.as_deref() == Some(&mark[..]) {
        return Ok(());
    }
    let mut after = 0;
    loop {
        conn.execute_batch("BEGIN IMMEDIATE")?;
        let outcome = (|| {
            set_meta(conn, READ_BY, &level.to_be_bytes())?;
            let next = read_some(conn, digest, trust, after)?;
            if next.is_none() {
                set_meta(conn, READ_BY, &mark)?;
            }
            digest.store(conn)?;
            conn.execute_batch("COMMIT")?;
            Ok(next)
        })();
        match outcome {
            Ok(Some(last)) => after = last,
            Ok(None) => return Ok(()),
            Err(error) => {
                if !conn.is_autocommit() {
                    conn.execute_batch("ROLLBACK")?;
                }
                return Err(error);
            }
        }
    }
}

/// Some opaque commits from behind this row on, in the order in which they were held; the last row, unless there are no more.
fn read_some(
    conn: &Connection,
    digest: &mut Digest,
    trust: &SharedTrust,
    after: i64,
) -> Result<Option<i64>, ReplicaError> {
    let rows: Vec<(i64, Vec<u8>, Vec<u8>)> = conn
        .prepare(
            "SELECT row, header, signature FROM commit_log WHERE opaque IS NOT NULL AND row > ? ORDER BY row LIMIT ?",
        )?
        .query_map([after, BATCH], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let last = rows.last().map(|(row, ..)| *row);
    for (row, header, signature) in rows {
        let commit = read_commit(conn, row, header, signature)?;
        let verified = journal::verify(&commit, &trust.read(), &Rules);
        // What no longer verifies has rotted; `verify` says so.
        let Ok(verified) = verified else { continue };
        let Some(certificate) = trust.read().get(&verified.certificate).cloned() else {
            continue;
        };
        let arrival = Arrival {
            commit: &commit,
            verified: &verified,
            certificate: &certificate,
            source: "log",
            released: true,
            now: verified.header.wall,
        };
        let opaque = project(conn, digest, &arrival, row, true)?;
        conn.execute("UPDATE commit_log SET opaque = ? WHERE row = ?", params![opaque, row])?;
    }
    Ok(last)
}
