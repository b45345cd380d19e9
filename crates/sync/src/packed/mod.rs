//! Commits as one message carries them, without what its receiver can work out.
//!
//! A commit is mostly what zstd cannot pack: a signature, hashes, random ids. Signature, request and salts must travel. Not
//! so the hash of a predecessor or of a head in the same message, the hash and length of a part that is there, the hash of
//! a document's change that a later one builds on: the receiver works them out from what it has read so far. An id that was
//! said is said again by a number; a clock by its difference to the commit before. The rest stands in columns, like with
//! like ([`Columns`]).
//!
//! Nothing is believed: the header is built anew byte for byte, and judged like one that came whole, by its hash and
//! signature. A commit that is not written as commits are travels as it is. One message can be unpacked by itself.
//!
//! A sender may leave away less than it could; so a message has more than one packed form, and a commit still but one hash.
//! The bytes are told in `docs/SYNC_PROTOCOL.md`.

mod columns;
mod documents;
mod names;
mod pack;
mod run;
mod unpack;
mod walk;

use columns::Column;
pub use columns::Columns;
use journal::{Commit, Fault};
use thiserror::Error;

/// A commit, or a part, written as it is; by fields; by fields after the commit of its log that came before in the message.
const WHOLE: u8 = 0;
const FIELDS: u8 = 1;
const FOLLOWS: u8 = 2;

/// A part that was erased: its hash and length travel. One without its salt, ids and hashes; one as it is.
const ERASED: u64 = 0;
const SHAPED: u64 = 1;
const AS_IT_IS: u64 = 2;

/// What stands before a part's salt: an array of two, and a byte string of 16.
const BEFORE_SALT: [u8; 2] = [0x82, 0x50];
const SALT: usize = 16;

/// Why columns do not unpack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Flaw {
    #[error("a column ends too early")]
    Cut,
    #[error("a column holds more than was read")]
    Trailing,
    #[error("a number is out of its range, or longer than it need be")]
    Number,
    #[error("it names what was not said")]
    Name,
    #[error("a part's shape is none")]
    Shape,
    #[error("commits are more than a message may hold when they are unpacked")]
    TooLong,
}

/// What came of unpacking.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unpacked {
    pub commits: Vec<Commit>,
    /// Bytes that are not even a commit, each with the reason: one bad one spoils no other.
    pub unreadable: Vec<(Vec<u8>, Fault)>,
}

impl Columns {
    /// Packs commits, in their order.
    pub fn pack(commits: &[Commit]) -> Self {
        pack::pack(commits)
    }

    /// How many commits are in here.
    pub fn commits(&self) -> usize {
        self.get(Column::Forms).len()
    }

    /// The commits, as they were packed, byte for byte; not one of them is judged yet.
    ///
    /// # Errors
    /// A [`Flaw`]. At most [`MAX_PLAIN`](crate::limits::MAX_PLAIN) bytes of commits are made; that there would be more is
    /// found out before.
    pub fn unpack(&self) -> Result<Unpacked, Flaw> {
        unpack::unpack(self)
    }
}
