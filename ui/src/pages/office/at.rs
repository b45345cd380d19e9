//! Times in words, as head office says them. A browser may stand anywhere; days and hours are the organisation's.

use retail::Day;

use crate::format;
use crate::session::Session;
use crate::text::t;

/// The day it is there.
#[must_use]
pub fn today(session: Session) -> Day {
    format::day(session.minute(), session.offset())
}

/// `14:32` today, else `Fri 20 Nov, 20:41`.
#[must_use]
pub fn moment(session: Session, ms: i64) -> String {
    format::moment(ms, session.minute(), session.offset())
}

/// How long ago: `22 min`.
#[must_use]
pub fn ago(session: Session, ms: i64) -> String {
    format::age((session.minute() - ms).max(0))
}

/// The same for something that may never have been.
#[must_use]
pub fn ago_or_never(session: Session, ms: Option<i64>) -> String {
    ms.map_or_else(|| t("ho.never").to_owned(), |ms| ago(session, ms))
}

/// Another day; the ends of the calendar stay.
#[must_use]
pub fn shifted(day: Day, by: i32) -> Day {
    day.plus_days(by).unwrap_or(day)
}

/// `Sat 21 Nov, 14:31:08`.
#[must_use]
pub fn second(session: Session, ms: i64) -> String {
    let seconds = ms.div_euclid(1000).rem_euclid(60);
    format!("{}:{seconds:02}", moment(session, ms))
}
