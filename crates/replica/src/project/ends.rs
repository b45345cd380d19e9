//! Rows of how logs end: closed, extended, lost, taken late; and of how far head office held them.

use model::ids::Id;
use model::records::{CheckpointMade, CommitLost, KeyClosed, LateTaken, LogClosed, LogExtended, Record};

use super::Projector;
use crate::error::ReplicaError;
use crate::row;
use crate::rows::{Column, Table};

const CLOSED: Table = Table {
    name: "log_closed",
    columns: "id,log,seq,hash,reason",
};
const EXTENDED: Table = Table {
    name: "log_extended",
    columns: "id,log,seq,hash,reason",
};
const LOST: Table = Table {
    name: "commit_lost",
    columns: "id,log,seq,hash,reason",
};
const LATE: Table = Table {
    name: "late_taken",
    columns: "id,device,log,seq,hash",
};

const KEY: Table = Table {
    name: "key_closed",
    columns: "id,key,reason",
};
const STANDING: Table = Table {
    name: "key_standing",
    columns: "id,key,certificate",
};

const CHECKPOINT: Table = Table {
    name: "checkpoint",
    columns: "id,until,wall,body",
};

impl Projector<'_> {
    pub(super) fn checkpoint_made(
        &mut self,
        id: Id,
        body: &CheckpointMade,
        record: &Record,
    ) -> Result<(), ReplicaError> {
        let wall = self.header.wall;
        self.insert(&CHECKPOINT, &row![&id, body.until, wall, &record.to_bytes()])
    }

    pub(super) fn key_closed(&mut self, id: Id, body: &KeyClosed) -> Result<(), ReplicaError> {
        let KeyClosed { key, standing, reason } = body;
        for certificate in standing {
            self.insert(&STANDING, &row![&id, &key[..], certificate])?;
        }
        self.insert(&KEY, &row![&id, &key[..], reason])
    }

    pub(super) fn log_closed(&mut self, id: Id, body: &LogClosed) -> Result<(), ReplicaError> {
        let LogClosed {
            log,
            seq,
            hash16,
            reason,
        } = body;
        self.insert(&CLOSED, &row![&id, log, column(*seq), hash16, reason])
    }

    pub(super) fn log_extended(&mut self, id: Id, body: &LogExtended) -> Result<(), ReplicaError> {
        let LogExtended {
            log,
            seq,
            hash16,
            reason,
        } = body;
        self.insert(&EXTENDED, &row![&id, log, column(*seq), hash16, reason])
    }

    pub(super) fn commit_lost(&mut self, id: Id, body: &CommitLost) -> Result<(), ReplicaError> {
        let CommitLost {
            log,
            seq,
            hash16,
            reason,
        } = body;
        self.insert(&LOST, &row![&id, log, column(*seq), hash16, reason])
    }

    pub(super) fn late_taken(&mut self, id: Id, body: &LateTaken) -> Result<(), ReplicaError> {
        let LateTaken { log, seq, hash16 } = body;
        let device = self.certificate.device;
        self.insert(&LATE, &row![&id, &device, log, column(*seq), hash16])
    }
}

/// A sequence as a column; one beyond what a log can reach stays out of reach.
fn column(seq: u64) -> Column<'static> {
    Column::Int(i64::try_from(seq).unwrap_or(i64::MAX))
}
