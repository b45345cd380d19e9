//! Writing a commit of our own: the next of its log, naming the heads held here, signed with the device's key.

use ed25519_dalek::SigningKey;
use journal::{Certificate, DraftPart, Head, Header, Lane, RawRecord, Trust, Verified, header_hash, record_id, seal};
use model::ids::{Hash, Id};
use model::records::{Cite, Record};
use rusqlite::{Connection, OptionalExtension, params};

use crate::chain::{Spot, is_forked, tip};
use crate::closing::{is_closed, is_void};
use crate::deliver::{Arrival, hold};
use crate::digest::Digest;
use crate::error::ReplicaError;
use crate::rules::stands_in;
use crate::surroundings::Entropy;
use crate::witness::Witness;

/// A part is closed and another opened near this size, well under the format's 256 KiB.
const PART_BYTES: usize = 224 * 1024;

/// Who writes here: the device's certificate and the key it certifies.
#[derive(Clone)]
pub struct Signer {
    pub certificate: Certificate,
    pub key: SigningKey,
}

/// Why nothing more may be written under a certificate; `None` while it may.
pub fn stopped(conn: &Connection, certificate: &Certificate) -> Result<Option<String>, ReplicaError> {
    let old: Option<String> = conn
        .prepare_cached("SELECT reason FROM local_stopped WHERE certificate = ?")?
        .query_row([certificate.id().as_bytes()], |row| row.get(0))
        .optional()?;
    if old.is_some() {
        return Ok(old);
    }
    if is_void(conn, certificate)? {
        return Ok(Some(
            "head office trusts the server no more that enrolled it".to_owned(),
        ));
    }
    for lane in Lane::ALL {
        let log = certificate.log(lane);
        if is_forked(conn, log)? {
            return Ok(Some("it was copied, or restored from an older copy".to_owned()));
        }
        if is_closed(conn, log)? {
            return Ok(Some("head office has closed it".to_owned()));
        }
    }
    Ok(None)
}

/// Stops a certificate whose logs end, here, before what their witness says.
pub fn stop_if_old(conn: &Connection, certificate: &Certificate, witness: &Witness) -> Result<(), ReplicaError> {
    for lane in Lane::ALL {
        if witness.contradicts(conn, certificate.log(lane))? {
            conn.prepare_cached("INSERT OR IGNORE INTO local_stopped (certificate, reason) VALUES (?, ?)")?
                .execute(params![
                    certificate.id().as_bytes(),
                    "its folder is an older copy of itself"
                ])?;
        }
    }
    Ok(())
}

/// What a command wants committed.
pub struct Draft {
    pub lane: Lane,
    pub command: u16,
    /// Unique in the log: the same request twice is one commit.
    pub request: Id,
    pub user: Option<Id>,
    /// Own clock, ms UTC.
    pub wall: i64,
    /// Server's clock minus own at the last contact, ms.
    pub skew: Option<i32>,
    /// Business date at the store, days since 1970.
    pub date: i32,
    parts: Vec<(Option<Id>, Vec<RawRecord>, usize)>,
    misplaced: bool,
}

/// Who commands, when and why: what every commit's header says.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    pub command: u16,
    pub request: Id,
    pub user: Option<Id>,
    pub wall: i64,
    pub skew: Option<i32>,
    pub date: i32,
}

impl Draft {
    pub fn new(lane: Lane, context: Context) -> Self {
        let Context {
            command,
            request,
            user,
            wall,
            skew,
            date,
        } = context;
        Self {
            lane,
            command,
            request,
            user,
            wall,
            skew,
            date,
            parts: Vec::new(),
            misplaced: false,
        }
    }

    /// Adds a record that is not personal.
    pub fn add(&mut self, record: impl Into<Record>) -> Cite {
        self.add_in(None, record)
    }

