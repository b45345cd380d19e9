//! Numbers of documents that people see: `26/S1T2A/000123`.
//!
//! Year, place, sequence. The place is the store's and the till's code and the letter of the till's log. Each till counts
//! for itself, so numbers need no coordination and have no gap. A credit note's sequence bears a C, a Z report's a Z.
//! India allows 16 characters of A-Z 0-9 - / (CHAIN.md, "Tax").

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Characters of a whole number, at most.
pub const MAX_NUMBER_CHARS: usize = 16;
const MAX_STORE_CHARS: usize = 3;
const MAX_TILL_CHARS: usize = 2;

/// What is counted; each has a sequence of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Series {
    Sale,
    /// Credit notes.
    Credit,
    /// Z reports.
    Z,
}

impl Series {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Sale => "",
            Self::Credit => "C",
            Self::Z => "Z",
        }
    }

    /// Digits that are always written.
    const fn digits(self) -> usize {
        match self {
            Self::Sale => 6,
            Self::Credit | Self::Z => 5,
        }
    }
}

/// A number that fits. In JSON it is its text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct DocumentNumber {
    year: u8,
    place: String,
    letter: char,
    series: Series,
    sequence: u64,
}

/// Why there is no such number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    #[error("a store code is 1 to 3 characters of A-Z and 0-9")]
    StoreCode,
    #[error("a till code is 1 or 2 characters of A-Z and 0-9")]
    TillCode,
    #[error("the letter of a till is A to Z")]
    Letter,
    #[error("a sequence begins with 1")]
    Sequence,
    #[error("the number would be longer than {MAX_NUMBER_CHARS} characters")]
    DoesNotFit,
    #[error("{0} is not a document number")]
    NotANumber(String),
}

fn is_code(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Checks a store's code: 1 to 3 of A-Z 0-9.
///
/// # Errors
/// [`NumberError::StoreCode`].
pub fn check_store_code(code: &str) -> Result<(), NumberError> {
    if is_code(code, MAX_STORE_CHARS) {
        Ok(())
    } else {
        Err(NumberError::StoreCode)
    }
}

/// Checks a till's code: 1 or 2 of A-Z 0-9.
///
/// # Errors
/// [`NumberError::TillCode`].
pub fn check_till_code(code: &str) -> Result<(), NumberError> {
    if is_code(code, MAX_TILL_CHARS) {
        Ok(())
    } else {
        Err(NumberError::TillCode)
    }
}

impl DocumentNumber {
    /// The number `sequence` (from 1) of a series in the business year that begins in `business_year` (such as 2026).
    ///
    /// # Errors
    /// [`NumberError`] for codes of the wrong form, and when the text would pass [`MAX_NUMBER_CHARS`].
    pub fn new(
        business_year: i32,
        store: &str,
        till: &str,
        letter: char,
        series: Series,
        sequence: u64,
    ) -> Result<Self, NumberError> {
        check_store_code(store)?;
        check_till_code(till)?;
        let year = u8::try_from(business_year.rem_euclid(100)).map_err(|_| NumberError::DoesNotFit)?;
        Self::checked(year, format!("{store}{till}"), letter, series, sequence)
    }

    fn checked(year: u8, place: String, letter: char, series: Series, sequence: u64) -> Result<Self, NumberError> {
        if !letter.is_ascii_uppercase() {
            return Err(NumberError::Letter);
        }
        if sequence == 0 {
            return Err(NumberError::Sequence);
        }
        let number = Self {
            year,
            place,
            letter,
            series,
            sequence,
        };
        if number.to_string().len() > MAX_NUMBER_CHARS {
            Err(NumberError::DoesNotFit)
        } else {
            Ok(number)
        }
    }

    /// The last two digits of the business year's first year.
    #[must_use]
    pub const fn year(&self) -> u8 {
        self.year
    }

    /// Store and till code run together, as printed; the number alone does not tell where one ends.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The letter of the till's log.
    #[must_use]
    pub const fn letter(&self) -> char {
        self.letter
    }

    #[must_use]
    pub const fn series(&self) -> Series {
        self.series
    }

    /// From 1.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (prefix, digits) = (self.series.prefix(), self.series.digits());
        write!(
            f,
            "{:02}/{}{}/{prefix}{:0digits$}",
            self.year, self.place, self.letter, self.sequence
        )
    }
}

/// What the numbers of one series share, and the digits behind it that tell them apart.
#[must_use]
pub fn split_series(number: &str) -> (&str, &str) {
    number.split_at(number.trim_end_matches(|c: char| c.is_ascii_digit()).len())
}

impl FromStr for DocumentNumber {
    type Err = NumberError;

