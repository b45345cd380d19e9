//! A device and its server, each proven to the other, and the token that comes of it.

use ed25519_dalek::SigningKey;
use journal::{Certificate, Post, Trust};
use model::ids::Id;
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
    /// The chains of servers that are known, each under the name of its last certificate.
    servers: Vec<(Id, Vec<Vec<u8>>)>,
}

/// A chain has a relay or two and head office; beyond, a server shows itself.
const MAX_SERVERS: usize = 64;

impl Identity {
    /// The identity of a certificate that this trust holds.
    pub fn new(trust: &Trust, certificate: Certificate, key: SigningKey) -> Self {
        let chain = |certificate: &Certificate| {
            let issuer = trust.issuer_of(certificate).map(Certificate::to_bytes);
            issuer.into_iter().chain([certificate.to_bytes()]).collect()
        };
        let serves = |certificate: &Certificate| matches!(certificate.post(), Post::HeadOffice | Post::Relay);
        let servers = trust.iter().filter(|(_, certificate)| serves(certificate));
        Self {
            organisation_key: trust.organisation_key(),
            chain: chain(&certificate),
            servers: servers
                .take(MAX_SERVERS)
                .map(|(id, server)| (Id::of(id), chain(server)))
                .collect(),
            certificate,
            key,
        }
    }
}

fn named(bytes: &[u8]) -> Option<Id> {
    Certificate::from_bytes(bytes)
        .ok()
        .map(|certificate| Id::of(&certificate.id()))
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
    // What the server has it is not shown, nor does it show what we have.
    let issuers = identity.chain.len().saturating_sub(1);
    let had = identity.chain[..issuers]
        .iter()
        .position(|bytes| named(bytes) == Some(asked.enrolling()));
    let chain = identity.chain[had.map_or(0, |place| place + 1)..].to_vec();
    let known = identity.servers.iter().find(|(server, _)| *server == asked.server());
    let request = TokenRequest::new(challenge, nonce, chain, signature).knowing(known.is_some());
    let answer = TokenAnswer::from_body(&line.post("v1/token", request.to_body()?, None)?)?;
    let server = proof::check(
        Side::Server,
        identity.organisation_key,
        known
            .into_iter()
            .flat_map(|(_, chain)| chain.iter().map(Vec::as_slice))
            .chain(answer.chain()),
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
