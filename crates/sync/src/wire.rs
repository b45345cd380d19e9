//! The messages: CBOR arrays, each with the version first, in one zstd frame.
//!
//! Reading is strict: a message is refused unless writing it again gives the same bytes, so that no message has a second
//! form, an extra field or a longer number; nothing is allocated by a length that was only stated.

use journal::{Certificate, Lane, limits::MAX_CERTIFICATE, limits::MAX_SEQ};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Decoder, Encode};
use model::ids::Id;
use model::refusal::Refusal;
use replica::{Lacking, Ladder, MAX_LADDERS, MAX_RUNGS, MAX_WANTS, Tip};
use thiserror::Error;

use crate::compress::{compress, decompress};
use crate::limits::{MAX_CERTIFICATES, MAX_CHAIN, MAX_COMMITS, MAX_SOFTWARE, MAX_TIPS, VERSION};
use crate::packed::{Columns, Flaw, Unpacked};

/// Why bytes are not a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WireFault {
    #[error("a message has at most 2 MiB, and 8 MiB when it is unpacked")]
    TooLong,
    #[error("the message is not one zstd frame")]
    Frame,
    #[error("the message is not written as it must be")]
    Encoding,
    #[error("the message has version {0}; this program speaks version {VERSION}")]
    Version(u8),
    #[error("the message names more than its kind may: {0}")]
    TooMany(&'static str),
    #[error("its commits are not packed as they must be: {0}")]
    Packed(#[from] Flaw),
}

impl From<WireFault> for Refusal {
    fn from(fault: WireFault) -> Self {
        Self::BadRequest { why: fault.to_string() }
    }
}

/// What every message is.
pub trait Message: Encode<()> + for<'b> Decode<'b, ()> {
    /// The bounds that reading alone does not set.
    fn check(&self) -> Result<(), WireFault>;

    /// The body of a request or an answer.
    ///
    /// # Errors
    /// [`WireFault::TooLong`], [`WireFault::TooMany`]: what the other side would refuse.
    fn to_body(&self) -> Result<Vec<u8>, WireFault> {
        self.check()?;
        compress(&self.to_plain()?)
    }

    fn to_plain(&self) -> Result<Vec<u8>, WireFault> {
        minicbor::to_vec(self).map_err(|_| WireFault::Encoding)
    }

    /// Reads a body.
    ///
    /// # Errors
    /// Anything but exactly what [`to_body`](Self::to_body) packs.
    fn from_body(body: &[u8]) -> Result<Self, WireFault> {
        Self::from_plain(&decompress(body)?)
    }

    /// Reads what was in the frame.
    ///
    /// # Errors
    /// The same without those of the frame.
    fn from_plain(plain: &[u8]) -> Result<Self, WireFault> {
        let mut decoder = Decoder::new(plain);
        let length = decoder.array().map_err(|_| WireFault::Encoding)?;
        let version = decoder.u8().map_err(|_| WireFault::Encoding)?;
        if version != VERSION {
            return Err(WireFault::Version(version));
        }
        if length.is_none() {
            return Err(WireFault::Encoding);
        }
        let message: Self = minicbor::decode(plain).map_err(|_| WireFault::Encoding)?;
        if message.to_plain()? != plain {
            return Err(WireFault::Encoding);
        }
        message.check()?;
        Ok(message)
    }
}

/// Reads an array of at most `MAX` items. Their number is looked at first: one byte of message can stand for many of memory.
pub(crate) fn at_most<'b, C, T: Decode<'b, C>, const MAX: u64>(
    decoder: &mut Decoder<'b>,
    context: &mut C,
) -> Result<Vec<T>, minicbor::decode::Error> {
    match decoder.array()? {
        Some(length) if length <= MAX => (0..length).map(|_| decoder.decode_with(context)).collect(),
        _ => Err(minicbor::decode::Error::message("an array is open or too long")),
    }
}

/// How far one log is held: [log, seq, first 16 bytes of the tip's hash].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct WireTip {
    #[n(0)]
    pub log: Id,
    #[n(1)]
    pub seq: u64,
    #[n(2)]
    pub hash16: Id,
}

impl From<Tip> for WireTip {
    fn from(Tip { log, seq, hash16 }: Tip) -> Self {
        Self { log, seq, hash16 }
    }
}

impl From<WireTip> for Tip {
    fn from(WireTip { log, seq, hash16 }: WireTip) -> Self {
        Self { log, seq, hash16 }
    }
}

