//! One-time codes in the database: made by any process, spent at any, once.

use model::refusal::Refusal;
use sync::limits::CODE_LIFE;

use super::{Chain, sql};
use crate::codes::{KEPT, MAX_OPEN, Place, Shown};

/// Keeps a new code, for 24 hours.
///
/// # Errors
/// More than 1,000 open codes: something makes them by itself.
pub fn add(chain: &Chain, hash: &blake3::Hash, place: &Place, now: i64) -> Result<(), Refusal> {
    let hash = &hash.as_bytes()[..];
    let added = chain.pool.transaction(|connection| {
        connection.execute(sql::CODES_CLEAR, &[&chain.id(), &(now - KEPT)])?;
        let open = connection.row(sql::CODES_OPEN, &[&chain.id(), &now])?;
        if open.is_some_and(|row| row.get::<_, i64>(0) >= MAX_OPEN) {
            return Ok(false);
        }
        let expires = now + CODE_LIFE;
        connection.execute(
            sql::CODE_ADD,
            &[&chain.id(), &hash, &place.store, &place.till, &expires],
        )?;
        Ok(true)
    })?;
    match added {
        true => Ok(()),
        false => Err(Refusal::Failed {
            what: format!("{MAX_OPEN} codes are open already"),
        }),
    }
}

/// The place that a code was made for, spent or not.
pub fn place(chain: &Chain, hash: &blake3::Hash) -> Result<Option<Place>, Refusal> {
    let hash = &hash.as_bytes()[..];
    chain.pool.run(|connection| {
        let row = connection.row(sql::CODE, &[&chain.id(), &hash])?;
        Ok(row.map(|row| Place {
            store: row.get(0),
            till: row.get(1),
        }))
    })
}

/// Spends a code on a pair of keys: whoever locks its row first, at whichever process.
pub fn claim(chain: &Chain, hash: &blake3::Hash, key: &[u8; 32], spare: &[u8; 32], now: i64) -> Result<Shown, Refusal> {
    let hash = &hash.as_bytes()[..];
    chain.pool.transaction(|connection| {
        let Some(row) = connection.row(sql::CODE_LOCKED, &[&chain.id(), &hash])? else {
            return Ok(Shown::Wrong);
        };
        let place = Place {
            store: row.get(0),
            till: row.get(1),
        };
        let (expires, of, and): (i64, Option<&[u8]>, Option<&[u8]>) = (row.get(2), row.get(3), row.get(4));
        Ok(match (of, and) {
            // Public keys: nothing is learnt from how long this takes.
            (Some(of), Some(and)) if of == key && and == spare => Shown::Claimed(place),
            (Some(_), _) => Shown::Used,
            (None, _) if expires <= now => Shown::Used,
            (None, _) => {
                connection.execute(sql::CODE_SPEND, &[&chain.id(), &hash, &&key[..], &&spare[..]])?;
                Shown::Claimed(place)
            }
        })
    })
}
