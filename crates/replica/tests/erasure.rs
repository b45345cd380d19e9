//! Erasure: whatever comes in whatever order, the same rows are left; and after its time nothing of the person is in any
//! byte of any file.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::path::Path;

use common::{Device, NOW, Pen, TODAY, certificates, random, raw, sale, store};
use fovea_replica::document::{HeldChange, fold};
use fovea_replica::{Draft, PAPERS, Replica, ReplicaError, erasure};
use journal::{Commit, DraftPart, Header, Lane, record_id, seal};
use model::ids::{CustomerUnit, Id, customer_unit};
use model::records::{
    Cite, DocumentChange, DocumentKind, EraseOrdered, EraseReason, EraseWithdrawn, PrescriptionSigned,
    PrescriptionSource, Record, SaleName, Value,
};
use proptest::prelude::*;
use rusqlite::params;

const DAY: i64 = 86_400_000;
const NOT_BEFORE: i64 = NOW + 8 * DAY;
const NAME: &str = "Zebulon Quackenbush";
const ALL: [CustomerUnit; 3] = [CustomerUnit::Contact, CustomerUnit::Clinical, CustomerUnit::Invoice];
/// What no file may hold afterwards; compared in lower case, as the index keeps it.
const TRACES: [&str; 5] = ["zebulon", "quackenbush", "9198220415", "zq optics llp", "doctor quirk"];

fn customer() -> Id {
    Id([0xc5; 16])
}

