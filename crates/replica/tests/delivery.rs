//! What arrives: verified, held, opaque, waiting, or set aside; and nothing ever waits behind what cannot be read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::{
    Device, NOW, Pen, actor, key, line, movement, named, part_of, product, raw, sale, sign, store_opened, unit_of,
};
use fovea_replica::document::{HeldChange, MAX_OPERATIONS, fold};
use fovea_replica::project::load_document;
use fovea_replica::{MAX_WAITING_BYTES, Merged};
use journal::{Commit, Head, Header, Lane, Lanes, PartRef, RawRecord};
use model::ids::{Hash, Id};
use model::records::{CertificateIssued, Cite, DocumentChange, DocumentKind, Record, RoleGranted, UserAdded, Value};

const NOTHING: Merged = Merged {
    held: 0,
    opaque: 0,
    already: 0,
    waiting: 0,
    aside: 0,
};

/// What a thief or a fault makes of a till's next commit.
fn forgeries() -> Vec<(&'static str, Commit)> {
    let mut pen = Pen::new(2, Lane::All);
    let good = pen.records(&sale(2, 1));
    let mut broken_signature = good.clone();
    broken_signature.signature[7] ^= 1;
    let mut changed_part = good.clone();
    if let Some(Some(part)) = changed_part.parts.first_mut() {
        *part.last_mut().unwrap() ^= 1;
    }
    let mut longer_part = good.clone();
    if let Some(Some(part)) = longer_part.parts.first_mut() {
        part.push(0);
    }
    let no_part = Commit {
        parts: vec![],
        ..good.clone()
    };
    let erased_part = Commit {
        parts: vec![None],
        ..good.clone()
    };
    let other_key = {
        let header = Header {
            parts: Header::from_bytes(&good.header).unwrap().parts,
            ..Pen::new(2, Lane::All).header()
        };
        sign(&header, good.parts[0].clone().unwrap(), &key(0x99))
    };
    let superadmin: Vec<Record> = vec![
        UserAdded {
            login: "thief".into(),
            name: "Thief".into(),
        }
        .into(),
        RoleGranted {
            user: Cite::Here { part: 0, index: 0 },
            role: 1,
            store: None,
        }
        .into(),
    ];
    let pen = |lane| Pen::new(2, lane);
    let huge = Header {
        parts: vec![PartRef {
            hash: Hash([7; 32]),
            length: 1 << 30,
            unit: None,
        }],
        ..pen(Lane::All).header()
    };
    let cites_office = Header {
        after: vec![Head {
            log: common::certificate(0).log(Lane::Office),
            seq: 1,
            hash16: Id([1; 16]),
        }],
        ..pen(Lane::All).header()
    };
    let stranger = Header {
        log: Id([0xab; 16]),
        ..pen(Lane::All).header()
    };
    let records: Vec<RawRecord> = sale(2, 1).iter().map(raw).collect();
    let wrong_start = Header {
        prev: Hash([1; 32]),
        ..pen(Lane::All).header()
    };
    vec![
        ("bad_signature", broken_signature),
        ("bad_signature", other_key),
        ("part_hash", changed_part),
        ("part_length", longer_part),
        ("parts_differ", no_part),
        ("part_missing", erased_part),
        ("lane_not_written", pen(Lane::Control).records(&superadmin)),
        ("forbidden_record", pen(Lane::All).records(&superadmin)),
        ("forbidden_record", pen(Lane::All).records(&sale(1, 1))),
        ("forbidden_record", pen(Lane::All).records(&[movement(1, 5).into()])),
        ("part_too_long", sign(&huge, vec![0; 100], &key(0x42))),
        ("lane_not_citable", pen(Lane::All).write(cites_office, None, &records)),
        ("unknown_log", pen(Lane::All).write(stranger, None, &records)),
        ("wrong_start", pen(Lane::All).write(wrong_start, None, &records)),
        (
            "header_encoding",
            Commit {
                header: vec![0xff; 40],
                ..good
            },
        ),
    ]
}

