//! What another replica is known to hold, and what is known of this one for the status bar and for head office.

use std::collections::HashMap;

use journal::{Header, Lanes};
use model::ids::Id;
use rusqlite::{Connection, params};

use crate::Replica;
use crate::chain::chain;
use crate::error::ReplicaError;
use crate::vector::{Tip, known, vector};

/// What a peer is not known to hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unsent {
    pub commits: u64,
    /// Time of the oldest by its author's clock, ms UTC.
    pub oldest: Option<i64>,
}

/// How much is here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Held commits, opaque ones too.
    pub commits: u64,
    pub waiting: u64,
    pub aside: u64,
}

/// What a till that joins is told while it fills.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filled {
    pub products: u64,
    pub customers: u64,
    pub people: u64,
}

/// A device that called, and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub device: Id,
    /// Own clock, ms UTC.
    pub wall: i64,
    /// Commits it holds beyond what is held here.
    pub unsent: u64,
    /// Commits that wait there.
    pub waiting: u64,
    pub software: String,
}

/// How far a peer is known to hold each log.
fn acknowledged(conn: &Connection, peer: &str) -> Result<HashMap<Id, u64>, ReplicaError> {
    let mut statement = conn.prepare_cached("SELECT log, seq FROM local_peer WHERE peer = ?")?;
    let mut rows = statement.query([peer])?;
    let mut known = HashMap::new();
    while let Some(row) = rows.next()? {
        let log: Vec<u8> = row.get(0)?;
        let log = Id::from_slice(&log).ok_or_else(|| ReplicaError::damaged("a log of a peer"))?;
        known.insert(log, row.get::<_, i64>(1)?.unsigned_abs());
    }
    Ok(known)
}

/// Commits held here, in these lanes, that the peer is not known to hold.
pub fn unsent(conn: &Connection, peer: &str, lanes: Lanes) -> Result<Unsent, ReplicaError> {
    let known = acknowledged(conn, peer)?;
    let mut unsent = Unsent::default();
    for tip in vector(conn, lanes)? {
        let start = chain(conn, tip.log)?.map_or(0, |chain| chain.start);
        let held = known.get(&tip.log).copied().unwrap_or(0).max(start);
        if held >= tip.seq {
            continue;
        }
        unsent.commits += tip.seq - held;
        // A log's own clock rises as a rule, so its first unsent commit is its oldest.
        let header: Vec<u8> = conn
            .prepare_cached("SELECT header FROM commit_log WHERE log = ? AND seq = ?")?
            .query_row(params![tip.log.as_bytes(), (held + 1) as i64], |row| row.get(0))?;
        if header.is_empty() {
            // Folded: head office held it once.
            continue;
        }
        let header =
            Header::from_bytes(&header).map_err(|fault| ReplicaError::damaged(format!("a header: {fault}")))?;
        unsent.oldest = Some(unsent.oldest.map_or(header.wall, |oldest| oldest.min(header.wall)));
    }
    Ok(unsent)
}

/// Commits in a peer's vector that are not held here.
pub fn beyond(conn: &Connection, theirs: &[Tip], lanes: Lanes) -> Result<u64, ReplicaError> {
    let ours: HashMap<Id, u64> = vector(conn, lanes)?.into_iter().map(|tip| (tip.log, tip.seq)).collect();
    let missing = |tip: &Tip| tip.seq.saturating_sub(ours.get(&tip.log).copied().unwrap_or(0));
    // A peer may state any sequence; the sum must not wrap.
    Ok(theirs.iter().map(missing).fold(0, u64::saturating_add))
}

fn count(conn: &Connection, sql: &str) -> Result<u64, ReplicaError> {
    Ok(conn
        .prepare_cached(sql)?
        .query_row([], |row| row.get::<_, i64>(0))?
        .unsigned_abs())
}

/// How much is held, waits, was set aside.
pub fn counts(conn: &Connection) -> Result<Counts, ReplicaError> {
    Ok(Counts {
        commits: count(conn, "SELECT COALESCE(SUM(seq - start), 0) FROM log")?,
        waiting: count(conn, "SELECT COUNT(*) FROM waiting")?,
        aside: count(conn, "SELECT COUNT(*) FROM aside")?,
    })
}

/// How far a till that joins is filled.
pub fn filled(conn: &Connection) -> Result<Filled, ReplicaError> {
    Ok(Filled {
        products: count(conn, "SELECT COUNT(*) FROM product")?,
        customers: count(conn, "SELECT COUNT(*) FROM customer")?,
        people: count(conn, "SELECT COUNT(*) FROM app_user")?,
    })
}

/// Remembers when a device called and what it said.
pub fn record_seen(conn: &Connection, seen: &Seen) -> Result<(), ReplicaError> {
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    conn.prepare_cached(
        "INSERT OR REPLACE INTO local_seen (device, wall, unsent, waiting, software) VALUES (?, ?, ?, ?, ?)",
    )?
    .execute(params![
        seen.device.as_bytes(),
        seen.wall,
        number(seen.unsent),
        number(seen.waiting),
        seen.software
    ])?;
    Ok(())
}

impl Replica {
    /// Remembers how far a peer said it holds the logs held here. Writes nothing when that is known already.
    pub fn acknowledge(&self, peer: &str, theirs: &[Tip], lanes: Lanes) -> Result<(), ReplicaError> {
        let (known, now) = self.read(|conn| -> Result<_, ReplicaError> {
            // Chains on which it disagrees count as held up to their end only while nobody knows better: leave them out.
            let mut now = known(conn, theirs, &[], lanes)?;
            for name in &now.disagreed {
                now.held.remove(name);
            }
            Ok((acknowledged(conn, peer)?, now.held))
        })?;
        if known == now {
            return Ok(());
        }
        let peer = peer.to_owned();
        self.write(move |tx| -> Result<(), ReplicaError> {
            let conn = tx.conn();
            for log in known.keys().filter(|log| !now.contains_key(*log)) {
                conn.prepare_cached("DELETE FROM local_peer WHERE peer = ? AND log = ?")?
                    .execute(params![peer, log.as_bytes()])?;
            }
            for (log, seq) in now.iter().filter(|(log, seq)| known.get(*log) != Some(*seq)) {
                conn.prepare_cached("INSERT OR REPLACE INTO local_peer (peer, log, seq) VALUES (?, ?, ?)")?
                    .execute(params![peer, log.as_bytes(), *seq as i64])?;
            }
            Ok(())
        })
    }
}
