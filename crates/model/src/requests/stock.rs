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
