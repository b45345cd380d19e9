//! What each side signs to prove who it is, and how the other checks it up to the organisation key.
//!
//! Both signatures cover everything both sides drew, each under a context of its own, so that neither can stand for the
//! other, for a commit's or for a certificate's.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use journal::{Certificate, CertificateFault, Post, Trust};
use thiserror::Error;

const TILL: &str = "fovea 2026 sync: a device asks for a token";
const SERVER: &str = "fovea 2026 sync: a server proves itself";

/// Which side signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Till,
    Server,
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ProofFault {
    #[error("it showed no certificate")]
    NoCertificate,
    #[error("{0}")]
    Certificate(#[from] CertificateFault),
    #[error("its certificate is not a server's")]
    NotAServer,
    #[error("its signature is not of the key in its certificate")]
    Signature,
}

/// What a side signs: the hash of the challenge, the till's nonce, and the signer's own certificate.
fn message(side: Side, challenge: &[u8; 72], nonce: &[u8; 32], certificate: &Certificate) -> [u8; 32] {
    let context = match side {
        Side::Till => TILL,
        Side::Server => SERVER,
    };
    let mut hasher = blake3::Hasher::new_derive_key(context);
    hasher
        .update(challenge)
        .update(nonce)
        .update(certificate.id().as_bytes());
    *hasher.finalize().as_bytes()
}

/// Signs as one side.
pub fn prove(
    side: Side,
    challenge: &[u8; 72],
    nonce: &[u8; 32],
    certificate: &Certificate,
    key: &SigningKey,
) -> [u8; 64] {
    key.sign(&message(side, challenge, nonce, certificate)).to_bytes()
}

/// Checks a chain (issuers first) up to the organisation key, and gives the last certificate.
///
/// # Errors
/// [`ProofFault::NoCertificate`]; what [`Trust::admit`] refuses.
pub fn check_chain<'c>(
    organisation_key: [u8; 32],
    chain: impl IntoIterator<Item = &'c [u8]>,
) -> Result<Certificate, ProofFault> {
    let mut trust = Trust::new(organisation_key);
    let mut last = None;
    for bytes in chain {
        last = Some(trust.admit(bytes)?);
    }
    last.and_then(|id| trust.get(&id).cloned())
        .ok_or(ProofFault::NoCertificate)
}

/// Checks who a side is: its chain, its signature, and that a server is one, head office or a relay by its certificate, not
/// a till that says so.
///
/// # Errors
/// Every [`ProofFault`].
pub fn check<'c>(
    side: Side,
    organisation_key: [u8; 32],
    chain: impl IntoIterator<Item = &'c [u8]>,
    challenge: &[u8; 72],
    nonce: &[u8; 32],
    signature: &[u8; 64],
) -> Result<Certificate, ProofFault> {
    let certificate = check_chain(organisation_key, chain)?;
    if side == Side::Server && !matches!(certificate.post(), Post::HeadOffice | Post::Relay) {
        return Err(ProofFault::NotAServer);
    }
    let key = VerifyingKey::from_bytes(&certificate.key).map_err(|_| ProofFault::Certificate(CertificateFault::Key))?;
    key.verify_strict(
        &message(side, challenge, nonce, &certificate),
        &Signature::from_bytes(signature),
    )
    .map_err(|_| ProofFault::Signature)?;
    Ok(certificate)
}
