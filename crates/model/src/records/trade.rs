//! Sales, returns, payments and cash sessions: facts of the `all` lane, never edited.

use minicbor::{Decode, Encode};
use retail::MAX_AMOUNT;

use super::{Cite, Statement, UnitRule};
use crate::ids::Id;

/// The most lines a sale or return has; with one line and one product each, a commit stays under its 2,000 records.
pub const MAX_SALE_LINES: u16 = 900;

/// A cash session begins: the drawer holds `float`. The header's date is its business date.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SessionOpened {
    #[n(0)]
    pub store: Id,
    /// Minor units.
    #[n(1)]
    pub float: i64,
    /// The file a replay opened it for; nobody's hands were in the drawer.
    #[n(2)]
    pub replay: Option<String>,
}

/// A cash session ends with a count; the difference stands for good.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SessionClosed {
    #[n(0)]
    pub store: Id,
    #[n(1)]
    pub session: Id,
    /// The Z report's number.
    #[n(2)]
    pub number: String,
    /// What was in the drawer, minor units.
    #[n(3)]
    pub counted: i64,
    /// What should have been, by the facts of the session, minor units.
    #[n(4)]
    pub expected: i64,
    #[n(5)]
    pub reason: Option<String>,
}

/// Goods for money, or money for goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Direction {
    #[n(0)]
    Sale,
    #[n(1)]
    Return,
}

impl Direction {
    /// The number that stands for it in columns.
    pub fn code(self) -> i64 {
        match self {
            Self::Sale => 0,
            Self::Return => 1,
        }
    }
}

/// A sale or a return. All amounts are positive minor units; the direction gives them their sign.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Sale {
    #[n(0)]
    pub direction: Direction,
    #[n(1)]
    pub store: Id,
    #[n(2)]
    pub session: Id,
    /// The number people see, next of its series.
    #[n(3)]
    pub number: String,
    #[n(4)]
    pub customer: Option<Id>,
    /// Sum of the lines, tax included, before cash rounding.
    #[n(5)]
    pub total: i64,
    /// What cash rounding added to the total (may be negative); a line of its own on the receipt.
    #[n(6)]
    pub rounding: i64,
    /// The sale that a return goes back to; none for a blind return.
    #[n(7)]
    pub original: Option<Id>,
    /// Who allowed what the seller's own role does not.
    #[n(8)]
    pub approver: Option<Id>,
    #[n(9)]
    pub reason: Option<String>,
}

/// A line of a sale or return. It is its stock movement too: a stocked product goes from the store's sellable goods to the
/// customer, or back, so that no line can be without its movement.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SaleLine {
    #[n(0)]
    pub sale: Cite,
    #[n(1)]
    pub product: Id,
    /// What the receipt calls it, for good.
    #[n(2)]
    pub name: String,
    #[n(3)]
    pub hsn: String,
    /// 1 to 99,999.
    #[n(4)]
    pub quantity: i64,
    /// List price (MRP) of one, minor units.
    #[n(5)]
    pub list: i64,
    /// Price of one before the discount, minor units.
    #[n(6)]
    pub price: i64,
    /// What the discount takes off the line, minor units.
    #[n(7)]
    pub discount: i64,
    /// What the line costs, tax included, minor units.
    #[n(8)]
    pub total: i64,
    /// Tax rate in basis points.
    #[n(9)]
    pub rate: u32,
    #[n(10)]
    pub taxable: i64,
    /// Tax by component in the profile's order: CGST and SGST, or one of IGST or VAT.
    #[n(11)]
    pub taxes: Vec<i64>,
    /// Whether the product is stocked, so that the line moves goods.
    #[n(12)]
    pub stocked: bool,
    /// The prescription a lens is made to.
    #[n(13)]
    pub prescription: Option<Id>,
    /// The line of the original sale that a return gives back.
    #[n(14)]
    pub original: Option<Id>,
}

/// Money taken, or given back, for a sale or return.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Payment {
    #[n(0)]
    pub sale: Cite,
    /// `retail::tender::Method` by name.
    #[n(1)]
    pub method: String,
    /// What counts towards the sale, minor units; change is already out of it.
    #[n(2)]
    pub amount: i64,
    /// What was handed over, minor units; more than the amount when change was given.
    #[n(3)]
    pub tendered: i64,
    /// The terminal's or the bank's reference; never a card number.
    #[n(4)]
    pub reference: Option<String>,
}

