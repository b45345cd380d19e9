//! Cash sessions: the drawer from its float to its count. Amounts are minor units.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::Id;
use crate::request;

/// The open session of this till.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SessionCurrent {}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Session {
    pub id: Id,
    /// Business date, days since 1970.
    pub day: i32,
    pub float: i64,
    /// When it was opened, ms UTC.
    pub opened: i64,
    pub opened_by: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CurrentSession {
    pub session: Option<Session>,
    /// The business date a session opened now would have.
    pub today: i32,
    /// What the last session of this till was counted at.
    pub last_counted: Option<i64>,
}
request!(60 "session.current" SessionCurrent => CurrentSession, Query, SignedIn);

/// Opens the drawer's session with a float.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SessionOpen {
    pub float: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SessionOpened {
    pub session: Session,
}
request!(61 "session.open" SessionOpen => SessionOpened, Command, CashUse);

/// What the open session has taken, by method, and what should lie in the drawer.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SessionSummary {}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MethodTotal {
    pub method: String,
    /// Taken less given back.
    pub amount: i64,
    pub count: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    pub session: Session,
    pub sales: u32,
    pub returns: u32,
    pub total: i64,
    pub methods: Vec<MethodTotal>,
    pub cash_sales: i64,
    pub cash_refunds: i64,
    /// Float + cash sales - cash refunds.
    pub expected: i64,
}
request!(62 "session.summary" SessionSummary => Summary, Query, CashUse);

/// Closes the session with a count; the difference is kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SessionClose {
    pub counted: i64,
    /// What the screen showed as expected; refused when a sale has moved it since.
    pub expected: i64,
    #[serde(default)]
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SessionClosed {
    /// Of the Z report.
    pub number: String,
    pub counted: i64,
    pub expected: i64,
    /// Counted less expected.
    pub variance: i64,
}
request!(63 "session.close" SessionClose => SessionClosed, Command, CashUse);
