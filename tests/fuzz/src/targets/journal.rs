//! Commits, certificates and records, by themselves and as a device's own key signs them.

use std::sync::OnceLock;

use ed25519_dalek::{Signer as _, SigningKey};
use journal::{
    Certificate, Commit, Header, Lane, Lanes, Part, PartRef, Statement, Subject, Trust, header_hash, organisation_id,
    verify,
};
use model::ids::Id;
use model::records::Record;
use replica::Rules;

fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

struct Chain {
    trust: Trust,
    till: Certificate,
}

/// The organisation of the golden files: key 1 certifies a server, that a till.
fn chain() -> &'static Chain {
    static CHAIN: OnceLock<Chain> = OnceLock::new();
    CHAIN.get_or_init(|| {
        let public = |byte: u8| key(byte).verifying_key().to_bytes();
        let organisation = organisation_id(&public(1));
        let office = Subject {
            organisation,
            device: Id([0x20; 16]),
            key: public(2),
            store: None,
            till: String::new(),
            letter: String::new(),
            reads: Lanes::of(&[Lane::Control, Lane::All, Lane::Office]),
            writes: Lanes::of(&[Lane::Control, Lane::All, Lane::Office]).with_enrol(),
        };
        let till = Subject {
            organisation,
            device: Id([0x30; 16]),
            key: public(3),
            store: Some(Id([0x51; 16])),
            till: "T2".into(),
            letter: "A".into(),
            reads: Lanes::of(&[Lane::Control, Lane::All]),
            writes: Lanes::of(&[Lane::Control, Lane::All]),
        };
        let till = Certificate::issue(till, &key(2));
        let mut trust = Trust::new(public(1));
        trust.admit(&Certificate::issue(office, &key(1)).to_bytes()).unwrap();
        trust.admit(&till.to_bytes()).unwrap();
        Chain { trust, till }
    })
}

/// What reads is written back byte for byte; judging it is always possible.
pub fn commit(input: &[u8]) {
    if let Ok(commit) = Commit::from_bytes(input) {
        assert_eq!(commit.to_bytes(), input, "a commit in a second form");
        let _ = verify(&commit, &chain().trust, &Rules);
        for part in commit.parts.iter().flatten() {
            if let Ok(part) = Part::from_bytes(part) {
                part.records.iter().for_each(|record| self::record(&record.bytes));
            }
        }
    }
    if let Ok(header) = Header::from_bytes(input) {
        assert_eq!(header.to_bytes(), input, "a header in a second form");
    }
    if let Ok(part) = Part::from_bytes(input) {
        part.records.iter().for_each(|record| self::record(&record.bytes));
    }
}

/// The input is parts, each behind its length, that a till's key signs as its first commit: past the signature everything
/// is looked at.
pub fn signed_commit(mut input: &[u8]) {
    let Chain { trust, till } = chain();
    let mut parts = Vec::new();
    while let Some((length, rest)) = input.split_at_checked(2) {
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let (part, rest) = rest.split_at(length.min(rest.len()));
        parts.push(part.to_vec());
        input = rest;
    }
    let unit = |part: &[u8]| (part.first() == Some(&0xff)).then_some(Id([0x0c; 16]));
    let lane = if parts.len().is_multiple_of(2) {
        Lane::All
    } else {
        Lane::Control
    };
    let header = Header {
        log: till.log(lane),
        seq: 1,
        prev: till.id(),
        after: Vec::new(),
        wall: 0,
        skew: None,
        date: 20_658,
        user: None,
        command: 1,
        request: Id([1; 16]),
        level: 1,
        parts: parts
            .iter()
            .map(|part| PartRef {
                hash: Part::hash(part),
                length: u32::try_from(part.len()).unwrap(),
                unit: unit(part),
            })
            .collect(),
    };
    let header = header.to_bytes();
    let signature = key(3).sign(header_hash(&header).as_bytes()).to_bytes();
    let commit = Commit {
        header,
        signature,
        parts: parts.into_iter().map(Some).collect(),
    };
    if let Ok(verified) = verify(&commit, trust, &Rules) {
        assert_eq!(verified.parts.len(), commit.parts.len());
        let bytes = commit.to_bytes();
        assert_eq!(Commit::from_bytes(&bytes).as_ref(), Ok(&commit));
    }
}

/// A certificate that reads has one form, and only one that the organisation's keys signed is admitted.
pub fn certificate(input: &[u8]) {
    if let Ok(certificate) = Certificate::from_bytes(input) {
        assert_eq!(certificate.to_bytes(), input, "a certificate in a second form");
    }
    let mut trust = Trust::new(key(1).verifying_key().to_bytes());
    if let Ok(id) = trust.admit(input) {
        let admitted = trust.get(&id).unwrap();
        assert_eq!(admitted.issuer, key(1).verifying_key().to_bytes());
    }
}

/// A statement that reads is judged; one that was signed reads as it was written.
pub fn statement(input: &[u8]) {
    let Chain { trust, till } = chain();
    let _ = Statement::verify(input, trust);
    if let Ok(statement) = Statement::from_bytes(input) {
        let own = Statement {
            certificate: till.id(),
            ..statement
        };
        let signed = own.sign(&key(3)).expect("what was read can be signed");
        assert_eq!(Statement::verify(&signed, trust).as_ref(), Ok(&own));
    }
}

/// A record that reads has one form.
pub fn record(input: &[u8]) {
    if let Ok(record) = Record::from_bytes(input) {
        assert_eq!(record.to_bytes(), input, "a record in a second form");
        let _ = (record.store(), record.unit());
    }
}
