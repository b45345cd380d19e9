//! The part of CBOR (RFC 8949) the journal is written in, read strictly.
//!
//! Hashes name bytes, so one value must have one encoding: "core deterministic encoding" (section 4.2.1) without floats and
//! tags. Everyday decoders are lenient by design (a longer length for a small number, indefinite lengths), hence this
//! reader. It never allocates by a length it has read: it hands out slices of its input.

use thiserror::Error;

/// Why bytes are not the strict CBOR that was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Flaw {
    #[error("the bytes end in the middle of a value")]
    Cut,
    #[error("there are bytes after the value")]
    Trailing,
    #[error("a number or length is not in its shortest form")]
    NotShortest,
    #[error("a length is left open; every length is stated")]
    OpenLength,
    #[error("a length is larger than what follows")]
    Length,
    #[error("tags are not used")]
    Tag,
    #[error("of the simple values only false, true and null are used; there are no floats")]
    Simple,
    #[error("a text is not UTF-8")]
    Utf8,
    #[error("the keys of a map are not in rising order")]
    KeyOrder,
    #[error("arrays and maps are nested too deep")]
    Depth,
    #[error("a value has another type, length or range than this place demands")]
    Shape,
}

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;
const NULL: u8 = 0xf6;

/// Reads values one after the other.
pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn remaining(&self) -> u64 {
        (self.bytes.len() - self.at) as u64
    }

    fn take(&mut self, length: u64) -> Result<&'b [u8], Flaw> {
        if length > self.remaining() {
            return Err(Flaw::Cut);
        }
        // It fits: `length` is at most a slice's length.
        let start = self.at;
        self.at += length as usize;
        Ok(&self.bytes[start..self.at])
    }

    /// Major type and argument of the next value.
    fn head(&mut self) -> Result<(u8, u64), Flaw> {
        let initial = self.take(1)?[0];
        let (major, info) = (initial >> 5, initial & 0x1f);
        match major {
            TAG => return Err(Flaw::Tag),
            SIMPLE if !matches!(info, 20..=22) => return Err(Flaw::Simple),
            _ => {}
        }
        let (width, least) = match info {
            0..=23 => return Ok((major, u64::from(info))),
            24 => (1, 24),
            25 => (2, 0x100),
            26 => (4, 0x1_0000),
            27 => (8, 0x1_0000_0000),
            31 => return Err(Flaw::OpenLength),
            _ => return Err(Flaw::Shape),
        };
        let value = self
            .take(width)?
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte));
        if value < least {
            return Err(Flaw::NotShortest);
        }
        Ok((major, value))
    }

    fn expect(&mut self, wanted: u8) -> Result<u64, Flaw> {
        let (major, value) = self.head()?;
        if major == wanted { Ok(value) } else { Err(Flaw::Shape) }
    }

    /// A whole number of any width that fits `T`.
    pub(crate) fn unsigned<T: TryFrom<u64>>(&mut self) -> Result<T, Flaw> {
        T::try_from(self.expect(UNSIGNED)?).map_err(|_| Flaw::Shape)
    }

    /// A whole number with sign that fits `T`.
    pub(crate) fn signed<T: TryFrom<i64>>(&mut self) -> Result<T, Flaw> {
        let (major, value) = self.head()?;
        let value = i64::try_from(value).map_err(|_| Flaw::Shape)?;
        let value = match major {
            UNSIGNED => value,
            NEGATIVE => -1 - value,
            _ => return Err(Flaw::Shape),
        };
        T::try_from(value).map_err(|_| Flaw::Shape)
    }

    pub(crate) fn bytes(&mut self) -> Result<&'b [u8], Flaw> {
        let length = self.expect(BYTES)?;
        self.take(length)
    }

    pub(crate) fn bytes_of<const N: usize>(&mut self) -> Result<[u8; N], Flaw> {
        self.bytes()?.try_into().map_err(|_| Flaw::Shape)
    }

    pub(crate) fn text(&mut self) -> Result<&'b str, Flaw> {
        let length = self.expect(TEXT)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| Flaw::Utf8)
    }

    /// Number of items of an array; never more than bytes follow.
    pub(crate) fn array(&mut self) -> Result<usize, Flaw> {
        let length = self.expect(ARRAY)?;
        self.countable(length)
    }

    /// An array of exactly this many items.
    pub(crate) fn array_of(&mut self, length: usize) -> Result<(), Flaw> {
        if self.array()? == length {
            Ok(())
        } else {
            Err(Flaw::Shape)
        }
    }

    /// Takes a null if one is next.
    pub(crate) fn null(&mut self) -> bool {
        let null = self.bytes.get(self.at) == Some(&NULL);
        self.at += usize::from(null);
        null
    }

    pub(crate) fn end(&self) -> Result<(), Flaw> {
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(Flaw::Trailing)
        }
    }

    /// A container of so many values needs at least so many bytes.
    fn countable(&self, values: u64) -> Result<usize, Flaw> {
        if values > self.remaining() {
            Err(Flaw::Length)
        } else {
            Ok(values as usize)
        }
    }

    /// Any one value, whose arrays and maps nest at most `depth` deep; gives its bytes.
    pub(crate) fn any(&mut self, depth: usize) -> Result<&'b [u8], Flaw> {
        let start = self.at;
        let (major, value) = self.head()?;
        match major {
            BYTES => {
                self.take(value)?;
            }
            TEXT => {
                std::str::from_utf8(self.take(value)?).map_err(|_| Flaw::Utf8)?;
            }
            ARRAY => {
                let inner = depth.checked_sub(1).ok_or(Flaw::Depth)?;
                for _ in 0..self.countable(value)? {
                    self.any(inner)?;
                }
            }
            MAP => {
                let inner = depth.checked_sub(1).ok_or(Flaw::Depth)?;
                self.countable(value.checked_mul(2).ok_or(Flaw::Length)?)?;
                let mut before: Option<&[u8]> = None;
                for _ in 0..value {
                    let key = self.any(inner)?;
                    if before.is_some_and(|before| before >= key) {
                        return Err(Flaw::KeyOrder);
                    }
                    before = Some(key);
                    self.any(inner)?;
                }
            }
            _ => {}
        }
        Ok(&self.bytes[start..self.at])
    }
}

