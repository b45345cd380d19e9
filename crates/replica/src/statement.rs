//! Statements as a replica keeps them: its own, made while it is idle, and the latest of every other device.

use std::collections::HashMap;

use journal::limits::{MAX_SEQ, MAX_STATED_STATES};
use journal::{ALL_STATES, Certificate, Lane, Lanes, StatedDigest, StatedTip, Statement};
use model::ids::{Hash, HashUse, Id};
use rusqlite::{Connection, OptionalExtension, params};

use crate::Replica;
use crate::chain::find;
use crate::digest::Digest;
use crate::erasure::progress;
use crate::error::ReplicaError;
use crate::vector::{Known, Tip, known, of_lanes, vector, with_issuers};

/// A device with news states them at most this often, ms.
const STATE_EVERY: i64 = 10 * 60_000;
/// One without news says so once a day, ms.
const STATE_AGAIN: i64 = 24 * 60 * 60_000;
/// Statements kept: one a certificate that somebody writes under. A certificate is worth nothing without an enrolling key, so
/// more come from nobody honest.
pub const MAX_STATEMENTS: usize = 16 * 1024;
/// Statements passed on at once; the rest follows the next time.
pub const MAX_PASSED_ON: usize = 1_024;

/// A statement that is kept, by what tells it from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stated {
    /// Id of the certificate.
    pub certificate: Hash,
    pub number: u64,
}

impl From<Tip> for StatedTip {
    fn from(Tip { log, seq, hash16 }: Tip) -> Self {
        Self { log, seq, hash16 }
    }
}

impl From<&StatedTip> for Tip {
    fn from(&StatedTip { log, seq, hash16 }: &StatedTip) -> Self {
        Self { log, seq, hash16 }
    }
}

fn digests(digest: &Digest) -> Vec<StatedDigest> {
    let states: Vec<StatedDigest> = digest
        .hashes()
        .into_iter()
        .filter(|(lane, ..)| Lane::from_code(*lane).is_some_and(|lane| Lanes::SHARED.contains(lane)))
        .map(|(lane, month, hash)| StatedDigest {
            lane,
            month,
            hash16: Id::of(&hash),
        })
        .collect();
    if states.len() <= MAX_STATED_STATES {
        return states;
    }
    // Commits dated all over the calendar, as only a hostile till writes them.
    let mut hasher = HashUse::DigestState.hasher();
    for state in &states {
        hasher
            .update(&[state.lane])
            .update(&state.month.to_be_bytes())
            .update(state.hash16.as_bytes());
    }
    vec![StatedDigest {
        lane: ALL_STATES,
        month: 0,
        hash16: Id::of(&Hash(*hasher.finalize().as_bytes())),
    }]
}

/// What this replica would state now, under no certificate and unsigned.
///
/// # Errors
/// A database that cannot be read.
pub fn present(conn: &Connection, wall: i64) -> Result<Statement, ReplicaError> {
    let (erased, to_erase) = progress(conn, wall)?;
    Ok(Statement {
        certificate: Hash([0; 32]),
        number: 1,
        level: crate::level::read_at(conn)?,
        wall,
        erased,
        to_erase,
        kept_from: crate::base::kept_from(conn)?,
        vector: vector(conn, Lanes::SHARED)?.into_iter().map(StatedTip::from).collect(),
        digests: digests(&Digest::load(conn)?),
    })
}

fn kept(conn: &Connection, certificate: &Hash) -> Result<Option<Statement>, ReplicaError> {
    let bytes: Option<Vec<u8>> = conn
        .prepare_cached("SELECT bytes FROM local_statement WHERE certificate = ?")?
        .query_row([certificate.as_bytes()], |row| row.get(0))
        .optional()?;
    bytes.as_deref().map(read).transpose()
}

fn read(bytes: &[u8]) -> Result<Statement, ReplicaError> {
    Statement::from_bytes(bytes).map_err(|fault| ReplicaError::damaged(format!("a statement: {fault}")))
}

