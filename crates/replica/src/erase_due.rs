//! Acting on erasure orders in this folder: what it keeps for itself goes at once, the bytes of parts once their time is
//! over, and after that everything SQLite still has of them. No projected row changes here.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use journal::{Commit, Header, Part};
use model::ids::Id;
use model::records::{DocumentKind, Record, Value};
use rusqlite::{Connection, params};

use crate::Replica;
use crate::error::ReplicaError;
use crate::meta::{meta, set_meta};
use crate::writer::Scrubbed;

/// Orders acted upon in one call; the rest follows at the next.
const MAX_UNITS: usize = 256;
/// Different texts of a unit that are looked for in drafts, answers and papers.
const MAX_TEXTS: usize = 256;
/// Shorter texts are in everything.
const MIN_TEXT: usize = 3;
/// Tries in all at emptying the write-ahead log, which a reader may be in the way of, and the pause between two.
const MAX_TRIES: usize = 40;
const PAUSE: Duration = Duration::from_millis(25);
/// Set while erased bytes may still lie in the write-ahead log, or in space of the database that nothing uses.
const UNCLEAN: &str = "erasure_unclean";
/// Papers that the window wrote as files, in the data folder.
pub const PAPERS: &str = "papers";

/// What a call of [`Replica::erase_due`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erasing {
    /// Units whose drafts, answers and papers went.
    pub cleaned: usize,
    /// Units whose bytes went.
    pub dropped: usize,
    /// A reader was in the way of emptying the write-ahead log; it is tried again at the next call.
    pub unclean: bool,
}

/// A standing order for a unit that is not done here.
struct Due {
    order: Id,
    unit: Id,
    customer: Option<Id>,
    cleaned: bool,
    /// Its time is over.
    over: bool,
}

fn due(conn: &Connection, time: i64) -> Result<Vec<Due>, ReplicaError> {
    let mut statement = conn.prepare_cached(
        "SELECT o.id, o.unit, o.customer, l.ordered IS NOT NULL, o.not_before <= ?1
         FROM erase_order o LEFT JOIN local_erasure l ON l.ordered = o.id AND l.unit = o.unit
         WHERE (l.ordered IS NULL OR (l.dropped IS NULL AND o.not_before <= ?1))
         AND NOT EXISTS (SELECT 1 FROM erase_withdrawn w WHERE w.ordered = o.id AND w.instant < o.not_before)
         ORDER BY o.id, o.unit LIMIT ?2",
    )?;
    let mut rows = statement.query(params![time, MAX_UNITS as i64])?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        let (order, unit): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let (Some(order), Some(unit)) = (Id::from_slice(&order), Id::from_slice(&unit)) else {
            return Err(ReplicaError::damaged("an erasure order"));
        };
        due.push(Due {
            order,
            unit,
            customer: row.get::<_, Option<Vec<u8>>>(2)?.as_deref().and_then(Id::from_slice),
            cleaned: row.get(3)?,
            over: row.get(4)?,
        });
    }
    Ok(due)
}

impl Replica {
    /// Acts on the orders that stand here. `time` is the server's, ms UTC: own clock and skew, at a contact with it; own
    /// clock where there is no server. Costs one query when there is nothing to do.
    pub fn erase_due(&self, time: i64) -> Result<Erasing, ReplicaError> {
        let (due, unclean) = self.read(|conn| -> Result<_, ReplicaError> {
            Ok((due(conn, time)?, meta(conn, UNCLEAN)?.is_some_and(|flag| flag == [1])))
        })?;
        let mut erasing = Erasing {
            unclean,
            ..Erasing::default()
        };
        for due in due {
            erasing.cleaned += usize::from(!due.cleaned);
            erasing.dropped += usize::from(due.over);
            let papers = self.path().join(PAPERS);
            // A transaction each: a cashier's command comes in between.
            self.write(move |tx| act(tx.conn(), &due, time, &papers))?;
            erasing.unclean = true;
        }
        if erasing.unclean && self.empty_unused()? {
            self.write(|tx| set_meta(tx.conn(), UNCLEAN, &[0]))?;
            erasing.unclean = false;
        }
        Ok(erasing)
    }

