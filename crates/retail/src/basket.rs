//! What a sale comes to: lines, discounts, taxes, totals. The window shows what comes from here and the till checks a
//! sale against it, so both always agree.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::currency::MAX_AMOUNT;
use crate::rate::Rate;
use crate::tax::{Supply, TaxComponent, TaxRounding, TaxRules, TaxSplit, split};

/// Lines of one sale, at most: one sale is one commit of bounded size.
pub const MAX_LINES: usize = 900;
/// Pieces of one line, at most.
pub const MAX_QUANTITY: i64 = 99_999;
/// Above this many pieces a person is asked whether the number is meant.
pub const ASK_ABOVE_QUANTITY: i64 = 99;

/// The discount of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Discount {
    #[default]
    None,
    /// Minor units off the whole line, not off each piece.
    Amount(i64),
    /// A share of the whole line.
    Percent(Rate),
}

/// A line as it is asked for. Prices are minor units for one piece, tax included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BasketLine {
    /// 1 to [`MAX_QUANTITY`].
    pub quantity: i64,
    /// List price (MRP).
    pub list: i64,
    /// Offer price of head office; equal to `list` when there is none.
    pub offer: i64,
    /// The price asked, before the line's discount; the offer unless a person changed it.
    pub unit_price: i64,
    /// `quantity × price` where the price is no whole number of minor units (imported sales), from
    /// [`crate::Currency::line_total`]; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross: Option<i64>,
    #[serde(default)]
    pub discount: Discount,
    /// This line's share of a discount on the whole sale, from [`crate::spread()`]; 0 without one.
    #[serde(default)]
    pub document_share: i64,
    /// Tax rate inside the price.
    pub rate: Rate,
}

/// A line with its sums, in minor units: `total = gross - discount - document_share`, and `tax` splits `total`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PricedLine {
    /// Quantity × list price.
    pub at_list: i64,
    /// Quantity × offer price.
    pub at_offer: i64,
    /// Quantity × price asked.
    pub gross: i64,
    /// What the line's own discount takes off.
    pub discount: i64,
    pub document_share: i64,
    /// What the customer pays for the line, tax included.
    pub total: i64,
    /// Rounded for this line. Under [`TaxRounding::PerDocument`] it is for information: the rows of the totals count.
    pub tax: TaxSplit,
}

/// The taxes of all lines of one rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxRow {
    pub rate: Rate,
    pub taxable: i64,
    pub components: Vec<TaxComponent>,
    /// Taxable value and taxes together.
    pub gross: i64,
}

/// The sums of a sale in minor units: `at_list - offer_reduction + price_change - discount = total`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BasketTotals {
    /// Everything at list price.
    pub at_list: i64,
    /// What head office's offers take off, and on how many lines.
    pub offer_reduction: i64,
    pub offer_lines: usize,
    /// Prices changed by hand against the offer; negative when they were lowered.
    pub price_change: i64,
    /// Discounts of lines and of the whole sale, and on how many lines.
    pub discount: i64,
    pub discount_lines: usize,
    /// What the customer pays before cash rounding, taxes included.
    pub total: i64,
    /// Pieces.
    pub items: i64,
    pub lines: Vec<PricedLine>,
    /// Highest rate first.
    pub tax_by_rate: Vec<TaxRow>,
}

/// Why a basket has no price. Lines count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BasketError {
    #[error("a sale has at most {MAX_LINES} lines")]
    TooManyLines,
    #[error("line {line}: the quantity {quantity} is not between 1 and {MAX_QUANTITY}")]
    Quantity { line: usize, quantity: i64 },
    #[error("line {line}: a price is below zero")]
    NegativePrice { line: usize },
    #[error("line {line}: the discount is below zero or more than the line")]
    Discount { line: usize },
    #[error("line {line}: the amount is too large")]
    LineTooLarge { line: usize },
    #[error("the sale is too large")]
    TooLarge,
}

impl BasketLine {
    /// A line whose list price, offer and price asked are one, without a discount.
    #[must_use]
    pub const fn at_price(quantity: i64, price: i64, rate: Rate) -> Self {
        Self {
            quantity,
            list: price,
            offer: price,
            unit_price: price,
            gross: None,
            discount: Discount::None,
            document_share: 0,
            rate,
        }
    }
}

/// Prices one line.
///
/// # Errors
/// [`BasketError`] with line 0.
pub fn price_line(line: &BasketLine, supply: Supply, rules: &TaxRules) -> Result<PricedLine, BasketError> {
    price_numbered(0, line, supply, rules)
}

