//! One-time codes: `DIR/codes.db`, a small SQLite file that `code` and `serve` share.

use std::path::Path;
use std::time::Duration;

use model::refusal::Refusal;
use replica::ReplicaError;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use sync::limits::CODE_LIFE;

const DATABASE: &str = "codes.db";
const SCHEMA: &str = include_str!("../../migrations/server-sqlite/0001_codes.sql");
const BUSY: Duration = Duration::from_secs(5);
/// Codes that may be open at once.
pub const MAX_OPEN: i64 = 1_000;
/// A code is kept this long after its end, so that a late repeat is told what happened, ms.
pub const KEPT: i64 = 30 * 24 * 60 * 60_000;

/// The codes of one server.
pub struct Codes {
    conn: Connection,
}

/// What a code is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub store: String,
    pub till: String,
}

/// What became of a code that somebody showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// It is spent on these keys, now or before.
    Claimed(Place),
    /// There is no such code.
    Wrong,
    /// It was spent on other keys, or its time is over.
    Used,
}

/// Where codes are spent.
pub trait CodeStore: Send {
    /// The place that a code was made for, spent or not.
    fn place(&mut self, hash: &blake3::Hash) -> Result<Option<Place>, Refusal>;

    /// Spends a code on a pair of keys. The claim is durable before anything is certified, so that a server that stops in
    /// between goes on with the same keys.
    fn claim(&mut self, hash: &blake3::Hash, key: &[u8; 32], spare: &[u8; 32], now: i64) -> Result<Shown, Refusal>;
}

fn refused(error: rusqlite::Error) -> Refusal {
    ReplicaError::from(error).into()
}

impl Codes {
    /// Opens the file, and makes it in a folder that has none.
    pub fn open(folder: &Path) -> Result<Self, Refusal> {
        let opened = || -> rusqlite::Result<Connection> {
            let mut conn = Connection::open(folder.join(DATABASE))?;
            conn.busy_timeout(BUSY)?;
            conn.pragma_update(None, "journal_mode", "WAL")?;
            conn.pragma_update(None, "synchronous", "FULL")?;
            let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if transaction.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))? == 0 {
                transaction.execute_batch(SCHEMA)?;
                transaction.pragma_update(None, "user_version", 1)?;
            }
            transaction.commit()?;
            Ok(conn)
        };
        Ok(Self {
            conn: opened().map_err(refused)?,
        })
    }

    /// Keeps a new code, for 24 hours.
    ///
    /// # Errors
    /// More than 1,000 open codes: something makes them by itself.
    pub fn add(&mut self, hash: &blake3::Hash, place: &Place, now: i64) -> Result<(), Refusal> {
        let mut added = || -> rusqlite::Result<bool> {
            let transaction = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute("DELETE FROM code WHERE expires < ?", [now - KEPT])?;
            let open: i64 = transaction.query_row(
                "SELECT COUNT(*) FROM code WHERE key IS NULL AND expires > ?",
                [now],
                |row| row.get(0),
            )?;
            if open >= MAX_OPEN {
                return Ok(false);
            }
            transaction.execute(
                "INSERT INTO code (hash, store, till, expires) VALUES (?, ?, ?, ?)",
                params![hash.as_bytes(), place.store, place.till, now + CODE_LIFE],
            )?;
            transaction.commit()?;
            Ok(true)
        };
        match added().map_err(refused)? {
            true => Ok(()),
            false => Err(Refusal::Failed {
                what: format!("{MAX_OPEN} codes are open already"),
            }),
        }
    }
}

impl CodeStore for Codes {
    fn place(&mut self, hash: &blake3::Hash) -> Result<Option<Place>, Refusal> {
        let place = |row: &rusqlite::Row<'_>| {
            Ok(Place {
                store: row.get(0)?,
                till: row.get(1)?,
            })
        };
        self.conn
            .query_row("SELECT store, till FROM code WHERE hash = ?", [hash.as_bytes()], place)
            .optional()
            .map_err(refused)
    }

    fn claim(&mut self, hash: &blake3::Hash, key: &[u8; 32], spare: &[u8; 32], now: i64) -> Result<Shown, Refusal> {
        let mut claimed = || -> rusqlite::Result<Shown> {
            let transaction = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let row = transaction
                .query_row(
                    "SELECT store, till, expires, key, spare FROM code WHERE hash = ?",
                    [hash.as_bytes()],
                    |row| {
                        let place = Place {
                            store: row.get(0)?,
                            till: row.get(1)?,
                        };
                        let keys: (Option<Vec<u8>>, Option<Vec<u8>>) = (row.get(3)?, row.get(4)?);
                        Ok((place, row.get::<_, i64>(2)?, keys))
                    },
                )
                .optional()?;
            let shown = match row {
                None => Shown::Wrong,
                // Public keys: nothing is learnt from how long this takes.
                Some((place, _, (Some(of), Some(and)))) if of == key && and == spare => Shown::Claimed(place),
                Some((_, _, (Some(_), _))) => Shown::Used,
                Some((_, expires, _)) if expires <= now => Shown::Used,
                Some((place, ..)) => {
                    transaction.execute(
                        "UPDATE code SET key = ?, spare = ? WHERE hash = ?",
                        params![key, spare, hash.as_bytes()],
                    )?;
                    Shown::Claimed(place)
                }
            };
            transaction.commit()?;
            Ok(shown)
        };
        claimed().map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_spent_once_within_its_day() {
        let folder = tempfile::tempdir().unwrap();
        let mut codes = Codes::open(folder.path()).unwrap();
        let place = Place {
            store: "S1".into(),
            till: "T1".into(),
        };
        let (hash, other) = (blake3::hash(b"one"), blake3::hash(b"two"));
        codes.add(&hash, &place, 0).unwrap();
        codes.add(&other, &place, 0).unwrap();
        let (a, b) = ([1; 32], [2; 32]);
        assert_eq!(codes.claim(&blake3::hash(b"no"), &a, &b, 1).unwrap(), Shown::Wrong);
        assert_eq!(codes.claim(&hash, &a, &b, 1).unwrap(), Shown::Claimed(place.clone()));
        // The same keys again, even after its time: the answer was lost.
        assert_eq!(
            codes.claim(&hash, &a, &b, CODE_LIFE + 1).unwrap(),
            Shown::Claimed(place)
        );
        assert_eq!(codes.claim(&hash, &b, &a, 2).unwrap(), Shown::Used);
        assert_eq!(codes.claim(&other, &a, &b, CODE_LIFE).unwrap(), Shown::Used);
        // Another program has the file open at the same time.
        let mut second = Codes::open(folder.path()).unwrap();
        assert_eq!(second.claim(&hash, &b, &a, 2).unwrap(), Shown::Used);
    }

    #[test]
    fn the_number_of_open_codes_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let mut codes = Codes::open(folder.path()).unwrap();
        codes.conn.pragma_update(None, "synchronous", "OFF").unwrap();
        let place = Place {
            store: "S1".into(),
            till: "T1".into(),
        };
        for number in 0..MAX_OPEN {
            codes.add(&blake3::hash(&number.to_be_bytes()), &place, 0).unwrap();
        }
        assert!(codes.add(&blake3::hash(b"one more"), &place, 0).is_err());
        codes.add(&blake3::hash(b"tomorrow"), &place, CODE_LIFE + 1).unwrap();
    }
}
