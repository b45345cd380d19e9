//! Dioptres.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The minus of powers, U+2212: as wide as the plus, so that signs are not overlooked.
const MINUS: char = '\u{2212}';

/// A power in thousandths of a dioptre: −2250 is −2.25 D. Written as that number in JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Power(pub i32);

impl Power {
    /// Plano, 0.00 D: a recorded value, unlike a power that was not recorded.
    pub const ZERO: Self = Self(0);

    /// The sum; none when it does not fit.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The power of opposite sign; none for the lowest number, which has no opposite.
    #[must_use]
    pub fn checked_neg(self) -> Option<Self> {
        self.0.checked_neg().map(Self)
    }

    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// With three decimals always, for computed values: `−3.125`, `−2.000`.
    #[must_use]
    pub fn three_decimals(self) -> String {
        let (sign, whole, rest) = self.parts();
        format!("{sign}{whole}.{rest:03}")
    }

    /// Without a sign: `2.25`.
    #[must_use]
    pub fn unsigned(self) -> String {
        let (_, whole, rest) = self.parts();
        decimals(whole, rest)
    }

    fn parts(self) -> (&'static str, u32, u32) {
        let sign = match self.0 {
            0 => "",
            1.. => "+",
            _ => "\u{2212}",
        };
        let magnitude = self.0.unsigned_abs();
        (sign, magnitude / 1_000, magnitude % 1_000)
    }
}

/// Two decimals, or three where the third says something.
pub(crate) fn decimals(whole: u32, thousandths: u32) -> String {
    if thousandths.is_multiple_of(10) {
        format!("{whole}.{:02}", thousandths / 10)
    } else {
        format!("{whole}.{thousandths:03}")
    }
}

/// Reads a plus or either minus at the head of a text; true is plus.
pub(crate) fn strip_sign(text: &str) -> Option<(bool, &str)> {
    let rest = text.strip_prefix(['+', '-', MINUS])?;
    Some((text.starts_with('+'), rest))
}

/// The same for a sign at the end.
pub(crate) fn strip_last_sign(text: &str) -> Option<(bool, &str)> {
    let rest = text.strip_suffix(['+', '-', MINUS])?;
    Some((text.ends_with('+'), rest))
}

impl fmt::Display for Power {
    /// `+2.00`, `−0.75`, `0.00`, `+0.125`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, whole, rest) = self.parts();
        write!(f, "{sign}{}", decimals(whole, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::Power;

    #[test]
    fn powers_are_written_with_their_sign() {
        for (power, text, three, unsigned) in [
            (2_000, "+2.00", "+2.000", "2.00"),
            (-750, "−0.75", "−0.750", "0.75"),
            (0, "0.00", "0.000", "0.00"),
            (125, "+0.125", "+0.125", "0.125"),
            (-3_125, "−3.125", "−3.125", "3.125"),
            (-10_250, "−10.25", "−10.250", "10.25"),
            (i32::MIN, "−2147483.648", "−2147483.648", "2147483.648"),
        ] {
            let power = Power(power);
            assert_eq!(
                (power.to_string().as_str(), power.three_decimals().as_str()),
                (text, three)
            );
            assert_eq!(power.unsigned(), unsigned);
        }
        assert_eq!(
            (Power(i32::MIN).checked_neg(), Power(i32::MAX).checked_add(Power(1))),
            (None, None)
        );
    }
}
