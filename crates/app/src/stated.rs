//! What devices stated of themselves, set beside what is held here: who lags, who shows other figures, whose log is told in
//! two ways.

use journal::Statement;
use model::ids::Id;
use model::refusal::Refusal;
use model::requests::office::DeviceStated;
use replica::statement::{disputed, lag, present, statements};
use rusqlite::Connection;

use crate::checkpoint::stated_from;
use crate::office::{author_of, device_name};
use crate::scope::{id_at, row};

/// The last word of a device.
pub struct Word {
    pub device: Id,
    pub statement: Statement,
    /// Devices that hold the same and read the same; this one is among them when it does.
    pub beside: usize,
    /// One of those that shows something else.
    pub differs_from: Option<Id>,
}

/// The last word of every device that has stated anything, `own` being this one, which speaks for the present.
///
/// # Errors
/// A database that cannot be read.
pub fn words(conn: &Connection, own: Id, now: i64) -> Result<Vec<Word>, Refusal> {
    let mut last: Vec<(Id, Statement)> = Vec::new();
    for statement in statements(conn)? {
        let device: Option<Id> = row(
            conn,
            "SELECT device FROM device WHERE certificate = ? LIMIT 1",
            &[&statement.certificate.as_bytes()],
            |row| id_at(row, 0),
        )?;
        let Some(device) = device.filter(|device| *device != own) else {
            continue;
        };
        // A device that went on under another certificate speaks under that one.
        match last.iter_mut().find(|(of, _)| *of == device) {
            Some((_, before)) if before.number < statement.number => *before = statement,
            Some(_) => {}
            None => last.push((device, statement)),
        }
    }
    last.push((own, present(conn, now)?));
    let words = last.iter().map(|(device, statement)| {
        // Head office first: where it holds the same, it is what others are measured by.
        let same = |(of, other): &&(Id, Statement)| {
            of != device && other.level == statement.level && other.vector == statement.vector
        };
        let beside: Vec<_> = last.iter().rev().filter(same).collect();
        let differs = beside.iter().find(|(_, other)| statement.contradicts(other));
        Word {
            device: *device,
            statement: statement.clone(),
            beside: beside.len(),
            differs_from: differs.map(|(of, _)| *of),
        }
    });
    Ok(words.filter(|word| word.device != own).collect())
}

/// A word for the page of devices.
///
/// # Errors
/// A database that cannot be read.
pub fn beside(conn: &Connection, word: &Word) -> Result<DeviceStated, Refusal> {
    let Statement {
        wall,
        level,
        erased,
        to_erase,
        kept_from,
        ..
    } = word.statement;
    Ok(DeviceStated {
        wall,
        level,
        lag: i64::try_from(lag(conn, &word.statement)?).unwrap_or(i64::MAX),
        agrees: (word.beside > 0).then_some(word.differs_from.is_none()),
        erased,
        to_erase,
        kept_from: stated_from(kept_from),
    })
}

/// Pairs of devices that hold the same and show different, each once, as people call them.
///
/// # Errors
/// A database that cannot be read.
pub fn differing(conn: &Connection, words: &[Word]) -> Result<Vec<(String, String)>, Refusal> {
    let mut found = Vec::new();
    for word in words {
        let Some(other) = word.differs_from else { continue };
        let (one, other) = (device_name(conn, word.device)?, device_name(conn, other)?);
        if !found.contains(&(other.clone(), one.clone())) {
            found.push((one, other));
        }
    }
    Ok(found)
}

/// Devices whose log holds something else here than another device says it was given, and who says so.
///
/// # Errors
/// A database that cannot be read.
pub fn rewritten(conn: &Connection, words: &[Word]) -> Result<Vec<(String, String)>, Refusal> {
    let mut found: Vec<(String, String)> = Vec::new();
    for word in words {
        for log in disputed(conn, &word.statement)? {
            let Some(author) = author_of(conn, log)? else { continue };
            let pair = (device_name(conn, author)?, device_name(conn, word.device)?);
            if !found.contains(&pair) {
                found.push(pair);
            }
        }
    }
    Ok(found)
}
