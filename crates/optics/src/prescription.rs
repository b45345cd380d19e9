//! What is recorded for the two eyes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lens::{LensError, SpheroCylinder};
use crate::power::Power;
use crate::prism::{HorizontalPrism, VerticalPrism};
use crate::problem::Problem;
use crate::ranges::SigningLimits;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Eye {
    Right,
    Left,
}

impl Eye {
    /// Right first, as everywhere in the clinic.
    pub const BOTH: [Self; 2] = [Self::Right, Self::Left];

    /// `R` or `L`.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Right => "R",
            Self::Left => "L",
        }
    }

    /// `Right` or `Left`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Right => "Right",
            Self::Left => "Left",
        }
    }
}

/// One eye. None is "not recorded", which is not the same as a recorded 0.00. A cylinder of 0.00 says the eye is
/// spherical. It is one value in a document, so that a merge never mixes two people's powers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EyePrescription {
    pub sphere: Option<Power>,
    pub cylinder: Option<Power>,
    /// Degrees, 1 to 180; present if and only if the cylinder is not zero.
    pub axis: Option<u16>,
    /// For near, on top of the sphere.
    pub add: Option<Power>,
    /// For the distance of a screen, on top of the sphere.
    pub intermediate_add: Option<Power>,
    pub prism_horizontal: Option<HorizontalPrism>,
    pub prism_vertical: Option<VerticalPrism>,
    /// Visual acuity with this correction, as written: `6/6`.
    pub va_distance: Option<String>,
    /// Visual acuity for near with this correction, as written: `N5`.
    pub va_near: Option<String>,
}

impl EyePrescription {
    /// Whether nothing at all is recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Sphere, cylinder and axis as a lens; none while sphere or cylinder is not recorded.
    ///
    /// # Errors
    /// [`LensError`] when the axis does not go with the cylinder.
    pub fn lens(&self) -> Result<Option<SpheroCylinder>, LensError> {
        match (self.sphere, self.cylinder) {
            (Some(sphere), Some(cylinder)) => SpheroCylinder::new(sphere, cylinder, self.axis).map(Some),
            _ => Ok(None),
        }
    }
}

/// Both eyes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PrescriptionValues {
    pub right: EyePrescription,
    pub left: EyePrescription,
}

impl PrescriptionValues {
    #[must_use]
    pub const fn eye(&self, eye: Eye) -> &EyePrescription {
        match eye {
            Eye::Right => &self.right,
            Eye::Left => &self.left,
        }
    }

    pub const fn eye_mut(&mut self, eye: Eye) -> &mut EyePrescription {
        match eye {
            Eye::Right => &mut self.right,
            Eye::Left => &mut self.left,
        }
    }

    /// All that stands against signing these values, right eye first; see [`crate::Severity`] for what blocks. An eye of
    /// which nothing is recorded is asked about; when both are empty, it blocks.
    #[must_use]
    pub fn problems(&self, limits: &SigningLimits) -> Vec<Problem> {
        crate::problem::of_both(self, limits)
    }
}
