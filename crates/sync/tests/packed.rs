//! What is packed comes back byte for byte, whoever wrote it and however badly; what does not unpack is refused, and a
//! message cannot become much larger than it is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::{assert_golden, golden, key, of_journal};
use ed25519_dalek::Signer;
use fovea_sync::packed::{Columns, Flaw, Unpacked};
use journal::{Commit, DraftPart, Head, Header, Part, PartRef, RawRecord, header_hash, seal};
use model::ids::{Hash, Id};
use model::records::{DocumentChange, DocumentKind, Record, Value};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use replica::document::{HeldChange, change_hash, fold};

fn header(log: u8, seq: u64, prev: Hash) -> Header {
    Header {
        log: Id([log; 16]),
        seq,
        prev,
        after: Vec::new(),
        wall: 1_784_900_000_000 + i64::try_from(seq).unwrap() * 1_000,
        skew: Some(-250),
        date: 20_658,
        user: Some(Id([5; 16])),
        command: 301,
        request: Id([u8::try_from(seq).unwrap(); 16]),
        level: 1,
        parts: Vec::new(),
    }
}

fn sealed(header: Header, salt: u8, unit: Option<Id>, records: &[Vec<u8>]) -> Commit {
    let draft = DraftPart {
        unit,
        salt: [salt; 16],
        records: records
            .iter()
            .map(|bytes| RawRecord::from_bytes(bytes.clone()).unwrap())
            .collect(),
    };
    seal(header, &[draft], &key(3)).unwrap().1
}

fn there_and_back(commits: &[Commit]) -> Unpacked {
    let columns = Columns::pack(commits);
    assert_eq!(columns.commits(), commits.len());
    let bytes = minicbor::to_vec(&columns).unwrap();
    let read: Columns = minicbor::decode(&bytes).unwrap();
    assert_eq!(read, columns);
    read.unpack().unwrap()
}

/// So many changes of one document, each on the one before; the price moves.
fn changes(document: u8, count: u64) -> Vec<DocumentChange> {
    let mut held: Vec<HeldChange> = Vec::new();
    for turn in 0..count {
        let values = [
            ("name".to_owned(), Value::Text("Kestrel Clubline".to_owned())),
            ("price".to_owned(), Value::Int(249_000 + i64::try_from(turn).unwrap())),
        ];
        let on = fold(DocumentKind::Product, &held);
        let change = on.change(DocumentKind::Product, Id([document; 16]), Id([0xac; 16]), values);
        held.push(HeldChange {
            header: Hash([u8::try_from(turn).unwrap(); 32]),
            change: change.unwrap(),
        });
    }
    held.into_iter().map(|held| held.change).collect()
}

/// A log of commits of one change each.
fn log_of_changes(count: u64) -> Vec<Commit> {
    let mut prev = Hash([9; 32]);
    let mut commits = Vec::new();
    for (seq, change) in (1..).zip(changes(0xd0, count)) {
        let record = Record::from(change).to_bytes();
        let commit = sealed(header(1, seq, prev), u8::try_from(seq).unwrap(), None, &[record]);
        prev = commit.hash();
        commits.push(commit);
    }
    commits
}

#[test]
fn what_can_be_worked_out_does_not_travel() {
    let commits = log_of_changes(60);
    assert_eq!(there_and_back(&commits).commits, commits);
    let plain: usize = commits.iter().map(|commit| commit.to_bytes().len()).sum();
    // What cannot be worked out: signature, request and salt, 96 bytes; here the latter two repeat one byte each.
    let packed = minicbor::to_vec(Columns::pack(&commits)).unwrap();
    let frame = zstd::bulk::compress(&packed, 3).unwrap().len();
    assert!(frame < commits.len() * 80, "{frame} bytes of {plain}");
    let hashes = commits.iter().skip(1).flat_map(|commit| {
        let header = Header::from_bytes(&commit.header).unwrap();
        let change = Part::from_bytes(commit.parts[0].as_ref().unwrap()).unwrap().records[0].clone();
        let Ok(Record::DocumentChange(change)) = Record::from_bytes(&change.bytes) else {
            panic!("a change");
        };
        [header.prev, header.parts[0].hash, change.dependencies[0]]
    });
    for hash in hashes {
        let there = packed.windows(32).any(|window| window == hash.as_bytes());
        assert!(!there, "{hash} travels");
    }
}

/// Whatever the kind is, of newer software too, the hash is that of the Automerge change.
#[test]
fn the_hash_of_a_change_is_the_one_that_its_successor_names() {
    let changes = changes(0xd0, 5);
    for pair in changes.windows(2) {
        let hash = change_hash(&pair[0]).unwrap();
        assert_eq!(pair[1].dependencies, [hash]);
        let other = DocumentChange {
            kind: DocumentKind::EyeTest,
            ..pair[0].clone()
        };
        assert_eq!(change_hash(&other), Some(hash));
    }
}

