//! What a program says of itself, with nobody at it.

use journal::Post;
use model::ids::Id;
use model::refusal::Refusal;
use replica::{Context, Tx, meta};
use retail::Day;
use rusqlite::Connection;

use crate::place::Place;
use crate::scope::row;

/// The business date of an instant, ms UTC; none at a server made from the sheet that holds nothing yet, not even the rules
/// that say what day it is.
///
/// # Errors
/// A database that cannot be read.
pub fn today(conn: &Connection, place: &Place, now: i64) -> Result<Option<Day>, Refusal> {
    if row(conn, "SELECT 1 FROM profile LIMIT 1", &[], |_| Ok(()))?.is_none() {
        return Ok(None);
    }
    Ok(Some(Place::local_day(&*place.profile(conn)?, now)))
}

/// Whether this device writes as head office.
///
/// # Errors
/// A device that may write no more.
pub fn is_head_office(tx: &Tx<'_>) -> Result<bool, Refusal> {
    Ok(tx.writer()?.certificate.post() == Post::HeadOffice)
}

/// The context of a commit that the calendar asks for, or that every device has: nobody's hand, and a request of its own.
///
/// # Errors
/// A database that cannot be read; a system that gives no randomness.
pub fn context(tx: &Tx<'_>, command: u16, now: i64, today: Day) -> Result<Context, Refusal> {
    Ok(Context {
        command,
        request: Id(tx.entropy().bytes()?),
        user: None,
        wall: now,
        skew: meta::skew(tx.conn())?,
        date: today.0,
    })
}
