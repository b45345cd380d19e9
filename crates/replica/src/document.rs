//! Documents: folded with Automerge from the explicit operations that commits hold.
//!
//! The state of a document is a function of the set of its held changes: of two changes with one actor and sequence the one
//! in the commit with the lower header hash counts, and a change counts once everything it builds on does ([`Fold`]).
//! Automerge decides which of several concurrent values is shown; all of them stay in the history.

mod fold;
mod kept;

use std::collections::{BTreeMap, HashMap};

use automerge::legacy::{Key, ObjectId, Op, OpId as AmOpId, OpType};
use automerge::{ActorId, Change, ChangeHash, ExpandedChange, ObjType, ScalarValue};
pub(crate) use fold::Fold;
pub(crate) use kept::Folds;
use model::ids::{Hash, Id};
use model::records::{DocumentChange, DocumentKind, DocumentOp, OpId, Value};

/// Most changes of one document that are folded. Beyond, the document is too long to be worked with; documents of this
/// design gather tens of changes.
pub const MAX_CHANGES: usize = 8_192;
/// Most operations of one document that are folded, and the most bytes of its changes: 8,192 changes of 512 operations
/// would be four million, which takes Automerge 10 s and 760 MB.
pub const MAX_OPERATIONS: usize = 32_768;
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// A change as it lies in the journal, with the header hash of its commit.
#[derive(Debug, Clone)]
pub struct HeldChange {
    pub header: Hash,
    pub change: DocumentChange,
}

/// The values of a document.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// Hashes of the changes that no other builds on, sorted.
    pub heads: Vec<Hash>,
    /// Each field's values: one, or several written without knowledge of each other. The last one is shown.
    pub fields: BTreeMap<String, Vec<(OpId, Value)>>,
    highest_counter: u64,
    sequences: HashMap<Id, u64>,
    /// Changes that count.
    pub changes: usize,
}

impl Document {
    /// The value shown.
    pub fn value(&self, field: &str) -> Option<&Value> {
        self.fields
            .get(field)
            .and_then(|values| values.last())
            .map(|(_, value)| value)
    }

    pub fn text(&self, field: &str) -> &str {
        match self.value(field) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    pub fn int(&self, field: &str) -> Option<i64> {
        match self.value(field) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        }
    }

