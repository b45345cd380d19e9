//! Reading powers as they are typed, so that a slip is asked about and never becomes a prescription (OPTICS.md, "Entry
//! that prevents slips").
//!
//! A power that is not zero needs a sign. Digits without a point are read as a proposal: `225` may be 2.25, and waits for a
//! sign. A sign typed *behind* the digits is the answer to that proposal; one typed before them is not, because then
//! no proposal had been seen. Two digits have several readings and always ask which. Nothing is rounded.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::power::{Power, strip_last_sign, strip_sign};
use crate::ranges::FieldSpec;

/// What a typed power means. Values outside the usual range are accepted here; [`FieldSpec::is_unusual`] tells the
/// screen to say so, and signing asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// Nothing typed: not recorded.
    Empty,
    Accepted(Power),
    /// `P`: a recorded 0.00.
    Plano,
    Asks(Ask),
    Refused(RefuseReason),
}

/// A question and the values that may be meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ask {
    pub reason: AskReason,
    /// All on step and within the hard limits; the likeliest size first, plus before minus.
    pub candidates: Vec<Power>,
}

/// What is unclear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AskReason {
    /// The size is clear, or proposed; the sign is missing.
    Sign,
    /// The point is missing and one size is proposed; the sign is there.
    Point,
    /// The point is missing and several sizes are possible.
    Reading,
}

/// The two answers to a missing sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    Plus,
    Minus,
}

/// Why a power is refused. The texts are for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefuseReason {
    NotAPower,
    /// Between two steps; the one nearer to zero first. `signed` tells whether the person had typed a sign.
    OffStep {
        step: i32,
        nearest: [Power; 2],
        signed: bool,
    },
    /// Beyond the hard limits of the field.
    BeyondLimit {
        from: Power,
        to: Power,
        signed: bool,
    },
    /// A prism bears no sign; its direction is its base.
    SignNotTaken,
}

impl Ask {
    /// The value meant once a sign is given; none while several sizes remain, or none has this sign.
    #[must_use]
    pub fn answer(&self, sign: Sign) -> Option<Power> {
        let mut fitting = self
            .candidates
            .iter()
            .filter(|power| (power.0 > 0) == (sign == Sign::Plus));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Some(*only),
            _ => None,
        }
    }
}

impl Entry {
    /// The value that is settled: of `Accepted` and `Plano`.
    #[must_use]
    pub const fn value(&self) -> Option<Power> {
        match self {
            Self::Accepted(power) => Some(*power),
            Self::Plano => Some(Power::ZERO),
            _ => None,
        }
    }
}

impl RefuseReason {
    /// `Steps are 0.25: −2.25 or −2.50`.
    #[must_use]
    pub fn text(&self) -> String {
        let write = |power: Power, signed: bool| if signed { power.to_string() } else { power.unsigned() };
        match *self {
            Self::NotAPower => "This is not a power".to_owned(),
            Self::OffStep {
                step,
                nearest: [inner, outer],
                signed,
            } => {
                format!(
                    "Steps are {}: {} or {}",
                    Power(step).unsigned(),
                    write(inner, signed),
                    write(outer, signed)
                )
            }
            Self::BeyondLimit { from, to, signed } => format!("From {} to {}", write(from, signed), write(to, signed)),
            Self::SignNotTaken => "A prism has a base, not a sign".to_owned(),
        }
    }
}

/// How a sign was typed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TypedSign {
    None,
    Before(Sign),
    After(Sign),
}

/// Reads a field in dioptres, or the amount of a prism.
#[must_use]
pub fn parse_power(text: &str, spec: &FieldSpec) -> Entry {
    let text = text.trim();
    if text.is_empty() {
        return Entry::Empty;
    }
    if ["p", "pl", "plano"].contains(&text.to_ascii_lowercase().as_str()) {
        return if spec.is_beyond(0) {
            Entry::Refused(beyond(spec))
        } else {
            Entry::Plano
        };
    }
    let (sign, digits) = take_sign(text);
    if sign != TypedSign::None && !spec.signed {
        return Entry::Refused(RefuseReason::SignNotTaken);
    }
    match digits.split_once('.') {
        Some((whole, decimals)) => match thousandths(whole, decimals) {
            Some(size) => with_point(size, sign, spec),
            None => Entry::Refused(RefuseReason::NotAPower),
        },
        None => without_point(digits, sign, spec),
    }
}

fn take_sign(text: &str) -> (TypedSign, &str) {
    let sign = |plus| if plus { Sign::Plus } else { Sign::Minus };
    if let Some((plus, rest)) = strip_sign(text) {
        return (TypedSign::Before(sign(plus)), rest.trim_start());
    }
    match strip_last_sign(text) {
        Some((plus, rest)) => (TypedSign::After(sign(plus)), rest.trim_end()),
        None => (TypedSign::None, text),
    }
}

/// Thousandths of `whole.decimals`; at most three digits before the point and three that say something behind it.
fn thousandths(whole: &str, decimals: &str) -> Option<i32> {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let decimals = decimals.trim_end_matches('0');
    if !digits(whole) || !digits(decimals) || whole.len() > 3 || decimals.len() > 3 {
        return None;
    }
    // A point alone is not 0.00.
    format!("{whole}{decimals:0<3}")
        .parse()
        .ok()
        .filter(|size| *size != 0 || !whole.is_empty())
}

