//! The digest that proves two replicas equal: LtHash over projected rows (1,024 lanes of 16 bits, BLAKE3).
//!
//! Adding and removing a row are additions of its 2,048-byte expansion, so the order of arrival does not matter and an
//! update costs two hashes. One state per lane and month of the business date, and one per lane (month 0) for documents.

use std::collections::BTreeMap;

use model::ids::{Hash, HashUse};
use rusqlite::{Connection, params};

use crate::document::Folds;
use crate::error::ReplicaError;

const LANES: usize = 1_024;
const STATE_BYTES: usize = LANES * 2;
/// The month that stands for documents.
pub const DOCUMENTS: i32 = 0;

/// One LtHash state.
#[derive(Clone, PartialEq, Eq)]
pub struct State(Box<[u16; LANES]>);

impl Default for State {
    fn default() -> Self {
        Self(Box::new([0; LANES]))
    }
}

impl State {
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != STATE_BYTES {
            return None;
        }
        let mut state = Self::default();
        for (lane, pair) in state.0.iter_mut().zip(bytes.chunks_exact(2)) {
            *lane = u16::from_le_bytes([pair[0], pair[1]]);
        }
        Some(state)
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|lane| lane.to_le_bytes()).collect()
    }

    fn expansion(row: &[u8]) -> [u8; STATE_BYTES] {
        let mut bytes = [0; STATE_BYTES];
        HashUse::DigestRow.hasher().update(row).finalize_xof().fill(&mut bytes);
        bytes
    }

    fn add(&mut self, row: &[u8]) {
        for (lane, pair) in self.0.iter_mut().zip(Self::expansion(row).chunks_exact(2)) {
            *lane = lane.wrapping_add(u16::from_le_bytes([pair[0], pair[1]]));
        }
    }

    fn remove(&mut self, row: &[u8]) {
        for (lane, pair) in self.0.iter_mut().zip(Self::expansion(row).chunks_exact(2)) {
            *lane = lane.wrapping_sub(u16::from_le_bytes([pair[0], pair[1]]));
        }
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|lane| *lane == 0)
    }

    /// The hash by which states are compared.
    pub fn hash(&self) -> Hash {
        HashUse::DigestState.hash(&[&self.to_bytes()])
    }
}

/// The states, kept in memory by the one writer and stored in the transaction that changed them.
#[derive(Default)]
pub struct Digest {
    states: BTreeMap<(u8, i32), (State, bool)>,
    /// Rows of the commit being projected; they count when it is projected whole.
    staged: Vec<Staged>,
    /// Folds of long documents. They lie here because they are true as long as what is staged is: where that is forgotten,
    /// or read again from the database, they are.
    pub(crate) folds: Folds,
}

#[derive(Clone)]
struct Staged {
    add: bool,
    lane: u8,
    month: i32,
    row: Vec<u8>,
}

