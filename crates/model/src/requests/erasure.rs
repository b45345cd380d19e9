//! Erasing a person's data, and handing out all there is of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Done;
use super::clinic::Prescription;
use super::customers::Conflict;
use super::sales::Sale;
use crate::ids::{CustomerUnit, Id};
use crate::records::EraseReason;
use crate::request;
use optics::EyePrescription;

/// Orders that a customer's data be erased, everywhere: they are gone from every screen as soon as the order arrives, and
/// from every disk seven days later. Amounts stay. Written by head office, or by the till that founded the chain.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CustomerErase {
    pub customer: Id,
    /// Which of the three; all when unsaid. Law may demand that clinical records or invoices are kept longer than contacts.
    #[serde(default)]
    pub units: Option<Vec<CustomerUnit>>,
    pub reason: EraseReason,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EraseMade {
    pub order: Id,
    /// From here on nothing can be withdrawn and the bytes go; ms UTC by the server's clock.
    pub not_before: i64,
}
request!(155 "customer.erase" CustomerErase => EraseMade, Command, CustomersErase);

/// Takes an order back, before its time is over: everything is there again.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CustomerEraseWithdraw {
    pub order: Id,
}
request!(156 "customer.erase_withdraw" CustomerEraseWithdraw => Done, Command, CustomersErase);

/// Every order, newest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct CustomerErasures {
    /// Of this customer alone.
    #[serde(default)]
    pub customer: Option<Id>,
}

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EraseState {
    /// It can still be withdrawn.
    Ordered,
    /// Its time is over; the bytes go at the next contact with the server.
    Due,
    /// Nothing of it is left here.
    Done,
    Withdrawn,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Erasure {
    pub order: Id,
    /// The pseudonym that stays.
    pub customer: Option<Id>,
    /// Empty once the contact is gone.
    pub name: String,
    pub units: Vec<CustomerUnit>,
    pub reason: EraseReason,
    /// ms UTC by the author's clock.
    pub ordered_at: i64,
    pub ordered_by: String,
    /// ms UTC by the server's clock.
    pub not_before: i64,
    pub state: EraseState,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Erasures {
    /// At most 500.
    pub erasures: Vec<Erasure>,
}
request!(157 "customer.erasures" CustomerErasures => Erasures, Query, CustomersErase);

/// Everything about one person.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CustomerExport {
    pub customer: Id,
}

/// What is held of a person. What was erased is absent.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PersonExport {
    pub organisation: String,
    /// ms UTC by this device's clock.
    pub made_at: i64,
    pub customer: Id,
    pub contact: Option<ContactData>,
    pub clinical: Option<ClinicalData>,
    pub invoice: Option<InvoiceData>,
    /// Who wrote what into which field, oldest first.
    pub history: Vec<HistoryRow>,
    /// Fields that hold several values, written in several places at once.
    pub conflicts: Vec<Conflict>,
    pub prescriptions: Vec<Prescription>,
    pub tests: Vec<TestData>,
    /// With lines, payments and the name on the invoice; amounts in minor units.
    pub sales: Vec<Sale>,
    pub erasures: Vec<Erasure>,
    /// More than an export holds: lists end after 20,000 rows.
    pub more: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactData {
    pub code: String,
    pub name: String,
    pub phone: String,
    pub email: String,
    /// ISO date.
    pub birth_date: Option<String>,
    pub address: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClinicalData {
    pub allergies: String,
    pub notes: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvoiceData {
    pub legal_name: String,
    pub gstin: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryRow {
    /// `contact`, `clinical`, `invoice`, `eye_test` or `prescription`.
    pub record: String,
    pub field: String,
    pub value: String,
    pub user: String,
    pub till: String,
    /// ms UTC by the writer's clock.
    pub wall: i64,
}

/// An eye test, open or signed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TestData {
    pub test: Id,
    pub started: i64,
    pub started_by: String,
    pub right: EyePrescription,
    pub left: EyePrescription,
    pub reason: String,
    pub prescription: Option<Id>,
}
request!(158 "customer.export" CustomerExport => PersonExport, Query, CustomersExport);