fn unit(of: CustomerUnit) -> Option<Id> {
    Some(customer_unit(customer(), of))
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// The first change of a document, by a till.
fn first(till: u8, kind: DocumentKind, document: Id, values: &[(&str, Value)]) -> DocumentChange {
    let values = values.iter().map(|(field, value)| ((*field).to_owned(), value.clone()));
    fold(kind, &[])
        .change(kind, document, common::actor(till, 0xac), values)
        .unwrap()
}

fn contact() -> DocumentChange {
    let values = [
        ("code", text("C77")),
        ("name", text(NAME)),
        ("phone", text("+919822041576")),
        ("email", text("zebulon@example.in")),
    ];
    first(1, DocumentKind::CustomerContact, customer(), &values)
}

fn prescription() -> PrescriptionSigned {
    let eye = optics::EyePrescription::default().to_bytes().unwrap();
    PrescriptionSigned {
        store: store(2),
        customer: customer(),
        source: PrescriptionSource::Outside("Doctor Quirk".to_owned()),
        right: eye.clone(),
        left: eye,
        valid_until: TODAY + 365,
        version: 1,
        supersedes: None,
        test: None,
        heads: Vec::new(),
        reason: None,
    }
}

fn write(pen: &mut Pen, header: Header, parts: Vec<(Option<Id>, Vec<Record>)>) -> Commit {
    let parts: Vec<DraftPart> = parts
        .into_iter()
        .map(|(unit, records)| DraftPart {
            unit,
            salt: random().0,
            records: records.iter().map(raw).collect(),
        })
        .collect();
    let (_, commit) = seal(header, &parts, &pen.key).unwrap();
    pen.after(&commit);
    commit
}

/// What a chain knows of one person, and the order to erase it.
struct Story {
    tills: Vec<Commit>,
    order: Commit,
    withdrawal: Commit,
    late_withdrawal: Commit,
}

fn story(units: &[CustomerUnit]) -> Story {
    let (mut one, mut two) = (Pen::new(1, Lane::All), Pen::new(2, Lane::All));
    let mut sold = sale(1, 2);
    let Record::Sale(facts) = &mut sold[1] else { panic!() };
    facts.customer = Some(customer());
    let name = SaleName {
        sale: Cite::Here { part: 0, index: 1 },
        name: NAME.to_owned(),
        gstin: None,
    };
    let header = one.header();
    let bought = write(
        &mut one,
        header,
        vec![
            (None, sold),
            (unit(CustomerUnit::Contact), vec![contact().into()]),
            (unit(CustomerUnit::Invoice), vec![name.into()]),
        ],
    );
    let invoice = first(
        1,
        DocumentKind::CustomerInvoice,
        customer(),
        &[("legal_name", text("ZQ Optics LLP"))],
    );
    let header = one.header();
    let invoiced = write(
        &mut one,
        header,
        vec![(unit(CustomerUnit::Invoice), vec![invoice.into()])],
    );
    let test = first(
        2,
        DocumentKind::EyeTest,
        Id([0xe7; 16]),
        &[
            ("customer", Value::Bytes(customer().0.to_vec())),
            ("reason", text("Zebulon reads badly")),
        ],
    );
    let notes = first(
        2,
        DocumentKind::CustomerClinical,
        customer(),
        &[("notes", text("Quackenbush family: glaucoma"))],
    );
    let header = two.header();
    let clinical = vec![prescription().into(), test.into(), notes.into()];
    let seen = write(&mut two, header, vec![(unit(CustomerUnit::Clinical), clinical)]);

    let mut office = Pen::new(0, Lane::Control);
    let order = EraseOrdered::of_customer(customer(), units, EraseReason::Requested, NOT_BEFORE);
    let order = office.records(&[order.into()]);
    let withdrawn = EraseWithdrawn {
        order: record_id(&order.hash(), 0, 0),
    };
    let (seq, prev) = (office.seq, office.prev);
    let mut dated = |wall: i64| {
        (office.seq, office.prev) = (seq, prev);
        let header = Header {
            wall,
            ..office.header()
        };
        office.write(header, None, &[raw(&withdrawn.clone().into())])
    };
    Story {
        tills: vec![bought, invoiced, seen],
        withdrawal: dated(NOT_BEFORE - 1),
        late_withdrawal: dated(NOT_BEFORE),
        order,
    }
}

fn taken(commits: impl IntoIterator<Item = Commit>) -> Device {
    let device = Device::new(3);
    for commit in commits {
        device.take(vec![commit]);
    }
    device
}

/// Commits as a server passes them on that never had, or no longer has, the parts of these units.
fn stripped(commits: &[Commit], units: &[CustomerUnit]) -> Vec<Commit> {
    let gone: Vec<Option<Id>> = units.iter().map(|of| unit(*of)).collect();
    let mut commits = commits.to_vec();
    for commit in &mut commits {
        let header = Header::from_bytes(&commit.header).unwrap();
        for (named, bytes) in header.parts.iter().zip(&mut commit.parts) {
            if named.unit.is_some() && gone.contains(&named.unit) {
                *bytes = None;
            }
        }
    }
    commits
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let mut bytes = std::fs::read(&path).unwrap();
            bytes.make_ascii_lowercase();
            found.push((path.display().to_string(), bytes));
        }
    }
    found
}

/// Each trace of the person in each file of the folder.
fn traces(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for (file, bytes) in files(folder) {
        for trace in TRACES {
            if bytes.windows(trace.len()).any(|window| window == trace.as_bytes()) {
                found.push(format!("{trace} in {file}"));
            }
        }
    }
    found
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in orders(count - 1) {
        for at in 0..count {
            let mut order = shorter.clone();
            order.insert(at, count - 1);
            all.push(order);
        }
    }
    all
}

fn permuted(commits: &[Commit], order: &[usize]) -> Device {
    taken(order.iter().map(|at| commits[*at].clone()))
}