impl Digest {
    pub fn load(conn: &Connection) -> Result<Self, ReplicaError> {
        let mut statement = conn.prepare("SELECT lane, month, state FROM digest_state")?;
        let mut rows = statement.query([])?;
        let mut states = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let bytes: Vec<u8> = row.get(2)?;
            let state = State::from_bytes(&bytes).ok_or_else(|| ReplicaError::damaged("a digest state"))?;
            states.insert((row.get(0)?, row.get(1)?), (state, false));
        }
        Ok(Self {
            states,
            ..Self::default()
        })
    }

    /// Stages a row to be added.
    pub fn add(&mut self, lane: u8, month: i32, row: Vec<u8>) {
        self.staged.push(Staged {
            add: true,
            lane,
            month,
            row,
        });
    }

    /// Stages a row to be removed.
    pub fn remove(&mut self, lane: u8, month: i32, row: Vec<u8>) {
        self.staged.push(Staged {
            add: false,
            lane,
            month,
            row,
        });
    }

    /// The commit is projected: its rows count.
    pub fn accept(&mut self) {
        for Staged { add, lane, month, row } in self.staged.drain(..) {
            let (state, changed) = self.states.entry((lane, month)).or_default();
            if add {
                state.add(&row)
            } else {
                state.remove(&row)
            }
            *changed = true;
        }
    }

    /// How much is staged, for [`unstage`](Self::unstage).
    pub fn staged(&self) -> usize {
        self.staged.len()
    }

    /// Forgets what was staged beyond this many.
    pub fn unstage(&mut self, staged: usize) {
        self.staged.truncate(staged);
        self.folds.clear();
    }

    /// The commit is held opaque: none of its rows count.
    pub fn drop_staged(&mut self) {
        self.staged.clear();
        self.folds.clear();
    }

    /// Writes the states that changed since the last call.
    pub fn store(&mut self, conn: &Connection) -> Result<(), ReplicaError> {
        for ((lane, month), (state, changed)) in &mut self.states {
            if !std::mem::take(changed) {
                continue;
            }
            if state.is_empty() {
                // All of its rows were erased: it is as if none had been there.
                conn.prepare_cached("DELETE FROM digest_state WHERE lane = ? AND month = ?")?
                    .execute(params![*lane, *month])?;
            } else {
                conn.prepare_cached("INSERT OR REPLACE INTO digest_state (lane, month, state) VALUES (?, ?, ?)")?
                    .execute(params![*lane, *month, state.to_bytes()])?;
            }
        }
        Ok(())
    }

    /// Lane, month (0: documents) and hash of every state that holds something, sorted.
    pub fn hashes(&self) -> Vec<(u8, i32, Hash)> {
        let full = self.states.iter().filter(|(_, (state, _))| !state.is_empty());
        full.map(|((lane, month), (state, _))| (*lane, *month, state.hash()))
            .collect()
    }

    /// One hexadecimal word over the sorted states of lanes `control` and `all`.
    pub fn word(&self) -> String {
        self.word_from(0)
    }

    /// The same without the months before this one, of which a till may keep sums.
    pub fn word_from(&self, from: i32) -> String {
        let mut bytes = Vec::new();
        let compared =
            |(lane, month, _): &(u8, i32, Hash)| *lane <= 2 && (*month == DOCUMENTS || from == 0 || *month >= from);
        for (lane, month, hash) in self.hashes().into_iter().filter(compared) {
            bytes.push(lane);
            bytes.extend_from_slice(&month.to_be_bytes());
            bytes.extend_from_slice(hash.as_bytes());
        }
        HashUse::DigestState.hash(&[&bytes]).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[(bool, u8, i32, &str)]) -> String {
        let mut digest = Digest::default();
        for (add, lane, month, row) in rows {
            if *add {
                digest.add(*lane, *month, row.as_bytes().to_vec())
            } else {
                digest.remove(*lane, *month, row.as_bytes().to_vec())
            }
        }
        digest.accept();
        digest.word()
    }

    #[test]
    fn order_does_not_matter_and_what_is_removed_leaves_nothing() {
        let one = of(&[(true, 2, 24_311, "a"), (true, 2, 24_311, "b")]);
        let with_c = [
            (true, 2, 24_311, "b"),
            (true, 2, 24_311, "c"),
            (true, 2, 24_311, "a"),
            (false, 2, 24_311, "c"),
        ];
        assert_ne!(one, of(&with_c[..3]));
        assert_eq!(one, of(&with_c));
        assert_eq!(of(&[(true, 2, 1, "a"), (false, 2, 1, "a")]), Digest::default().word());
    }

    #[test]
    fn a_row_in_another_month_or_lane_is_another_digest() {
        assert_ne!(of(&[(true, 2, 24_311, "row")]), of(&[(true, 2, 24_312, "row")]));
        assert_ne!(of(&[(true, 2, 24_311, "row")]), of(&[(true, 1, 24_311, "row")]));
    }
}
