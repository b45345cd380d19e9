//! What is held, as a vector, and what another lacks, in the order in which it can be taken.

use std::collections::{BTreeSet, HashMap};

use journal::{Commit, Lane, Lanes};
use model::ids::Id;
use rusqlite::{Connection, OptionalExtension, params};

use crate::chain::{Chain, all_chains, chain, find, hash_at};
use crate::erasure::missing_again;
use crate::error::ReplicaError;

/// How far one log is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tip {
    pub log: Id,
    pub seq: u64,
    /// First 16 bytes of the tip's hash.
    pub hash16: Id,
}

/// A log on which two disagree, as the sender holds it: its hashes at ever wider steps back from the end, the end first. Who
/// reads it finds the last place that both share within twice the distance, without a question more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    pub log: Id,
    /// Sequence and first 16 bytes of the hash, falling.
    pub rungs: Vec<(u64, Id)>,
}

/// Most logs of which one message carries a ladder; a chain has one fork in years.
pub const MAX_LADDERS: usize = 16;
/// Rungs double their distance, so a log of 2^53 commits has 54, and its first one.
pub const MAX_RUNGS: usize = 56;
/// Most lost commits that one message asks for.
pub const MAX_WANTS: usize = 64;
/// Tips of chains not known here that are looked for among our own; more come from nobody honest.
const MAX_SOUGHT: usize = 64;

/// How far every chain of these lanes is held, sorted by log.
pub fn vector(conn: &Connection, lanes: Lanes) -> Result<Vec<Tip>, ReplicaError> {
    Ok(of_lanes(conn, lanes)?
        .into_iter()
        .filter(|chain| chain.seq > chain.start)
        .map(|chain| Tip {
            log: chain.name,
            seq: chain.seq,
            hash16: Id::of(&chain.tip),
        })
        .collect())
}

/// Every chain of these lanes.
pub fn of_lanes(conn: &Connection, lanes: Lanes) -> Result<Vec<Chain>, ReplicaError> {
    let mut chains = all_chains(conn)?;
    chains.retain(|chain| is_of(chain, lanes));
    Ok(chains)
}

fn is_of(chain: &Chain, lanes: Lanes) -> bool {
    Lane::from_code(chain.lane).is_some_and(|lane| lanes.contains(lane))
}

/// What is known of a peer from its vector and its ladders, in terms of the chains held here.
#[derive(Debug, Default)]
pub struct Known {
    /// Sequence up to which it holds each chain; chains that are not named it holds nothing of.
    pub held: HashMap<Id, u64>,
    /// Chains on which it holds something else: a ladder of them finds the fork.
    pub disagreed: Vec<Id>,
}

impl Known {
    /// A chain is held up to here, and with it all that it begins on.
    fn note(&mut self, by_name: &HashMap<Id, &Chain>, name: Id, seq: u64) {
        let held = self.held.entry(name).or_insert(0);
        *held = (*held).max(seq);
        let mut parent = by_name.get(&name).and_then(|chain| chain.parent);
        // Every chain begins later than its parent, so this ends.
        while let Some(chain) = parent.and_then(|parent| by_name.get(&parent)) {
            self.held.insert(chain.name, chain.seq);
            parent = chain.parent;
        }
    }
}

/// What a peer with this vector and these ladders holds of the chains held here.
pub fn known(conn: &Connection, theirs: &[Tip], ladders: &[Ladder], lanes: Lanes) -> Result<Known, ReplicaError> {
    let chains = of_lanes(conn, lanes)?;
    let by_name: HashMap<Id, &Chain> = chains.iter().map(|chain| (chain.name, chain)).collect();
    let mut known = Known::default();
    let mut sought = 0;
    for tip in theirs {
        let Some(chain) = by_name.get(&tip.log) else {
            // A branch that is no branch here yet, or a log of which nothing is held.
            if sought < MAX_SOUGHT {
                sought += 1;
                if let Some(name) = seek(conn, &chains, tip.seq, tip.hash16)? {
                    known.note(&by_name, name, tip.seq);
                }
            }
            continue;
        };
        match find(conn, chain.origin, tip.seq, tip.hash16)? {
            Some((name, _)) => known.note(&by_name, name, tip.seq),
            // They are further: whether on our branch they will say, who hold our end or another.
            None if tip.seq > chain.seq => known.note(&by_name, chain.name, chain.seq),
            None => known.disagreed.push(chain.name),
        }
    }
    for ladder in ladders {
        let Some(origin) = by_name.get(&ladder.log).map(|chain| chain.origin) else {
            continue;
        };
        known.disagreed.retain(|name| *name != ladder.log);
        known.held.remove(&ladder.log);
        for (seq, hash16) in &ladder.rungs {
            if let Some((name, _)) = find(conn, origin, *seq, *hash16)? {
                known.note(&by_name, name, *seq);
                break;
            }
        }
    }
    // Until a ladder tells where the fork is, nothing of the log is sent: most of it is there.
    for name in &known.disagreed {
        if let Some(chain) = by_name.get(name) {
            known.held.entry(*name).or_insert(chain.seq);
        }
    }
    Ok(known)
}