#[test]
fn an_order_takes_the_rows_and_leaves_the_amounts_in_any_order_of_arrival() {
    let Story { tills, order, .. } = story(&ALL);
    let mut commits = vec![order];
    // A replica that never had a personal part.
    let never = taken(commits.iter().cloned().chain(stripped(&tills, &ALL)));
    let (rows, digest) = (never.rows(), never.digest());
    assert_eq!(never.count("SELECT total FROM sale"), 20_000);
    assert_eq!(never.count("SELECT COUNT(*) FROM sale_line"), 1);
    commits.extend(tills);
    for order in orders(commits.len()) {
        let device = permuted(&commits, &order);
        assert_eq!(device.rows(), rows, "{order:?}");
        assert_eq!(device.digest(), digest, "{order:?}");
        assert_eq!(device.count("SELECT COUNT(*) FROM part WHERE bytes IS NULL"), 0);
    }
    for table in [
        "customer",
        "customer_invoice",
        "customer_clinical",
        "sale_name",
        "prescription",
        "eye_test",
    ] {
        assert!(!rows.iter().any(|row| row.starts_with(&format!("{table} "))), "{table}");
    }
}

#[test]
fn one_unit_goes_and_the_others_stay() {
    let Story { tills, order, .. } = story(&[CustomerUnit::Contact]);
    let device = taken(tills.into_iter().chain([order]));
    assert_eq!(device.count("SELECT COUNT(*) FROM customer"), 0);
    assert_eq!(device.count("SELECT COUNT(*) FROM sale_name"), 1);
    assert_eq!(device.count("SELECT COUNT(*) FROM prescription"), 1);
    assert_eq!(device.count("SELECT COUNT(*) FROM customer_search"), 0);
    device.digest();
}

#[test]
fn what_is_withdrawn_in_time_comes_back_in_any_order_and_too_late_changes_nothing() {
    let Story {
        tills,
        order,
        withdrawal,
        late_withdrawal,
    } = story(&ALL);
    // The rows of the person are those of a chain that never heard of the order.
    let untouched = taken(tills.clone());
    let mut commits = tills;
    commits.push(order);
    commits.push(withdrawal);
    let back = permuted(&commits, &[0, 1, 2, 3, 4]);
    let (rows, digest) = (back.rows(), back.digest());
    for row in untouched.rows() {
        assert!(rows.contains(&row), "{row}");
    }
    for (number, order) in orders(commits.len()).iter().enumerate() {
        if number % 3 != 0 {
            continue;
        }
        let device = permuted(&commits, order);
        assert_eq!(device.rows(), rows, "{order:?}");
        assert_eq!(device.digest(), digest, "{order:?}");
        assert_eq!(
            device.count("SELECT COUNT(*) FROM customer_search WHERE customer_search MATCH 'quack*'"),
            1
        );
    }
    commits[4] = late_withdrawal;
    let late = permuted(&commits, &[4, 2, 0, 3, 1]);
    assert_eq!(late.count("SELECT COUNT(*) FROM customer"), 0);
    assert_eq!(late.digest(), permuted(&commits, &[0, 1, 2, 3, 4]).digest());
}