#[test]
fn what_came_before_its_certificate_is_taken_with_it_and_no_longer_aside() {
    let device = Device::new(1);
    let commit = Pen::new(4, Lane::All).records(&[movement(4, 5).into()]);
    assert_eq!(device.take(vec![commit.clone()]), Merged { aside: 1, ..NOTHING });
    assert_eq!(device.texts("SELECT code FROM aside"), ["unknown_log"]);
    let author = vec![common::certificate(4).to_bytes()];
    let merged = device.replica.merge(author, vec![commit], "peer", NOW).unwrap();
    assert_eq!(merged.held, 1);
    assert_eq!(device.count("SELECT COUNT(*) FROM aside"), 0);
}

#[test]
fn what_cannot_be_verified_is_set_aside_with_its_reason_and_changes_nothing() {
    for (code, forgery) in forgeries() {
        let device = Device::new(1);
        let before = device.digest();
        assert_eq!(
            device.take(vec![forgery.clone()]),
            Merged { aside: 1, ..NOTHING },
            "{code}"
        );
        assert_eq!(device.texts("SELECT code FROM aside"), [code]);
        assert_eq!(
            device.texts("SELECT source FROM aside WHERE reason <> ''"),
            ["peer"],
            "{code}"
        );
        assert_eq!(
            (device.digest(), device.count("SELECT COUNT(*) FROM commit_log")),
            (before, 0),
            "{code}"
        );
        // Offered again, it is remembered once; and the device's honest commit is taken all the same.
        let honest = Pen::new(2, Lane::All).records(&sale(2, 1));
        assert_eq!(
            device.take(vec![forgery, honest]),
            Merged {
                held: 1,
                aside: 1,
                ..NOTHING
            },
            "{code}"
        );
        assert_eq!(device.count("SELECT COUNT(*) FROM aside"), 1, "{code}");
    }
}

/// Commits that are verified and cannot be read: of newer software, or of none.
fn unreadable(pen: &mut Pen) -> Vec<(&'static str, Commit)> {
    let newer = Header {
        level: 2,
        ..pen.header()
    };
    let known: Vec<RawRecord> = sale(2, 1).iter().map(raw).collect();
    let level = pen.write(newer, None, &known);
    let unknown_kind = RawRecord::from_bytes(minicbor::to_vec((999u16, "new")).unwrap()).unwrap();
    let kind = pen.write(pen.header(), None, &[unknown_kind]);
    let mut wrong = line(Cite::Here { part: 0, index: 1 }, 2);
    wrong.taxable += 1;
    let mut records = sale(2, 2);
    records[2] = wrong.into();
    let malformed = pen.records(&records);
    let orphan = pen.records(&[line(Cite::Here { part: 0, index: 0 }, 1).into()]);
    let mut elsewhere = line(Cite::Record(Id([4; 16])), 1);
    elsewhere.total = 10_000;
    let of_another_commit = pen.records(&[elsewhere.into()]);
    let personal = named(2, "Asha");
    let contact = model::records::DocumentChange {
        kind: DocumentKind::CustomerContact,
        ..personal.clone()
    };
    let without_unit = pen.records(&[contact.into()]);
    let in_a_unit = pen.write(
        pen.header(),
        unit_of(DocumentKind::CustomerContact, product()),
        &[raw(&personal.into())],
    );
    let salted = pen.forge(pen.header(), b"\x82\x41\x00\x80".to_vec());
    let rubbish = pen.forge(pen.header(), vec![0xff; 1_000]);
    let many_ops = pen.forge(pen.header(), part_of(&[claimed_operations(4_000_000)]));
    vec![
        ("level", level),
        ("kind", kind),
        ("malformed", malformed),
        ("orphan line", orphan),
        ("line of another commit", of_another_commit),
        ("personal without unit", without_unit),
        ("a product in a unit", in_a_unit),
        ("salt", salted),
        ("rubbish", rubbish),
        ("operations", many_ops),
    ]
}

