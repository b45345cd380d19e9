//! The base: sums that stand for trade which this folder no longer keeps. See [`fold`](crate::fold).
//!
//! Every row is a key, how many records it stands for, and what they come to. The rows go into the digest under a lane of
//! their own, which is no part of what replicas compare, so that `verify` finds one whose bits rotted.

use model::ids::Id;
use model::records::{Account, Record};
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::digest::{DOCUMENTS, Digest};
use crate::error::ReplicaError;
use crate::meta::{meta, set_meta};
use crate::project::{Placed, goods_of_line};
use crate::row;
use crate::rows::{Column, digest_row};

/// Stands in the digest where a lane does.
const LANE: u8 = 254;
/// Name in `local_meta`: the first month, year times 12 and month, of which all trade is kept here.
pub(crate) const KEPT_FROM: &str = "kept_from";

/// A table of sums.
struct Sums {
    name: &'static str,
    key: &'static str,
}

const SALE: Sums = Sums {
    name: "base_sale",
    key: "store,day,kind",
};
const TENDER: Sums = Sums {
    name: "base_tender",
    key: "store,day,kind,method",
};
const TAX: Sums = Sums {
    name: "base_tax",
    key: "store,day,kind,rate,component",
};
const CUSTOMER: Sums = Sums {
    name: "base_customer",
    key: "customer,kind",
};
const BALANCE: Sums = Sums {
    name: "base_balance",
    key: "product,account",
};
const REPLAYED: Sums = Sums {
    name: "base_replayed",
    key: "invoice,file",
};
/// Its total is the greatest number of a series.
const NUMBER: Sums = Sums {
    name: "base_number",
    key: "device,series",
};
const ALL: [&Sums; 7] = [&SALE, &TENDER, &TAX, &CUSTOMER, &BALANCE, &REPLAYED, &NUMBER];

/// Whether a table holds such sums.
pub(crate) fn is_sums(table: &str) -> bool {
    ALL.iter().any(|sums| sums.name == table)
}

/// The first month, year times 12 and month, of which all trade is kept here; 0 where all of it is.
///
/// # Errors
/// A database that cannot be read.
pub fn kept_from(conn: &Connection) -> Result<i32, ReplicaError> {
    let bytes = meta(conn, KEPT_FROM)?.and_then(|bytes| bytes.try_into().ok());
    Ok(bytes.map_or(0, i32::from_be_bytes))
}

/// From which row of `commit_log` and from when on, ms UTC, counts are compared with the movements before them. A commit that
/// became part of a sum no longer says of whom it knew, so of a count that came before it nobody can tell any more what was
/// before that.
///
/// # Errors
/// A database that cannot be read.
pub fn counted_since(conn: &Connection) -> Result<(i64, i64), ReplicaError> {
    let month = kept_from(conn)?;
    if month == 0 {
        return Ok((0, i64::MIN));
    }
    let row: Option<i64> = conn
        .prepare_cached("SELECT MAX(row) FROM commit_log WHERE header = x''")?
        .query_row([], |row| row.get(0))?;
    let first = retail::Day::from_ymd(
        (month - 1).div_euclid(12),
        (month - 1).rem_euclid(12).unsigned_abs() + 1,
        1,
    );
    let first = first.map_err(|_| ReplicaError::damaged("the month from which all is kept"))?;
    Ok((row.unwrap_or(0), i64::from(first.0) * 86_400_000))
}

pub(crate) fn keep_from(conn: &Connection, month: i32) -> Result<(), ReplicaError> {
    set_meta(conn, KEPT_FROM, &month.max(kept_from(conn)?).to_be_bytes())
}

impl Sums {
    fn condition(&self) -> String {
        let same = self.key.split(',').map(|column| format!("{column} = ?"));
        same.collect::<Vec<_>>().join(" AND ")
    }

