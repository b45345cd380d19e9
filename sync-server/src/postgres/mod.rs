//! The journal in PostgreSQL, shared by several server processes: rows by organisation, log, sequence and hash.
//!
//! **Every process has a replica of its own**, and that judges what comes, by the one rule of delivery there is (forks,
//! closings, losses, erasure). What it has come to hold goes into the database ([`push`]) before the till is answered; what
//! other processes put there it reads before it answers ([`follow`]). So a process whose folder is lost has lost nothing,
//! and a till may talk to another one each time.
//!
//! **The database holds a set.** A commit goes in once, by its hash, after all that it names, under the locked rows of its
//! log; so whoever sees one sees its past. What a replica lacks is found by counting each log; it is read by depth, one more
//! than that of the deepest commit named: an order that follows causality, with no counter and no cursor.
//!
//! **Head office writes one log from many processes** ([`head_office`]): it locks the log, brings its replica up to it, and
//! what it writes is committed in the database before the replica keeps it. Of head office's own commits a replica never
//! holds more than the database.
//!
//! **A hint says that there is something new** ([`hints`]), after it is kept; nothing rests on it.
//!
//! **One database, many chains.** Every statement names one organisation; a test reads them all.

pub mod codes;
mod connection;
mod erased;
pub mod folder;
mod follow;
mod head_office;
mod hints;
mod keep;
mod migrate;
mod pull;
mod push;
mod rows;
mod sql;
#[cfg(test)]
mod statements;
mod store;
mod tls;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use journal::organisation_id;
use model::ids::Id;
use model::refusal::Refusal;
use replica::Entropy;

use self::connection::Pool;
use self::hints::Hints;
use self::rows::damaged;

pub use self::store::{PostgresStore, SharedCodes};

/// One organisation in the database.
pub struct Chain {
    pool: Arc<Pool>,
    organisation: Id,
    /// Logs whose row exists for sure.
    made: Mutex<HashSet<Id>>,
    hints: Hints,
}

impl Chain {
    /// Connects and brings the tables up to this program.
    ///
    /// # Errors
    /// An address that cannot be reached; a database of newer software.
    pub fn open(url: &str, organisation_key: [u8; 32]) -> Result<Self, Refusal> {
        let organisation = organisation_id(&organisation_key);
        let chain = Self {
            pool: Pool::new(tls::config(url)?),
            organisation,
            made: Mutex::default(),
            hints: Hints::new(organisation, Id(Entropy::default().bytes()?)),
        };
        chain.pool.check()?;
        migrate::migrate(&chain.pool)?;
        chain.pool.run(|connection| {
            connection.execute(sql::ORGANISATION_ADD, &[&chain.id(), &&organisation_key[..]])?;
            let row = connection.row(sql::ORGANISATION_KEY, &[&chain.id()])?;
            match row {
                // The id is a hash of the key: two keys under one id is a database that somebody wrote into.
                Some(row) if row.get::<_, &[u8]>(0) == organisation_key => Ok(()),
                _ => Err(damaged("the organisation's key").into()),
            }
        })?;
        Ok(chain)
    }

    /// The organisation, as every statement names it.
    fn id(&self) -> &[u8] {
        self.organisation.as_bytes()
    }

    fn made(&self) -> MutexGuard<'_, HashSet<Id>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
