//! The organisation's one currency: how amounts are written, read and rounded.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rounding::round_half_away;

/// The minus of amounts on screen, U+2212: as wide as a digit, and never broken from its number.
const MINUS: char = '\u{2212}';

/// Most that one amount of a fact is, minor units: no sale comes near it, and it takes nine million such amounts until their
/// sum does not fit an `i64`, so that no till can make everybody's totals run over.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000;

/// How the digits of the whole part are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// 1,66,351: three digits, then twos (lakh, crore).
    Indian,
    /// 166,351.
    Thousands,
}

/// A currency of ISO 4217. Amounts are `i64` minor units everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Currency {
    /// ISO 4217, such as `INR`.
    pub code: String,
    /// On screen, such as `₹`.
    pub symbol: String,
    /// On paper of a receipt printer, whose code pages lack some signs, such as `Rs`.
    pub paper_symbol: String,
    /// Digits behind the point: minor units of one whole unit are 10 to this power. 0 to 4.
    pub decimals: u8,
    pub grouping: Grouping,
    /// Cash is rounded to a multiple of this many minor units when it is tendered; 1 rounds nothing.
    pub cash_step: i64,
}

/// Why a text or a product is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    #[error("an amount is needed")]
    Empty,
    #[error("this is not an amount")]
    NotAnAmount,
    #[error("at most {decimals} digits after the point")]
    TooManyDecimals { decimals: u8 },
    #[error("the amount is too large")]
    TooLarge,
}

impl Currency {
    /// Minor units of one whole unit: 100 for the rupee. Decimals beyond 18 count as 18.
    #[must_use]
    pub fn unit(&self) -> i64 {
        10_i64.pow(u32::from(self.decimals.min(18)))
    }

    /// `1,66,351.00`, `−849.00`: grouped, all decimals, minus U+2212.
    #[must_use]
    pub fn format(&self, minor: i64) -> String {
        self.signed(minor, "")
    }

    /// `₹1,66,351.00`, `−₹849.00`.
    #[must_use]
    pub fn format_with_symbol(&self, minor: i64) -> String {
        self.signed(minor, &self.symbol)
    }

    /// `14,351` where nothing stands behind the point, for keys that bear whole sums; else as [`Currency::format`].
    #[must_use]
    pub fn format_short(&self, minor: i64) -> String {
        let full = self.format(minor);
        match full.split_once('.') {
            Some((whole, decimals)) if decimals.bytes().all(|b| b == b'0') => whole.to_owned(),
            _ => full,
        }
    }

    /// As [`Currency::format`] with the hyphen of ASCII for a minus, for printers whose code page has no U+2212.
    #[must_use]
    pub fn format_paper(&self, minor: i64) -> String {
        self.format(minor).replace(MINUS, "-")
    }

    fn signed(&self, minor: i64, symbol: &str) -> String {
        let unit = self.unit().unsigned_abs();
        let (whole, rest) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
        let mut text = String::new();
        if minor < 0 {
            text.push(MINUS);
        }
        text.push_str(symbol);
        text.push_str(&self.grouped(&whole.to_string()));
        if self.decimals > 0 {
            text.push_str(&format!(".{rest:0width$}", width = usize::from(self.decimals.min(18))));
        }
        text
    }

    fn grouped(&self, digits: &str) -> String {
        let count = digits.len();
        let mut text = String::with_capacity(count + count / 2);
        for (index, digit) in digits.chars().enumerate() {
            let left = count - index;
            let comma = match self.grouping {
                Grouping::Thousands => left.is_multiple_of(3),
                Grouping::Indian => left == 3 || (left > 3 && !left.is_multiple_of(2)),
            };
            if comma && index > 0 {
                text.push(',');
            }
            text.push(digit);
        }
        text
    }

