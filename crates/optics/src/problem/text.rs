//! A finding in words, for the screen that refuses or asks.

use std::fmt;

use super::{Problem, ProblemKind};
use crate::power::Power;

impl fmt::Display for Problem {
    /// `Right cylinder: it has no axis`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let power = |value: i32| Power(value);
        write!(f, "{} {}: ", self.eye.label(), self.field.label().to_lowercase())?;
        match self.kind {
            ProblemKind::BeyondLimit { from, to } => write!(f, "it goes from {} to {}", power(from), power(to)),
            ProblemKind::OffStep {
                nearest: [one, other], ..
            } => {
                write!(f, "it lies between two steps, {} and {}", power(one), power(other))
            }
            ProblemKind::AxisMissing => f.write_str("a cylinder needs an axis"),
            ProblemKind::AxisWithoutCylinder => f.write_str("an axis needs a cylinder that is not zero"),
            ProblemKind::AxisOutOfRange => f.write_str("an axis is 1 to 180 degrees"),
            ProblemKind::SphereMissing => f.write_str("the sphere is not recorded"),
            ProblemKind::NothingRecorded => f.write_str("nothing is recorded"),
            ProblemKind::AcuityTooLong => f.write_str("the acuity is too long"),
            ProblemKind::BeyondSigning { from, to, .. } => {
                write!(f, "signing allows {} to {} without a reason", power(from), power(to))
            }
            ProblemKind::Unusual { from, to } => write!(f, "it is usually between {} and {}", power(from), power(to)),
            ProblemKind::CylinderNotRecorded => f.write_str("it is not recorded, which is not the same as none"),
            ProblemKind::EyeNotRecorded => f.write_str("nothing is recorded for this eye"),
        }
    }
}
