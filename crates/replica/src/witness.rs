//! The witness: where each of our own logs ends, noted outside the data folder. A folder that holds less than its witness
//! says is an old copy, put back by hand or by a backup program; whoever wrote on in it would give numbers out twice.
//!
//! It is a hint, written after the commit and never waited for: one that is missing or torn says nothing.

use std::path::{Path, PathBuf};

use model::ids::{Hash, Id};
use rusqlite::Connection;

use crate::chain::{hash_at, tip};
use crate::error::ReplicaError;

/// A folder with one small file a log.
#[derive(Debug, Clone)]
pub struct Witness(PathBuf);

impl Witness {
    /// A witness in this folder, which is made at the first note.
    pub fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    fn file(&self, log: Id) -> PathBuf {
        self.0.join(log.to_string())
    }

    /// Notes where a log ends.
    pub(crate) fn note(&self, log: Id, seq: u64, hash: &Hash) {
        let file = self.file(log);
        let line = format!("{seq} {hash}\n");
        if std::fs::write(&file, &line).is_err() {
            // A witness that cannot be kept stops nobody from selling.
            let _ = std::fs::create_dir_all(&self.0).and_then(|()| std::fs::write(&file, &line));
        }
    }

    /// What was noted of a log.
    fn noted(&self, log: Id) -> Option<(u64, Hash)> {
        let line = std::fs::read_to_string(self.file(log)).ok()?;
        let (seq, hash) = line.strip_suffix('\n')?.split_once(' ')?;
        Some((seq.parse().ok()?, hash.parse().ok()?))
    }

    /// Whether a log as held here is older than what was noted of it, or another.
    pub(crate) fn contradicts(&self, conn: &Connection, log: Id) -> Result<bool, ReplicaError> {
        let Some((seq, hash)) = self.noted(log) else {
            return Ok(false);
        };
        let held = tip(conn, log)?.map_or(0, |(seq, _)| seq);
        Ok(held < seq || hash_at(conn, log, seq)?.is_some_and(|held| held != hash))
    }
}