    /// Reads what a person types: whole units unless a point is typed, commas only where groups of digits end (so that a
    /// decimal comma, `4,95`, is refused and not read as 495), a minus of either kind in front.
    ///
    /// # Errors
    /// [`AmountError`]; more decimals than the currency has are refused, never rounded.
    pub fn parse(&self, text: &str) -> Result<i64, AmountError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AmountError::Empty);
        }
        let (negative, unsigned) = match text.strip_prefix(['-', MINUS]) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if !is_grouped(whole) || !digits(decimals) || (whole.is_empty() && decimals.is_empty()) {
            return Err(AmountError::NotAnAmount);
        }
        let places = usize::from(self.decimals.min(18));
        if decimals.len() > places {
            return Err(AmountError::TooManyDecimals {
                decimals: self.decimals,
            });
        }
        let plain = format!("{}{decimals:0<places$}", whole.replace(',', ""));
        // Read with its sign, because the lowest i64 has no positive twin.
        let signed = if negative { format!("-{plain}") } else { plain };
        signed.parse().map_err(|_| AmountError::TooLarge)
    }

    /// `quantity` pieces at `price` whole units each, in minor units, exact and then rounded half away from zero. Prices
    /// may have more decimals than the currency.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the total does not fit.
    pub fn line_total(&self, quantity: i64, price: &Decimal) -> Result<i64, AmountError> {
        let ten = |power: u32| 10_i128.checked_pow(power).ok_or(AmountError::TooLarge);
        let above = price
            .mantissa()
            .checked_mul(i128::from(quantity))
            .and_then(|product| product.checked_mul(i128::from(self.unit())))
            .ok_or(AmountError::TooLarge)?;
        i64::try_from(round_half_away(above, ten(price.scale())?)).map_err(|_| AmountError::TooLarge)
    }

    /// An amount of whole units, such as a price in a file, in minor units, rounded half away from zero.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when it does not fit.
    pub fn from_decimal(&self, amount: &Decimal) -> Result<i64, AmountError> {
        self.line_total(1, amount)
    }

    /// The nearest multiple of [`Currency::cash_step`], halves away from zero; none when it does not fit.
    #[must_use]
    pub fn round_to_cash(&self, minor: i64) -> Option<i64> {
        let step = i128::from(self.cash_step.max(1));
        i64::try_from(round_half_away(i128::from(minor), step) * step).ok()
    }
}

