//! The receiver's side.

use journal::limits::{MAX_HEADS, MAX_PARTS};
use journal::{Commit, Head, Header, Part, PartRef, header_hash};
use model::ids::{Hash, Id};

use super::columns::{Column, Columns, Reading, unzigzag};
use super::documents::{Documents, MAX_BACK};
use super::names::Named;
use super::run::Run;
use super::walk::{Steps, walk};
use super::{AS_IT_IS, BEFORE_SALT, ERASED, FIELDS, FOLLOWS, Flaw, SHAPED, Unpacked, WHOLE};
use crate::limits::MAX_PLAIN;

pub fn unpack(columns: &Columns) -> Result<Unpacked, Flaw> {
    let mut unpacking = Unpacking {
        columns: Reading::new(columns),
        run: Run::default(),
        ids: Named::default(),
        hashes: Named::default(),
        documents: Documents::default(),
        room: MAX_PLAIN,
    };
    let mut unpacked = Unpacked::default();
    for _ in 0..columns.commits() {
        match unpacking.columns.byte(Column::Forms)? {
            WHOLE => {
                let bytes = unpacking.plain()?;
                match Commit::from_bytes(bytes) {
                    Ok(commit) => unpacked.commits.push(commit),
                    Err(fault) => unpacked.unreadable.push((bytes.to_vec(), fault)),
                }
            }
            form @ (FIELDS | FOLLOWS) => unpacked.commits.push(unpacking.by_fields(form == FOLLOWS)?),
            _ => return Err(Flaw::Number),
        }
    }
    unpacking.columns.end()?;
    Ok(unpacked)
}

struct Unpacking<'b> {
    columns: Reading<'b>,
    run: Run,
    ids: Named<Id>,
    hashes: Named<Hash>,
    documents: Documents,
    /// Bytes of commits that may still be made: a name is shorter than what it stands for.
    room: usize,
}

impl<'b> Unpacking<'b> {
    fn takes(&mut self, length: usize) -> Result<(), Flaw> {
        self.room = self.room.checked_sub(length).ok_or(Flaw::TooLong)?;
        Ok(())
    }

    fn plain(&mut self) -> Result<&'b [u8], Flaw> {
        let length = self.columns.number_as(Column::Plain)?;
        self.takes(length)?;
        self.columns.bytes(Column::Plain, length)
    }

    fn by_fields(&mut self, follows: bool) -> Result<Commit, Flaw> {
        let log = self.id(Column::Logs)?;
        let seq = self
            .run
            .next_seq(log)
            .wrapping_add(self.columns.signed(Column::Seqs)? as u64);
        let prev = match self.run.last(log) {
            Some(last) if follows => last.hash,
            _ if follows => return Err(Flaw::Name),
            _ => self.literal_hash()?,
        };
        let heads = self.columns.number(Column::Heads)?;
        if heads > MAX_HEADS as u64 {
            return Err(Flaw::Number);
        }
        let after = (0..heads).map(|_| self.head()).collect::<Result<_, _>>()?;
        let before = self.run.before(log);
        let wall = before.wall.wrapping_add(self.columns.signed(Column::Walls)?);
        let skew = match self.columns.number(Column::Skews)? {
            0 => None,
            beyond => Some(told_against(before.skew, unzigzag(beyond - 1))?),
        };
        let date = told_against(before.date, self.columns.signed(Column::Dates)?)?;
        let user = self.id_or_none(Column::Users)?;
        let command = self.columns.number_as(Column::Commands)?;
        let request = Id(self.columns.bytes_of(Column::Requests)?);
        let level = self.columns.number_as(Column::Levels)?;
        let signature = self.columns.bytes_of(Column::Signatures)?;
        let count: usize = self.columns.number_as(Column::Parts)?;
        if count > MAX_PARTS {
            return Err(Flaw::Number);
        }
        let mut header = Header {
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
            parts: Vec::with_capacity(count),
        };
        let mut parts = Vec::with_capacity(count);
        for _ in 0..count {
            let (named, part) = self.part()?;
            header.parts.push(named);
            parts.push(part);
        }
        let bytes = header.to_bytes();
        self.takes(bytes.len() + signature.len())?;
        self.run.note(&header, header_hash(&bytes));
        Ok(Commit {
            header: bytes,
            signature,
            parts,
        })
    }

    fn head(&mut self) -> Result<Head, Flaw> {
        let back: usize = self.columns.number_as(Column::Heads)?;
        if back > 0 {
            let heads = &self.run.heads;
            let place = heads.len().checked_sub(back).ok_or(Flaw::Name)?;
            return heads.get(place).copied().ok_or(Flaw::Name);
        }
        Ok(Head {
            log: self.id(Column::Logs)?,
            seq: self.columns.number(Column::Seqs)?,
            hash16: Id(self.columns.bytes_of(Column::Ids)?),
        })
    }

    fn part(&mut self) -> Result<(PartRef, Option<Vec<u8>>), Flaw> {
        let unit = self.id_or_none(Column::Units)?;
        let bytes = match self.columns.number(Column::Parts)? {
            ERASED => {
                let length = self.columns.number_as(Column::Parts)?;
                let hash = self.literal_hash()?;
                return Ok((PartRef { hash, length, unit }, None));
            }
            SHAPED => self.shaped()?,
            AS_IT_IS => self.plain()?.to_vec(),
            _ => return Err(Flaw::Number),
        };
        let named = PartRef {
            hash: Part::hash(&bytes),
            // No longer than a message.
            length: u32::try_from(bytes.len()).map_err(|_| Flaw::TooLong)?,
            unit,
        };
        Ok((named, Some(bytes)))
    }

    fn shaped(&mut self) -> Result<Vec<u8>, Flaw> {
        let salt: [u8; super::SALT] = self.columns.bytes_of(Column::Salts)?;
        let part = [&BEFORE_SALT[..], &salt].concat();
        self.takes(part.len())?;
        let mut giving = Giving {
            unpacking: self,
            record: part.len(),
            part,
            document: None,
        };
        walk(&mut giving)?;
        Ok(giving.part)
    }

    fn literal_hash(&mut self) -> Result<Hash, Flaw> {
        self.columns.bytes_of(Column::Hashes).map(Hash)
    }

    fn id(&mut self, column: Column) -> Result<Id, Flaw> {
        match self.columns.number(column)? {
            0 => self.said(),
            name => self.ids.of(name - 1),
        }
    }

    fn id_or_none(&mut self, column: Column) -> Result<Option<Id>, Flaw> {
        match self.columns.number(column)? {
            0 => Ok(None),
            1 => self.said().map(Some),
            name => self.ids.of(name - 2).map(Some),
        }
    }

    fn said(&mut self) -> Result<Id, Flaw> {
        let id = Id(self.columns.bytes_of(Column::Ids)?);
        Ok(self.ids.said(id))
    }
}

