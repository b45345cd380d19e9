//! Statements: what a device says it holds and shows, signed, outside its log.
//!
//! A statement is no commit: nothing is projected from it, and only the latest of each certificate is kept. Two devices that
//! hold the same and show different are found by it, a till that rewrote what it had said, and how far each one lags.

use ed25519_dalek::{Signature, Signer, SigningKey};
use model::ids::{Hash, HashUse, Id};
use thiserror::Error;

use crate::cbor::{Flaw, Reader, Writer};
use crate::limits::{MAX_SEQ, MAX_STATED_LOGS, MAX_STATED_STATES, MAX_STATEMENT};
use crate::trust::Trust;

/// The form of a statement.
const VERSION: u8 = 2;

/// How far the device holds one log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatedTip {
    pub log: Id,
    pub seq: u64,
    /// First 16 bytes of the tip's hash.
    pub hash16: Id,
}

/// What the device's projected rows of one lane and month come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatedDigest {
    /// Code of the lane; [`ALL_STATES`] for one hash over every state, where there are more than a statement holds.
    pub lane: u8,
    /// Year times 12 and month of the business date; 0 for documents.
    pub month: i32,
    /// First 16 bytes of the state's hash.
    pub hash16: Id,
}

/// The lane of the one hash that stands for every state.
pub const ALL_STATES: u8 = 255;

/// What a device says of itself, of lanes `control` and `all`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Id of the certificate whose key signs.
    pub certificate: Hash,
    /// Rises with every statement under this certificate; 1 to 2^53 - 1.
    pub number: u64,
    /// The highest software level this device reads.
    pub level: u16,
    /// The device's own clock, ms UTC.
    pub wall: i64,
    /// Units whose erasure is done here, and those that are over but not done.
    pub erased: u32,
    pub to_erase: u32,
    /// The first month, year times 12 and month, of which all trade is kept; of what is older there may be sums. 0: all is.
    pub kept_from: i32,
    /// Sorted by log.
    pub vector: Vec<StatedTip>,
    /// Sorted by lane and month.
    pub digests: Vec<StatedDigest>,
}

/// Why bytes are no statement to go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StatementFault {
    #[error("a statement has at most {MAX_STATEMENT} bytes")]
    TooLong,
    #[error("it is not written as a statement is: {0}")]
    Encoding(#[from] Flaw),
    #[error("it has version {0}")]
    Version(u8),
    #[error("it names more logs or states than it may, twice, or out of order")]
    Contents,
    #[error("its certificate is not known here")]
    UnknownCertificate,
    #[error("its signature is not of the key in its certificate")]
    Signature,
}

fn hash(body: &[u8]) -> Hash {
    HashUse::Statement.hash(&[body])
}

impl Statement {
    /// What is signed: `[2, certificate, number, level, wall, erased, to_erase, kept_from, [[log, seq, hash16], …], [[lane,
    /// month, hash16], …]]`.
    fn body(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer
            .array(10)
            .unsigned(VERSION)
            .bytes(self.certificate.as_bytes())
            .unsigned(self.number)
            .unsigned(self.level)
            .signed(self.wall)
            .unsigned(self.erased)
            .unsigned(self.to_erase)
            .signed(self.kept_from)
            .array(self.vector.len());
        for tip in &self.vector {
            writer
                .array(3)
                .bytes(tip.log.as_bytes())
                .unsigned(tip.seq)
                .bytes(tip.hash16.as_bytes());
        }
        writer.array(self.digests.len());
        for state in &self.digests {
            writer
                .array(3)
                .unsigned(state.lane)
                .signed(state.month)
                .bytes(state.hash16.as_bytes());
        }
        writer.finish()
    }

    fn check(&self) -> Result<(), StatementFault> {
        let numbered = (1..=MAX_SEQ).contains(&self.number);
        let fits = self.vector.len() <= MAX_STATED_LOGS && self.digests.len() <= MAX_STATED_STATES;
        let logs = self.vector.is_sorted_by(|one, next| one.log < next.log)
            && self.vector.iter().all(|tip| (1..=MAX_SEQ).contains(&tip.seq));
        let states = self
            .digests
            .is_sorted_by(|one, next| (one.lane, one.month) < (next.lane, next.month));
        if numbered && fits && logs && states {
            Ok(())
        } else {
            Err(StatementFault::Contents)
        }
    }

