//! A small file in the form of `data/retail/lines.csv`, made from figures that the test adds up itself: the sums never come
//! from reading the file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::{Value, json};

pub const HEADER: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

/// splitmix64: small, and the same everywhere.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }

    fn small(&mut self, n: u64) -> i64 {
        i64::try_from(self.below(n)).unwrap()
    }
}

/// CRC-32 as zip and PNG have it, bit by bit.
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

pub struct Row {
    pub code: String,
    pub quantity: i64,
    /// Thousandths of a pound.
    pub mills: i64,
}

pub struct Invoice {
    pub number: String,
    /// Of January 2011.
    pub day: u32,
    pub customer: String,
    pub rows: Vec<Row>,
}

impl Invoice {
    pub fn is_return(&self) -> bool {
        self.number.starts_with('C')
    }

    fn is_adjustment(&self, row: &Row) -> bool {
        row.mills == 0 && !self.is_return()
    }

    /// In pence: each line rounded once, half away from zero. None for an invoice of adjustments alone.
    pub fn total(&self) -> Option<i64> {
        let lines: Vec<i64> = self
            .rows
            .iter()
            .filter(|row| !self.is_adjustment(row))
            .map(|row| (row.quantity.abs() * row.mills + 5) / 10)
            .collect();
        (!lines.is_empty()).then(|| lines.iter().sum())
    }
}

/// Sales, returns and adjustments; the last days after the first ones, four or so rows an invoice.
pub fn invoices(seed: u64, count: u64, days: u64) -> Vec<Invoice> {
    let mut chance = Chance(seed);
    (0..count)
        .map(|n| {
            // One of each kind at the start, so that no seed is without.
            let kind = if n < 3 { n } else { chance.below(20) };
            let rows = (0..=chance.below(4))
                .map(|_| {
                    let code = match chance.below(30) {
                        odd @ 0..6 => {
                            ["84970S", "84970s", "POST", "M", "D", "22 423"][usize::try_from(odd).unwrap()].to_owned()
                        }
                        _ => (20_000 + chance.below(60)).to_string(),
                    };
                    let most = if chance.below(30) == 0 { 3_000 } else { 12 };
                    let pieces = 1 + chance.small(most);
                    let price = match chance.below(10) {
                        0 => 1 + chance.small(999),
                        _ => 10 * (1 + chance.small(3_000)),
                    };
                    let (quantity, mills) = match kind {
                        0 => (-pieces, price),
                        // A row without a price in an ordinary invoice, too.
                        1 => (if chance.below(2) == 0 { -pieces } else { pieces }, 0),
                        2 if chance.below(2) == 0 => (pieces, 0),
                        _ => (pieces, price),
                    };
                    Row { code, quantity, mills }
                })
                .collect();
            Invoice {
                number: format!("{}{}", if kind == 0 { "C" } else { "" }, 536_000 + n),
                day: 4 + u32::try_from(n * days / count).unwrap(),
                customer: match chance.below(3) {
                    0 => String::new(),
                    _ => format!("{}.0", 12_000 + chance.below(40)),
                },
                rows,
            }
        })
        .collect()
}

/// The file's text; its description holds a comma and quotes.
pub fn text(invoices: &[Invoice]) -> String {
    let mut text = format!("{HEADER}\n");
    for invoice in invoices {
        for row in &invoice.rows {
            writeln!(
                text,
                "{},{code},\"GOODS, \"\"{code}\"\"\",{},2011-01-{:02} 09:30:00,{}.{:03},{},United Kingdom",
                invoice.number,
                row.quantity,
                invoice.day,
                row.mills / 1_000,
                row.mills % 1_000,
                invoice.customer,
                code = row.code,
            )
            .unwrap();
        }
    }
    text
}

/// What invoices come to.
#[derive(Default)]
pub struct Sums {
    pub sales: (i64, i64),
    pub returns: (i64, i64),
    pub adjustments: i64,
    /// Sellable pieces by product code.
    pub stock: BTreeMap<String, i64>,
    pub customers: BTreeSet<String>,
    /// Cash sessions: one for each run of invoices of one date.
    pub sessions: i64,
}

impl Sums {
    pub fn of<'a>(invoices: impl IntoIterator<Item = &'a Invoice>) -> Self {
        let mut sums = Self::default();
        let mut day = 0;
        for invoice in invoices {
            sums.sessions += i64::from(std::mem::replace(&mut day, invoice.day) != invoice.day);
            if let Some(total) = invoice.total() {
                let (count, sum) = if invoice.is_return() {
                    &mut sums.returns
                } else {
                    &mut sums.sales
                };
                *count += 1;
                *sum += total;
            }
            for row in &invoice.rows {
                let adjustment = invoice.is_adjustment(row);
                sums.adjustments += i64::from(adjustment);
                // A return's quantity is negative and its goods come back; a sale's goes.
                *sums.stock.entry(row.code.clone()).or_default() +=
                    if adjustment { row.quantity } else { -row.quantity };
            }
            if !invoice.customer.is_empty() {
                sums.customers.insert(invoice.customer.clone());
            }
        }
        sums
    }

    /// As `sales.totals` answers.
    pub fn totals(&self) -> Value {
        let sum = |(count, total): (i64, i64)| json!({"count": count, "total": total});
        json!({"sales": sum(self.sales), "returns": sum(self.returns)})
    }

    /// As a replay that took all of it reports, without its seconds.
    pub fn report(&self) -> Value {
        let mut report = self.totals();
        report["adjustments"] = json!({"count": self.adjustments});
        report["rejected"] = json!([]);
        report["skipped"] = json!(0);
        report
    }
}
