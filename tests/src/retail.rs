//! The retail file, read and added up without a line of the application's code, so that both can be compared.

mod generated;
mod read;

use std::collections::{BTreeMap, BTreeSet};

pub use generated::generated;
pub use read::{Row, read};

/// Count and total, positive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    pub count: i64,
    pub total: i64,
}

/// What the rows of a share come to.
#[derive(Debug, Default)]
pub struct Expected {
    pub sales: Sum,
    pub returns: Sum,
    pub adjustments: i64,
    /// Invoices that leave anything at all.
    pub invoices: i64,
    /// Lines that cannot be taken, the header being line 1.
    pub rejected: BTreeSet<u64>,
    /// Pieces by product code, a sale being negative.
    pub stock: BTreeMap<String, i64>,
    /// Sales and returns by business date.
    pub days: BTreeMap<String, (Sum, Sum)>,
    /// Cash sessions: one for each run of invoices of one date.
    pub sessions: i64,
}

/// CRC-32 as zip and PNG have it.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xEDB8_8320
            } else {
                crc >> 1
            }
        })
    })
}

/// Adds up share `index` of `of`.
///
/// # Panics
/// An amount is beyond all sense.
#[must_use]
pub fn add_up(rows: &[Row], index: u32, of: u32) -> Expected {
    let mut sums = Expected::default();
    let mut order: Vec<&str> = Vec::new();
    let mut invoices: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| crc32(row.invoice.as_bytes()) % of == index) {
        if row.taken {
            let rows = invoices.entry(&row.invoice).or_insert_with(|| {
                order.push(&row.invoice);
                Vec::new()
            });
            rows.push(row);
        } else {
            sums.rejected.insert(row.line);
        }
    }
    let mut day_before = "";
    for invoice in order {
        let rows = &invoices[invoice];
        let day = rows[0].date.as_str();
        sums.sessions += i64::from(std::mem::replace(&mut day_before, day) != day);
        sums.invoices += 1;
        let back = rows[0].is_return();
        let mut total = None;
        for row in rows {
            *sums.stock.entry(row.code.clone()).or_default() += if row.is_adjustment() {
                row.quantity
            } else if back {
                row.quantity.abs()
            } else {
                -row.quantity
            };
            if row.is_adjustment() {
                sums.adjustments += 1;
            } else {
                *total.get_or_insert(0) += row.total();
            }
        }
        if let Some(total) = total {
            let of_day = sums.days.entry(day.to_owned()).or_default();
            for sum in if back {
                [&mut sums.returns, &mut of_day.1]
            } else {
                [&mut sums.sales, &mut of_day.0]
            } {
                sum.count += 1;
                sum.total += total;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn half_a_penny_goes_away_from_zero() {
        let file = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
                    7,A,\"a, \"\"b\"\"\",5,2011-01-04 09:00:00,0.001,,UK\n\
                    7,A,b,1,2011-01-04 09:00:00,1.005,,UK\n\
                    C8,A,b,-1,2011-01-05 09:00:00,0.5,,UK\n\
                    9,B,found,-3,2011-01-05 09:00:00,0,,UK\n\
                    ,B,no number,1,2011-01-05 09:00:00,1,,UK\n";
        let sums = add_up(&read(file.as_bytes()), 0, 1);
        assert_eq!(
            sums.sales,
            Sum {
                count: 1,
                total: 1 + 101
            }
        );
        assert_eq!(sums.returns, Sum { count: 1, total: 50 });
        assert_eq!((sums.adjustments, sums.invoices, sums.sessions), (1, 3, 2));
        assert_eq!(sums.rejected, BTreeSet::from([6]));
        assert_eq!(sums.stock, BTreeMap::from([("A".into(), -5), ("B".into(), -3)]));
    }
}
