//! Changes of documents that a message carried so far, so that one which builds on another need not say its hash.

use std::collections::HashMap;

use model::ids::{Hash, Id};
use model::records::Record;
use replica::document;

/// A change may name the last so many of its document.
pub const MAX_BACK: usize = 4;

/// A record that is a change of a document begins so: an array of 8, kind 50. What reads otherwise cannot be named.
const BEGINS: [u8; 3] = [0x88, 0x18, 50];

struct Change {
    record: Vec<u8>,
    /// Worked out when it is asked for; none for a record that is not what a change must be.
    hash: Option<Option<Hash>>,
}

#[derive(Default)]
pub struct Documents(HashMap<Id, Vec<Change>>);

impl Documents {
    /// Takes notice of a record, by the first id in it.
    pub fn note(&mut self, document: Id, record: &[u8]) {
        if !record.starts_with(&BEGINS) {
            return;
        }
        let changes = self.0.entry(document).or_default();
        if changes.len() == MAX_BACK {
            changes.remove(0);
        }
        changes.push(Change {
            record: record.to_vec(),
            hash: None,
        });
    }

    /// The hash of a document's change so many back, from 1 for the last.
    pub fn back(&mut self, document: Id, back: usize) -> Option<Hash> {
        let changes = self.0.get_mut(&document)?;
        let at = changes.len().checked_sub(back)?;
        let change = changes.get_mut(at)?;
        *change.hash.get_or_insert_with(|| hash(&change.record))
    }

    /// How many back the change with this hash is.
    pub fn find(&mut self, document: Id, hash: Hash) -> Option<usize> {
        (1..=MAX_BACK).find(|back| self.back(document, *back) == Some(hash))
    }
}

/// The hash of the Automerge change that a record says. It does not depend on the document's kind, so kinds of newer
/// software are read too; but a new form of value or a further field would need a new version of the wire, for a receiver
/// that cannot work a hash out cannot put it back.
fn hash(record: &[u8]) -> Option<Hash> {
    let mut record = record.to_vec();
    // The kind, in one byte: any will do.
    let kind = record.get_mut(BEGINS.len()).filter(|kind| **kind < 24)?;
    *kind = 1;
    match Record::from_bytes(&record).ok()? {
        Record::DocumentChange(change) => document::change_hash(&change),
        _ => None,
    }
}
