//! `verify` and `rebuild`: the projection is a function of the log, and both prove it by making it anew.

use std::path::Path;

use journal::{Header, Lane, Trust};
use model::ids::{Hash, Id};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::chain::{Spot, chain, find, open_branch, spot};
use crate::closing::is_lost;
use crate::connection::open_writer;
use crate::core::SharedTrust;
use crate::deliver::{Arrival, extend, hold};
use crate::digest::Digest;
use crate::error::ReplicaError;
use crate::fold::skeleton;
use crate::project::PROJECTED;
use crate::rules::Rules;
use crate::vector::read_commit;

/// Commits projected between two transactions of a rebuild.
const BATCH: usize = 2_000;
/// Most mismatches that are named; one is bad enough.
const MAX_MISMATCHES: usize = 100;

/// What `verify` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// Over the sorted states of lanes `control` and `all`.
    pub digest: String,
    /// Held commits of those lanes, opaque ones too.
    pub commits: u64,
    pub mismatches: Vec<String>,
}

/// The organisation's key as this folder keeps it.
pub fn organisation_key(conn: &Connection) -> Result<[u8; 32], ReplicaError> {
    let key: Option<Vec<u8>> = conn
        .query_row(
            "SELECT value FROM local_meta WHERE key = 'organisation_key'",
            [],
            |row| row.get(0),
        )
        .optional()?;
    key.and_then(|key| key.try_into().ok())
        .ok_or_else(|| ReplicaError::damaged("the organisation's key is missing"))
}

/// Every certificate stored here, judged again.
pub fn load_trust(conn: &Connection) -> Result<Trust, ReplicaError> {
    let mut trust = Trust::new(organisation_key(conn)?);
    let mut bytes: Vec<Vec<u8>> = conn
        .prepare("SELECT bytes FROM certificate")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    // Enrolling keys come before what they certified; a chain is two long.
    let mut left = bytes.len() + 1;
    while !bytes.is_empty() && bytes.len() < left {
        left = bytes.len();
        bytes.retain(|certificate| trust.admit(certificate).is_err());
    }
    if !bytes.is_empty() {
        return Err(ReplicaError::damaged(format!(
            "{} stored certificates do not verify",
            bytes.len()
        )));
    }
    Ok(trust)
}

/// Copies what is not a projection and projects every commit anew into the database at `target`.
fn project_anew(source: &Connection, target: &Path, mismatches: &mut Vec<String>) -> Result<u64, ReplicaError> {
    let conn = open_writer(target)?;
    // The new file is made whole before anything relies on it; durability comes once, at the end.
    conn.pragma_update(None, "synchronous", "OFF")?;
    crate::level::as_in(source, &conn)?;
    let trust = load_trust(source)?;
    let key = organisation_key(source)?;
    conn.execute(
        "INSERT INTO local_meta (key, value) VALUES ('organisation_key', ?)",
        [key.as_slice()],
    )?;
    for (id, certificate) in trust.iter() {
        conn.execute(
            "INSERT INTO certificate (id, bytes) VALUES (?, ?)",
            params![id.as_bytes(), certificate.to_bytes()],
        )?;
    }
    let mut digest = Digest::default();
    let mut last_folded = None;
    let mut statement =
        source.prepare("SELECT row, hash, log, seq, lane, header, signature, request FROM commit_log ORDER BY row")?;
    let mut rows = statement.query([])?;
    let mut commits = 0;
    let mut missing: Vec<(String, usize, Option<Id>)> = Vec::new();
    conn.execute_batch("BEGIN IMMEDIATE")?;
    crate::base::copy(source, &conn, &mut digest)?;
    while let Some(row) = rows.next()? {
        let stored: Vec<u8> = row.get(1)?;
        let place = format!("{}:{}", hex(&row.get::<_, Vec<u8>>(2)?), row.get::<_, i64>(3)?);
        let lane: u8 = row.get(4)?;
        commits += u64::from(lane == Lane::Control.code() || lane == Lane::All.code());
        let header: Vec<u8> = row.get(5)?;
        if header.is_empty() {
            last_folded = Some(row.get::<_, i64>(0)?);
            if let Some(broken) = place_folded(source, &conn, row)? {
                note(mismatches, format!("{place}: {broken}"));
            }
            continue;
        }
        let commit = read_commit(source, row.get(0)?, header, row.get(6)?)?;
        match journal::verify(&commit, &trust, &Rules) {
            Ok(verified) if verified.hash.as_bytes()[..] == stored[..] => {
                let at = spot(&conn, &verified.header, &verified.hash)?;
                if matches!(at, Spot::Held | Spot::Orphan) {
                    note(mismatches, format!("{place}: does not follow a commit before it"));
                    continue;
                }
                if let Some(broken) = cites_later(&conn, &verified.header)? {
                    note(mismatches, format!("{place}: {broken}"));
                }
                let parts = commit.parts.iter().zip(&verified.header.parts).enumerate();
                missing.extend(
                    parts
                        .filter(|(_, (bytes, _))| bytes.is_none())
                        .map(|(part, (_, named))| (place.clone(), part, named.unit)),
                );
                let Some(certificate) = trust.get(&verified.certificate) else {
                    continue;
                };
                let arrival = Arrival {
                    commit: &commit,
                    verified: &verified,
                    certificate,
                    source: "log",
                    released: true,
                    now: verified.header.wall,
                };
                hold(&conn, &mut digest, &arrival, &at, true)?;
            }
            Ok(_) => note(mismatches, format!("{place}: is stored under another hash")),
            Err(fault) => note(mismatches, format!("{place}: {fault}")),
        }
        if (commits as usize).is_multiple_of(BATCH) {
            digest.store(&conn)?;
            conn.execute_batch("COMMIT; BEGIN IMMEDIATE")?;
        }
    }
    digest.store(&conn)?;
    if let Some(last) = last_folded {
        forget_named(source, &conn, last)?;
    }
    conn.execute_batch("COMMIT")?;
    // The order may have come after the commit whose part it took.
    for (place, part, unit) in missing {
        if !crate::erasure::may_miss(&conn, unit)? {
            note(
                mismatches,
                format!("{place}: part {part} is missing and no erasure order covers it"),
            );
        }
    }
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(commits)
}

