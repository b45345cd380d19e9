//! The recovery sheet: the organisation key on paper, in a safe, and nowhere else.

use std::fmt;

use ed25519_dalek::SigningKey;
use model::ids::Id;
use thiserror::Error;

use crate::certificate::organisation_id;
use crate::crockford::{CrockfordFault, decode, encode, grouped};
use crate::limits::{MAX_SHEET, MAX_SHEET_NAME};

/// 32 bytes of seed and three that check them: 56 characters, 14 groups of four.
const SECRET: usize = 35;
const SEED: usize = 32;
const GROUPS_A_LINE: usize = 4;

const TITLE: &str = "FOVEA RECOVERY SHEET";
const NAME: &str = "Organisation:";
const ID: &str = "Organisation id:";
const SECRET_START: &str = "Secret:";
const SECRET_END: &str = "End of secret";

/// The organisation's name and its key.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoverySheet {
    name: String,
    key: SigningKey,
}

/// Why a text is not a recovery sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SheetFault {
    #[error("a recovery sheet has at most {MAX_SHEET} bytes, this text has {0}")]
    TooLong(usize),
    #[error("the line `{0}` is missing from the recovery sheet")]
    Missing(&'static str),
    #[error("group {group} of the secret holds `{found}`; only 0-9 and A-Z without U occur")]
    Character { group: usize, found: char },
    #[error("the secret has 14 groups of four characters, 56 in all; there are {0}")]
    Length(usize),
    #[error("the secret does not check: a character was misread; compare each group with the paper")]
    Checksum,
    #[error("the secret is right in itself but belongs to another organisation than the sheet says")]
    OtherOrganisation,
}

impl SheetFault {
    /// The stable name, for catalogues.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "sheet_too_long",
            Self::Missing(_) => "sheet_missing_line",
            Self::Character { .. } => "sheet_character",
            Self::Length(_) => "sheet_length",
            Self::Checksum => "sheet_checksum",
            Self::OtherOrganisation => "sheet_other_organisation",
        }
    }
}

impl RecoverySheet {
    /// A sheet for an organisation key. The name is for people: runs of white space become one space, control characters
    /// go, and it ends after [`MAX_SHEET_NAME`] characters.
    pub fn new(name: &str, seed: [u8; 32]) -> Self {
        Self::of(name, SigningKey::from_bytes(&seed))
    }

    fn of(name: &str, key: SigningKey) -> Self {
        let words: Vec<&str> = name
            .split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|w| !w.is_empty())
            .collect();
        let name: String = words.join(" ").chars().take(MAX_SHEET_NAME).collect();
        Self {
            name: name.trim_end().to_owned(),
            key,
        }
    }

    /// The organisation's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The organisation key.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The organisation's id.
    pub fn organisation(&self) -> Id {
        organisation_of(&self.key)
    }

    /// The sheet as it is printed.
    pub fn to_text(&self) -> String {
        let mut secret = [0; SECRET];
        secret[..SEED].copy_from_slice(self.key.as_bytes());
        secret[SEED..].copy_from_slice(&check_bytes(self.organisation()));
        let groups = grouped(&encode(&secret), ' ');
        let groups: Vec<&str> = groups.split(' ').collect();
        let secret: String = groups
            .chunks(GROUPS_A_LINE)
            .map(|line| format!("    {}\n", line.join(" ")))
            .collect();
        format!(
            "{TITLE}\n\
             \n\
             {NAME} {}\n\
             {ID} {}\n\
             \n\
             What it is for\n\
             This sheet holds the organisation key. It certifies the key that enrols your tills and servers,\n\
             and it is the only way to:\n\
             - set up a new server when the old one and its backups are gone;\n\
             - shut out a server that was stolen or broken into;\n\
             - make an administrator when none is left.\n\
             \n\
             How to keep it\n\
             - Print it twice. Keep the copies in two safes, at two places.\n\
             - Keep no file, photograph or message of it. No program stores it.\n\
             - Nobody needs it for daily work. Whoever asks for it by telephone or e-mail is lying.\n\
             - Whoever holds it can make tills and administrators in your name: count the copies every year.\n\
             \n\
             {SECRET_START}\n\
             {secret}\
             {SECRET_END}\n\
             \n\
             The letters I, L, O and U do not occur: it is always one and zero. The last five characters check the\n\
             others.\n",
            self.name,
            self.organisation(),
        )
    }

    /// Reads a sheet back, whatever else stands on it.
    ///
    /// # Errors
    /// A line that is missing, a secret that cannot be read, or one of another organisation than the sheet names.
    pub fn parse(text: &str) -> Result<Self, SheetFault> {
        if text.len() > MAX_SHEET {
            return Err(SheetFault::TooLong(text.len()));
        }
        let mut lines = text.lines().map(str::trim);
        let name = lines
            .find_map(|line| line.strip_prefix(NAME))
            .ok_or(SheetFault::Missing(NAME))?;
        let id = lines
            .find_map(|line| line.strip_prefix(ID))
            .ok_or(SheetFault::Missing(ID))?;
        let first = lines
            .find_map(|line| line.strip_prefix(SECRET_START))
            .ok_or(SheetFault::Missing(SECRET_START))?;
        let mut secret = first.to_owned();
        let mut ended = false;
        for line in lines {
            if line == SECRET_END {
                ended = true;
                break;
            }
            secret.push(' ');
            secret.push_str(line);
        }
        if !ended {
            return Err(SheetFault::Missing(SECRET_END));
        }
        let key = Self::parse_secret(&secret)?;
        if id.trim().parse() != Ok(organisation_of(&key)) {
            return Err(SheetFault::OtherOrganisation);
        }
        Ok(Self::of(name, key))
    }

    /// Reads the secret alone, as somebody types it from the paper.
    ///
    /// # Errors
    /// Characters that do not occur, too few or too many, or a check that fails.
    pub fn parse_secret(text: &str) -> Result<SigningKey, SheetFault> {
        let bytes: [u8; SECRET] = decode(text).map_err(|fault| match fault {
            CrockfordFault::Character { at, found } => SheetFault::Character {
                group: at.div_ceil(4),
                found,
            },
            CrockfordFault::Length { given, .. } => SheetFault::Length(given),
            CrockfordFault::Overhang => SheetFault::Checksum,
        })?;
        let mut seed = [0; SEED];
        seed.copy_from_slice(&bytes[..SEED]);
        let key = SigningKey::from_bytes(&seed);
        if bytes[SEED..] != check_bytes(organisation_of(&key)) {
            return Err(SheetFault::Checksum);
        }
        Ok(key)
    }
}

fn organisation_of(key: &SigningKey) -> Id {
    organisation_id(&key.verifying_key().to_bytes())
}

/// The check is of the public key, so that it tells nothing about the secret and ties it to its organisation.
fn check_bytes(organisation: Id) -> [u8; SECRET - SEED] {
    let [a, b, c, ..] = organisation.0;
    [a, b, c]
}

impl fmt::Debug for RecoverySheet {
    /// Without the key, so that it is in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoverySheet({:?}, {})", self.name, self.organisation())
    }
}