/// A document change that says it has so many operations, in a few bytes.
fn claimed_operations(count: u32) -> Vec<u8> {
    let mut record = Record::from(named(1, "x")).to_bytes();
    // The operations are the last field: one array of one.
    let at = record
        .windows(6)
        .rposition(|window| window == b"\x81\x83\x64name"[..6].as_ref())
        .unwrap();
    let mut array = vec![0x9a];
    array.extend(count.to_be_bytes());
    record.splice(at..=at, array);
    record
}

#[test]
fn what_cannot_be_read_is_held_in_its_place_and_nobody_waits_behind_it() {
    let (one, other) = (Device::new(1), Device::new(3));
    let mut pen = Pen::new(2, Lane::All);
    let commits = unreadable(&mut pen);
    let count = commits.len();
    for (what, commit) in &commits {
        assert_eq!(
            one.take(vec![commit.clone()]),
            Merged {
                held: 1,
                opaque: 1,
                ..NOTHING
            },
            "{what}"
        );
    }
    assert_eq!(
        one.count("SELECT COUNT(*) FROM commit_log WHERE opaque <> ''"),
        count as i64
    );
    assert_eq!(one.rows(), Device::new(1).rows());
    // The same log goes on, and so does whoever has seen it.
    let next = pen.write(pen.header(), None, &sale(2, 1).iter().map(raw).collect::<Vec<_>>());
    assert_eq!(one.take(vec![next]), Merged { held: 1, ..NOTHING });
    one.sell(1);
    let taken = other.take_all(&one);
    assert_eq!(
        (taken.held, taken.opaque, taken.waiting, taken.aside),
        (count + 2, count, 0, 0)
    );
    assert_eq!(
        (other.count("SELECT COUNT(*) FROM sale"), other.digest()),
        (2, one.digest())
    );
}

/// A change of one document as full as it may be, by an actor of its own.
fn full_change(drawn: u8) -> Record {
    let values = (0..512).map(|number| (number.to_string(), Value::Int(drawn.into())));
    let empty = fold(DocumentKind::Product, &[]);
    empty
        .change(DocumentKind::Product, product(), actor(2, drawn), values)
        .unwrap()
        .into()
}

#[test]
fn a_flood_of_changes_is_held_whole_and_folded_up_to_a_bound() {
    let (one, other) = (Device::new(1), Device::new(3));
    let mut pen = Pen::new(2, Lane::All);
    // 33,792 operations, all of them allowed by themselves.
    let records: Vec<Record> = (1..=66).map(full_change).collect();
    assert_eq!(one.take(vec![pen.records(&records)]), Merged { held: 1, ..NOTHING });
    one.sell(1);
    let folded = |device: &Device| {
        let read = |conn: &rusqlite::Connection| load_document(conn, DocumentKind::Product, product());
        device.replica.read(read).unwrap().changes
    };
    assert_eq!(folded(&one), MAX_OPERATIONS / 512);
    assert_eq!(one.count("SELECT COUNT(*) FROM document_change"), 66);
    // Which ones are folded is decided by the set, not by the order of arrival or by what came with what.
    assert_eq!(other.take_all(&one).held, 2);
    assert_eq!((other.digest(), other.rows()), (one.digest(), one.rows()));
}

#[test]
fn what_arrives_before_its_predecessors_waits_and_is_delivered_with_them() {
    let author = Device::new(2);
    for quantity in 1..=6 {
        author.sell(quantity);
    }
    let mut commits = author.all().commits;
    let device = Device::new(1);
    let last = commits.split_off(1);
    let backwards: Vec<Commit> = last.into_iter().rev().collect();
    assert_eq!(device.take(backwards.clone()), Merged { waiting: 5, ..NOTHING });
    assert_eq!(device.count("SELECT COUNT(*) FROM waiting WHERE missing <> ''"), 5);
    assert_eq!(
        (device.count("SELECT COUNT(*) FROM log"), device.all().commits.len()),
        (0, 0)
    );
    // Offered twice, it waits once; a restart forgets nothing.
    assert_eq!(device.take(backwards), Merged { waiting: 5, ..NOTHING });
    let device = device.reopened();
    assert_eq!(device.count("SELECT COUNT(*) FROM waiting"), 5);
    let merged = device.take(commits.clone());
    assert_eq!((merged.held, device.count("SELECT COUNT(*) FROM waiting")), (6, 0));
    assert_eq!(device.take(commits), Merged { already: 1, ..NOTHING });
    assert_eq!((device.digest(), device.rows()), (author.digest(), author.rows()));
}

