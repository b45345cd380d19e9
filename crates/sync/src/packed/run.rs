//! What both sides know of the commits that a message carried so far.

use std::collections::HashMap;

use journal::{Head, Header};
use model::ids::{Hash, Id};

/// What the fields of a commit are told against: those of the commit before it in its log, or else in the message.
#[derive(Debug, Clone, Copy, Default)]
pub struct Before {
    pub wall: i64,
    pub skew: i32,
    pub date: i32,
}

/// The last commit of a log.
#[derive(Debug, Clone, Copy)]
pub struct Last {
    pub seq: u64,
    pub hash: Hash,
    before: Before,
}

#[derive(Default)]
pub struct Run {
    logs: HashMap<Id, Last>,
    /// Each commit as others name it.
    pub heads: Vec<Head>,
    before: Before,
}

impl Run {
    pub fn last(&self, log: Id) -> Option<&Last> {
        self.logs.get(&log)
    }

    /// The seq that a log's next commit has if nothing is left out; 0 when the message says nothing of the log yet.
    pub fn next_seq(&self, log: Id) -> u64 {
        self.last(log).map_or(0, |last| last.seq.wrapping_add(1))
    }

    pub fn before(&self, log: Id) -> Before {
        self.last(log).map_or(self.before, |last| last.before)
    }

    /// Takes notice of a commit, and gives how others name it.
    pub fn note(&mut self, header: &Header, hash: Hash) -> Head {
        let before = Before {
            wall: header.wall,
            skew: header.skew.unwrap_or(0),
            date: header.date,
        };
        self.before = before;
        let Header { log, seq, .. } = *header;
        self.logs.insert(log, Last { seq, hash, before });
        let head = Head {
            log,
            seq,
            hash16: Id::of(&hash),
        };
        self.heads.push(head);
        head
    }
}