/// Puts a folded commit in its place: of what it said only sums are left, and of its header where it stands.
fn place_folded(source: &Connection, conn: &Connection, row: &Row<'_>) -> Result<Option<&'static str>, ReplicaError> {
    let damaged = || ReplicaError::damaged("a folded commit");
    let (hash, log): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
    let hash = Hash::from_slice(&hash).ok_or_else(damaged)?;
    let held = chain(source, Id::from_slice(&log).ok_or_else(damaged)?)?.ok_or_else(damaged)?;
    let header = skeleton(source, &held, row.get::<_, i64>(3)?.unsigned_abs())?;
    let name = match spot(conn, &header, &hash)? {
        Spot::End(name) => name,
        Spot::Branch { chain, after } => open_branch(conn, &chain, after, &header, &hash)?,
        Spot::Held | Spot::Orphan => return Ok(Some("was folded, and does not follow a commit before it")),
    };
    let certificate: Vec<u8> = source
        .prepare_cached("SELECT certificate FROM log WHERE log = ?")?
        .query_row([held.origin.as_bytes()], |row| row.get(0))?;
    conn.prepare_cached(
        "INSERT INTO commit_log (hash, log, seq, lane, request, header, signature)
         VALUES (?, ?, ?, ?, ?, x'', x'')",
    )?
    .execute(params![
        hash.as_bytes(),
        name.as_bytes(),
        header.seq as i64,
        held.lane,
        row.get::<_, Vec<u8>>(7)?
    ])?;
    extend(conn, name, held.origin, &certificate, held.lane, header.seq, &hash)?;
    Ok(None)
}

/// What folded commits named is no head, though nobody knows any more that they did: up to the last of them the heads kept
/// here are believed.
fn forget_named(source: &Connection, conn: &Connection, last: i64) -> Result<(), ReplicaError> {
    let heads: Vec<(u8, Vec<u8>)> = conn
        .prepare("SELECT citing, hash FROM head")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (citing, hash) in heads {
        let named: bool = source
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM commit_log WHERE hash = ?2 AND row < ?3)
                 AND NOT EXISTS (SELECT 1 FROM head WHERE citing = ?1 AND hash = ?2)",
            )?
            .query_row(params![citing, hash, last], |row| row.get(0))?;
        if named {
            conn.prepare_cached("DELETE FROM head WHERE citing = ? AND hash = ?")?
                .execute(params![citing, hash])?;
        }
    }
    Ok(())
}