fn price_numbered(at: usize, line: &BasketLine, supply: Supply, rules: &TaxRules) -> Result<PricedLine, BasketError> {
    let large = BasketError::LineTooLarge { line: at };
    if !(1..=MAX_QUANTITY).contains(&line.quantity) {
        return Err(BasketError::Quantity {
            line: at,
            quantity: line.quantity,
        });
    }
    if [line.list, line.offer, line.unit_price, line.gross.unwrap_or(0)]
        .iter()
        .any(|price| *price < 0)
    {
        return Err(BasketError::NegativePrice { line: at });
    }
    let bounded = |amount: &i64| *amount <= MAX_AMOUNT;
    let times = |price: i64| line.quantity.checked_mul(price).filter(bounded).ok_or(large);
    let gross = line.gross.map_or_else(|| times(line.unit_price), Ok)?;
    if !bounded(&gross) {
        return Err(large);
    }
    let discount = match line.discount {
        Discount::None => 0,
        Discount::Amount(amount) => amount,
        Discount::Percent(rate) if rate > Rate::WHOLE => return Err(BasketError::Discount { line: at }),
        Discount::Percent(rate) => rate.of(gross).ok_or(large)?,
    };
    let off = discount.checked_add(line.document_share).ok_or(large)?;
    if discount < 0 || line.document_share < 0 || off > gross {
        return Err(BasketError::Discount { line: at });
    }
    let total = gross - off;
    Ok(PricedLine {
        at_list: times(line.list)?,
        at_offer: times(line.offer)?,
        gross,
        discount,
        document_share: line.document_share,
        total,
        tax: split(total, line.rate, supply, &rules.system),
    })
}

/// Prices a sale. An empty basket comes to nothing.
///
/// # Errors
/// [`BasketError`] naming the first line at fault; nothing is capped or rounded to fit.
pub fn price_basket(lines: &[BasketLine], supply: Supply, rules: &TaxRules) -> Result<BasketTotals, BasketError> {
    if lines.len() > MAX_LINES {
        return Err(BasketError::TooManyLines);
    }
    let priced: Vec<PricedLine> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| price_numbered(at, line, supply, rules))
        .collect::<Result<_, _>>()?;
    let at_list = sum(priced.iter().map(|line| line.at_list))?;
    let at_offer = sum(priced.iter().map(|line| line.at_offer))?;
    let gross = sum(priced.iter().map(|line| line.gross))?;
    let total = sum(priced.iter().map(|line| line.total))?;
    Ok(BasketTotals {
        at_list,
        offer_reduction: at_list.checked_sub(at_offer).ok_or(BasketError::TooLarge)?,
        offer_lines: lines.iter().filter(|line| line.offer != line.list).count(),
        price_change: gross.checked_sub(at_offer).ok_or(BasketError::TooLarge)?,
        discount: gross - total,
        discount_lines: priced.iter().filter(|line| line.total != line.gross).count(),
        total,
        items: sum(lines.iter().map(|line| line.quantity))?,
        tax_by_rate: tax_rows(lines, &priced, supply, rules)?,
        lines: priced,
    })
}

fn sum(mut amounts: impl Iterator<Item = i64>) -> Result<i64, BasketError> {
    let sum = amounts.try_fold(0_i64, i64::checked_add);
    sum.filter(|sum| *sum <= MAX_AMOUNT).ok_or(BasketError::TooLarge)
}

fn tax_rows(
    lines: &[BasketLine],
    priced: &[PricedLine],
    supply: Supply,
    rules: &TaxRules,
) -> Result<Vec<TaxRow>, BasketError> {
    let mut rates: Vec<Rate> = lines.iter().map(|line| line.rate).collect();
    rates.sort_unstable_by(|a, b| b.cmp(a));
    rates.dedup();
    let mut rows = Vec::with_capacity(rates.len());
    for rate in rates {
        let of_rate: Vec<&PricedLine> = lines
            .iter()
            .zip(priced)
            .filter(|(line, _)| line.rate == rate)
            .map(|(_, priced)| priced)
            .collect();
        let gross = sum(of_rate.iter().map(|line| line.total))?;
        let mut row = split(gross, rate, supply, &rules.system);
        if rules.rounding == TaxRounding::PerLine {
            row.taxable = sum(of_rate.iter().map(|line| line.tax.taxable))?;
            for (index, component) in row.components.iter_mut().enumerate() {
                let parts = of_rate.iter().filter_map(|line| line.tax.components.get(index));
                component.amount = sum(parts.map(|part| part.amount))?;
            }
        }
        rows.push(TaxRow {
            rate,
            taxable: row.taxable,
            components: row.components,
            gross,
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests;
