//! Judging a commit from its bytes and its author's certificate alone: no clock, no permission, no software version. So
//! every replica that holds the same certificates comes to the same answer.

use ed25519_dalek::Signature;
use model::ids::Hash;

use crate::certificate::Certificate;
use crate::commit::Commit;
use crate::fault::Fault;
use crate::header::{Header, header_hash};
use crate::lane::Lane;
use crate::limits::{MAX_COMMIT_WIRE, MAX_RECORDS};
use crate::part::Part;
use crate::trust::Trust;

/// What each kind of record demands; `model` knows.
pub trait RecordRules {
    /// Judges one record by itself, its lane and its author's certificate. Must depend on nothing else.
    fn check(&self, kind: u16, bytes: &[u8], lane: Lane, certificate: &Certificate) -> RecordCheck;
}

/// The judgement of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordCheck {
    Good,
    /// A kind this program does not know, from a newer one: the commit is held, opaque.
    Unknown,
    /// Not what its kind demands: the commit is held, opaque.
    Malformed(&'static str),
    /// Wrong lane, another store: the commit is set aside.
    Forbidden(&'static str),
}

/// A commit that its device wrote and was allowed to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The commit's identity.
    pub hash: Hash,
    pub header: Header,
    /// Id of the author's certificate.
    pub certificate: Hash,
    pub lane: Lane,
    /// In the header's order; `None` for an erased part, or for one that cannot be read (then `opaque` says so).
    pub parts: Vec<Option<Part>>,
    /// Why the commit is held without being projected: the first thing in it that this program cannot read.
    pub opaque: Option<String>,
}

/// Judges a commit. Whether its predecessor and heads are held, and whether an erasure covers its missing parts, is the
/// caller's to find out. As to heads: those whose certificates are known must be of a lane that this one may cite; call
/// [`check_heads`] again once the rest is known.
///
/// # Errors
/// [`Fault::UnknownLog`] when the author's certificate is not here: it may pass. Every other fault is the commit's for good.
pub fn verify(commit: &Commit, trust: &Trust, rules: &dyn RecordRules) -> Result<Verified, Fault> {
    let header = Header::from_bytes(&commit.header)?;
    let log = header.log;
    let (id, certificate, key, lane) = trust.author(&log).ok_or(Fault::UnknownLog { log })?;
    if !certificate.writes.contains(lane) {
        return Err(Fault::LaneNotWritten { log, lane });
    }
    let hash = header_hash(&commit.header);
    key.verify_strict(hash.as_bytes(), &Signature::from_bytes(&commit.signature))
        .map_err(|_| Fault::BadSignature)?;
    if header.seq == 1 && header.prev != id {
        return Err(Fault::WrongStart);
    }
    check_heads(&header, lane, trust)?;
    check_part_bytes(commit, &header)?;

    let mut opaque = None;
    let mut records = 0;
    let mut parts = Vec::with_capacity(commit.parts.len());
    for (number, bytes) in commit.parts.iter().enumerate() {
        let part = match bytes.as_deref().map(Part::from_bytes).transpose() {
            Ok(part) => part,
            // A bound is a bound; what cannot be read may be a newer program's.
            Err(fault @ Fault::TooManyRecords(_)) => return Err(fault),
            Err(fault) => {
                opaque.get_or_insert_with(|| format!("part {number}: {fault}"));
                None
            }
        };
        if let Some(part) = &part {
            records += part.records.len();
            if records > MAX_RECORDS {
                return Err(Fault::TooManyRecords(records));
            }
            let reason = check_records(number, part, lane, certificate, rules)?;
            opaque = opaque.or(reason);
        }
        parts.push(part);
    }
    Ok(Verified {
        hash,
        header,
        certificate: id,
        lane,
        parts,
        opaque,
    })
}

/// Whether every head of a known log is of a lane that `lane` may cite.
///
/// # Errors
/// [`Fault::LaneNotCitable`]. Heads of logs whose certificate is not known are passed over: the commit waits for them.
pub fn check_heads(header: &Header, lane: Lane, trust: &Trust) -> Result<(), Fault> {
    for head in &header.after {
        if let Some((_, cited)) = trust.owner(&head.log)
            && !lane.may_cite(cited)
        {
            return Err(Fault::LaneNotCitable { lane, cited: head.log });
        }
    }
    Ok(())
}

/// The parts that came are the ones the header names, byte for byte.
fn check_part_bytes(commit: &Commit, header: &Header) -> Result<(), Fault> {
    let (named, given) = (header.parts.len(), commit.parts.len());
    if named != given {
        return Err(Fault::PartsDiffer { named, given });
    }
    for (part, (named, bytes)) in header.parts.iter().zip(&commit.parts).enumerate() {
        let Some(bytes) = bytes else { continue };
        // Lengths first: nothing longer than the header allows is hashed.
        if bytes.len() as u64 != u64::from(named.length) {
            return Err(Fault::PartLength {
                part,
                named: named.length,
                given: bytes.len(),
            });
        }
        if Part::hash(bytes) != named.hash {
            return Err(Fault::PartHash { part });
        }
    }
    debug_assert!(
        commit.to_bytes().len() <= MAX_COMMIT_WIRE,
        "the header's bounds keep the wire form within its own"
    );
    Ok(())
}

/// A forbidden record is a fault; the first that cannot be read is the reason to hold the commit opaque.
fn check_records(
    part: usize,
    read: &Part,
    lane: Lane,
    certificate: &Certificate,
    rules: &dyn RecordRules,
) -> Result<Option<String>, Fault> {
    let mut opaque = None;
    for (index, record) in read.records.iter().enumerate() {
        let kind = record.kind;
        match rules.check(kind, &record.bytes, lane, certificate) {
            RecordCheck::Good => {}
            RecordCheck::Unknown => {
                opaque.get_or_insert_with(|| format!("part {part}, record {index}: kind {kind} is not known here"));
            }
            RecordCheck::Malformed(reason) => {
                opaque.get_or_insert_with(|| format!("part {part}, record {index}, kind {kind}: {reason}"));
            }
            RecordCheck::Forbidden(reason) => {
                return Err(Fault::Forbidden {
                    part,
                    index,
                    kind,
                    reason,
                });
            }
        }
    }
    Ok(opaque)
}
