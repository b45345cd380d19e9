//! GSTIN, the number of an Indian taxpayer: 15 characters, of which the first two name the state, the next ten are the
//! PAN and the last checks the rest (mod 36).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A GSTIN whose form and check character are right. Whether it was ever given out, only the tax office knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Gstin(String);

/// Why a text is no GSTIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GstinError {
    #[error("a GSTIN has 15 characters")]
    Length,
    #[error("a GSTIN begins with a state code, 01 to 38, 97 or 99")]
    State,
    #[error("characters 3 to 12 of a GSTIN are a PAN: five letters, four digits, a letter")]
    Pan,
    #[error("character 13 is 1 to 9 or a letter, character 14 a letter or digit")]
    Entity,
    #[error("the last character does not fit the others: a letter or digit is wrong")]
    CheckCharacter,
}

const SYMBOLS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn value(symbol: u8) -> Option<usize> {
    SYMBOLS.iter().position(|known| *known == symbol)
}

/// The check character of the first 14: every second value is doubled, digits in base 36 of each product are added, and
/// the sum is filled up to a multiple of 36.
fn check_character(first: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (index, symbol) in first.iter().enumerate() {
        let product = value(*symbol)? * (1 + index % 2);
        sum += product / 36 + product % 36;
    }
    SYMBOLS.get((36 - sum % 36) % 36).copied()
}

impl Gstin {
    /// Reads a GSTIN, in either case, with blanks around it.
    ///
    /// # Errors
    /// [`GstinError`] naming the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, GstinError> {
        let text = text.trim().to_ascii_uppercase();
        let bytes = text.as_bytes();
        if bytes.len() != 15 {
            return Err(GstinError::Length);
        }
        let state: u8 = text
            .get(..2)
            .filter(|code| code.bytes().all(|b| b.is_ascii_digit()))
            .map_or(0, |code| code.parse().unwrap_or(0));
        if !matches!(state, 1..=38 | 97 | 99) {
            return Err(GstinError::State);
        }
        let letters = |part: &[u8]| part.iter().all(u8::is_ascii_uppercase);
        if !letters(&bytes[2..7]) || !bytes[7..11].iter().all(u8::is_ascii_digit) || !letters(&bytes[11..12]) {
            return Err(GstinError::Pan);
        }
        if bytes[12] == b'0' || value(bytes[12]).is_none() || value(bytes[13]).is_none() {
            return Err(GstinError::Entity);
        }
        if check_character(&bytes[..14]) == Some(bytes[14]) {
            Ok(Self(text))
        } else {
            Err(GstinError::CheckCharacter)
        }
    }

    /// The 15 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Two digits, such as `27` for Maharashtra. Two GSTINs of one state make a supply within it.
    #[must_use]
    pub fn state_code(&self) -> &str {
        self.0.get(..2).unwrap_or_default()
    }
}

impl TryFrom<String> for Gstin {
    type Error = GstinError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Gstin> for String {
    fn from(gstin: Gstin) -> Self {
        gstin.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Gstin, GstinError};

    #[test]
    fn numbers_are_checked() {
        for (text, expected) in [
            ("27AAPFU0939F1ZV", Ok("27")),
            (" 27aapfu0939f1zv ", Ok("27")),
            ("29AAGCB7383J1Z4", Ok("29")),
            ("27AAPFU0939F1ZW", Err(GstinError::CheckCharacter)),
            ("27AAPFU0993F1ZV", Err(GstinError::CheckCharacter)),
            ("27AAPFU0939F1Z", Err(GstinError::Length)),
            ("", Err(GstinError::Length)),
            ("27AAPFU0939F1Zé", Err(GstinError::Length)),
            ("00AAPFU0939F1ZV", Err(GstinError::State)),
            ("45AAPFU0939F1ZV", Err(GstinError::State)),
            ("+7AAPFU0939F1ZV", Err(GstinError::State)),
            ("27AAPF10939F1ZV", Err(GstinError::Pan)),
            ("27AAPFUO939F1ZV", Err(GstinError::Pan)),
            ("27AAPFU0939F0ZV", Err(GstinError::Entity)),
            ("27AAPFU0939F1-V", Err(GstinError::Entity)),
            ("éAAPFU0939F1ZVX", Err(GstinError::Length)),
            ("2éAPFU0939F1ZV", Err(GstinError::State)),
        ] {
            let read = Gstin::parse(text);
            assert_eq!(
                read.as_ref().map(Gstin::state_code).map_err(|error| *error),
                expected,
                "{text}"
            );
        }
    }
}
