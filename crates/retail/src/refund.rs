//! What of a line goes back when only some of its pieces do.

/// Why pieces cannot go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefundError {
    #[error("at least one piece must go back")]
    NothingReturned,
    #[error("only {left} can still go back")]
    MoreThanLeft { left: i64 },
}

/// The part of a line's total (or of any sum belonging to it) for `returning` of its `bought` pieces, after
/// `returned_before` have gone back: the share of all pieces returned so far less the share already given. So the last
/// piece takes what rounding left, and all returns together are the line's total exactly.
///
/// # Errors
/// [`RefundError`] when nothing or more than what is left goes back.
pub fn share(total: i64, bought: i64, returned_before: i64, returning: i64) -> Result<i64, RefundError> {
    let left = bought.saturating_sub(returned_before).max(0);
    if returning <= 0 {
        return Err(RefundError::NothingReturned);
    }
    if returned_before < 0 || returning > left {
        return Err(RefundError::MoreThanLeft {
            left: left.min(bought.max(0)),
        });
    }
    let up_to = |pieces: i64| {
        let exact = crate::rounding::round_half_away(i128::from(total) * i128::from(pieces), i128::from(bought));
        // Never more than the total, because pieces <= bought.
        i64::try_from(exact).unwrap_or(total)
    };
    Ok(up_to(returned_before + returning) - up_to(returned_before))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{RefundError, share};

    #[test]
    fn pieces_take_their_share() {
        for (total, bought, before, returning, expected) in [
            (379_800, 2, 0, 1, Ok(189_900)),
            (100, 3, 0, 1, Ok(33)),
            (100, 3, 1, 1, Ok(34)),
            (100, 3, 2, 1, Ok(33)),
            (100, 3, 0, 3, Ok(100)),
            (-100, 3, 1, 1, Ok(-34)),
            (100, 3, 3, 1, Err(RefundError::MoreThanLeft { left: 0 })),
            (100, 3, 1, 3, Err(RefundError::MoreThanLeft { left: 2 })),
            (100, 3, 0, 0, Err(RefundError::NothingReturned)),
            (100, 3, 0, -1, Err(RefundError::NothingReturned)),
            (100, 0, 0, 1, Err(RefundError::MoreThanLeft { left: 0 })),
            (100, -5, 0, 1, Err(RefundError::MoreThanLeft { left: 0 })),
            (100, 3, -1, 1, Err(RefundError::MoreThanLeft { left: 3 })),
        ] {
            assert_eq!(
                share(total, bought, before, returning),
                expected,
                "{total}: {before} + {returning} of {bought}"
            );
        }
    }

    proptest! {
        #[test]
        fn all_returns_are_the_total(total in any::<i64>(), parts in prop::collection::vec(1_i64..50, 1..20)) {
            prop_assume!(total != i64::MIN);
            let bought: i64 = parts.iter().sum();
            let (mut before, mut refunded) = (0, 0_i128);
            for part in parts {
                refunded += i128::from(share(total, bought, before, part).unwrap());
                before += part;
            }
            prop_assert_eq!(refunded, i128::from(total));
        }
    }
}
