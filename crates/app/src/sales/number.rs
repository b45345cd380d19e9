//! Numbers people see: the next of a series, in the transaction of the commit that takes it, so that there is no gap.

use model::refusal::Refusal;
use replica::ReplicaError;
use retail::{Day, DocumentNumber, Profile, Series, split_series};
use rusqlite::OptionalExtension;

use crate::place::store;
use crate::scope::Scope;

/// The next number of a series of this till in the business year of `day`, with the letter under which it writes now.
pub fn next_number(scope: &mut Scope<'_, '_>, profile: &Profile, day: Day, series: Series) -> Result<String, Refusal> {
    let letter = scope.letter()?;
    let (conn, place) = (scope.conn(), scope.place);
    let id = place.store_id.ok_or(Refusal::NotStoredHere)?;
    let code = store(conn, id)?
        .ok_or_else(|| Refusal::Damaged {
            what: "this till's store is not known".to_owned(),
        })?
        .code;
    let number = |sequence| {
        DocumentNumber::new(profile.business_year(day), &code, &place.till, letter, series, sequence)
            .map(|number| number.to_string())
            .map_err(|_| Refusal::NumbersUsedUp)
    };
    let first = number(1)?;
    // All numbers of a series share their beginning and their length, so the greatest text is the greatest number.
    let (prefix, _) = split_series(&first);
    // Only this till's own: what another writes under our letter must not use up our numbers.
    let sql = if series == Series::Z {
        "SELECT number FROM session_end WHERE number >= ?1 || '0' AND number < ?1 || ':' AND device = ?2 ORDER BY number DESC LIMIT 1"
    } else {
        "SELECT number FROM sale WHERE number >= ?1 || '0' AND number < ?1 || ':' AND device = ?2 ORDER BY number DESC LIMIT 1"
    };
    let last: Option<String> = conn
        .prepare_cached(sql)
        .and_then(|mut statement| {
            statement
                .query_row((prefix, place.device.as_bytes()), |row| row.get(0))
                .optional()
        })
        .map_err(ReplicaError::from)?;
    // Papers of which only sums are left may have had greater ones, where a clock was set back since.
    let mut sequence = replica::base::last_number(conn, place.device, prefix)?.unsigned_abs();
    if let Some(last) = last {
        let last: u64 = last[prefix.len()..].parse().map_err(|_| Refusal::Damaged {
            what: format!("the number {last}"),
        })?;
        sequence = sequence.max(last);
    }
    let next = number(sequence.saturating_add(1))?;
    // A longer text would sort before its predecessors.
    if next.len() == first.len() {
        Ok(next)
    } else {
        Err(Refusal::NumbersUsedUp)
    }
}
