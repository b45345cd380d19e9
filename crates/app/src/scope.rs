//! What a handler has in hand: a view of the rows, and for a command the means to commit.

use std::sync::Arc;

use journal::Lane;
use model::ids::Id;
use model::refusal::Refusal;
use model::request::Request;
use replica::{Appended, Context, Draft, ReplicaError, Tx};
use retail::{Day, Profile};
use rusqlite::{Connection, OptionalExtension, Row, ToSql};

use crate::Caller;
use crate::place::Place;

/// Implements a request.
pub trait Handle: Request {
    /// Who proves with a password that this request is theirs: an approver, or the caller once more. Checked, and wrong
    /// words counted, before anything else.
    fn proof(&self, _caller: &Caller) -> Option<Proof> {
        None
    }

    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Self::Response, Refusal>;
}

/// A name with the password that was given for it.
pub struct Proof {
    pub login: String,
    pub password: String,
}

enum Access<'a, 'tx> {
    Read(&'a Connection),
    Write(&'a mut Tx<'tx>),
}

/// One call: who, where, when, and the database.
pub struct Scope<'a, 'tx> {
    access: Access<'a, 'tx>,
    pub caller: &'a Caller,
    pub place: &'a Place,
    /// Own clock, ms UTC.
    pub now: i64,
    /// Whose password was given with the request and was right.
    pub proved: Option<Caller>,
    command: u16,
    request: Id,
}

impl<'a, 'tx> Scope<'a, 'tx> {
    pub fn reading(conn: &'a Connection, caller: &'a Caller, place: &'a Place, now: i64) -> Self {
        Self {
            access: Access::Read(conn),
            caller,
            place,
            now,
            proved: None,
            command: 0,
            request: Id([0; 16]),
        }
    }

    pub fn writing(
        tx: &'a mut Tx<'tx>,
        caller: &'a Caller,
        place: &'a Place,
        now: i64,
        command: u16,
        request: Id,
    ) -> Self {
        Self {
            access: Access::Write(tx),
            caller,
            place,
            now,
            proved: None,
            command,
            request,
        }
    }

    pub fn conn(&self) -> &Connection {
        match &self.access {
            Access::Read(conn) => conn,
            Access::Write(tx) => tx.conn(),
        }
    }

    /// The transaction of a command.
    pub fn tx(&mut self) -> Result<&mut Tx<'tx>, Refusal> {
        match &mut self.access {
            Access::Write(tx) => Ok(tx),
            Access::Read(_) => Err(Refusal::Failed {
                what: "a query tried to write".to_owned(),
            }),
        }
    }

    /// The series letter of the certificate under which this call writes: the spare's, once the first may write no more.
    pub fn letter(&mut self) -> Result<char, Refusal> {
        Ok(letter(self.tx()?)?)
    }

    pub fn profile(&self) -> Result<Arc<Profile>, Refusal> {
        self.place.profile(self.conn())
    }

    /// The store's local date now.
    pub fn today(&self) -> Result<Day, Refusal> {
        Ok(Place::local_day(&*self.profile()?, self.now))
    }

    /// The time by the server's clock as far as it is known here, ms UTC.
    pub fn server_time(&self) -> Result<i64, Refusal> {
        let skew = replica::meta::skew(self.conn())?.unwrap_or(0);
        Ok(self.now.saturating_add(skew.into()))
    }

    /// This till's store; refused at head office and at a store's relay.
    pub fn own_store(&self) -> Result<Id, Refusal> {
        let till = self.place.store_id.filter(|_| !self.place.till.is_empty());
        till.ok_or(Refusal::NotStoredHere)
    }

    /// A draft of a commit of this call.
    pub fn draft(&self, lane: Lane, day: Day) -> Draft {
        Draft::new(
            lane,
            Context {
                command: self.command,
                request: self.request,
                user: Some(self.caller.user),
                wall: self.now,
                // Unknown is a state of its own; a read that fails makes it unknown.
                skew: replica::meta::skew(self.conn()).ok().flatten(),
                date: day.0,
            },
        )
    }

    pub fn append(&mut self, draft: Draft) -> Result<Appended, Refusal> {
        Ok(self.tx()?.append(draft)?)
    }

    /// One row, or none.
    pub fn row<T>(
        &self,
        sql: &str,
        params: &[&dyn ToSql],
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Refusal> {
        row(self.conn(), sql, params, map)
    }

    /// All rows.
    pub fn rows<T>(
        &self,
        sql: &str,
        params: &[&dyn ToSql],
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Refusal> {
        rows(self.conn(), sql, params, map)
    }
}

pub fn row<T>(
    conn: &Connection,
    sql: &str,
    params: &[&dyn ToSql],
    map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, Refusal> {
    conn.prepare_cached(sql)
        .and_then(|mut statement| statement.query_row(params, map).optional())
        .map_err(|error| ReplicaError::from(error).into())
}

pub fn rows<T>(
    conn: &Connection,
    sql: &str,
    params: &[&dyn ToSql],
    map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Refusal> {
    conn.prepare_cached(sql)
        .and_then(|mut statement| statement.query_map(params, map)?.collect::<rusqlite::Result<Vec<T>>>())
        .map_err(|error| ReplicaError::from(error).into())
}

/// Runs a statement on a local table.
pub fn execute(conn: &Connection, sql: &str, params: &[&dyn ToSql]) -> Result<usize, Refusal> {
    conn.prepare_cached(sql)
        .and_then(|mut statement| statement.execute(params))
        .map_err(|error| ReplicaError::from(error).into())
}

/// An id column.
pub fn id_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Id> {
    let bytes: Vec<u8> = row.get(column)?;
    Id::from_slice(&bytes).ok_or(rusqlite::Error::FromSqlConversionFailure(
        column,
        rusqlite::types::Type::Blob,
        "not an id".into(),
    ))
}

/// An id column that may be null.
pub fn id_or_none(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Id>> {
    let bytes: Option<Vec<u8>> = row.get(column)?;
    Ok(bytes.as_deref().and_then(Id::from_slice))
}

/// What a full-text index is asked: every word begins a word of the row. None when there is no word at all.
pub fn match_words(text: &str) -> Option<String> {
    // An index word is short; what is longer than this finds nothing anyway.
    const MAX_WORDS: usize = 12;
    let words: Vec<String> = text
        // Accents and vowel signs that stand as characters of their own belong to their word; the index knows them.
        .split(|c: char| c.is_whitespace() || (c.is_ascii() && !c.is_ascii_alphanumeric()))
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .take(MAX_WORDS)
        .map(|word| format!("\"{word}\"*"))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The series letter of the certificate under which a transaction writes.
pub fn letter(tx: &Tx<'_>) -> Result<char, ReplicaError> {
    Ok(tx.writer()?.certificate.letter.chars().next().unwrap_or('A'))
}
