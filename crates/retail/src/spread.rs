//! Spreading one amount over several lines.

/// Why an amount cannot be spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpreadError {
    #[error("there is nothing to spread the amount over")]
    NoWeight,
    #[error("weights are never negative")]
    NegativeWeight,
    #[error("the amounts are too large")]
    TooLarge,
}

/// Shares of `amount` in proportion to `weights`, adding up to it exactly: every share is first rounded towards zero, and
/// the units left go one by one to the largest remainders, the earlier line first among equals. A negative amount is the
/// exact mirror.
///
/// # Errors
/// [`SpreadError`] when all weights are zero (and the amount is not), one is negative, or a sum does not fit.
pub fn spread(amount: i64, weights: &[i64]) -> Result<Vec<i64>, SpreadError> {
    if weights.iter().any(|weight| *weight < 0) {
        return Err(SpreadError::NegativeWeight);
    }
    let whole: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if whole == 0 {
        return if amount == 0 {
            Ok(vec![0; weights.len()])
        } else {
            Err(SpreadError::NoWeight)
        };
    }
    let magnitude = i128::from(amount).abs();
    let mut shares = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    for (index, weight) in weights.iter().enumerate() {
        let exact = magnitude * i128::from(*weight);
        shares.push(exact / whole);
        remainders.push((exact % whole, index));
    }
    let left = magnitude - shares.iter().sum::<i128>();
    debug_assert!(left >= 0 && left <= i128::try_from(weights.len()).unwrap_or(i128::MAX));
    remainders.sort_by_key(|(remainder, index)| (-remainder, *index));
    for (_, index) in remainders.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        shares[index] += 1;
    }
    let sign = if amount < 0 { -1 } else { 1 };
    shares
        .into_iter()
        .map(|share| i64::try_from(share * sign).map_err(|_| SpreadError::TooLarge))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{SpreadError, spread};

    #[test]
    fn shares_add_up() {
        for (amount, weights, expected) in [
            (100_001, vec![1, 1, 1], Ok(vec![33_334, 33_334, 33_333])),
            (-100_001, vec![1, 1, 1], Ok(vec![-33_334, -33_334, -33_333])),
            (10, vec![0, 5, 5], Ok(vec![0, 5, 5])),
            (1, vec![1, 2, 1], Ok(vec![0, 1, 0])),
            (100, vec![7_641, 14_250, 500], Ok(vec![34, 64, 2])),
            (0, vec![0, 0], Ok(vec![0, 0])),
            (0, vec![], Ok(vec![])),
            (1, vec![], Err(SpreadError::NoWeight)),
            (1, vec![0], Err(SpreadError::NoWeight)),
            (1, vec![2, -1], Err(SpreadError::NegativeWeight)),
            (i64::MIN, vec![1], Ok(vec![i64::MIN])),
            (
                i64::MAX,
                vec![i64::MAX, i64::MAX],
                Ok(vec![i64::MAX / 2 + 1, i64::MAX / 2]),
            ),
        ] {
            assert_eq!(spread(amount, &weights), expected, "{amount} over {weights:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost(amount in any::<i64>(), weights in prop::collection::vec(0_i64.., 1..40)) {
            prop_assume!(weights.iter().any(|w| *w > 0) && amount != i64::MIN);
            let shares = spread(amount, &weights).unwrap();
            prop_assert_eq!(shares.iter().map(|s| i128::from(*s)).sum::<i128>(), i128::from(amount));
            let mirror: Vec<i64> = shares.iter().map(|s| -s).collect();
            prop_assert_eq!(spread(-amount, &weights).unwrap(), mirror);
        }
    }
}
