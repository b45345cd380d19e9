//! The sender's side.

use std::collections::HashMap;

use journal::{Commit, Head, Header, Part};
use model::ids::{Hash, Id};

use super::columns::{Column, Columns, zigzag};
use super::documents::{Documents, MAX_BACK};
use super::names::Naming;
use super::run::Run;
use super::walk::{HASH, ID, Steps, walk};
use super::{AS_IT_IS, BEFORE_SALT, ERASED, FIELDS, FOLLOWS, Flaw, SALT, SHAPED, WHOLE};

pub fn pack(commits: &[Commit]) -> Columns {
    let mut packing = Packing::default();
    for commit in commits {
        packing.commit(commit);
    }
    packing.columns
}

#[derive(Default)]
struct Packing {
    columns: Columns,
    run: Run,
    /// Where among the commits of the message each stands.
    places: HashMap<Head, usize>,
    ids: Naming<Id>,
    hashes: Naming<Hash>,
    documents: Documents,
}

impl Packing {
    fn commit(&mut self, commit: &Commit) {
        match fields(commit) {
            Some(header) => self.by_fields(&header, commit),
            None => {
                self.columns.byte(Column::Forms, WHOLE);
                self.plain(&commit.to_bytes());
            }
        }
    }

    fn plain(&mut self, bytes: &[u8]) {
        self.columns.number(Column::Plain, bytes.len() as u64);
        self.columns.bytes(Column::Plain, bytes);
    }

    fn by_fields(&mut self, header: &Header, commit: &Commit) {
        let follows = self.run.last(header.log).is_some_and(|last| last.hash == header.prev);
        self.columns.byte(Column::Forms, if follows { FOLLOWS } else { FIELDS });
        self.id(Column::Logs, header.log);
        let seq = header.seq.wrapping_sub(self.run.next_seq(header.log));
        self.columns.number(Column::Seqs, zigzag(seq as i64));
        if !follows {
            self.columns.bytes(Column::Hashes, header.prev.as_bytes());
        }
        self.columns.number(Column::Heads, header.after.len() as u64);
        for head in &header.after {
            self.head(head);
        }
        let before = self.run.before(header.log);
        let columns = &mut self.columns;
        columns.signed(Column::Walls, header.wall.wrapping_sub(before.wall));
        let skew = |skew: i32| zigzag(i64::from(skew) - i64::from(before.skew)) + 1;
        columns.number(Column::Skews, header.skew.map_or(0, skew));
        columns.signed(Column::Dates, i64::from(header.date) - i64::from(before.date));
        self.id_or_none(Column::Users, header.user);
        self.columns.number(Column::Commands, u64::from(header.command));
        self.columns.bytes(Column::Requests, header.request.as_bytes());
        self.columns.number(Column::Levels, u64::from(header.level));
        self.columns.bytes(Column::Signatures, &commit.signature);
        self.columns.number(Column::Parts, header.parts.len() as u64);
        for (named, part) in header.parts.iter().zip(&commit.parts) {
            self.id_or_none(Column::Units, named.unit);
            match part {
                Some(part) => self.part(part),
                None => {
                    self.columns.number(Column::Parts, ERASED);
                    self.columns.number(Column::Parts, u64::from(named.length));
                    self.columns.bytes(Column::Hashes, named.hash.as_bytes());
                }
            }
        }
        let head = self.run.note(header, commit.hash());
        self.places.insert(head, self.run.heads.len() - 1);
    }

    /// A head: how many commits back it is, or 0 and what it says.
    fn head(&mut self, head: &Head) {
        match self.places.get(head) {
            Some(place) => self
                .columns
                .number(Column::Heads, (self.run.heads.len() - place) as u64),
            None => {
                self.columns.number(Column::Heads, 0);
                self.id(Column::Logs, head.log);
                self.columns.number(Column::Seqs, head.seq);
                self.columns.bytes(Column::Ids, head.hash16.as_bytes());
            }
        }
    }

    /// An id: its number from 1, or 0 and what it says.
    fn id(&mut self, column: Column, id: Id) {
        let name = self.ids.name(id);
        self.columns.number(column, name.map_or(0, |name| name + 1));
        if name.is_none() {
            self.columns.bytes(Column::Ids, id.as_bytes());
        }
    }

    /// The same with 0 for none, and all else one more.
    fn id_or_none(&mut self, column: Column, id: Option<Id>) {
        let Some(id) = id else {
            return self.columns.number(column, 0);
        };
        let name = self.ids.name(id);
        self.columns.number(column, name.map_or(1, |name| name + 2));
        if name.is_none() {
            self.columns.bytes(Column::Ids, id.as_bytes());
        }
    }

