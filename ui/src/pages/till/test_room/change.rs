//! What changed since the previous prescription.

use optics::{EyePrescription, Power, text};

use crate::components::Column;
use crate::text::t;

/// A change of a power from here on is marked, 0.001 D.
const BIG_POWER: i32 = 750;
/// Of an axis, degrees.
const BIG_AXIS: i32 = 20;

/// A change in words; `is_big` at or over the limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    pub text: String,
    pub is_big: bool,
}

/// The previous values in the cylinder form of those now, so that the same lens written in the other form is no change.
pub fn in_form_of(now: &EyePrescription, previous: &EyePrescription) -> EyePrescription {
    let sign = |eye: &EyePrescription| eye.cylinder.map_or(0, |cylinder| cylinder.0.signum());
    if sign(now) * sign(previous) >= 0 {
        return previous.clone();
    }
    other_form(previous).unwrap_or_else(|| previous.clone())
}

/// The eye with the cylinder of the other sign; none where it has none, or lacks something.
pub fn other_form(eye: &EyePrescription) -> Option<EyePrescription> {
    let lens = eye.lens().ok().flatten().filter(|lens| !lens.cylinder().is_zero())?;
    let other = lens.transposed().ok()?;
    Some(EyePrescription {
        sphere: Some(other.sphere()),
        cylinder: Some(other.cylinder()),
        axis: other.axis(),
        ..eye.clone()
    })
}

/// The change in a column; empty where one of the two is not recorded and nothing can be said.
pub fn of(column: Column, now: &EyePrescription, previous: &EyePrescription) -> Change {
    let previous = &in_form_of(now, previous);
    match column {
        Column::Sphere => powers(now.sphere, previous.sphere),
        Column::Cylinder => powers(now.cylinder, previous.cylinder),
        Column::Add => powers(now.add, previous.add),
        Column::Axis => axes(now.axis, previous.axis),
        Column::VaDistance => acuities(now.va_distance.as_deref(), previous.va_distance.as_deref()),
        Column::VaNear => acuities(now.va_near.as_deref(), previous.va_near.as_deref()),
        Column::PrismHorizontal | Column::PrismVertical => {
            let (now, before) = (column.text_of(now), column.text_of(previous));
            match (now.as_str(), before.as_str()) {
                (a, b) if a == b => Change::default(),
                (_, "") => word("test.change_new"),
                ("", _) => word("test.change_gone"),
                _ => word("test.change_other"),
            }
        }
    }
}

fn word(key: &'static str) -> Change {
    Change {
        text: t(key).to_owned(),
        is_big: false,
    }
}

fn powers(now: Option<Power>, previous: Option<Power>) -> Change {
    match (now, previous) {
        (Some(now), Some(previous)) => {
            let by = now.0.saturating_sub(previous.0);
            if by == 0 {
                return word("test.change_same");
            }
            Change {
                text: Power(by).to_string(),
                is_big: by.abs() >= BIG_POWER,
            }
        }
        (Some(_), None) => word("test.change_new"),
        _ => Change::default(),
    }
}

fn axes(now: Option<u16>, previous: Option<u16>) -> Change {
    match (now, previous) {
        (Some(now), Some(previous)) => {
            // The short way round the half circle.
            let by = (i32::from(now) - i32::from(previous) + 90).rem_euclid(180) - 90;
            let sign = if by < 0 { "\u{2212}" } else { "+" };
            match by {
                0 => word("test.change_same"),
                by => Change {
                    text: format!("{sign}{}°", by.abs()),
                    is_big: by.abs() >= BIG_AXIS,
                },
            }
        }
        (Some(_), None) => word("test.change_new"),
        _ => Change::default(),
    }
}

/// `6/9` after `6/12` is better, `N6` after `N5` worse; of other writings only that they are others.
fn acuities(now: Option<&str>, previous: Option<&str>) -> Change {
    let (Some(now), Some(previous)) = (now, previous) else {
        return Change::default();
    };
    if now == previous {
        return word("test.change_same");
    }
    match (finest(now), finest(previous)) {
        (Some((one, now)), Some((other, previous))) if one == other => match now.total_cmp(&previous) {
            std::cmp::Ordering::Less => word("test.change_better"),
            std::cmp::Ordering::Greater => word("test.change_worse"),
            std::cmp::Ordering::Equal => word("test.change_same"),
        },
        _ => word("test.change_other"),
    }
}

/// How it is written (`6/`, `N`), and the number behind it, of which less is better.
fn finest(acuity: &str) -> Option<(&str, f64)> {
    let acuity = acuity.trim();
    let at = acuity
        .find('/')
        .map(|at| at + 1)
        .or_else(|| acuity.starts_with('N').then_some(1))?;
    let (scale, number) = acuity.split_at(at);
    Some((scale, number.trim().parse().ok()?))
}

/// As a column of the previous prescription shows it: the axis of a spherical eye is blank.
pub fn shown(column: Column, eye: &EyePrescription) -> String {
    match column {
        Column::Axis => eye.axis.map(text::axis).unwrap_or_default(),
        _ => column.text_of(eye),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eye(sphere: i32, cylinder: i32, axis: Option<u16>) -> EyePrescription {
        EyePrescription {
            sphere: Some(Power(sphere)),
            cylinder: Some(Power(cylinder)),
            axis,
            va_distance: Some("6/6".into()),
            ..Default::default()
        }
    }

    #[test]
    fn changes_are_signed_and_marked() {
        let (now, before) = (eye(-2_750, -750, Some(65)), eye(-2_000, -500, Some(90)));
        let change = |column| {
            let change = of(column, &now, &before);
            (change.text, change.is_big)
        };
        assert_eq!(change(Column::Sphere), ("−0.75".to_owned(), true));
        assert_eq!(change(Column::Cylinder), ("−0.25".to_owned(), false));
        assert_eq!(change(Column::Axis), ("−25°".to_owned(), true));
        assert_eq!(change(Column::Add), (String::new(), false));
    }

    #[test]
    fn the_axis_goes_the_short_way() {
        assert_eq!(axes(Some(175), Some(5)).text, "−10°");
        assert_eq!(axes(Some(5), Some(175)).text, "+10°");
    }

    #[test]
    fn the_same_lens_in_the_other_form_is_no_change() {
        let (now, before) = (eye(-3_000, 2_000, Some(30)), eye(-1_000, -2_000, Some(120)));
        for column in [Column::Sphere, Column::Cylinder, Column::Axis] {
            assert_eq!(of(column, &now, &before).text, t("test.change_same"));
        }
    }

    #[test]
    fn acuities_compare_within_their_scale() {
        let of = |now, before| acuities(Some(now), Some(before)).text;
        assert_eq!(of("6/6", "6/12"), t("test.change_better"));
        assert_eq!(of("N6", "N5"), t("test.change_worse"));
        assert_eq!(of("20/20", "6/6"), t("test.change_other"));
    }
}
