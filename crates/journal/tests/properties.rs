//! What holds for any input: what is written is read back, what is read is written back to the same bytes, and no bytes
//! make a reader panic.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::*;
use fovea_journal::{
    Certificate, Commit, DraftPart, Fault, Head, Header, Lanes, OneTimeCode, Part, PartRef, RawRecord, RecoverySheet,
    Subject, crockford, limits, seal, verify,
};
use model::ids::{Hash, Id};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

fn id() -> impl Strategy<Value = Id> {
    any::<[u8; 16]>().prop_map(Id)
}

fn sequence() -> impl Strategy<Value = u64> {
    prop_oneof![1..100u64, 1..=limits::MAX_SEQ]
}

prop_compose! {
    fn any_header()(
        (log, seq, prev) in (id(), sequence(), any::<[u8; 32]>()),
        after in btree_set((id(), sequence(), id()), 0..=limits::MAX_HEADS),
        (wall, skew, date) in (any::<i64>(), any::<Option<i32>>(), any::<i32>()),
        (user, command, request, level) in (option::of(id()), any::<u16>(), id(), any::<u16>()),
        parts in vec((any::<[u8; 32]>(), 0..16_384u32, option::of(id())), 1..=limits::MAX_PARTS),
    ) -> Header {
        let after = after.into_iter().map(|(log, seq, hash16)| Head { log, seq, hash16 }).collect();
        let parts = parts.into_iter().map(|(hash, length, unit)| PartRef { hash: Hash(hash), length, unit }).collect();
        Header { log, seq, prev: Hash(prev), after, wall, skew, date, user, command, request, level, parts }
    }
}

/// A record of a kind the rules have nothing against, written by an encoder that is not ours.
fn any_record() -> impl Strategy<Value = RawRecord> {
    let fields = (
        0..900u16,
        any::<i64>(),
        any::<u64>(),
        ".{0,40}",
        vec(any::<u8>(), 0..40),
        any::<Option<bool>>(),
    );
    fields.prop_map(|(kind, a, b, text, bytes, flag)| {
        let bytes = minicbor::bytes::ByteVec::from(bytes);
        RawRecord::from_bytes(minicbor::to_vec((kind, a, b, text, (bytes, flag))).unwrap()).unwrap()
    })
}

fn any_drafts() -> impl Strategy<Value = Vec<DraftPart>> {
    let draft = (option::of(id()), any::<[u8; 16]>(), vec(any_record(), 0..6));
    vec(
        draft.prop_map(|(unit, salt, records)| DraftPart { unit, salt, records }),
        1..6,
    )
}

/// A change of a few bytes, as a bad line, a bad disk or somebody with time on their hands makes it.
#[derive(Debug, Clone)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Set(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
    Repeat(prop::sample::Index, prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let place = any::<prop::sample::Index>;
    let one = prop_oneof![
        (place(), 0..8u8).prop_map(|(at, bit)| Damage::Flip(at, 1 << bit)),
        (
            place(),
            prop_oneof![any::<u8>(), Just(0x9b), Just(0xbb), Just(0x5b), Just(0xf6), Just(0xff)]
        )
            .prop_map(|(at, byte)| Damage::Set(at, byte)),
        place().prop_map(Damage::Cut),
        (place(), vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (place(), place()).prop_map(|(from, to)| Damage::Repeat(from, to)),
    ];
    vec(one, 1..4)
}

fn damaged(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match damage {
            Damage::Flip(at, bit) => bytes[at.index(length)] ^= bit,
            Damage::Set(at, byte) => bytes[at.index(length)] = *byte,
            Damage::Cut(at) => bytes.truncate(at.index(length)),
            Damage::Insert(at, new) => {
                bytes.splice(at.index(length)..at.index(length), new.iter().copied());
            }
            Damage::Repeat(from, to) => {
                let tail = bytes[from.index(length)..].to_vec();
                bytes.splice(to.index(length).., tail);
            }
        }
    }
    bytes
}

/// Every reader, on any bytes: no panic, and what is taken is written back the same.
fn read_all(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(certificate) = Certificate::from_bytes(bytes) {
        prop_assert_eq!(certificate.to_bytes(), bytes);
    }
    if let Ok(header) = Header::from_bytes(bytes) {
        prop_assert_eq!(header.to_bytes(), bytes);
    }
    if let Ok(part) = Part::from_bytes(bytes) {
        prop_assert_eq!(part.to_bytes(), bytes);
    }
    if let Ok(record) = RawRecord::from_bytes(bytes.to_vec()) {
        let mut decoder = minicbor::Decoder::new(bytes);
        prop_assert!(
            decoder.skip().is_ok() && decoder.position() == bytes.len(),
            "minicbor reads it otherwise"
        );
        prop_assert_eq!(record.bytes, bytes);
    }
    if let Ok(commit) = Commit::from_bytes(bytes) {
        prop_assert_eq!(commit.to_bytes(), bytes);
        let _ = verify(&commit, &trust(), &Rules);
    }
    Ok(())
}

