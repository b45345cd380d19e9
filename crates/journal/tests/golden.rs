//! The format, byte for byte. A difference here is a change of format: replicas in the field would not read each other.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::*;
use ed25519_dalek::{Signature, VerifyingKey};
use fovea_journal::{
    Certificate, Commit, Header, Lane, OneTimeCode, Part, RecoverySheet, StatedDigest, StatedTip, Statement,
    StatementFault, record_id, verify,
};
use model::ids::Id;

#[test]
fn certificates() {
    for (name, certificate) in [("enrolling_certificate.hex", server()), ("certificate.hex", till())] {
        assert_golden(name, &certificate.to_bytes());
        assert_eq!(
            Certificate::from_bytes(&unhex(&golden_text(name))).unwrap(),
            certificate
        );
    }
}

#[test]
fn header_parts_and_commit() {
    let (header, commit) = sealed();
    assert_golden("header.hex", &commit.header);
    assert_golden("part.hex", commit.parts[0].as_deref().unwrap());
    assert_golden("personal_part.hex", commit.parts[1].as_deref().unwrap());
    assert_golden("commit.hex", &commit.to_bytes());

    assert_eq!(Header::from_bytes(&unhex(&golden_text("header.hex"))).unwrap(), header);
    let part = Part::from_bytes(&unhex(&golden_text("part.hex"))).unwrap();
    assert_eq!(part.records, drafts()[0].records);
    let read = Commit::from_bytes(&unhex(&golden_text("commit.hex"))).unwrap();
    assert_eq!(read, commit);
    let verified = verify(&read, &trust(), &Rules).unwrap();
    assert_eq!(
        (verified.header, verified.lane, verified.opaque),
        (header, Lane::All, None)
    );
    assert_eq!(verified.certificate, till().id());
    assert_eq!(verified.parts[0].as_ref(), Some(&part));
}

#[test]
fn an_erased_part_leaves_identity_and_signature() {
    let (_, mut commit) = sealed();
    let hash = commit.hash();
    commit.parts[1] = None;
    assert_golden("erased_commit.hex", &commit.to_bytes());
    let read = Commit::from_bytes(&unhex(&golden_text("erased_commit.hex"))).unwrap();
    let verified = verify(&read, &trust(), &Rules).unwrap();
    assert_eq!(
        (verified.hash, verified.parts[1].as_ref(), verified.opaque),
        (hash, None, None)
    );
}

#[test]
fn derived_ids() {
    let (_, commit) = sealed();
    let (organisation, certificate) = (trust().organisation(), till());
    let mut lines = format!("organisation {organisation}\ncertificate {}\n", certificate.id());
    for lane in Lane::ALL {
        lines += &format!("log of lane {} {}\n", lane.code(), certificate.log(lane));
    }
    let hash = commit.hash();
    lines += &format!("commit {hash}\nhash16 {}\n", Id::of(&hash));
    for (part, index) in [(0, 0), (0, 1), (1, 0)] {
        lines += &format!("record {part} {index} {}\n", record_id(&hash, part, index));
    }
    lines += &format!("part 0 {}\n", Part::hash(commit.parts[0].as_deref().unwrap()));
    lines += &format!("one-time code {}\n", OneTimeCode::new([1, 2, 3, 4, 5], organisation));
    assert_golden_text("ids.txt", &lines);
}

#[test]
fn statement() {
    let hash16 = |byte| Id([byte; 16]);
    let statement = Statement {
        certificate: till().id(),
        number: 1_795_242_600_001,
        level: 1,
        wall: 1_795_242_600_000,
        erased: 3,
        to_erase: 0,
        kept_from: 0,
        vector: vec![
            StatedTip {
                log: till().log(Lane::Control),
                seq: 12,
                hash16: hash16(0xa1),
            },
            StatedTip {
                log: till().log(Lane::All),
                seq: 300,
                hash16: hash16(0xa2),
            },
        ],
        digests: vec![
            StatedDigest {
                lane: 1,
                month: 24_322,
                hash16: hash16(0xd1),
            },
            StatedDigest {
                lane: 2,
                month: 0,
                hash16: hash16(0xd2),
            },
        ],
    };
    assert_golden("statement.hex", &statement.sign(&till_key()).unwrap());
    let signed = unhex(&golden_text("statement.hex"));
    assert_eq!(Statement::verify(&signed, &trust()), Ok(statement.clone()));
    let mut torn = signed.clone();
    torn.truncate(signed.len() - 1);
    assert!(matches!(Statement::from_bytes(&torn), Err(StatementFault::Encoding(_))));
    // Signed by a key that is not the certificate's; and what no reader takes is not written.
    let other = statement
        .sign(&ed25519_dalek::SigningKey::from_bytes(&[9; 32]))
        .unwrap();
    assert_eq!(Statement::verify(&other, &trust()), Err(StatementFault::Signature));
    let mut twice = statement.clone();
    twice.vector[1] = twice.vector[0];
    assert_eq!(twice.sign(&till_key()), Err(StatementFault::Contents));
    // Another level, or another vector, is no contradiction; other figures of the same are.
    let mut differs = statement.clone();
    differs.digests[1].hash16 = hash16(0xd3);
    assert!(statement.contradicts(&differs));
    differs.level = 2;
    assert!(!statement.contradicts(&differs));
}

#[test]
fn recovery_sheet() {
    let sheet = RecoverySheet::new("Asha Opticians", [1; 32]);
    assert_golden_text("recovery_sheet.txt", &sheet.to_text());
    assert_eq!(RecoverySheet::parse(&golden_text("recovery_sheet.txt")).unwrap(), sheet);
}

/// A signature R = rB + T with T of order two: the equation holds up to T. A batch multiplies each equation by a random
/// number and takes it half the time; of two replicas that verify so, one would hold a commit the other sets aside.
#[test]
fn a_signature_with_torsion_is_refused_where_a_batch_accepts_it() {
    let (_, commit) = sealed();
    let hash = commit.hash();
    let key = VerifyingKey::from_bytes(&public(&till_key())).unwrap();
    let batch = |signature: &[u8; 64]| {
        ed25519_dalek::verify_batch(&[hash.as_bytes()], &[Signature::from_bytes(signature)], &[key]).is_ok()
    };
    let tainted = (0..64)
        .map(|nonce| torsion_signature(hash.as_bytes(), nonce))
        .find(batch)
        .unwrap();
    assert_golden("torsion_signature.hex", &tainted);

    let golden: [u8; 64] = unhex(&golden_text("torsion_signature.hex")).try_into().unwrap();
    assert!(batch(&golden));
    let forged = Commit {
        signature: golden,
        ..commit
    };
    assert_eq!(verify(&forged, &trust(), &Rules).unwrap_err().code(), "bad_signature");
}

fn torsion_signature(message: &[u8], nonce: u64) -> [u8; 64] {
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
    use curve25519_dalek::scalar::Scalar;
    use sha2::{Digest, Sha512};

    let secret = till_key().to_scalar();
    let r = Scalar::from(nonce + 1_000);
    let point = (r * ED25519_BASEPOINT_POINT + EIGHT_TORSION[4]).compress();
    let challenge = Sha512::new()
        .chain_update(point.as_bytes())
        .chain_update(public(&till_key()))
        .chain_update(message);
    let s = r + Scalar::from_bytes_mod_order_wide(&challenge.finalize().into()) * secret;
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(point.as_bytes());
    signature[32..].copy_from_slice(s.as_bytes());
    signature
}