#[test]
fn after_its_time_no_byte_of_the_person_is_in_any_file() {
    let Story { tills, order, .. } = story(&ALL);
    let device = taken(tills.clone());
    device.replica.write(keep_locally).unwrap();
    let papers = device.folder.path().join(PAPERS);
    std::fs::create_dir(&papers).unwrap();
    std::fs::write(papers.join("prescription-1.pdf"), NAME).unwrap();
    assert!(traces(device.folder.path()).len() >= TRACES.len());

    device.take(vec![order.clone()]);
    let (rows, digest) = (device.rows(), device.digest());
    // At arrival what is only this folder's goes; parts stay until nobody can withdraw.
    let done = device.replica.erase_due(NOT_BEFORE - 1).unwrap();
    assert_eq!((done.cleaned, done.dropped, done.unclean), (3, 0, false));
    assert_eq!(device.count("SELECT COUNT(*) FROM local_typed"), 1);
    assert_eq!(device.count("SELECT COUNT(*) FROM local_answer"), 1);
    assert_eq!(device.count("SELECT COUNT(*) FROM local_print WHERE paper = ''"), 1);
    assert!(!papers.exists());
    assert!(!traces(device.folder.path()).is_empty());

    let done = device.replica.erase_due(NOT_BEFORE).unwrap();
    assert_eq!((done.cleaned, done.dropped, done.unclean), (0, 3, false));
    assert_eq!(traces(device.folder.path()), Vec::<String>::new());
    assert_eq!(device.replica.erase_due(NOT_BEFORE).unwrap(), Default::default());
    // Dropping the bytes moved nothing.
    assert_eq!((device.rows(), device.digest()), (rows.clone(), digest.clone()));

    // An offline till offers it all again, waiting and aside included.
    device.take(tills);
    let mut forged = story(&ALL).tills.remove(2);
    forged.signature = [7; 64];
    device.take(vec![forged]);
    assert_eq!(device.count("SELECT COUNT(*) FROM aside"), 1);
    device.replica.erase_due(NOT_BEFORE + 1).unwrap();
    let device = device.reopened();
    assert_eq!(traces(device.folder.path()), Vec::<String>::new());
    assert_eq!((device.rows(), device.digest()), (rows.clone(), digest.clone()));

    let folder = device.folder;
    drop(device.replica);
    fovea_replica::rebuild(folder.path()).unwrap();
    let rebuilt = Replica::open(folder.path(), None).unwrap();
    let findings = rebuilt.verify().unwrap();
    assert_eq!((findings.mismatches, findings.digest), (Vec::new(), digest));
    assert_eq!(
        rebuilt.read(|conn| Ok::<_, ReplicaError>(common::dump(conn))).unwrap(),
        rows
    );
    drop(rebuilt);
    assert_eq!(traces(folder.path()), Vec::<String>::new());
}

/// What a till keeps beside the journal, of this person and of somebody else.
fn keep_locally(tx: &mut fovea_replica::Tx<'_>) -> Result<(), ReplicaError> {
    let conn = tx.conn();
    let sale: Vec<u8> = conn.query_row("SELECT id FROM sale", [], |row| row.get(0))?;
    let test = Id([0xe7; 16]);
    for (place, body) in [
        ("basket".to_owned(), format!("{{\"customer\":\"{}\"}}", customer())),
        (format!("test:{test}"), "sph -1,25".to_owned()),
        (format!("test:{}", Id([1; 16])), "sph +1,25".to_owned()),
    ] {
        conn.execute("INSERT INTO local_typed VALUES (?, ?, 1)", params![place, body])?;
    }
    for (request, answer) in [(1u8, format!("{{\"name\":\"{NAME}\"}}")), (2, "{}".to_owned())] {
        conn.execute(
            "INSERT INTO local_answer VALUES (?, 'x', x'00', ?, 1)",
            params![vec![request; 16], answer],
        )?;
    }
    for (job, sale, paper) in [(1u8, Some(sale), NAME), (2, None, "another")] {
        conn.execute(
            "INSERT INTO local_print VALUES (?, ?, 'receipt', 0, 1, 'printed', ?)",
            params![vec![job; 16], sale, paper],
        )?;
    }
    Ok(())
}

