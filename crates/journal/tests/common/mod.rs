//! One small organisation with fixed keys, which the golden files and the forgeries start from.
#![allow(dead_code, reason = "each test file uses its share")]
#![allow(clippy::unwrap_used, reason = "clippy does not see that this is a test")]

use ed25519_dalek::{Signer, SigningKey};
use fovea_journal::{
    Certificate, Commit, DraftPart, Head, Header, Lane, Lanes, PartRef, RawRecord, RecordCheck, RecordRules, Subject,
    Trust, header_hash, organisation_id, seal, verify,
};
use model::ids::{Hash, Id};

pub const FORBIDDEN: u16 = 901;
pub const MALFORMED: u16 = 902;
pub const UNKNOWN: u16 = 903;

/// Judges by the made-up kinds above.
pub struct Rules;

impl RecordRules for Rules {
    fn check(&self, kind: u16, _: &[u8], _: Lane, _: &Certificate) -> RecordCheck {
        match kind {
            FORBIDDEN => RecordCheck::Forbidden("another store's"),
            MALFORMED => RecordCheck::Malformed("a quantity of nothing"),
            UNKNOWN => RecordCheck::Unknown,
            _ => RecordCheck::Good,
        }
    }
}

/// The key whose seed is one byte over and over.
pub fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

pub fn public(key: &SigningKey) -> [u8; 32] {
    key.verifying_key().to_bytes()
}

pub fn organisation_key() -> SigningKey {
    key(1)
}

pub fn server_key() -> SigningKey {
    key(2)
}

pub fn till_key() -> SigningKey {
    key(3)
}

pub fn server() -> Certificate {
    let subject = Subject {
        organisation: organisation_id(&public(&organisation_key())),
        device: Id([0x20; 16]),
        key: public(&server_key()),
        store: None,
        till: String::new(),
        letter: String::new(),
        reads: Lanes::of(&[Lane::Control, Lane::All, Lane::Office]),
        writes: Lanes::of(&[Lane::Control, Lane::All, Lane::Office]).with_enrol(),
    };
    Certificate::issue(subject, &organisation_key())
}

pub fn till_subject() -> Subject {
    Subject {
        organisation: organisation_id(&public(&organisation_key())),
        device: Id([0x30; 16]),
        key: public(&till_key()),
        store: Some(Id([0x51; 16])),
        till: "T2".into(),
        letter: "A".into(),
        reads: Lanes::of(&[Lane::Control, Lane::All]),
        writes: Lanes::of(&[Lane::All]),
    }
}

pub fn till() -> Certificate {
    Certificate::issue(till_subject(), &server_key())
}

/// Trust in organisation, server and till.
pub fn trust() -> Trust {
    let mut trust = Trust::new(public(&organisation_key()));
    trust.admit(&server().to_bytes()).unwrap();
    trust.admit(&till().to_bytes()).unwrap();
    trust
}

/// A record that is an array of its kind and one text.
pub fn record(kind: u16, text: &str) -> RawRecord {
    RawRecord::from_bytes(minicbor::to_vec((kind, text)).unwrap()).unwrap()
}

/// The first commit of the till: a sale and, in a part of its own, a name.
pub fn header() -> Header {
    let till = till();
    Header {
        log: till.log(Lane::All),
        seq: 1,
        prev: till.id(),
        after: vec![Head {
            log: server().log(Lane::Control),
            seq: 7,
            hash16: Id([0x77; 16]),
        }],
        wall: 1_784_900_000_000,
        skew: Some(-250),
        date: 20_658,
        user: Some(Id([0x05; 16])),
        command: 301,
        request: Id([0x0e; 16]),
        level: 1,
        parts: Vec::new(),
    }
}

pub fn drafts() -> Vec<DraftPart> {
    vec![
        DraftPart {
            unit: None,
            salt: [0xa1; 16],
            records: vec![record(20, "sale"), record(21, "line")],
        },
        DraftPart {
            unit: Some(Id([0x0c; 16])),
            salt: [0xa2; 16],
            records: vec![record(22, "Asha")],
        },
    ]
}

pub fn sealed() -> (Header, Commit) {
    seal(header(), &drafts(), &till_key()).unwrap()
}

/// A commit of these parts, signed as it stands: what a forger with the key can make, whatever `seal` would say.
pub fn forge(mut header: Header, parts: Vec<Vec<u8>>, key: &SigningKey) -> Commit {
    header.parts = parts
        .iter()
        .map(|part| PartRef {
            hash: fovea_journal::Part::hash(part),
            length: part.len() as u32,
            unit: None,
        })
        .collect();
    forge_header(&header, parts, key)
}

/// The same with the header's own account of its parts.
pub fn forge_header(header: &Header, parts: Vec<Vec<u8>>, key: &SigningKey) -> Commit {
    sign(header.to_bytes(), parts, key)
}

pub fn sign(header: Vec<u8>, parts: Vec<Vec<u8>>, key: &SigningKey) -> Commit {
    let signature = key.sign(header_hash(&header).as_bytes()).to_bytes();
    Commit {
        header,
        signature,
        parts: parts.into_iter().map(Some).collect(),
    }
}

/// How a commit is judged, in one word.
pub fn judge(commit: &Commit) -> String {
    match verify(commit, &trust(), &Rules) {
        Ok(verified) => verified
            .opaque
            .map_or("good".into(), |reason| format!("opaque: {reason}")),
        Err(fault) => fault.code().into(),
    }
}

/// A head of made-up bytes.
pub fn head(log: u8, seq: u64, hash: u8) -> Head {
    Head {
        log: Id([log; 16]),
        seq,
        hash16: Id([hash; 16]),
    }
}

/// A part of a salt and these bytes, which should be an array of records.
pub fn raw_part(records: &[u8]) -> Vec<u8> {
    let mut part = vec![0x82, 0x50];
    part.extend([0; 16]);
    part.extend(records);
    part
}

pub fn hash_of(byte: u8) -> Hash {
    Hash([byte; 32])
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Path of a golden file.
pub fn golden_path(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

/// Text of a golden file.
pub fn golden_text(name: &str) -> String {
    std::fs::read_to_string(golden_path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Compares with a golden file, or writes it when the environment says `FOVEA_GOLDEN=write`.
pub fn assert_golden_text(name: &str, text: &str) {
    if std::env::var_os("FOVEA_GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(golden_path(name), text).unwrap();
    }
    assert_eq!(golden_text(name), text, "{name} differs: a change of format");
}

pub fn assert_golden(name: &str, bytes: &[u8]) {
    let lines: Vec<String> = bytes.chunks(32).map(hex).collect();
    assert_golden_text(name, &(lines.join("\n") + "\n"));
}
