//! Writing projected rows: each goes into its table and into the digest, in one call.

use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

use crate::digest::Digest;
use crate::error::ReplicaError;

/// A projected table whose rows are facts: written once, never changed.
pub struct Table {
    pub name: &'static str,
    /// All columns, the key first.
    pub columns: &'static str,
}

/// One column of a row.
#[derive(Clone, Copy)]
pub enum Column<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl ToSql for Column<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(SqlValue::Null),
            Self::Int(number) => ToSqlOutput::Owned(SqlValue::Integer(*number)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

impl<'a> From<ValueRef<'a>> for Column<'a> {
    fn from(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Int(number),
            // No projected column is a float.
            ValueRef::Real(_) => Self::Null,
            ValueRef::Text(text) => std::str::from_utf8(text).map_or(Self::Blob(text), Self::Text),
            ValueRef::Blob(bytes) => Self::Blob(bytes),
        }
    }
}
impl From<i64> for Column<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
impl From<i32> for Column<'_> {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}
impl From<u32> for Column<'_> {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}
impl From<u16> for Column<'_> {
    fn from(number: u16) -> Self {
        Self::Int(number.into())
    }
}
impl From<u8> for Column<'_> {
    fn from(number: u8) -> Self {
        Self::Int(number.into())
    }
}
impl From<bool> for Column<'_> {
    fn from(flag: bool) -> Self {
        Self::Int(flag.into())
    }
}
impl<'a> From<&'a str> for Column<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}
impl<'a> From<&'a String> for Column<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}
impl<'a> From<&'a [u8]> for Column<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(bytes)
    }
}
impl<'a> From<&'a Vec<u8>> for Column<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}
impl<'a> From<&'a model::ids::Id> for Column<'a> {
    fn from(id: &'a model::ids::Id) -> Self {
        Self::Blob(id.as_bytes())
    }
}
impl<'a> From<&'a model::ids::Hash> for Column<'a> {
    fn from(hash: &'a model::ids::Hash) -> Self {
        Self::Blob(hash.as_bytes())
    }
}
impl<'a> From<&'a Option<model::ids::Id>> for Column<'a> {
    fn from(id: &'a Option<model::ids::Id>) -> Self {
        id.as_ref().map_or(Self::Null, |id| Self::Blob(id.as_bytes()))
    }
}
impl<'a> From<&'a Option<String>> for Column<'a> {
    fn from(text: &'a Option<String>) -> Self {
        text.as_deref().map_or(Self::Null, Self::Text)
    }
}
impl From<&Option<i64>> for Column<'_> {
    fn from(number: &Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Int)
    }
}
impl<'a> From<&'a i64> for Column<'a> {
    fn from(number: &'a i64) -> Self {
        Self::Int(*number)
    }
}

/// Makes a row from anything that is a column.
#[macro_export]
macro_rules! row {
    ($($value:expr),* $(,)?) => { [$($crate::rows::Column::from($value)),*] };
}

fn digest_bytes(table: &str, columns: &[Column<'_>]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    let mut writer = minicbor::Encoder::new(&mut bytes);
    // Writing to a vector cannot fail.
    let _ = writer.str(table);
    for column in columns {
        let _ = match column {
            Column::Null => writer.null(),
            Column::Int(number) => writer.i64(*number),
            Column::Text(text) => writer.str(text),
            Column::Blob(blob) => writer.bytes(blob),
        };
    }
    bytes
}

impl Table {
    /// Adds a fact's row to the table and to the digest of its lane and month.
    pub fn insert(
        &self,
        conn: &Connection,
        digest: &mut Digest,
        lane: u8,
        month: i32,
        columns: &[Column<'_>],
    ) -> Result<(), ReplicaError> {
        self.put(conn, digest, lane, month, columns, None)
    }

    /// The same with the row of the commit that says it, which is this replica's own: the digest does not tell it.
    pub fn insert_placed(
        &self,
        conn: &Connection,
        digest: &mut Digest,
        lane: u8,
        month: i32,
        columns: &[Column<'_>],
        row: i64,
    ) -> Result<(), ReplicaError> {
        self.put(conn, digest, lane, month, columns, Some(row))
    }

    fn put(
        &self,
        conn: &Connection,
        digest: &mut Digest,
        lane: u8,
        month: i32,
        columns: &[Column<'_>],
        row: Option<i64>,
    ) -> Result<(), ReplicaError> {
        debug_assert_eq!(self.columns.split(',').count(), columns.len(), "{}", self.name);
        let (own, mark) = row.map_or(("", ""), |_| (",row", ",?"));
        let marks = vec!["?"; columns.len()].join(",");
        let sql = format!(
            "INSERT INTO {} ({}{own}) VALUES ({marks}{mark})",
            self.name, self.columns
        );
        let all = columns.iter().copied().chain(row.map(Column::Int));
        conn.prepare_cached(&sql)?.execute(params_from_iter(all))?;
        digest.add(lane, month, digest_bytes(self.name, columns));
        Ok(())
    }

    /// Takes a fact's row away again, from the table and from the digest, with the bytes it was added with.
    pub fn remove(
        &self,
        conn: &Connection,
        digest: &mut Digest,
        lane: u8,
        month: i32,
        columns: &[Column<'_>],
    ) -> Result<(), ReplicaError> {
        debug_assert_eq!(self.columns.split(',').count(), columns.len(), "{}", self.name);
        let same = self.columns.split(',').map(|column| format!("\"{column}\" IS ?"));
        let sql = format!(
            "DELETE FROM {} WHERE {}",
            self.name,
            same.collect::<Vec<_>>().join(" AND ")
        );
        let removed = conn.prepare_cached(&sql)?.execute(params_from_iter(columns))?;
        if removed != 1 {
            return Err(ReplicaError::damaged(format!(
                "{} rows of {} where one was",
                removed, self.name
            )));
        }
        digest.remove(lane, month, digest_bytes(self.name, columns));
        Ok(())
    }
}

/// Adds or removes a row of the digest whose table row is kept by other means (documents).
pub fn digest_row(table: &str, columns: &[Column<'_>]) -> Vec<u8> {
    digest_bytes(table, columns)
}