fn beyond(spec: &FieldSpec) -> RefuseReason {
    RefuseReason::BeyondLimit {
        from: Power(spec.hard_from),
        to: Power(spec.hard_to),
        signed: spec.signed,
    }
}

/// Why a value cannot stand in the field, if it cannot.
fn refusal(value: i32, signed: bool, spec: &FieldSpec) -> Option<RefuseReason> {
    if spec.is_beyond(value) {
        return Some(beyond(spec));
    }
    let nearest = spec.nearest_steps(value)?.map(Power);
    Some(RefuseReason::OffStep {
        step: spec.step,
        nearest,
        signed,
    })
}

const fn signed(size: i32, sign: Sign) -> i32 {
    match sign {
        Sign::Plus => size,
        Sign::Minus => -size,
    }
}

fn settle(value: i32, signed: bool, spec: &FieldSpec) -> Entry {
    refusal(value, signed, spec).map_or(Entry::Accepted(Power(value)), Entry::Refused)
}

/// The size is what was typed; only a sign can be missing.
fn with_point(size: i32, sign: TypedSign, spec: &FieldSpec) -> Entry {
    match sign {
        TypedSign::Before(sign) | TypedSign::After(sign) => settle(signed(size, sign), true, spec),
        TypedSign::None if size == 0 || !spec.signed => settle(size, false, spec),
        TypedSign::None => ask_or_refuse(AskReason::Sign, &[size], sign, spec),
    }
}

/// Sizes that digits without a point may mean: the last two are decimals (`225`, `1025`); of two digits the whole (10),
/// one and a tenth filled up to a quarter (`10` 1.00, `12` 1.25), or hundredths (`75` 0.75); one digit is whole dioptres.
fn readings(digits: &str, spec: &FieldSpec) -> Vec<i32> {
    let Ok(number) = digits.parse::<i32>() else {
        return Vec::new();
    };
    let sizes = match digits.len() {
        1 => vec![number * 1_000],
        2 => {
            let tenths = number * 100;
            let quarter = if matches!(number % 10, 2 | 7) {
                tenths + 50
            } else {
                tenths
            };
            vec![number * 1_000, quarter, number * 10]
        }
        _ => vec![number * 10],
    };
    let mut fitting: Vec<i32> = Vec::with_capacity(sizes.len());
    for size in sizes {
        let stands = |value| refusal(value, true, spec).is_none();
        if (stands(size) || (spec.signed && stands(-size))) && !fitting.contains(&size) {
            fitting.push(size);
        }
    }
    fitting
}

fn without_point(digits: &str, sign: TypedSign, spec: &FieldSpec) -> Entry {
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Entry::Refused(RefuseReason::NotAPower);
    }
    if digits.bytes().all(|b| b == b'0') {
        return settle(0, false, spec);
    }
    if digits.len() == 1 {
        // One digit has one reading, so only the sign can be missing.
        return with_point(digits.parse::<i32>().unwrap_or(0) * 1_000, sign, spec);
    }
    let sizes = readings(digits, spec);
    if digits.len() > 2 {
        // One reading: a refusal names it, and a sign behind it answers the proposal.
        let size = digits.parse::<i32>().unwrap_or(0) * 10;
        return match sign {
            TypedSign::After(sign) => settle(signed(size, sign), true, spec),
            TypedSign::Before(_) => ask_or_refuse(AskReason::Point, &[size], sign, spec),
            TypedSign::None if spec.signed => ask_or_refuse(AskReason::Sign, &[size], sign, spec),
            TypedSign::None => ask_or_refuse(AskReason::Point, &[size], sign, spec),
        };
    }
    if sizes.is_empty() {
        return with_point(digits.parse::<i32>().unwrap_or(0) * 1_000, sign, spec);
    }
    ask_or_refuse(AskReason::Reading, &sizes, sign, spec)
}

/// Asks with the signed values of `sizes` that can stand in the field; refuses when none can.
fn ask_or_refuse(reason: AskReason, sizes: &[i32], sign: TypedSign, spec: &FieldSpec) -> Entry {
    let signs: &[Sign] = match sign {
        TypedSign::Before(Sign::Plus) | TypedSign::After(Sign::Plus) => &[Sign::Plus],
        TypedSign::Before(Sign::Minus) | TypedSign::After(Sign::Minus) => &[Sign::Minus],
        TypedSign::None if spec.signed => &[Sign::Plus, Sign::Minus],
        TypedSign::None => &[Sign::Plus],
    };
    let typed = sign != TypedSign::None;
    let values = sizes
        .iter()
        .flat_map(|size| signs.iter().map(|sign| signed(*size, *sign)));
    let (mut candidates, mut first_refusal) = (Vec::new(), None);
    for value in values {
        match refusal(value, typed, spec) {
            None => candidates.push(Power(value)),
            Some(reason) => first_refusal = first_refusal.or(Some(reason)),
        }
    }
    match (candidates.is_empty(), first_refusal) {
        (true, reason) => Entry::Refused(reason.unwrap_or(RefuseReason::NotAPower)),
        (false, _) => Entry::Asks(Ask { reason, candidates }),
    }
}

#[cfg(test)]
mod tests;