/// The name and tax number on an invoice: personal, in the customer's invoice unit.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SaleName {
    #[n(0)]
    pub sale: Cite,
    #[n(1)]
    pub name: String,
    #[n(2)]
    pub gstin: Option<String>,
}

/// An invoice of another system was taken over by the commit this stands in; it is never taken over twice.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Replayed {
    #[n(0)]
    pub file: String,
    #[n(1)]
    pub invoice: String,
}

/// How a person proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum SignInWay {
    #[n(0)]
    Password,
    #[n(1)]
    Pin,
}

/// Somebody signed in at this device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SignIn {
    #[n(0)]
    pub user: Id,
    #[n(1)]
    pub way: SignInWay,
}

/// What anybody may state that something comes to, whose sign is said elsewhere.
fn of_size(amounts: &[i64]) -> Result<(), &'static str> {
    if amounts.iter().all(|amount| (0..=MAX_AMOUNT).contains(amount)) {
        Ok(())
    } else {
        Err("an amount is negative, or larger than any")
    }
}

/// The same of an amount that has its own sign.
fn of_size_signed(amounts: &[i64]) -> Result<(), &'static str> {
    if amounts
        .iter()
        .all(|amount| amount.unsigned_abs() <= MAX_AMOUNT.unsigned_abs())
    {
        Ok(())
    } else {
        Err("an amount is larger than any")
    }
}

impl Statement for SessionOpened {
    fn check(&self) -> Result<(), &'static str> {
        of_size(&[self.float])
    }
    fn store(&self) -> Option<Id> {
        Some(self.store)
    }
}

impl Statement for SessionClosed {
    fn check(&self) -> Result<(), &'static str> {
        of_size(&[self.counted])?;
        of_size_signed(&[self.expected])
    }
    fn store(&self) -> Option<Id> {
        Some(self.store)
    }
}

impl Statement for Sale {
    fn check(&self) -> Result<(), &'static str> {
        of_size(&[self.total])?;
        of_size_signed(&[self.rounding])
    }
    fn store(&self) -> Option<Id> {
        Some(self.store)
    }
}

/// What belongs to a sale stands in its commit, so that no replica can hold one without the other.
fn of_this_commit(sale: Cite) -> Result<(), &'static str> {
    match sale {
        Cite::Here { .. } => Ok(()),
        Cite::Record(_) => Err("cites a sale of another commit"),
    }
}

impl Statement for SaleLine {
    fn check(&self) -> Result<(), &'static str> {
        of_this_commit(self.sale)?;
        if !(1..=retail::basket::MAX_QUANTITY).contains(&self.quantity) {
            return Err("a quantity is 1 to 99,999");
        }
        of_size(&[self.list, self.price, self.discount, self.total])?;
        of_size_signed(&[self.taxable])?;
        of_size_signed(&self.taxes)?;
        let parts = self
            .taxes
            .iter()
            .try_fold(self.taxable, |sum, tax| sum.checked_add(*tax));
        if parts != Some(self.total) {
            return Err("taxable and taxes do not add up to the line's total");
        }
        Ok(())
    }
}

impl Statement for Payment {
    fn check(&self) -> Result<(), &'static str> {
        of_this_commit(self.sale)?;
        of_size(&[self.amount, self.tendered])?;
        if self.tendered < self.amount {
            Err("tendered covers the amount")
        } else {
            Ok(())
        }
    }
}

impl Statement for SaleName {
    fn check(&self) -> Result<(), &'static str> {
        of_this_commit(self.sale)
    }
    fn unit(&self) -> UnitRule {
        UnitRule::Some
    }
}
impl Statement for Replayed {}
impl Statement for SignIn {}

/// This device had taken commits beyond a closing before it heard of it: from here on they are in the past of its own
/// commit, so that every replica takes them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct LateTaken {
    #[n(0)]
    pub log: Id,
    #[n(1)]
    pub seq: u64,
    #[n(2)]
    pub hash16: Id,
}

impl Statement for LateTaken {}
