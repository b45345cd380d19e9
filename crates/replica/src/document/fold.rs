//! Which held changes of a document count, and what they make of it.
//!
//! A change counts once all that it builds on does: its dependencies, its author's change before it, the operations it
//! replaces. Nothing that joins ever makes another stop counting, so which do is decided by the set alone, and a change
//! that joins costs what it brings, not what is there already. The one exception are two changes of one author and
//! sequence: when the one that counted loses its place, the document is folded anew.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use automerge::{Automerge, Change, ReadDoc};
use model::ids::{Hash, Id};
use model::records::{DocumentChange, DocumentKind, DocumentOp, OpId, Value};

use super::{
    Document, HeldChange, MAX_BYTES, MAX_CHANGES, MAX_OPERATIONS, built, container, first_change, hash_of, plain,
};

/// What a change builds on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Base {
    Change(Hash),
    /// A change of an author, by its sequence.
    Sequence(Id, u64),
    Operation(OpId),
}

fn bases(change: &DocumentChange) -> impl Iterator<Item = Base> {
    let before = (change.sequence > 1).then(|| Base::Sequence(change.actor, change.sequence - 1));
    let replaced = change.ops.iter().flat_map(|op| &op.replaces);
    change
        .dependencies
        .iter()
        .map(|dependency| Base::Change(*dependency))
        .chain(before)
        .chain(replaced.map(|id| Base::Operation(*id)))
}

/// A change that lacks some of what it builds on.
struct Waiting {
    /// None once it lacks nothing more.
    change: Option<DocumentChange>,
    lacks: usize,
}

/// Changes that came to count together, and the fields they write.
#[derive(Default)]
struct Joining {
    /// For Automerge, run by run. Within a run it puts changes into an order of its own, by their dependencies alone, and
    /// stops where an author's change comes before the author's last; so one that does not name that one begins a run.
    runs: Vec<Vec<Change>>,
    fields: BTreeSet<Arc<str>>,
}

impl Joining {
    fn push(&mut self, change: Change, begins: bool) {
        match self.runs.last_mut() {
            Some(run) if !begins => run.push(change),
            _ => self.runs.push(vec![change]),
        }
    }
}

/// The fold of a document's changes, to which others may be added.
pub struct Fold {
    kind: DocumentKind,
    automerge: Automerge,
    document: Document,
    heads: BTreeSet<Hash>,
    /// The changes that count, with the counter of their last operation.
    counted: HashMap<Hash, u64>,
    /// The same by author and sequence.
    sequenced: HashMap<(Id, u64), Hash>,
    /// The operations of the changes that count, with their fields.
    written: HashMap<OpId, Arc<str>>,
    /// Author and sequence of every change here, with the header hash that gave it its place.
    places: HashMap<(Id, u64), Hash>,
    /// The changes that wait, and which of them wait for what. None is taken out: a fold ends as a whole.
    waiting: Vec<Waiting>,
    lacking: HashMap<Base, Vec<usize>>,
    /// Automerge refused something. The rules leave it nothing to refuse; were it to all the same, the document is empty
    /// here as on every other replica.
    refused: bool,
    size: Size,
}

/// How much a fold was made from, whether it counts or not.
#[derive(Debug, Clone, Copy, Default)]
pub struct Size {
    pub changes: usize,
    pub operations: usize,
    /// Of the changes as they lie in the table.
    pub bytes: usize,
}

impl Fold {
    /// The fold of nothing, which has its first change yet to join.
    fn new(kind: DocumentKind) -> (Self, Joining) {
        let first = first_change(kind);
        let (hash, author) = (hash_of(&first), (Id([0; 16]), 1));
        let fold = Self {
            kind,
            automerge: Automerge::new(),
            document: Document {
                highest_counter: 1,
                ..Document::default()
            },
            heads: BTreeSet::from([hash]),
            counted: HashMap::from([(hash, 1)]),
            sequenced: HashMap::from([(author, hash)]),
            written: HashMap::new(),
            // No hash is lower, so nobody takes the first change's place.
            places: HashMap::from([(author, Hash([0; 32]))]),
            waiting: Vec::new(),
            lacking: HashMap::new(),
            refused: false,
            size: Size::default(),
        };
        let joining = Joining {
            runs: vec![vec![first]],
            ..Joining::default()
        };
        (fold, joining)
    }

