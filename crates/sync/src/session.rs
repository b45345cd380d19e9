//! A device and its server, each proven to the other, and the token that comes of it.

use ed25519_dalek::SigningKey;
use journal::{Certificate, Post, Trust};
use model::refusal::Refusal;
use replica::Entropy;

use crate::line::Line;
use crate::proof::{self, Side};
use crate::trouble::Trouble;
use crate::wire::{Challenge, Message, TokenAnswer, TokenRequest};

/// Who calls: the certificate, its chain, and its key.
pub struct Identity {
    pub organisation_key: [u8; 32],
    /// Issuers first, the device's own last.
    pub chain: Vec<Vec<u8>>,
    pub certificate: Certificate,
    pub key: SigningKey,
}

impl Identity {
    /// The identity of a certificate that this trust holds.
    pub fn new(trust: &Trust, certificate: Certificate, key: SigningKey) -> Self {
        let issuer = trust.issuer_of(&certificate).map(Certificate::to_bytes);
        let chain = issuer.into_iter().chain([certificate.to_bytes()]).collect();
        Self {
            organisation_key: trust.organisation_key(),
            chain,
            certificate,
            key,
        }
    }
}

/// A challenge, and the organisation that the server says it serves. Nothing secret has been said yet.
pub fn challenge(line: &dyn Line) -> Result<Challenge, Trouble> {
    Ok(Challenge::from_body(&line.post("v1/challenge", Vec::new(), None)?)?)
}

/// What came of showing who calls: the token, and who answered.
pub struct Granted {
    pub token: String,
    /// Head office, or the relay of the caller's store.
    pub post: Post,
}

/// Shows who calls, demands the same of the server, and gives the token.
pub fn token(line: &dyn Line, identity: &Identity, entropy: &Entropy) -> Result<Granted, Trouble> {
    let asked = challenge(line)?;
    if asked.organisation_key() != identity.organisation_key {
        return Err(unproven("it serves another organisation"));
    }
    let (challenge, nonce) = (asked.challenge(), entropy.bytes()?);
    let signature = proof::prove(Side::Till, &challenge, &nonce, &identity.certificate, &identity.key);
    let request = TokenRequest::new(challenge, nonce, identity.chain.clone(), signature);
    let answer = TokenAnswer::from_body(&line.post("v1/token", request.to_body()?, None)?)?;
    let server = proof::check(
        Side::Server,
        identity.organisation_key,
        answer.chain(),
        &challenge,
        &nonce,
        &answer.signature(),
    )
    .map_err(|fault| unproven(&fault.to_string()))?;
    let post = server.post();
    if post == Post::Relay {
        let own = &identity.certificate;
        // A relay's upstream is head office, and one that was carried off serves no other store.
        if own.post() != Post::Till || own.store != server.store {
            return Err(unproven("it is the relay of another store"));
        }
    }
    Ok(Granted {
        token: answer.token,
        post,
    })
}

/// The same of head office alone: a relay certifies nobody.
pub fn head_office(line: &dyn Line, identity: &Identity, entropy: &Entropy) -> Result<String, Trouble> {
    let granted = token(line, identity, entropy)?;
    match granted.post {
        Post::HeadOffice => Ok(granted.token),
        _ => Err(unproven("it is a relay, not head office")),
    }
}

fn unproven(why: &str) -> Trouble {
    Trouble::Final(Refusal::ServerUnproven { why: why.to_owned() })
}
