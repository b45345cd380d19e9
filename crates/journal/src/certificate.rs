//! Certificates: which key may write which lanes, for which store and number series.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use model::ids::{Hash, HashUse, Id};
use thiserror::Error;

use crate::cbor::{Flaw, Reader, Writer};
use crate::lane::{Lane, Lanes};
use crate::limits::{MAX_CERTIFICATE, MAX_CERTIFICATES};

const VERSION: u8 = 1;
const FIELDS: usize = 11;
/// The signature as it ends a certificate: two bytes of CBOR before 64 bytes.
const SIGNATURE_ITEM: usize = 66;

/// Why a certificate is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CertificateFault {
    #[error("a certificate has at most {MAX_CERTIFICATE} bytes, this one has {0}")]
    TooLong(usize),
    #[error("the certificate is not written as it must be: {0}")]
    Encoding(Flaw),
    #[error("the certificate has format version {0}; this program reads version 1")]
    Version(u8),
    #[error("a till code is at most two of A-Z and 0-9")]
    Till,
    #[error("a series letter is one of A-Z or nothing")]
    Letter,
    #[error("a certificate names lanes that do not exist")]
    Lanes,
    #[error("the key in the certificate is not a usable Ed25519 public key")]
    Key,
    #[error("the certificate belongs to another organisation")]
    ForeignOrganisation,
    #[error("who signed the certificate is not known here (yet)")]
    UnknownIssuer,
    #[error("only the organisation key itself certifies an enrolling key")]
    ChainTooLong,
    #[error("the signature of the certificate is not its issuer's")]
    BadSignature,
    #[error("more than {MAX_CERTIFICATES} certificates")]
    TooMany,
}

impl CertificateFault {
    /// The stable name, for databases and catalogues.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "certificate_too_long",
            Self::Encoding(_) => "certificate_encoding",
            Self::Version(_) => "certificate_version",
            Self::Till => "certificate_till",
            Self::Letter => "certificate_letter",
            Self::Lanes => "certificate_lanes",
            Self::Key => "certificate_key",
            Self::ForeignOrganisation => "certificate_foreign",
            Self::UnknownIssuer => "certificate_unknown_issuer",
            Self::ChainTooLong => "certificate_chain_too_long",
            Self::BadSignature => "certificate_bad_signature",
            Self::TooMany => "certificate_too_many",
        }
    }
}

impl From<Flaw> for CertificateFault {
    fn from(flaw: Flaw) -> Self {
        Self::Encoding(flaw)
    }
}

/// What a certificate says, before anybody signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub organisation: Id,
    pub device: Id,
    /// Ed25519 public key of the device (or of the enrolling key).
    pub key: [u8; 32],
    /// The store whose records the device may write; none for head office.
    pub store: Option<Id>,
    /// At most two of A-Z and 0-9; empty for a server or an enrolling key.
    pub till: String,
    /// One of A-Z, or empty.
    pub letter: String,
    pub reads: Lanes,
    pub writes: Lanes,
}

/// What a certificate makes of its device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Post {
    /// Stands in no store and writes `control`.
    HeadOffice,
    /// Stands in a store without a till code: it keeps a copy there and passes commits on. It certifies nobody.
    Relay,
    /// Stands in a store under a till code.
    Till,
    /// None of these: an enrolling key, or a device that writes nothing.
    Other,
}

/// A signed certificate. See docs/JOURNAL_FORMAT.md for the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    pub organisation: Id,
    pub device: Id,
    /// Ed25519 public key of the device (or of the enrolling key).
    pub key: [u8; 32],
    /// The store whose records the device may write; none for head office.
    pub store: Option<Id>,
    /// At most two of A-Z and 0-9; empty for a server or an enrolling key.
    pub till: String,
    /// The series letter: one of A-Z, or empty.
    pub letter: String,
    pub reads: Lanes,
    pub writes: Lanes,
    /// Public key of who signed.
    pub issuer: [u8; 32],
    /// Ed25519 signature over the certificate's id.
    pub signature: [u8; 64],
}

impl Certificate {
    /// Signs what a device may do. The fields are not judged here: every reader, the issuer's own included, does so when
    /// it reads or admits the bytes.
    pub fn issue(subject: Subject, issuer: &SigningKey) -> Self {
        let Subject {
            organisation,
            device,
            key,
            store,
            till,
            letter,
            reads,
            writes,
        } = subject;
        let issuer_key = issuer.verifying_key().to_bytes();
        let mut certificate = Self {
            organisation,
            device,
            key,
            store,
            till,
            letter,
            reads,
            writes,
            issuer: issuer_key,
            signature: [0; 64],
        };
        certificate.signature = issuer.sign(certificate.id().as_bytes()).to_bytes();
        certificate
    }

