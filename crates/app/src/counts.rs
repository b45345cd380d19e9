//! Counts: what lay in a place when somebody counted, against the movements before. One that comes late changes what should
//! have lain there, so nothing of it is stored.

use std::collections::HashMap;

use journal::Lane;
use model::ids::Id;
use model::records::{Account, CountLine, MAX_COUNTED, Movement, MovementReason, StockState};
use model::refusal::Refusal;
use model::requests::people::Store;
use model::requests::stock::{
    CountRow, CountState, Counted, Counts, Settled, StockCount, StockCountSettle, StockCounts,
};
use model::role::rank;
use replica::base::counted_since;
use replica::order::{Moment, knew};
use replica::project::COUNT;
use replica::statement::{held, is_taken};
use rusqlite::Connection;

use crate::ends::closed;
use crate::office::{device_name, first_of, user_name};
use crate::place::{store, store_by_code, stores};
use crate::scope::{Handle, Scope, id_at, id_or_none, row, rows};
use crate::sign_in::roles;
use crate::stated::{Word, words};
use crate::stock::{moved, product};

/// Most counts that are shown.
const MAX_ROWS: usize = 500;
/// Most counts that are compared with the books at once, the latest.
const MAX_COMPARED: i64 = 2_000;
/// Longest reason, characters.
const MAX_REASON: usize = 400;

/// A count that nobody has counted again since.
struct Line {
    id: Id,
    product: Id,
    place: String,
    counted: i64,
    user: Option<Id>,
    moment: Moment,
}

const COLUMNS: &str = "id, product, place, counted, user, row, time";

fn line_at(row: &rusqlite::Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line {
        id: id_at(row, 0)?,
        product: id_at(row, 1)?,
        place: row.get(2)?,
        counted: row.get(3)?,
        user: id_or_none(row, 4)?,
        moment: Moment {
            row: row.get(5)?,
            time: row.get(6)?,
        },
    })
}

/// Of counts of one product in one place, in the order of their clocks, the last: a later clock counts unless its till had not
/// heard of the earlier one, which had heard of it.
fn last(conn: &Connection, lines: Vec<Line>) -> Result<Option<Line>, Refusal> {
    let mut last: Option<Line> = None;
    for line in lines {
        if let Some(before) = &last
            && before.moment.row > line.moment.row
            && knew(conn, before.moment.row, line.moment.row)?
        {
            continue;
        }
        last = Some(line);
    }
    Ok(last)
}

fn last_of(conn: &Connection, product: Id, place: &str) -> Result<Option<Line>, Refusal> {
    let (after, since) = counted_since(conn)?;
    let lines = rows(
        conn,
        &format!(
            "SELECT {COLUMNS} FROM count_line WHERE place = ? AND product = ? AND row > ? AND time >= ? ORDER BY time, id"
        ),
        &[&place, &product.as_bytes(), &after, &since],
        line_at,
    )?;
    last(conn, lines)
}

/// What the books say of a count: pieces that should have lain there, and those by which they were corrected for it.
struct Books {
    expected: i64,
    corrected: i64,
    answered: bool,
}

impl Books {
    fn difference(&self, counted: i64) -> i64 {
        counted - self.expected - self.corrected
    }
}

