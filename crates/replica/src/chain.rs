//! Where commits of one log stand: a tree by their predecessors, kept as chains without a branch.
//!
//! A log has one chain as long as nobody copied or restored its device. A second commit in one place splits the chain there:
//! what was common keeps its name, each branch is a chain named by its first commit. Names, places and lengths are a
//! function of the set of commits, whatever order they came in, so two replicas that hold the same show the same vector.

use journal::Header;
use model::ids::{Hash, HashUse, Id};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use crate::error::ReplicaError;

/// Chains of one log that are looked through. A device is stopped at its first fork; what is left is a hostile till.
const MAX_CHAINS: i64 = 1_024;

/// A run of one log's commits without a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The log's own id for the chain that begins it, else [`branch_name`].
    pub name: Id,
    /// The log as headers name it.
    pub origin: Id,
    /// The chain at whose end this one begins.
    pub parent: Option<Id>,
    /// Sequence of the commit before the first.
    pub start: u64,
    /// Sequence of the last commit; equal to `start` while there is none.
    pub seq: u64,
    /// Hash of the last commit; the certificate's where there is none.
    pub tip: Hash,
    /// Lane of the log, by its code.
    pub lane: u8,
}

impl Chain {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Option<Self>> {
        let (name, origin, parent): (Vec<u8>, Vec<u8>, Option<Vec<u8>>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let tip: Vec<u8> = row.get(5)?;
        let (Some(name), Some(origin), Some(tip)) =
            (Id::from_slice(&name), Id::from_slice(&origin), Hash::from_slice(&tip))
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            name,
            origin,
            parent: parent.as_deref().and_then(Id::from_slice),
            start: row.get::<_, i64>(3)?.unsigned_abs(),
            seq: row.get::<_, i64>(4)?.unsigned_abs(),
            tip,
            lane: row.get(6)?,
        }))
    }
}

const COLUMNS: &str = "log, origin, parent, start, seq, tip, lane";

/// The name of a branch: first 16 bytes of H(log, hash of its first commit).
pub fn branch_name(origin: Id, first: &Hash) -> Id {
    Id::of(&HashUse::Branch.hash(&[origin.as_bytes(), first.as_bytes()]))
}

/// The chain of this name.
pub fn chain(conn: &Connection, name: Id) -> Result<Option<Chain>, ReplicaError> {
    let found = conn
        .prepare_cached(&format!("SELECT {COLUMNS} FROM log WHERE log = ?"))?
        .query_row([name.as_bytes()], Chain::from_row)
        .optional()?;
    match found {
        Some(None) => Err(ReplicaError::damaged("a chain")),
        found => Ok(found.flatten()),
    }
}

/// Every chain of a log, the first [`MAX_CHAINS`] of them.
pub fn chains(conn: &Connection, origin: Id) -> Result<Vec<Chain>, ReplicaError> {
    listed(
        conn,
        &format!("SELECT {COLUMNS} FROM log WHERE origin = ?1 ORDER BY log LIMIT ?2"),
        params![origin.as_bytes(), MAX_CHAINS],
    )
}

/// Every chain of every log, by name.
pub fn all_chains(conn: &Connection) -> Result<Vec<Chain>, ReplicaError> {
    listed(conn, &format!("SELECT {COLUMNS} FROM log ORDER BY log"), [])
}

fn listed(conn: &Connection, sql: &str, params: impl Params) -> Result<Vec<Chain>, ReplicaError> {
    let found: Vec<Option<Chain>> = conn
        .prepare_cached(sql)?
        .query_map(params, Chain::from_row)?
        .collect::<Result<_, _>>()?;
    let damaged = || ReplicaError::damaged("a chain");
    found.into_iter().map(|chain| chain.ok_or_else(damaged)).collect()
}

/// Whether a log has two commits in one place: its device was copied or restored.
pub fn is_forked(conn: &Connection, origin: Id) -> Result<bool, ReplicaError> {
    Ok(conn
        .prepare_cached("SELECT 1 FROM log WHERE origin = ? AND parent IS NOT NULL LIMIT 1")?
        .exists([origin.as_bytes()])?)
}

fn has_branches(conn: &Connection, chain: &Chain) -> Result<bool, ReplicaError> {
    Ok(conn
        .prepare_cached("SELECT 1 FROM log WHERE origin = ? AND parent = ? LIMIT 1")?
        .exists(params![chain.origin.as_bytes(), chain.name.as_bytes()])?)
}

/// The hash that a chain holds at a sequence.
pub fn hash_at(conn: &Connection, name: Id, seq: u64) -> Result<Option<Hash>, ReplicaError> {
    let Ok(seq) = i64::try_from(seq) else { return Ok(None) };
    let hash: Option<Vec<u8>> = conn
        .prepare_cached("SELECT hash FROM commit_log WHERE log = ? AND seq = ?")?
        .query_row(params![name.as_bytes(), seq], |row| row.get(0))
        .optional()?;
    Ok(hash.as_deref().and_then(Hash::from_slice))
}