    /// The certificate's bytes, signature included.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer
            .array(FIELDS)
            .unsigned(VERSION)
            .bytes(self.organisation.as_bytes())
            .bytes(self.device.as_bytes())
            .bytes(&self.key)
            .bytes_or_null(self.store.as_ref().map(Id::as_bytes))
            .text(&self.till)
            .text(&self.letter)
            .unsigned(self.reads.bits())
            .unsigned(self.writes.bits())
            .bytes(&self.issuer)
            .bytes(&self.signature);
        writer.finish()
    }

    /// Reads a certificate; the signature is judged by [`Trust::admit`](crate::Trust::admit).
    ///
    /// # Errors
    /// Bytes that are not exactly what [`to_bytes`](Self::to_bytes) writes, another version, a till code, letter or lane
    /// that cannot be, a key that is no key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CertificateFault> {
        if bytes.len() > MAX_CERTIFICATE {
            return Err(CertificateFault::TooLong(bytes.len()));
        }
        let mut reader = Reader::new(bytes);
        let fields = reader.array()?;
        let version = reader.unsigned()?;
        if version != VERSION {
            return Err(CertificateFault::Version(version));
        }
        if fields != FIELDS {
            return Err(Flaw::Shape.into());
        }
        let certificate = Self {
            organisation: Id(reader.bytes_of()?),
            device: Id(reader.bytes_of()?),
            key: reader.bytes_of()?,
            store: if reader.null() {
                None
            } else {
                Some(Id(reader.bytes_of()?))
            },
            till: reader.text()?.to_owned(),
            letter: reader.text()?.to_owned(),
            reads: Lanes::from_bits(reader.unsigned()?).ok_or(CertificateFault::Lanes)?,
            writes: Lanes::from_bits(reader.unsigned()?).ok_or(CertificateFault::Lanes)?,
            issuer: reader.bytes_of()?,
            signature: reader.bytes_of()?,
        };
        reader.end()?;
        certificate.check()?;
        debug_assert_eq!(certificate.to_bytes(), bytes, "one certificate has one encoding");
        Ok(certificate)
    }

    fn check(&self) -> Result<(), CertificateFault> {
        let code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        if self.till.len() > 2 || !self.till.bytes().all(code) {
            return Err(CertificateFault::Till);
        }
        if self.letter.len() > 1 || !self.letter.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(CertificateFault::Letter);
        }
        if self.reads.enrols() {
            return Err(CertificateFault::Lanes);
        }
        self.verifying_key().map(|_| ())
    }

    /// The device's key, ready to verify with; a key of small order, under which anyone can sign, is no key.
    pub(crate) fn verifying_key(&self) -> Result<VerifyingKey, CertificateFault> {
        match VerifyingKey::from_bytes(&self.key) {
            Ok(key) if !key.is_weak() => Ok(key),
            _ => Err(CertificateFault::Key),
        }
    }

    /// What this certificate makes of its device.
    pub fn post(&self) -> Post {
        match (self.store, self.till.as_str()) {
            (None, _) if self.writes.contains(Lane::Control) => Post::HeadOffice,
            (Some(_), "") if !self.writes.contains(Lane::Control) && self.reads.contains(Lane::All) => Post::Relay,
            (Some(_), till) if !till.is_empty() && self.writes.contains(Lane::All) => Post::Till,
            _ => Post::Other,
        }
    }

    /// Whether the organisation key itself signed it, not an enrolling key.
    pub fn is_of_organisation_key(&self) -> bool {
        organisation_id(&self.issuer) == self.organisation
    }

    /// The certificate's identity: the hash of its bytes without the signature that ends them.
    pub fn id(&self) -> Hash {
        let bytes = self.to_bytes();
        let unsigned = bytes.len().saturating_sub(SIGNATURE_ITEM);
        HashUse::Certificate.hash(&[&bytes[..unsigned]])
    }

    /// The log of this certificate in one lane.
    pub fn log(&self, lane: Lane) -> Id {
        log_id(&self.id(), lane)
    }
}

/// The log of a certificate in one lane.
pub fn log_id(certificate: &Hash, lane: Lane) -> Id {
    Id::of(&HashUse::Log.hash(&[certificate.as_bytes(), &[lane.code()]]))
}

/// An organisation's id, derived from its public key so that nobody else can claim it.
pub fn organisation_id(organisation_public_key: &[u8; 32]) -> Id {
    Id::of(&HashUse::Organisation.hash(&[organisation_public_key]))
}
