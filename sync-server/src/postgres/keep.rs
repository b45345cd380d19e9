//! Commits into the database: each once, after all that it names. They were judged by a replica of this chain and are held
//! there; what that replica holds the database comes to hold, and every other replica through it.

use std::collections::{BTreeMap, HashMap, HashSet};

use journal::{Commit, Header, header_hash};
use model::ids::{Hash, Id};

use super::connection::{Connection, Trouble};
use super::rows::{Row, damaged, number};
use super::{Chain, sql};

/// A commit that a replica holds.
pub struct Held {
    pub commit: Commit,
    pub header: Header,
    pub hash: Hash,
    /// By its code.
    pub lane: u8,
}

impl Held {
    /// # Errors
    /// A header that does not read: it was held, so it was whole once.
    pub fn new(commit: Commit, lane: u8) -> Result<Self, Trouble> {
        let header = Header::from_bytes(&commit.header).map_err(|_| damaged("a header"))?;
        let hash = header_hash(&commit.header);
        Ok(Self {
            commit,
            header,
            hash,
            lane,
        })
    }

    fn place(&self) -> (Id, u64) {
        (self.header.log, self.header.seq)
    }
}

/// How far a log is held here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Log {
    seq: u64,
    commits: u64,
    forked: Option<u64>,
}

/// What the database holds at some places, each with its depth.
type Places = HashMap<(Id, u64), Vec<(Hash, i64)>>;

/// Adds commits inside the transaction that is open; how many were new. `lost` are those that head office declared lost, by
/// log, sequence and the first 16 bytes of the hash: nothing waits for them.
///
/// # Errors
/// A commit that names what is neither held here, nor in front of it, nor lost.
pub fn keep(
    connection: &mut Connection,
    chain: &Chain,
    commits: &[Held],
    lost: &HashSet<(Id, u64, Id)>,
) -> Result<usize, Trouble> {
    // First without a lock: what other processes have put here already is most of what is looked at twice, and head
    // office's logs are never locked on the way.
    let known = places(connection, chain, commits.iter().map(Held::place))?;
    let new: Vec<&Held> = commits.iter().filter(|one| !has(&known, one)).collect();
    if new.is_empty() {
        return Ok(0);
    }
    let mut logs = lock(connection, chain, new.iter().map(|one| one.header.log))?;
    // Again, now that nobody else adds to these logs.
    let named = new.iter().flat_map(|one| {
        let before = one.header.seq.checked_sub(1).map(|seq| (one.header.log, seq));
        let after = one.header.after.iter().map(|head| (head.log, head.seq));
        [one.place()].into_iter().chain(before).chain(after)
    });
    let mut places = places(connection, chain, named)?;
    let mut added: Vec<(&Held, i64, Vec<u8>)> = Vec::with_capacity(new.len());
    let mut moved: HashSet<Id> = HashSet::new();
    for one in new {
        if has(&places, one) {
            continue;
        }
        let depth = depth(&places, one, lost)? + 1;
        let log = logs.get_mut(&one.header.log).ok_or_else(|| damaged("a log"))?;
        let seq = one.header.seq;
        let here = places.entry(one.place()).or_default();
        if !here.is_empty() {
            log.forked = Some(log.forked.map_or(seq, |forked| forked.min(seq)));
        }
        here.push((one.hash, depth));
        log.seq = log.seq.max(seq);
        log.commits += 1;
        moved.insert(one.header.log);
        added.push((one, depth, one.commit.to_bytes()));
    }
    logs.retain(|log, _| moved.contains(log));
    write(connection, chain, &added, &logs)?;
    Ok(added.len())
}

fn has(places: &Places, one: &Held) -> bool {
    let here = places.get(&one.place());
    here.is_some_and(|here| here.iter().any(|(hash, _)| *hash == one.hash))
}

