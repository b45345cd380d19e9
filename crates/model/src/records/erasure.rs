//! Erasure: orders of the `control` lane that make the parts of a unit count as absent, and their withdrawal.
//!
//! Nothing here may be personal: these records stand for good. So the reason is one of a list and not free text.

use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Statement;
use crate::ids::{CustomerUnit, Id, customer_unit};

/// Most units that one order names.
pub const MAX_ERASE_UNITS: usize = 64;
/// Least time between an order and the moment from which bytes go, ms: seven days in which it can be withdrawn.
pub const ERASE_GRACE_MS: i64 = 7 * 86_400_000;

/// Why something is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum EraseReason {
    /// The person asked for it.
    #[n(1)]
    Requested,
    /// The term for which law lets it be kept is over.
    #[n(2)]
    TermOver,
    /// The person took back the consent it rested on.
    #[n(3)]
    ConsentWithdrawn,
    /// It should not have been recorded.
    #[n(4)]
    Mistaken,
}

impl EraseReason {
    pub const ALL: [Self; 4] = [Self::Requested, Self::TermOver, Self::ConsentWithdrawn, Self::Mistaken];

    pub fn code(self) -> u8 {
        match self {
            Self::Requested => 1,
            Self::TermOver => 2,
            Self::ConsentWithdrawn => 3,
            Self::Mistaken => 4,
        }
    }

    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// Parts of these units count as absent from the moment this is held; from `not_before` on their bytes go.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct EraseOrdered {
    /// 1 to 64, rising, none twice.
    #[n(0)]
    pub units: Vec<Id>,
    /// Whose units they are, where they are a customer's: a pseudonym, so that orders can be listed.
    #[n(1)]
    pub customer: Option<Id>,
    #[n(2)]
    pub reason: EraseReason,
    /// ms UTC by the server's clock. One that lies less than seven days after the order counts as seven days after it.
    #[n(3)]
    pub not_before: i64,
}

impl EraseOrdered {
    /// The order to erase these units of a customer.
    pub fn of_customer(customer: Id, units: &[CustomerUnit], reason: EraseReason, not_before: i64) -> Self {
        let mut units: Vec<Id> = units.iter().map(|unit| customer_unit(customer, *unit)).collect();
        units.sort_unstable();
        units.dedup();
        Self {
            units,
            customer: Some(customer),
            reason,
            not_before,
        }
    }
}

/// Ends one order, by its record id; it counts if it is dated before the order's `not_before`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct EraseWithdrawn {
    #[n(0)]
    pub order: Id,
}

impl Statement for EraseOrdered {
    fn check(&self) -> Result<(), &'static str> {
        if self.units.is_empty() || self.units.len() > MAX_ERASE_UNITS {
            return Err("an order names 1 to 64 units");
        }
        if !self.units.is_sorted_by(|a, b| a < b) {
            return Err("units are not sorted");
        }
        Ok(())
    }
}

impl Statement for EraseWithdrawn {}
