//! The message that passes statements on: what devices say they hold and show, each in its signed form.

use journal::limits::{MAX_CERTIFICATE, MAX_SEQ, MAX_STATEMENT};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use model::ids::Hash;
use replica::statement::{MAX_PASSED_ON, MAX_STATEMENTS, Stated, Unstated};

use crate::limits::{MAX_CERTIFICATES, VERSION};
use crate::wire::{Message, WireFault, at_most};

/// The latest statement that the sender keeps of one certificate: [certificate, number].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct WireStated {
    #[n(0)]
    certificate: Hash,
    #[n(1)]
    number: u64,
}

/// Which statements the sender keeps, and those the other side lacked when it was last heard. Request and answer are alike.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Statements {
    #[n(0)]
    version: u8,
    /// Sorted by certificate.
    #[cbor(n(1), decode_with = "at_most::<_, _, { MAX_STATEMENTS as u64 }>")]
    kept: Vec<WireStated>,
    #[cbor(n(2), decode_with = "at_most::<_, _, { MAX_PASSED_ON as u64 }>")]
    statements: Vec<ByteVec>,
    /// Of those who signed them, issuers first.
    #[cbor(n(3), decode_with = "at_most::<_, _, { MAX_CERTIFICATES as u64 }>")]
    certificates: Vec<ByteVec>,
}

impl Statements {
    /// What is kept, sorted by certificate, and what is passed on.
    pub fn new(kept: &[Stated], passed_on: Unstated) -> Self {
        let bytes = |all: Vec<Vec<u8>>| all.into_iter().map(ByteVec::from).collect();
        Self {
            version: VERSION,
            kept: kept
                .iter()
                .map(|Stated { certificate, number }| WireStated {
                    certificate: *certificate,
                    number: *number,
                })
                .collect(),
            statements: bytes(passed_on.statements),
            certificates: bytes(passed_on.certificates),
        }
    }

    pub fn kept(&self) -> Vec<Stated> {
        self.kept
            .iter()
            .map(|WireStated { certificate, number }| Stated {
                certificate: *certificate,
                number: *number,
            })
            .collect()
    }

    pub fn passed_on(self) -> Unstated {
        let bytes = |all: Vec<ByteVec>| all.into_iter().map(Into::into).collect();
        Unstated {
            certificates: bytes(self.certificates),
            statements: bytes(self.statements),
        }
    }
}

impl Message for Statements {
    fn check(&self) -> Result<(), WireFault> {
        let sorted = self.kept.is_sorted_by(|one, next| one.certificate < next.certificate);
        if !sorted || self.kept.iter().any(|kept| !(1..=MAX_SEQ).contains(&kept.number)) {
            return Err(WireFault::Encoding);
        }
        let long = |statement: &ByteVec| statement.len() > MAX_STATEMENT;
        if self.statements.len() > MAX_PASSED_ON || self.statements.iter().any(long) {
            return Err(WireFault::TooMany("statements"));
        }
        let long = |certificate: &ByteVec| certificate.len() > MAX_CERTIFICATE;
        if self.certificates.len() > MAX_CERTIFICATES || self.certificates.iter().any(long) {
            return Err(WireFault::TooMany("certificates"));
        }
        Ok(())
    }
}
