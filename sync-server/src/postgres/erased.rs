//! Erasure in the database: once a replica has dropped the bytes of a unit's parts, so do its rows.
//!
//! The database itself keeps what was overwritten until it is vacuumed, and its log for as long as its operator archives
//! that: ARCHITECTURE.md says so.

use std::collections::HashSet;

use app::App;
use journal::{Commit, Header, header_hash};
use model::ids::Id;
use model::refusal::Refusal;
use replica::{ReplicaError, read_commit};

use super::{Chain, sql};

/// Units looked at in one turn; the rest follows at the next.
const MAX_UNITS: i64 = 64;

/// Units whose rows this process has seen to. Lost with it: the next start sees to them again, and finds nothing to do.
#[derive(Default)]
pub struct Erased(HashSet<(Id, Id)>);

impl Erased {
    /// Drops from the database what the replica has dropped.
    pub fn follow(&mut self, chain: &Chain, app: &App) -> Result<(), Refusal> {
        let dropped: Vec<(Id, Id)> = app.replica().read(|conn| -> Result<_, ReplicaError> {
            let mut statement =
                conn.prepare_cached("SELECT ordered, unit FROM local_erasure WHERE dropped IS NOT NULL")?;
            let rows = statement.query_map([], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
            let mut dropped = Vec::new();
            for row in rows {
                let (ordered, unit) = row?;
                dropped.extend(Id::from_slice(&ordered).zip(Id::from_slice(&unit)));
            }
            Ok(dropped)
        })?;
        for at in dropped
            .into_iter()
            .filter(|at| !self.0.contains(at))
            .take(MAX_UNITS as usize)
            .collect::<Vec<_>>()
        {
            for commit in bare(app, at.1)? {
                let Ok(header) = Header::from_bytes(&commit.header) else {
                    continue;
                };
                let (hash, bytes) = (header_hash(&commit.header), commit.to_bytes());
                let (log, seq, size) = (header.log.as_bytes(), header.seq as i64, bytes.len() as i32);
                chain.pool.run(|connection| {
                    connection.execute(
                        sql::BYTES_ERASE,
                        &[&chain.id(), &log, &seq, &hash.as_bytes(), &bytes, &size],
                    )?;
                    Ok(())
                })?;
            }
            self.0.insert(at);
        }
        Ok(())
    }
}

/// The commits with parts of a unit, as the replica still has them.
fn bare(app: &App, unit: Id) -> Result<Vec<Commit>, Refusal> {
    Ok(app.replica().read(|conn| -> Result<Vec<Commit>, ReplicaError> {
        let mut statement = conn.prepare_cached(
            "SELECT DISTINCT c.row, c.header, c.signature FROM part p JOIN commit_log c ON c.row = p.commit_row
             WHERE p.unit = ? AND p.bytes IS NULL",
        )?;
        let mut rows = statement.query([unit.as_bytes()])?;
        let mut commits = Vec::new();
        while let Some(row) = rows.next()? {
            commits.push(read_commit(conn, row.get(0)?, row.get(1)?, row.get(2)?)?);
        }
        Ok(commits)
    })?)
}
