//! Customers. Their contact, clinical and invoice data are three documents, each erased on its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Done;
use crate::ids::{Hash, Id};
use crate::request;

/// A row of a list of customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CustomerRow {
    pub id: Id,
    pub code: String,
    pub name: String,
    pub phone: String,
    pub email: String,
    /// Days since 1970.
    pub birth_day: Option<i32>,
}

/// The fields that people write about a customer. An empty text is no value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CustomerFields {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    pub email: Option<String>,
    /// ISO date, or empty.
    #[serde(default)]
    pub birth_date: Option<String>,
    #[serde(default)]
    pub address: Option<String>,
    #[serde(default)]
    pub allergies: Option<String>,
    #[serde(default)]
    pub notes: Option<String>,
    #[serde(default)]
    pub legal_name: Option<String>,
    #[serde(default)]
    pub gstin: Option<String>,
}

/// Adds a customer; a name is needed, and a phone or an e-mail address unless the person gives none.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CustomerCreate {
    #[serde(default)]
    pub code: Option<String>,
    #[serde(flatten)]
    pub fields: CustomerFields,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CustomerMade {
    pub customer: Id,
}
request!(40 "customer.create" CustomerCreate => CustomerMade, Command, CustomersWrite);

/// Writes the fields that are given and leaves the others, so that two tills editing different fields keep both edits.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CustomerEdit {
    pub customer: Id,
    #[serde(flatten)]
    pub fields: CustomerFields,
}
request!(41 "customer.edit" CustomerEdit => Done, Command, CustomersWrite);

/// One customer, whole.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CustomerGet {
    pub customer: Id,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Customer {
    pub id: Id,
    pub code: String,
    pub name: String,
    pub phone: String,
    pub email: String,
    pub birth_day: Option<i32>,
    pub address: String,
    /// Empty without the permission to read clinical notes.
    pub allergies: String,
    pub notes: String,
    pub legal_name: String,
    pub gstin: String,
    /// Fields written differently in two places at once: a person chooses.
    pub conflicts: Vec<Conflict>,
    pub sales: Vec<CustomerSale>,
    /// Total of all sales less returns, minor units.
    pub spent: i64,
    /// Heads of the contact document as shown.
    pub heads: Vec<Hash>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Conflict {
    pub field: String,
    /// The one shown is the last.
    pub values: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CustomerSale {
    pub sale: Id,
    pub number: String,
    pub store: String,
    pub day: i32,
    pub total: i64,
    pub is_return: bool,
    /// Name of the first line, and how many lines there are.
    pub first: String,
    pub lines: u32,
}
request!(42 "customer.get" CustomerGet => Customer, Query, CustomersRead);

/// Customers whose name, phone, e-mail or code has words that begin so.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CustomerSearch {
    pub text: String,
    /// At most 100.
    #[serde(default)]
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Customers {
    pub customers: Vec<CustomerRow>,
    pub more: bool,
}
request!(43 "customer.search" CustomerSearch => Customers, Query, CustomersRead);

/// Who wrote what into a customer's fields, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CustomerHistory {
    pub customer: Id,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FieldChange {
    pub field: String,
    pub value: String,
    pub user: String,
    pub till: String,
    /// ms UTC by the writer's clock.
    pub wall: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FieldChanges {
    pub changes: Vec<FieldChange>,
}
request!(44 "customer.history" CustomerHistory => FieldChanges, Query, CustomersRead);
