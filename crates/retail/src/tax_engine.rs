//! Any set of taxes on one amount: several components, some inside the price and some on top of it.
//!
//! The shipped profiles need only [`crate::tax::split`]; this serves profiles with other systems. Taxes on top are
//! computed from the value before tax, never from other taxes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rate::Rate;
use crate::rounding::round_half_away;
use crate::tax::{TaxComponent, TaxRounding};
use crate::tax_table::TaxError;

/// One tax of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxPart {
    pub name: String,
    pub rate: Rate,
    /// Inside the price, or on top of it.
    pub included: bool,
}

/// An amount taken apart, in minor units: `base` and all components add up to `total`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Computed {
    /// The value before tax.
    pub base: i64,
    /// In the order of the parts given.
    pub components: Vec<TaxComponent>,
    /// What is to be paid.
    pub total: i64,
}

/// Takes one amount apart. With I the sum of the included rates, the value before tax is `amount / (1 + I)`; every tax
/// is its rate of that exact value, rounded once; `base` is what the included taxes leave of the amount.
///
/// # Errors
/// [`TaxError::TooLarge`] when a sum does not fit.
pub fn compute(amount: i64, parts: &[TaxPart]) -> Result<Computed, TaxError> {
    let included: i128 = parts
        .iter()
        .filter(|part| part.included)
        .map(|part| i128::from(part.rate.basis_points()))
        .sum();
    let (mut base, mut total) = (amount, amount);
    let mut components = Vec::with_capacity(parts.len());
    for part in parts {
        let tax = round_half_away(
            i128::from(amount) * i128::from(part.rate.basis_points()),
            10_000 + included,
        );
        let tax = i64::try_from(tax).map_err(|_| TaxError::TooLarge)?;
        if part.included {
            base = base.checked_sub(tax).ok_or(TaxError::TooLarge)?;
        } else {
            total = total.checked_add(tax).ok_or(TaxError::TooLarge)?;
        }
        components.push(TaxComponent {
            name: part.name.clone(),
            amount: tax,
        });
    }
    Ok(Computed {
        base,
        components,
        total,
    })
}

/// Takes the lines of a document apart that bear the same taxes: each line by itself, or their sum at once.
///
/// # Errors
/// [`TaxError::TooLarge`] when a sum does not fit.
pub fn compute_document(amounts: &[i64], parts: &[TaxPart], rounding: TaxRounding) -> Result<Computed, TaxError> {
    let add = |a: i64, b: i64| a.checked_add(b).ok_or(TaxError::TooLarge);
    if rounding == TaxRounding::PerDocument {
        return compute(amounts.iter().try_fold(0, |sum, amount| add(sum, *amount))?, parts);
    }
    let mut all = compute(0, parts)?;
    for amount in amounts {
        let line = compute(*amount, parts)?;
        all.base = add(all.base, line.base)?;
        all.total = add(all.total, line.total)?;
        for (sum, part) in all.components.iter_mut().zip(&line.components) {
            sum.amount = add(sum.amount, part.amount)?;
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{TaxPart, compute, compute_document};
    use crate::rate::Rate;
    use crate::tax::TaxRounding;

    fn part(basis_points: u32, included: bool) -> TaxPart {
        TaxPart {
            name: format!("{basis_points}"),
            rate: Rate::from_basis_points(basis_points),
            included,
        }
    }

    /// RETAIL.md, "Money and tax".
    #[test]
    fn the_peers_vectors() {
        use TaxRounding::{PerDocument, PerLine};
        let inside = |basis_points| vec![part(basis_points, true)];
        for (amounts, parts, rounding, base, taxes, total) in [
            (vec![5_250], inside(1_200), PerLine, 4_687, vec![563], 5_250),
            (vec![5_250, 5_250], inside(1_200), PerLine, 9_374, vec![1_126], 10_500),
            (
                vec![5_250, 5_250],
                inside(1_200),
                PerDocument,
                9_375,
                vec![1_125],
                10_500,
            ),
            (vec![1_190], inside(2_100), PerLine, 983, vec![207], 1_190),
            (
                vec![230_000],
                vec![part(1_500, false), part(550, true)],
                PerLine,
                218_009,
                vec![32_701, 11_991],
                262_701,
            ),
            (vec![10_920], inside(1_900), PerLine, 9_176, vec![1_744], 10_920),
            (
                vec![31_750],
                vec![part(1_900, false)],
                PerLine,
                31_750,
                vec![6_033],
                37_783,
            ),
            (
                vec![-31_750],
                vec![part(1_900, false)],
                PerLine,
                -31_750,
                vec![-6_033],
                -37_783,
            ),
            (vec![], inside(1_200), PerLine, 0, vec![0], 0),
        ] {
            let computed = compute_document(&amounts, &parts, rounding).unwrap();
            let amounts_of: Vec<i64> = computed.components.iter().map(|c| c.amount).collect();
            assert_eq!(
                (computed.base, amounts_of, computed.total),
                (base, taxes, total),
                "{amounts:?}"
            );
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        assert!(compute(i64::MAX, &[part(1, false)]).is_err());
        assert!(compute_document(&[i64::MAX, 1], &[], TaxRounding::PerDocument).is_err());
        assert!(compute_document(&[i64::MAX, 1], &[], TaxRounding::PerLine).is_err());
    }

    proptest! {
        #[test]
        fn a_refund_mirrors(amount in -1_i64 << 40..1 << 40, inside in 0_u32..5_000, outside in 0_u32..5_000) {
            let parts = [part(inside, true), part(outside, false)];
            let (sale, refund) = (compute(amount, &parts).unwrap(), compute(-amount, &parts).unwrap());
            prop_assert_eq!((refund.base, refund.total), (-sale.base, -sale.total));
            let taxes: i64 = sale.components.iter().map(|c| c.amount).sum();
            prop_assert_eq!(sale.base + taxes, sale.total);
        }
    }
}
