//! Snapshots: all that a replica holds and shows in one file, so that a new till begins with a copy instead of reading years of
//! commits one by one.
//!
//! A snapshot is made of the database itself: what devices share stays, log and parts included, and what a folder knows for
//! itself, or other lanes hold, is emptied. Whoever takes one looks at its form and its certificates and works with it at
//! once; its commits and rows it proves later, by [`Replica::confirm`], from signatures and by projecting everything anew. Until
//! then it says that it is not confirmed.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use journal::{Lane, Lanes};
use model::ids::Hash;
use rusqlite::{Connection, OpenFlags, params};

use crate::Replica;
use crate::base;
use crate::connection;
use crate::error::ReplicaError;
use crate::folder::{DATABASE, Folder};
use crate::level;
use crate::meta::{clear_meta, meta, set_meta};
use crate::project::PROJECTED;
use crate::verify::{Findings, load_trust, remove};

/// How the files begin that hold a snapshot that is being fetched.
pub(crate) const FETCHED: &str = "fovea.snapshot-";
/// Tables of the journal that every device shares.
const JOURNAL: &[&str] = &["certificate", "log", "commit_log", "part", "head", "digest_state"];
/// Beginnings of the names of the search tables and of SQLite's own.
const INDEXES: &[&str] = &["product_search", "customer_search", "sqlite_"];
/// Name in `local_meta`: the folder began with a snapshot that is not proven yet; `1`: not tried, `2`: it does not hold.
const UNCONFIRMED: &str = "snapshot unconfirmed";
const NOT_TRIED: &[u8] = &[1];
const REFUSED: &[u8] = &[2];
/// The pragma that says for which software level the rows were made: another reads other commits.
const READ_BY: &str = "application_id";
/// Bytes read at once while a file is hashed.
const CHUNK: usize = 1 << 20;
/// Most things that are named when a file is not well formed.
const MAX_FAULTS: usize = 1;

/// How a folder stands that began with a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It did not, or what it began with is proven.
    Confirmed,
    /// It works; nobody has proven it here yet.
    Unconfirmed,
    /// Rows or commits of it do not hold.
    Refused,
}

/// A snapshot that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// BLAKE3-256 of the file.
    pub hash: Hash,
    /// Bytes of the file.
    pub size: u64,
}

/// The lanes that a snapshot holds: those of every till.
fn lanes() -> Lanes {
    Lanes::of(&[Lane::Control, Lane::All])
}

fn is_shared(table: &str) -> bool {
    JOURNAL.contains(&table)
        || PROJECTED.contains(&table)
        || base::is_sums(table)
        || INDEXES.iter().any(|name| table.starts_with(name))
}

/// The rows of a table that are not shared: of what a folder notes for itself, all but from when on it keeps everything.
fn own_rows(table: &str) -> String {
    let but = if table == "local_meta" {
        format!(" WHERE key <> '{}'", base::KEPT_FROM)
    } else {
        String::new()
    };
    format!("FROM \"{table}\"{but}")
}