    /// Empties the write-ahead log, which holds the pages as they were, and the space in the database that nothing uses, a
    /// stretch at a time so that a cashier's command comes in between. False when a reader was in the way too often.
    fn empty_unused(&self) -> Result<bool, ReplicaError> {
        let (mut at, mut tries) = (0, 0);
        while tries < MAX_TRIES {
            match self.writer.scrub(at)? {
                Scrubbed::Done => return Ok(true),
                Scrubbed::Next(next) => at = next,
                Scrubbed::Busy => {
                    tries += 1;
                    std::thread::sleep(PAUSE);
                }
            }
        }
        Ok(false)
    }
}

fn act(conn: &Connection, due: &Due, time: i64, papers: &Path) -> Result<(), ReplicaError> {
    set_meta(conn, UNCLEAN, &[1])?;
    // What was printed or typed since it was cleaned may name the person too.
    clean(conn, due, papers)?;
    conn.prepare_cached(
        "INSERT INTO local_erasure (ordered, unit, cleaned) VALUES (?, ?, ?) ON CONFLICT (ordered, unit) DO NOTHING",
    )?
    .execute(params![due.order.as_bytes(), due.unit.as_bytes(), time])?;
    if !due.over {
        return Ok(());
    }
    conn.prepare_cached("UPDATE part SET bytes = NULL WHERE unit = ? AND bytes IS NOT NULL")?
        .execute([due.unit.as_bytes()])?;
    strip_waiting(conn, due.unit)?;
    strip_aside(conn, due.unit)?;
    conn.prepare_cached("UPDATE local_erasure SET dropped = ? WHERE ordered = ? AND unit = ?")?
        .execute(params![time, due.order.as_bytes(), due.unit.as_bytes()])?;
    Ok(())
}

/// What the parts of a unit say that could stand elsewhere in this folder.
#[derive(Default)]
struct Said {
    texts: BTreeSet<String>,
    tests: BTreeSet<Id>,
    /// Sales in whose commits the parts stand.
    sales: BTreeSet<Id>,
}

fn said(conn: &Connection, unit: Id) -> Result<Said, ReplicaError> {
    let mut said = Said::default();
    let mut statement = conn.prepare_cached(
        "SELECT p.bytes, k.hash, p.commit_row FROM part p JOIN commit_log k ON k.row = p.commit_row
         WHERE p.unit = ? AND p.bytes IS NOT NULL",
    )?;
    let mut rows = statement.query([unit.as_bytes()])?;
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(0)?;
        for raw in Part::from_bytes(&bytes).map(|part| part.records).unwrap_or_default() {
            let Ok(record) = Record::from_bytes(&raw.bytes) else {
                continue;
            };
            said.record(record);
        }
        let mut sales = conn.prepare_cached(
            "SELECT bytes, part FROM part WHERE commit_row = ? AND unit IS NULL AND bytes IS NOT NULL",
        )?;
        let mut others = sales.query([row.get::<_, i64>(2)?])?;
        let hash: Vec<u8> = row.get(1)?;
        let hash = model::ids::Hash::from_slice(&hash).ok_or_else(|| ReplicaError::damaged("a commit's hash"))?;
        while let Some(other) = others.next()? {
            let (bytes, part): (Vec<u8>, u16) = (other.get(0)?, other.get(1)?);
            let records = Part::from_bytes(&bytes).map(|part| part.records).unwrap_or_default();
            for (index, raw) in (0u16..).zip(&records) {
                if matches!(Record::from_bytes(&raw.bytes), Ok(Record::Sale(_))) {
                    said.sales.insert(journal::record_id(&hash, part, index));
                }
            }
        }
    }
    Ok(said)
}

impl Said {
    fn record(&mut self, record: Record) {
        match record {
            Record::DocumentChange(change) => {
                if change.kind == DocumentKind::EyeTest {
                    self.tests.insert(change.document);
                }
                for op in change.ops {
                    if let Value::Text(text) = op.value {
                        self.text(text);
                    }
                }
            }
            Record::SaleName(name) => {
                self.text(name.name);
                name.gstin.into_iter().for_each(|text| self.text(text));
            }
            Record::PrescriptionSigned(signed) => {
                if let model::records::PrescriptionSource::Outside(doctor) = signed.source {
                    self.text(doctor);
                }
                signed.reason.into_iter().for_each(|text| self.text(text));
            }
            Record::PrescriptionCancelled(cancelled) => self.text(cancelled.reason),
            _ => {}
        }
    }