/// Kinds of newer software: their changes build on each other like ours.
#[test]
fn changes_of_unknown_kinds_of_documents_are_named_too() {
    let mut prev = Hash([9; 32]);
    let mut commits = Vec::new();
    for (seq, change) in (1..).zip(changes(0xd0, 3)) {
        let mut record = Record::from(change).to_bytes();
        assert_eq!(record[..4], [0x88, 0x18, 50, 1]);
        record[3] = 23;
        let commit = sealed(header(1, seq, prev), 7, None, &[record]);
        prev = commit.hash();
        commits.push(commit);
    }
    assert_eq!(there_and_back(&commits).commits, commits);
    let first = changes(0xd0, 1).remove(0);
    let hash = change_hash(&first).unwrap();
    let packed = minicbor::to_vec(Columns::pack(&commits)).unwrap();
    assert!(!packed.windows(32).any(|window| window == hash.as_bytes()));
}

/// A change whose counters no document can reach has no hash, and its successor says what it names.
#[test]
fn counters_beyond_automerge_do_no_harm() {
    let mut two = changes(0xd0, 2);
    two[0].start = u64::from(u32::MAX);
    two[1].ops[0].replaces[0].counter = u64::MAX;
    assert_eq!((change_hash(&two[0]), change_hash(&two[1])), (None, None));
    let records: Vec<Vec<u8>> = two.into_iter().map(|change| Record::from(change).to_bytes()).collect();
    let commits = [sealed(header(1, 1, Hash([9; 32])), 7, None, &records)];
    assert_eq!(there_and_back(&commits).commits, commits);
}

/// Two commits of a till and one of a server that they name; a part that was erased; a commit whose part is not its own.
fn of_everything() -> Vec<Commit> {
    let head = |commit: &Commit| {
        let Header { log, seq, .. } = Header::from_bytes(&commit.header).unwrap();
        Head {
            log,
            seq,
            hash16: Id::of(&commit.hash()),
        }
    };
    let records: Vec<Vec<u8>> = changes(0xd0, 2)
        .into_iter()
        .map(|change| Record::from(change).to_bytes())
        .collect();
    let office = sealed(header(2, 7, Hash([8; 32])), 0xa1, None, &records[..1]);
    let mut first = header(1, 1, Hash([9; 32]));
    let elsewhere = Head {
        log: Id([3; 16]),
        seq: 4,
        hash16: Id([4; 16]),
    };
    first.after = vec![head(&office), elsewhere];
    first.skew = None;
    let first = sealed(first, 0xa2, None, &records[1..]);
    let second = header(1, 2, first.hash());
    let mut second = sealed(second, 0xa3, Some(Id([0xc; 16])), &[vec![0x82, 22, 0x41, 7]]);
    second.parts[0] = None;
    // Not the part that its header names.
    let mut broken = of_journal("commit.hex");
    *broken.last_mut().unwrap() ^= 1;
    vec![office, first, second, Commit::from_bytes(&broken).unwrap()]
}

/// A difference here is a change of protocol.
#[test]
fn the_packed_form_is_golden() {
    let commits = of_everything();
    assert_eq!(there_and_back(&commits).commits, commits);
    assert_golden("packed.hex", &minicbor::to_vec(Columns::pack(&commits)).unwrap());
    let read: Columns = minicbor::decode(&golden("packed.hex")).unwrap();
    assert_eq!(read.unpack().unwrap().commits, commits);
}

#[test]
fn half_of_it_more_of_it_and_other_columns_are_refused() {
    let packed = golden("packed.hex");
    let read: Columns = minicbor::decode(&packed).unwrap();
    let mut columns: Vec<Vec<u8>> = Vec::new();
    let mut decoder = minicbor::Decoder::new(&packed);
    for _ in 0..decoder.array().unwrap().unwrap() {
        columns.push(decoder.bytes().unwrap().to_vec());
    }
    let written = |columns: &[Vec<u8>]| {
        let columns: Vec<minicbor::bytes::ByteVec> = columns.iter().cloned().map(Into::into).collect();
        minicbor::to_vec(columns).unwrap()
    };
    assert_eq!(minicbor::decode::<Columns>(&written(&columns)).unwrap(), read);
    assert!(minicbor::decode::<Columns>(&written(&columns[1..])).is_err());
    for number in 0..columns.len() {
        let mut longer = columns.clone();
        longer[number].push(0);
        let longer: Columns = minicbor::decode(&written(&longer)).unwrap();
        assert!(longer.unpack().is_err(), "column {number} with a byte more");
        let mut shorter = columns.clone();
        if shorter[number].pop().is_some() {
            let shorter: Columns = minicbor::decode(&written(&shorter)).unwrap();
            assert!(shorter.unpack().is_err(), "column {number} with a byte less");
        }
    }
}

