//! A cash session in figures: what should be in the drawer, what was counted, how far apart they are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Kinds of notes and coins in one count, at most.
pub const MAX_DENOMINATIONS: usize = 64;

/// The cash movements of one session, each a sum of minor units that is never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct CashFlow {
    /// Counted in when the session was opened.
    pub float: i64,
    /// Cash kept from sales, change already given.
    pub sales: i64,
    /// Cash given back.
    pub refunds: i64,
    pub paid_in: i64,
    pub paid_out: i64,
    /// Taken to the safe.
    pub drops: i64,
}

/// So many pieces of one note or coin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pieces {
    /// Minor units of one piece.
    pub denomination: i64,
    pub pieces: i64,
}

/// Why a drawer has no figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DrawerError {
    #[error("a sum of the session is below zero")]
    Negative,
    #[error("there is no note or coin of {denomination} minor units")]
    UnknownDenomination { denomination: i64 },
    #[error("a note or coin is counted twice, or more than {MAX_DENOMINATIONS} kinds are counted")]
    TooManyRows,
    #[error("the amounts are too large")]
    TooLarge,
}

impl CashFlow {
    /// Float + cash sales - cash refunds - paid out + paid in - drops, in minor units. It is negative when more went out
    /// than was there, which a count then shows as a variance.
    ///
    /// # Errors
    /// [`DrawerError`] when a sum is negative or the result does not fit.
    pub fn expected(&self) -> Result<i64, DrawerError> {
        let (inward, outward) = (
            [self.float, self.sales, self.paid_in],
            [self.refunds, self.paid_out, self.drops],
        );
        if inward.iter().chain(&outward).any(|sum| *sum < 0) {
            return Err(DrawerError::Negative);
        }
        let sum = |sums: [i64; 3]| sums.iter().map(|sum| i128::from(*sum)).sum::<i128>();
        i64::try_from(sum(inward) - sum(outward)).map_err(|_| DrawerError::TooLarge)
    }
}

/// Counted less expected: negative when money is missing.
///
/// # Errors
/// [`DrawerError::TooLarge`] when it does not fit.
pub fn variance(counted: i64, expected: i64) -> Result<i64, DrawerError> {
    counted.checked_sub(expected).ok_or(DrawerError::TooLarge)
}

/// The value of a count, in minor units. Denominations are those of the profile: notes and coins of one value may be two
/// rows there, so a value may be counted as often as it is known.
///
/// # Errors
/// [`DrawerError`] for an unknown denomination, negative pieces, rows beyond the known ones, a sum that does not fit.
pub fn count(pieces: &[Pieces], denominations: &[i64]) -> Result<i64, DrawerError> {
    if pieces.len() > MAX_DENOMINATIONS {
        return Err(DrawerError::TooManyRows);
    }
    let mut total = 0_i64;
    for row in pieces {
        let known = denominations.iter().filter(|known| **known == row.denomination).count();
        if known == 0 {
            return Err(DrawerError::UnknownDenomination {
                denomination: row.denomination,
            });
        }
        if pieces
            .iter()
            .filter(|other| other.denomination == row.denomination)
            .count()
            > known
        {
            return Err(DrawerError::TooManyRows);
        }
        if row.pieces < 0 {
            return Err(DrawerError::Negative);
        }
        let value = row.denomination.checked_mul(row.pieces).ok_or(DrawerError::TooLarge)?;
        total = total.checked_add(value).ok_or(DrawerError::TooLarge)?;
    }
    Ok(total)
}

/// The fewest notes and coins for an amount, largest first, and what no coin covers (0 as a rule). Taking the largest that
/// fits is the fewest for every currency in use.
#[must_use]
pub fn change_pieces(amount: i64, denominations: &[i64]) -> (Vec<Pieces>, i64) {
    let mut known: Vec<i64> = denominations.iter().copied().filter(|value| *value > 0).collect();
    known.sort_unstable_by(|a, b| b.cmp(a));
    known.dedup();
    let mut left = amount.max(0);
    let mut rows = Vec::new();
    for denomination in known {
        let pieces = left / denomination;
        left %= denomination;
        if pieces > 0 {
            rows.push(Pieces { denomination, pieces });
        }
    }
    (rows, left)
}

#[cfg(test)]
mod tests {
    use super::{CashFlow, DrawerError, Pieces, change_pieces, count, variance};

    const RUPEES: [i64; 11] = [50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 2_000, 1_000, 500, 200, 100];

    fn pieces(rows: &[(i64, i64)]) -> Vec<Pieces> {
        rows.iter()
            .map(|(denomination, pieces)| Pieces {
                denomination: *denomination,
                pieces: *pieces,
            })
            .collect()
    }

    #[test]
    fn expected_cash() {
        let flow = |float, sales, refunds, paid_in, paid_out, drops| CashFlow {
            float,
            sales,
            refunds,
            paid_in,
            paid_out,
            drops,
        };
        for (flow, expected) in [
            // CHAIN.md, "Till", and the Z report of the mock-up 24-papers.html.
            (flow(100_000, 103_333, 20_000, 0, 5_000, 0), Ok(178_333)),
            (flow(570_000, 6_249_200, 0, 100_000, 64_000, 2_000_000), Ok(4_855_200)),
            (CashFlow::default(), Ok(0)),
            (flow(0, 0, 100, 0, 0, 0), Ok(-100)),
            (flow(-1, 0, 0, 0, 0, 0), Err(DrawerError::Negative)),
            (flow(i64::MAX, 1, 0, 0, 0, 0), Err(DrawerError::TooLarge)),
            (flow(i64::MAX, 1, 1, 0, 0, 0), Ok(i64::MAX)),
        ] {
            assert_eq!(flow.expected(), expected, "{flow:?}");
        }
        assert_eq!(variance(4_841_200, 4_855_200), Ok(-14_000));
        assert_eq!(variance(i64::MAX, -1), Err(DrawerError::TooLarge));
    }

    #[test]
    fn pieces_add_up() {
        for (rows, expected) in [
            // The float of the mock-up 05-cash-open.html.
            (
                vec![
                    (50_000, 4),
                    (20_000, 5),
                    (10_000, 10),
                    (5_000, 10),
                    (2_000, 15),
                    (1_000, 20),
                    (2_000, 10),
                    (1_000, 15),
                    (500, 10),
                    (200, 20),
                    (100, 10),
                ],
                Ok(545_000),
            ),
            (vec![], Ok(0)),
            (
                vec![(300, 1)],
                Err(DrawerError::UnknownDenomination { denomination: 300 }),
            ),
            (vec![(500, -1)], Err(DrawerError::Negative)),
            (vec![(500, 1), (500, 1)], Err(DrawerError::TooManyRows)),
            (vec![(500, i64::MAX)], Err(DrawerError::TooLarge)),
            (vec![(100, i64::MAX / 100), (200, 1)], Err(DrawerError::TooLarge)),
            (vec![(100, 0); 65], Err(DrawerError::TooManyRows)),
        ] {
            assert_eq!(count(&pieces(&rows), &RUPEES), expected, "{rows:?}");
        }
    }

    #[test]
    fn change_takes_the_fewest_pieces() {
        for (amount, rows, left) in [
            (
                64_900,
                vec![(50_000, 1), (10_000, 1), (2_000, 2), (500, 1), (200, 2)],
                0,
            ),
            (50, vec![], 50),
            (0, vec![], 0),
            (-100, vec![], 0),
        ] {
            assert_eq!(change_pieces(amount, &RUPEES), (pieces(&rows), left));
        }
    }
}
