//! The `control` lane: who belongs to the chain and what they may do. Written by head office and by the till that ran
//! `init`.

use minicbor::{Decode, Encode};

use super::{Cite, Statement};
use crate::ids::Id;

/// The organisation exists: the first record of all.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct OrganisationFounded {
    #[n(0)]
    pub name: String,
}

/// The operating rules in force from here on: a whole `retail::Profile` as JSON. The latest stands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ProfileSet {
    #[n(0)]
    pub profile: String,
}

/// A store; its id derives from its code, so that two head-office processes make one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct StoreOpened {
    #[n(0)]
    pub store: Id,
    /// 1 to 3 of A-Z 0-9.
    #[n(1)]
    pub code: String,
    #[n(2)]
    pub name: String,
}

/// A person who can sign in. The record's id is the user's id.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct UserAdded {
    /// What is typed at sign-in.
    #[n(0)]
    pub login: String,
    #[n(1)]
    pub name: String,
}

/// The password of a user from here on, as an Argon2id verifier.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PasswordSet {
    #[n(0)]
    pub user: Cite,
    /// PHC string: algorithm, parameters, salt and hash.
    #[n(1)]
    pub verifier: String,
}

/// A role given, everywhere or in one store.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RoleGranted {
    #[n(0)]
    pub user: Cite,
    /// `Role::code`.
    #[n(1)]
    pub role: u8,
    #[n(2)]
    pub store: Option<Id>,
}

/// Ends one grant, by name: a revocation never reaches a grant it has not seen.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct GrantRevoked {
    #[n(0)]
    pub grant: Id,
}

/// The user may not sign in, whatever is granted.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct UserDisabled {
    #[n(0)]
    pub user: Id,
    #[n(1)]
    pub reason: String,
}

/// Ends one disabling, by name.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct UserEnabled {
    #[n(0)]
    pub disabling: Id,
}

/// A device was certified: its certificate's bytes, so that every replica can list the devices of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CertificateIssued {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub certificate: Vec<u8>,
    /// The spare of a device opens a new log when its first may not go on.
    #[n(1)]
    pub spare: bool,
}

/// A log ends here. What lies beyond is set aside, unless it is released by [`LogExtended`] or in the past of another
/// device's commit. Of several closings of one log each leaves standing what it names.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct LogClosed {
    #[n(0)]
    pub log: Id,
    /// The last sequence that stands; 0: nothing of the log does.
    #[n(1)]
    pub seq: u64,
    /// First 16 bytes of the hash there; of the certificate's where `seq` is 0.
    #[n(2)]
    pub hash16: Id,
    #[n(3)]
    pub reason: String,
}

/// A closed log stands up to here after all: an honest till had sold before it heard.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct LogExtended {
    #[n(0)]
    pub log: Id,
    #[n(1)]
    pub seq: u64,
    #[n(2)]
    pub hash16: Id,
    #[n(3)]
    pub reason: String,
}

/// Nobody holds this commit any more. It counts as held for those that name it; if it turns up, it is taken.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CommitLost {
    #[n(0)]
    pub log: Id,
    #[n(1)]
    pub seq: u64,
    #[n(2)]
    pub hash16: Id,
    #[n(3)]
    pub reason: String,
}

/// An enrolling key is trusted no more: its server was broken into, or burnt with its key. Of the certificates it signed only
/// those stand that are listed, here or in another record on the same key; the logs of the others end before their first
/// commit. Only a device that the organisation key itself certified may say so.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct KeyClosed {
    /// The public key.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub key: [u8; 32],
    /// First 16 bytes of the ids of the certificates that stand, rising.
    #[n(1)]
    pub standing: Vec<Id>,
    #[n(2)]
    pub reason: String,
}

/// From here on everybody whose program reads this level writes it. Of several the highest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct LevelRaised {
    #[n(0)]
    pub level: u16,
}

/// Most certificates that one [`KeyClosed`] lists.
pub const MAX_STANDING: usize = 10_000;

/// The longest reason of [`LogClosed`], [`LogExtended`], [`CommitLost`] and [`KeyClosed`], in bytes.
pub const MAX_END_REASON: usize = 400;

/// Whether a text may be the reason of one of these: at most [`MAX_END_REASON`] bytes, on one line. Commands ask for one
/// besides; the record may go without.
#[must_use]
pub fn is_end_reason(text: &str) -> bool {
    text.len() <= MAX_END_REASON && !text.chars().any(char::is_control)
}

fn reason(text: &str) -> Result<(), &'static str> {
    if is_end_reason(text) {
        Ok(())
    } else {
        Err("a reason has at most 400 bytes, on one line")
    }
}

impl Statement for LogClosed {
    fn check(&self) -> Result<(), &'static str> {
        reason(&self.reason)
    }
}
impl Statement for LogExtended {
    fn check(&self) -> Result<(), &'static str> {
        reason(&self.reason)?;
        if self.seq == 0 {
            Err("a log is extended to a commit")
        } else {
            Ok(())
        }
    }
}
impl Statement for CommitLost {
    fn check(&self) -> Result<(), &'static str> {
        reason(&self.reason)?;
        if self.seq == 0 {
            Err("a commit's sequence starts at 1")
        } else {
            Ok(())
        }
    }
}
impl Statement for LevelRaised {
    fn check(&self) -> Result<(), &'static str> {
        if self.level < 2 {
            Err("everybody writes the first level without being told")
        } else {
            Ok(())
        }
    }
}
impl Statement for KeyClosed {
    fn check(&self) -> Result<(), &'static str> {
        reason(&self.reason)?;
        if self.standing.len() > MAX_STANDING {
            return Err("a closed key lists at most 10,000 certificates");
        }
        if self.standing.is_sorted_by(|one, next| one < next) {
            Ok(())
        } else {
            Err("the certificates that stand are listed once each, rising")
        }
    }
    fn by_organisation_key(&self) -> bool {
        true
    }
}
impl Statement for OrganisationFounded {}
impl Statement for ProfileSet {}
impl Statement for UserAdded {}
impl Statement for PasswordSet {}
impl Statement for RoleGranted {}
impl Statement for GrantRevoked {}
impl Statement for UserDisabled {}
impl Statement for UserEnabled {}
impl Statement for CertificateIssued {}
impl Statement for StoreOpened {
    fn check(&self) -> Result<(), &'static str> {
        let of_code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        if (1..=3).contains(&self.code.len()) && self.code.bytes().all(of_code) {
            Ok(())
        } else {
            Err("a store code is 1 to 3 of A-Z 0-9")
        }
    }
}
