//! Ranges and steps of the fields (OPTICS.md, "Ranges and entry"), and the narrower limits of a profile for signing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::power::Power;

/// A field of one eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Sphere,
    Cylinder,
    Axis,
    Add,
    IntermediateAdd,
    PrismHorizontal,
    PrismVertical,
    VaDistance,
    VaNear,
    /// The eye as a whole.
    Eye,
}

impl Field {
    /// The word on screen.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Sphere => "Sphere",
            Self::Cylinder => "Cylinder",
            Self::Axis => "Axis",
            Self::Add => "Add",
            Self::IntermediateAdd => "Intermediate add",
            Self::PrismHorizontal => "Horizontal prism",
            Self::PrismVertical => "Vertical prism",
            Self::VaDistance => "Acuity at distance",
            Self::VaNear => "Acuity for near",
            Self::Eye => "Eye",
        }
    }
}

/// What a field takes. All limits are inclusive, in 0.001 D or 0.001 prism dioptre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldSpec {
    pub field: Field,
    /// Outside of these a person is asked.
    pub usual_from: i32,
    pub usual_to: i32,
    /// Outside of these the value is refused.
    pub hard_from: i32,
    pub hard_to: i32,
    /// Values are multiples of this.
    pub step: i32,
    /// Whether an amount bears a sign; a prism's direction is its base.
    pub signed: bool,
}

impl FieldSpec {
    pub const SPHERE: Self = Self::both_ways(Field::Sphere, 10_000, 30_000);
    pub const CYLINDER: Self = Self::both_ways(Field::Cylinder, 4_000, 15_000);
    pub const ADD: Self = Self {
        field: Field::Add,
        usual_from: 750,
        usual_to: 3_500,
        hard_from: 500,
        hard_to: 5_000,
        step: 250,
        signed: true,
    };
    pub const INTERMEDIATE_ADD: Self = Self {
        field: Field::IntermediateAdd,
        ..Self::ADD
    };
    pub const PRISM_HORIZONTAL: Self = Self::prism(Field::PrismHorizontal);
    pub const PRISM_VERTICAL: Self = Self::prism(Field::PrismVertical);

    const fn both_ways(field: Field, usual: i32, hard: i32) -> Self {
        Self {
            field,
            usual_from: -usual,
            usual_to: usual,
            hard_from: -hard,
            hard_to: hard,
            step: 250,
            signed: true,
        }
    }

    const fn prism(field: Field) -> Self {
        Self {
            field,
            usual_from: 0,
            usual_to: 5_000,
            hard_from: 0,
            hard_to: 20_000,
            step: 250,
            signed: false,
        }
    }

    /// The same field with another step, such as 125 for a sphere in eighths; 0 and less are taken as 1.
    #[must_use]
    pub const fn with_step(self, step: i32) -> Self {
        Self {
            step: if step > 0 { step } else { 1 },
            ..self
        }
    }

    /// Whether the hard limits refuse it.
    #[must_use]
    pub const fn is_beyond(&self, value: i32) -> bool {
        value < self.hard_from || value > self.hard_to
    }

    /// Whether it is outside of what is usual.
    #[must_use]
    pub const fn is_unusual(&self, value: i32) -> bool {
        value < self.usual_from || value > self.usual_to
    }

    /// The steps next below and above a value that is on neither, the one nearer to zero first; none when it is on one.
    #[must_use]
    pub fn nearest_steps(&self, value: i32) -> Option<[i32; 2]> {
        let step = self.step.max(1);
        let inner = value / step * step;
        if inner == value {
            return None;
        }
        Some([inner, inner.saturating_add(if value < 0 { -step } else { step })])
    }
}

/// Limits of a profile within which signing asks for no reason, in 0.001 D.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SigningLimits {
    /// Largest sphere and cylinder of either sign.
    pub sphere: Power,
    pub cylinder: Power,
    pub add_from: Power,
    pub add_to: Power,
    /// Step of sphere, cylinder and adds; a finer power needs a reason.
    pub step: i32,
}

impl Default for SigningLimits {
    /// The shipped default: sphere ±20, cylinder ±6, add 0.75 to 3.50, steps of 0.25.
    fn default() -> Self {
        Self {
            sphere: Power(20_000),
            cylinder: Power(6_000),
            add_from: Power(750),
            add_to: Power(3_500),
            step: 250,
        }
    }
}