    /// Adds a record to a part of this erasure unit.
    pub fn add_in(&mut self, unit: Option<Id>, record: impl Into<Record>) -> Cite {
        let record = record.into();
        self.misplaced |= !stands_in(&record, unit);
        let raw = RawRecord {
            kind: record.kind(),
            bytes: record.to_bytes(),
        };
        let size = raw.bytes.len();
        let fits = |(of, _, used): &(Option<Id>, Vec<RawRecord>, usize)| *of == unit && used + size <= PART_BYTES;
        // The last part of the unit, so that records keep their order.
        let last = self
            .parts
            .iter()
            .rposition(|part| part.0 == unit)
            .filter(|part| fits(&self.parts[*part]));
        let part = last.unwrap_or_else(|| {
            self.parts.push((unit, Vec::new(), 0));
            self.parts.len() - 1
        });
        let (_, records, used) = &mut self.parts[part];
        records.push(raw);
        *used += size;
        Cite::Here {
            part: part as u16,
            index: (records.len() - 1) as u16,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

/// A commit just written.
#[derive(Debug, Clone, Copy)]
pub struct Appended {
    pub hash: Hash,
    pub log: Id,
    pub seq: u64,
}

impl Appended {
    /// The id of a record of this commit.
    pub fn id(&self, cite: Cite) -> Id {
        cite.resolve(|part, index| record_id(&self.hash, part, index))
    }

    /// The ten characters that the receipt prints.
    pub fn mark(&self) -> String {
        self.hash.to_string()[..10].to_owned()
    }
}

fn heads(conn: &Connection, lane: Lane, prev: Hash) -> Result<Vec<Head>, ReplicaError> {
    let mut statement = conn
        .prepare_cached("SELECT hash, log, seq FROM head WHERE citing = ? AND hash <> ? ORDER BY log, seq LIMIT ?")?;
    let mut rows = statement.query(params![lane.code(), prev.as_bytes(), journal::limits::MAX_HEADS as i64])?;
    let mut heads = Vec::new();
    while let Some(row) = rows.next()? {
        let (hash, log): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let (Some(hash), Some(log)) = (Hash::from_slice(&hash), Id::from_slice(&log)) else {
            return Err(ReplicaError::damaged("a head"));
        };
        heads.push(Head {
            log,
            seq: row.get::<_, i64>(2)?.unsigned_abs(),
            hash16: Id::of(&hash),
        });
    }
    heads.sort_unstable();
    Ok(heads)
}

/// Appends the draft to this device's log of its lane and projects it, inside the caller's transaction.
pub fn append(
    conn: &Connection,
    digest: &mut Digest,
    trust: &Trust,
    signer: &Signer,
    entropy: &Entropy,
    draft: Draft,
) -> Result<Appended, ReplicaError> {
    let Signer { certificate, key } = signer;
    if !certificate.writes.contains(draft.lane) {
        return Err(ReplicaError::NotAllowed(match draft.lane {
            Lane::Control => "what head office decides",
            Lane::All => "trade",
            Lane::Office => "what only head office reads",
            Lane::Store => "for a store alone",
        }));
    }
    if draft.misplaced {
        return Err(ReplicaError::damaged("a personal record outside its unit"));
    }
    for unit in draft.parts.iter().filter_map(|part| part.0) {
        if crate::erasure::is_erased(conn, unit)? {
            return Err(ReplicaError::Erased);
        }
    }
    let log = certificate.log(draft.lane);
    let own = certificate.id();
    let (seq, prev) = tip(conn, log)?.map_or((1, own), |(seq, tip)| (seq + 1, tip));
    let header = Header {
        log,
        seq,
        prev,
        after: heads(conn, draft.lane, prev)?,
        wall: draft.wall,
        skew: draft.skew,
        date: draft.date,
        user: draft.user,
        command: draft.command,
        request: draft.request,
        level: crate::level::written_at(conn)?,
        parts: Vec::new(),
    };
    let mut parts = Vec::with_capacity(draft.parts.len());
    for (unit, records, _) in draft.parts {
        parts.push(DraftPart {
            unit,
            salt: entropy.bytes()?,
            records,
        });
    }
    let (header, commit) = seal(header, &parts, key).map_err(|fault| ReplicaError::TooLarge(fault.to_string()))?;
    let hash = header_hash(&commit.header);
    debug_assert!(trust.owner(&log).is_some(), "our own certificate is known");
    let verified = Verified {
        hash,
        header,
        certificate: own,
        lane: draft.lane,
        parts: parts
            .into_iter()
            .map(|part| {
                Some(journal::Part {
                    salt: part.salt,
                    records: part.records,
                })
            })
            .collect(),
        opaque: None,
    };
    let arrival = Arrival {
        commit: &commit,
        verified: &verified,
        certificate,
        source: "own",
        released: false,
        now: draft.wall,
    };
    hold(conn, digest, &arrival, &Spot::End(log), false)?;
    Ok(Appended { hash, log, seq })
}
