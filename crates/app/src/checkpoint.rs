//! Checkpoints of head office: which months the tills need not keep whole any more.

use journal::Lane;
use model::ids::Id;
use model::records::CheckpointMade;
use model::refusal::Refusal;
use model::request::Request as _;
use model::requests::ends::{Checkpoint, CheckpointMake, LEAST_WINDOW, LONGEST_WINDOW, WINDOW};
use replica::meta::{meta, set_meta};
use replica::{Draft, Tx, base};
use retail::Day;
use rusqlite::Connection;

use crate::App;
use crate::scope::{Handle, Scope, row};
use crate::unattended::{context, is_head_office, today};

/// Name in `local_meta`: the month in which it was last asked whether a checkpoint is due.
const SEEN: &str = "checkpoint month";

/// A month as `2024-10`.
fn named(month: i32) -> String {
    // Months count from 1, so December is the twelfth of its own year.
    let before = month - 1;
    format!("{:04}-{:02}", before.div_euclid(12), before.rem_euclid(12) + 1)
}

/// The first month of which all trade is kept here, as `2024-10`; none where all of it is.
pub fn kept_from(conn: &Connection) -> Result<Option<String>, Refusal> {
    Ok(stated_from(base::kept_from(conn)?))
}

/// The same of a device that states this month.
pub fn stated_from(month: i32) -> Option<String> {
    (month != 0).then(|| named(month))
}

/// Where what is older than what is kept here is found; none where everything is here.
pub fn older_is_elsewhere(scope: &Scope<'_, '_>) -> Result<Option<String>, Refusal> {
    let told = |month| match scope.place.store_id {
        Some(_) => format!("this till keeps the sales from {month} on, head office has older ones"),
        // A server that began with a till's books.
        None => format!("the sales from {month} on are kept here, of older ones there are sums alone"),
    };
    Ok(kept_from(scope.conn())?.map(told))
}

/// What movements of which only the sum is kept left in an account, and the day before which they were; none where there
/// are none.
pub fn earlier(conn: &Connection, product: Id, account: &str) -> Result<Option<(i64, Day)>, Refusal> {
    let sum: Option<i64> = row(
        conn,
        "SELECT total FROM base_balance WHERE product = ? AND account = ?",
        &[&product.as_bytes(), &account],
        |row| row.get(0),
    )?;
    Ok(sum.zip(kept_since(conn)?))
}

/// The first day of which all trade is kept here; none where all of it is.
pub fn kept_since(conn: &Connection) -> Result<Option<Day>, Refusal> {
    Ok(kept_from(conn)?.and_then(|month| Day::parse_iso(&format!("{month}-01")).ok()))
}

fn made(tx: &Tx<'_>, today: Day, months: i32) -> Result<CheckpointMade, Refusal> {
    if !is_head_office(tx)? {
        return Err(Refusal::CannotWrite {
            what: "a checkpoint; head office makes them, which keeps everything".to_owned(),
        });
    }
    Ok(tx.checkpoint(today.month_number() - months)?)
}

impl Handle for CheckpointMake {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Checkpoint, Refusal> {
        let of = |why: String| Refusal::BadField {
            field: "months".to_owned(),
            why,
        };
        let months = self.months.unwrap_or(WINDOW);
        if !(LEAST_WINDOW..=LONGEST_WINDOW).contains(&months) {
            return Err(of(format!("it is {LEAST_WINDOW} to {LONGEST_WINDOW}")));
        }
        let today = scope.today()?;
        let made = made(scope.tx()?, today, months)?;
        if made.months.is_empty() {
            return Err(of("no trade is older than that".to_owned()));
        }
        let checkpoint = Checkpoint {
            kept_from: named(made.until),
            months: made.months.len() as i64,
        };
        let mut draft = scope.draft(Lane::Control, today);
        draft.add(made);
        scope.append(draft)?;
        Ok(checkpoint)
    }
}

impl App {
    /// Makes a checkpoint when a month has begun since this was asked for the first time, has none yet, and there is trade
    /// older than the window. For head office alone. Never by starting: whoever takes an old chain's books over keeps them
    /// whole on every till until then.
    ///
    /// # Errors
    /// A database that cannot be read or written.
    pub fn checkpoint_if_due(&self) -> Result<bool, Refusal> {
        let now = self.now();
        let read = self.replica().read(|conn| -> Result<_, Refusal> {
            let Some(today) = today(conn, self.place(), now)? else {
                return Ok(None);
            };
            let last: Option<i32> = row(conn, "SELECT MAX(until) FROM checkpoint", &[], |row| row.get(0))?.flatten();
            let seen = meta(conn, SEEN)?.and_then(|bytes| bytes.try_into().ok());
            Ok(Some((today, last, seen.map(i32::from_be_bytes))))
        })?;
        let Some((today, last, seen)) = read else {
            return Ok(false);
        };
        let this = today.month_number();
        if seen == Some(this) {
            return Ok(false);
        }
        let due = seen.is_some_and(|seen| seen < this) && last.is_none_or(|last| last < this - WINDOW);
        self.replica().write(move |tx| {
            set_meta(tx.conn(), SEEN, &this.to_be_bytes())?;
            if !due || !is_head_office(tx)? {
                return Ok(false);
            }
            let made = made(tx, today, WINDOW)?;
            if made.months.is_empty() {
                return Ok(false);
            }
            let mut draft = Draft::new(Lane::Control, context(tx, CheckpointMake::CODE, now, today)?);
            draft.add(made);
            tx.append(draft)?;
            Ok(true)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_have_their_own_year() {
        for (day, name) in [
            ("2024-12-31", "2024-12"),
            ("2025-01-01", "2025-01"),
            ("2024-10-05", "2024-10"),
        ] {
            assert_eq!(named(Day::parse_iso(day).unwrap().month_number()), name);
        }
    }
}
