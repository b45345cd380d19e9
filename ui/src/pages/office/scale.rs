//! The scale of a plot of money: round steps, zero always on it, and sums in few characters.

use retail::{Currency, Grouping};

use crate::text::tf;

/// Most steps from the lowest to the highest mark.
const STEPS: i64 = 4;
const LAKH: i64 = 100_000;
const CRORE: i64 = 100 * LAKH;

/// From `low` to `high` in steps, minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    pub low: i64,
    pub high: i64,
    step: i64,
}

impl Scale {
    /// One that holds all values and zero. No value at all makes a scale of 0 to `unit`.
    #[must_use]
    pub fn of(values: &[i64], unit: i64) -> Self {
        let min = values.iter().copied().min().unwrap_or(0).min(0);
        let max = values.iter().copied().max().unwrap_or(0).max(0);
        let (min, max) = if min == max { (0, unit.max(1)) } else { (min, max) };
        let step = round_step(-(min - max).div_euclid(STEPS));
        Self {
            low: min.div_euclid(step) * step,
            high: -((-max).div_euclid(step)) * step,
            step,
        }
    }

    /// Where the lines of the grid stand.
    pub fn marks(self) -> impl Iterator<Item = i64> {
        let count = (self.high - self.low) / self.step;
        (0..=count).map(move |n| self.low + n * self.step)
    }

    /// How far down a value stands on a plot so many pixels high.
    #[must_use]
    pub fn down(self, value: i64, height: f64) -> f64 {
        height * (self.high - value) as f64 / (self.high - self.low) as f64
    }
}

/// 1, 2 or 5 with zeros, not below `least`.
fn round_step(least: i64) -> i64 {
    let mut ten = 1_i64;
    while let Some(next) = ten.checked_mul(10).filter(|next| *next <= least) {
        ten = next;
    }
    let steps = [1, 2, 5, 10].map(|n| ten.saturating_mul(n));
    steps.into_iter().find(|step| *step >= least).unwrap_or(least)
}

/// `4.02 lakh`, `1.2 crore`; whole units otherwise.
#[must_use]
pub fn short(currency: &Currency, minor: i64) -> String {
    let unit = currency.unit();
    let units = minor.unsigned_abs() as f64 / unit as f64;
    let sign = if minor < 0 { "\u{2212}" } else { "" };
    let with = |one: i64| format!("{sign}{}", two_decimals(units / one as f64));
    match currency.grouping {
        Grouping::Indian if units >= CRORE as f64 => tf("ho.crore", &[("n", &with(CRORE))]),
        Grouping::Indian if units >= LAKH as f64 => tf("ho.lakh", &[("n", &with(LAKH))]),
        _ => {
            let whole = currency.format(minor / unit * unit);
            whole.split('.').next().unwrap_or_default().to_owned()
        }
    }
}

/// Two decimals at most, no zeros at the end.
fn two_decimals(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use retail::Profile;

    #[test]
    fn scales_have_round_steps_and_a_zero() {
        let cases: [(&[i64], &[i64]); 4] = [
            (&[142, 251, 551], &[0, 200, 400, 600]),
            (&[0, 0], &[0, 50, 100]),
            (&[-30, 90], &[-50, 0, 50, 100]),
            (&[7], &[0, 2, 4, 6, 8]),
        ];
        for (values, marks) in cases {
            assert_eq!(Scale::of(values, 100).marks().collect::<Vec<_>>(), marks, "{values:?}");
        }
    }

    #[test]
    fn values_stand_where_they_belong() {
        let scale = Scale::of(&[0, 600], 100);
        assert_eq!((scale.down(600, 300.0), scale.down(0, 300.0)), (0.0, 300.0));
    }

    #[test]
    fn short_sums() {
        let rupees = Profile::by_name("in-gst").expect("a shipped profile").currency;
        let cases = [
            (40_200_000, "4.02 lakh"),
            (20_000_000, "2 lakh"),
            (1_200_000_000, "1.2 crore"),
            (4_500_000, "45,000"),
            (-20_000_000, "\u{2212}2 lakh"),
            (0, "0"),
        ];
        for (minor, text) in cases {
            assert_eq!(short(&rupees, minor), text);
        }
    }
}
