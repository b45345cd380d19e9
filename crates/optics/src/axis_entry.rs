//! Reading an axis as it is typed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a typed axis means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AxisEntry {
    /// Nothing typed: not recorded. A blank axis is never 0 or 180.
    Empty,
    /// Degrees, 1 to 180.
    Accepted(u16),
    Refused(AxisRefusal),
}

/// Why an axis is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AxisRefusal {
    #[error("An axis is whole degrees, 1 to 180")]
    NotAnAxis,
    #[error("An axis is at most 180")]
    TooLarge,
}

/// Reads one to three digits, 1 to 180; 0 becomes 180, which is the same meridian. No sign, no decimals.
#[must_use]
pub fn parse_axis(text: &str) -> AxisEntry {
    let text = text.trim();
    if text.is_empty() {
        return AxisEntry::Empty;
    }
    if text.len() > 3 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return AxisEntry::Refused(AxisRefusal::NotAnAxis);
    }
    match text.parse::<u16>() {
        Ok(0) => AxisEntry::Accepted(180),
        Ok(axis @ 1..=180) => AxisEntry::Accepted(axis),
        _ => AxisEntry::Refused(AxisRefusal::TooLarge),
    }
}

#[cfg(test)]
mod tests {
    use super::AxisEntry::{Accepted, Empty, Refused};
    use super::AxisRefusal::{NotAnAxis, TooLarge};
    use super::parse_axis;

    #[test]
    fn axes_are_whole_degrees() {
        for (text, expected) in [
            ("", Empty),
            ("  ", Empty),
            ("85", Accepted(85)),
            ("085", Accepted(85)),
            ("1", Accepted(1)),
            ("180", Accepted(180)),
            ("0", Accepted(180)),
            ("000", Accepted(180)),
            ("181", Refused(TooLarge)),
            ("999", Refused(TooLarge)),
            ("0085", Refused(NotAnAxis)),
            ("+85", Refused(NotAnAxis)),
            ("-5", Refused(NotAnAxis)),
            ("8.5", Refused(NotAnAxis)),
            ("9٣", Refused(NotAnAxis)),
            ("x90", Refused(NotAnAxis)),
        ] {
            assert_eq!(parse_axis(text), expected, "{text}");
        }
    }
}
