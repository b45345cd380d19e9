//! Where logs end: a closing leaves standing what it names, and what was taken before anybody knew.
//!
//! A commit beyond the closing of its log waits. It is released when head office extends the log, or when it lies in the
//! past of another device's commit. A replica that had taken some before it heard writes a commit at once, which puts them
//! into its past: so all replicas end with the same set, whatever each heard first.

use std::collections::{HashMap, HashSet};

use journal::{Certificate, Header, Trust};
use model::ids::{Hash, Id};
use rusqlite::{Connection, params};

use crate::chain::{Chain, chain, chains, find};
use crate::error::ReplicaError;

/// In the waiting room, what a commit beyond a closing waits for.
pub const CLOSED: &str = "closed";

/// A place in a log: sequence and first 16 bytes of the hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct End {
    seq: u64,
    hash16: Id,
}

fn ends(conn: &Connection, sql: &str, log: Id) -> Result<Vec<End>, ReplicaError> {
    let found: Vec<(i64, Vec<u8>)> = conn
        .prepare_cached(sql)?
        .query_map([log.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    Ok(found
        .into_iter()
        .filter_map(|(seq, hash)| {
            Some(End {
                seq: seq.unsigned_abs(),
                hash16: Id::from_slice(&hash)?,
            })
        })
        .collect())
}

/// Whether the enrolling key that signed a certificate is trusted no more, and no record on it lists this one.
pub fn is_void(conn: &Connection, certificate: &Certificate) -> Result<bool, ReplicaError> {
    if certificate.is_of_organisation_key() {
        return Ok(false);
    }
    Ok(conn
        .prepare_cached(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM key_closed WHERE key = ?1)
             AND NOT EXISTS (SELECT 1 FROM key_standing WHERE key = ?1 AND certificate = ?2)",
        )?
        .exists(params![
            certificate.issuer.as_slice(),
            Id::of(&certificate.id()).as_bytes()
        ])?)
}

/// Up to where a log stands; `None` while nobody has closed it.
fn standing(conn: &Connection, log: Id, certificate: &Certificate) -> Result<Option<Vec<End>>, ReplicaError> {
    let mut standing = ends(conn, "SELECT seq, hash FROM log_closed WHERE log = ?", log)?;
    if is_void(conn, certificate)? {
        standing.push(End {
            seq: 0,
            hash16: Id::of(&certificate.id()),
        });
    }
    if standing.is_empty() {
        return Ok(None);
    }
    standing.extend(ends(conn, "SELECT seq, hash FROM log_extended WHERE log = ?", log)?);
    Ok(Some(standing))
}

/// Whether nobody writes under a certificate any more: the key that signed it is trusted no more, or all its logs were closed.
pub fn has_ended(conn: &Connection, certificate: &Certificate) -> Result<bool, ReplicaError> {
    Ok(is_void(conn, certificate)? || all_closed(conn, certificate.writes.iter().map(|lane| certificate.log(lane)))?)
}

/// Whether each of these logs was closed.
pub fn all_closed(conn: &Connection, logs: impl IntoIterator<Item = Id>) -> Result<bool, ReplicaError> {
    for log in logs {
        if !is_closed(conn, log)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a log was closed, wherever. That of a void certificate ends without one: see [`has_ended`].
pub fn is_closed(conn: &Connection, log: Id) -> Result<bool, ReplicaError> {
    Ok(conn
        .prepare_cached("SELECT 1 FROM log_closed WHERE log = ? LIMIT 1")?
        .exists([log.as_bytes()])?)
}

/// Whether a commit that is not held lies beyond what stands of its log. While the end of what stands is not held itself,
/// what could lead there is taken: were it to turn out beside the way, it is late, and said to be.
pub fn is_beyond(
    conn: &Connection,
    header: &Header,
    hash: &Hash,
    certificate: &Certificate,
) -> Result<bool, ReplicaError> {
    let Some(standing) = standing(conn, header.log, certificate)? else {
        return Ok(false);
    };
    for end in standing {
        if end.seq == header.seq && end.hash16 == Id::of(hash) {
            return Ok(false);
        }
        if end.seq > header.seq && find(conn, header.log, end.seq, end.hash16)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether what somebody waits for was declared lost.
pub fn is_lost(conn: &Connection, log: Id, seq: u64, hash16: Id) -> Result<bool, ReplicaError> {
    let Ok(seq) = i64::try_from(seq) else { return Ok(false) };
    Ok(conn
        .prepare_cached("SELECT 1 FROM commit_lost WHERE log = ? AND seq = ? AND hash = ? LIMIT 1")?
        .exists(params![log.as_bytes(), seq, hash16.as_bytes()])?)
}

/// One commit in the waiting room.
struct Waiting {
    hash: Hash,
    header: Header,
    device: Id,
    /// Beyond the closing of its log, or behind such a one: its own word releases nothing.
    beyond: bool,
}

/// Of the commits beyond a closing, those in the past of another device's commit that is itself no such one, or released.
pub fn released(conn: &Connection, trust: &Trust) -> Result<HashSet<Hash>, ReplicaError> {
    let any = conn
        .prepare_cached("SELECT 1 FROM waiting WHERE missing = ? LIMIT 1")?
        .exists([CLOSED])?;
    if !any {
        return Ok(HashSet::new());
    }
    let mut room: HashMap<(Id, Id), Waiting> = HashMap::new();
    let mut statement = conn.prepare_cached("SELECT hash, missing, bytes FROM waiting")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (hash, missing, bytes): (Vec<u8>, String, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let header = journal::Commit::from_bytes(&bytes)
            .ok()
            .and_then(|commit| Header::from_bytes(&commit.header).ok());
        let (Some(hash), Some(header)) = (Hash::from_slice(&hash), header) else {
            continue;
        };
        let Some((certificate, _)) = trust.owner(&header.log) else {
            continue;
        };
        room.insert(
            (header.log, Id::of(&hash)),
            Waiting {
                hash,
                device: certificate.device,
                beyond: missing == CLOSED || is_beyond(conn, &header, &hash, certificate)?,
                header,
            },
        );
    }
    // Whose word stands behind each: devices with a good commit that has it in its past. Two are enough to tell that one of
    // them is another than its author.
    let mut vouchers: HashMap<(Id, Id), Vec<Id>> = HashMap::new();
    let mut released: HashSet<Hash> = HashSet::new();
    let mut changed: Vec<(Id, Id)> = Vec::new();
    for (place, waiting) in room.iter().filter(|(_, waiting)| !waiting.beyond) {
        vouchers.insert(*place, vec![waiting.device]);
        changed.push(*place);
    }
    // Each commit is looked at again only when a voucher joins, so at most three times.
    while let Some(place) = changed.pop() {
        let (Some(citing), Some(said)) = (room.get(&place), vouchers.get(&place).cloned()) else {
            continue;
        };
        let before = (citing.header.log, Id::of(&citing.header.prev));
        let named = citing.header.after.iter().map(|head| (head.log, head.hash16));
        for place in named.chain([before]) {
            let Some(cited) = room.get(&place) else { continue };
            let known = vouchers.entry(place).or_default();
            let count = known.len();
            for device in &said {
                if known.len() < 2 && !known.contains(device) {
                    known.push(*device);
                }
            }
            if cited.beyond && known.iter().any(|device| *device != cited.device) && released.insert(cited.hash) {
                // Released, it is as good as any.
                if known.len() < 2 && !known.contains(&cited.device) {
                    known.push(cited.device);
                }
            }
            if known.len() > count {
                changed.push(place);
            }
        }
    }
    Ok(released)
}

/// A chain that was taken beyond what stands of its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    pub log: Id,
    pub seq: u64,
    pub hash16: Id,
}

/// Ends of chains held here beyond a closing that no other device has said to have taken. `trust` tells whose a log is; its
/// own device's word does not count, and `own` has nothing to say about its own logs.
pub fn late(conn: &Connection, trust: &Trust, own: Id) -> Result<Vec<Late>, ReplicaError> {
    // Of a closed key every log is looked at; while no key is, none is.
    let closed: Vec<Vec<u8>> = conn
        .prepare_cached(
            "SELECT log FROM log_closed UNION SELECT origin FROM log WHERE EXISTS (SELECT 1 FROM key_closed)",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut late = Vec::new();
    for log in closed.iter().filter_map(|log| Id::from_slice(log)) {
        let Some((certificate, _)) = trust.owner(&log) else {
            continue;
        };
        let device = certificate.device;
        let Some(standing) = standing(conn, log, certificate)?.filter(|_| device != own) else {
            continue;
        };
        for chain in chains(conn, log)? {
            if chain.seq > limit(conn, &chain, &standing)? && !taken(conn, &chain, device)? {
                late.push(Late {
                    log,
                    seq: chain.seq,
                    hash16: Id::of(&chain.tip),
                });
            }
        }
    }
    Ok(late)
}

/// Up to which sequence a chain stands.
fn limit(conn: &Connection, held: &Chain, standing: &[End]) -> Result<u64, ReplicaError> {
    let mut limit = held.start;
    for end in standing {
        match find(conn, held.origin, end.seq, end.hash16)? {
            Some((name, _)) if name == held.name => limit = limit.max(end.seq),
            Some((name, _)) if descends(conn, name, held.name)? => limit = held.seq,
            Some(_) => {}
            // Not held yet: what could lead there.
            None => limit = limit.max(end.seq),
        }
    }
    Ok(limit)
}

/// Whether a chain begins, over however many others, at the end of another.
fn descends(conn: &Connection, mut name: Id, from: Id) -> Result<bool, ReplicaError> {
    // Every chain begins later than its parent, so this ends.
    while let Some(parent) = chain(conn, name)?.and_then(|chain| chain.parent) {
        if parent == from {
            return Ok(true);
        }
        name = parent;
    }
    Ok(false)
}

/// Whether another device has said that it took the chain up to its end.
fn taken(conn: &Connection, held: &Chain, device: Id) -> Result<bool, ReplicaError> {
    Ok(conn
        .prepare_cached("SELECT 1 FROM late_taken WHERE log = ? AND hash = ? AND device <> ? LIMIT 1")?
        .exists(params![
            held.origin.as_bytes(),
            Id::of(&held.tip).as_bytes(),
            device.as_bytes()
        ])?)
}
