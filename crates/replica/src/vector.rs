//! What is held, as a vector, and what another lacks, in the order in which it can be taken.

use std::collections::HashMap;

use journal::{Commit, Lane, Lanes};
use model::ids::{Hash, Id};
use rusqlite::{Connection, params};

use crate::error::ReplicaError;

/// How far one log is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tip {
    pub log: Id,
    pub seq: u64,
    /// First 16 bytes of the tip's hash.
    pub hash16: Id,
}

/// How far every log of these lanes is held, sorted by log.
pub fn vector(conn: &Connection, lanes: Lanes) -> Result<Vec<Tip>, ReplicaError> {
    let mut statement = conn.prepare_cached("SELECT log, lane, seq, tip FROM log ORDER BY log")?;
    let mut rows = statement.query([])?;
    let mut tips = Vec::new();
    while let Some(row) = rows.next()? {
        if !Lane::from_code(row.get(1)?).is_some_and(|lane| lanes.contains(lane)) {
            continue;
        }
        let (log, tip): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(3)?);
        let (Some(log), Some(tip)) = (Id::from_slice(&log), Hash::from_slice(&tip)) else {
            return Err(ReplicaError::damaged("a log's tip"));
        };
        tips.push(Tip {
            log,
            seq: row.get::<_, i64>(2)?.unsigned_abs(),
            hash16: Id::of(&tip),
        });
    }
    Ok(tips)
}

/// Commits that a peer lacks, the certificates of logs it does not know, and whether more are left.
#[derive(Debug, Default)]
pub struct Lacking {
    pub certificates: Vec<Vec<u8>>,
    pub commits: Vec<Commit>,
    pub more: bool,
    /// What the peer holds once it has taken these.
    pub tips: Vec<Tip>,
}

/// Everything of these lanes that is held here and that a peer with this vector lacks, whoever wrote it: `control` first,
/// then in the order of delivery, which follows causality. At most `bytes` of commits, but at least one.
pub fn lacking(conn: &Connection, theirs: &[Tip], lanes: Lanes, bytes: usize) -> Result<Lacking, ReplicaError> {
    let known: HashMap<Id, u64> = theirs.iter().map(|tip| (tip.log, tip.seq)).collect();
    let mut after: HashMap<Id, u64> = HashMap::new();
    let mut lacking = Lacking::default();
    for tip in vector(conn, lanes)? {
        let have = known.get(&tip.log).copied();
        if have.unwrap_or(0) < tip.seq {
            after.insert(tip.log, have.unwrap_or(0));
            if have.is_none() {
                lacking.certificates.extend(chain(conn, tip.log)?);
            }
        }
    }
    if after.is_empty() {
        return Ok(lacking);
    }
    lacking.certificates.sort_by_key(Vec::len);
    let mut used = 0;
    let mut sent: HashMap<Id, Tip> = HashMap::new();
    for control in [true, false] {
        // The first row that any lacking log still owes bounds the walk.
        let first = first_row(conn, &after, control)?;
        let Some(first) = first else { continue };
        let comparison = if control { "=" } else { "<>" };
        let mut statement = conn.prepare_cached(&format!(
            "SELECT row, hash, log, seq, header, signature FROM commit_log WHERE row >= ? AND lane {comparison} ? ORDER BY row"
        ))?;
        let mut rows = statement.query(params![first, Lane::Control.code()])?;
        while let Some(row) = rows.next()? {
            let log: Vec<u8> = row.get(2)?;
            let seq = row.get::<_, i64>(3)?.unsigned_abs();
            let Some(log) = Id::from_slice(&log) else {
                return Err(ReplicaError::damaged("a log id"));
            };
            if after.get(&log).is_none_or(|have| seq <= *have) {
                continue;
            }
            let commit = read_commit(conn, row.get(0)?, row.get(4)?, row.get(5)?)?;
            used += commit.header.len() + 80 + commit.parts.iter().flatten().map(Vec::len).sum::<usize>();
            if used > bytes && !lacking.commits.is_empty() {
                lacking.more = true;
                lacking.tips = sent.into_values().collect();
                return Ok(lacking);
            }
            let hash: Vec<u8> = row.get(1)?;
            let hash = Hash::from_slice(&hash).ok_or_else(|| ReplicaError::damaged("a commit's hash"))?;
            sent.insert(
                log,
                Tip {
                    log,
                    seq,
                    hash16: Id::of(&hash),
                },
            );
            lacking.commits.push(commit);
        }
    }
    lacking.tips = sent.into_values().collect();
    Ok(lacking)
}

fn first_row(conn: &Connection, after: &HashMap<Id, u64>, control: bool) -> Result<Option<i64>, ReplicaError> {
    let mut first: Option<i64> = None;
    let mut statement = conn.prepare_cached("SELECT row, lane FROM commit_log WHERE log = ? AND seq = ?")?;
    for (log, have) in after {
        let mut rows = statement.query(params![log.as_bytes(), (*have + 1) as i64])?;
        if let Some(row) = rows.next()?
            && (row.get::<_, u8>(1)? == Lane::Control.code()) == control
        {
            let row: i64 = row.get(0)?;
            first = Some(first.map_or(row, |first| first.min(row)));
        }
    }
    Ok(first)
}

/// The certificate of a log's device, issuer first.
fn chain(conn: &Connection, log: Id) -> Result<Vec<Vec<u8>>, ReplicaError> {
    let bytes: Vec<u8> = conn
        .prepare_cached("SELECT c.bytes FROM log l JOIN certificate c ON c.id = l.certificate WHERE l.log = ?")?
        .query_row([log.as_bytes()], |row| row.get(0))?;
    let certificate = journal::Certificate::from_bytes(&bytes)
        .map_err(|fault| ReplicaError::damaged(format!("a certificate: {fault}")))?;
    let mut chain = Vec::new();
    let mut statement = conn.prepare_cached("SELECT bytes FROM certificate")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let issuer: Vec<u8> = row.get(0)?;
        if journal::Certificate::from_bytes(&issuer).is_ok_and(|issuer| issuer.key == certificate.issuer) {
            chain.push(issuer);
        }
    }
    chain.push(bytes);
    Ok(chain)
}

/// A stored commit with its parts.
pub(crate) fn read_commit(
    conn: &Connection,
    row: i64,
    header: Vec<u8>,
    signature: Vec<u8>,
) -> Result<Commit, ReplicaError> {
    let signature: [u8; 64] = signature
        .try_into()
        .map_err(|_| ReplicaError::damaged("a signature has another length"))?;
    let parts: Vec<Option<Vec<u8>>> = conn
        .prepare_cached("SELECT bytes FROM part WHERE commit_row = ? ORDER BY part")?
        .query_map([row], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(Commit {
        header,
        signature,
        parts,
    })
}
