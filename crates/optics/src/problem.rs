//! What stands against signing a prescription.

mod text;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bytes::MAX_ACUITY_BYTES;
use crate::power::Power;
use crate::prescription::{Eye, EyePrescription, PrescriptionValues};
use crate::ranges::{Field, FieldSpec, SigningLimits};

/// One finding, with the field it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    pub eye: Eye,
    pub field: Field,
    pub kind: ProblemKind,
}

/// What is found. Amounts in 0.001 D or 0.001 prism dioptre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// Beyond the hard limits.
    BeyondLimit { from: i32, to: i32 },
    /// Finer than any step of the field; the one nearer to zero first.
    OffStep { step: i32, nearest: [i32; 2] },
    /// A cylinder without an axis.
    AxisMissing,
    /// An axis with no cylinder, or with one of zero.
    AxisWithoutCylinder,
    /// Not 1 to 180.
    AxisOutOfRange,
    /// Other values of the eye are recorded, but no sphere.
    SphereMissing,
    /// Nothing is recorded for either eye.
    NothingRecorded,
    /// An acuity is too long to be stored.
    AcuityTooLong,
    /// Wider or finer than the profile lets sign without a reason.
    BeyondSigning { from: i32, to: i32, step: i32 },
    /// Outside of what is usual.
    Unusual { from: i32, to: i32 },
    /// A sphere without a word on the cylinder: blank is not zero.
    CylinderNotRecorded,
    /// Nothing is recorded for this eye, but for the other.
    EyeNotRecorded,
}

/// What a finding asks for, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Signing asks whether it is meant.
    Asks,
    /// Signing needs a written reason.
    NeedsReason,
    /// It cannot be signed.
    Blocks,
}

impl ProblemKind {
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::Unusual { .. } | Self::CylinderNotRecorded | Self::EyeNotRecorded => Severity::Asks,
            Self::BeyondSigning { .. } => Severity::NeedsReason,
            _ => Severity::Blocks,
        }
    }
}

impl Problem {
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.kind.severity()
    }
}

/// The finest step that can be recorded: a sphere in eighths of a dioptre; other fields keep their own.
const SPHERE_ON_DEMAND: FieldSpec = FieldSpec::SPHERE.with_step(125);

pub(crate) fn of_both(values: &PrescriptionValues, limits: &SigningLimits) -> Vec<Problem> {
    if values.right.is_empty() && values.left.is_empty() {
        return vec![Problem {
            eye: Eye::Right,
            field: Field::Eye,
            kind: ProblemKind::NothingRecorded,
        }];
    }
    Eye::BOTH
        .into_iter()
        .flat_map(|eye| of_eye(eye, values.eye(eye), limits))
        .collect()
}

/// What stands against signing one eye.
#[must_use]
pub fn of_eye(eye: Eye, values: &EyePrescription, limits: &SigningLimits) -> Vec<Problem> {
    let mut found: Vec<(Field, ProblemKind)> = Vec::new();
    if values.is_empty() {
        found.push((Field::Eye, ProblemKind::EyeNotRecorded));
        return found
            .into_iter()
            .map(|(field, kind)| Problem { eye, field, kind })
            .collect();
    }
    let (sphere, cylinder) = (limits.sphere.0, limits.cylinder.0);
    let adds = Some((limits.add_from.0, limits.add_to.0, limits.step));
    match values.sphere {
        Some(power) => {
            let signing = Some((sphere.saturating_neg(), sphere, limits.step));
            amount(power.0, &SPHERE_ON_DEMAND, signing, &mut found);
        }
        None => found.push((Field::Sphere, ProblemKind::SphereMissing)),
    }
    match values.cylinder {
        Some(power) => {
            let signing = Some((cylinder.saturating_neg(), cylinder, limits.step));
            amount(power.0, &FieldSpec::CYLINDER, signing, &mut found);
        }
        None => found.push((Field::Cylinder, ProblemKind::CylinderNotRecorded)),
    }
    found.extend(axis(values.cylinder, values.axis).map(|kind| (Field::Axis, kind)));
    for (add, spec) in [
        (values.add, &FieldSpec::ADD),
        (values.intermediate_add, &FieldSpec::INTERMEDIATE_ADD),
    ] {
        if let Some(power) = add {
            amount(power.0, spec, adds, &mut found);
        }
    }
    let prisms = [
        (
            values.prism_horizontal.map(|prism| prism.amount),
            &FieldSpec::PRISM_HORIZONTAL,
        ),
        (
            values.prism_vertical.map(|prism| prism.amount),
            &FieldSpec::PRISM_VERTICAL,
        ),
    ];
    for (prism, spec) in prisms {
        if let Some(prism) = prism {
            amount(i32::try_from(prism.0).unwrap_or(i32::MAX), spec, None, &mut found);
        }
    }
    for (acuity, field) in [
        (&values.va_distance, Field::VaDistance),
        (&values.va_near, Field::VaNear),
    ] {
        if acuity.as_ref().is_some_and(|acuity| acuity.len() > MAX_ACUITY_BYTES) {
            found.push((field, ProblemKind::AcuityTooLong));
        }
    }
    found
        .into_iter()
        .map(|(field, kind)| Problem { eye, field, kind })
        .collect()
}

fn axis(cylinder: Option<Power>, axis: Option<u16>) -> Option<ProblemKind> {
    match (cylinder.is_some_and(|power| !power.is_zero()), axis) {
        (true, None) => Some(ProblemKind::AxisMissing),
        (false, Some(_)) => Some(ProblemKind::AxisWithoutCylinder),
        (true, Some(axis)) if !(1..=180).contains(&axis) => Some(ProblemKind::AxisOutOfRange),
        _ => None,
    }
}

/// The gravest finding on an amount; `signing` is from, to and step of the profile.
fn amount(value: i32, spec: &FieldSpec, signing: Option<(i32, i32, i32)>, found: &mut Vec<(Field, ProblemKind)>) {
    let kind = if spec.is_beyond(value) {
        Some(ProblemKind::BeyondLimit {
            from: spec.hard_from,
            to: spec.hard_to,
        })
    } else if let Some(nearest) = spec.nearest_steps(value) {
        Some(ProblemKind::OffStep {
            step: spec.step,
            nearest,
        })
    } else if let Some((from, to, step)) =
        signing.filter(|(from, to, step)| value < *from || value > *to || value % (*step).max(1) != 0)
    {
        Some(ProblemKind::BeyondSigning { from, to, step })
    } else if spec.is_unusual(value) {
        Some(ProblemKind::Unusual {
            from: spec.usual_from,
            to: spec.usual_to,
        })
    } else {
        None
    };
    found.extend(kind.map(|kind| (spec.field, kind)));
}

#[cfg(test)]
mod tests;
