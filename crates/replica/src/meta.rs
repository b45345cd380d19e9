//! What this folder keeps for itself, by name: which device it is, which server it has.

use rusqlite::{Connection, OptionalExtension, params};

use crate::Replica;
use crate::error::ReplicaError;

/// A value that this folder keeps for itself.
pub fn meta(conn: &Connection, key: &str) -> Result<Option<Vec<u8>>, ReplicaError> {
    Ok(conn
        .prepare_cached("SELECT value FROM local_meta WHERE key = ?")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

/// Keeps a value for this folder alone.
pub fn set_meta(conn: &Connection, key: &str, value: &[u8]) -> Result<(), ReplicaError> {
    conn.prepare_cached("INSERT OR REPLACE INTO local_meta (key, value) VALUES (?, ?)")?
        .execute(params![key, value])?;
    Ok(())
}

/// Forgets a value that this folder kept for itself.
pub fn clear_meta(conn: &Connection, key: &str) -> Result<(), ReplicaError> {
    conn.prepare_cached("DELETE FROM local_meta WHERE key = ?")?
        .execute([key])?;
    Ok(())
}

/// The server's clock minus this device's, ms, at the last contact.
const SKEW: &str = "skew";
/// A difference to the last skew that is not worth a write, ms: what a slow line makes of it.
const SAME_SKEW: i64 = 2_000;

/// The server's clock minus this device's at the last contact, ms; none before the first.
pub fn skew(conn: &Connection) -> Result<Option<i32>, ReplicaError> {
    Ok(meta(conn, SKEW)?
        .and_then(|bytes| bytes.try_into().ok())
        .map(i32::from_be_bytes))
}

impl Replica {
    /// Remembers what the server's clock said, ms UTC, when this device's said `now`. Clocks that lie weeks apart are no skew
    /// that a header holds: then the last one stands.
    pub fn note_server_time(&self, server: i64, now: i64) -> Result<(), ReplicaError> {
        let Ok(found) = i32::try_from(server.saturating_sub(now)) else {
            return Ok(());
        };
        let known = self.read(skew)?;
        if known.is_some_and(|known| (i64::from(known) - i64::from(found)).abs() < SAME_SKEW) {
            return Ok(());
        }
        self.write(move |tx| set_meta(tx.conn(), SKEW, &found.to_be_bytes()))
    }
}
