//! Parts: the records of a commit that are kept or erased together.

use model::ids::{Hash, HashUse, Id};

use crate::cbor::{Flaw, Reader, Writer};
use crate::fault::Fault;
use crate::limits::{MAX_DEPTH, MAX_PART, MAX_RECORDS};

/// A record, read as far as the journal reads it: its kind. What the fields mean is `model`'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRecord {
    pub kind: u16,
    /// The whole record: a deterministic CBOR array [kind, fields…].
    pub bytes: Vec<u8>,
}

impl RawRecord {
    /// A record from its bytes.
    ///
    /// # Errors
    /// [`Fault::RecordEncoding`] unless they are one array in deterministic CBOR, its first item a kind, nested at most
    /// [`MAX_DEPTH`] deep.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, Fault> {
        let mut reader = Reader::new(&bytes);
        let kind = record(&mut reader)
            .and_then(|(kind, _)| reader.end().map(|()| kind))
            .map_err(Fault::RecordEncoding)?;
        Ok(Self { kind, bytes })
    }
}

/// Kind and bytes of the record that is next.
fn record<'b>(reader: &mut Reader<'b>) -> Result<(u16, &'b [u8]), Flaw> {
    let bytes = reader.any(MAX_DEPTH)?;
    let mut inside = Reader::new(bytes);
    inside.array()?;
    Ok((inside.unsigned()?, bytes))
}

/// A part: random salt, so that its hash tells nothing about what was erased, and records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub salt: [u8; 16],
    pub records: Vec<RawRecord>,
}

impl Part {
    /// The part's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(&self.salt, &self.records)
    }

    /// Reads a part.
    ///
    /// # Errors
    /// More than [`MAX_PART`] bytes or [`MAX_RECORDS`] records; [`Fault::PartEncoding`] for bytes that are not exactly what
    /// [`to_bytes`](Self::to_bytes) writes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.len() > MAX_PART {
            return Err(Fault::PartTooLong(bytes.len() as u64));
        }
        let part = Self::read(bytes).map_err(Fault::PartEncoding)??;
        debug_assert_eq!(part.to_bytes(), bytes, "one part has one encoding");
        Ok(part)
    }

    /// The outer error is of the encoding, the inner one of too many records.
    fn read(bytes: &[u8]) -> Result<Result<Self, Fault>, Flaw> {
        let mut reader = Reader::new(bytes);
        reader.array_of(2)?;
        let salt = reader.bytes_of()?;
        let count = reader.array()?;
        if count > MAX_RECORDS {
            return Ok(Err(Fault::TooManyRecords(count)));
        }
        let mut records = Vec::new();
        for _ in 0..count {
            let (kind, bytes) = record(&mut reader)?;
            records.push(RawRecord {
                kind,
                bytes: bytes.to_vec(),
            });
        }
        reader.end()?;
        Ok(Ok(Self { salt, records }))
    }

    /// The hash by which a header names a part.
    pub fn hash(bytes: &[u8]) -> Hash {
        HashUse::Part.hash(&[bytes])
    }
}

/// A part's bytes from what it holds.
pub(crate) fn encode(salt: &[u8; 16], records: &[RawRecord]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.array(2).bytes(salt).array(records.len());
    for record in records {
        writer.encoded(&record.bytes);
    }
    writer.finish()
}

/// The id of a record: where it stands in which commit. Authors choose no ids.
pub fn record_id(header_hash: &Hash, part: u16, index: u16) -> Id {
    Id::of(&HashUse::Record.hash(&[header_hash.as_bytes(), &part.to_be_bytes(), &index.to_be_bytes()]))
}