fn books(conn: &Connection, line: &Line) -> Result<Books, Refusal> {
    let summed: Option<i64> = row(
        conn,
        "SELECT total FROM base_balance WHERE product = ? AND account = ?",
        &[&line.product.as_bytes(), &line.place],
        |row| row.get(0),
    )?;
    let mut books = Books {
        expected: summed.unwrap_or(0),
        corrected: 0,
        answered: false,
    };
    // What answers another count moved when that was counted, not when somebody found the time to approve it.
    let movements: Vec<(i64, i64, bool)> = rows(
        conn,
        "SELECT CASE WHEN m.to_account = ?2 THEN m.quantity ELSE -m.quantity END, COALESCE(c.row, m.row), c.id IS ?4
         FROM movement m LEFT JOIN count_line c ON c.id = m.document AND m.reason = ?3 AND c.product = ?1 AND c.place = ?2
         WHERE m.product = ?1 AND (m.from_account = ?2 OR m.to_account = ?2)",
        &[&line.product.as_bytes(), &line.place, &COUNT, &line.id.as_bytes()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let mut moments = HashMap::new();
    for (quantity, at, answers) in movements {
        if answers {
            books.corrected += quantity;
            books.answered = true;
            continue;
        }
        let before = match moments.get(&at) {
            Some(before) => *before,
            None => {
                // Of what became part of a sum since nothing is later than a count that is kept.
                let before = match Moment::of(conn, at)? {
                    Some(moment) => moment.is_before(conn, line.moment)?,
                    None => true,
                };
                moments.insert(at, before);
                before
            }
        };
        if before {
            books.expected += quantity;
        }
    }
    Ok(books)
}

/// Open tills of a store, other than this device, that may have sold something before a count that is not known here: their last
/// word does not know of it, or tells of more than has come.
fn unheard(conn: &Connection, words: &[Word], own: Id, at: &Line) -> Result<Vec<String>, Refusal> {
    let Some(store) = place_store(&at.place) else {
        return Ok(Vec::new());
    };
    let tills = rows(
        conn,
        "SELECT DISTINCT device FROM device WHERE store = ? AND till <> '' ORDER BY device",
        &[&store.as_bytes()],
        |row| id_at(row, 0),
    )?;
    let mut unheard = Vec::new();
    for till in tills {
        if till == own || closed(conn, till)? || counted_there(conn, at, till)? {
            continue;
        }
        let heard = match words.iter().find(|word| word.device == till) {
            Some(word) => held(conn, &word.statement, at.moment.row)? && is_taken(conn, &word.statement, till)?,
            None => false,
        };
        if !heard {
            unheard.push(device_name(conn, till)?);
        }
    }
    unheard.sort();
    Ok(unheard)
}

/// Whether a device wrote the count: all it sold before stands before it in its log.
fn counted_there(conn: &Connection, line: &Line, device: Id) -> Result<bool, Refusal> {
    Ok(row(
        conn,
        "SELECT 1 FROM commit_log c JOIN log l ON l.log = c.log JOIN device d ON d.certificate = l.certificate
         WHERE c.row = ? AND d.device = ? LIMIT 1",
        &[&line.moment.row, &device.as_bytes()],
        |_| Ok(()),
    )?
    .is_some())
}

fn place_store(place: &str) -> Option<Id> {
    let (store, _) = place.split_once(':')?;
    store.parse().ok()
}

fn shelf(store: Id) -> Account {
    Account::Store(store, StockState::Sellable)
}

impl Handle for StockCount {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Counted, Refusal> {
        let store = scope.own_store()?;
        let product = product(scope, &self.product)?;
        if !(0..=MAX_COUNTED).contains(&self.counted) {
            return Err(Refusal::BadField {
                field: "counted".to_owned(),
                why: format!("it is 0 to {MAX_COUNTED} pieces"),
            });
        }
        let mut draft = scope.draft(Lane::All, scope.today()?);
        let cite = draft.add(CountLine {
            product: product.id,
            place: shelf(store),
            counted: self.counted,
        });
        let line = scope.append(draft)?.id(cite);
        Ok(Counted { line })
    }
}

/// Products that were counted in a place, the latest first, at most one more than are compared.
fn counted_in(conn: &Connection, place: &str) -> Result<Vec<(i64, Id)>, Refusal> {
    let (after, since) = counted_since(conn)?;
    rows(
        conn,
        "SELECT MAX(time) AS last, product FROM count_line WHERE place = ? AND row > ? AND time >= ?
         GROUP BY product ORDER BY last DESC LIMIT ?",
        &[&place, &after, &since, &(MAX_COMPARED + 1)],
        |row| Ok((row.get(0)?, id_at(row, 1)?)),
    )
}

fn compared(scope: &Scope<'_, '_>, words: &[Word], at: &Store, line: &Line) -> Result<CountRow, Refusal> {
    let conn = scope.conn();
    let books = books(conn, line)?;
    let difference = books.difference(line.counted);
    let waits_for = match difference {
        0 => Vec::new(),
        _ => unheard(conn, words, scope.place.device, line)?,
    };
    let state = match (difference, books.answered, waits_for.is_empty()) {
        (0, ..) => CountState::Agrees,
        (_, true, _) => CountState::Changed,
        (_, false, true) => CountState::Differs,
        (_, false, false) => CountState::Waits,
    };
    let named = crate::catalogue::by_id(conn, line.product)?;
    let (product, name) = named.map_or_else(Default::default, |product| (product.code, product.name));
    Ok(CountRow {
        line: line.id,
        product,
        name,
        store: at.code.clone(),
        at: line.moment.time,
        user: user_name(conn, line.user)?,
        counted: line.counted,
        expected: books.expected,
        corrected: books.corrected,
        difference,
        state,
        waits_for,
    })
}

impl Handle for StockCounts {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Counts, Refusal> {
        let of = match &self.store {
            Some(code) => vec![store_by_code(scope.conn(), code)?],
            None => stores(scope.conn())?,
        };
        let words = words(scope.conn(), scope.place.device, scope.now)?;
        let mut counted = Vec::new();
        for at in &of {
            let place = shelf(at.id).key();
            let products = counted_in(scope.conn(), &place)?;
            counted.extend(products.into_iter().map(|(time, product)| (time, product, at)));
        }
        counted.sort_by_key(|(time, product, at)| (std::cmp::Reverse(*time), *product, at.id));
        let mut more = counted.len() > MAX_COMPARED as usize;
        counted.truncate(MAX_COMPARED as usize);
        let mut found = Vec::new();
        for (_, product, at) in counted {
            if let Some(line) = last_of(scope.conn(), product, &shelf(at.id).key())? {
                found.push(compared(scope, &words, at, &line)?);
            }
        }
        found.sort_by_key(|row| (row.state, std::cmp::Reverse(row.at), row.line));
        more |= found.len() > MAX_ROWS;
        found.truncate(MAX_ROWS);
        Ok(Counts { rows: found, more })
    }
}

/// Counts by which the books were corrected and that differ from them again, as `store product` and pieces: what the books are
/// still to be corrected by.
pub fn changed(conn: &Connection) -> Result<Vec<(String, String)>, Refusal> {
    let (after, since) = counted_since(conn)?;
    let answered: Vec<(Id, String)> = rows(
        conn,
        // The word stands in the statement so that the index of such movements is used.
        &format!(
            "SELECT DISTINCT c.product, c.place FROM movement m JOIN count_line c ON c.id = m.document
             WHERE m.reason = '{COUNT}' AND c.row > ? AND c.time >= ? ORDER BY c.place, c.product LIMIT ?"
        ),
        &[&after, &since, &MAX_COMPARED],
        |row| Ok((id_at(row, 0)?, row.get(1)?)),
    )?;
    let mut changed = Vec::new();
    for (product, place) in answered {
        let Some(line) = last_of(conn, product, &place)? else {
            continue;
        };
        let books = books(conn, &line)?;
        let difference = books.difference(line.counted);
        if !books.answered || difference == 0 {
            continue;
        }
        let code = crate::catalogue::by_id(conn, product)?.map_or_else(String::new, |product| product.code);
        let at = place_store(&place).map(|id| store(conn, id)).transpose()?.flatten();
        let at = at.map_or_else(String::new, |store| store.code);
        changed.push((code, format!("{at}: {difference:+}")));
    }
    Ok(changed)
}

impl Handle for StockCountSettle {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Settled, Refusal> {
        let conn = scope.conn();
        let found = row(
            conn,
            &format!("SELECT {COLUMNS} FROM count_line WHERE id = ?"),
            &[&self.line.as_bytes()],
            line_at,
        )?;
        let Some((line, at)) = found
            .and_then(|line| Some((place_store(&line.place)?, line)))
            .map(|(at, line)| (line, at))
        else {
            return Err(Refusal::Unknown {
                what: "This count".to_owned(),
            });
        };
        if scope.place.store_id.is_some_and(|own| own != at) {
            return Err(Refusal::CannotWrite {
                what: "what lies in another store".to_owned(),
            });
        }
        let named = || -> Result<String, Refusal> {
            Ok(crate::catalogue::by_id(conn, line.product)?.map_or_else(String::new, |product| product.code))
        };
        if last_of(conn, line.product, &line.place)?.is_none_or(|last| last.id != line.id) {
            return Err(Refusal::CountedAgain { product: named()? });
        }
        let difference = books(conn, &line)?.difference(line.counted);
        if difference == 0 {
            return Err(Refusal::CountAgrees { product: named()? });
        }
        if difference != self.difference {
            return Err(Refusal::CountMoved {
                shown: format!("{:+}", self.difference),
                now: format!("{difference:+}"),
            });
        }
        let counted_by = line
            .user
            .map(|user| roles(conn, user, Some(at)))
            .transpose()?
            .unwrap_or_default();
        if line.user == Some(scope.caller.user) || rank(&scope.caller.roles) >= rank(&counted_by) {
            return Err(Refusal::ApproverNotHigher);
        }
        let reason = self
            .reason
            .as_deref()
            .map(str::trim)
            .filter(|reason| !reason.is_empty());
        if reason.is_some_and(|reason| reason.chars().count() > MAX_REASON) {
            return Err(Refusal::BadField {
                field: "reason".to_owned(),
                why: format!("it is longer than {MAX_REASON} characters"),
            });
        }
        let words = words(conn, scope.place.device, scope.now)?;
        let waits_for = unheard(conn, &words, scope.place.device, &line)?;
        if reason.is_none() && !waits_for.is_empty() {
            return Err(Refusal::CountWaits {
                tills: first_of(waits_for),
            });
        }
        let mut draft = scope.draft(Lane::All, scope.today()?);
        draft.add(Movement {
            reason: MovementReason::Count,
            document: Some(line.id.into()),
            note: reason.map(str::to_owned),
            ..moved(line.product, at, difference)
        });
        scope.append(draft)?;
        Ok(Settled { corrected: difference })
    }
}
