//! What a text in a column means: `optics` reads the powers, here the prisms get their bases and the acuities their limit.

use optics::{
    AskReason, AxisEntry, Entry, FieldSpec, HorizontalBase, HorizontalPrism, Power, Prism, VerticalBase, VerticalPrism,
    parse_axis, parse_power,
};

use super::column::{Column, Value};
use crate::text::t;

/// The meaning of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    Empty,
    Value(Value),
    Asks(Ask),
    /// With the sentence that says why.
    Refused(String),
}

/// What is unclear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Which of the signs are possible.
    Sign { plus: bool, minus: bool },
    /// The point is missing; several sizes, the smallest first, chosen by 1, 2, 3.
    Size(Vec<Power>),
    /// The point is missing; one size is proposed.
    Point(Power),
    /// A prism without a direction: the key and the word of each.
    Base([(&'static str, &'static str); 2]),
    /// Outside of what is usual.
    Unusual,
}

/// Letters are taken as bytes of UTF-8.
const MAX_ACUITY: usize = optics::bytes::MAX_ACUITY_BYTES;

/// Reads a text; whether a value is unusual is for the field to ask, see [`is_unusual`].
pub fn read(column: Column, text: &str) -> Reading {
    match column {
        Column::Sphere | Column::Cylinder | Column::Add => power(column, text),
        Column::Axis => match parse_axis(text) {
            AxisEntry::Empty => Reading::Empty,
            AxisEntry::Accepted(axis) => Reading::Value(Value::Axis(axis)),
            AxisEntry::Refused(why) => Reading::Refused(why.to_string()),
        },
        Column::PrismHorizontal | Column::PrismVertical => prism(column, text),
        Column::VaDistance | Column::VaNear => match text.trim() {
            "" => Reading::Empty,
            long if long.len() > MAX_ACUITY => Reading::Refused(t("dioptre.acuity_too_long").to_owned()),
            acuity => Reading::Value(Value::Acuity(acuity.to_owned())),
        },
    }
}

fn power(column: Column, text: &str) -> Reading {
    let Some(spec) = column.spec() else {
        return Reading::Empty;
    };
    if column == Column::Cylinder && text.trim().eq_ignore_ascii_case("ds") {
        return Reading::Value(Value::Power(Power::ZERO));
    }
    match parse_power(text, &finest(column, spec, text)) {
        Entry::Empty => Reading::Empty,
        Entry::Plano => Reading::Value(Value::Power(Power::ZERO)),
        Entry::Accepted(power) => Reading::Value(Value::Power(power)),
        Entry::Asks(ask) => Reading::Asks(question(ask.reason, &ask.candidates)),
        Entry::Refused(why) => Reading::Refused(why.text()),
    }
}

/// A sphere in eighths comes from Shift and an arrow and is written with three decimals; typed shorter it is a slip.
fn finest(column: Column, spec: FieldSpec, text: &str) -> FieldSpec {
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    if column == Column::Sphere && decimals == 3 {
        spec.with_step(125)
    } else {
        spec
    }
}

fn question(reason: AskReason, candidates: &[Power]) -> Ask {
    match (reason, candidates) {
        (AskReason::Sign, all) => Ask::Sign {
            plus: all.iter().any(|power| power.0 > 0),
            minus: all.iter().any(|power| power.0 < 0),
        },
        (_, [only]) => Ask::Point(*only),
        (_, all) => {
            let mut sizes: Vec<i32> = all.iter().map(|power| power.0.abs()).collect();
            sizes.sort_unstable();
            sizes.dedup();
            match sizes.as_slice() {
                // One size and both signs: only the sign is open, and it accepts the size.
                [_] => Ask::Sign {
                    plus: true,
                    minus: true,
                },
                _ => Ask::Size(sizes.into_iter().map(Power).collect()),
            }
        }
    }
}

/// Amount and base of a text: `1.50 IN` is `1.50` and `IN`.
pub fn split_base(text: &str) -> (&str, &str) {
    let text = text.trim();
    let at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    (text[..at].trim(), text[at..].trim())
}

/// The keys and words of the bases of a column.
pub const fn bases(column: Column) -> [(&'static str, &'static str); 2] {
    match column {
        Column::PrismVertical => [("U", "UP"), ("D", "DOWN")],
        _ => [("I", "IN"), ("O", "OUT")],
    }
}

fn prism(column: Column, text: &str) -> Reading {
    let Some(spec) = column.spec() else {
        return Reading::Empty;
    };
    let (amount, base) = split_base(text);
    let amount = match parse_power(amount, &spec) {
        Entry::Empty if base.is_empty() => return Reading::Empty,
        Entry::Empty => return Reading::Refused(t("dioptre.base_alone").to_owned()),
        Entry::Asks(ask) => return Reading::Asks(question(ask.reason, &ask.candidates)),
        Entry::Refused(why) => return Reading::Refused(why.text()),
        Entry::Accepted(power) => power,
        Entry::Plano => Power::ZERO,
    };
    // Nought in no direction is no prism, and says so by being cleared.
    let Some(amount) = u32::try_from(amount.0).ok().filter(|amount| *amount > 0) else {
        return Reading::Refused(t("dioptre.no_prism").to_owned());
    };
    let amount = Prism(amount);
    let value = match (column, base.to_ascii_uppercase().as_str()) {
        (_, "") => return Reading::Asks(Ask::Base(bases(column))),
        (Column::PrismHorizontal, "IN") => Value::Horizontal(HorizontalPrism {
            amount,
            base: HorizontalBase::In,
        }),
        (Column::PrismHorizontal, "OUT") => Value::Horizontal(HorizontalPrism {
            amount,
            base: HorizontalBase::Out,
        }),
        (Column::PrismVertical, "UP") => Value::Vertical(VerticalPrism {
            amount,
            base: VerticalBase::Up,
        }),
        (Column::PrismVertical, "DOWN") => Value::Vertical(VerticalPrism {
            amount,
            base: VerticalBase::Down,
        }),
        _ => return Reading::Refused(t("dioptre.base_alone").to_owned()),
    };
    Reading::Value(value)
}

/// The number of a value that bears one, as its column counts it.
pub fn number(value: &Value) -> Option<i32> {
    match value {
        Value::Power(power) => Some(power.0),
        Value::Axis(axis) => Some(i32::from(*axis)),
        Value::Horizontal(prism) => i32::try_from(prism.amount.0).ok(),
        Value::Vertical(prism) => i32::try_from(prism.amount.0).ok(),
        Value::Acuity(_) => None,
    }
}

/// Whether a person should be asked if it is meant.
pub fn is_unusual(column: Column, value: &Value) -> bool {
    let Some(spec) = column.spec() else { return false };
    number(value).is_some_and(|number| spec.is_unusual(number))
}
