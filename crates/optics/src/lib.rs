//! Prescriptions for spectacles: powers, how they are typed, checked, written and stored. No I/O, no clock.
//!
//! The model. A [`Power`] counts thousandths of a dioptre, so nothing is ever a float. An [`EyePrescription`] holds what
//! was recorded for one eye; every part is optional, because "not recorded" and `0.00` are different things. The two
//! eyes together are [`PrescriptionValues`]. What a person types goes through [`parse_power`] and [`parse_axis`], which
//! never guess; what is about to be signed goes through [`PrescriptionValues::problems`]. The optics themselves work on
//! [`SpheroCylinder`], which cannot hold an impossible axis.
//!
//! ```
//! use fovea_optics::{Entry, Eye, EyePrescription, FieldSpec, SpheroCylinder, parse_power};
//!
//! let Entry::Accepted(sphere) = parse_power("-2.25", &FieldSpec::SPHERE) else { panic!("a sign was typed") };
//! let Entry::Accepted(cylinder) = parse_power("-0.75", &FieldSpec::CYLINDER) else { panic!("a sign was typed") };
//! let lens = SpheroCylinder::new(sphere, cylinder, Some(85))?;
//! assert_eq!(lens.transposed()?.to_string(), "−3.00 / +0.75 × 175");
//!
//! let eye = EyePrescription { sphere: Some(sphere), cylinder: Some(cylinder), axis: Some(85), ..Default::default() };
//! assert_eq!(eye.text(Eye::Right), "R −2.25 / −0.75 × 085");
//! # Ok::<(), fovea_optics::LensError>(())
//! ```

pub mod axis_entry;
pub mod bytes;
pub mod entry;
pub mod lens;
pub mod power;
pub mod prescription;
pub mod prism;
pub mod problem;
pub mod ranges;
pub mod text;

pub use axis_entry::{AxisEntry, AxisRefusal, parse_axis};
pub use bytes::{FORMAT_VERSION, LongAcuity, MalformedEye};
pub use entry::{Ask, AskReason, Entry, RefuseReason, Sign, parse_power};
pub use lens::{LensError, SpheroCylinder};
pub use power::Power;
pub use prescription::{Eye, EyePrescription, PrescriptionValues};
pub use prism::{HorizontalBase, HorizontalPrism, Prism, VerticalBase, VerticalPrism};
pub use problem::{Problem, ProblemKind, Severity};
pub use ranges::{Field, FieldSpec, SigningLimits};
