//! What waits here, for whoever decides about it.

use std::collections::HashSet;

use journal::{Certificate, Commit, Header, Trust};
use model::ids::Hash;
use rusqlite::Connection;

use crate::error::ReplicaError;
use crate::vector::Lacking;

/// Commits of the waiting room as an offer takes them, and their hashes.
#[derive(Debug, Default)]
pub struct Waits {
    pub lacking: Lacking,
    pub hashes: Vec<Hash>,
}

/// Of what waits here, in the order of its logs, what is not among these `told`: at most `bytes` of it, but at least one
/// commit. Of a log whose author is not known nothing is said: nobody could judge it.
///
/// # Errors
/// A read that fails.
pub fn waits(conn: &Connection, trust: &Trust, told: &HashSet<Hash>, bytes: usize) -> Result<Waits, ReplicaError> {
    let mut waits = Waits::default();
    let mut used = 0;
    // Asked whenever nothing moves: the bytes are read of what is not told yet alone.
    let mut bytes_of = conn.prepare_cached("SELECT bytes FROM waiting WHERE hash = ?")?;
    let mut statement = conn.prepare_cached("SELECT hash FROM waiting ORDER BY log, seq, hash")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let hash: Vec<u8> = row.get(0)?;
        let Some(hash) = Hash::from_slice(&hash).filter(|hash| !told.contains(hash)) else {
            continue;
        };
        let stored: Vec<u8> = bytes_of.query_row([hash.as_bytes()], |row| row.get(0))?;
        let Ok(commit) = Commit::from_bytes(&stored) else {
            continue;
        };
        let Ok(Header { log, .. }) = Header::from_bytes(&commit.header) else {
            continue;
        };
        let Some((certificate, _)) = trust.owner(&log) else {
            continue;
        };
        used += stored.len();
        if used > bytes && !waits.hashes.is_empty() {
            waits.lacking.more = true;
            break;
        }
        if waits.lacking.logs.insert(log) {
            let chain = trust.issuer_of(certificate).into_iter().chain([certificate]);
            waits.lacking.certificates.extend(chain.map(Certificate::to_bytes));
        }
        waits.lacking.commits.push(commit);
        waits.hashes.push(hash);
    }
    Ok(waits)
}
