//! Stock as double entry: goods move from one account to another, and a balance is the sum of movements.

use minicbor::{Decode, Encode};

use super::{Cite, Statement};
use crate::ids::Id;

/// In which state goods lie in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum StockState {
    #[n(0)]
    Sellable,
    #[n(1)]
    Reserved,
    #[n(2)]
    Damaged,
}

/// Where goods are. All accounts of a product sum to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Account {
    #[n(0)]
    Store(#[n(0)] Id, #[n(1)] StockState),
    /// On the way, by transfer.
    #[n(1)]
    Transit(#[n(0)] Id),
    #[n(2)]
    Vendor,
    #[n(3)]
    Customer,
    /// Lost, found or written off.
    #[n(4)]
    Shrink,
    /// What was there when the books began.
    #[n(5)]
    Opening,
}

impl Account {
    /// The store whose goods the account holds.
    pub fn store(self) -> Option<Id> {
        match self {
            Self::Store(store, _) => Some(store),
            _ => None,
        }
    }

    /// The account as one word, for a column.
    pub fn key(self) -> String {
        match self {
            Self::Store(store, StockState::Sellable) => format!("{store}:sellable"),
            Self::Store(store, StockState::Reserved) => format!("{store}:reserved"),
            Self::Store(store, StockState::Damaged) => format!("{store}:damaged"),
            Self::Transit(transfer) => format!("transit:{transfer}"),
            Self::Vendor => "vendor".to_owned(),
            Self::Customer => "customer".to_owned(),
            Self::Shrink => "shrink".to_owned(),
            Self::Opening => "opening".to_owned(),
        }
    }
}

/// Why goods moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum MovementReason {
    #[n(0)]
    Opening,
    #[n(1)]
    Adjustment,
    /// The books follow a count: `document` is its line, and the movement counts as made when that was.
    #[n(2)]
    Count,
}

/// Goods went from one account to another.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Movement {
    #[n(0)]
    pub product: Id,
    /// More than nothing.
    #[n(1)]
    pub quantity: i64,
    #[n(2)]
    pub from: Account,
    #[n(3)]
    pub to: Account,
    #[n(4)]
    pub reason: MovementReason,
    #[n(5)]
    pub note: Option<String>,
    /// What the goods moved for: a sale or return, or the line of a count.
    #[n(6)]
    pub document: Option<Cite>,
    /// Cost of one, minor units, where the movement brought goods in.
    #[n(7)]
    pub unit_cost: Option<i64>,
}

impl Statement for Movement {
    fn check(&self) -> Result<(), &'static str> {
        if self.quantity <= 0 || self.quantity > 1_000_000_000 {
            return Err("a movement has a quantity above nothing");
        }
        if self
            .unit_cost
            .is_some_and(|cost| !(0..=retail::MAX_AMOUNT).contains(&cost))
        {
            return Err("a cost is negative, or larger than any");
        }
        if self.from == self.to {
            return Err("a movement goes from one account to another");
        }
        if self.reason == MovementReason::Count && !matches!(self.document, Some(Cite::Record(_))) {
            return Err("what follows a count names its line");
        }
        Ok(())
    }

    /// Opening stock may be taken over for any store by whoever is allowed the import; every other movement is the
    /// store's own.
    fn store(&self) -> Option<Id> {
        if self.reason == MovementReason::Opening && self.from == Account::Opening {
            return None;
        }
        self.from.store().or(self.to.store())
    }
}

/// Somebody counted what lies in a place. What should lie there is not said: it is the movements before, whenever they come.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CountLine {
    #[n(0)]
    pub product: Id,
    /// An account of a store.
    #[n(1)]
    pub place: Account,
    /// Pieces, 0 to [`MAX_COUNTED`].
    #[n(2)]
    pub counted: i64,
}

/// Most pieces that lie in one place.
pub const MAX_COUNTED: i64 = 1_000_000;

impl Statement for CountLine {
    fn check(&self) -> Result<(), &'static str> {
        if !(0..=MAX_COUNTED).contains(&self.counted) {
            return Err("a count is nothing or more, and no more than a place holds");
        }
        if self.place.store().is_none() {
            return Err("only what lies in a store is counted");
        }
        Ok(())
    }

    fn store(&self) -> Option<Id> {
        self.place.store()
    }
}
