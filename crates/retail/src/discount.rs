//! How much may be taken off a price, and by whom it is limited (RETAIL.md, "Price").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rate::Rate;
use crate::rounding::round_half_away;

/// The caps that meet on one line for one person. From [`crate::Profile::limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Limits {
    /// Of the person: the highest of all roles held; none when no role gives any.
    pub role: Option<Rate>,
    /// Of the product's category.
    pub category: Rate,
    /// Of the brand, where it has one.
    #[serde(default)]
    pub brand: Option<Rate>,
    /// Head office allows a discount although it has set an offer price already.
    #[serde(default)]
    pub head_office_override: bool,
}

/// Which rule sets a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CapSetBy {
    /// Head office has reduced the price already.
    Offer,
    Role,
    Category,
    Brand,
}

/// The discount that may be given, against the list price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cap {
    pub rate: Rate,
    pub set_by: CapSetBy,
}

/// A line as it would be sold. Amounts are minor units, tax included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Asked {
    pub quantity: i64,
    /// List and offer price of one piece.
    pub list: i64,
    pub offer: i64,
    /// The percentage the person named, if one was named.
    #[serde(default)]
    pub stated: Option<Rate>,
    /// What the whole line comes to after every reduction: price change, line discount, share of a document discount.
    pub sold_total: i64,
}

/// Why a price or discount is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DiscountError {
    #[error("the offer price is above the list price")]
    OfferAboveList,
    #[error("the price is above the list price")]
    AboveList,
    #[error("{asked} is above the {} allowed", cap.rate)]
    OverCap { asked: Rate, cap: Cap },
    #[error("a price or quantity is below zero or too large")]
    BadAmount,
}

/// The cap for a product at `list` and `offer` minor units: none where head office has reduced the price already (unless
/// it says otherwise), else the lowest of role, category and brand. Among equals the first of brand, category, role is
/// named, because no approver lifts a brand's cap.
///
/// # Errors
/// [`DiscountError::OfferAboveList`], [`DiscountError::BadAmount`].
pub fn allowed(list: i64, offer: i64, limits: &Limits) -> Result<Cap, DiscountError> {
    if list < 0 || offer < 0 {
        return Err(DiscountError::BadAmount);
    }
    if offer > list {
        return Err(DiscountError::OfferAboveList);
    }
    if offer < list && !limits.head_office_override {
        return Ok(Cap {
            rate: Rate::ZERO,
            set_by: CapSetBy::Offer,
        });
    }
    let category = Cap {
        rate: limits.category,
        set_by: CapSetBy::Category,
    };
    let role = Cap {
        rate: limits.role.unwrap_or(Rate::ZERO),
        set_by: CapSetBy::Role,
    };
    let brand = limits.brand.map(|rate| Cap {
        rate,
        set_by: CapSetBy::Brand,
    });
    let lowest = if role.rate < category.rate { role } else { category };
    Ok(brand.filter(|brand| brand.rate <= lowest.rate).unwrap_or(lowest))
}

/// Checks a line against its cap and gives the effective discount: the larger of what was stated and what the price
/// implies against the list price. Selling at the offer price itself is always allowed. An implied discount is measured in
/// minor units against the cap's own rounded amount, so that 10 % of 0.15 may be 0.02.
///
/// # Errors
/// [`DiscountError`]; `OverCap` carries what was asked, rounded up to a basis point, and the cap.
pub fn check(cap: &Cap, asked: &Asked) -> Result<Rate, DiscountError> {
    if asked.list < 0 || asked.offer < 0 || asked.quantity < 1 || asked.sold_total < 0 {
        return Err(DiscountError::BadAmount);
    }
    if asked.offer > asked.list {
        return Err(DiscountError::OfferAboveList);
    }
    let times = |price: i64| price.checked_mul(asked.quantity).ok_or(DiscountError::BadAmount);
    let (at_list, at_offer) = (times(asked.list)?, times(asked.offer)?);
    if asked.sold_total > at_list {
        return Err(DiscountError::AboveList);
    }
    let reduction = at_list - asked.sold_total;
    let stated = asked.stated.unwrap_or(Rate::ZERO);
    let implied = |round_up: bool| {
        let (above, below) = (i128::from(reduction) * 10_000, i128::from(at_list.max(1)));
        let exact = if round_up {
            (above + below - 1) / below
        } else {
            round_half_away(above, below)
        };
        Rate::from_basis_points(u32::try_from(exact).unwrap_or(u32::MAX))
    };
    if asked.sold_total >= at_offer && stated == Rate::ZERO {
        return Ok(implied(false));
    }
    let most = cap.rate.of(at_list).unwrap_or(i64::MAX);
    // Below an offer price without leave of head office, every minor unit is too much: the offer is no discount to spend.
    let over = reduction > most || (cap.set_by == CapSetBy::Offer && asked.sold_total < at_offer);
    if stated > cap.rate || over {
        return Err(DiscountError::OverCap {
            asked: stated.max(implied(true)),
            cap: *cap,
        });
    }
    Ok(stated.max(if stated.of(at_list) == Some(reduction) {
        stated
    } else {
        implied(false)
    }))
}

