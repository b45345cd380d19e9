//! What the database holds and the replica of this process does not, in an order in which it can be taken: `control` first,
//! then by depth, which follows causality.

use std::collections::{HashMap, HashSet};

use journal::{Certificate, Commit, Lane};
use model::ids::{Hash, Id};
use replica::ReplicaError;
use replica::chain::{all_chains, find};
use rusqlite::Connection as Sqlite;

use super::connection::{Connection, Trouble};
use super::rows::{Row, damaged, number};
use super::{Chain, sql};

/// Bytes of commits read at once; one larger commit goes alone.
const MAX_BYTES: usize = 1024 * 1024;
/// Places looked at to choose them, over all logs.
const MAX_PLACES: i64 = 16 * 1024;
/// Of one log at least and at most.
const PLACES_OF_A_LOG: (i64, i64) = (64, 4 * 1024);
/// Of a log with a fork: all that lies beyond it. Its device was stopped there.
const PLACES_OF_A_FORK: i64 = 1 << 20;

/// How much of a log is held: commits, and the highest place.
pub type Extent = HashMap<Id, (u64, u64)>;

/// How much of every log the replica holds.
pub fn extent(conn: &Sqlite) -> Result<Extent, ReplicaError> {
    let mut extent = Extent::new();
    for chain in all_chains(conn)? {
        let (commits, seq) = extent.entry(chain.origin).or_default();
        *commits += chain.seq - chain.start;
        *seq = (*seq).max(chain.seq);
    }
    Ok(extent)
}

/// Of one log what the replica may lack.
struct Behind {
    log: Id,
    /// From this place on.
    from: u64,
    forked: bool,
    known: bool,
}

/// A commit of the database, by the order in which it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    later: bool,
    depth: i64,
    log: Id,
    seq: u64,
    hash: Hash,
    size: usize,
}

/// What the replica lacks.
#[derive(Default)]
pub struct Lacking {
    pub certificates: Vec<Vec<u8>>,
    pub commits: Vec<Commit>,
    pub hashes: Vec<Hash>,
}

/// Some of what the database holds and the replica does not. `passed` was offered before and not taken: it waits for what
/// somebody has still to say.
pub fn lacking(
    connection: &mut Connection,
    chain: &Chain,
    app: &app::App,
    passed: &HashSet<Hash>,
) -> Result<Lacking, Trouble> {
    let held = app.replica().read(extent).map_err(model::refusal::Refusal::from)?;
    let behind = behind(connection, chain, &held)?;
    let mut lacking = Lacking::default();
    if behind.is_empty() {
        return Ok(lacking);
    }
    let (straight, forked): (Vec<&Behind>, Vec<&Behind>) = behind.iter().partition(|one| !one.forked);
    let each = MAX_PLACES / (straight.len() as i64).max(1);
    let each = each.clamp(PLACES_OF_A_LOG.0, PLACES_OF_A_LOG.1);
    let (mut found, end) = places(connection, chain, &straight, each)?;
    let (more, _) = places(connection, chain, &forked, PLACES_OF_A_FORK)?;
    found.extend(more);
    // A log of which more follows than was looked at: what comes after its last place may come after that too.
    if let Some(end) = end {
        found.retain(|one| *one <= end);
    }
    found.retain(|one| !passed.contains(&one.hash));
    let forks: HashSet<Id> = forked.iter().map(|one| one.log).collect();
    let held_already = app
        .replica()
        .read(|conn| -> Result<HashSet<Hash>, ReplicaError> {
            let mut held = HashSet::new();
            for one in found.iter().filter(|one| forks.contains(&one.log)) {
                if find(conn, one.log, one.seq, Id::of(&one.hash))?.is_some() {
                    held.insert(one.hash);
                }
            }
            Ok(held)
        })
        .map_err(model::refusal::Refusal::from)?;
    found.retain(|one| !held_already.contains(&one.hash));
    found.sort_unstable();
    let mut used = 0;
    let mut chosen = 0;
    for one in &found {
        used += one.size;
        if used > MAX_BYTES && chosen > 0 {
            break;
        }
        chosen += 1;
    }
    found.truncate(chosen);
    if behind.iter().any(|one| !one.known) {
        lacking.certificates = certificates(connection, chain)?;
    }
    let mut bodies = bodies(connection, chain, &found)?;
    for one in found {
        let commit = bodies.remove(&one.hash).ok_or_else(|| damaged("a commit"))?;
        lacking.commits.push(commit);
        lacking.hashes.push(one.hash);
    }
    Ok(lacking)
}