/// The depth of the deepest commit that this one names.
fn depth(places: &Places, one: &Held, lost: &HashSet<(Id, u64, Id)>) -> Result<i64, Trouble> {
    let Header {
        log, seq, prev, after, ..
    } = &one.header;
    let mut deepest = 0;
    let before = (*seq > 1).then(|| (*log, *seq - 1, Id::of(prev)));
    let named = before
        .into_iter()
        .chain(after.iter().map(|head| (head.log, head.seq, head.hash16)));
    for (log, seq, hash16) in named {
        let here = places.get(&(log, seq)).map_or(&[][..], Vec::as_slice);
        match here.iter().find(|(hash, _)| Id::of(hash) == hash16) {
            Some((_, depth)) => deepest = deepest.max(*depth),
            None if lost.contains(&(log, seq, hash16)) => {}
            None => return Err(damaged("what a commit names is not there").into()),
        }
    }
    Ok(deepest)
}

fn places(
    connection: &mut Connection,
    chain: &Chain,
    named: impl Iterator<Item = (Id, u64)>,
) -> Result<Places, Trouble> {
    let named: HashSet<(Id, u64)> = named.collect();
    let logs: Vec<&[u8]> = named.iter().map(|(log, _)| log.as_bytes()).collect();
    let seqs: Vec<i64> = named.iter().map(|(_, seq)| *seq as i64).collect();
    let mut places = Places::new();
    for row in connection.query(sql::HELD_AT, &[&chain.id(), &logs, &seqs])? {
        let at = (row.id(0)?, number(&row, 1));
        places.entry(at).or_default().push((row.hash(2)?, row.get(3)));
    }
    Ok(places)
}

fn lock(
    connection: &mut Connection,
    chain: &Chain,
    logs: impl Iterator<Item = Id>,
) -> Result<BTreeMap<Id, Log>, Trouble> {
    let logs: HashSet<Id> = logs.collect();
    let logs: Vec<&[u8]> = logs.iter().map(|log| log.as_bytes()).collect();
    let rows = connection.query(sql::LOGS_LOCKED, &[&chain.id(), &logs])?;
    rows.iter()
        .map(|row| {
            let log = Log {
                seq: number(row, 1),
                commits: number(row, 2),
                forked: row.get::<_, Option<i64>>(3).map(i64::unsigned_abs),
            };
            Ok((row.id(0)?, log))
        })
        .collect()
}

fn write(
    connection: &mut Connection,
    chain: &Chain,
    added: &[(&Held, i64, Vec<u8>)],
    moved: &BTreeMap<Id, Log>,
) -> Result<(), Trouble> {
    if added.is_empty() {
        return Ok(());
    }
    let logs: Vec<&[u8]> = added.iter().map(|(one, ..)| one.header.log.as_bytes()).collect();
    let seqs: Vec<i64> = added.iter().map(|(one, ..)| one.header.seq as i64).collect();
    let hashes: Vec<&[u8]> = added.iter().map(|(one, ..)| one.hash.as_bytes()).collect();
    let lanes: Vec<i16> = added.iter().map(|(one, ..)| i16::from(one.lane)).collect();
    let depths: Vec<i64> = added.iter().map(|(_, depth, _)| *depth).collect();
    // A commit is at most 1 MiB and some.
    let sizes: Vec<i32> = added.iter().map(|(.., bytes)| bytes.len() as i32).collect();
    let bytes: Vec<&[u8]> = added.iter().map(|(.., bytes)| bytes.as_slice()).collect();
    connection.execute(
        sql::COMMITS_ADD,
        &[&chain.id(), &logs, &seqs, &hashes, &lanes, &depths, &sizes, &bytes],
    )?;
    let logs: Vec<&[u8]> = moved.keys().map(|log| log.as_bytes()).collect();
    let seqs: Vec<i64> = moved.values().map(|log| log.seq as i64).collect();
    let commits: Vec<i64> = moved.values().map(|log| log.commits as i64).collect();
    let forked: Vec<Option<i64>> = moved
        .values()
        .map(|log| log.forked.map(|forked| forked as i64))
        .collect();
    connection.execute(sql::LOGS_MOVE, &[&chain.id(), &logs, &seqs, &commits, &forked])?;
    Ok(())
}
