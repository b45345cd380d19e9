//! One eye as bytes: what a document stores as one value, and what is hashed.
//!
//! Format 1. One value has exactly one form, so equal prescriptions are equal bytes. All numbers are little-endian.
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 1 | format, 1 |
//! | 1 | 2 | bits: 0 sphere, 1 cylinder, 2 axis, 3 add, 4 intermediate add, 5 horizontal prism, 6 its base is out, 7 vertical prism, 8 its base is down, 9 acuity at distance, 10 acuity for near; others are 0 |
//! | 3 | 4, 4 | sphere, cylinder |
//! | 11 | 2 | axis |
//! | 13 | 4, 4 | add, intermediate add |
//! | 21 | 4, 4 | horizontal and vertical prism, unsigned |
//! | 29 | 1 + n | acuity at distance, its length first |
//! | 30 + n | 1 + m | acuity for near, its length first |
//!
//! What is not recorded has its bit unset and only zero bytes. Ranges are not checked here: a value someone signed is
//! read as it was, and [`crate::problem`] judges it.

use crate::power::Power;
use crate::prescription::EyePrescription;
use crate::prism::{HorizontalBase, HorizontalPrism, Prism, VerticalBase, VerticalPrism};

/// The first byte.
pub const FORMAT_VERSION: u8 = 1;
/// Bytes of an acuity in UTF-8, at most.
pub const MAX_ACUITY_BYTES: usize = 32;

const SPHERE: u16 = 1;
const CYLINDER: u16 = 1 << 1;
const AXIS: u16 = 1 << 2;
const ADD: u16 = 1 << 3;
const INTERMEDIATE_ADD: u16 = 1 << 4;
const HORIZONTAL: u16 = 1 << 5;
const BASE_OUT: u16 = 1 << 6;
const VERTICAL: u16 = 1 << 7;
const BASE_DOWN: u16 = 1 << 8;
const VA_DISTANCE: u16 = 1 << 9;
const VA_NEAR: u16 = 1 << 10;
const ALL_BITS: u16 = (1 << 11) - 1;

/// An acuity is longer than [`MAX_ACUITY_BYTES`] and cannot be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an acuity is at most {MAX_ACUITY_BYTES} bytes long")]
pub struct LongAcuity;

/// Why bytes are no eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedEye {
    #[error("the format {0} is not known")]
    UnknownFormat(u8),
    #[error("the bytes end too early")]
    TooShort,
    #[error("there are bytes behind the end")]
    TooLong,
    #[error("a bit is set that means nothing")]
    UnknownBit,
    #[error("a value that is not recorded has bytes")]
    NotRecordedButPresent,
    #[error("an acuity is too long or not UTF-8")]
    Acuity,
}

impl EyePrescription {
    /// The bytes of this eye.
    ///
    /// # Errors
    /// [`LongAcuity`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, LongAcuity> {
        let mut bits = 0;
        let mut set = |bit: u16, on: bool| bits |= if on { bit } else { 0 };
        set(SPHERE, self.sphere.is_some());
        set(CYLINDER, self.cylinder.is_some());
        set(AXIS, self.axis.is_some());
        set(ADD, self.add.is_some());
        set(INTERMEDIATE_ADD, self.intermediate_add.is_some());
        set(HORIZONTAL, self.prism_horizontal.is_some());
        set(
            BASE_OUT,
            self.prism_horizontal
                .is_some_and(|prism| prism.base == HorizontalBase::Out),
        );
        set(VERTICAL, self.prism_vertical.is_some());
        set(
            BASE_DOWN,
            self.prism_vertical
                .is_some_and(|prism| prism.base == VerticalBase::Down),
        );
        set(VA_DISTANCE, self.va_distance.is_some());
        set(VA_NEAR, self.va_near.is_some());