    fn text(&mut self, text: String) {
        if text.chars().count() < MIN_TEXT || self.texts.len() >= MAX_TEXTS {
            return;
        }
        // As it stands in a text, and as it stands in JSON.
        let quoted = serde_json::Value::String(text.clone()).to_string();
        let inner = quoted.trim_matches('"').to_owned();
        self.texts.insert(inner);
        self.texts.insert(text);
    }
}

/// What this folder keeps beside the journal goes where it names the person: drafts, answers kept for a resent request,
/// papers. A job stays, without its paper, so that a second receipt still says so.
fn clean(conn: &Connection, due: &Due, papers: &Path) -> Result<(), ReplicaError> {
    let mut said = said(conn, due.unit)?;
    if let Some(customer) = due.customer {
        said.texts.insert(customer.to_string());
        conn.prepare_cached(
            "UPDATE local_print SET paper = '' WHERE paper <> '' AND sale IN (SELECT id FROM sale WHERE customer = ?)",
        )?
        .execute([customer.as_bytes()])?;
    }
    for text in &said.texts {
        for sql in [
            "DELETE FROM local_typed WHERE instr(body, ?)",
            "DELETE FROM local_answer WHERE instr(answer, ?)",
            "UPDATE local_print SET paper = '' WHERE instr(paper, ?)",
        ] {
            conn.prepare_cached(sql)?.execute([text])?;
        }
    }
    for sale in &said.sales {
        conn.prepare_cached("UPDATE local_print SET paper = '' WHERE sale = ?")?
            .execute([sale.as_bytes()])?;
    }
    for test in &said.tests {
        conn.prepare_cached("DELETE FROM local_typed WHERE place = ?")?
            .execute([format!("test:{test}")])?;
    }
    remove_papers(papers)
}

/// Papers written as files are made anew when somebody asks, and do not say in their name whose they are: all of them go.
fn remove_papers(folder: &Path) -> Result<(), ReplicaError> {
    match std::fs::remove_dir_all(folder) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(ReplicaError::File {
            path: folder.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

fn strip_waiting(conn: &Connection, unit: Id) -> Result<(), ReplicaError> {
    let hashes: Vec<Vec<u8>> = conn
        .prepare_cached("SELECT hash FROM waiting")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for hash in hashes {
        let bytes: Vec<u8> = conn
            .prepare_cached("SELECT bytes FROM waiting WHERE hash = ?")?
            .query_row([&hash], |row| row.get(0))?;
        let Ok(mut commit) = Commit::from_bytes(&bytes) else {
            continue;
        };
        if strip(&mut commit, unit) {
            conn.prepare_cached("UPDATE waiting SET bytes = ? WHERE hash = ?")?
                .execute(params![commit.to_bytes(), hash])?;
        }
    }
    Ok(())
}

/// Of what was set aside the bytes go where they hold parts of the unit, and where nobody can tell.
fn strip_aside(conn: &Connection, unit: Id) -> Result<(), ReplicaError> {
    let hashes: Vec<Vec<u8>> = conn
        .prepare_cached("SELECT hash FROM aside WHERE bytes IS NOT NULL")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for hash in hashes {
        let bytes: Vec<u8> = conn
            .prepare_cached("SELECT bytes FROM aside WHERE hash = ?")?
            .query_row([&hash], |row| row.get(0))?;
        let header = Commit::from_bytes(&bytes)
            .ok()
            .and_then(|commit| Header::from_bytes(&commit.header).ok());
        if header.is_none_or(|header| header.parts.iter().any(|part| part.unit == Some(unit))) {
            conn.prepare_cached("UPDATE aside SET bytes = NULL WHERE hash = ?")?
                .execute([hash])?;
        }
    }
    Ok(())
}

fn strip(commit: &mut Commit, unit: Id) -> bool {
    let Ok(header) = Header::from_bytes(&commit.header) else {
        return false;
    };
    let mut stripped = false;
    for (named, bytes) in header.parts.iter().zip(&mut commit.parts) {
        if named.unit == Some(unit) && bytes.is_some() {
            *bytes = None;
            stripped = true;
        }
    }
    stripped
}
