//! Paying: several tenders in one sale, cash rounding as a line of its own, change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::currency::{Currency, MAX_AMOUNT};

/// Keys for quick amounts on the payment screen, at most.
pub const MAX_QUICK_AMOUNTS: usize = 8;

/// How money changes hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Cash,
    Card,
    Upi,
    Bank,
    Voucher,
    Credit,
}

impl Method {
    /// The word in files and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Card => "card",
            Self::Upi => "upi",
            Self::Bank => "bank",
            Self::Voucher => "voucher",
            Self::Credit => "credit",
        }
    }

    /// The word on screen and paper.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Cash => "Cash",
            Self::Card => "Card",
            Self::Upi => "UPI",
            Self::Bank => "Bank",
            Self::Voucher => "Voucher",
            Self::Credit => "Credit",
        }
    }
}

/// One part of a payment in minor units. For cash it is what was handed over, before change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tender {
    pub method: Method,
    pub amount: i64,
}

/// A payment that covers its sale, in minor units. For a refund every amount is the exact negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Settlement {
    /// What stays with the shop: `total + rounding`, also `offered - change`.
    pub paid: i64,
    /// All tenders as handed over.
    pub offered: i64,
    /// Cash to give back.
    pub change: i64,
    /// Cash rounding, a line of its own: positive when the customer pays more than the total.
    pub rounding: i64,
    /// Cash that stays in the drawer: cash tendered less change.
    pub cash_kept: i64,
}

/// What is still to pay, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Due {
    /// By anything but cash, or by cash exactly; 0 when it is covered.
    pub exact: i64,
    /// When the rest is paid in cash; 0 when it is covered.
    pub in_cash: i64,
}

/// Why a payment does not settle. Amounts in minor units, with the sign of the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TenderError {
    #[error("{} is still to pay", due.exact)]
    Short { due: Due },
    #[error("card, UPI and the like come to {offered}, more than the {total} due: change is given for cash only")]
    OverWithoutCash { total: i64, offered: i64 },
    #[error("cash was given where nothing is left to pay in cash")]
    CashNotNeeded,
    #[error("a part of the payment is zero or has the wrong sign")]
    BadAmount,
    #[error("the amounts are too large")]
    TooLarge,
}

/// Sums per side of a payment; all amounts brought to the positive side.
struct Sides {
    total: i64,
    cash: i64,
    has_cash: bool,
    other: i64,
}

fn sides(total: i64, tenders: &[Tender]) -> Result<Sides, TenderError> {
    let positive = |amount: i64| if total < 0 { amount.checked_neg() } else { Some(amount) };
    let mut sides = Sides {
        total: positive(total).ok_or(TenderError::TooLarge)?,
        cash: 0,
        has_cash: false,
        other: 0,
    };
    for tender in tenders {
        let amount = positive(tender.amount).ok_or(TenderError::TooLarge)?;
        let is_cash = tender.method == Method::Cash;
        // Cash of 0 says "the rest in cash" where rounding leaves nothing to hand over.
        if amount < 0 || (amount == 0 && !is_cash) {
            return Err(TenderError::BadAmount);
        }
        sides.has_cash |= is_cash;
        let side = if is_cash { &mut sides.cash } else { &mut sides.other };
        let bounded = side.checked_add(amount).filter(|sum| *sum <= MAX_AMOUNT);
        *side = bounded.ok_or(TenderError::TooLarge)?;
    }
    Ok(sides)
}

/// Whether `tenders` pay `total` minor units, and what stays and goes back.
///
/// Card and the like never exceed the total. What they leave is paid in cash, rounded to the currency's cash step, halves
/// away from zero; cash of exactly the unrounded rest is taken as it is. A negative total is a refund: tenders are
/// negative too, and every result is the negative of the sale's.
///
/// # Errors
/// [`TenderError`]; `Short` says what is missing.
pub fn settle(total: i64, tenders: &[Tender], currency: &Currency) -> Result<Settlement, TenderError> {
    let sign = if total < 0 { -1 } else { 1 };
    let sides = sides(total, tenders)?;
    if sides.other > sides.total {
        return Err(TenderError::OverWithoutCash {
            total,
            offered: sides.other * sign,
        });
    }
    let rest = sides.total - sides.other;
    if rest == 0 && sides.cash > 0 {
        return Err(TenderError::CashNotNeeded);
    }
    let in_cash = currency.round_to_cash(rest).ok_or(TenderError::TooLarge)?;
    let payable = if sides.cash == rest { rest } else { in_cash };
    if sides.cash < payable || (rest > 0 && !sides.has_cash) {
        return Err(TenderError::Short {
            due: due(total, tenders, currency)?,
        });
    }
    let (change, rounding) = (sides.cash - payable, payable - rest);
    let offered = sides.cash.checked_add(sides.other).ok_or(TenderError::TooLarge)?;
    debug_assert_eq!(offered - change, sides.total + rounding);
    Ok(Settlement {
        paid: (offered - change) * sign,
        offered: offered * sign,
        change: change * sign,
        rounding: rounding * sign,
        cash_kept: payable * sign,
    })
}

/// What is still to pay after `tenders`, which may be none.
///
/// # Errors
/// [`TenderError::BadAmount`] and [`TenderError::TooLarge`].
pub fn due(total: i64, tenders: &[Tender], currency: &Currency) -> Result<Due, TenderError> {
    let sign = if total < 0 { -1 } else { 1 };
    let sides = sides(total, tenders)?;
    let rest = sides.total.saturating_sub(sides.other).max(0);
    let in_cash = currency
        .round_to_cash(rest)
        .ok_or(TenderError::TooLarge)?
        .saturating_sub(sides.cash)
        .max(0);
    let exact = rest.saturating_sub(sides.cash).max(0);
    // Once cash covers the rounded rest, nothing is due by any means.
    let exact = if sides.has_cash && in_cash == 0 { 0 } else { exact };
    Ok(Due {
        exact: exact * sign,
        in_cash: in_cash * sign,
    })
}

/// Sums that a customer is likely to hand over for `due` minor units, exact first, then rising, at most
/// [`MAX_QUICK_AMOUNTS`]: `due` up to the next multiple of every note, then of 2, 4, 10 and 20 of the largest note as long
/// as `due` is no smaller than that; for sums above the largest note, keys left over take its next multiples.
#[must_use]
pub fn quick_amounts(due: i64, notes: &[i64]) -> Vec<i64> {
    let mut notes: Vec<i64> = notes.iter().copied().filter(|note| *note > 0).collect();
    let Some(largest) = notes.iter().copied().max().filter(|_| due > 0) else {
        return if due > 0 { vec![due] } else { Vec::new() };
    };
    let bundles = [2, 4, 10, 20]
        .into_iter()
        .filter_map(|count| largest.checked_mul(count));
    notes.extend(bundles.filter(|bundle| *bundle <= due));
    let up_to = |step: i64| due.checked_add(step - 1).map(|sum| sum / step * step);
    let mut amounts: Vec<i64> = notes.into_iter().filter_map(up_to).chain([due]).collect();
    amounts.sort_unstable();
    amounts.dedup();
    amounts.truncate(MAX_QUICK_AMOUNTS);
    let mut next = up_to(largest).filter(|_| due > largest);
    while let Some(sum) = next.filter(|_| amounts.len() < MAX_QUICK_AMOUNTS) {
        if let Err(place) = amounts.binary_search(&sum) {
            amounts.insert(place, sum);
        }
        next = sum.checked_add(largest);
    }
    amounts
}

#[cfg(test)]
mod tests;