#[cfg(test)]
mod tests {
    use super::{Asked, Cap, CapSetBy, DiscountError, Limits, allowed, check};
    use crate::rate::Rate;

    const fn percent(percent: u32) -> Rate {
        Rate::from_basis_points(percent * 100)
    }

    #[test]
    fn the_lowest_cap_counts() {
        use CapSetBy::{Brand, Category, Offer, Role};
        for (role, category, brand, free, list, offer, rate, set_by) in [
            (Some(10), 20, None, false, 849_000, 849_000, 10, Role),
            (Some(20), 15, None, false, 189_900, 189_900, 15, Category),
            (Some(10), 20, Some(2), false, 11_890_000, 11_890_000, 2, Brand),
            (Some(100), 20, None, false, 100, 100, 20, Category),
            (Some(20), 20, None, false, 100, 100, 20, Category),
            (Some(5), 20, Some(5), false, 100, 100, 5, Brand),
            (None, 20, None, false, 100, 100, 0, Role),
            (Some(10), 0, None, false, 100, 100, 0, Category),
            (Some(100), 20, None, false, 699_000, 559_200, 0, Offer),
            (Some(25), 20, None, true, 699_000, 559_200, 20, Category),
        ] {
            let limits = Limits {
                role: role.map(percent),
                category: percent(category),
                brand: brand.map(percent),
                head_office_override: free,
            };
            assert_eq!(
                allowed(list, offer, &limits),
                Ok(Cap {
                    rate: percent(rate),
                    set_by
                })
            );
        }
        let limits = Limits {
            role: None,
            category: Rate::ZERO,
            brand: None,
            head_office_override: false,
        };
        assert_eq!(allowed(100, 101, &limits), Err(DiscountError::OfferAboveList));
        assert_eq!(allowed(-1, -1, &limits), Err(DiscountError::BadAmount));
    }

    #[test]
    fn lines_are_held_to_their_cap() {
        let role = |rate| Cap {
            rate: percent(rate),
            set_by: CapSetBy::Role,
        };
        let offer = Cap {
            rate: Rate::ZERO,
            set_by: CapSetBy::Offer,
        };
        let over = |basis_points, cap| {
            Err(DiscountError::OverCap {
                asked: Rate::from_basis_points(basis_points),
                cap,
            })
        };
        for (cap, quantity, list, offer, stated, sold_total, expected) in [
            (role(10), 1, 849_000, 849_000, Some(1_000), 764_100, Ok(1_000)),
            (role(10), 1, 849_000, 849_000, None, 764_100, Ok(1_000)),
            (role(10), 1, 849_000, 849_000, None, 849_000, Ok(0)),
            (role(10), 1, 849_000, 849_000, None, 764_099, over(1_001, role(10))),
            (
                role(10),
                1,
                849_000,
                849_000,
                Some(1_500),
                721_650,
                over(1_500, role(10)),
            ),
            // Stated low, sold lower: the price tells.
            (role(10), 1, 100_000, 100_000, Some(500), 80_000, over(2_000, role(10))),
            // Stated high, sold higher: the word tells.
            (
                role(10),
                1,
                100_000,
                100_000,
                Some(2_000),
                95_000,
                over(2_000, role(10)),
            ),
            (role(10), 2, 100_000, 100_000, None, 180_000, Ok(1_000)),
            (role(10), 1, 15, 15, Some(1_000), 13, Ok(1_000)),
            (role(100), 1, 100, 100, None, 0, Ok(10_000)),
            (role(0), 1, 0, 0, None, 0, Ok(0)),
            (offer, 1, 699_000, 559_200, None, 559_200, Ok(2_000)),
            (offer, 1, 699_000, 559_200, None, 559_199, over(2_001, offer)),
            (offer, 1, 699_000, 559_200, Some(100), 559_200, over(2_000, offer)),
            (role(25), 1, 699_000, 559_200, None, 524_250, Ok(2_500)),
            (role(10), 1, 100, 100, None, 101, Err(DiscountError::AboveList)),
            (role(10), 1, 100, 101, None, 100, Err(DiscountError::OfferAboveList)),
            (role(10), 0, 100, 100, None, 100, Err(DiscountError::BadAmount)),
            (role(10), 1, 100, 100, None, -1, Err(DiscountError::BadAmount)),
            (role(10), 2, i64::MAX, 1, None, 1, Err(DiscountError::BadAmount)),
        ] {
            let stated = stated.map(Rate::from_basis_points);
            let asked = Asked {
                quantity,
                list,
                offer,
                stated,
                sold_total,
            };
            assert_eq!(check(&cap, &asked), expected.map(Rate::from_basis_points), "{asked:?}");
        }
    }
}