/// Every certificate, enrolling keys before what they certified.
pub fn certificates(connection: &mut Connection, chain: &Chain) -> Result<Vec<Vec<u8>>, Trouble> {
    let rows = connection.query(sql::CERTIFICATES, &[&chain.id()])?;
    let mut bytes: Vec<Vec<u8>> = rows.iter().map(|row| row.get(0)).collect();
    bytes.sort_by_key(|bytes| !Certificate::from_bytes(bytes).is_ok_and(|certificate| certificate.writes.enrols()));
    Ok(bytes)
}

/// Logs of which the database holds what the replica may not.
fn behind(connection: &mut Connection, chain: &Chain, held: &Extent) -> Result<Vec<Behind>, Trouble> {
    let mut behind = Vec::new();
    for row in connection.query(sql::LOGS, &[&chain.id()])? {
        let log = row.id(0)?;
        let (seq, commits) = (number(&row, 1), number(&row, 2));
        let forked = row.get::<_, Option<i64>>(3).map(i64::unsigned_abs);
        let known = held.get(&log).copied();
        let (ours, highest) = known.unwrap_or_default();
        // A replica holds what it wrote or took before the database does, but then it hands it in: as many here and there
        // are the same. Until then it may look again for what it has.
        if ours < commits || highest < seq {
            behind.push(Behind {
                log,
                from: forked.map_or(highest + 1, |forked| forked.min(highest + 1)).max(1),
                forked: forked.is_some() || ours != highest,
                known: known.is_some(),
            });
        }
    }
    Ok(behind)
}

type Places = (Vec<Found>, Option<Found>);

/// What lies from those places on, at most so many of each log; and up to where that is all, in the order of reading.
fn places(connection: &mut Connection, chain: &Chain, behind: &[&Behind], each: i64) -> Result<Places, Trouble> {
    if behind.is_empty() {
        return Ok((Vec::new(), None));
    }
    let logs: Vec<&[u8]> = behind.iter().map(|one| one.log.as_bytes()).collect();
    let seqs: Vec<i64> = behind.iter().map(|one| one.from as i64).collect();
    let rows = connection.query(sql::PLACES, &[&chain.id(), &logs, &seqs, &each])?;
    let mut of_log: HashMap<Id, (i64, Found)> = HashMap::new();
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let one = Found {
            later: row.get::<_, i16>(3) != i16::from(Lane::Control.code()),
            depth: row.get(4),
            log: row.id(0)?,
            seq: number(row, 1),
            hash: row.hash(2)?,
            size: usize::try_from(row.get::<_, i32>(5)).unwrap_or(0),
        };
        let (count, last) = of_log.entry(one.log).or_insert((0, one));
        *count += 1;
        *last = one.max(*last);
        found.push(one);
    }
    let cut = of_log.into_values().filter(|(count, _)| *count == each);
    Ok((found, cut.map(|(_, last)| last).min()))
}

fn bodies(connection: &mut Connection, chain: &Chain, found: &[Found]) -> Result<HashMap<Hash, Commit>, Trouble> {
    let logs: Vec<&[u8]> = found.iter().map(|one| one.log.as_bytes()).collect();
    let seqs: Vec<i64> = found.iter().map(|one| one.seq as i64).collect();
    let hashes: Vec<&[u8]> = found.iter().map(|one| one.hash.as_bytes()).collect();
    let rows = connection.query(sql::BODIES, &[&chain.id(), &logs, &seqs, &hashes])?;
    rows.iter()
        .map(|row| {
            let commit = Commit::from_bytes(row.get(1)).map_err(|_| damaged("a commit"))?;
            Ok((row.hash(0)?, commit))
        })
        .collect()
}