proptest! {
    #[test]
    fn headers_come_back(header in any_header()) {
        let bytes = header.to_bytes();
        prop_assert!(bytes.len() <= limits::MAX_HEADER);
        prop_assert_eq!(Header::from_bytes(&bytes), Ok(header));
    }

    #[test]
    fn commits_come_back(mut header in any_header(), drafts in any_drafts(), erased in any::<u8>()) {
        (header.log, header.seq) = (common::header().log, header.seq.max(2));
        let (header, mut commit) = seal(header, &drafts, &till_key()).unwrap();
        for (part, bytes) in commit.parts.iter_mut().enumerate() {
            if erased >> part & 1 == 1 {
                *bytes = None;
            }
        }
        let read = Commit::from_bytes(&commit.to_bytes()).unwrap();
        prop_assert_eq!(&read, &commit);
        let verified = verify(&read, &trust(), &Rules).unwrap();
        prop_assert_eq!(verified.header, header);
        for (part, (read, draft)) in verified.parts.iter().zip(&drafts).enumerate() {
            prop_assert_eq!(read.is_none(), erased >> part & 1 == 1);
            if let Some(read) = read {
                prop_assert_eq!((&read.records, &read.salt), (&draft.records, &draft.salt));
            }
        }
    }

    #[test]
    fn certificates_come_back(
        device in any::<[u8; 16]>(), store in option::of(id()), till in "[A-Z0-9]{0,2}", letter in "[A-Z]?",
        reads in 0..16u8, writes in 0..16u8,
    ) {
        let subject = Subject {
            device: Id(device), store, till, letter,
            reads: Lanes::from_bits(reads).unwrap(), writes: Lanes::from_bits(writes).unwrap(),
            ..till_subject()
        };
        let certificate = Certificate::issue(subject, &server_key());
        let bytes = certificate.to_bytes();
        prop_assert!(bytes.len() <= limits::MAX_CERTIFICATE);
        prop_assert_eq!(trust().admit(&bytes), Ok(certificate.id()));
        prop_assert_eq!(Certificate::from_bytes(&bytes), Ok(certificate));
    }

    #[test]
    fn nothing_else_can_be_made_of_a_signed_commit(damages in damage()) {
        let (_, commit) = sealed();
        let bytes = damaged(commit.to_bytes(), &damages);
        read_all(&bytes)?;
        if let Ok(read) = Commit::from_bytes(&bytes) && verify(&read, &trust(), &Rules).is_ok() {
            prop_assert_eq!(read.hash(), commit.hash());
            for (part, original) in read.parts.iter().zip(&commit.parts) {
                prop_assert!(part.is_none() || part == original, "a part is as it was signed, or gone");
            }
        }
    }

    #[test]
    fn damaged_pieces_are_refused_or_read_exactly(damages in damage(), drafts in any_drafts()) {
        let (_, commit) = seal(header(), &drafts, &till_key()).unwrap();
        read_all(&damaged(till().to_bytes(), &damages))?;
        read_all(&damaged(commit.header.clone(), &damages))?;
        let part = commit.parts[0].clone().unwrap();
        read_all(&damaged(part.clone(), &damages))?;
        // A forger signs what he likes: the damage is inside a commit that is otherwise in order.
        let forged = forge(header(), vec![damaged(part, &damages)], &till_key());
        let judged = verify(&forged, &trust(), &Rules);
        prop_assert!(matches!(judged, Ok(_) | Err(Fault::Forbidden { .. } | Fault::TooManyRecords(_))), "{judged:?}");
        let _ = verify(&sign(damaged(commit.header, &damages), vec![], &till_key()), &trust(), &Rules);
    }

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..300)) {
        read_all(&bytes)?;
    }

    #[test]
    fn codes_and_sheets(
        random in any::<[u8; 5]>(), organisation in id(), other in id(), seed in any::<[u8; 32]>(), name in ".{0,200}",
    ) {
        let code = OneTimeCode::new(random, organisation);
        let typed = code.to_string().to_lowercase().replace('0', "o").replace('1', "l").replace('-', " ");
        prop_assert_eq!(OneTimeCode::parse(&typed), Ok(code.clone()));
        prop_assert_eq!(code.secret(), random);
        prop_assert!(code.matches(organisation));
        prop_assert_eq!(code.matches(other), OneTimeCode::new(random, other) == code);

        let sheet = RecoverySheet::new(&name, seed);
        prop_assert_eq!(RecoverySheet::parse(&sheet.to_text()), Ok(sheet));
    }

    #[test]
    fn crockford_comes_back(bytes in any::<[u8; 11]>(), text in ".{0,60}") {
        prop_assert_eq!(crockford::decode(&crockford::encode(&bytes)), Ok(bytes));
        if let Ok(read) = crockford::decode::<5>(&text) {
            prop_assert_eq!(crockford::normal(&text, 8), Ok(crockford::encode(&read)));
        }
        let _ = (OneTimeCode::parse(&text), RecoverySheet::parse(&text), RecoverySheet::parse_secret(&text));
    }
}
