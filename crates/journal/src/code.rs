//! One-time codes: what a person types on a new till to enrol it.

use std::fmt;

use model::ids::Id;
use thiserror::Error;

use crate::crockford::{CrockfordFault, decode, encode, grouped, normal};

/// Bytes of secret in a code: 40 bits, eight characters. Enough because a code is used once, within 24 hours, against a
/// server that counts the tries.
const SECRET: usize = 5;
const SECRET_CHARACTERS: usize = 8;
const MARK_CHARACTERS: usize = 4;

/// Twelve characters: eight of secret, and four of the organisation's id, so that a till that speaks to the wrong server,
/// or to one in the middle with another organisation key, finds out before it says anything.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode {
    secret: [u8; SECRET],
    mark: String,
}

/// Why a text is not a one-time code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a one-time code: {0}")]
pub struct CodeFault(#[from] pub CrockfordFault);

impl CodeFault {
    /// The stable name, for catalogues.
    pub fn code(&self) -> &'static str {
        match self.0 {
            CrockfordFault::Character { .. } | CrockfordFault::Overhang => "code_character",
            CrockfordFault::Length { .. } => "code_length",
        }
    }
}

impl OneTimeCode {
    /// A code from fresh random bytes, for one organisation.
    pub fn new(random: [u8; 5], organisation: Id) -> Self {
        Self {
            secret: random,
            mark: mark_of(organisation),
        }
    }

    /// Reads a code as a person typed it: case, spaces and hyphens do not matter, nor O for 0 or I and L for 1.
    ///
    /// # Errors
    /// A character that is none, or not twelve of them.
    pub fn parse(text: &str) -> Result<Self, CodeFault> {
        let characters = normal(text, SECRET_CHARACTERS + MARK_CHARACTERS)?;
        let (secret, mark) = characters.split_at(SECRET_CHARACTERS);
        Ok(Self {
            secret: decode(secret)?,
            mark: mark.to_owned(),
        })
    }

    /// The secret: the server knows it, or a hash of it.
    pub fn secret(&self) -> [u8; 5] {
        self.secret
    }

    /// The four characters that stand for the organisation.
    pub fn organisation_mark(&self) -> &str {
        &self.mark
    }

    /// Whether the code was made for this organisation. Others match by chance once in 2^20.
    pub fn matches(&self, organisation: Id) -> bool {
        self.mark == mark_of(organisation)
    }
}

fn mark_of(organisation: Id) -> String {
    let mut mark = encode(organisation.as_bytes());
    mark.truncate(MARK_CHARACTERS);
    mark
}

impl fmt::Display for OneTimeCode {
    /// As it is shown: three groups of four.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&grouped(&format!("{}{}", encode(&self.secret), self.mark), '-'))
    }
}

impl fmt::Debug for OneTimeCode {
    /// Without the secret, so that it is in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OneTimeCode(****-****-{})", self.mark)
    }
}
