//! Sphere, cylinder and axis of one lens, and the formulas on them (OPTICS.md, "Formulas").

use std::fmt;

use crate::power::Power;
use crate::text;

/// A lens whose axis goes with its cylinder: 1 to 180 degrees where the cylinder is not zero, absent where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpheroCylinder {
    sphere: Power,
    cylinder: Power,
    axis: Option<u16>,
}

/// Why there is no such lens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LensError {
    #[error("a cylinder needs an axis")]
    AxisMissing,
    #[error("an axis needs a cylinder that is not zero")]
    AxisWithoutCylinder,
    #[error("the axis {axis} is not between 1 and 180")]
    AxisOutOfRange { axis: u16 },
    #[error("the power is too large")]
    TooLarge,
}

impl SpheroCylinder {
    /// # Errors
    /// [`LensError`] when the axis is missing, out of range or one too many.
    pub fn new(sphere: Power, cylinder: Power, axis: Option<u16>) -> Result<Self, LensError> {
        match (cylinder.is_zero(), axis) {
            (true, Some(_)) => Err(LensError::AxisWithoutCylinder),
            (false, None) => Err(LensError::AxisMissing),
            (false, Some(axis)) if !(1..=180).contains(&axis) => Err(LensError::AxisOutOfRange { axis }),
            _ => Ok(Self { sphere, cylinder, axis }),
        }
    }

    #[must_use]
    pub const fn sphere(&self) -> Power {
        self.sphere
    }

    #[must_use]
    pub const fn cylinder(&self) -> Power {
        self.cylinder
    }

    /// Degrees, 1 to 180; none for a spherical lens.
    #[must_use]
    pub const fn axis(&self) -> Option<u16> {
        self.axis
    }

    /// The same lens with the cylinder of the other sign: S' = S + C, C' = -C, A' = A + 90 up to 90, else A - 90. Twice
    /// is the identity.
    ///
    /// # Errors
    /// [`LensError::TooLarge`].
    pub fn transposed(&self) -> Result<Self, LensError> {
        let sphere = self.sphere.checked_add(self.cylinder).ok_or(LensError::TooLarge)?;
        let cylinder = self.cylinder.checked_neg().ok_or(LensError::TooLarge)?;
        let axis = self.axis.map(|axis| if axis <= 90 { axis + 90 } else { axis - 90 });
        Self::new(sphere, cylinder, axis)
    }

    /// S + C/2, to the nearest 0.001 D, halves away from zero.
    ///
    /// # Errors
    /// [`LensError::TooLarge`].
    pub fn spherical_equivalent(&self) -> Result<Power, LensError> {
        let doubled = i64::from(self.sphere.0) * 2 + i64::from(self.cylinder.0);
        let half = (doubled + doubled.signum()) / 2;
        i32::try_from(half).map(Power).map_err(|_| LensError::TooLarge)
    }

    /// The lens for near: the add goes to the sphere, cylinder and axis stay.
    ///
    /// # Errors
    /// [`LensError::TooLarge`].
    pub fn near(&self, add: Power) -> Result<Self, LensError> {
        let sphere = self.sphere.checked_add(add).ok_or(LensError::TooLarge)?;
        Ok(Self { sphere, ..*self })
    }
}

impl fmt::Display for SpheroCylinder {
    /// `−2.25 / −0.75 × 085`, `+1.00 DS`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::lens(Some(self.sphere), Some(self.cylinder), self.axis))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LensError, SpheroCylinder};
    use crate::power::Power;

    fn lens(sphere: i32, cylinder: i32, axis: u16) -> SpheroCylinder {
        let axis = (cylinder != 0).then_some(axis);
        SpheroCylinder::new(Power(sphere), Power(cylinder), axis).unwrap()
    }

    #[test]
    fn transposition_and_equivalent() {
        for (lens, other, equivalent) in [
            (lens(-3_000, 2_000, 30), lens(-1_000, -2_000, 120), "−2.000"),
            (lens(2_000, 1_000, 90), lens(3_000, -1_000, 180), "+2.500"),
            (lens(-2_750, -750, 65), lens(-3_500, 750, 155), "−3.125"),
            (lens(-1_750, -500, 110), lens(-2_250, 500, 20), "−2.000"),
            (lens(-2_000, -1_000, 180), lens(-3_000, 1_000, 90), "−2.500"),
            (lens(1_000, 0, 0), lens(1_000, 0, 0), "+1.000"),
            (lens(0, -125, 1), lens(-125, 125, 91), "−0.063"),
            (lens(0, 125, 1), lens(125, -125, 91), "+0.063"),
        ] {
            assert_eq!(lens.transposed(), Ok(other), "{lens}");
            assert_eq!(
                lens.spherical_equivalent().unwrap().three_decimals(),
                equivalent,
                "{lens}"
            );
            assert_eq!(other.spherical_equivalent(), lens.spherical_equivalent());
        }
    }

    #[test]
    fn near_adds_to_the_sphere() {
        assert_eq!(lens(-2_250, -750, 85).near(Power(2_000)), Ok(lens(-250, -750, 85)));
        assert_eq!(lens(i32::MAX, 0, 0).near(Power(1)), Err(LensError::TooLarge));
    }

    #[test]
    fn axis_and_cylinder_go_together() {
        for (cylinder, axis, error) in [
            (-750, None, LensError::AxisMissing),
            (0, Some(90), LensError::AxisWithoutCylinder),
            (-750, Some(0), LensError::AxisOutOfRange { axis: 0 }),
            (-750, Some(181), LensError::AxisOutOfRange { axis: 181 }),
        ] {
            assert_eq!(SpheroCylinder::new(Power(0), Power(cylinder), axis), Err(error));
        }
        assert_eq!(lens(i32::MIN, -1, 1).transposed(), Err(LensError::TooLarge));
        assert_eq!(lens(0, i32::MIN, 1).transposed(), Err(LensError::TooLarge));
        assert_eq!(
            lens(i32::MIN, i32::MIN, 1).spherical_equivalent(),
            Err(LensError::TooLarge)
        );
    }

    proptest! {
        #[test]
        fn transposing_twice_is_the_identity(
            sphere in -1_000_000_000_i32..1_000_000_000,
            cylinder in -1_000_000_000_i32..1_000_000_000,
            axis in 1_u16..=180,
        ) {
            let lens = lens(sphere, cylinder, axis);
            prop_assert_eq!(lens.transposed().unwrap().transposed(), Ok(lens));
        }
    }
}
