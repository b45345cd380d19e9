//! Sales and returns. Amounts are minor units, tax included, positive; the kind gives the direction.

use retail::Rate;
use retail::basket::Discount;
use retail::tender::Tender;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Done;
use crate::ids::Id;
use crate::paper::Paper;
use crate::request;

/// Rings up a sale: all of it is committed, or none.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SaleComplete {
    pub lines: Vec<NewLine>,
    #[serde(default)]
    pub customer: Option<Id>,
    pub payments: Vec<NewPayment>,
    /// What the screen showed; refused when a price has moved it since.
    pub total: i64,
    /// Someone higher allows what the seller's role does not.
    #[serde(default)]
    pub approval: Option<Approval>,
    /// Name and tax number to stand on the invoice.
    #[serde(default)]
    pub invoice_name: Option<String>,
    #[serde(default)]
    pub gstin: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NewLine {
    pub product: Id,
    /// 1 to 99,999.
    pub quantity: i64,
    /// Price of one as the screen showed it; refused when the offer price is another now.
    pub price: i64,
    #[serde(default)]
    pub discount: Discount,
    /// What a lens is made to.
    #[serde(default)]
    pub prescription: Option<Id>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NewPayment {
    #[serde(flatten)]
    pub tender: Tender,
    /// Terminal or bank reference; never a card number.
    #[serde(default)]
    pub reference: Option<String>,
}

/// An approver's word, given at this till with their password, or with their PIN where one works.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct Approval {
    pub login: String,
    pub password: String,
    pub reason: String,
}

impl std::fmt::Debug for Approval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Approval {{ login: {:?}, .. }}", self.login)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SaleDone {
    pub sale: Id,
    pub number: String,
    pub total: i64,
    /// What cash rounding added.
    pub rounding: i64,
    /// Cash to give back.
    pub change: i64,
    /// Whether cash moved, so that the drawer opens.
    pub cash: bool,
}
request!(80 "sale.complete" SaleComplete => SaleDone, Command, SalesWrite);

/// Takes goods back: against a sale's lines, or without a receipt by approval.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SaleReturn {
    pub sale: Id,
    pub lines: Vec<ReturnLine>,
    pub payments: Vec<NewPayment>,
    /// What the screen showed is given back.
    pub total: i64,
    pub reason: String,
    #[serde(default)]
    pub approval: Option<Approval>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReturnLine {
    /// The line of the sale.
    pub line: Id,
    pub quantity: i64,
}
request!(81 "sale.return" SaleReturn => SaleDone, Command, SalesWrite);

/// One sale or return, whole, by id or by number.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SaleGet {
    #[serde(default)]
    pub sale: Option<Id>,
    #[serde(default)]
    pub number: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sale {
    pub id: Id,
    pub number: String,
    pub is_return: bool,
    pub store: String,
    pub store_name: String,
    pub till: String,
    pub day: i32,
    pub wall: i64,
    pub user: String,
    pub customer: Option<Id>,
    pub customer_name: Option<String>,
    pub gstin: Option<String>,
    pub lines: Vec<Line>,
    pub taxes: Vec<TaxSum>,
    pub payments: Vec<PaymentRow>,
    pub total: i64,
    pub rounding: i64,
    pub change: i64,
    pub approver: Option<String>,
    pub reason: Option<String>,
    /// The sale that a return goes back to.
    pub original: Option<Id>,
    /// Returns that go back to this sale.
    pub returns: Vec<Id>,
    /// Ten characters of the commit's hash.
    pub mark: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    pub id: Id,
    pub product: Id,
    pub code: String,
    pub name: String,
    pub hsn: String,
    pub quantity: i64,
    pub list: i64,
    pub price: i64,
    pub discount: i64,
    pub total: i64,
    pub rate: Rate,
    pub taxable: i64,
    pub taxes: Vec<i64>,
    pub prescription: Option<Id>,
    /// Pieces that have come back already, over all stores.
    pub returned: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxSum {
    pub rate: Rate,
    pub taxable: i64,
    /// Name and amount of each component.
    pub taxes: Vec<(String, i64)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentRow {
    pub method: String,
    pub amount: i64,
    pub tendered: i64,
    pub reference: Option<String>,
}
request!(82 "sale.get" SaleGet => Sale, Query, SalesRead);

/// Sales and returns, newest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SaleList {
    /// ISO dates, inclusive.
    #[serde(default)]
    pub from: Option<String>,
    #[serde(default)]
    pub to: Option<String>,
    /// Store code.
    #[serde(default)]
    pub store: Option<String>,
    /// Part of a number, or of a customer's name.
    #[serde(default)]
    pub text: Option<String>,
    /// Rows to skip.
    #[serde(default)]
    pub offset: Option<u32>,
    /// At most 500.
    #[serde(default)]
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SaleRow {
    pub sale: Id,
    pub number: String,
    pub is_return: bool,
    pub store: String,
    pub day: i32,
    pub wall: i64,
    pub user: String,
    pub customer_name: Option<String>,
    pub lines: u32,
    pub total: i64,
    pub methods: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SaleRows {
    pub sales: Vec<SaleRow>,
    pub more: bool,
}
request!(83 "sale.list" SaleList => SaleRows, Query, SalesRead);

/// The paper of a sale; `reprint` puts the word under its head.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SaleReceipt {
    pub sale: Id,
    #[serde(default)]
    pub reprint: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    pub paper: Paper,
}
request!(84 "sale.receipt" SaleReceipt => Receipt, Query, SalesRead);

/// Count and total of sales and of returns, tax included, before cash rounding.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SalesTotals {
    /// Business dates, ISO, inclusive.
    #[serde(default)]
    pub from: Option<String>,
    #[serde(default)]
    pub to: Option<String>,
    /// Store code.
    #[serde(default)]
    pub store: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CountTotal {
    pub count: i64,
    pub total: i64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    pub sales: CountTotal,
    pub returns: CountTotal,
}
request!(85 "sales.totals" SalesTotals => Totals, Query, SalesRead);

/// Keeps the sale on screen, so that a crash loses no line. An empty body forgets it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct BasketKeep {
    /// What the window wants back; at most 1 MiB.
    pub body: String,
}
request!(86 "basket.keep" BasketKeep => Done, Local, SalesWrite);

/// The sale that was on screen.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct BasketKept {}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct KeptBasket {
    pub body: Option<String>,
}
request!(87 "basket.kept" BasketKept => KeptBasket, Query, SalesWrite);
