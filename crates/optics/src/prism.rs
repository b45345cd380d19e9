//! Prisms, as two directions of their own (DICOM PS3.3 C.8.25.6.2), so that none is without a base.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::power::decimals;

/// An amount in thousandths of a prism dioptre, 0 or more; the base gives the direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Prism(pub u32);

/// Towards the nose, or away from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HorizontalBase {
    In,
    Out,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerticalBase {
    Up,
    Down,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct HorizontalPrism {
    pub amount: Prism,
    pub base: HorizontalBase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct VerticalPrism {
    pub amount: Prism,
    pub base: VerticalBase,
}

impl fmt::Display for Prism {
    /// `1.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimals(self.0 / 1_000, self.0 % 1_000))
    }
}

impl fmt::Display for HorizontalPrism {
    /// `1.50 IN`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = match self.base {
            HorizontalBase::In => "IN",
            HorizontalBase::Out => "OUT",
        };
        write!(f, "{} {base}", self.amount)
    }
}

impl fmt::Display for VerticalPrism {
    /// `1.00 UP`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = match self.base {
            VerticalBase::Up => "UP",
            VerticalBase::Down => "DOWN",
        };
        write!(f, "{} {base}", self.amount)
    }
}
