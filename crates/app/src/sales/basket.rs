//! Checking what is to be sold against the law: prices as they are now, caps, prescriptions.

use model::ids::Id;
use model::refusal::Refusal;
use model::requests::sales::NewLine;
use retail::basket::{BasketLine, BasketTotals, Discount, MAX_LINES, MAX_QUANTITY, price_basket, price_line};
use retail::discount::{Asked, allowed, check};
use retail::{Day, DiscountError, Profile, Supply};

use crate::Caller;
use crate::catalogue::{ProductRow, by_id};
use crate::clinic;
use crate::scope::Scope;

/// A line with its product, priced.
pub struct Checked {
    pub product: ProductRow,
    pub line: BasketLine,
    pub prescription: Option<Id>,
}

/// The lines as they may be sold, and their totals.
pub struct Basket {
    pub lines: Vec<Checked>,
    pub totals: BasketTotals,
}

/// Checks every line, in the order of the screen; the first that may not be sold refuses the sale.
pub fn check_basket(
    scope: &Scope<'_, '_>,
    profile: &Profile,
    day: Day,
    lines: &[NewLine],
    customer: Option<Id>,
    approver: Option<&Caller>,
) -> Result<Basket, Refusal> {
    if lines.is_empty() {
        return Err(Refusal::EmptySale);
    }
    if lines.len() > MAX_LINES {
        return Err(Refusal::TooManyLines { lines: lines.len() });
    }
    let mut checked = Vec::with_capacity(lines.len());
    for (at, asked) in (1..).zip(lines) {
        checked.push(check_line(scope, profile, day, at, asked, customer, approver)?);
    }
    let basket: Vec<BasketLine> = checked.iter().map(|checked| checked.line.clone()).collect();
    let totals = price_basket(&basket, Supply::Within, &profile.tax_rules).map_err(|error| Refusal::BadField {
        field: "sale".to_owned(),
        why: error.to_string(),
    })?;
    Ok(Basket { lines: checked, totals })
}

fn check_line(
    scope: &Scope<'_, '_>,
    profile: &Profile,
    day: Day,
    at: usize,
    asked: &NewLine,
    customer: Option<Id>,
    approver: Option<&Caller>,
) -> Result<Checked, Refusal> {
    if !(1..=MAX_QUANTITY).contains(&asked.quantity) {
        return Err(Refusal::BadQuantity {
            line: at,
            quantity: asked.quantity,
        });
    }
    let product = by_id(scope.conn(), asked.product)?.ok_or_else(|| Refusal::Unknown {
        what: format!("The product of line {at}"),
    })?;
    if !product.active {
        return Err(Refusal::Inactive {
            line: at,
            name: product.name,
        });
    }
    if asked.price != product.offer {
        return Err(Refusal::PriceMoved {
            line: at,
            name: product.name,
            shown: profile.currency.format_with_symbol(asked.price),
            now: profile.currency.format_with_symbol(product.offer),
        });
    }
    // A merge of another program's writing may have put it there; no sale follows it.
    if product.offer > product.list {
        return Err(Refusal::AboveList {
            line: at,
            name: product.name,
        });
    }
    let line = BasketLine {
        quantity: asked.quantity,
        list: product.list,
        offer: product.offer,
        unit_price: asked.price,
        gross: None,
        discount: asked.discount,
        document_share: 0,
        rate: product.rate_on(profile, day),
    };
    check_discount(scope.caller, profile, at, &product, &line, approver)?;
    let prescription = if profile.needs_prescription(product.kind) {
        let needed = || Refusal::PrescriptionNeeded {
            line: at,
            name: product.name.clone(),
        };
        let prescription = asked.prescription.ok_or_else(needed)?;
        clinic::may_be_dispensed(scope.conn(), prescription, customer, day).map_err(|why| match why {
            clinic::NotDispensed::Why(why) => Refusal::PrescriptionNotValid { line: at, why },
            clinic::NotDispensed::Refused(refusal) => refusal,
        })?;
        Some(prescription)
    } else {
        asked.prescription
    };
    Ok(Checked {
        product,
        line,
        prescription,
    })
}

fn check_discount(
    caller: &Caller,
    profile: &Profile,
    at: usize,
    product: &ProductRow,
    line: &BasketLine,
    approver: Option<&Caller>,
) -> Result<(), Refusal> {
    if line.discount == Discount::None {
        return Ok(());
    }
    let priced = price_line(line, Supply::Within, &profile.tax_rules).map_err(|error| Refusal::BadField {
        field: format!("line {at}"),
        why: error.to_string(),
    })?;
    let asked = Asked {
        quantity: line.quantity,
        list: line.list,
        offer: line.offer,
        stated: match line.discount {
            Discount::Percent(rate) => Some(rate),
            Discount::None | Discount::Amount(_) => None,
        },
        sold_total: priced.total,
    };
    let judged = |person: &Caller| -> Result<(), DiscountError> {
        let roles = person.roles.iter().map(|role| role.word());
        let cap = allowed(
            line.list,
            line.offer,
            &profile.limits(roles, product.kind, &product.brand),
        )?;
        check(&cap, &asked).map(|_| ())
    };
    let refused = match judged(caller) {
        Ok(()) => return Ok(()),
        Err(refused) => refused,
    };
    match (refused, approver) {
        (DiscountError::OverCap { asked, cap }, None) => Err(Refusal::OverCap {
            line: at,
            name: product.name.clone(),
            asked: asked.to_string(),
            allowed: cap.rate.to_string(),
        }),
        // An approver lends the own cap and no more.
        (DiscountError::OverCap { .. }, Some(approver)) => match judged(approver) {
            Ok(()) => Ok(()),
            Err(DiscountError::OverCap { asked, cap }) => Err(Refusal::OverCap {
                line: at,
                name: product.name.clone(),
                asked: asked.to_string(),
                allowed: format!("{} that even {}", cap.rate, approver.name),
            }),
            Err(other) => Err(bad_discount(at, product, other)),
        },
        (other, _) => Err(bad_discount(at, product, other)),
    }
}

fn bad_discount(at: usize, product: &ProductRow, error: DiscountError) -> Refusal {
    match error {
        DiscountError::AboveList => Refusal::AboveList {
            line: at,
            name: product.name.clone(),
        },
        error => Refusal::BadField {
            field: format!("discount of line {at}"),
            why: error.to_string(),
        },
    }
}
