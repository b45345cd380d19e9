//! Reading columns that this program itself wrote.

use model::ids::{Hash, Id};
use model::refusal::Refusal;

use super::connection::Trouble;

/// Ids and hashes of a row.
pub trait Row {
    fn id(&self, column: usize) -> Result<Id, Trouble>;
    fn hash(&self, column: usize) -> Result<Hash, Trouble>;
}

impl Row for postgres::Row {
    fn id(&self, column: usize) -> Result<Id, Trouble> {
        Id::from_slice(self.get(column)).ok_or_else(|| damaged("an id").into())
    }

    fn hash(&self, column: usize) -> Result<Hash, Trouble> {
        Hash::from_slice(self.get(column)).ok_or_else(|| damaged("a hash").into())
    }
}

/// A sequence or a count: never negative.
pub fn number(row: &postgres::Row, column: usize) -> u64 {
    row.get::<_, i64>(column).unsigned_abs()
}

/// What was written by this program does not read back.
pub fn damaged(what: &str) -> Refusal {
    Refusal::Damaged {
        what: format!("{what} in the database"),
    }
}
