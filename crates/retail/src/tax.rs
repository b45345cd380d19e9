//! Tax inside a price, as a profile splits it. The general engine is [`crate::tax_engine`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rate::Rate;
use crate::rounding::round_half_away;

/// Where the goods go, seen from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Supply {
    /// Within the state: CGST and SGST.
    #[default]
    Within,
    /// Between states: IGST.
    Between,
}

/// Which taxes a rate is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "form")]
pub enum TaxSystem {
    /// Two equal halves within the state, one whole between states. The halves are equal to the paisa: each is rounded
    /// by itself, and what they leave is the taxable value.
    EqualHalves {
        first: String,
        second: String,
        between: String,
    },
    /// One tax, wherever the goods go.
    Single { name: String },
}

/// Where the rounding of tax happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaxRounding {
    PerLine,
    PerDocument,
}

/// How a profile splits prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxRules {
    pub system: TaxSystem,
    pub rounding: TaxRounding,
}

/// One named tax in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxComponent {
    pub name: String,
    pub amount: i64,
}

/// A price that includes tax, taken apart: `taxable` and the components add up to it exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxSplit {
    pub taxable: i64,
    pub components: Vec<TaxComponent>,
}

impl TaxSplit {
    /// All taxes together, in minor units.
    #[must_use]
    pub fn tax(&self) -> i64 {
        self.components
            .iter()
            .fold(0, |sum, part| sum.saturating_add(part.amount))
    }
}

impl TaxSystem {
    /// The names of the taxes for a supply, in the order of [`TaxSplit::components`].
    #[must_use]
    pub fn names(&self, supply: Supply) -> Vec<&str> {
        match (self, supply) {
            (Self::EqualHalves { first, second, .. }, Supply::Within) => vec![first, second],
            (Self::EqualHalves { between, .. }, Supply::Between) => vec![between],
            (Self::Single { name }, _) => vec![name],
        }
    }
}

/// Splits `gross` minor units, tax included, at `rate`. A negative amount is the exact mirror.
///
/// Halves: each is `gross × r / (200 + 2r)`; whole: `gross × r / (100 + r)`, r in percent, rounded half away from zero
/// (CHAIN.md, "Tax"). No rate overflows: a tax inside a price is smaller than the price.
#[must_use]
pub fn split(gross: i64, rate: Rate, supply: Supply, system: &TaxSystem) -> TaxSplit {
    let names = system.names(supply);
    let basis_points = i128::from(rate.basis_points());
    let count = i128::try_from(names.len()).unwrap_or(1);
    let part = round_half_away(i128::from(gross) * basis_points, count * (10_000 + basis_points));
    let part = i64::try_from(part).unwrap_or(0);
    // Taking what is left as the taxable value keeps the sum exact whatever the halves were rounded to.
    let components: Vec<_> = names
        .into_iter()
        .map(|name| TaxComponent {
            name: name.to_owned(),
            amount: part,
        })
        .collect();
    let taxable = components
        .iter()
        .fold(gross, |left, part| left.saturating_sub(part.amount));
    TaxSplit { taxable, components }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Supply, TaxSystem, split};
    use crate::rate::Rate;

    fn gst() -> TaxSystem {
        TaxSystem::EqualHalves {
            first: "CGST".into(),
            second: "SGST".into(),
            between: "IGST".into(),
        }
    }

    #[test]
    fn the_chains_figures() {
        use Supply::{Between, Within};
        for (gross, basis_points, supply, taxable, parts) in [
            (99_900, 1_800, Within, 84_662, vec![7_619, 7_619]),
            (100_000, 500, Within, 95_238, vec![2_381, 2_381]),
            (99_900, 1_800, Between, 84_661, vec![15_239]),
            (100_000, 500, Between, 95_238, vec![4_762]),
            (50_000, 0, Within, 50_000, vec![0, 0]),
            (559_200, 1_800, Within, 473_898, vec![42_651, 42_651]),
            (-99_900, 1_800, Within, -84_662, vec![-7_619, -7_619]),
            (0, 1_800, Within, 0, vec![0, 0]),
        ] {
            let split = split(gross, Rate::from_basis_points(basis_points), supply, &gst());
            let amounts: Vec<i64> = split.components.iter().map(|part| part.amount).collect();
            assert_eq!((split.taxable, amounts), (taxable, parts), "{gross} at {basis_points}");
        }
    }

    #[test]
    fn one_tax_has_one_name() {
        let vat = TaxSystem::Single { name: "VAT".into() };
        for supply in [Supply::Within, Supply::Between] {
            let split = split(1_190, Rate::from_basis_points(2_100), supply, &vat);
            assert_eq!((split.taxable, split.tax(), split.components.len()), (983, 207, 1));
        }
        assert_eq!(gst().names(Supply::Between), ["IGST"]);
    }

    proptest! {
        #[test]
        fn a_refund_mirrors_its_sale(gross in any::<i64>(), bp in 0_u32..=100_000, between: bool) {
            prop_assume!(gross != i64::MIN);
            let supply = if between { Supply::Between } else { Supply::Within };
            let (sale, refund) = (
                split(gross, Rate::from_basis_points(bp), supply, &gst()),
                split(-gross, Rate::from_basis_points(bp), supply, &gst()),
            );
            prop_assert_eq!(refund.taxable, -sale.taxable);
            for (r, s) in refund.components.iter().zip(&sale.components) {
                prop_assert_eq!(r.amount, -s.amount);
            }
            let sum: i128 = sale.components.iter().map(|c| i128::from(c.amount)).sum();
            prop_assert_eq!(sum + i128::from(sale.taxable), i128::from(gross));
        }
    }
}