#[test]
fn what_waits_is_bounded_and_holds_up_nobody() {
    let device = Device::new(1);
    let mut pen = Pen::new(2, Lane::All);
    let first = pen.records(&sale(2, 1));
    let large: Vec<Commit> = (0..260u32)
        .map(|number| {
            let part = [number.to_be_bytes().as_slice(), &[0; 256 * 1024 - 4]].concat();
            pen.forge(pen.header(), part)
        })
        .collect();
    for commits in large.chunks(20) {
        assert_eq!(device.take(commits.to_vec()).waiting, 20);
    }
    let held = device.count("SELECT SUM(LENGTH(bytes)) FROM waiting");
    let bound = MAX_WAITING_BYTES - 300 * 1024..=MAX_WAITING_BYTES;
    assert!(bound.contains(&held), "{held}");
    assert_eq!(device.take(vec![Pen::new(3, Lane::All).records(&sale(3, 1))]).held, 1);
    // What was over the bound is offered again and taken.
    let kept = device.count("SELECT COUNT(*) FROM waiting") as usize;
    assert_eq!(device.take(vec![first]).held, 1 + kept);
    assert_eq!(device.take(large[kept..].to_vec()).held, 260 - kept);
}

#[test]
fn what_was_seen_by_the_author_comes_first() {
    let (one, two) = (Device::new(1), Device::new(2));
    one.sell(1);
    two.take_all(&one);
    two.sell(2);
    let of_two = two.all().commits.pop().unwrap();
    let device = Device::new(3);
    assert_eq!(device.take(vec![of_two]), Merged { waiting: 1, ..NOTHING });
    assert_eq!(device.take_all(&one).held, 2);
    assert_eq!(device.rows(), two.rows());
}

#[test]
fn a_second_commit_in_one_place_is_a_copy_of_the_device_and_is_kept() {
    let mut pen = Pen::new(2, Lane::All);
    let first = pen.records(&sale(2, 1));
    let mut copy = Pen::new(2, Lane::All);
    let forked = copy.records(&sale(2, 9));
    let after_fork = copy.records(&sale(2, 8));
    let device = Device::new(1);
    device.take(vec![first]);
    assert_eq!(device.take(vec![forked, after_fork]), Merged { held: 2, ..NOTHING });
    assert_eq!(device.count("SELECT COUNT(*) FROM aside"), 0);
    assert_eq!(device.count("SELECT SUM(total) FROM sale"), 180_000);
    device.digest();
}

#[test]
fn a_till_signs_nothing_that_it_may_not_say() {
    let device = Device::new(1);
    let refused = |write: fn(&mut fovea_replica::Draft)| device.commit(write).is_err();
    assert!(refused(|draft| {
        draft.add(movement(1, 0));
    }));
    assert!(refused(|draft| {
        draft.add(line(Cite::Here { part: 0, index: 0 }, 1));
    }));
    assert!(refused(|draft| {
        draft.add(model::records::DocumentChange {
            kind: DocumentKind::CustomerContact,
            ..named(1, "Asha")
        });
    }));
    let control = device.replica.write(|tx| {
        let context = fovea_replica::Context {
            command: 1,
            request: Id([1; 16]),
            user: None,
            wall: NOW,
            skew: None,
            date: 1,
        };
        let mut draft = fovea_replica::Draft::new(Lane::Control, context);
        draft.add(store_opened(1));
        tx.append(draft)
    });
    assert!(matches!(control, Err(fovea_replica::ReplicaError::NotAllowed(_))));
    assert_eq!(device.count("SELECT COUNT(*) FROM commit_log"), 0);
    // The writer goes on, and its log begins at 1.
    assert_eq!(device.sell(1).seq, 1);
}