    /// Signs it: `[body, signature]`, the form in which it is kept and sent.
    ///
    /// # Errors
    /// [`StatementFault::Contents`], [`StatementFault::TooLong`]: what every reader would refuse.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, StatementFault> {
        self.check()?;
        let body = self.body();
        let signature = key.sign(hash(&body).as_bytes()).to_bytes();
        let mut writer = Writer::default();
        writer.array(2).bytes(&body).bytes(&signature);
        let bytes = writer.finish();
        if bytes.len() > MAX_STATEMENT {
            return Err(StatementFault::TooLong);
        }
        Ok(bytes)
    }

    /// Reads a signed statement and checks it against a known certificate.
    ///
    /// # Errors
    /// Every [`StatementFault`]; [`StatementFault::UnknownCertificate`] may pass.
    pub fn verify(bytes: &[u8], trust: &Trust) -> Result<Self, StatementFault> {
        let (statement, signature, body) = Self::read(bytes)?;
        let certificate = trust
            .get(&statement.certificate)
            .ok_or(StatementFault::UnknownCertificate)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&certificate.key).map_err(|_| StatementFault::Signature)?;
        key.verify_strict(hash(body).as_bytes(), &Signature::from_bytes(&signature))
            .map_err(|_| StatementFault::Signature)?;
        Ok(statement)
    }

    /// Reads one that was verified when it was kept.
    ///
    /// # Errors
    /// As [`verify`](Self::verify), without certificate and signature.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatementFault> {
        Ok(Self::read(bytes)?.0)
    }

    fn read(bytes: &[u8]) -> Result<(Self, [u8; 64], &[u8]), StatementFault> {
        if bytes.len() > MAX_STATEMENT {
            return Err(StatementFault::TooLong);
        }
        let mut outer = Reader::new(bytes);
        outer.array_of(2)?;
        let body = outer.bytes()?;
        let signature = outer.bytes_of()?;
        outer.end()?;
        let mut reader = Reader::new(body);
        reader.array_of(10)?;
        let version = reader.unsigned()?;
        if version != VERSION {
            return Err(StatementFault::Version(version));
        }
        let mut statement = Self {
            certificate: Hash(reader.bytes_of()?),
            number: reader.unsigned()?,
            level: reader.unsigned()?,
            wall: reader.signed()?,
            erased: reader.unsigned()?,
            to_erase: reader.unsigned()?,
            kept_from: reader.signed()?,
            vector: Vec::new(),
            digests: Vec::new(),
        };
        for _ in 0..reader.array()? {
            reader.array_of(3)?;
            statement.vector.push(StatedTip {
                log: Id(reader.bytes_of()?),
                seq: reader.unsigned()?,
                hash16: Id(reader.bytes_of()?),
            });
        }
        for _ in 0..reader.array()? {
            reader.array_of(3)?;
            statement.digests.push(StatedDigest {
                lane: reader.unsigned()?,
                month: reader.signed()?,
                hash16: Id(reader.bytes_of()?),
            });
        }
        reader.end()?;
        statement.check()?;
        Ok((statement, signature, body))
    }

    /// Whether both hold the same, read the same and yet show different, of what both keep.
    pub fn contradicts(&self, other: &Self) -> bool {
        let from = self.kept_from.max(other.kept_from);
        let hashed = |statement: &Self| statement.digests.iter().any(|state| state.lane == ALL_STATES);
        // One hash over everything says nothing of a part.
        if from != 0 && (hashed(self) || hashed(other)) {
            return false;
        }
        let kept = |state: &&StatedDigest| state.month == 0 || from == 0 || state.month >= from;
        self.level == other.level
            && self.vector == other.vector
            && !self.digests.iter().filter(kept).eq(other.digests.iter().filter(kept))
    }
}
