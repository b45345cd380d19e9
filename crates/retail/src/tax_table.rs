//! Which rate is in force: dated tables, by HSN code and then by kind.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::day::Day;
use crate::kind::ProductKind;
use crate::rate::Rate;

/// The rates from one day until the next table begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxTable {
    /// First day in force, of the store's calendar.
    pub from: Day,
    /// For goods nobody classified.
    pub standard: Rate,
    /// By the beginning of the HSN or SAC code, digits only; the longest that fits wins.
    pub by_hsn: BTreeMap<String, Rate>,
    /// For goods whose code is in no row above.
    pub by_kind: BTreeMap<ProductKind, Rate>,
}

/// Why there is no rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaxError {
    #[error("no tax table is known for {day}")]
    NoTable { day: Day },
    #[error("no tax rate is known for {kind} with code {hsn:?} on {day}")]
    NoRate { hsn: String, kind: ProductKind, day: Day },
    #[error("the amounts are too large to add up")]
    TooLarge,
}

impl TaxTable {
    /// The rate by code, longest beginning first, then by kind. Points and blanks in the code are ignored.
    #[must_use]
    pub fn rate(&self, hsn: &str, kind: ProductKind) -> Option<Rate> {
        let code: String = hsn.chars().filter(char::is_ascii_digit).collect();
        (1..=code.len())
            .rev()
            .find_map(|length| self.by_hsn.get(code.get(..length)?))
            .or_else(|| self.by_kind.get(&kind))
            .copied()
    }
}

/// The table in force on `day`: the latest that had begun. Tables may stand in any order.
#[must_use]
pub fn in_force(tables: &[TaxTable], day: Day) -> Option<&TaxTable> {
    tables
        .iter()
        .filter(|table| table.from <= day)
        .max_by_key(|table| table.from)
}

/// The table in force on `day`, or the earliest known where none had begun (sales older than the tables).
#[must_use]
pub fn in_force_or_earliest(tables: &[TaxTable], day: Day) -> Option<&TaxTable> {
    in_force(tables, day).or_else(|| tables.iter().min_by_key(|table| table.from))
}
