//! What a program says of itself, with nobody at it.

use model::ids::Id;
use model::refusal::Refusal;
use replica::{Context, Tx, meta};
use retail::Day;

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