fn tables(conn: &Connection) -> Result<Vec<String>, ReplicaError> {
    Ok(conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

/// Empties what is not shared: this folder's own, and what other lanes hold.
fn strip(conn: &Connection) -> Result<(), ReplicaError> {
    for table in tables(conn)?.iter().filter(|table| !is_shared(table)) {
        conn.execute_batch(&format!("DELETE {}", own_rows(table)))?;
    }
    for lane in Lane::ALL.into_iter().filter(|lane| !lanes().contains(*lane)) {
        let code = params![lane.code()];
        conn.execute(
            "DELETE FROM part WHERE commit_row IN (SELECT row FROM commit_log WHERE lane = ?)",
            code,
        )?;
        for sql in [
            "DELETE FROM commit_log WHERE lane = ?",
            "DELETE FROM log WHERE lane = ?",
            "DELETE FROM head WHERE citing = ?",
            "DELETE FROM digest_state WHERE lane = ?",
        ] {
            conn.execute(sql, code)?;
        }
    }
    // Without a commit of `office` its heads are those of `all`, as with whoever never reads that lane.
    conn.execute(
        "INSERT INTO head (citing, hash, log, seq) SELECT ?1, hash, log, seq FROM head WHERE citing = ?2",
        params![Lane::Office.code(), Lane::All.code()],
    )?;
    Ok(())
}

fn file_error(path: &Path) -> impl Fn(std::io::Error) -> ReplicaError + '_ {
    |source| ReplicaError::File {
        path: path.to_owned(),
        source,
    }
}

/// Size and hash of a file.
///
/// # Errors
/// A file that cannot be read.
pub fn measure(path: &Path) -> Result<Made, ReplicaError> {
    let failed = file_error(path);
    let mut file = File::open(path).map_err(&failed)?;
    let (mut hasher, mut chunk, mut size) = (blake3::Hasher::new(), vec![0; CHUNK], 0u64);
    loop {
        let read = file.read(&mut chunk).map_err(&failed)?;
        if read == 0 {
            break;
        }
        hasher.update(&chunk[..read]);
        size += read as u64;
    }
    Ok(Made {
        hash: Hash(*hasher.finalize().as_bytes()),
        size,
    })
}

/// Where a snapshot of this hash lies while it is fetched into a folder.
pub fn fetched_path(folder: &Path, hash: &Hash) -> PathBuf {
    folder.join(format!("{FETCHED}{hash}"))
}

/// Removes what was fetched of snapshots into a folder, except that of one hash.
///
/// # Errors
/// A folder that cannot be read or written.
pub fn remove_fetched(folder: &Path, except: Option<&Hash>) -> Result<(), ReplicaError> {
    let failed = file_error(folder);
    let kept = except.map(|hash| fetched_path(folder, hash));
    for entry in std::fs::read_dir(folder).map_err(&failed)? {
        let path = entry.map_err(&failed)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        if name.is_some_and(|name| name.starts_with(FETCHED)) && Some(&path) != kept.as_ref() {
            std::fs::remove_file(&path).map_err(&failed)?;
        }
    }
    Ok(())
}

impl Replica {
    /// Makes a snapshot of what is held now into a file, which must not be there. Reads beside whatever else goes on; long.
    ///
    /// # Errors
    /// A disk that is full or fails; what was begun is removed.
    pub fn snapshot(&self, target: &Path) -> Result<Made, ReplicaError> {
        let made = (|| {
            let level;
            {
                // Not one of the readers' connections: this one is busy for long.
                let source = connection::open_reader(&self.database)?;
                source.execute("VACUUM INTO ?", [target.to_string_lossy().as_ref()])?;
                level = level::read_at(&source)?;
            }
            let conn = Connection::open(target)?;
            conn.pragma_update(None, "secure_delete", "ON")?;
            conn.execute_batch("BEGIN")?;
            strip(&conn)?;
            conn.execute_batch("COMMIT")?;
            conn.pragma_update(None, READ_BY, level)?;
            drop(conn);
            File::open(target)
                .and_then(|file| file.sync_all())
                .map_err(file_error(target))?;
            measure(target)
        })();
        if made.is_err() {
            let _ = remove(target);
        }
        made
    }

    /// How this folder stands if it began with a snapshot.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn standing(&self) -> Result<Standing, ReplicaError> {
        Ok(match self.read(|conn| meta(conn, UNCONFIRMED))?.as_deref() {
            None => Standing::Confirmed,
            Some(REFUSED) => Standing::Refused,
            Some(_) => Standing::Unconfirmed,
        })
    }

    /// Proves all that is held here, as [`verify`](Self::verify) does, and notes for a folder that began with a snapshot
    /// whether what it began with holds.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn confirm(&self) -> Result<Findings, ReplicaError> {
        let findings = self.verify()?;
        if self.standing()? != Standing::Confirmed {
            let holds = findings.mismatches.is_empty();
            self.write(move |tx| {
                if holds {
                    clear_meta(tx.conn(), UNCONFIRMED)
                } else {
                    set_meta(tx.conn(), UNCONFIRMED, REFUSED)
                }
            })?;
        }
        Ok(findings)
    }
}