    /// Reads exactly what `Display` writes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NumberError::NotANumber(text.chars().take(40).collect());
        let parts: Vec<&str> = text.splitn(4, '/').collect();
        let &[year, block, sequence] = parts.as_slice() else {
            return Err(wrong());
        };
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let letter = block
            .chars()
            .next_back()
            .filter(char::is_ascii_uppercase)
            .ok_or_else(wrong)?;
        let place = block.strip_suffix(letter).unwrap_or_default();
        let (series, sequence) = if let Some(rest) = sequence.strip_prefix('C') {
            (Series::Credit, rest)
        } else if let Some(rest) = sequence.strip_prefix('Z') {
            (Series::Z, rest)
        } else {
            (Series::Sale, sequence)
        };
        if year.len() != 2 || !digits(year) || !digits(sequence) || place.len() < 2 {
            return Err(wrong());
        }
        if !is_code(place, MAX_STORE_CHARS + MAX_TILL_CHARS) {
            return Err(wrong());
        }
        let (year, count) = (
            year.parse().map_err(|_| wrong())?,
            sequence.parse().map_err(|_| wrong())?,
        );
        let number = Self::checked(year, place.to_owned(), letter, series, count)?;
        // One number has one text: zeros more or fewer would be a second name for it.
        if number.to_string() == text {
            Ok(number)
        } else {
            Err(wrong())
        }
    }
}

impl TryFrom<String> for DocumentNumber {
    type Error = NumberError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<DocumentNumber> for String {
    fn from(number: DocumentNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{DocumentNumber, NumberError, Series};

    #[test]
    fn numbers_are_written_and_read() {
        use Series::{Credit, Sale, Z};
        for (year, store, till, letter, series, sequence, text) in [
            (2026, "S1", "T2", 'A', Sale, 123, "26/S1T2A/000123"),
            (2026, "S1", "T2", 'A', Credit, 123, "26/S1T2A/C00123"),
            (2026, "S1", "T2", 'A', Z, 123, "26/S1T2A/Z00123"),
            (2026, "FCR", "T2", 'B', Sale, 999_999, "26/FCRT2B/999999"),
            (2009, "1", "1", 'Z', Sale, 1, "09/11Z/000001"),
            (2100, "1", "1", 'A', Sale, 123_456_789, "00/11A/123456789"),
            (2026, "1", "1", 'A', Z, 12_345_678, "26/11A/Z12345678"),
        ] {
            let number = DocumentNumber::new(year, store, till, letter, series, sequence).unwrap();
            assert_eq!(number.to_string(), text);
            assert!(text.len() <= super::MAX_NUMBER_CHARS);
            assert_eq!(text.parse(), Ok(number.clone()));
            assert_eq!(
                (number.place(), number.letter()),
                (format!("{store}{till}").as_str(), letter)
            );
            assert_eq!((number.series(), number.sequence()), (series, sequence));
        }
    }

    #[test]
    fn numbers_that_cannot_be() {
        use NumberError::{DoesNotFit, Letter, Sequence, StoreCode, TillCode};
        for (store, till, letter, series, sequence, error) in [
            ("", "T1", 'A', Series::Sale, 1, StoreCode),
            ("STOR", "T1", 'A', Series::Sale, 1, StoreCode),
            ("s1", "T1", 'A', Series::Sale, 1, StoreCode),
            ("S1", "", 'A', Series::Sale, 1, TillCode),
            ("S1", "T/", 'A', Series::Sale, 1, TillCode),
            ("S1", "T12", 'A', Series::Sale, 1, TillCode),
            ("S1", "T1", '1', Series::Sale, 1, Letter),
            ("S1", "T1", 'É', Series::Sale, 1, Letter),
            ("S1", "T1", 'A', Series::Sale, 0, Sequence),
            ("FCR", "T2", 'A', Series::Sale, 1_000_000, DoesNotFit),
            ("FCR", "T2", 'A', Series::Credit, 100_000, DoesNotFit),
            ("1", "1", 'A', Series::Sale, u64::MAX, DoesNotFit),
        ] {
            assert_eq!(
                DocumentNumber::new(2026, store, till, letter, series, sequence),
                Err(error),
                "{store}{till}"
            );
        }
        for text in [
            "",
            "26",
            "26/S1T2A",
            "26/S1T2A/000123/1",
            "2026/S1T2A/000123",
            "26/S1T2A/123",
            "26/S1T2A/0000123",
            "26/S1T2A/000000",
            "26/A/000123",
            "26/S1T22/000123",
            "26/s1t2A/000123",
            "26/STORE1A/000123",
            "26/S1T2A/X00123",
            "26/S1T2A/CC0123",
            "26/S1T2É/000123",
            "-6/S1T2A/000123",
            "26/S1T2A/99999999999999999999999",
        ] {
            assert!(text.parse::<DocumentNumber>().is_err(), "{text}");
        }
    }
}