/// Writes values one after the other, each in its only form.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn head(&mut self, major: u8, value: u64) -> &mut Self {
        let major = major << 5;
        let wide = value.to_be_bytes();
        match value {
            0..=23 => self.bytes.push(major | wide[7]),
            24..=0xff => self.bytes.extend([major | 24, wide[7]]),
            0x100..=0xffff => {
                self.bytes.push(major | 25);
                self.bytes.extend(&wide[6..]);
            }
            0x1_0000..=0xffff_ffff => {
                self.bytes.push(major | 26);
                self.bytes.extend(&wide[4..]);
            }
            _ => {
                self.bytes.push(major | 27);
                self.bytes.extend(&wide);
            }
        }
        self
    }

    pub(crate) fn unsigned(&mut self, value: impl Into<u64>) -> &mut Self {
        self.head(UNSIGNED, value.into())
    }

    pub(crate) fn signed(&mut self, value: impl Into<i64>) -> &mut Self {
        let value = value.into();
        // -1 - value is the bitwise complement, which cannot overflow.
        if value < 0 {
            self.head(NEGATIVE, !value as u64)
        } else {
            self.head(UNSIGNED, value as u64)
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(BYTES, bytes.len() as u64).encoded(bytes)
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.head(TEXT, text.len() as u64).encoded(text.as_bytes())
    }

    pub(crate) fn array(&mut self, length: usize) -> &mut Self {
        self.head(ARRAY, length as u64)
    }

    pub(crate) fn null(&mut self) -> &mut Self {
        self.bytes.push(NULL);
        self
    }

    /// Bytes or null.
    pub(crate) fn bytes_or_null(&mut self, bytes: Option<&[u8]>) -> &mut Self {
        match bytes {
            Some(bytes) => self.bytes(bytes),
            None => self.null(),
        }
    }

    /// A value that is encoded already.
    pub(crate) fn encoded(&mut self, value: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(value);
        self
    }
}
