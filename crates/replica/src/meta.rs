//! What this folder keeps for itself, by name: which device it is, which server it has.

use rusqlite::{Connection, OptionalExtension, params};

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
