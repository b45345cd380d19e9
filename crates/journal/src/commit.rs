//! Commits: a header, its signature, and the parts that are still there.

use ed25519_dalek::{Signer, SigningKey};
use model::ids::{Hash, Id};

use crate::cbor::{Flaw, Reader, Writer};
use crate::fault::Fault;
use crate::header::{Header, PartRef, header_hash};
use crate::limits::{MAX_COMMIT_WIRE, MAX_HEADER, MAX_PART, MAX_PARTS, MAX_RECORDS};
use crate::part::{Part, RawRecord, encode};

/// A commit as it is stored. Nothing about it is proven until [`verify`](crate::verify()) has judged it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The header's bytes, as they were signed.
    pub header: Vec<u8>,
    /// Ed25519 signature over the header's hash.
    pub signature: [u8; 64],
    /// The parts' bytes in the header's order; `None` for a part that was erased.
    pub parts: Vec<Option<Vec<u8>>>,
}

impl Commit {
    /// The wire form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer
            .array(3)
            .bytes(&self.header)
            .bytes(&self.signature)
            .array(self.parts.len());
        for part in &self.parts {
            writer.bytes_or_null(part.as_deref());
        }
        writer.finish()
    }

    /// Reads the wire form; header and parts are not looked into.
    ///
    /// # Errors
    /// A bound passed (whole, header, number of parts, one part), or bytes that are not exactly what
    /// [`to_bytes`](Self::to_bytes) writes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.len() > MAX_COMMIT_WIRE {
            return Err(Fault::WireTooLong(bytes.len()));
        }
        let commit = Self::read(bytes).map_err(Fault::WireEncoding)??;
        debug_assert_eq!(commit.to_bytes(), bytes, "one commit has one encoding");
        Ok(commit)
    }

    /// The outer error is of the encoding, the inner one of a bound, found out before anything is copied.
    fn read(bytes: &[u8]) -> Result<Result<Self, Fault>, Flaw> {
        let mut reader = Reader::new(bytes);
        reader.array_of(3)?;
        let header = reader.bytes()?;
        if header.len() > MAX_HEADER {
            return Ok(Err(Fault::HeaderTooLong(header.len())));
        }
        let signature = reader.bytes_of()?;
        let count = reader.array()?;
        if !(1..=MAX_PARTS).contains(&count) {
            return Ok(Err(Fault::PartCount(count)));
        }
        let mut parts = Vec::with_capacity(count);
        for _ in 0..count {
            if reader.null() {
                parts.push(None);
                continue;
            }
            let part = reader.bytes()?;
            if part.len() > MAX_PART {
                return Ok(Err(Fault::PartTooLong(part.len() as u64)));
            }
            parts.push(Some(part.to_vec()));
        }
        reader.end()?;
        Ok(Ok(Self {
            header: header.to_vec(),
            signature,
            parts,
        }))
    }

    /// The commit's identity, which erasing a part does not change.
    pub fn hash(&self) -> Hash {
        header_hash(&self.header)
    }
}

/// What an author puts into one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftPart {
    /// What erases the part; none for a part without personal data.
    pub unit: Option<Id>,
    /// Fresh random bytes for every part.
    pub salt: [u8; 16],
    pub records: Vec<RawRecord>,
}

/// Makes a commit: encodes the parts, writes their hashes into the header (whose own `parts` are ignored) and signs it.
///
/// # Errors
/// Whatever any reader would refuse: a bound passed, heads out of order, a record that is not deterministic CBOR or not of
/// its kind.
pub fn seal(header: Header, parts: &[DraftPart], key: &SigningKey) -> Result<(Header, Commit), Fault> {
    if !(1..=MAX_PARTS).contains(&parts.len()) {
        return Err(Fault::PartCount(parts.len()));
    }
    let records = parts.iter().map(|part| part.records.len()).sum();
    if records > MAX_RECORDS {
        return Err(Fault::TooManyRecords(records));
    }
    let mut header = Header {
        parts: Vec::with_capacity(parts.len()),
        ..header
    };
    let mut sealed = Vec::with_capacity(parts.len());
    for (number, draft) in parts.iter().enumerate() {
        let bytes = encode(&draft.salt, &draft.records);
        let read = Part::from_bytes(&bytes)?;
        let wrong = read
            .records
            .iter()
            .zip(&draft.records)
            .position(|(read, drafted)| read != drafted);
        if let Some(index) = wrong {
            return Err(Fault::RecordKind { part: number, index });
        }
        // A part within its bound fits a u32.
        header.parts.push(PartRef {
            hash: Part::hash(&bytes),
            length: bytes.len() as u32,
            unit: draft.unit,
        });
        sealed.push(Some(bytes));
    }
    header.check()?;
    let bytes = header.to_bytes();
    debug_assert!(
        bytes.len() <= MAX_HEADER,
        "the bounds on heads and parts keep a header within its own"
    );
    let signature = key.sign(header_hash(&bytes).as_bytes()).to_bytes();
    Ok((
        header,
        Commit {
            header: bytes,
            signature,
            parts: sealed,
        },
    ))
}