/// SQLite moves cells between pages to keep its trees in balance, and may leave their old bytes where nothing looks.
#[test]
fn space_between_the_cells_of_a_page_is_emptied_too() {
    let Story { tills, order, .. } = story(&ALL);
    let device = taken(tills.into_iter().chain([order]));
    let folder = device.folder;
    drop(device.replica);
    let database = folder.path().join(fovea_replica::DATABASE);
    let mut bytes = std::fs::read(&database).unwrap();
    let number = |page: &[u8], at: usize| usize::from(u16::from_be_bytes([page[at], page[at + 1]]));
    let mut planted = 0;
    for page in bytes.chunks_mut(4_096).skip(1) {
        let (cells, content) = (number(page, 3), number(page, 5));
        let from = 8 + 2 * cells;
        if matches!(page[0], 10 | 13) && content <= 4_096 && from + NAME.len() <= content {
            page[content - NAME.len()..content].copy_from_slice(NAME.as_bytes());
            planted += 1;
        }
    }
    assert!(planted > 50, "{planted}");
    std::fs::write(&database, bytes).unwrap();
    let replica = Replica::open(folder.path(), None).unwrap();
    assert!(!replica.erase_due(NOT_BEFORE).unwrap().unclean);
    assert_eq!(traces(folder.path()), Vec::<String>::new());
    let sound = |replica: &Replica| {
        replica
            .read(|conn| -> Result<String, ReplicaError> {
                Ok(conn.query_row("PRAGMA integrity_check", [], |row| row.get(0))?)
            })
            .unwrap()
    };
    assert_eq!(sound(&replica), "ok");
    assert_eq!(replica.verify().unwrap().mismatches, Vec::<String>::new());
    // The program goes on, and no page that it had read brings anything back.
    replica
        .write(|tx| fovea_replica::meta::set_meta(tx.conn(), "written", b"on"))
        .unwrap();
    drop(replica);
    let replica = Replica::open(folder.path(), None).unwrap();
    assert_eq!(sound(&replica), "ok");
    assert_eq!(traces(folder.path()), Vec::<String>::new());
}

#[test]
fn what_waits_and_what_was_set_aside_gives_up_the_parts_too() {
    let Story { mut tills, order, .. } = story(&ALL);
    let mut forged = tills[2].clone();
    forged.signature = [7; 64];
    // The first of till 1 is missing: its second waits. What another till forged is set aside.
    let device = taken([tills.remove(1), forged, order]);
    assert_eq!(device.count("SELECT COUNT(*) FROM waiting"), 1);
    assert!(!traces(device.folder.path()).is_empty());
    device.replica.erase_due(NOT_BEFORE).unwrap();
    assert_eq!(traces(device.folder.path()), Vec::<String>::new());
    device.take(vec![tills.remove(0)]);
    assert_eq!(device.count("SELECT COUNT(*) FROM waiting"), 0);
    assert_eq!(device.count("SELECT COUNT(*) FROM commit_log"), 3);
    device.replica.erase_due(NOT_BEFORE).unwrap();
    drop(device.replica.read(|conn| Ok::<_, ReplicaError>(common::dump(conn))));
    assert_eq!(traces(device.reopened().folder.path()), Vec::<String>::new());
}

#[test]
fn a_part_is_missed_only_under_an_order_for_its_unit() {
    let Story { tills, order, .. } = story(&[CustomerUnit::Clinical]);
    let bare = stripped(&tills, &ALL);
    let device = taken([order]);
    // The clinical part may be missing, contact and invoice may not.
    assert_eq!(device.take(vec![bare[2].clone()]).held, 1);
    assert_eq!(device.take(vec![bare[0].clone()]).aside, 1);
    assert_eq!(device.take(vec![tills[0].clone()]).held, 1);
    device.digest();
    // Somebody takes a part away by hand.
    let folder = device.folder;
    drop(device.replica);
    let conn = rusqlite::Connection::open(folder.path().join(fovea_replica::DATABASE)).unwrap();
    conn.execute(
        "UPDATE part SET bytes = NULL WHERE unit = ?",
        [unit(CustomerUnit::Contact).unwrap().as_bytes()],
    )
    .unwrap();
    drop(conn);
    let replica = Replica::open(folder.path(), None).unwrap();
    let mismatches = replica.verify().unwrap().mismatches;
    assert!(
        mismatches
            .iter()
            .any(|what| what.contains("no erasure order covers it")),
        "{mismatches:?}"
    );
}