/// A rebuild has made every row from commits that verify: nothing of the snapshot is left to be believed.
pub(crate) fn rebuilt(conn: &Connection) -> Result<(), ReplicaError> {
    clear_meta(conn, UNCONFIRMED)
}

/// The schema as it stands in a file: every object with the words that made it.
fn schema(conn: &Connection) -> Result<Vec<(String, String, String)>, ReplicaError> {
    Ok(conn
        .prepare("SELECT type, name, COALESCE(sql, '') FROM sqlite_schema ORDER BY type, name")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?)
}

fn not_one(why: impl std::fmt::Display) -> ReplicaError {
    ReplicaError::damaged(format!("the copy from the server is not one of its data: {why}"))
}

/// Looks at a file from elsewhere before anything in it is used: nothing may stand in it but tables of ours with the words
/// that made them here, well formed; certificates up to the organisation's key.
fn examine(conn: &Connection, organisation_key: [u8; 32], level: u16) -> Result<(), ReplicaError> {
    let fresh = connection::open_form()?;
    let format: i64 = fresh.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let number = |pragma: &str| conn.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    if (number("user_version")?, schema(conn)?) != (format, schema(&fresh)?) || number(READ_BY)? != i64::from(level) {
        return Err(not_one("it was made by other software"));
    }
    let said: String = conn.query_row(&format!("PRAGMA quick_check({MAX_FAULTS})"), [], |row| row.get(0))?;
    if said != "ok" {
        return Err(not_one(said));
    }
    for table in tables(conn)?.iter().filter(|table| !is_shared(table)) {
        let used: bool = conn.query_row(&format!("SELECT EXISTS (SELECT 1 {})", own_rows(table)), [], |row| {
            row.get(0)
        })?;
        if used {
            return Err(not_one(format_args!("{table} is not empty")));
        }
    }
    conn.execute(
        "INSERT INTO local_meta (key, value) VALUES ('organisation_key', ?)",
        [organisation_key.as_slice()],
    )?;
    load_trust(conn)?;
    Ok(())
}

/// Makes a fetched file the database of a folder that has none, for a program that reads this software level. It is not
/// confirmed.
///
/// # Errors
/// [`ReplicaError::Damaged`] for a file that is not what it should be: it is removed, and the folder is as it was.
/// [`ReplicaError::Present`] for a folder that has data; a disk that fails.
pub fn adopt(folder: &Path, fetched: &Path, organisation_key: [u8; 32], level: u16) -> Result<(), ReplicaError> {
    let folder = Folder::take(folder, true)?;
    let database = folder.database();
    if database.exists() {
        return Err(ReplicaError::Present(folder.path().to_owned()));
    }
    let made = (|| {
        let conn = Connection::open_with_flags(
            fetched,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        // What a stranger's file says of functions and expressions is not run.
        conn.pragma_update(None, "trusted_schema", "OFF")?;
        conn.pragma_update(None, "cell_size_check", "ON")?;
        conn.execute_batch("BEGIN IMMEDIATE")?;
        examine(&conn, organisation_key, level)?;
        set_meta(&conn, UNCONFIRMED, NOT_TRIED)?;
        conn.execute_batch("COMMIT")?;
        conn.pragma_update(None, READ_BY, 0)?;
        Ok(())
    })();
    let made = made.map_err(|error| match error {
        // Whatever SQLite says of a file from elsewhere is said of that file.
        ReplicaError::Database(error) => not_one(error),
        other => other,
    });
    if let Err(error) = made {
        remove(fetched)?;
        return Err(error);
    }
    let failed = file_error(fetched);
    File::open(fetched).and_then(|file| file.sync_all()).map_err(&failed)?;
    std::fs::rename(fetched, &database).map_err(&failed)?;
    File::open(folder.path())
        .and_then(|folder| folder.sync_all())
        .map_err(&failed)?;
    debug_assert!(database.ends_with(DATABASE));
    Ok(())
}