/// What is held, and what the other side lacked of it when it was last heard.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Offer {
    #[n(0)]
    version: u8,
    /// Everything the sender holds in the lanes that both read, sorted by log.
    #[cbor(n(1), decode_with = "at_most::<_, _, { MAX_TIPS as u64 }>")]
    vector: Vec<WireTip>,
    /// Of the logs that follow, issuers first.
    #[cbor(n(2), decode_with = "at_most::<_, _, { MAX_CERTIFICATES as u64 }>")]
    certificates: Vec<ByteVec>,
    /// In causal order, `control` first.
    #[n(3)]
    commits: Columns,
    /// The sender has more for the other side than is in here.
    #[n(4)]
    pub more: bool,
    /// Commits that wait at the sender for what comes before them.
    #[n(5)]
    pub waiting: u64,
    /// Name and version of the sender's program.
    #[n(6)]
    pub software: String,
    /// Of logs on which the other side's last vector disagrees with the sender's, so that the fork is found.
    #[cbor(n(7), decode_with = "at_most::<_, _, { MAX_LADDERS as u64 }>")]
    ladders: Vec<WireLadder>,
    /// Commits declared lost that the sender would take.
    #[cbor(n(8), decode_with = "at_most::<_, _, { MAX_WANTS as u64 }>")]
    wants: Vec<WireTip>,
    /// The sender's clock, ms UTC; 0 from one that does not say.
    #[n(9)]
    pub time: i64,
}

/// One rung of a ladder: [seq, first 16 bytes of the hash].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct WireRung {
    #[n(0)]
    seq: u64,
    #[n(1)]
    hash16: Id,
}

/// A ladder: [log, rungs falling].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct WireLadder {
    #[n(0)]
    log: Id,
    #[cbor(n(1), decode_with = "at_most::<_, _, { MAX_RUNGS as u64 }>")]
    rungs: Vec<WireRung>,
}

impl Offer {
    /// An offer of what a peer lacks; certificates of logs that are not in it stay behind.
    pub fn new(vector: &[Tip], lacking: &Lacking, waiting: u64, software: &str) -> Self {
        Self {
            version: VERSION,
            vector: vector.iter().copied().map(WireTip::from).collect(),
            certificates: needed(lacking).into_iter().map(ByteVec::from).collect(),
            commits: Columns::pack(&lacking.commits),
            more: lacking.more,
            waiting,
            software: software.to_owned(),
            ladders: Vec::new(),
            wants: Vec::new(),
            time: 0,
        }
    }

    /// The same with the sender's clock, ms UTC.
    #[must_use]
    pub fn dated(mut self, time: i64) -> Self {
        self.time = time;
        self
    }

    /// The same with what finds forks and lost commits.
    #[must_use]
    pub fn asking(mut self, ladders: &[Ladder], wants: &[Tip]) -> Self {
        let rung = |(seq, hash16): &(u64, Id)| WireRung {
            seq: *seq,
            hash16: *hash16,
        };
        self.ladders = ladders
            .iter()
            .map(|ladder| WireLadder {
                log: ladder.log,
                rungs: ladder.rungs.iter().map(rung).collect(),
            })
            .collect();
        self.wants = wants.iter().copied().map(WireTip::from).collect();
        self
    }

    pub fn ladders(&self) -> Vec<Ladder> {
        self.ladders
            .iter()
            .map(|ladder| Ladder {
                log: ladder.log,
                rungs: ladder.rungs.iter().map(|rung| (rung.seq, rung.hash16)).collect(),
            })
            .collect()
    }

    pub fn wants(&self) -> Vec<Tip> {
        self.wants.iter().copied().map(Tip::from).collect()
    }

    pub fn vector(&self) -> Vec<Tip> {
        self.vector.iter().copied().map(Tip::from).collect()
    }

    /// How many commits are in it.
    pub fn commits(&self) -> usize {
        self.commits.commits()
    }

    /// What it carries; not one commit or certificate is judged yet.
    ///
    /// # Errors
    /// [`WireFault::Packed`].
    pub fn unpack(self) -> Result<(Vec<Vec<u8>>, Unpacked), WireFault> {
        let certificates = self.certificates.into_iter().map(Into::into).collect();
        Ok((certificates, self.commits.unpack()?))
    }
}

/// Of the certificates of all lacking logs, those of the logs in this batch and the enrolling keys above them, each once.
fn needed(lacking: &Lacking) -> Vec<Vec<u8>> {
    let mut needed: Vec<Vec<u8>> = Vec::new();
    for bytes in &lacking.certificates {
        let wanted = Certificate::from_bytes(bytes).is_ok_and(|certificate| {
            let sent = |lane: Lane| lacking.logs.contains(&certificate.log(lane));
            certificate.writes.enrols() || Lane::ALL.into_iter().any(sent)
        });
        if wanted && !needed.contains(bytes) {
            needed.push(bytes.clone());
        }
    }
    needed
}