    pub fn bytes(&self, field: &str) -> Option<&[u8]> {
        match self.value(field) {
            Some(Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    pub fn flag(&self, field: &str) -> Option<bool> {
        match self.value(field) {
            Some(Value::Bool(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// Fields that hold several different values, written in several places.
    pub fn conflicts(&self) -> impl Iterator<Item = &str> {
        let differs = |values: &[(OpId, Value)]| values.windows(2).any(|pair| pair[0].1 != pair[1].1);
        self.fields
            .iter()
            .filter(move |(_, values)| differs(values))
            .map(|(field, _)| field.as_str())
    }

    /// The heads as one blob: sorted, 32 bytes each.
    pub fn heads_bytes(&self) -> Vec<u8> {
        self.heads.iter().flat_map(|head| head.0).collect()
    }

    /// The change that writes these values here. Fields that hold just this value already are left out; `None` when nothing
    /// is left to write.
    pub fn change(
        &self,
        kind: DocumentKind,
        document: Id,
        actor: Id,
        values: impl IntoIterator<Item = (String, Value)>,
    ) -> Option<DocumentChange> {
        let ops: Vec<DocumentOp> = values
            .into_iter()
            .filter(|(field, value)| {
                let held = self.fields.get(field).map_or(&[][..], Vec::as_slice);
                !(matches!(held, [(_, only)] if only == value) || held.is_empty() && *value == Value::Null)
            })
            .map(|(field, value)| {
                let mut replaces: Vec<OpId> = self
                    .fields
                    .get(&field)
                    .into_iter()
                    .flatten()
                    .map(|(id, _)| *id)
                    .collect();
                replaces.sort_unstable();
                DocumentOp { field, value, replaces }
            })
            .collect();
        if ops.is_empty() {
            return None;
        }
        Some(DocumentChange {
            kind,
            document,
            actor,
            sequence: self.sequences.get(&actor).copied().unwrap_or(0) + 1,
            start: self.highest_counter + 1,
            dependencies: self.heads.clone(),
            ops,
        })
    }
}

fn actor_zero() -> ActorId {
    ActorId::from(&[0u8; 16][..])
}

/// The map that a kind's first change makes.
fn container(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Product => "product",
        DocumentKind::CustomerContact => "contact",
        DocumentKind::CustomerClinical => "clinical",
        DocumentKind::CustomerInvoice => "invoice",
        DocumentKind::StockItem => "stock_item",
        DocumentKind::EyeTest => "eye_test",
    }
}

fn expanded(actor: ActorId, seq: u64, start: u64, deps: Vec<ChangeHash>, operations: Vec<Op>) -> Option<Change> {
    Some(Change::from(ExpandedChange {
        operations,
        actor_id: actor,
        author: None,
        hash: None,
        seq,
        start_op: std::num::NonZeroU64::new(start)?,
        time: 0,
        message: None,
        deps,
        extra_bytes: Vec::new(),
    }))
}

/// The fixed first change of a kind: actor and time zero; it makes the one container, so that creators of one id only
/// write values.
pub fn first_change(kind: DocumentKind) -> Change {
    let make = Op {
        action: OpType::Make(ObjType::Map),
        obj: ObjectId::Root,
        key: Key::Map(container(kind).into()),
        pred: Vec::new().into(),
        insert: false,
    };
    #[allow(clippy::expect_used)] // The start counter is the constant 1.
    expanded(actor_zero(), 1, 1, Vec::new(), vec![make]).expect("a first change starts at 1")
}

fn hash_of(change: &Change) -> Hash {
    Hash(change.hash().0)
}

fn scalar(value: &Value) -> ScalarValue {
    match value {
        Value::Text(text) => ScalarValue::Str(text.as_str().into()),
        Value::Int(number) => ScalarValue::Int(*number),
        Value::Bytes(bytes) => ScalarValue::Bytes(bytes.clone()),
        Value::Bool(flag) => ScalarValue::Boolean(*flag),
        Value::Null => ScalarValue::Null,
    }
}

fn built(change: &DocumentChange) -> Option<Change> {
    let values = ObjectId::Id(AmOpId(1, actor_zero()));
    let operations = change.ops.iter().map(|op| Op {
        action: OpType::Put(scalar(&op.value)),
        obj: values.clone(),
        key: Key::Map(op.field.as_str().into()),
        pred: op
            .replaces
            .iter()
            .map(|id| AmOpId(id.counter, ActorId::from(id.actor.as_bytes() as &[u8])))
            .collect(),
        insert: false,
    });
    let deps = change.dependencies.iter().map(|hash| ChangeHash(hash.0)).collect();
    expanded(
        ActorId::from(change.actor.as_bytes() as &[u8]),
        change.sequence,
        change.start,
        deps,
        operations.collect(),
    )
}

/// The hash by which other changes name this one. It depends on nothing else, its kind not excepted.
///
/// None for a change that no document can hold: one that counts further than Automerge does.
pub fn change_hash(change: &DocumentChange) -> Option<Hash> {
    let countable = |id: &OpId| (1..=u64::from(u32::MAX)).contains(&id.counter);
    let last = change.start.saturating_add(change.ops.len() as u64);
    let good = last <= u64::from(u32::MAX) && change.ops.iter().flat_map(|op| &op.replaces).all(countable);
    if good {
        built(change).as_ref().map(hash_of)
    } else {
        None
    }
}

/// Folds the held changes of one document, the first [`MAX_CHANGES`] of them.
pub fn fold(kind: DocumentKind, held: &[HeldChange]) -> Document {
    Fold::of(kind, held).into_document()
}

fn plain(value: &automerge::Value<'_>) -> Option<Value> {
    Some(match value.as_scalar()? {
        ScalarValue::Str(text) => Value::Text(text.to_string()),
        ScalarValue::Int(number) => Value::Int(*number),
        ScalarValue::Bytes(bytes) => Value::Bytes(bytes.clone()),
        ScalarValue::Boolean(flag) => Value::Bool(*flag),
        ScalarValue::Null => Value::Null,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: DocumentKind = DocumentKind::CustomerContact;

    fn held(number: u8, change: DocumentChange) -> HeldChange {
        HeldChange {
            header: Hash([number; 32]),
            change,
        }
    }

    fn write(on: &Document, actor: u8, field: &str, value: &str) -> DocumentChange {
        on.change(
            KIND,
            Id([7; 16]),
            Id([actor; 16]),
            [(field.to_owned(), Value::Text(value.to_owned()))],
        )
        .unwrap()
    }

    #[test]
    fn the_first_change_of_each_kind_is_golden() {
        let golden: Vec<String> = DocumentKind::ALL
            .iter()
            .map(|kind| format!("{} {}", container(*kind), hash_of(&first_change(*kind))))
            .collect();
        expect_golden(&golden.join("\n"));
    }

    fn expect_golden(found: &str) {
        let golden = include_str!("../tests/golden/first_changes.txt");
        assert_eq!(golden.trim(), found.trim());
    }

    #[test]
    fn two_tills_editing_different_fields_keep_both_and_the_same_field_keeps_both_in_history() {
        let empty = fold(KIND, &[]);
        let made = held(1, write(&empty, 1, "name", "Asha"));
        let base = fold(KIND, std::slice::from_ref(&made));
        let phone = held(2, write(&base, 2, "phone", "98220 41576"));
        let email = held(3, write(&base, 3, "email", "asha@example.in"));
        let rename = held(4, write(&base, 4, "name", "Asha K"));
        let other = held(5, write(&base, 5, "name", "Aasha"));
        let mut all = vec![made, phone, email, rename, other];
        let merged = fold(KIND, &all);
        all.reverse();
        let reversed = fold(KIND, &all);
        assert_eq!(merged.heads, reversed.heads);
        assert_eq!(merged.text("phone"), "98220 41576");
        assert_eq!(merged.text("email"), "asha@example.in");
        assert_eq!(merged.text("name"), reversed.text("name"));
        assert_eq!(merged.fields["name"].len(), 2);
        assert_eq!(merged.conflicts().collect::<Vec<_>>(), ["name"]);
        // Settling writes over both.
        let settled = held(6, write(&merged, 6, "name", "Asha Kulkarni"));
        all.push(settled);
        let settled = fold(KIND, &all);
        assert_eq!(settled.text("name"), "Asha Kulkarni");
        assert_eq!(settled.conflicts().count(), 0);
    }

    #[test]
    fn a_copied_database_repeats_an_actor_and_the_lower_hash_counts_in_any_order() {
        let empty = fold(KIND, &[]);
        let one = held(9, write(&empty, 1, "name", "Asha"));
        let two = held(3, write(&empty, 1, "name", "Ravi"));
        for order in [[one.clone(), two.clone()], [two, one]] {
            assert_eq!(fold(KIND, &order).text("name"), "Ravi");
        }
    }

    #[test]
    fn a_change_whose_dependency_is_absent_waits_and_a_lying_one_never_counts() {
        let empty = fold(KIND, &[]);
        let made = held(1, write(&empty, 1, "name", "Asha"));
        let base = fold(KIND, std::slice::from_ref(&made));
        let edit = held(2, write(&base, 2, "name", "Ravi"));
        assert_eq!(fold(KIND, std::slice::from_ref(&edit)).text("name"), "");
        assert_eq!(fold(KIND, &[edit.clone(), made.clone()]).text("name"), "Ravi");
        let mut lying = edit.clone();
        lying.change.start += 100;
        assert_eq!(fold(KIND, &[made.clone(), lying]).text("name"), "Asha");
        let mut foreign = edit;
        foreign.change.ops[0].replaces = vec![OpId {
            counter: 77,
            actor: Id([8; 16]),
        }];
        assert_eq!(fold(KIND, &[made, foreign]).text("name"), "Asha");
    }

    #[test]
    fn writing_what_is_there_already_is_no_change() {
        let made = held(1, write(&fold(KIND, &[]), 1, "name", "Asha"));
        let base = fold(KIND, &[made]);
        let same = base.change(
            KIND,
            Id([7; 16]),
            Id([2; 16]),
            [("name".to_owned(), Value::Text("Asha".to_owned()))],
        );
        assert_eq!(same, None);
    }
}
