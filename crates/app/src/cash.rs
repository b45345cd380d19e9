//! Cash sessions: opened with a float, closed with a count.

use journal::Lane;
use model::ids::Id;
use model::records::{SessionClosed as Closed, SessionOpened as Opened};
use model::refusal::Refusal;
use model::requests::cash::{
    CurrentSession, MethodTotal, Session, SessionClose, SessionClosed, SessionCurrent, SessionOpen, SessionOpened,
    SessionSummary, Summary,
};
use retail::{CashFlow, Day, Series};
use rusqlite::Connection;

use crate::sales::number::next_number;
use crate::scope::{Handle, Scope, id_at, row};

/// Most that a float or count may be, minor units: a thousand million pieces of the smallest kind are a slip.
const MAX_CASH: i64 = 100_000_000_000;

/// The open session of a device, if there is one.
pub struct OpenSession {
    pub id: Id,
    pub day: Day,
    pub float: i64,
    pub opened: i64,
    pub user: String,
    /// The file of the replay that opened it.
    pub replay: Option<String>,
}

/// A device has one session at a time, so only its last can be open.
pub fn open_session(conn: &Connection, device: Id) -> Result<Option<OpenSession>, Refusal> {
    let last = row(
        conn,
        "SELECT s.id, s.day, s.float, s.wall, u.name, s.replay,
           EXISTS (SELECT 1 FROM session_end e WHERE e.session = s.id AND e.device = s.device)
         FROM session s LEFT JOIN app_user u ON u.id = s.user WHERE s.device = ? ORDER BY s.rowid DESC LIMIT 1",
        &[&device.as_bytes()],
        |row| {
            Ok((
                OpenSession {
                    id: id_at(row, 0)?,
                    day: Day(row.get(1)?),
                    float: row.get(2)?,
                    opened: row.get(3)?,
                    user: row.get::<_, Option<String>>(4)?.unwrap_or_default(),
                    replay: row.get(5)?,
                },
                row.get::<_, bool>(6)?,
            ))
        },
    )?;
    Ok(last.filter(|(_, ended)| !ended).map(|(session, _)| session))
}

/// The session that is open here.
fn own_session(scope: &Scope<'_, '_>) -> Result<OpenSession, Refusal> {
    open_session(scope.conn(), scope.place.device)?.ok_or(Refusal::NoSession)
}

/// The session that trade goes into; without one there is no trade. What a killed replay left open is another day's
/// business: it is gone on with or closed, never sold into.
pub fn trading_session(scope: &Scope<'_, '_>) -> Result<OpenSession, Refusal> {
    let open = own_session(scope)?;
    if open.replay.is_some() {
        Err(Refusal::SessionOpen { day: open.day.text() })
    } else {
        Ok(open)
    }
}

