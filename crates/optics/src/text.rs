//! A prescription in one line, for cards, lists and dialogs.

use crate::power::Power;
use crate::prescription::{Eye, EyePrescription};

/// What stands for a value that was not recorded: an en dash.
pub const NOT_RECORDED: &str = "\u{2013}";

/// Three digits: `085`.
#[must_use]
pub fn axis(degrees: u16) -> String {
    format!("{degrees:03}")
}

/// `DS` for a recorded cylinder of zero, else the power; an en dash when it was not recorded.
#[must_use]
pub fn cylinder(cylinder: Option<Power>) -> String {
    match cylinder {
        Some(power) if power.is_zero() => "DS".to_owned(),
        other => power(other),
    }
}

/// A power, or an en dash when it was not recorded.
#[must_use]
pub fn power(power: Option<Power>) -> String {
    power.map_or_else(|| NOT_RECORDED.to_owned(), |power| power.to_string())
}

/// `−2.25 / −0.75 × 085`, `+1.00 DS`; parts that are not recorded are shown as such, never as zero.
pub(crate) fn lens(sphere: Option<Power>, cylinder_power: Option<Power>, degrees: Option<u16>) -> String {
    let sphere = power(sphere);
    match (cylinder_power, degrees) {
        (Some(zero), None) if zero.is_zero() => format!("{sphere} DS"),
        (None, None) => sphere,
        (other, degrees) => {
            let degrees = degrees.map_or_else(|| NOT_RECORDED.to_owned(), axis);
            format!("{sphere} / {} × {degrees}", power(other))
        }
    }
}

impl EyePrescription {
    /// `R −2.25 / −0.75 × 085  Add +2.00  Prism 1.50 IN 1.00 UP`; `L –` when nothing is recorded. Acuity is left out.
    #[must_use]
    pub fn text(&self, eye: Eye) -> String {
        format!("{} {}", eye.letter(), self.line())
    }

    /// As [`EyePrescription::text`], without the eye's letter.
    #[must_use]
    pub fn line(&self) -> String {
        let mut text = lens(self.sphere, self.cylinder, self.axis);
        if let Some(add) = self.intermediate_add {
            text.push_str(&format!("  Int {add}"));
        }
        if let Some(add) = self.add {
            text.push_str(&format!("  Add {add}"));
        }
        let prism = self.prism_text();
        if !prism.is_empty() {
            text.push_str(&format!("  Prism {prism}"));
        }
        text
    }

    /// `1.50 IN 1.00 UP`; empty without a prism.
    #[must_use]
    pub fn prism_text(&self) -> String {
        let horizontal = self.prism_horizontal.map(|prism| prism.to_string());
        let vertical = self.prism_vertical.map(|prism| prism.to_string());
        horizontal.into_iter().chain(vertical).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use crate::power::Power;
    use crate::prescription::{Eye, EyePrescription};
    use crate::prism::{HorizontalBase, HorizontalPrism, Prism, VerticalBase, VerticalPrism};

    fn eye(sphere: Option<i32>, cylinder: Option<i32>, axis: Option<u16>, add: Option<i32>) -> EyePrescription {
        let power = |power: Option<i32>| power.map(Power);
        EyePrescription {
            sphere: power(sphere),
            cylinder: power(cylinder),
            axis,
            add: power(add),
            ..Default::default()
        }
    }

    #[test]
    fn one_line_of_an_eye() {
        let mut prisms = eye(Some(-2_000), Some(0), None, None);
        prisms.intermediate_add = Some(Power(1_000));
        prisms.prism_horizontal = Some(HorizontalPrism {
            amount: Prism(1_500),
            base: HorizontalBase::In,
        });
        prisms.prism_vertical = Some(VerticalPrism {
            amount: Prism(1_000),
            base: VerticalBase::Down,
        });
        for (values, text) in [
            (
                eye(Some(-2_250), Some(-750), Some(85), Some(2_000)),
                "R −2.25 / −0.75 × 085  Add +2.00",
            ),
            (eye(Some(-2_250), Some(0), None, None), "R −2.25 DS"),
            (eye(Some(0), Some(-500), Some(5), None), "R 0.00 / −0.50 × 005"),
            (eye(Some(0), Some(0), None, None), "R 0.00 DS"),
            (eye(Some(1_000), None, None, None), "R +1.00"),
            (eye(None, None, None, None), "R –"),
            (eye(None, Some(-500), None, None), "R – / −0.50 × –"),
            (prisms, "R −2.00 DS  Int +1.00  Prism 1.50 IN 1.00 DOWN"),
        ] {
            assert_eq!(values.text(Eye::Right), text);
        }
        assert_eq!(
            (super::cylinder(Some(Power(0))), super::cylinder(None)),
            ("DS".into(), "–".into())
        );
    }
}