    fn put(
        &self,
        conn: &Connection,
        digest: &mut Digest,
        key: &[Column<'_>],
        count: i64,
        total: i64,
    ) -> Result<(), ReplicaError> {
        let marks = vec!["?"; key.len() + 2].join(",");
        let sql = format!(
            "INSERT OR REPLACE INTO {} ({},count,total) VALUES ({marks})",
            self.name, self.key
        );
        let row: Vec<Column<'_>> = key.iter().copied().chain([count.into(), total.into()]).collect();
        conn.prepare_cached(&sql)?.execute(params_from_iter(&row))?;
        digest.add(LANE, DOCUMENTS, digest_row(self.name, &row));
        Ok(())
    }

    /// One more record, which comes to `total`.
    fn add(&self, conn: &Connection, digest: &mut Digest, key: &[Column<'_>], total: i64) -> Result<(), ReplicaError> {
        // `retail::MAX_AMOUNT` keeps sums of this many records far from the end of the numbers.
        self.change(conn, digest, key, |sum| sum.saturating_add(total))
    }

    fn change(
        &self,
        conn: &Connection,
        digest: &mut Digest,
        key: &[Column<'_>],
        next: impl FnOnce(i64) -> i64,
    ) -> Result<(), ReplicaError> {
        let sql = format!("SELECT count, total FROM {} WHERE {}", self.name, self.condition());
        let before: Option<(i64, i64)> = conn
            .prepare_cached(&sql)?
            .query_row(params_from_iter(key), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((count, total)) = before {
            let row: Vec<Column<'_>> = key.iter().copied().chain([count.into(), total.into()]).collect();
            digest.remove(LANE, DOCUMENTS, digest_row(self.name, &row));
        }
        let (count, sum) = before.unwrap_or((0, 0));
        self.put(conn, digest, key, count + 1, next(sum))
    }
}

/// The greatest number of a series, by what its numbers share, that stands on a paper of which only sums are kept; 0 without.
///
/// # Errors
/// A database that cannot be read.
pub fn last_number(conn: &Connection, device: Id, series: &str) -> Result<i64, ReplicaError> {
    let last = conn
        .prepare_cached("SELECT total FROM base_number WHERE device = ? AND series = ?")?
        .query_row(rusqlite::params![device.as_bytes(), series], |row| row.get(0))
        .optional()?;
    Ok(last.unwrap_or(0))
}

fn numbered(conn: &Connection, digest: &mut Digest, device: Id, number: &str) -> Result<(), ReplicaError> {
    let (series, place) = retail::split_series(number);
    // Only a till that lies writes one that does not end in its place.
    let Ok(place) = place.parse::<i64>() else {
        return Ok(());
    };
    NUMBER.change(conn, digest, &row![&device, series], |last| last.max(place))
}

/// Adds the records of a commit of a device that is folded.
pub(crate) fn add(
    conn: &Connection,
    digest: &mut Digest,
    device: Id,
    date: i32,
    records: &[Placed],
) -> Result<(), ReplicaError> {
    // A line and a payment stand in the commit of their sale; a commit may hold more than one.
    let sale_at = |placed: &Placed, cite: model::records::Cite| {
        records
            .iter()
            .find_map(|other| match (&other.record, cite) {
                (Record::Sale(sale), model::records::Cite::Here { part, index })
                    if (other.part, other.index) == (part, index) =>
                {
                    Some(sale)
                }
                _ => None,
            })
            .ok_or_else(|| ReplicaError::damaged(format!("record {}.{} without its sale", placed.part, placed.index)))
    };
    for placed in records {
        match &placed.record {
            Record::Sale(sale) => {
                let kind = sale.direction.code();
                SALE.add(conn, digest, &row![&sale.store, date, kind], sale.total)?;
                numbered(conn, digest, device, &sale.number)?;
                if let Some(customer) = &sale.customer {
                    CUSTOMER.add(conn, digest, &row![customer, kind], sale.total)?;
                }
            }
            Record::SaleLine(line) => {
                let sale = sale_at(placed, line.sale)?;
                let kind = sale.direction.code();
                for (component, amount) in (0i64..).zip([line.taxable].iter().chain(&line.taxes)) {
                    let key = row![&sale.store, date, kind, line.rate, component];
                    TAX.add(conn, digest, &key, *amount)?;
                }
                if line.stocked {
                    let (from, to) = goods_of_line(sale.store, kind);
                    moved(conn, digest, &line.product, line.quantity, from, to)?;
                }
            }
            Record::Payment(payment) => {
                let sale = sale_at(placed, payment.sale)?;
                let key = row![&sale.store, date, sale.direction.code(), &payment.method];
                TENDER.add(conn, digest, &key, payment.amount)?;
            }
            Record::Movement(body) => moved(conn, digest, &body.product, body.quantity, body.from, body.to)?,
            Record::SessionClosed(closed) => numbered(conn, digest, device, &closed.number)?,
            Record::Replayed(body) => REPLAYED.add(conn, digest, &row![&body.invoice, &body.file], 0)?,
            _ => {}
        }
    }
    Ok(())
}

fn moved(
    conn: &Connection,
    digest: &mut Digest,
    product: &Id,
    quantity: i64,
    from: Account,
    to: Account,
) -> Result<(), ReplicaError> {
    let (from, to) = (from.key(), to.key());
    BALANCE.add(conn, digest, &row![product, &from], -quantity)?;
    BALANCE.add(conn, digest, &row![product, &to], quantity)
}

/// Copies all sums into a database whose rows are made anew, and begins its balances with them.
pub(crate) fn copy(source: &Connection, conn: &Connection, digest: &mut Digest) -> Result<(), ReplicaError> {
    for sums in ALL {
        let width = sums.key.split(',').count();
        let mut statement = source.prepare(&format!("SELECT {},count,total FROM {}", sums.key, sums.name))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let key: Vec<Column<'_>> = (0..width)
                .map(|at| row.get_ref(at).map(Column::from))
                .collect::<Result<_, _>>()?;
            sums.put(conn, digest, &key, row.get(width)?, row.get(width + 1)?)?;
        }
    }
    digest.accept();
    conn.execute_batch(
        "INSERT INTO balance (product, account, quantity) SELECT product, account, total FROM base_balance",
    )?;
    Ok(())
}
