//! Stock: what lies where.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Done;
use crate::ids::Id;
use crate::request;

/// Sellable pieces of a product in every store.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StockLevel {
    /// Product code.
    pub product: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoreLevel {
    pub store: String,
    pub on_hand: i64,
    /// At head office: when it last heard of a till of that store, ms UTC. A till has nothing to say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_until: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Levels {
    pub product: String,
    pub stores: Vec<StoreLevel>,
}
request!(100 "stock.level" StockLevel => Levels, Query, StockRead);

/// Corrects what a shelf holds, with a reason.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StockAdjust {
    /// Product code.
    pub product: String,
    /// Pieces found (positive) or missing (negative).
    pub change: i64,
    pub reason: String,
}
request!(101 "stock.adjust" StockAdjust => Done, Command, StockAdjust);

/// Products that a store sold more of than it had.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct StockOversold {}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OversoldRow {
    pub product: Id,
    pub code: String,
    pub name: String,
    pub store: String,
    pub on_hand: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Oversold {
    /// At most 500, the deepest first.
    pub rows: Vec<OversoldRow>,
    pub more: bool,
}
request!(102 "stock.oversold" StockOversold => Oversold, Query, StockRead);

/// Last movements of a product, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StockMovements {
    /// Product code.
    pub product: String,
    /// Store code.
    #[serde(default)]
    pub store: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MovementRow {
    pub wall: i64,
    pub quantity: i64,
    pub from: String,
    pub to: String,
    pub reason: String,
    pub note: Option<String>,
    pub user: String,
    pub document: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Movements {
    /// At most 200.
    pub movements: Vec<MovementRow>,
}
request!(103 "stock.movements" StockMovements => Movements, Query, StockRead);

/// Says how many sellable pieces of a product lie in this till's store. It is counted blind: nobody is told what should be there.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StockCount {
    /// Product code.
    pub product: String,
    /// Pieces found, 0 to 1,000,000.
    pub counted: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counted {
    pub line: Id,
}
request!(104 "stock.count" StockCount => Counted, Command, StockCount);

/// The last count of each product, with what should have lain there: the movements before it, those that came late among them.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StockCounts {
    /// Store code; all stores without.
    #[serde(default)]
    pub store: Option<String>,
}

/// How a count stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountState {
    /// The books were corrected by it, and a movement of before it came later.
    Changed,
    /// It differs from the books, and every other till of the store has said since what it sold.
    Differs,
    /// It differs from the books, and a till that may have sold before has not been heard of.
    Waits,
    /// The books say the same.
    Agrees,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CountRow {
    pub line: Id,
    /// Product code.
    pub product: String,
    pub name: String,
    /// Store code.
    pub store: String,
    /// ms UTC.
    pub at: i64,
    pub user: String,
    pub counted: i64,
    /// What the movements before it come to.
    pub expected: i64,
    /// Pieces by which the books were corrected for it.
    pub corrected: i64,
    /// Pieces by which they are still to be: found (positive) or missing.
    pub difference: i64,
    pub state: CountState,
    /// Tills of the store that have not been heard of since, where that matters.
    pub waits_for: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// At most 500 of the last 2,000 counts: what a person has to look at first, then the latest.
    pub rows: Vec<CountRow>,
    pub more: bool,
}
request!(105 "stock.counts" StockCounts => Counts, Query, StockAdjust);

/// Corrects the books by what a count found, as of when it was counted. Approved by somebody higher than who counted.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StockCountSettle {
    pub line: Id,
    /// The difference that the screen showed, pieces; refused when what came meanwhile has made it another.
    pub difference: i64,
    /// Needed while a till of the store has not been heard of since.
    #[serde(default)]
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Settled {
    /// Pieces by which the books were corrected.
    pub corrected: i64,
}
request!(106 "stock.count_settle" StockCountSettle => Settled, Command, StockAdjust);
