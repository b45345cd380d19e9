//! Bytes that came as a commit and are none.

use journal::{Commit, Fault};
use model::refusal::Refusal;
use replica::Replica;

/// Of one message so many are remembered by themselves; a sender that is this broken is known by then.
const MAX_REMEMBERED: usize = 16;

/// Sets them aside, each with its reason, so that somebody learns of them; the commits beside them are taken.
pub fn set_aside(replica: &Replica, unreadable: Vec<(Vec<u8>, Fault)>, source: &str, now: i64) -> Result<(), Refusal> {
    for (bytes, fault) in unreadable.into_iter().take(MAX_REMEMBERED) {
        // The bytes as they came, in the place of a header: there is nothing else to say about them.
        let commit = Commit {
            header: bytes,
            signature: [0; 64],
            parts: Vec::new(),
        };
        replica.set_aside(commit, fault.code(), fault.to_string(), source.to_owned(), now)?;
    }
    Ok(())
}
