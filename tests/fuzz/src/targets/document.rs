//! Changes of documents as hostile devices might write them: every one passes its own rule, nothing else is promised. The
//! fold is a function of the set, whatever order they came in.

use model::ids::{Hash, Id};
use model::records::{DocumentChange, DocumentKind, DocumentOp, MAX_OPS, OpId, Record, Value};
use replica::document::{Document, HeldChange, first_change, fold};

/// Changes of one input.
const MOST: usize = 64;

/// The input as a tape of choices; at its end every choice is 0.
struct Tape<'a>(&'a [u8]);

impl Tape<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn below(&mut self, most: usize) -> usize {
        usize::from(self.byte()) % most.max(1)
    }

    fn number(&mut self) -> u64 {
        match self.below(4) {
            0 => u64::from(self.byte()),
            1 => u64::from(u16::from_be_bytes([self.byte(), self.byte()])),
            2 => u64::from(u32::MAX) - u64::from(self.byte()),
            _ => u64::MAX - u64::from(self.byte()),
        }
    }
}

fn value(tape: &mut Tape<'_>) -> Value {
    match tape.below(6) {
        0 => Value::Text("x".repeat(tape.below(40))),
        1 => Value::Int(i64::from_be_bytes([tape.byte(); 8])),
        2 => Value::Bytes(vec![tape.byte(); tape.below(40)]),
        3 => Value::Bool(tape.byte() > 127),
        4 => Value::Int(i64::from(tape.byte())),
        _ => Value::Null,
    }
}

fn actor(tape: &mut Tape<'_>) -> Id {
    // The first change's own actor is among them.
    Id([u8::try_from(tape.below(5)).unwrap(); 16])
}

fn replaced(tape: &mut Tape<'_>) -> Vec<OpId> {
    let mut replaced: Vec<OpId> = (0..tape.below(3))
        .map(|_| OpId {
            counter: tape.number(),
            actor: actor(tape),
        })
        .collect();
    replaced.sort_unstable();
    replaced.dedup();
    replaced
}

/// A change that goes on from a state, as an honest device writes it, or one of free choice.
fn change(tape: &mut Tape<'_>, kind: DocumentKind, document: Id, states: &[Document]) -> Option<DocumentChange> {
    let field = |tape: &mut Tape<'_>| ["name", "brand", "n", ""][tape.below(4)].to_owned();
    let base = &states[tape.below(states.len())];
    if tape.byte() < 160 {
        let values: Vec<(String, Value)> = (0..=tape.below(4)).map(|_| (field(tape), value(tape))).collect();
        let mut honest = base.change(kind, document, actor(tape), values)?;
        match tape.below(6) {
            0 => honest.sequence = tape.number(),
            1 => honest.start = tape.number(),
            2 => honest.dependencies.push(Hash([tape.byte(); 32])),
            3 => honest.ops.iter_mut().for_each(|op| op.replaces = replaced(tape)),
            _ => {}
        }
        return Some(honest);
    }
    let mut dependencies = vec![Hash(first_change(kind).hash().0)];
    for _ in 0..tape.below(3) {
        dependencies.extend(states[tape.below(states.len())].heads.first());
    }
    dependencies.sort_unstable();
    dependencies.dedup();
    let ops = (0..=tape.below(6).min(MAX_OPS))
        .map(|_| DocumentOp {
            field: field(tape),
            value: value(tape),
            replaces: replaced(tape),
        })
        .collect();
    Some(DocumentChange {
        kind,
        document,
        actor: actor(tape),
        sequence: tape.number(),
        start: tape.number(),
        dependencies,
        ops,
    })
}

fn shown(document: &Document) -> (Vec<Hash>, usize, String) {
    (
        document.heads.clone(),
        document.changes,
        format!("{:?}", document.fields),
    )
}

pub fn fold_in_any_order(input: &[u8]) {
    let mut tape = Tape(input);
    let kind = DocumentKind::ALL[tape.below(DocumentKind::ALL.len())];
    let document = Id([7; 16]);
    let mut held: Vec<HeldChange> = Vec::new();
    let mut states = vec![fold(kind, &[])];
    while !tape.0.is_empty() && held.len() < MOST {
        let Some(change) = change(&mut tape, kind, document, &states) else {
            continue;
        };
        // As it arrives: what breaks its own rule is opaque, and no part of the fold.
        let bytes = Record::from(change.clone()).to_bytes();
        if Record::from_bytes(&bytes) != Ok(Record::from(change.clone())) {
            continue;
        }
        held.push(HeldChange {
            header: Hash([tape.byte(); 32]),
            change,
        });
        if states.len() < 8 {
            states.push(fold(kind, &held));
        }
    }
    // The lower header hash counts: of two alike in actor, sequence and header no set exists.
    held.sort_by_key(|held| (held.change.actor, held.change.sequence, held.header));
    held.dedup_by_key(|held| (held.change.actor, held.change.sequence, held.header));
    let forward = shown(&fold(kind, &held));
    held.reverse();
    assert_eq!(shown(&fold(kind, &held)), forward, "the fold depends on order");
    let half = held.len() / 2;
    held.rotate_left(half);
    assert_eq!(shown(&fold(kind, &held)), forward, "the fold depends on order");
}
