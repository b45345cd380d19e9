//! Brings the database's tables up to this program.

use std::sync::Arc;

use model::refusal::Refusal;

use super::connection::Pool;
use super::rows::number;
use super::sql;

/// The schema, oldest first. Landed files are never edited; a change is a new file.
pub const MIGRATIONS: &[&str] = &[include_str!("../../../migrations/server-postgres/0001_journal.sql")];

/// The installation's own table, of no organisation: which migrations it has had.
pub const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS migration (version BIGINT PRIMARY KEY)";

/// Applies what is missing, each file in a transaction of its own that first writes its number down: of several processes
/// that start at once, one does the work, and the others wait for it and then find it done.
///
/// # Errors
/// A database of newer software.
pub fn migrate(pool: &Arc<Pool>) -> Result<(), Refusal> {
    let found = pool.run(|connection| {
        connection.migrate(VERSIONS)?;
        Ok(connection.row(sql::VERSION, &[])?.map_or(0, |row| number(&row, 0)))
    })?;
    let known = MIGRATIONS.len() as u64;
    if found > known {
        return Err(Refusal::FolderNewer {
            folder: "the database".to_owned(),
        });
    }
    for (version, migration) in (1i64..).zip(MIGRATIONS) {
        if version as u64 <= found {
            continue;
        }
        pool.transaction(|connection| {
            if connection.execute(sql::VERSION_ADD, &[&version])? == 1 {
                connection.migrate(migration)?;
            }
            Ok(())
        })?;
    }
    Ok(())
}