#[test]
fn an_old_copy_of_the_folder_is_erased_again_when_it_hears_of_the_order() {
    let Story { tills, order, .. } = story(&ALL);
    let device = taken(tills);
    let backup = tempfile::TempDir::new().unwrap();
    let device = device.reopened();
    for (file, _) in files(device.folder.path()) {
        let name = Path::new(&file).file_name().unwrap().to_owned();
        std::fs::copy(&file, backup.path().join(name)).unwrap();
    }
    device.take(vec![order]);
    device.replica.erase_due(NOT_BEFORE).unwrap();

    let old = Replica::open(backup.path(), None).unwrap();
    assert!(!traces(backup.path()).is_empty());
    let all = device.all();
    old.merge(certificates(), all.commits, "peer", NOW).unwrap();
    old.erase_due(NOT_BEFORE).unwrap();
    assert_eq!(traces(backup.path()), Vec::<String>::new());
    assert_eq!(old.verify().unwrap().digest, device.digest());
    assert_eq!(old.verify().unwrap().mismatches, Vec::<String>::new());
}

#[test]
fn bytes_that_were_dropped_too_soon_are_taken_again_after_a_withdrawal() {
    // A till heard of the withdrawal only after its server's clock had told it to drop the bytes.
    let Story {
        tills,
        order,
        withdrawal,
        ..
    } = story(&ALL);
    let device = taken(tills.iter().cloned().chain([order]));
    device.replica.erase_due(NOT_BEFORE).unwrap();
    device.take(vec![withdrawal]);
    assert_eq!(device.count("SELECT COUNT(*) FROM customer"), 0);
    device.digest();
    device.take(tills.clone());
    assert_eq!(device.count("SELECT COUNT(*) FROM customer"), 1);
    assert_eq!(device.count("SELECT COUNT(*) FROM prescription"), 1);
    device.digest();
}

#[test]
fn what_is_written_into_an_erased_unit_is_refused() {
    let Story { tills, order, .. } = story(&[CustomerUnit::Clinical]);
    let device = taken(tills.into_iter().chain([order]));
    let erased = |of| {
        let unit = unit(of).unwrap();
        device.replica.read(move |conn| erasure::is_erased(conn, unit)).unwrap()
    };
    assert!(erased(CustomerUnit::Clinical) && !erased(CustomerUnit::Contact));
    let refused = device.commit(|draft: &mut Draft| {
        let notes = first(
            1,
            DocumentKind::CustomerClinical,
            customer(),
            &[("notes", text("again"))],
        );
        draft.add_in(unit(CustomerUnit::Clinical), notes);
    });
    assert!(matches!(refused, Err(ReplicaError::Erased)), "{refused:?}");
}

#[test]
fn an_order_dated_too_near_counts_seven_days_on() {
    let mut office = Pen::new(0, Lane::Control);
    let hasty = EraseOrdered::of_customer(customer(), &ALL, EraseReason::Mistaken, NOW);
    let device = taken([office.records(&[hasty.into()])]);
    let kept = device.count("SELECT MIN(not_before) FROM erase_order");
    assert_eq!(kept, NOW + 7 * DAY);
}