impl Message for Offer {
    fn check(&self) -> Result<(), WireFault> {
        let over = |what| Err(WireFault::TooMany(what));
        if self.vector.len() > MAX_TIPS || self.vector.iter().any(|tip| !(1..=MAX_SEQ).contains(&tip.seq)) {
            return over("logs");
        }
        if !self.vector.is_sorted_by(|one, next| one.log < next.log) {
            return Err(WireFault::Encoding);
        }
        if self.certificates.len() > MAX_CERTIFICATES || self.certificates.iter().any(|c| c.len() > MAX_CERTIFICATE) {
            return over("certificates");
        }
        if self.commits() > MAX_COMMITS {
            return over("commits");
        }
        if self.ladders.len() > MAX_LADDERS || self.ladders.iter().any(|ladder| ladder.rungs.len() > MAX_RUNGS) {
            return over("ladders");
        }
        let falls = |ladder: &WireLadder| ladder.rungs.is_sorted_by(|one, next| one.seq > next.seq);
        let reachable = |ladder: &WireLadder| ladder.rungs.iter().all(|rung| (1..=MAX_SEQ).contains(&rung.seq));
        if !self.ladders.iter().all(|ladder| falls(ladder) && reachable(ladder)) {
            return Err(WireFault::Encoding);
        }
        if self.wants.len() > MAX_WANTS || self.wants.iter().any(|tip| !(1..=MAX_SEQ).contains(&tip.seq)) {
            return over("lost commits");
        }
        if self.software.len() > MAX_SOFTWARE || self.software.chars().any(char::is_control) {
            return over("software");
        }
        Ok(())
    }
}

/// The answer to a challenge request: what is to be signed, and which organisation the server says it serves.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Challenge {
    #[n(0)]
    version: u8,
    /// Random bytes, time of expiry and the server's own MAC over both; opaque to the till.
    #[n(1)]
    challenge: ByteArray<72>,
    #[n(2)]
    organisation_key: ByteArray<32>,
    /// The server's own certificate, by the first 16 bytes of its identity: a till that has it says so.
    #[n(3)]
    server: Id,
    /// The certificate of the key that enrols tills, which the server has, in the same way: a till need not show it.
    #[n(4)]
    enrolling: Id,
}

impl Challenge {
    pub fn new(challenge: [u8; 72], organisation_key: [u8; 32], server: Id, enrolling: Id) -> Self {
        Self {
            version: VERSION,
            challenge: challenge.into(),
            organisation_key: organisation_key.into(),
            server,
            enrolling,
        }
    }

    pub fn challenge(&self) -> [u8; 72] {
        *self.challenge
    }

    pub fn organisation_key(&self) -> [u8; 32] {
        *self.organisation_key
    }

    pub fn server(&self) -> Id {
        self.server
    }

    pub fn enrolling(&self) -> Id {
        self.enrolling
    }
}

impl Message for Challenge {
    fn check(&self) -> Result<(), WireFault> {
        Ok(())
    }
}

fn chain_is_short(chain: &[ByteVec]) -> Result<(), WireFault> {
    let fits = (1..=MAX_CHAIN).contains(&chain.len()) && chain.iter().all(|bytes| bytes.len() <= MAX_CERTIFICATE);
    if fits {
        Ok(())
    } else {
        Err(WireFault::TooMany("certificates"))
    }
}

/// Who a side is, and its signature over what the other side drew.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct TokenRequest {
    #[n(0)]
    version: u8,
    #[n(1)]
    challenge: ByteArray<72>,
    /// Drawn by the till, for the server to sign.
    #[n(2)]
    nonce: ByteArray<32>,
    /// Issuer first unless the server has it, the device's own last.
    #[cbor(n(3), decode_with = "at_most::<_, _, { MAX_CHAIN as u64 }>")]
    chain: Vec<ByteVec>,
    /// The till has the server's certificate: the answer need not show it.
    #[n(4)]
    pub knows_server: bool,
    #[n(5)]
    signature: ByteArray<64>,
}

impl TokenRequest {
    pub fn new(challenge: [u8; 72], nonce: [u8; 32], chain: Vec<Vec<u8>>, signature: [u8; 64]) -> Self {
        Self {
            version: VERSION,
            challenge: challenge.into(),
            nonce: nonce.into(),
            chain: chain.into_iter().map(ByteVec::from).collect(),
            signature: signature.into(),
            knows_server: false,
        }
    }

    /// The same by a till that has the server's certificate.
    #[must_use]
    pub fn knowing(mut self, knows_server: bool) -> Self {
        self.knows_server = knows_server;
        self
    }

    pub fn challenge(&self) -> [u8; 72] {
        *self.challenge
    }

    pub fn nonce(&self) -> [u8; 32] {
        *self.nonce
    }