#[test]
fn an_issued_certificate_that_does_not_read_leaves_its_commit_opaque() {
    let device = Device::new(1);
    let mut office = Pen::new(0, Lane::Control);
    let bogus = office.records(&[
        store_opened(1).into(),
        CertificateIssued {
            certificate: vec![1, 2, 3],
            spare: false,
        }
        .into(),
    ]);
    let good = office.records(&[store_opened(2).into()]);
    assert_eq!(
        device.take(vec![bogus, good]),
        Merged {
            held: 2,
            opaque: 1,
            ..NOTHING
        }
    );
    assert_eq!(device.texts("SELECT code FROM store"), ["S2"]);
    assert_eq!(device.all().commits.len(), 2);
    assert_eq!(
        device
            .replica
            .read(|conn| fovea_replica::vector(conn, Lanes::of(&common::TILL)))
            .unwrap()[0]
            .seq,
        2
    );
}

/// A product's next change by an actor of a till, whose changes are `made` so far.
fn next_change(made: &[HeldChange], actor: Id, name: &str) -> DocumentChange {
    let values = [("name".to_owned(), Value::Text(name.to_owned()))];
    fold(DocumentKind::Product, made)
        .change(DocumentKind::Product, product(), actor, values)
        .unwrap()
}

#[test]
fn a_long_document_that_grows_is_the_one_folded_anew() {
    let (grown, anew) = (Device::new(1), Device::new(0));
    let (mut pen, mut other) = (Pen::new(2, Lane::All), Pen::new(3, Lane::All));
    let mut made: Vec<HeldChange> = Vec::new();
    let mut commits = Vec::new();
    for number in 0..100u8 {
        let unread = number % 10 == 9;
        let change = next_change(
            &made,
            actor(2, if unread { number } else { 1 }),
            &format!("name {number}"),
        );
        // One in ten comes with a line of no sale, which is found out when its change is in the rows: it goes again.
        let mut records = vec![Record::from(change.clone())];
        if unread {
            records.push(line(Cite::Here { part: 0, index: 0 }, 1).into());
        }
        let commit = pen.records(&records);
        if !unread {
            made.push(HeldChange {
                header: commit.hash(),
                change,
            });
        }
        commits.push(commit);
        if number % 7 == 0 {
            commits.push(other.records(&[next_change(&made[..made.len() / 2], actor(3, 2), "elsewhere").into()]));
        }
    }
    for commit in &commits {
        assert_eq!(grown.take(vec![commit.clone()]).held, 1);
    }
    anew.take(commits);
    assert_eq!((grown.digest(), grown.rows()), (anew.digest(), anew.rows()));
    assert_eq!(grown.replica.verify().unwrap().mismatches, Vec::<String>::new());
    assert_eq!(grown.count("SELECT COUNT(*) FROM commit_log WHERE opaque <> ''"), 10);
    let read = |conn: &rusqlite::Connection| load_document(conn, DocumentKind::Product, product());
    let document = grown.replica.read(read).unwrap();
    let shown: String = grown
        .replica
        .read(|conn| -> Result<_, fovea_replica::ReplicaError> {
            Ok(conn.query_row("SELECT name FROM product", [], |row| row.get(0))?)
        })
        .unwrap();
    assert_eq!((shown.as_str(), document.text("name")), ("name 98", "name 98"));
}

/// Of two changes of one actor and sequence the lower hash counts: whoever could write as another could undo its changes.
#[test]
fn nobody_writes_as_another_devices_actor() {
    let device = Device::new(1);
    let (mut honest, mut rogue) = (Pen::new(2, Lane::All), Pen::new(3, Lane::All));
    device.take(vec![honest.records(&[named(2, "Clubmaster").into()])]);
    let before = device.rows();
    let forged = named(2, "Nothing of the kind");
    let merged = device.take(vec![rogue.records(&[forged.into()])]);
    assert_eq!(merged, Merged { aside: 1, ..NOTHING });
    assert_eq!(device.rows(), before);
    assert_eq!(
        device.texts("SELECT reason FROM aside"),
        ["record 0 of part 0, kind 50, may not be written by this device: writes as another device's actor"]
    );
}