        let mut bytes = vec![FORMAT_VERSION];
        bytes.extend(bits.to_le_bytes());
        let power = |power: Option<Power>| power.unwrap_or_default().0.to_le_bytes();
        bytes.extend(power(self.sphere));
        bytes.extend(power(self.cylinder));
        bytes.extend(self.axis.unwrap_or(0).to_le_bytes());
        bytes.extend(power(self.add));
        bytes.extend(power(self.intermediate_add));
        bytes.extend(self.prism_horizontal.map_or(0, |prism| prism.amount.0).to_le_bytes());
        bytes.extend(self.prism_vertical.map_or(0, |prism| prism.amount.0).to_le_bytes());
        for acuity in [&self.va_distance, &self.va_near] {
            let text = acuity.as_deref().unwrap_or("");
            let length = u8::try_from(text.len())
                .ok()
                .filter(|_| text.len() <= MAX_ACUITY_BYTES)
                .ok_or(LongAcuity)?;
            bytes.push(length);
            bytes.extend(text.as_bytes());
        }
        Ok(bytes)
    }

    /// Reads what [`EyePrescription::to_bytes`] writes, and nothing else.
    ///
    /// # Errors
    /// [`MalformedEye`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedEye> {
        let mut reader = Reader { rest: bytes, bits: 0 };
        let [version] = reader.take()?;
        if version != FORMAT_VERSION {
            return Err(MalformedEye::UnknownFormat(version));
        }
        reader.bits = u16::from_le_bytes(reader.take()?);
        let bits = reader.bits;
        let base_alone = |prism: u16, base: u16| bits & prism == 0 && bits & base != 0;
        if bits & !ALL_BITS != 0 || base_alone(HORIZONTAL, BASE_OUT) || base_alone(VERTICAL, BASE_DOWN) {
            return Err(MalformedEye::UnknownBit);
        }
        let eye = Self {
            sphere: reader.power(SPHERE)?,
            cylinder: reader.power(CYLINDER)?,
            axis: reader.recorded(AXIS)?.map(u16::from_le_bytes),
            add: reader.power(ADD)?,
            intermediate_add: reader.power(INTERMEDIATE_ADD)?,
            prism_horizontal: reader.recorded(HORIZONTAL)?.map(|amount| HorizontalPrism {
                amount: Prism(u32::from_le_bytes(amount)),
                base: if bits & BASE_OUT == 0 {
                    HorizontalBase::In
                } else {
                    HorizontalBase::Out
                },
            }),
            prism_vertical: reader.recorded(VERTICAL)?.map(|amount| VerticalPrism {
                amount: Prism(u32::from_le_bytes(amount)),
                base: if bits & BASE_DOWN == 0 {
                    VerticalBase::Up
                } else {
                    VerticalBase::Down
                },
            }),
            va_distance: reader.acuity(VA_DISTANCE)?,
            va_near: reader.acuity(VA_NEAR)?,
        };
        if reader.rest.is_empty() {
            Ok(eye)
        } else {
            Err(MalformedEye::TooLong)
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    bits: u16,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], MalformedEye> {
        let (first, rest) = self.rest.split_first_chunk::<N>().ok_or(MalformedEye::TooShort)?;
        self.rest = rest;
        Ok(*first)
    }

    /// The bytes of a value if its bit is set; zero bytes are demanded if it is not.
    fn recorded<const N: usize>(&mut self, bit: u16) -> Result<Option<[u8; N]>, MalformedEye> {
        let bytes = self.take::<N>()?;
        match self.bits & bit != 0 {
            true => Ok(Some(bytes)),
            false if bytes == [0; N] => Ok(None),
            false => Err(MalformedEye::NotRecordedButPresent),
        }
    }

    fn power(&mut self, bit: u16) -> Result<Option<Power>, MalformedEye> {
        Ok(self.recorded(bit)?.map(|bytes| Power(i32::from_le_bytes(bytes))))
    }

    fn acuity(&mut self, bit: u16) -> Result<Option<String>, MalformedEye> {
        let [length] = self.take()?;
        let length = usize::from(length);
        if length > MAX_ACUITY_BYTES {
            return Err(MalformedEye::Acuity);
        }
        let (text, rest) = self.rest.split_at_checked(length).ok_or(MalformedEye::TooShort)?;
        self.rest = rest;
        match self.bits & bit != 0 {
            true => std::str::from_utf8(text)
                .map(|text| Some(text.to_owned()))
                .map_err(|_| MalformedEye::Acuity),
            false if text.is_empty() => Ok(None),
            false => Err(MalformedEye::NotRecordedButPresent),
        }
    }
}

#[cfg(test)]
mod tests;