/// The chain that holds this hash at this sequence.
fn seek(conn: &Connection, chains: &[Chain], seq: u64, hash16: Id) -> Result<Option<Id>, ReplicaError> {
    for chain in chains {
        if chain.start < seq
            && seq <= chain.seq
            && hash_at(conn, chain.name, seq)?.is_some_and(|hash| Id::of(&hash) == hash16)
        {
            return Ok(Some(chain.name));
        }
    }
    Ok(None)
}

/// Ladders of the chains on which a peer with this vector disagrees.
pub fn ladders(conn: &Connection, theirs: &[Tip], lanes: Lanes) -> Result<Vec<Ladder>, ReplicaError> {
    let known = known(conn, theirs, &[], lanes)?;
    known
        .disagreed
        .iter()
        .take(MAX_LADDERS)
        .map(|name| ladder(conn, *name))
        .collect()
}

fn ladder(conn: &Connection, name: Id) -> Result<Ladder, ReplicaError> {
    let mut rungs = Vec::new();
    if let Some(chain) = chain(conn, name)? {
        let (mut seq, mut step) = (chain.seq, 1);
        while seq > chain.start && rungs.len() < MAX_RUNGS - 1 {
            if let Some(hash) = hash_at(conn, name, seq)? {
                rungs.push((seq, Id::of(&hash)));
            }
            if seq == chain.start + 1 {
                break;
            }
            seq = seq.saturating_sub(step).max(chain.start + 1);
            step *= 2;
        }
    }
    Ok(Ladder { log: name, rungs })
}

/// Commits declared lost that are not held here, and held ones whose parts count again and are missing: whoever holds one
/// sends it all the same.
pub fn wants(conn: &Connection) -> Result<Vec<Tip>, ReplicaError> {
    let mut statement =
        conn.prepare_cached("SELECT DISTINCT log, seq, hash FROM commit_lost ORDER BY log, seq, hash")?;
    let mut rows = statement.query([])?;
    let mut wants = Vec::new();
    while let Some(row) = rows.next()? {
        let (log, hash): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(2)?);
        let (Some(log), Some(hash16)) = (Id::from_slice(&log), Id::from_slice(&hash)) else {
            continue;
        };
        let seq = row.get::<_, i64>(1)?.unsigned_abs();
        if find(conn, log, seq, hash16)?.is_none() {
            wants.push(Tip { log, seq, hash16 });
        }
        if wants.len() == MAX_WANTS {
            break;
        }
    }
    let missing = missing_again(conn, MAX_WANTS - wants.len())?;
    wants.extend(missing.into_iter().map(|(log, seq, hash16)| Tip { log, seq, hash16 }));
    Ok(wants)
}

/// Commits that a peer lacks, the certificates of logs it does not know, and whether more are left.
#[derive(Debug, Default)]
pub struct Lacking {
    pub certificates: Vec<Vec<u8>>,
    pub commits: Vec<Commit>,
    pub more: bool,
    /// Logs, as headers name them, of which commits are in here.
    pub logs: BTreeSet<Id>,
    /// The peer lacks what was folded here: nobody but who keeps everything can give it that.
    pub folded: bool,
}

/// About what a commit takes in an offer.
fn size(commit: &Commit) -> usize {
    commit.header.len() + 80 + commit.parts.iter().flatten().map(Vec::len).sum::<usize>()
}

/// What a peer said of itself.
#[derive(Debug, Clone, Default)]
pub struct Theirs<'a> {
    pub vector: &'a [Tip],
    pub ladders: &'a [Ladder],
    pub wants: &'a [Tip],
}

