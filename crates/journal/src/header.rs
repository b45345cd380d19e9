//! The header of a commit: who wrote it, where it stands, what it had seen and what it carries.

use model::ids::{Hash, HashUse, Id};

use crate::cbor::{Flaw, Reader, Writer};
use crate::fault::Fault;
use crate::limits::{MAX_COMMIT, MAX_HEADER, MAX_HEADS, MAX_PART, MAX_PARTS, MAX_SEQ};

const VERSION: u8 = 1;
const FIELDS: usize = 13;

/// A commit named by position and hash. The order is that of `after`: log, sequence, hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Head {
    pub log: Id,
    /// From 1.
    pub seq: u64,
    /// First 16 bytes of the commit's hash.
    pub hash16: Id,
}

/// A part as a header names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartRef {
    /// Hash of the part's bytes.
    pub hash: Hash,
    /// Number of the part's bytes, at most [`MAX_PART`].
    pub length: u32,
    /// What erases the part; none for a part without personal data.
    pub unit: Option<Id>,
}

/// A header. See docs/JOURNAL_FORMAT.md for the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub log: Id,
    /// 1, 2, 3, … up to [`MAX_SEQ`].
    pub seq: u64,
    /// Hash of the log's previous header; at seq 1 the certificate's id.
    pub prev: Hash,
    /// Held commits that no other held one names, without `prev`: at most [`MAX_HEADS`], rising, none twice.
    pub after: Vec<Head>,
    /// The device's own clock, milliseconds since 1970 UTC. Any value: a clock may be wrong by decades.
    pub wall: i64,
    /// The server's clock minus the device's at last contact, milliseconds.
    pub skew: Option<i32>,
    /// Business date at the store, days since 1970-01-01.
    pub date: i32,
    pub user: Option<Id>,
    /// The command that made the commit, by number.
    pub command: u16,
    /// The request's id, unique in the log.
    pub request: Id,
    /// Software level needed to project the commit.
    pub level: u16,
    /// 1 to [`MAX_PARTS`] parts.
    pub parts: Vec<PartRef>,
}

