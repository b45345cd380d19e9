//! The one rounding function.

/// `numerator / denominator` to the nearest whole number, halves away from zero.
///
/// Away from zero, and not upwards, so that `round(-x) == -round(x)` and a credit note takes back exactly what the sale
/// charged. A denominator of zero gives 0: every caller divides by a constant or by `10_000 + rate`, and a panic in a
/// till is worse than an amount that the checks on totals would refuse.
#[must_use]
pub fn round_half_away(numerator: i128, denominator: i128) -> i128 {
    debug_assert!(denominator != 0, "nothing divides by zero");
    if denominator == 0 {
        return 0;
    }
    let negative = (numerator < 0) != (denominator < 0);
    let (above, below) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    let (whole, rest) = (above / below, above % below);
    // rest >= below - rest is 2 * rest >= below without the doubling that could overflow.
    let magnitude = if rest >= below - rest {
        whole.saturating_add(1)
    } else {
        whole
    };
    let magnitude = i128::try_from(magnitude).unwrap_or(i128::MAX);
    if negative { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::round_half_away;
    use proptest::prelude::*;

    #[test]
    fn halves_go_away_from_zero() {
        for (numerator, denominator, expected) in [
            (0, 7, 0),
            (1, 2, 1),
            (-1, 2, -1),
            (1, -2, -1),
            (-1, -2, 1),
            (3, 2, 2),
            (149, 100, 1),
            (150, 100, 2),
            (-149, 100, -1),
            (-150, 100, -2),
            (1, 3, 0),
            (2, 3, 1),
            (i128::MAX, 1, i128::MAX),
            (31_750 * 19, 100, 6_033),
            (-31_750 * 19, 100, -6_033),
        ] {
            assert_eq!(
                round_half_away(numerator, denominator),
                expected,
                "{numerator} / {denominator}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_negative_mirrors(numerator in any::<i64>(), denominator in 1_i64..) {
            let (n, d) = (i128::from(numerator), i128::from(denominator));
            prop_assert_eq!(round_half_away(-n, d), -round_half_away(n, d));
            let off = (round_half_away(n, d) * d - n).abs();
            prop_assert!(off * 2 <= d);
        }
    }
}