/// An id of 16 bytes is named in one: a message of 1 MB cannot make 16.
#[test]
fn commits_that_would_fill_the_memory_are_refused() {
    let mut ids = vec![0x82, 0x14, 0x99, 0x20, 0x00];
    (0..0x2000).for_each(|_| ids.extend([[0x50].as_slice(), &[7; 16]].concat()));
    let commits: Vec<Commit> = (1..=100)
        .map(|seq| sealed(header(1, seq, Hash([9; 32])), 1, None, std::slice::from_ref(&ids)))
        .collect();
    let columns = Columns::pack(&commits);
    assert!(minicbor::to_vec(&columns).unwrap().len() < 2 * 1024 * 1024);
    assert_eq!(columns.unpack(), Err(Flaw::TooLong));
    assert_eq!(Columns::pack(&commits[..50]).unpack().unwrap().commits, commits[..50]);
}

/// One commit of a story: where it stands, what it names, what is wrong with it.
#[derive(Debug, Clone)]
struct Made {
    log: u8,
    follows: bool,
    seq: u64,
    clock: (i64, Option<i32>, i32),
    user: Option<u8>,
    numbers: (u16, u16),
    random: [u8; 16],
    heads: Vec<(prop::sample::Index, bool)>,
    parts: Vec<(Content, Option<u8>, bool)>,
    damage: Damage,
}

#[derive(Debug, Clone)]
enum Content {
    /// The next changes of a document.
    Changes(u8, usize),
    /// Records that hold ids and hashes, said before or not.
    Record(Vec<(u8, bool)>, String),
    Bytes(Vec<u8>),
}

#[derive(Debug, Clone)]
enum Damage {
    None,
    Header(prop::sample::Index, u8),
    Part(prop::sample::Index, u8),
    FewerParts,
    MoreParts,
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        4 => (0..3u8, 1..3usize).prop_map(|(document, count)| Content::Changes(document, count)),
        3 => (vec((0..4u8, any::<bool>()), 0..5), ".{0,20}").prop_map(|(names, text)| Content::Record(names, text)),
        1 => vec(any::<u8>(), 0..60).prop_map(Content::Bytes),
        1 => vec(any::<u8>(), 0..40).prop_map(|rest| Content::Bytes([&[0x82, 0x50][..], &[1; 16], &rest].concat())),
    ]
}

prop_compose! {
    fn made()(
        (log, follows, seq) in (0..3u8, prop::bool::weighted(0.7), prop_oneof![1..9u64, 1..=journal::limits::MAX_SEQ]),
        clock in (prop_oneof![Just(1_784_900_000_000), any::<i64>()], any::<Option<i32>>(), any::<i32>()),
        (user, numbers, random) in (option::of(0..3u8), any::<(u16, u16)>(), any::<[u8; 16]>()),
        heads in vec((any::<prop::sample::Index>(), any::<bool>()), 0..4),
        parts in vec((content(), option::of(0..3u8), prop::bool::weighted(0.9)), 1..4),
        damage in prop_oneof![
            8 => Just(Damage::None),
            1 => (any::<prop::sample::Index>(), 1..=255u8).prop_map(|(at, bits)| Damage::Header(at, bits)),
            1 => (any::<prop::sample::Index>(), 1..=255u8).prop_map(|(at, bits)| Damage::Part(at, bits)),
            1 => Just(Damage::FewerParts),
            1 => Just(Damage::MoreParts),
        ],
    ) -> Made {
        Made { log, follows, seq, clock, user, numbers, random, heads, parts, damage }
    }
}

fn written(content: &Content, next: &mut [std::vec::IntoIter<DocumentChange>]) -> Vec<u8> {
    let salt = [0x5a; 16];
    let records: Vec<Vec<u8>> = match content {
        Content::Bytes(bytes) => return bytes.clone(),
        Content::Changes(document, count) => next[usize::from(*document)]
            .by_ref()
            .take(*count)
            .map(|change| Record::from(change).to_bytes())
            .collect(),
        Content::Record(names, text) => {
            let mut bytes = vec![];
            let mut writer = minicbor::Encoder::new(&mut bytes);
            writer
                .array(3)
                .unwrap()
                .u16(22)
                .unwrap()
                .array(names.len() as u64)
                .unwrap();
            for (name, long) in names {
                writer.bytes(&vec![*name; if *long { 32 } else { 16 }]).unwrap();
            }
            writer.str(text).unwrap();
            vec![bytes]
        }
    };
    let mut bytes = vec![];
    let mut writer = minicbor::Encoder::new(&mut bytes);
    writer
        .array(2)
        .unwrap()
        .bytes(&salt)
        .unwrap()
        .array(records.len() as u64)
        .unwrap();
    records.iter().for_each(|record| bytes.extend(record));
    bytes
}