    /// Folds the first [`MAX_CHANGES`] of these changes.
    pub fn of(kind: DocumentKind, held: &[HeldChange]) -> Self {
        // One actor and sequence twice comes from a copied database: the lower header hash counts, whoever arrived first.
        let mut unique: BTreeMap<(Id, u64), &HeldChange> = BTreeMap::new();
        for change in held.iter().take(MAX_CHANGES) {
            let place = unique
                .entry((change.change.actor, change.change.sequence))
                .or_insert(change);
            if change.header < place.header {
                *place = change;
            }
        }
        let (mut fold, mut joining) = Self::new(kind);
        let mut ordered: Vec<&HeldChange> = unique.into_values().collect();
        // What others build on starts lower, so hardly anything waits on the way.
        ordered.sort_by_key(|held| held.change.start);
        for HeldChange { header, change } in ordered {
            if let Entry::Vacant(place) = fold.places.entry((change.actor, change.sequence)) {
                place.insert(*header);
                fold.take(change, &mut joining);
            }
        }
        fold.size.changes = held.len().min(MAX_CHANGES);
        fold.size.operations = held.iter().take(MAX_CHANGES).map(|held| held.change.ops.len()).sum();
        fold.finish(joining);
        fold
    }

    pub fn document(&self) -> &Document {
        &self.document
    }

    pub fn into_document(self) -> Document {
        self.document
    }

    pub fn size(&self) -> Size {
        self.size
    }

    /// The same fold, which knows how many bytes its changes have in the table.
    pub fn sized(mut self, bytes: usize) -> Self {
        self.size.bytes = bytes;
        self
    }

    /// Adds a change that joined the held ones. False when the document must be folded anew: it grows too long, or another
    /// change loses its place to this one.
    pub fn join(&mut self, header: Hash, change: &DocumentChange, bytes: usize) -> bool {
        self.size.changes += 1;
        self.size.operations += change.ops.len();
        self.size.bytes += bytes;
        if self.size.changes > MAX_CHANGES || self.size.operations > MAX_OPERATIONS || self.size.bytes > MAX_BYTES {
            return false;
        }
        match self.places.entry((change.actor, change.sequence)) {
            // Of two in one commit the first counts, which only all of them tell.
            Entry::Occupied(place) => *place.get() < header,
            Entry::Vacant(place) => {
                place.insert(header);
                let mut joining = Joining::default();
                self.take(change, &mut joining);
                self.finish(joining);
                true
            }
        }
    }

    fn has(&self, base: &Base) -> bool {
        match base {
            Base::Change(hash) => self.counted.contains_key(hash),
            Base::Sequence(author, sequence) => self.sequenced.contains_key(&(*author, *sequence)),
            Base::Operation(id) => self.written.contains_key(id),
        }
    }

    /// Takes a change that has its place: it counts, with all that waited for it, or waits, or never counts.
    fn take(&mut self, change: &DocumentChange, joining: &mut Joining) {
        let lacked: Vec<Base> = bases(change).filter(|base| !self.has(base)).collect();
        if !lacked.is_empty() {
            let number = self.waiting.len();
            self.waiting.push(Waiting {
                change: Some(change.clone()),
                lacks: lacked.len(),
            });
            for base in lacked {
                self.lacking.entry(base).or_default().push(number);
            }
            return;
        }
        let mut free = self.count(change, joining);
        // Each change is let go once, when the last it lacked has come.
        while let Some(base) = free.pop() {
            for number in self.lacking.remove(&base).unwrap_or_default() {
                let waiting = &mut self.waiting[number];
                waiting.lacks -= 1;
                if waiting.lacks == 0
                    && let Some(change) = waiting.change.take()
                {
                    free.extend(self.count(&change, joining));
                }
            }
        }
    }

    /// Counts a change whose bases all count, unless it breaks a rule: then it never counts, and with it what builds on it.
    /// Gives what others may have waited for.
    fn count(&mut self, change: &DocumentChange, joining: &mut Joining) -> Vec<Base> {
        let before = change.sequence.saturating_sub(1);
        let before = self.sequenced.get(&(change.actor, before)).copied();
        let known = change.dependencies.iter().chain(&before);
        let last = known.filter_map(|hash| self.counted.get(hash)).max();
        let last = last.copied().unwrap_or(0);
        let fields: BTreeSet<&str> = change.ops.iter().map(|op| op.field.as_str()).collect();
        let names_its_own_field = |op: &DocumentOp| {
            op.replaces
                .iter()
                .all(|id| id.counter < change.start && self.written.get(id).is_some_and(|field| **field == *op.field))
        };
        if change.start != last + 1 || fields.len() != change.ops.len() || !change.ops.iter().all(names_its_own_field) {
            return Vec::new();
        }
        let Some(automerge_change) = built(change) else {
            return Vec::new();
        };
        let hash = hash_of(&automerge_change);
        let last_counter = change.start + change.ops.len() as u64 - 1;
        let mut new = vec![Base::Change(hash), Base::Sequence(change.actor, change.sequence)];
        for (counter, op) in (change.start..).zip(&change.ops) {
            let id = OpId {
                counter,
                actor: change.actor,
            };
            let field: Arc<str> = op.field.as_str().into();
            self.written.insert(id, Arc::clone(&field));
            joining.fields.insert(field);
            new.push(Base::Operation(id));
        }
        for dependency in &change.dependencies {
            self.heads.remove(dependency);
        }
        self.heads.insert(hash);
        self.counted.insert(hash, last_counter);
        self.sequenced.insert((change.actor, change.sequence), hash);
        // An author's changes count in their order.
        self.document.sequences.insert(change.actor, change.sequence);
        self.document.highest_counter = self.document.highest_counter.max(last_counter);
        self.document.changes += 1;
        let begins = before.is_some_and(|before| !change.dependencies.contains(&before));
        joining.push(automerge_change, begins);
        new
    }