    pub fn chain(&self) -> impl Iterator<Item = &[u8]> {
        self.chain.iter().map(|bytes| bytes.as_slice())
    }

    pub fn signature(&self) -> [u8; 64] {
        *self.signature
    }
}

impl Message for TokenRequest {
    fn check(&self) -> Result<(), WireFault> {
        chain_is_short(&self.chain)
    }
}

/// The token, and the server's own proof.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct TokenAnswer {
    #[n(0)]
    version: u8,
    /// Stands in `Authorization: Bearer` as it is.
    #[n(1)]
    pub token: String,
    /// Nothing for a till that has it.
    #[cbor(n(2), decode_with = "at_most::<_, _, { MAX_CHAIN as u64 }>")]
    chain: Vec<ByteVec>,
    #[n(3)]
    signature: ByteArray<64>,
}

/// A token's text, in bytes.
const MAX_TOKEN: usize = 1_024;

impl TokenAnswer {
    pub fn new(token: String, chain: Vec<Vec<u8>>, signature: [u8; 64]) -> Self {
        let chain = chain.into_iter().map(ByteVec::from).collect();
        Self {
            version: VERSION,
            token,
            chain,
            signature: signature.into(),
        }
    }

    pub fn chain(&self) -> impl Iterator<Item = &[u8]> {
        self.chain.iter().map(|bytes| bytes.as_slice())
    }

    pub fn signature(&self) -> [u8; 64] {
        *self.signature
    }
}

impl Message for TokenAnswer {
    fn check(&self) -> Result<(), WireFault> {
        if self.token.len() > MAX_TOKEN || !self.token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(WireFault::Encoding);
        }
        if self.chain.is_empty() {
            Ok(())
        } else {
            chain_is_short(&self.chain)
        }
    }
}

/// A one-time code, and the two keys to be certified for it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct EnrolRequest {
    #[n(0)]
    version: u8,
    #[n(1)]
    secret: ByteArray<5>,
    #[n(2)]
    key: ByteArray<32>,
    #[n(3)]
    spare: ByteArray<32>,
}

impl EnrolRequest {
    pub fn new(secret: [u8; 5], key: [u8; 32], spare: [u8; 32]) -> Self {
        Self {
            version: VERSION,
            secret: secret.into(),
            key: key.into(),
            spare: spare.into(),
        }
    }

    pub fn secret(&self) -> [u8; 5] {
        *self.secret
    }

    pub fn key(&self) -> [u8; 32] {
        *self.key
    }

    pub fn spare(&self) -> [u8; 32] {
        *self.spare
    }
}

impl Message for EnrolRequest {
    fn check(&self) -> Result<(), WireFault> {
        Ok(())
    }
}

/// A one-time code shown by a till that keeps its certificate and brings its books: it asks for a spare, or for nothing but
/// the server's word.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BringRequest {
    #[n(0)]
    version: u8,
    #[n(1)]
    secret: ByteArray<5>,
    /// The certificate that the token was got with.
    #[n(2)]
    certificate: ByteVec,
    /// The key of a spare; null when the till has one.
    #[n(3)]
    spare: Option<ByteArray<32>>,
}

impl BringRequest {
    pub fn new(secret: [u8; 5], certificate: Vec<u8>, spare: Option<[u8; 32]>) -> Self {
        Self {
            version: VERSION,
            secret: secret.into(),
            certificate: certificate.into(),
            spare: spare.map(ByteArray::from),
        }
    }

    pub fn secret(&self) -> [u8; 5] {
        *self.secret
    }

    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    pub fn spare(&self) -> Option<[u8; 32]> {
        self.spare.map(|spare| *spare)
    }
}

impl Message for BringRequest {
    fn check(&self) -> Result<(), WireFault> {
        if self.certificate.len() > MAX_CERTIFICATE {
            return Err(WireFault::TooMany("certificates"));
        }
        Ok(())
    }
}

/// The certificates of a device that enrolled: the chain above it, its own, its spare. Of one that keeps its own: the
/// server's enrolling key, and the spare if one was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct EnrolAnswer {
    #[n(0)]
    version: u8,
    #[cbor(n(1), decode_with = "at_most::<_, _, { MAX_CHAIN as u64 }>")]
    certificates: Vec<ByteVec>,
}

impl EnrolAnswer {
    pub fn new(certificates: Vec<Vec<u8>>) -> Self {
        Self {
            version: VERSION,
            certificates: certificates.into_iter().map(ByteVec::from).collect(),
        }
    }

    pub fn certificates(&self) -> Vec<Vec<u8>> {
        self.certificates.iter().map(|bytes| bytes.to_vec()).collect()
    }
}

impl Message for EnrolAnswer {
    fn check(&self) -> Result<(), WireFault> {
        chain_is_short(&self.certificates)
    }
}
