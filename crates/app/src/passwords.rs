//! Passwords: Argon2id verifiers, checked offline.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use model::refusal::Refusal;

use replica::Entropy;

use crate::random::random_bytes;

/// Shortest password in characters, and longest in bytes.
const SHORTEST: usize = 4;
const LONGEST: usize = 1_024;

/// The verifier of a new password: Argon2id, 19 MiB, two passes, as a PHC string.
pub fn verifier(password: &str, entropy: &Entropy) -> Result<String, Refusal> {
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        return Err(Refusal::BadField {
            field: "password".to_owned(),
            why: format!("it has at least {SHORTEST} characters and at most {LONGEST} bytes"),
        });
    }
    let failed = |what: String| Refusal::Failed { what };
    let salt = SaltString::encode_b64(&random_bytes::<16>(entropy)?).map_err(|error| failed(error.to_string()))?;
    let hash = Argon2::default()
        .hash_password(password.as_bytes(), &salt)
        .map_err(|error| failed(format!("the password could not be kept: {error}")))?;
    Ok(hash.to_string())
}

/// Whether the password is the one of the verifier.
pub fn matches(password: &str, verifier: &str) -> bool {
    PasswordHash::new(verifier).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}