    fn part(&mut self, part: &[u8]) {
        let Some(records) = shaped(part) else {
            self.columns.number(Column::Parts, AS_IT_IS);
            return self.plain(part);
        };
        self.columns.number(Column::Parts, SHAPED);
        self.columns.bytes(Column::Salts, &part[BEFORE_SALT.len()..records]);
        let mut taking = Taking {
            packing: self,
            part,
            at: records,
            record: records,
            document: None,
        };
        // It was walked through just now.
        let walked = walk(&mut taking);
        debug_assert_eq!((walked, taking.at), (Ok(()), part.len()));
    }
}

/// The header, when the commit can be built from its fields: as one that fits its parts.
fn fields(commit: &Commit) -> Option<Header> {
    let header = Header::from_bytes(&commit.header).ok()?;
    let fits = header.parts.len() == commit.parts.len()
        && header.parts.iter().zip(&commit.parts).all(|(named, part)| {
            part.as_deref()
                .is_none_or(|part| part.len() as u64 == u64::from(named.length) && Part::hash(part) == named.hash)
        });
    (fits && header.to_bytes() == commit.header).then_some(header)
}

/// Where a part's records begin, if it is walked through to its end.
fn shaped(part: &[u8]) -> Option<usize> {
    let records = BEFORE_SALT.len() + SALT;
    if !part.starts_with(&BEFORE_SALT) || part.len() < records {
        return None;
    }
    let mut looking = Looking(&part[records..]);
    walk(&mut looking).ok()?;
    looking.0.is_empty().then_some(records)
}

/// Walks through a part and does nothing.
struct Looking<'b>(&'b [u8]);

impl Steps for Looking<'_> {
    fn plain(&mut self, length: usize) -> Result<&[u8], Flaw> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Flaw::Cut)?;
        self.0 = rest;
        Ok(taken)
    }
    fn id(&mut self) -> Result<(), Flaw> {
        self.plain(ID).map(drop)
    }
    fn hash(&mut self) -> Result<(), Flaw> {
        self.plain(HASH).map(drop)
    }
    fn record_begins(&mut self) {}
    fn record_ends(&mut self) {}
}

/// Takes a part apart: ids and hashes into their columns, the rest into its shape.
struct Taking<'p, 'b> {
    packing: &'p mut Packing,
    part: &'b [u8],
    at: usize,
    /// Where the record begins.
    record: usize,
    /// The first id in it.
    document: Option<Id>,
}

impl<'b> Taking<'_, 'b> {
    fn taken(&mut self, length: usize) -> Result<&'b [u8], Flaw> {
        let taken = self
            .part
            .get(self.at..)
            .and_then(|rest| rest.get(..length))
            .ok_or(Flaw::Cut)?;
        self.at += length;
        Ok(taken)
    }
}

impl Steps for Taking<'_, '_> {
    fn plain(&mut self, length: usize) -> Result<&[u8], Flaw> {
        let taken = self.taken(length)?;
        self.packing.columns.bytes(Column::Shapes, taken);
        Ok(taken)
    }

    fn id(&mut self) -> Result<(), Flaw> {
        let id = Id::from_slice(self.taken(ID)?).ok_or(Flaw::Cut)?;
        self.document.get_or_insert(id);
        self.packing.id(Column::IdNames, id);
        Ok(())
    }

    /// A change of the record's document so many back; or a hash that was said; or 0 and what it says.
    fn hash(&mut self) -> Result<(), Flaw> {
        let hash = Hash::from_slice(self.taken(HASH)?).ok_or(Flaw::Cut)?;
        let packing = &mut *self.packing;
        if let Some(back) = self
            .document
            .and_then(|document| packing.documents.find(document, hash))
        {
            packing.columns.number(Column::HashNames, back as u64);
            return Ok(());
        }
        match packing.hashes.name(hash) {
            Some(name) => packing.columns.number(Column::HashNames, name + 1 + MAX_BACK as u64),
            None => {
                packing.columns.number(Column::HashNames, 0);
                packing.columns.bytes(Column::Hashes, hash.as_bytes());
            }
        }
        Ok(())
    }

    fn record_begins(&mut self) {
        self.record = self.at;
        self.document = None;
    }

    fn record_ends(&mut self) {
        if let Some(document) = self.document {
            self.packing.documents.note(document, &self.part[self.record..self.at]);
        }
    }
}
