//! Folds of long documents, kept so that a further change of one costs what it brings. Documents of this design gather tens
//! of changes; thousands are a hostile device's, and folding them all at each of its commits would stop everybody else.

use std::collections::VecDeque;

use model::ids::{Hash, Id};
use model::records::{DocumentChange, DocumentKind};

use super::{Fold, MAX_BYTES, MAX_CHANGES, MAX_OPERATIONS};

/// Documents of fewer changes are folded anew each time: that costs less than looking after their folds.
const KEPT_FROM: usize = 8;
/// Most documents whose folds are kept.
const MAX_KEPT: usize = 16;

struct Kept {
    kind: DocumentKind,
    document: Id,
    fold: Fold,
}

/// The folds that the writer keeps in memory, the one used last at the end. They stand for the rows of `document_change` as
/// the transaction in hand sees them: whatever takes rows back forgets them.
#[derive(Default)]
pub struct Folds(VecDeque<Kept>);

impl Folds {
    fn position(&self, kind: DocumentKind, document: Id) -> Option<usize> {
        self.0
            .iter()
            .position(|kept| kept.kind == kind && kept.document == document)
    }

    /// A change joined the held ones of its document; `bytes` is its length in the table.
    pub fn join(&mut self, header: Hash, change: &DocumentChange, bytes: usize) {
        let Some(at) = self.position(change.kind, change.document) else {
            return;
        };
        if !self.0[at].fold.join(header, change, bytes) {
            self.0.remove(at);
        }
    }

    /// Takes the fold of a document out, to be kept again after.
    pub fn take(&mut self, kind: DocumentKind, document: Id) -> Option<Fold> {
        let at = self.position(kind, document)?;
        self.0.remove(at).map(|kept| kept.fold)
    }

    /// Keeps a fold of all changes that are held of a document, if it is a long one; the least used go for it, until all
    /// together are no larger than two of the longest documents.
    pub fn keep(&mut self, kind: DocumentKind, document: Id, fold: Fold) {
        if fold.size().changes < KEPT_FROM {
            return;
        }
        self.0.push_back(Kept { kind, document, fold });
        while self.is_over() {
            self.0.pop_front();
        }
    }

    fn is_over(&self) -> bool {
        let sum = |of: fn(&Fold) -> usize| self.0.iter().map(|kept| of(&kept.fold)).sum::<usize>();
        self.0.len() > MAX_KEPT
            || sum(|fold| fold.size().changes) > 2 * MAX_CHANGES
            || sum(|fold| fold.size().operations) > 2 * MAX_OPERATIONS
            || sum(|fold| fold.size().bytes) > 2 * MAX_BYTES
    }

    /// Forgets the fold of a document, some of whose changes went.
    pub fn forget(&mut self, kind: DocumentKind, document: Id) {
        self.take(kind, document);
    }

    /// Forgets all: rows went, and nobody says which.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}
