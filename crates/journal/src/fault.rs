//! Why a commit is refused. A receiver sets such a commit aside with the code, and keeps it.

use model::ids::Id;
use thiserror::Error;

use crate::cbor::Flaw;
use crate::lane::Lane;
use crate::limits::{MAX_COMMIT, MAX_COMMIT_WIRE, MAX_HEADER, MAX_HEADS, MAX_PART, MAX_PARTS, MAX_RECORDS, MAX_SEQ};

/// One cause each; [`code`](Self::code) is stable, the sentence may change.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    #[error("a commit has at most {MAX_COMMIT_WIRE} bytes, this one has {0}")]
    WireTooLong(usize),
    #[error("the commit is not written as it must be: {0}")]
    WireEncoding(Flaw),
    #[error("a header has at most {MAX_HEADER} bytes, this one has {0}")]
    HeaderTooLong(usize),
    #[error("the header is not written as it must be: {0}")]
    HeaderEncoding(Flaw),
    #[error("the header has format version {0}; this program reads version 1")]
    Version(u8),
    #[error("a sequence runs from 1 to {MAX_SEQ}, this one is {0}")]
    Sequence(u64),
    #[error("a header names at most {MAX_HEADS} heads, this one names {0}")]
    TooManyHeads(usize),
    #[error("the heads of a header stand in rising order of log, sequence and hash, none twice")]
    HeadsUnsorted,
    #[error("a commit has 1 to {MAX_PARTS} parts, this one has {0}")]
    PartCount(usize),
    #[error("a part has at most {MAX_PART} bytes, this one has {0}")]
    PartTooLong(u64),
    #[error("the parts of a commit have at most {MAX_COMMIT} bytes together, these have {0}")]
    CommitTooLong(u64),
    #[error("a commit has at most {MAX_RECORDS} records, this one has {0} or more")]
    TooManyRecords(usize),
    #[error("a part is not written as it must be: {0}")]
    PartEncoding(Flaw),
    #[error("a record is not written as it must be: {0}")]
    RecordEncoding(Flaw),
    #[error("record {index} of part {part} is not of the kind it is said to be")]
    RecordKind { part: usize, index: usize },
    #[error("no certificate is known for log {log}")]
    UnknownLog { log: Id },
    #[error("the certificate of log {log} does not let its device write lane {lane:?}")]
    LaneNotWritten { log: Id, lane: Lane },
    #[error("the signature is not the device's")]
    BadSignature,
    #[error("the first commit of a log follows its certificate; this one follows something else")]
    WrongStart,
    #[error("a commit of lane {lane:?} names one of log {cited}, which its readers may not read")]
    LaneNotCitable { lane: Lane, cited: Id },
    #[error("the header names {named} parts, {given} came with it")]
    PartsDiffer { named: usize, given: usize },
    #[error("part {part} has {given} bytes; the header says {named}")]
    PartLength { part: usize, named: u32, given: usize },
    #[error("part {part} is not the one the header names: its hash differs")]
    PartHash { part: usize },
    #[error("record {index} of part {part}, kind {kind}, may not be written by this device: {reason}")]
    Forbidden {
        part: usize,
        index: usize,
        kind: u16,
        reason: &'static str,
    },
}

impl Fault {
    /// The stable name, for databases and catalogues.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WireTooLong(_) => "wire_too_long",
            Self::WireEncoding(_) => "wire_encoding",
            Self::HeaderTooLong(_) => "header_too_long",
            Self::HeaderEncoding(_) => "header_encoding",
            Self::Version(_) => "header_version",
            Self::Sequence(_) => "sequence",
            Self::TooManyHeads(_) => "too_many_heads",
            Self::HeadsUnsorted => "heads_unsorted",
            Self::PartCount(_) => "part_count",
            Self::PartTooLong(_) => "part_too_long",
            Self::CommitTooLong(_) => "commit_too_long",
            Self::TooManyRecords(_) => "too_many_records",
            Self::PartEncoding(_) => "part_encoding",
            Self::RecordEncoding(_) => "record_encoding",
            Self::RecordKind { .. } => "record_kind",
            Self::UnknownLog { .. } => "unknown_log",
            Self::LaneNotWritten { .. } => "lane_not_written",
            Self::BadSignature => "bad_signature",
            Self::WrongStart => "wrong_start",
            Self::LaneNotCitable { .. } => "lane_not_citable",
            Self::PartsDiffer { .. } => "parts_differ",
            Self::PartLength { .. } => "part_length",
            Self::PartHash { .. } => "part_hash",
            Self::Forbidden { .. } => "forbidden_record",
        }
    }
}