/// Where a commit is held, by its log as headers name it, sequence and the first 16 bytes of its hash.
pub fn find(conn: &Connection, origin: Id, seq: u64, hash16: Id) -> Result<Option<(Id, Hash)>, ReplicaError> {
    if let Some(hash) = hash_at(conn, origin, seq)?
        && Id::of(&hash) == hash16
    {
        return Ok(Some((origin, hash)));
    }
    if !is_forked(conn, origin)? {
        return Ok(None);
    }
    let Ok(at) = i64::try_from(seq) else { return Ok(None) };
    let found: Option<(Vec<u8>, Vec<u8>)> = conn
        .prepare_cached(
            "SELECT c.log, c.hash FROM log l JOIN commit_log c ON c.log = l.log AND c.seq = ?2
             WHERE l.origin = ?1 AND substr(c.hash, 1, 16) = ?3 LIMIT 1",
        )?
        .query_row(params![origin.as_bytes(), at, hash16.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    Ok(found.and_then(|(name, hash)| Id::from_slice(&name).zip(Hash::from_slice(&hash))))
}

/// Where a commit belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// It is held already.
    Held,
    /// At the end of this chain, or as the first commit of a log of which nothing is held.
    End(Id),
    /// Beside another commit: a new chain that begins after this sequence of that chain.
    Branch { chain: Chain, after: u64 },
    /// What it follows is not held.
    Orphan,
}

/// Where a verified commit belongs, going by its log, sequence and predecessor alone.
pub fn spot(conn: &Connection, header: &Header, hash: &Hash) -> Result<Spot, ReplicaError> {
    let origin = header.log;
    if find(conn, origin, header.seq, Id::of(hash))?.is_some_and(|(_, held)| held == *hash) {
        return Ok(Spot::Held);
    }
    let before = header.seq - 1;
    let parent = if before == 0 {
        // Its predecessor is the certificate, as `verify` has seen.
        match chain(conn, origin)? {
            None => return Ok(Spot::End(origin)),
            Some(root) => root,
        }
    } else {
        let Some((name, held)) = find(conn, origin, before, Id::of(&header.prev))? else {
            return Ok(Spot::Orphan);
        };
        match chain(conn, name)? {
            Some(parent) if held == header.prev => parent,
            _ => return Ok(Spot::Orphan),
        }
    };
    if parent.seq == before && !has_branches(conn, &parent)? {
        return Ok(Spot::End(parent.name));
    }
    Ok(Spot::Branch {
        chain: parent,
        after: before,
    })
}

/// Makes room for a commit and names the chain that it is to be held in: splits a chain in two where it branches.
pub fn open_branch(
    conn: &Connection,
    chain: &Chain,
    after: u64,
    header: &Header,
    hash: &Hash,
) -> Result<Id, ReplicaError> {
    let end = if chain.seq > after {
        split(conn, chain, after)?
    } else {
        chain.tip
    };
    let name = branch_name(header.log, hash);
    insert(
        conn,
        &Chain {
            name,
            origin: header.log,
            parent: Some(chain.name),
            start: after,
            seq: after,
            tip: end,
            lane: chain.lane,
        },
    )?;
    Ok(name)
}

fn insert(conn: &Connection, chain: &Chain) -> Result<(), ReplicaError> {
    // Certificate and lane are the log's, whichever chain of it is asked.
    conn.prepare_cached(
        "INSERT INTO log (log, certificate, lane, seq, tip, origin, parent, start)
         SELECT ?1, certificate, lane, ?2, ?3, ?4, ?5, ?6 FROM log WHERE log = ?4",
    )?
    .execute(params![
        chain.name.as_bytes(),
        chain.seq as i64,
        chain.tip.as_bytes(),
        chain.origin.as_bytes(),
        chain.parent.map(|parent| parent.as_bytes().to_vec()),
        chain.start as i64,
    ])?;
    Ok(())
}

/// Ends a chain after a sequence; the rest becomes a branch of its own. Gives the hash at the new end.
fn split(conn: &Connection, chain: &Chain, after: u64) -> Result<Hash, ReplicaError> {
    let missing = || ReplicaError::damaged("a commit inside a chain");
    let first = hash_at(conn, chain.name, after + 1)?.ok_or_else(missing)?;
    let end = if after == 0 {
        certificate_of(conn, chain.name)?
    } else {
        hash_at(conn, chain.name, after)?.ok_or_else(missing)?
    };
    let name = branch_name(chain.origin, &first);
    // What began at the old end begins at the end of the rest.
    conn.prepare_cached("UPDATE log SET parent = ?1 WHERE origin = ?2 AND parent = ?3")?
        .execute(params![name.as_bytes(), chain.origin.as_bytes(), chain.name.as_bytes()])?;
    insert(
        conn,
        &Chain {
            name,
            parent: Some(chain.name),
            start: after,
            ..chain.clone()
        },
    )?;
    conn.prepare_cached("UPDATE commit_log SET log = ?1 WHERE log = ?2 AND seq > ?3")?
        .execute(params![name.as_bytes(), chain.name.as_bytes(), after as i64])?;
    conn.prepare_cached("UPDATE log SET seq = ?2, tip = ?3 WHERE log = ?1")?
        .execute(params![chain.name.as_bytes(), after as i64, end.as_bytes()])?;
    // How far a peer holds the rest is learnt again from its next vector.
    conn.prepare_cached("UPDATE local_peer SET seq = MIN(seq, ?2) WHERE log = ?1")?
        .execute(params![chain.name.as_bytes(), after as i64])?;
    Ok(end)
}

fn certificate_of(conn: &Connection, name: Id) -> Result<Hash, ReplicaError> {
    let certificate: Vec<u8> = conn
        .prepare_cached("SELECT certificate FROM log WHERE log = ?")?
        .query_row([name.as_bytes()], |row| row.get(0))?;
    Hash::from_slice(&certificate).ok_or_else(|| ReplicaError::damaged("a log's certificate"))
}

/// The end of a log that has no fork: what its device writes next follows it.
pub fn tip(conn: &Connection, origin: Id) -> Result<Option<(u64, Hash)>, ReplicaError> {
    Ok(chain(conn, origin)?
        .filter(|chain| chain.seq > chain.start)
        .map(|chain| (chain.seq, chain.tip)))
}