/// Digits only, or groups of which the first has 1 to 3, those between 2 or 3, the last 3 digits.
fn is_grouped(whole: &str) -> bool {
    let groups: Vec<&str> = whole.split(',').collect();
    let digits = groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_digit()));
    let last = groups.len() - 1;
    digits
        && (last == 0
            || groups.iter().enumerate().all(|(index, group)| match index {
                0 => (1..=3).contains(&group.len()),
                _ if index == last => group.len() == 3,
                _ => (2..=3).contains(&group.len()),
            }))
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::{AmountError, Currency, Grouping};

    fn currency(grouping: Grouping, decimals: u8, cash_step: i64) -> Currency {
        let (code, symbol, paper_symbol) = ("INR".into(), "₹".into(), "Rs".into());
        Currency {
            code,
            symbol,
            paper_symbol,
            decimals,
            grouping,
            cash_step,
        }
    }

    #[test]
    fn amounts_are_grouped_and_signed() {
        let (inr, gbp, yen) = (
            currency(Grouping::Indian, 2, 100),
            currency(Grouping::Thousands, 2, 1),
            currency(Grouping::Thousands, 0, 1),
        );
        for (minor, indian, thousands, whole) in [
            (0, "0.00", "0.00", "0"),
            (5, "0.05", "0.05", "5"),
            (-5, "−0.05", "−0.05", "−5"),
            (99_900, "999.00", "999.00", "99,900"),
            (100_000, "1,000.00", "1,000.00", "100,000"),
            (16_635_100, "1,66,351.00", "166,351.00", "16,635,100"),
            (-84_900, "−849.00", "−849.00", "−84,900"),
            (12_345_678_900, "12,34,56,789.00", "123,456,789.00", "12,345,678,900"),
            (
                i64::MIN,
                "−92,23,37,20,36,85,47,758.08",
                "−92,233,720,368,547,758.08",
                "−9,223,372,036,854,775,808",
            ),
        ] {
            assert_eq!(inr.format(minor), indian);
            assert_eq!(
                (gbp.format(minor).as_str(), yen.format(minor).as_str()),
                (thousands, whole)
            );
        }
        assert_eq!(inr.format_with_symbol(16_635_100), "₹1,66,351.00");
        assert_eq!(inr.format_with_symbol(-15_200_000), "−₹1,52,000.00");
        assert_eq!(inr.format_short(1_435_100), "14,351");
        assert_eq!(inr.format_short(1_435_150), "14,351.50");
        assert_eq!(inr.format_paper(-14_000), "-140.00");
    }

    #[test]
    fn typed_amounts_are_read_or_refused() {
        use AmountError::{Empty, NotAnAmount, TooLarge, TooManyDecimals};
        let inr = currency(Grouping::Indian, 2, 100);
        for (text, expected) in [
            ("15000", Ok(1_500_000)),
            ("15,000.00", Ok(1_500_000)),
            ("1,66,351.00", Ok(16_635_100)),
            ("166,351", Ok(16_635_100)),
            (" 4.5 ", Ok(450)),
            (".05", Ok(5)),
            ("7.", Ok(700)),
            ("-12.50", Ok(-1_250)),
            ("−12.50", Ok(-1_250)),
            ("", Err(Empty)),
            ("  ", Err(Empty)),
            (".", Err(NotAnAmount)),
            ("-", Err(NotAnAmount)),
            ("4,95", Err(NotAnAmount)),
            (",495", Err(NotAnAmount)),
            ("1,,000", Err(NotAnAmount)),
            ("1.000,00", Err(NotAnAmount)),
            ("12a", Err(NotAnAmount)),
            ("1 000", Err(NotAnAmount)),
            ("--1", Err(NotAnAmount)),
            ("٣", Err(NotAnAmount)),
            ("1.234", Err(TooManyDecimals { decimals: 2 })),
            ("92233720368547758.07", Ok(i64::MAX)),
            ("92233720368547758.08", Err(TooLarge)),
            ("-92233720368547758.08", Ok(i64::MIN)),
        ] {
            assert_eq!(inr.parse(text), expected, "{text}");
        }
    }

    #[test]
    fn a_line_is_exact_before_it_is_rounded() {
        let (gbp, yen) = (currency(Grouping::Thousands, 2, 1), currency(Grouping::Thousands, 0, 1));
        for (quantity, price, total) in [
            (3, "4.95", Some(1_485)),
            (64, "2.55", Some(16_320)),
            (1, "0.005", Some(1)),
            (-1, "0.005", Some(-1)),
            (3, "2.555", Some(767)),
            (80_995, "2.08", Some(16_846_960)),
            (-80_995, "2.08", Some(-16_846_960)),
            (0, "9.99", Some(0)),
            (i64::MAX, "1", None),
            (i64::MAX, "79228162514264337593543950335", None),
        ] {
            let price = Decimal::from_str(price).unwrap();
            assert_eq!(gbp.line_total(quantity, &price).ok(), total, "{quantity} x {price}");
        }
        assert_eq!(yen.line_total(3, &Decimal::from_str("10.5").unwrap()), Ok(32));
        assert_eq!(yen.from_decimal(&Decimal::from_str("10920").unwrap()), Ok(10_920));
    }

    #[test]
    fn cash_goes_to_the_nearest_step() {
        for (step, minor, rounded) in [
            (5, 1_572, 1_570),
            (5, -1_572, -1_570),
            (100, 50, 100),
            (100, -50, -100),
            (100, 49, 0),
            (1, 7, 7),
            (0, 7, 7),
        ] {
            assert_eq!(currency(Grouping::Indian, 2, step).round_to_cash(minor), Some(rounded));
        }
        assert_eq!(currency(Grouping::Indian, 2, 1_000).round_to_cash(i64::MAX), None);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(minor in any::<i64>(), indian in any::<bool>(), decimals in 0_u8..=4) {
            let grouping = if indian { Grouping::Indian } else { Grouping::Thousands };
            let currency = currency(grouping, decimals, 1);
            prop_assert_eq!(currency.parse(&currency.format(minor)), Ok(minor));
        }

        #[test]
        fn no_text_panics(text in ".{0,30}") {
            let _ = currency(Grouping::Indian, 2, 1).parse(&text);
        }
    }
}
