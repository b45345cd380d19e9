//! Every certificate a replica knows, each checked up to the organisation key.

use std::collections::BTreeMap;

use ed25519_dalek::{Signature, VerifyingKey};
use model::ids::{Hash, Id};

use crate::certificate::{Certificate, CertificateFault, log_id, organisation_id};
use crate::lane::Lane;
use crate::limits::MAX_CERTIFICATES;

struct Admitted {
    certificate: Certificate,
    /// Decompressed once: every commit of the device is verified with it.
    key: VerifyingKey,
}

/// The certificates of one organisation. A certificate is signed by the organisation key, or by an enrolling key that the
/// organisation key signed.
pub struct Trust {
    organisation_key: [u8; 32],
    organisation: Id,
    certificates: BTreeMap<Hash, Admitted>,
    logs: BTreeMap<Id, (Hash, Lane)>,
    /// Enrolling keys, each with the lowest id of the certificates that make it one.
    enrolling: BTreeMap<[u8; 32], Hash>,
}

impl Trust {
    /// Trust in one organisation, with no certificate yet.
    pub fn new(organisation_key: [u8; 32]) -> Self {
        Self {
            organisation_key,
            organisation: organisation_id(&organisation_key),
            certificates: BTreeMap::new(),
            logs: BTreeMap::new(),
            enrolling: BTreeMap::new(),
        }
    }

    /// The organisation's id.
    pub fn organisation(&self) -> Id {
        self.organisation
    }

    /// The organisation's public key.
    pub fn organisation_key(&self) -> [u8; 32] {
        self.organisation_key
    }

    /// Takes a certificate in and gives its id; one that is known already is no error.
    ///
    /// # Errors
    /// What [`Certificate::from_bytes`] refuses; another organisation's; [`CertificateFault::UnknownIssuer`], which may
    /// pass when the issuer's certificate comes; an enrolling key certified by another enrolling key; a bad signature;
    /// more than [`MAX_CERTIFICATES`].
    pub fn admit(&mut self, bytes: &[u8]) -> Result<Hash, CertificateFault> {
        let certificate = Certificate::from_bytes(bytes)?;
        if certificate.organisation != self.organisation {
            return Err(CertificateFault::ForeignOrganisation);
        }
        let by_organisation = certificate.issuer == self.organisation_key;
        let issuer = if by_organisation {
            match VerifyingKey::from_bytes(&self.organisation_key) {
                Ok(key) if !key.is_weak() => key,
                _ => return Err(CertificateFault::Key),
            }
        } else if let Some(issuer) = self.issuer_entry(&certificate) {
            issuer.key
        } else {
            return Err(CertificateFault::UnknownIssuer);
        };
        if certificate.writes.enrols() && !by_organisation {
            return Err(CertificateFault::ChainTooLong);
        }
        let id = certificate.id();
        issuer
            .verify_strict(id.as_bytes(), &Signature::from_bytes(&certificate.signature))
            .map_err(|_| CertificateFault::BadSignature)?;
        if self.certificates.contains_key(&id) {
            return Ok(id);
        }
        if self.certificates.len() >= MAX_CERTIFICATES {
            return Err(CertificateFault::TooMany);
        }
        let key = certificate.verifying_key()?;
        // Lanes it does not write are named too: a commit there is then refused for its lane, not taken for a stranger's.
        for lane in Lane::ALL {
            self.logs.insert(log_id(&id, lane), (id, lane));
        }
        if certificate.writes.enrols() {
            let lowest = self.enrolling.entry(certificate.key).or_insert(id);
            *lowest = id.min(*lowest);
        }
        self.certificates.insert(id, Admitted { certificate, key });
        Ok(id)
    }

    /// The certificate of an id.
    pub fn get(&self, id: &Hash) -> Option<&Certificate> {
        self.certificates.get(id).map(|admitted| &admitted.certificate)
    }

    /// Whose log this is, and of which lane, whether or not the certificate may write it.
    pub fn owner(&self, log: &Id) -> Option<(&Certificate, Lane)> {
        let (id, lane) = self.logs.get(log)?;
        Some((self.get(id)?, *lane))
    }

    /// Id, certificate, key and lane behind a log.
    pub(crate) fn author(&self, log: &Id) -> Option<(Hash, &Certificate, &VerifyingKey, Lane)> {
        let (id, lane) = self.logs.get(log)?;
        let admitted = self.certificates.get(id)?;
        Some((*id, &admitted.certificate, &admitted.key, *lane))
    }

    fn issuer_entry(&self, certificate: &Certificate) -> Option<&Admitted> {
        self.certificates.get(self.enrolling.get(&certificate.issuer)?)
    }

    /// The enrolling certificate whose key signed this one; `None` when that was the organisation key or is not known.
    pub fn issuer_of(&self, certificate: &Certificate) -> Option<&Certificate> {
        if certificate.issuer == self.organisation_key {
            return None;
        }
        self.issuer_entry(certificate).map(|admitted| &admitted.certificate)
    }

    /// Every certificate with its id, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&Hash, &Certificate)> {
        self.certificates
            .iter()
            .map(|(id, admitted)| (id, &admitted.certificate))
    }

    /// How many certificates are known.
    pub fn len(&self) -> usize {
        self.certificates.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }
}
