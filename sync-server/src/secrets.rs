//! What the server signs for itself alone: challenges, tokens, the hashes of one-time codes. Every key derives from the
//! server's device key, so any process that has it can check what another gave out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use journal::{Certificate, Lanes};
use model::ids::{Hash, Id};
use model::refusal::Refusal;
use replica::Entropy;
use sync::limits::{CHALLENGE_LIFE, TOKEN_LIFE};
use zeroize::Zeroizing;

/// A person's token is good for eight hours, ms.
pub const PERSON_LIFE: i64 = 8 * 60 * 60_000;

const MAC: usize = 32;
const CHALLENGE_BODY: usize = 40;

/// The MAC keys, one a use.
pub struct Secrets {
    challenge: Zeroizing<[u8; 32]>,
    device: Zeroizing<[u8; 32]>,
    person: Zeroizing<[u8; 32]>,
    code: Zeroizing<[u8; 32]>,
}

/// What a device's token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceToken {
    pub certificate: Hash,
    pub device: Id,
    pub reads: Lanes,
}

/// What a person's token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonToken {
    pub user: Id,
    /// Drawn at sign-in; what signing out revokes.
    pub session: Id,
    /// By the server's clock, ms UTC.
    pub expires: i64,
}

impl Secrets {
    pub fn of(key: &SigningKey) -> Self {
        let derived = |context| {
            let seed = Zeroizing::new(key.to_bytes());
            Zeroizing::new(blake3::derive_key(context, &*seed))
        };
        Self {
            challenge: derived("fovea 2026 server: challenges"),
            device: derived("fovea 2026 server: device tokens"),
            person: derived("fovea 2026 server: person tokens"),
            code: derived("fovea 2026 server: one-time codes"),
        }
    }

    /// A new challenge: random bytes, its time of expiry, the MAC of both.
    pub fn new_challenge(&self, entropy: &Entropy, now: i64) -> Result<[u8; CHALLENGE_BODY + MAC], Refusal> {
        let mut challenge = [0; CHALLENGE_BODY + MAC];
        let random: [u8; 32] = entropy.bytes()?;
        challenge[..32].copy_from_slice(&random);
        challenge[32..CHALLENGE_BODY].copy_from_slice(&(now + CHALLENGE_LIFE).to_be_bytes());
        let mac = blake3::keyed_hash(&self.challenge, &challenge[..CHALLENGE_BODY]);
        challenge[CHALLENGE_BODY..].copy_from_slice(mac.as_bytes());
        Ok(challenge)
    }

    /// Whether a challenge is one of ours and still good.
    pub fn is_challenge(&self, challenge: &[u8; CHALLENGE_BODY + MAC], now: i64) -> bool {
        open(&self.challenge, challenge, now).is_some()
    }

    pub fn device_token(&self, certificate: &Certificate, now: i64) -> String {
        let mut body = Vec::with_capacity(57);
        body.extend_from_slice(certificate.id().as_bytes());
        body.extend_from_slice(certificate.device.as_bytes());
        body.push(certificate.reads.bits());
        sealed(&self.device, body, now + TOKEN_LIFE)
    }

    pub fn read_device_token(&self, token: &str, now: i64) -> Option<DeviceToken> {
        let bytes: [u8; 57 + MAC] = decoded(token)?;
        let (body, _) = open(&self.device, &bytes, now)?;
        Some(DeviceToken {
            certificate: Hash::from_slice(&body[..32])?,
            device: Id::from_slice(&body[32..48])?,
            reads: Lanes::from_bits(body[48])?,
        })
    }

    pub fn person_token(&self, user: Id, session: Id, now: i64) -> String {
        let body = [&user.0[..], &session.0[..]].concat();
        sealed(&self.person, body, now + PERSON_LIFE)
    }

    pub fn read_person_token(&self, token: &str, now: i64) -> Option<PersonToken> {
        let bytes: [u8; 40 + MAC] = decoded(token)?;
        let (body, expires) = open(&self.person, &bytes, now)?;
        Some(PersonToken {
            user: Id::from_slice(&body[..16])?,
            session: Id::from_slice(&body[16..32])?,
            expires,
        })
    }

    /// What is kept of a one-time code: 40 bits could be guessed from a plain hash, not from this.
    pub fn code_hash(&self, secret: &[u8; 5]) -> blake3::Hash {
        blake3::keyed_hash(&self.code, secret)
    }
}

/// Body, time of expiry and MAC, in base 64: a token stands in every request.
fn sealed(key: &[u8; 32], mut body: Vec<u8>, expires: i64) -> String {
    body.extend_from_slice(&expires.to_be_bytes());
    let mac = blake3::keyed_hash(key, &body);
    body.extend_from_slice(mac.as_bytes());
    URL_SAFE_NO_PAD.encode(body)
}

/// The body in front of time and MAC, if the MAC is ours and the time is not past. Hashes are compared in constant time.
fn open<'b>(key: &[u8; 32], bytes: &'b [u8], now: i64) -> Option<(&'b [u8], i64)> {
    let (signed, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC)?)?;
    if blake3::keyed_hash(key, signed) != blake3::Hash::from_slice(mac).ok()? {
        return None;
    }
    let (body, expires) = signed.split_at_checked(signed.len().checked_sub(8)?)?;
    let expires = i64::from_be_bytes(expires.try_into().ok()?);
    (now < expires).then_some((body, expires))
}

/// The bytes of a token's text, which has one form.
fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    let fits = text.len() == (N * 8).div_ceil(6);
    let bytes = fits.then(|| URL_SAFE_NO_PAD.decode(text).ok()).flatten()?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(seed: u8) -> Secrets {
        Secrets::of(&SigningKey::from_bytes(&[seed; 32]))
    }

    #[test]
    fn a_person_token_reads_until_it_ends_and_with_its_own_key_alone() {
        let (user, session) = (Id([7; 16]), Id([8; 16]));
        let token = secrets(1).person_token(user, session, 1_000);
        let read = secrets(1).read_person_token(&token, 2_000);
        assert_eq!(
            read,
            Some(PersonToken {
                user,
                session,
                expires: 1_000 + PERSON_LIFE
            })
        );
        assert_eq!(secrets(1).read_person_token(&token, 1_000 + PERSON_LIFE), None);
        assert_eq!(secrets(2).read_person_token(&token, 2_000), None);
        assert_eq!(secrets(1).read_device_token(&token, 2_000), None);
    }

    #[test]
    fn every_changed_digit_spoils_a_token() {
        let secrets = secrets(1);
        let token = secrets.person_token(Id([7; 16]), Id([8; 16]), 0);
        for at in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[at] = if forged[at] == b'0' { b'1' } else { b'0' };
            assert_eq!(
                secrets.read_person_token(std::str::from_utf8(&forged).unwrap(), 1),
                None,
                "digit {at}"
            );
        }
        for noise in ["", "00", "zz", &token[1..], &format!("{token}00"), &"é".repeat(72)] {
            assert_eq!(secrets.read_person_token(noise, 1), None);
        }
    }

    #[test]
    fn a_challenge_ends() {
        let secrets = secrets(1);
        let challenge = secrets.new_challenge(&Entropy::default(), 5_000).unwrap();
        assert!(secrets.is_challenge(&challenge, 5_000 + CHALLENGE_LIFE - 1));
        assert!(!secrets.is_challenge(&challenge, 5_000 + CHALLENGE_LIFE));
        let mut forged = challenge;
        forged[39] ^= 1;
        assert!(!secrets.is_challenge(&forged, 5_000));
    }
}