/// Keeps a verified statement if it is later than the one kept of its certificate; of two with one number, the one with the
/// lower bytes, so that all keep the same.
fn keep(conn: &Connection, statement: &Statement, bytes: &[u8]) -> Result<bool, ReplicaError> {
    let kept: i64 = conn
        .prepare_cached("SELECT COUNT(*) FROM local_statement WHERE certificate <> ?")?
        .query_row([statement.certificate.as_bytes()], |row| row.get(0))?;
    if kept.unsigned_abs() as usize >= MAX_STATEMENTS {
        return Ok(false);
    }
    let changed = conn
        .prepare_cached(
            "INSERT INTO local_statement (certificate, number, wall, bytes) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (certificate) DO UPDATE SET number = ?2, wall = ?3, bytes = ?4
             WHERE ?2 > number OR (?2 = number AND ?4 < bytes)",
        )?
        .execute(params![
            statement.certificate.as_bytes(),
            statement.number as i64,
            statement.wall,
            bytes
        ])?;
    Ok(changed > 0)
}

/// Every statement kept, the devices' own words.
///
/// # Errors
/// A database that cannot be read.
pub fn statements(conn: &Connection) -> Result<Vec<Statement>, ReplicaError> {
    let mut statement = conn.prepare_cached("SELECT bytes FROM local_statement ORDER BY certificate")?;
    let bytes: Vec<Vec<u8>> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    bytes.iter().map(|bytes| read(bytes)).collect()
}

/// Which statements are kept, for a peer to compare.
///
/// # Errors
/// A database that cannot be read.
pub fn stated(conn: &Connection) -> Result<Vec<Stated>, ReplicaError> {
    let mut statement = conn.prepare_cached("SELECT certificate, number FROM local_statement ORDER BY certificate")?;
    let rows: Vec<(Vec<u8>, i64)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let known = |(certificate, number): (Vec<u8>, i64)| {
        let certificate = Hash::from_slice(&certificate).ok_or_else(|| ReplicaError::damaged("a certificate's id"))?;
        Ok(Stated {
            certificate,
            number: number.unsigned_abs(),
        })
    };
    rows.into_iter().map(known).collect()
}

/// Statements on their way, with the certificates that they are verified by: a device that has written nothing yet is known by
/// its statement first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unstated {
    /// Issuers first.
    pub certificates: Vec<Vec<u8>>,
    pub statements: Vec<Vec<u8>>,
}