/// Everything of these lanes that is held here and that a peer lacks, whoever wrote it: `control` first, then in the order of
/// delivery, which follows causality. At most `bytes` of commits, but at least one.
pub fn lacking(conn: &Connection, theirs: &Theirs<'_>, lanes: Lanes, bytes: usize) -> Result<Lacking, ReplicaError> {
    let known = known(conn, theirs.vector, theirs.ladders, lanes)?;
    let mut after: HashMap<Id, (u64, Id)> = HashMap::new();
    let mut lacking = Lacking::default();
    let mut first_of: BTreeSet<Id> = BTreeSet::new();
    for chain in of_lanes(conn, lanes)? {
        let have = known.held.get(&chain.name).copied();
        if have.unwrap_or(chain.start) < chain.seq {
            after.insert(chain.name, (have.unwrap_or(chain.start), chain.origin));
            if have.is_none() && first_of.insert(chain.origin) {
                lacking.certificates.extend(certificates(conn, chain.origin)?);
            }
        }
    }
    let mut used = 0;
    for want in theirs.wants.iter().take(MAX_WANTS) {
        if let Some((name, _)) = find(conn, want.log, want.seq, want.hash16)?
            && chain(conn, name)?.is_some_and(|chain| is_of(&chain, lanes))
            && let Some(commit) = commit_at(conn, name, want.seq)?
        {
            // Who holds it wants its parts; without them it is of no use.
            let holds = known.held.get(&name).is_some_and(|have| *have >= want.seq);
            if holds && commit.parts.iter().any(Option::is_none) {
                continue;
            }
            used += size(&commit);
            if used > bytes && !lacking.commits.is_empty() {
                lacking.more = true;
                return Ok(lacking);
            }
            lacking.commits.push(commit);
            lacking.logs.insert(want.log);
        }
    }
    if after.is_empty() {
        return Ok(lacking);
    }
    lacking.certificates.sort_by_key(Vec::len);
    for control in [true, false] {
        // The first row that any lacking log still owes bounds the walk.
        let first = first_row(conn, &after, control)?;
        let Some(first) = first else { continue };
        let comparison = if control { "=" } else { "<>" };
        let mut statement = conn.prepare_cached(&format!(
            "SELECT row, log, seq, header, signature FROM commit_log WHERE row >= ? AND lane {comparison} ? ORDER BY row"
        ))?;
        let mut rows = statement.query(params![first, Lane::Control.code()])?;
        // Of a log whose next commit was folded nothing is sent: who lacks it finds it at head office.
        let mut folded: BTreeSet<Id> = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let log: Vec<u8> = row.get(1)?;
            let seq = row.get::<_, i64>(2)?.unsigned_abs();
            let Some(log) = Id::from_slice(&log) else {
                return Err(ReplicaError::damaged("a log id"));
            };
            let Some((have, origin)) = after.get(&log) else {
                continue;
            };
            if seq <= *have || folded.contains(&log) {
                continue;
            }
            let header: Vec<u8> = row.get(3)?;
            if header.is_empty() {
                folded.insert(log);
                lacking.folded = true;
                continue;
            }
            let commit = read_commit(conn, row.get(0)?, header, row.get(4)?)?;
            used += size(&commit);
            if used > bytes && !lacking.commits.is_empty() {
                lacking.more = true;
                return Ok(lacking);
            }
            lacking.logs.insert(*origin);
            lacking.commits.push(commit);
        }
    }
    Ok(lacking)
}

fn commit_at(conn: &Connection, name: Id, seq: u64) -> Result<Option<Commit>, ReplicaError> {
    let found: Option<(i64, Vec<u8>, Vec<u8>)> = conn
        .prepare_cached("SELECT row, header, signature FROM commit_log WHERE log = ? AND seq = ? AND header <> x''")?
        .query_row(params![name.as_bytes(), seq as i64], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    found
        .map(|(row, header, signature)| read_commit(conn, row, header, signature))
        .transpose()
}

fn first_row(conn: &Connection, after: &HashMap<Id, (u64, Id)>, control: bool) -> Result<Option<i64>, ReplicaError> {
    let mut first: Option<i64> = None;
    let mut statement = conn.prepare_cached("SELECT row, lane FROM commit_log WHERE log = ? AND seq = ?")?;
    for (log, (have, _)) in after {
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
fn certificates(conn: &Connection, log: Id) -> Result<Vec<Vec<u8>>, ReplicaError> {
    let bytes: Vec<u8> = conn
        .prepare_cached("SELECT c.bytes FROM log l JOIN certificate c ON c.id = l.certificate WHERE l.log = ?")?
        .query_row([log.as_bytes()], |row| row.get(0))?;
    with_issuers(conn, bytes)
}

/// A certificate with those of its issuer's key before it.
pub(crate) fn with_issuers(conn: &Connection, bytes: Vec<u8>) -> Result<Vec<Vec<u8>>, ReplicaError> {
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

/// A stored commit with its parts: `row`, `header` and `signature` as they stand in `commit_log`.
///
/// # Errors
/// A signature that is not 64 bytes; a read that fails.
pub fn read_commit(conn: &Connection, row: i64, header: Vec<u8>, signature: Vec<u8>) -> Result<Commit, ReplicaError> {
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