/// A number told by its difference to another.
fn told_against(before: i32, beyond: i64) -> Result<i32, Flaw> {
    i64::from(before)
        .checked_add(beyond)
        .and_then(|number| i32::try_from(number).ok())
        .ok_or(Flaw::Number)
}

/// Puts a part together again: its shape, and in it the ids and hashes.
struct Giving<'u, 'b> {
    unpacking: &'u mut Unpacking<'b>,
    part: Vec<u8>,
    /// Where the record begins.
    record: usize,
    /// The first id in it.
    document: Option<Id>,
}

impl Giving<'_, '_> {
    fn puts(&mut self, bytes: &[u8]) -> Result<(), Flaw> {
        self.unpacking.takes(bytes.len())?;
        self.part.extend_from_slice(bytes);
        Ok(())
    }
}

impl Steps for Giving<'_, '_> {
    fn plain(&mut self, length: usize) -> Result<&[u8], Flaw> {
        let taken = self.unpacking.columns.bytes(Column::Shapes, length)?;
        self.puts(taken)?;
        Ok(taken)
    }

    fn id(&mut self) -> Result<(), Flaw> {
        let id = self.unpacking.id(Column::IdNames)?;
        self.document.get_or_insert(id);
        self.puts(id.as_bytes())
    }

    fn hash(&mut self) -> Result<(), Flaw> {
        let unpacking = &mut *self.unpacking;
        let name = unpacking.columns.number(Column::HashNames)?;
        let hash = match usize::try_from(name).map_err(|_| Flaw::Name)? {
            0 => {
                let hash = unpacking.literal_hash()?;
                unpacking.hashes.said(hash)
            }
            back @ 1..=MAX_BACK => {
                let document = self.document.ok_or(Flaw::Name)?;
                unpacking.documents.back(document, back).ok_or(Flaw::Name)?
            }
            _ => unpacking.hashes.of(name - 1 - MAX_BACK as u64)?,
        };
        self.puts(hash.as_bytes())
    }

    fn record_begins(&mut self) {
        self.record = self.part.len();
        self.document = None;
    }

    fn record_ends(&mut self) {
        if let Some(document) = self.document {
            self.unpacking.documents.note(document, &self.part[self.record..]);
        }
    }
}
