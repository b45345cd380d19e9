//! Which of two commits was before the other: whoever knew of the other is later; where neither knew, the clocks say, each
//! put right by what its device knew of the server's.

use std::collections::BTreeSet;

use journal::Header;
use model::ids::Id;
use rusqlite::{Connection, OptionalExtension, params};

use crate::chain::find;
use crate::error::ReplicaError;

/// Most commits that are looked at to find out whether one knew of another. Two that lie further apart count as unknown to
/// each other.
const MAX_BETWEEN: usize = 20_000;

/// A commit in the order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Of the commit in `commit_log`. A commit is held only after all that it knew of, so its row is the later one.
    pub row: i64,
    /// ms UTC.
    pub time: i64,
}

fn header(conn: &Connection, row: i64) -> Result<Option<Header>, ReplicaError> {
    let bytes: Option<Vec<u8>> = conn
        .prepare_cached("SELECT header FROM commit_log WHERE row = ?")?
        .query_row([row], |row| row.get(0))
        .optional()?;
    // Of a commit that became part of a sum nothing is left but where it stands.
    Ok(bytes.and_then(|bytes| Header::from_bytes(&bytes).ok()))
}

impl Moment {
    /// When the commit of this row was made; none if only sums are left of it.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn of(conn: &Connection, row: i64) -> Result<Option<Self>, ReplicaError> {
        Ok(header(conn, row)?.map(|header| Self {
            row,
            time: header.time(),
        }))
    }

    /// Whether this was before the other, or is the same commit.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn is_before(self, conn: &Connection, other: Self) -> Result<bool, ReplicaError> {
        let by_clock = self.time <= other.time;
        Ok(match self.row.cmp(&other.row) {
            std::cmp::Ordering::Equal => true,
            // It cannot have known of the other.
            std::cmp::Ordering::Less => by_clock || knew(conn, other.row, self.row)?,
            std::cmp::Ordering::Greater => by_clock && !knew(conn, self.row, other.row)?,
        })
    }
}

fn row_of(conn: &Connection, log: Id, seq: u64, hash16: Id) -> Result<Option<i64>, ReplicaError> {
    let (Some((chain, _)), Ok(seq)) = (find(conn, log, seq, hash16)?, i64::try_from(seq)) else {
        return Ok(None);
    };
    Ok(conn
        .prepare_cached("SELECT row FROM commit_log WHERE log = ? AND seq = ?")?
        .query_row(params![chain.as_bytes(), seq], |row| row.get(0))
        .optional()?)
}

/// Whether the commit of the later row was written with knowledge of that of the earlier one.
///
/// # Errors
/// A database that cannot be read.
pub fn knew(conn: &Connection, later: i64, earlier: i64) -> Result<bool, ReplicaError> {
    let mut open = BTreeSet::from([later]);
    // What has the highest row is known to none of the others, so each is looked at once.
    for _ in 0..MAX_BETWEEN {
        let Some(row) = open.pop_last().filter(|row| *row >= earlier) else {
            return Ok(false);
        };
        if row == earlier {
            return Ok(true);
        }
        let Some(header) = header(conn, row)? else { continue };
        if let Some(before) = header.seq.checked_sub(1).filter(|before| *before > 0) {
            open.extend(row_of(conn, header.log, before, Id::of(&header.prev))?);
        }
        for head in &header.after {
            open.extend(row_of(conn, head.log, head.seq, head.hash16)?);
        }
    }
    Ok(false)
}