impl Header {
    /// The header's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.array(FIELDS).unsigned(VERSION);
        writer
            .bytes(self.log.as_bytes())
            .unsigned(self.seq)
            .bytes(self.prev.as_bytes());
        writer.array(self.after.len());
        for head in &self.after {
            writer
                .array(3)
                .bytes(head.log.as_bytes())
                .unsigned(head.seq)
                .bytes(head.hash16.as_bytes());
        }
        writer.signed(self.wall);
        match self.skew {
            Some(skew) => writer.signed(skew),
            None => writer.null(),
        };
        writer
            .signed(self.date)
            .bytes_or_null(self.user.as_ref().map(Id::as_bytes))
            .unsigned(self.command)
            .bytes(self.request.as_bytes())
            .unsigned(self.level)
            .array(self.parts.len());
        for part in &self.parts {
            writer.array(3).bytes(part.hash.as_bytes()).unsigned(part.length);
            writer.bytes_or_null(part.unit.as_ref().map(Id::as_bytes));
        }
        writer.finish()
    }

    /// Reads a header.
    ///
    /// # Errors
    /// Bytes that are not exactly what [`to_bytes`](Self::to_bytes) writes, another version, or a bound passed: sequences,
    /// heads and their order, number and lengths of the parts.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.len() > MAX_HEADER {
            return Err(Fault::HeaderTooLong(bytes.len()));
        }
        let header = Self::read(bytes).map_err(Fault::HeaderEncoding)??;
        header.check()?;
        debug_assert_eq!(header.to_bytes(), bytes, "one header has one encoding");
        Ok(header)
    }

    /// The outer error is of the encoding, the inner one of what it says: another version, or more than may be listed,
    /// which is found out before anything is made of it.
    fn read(bytes: &[u8]) -> Result<Result<Self, Fault>, Flaw> {
        let mut reader = Reader::new(bytes);
        let fields = reader.array()?;
        let version = reader.unsigned()?;
        if version != VERSION {
            return Ok(Err(Fault::Version(version)));
        }
        if fields != FIELDS {
            return Err(Flaw::Shape);
        }
        let (log, seq, prev) = (Id(reader.bytes_of()?), reader.unsigned()?, Hash(reader.bytes_of()?));
        let heads = reader.array()?;
        if heads > MAX_HEADS {
            return Ok(Err(Fault::TooManyHeads(heads)));
        }
        let after = (0..heads).map(|_| head(&mut reader)).collect::<Result<_, _>>()?;
        let wall = reader.signed()?;
        let skew = if reader.null() { None } else { Some(reader.signed()?) };
        let (date, user) = (reader.signed()?, optional_id(&mut reader)?);
        let (command, request, level) = (reader.unsigned()?, Id(reader.bytes_of()?), reader.unsigned()?);
        let count = reader.array()?;
        if count > MAX_PARTS {
            return Ok(Err(Fault::PartCount(count)));
        }
        let parts = (0..count).map(|_| part_ref(&mut reader)).collect::<Result<_, _>>()?;
        reader.end()?;
        Ok(Ok(Self {
            log,
            seq,
            prev,
            after,
            wall,
            skew,
            date,
            user,
            command,
            request,
            level,
            parts,
        }))
    }

    /// The bounds that hold for every header, whoever made it.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        if self.after.len() > MAX_HEADS {
            return Err(Fault::TooManyHeads(self.after.len()));
        }
        let sequences = std::iter::once(self.seq).chain(self.after.iter().map(|head| head.seq));
        for seq in sequences {
            if !(1..=MAX_SEQ).contains(&seq) {
                return Err(Fault::Sequence(seq));
            }
        }
        if !self.after.is_sorted_by(|one, next| one < next) {
            return Err(Fault::HeadsUnsorted);
        }
        if !(1..=MAX_PARTS).contains(&self.parts.len()) {
            return Err(Fault::PartCount(self.parts.len()));
        }
        let mut total = 0;
        for part in &self.parts {
            let length = u64::from(part.length);
            if length > MAX_PART as u64 {
                return Err(Fault::PartTooLong(length));
            }
            total += length;
        }
        if total > MAX_COMMIT as u64 {
            return Err(Fault::CommitTooLong(total));
        }
        Ok(())
    }

    /// The server's time of the commit as far as the device knew it: `wall` plus `skew`, milliseconds since 1970 UTC.
    pub fn time(&self) -> i64 {
        self.wall.saturating_add(i64::from(self.skew.unwrap_or(0)))
    }
}

fn optional_id(reader: &mut Reader<'_>) -> Result<Option<Id>, Flaw> {
    if reader.null() {
        Ok(None)
    } else {
        Ok(Some(Id(reader.bytes_of()?)))
    }
}

fn head(reader: &mut Reader<'_>) -> Result<Head, Flaw> {
    reader.array_of(3)?;
    Ok(Head {
        log: Id(reader.bytes_of()?),
        seq: reader.unsigned()?,
        hash16: Id(reader.bytes_of()?),
    })
}

fn part_ref(reader: &mut Reader<'_>) -> Result<PartRef, Flaw> {
    reader.array_of(3)?;
    Ok(PartRef {
        hash: Hash(reader.bytes_of()?),
        length: reader.unsigned()?,
        unit: optional_id(reader)?,
    })
}

/// A commit's identity: the hash of its header's bytes.
pub fn header_hash(bytes: &[u8]) -> Hash {
    HashUse::Header.hash(&[bytes])
}

/// The log that a header names, without reading the rest: it stands in a fixed place. `None` for what cannot be a header.
pub fn header_log(bytes: &[u8]) -> Option<Id> {
    // An array of 13, version 1, 16 bytes.
    let rest = bytes.strip_prefix(&[0x8d, 0x01, 0x50])?;
    Id::from_slice(rest.get(..16)?)
}