/// The statements that a peer lacks who keeps these, at most `bytes` of them and at least one.
///
/// # Errors
/// A database that cannot be read.
pub fn unstated(conn: &Connection, theirs: &[Stated], bytes: usize) -> Result<Unstated, ReplicaError> {
    let theirs: HashMap<Hash, u64> = theirs.iter().map(|one| (one.certificate, one.number)).collect();
    let mut lacking = Unstated::default();
    let mut used = 0;
    for own in stated(conn)? {
        if theirs.get(&own.certificate).is_some_and(|number| *number >= own.number) {
            continue;
        }
        let (one, certificate): (Vec<u8>, Vec<u8>) = conn
            .prepare_cached(
                "SELECT s.bytes, c.bytes FROM local_statement s JOIN certificate c ON c.id = s.certificate
                 WHERE s.certificate = ?",
            )?
            .query_row([own.certificate.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        used += one.len();
        if (used > bytes && !lacking.statements.is_empty()) || lacking.statements.len() >= MAX_PASSED_ON {
            break;
        }
        for issued in with_issuers(conn, certificate)? {
            if !lacking.certificates.contains(&issued) {
                lacking.certificates.push(issued);
            }
        }
        lacking.statements.push(one);
    }
    // The shorter ones are issuers': they stand in no store.
    lacking.certificates.sort_by_key(Vec::len);
    Ok(lacking)
}

/// Commits held here, of the lanes that statements speak of, that a device did not hold when it stated.
///
/// # Errors
/// A database that cannot be read.
pub fn lag(conn: &Connection, statement: &Statement) -> Result<u64, ReplicaError> {
    let held = theirs(conn, statement)?.held;
    let lacks = of_lanes(conn, Lanes::SHARED)?
        .iter()
        .map(|chain| {
            let held = held.get(&chain.name).copied().unwrap_or(0).max(chain.start);
            chain.seq.saturating_sub(held)
        })
        .sum();
    Ok(lacks)
}

/// Whether whoever stated this held the commit of a row.
///
/// # Errors
/// A database that cannot be read.
pub fn held(conn: &Connection, statement: &Statement, row: i64) -> Result<bool, ReplicaError> {
    let stands: Option<(Vec<u8>, i64)> = conn
        .prepare_cached("SELECT log, seq FROM commit_log WHERE row = ?")?
        .query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((log, seq)) = stands.and_then(|(log, seq)| Some((Id::from_slice(&log)?, seq.unsigned_abs()))) else {
        return Ok(false);
    };
    Ok(theirs(conn, statement)?.held.get(&log).is_some_and(|held| *held >= seq))
}

/// Whether all is held here that whoever stated this had written itself until then, under this certificate or another of the
/// same device.
///
/// # Errors
/// A database that cannot be read.
pub fn is_taken(conn: &Connection, statement: &Statement, device: Id) -> Result<bool, ReplicaError> {
    for tip in &statement.vector {
        let Some(chain) = crate::chain::chain(conn, tip.log)? else {
            // A log or branch of which nothing is known here: it may be its own.
            return Ok(false);
        };
        let own = conn
            .prepare_cached(
                "SELECT 1 FROM log l JOIN device d ON d.certificate = l.certificate WHERE l.log = ? AND d.device = ?",
            )?
            .exists(params![chain.name.as_bytes(), device.as_bytes()])?;
        if own && find(conn, chain.origin, tip.seq, tip.hash16)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Logs of which a statement names a commit in a place where another, or none of that hash, is held here: whoever wrote
/// the log told two stories.
///
/// # Errors
/// A database that cannot be read.
pub fn disputed(conn: &Connection, statement: &Statement) -> Result<Vec<Id>, ReplicaError> {
    Ok(theirs(conn, statement)?.disagreed)
}

/// What whoever stated this held of the chains held here.
fn theirs(conn: &Connection, statement: &Statement) -> Result<Known, ReplicaError> {
    let vector: Vec<Tip> = statement.vector.iter().map(Tip::from).collect();
    known(conn, &vector, &[], Lanes::SHARED)
}

impl Replica {
    /// Makes and keeps a statement of this device if it has news to state, or has stated nothing for a day. `now` is its own
    /// clock, ms UTC. False when there was nothing to state, or the device may not write.
    ///
    /// # Errors
    /// A database that cannot be read or written.
    pub fn state(&self, now: i64) -> Result<bool, ReplicaError> {
        self.write(move |tx| {
            let signer = match tx.writer() {
                Ok(signer) => signer.clone(),
                // Stopped, or not a device yet: its word is worth nothing.
                Err(ReplicaError::Stopped(_) | ReplicaError::NotAllowed(_)) => return Ok(false),
                Err(other) => return Err(other),
            };
            let certificate = signer.certificate.id();
            let before = kept(tx.conn(), &certificate)?;
            let statement = Statement {
                certificate,
                // By the clock, so that of several processes of one head office the last word counts.
                number: before
                    .as_ref()
                    .map_or(0, |before| before.number)
                    .max(now.max(0).unsigned_abs())
                    .saturating_add(1)
                    .min(MAX_SEQ),
                ..present(tx.conn(), now)?
            };
            if let Some(before) = before {
                let same = before
                    == Statement {
                        number: before.number,
                        wall: before.wall,
                        ..statement.clone()
                    };
                // A clock that was set back states again as soon as it is news.
                let age = now.saturating_sub(before.wall);
                if (0..if same { STATE_AGAIN } else { STATE_EVERY }).contains(&age) {
                    return Ok(false);
                }
            }
            let bytes = statement
                .sign(&signer.key)
                .map_err(|fault| ReplicaError::damaged(format!("a statement of its own: {fault}")))?;
            keep(tx.conn(), &statement, &bytes)
        })
    }

    /// Takes statements of others; those that do not verify, or whose certificate is not known here, are passed over. Says how
    /// many were news.
    ///
    /// # Errors
    /// A database that cannot be written.
    pub fn hear(&self, told: Unstated) -> Result<usize, ReplicaError> {
        let Unstated {
            certificates,
            statements,
        } = told;
        let mut new = certificates;
        let trust = self.trust().read();
        new.retain(|bytes| Certificate::from_bytes(bytes).is_ok_and(|one| trust.get(&one.id()).is_none()));
        drop(trust);
        if !new.is_empty() {
            self.merge(new, Vec::new(), "statements", 0)?;
        }
        let trust = self.trust().read();
        let verified: Vec<(Statement, Vec<u8>)> = statements
            .into_iter()
            .filter_map(|bytes| Some((Statement::verify(&bytes, &trust).ok()?, bytes)))
            .collect();
        drop(trust);
        if verified.is_empty() {
            return Ok(0);
        }
        self.write(move |tx| {
            let mut news = 0;
            for (statement, bytes) in &verified {
                news += usize::from(keep(tx.conn(), statement, bytes)?);
            }
            Ok(news)
        })
    }
}
