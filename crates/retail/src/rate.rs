//! Percentages: tax rates, discounts, caps.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rounding::round_half_away;

/// A percentage in basis points: 1800 is 18 %. Written as that number in JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Rate(u32);

/// Why a text is not a percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RateError {
    #[error("a percentage is digits with at most two decimals, such as 18 or 5.5")]
    NotAPercentage,
    #[error("a percentage above 1000 is not taken")]
    TooLarge,
}

impl Rate {
    /// 0 %.
    pub const ZERO: Self = Self(0);
    /// 100 %.
    pub const WHOLE: Self = Self(10_000);

    /// A rate of so many hundredths of a percent.
    #[must_use]
    pub const fn from_basis_points(basis_points: u32) -> Self {
        Self(basis_points)
    }

    /// Hundredths of a percent.
    #[must_use]
    pub const fn basis_points(self) -> u32 {
        self.0
    }

    /// Reads `18`, `5.5`, `17.5%`: no sign, at most two decimals, at most 1000.
    ///
    /// # Errors
    /// [`RateError`] when the text is anything else; nothing is rounded.
    pub fn parse_percent(text: &str) -> Result<Self, RateError> {
        let text = text.trim();
        let text = text.strip_suffix('%').unwrap_or(text).trim_end();
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        // Zeros behind the second decimal say nothing, and spreadsheets write them.
        let decimals = if decimals.len() > 2 {
            decimals.trim_end_matches('0')
        } else {
            decimals
        };
        if whole.is_empty() || !digits(whole) || !digits(decimals) || decimals.len() > 2 || text.ends_with('.') {
            return Err(RateError::NotAPercentage);
        }
        let whole: u32 = whole.parse().map_err(|_| RateError::TooLarge)?;
        let hundredths: u32 = format!("{decimals:0<2}")
            .parse()
            .map_err(|_| RateError::NotAPercentage)?;
        let basis_points = whole
            .checked_mul(100)
            .and_then(|b| b.checked_add(hundredths))
            .ok_or(RateError::TooLarge)?;
        if basis_points > 100_000 {
            Err(RateError::TooLarge)
        } else {
            Ok(Self(basis_points))
        }
    }

    /// This share of an amount in minor units, rounded half away from zero; none when it does not fit.
    #[must_use]
    pub fn of(self, amount: i64) -> Option<i64> {
        i64::try_from(round_half_away(i128::from(amount) * i128::from(self.0), 10_000)).ok()
    }
}

impl fmt::Display for Rate {
    /// `18%`, `5.5%`, `0.25%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 100, self.0 % 100);
        match rest {
            0 => write!(f, "{whole}%"),
            _ if rest % 10 == 0 => write!(f, "{whole}.{}%", rest / 10),
            _ => write!(f, "{whole}.{rest:02}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rate, RateError};

    #[test]
    fn percentages_are_read_and_shown() {
        for (text, basis_points, shown) in [
            ("18", 1_800, "18%"),
            ("5.5", 550, "5.5%"),
            (" 17.50 % ", 1_750, "17.5%"),
            ("0.25", 25, "0.25%"),
            ("0.05", 5, "0.05%"),
            ("0", 0, "0%"),
            ("12.000", 1_200, "12%"),
            ("1000", 100_000, "1000%"),
        ] {
            let rate = Rate::parse_percent(text).unwrap();
            assert_eq!(
                (rate.basis_points(), rate.to_string().as_str()),
                (basis_points, shown),
                "{text}"
            );
        }
        for (text, error) in [
            ("", RateError::NotAPercentage),
            ("-5", RateError::NotAPercentage),
            ("5.", RateError::NotAPercentage),
            (".5", RateError::NotAPercentage),
            ("5,5", RateError::NotAPercentage),
            ("5.555", RateError::NotAPercentage),
            ("ten", RateError::NotAPercentage),
            ("1000.01", RateError::TooLarge),
            ("99999999999", RateError::TooLarge),
        ] {
            assert_eq!(Rate::parse_percent(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_share_is_rounded_away_from_zero() {
        for (basis_points, amount, share) in [
            (1_000, 849_000, 84_900),
            (200, 11_890_000, 237_800),
            (1_000, 15, 2),
            (1_000, -15, -2),
            (0, i64::MAX, 0),
        ] {
            assert_eq!(Rate::from_basis_points(basis_points).of(amount), Some(share));
        }
        assert_eq!(Rate::from_basis_points(20_000).of(i64::MAX), None);
    }
}