fn story(made: Vec<Made>, next: &mut [std::vec::IntoIter<DocumentChange>]) -> Vec<Commit> {
    let mut commits: Vec<Commit> = Vec::new();
    for one in made {
        let before = |log: Id| {
            let headers = commits.iter().rev().filter_map(|commit| {
                let header = Header::from_bytes(&commit.header).ok()?;
                (header.log == log).then(|| (header.seq, commit.hash()))
            });
            headers
                .map(|(seq, hash)| (seq % journal::limits::MAX_SEQ + 1, hash))
                .next()
        };
        let log = Id([one.log; 16]);
        let (seq, prev) = before(log)
            .filter(|_| one.follows)
            .unwrap_or((one.seq, Hash([one.log; 32])));
        let mut after: Vec<Head> = one
            .heads
            .iter()
            .filter_map(|(which, there)| {
                let commit = commits.get(which.index(commits.len().max(1)))?;
                let header = Header::from_bytes(&commit.header).ok()?;
                let hash16 = if *there { Id::of(&commit.hash()) } else { Id(one.random) };
                Some(Head {
                    log: header.log,
                    seq: header.seq,
                    hash16,
                })
            })
            .collect();
        after.sort_unstable();
        after.dedup();
        let parts: Vec<Vec<u8>> = one.parts.iter().map(|(content, ..)| written(content, next)).collect();
        let refs = parts.iter().zip(&one.parts).map(|(part, (_, unit, _))| PartRef {
            hash: Part::hash(part),
            length: u32::try_from(part.len()).unwrap(),
            unit: unit.map(|unit| Id([unit; 16])),
        });
        let header = Header {
            log,
            seq,
            prev,
            after,
            wall: one.clock.0,
            skew: one.clock.1,
            date: one.clock.2,
            user: one.user.map(|user| Id([user; 16])),
            command: one.numbers.0,
            request: Id(one.random),
            level: one.numbers.1,
            parts: refs.collect(),
        };
        let header = header.to_bytes();
        let mut commit = Commit {
            signature: key(3).sign(header_hash(&header).as_bytes()).to_bytes(),
            header,
            parts: parts
                .into_iter()
                .zip(&one.parts)
                .map(|(part, (.., there))| there.then_some(part))
                .collect(),
        };
        match one.damage {
            Damage::None => {}
            Damage::Header(at, bits) => *at.get_mut(&mut commit.header) ^= bits,
            Damage::Part(at, bits) => {
                if let Some(part) = commit.parts.iter_mut().flatten().find(|part| !part.is_empty()) {
                    *at.get_mut(part.as_mut_slice()) ^= bits;
                }
            }
            Damage::FewerParts => drop(commit.parts.pop()),
            Damage::MoreParts => commit.parts.push(Some(vec![1])),
        }
        commits.push(commit);
    }
    commits
}

fn documents() -> Vec<std::vec::IntoIter<DocumentChange>> {
    static MADE: std::sync::OnceLock<Vec<Vec<DocumentChange>>> = std::sync::OnceLock::new();
    let made = MADE.get_or_init(|| (0..3).map(|document| changes(document, 40)).collect());
    made.iter().map(|changes| changes.clone().into_iter()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Honest ones, forks, and whatever else somebody makes up.
    #[test]
    fn any_commits_come_back_byte_for_byte(made in vec(made(), 0..24)) {
        let commits = story(made, &mut documents());
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for commit in &commits {
            match Commit::from_bytes(&commit.to_bytes()) {
                Ok(commit) => good.push(commit),
                Err(fault) => bad.push((commit.to_bytes(), fault)),
            }
        }
        prop_assert_eq!(there_and_back(&commits), Unpacked { commits: good, unreadable: bad });
    }

    /// What a bad line or a bad sender makes of it unpacks to something or is refused; what comes of it can be packed.
    #[test]
    fn damaged_columns_do_no_harm(
        made in vec(made(), 1..12),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = minicbor::to_vec(Columns::pack(&story(made, &mut documents()))).unwrap();
        for (at, byte) in damage {
            *at.get_mut(&mut bytes) = byte;
        }
        if let Ok(columns) = minicbor::decode::<Columns>(&bytes)
            && let Ok(unpacked) = columns.unpack()
        {
            let again = Columns::pack(&unpacked.commits).unpack().unwrap();
            prop_assert_eq!(again.commits, unpacked.commits);
        }
    }
}
