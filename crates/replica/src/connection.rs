//! Opening the database: durable, in WAL, with the schema of this program and never of a newer one.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::ReplicaError;
use crate::meta::{clear_meta, meta, set_meta};

/// The schema, oldest first. Landed files are never edited; a change is a new file.
const MIGRATIONS: &[&str] = &[
    include_str!("../../../migrations/replica/0001_journal.sql"),
    include_str!("../../../migrations/replica/0002_projections.sql"),
    include_str!("../../../migrations/replica/0003_local.sql"),
    include_str!("../../../migrations/replica/0004_branches.sql"),
    include_str!("../../../migrations/replica/0005_erasure.sql"),
    include_str!("../../../migrations/replica/0006_statements.sql"),
    include_str!("../../../migrations/replica/0007_closed_keys.sql"),
    include_str!("../../../migrations/replica/0008_session_end_device.sql"),
    include_str!("../../../migrations/replica/0009_base.sql"),
    include_str!("../../../migrations/replica/0010_base_number.sql"),
    include_str!("../../../migrations/replica/0011_level.sql"),
    include_str!("../../../migrations/replica/0012_counts.sql"),
];

/// The last change of the schema after which projected rows are other rows.
const REPROJECTED: i64 = 12;
/// Says in `local_meta` that the rows are those of an older schema, until a rebuild has made them anew.
const OUTDATED: &str = "rows_outdated";

/// How long a connection waits for another one's lock.
pub const BUSY: Duration = Duration::from_secs(5);
/// Statements kept prepared on a connection.
const STATEMENTS: usize = 256;

fn format_known() -> i64 {
    MIGRATIONS.len() as i64
}

/// The one connection that writes. Automatic checkpoints are off: they would put tens of milliseconds into somebody's
/// commit, so a connection of its own checkpoints in the background.
pub fn open_writer(path: &Path) -> Result<Connection, ReplicaError> {
    check_format(path)?;
    reopen_writer(path)
}

/// The same while other connections of this process are open: looking at the format opens and closes the file by itself, and
/// with that POSIX drops every lock that this process has on it.
pub fn reopen_writer(path: &Path) -> Result<Connection, ReplicaError> {
    let conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    conn.pragma_update(None, "secure_delete", "ON")?;
    tune(&conn)?;
    migrate(&conn)?;
    Ok(conn)
}

/// The schema alone, in memory.
pub fn open_form() -> Result<Connection, ReplicaError> {
    let conn = Connection::open_in_memory()?;
    migrate(&conn)?;
    Ok(conn)
}

/// A connection that only reads.
pub fn open_reader(path: &Path) -> Result<Connection, ReplicaError> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    tune(&conn)?;
    Ok(conn)
}

/// A connection that only checkpoints.
pub fn open_checkpointer(path: &Path) -> Result<Connection, ReplicaError> {
    Ok(Connection::open(path)?)
}

fn tune(conn: &Connection) -> Result<(), ReplicaError> {
    conn.busy_timeout(BUSY)?;
    conn.pragma_update(None, "cache_size", -16_384)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

/// Looks at the format before anything is opened for writing, so that a newer folder stays as it is.
pub fn check_format(path: &Path) -> Result<(), ReplicaError> {
    if !path.exists() {
        return Ok(());
    }
    let found = match settled_format(path)? {
        Some(found) => found,
        None => Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?.pragma_query_value(
            None,
            "user_version",
            |row| row.get(0),
        )?,
    };
    if found > format_known() {
        let folder = path.parent().unwrap_or(path).to_owned();
        return Err(ReplicaError::Newer {
            folder,
            found,
            known: format_known(),
        });
    }
    Ok(())
}

/// The format as the file's header says it (SQLite file format, bytes 60 to 63), unless a write-ahead log may say something
/// newer. Even a connection that only reads would make files beside the database.
fn settled_format(path: &Path) -> Result<Option<i64>, ReplicaError> {
    let file = |source| ReplicaError::File {
        path: path.to_owned(),
        source,
    };
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if std::fs::metadata(log).is_ok_and(|log| log.len() > 0) {
        return Ok(None);
    }
    let mut header = [0; 64];
    match File::open(path).map_err(file)?.read_exact(&mut header) {
        Ok(()) => {}
        // SQLite itself says what is wrong with so short a file.
        Err(short) if short.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        Err(other) => return Err(file(other)),
    }
    let [.., a, b, c, d] = header;
    Ok(Some(i64::from(i32::from_be_bytes([a, b, c, d]))))
}

fn migrate(conn: &Connection) -> Result<(), ReplicaError> {
    let found: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found >= format_known() {
        return Ok(());
    }
    for (version, sql) in (1i64..).zip(MIGRATIONS) {
        if version > found {
            conn.execute_batch(&format!("BEGIN IMMEDIATE; {sql}; PRAGMA user_version = {version};"))?;
            if version == REPROJECTED && found > 0 {
                set_meta(conn, OUTDATED, &[1])?;
            }
            conn.execute_batch("COMMIT")?;
        }
    }
    crate::erasure::name_units(conn)
}

/// Whether the rows are those of an older schema. They are not to be read before a rebuild.
pub fn is_outdated(conn: &Connection) -> Result<bool, ReplicaError> {
    Ok(meta(conn, OUTDATED)?.is_some())
}

/// A rebuild has made every row.
pub fn made_anew(conn: &Connection) -> Result<(), ReplicaError> {
    clear_meta(conn, OUTDATED)
}