/// Cash of a session from its sales and returns, minor units.
pub fn cash_flow(conn: &Connection, session: &OpenSession) -> Result<CashFlow, Refusal> {
    let (sales, refunds) = row(
        conn,
        "SELECT COALESCE(SUM(CASE s.kind WHEN 0 THEN p.amount END), 0), COALESCE(SUM(CASE s.kind WHEN 1 THEN p.amount END), 0)
         FROM sale s JOIN payment p ON p.sale = s.id WHERE s.session = ? AND p.method = 'cash'",
        &[&session.id.as_bytes()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?
    .unwrap_or((0, 0));
    Ok(CashFlow {
        float: session.float,
        sales,
        refunds,
        paid_in: 0,
        paid_out: 0,
        drops: 0,
    })
}

pub fn expected(flow: &CashFlow) -> Result<i64, Refusal> {
    flow.expected().map_err(|error| Refusal::Failed {
        what: error.to_string(),
    })
}

fn shown(session: &OpenSession) -> Session {
    Session {
        id: session.id,
        day: session.day.0,
        float: session.float,
        opened: session.opened,
        opened_by: session.user.clone(),
    }
}

fn check_amount(field: &str, amount: i64) -> Result<(), Refusal> {
    if (0..=MAX_CASH).contains(&amount) {
        Ok(())
    } else {
        Err(Refusal::BadField {
            field: field.to_owned(),
            why: "it is below zero or far too large".to_owned(),
        })
    }
}

impl Handle for SessionCurrent {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<CurrentSession, Refusal> {
        let session = open_session(scope.conn(), scope.place.device)?;
        let last_counted = scope.row(
            "SELECT e.counted FROM session_end e JOIN session s ON s.id = e.session AND s.device = e.device WHERE e.device = ? AND s.replay IS NULL
             ORDER BY e.rowid DESC LIMIT 1",
            &[&scope.place.device.as_bytes()],
            |row| row.get(0),
        )?;
        Ok(CurrentSession {
            session: session.as_ref().map(shown),
            today: scope.today()?.0,
            last_counted,
        })
    }
}

impl Handle for SessionOpen {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<SessionOpened, Refusal> {
        check_amount("float", self.float)?;
        let store = scope.own_store()?;
        if let Some(open) = open_session(scope.conn(), scope.place.device)? {
            return Err(Refusal::SessionOpen { day: open.day.text() });
        }
        let day = scope.today()?;
        let mut draft = scope.draft(Lane::All, day);
        let cite = draft.add(Opened {
            store,
            float: self.float,
            replay: None,
        });
        let id = scope.append(draft)?.id(cite);
        let session = Session {
            id,
            day: day.0,
            float: self.float,
            opened: scope.now,
            opened_by: scope.caller.name.clone(),
        };
        Ok(SessionOpened { session })
    }
}

impl Handle for SessionSummary {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Summary, Refusal> {
        let session = own_session(scope)?;
        let flow = cash_flow(scope.conn(), &session)?;
        let methods = scope.rows(
            "SELECT p.method, SUM(CASE s.kind WHEN 0 THEN p.amount ELSE -p.amount END), COUNT(*)
             FROM sale s JOIN payment p ON p.sale = s.id WHERE s.session = ? GROUP BY p.method ORDER BY p.method",
            &[&session.id.as_bytes()],
            |row| {
                Ok(MethodTotal {
                    method: row.get(0)?,
                    amount: row.get(1)?,
                    count: row.get(2)?,
                })
            },
        )?;
        let (sales, returns, total) = scope
            .row(
                "SELECT COUNT(CASE kind WHEN 0 THEN 1 END), COUNT(CASE kind WHEN 1 THEN 1 END),
                   COALESCE(SUM(CASE kind WHEN 0 THEN total ELSE -total END), 0) FROM sale WHERE session = ?",
                &[&session.id.as_bytes()],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?
            .unwrap_or((0, 0, 0));
        Ok(Summary {
            session: shown(&session),
            sales,
            returns,
            total,
            methods,
            cash_sales: flow.sales,
            cash_refunds: flow.refunds,
            expected: expected(&flow)?,
        })
    }
}

impl Handle for SessionClose {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<SessionClosed, Refusal> {
        check_amount("count", self.counted)?;
        let session = own_session(scope)?;
        let profile = scope.profile()?;
        let expected = expected(&cash_flow(scope.conn(), &session)?)?;
        if expected != self.expected {
            let show = |amount| profile.currency.format_with_symbol(amount);
            return Err(Refusal::ExpectedMoved {
                shown: show(self.expected),
                now: show(expected),
            });
        }
        let variance = self.counted - expected;
        let reason = self
            .reason
            .as_deref()
            .map(str::trim)
            .filter(|reason| !reason.is_empty());
        if variance.abs() > profile.cash.variance_tolerated && reason.is_none() {
            return Err(Refusal::ReasonNeeded);
        }
        let number = close(scope, &session, self.counted, expected, reason)?;
        Ok(SessionClosed {
            number,
            counted: self.counted,
            expected,
            variance,
        })
    }
}

/// Writes the end of a session and gives its Z report's number.
pub fn close(
    scope: &mut Scope<'_, '_>,
    session: &OpenSession,
    counted: i64,
    expected: i64,
    reason: Option<&str>,
) -> Result<String, Refusal> {
    let store = scope.own_store()?;
    let profile = scope.profile()?;
    let number = next_number(scope, &profile, session.day, Series::Z)?;
    let mut draft = scope.draft(Lane::All, session.day);
    draft.add(Closed {
        store,
        session: session.id,
        number: number.clone(),
        counted,
        expected,
        reason: reason.map(str::to_owned),
    });
    scope.append(draft)?;
    Ok(number)
}