#[test]
fn a_part_that_cannot_be_read_has_no_say_once_it_is_erased() {
    let (mut one, order) = (Pen::new(1, Lane::All), story(&ALL));
    let mut broken = prescription();
    broken.right = vec![0xff];
    let header = one.header();
    let commit = write(
        &mut one,
        header,
        vec![
            (None, sale(1, 2)),
            (unit(CustomerUnit::Clinical), vec![Record::from(broken)]),
        ],
    );
    let bare = stripped(std::slice::from_ref(&commit), &ALL).remove(0);
    let never = taken([order.order.clone(), bare]);
    assert_eq!(never.count("SELECT COUNT(*) FROM sale"), 1);
    for arrived in [
        vec![commit.clone(), order.order.clone()],
        vec![order.order.clone(), commit.clone()],
    ] {
        let device = taken(arrived);
        assert_eq!(device.rows(), never.rows());
        assert_eq!(device.digest(), never.digest());
    }
    // Withdrawn, it counts again, and the commit is held opaque as one whole.
    let plain = taken([commit.clone()]);
    assert_eq!(plain.count("SELECT COUNT(*) FROM sale"), 0);
    for arrived in [
        vec![commit.clone(), order.order.clone(), order.withdrawal.clone()],
        vec![order.order.clone(), order.withdrawal.clone(), commit.clone()],
    ] {
        let device = taken(arrived);
        assert_eq!(device.count("SELECT COUNT(*) FROM sale"), 0);
        assert_eq!(device.count("SELECT COUNT(*) FROM balance"), 0);
        assert_eq!(
            device.count("SELECT COUNT(*) FROM commit_log WHERE opaque IS NOT NULL"),
            1
        );
        device.digest();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn when_bytes_go_moves_nothing(
        order in Just(vec![0usize, 1, 2, 3, 4]).prop_shuffle(),
        drops in prop::collection::vec(any::<bool>(), 5),
        bare in prop::collection::vec(any::<bool>(), 3),
    ) {
        let Story { tills, order: ordered, late_withdrawal, .. } = story(&[CustomerUnit::Contact, CustomerUnit::Invoice]);
        let without = stripped(&tills, &[CustomerUnit::Contact, CustomerUnit::Invoice]);
        let mut commits: Vec<Commit> = tills.clone();
        for (at, bare) in bare.iter().enumerate() {
            if *bare {
                commits[at] = without[at].clone();
            }
        }
        commits.push(ordered.clone());
        commits.push(late_withdrawal.clone());
        let device = Device::new(3);
        for (at, drop) in order.iter().zip(drops) {
            device.take(vec![commits[*at].clone()]);
            if drop {
                device.replica.erase_due(NOT_BEFORE).unwrap();
            }
        }
        // What was set aside before its order was held is offered again.
        device.take(commits);
        let reference = taken(tills.into_iter().chain([ordered, late_withdrawal]));
        prop_assert_eq!(device.rows(), reference.rows());
        prop_assert_eq!(device.digest(), reference.digest());
    }
}

#[test]
fn a_long_personal_document_goes_and_comes_back_whole() {
    let kind = DocumentKind::CustomerContact;
    let (mut pen, mut office) = (Pen::new(1, Lane::All), Pen::new(0, Lane::Control));
    let mut made: Vec<HeldChange> = Vec::new();
    let mut edit = |name: usize| {
        let values = [("name".to_owned(), text(&format!("Zebulon {name}")))];
        let change = fold(kind, &made)
            .change(kind, customer(), common::actor(1, 0xac), values)
            .unwrap();
        let header = pen.header();
        let parts = vec![(unit(CustomerUnit::Contact), vec![change.clone().into()])];
        let commit = write(&mut pen, header, parts);
        made.push(HeldChange {
            header: commit.hash(),
            change,
        });
        commit
    };
    let mut commits: Vec<Commit> = (0..20).map(&mut edit).collect();
    let order = EraseOrdered::of_customer(customer(), &[CustomerUnit::Contact], EraseReason::Requested, NOT_BEFORE);
    let order = office.records(&[order.into()]);
    let withdrawn = EraseWithdrawn {
        order: record_id(&order.hash(), 0, 0),
    };
    commits.push(order);
    commits.extend((20..22).map(&mut edit));
    commits.push(office.records(&[withdrawn.into()]));
    commits.extend((22..24).map(&mut edit));

    let device = Device::new(3);
    let names = |device: &Device| device.texts("SELECT name FROM customer");
    for (at, commit) in commits.iter().enumerate() {
        device.take(vec![commit.clone()]);
        let shown: Vec<String> = match at {
            0..20 => vec![format!("Zebulon {at}")],
            20..23 => vec![],
            23 => vec!["Zebulon 21".to_owned()],
            _ => vec![format!("Zebulon {}", at - 2)],
        };
        assert_eq!(names(&device), shown, "after {at}");
    }
    assert_eq!(device.replica.verify().unwrap().mismatches, Vec::<String>::new());
    let other = Device::new(2);
    other.take(commits);
    assert_eq!((other.digest(), other.rows()), (device.digest(), device.rows()));
}