    /// Brings the document up to what counts.
    fn finish(&mut self, joining: Joining) {
        if joining.runs.is_empty() {
            return;
        }
        self.document.heads = self.heads.iter().copied().collect();
        for run in joining.runs {
            self.refused |= self.automerge.apply_changes(run).is_err();
        }
        if self.refused {
            self.document.fields.clear();
            return;
        }
        let Ok(Some((_, object))) = self.automerge.get(automerge::ROOT, container(self.kind)) else {
            return;
        };
        for field in joining.fields {
            let all = self.automerge.get_all(&object, &*field).unwrap_or_default();
            let values: Vec<(OpId, Value)> = all
                .into_iter()
                .filter_map(|(value, id)| Some((operation(&id)?, plain(&value)?)))
                .collect();
            if values.is_empty() {
                self.document.fields.remove(&*field);
            } else {
                self.document.fields.insert(field.to_string(), values);
            }
        }
    }
}

fn operation(id: &automerge::ObjId) -> Option<OpId> {
    let automerge::ObjId::Id(counter, actor, _) = id else {
        return None;
    };
    Some(OpId {
        counter: *counter,
        actor: Id::from_slice(actor.to_bytes())?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::fold;

    const KIND: DocumentKind = DocumentKind::CustomerContact;
    const FIELDS: [&str; 3] = ["name", "phone", "email"];

    /// Everything that a document says.
    fn said(document: &Document) -> impl PartialEq + std::fmt::Debug + use<> {
        let mut sequences: Vec<(Id, u64)> = document.sequences.clone().into_iter().collect();
        sequences.sort_unstable();
        (
            document.heads.clone(),
            document.fields.clone(),
            document.highest_counter,
            sequences,
            document.changes,
        )
    }

    /// One edit: who makes it, on what of the changes before, and how it lies.
    #[derive(Debug, Clone)]
    struct Edit {
        author: u8,
        seen: u32,
        field: usize,
        lie: u8,
    }

    fn edit() -> impl Strategy<Value = Edit> {
        (0u8..4, any::<u32>(), 0usize..3, 0u8..12).prop_map(|(author, seen, field, lie)| Edit {
            author,
            seen,
            field,
            lie,
        })
    }

    /// Changes as devices write them, honest and not, each with a header of its own.
    fn changes(edits: &[Edit]) -> Vec<HeldChange> {
        let mut made: Vec<HeldChange> = Vec::new();
        for (number, edit) in edits.iter().enumerate() {
            let seen: Vec<HeldChange> = made
                .iter()
                .enumerate()
                .filter(|(at, _)| edit.seen >> (at % 32) & 1 == 1 || edit.lie < 4)
                .map(|(_, change)| change.clone())
                .collect();
            let value = (FIELDS[edit.field].to_owned(), Value::Int(number as i64));
            let other = (FIELDS[(edit.field + 1) % 3].to_owned(), Value::Int(-1));
            // The author of all zeros is the first change's.
            let author = Id([edit.author; 16]);
            let Some(mut change) = fold(KIND, &seen).change(KIND, Id([7; 16]), author, [value, other]) else {
                continue;
            };
            let some = made
                .get(edit.seen as usize % made.len().max(1))
                .map(|held| &held.change);
            match (edit.lie, some) {
                (7, _) => change.start += 1,
                (8, _) => change.sequence += 1,
                (9, Some(some)) => change.sequence = some.sequence,
                (10, Some(some)) => {
                    change.ops[0].replaces = vec![OpId {
                        counter: some.start,
                        actor: some.actor,
                    }];
                }
                (11, Some(some)) => change.dependencies.clone_from(&some.dependencies),
                _ => {}
            }
            let mut header = [0; 32];
            header[..4].copy_from_slice(&edit.seen.to_be_bytes());
            header[31] = number as u8;
            made.push(HeldChange {
                header: Hash(header),
                change,
            });
        }
        made
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn a_fold_that_grows_is_the_fold_made_anew_in_any_order(
            edits in prop::collection::vec(edit(), 1..24),
            order in any::<u64>(),
        ) {
            let held = changes(&edits);
            let anew = said(&fold(KIND, &held));
            let mut arrived = held.clone();
            // Any permutation will do; this one follows from a number.
            let mut at = order;
            for place in (1..arrived.len()).rev() {
                at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                arrived.swap(place, (at >> 33) as usize % (place + 1));
            }
            prop_assert_eq!(&said(&fold(KIND, &arrived)), &anew);
            let mut grown = Fold::of(KIND, &[]);
            for (count, held) in arrived.iter().enumerate() {
                if !grown.join(held.header, &held.change, 1) {
                    grown = Fold::of(KIND, &arrived[..=count]);
                }
                prop_assert_eq!(grown.size().changes, count + 1);
            }
            prop_assert_eq!(&said(grown.document()), &anew);
        }
    }

    #[test]
    fn nobody_takes_the_place_of_the_first_change() {
        let base = fold(KIND, &[]);
        let name = |author, value| {
            let values = [("name".to_owned(), Value::Int(value))];
            let change = base.change(KIND, Id([7; 16]), Id([author; 16]), values).unwrap();
            HeldChange {
                header: Hash([author; 32]),
                change,
            }
        };
        let folded = fold(KIND, &[name(0, 1), name(5, 2)]);
        assert_eq!((folded.int("name"), folded.changes), (Some(2), 1));
    }

    #[test]
    fn an_authors_changes_count_in_their_order_whatever_they_depend_on() {
        let next = |on: &[HeldChange], author: u8, field: &str| HeldChange {
            header: Hash([on.len() as u8; 32]),
            change: fold(KIND, on)
                .change(KIND, Id([7; 16]), Id([author; 16]), [(field.to_owned(), Value::Int(1))])
                .unwrap(),
        };
        let base = fold(KIND, &[]).heads;
        let mut held = vec![next(&[], 1, "name")];
        held.push(next(&held, 2, "phone"));
        // Its author's first builds on a change, this one says it builds on none.
        held.push(next(&held, 2, "email"));
        held[2].change.dependencies = base;
        let folded = fold(KIND, &held);
        assert_eq!((folded.changes, folded.int("email")), (3, Some(1)));
    }

    #[test]
    fn changes_that_arrive_before_what_they_build_on_count_once_it_is_here() {
        let mut held: Vec<HeldChange> = Vec::new();
        for number in 1..=100u8 {
            let values = [("name".to_owned(), Value::Int(number.into()))];
            // The later its author, the earlier it is looked at.
            let author = Id([200 - number; 16]);
            let change = fold(KIND, &held).change(KIND, Id([7; 16]), author, values).unwrap();
            held.push(HeldChange {
                header: Hash([number; 32]),
                change,
            });
        }
        let mut grown = Fold::of(KIND, &[]);
        for held in held.iter().rev() {
            assert_eq!(grown.document().changes, 0);
            assert!(grown.join(held.header, &held.change, 1));
        }
        assert_eq!(grown.document().changes, 100);
        assert_eq!(said(grown.document()), said(&fold(KIND, &held)));
        assert_eq!(grown.document().int("name"), Some(100));
    }

    #[test]
    fn a_fold_ends_where_a_document_is_too_long() {
        let base = fold(KIND, &[]);
        let values = [("name".to_owned(), Value::Null), ("phone".to_owned(), Value::Int(1))];
        let change = base.change(KIND, Id([7; 16]), Id([1; 16]), values).unwrap();
        let of = |size| Fold {
            size,
            ..Fold::of(KIND, &[])
        };
        let most = Size {
            changes: MAX_CHANGES - 1,
            operations: MAX_OPERATIONS - change.ops.len(),
            bytes: MAX_BYTES - 10,
        };
        assert!(of(most).join(Hash([1; 32]), &change, 10));
        for over in [
            Size {
                changes: MAX_CHANGES,
                ..most
            },
            Size {
                operations: most.operations + 1,
                ..most
            },
            Size {
                bytes: most.bytes + 1,
                ..most
            },
        ] {
            assert!(!of(over).join(Hash([1; 32]), &change, 10), "{over:?}");
        }
    }
}
