//! Checkpoints: how far head office holds every log, and what it shows of the months that a till need not keep any more.

use minicbor::{Decode, Encode};

use super::Statement;
use crate::ids::{Hash, Id};

/// Most logs that one checkpoint names, about 150 KB of the 256 that a part has.
pub const MAX_CHECKPOINT_LOGS: usize = 4_096;
/// Most months of which one checkpoint says what they come to: twenty years.
pub const MAX_CHECKPOINT_MONTHS: usize = 240;

/// How far a log, or a branch of one, was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct CheckpointLog {
    #[n(0)]
    pub log: Id,
    #[n(1)]
    pub seq: u64,
    /// First 16 bytes of the last commit's hash.
    #[n(2)]
    pub hash16: Id,
}

/// What the rows of lane `all` of one month came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CheckpointMonth {
    /// Year times 12 and month, 1 to 12, of the business date.
    #[n(0)]
    pub month: i32,
    #[n(1)]
    pub digest: Hash,
}

/// Head office holds all this. A till that holds it too, and shows the same of a month before `until`, may keep sums of that
/// month instead of its trade.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CheckpointMade {
    /// The first month that stays whole everywhere: year times 12 and month.
    #[n(0)]
    pub until: i32,
    /// Rising by log.
    #[n(1)]
    pub logs: Vec<CheckpointLog>,
    /// Rising, all before `until`.
    #[n(2)]
    pub months: Vec<CheckpointMonth>,
}

impl Statement for CheckpointMade {
    fn check(&self) -> Result<(), &'static str> {
        if self.logs.len() > MAX_CHECKPOINT_LOGS || self.months.len() > MAX_CHECKPOINT_MONTHS {
            return Err("names more logs or months than it may");
        }
        if !self.logs.is_sorted_by(|one, next| one.log < next.log) {
            return Err("its logs do not rise");
        }
        let before = self.months.iter().all(|month| month.month < self.until);
        if !before || !self.months.is_sorted_by(|one, next| one.month < next.month) {
            return Err("its months do not rise, or are not before the first that stays");
        }
        Ok(())
    }
}
