//! Signed clinical facts. They stand in the customer's clinical unit and hold what was on screen at signing.

use minicbor::{Decode, Encode};

use super::{Statement, UnitRule};
use crate::ids::{CustomerUnit, Hash, Id, customer_unit};

/// Where the powers come from.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum PrescriptionSource {
    /// Tested in this chain; the header's user signed.
    #[n(0)]
    Tested,
    /// From an outside doctor, by name.
    #[n(1)]
    Outside(#[n(0)] String),
}

/// A prescription, immutable from here on: superseded or cancelled, never edited.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PrescriptionSigned {
    #[n(0)]
    pub store: Id,
    #[n(1)]
    pub customer: Id,
    #[n(2)]
    pub source: PrescriptionSource,
    /// `optics::EyePrescription::to_bytes` of the right eye.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub right: Vec<u8>,
    #[cbor(n(4), with = "minicbor::bytes")]
    pub left: Vec<u8>,
    /// Last day it may be dispensed to, days since 1970.
    #[n(5)]
    pub valid_until: i32,
    /// 1 for the first, one more than the one it replaces.
    #[n(6)]
    pub version: u32,
    #[n(7)]
    pub supersedes: Option<Id>,
    /// The eye test it closes and the heads of that document that were on screen.
    #[n(8)]
    pub test: Option<Id>,
    #[n(9)]
    pub heads: Vec<Hash>,
    /// Reasons given for values that asked for one.
    #[n(10)]
    pub reason: Option<String>,
}

/// A prescription may no longer be dispensed to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PrescriptionCancelled {
    #[n(0)]
    pub customer: Id,
    #[n(1)]
    pub prescription: Id,
    #[n(2)]
    pub reason: String,
}

impl Statement for PrescriptionSigned {
    fn check(&self) -> Result<(), &'static str> {
        for eye in [&self.right, &self.left] {
            if optics::EyePrescription::from_bytes(eye).is_err() {
                return Err("an eye's powers do not decode");
            }
        }
        Ok(())
    }
    fn store(&self) -> Option<Id> {
        Some(self.store)
    }
    fn unit(&self) -> UnitRule {
        UnitRule::Exactly(customer_unit(self.customer, CustomerUnit::Clinical))
    }
}

impl Statement for PrescriptionCancelled {
    fn unit(&self) -> UnitRule {
        UnitRule::Exactly(customer_unit(self.customer, CustomerUnit::Clinical))
    }
}