fn cites_later(conn: &Connection, header: &Header) -> Result<Option<String>, ReplicaError> {
    for head in &header.after {
        if find(conn, head.log, head.seq, head.hash16)?.is_none() && !is_lost(conn, head.log, head.seq, head.hash16)? {
            return Ok(Some(format!("came before {}:{}, which it names", head.log, head.seq)));
        }
    }
    Ok(None)
}

fn note(mismatches: &mut Vec<String>, what: String) {
    if mismatches.len() < MAX_MISMATCHES {
        mismatches.push(what);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Asks SQLite about its file, reads every hash and signature again, projects into a temporary file and compares rows, digests and account sums.
pub fn verify(source: &Connection, scratch: &Path) -> Result<Findings, ReplicaError> {
    let mut mismatches = Vec::new();
    sound(source, &mut mismatches)?;
    let commits = project_anew(source, scratch, &mut mismatches)?;
    source.execute("ATTACH DATABASE ? AS anew", [scratch.to_string_lossy().as_ref()])?;
    let compared = compare(source, &mut mismatches);
    source.execute_batch("DETACH DATABASE anew")?;
    compared?;
    let unequal: i64 = source.query_row(
        "SELECT COUNT(*) FROM (SELECT product FROM balance GROUP BY product HAVING SUM(quantity) <> 0)",
        [],
        |row| row.get(0),
    )?;
    if unequal > 0 {
        note(
            &mut mismatches,
            format!("the accounts of {unequal} products do not sum to nothing"),
        );
    }
    Ok(Findings {
        digest: Digest::load(source)?.word(),
        commits,
        mismatches,
    })
}

/// Columns of a projected table; `row` is an alias of SQLite's row id, which depends on the order of arrival.
fn columns(conn: &Connection, table: &str) -> Result<String, ReplicaError> {
    let names: Vec<String> = conn
        .prepare(&format!(
            "SELECT name FROM pragma_table_info('{table}') WHERE name <> 'row'"
        ))?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(names
        .iter()
        .map(|name| format!("\"{name}\""))
        .collect::<Vec<_>>()
        .join(","))
}

/// What SQLite itself finds wrong with the file: rows that an index no longer leads to, pages that do not read. Bits of a
/// database may rot where no row shows it.
fn sound(conn: &Connection, mismatches: &mut Vec<String>) -> Result<(), ReplicaError> {
    let mut statement = conn.prepare(&format!("PRAGMA integrity_check({MAX_MISMATCHES})"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let said: String = row.get(0)?;
        if said != "ok" {
            note(mismatches, format!("the database file: {said}"));
        }
    }
    Ok(())
}

/// What is kept beside each commit and part so that they are found, against what their headers say. Of a commit that is held
/// unread the first reason is kept; what it named may have been erased since, and the reason now is another.
const BESIDE: [(&str, &str); 4] = [
    (
        "commit_log",
        "SELECT hash, log, seq, lane, request, opaque IS NULL FROM {of}.commit_log",
    ),
    (
        "part",
        "SELECT k.hash, p.part, p.unit, LENGTH(p.bytes) FROM {of}.part p LEFT JOIN {of}.commit_log k ON k.row = p.commit_row",
    ),
    (
        "movement",
        "SELECT k.hash, m.id FROM {of}.movement m LEFT JOIN {of}.commit_log k ON k.row = m.row",
    ),
    (
        "count_line",
        "SELECT k.hash, m.id FROM {of}.count_line m LEFT JOIN {of}.commit_log k ON k.row = m.row",
    ),
];

fn compare_beside(conn: &Connection, mismatches: &mut Vec<String>) -> Result<(), ReplicaError> {
    for (table, rows) in BESIDE {
        let (stored, anew) = (rows.replace("{of}", "main"), rows.replace("{of}", "anew"));
        for (one, other, what) in [
            (&stored, &anew, "too many or changed"),
            (&anew, &stored, "missing or changed"),
        ] {
            let differing: i64 =
                conn.query_row(&format!("SELECT COUNT(*) FROM ({one} EXCEPT {other})"), [], |row| {
                    row.get(0)
                })?;
            if differing > 0 {
                note(mismatches, format!("{table}: {differing} rows {what}"));
            }
        }
    }
    Ok(())
}

fn compare(conn: &Connection, mismatches: &mut Vec<String>) -> Result<(), ReplicaError> {
    compare_beside(conn, mismatches)?;
    for table in PROJECTED.iter().copied().chain(["log", "head", "digest_state"]) {
        let columns = columns(conn, table)?;
        for (one, other, what) in [
            ("main", "anew", "too many or changed"),
            ("anew", "main", "missing or changed"),
        ] {
            let differing: i64 = conn.query_row(
                &format!(
                    "SELECT COUNT(*) FROM (SELECT {columns} FROM {one}.{table} EXCEPT SELECT {columns} FROM {other}.{table})"
                ),
                [],
                |row| row.get(0),
            )?;
            if differing > 0 {
                note(mismatches, format!("{table}: {differing} rows {what}"));
            }
        }
        let counts: (i64, i64) = conn.query_row(
            &format!("SELECT (SELECT COUNT(*) FROM main.{table}), (SELECT COUNT(*) FROM anew.{table})"),
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        if counts.0 != counts.1 {
            note(
                mismatches,
                format!("{table}: {} rows stored, {} by the log", counts.0, counts.1),
            );
        }
    }
    for (search, of) in [("product_search", "product"), ("customer_search", "customer")] {
        let counts: (i64, i64) = conn.query_row(
            &format!("SELECT (SELECT COUNT(*) FROM main.{search}), (SELECT COUNT(*) FROM main.{of})"),
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        if counts.0 != counts.1 {
            note(
                mismatches,
                format!("{search}: {} entries for {} rows", counts.0, counts.1),
            );
        }
    }
    Ok(())
}

/// Tables of this folder alone, which a rebuild carries over as they are.
const CARRIED: &[&str] = &[
    "local_meta",
    "local_answer",
    "local_peer",
    "local_typed",
    "local_attempt",
    "local_pin",
    "local_print",
    "local_setting",
    "local_seen",
    "local_stopped",
    "local_erasure",
    "local_statement",
    "base_month",
    "waiting",
    "aside",
];

/// Makes every row again from the log in a second file beside the database, which then takes its place.
pub fn rebuild(database: &Path) -> Result<(), ReplicaError> {
    let second = database.with_extension("rebuilt");
    remove(&second)?;
    {
        let source = open_writer(database)?;
        let mut mismatches = Vec::new();
        let judged = project_anew(&source, &second, &mut mismatches).and_then(|_| match mismatches.first() {
            Some(first) => Err(ReplicaError::Damaged(format!(
                "the log does not verify ({first}); nothing was changed"
            ))),
            None => Ok(()),
        });
        if let Err(damaged) = judged {
            remove(&second)?;
            return Err(damaged);
        }
        source.execute("ATTACH DATABASE ? AS anew", [second.to_string_lossy().as_ref()])?;
        for table in CARRIED {
            source.execute_batch(&format!(
                "INSERT OR REPLACE INTO anew.{table} SELECT * FROM main.{table}"
            ))?;
        }
        source.execute_batch("DETACH DATABASE anew; PRAGMA wal_checkpoint(TRUNCATE)")?;
    }
    let conn = open_writer(&second)?;
    crate::snapshot::rebuilt(&conn)?;
    crate::connection::made_anew(&conn)?;
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    drop(conn);
    let file = |source| ReplicaError::File {
        path: database.to_owned(),
        source,
    };
    std::fs::File::open(&second)
        .and_then(|file| file.sync_all())
        .map_err(file)?;
    for leftover in ["-wal", "-shm"] {
        let mut name = database.as_os_str().to_owned();
        name.push(leftover);
        let _ = std::fs::remove_file(name);
    }
    std::fs::rename(&second, database).map_err(file)?;
    if let Some(folder) = database.parent() {
        std::fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(file)?;
    }
    Ok(())
}

/// Removes a scratch database with what SQLite keeps beside it.
pub fn remove(database: &Path) -> Result<(), ReplicaError> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(ReplicaError::File {
                    path: name.into(),
                    source,
                });
            }
            _ => {}
        }
    }
    Ok(())
}

/// The certificates of a folder, for threads that verify.
pub(crate) fn shared_trust(conn: &Connection) -> Result<SharedTrust, ReplicaError> {
    Ok(SharedTrust(std::sync::Arc::new(std::sync::RwLock::new(load_trust(
        conn,
    )?))))
}
