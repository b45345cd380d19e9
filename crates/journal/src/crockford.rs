//! Crockford's base32: what people copy by hand. No I, L, O or U; case, hyphens and spaces do not matter; O is read as 0,
//! I and L as 1. Source: Douglas Crockford, "Base 32", <https://www.crockford.com/base32.html>.

use thiserror::Error;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Why a text is not what was expected in Crockford's base32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CrockfordFault {
    /// `at` counts from 1 and leaves out hyphens and spaces.
    #[error("character {at}, `{found}`, is not one of 0-9 and A-Z without U")]
    Character { at: usize, found: char },
    /// `given` stops at one more than `wanted`.
    #[error("{wanted} characters are wanted; there are {} {given}", if given > wanted { "at least" } else { "only" })]
    Length { wanted: usize, given: usize },
    #[error("the last character says more than there is room for")]
    Overhang,
}

/// The characters of bytes, first bit first; the last character is filled up with zero bits.
pub fn encode(bytes: &[u8]) -> String {
    let bit = |index: usize| {
        bytes
            .get(index / 8)
            .is_some_and(|byte| byte >> (7 - index % 8) & 1 == 1)
    };
    (0..(bytes.len() * 8).div_ceil(5))
        .map(|at| (0..5).fold(0, |value, index| value << 1 | usize::from(bit(at * 5 + index))))
        .map(|value| char::from(ALPHABET[value]))
        .collect()
}

/// The bytes that so many characters stand for.
///
/// # Errors
/// A character that is none, too few or too many of them, or a last character whose filling bits are not zero.
pub fn decode<const BYTES: usize>(text: &str) -> Result<[u8; BYTES], CrockfordFault> {
    let wanted = (BYTES * 8).div_ceil(5);
    let characters = normal(text, wanted)?;
    let mut bytes = [0u8; BYTES];
    for (at, value) in (0..).zip(values(&characters)) {
        let value = value?;
        for index in 0..5 {
            let (bit, place) = (value >> (4 - index) & 1, at * 5 + index);
            match bytes.get_mut(place / 8) {
                Some(byte) => *byte |= bit << (7 - place % 8),
                None if bit == 1 => return Err(CrockfordFault::Overhang),
                None => {}
            }
        }
    }
    Ok(bytes)
}

/// Exactly `wanted` characters, as [`encode`] would have written them.
///
/// # Errors
/// A character that is none, too few or too many of them.
pub fn normal(text: &str, wanted: usize) -> Result<String, CrockfordFault> {
    let characters: String = values(text)
        .take(wanted.saturating_add(1))
        .map(|value| value.map(|value| char::from(ALPHABET[usize::from(value)])))
        .collect::<Result<_, _>>()?;
    let given = characters.len();
    if given == wanted {
        Ok(characters)
    } else {
        Err(CrockfordFault::Length { wanted, given })
    }
}

/// The value of each character, 0 to 31.
fn values(text: &str) -> impl Iterator<Item = Result<u8, CrockfordFault>> {
    let characters = text.chars().filter(|found| !found.is_whitespace() && *found != '-');
    (1..)
        .zip(characters)
        .map(|(at, found)| value(found).ok_or(CrockfordFault::Character { at, found }))
}

fn value(character: char) -> Option<u8> {
    let upper = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    (0..)
        .zip(ALPHABET)
        .find(|(_, letter)| char::from(**letter) == upper)
        .map(|(value, _)| value)
}

/// The characters in groups of four with `between` after each but the last.
pub fn grouped(characters: &str, between: char) -> String {
    let mut text = String::with_capacity(characters.len() * 5 / 4);
    for (at, character) in characters.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push(between);
        }
        text.push(character);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_people_mistake_are_read_as_meant() {
        for (text, expected) in [
            ("00000001", Ok([0, 0, 0, 0, 1])),
            ("oOo0-oO0l", Ok([0, 0, 0, 0, 1])),
            (" 0000 000i ", Ok([0, 0, 0, 0, 1])),
            ("ZZZZZZZZ", Ok([255; 5])),
            ("zzzz\u{a0}zzzz", Ok([255; 5])),
            ("0000U000", Err(CrockfordFault::Character { at: 5, found: 'U' })),
            ("0000000é", Err(CrockfordFault::Character { at: 8, found: 'é' })),
            ("0000000", Err(CrockfordFault::Length { wanted: 8, given: 7 })),
            ("0000000000", Err(CrockfordFault::Length { wanted: 8, given: 9 })),
        ] {
            assert_eq!(decode::<5>(text), expected, "{text}");
        }
        assert_eq!(decode::<1>("ZW"), Ok([255]));
        assert_eq!(decode::<1>("ZZ"), Err(CrockfordFault::Overhang));
    }

    #[test]
    fn groups_of_four() {
        assert_eq!(grouped(&encode(&[0xff; 6]), '-'), "ZZZZ-ZZZZ-ZW");
        assert_eq!(grouped("", '-'), "");
    }
}
