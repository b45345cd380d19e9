//! A replica whose journal lies in another store too, as a server's does on PostgreSQL: that store is the truth for what
//! this device writes. A commit of our own is handed to it before the replica keeps it, so that of what it wrote itself the
//! replica never holds more than that store.

use model::refusal::Refusal;
use rusqlite::Connection;

/// The store that is the truth.
pub trait Upstream: Send {
    /// Keeps what this device wrote in the transaction that `conn` is in, durably: the last rows of `commit_log`. The
    /// transaction is committed when this returns `Ok`, and rolled back when it does not.
    ///
    /// # Errors
    /// Why it was not kept, or that this is not known: then the store has the answer, and what it kept comes by merging.
    fn keep(&mut self, conn: &Connection) -> Result<(), Refusal>;
}
