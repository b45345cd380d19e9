//! A small organisation with fixed keys: head office, two tills of two stores, and pens that write whatever they are told.
#![allow(dead_code, reason = "each test file uses its share")]
#![allow(clippy::unwrap_used, reason = "clippy does not see that this is a test")]

use ed25519_dalek::{Signer as _, SigningKey};
use fovea_replica::document::fold;
use fovea_replica::project::PROJECTED;
use fovea_replica::{
    Appended, Context, DATABASE, Draft, Lacking, Merged, Replica, ReplicaError, Signer, Surroundings, Theirs, Tip,
    actor_of, lacking, ladders, open_reader, vector, wants,
};
use journal::{
    Certificate, Commit, DraftPart, Head, Header, Lane, Lanes, Part, PartRef, RawRecord, Subject, header_hash,
    organisation_id, seal,
};
use model::ids::{CustomerUnit, Hash, Id, customer_unit};
use model::records::{
    Account, Cite, Direction, DocumentChange, DocumentKind, Movement, MovementReason, Payment, Record, Sale, SaleLine,
    SessionOpened, StockState, StoreOpened, Value,
};
use rusqlite::Connection;
use rusqlite::types::Value as Cell;
use tempfile::TempDir;

pub const TILL: [Lane; 2] = [Lane::Control, Lane::All];
/// 2026-07-24.
pub const TODAY: i32 = 20_658;
pub const NOW: i64 = TODAY as i64 * 86_400_000;

pub fn store(number: u8) -> Id {
    Id([number; 16])
}

pub fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

pub fn root() -> SigningKey {
    key(1)
}

fn public(key: &SigningKey) -> [u8; 32] {
    key.verifying_key().to_bytes()
}

/// The certificate of device `number`: 0 is head office, others are the till of the store of that number.
pub fn certificate(number: u8) -> Certificate {
    let office = number == 0;
    let every = Lanes::of(&[Lane::Control, Lane::All, Lane::Office]);
    let subject = Subject {
        organisation: organisation_id(&public(&root())),
        device: Id([0x40 + number; 16]),
        key: public(&key(0x40 + number)),
        store: (!office).then(|| store(number)),
        till: if office { String::new() } else { "T1".into() },
        letter: if office { String::new() } else { "A".into() },
        reads: if office { every } else { Lanes::of(&TILL) },
        writes: if office { every } else { Lanes::of(&[Lane::All]) },
    };
    Certificate::issue(subject, &root())
}

pub fn certificates() -> Vec<Vec<u8>> {
    (0..=3).map(|number| certificate(number).to_bytes()).collect()
}

/// A replica in a folder of its own.
pub struct Device {
    pub replica: Replica,
    pub folder: TempDir,
    number: u8,
}

pub fn signer(number: u8) -> Signer {
    Signer {
        certificate: certificate(number),
        key: key(0x40 + number),
    }
}

/// The spare of a device of this number: another key and letter, the same device.
pub fn spare(number: u8) -> Signer {
    let main = signer(number).certificate;
    let key = key(0x80 + number);
    let subject = Subject {
        organisation: organisation_id(&public(&root())),
        device: main.device,
        key: key.verifying_key().to_bytes(),
        store: main.store,
        till: main.till.clone(),
        letter: "B".into(),
        reads: main.reads,
        writes: main.writes,
    };
    Signer {
        certificate: Certificate::issue(subject, &root()),
        key,
    }
}

impl Device {
    pub fn new(number: u8) -> Self {
        let folder = TempDir::new().unwrap();
        let replica = Replica::create(folder.path(), public(&root()), &certificates(), Some(signer(number))).unwrap();
        Self {
            replica,
            folder,
            number,
        }
    }

    pub fn reopened(self) -> Self {
        self.reopened_at(model::records::LEVEL)
    }

    /// Opened by a program of another software level.
    pub fn reopened_at(self, level: u16) -> Self {
        let Self {
            replica,
            folder,
            number,
        } = self;
        drop(replica);
        let surroundings = Surroundings {
            level,
            ..Surroundings::default()
        };
        let replica = Replica::open_in(folder.path(), Some(signer(number)), &surroundings).unwrap();
        Self {
            replica,
            folder,
            number,
        }
    }

    /// A copy of the folder on another machine, as a backup program or a cloned disk makes it.
    pub fn copied(&self) -> Self {
        let folder = TempDir::new().unwrap();
        let target = folder.path().join(DATABASE);
        let conn = open_reader(&self.folder.path().join(DATABASE)).unwrap();
        conn.execute("VACUUM INTO ?", [target.to_string_lossy().as_ref()])
            .unwrap();
        let replica = Replica::open(folder.path(), Some(signer(self.number))).unwrap();
        Self {
            replica,
            folder,
            number: self.number,
        }
    }

    /// Both take from each other until nothing moves.
    pub fn settle(devices: &[&Self]) {
        for _ in 0..12 {
            let mut held = 0;
            for one in devices {
                for other in devices {
                    if !std::ptr::eq(*one, *other) {
                        held += one.take_all(other).held;
                    }
                }
            }
            if held == 0 {
                return;
            }
        }
        panic!("they never come to rest");
    }

    /// The vector, to be compared.
    pub fn vector(&self) -> Vec<Tip> {
        self.replica.read(|conn| vector(conn, Lanes::of(&TILL))).unwrap()
    }

    /// Commits what `write` puts into a draft.
    pub fn commit(&self, write: impl FnOnce(&mut Draft) + Send + 'static) -> Result<Appended, ReplicaError> {
        self.try_commit_on(Lane::All, TODAY, write)
    }

    /// The same in a lane and on a day, where nothing is in the way.
    pub fn commit_on(&self, lane: Lane, date: i32, write: impl FnOnce(&mut Draft) + Send + 'static) -> Appended {
        self.try_commit_on(lane, date, write).unwrap()
    }

    fn try_commit_on(
        &self,
        lane: Lane,
        date: i32,
        write: impl FnOnce(&mut Draft) + Send + 'static,
    ) -> Result<Appended, ReplicaError> {
        let request = random();
        self.replica.write(move |tx| {
            let mut draft = Draft::new(
                lane,
                Context {
                    date,
                    ..context(request)
                },
            );
            write(&mut draft);
            tx.append(draft)
        })
    }

    /// Writes fields of a document as they stand here.
    pub fn edit(&self, kind: DocumentKind, document: Id, values: &[(&str, Value)]) -> Option<Appended> {
        let values: Vec<(String, Value)> = values
            .iter()
            .map(|(field, value)| ((*field).to_owned(), value.clone()))
            .collect();
        let request = random();
        self.replica
            .write(move |tx| -> Result<_, ReplicaError> {
                let Some(change) = tx.change_document(kind, document, values)? else {
                    return Ok(None);
                };
                let mut draft = Draft::new(Lane::All, context(request));
                draft.add_in(unit_of(kind, document), change);
                Ok(Some(tx.append(draft)?))
            })
            .unwrap()
    }

    pub fn sell(&self, quantity: i64) -> Appended {
        let records = sale(self.number, quantity);
        self.commit(move |draft| {
            for record in records {
                draft.add(record);
            }
        })
        .unwrap()
    }

    /// All this device holds, in the order in which it may be sent.
    pub fn all(&self) -> Lacking {
        self.replica
            .read(|conn| lacking(conn, &Theirs::default(), Lanes::of(&TILL), usize::MAX))
            .unwrap()
    }

    pub fn take(&self, commits: Vec<Commit>) -> Merged {
        self.replica.merge(certificates(), commits, "peer", NOW).unwrap()
    }

    /// Takes everything another device holds, in as many turns as it needs to find forks.
    pub fn take_all(&self, from: &Self) -> Merged {
        let lanes = Lanes::of(&TILL);
        let mut merged = Merged::default();
        for _ in 0..4 {
            let theirs = self.replica.read(|conn| vector(conn, lanes)).unwrap();
            // What the other side would have said: its ladders of logs on which the two disagree.
            let from_vector = from.replica.read(|conn| vector(conn, lanes)).unwrap();
            let (ladders, wants) = self
                .replica
                .read(|conn| -> Result<_, ReplicaError> { Ok((ladders(conn, &from_vector, lanes)?, wants(conn)?)) })
                .unwrap();
            let lacking = from
                .replica
                .read(|conn| {
                    let theirs = Theirs {
                        vector: &theirs,
                        ladders: &ladders,
                        wants: &wants,
                    };
                    lacking(conn, &theirs, lanes, usize::MAX)
                })
                .unwrap();
            if lacking.commits.is_empty() {
                break;
            }
            let turn = self
                .replica
                .merge(lacking.certificates, lacking.commits, "peer", NOW)
                .unwrap();
            merged.held += turn.held;
            merged.opaque += turn.opaque;
            merged.already += turn.already;
            merged.waiting += turn.waiting;
            merged.aside += turn.aside;
            if turn.held == 0 {
                break;
            }
        }
        merged
    }

    pub fn count(&self, sql: &str) -> i64 {
        self.replica
            .read(|conn| -> Result<i64, ReplicaError> { Ok(conn.query_row(sql, [], |row| row.get(0))?) })
            .unwrap()
    }

    pub fn texts(&self, sql: &str) -> Vec<String> {
        self.replica
            .read(|conn| -> Result<_, ReplicaError> {
                Ok(conn
                    .prepare(sql)?
                    .query_map([], |row| row.get(0))?
                    .collect::<Result<_, _>>()?)
            })
            .unwrap()
    }

    /// Digest of what `verify` finds, after it found nothing wrong.
    pub fn digest(&self) -> String {
        let findings = self.replica.verify().unwrap();
        assert_eq!(findings.mismatches, Vec::<String>::new());
        findings.digest
    }

    /// Every projected row, without what depends on the order of arrival.
    pub fn rows(&self) -> Vec<String> {
        self.replica.read(|conn| Ok::<_, ReplicaError>(dump(conn))).unwrap()
    }
}

pub fn random() -> Id {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    Id(bytes)
}

pub fn context(request: Id) -> Context {
    Context {
        command: 80,
        request,
        user: Some(Id([9; 16])),
        wall: NOW,
        skew: None,
        date: TODAY,
    }
}

pub fn unit_of(kind: DocumentKind, document: Id) -> Option<Id> {
    match kind {
        DocumentKind::CustomerContact => Some(customer_unit(document, CustomerUnit::Contact)),
        DocumentKind::EyeTest => Some(Id([0xee; 16])),
        _ => None,
    }
}

pub fn dump(conn: &Connection) -> Vec<String> {
    let mut rows = Vec::new();
    for table in PROJECTED {
        let mut columns = conn
            .prepare(&format!(
                "SELECT name FROM pragma_table_info('{table}') WHERE name <> 'row'"
            ))
            .unwrap();
        let names: Vec<String> = columns
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        let mut statement = conn
            .prepare(&format!("SELECT {} FROM {table}", quoted.join(",")))
            .unwrap();
        let found = statement
            .query_map([], |row| {
                let cells: Result<Vec<Cell>, _> = (0..names.len()).map(|at| row.get(at)).collect();
                cells.map(|cells| format!("{table} {cells:?}"))
            })
            .unwrap();
        rows.extend(found.map(Result::unwrap));
    }
    rows.sort();
    rows
}

pub fn product() -> Id {
    Id([0x77; 16])
}

/// Session, sale, line and payment of a store, as the records of one part.
pub fn sale(number: u8, quantity: i64) -> Vec<Record> {
    let here = Cite::Here { part: 0, index: 1 };
    let total = quantity * 10_000;
    vec![
        SessionOpened {
            store: store(number),
            float: 0,
            replay: None,
        }
        .into(),
        Sale {
            direction: Direction::Sale,
            store: store(number),
            session: Id([3; 16]),
            number: format!("26/S{number}T1A/000001"),
            customer: None,
            total,
            rounding: 0,
            original: None,
            approver: None,
            reason: None,
        }
        .into(),
        line(here, quantity).into(),
        Payment {
            sale: here,
            method: "cash".into(),
            amount: total,
            tendered: total,
            reference: None,
        }
        .into(),
    ]
}

pub fn line(sale: Cite, quantity: i64) -> SaleLine {
    SaleLine {
        sale,
        product: product(),
        name: "Aurel Clubline 5154".into(),
        hsn: "9003".into(),
        quantity,
        list: 10_000,
        price: 10_000,
        discount: 0,
        total: quantity * 10_000,
        rate: 0,
        taxable: quantity * 10_000,
        taxes: vec![0, 0],
        stocked: true,
        prescription: None,
        original: None,
    }
}

pub fn movement(number: u8, quantity: i64) -> Movement {
    Movement {
        product: product(),
        quantity,
        from: Account::Shrink,
        to: Account::Store(store(number), StockState::Sellable),
        reason: MovementReason::Adjustment,
        note: None,
        document: None,
        unit_cost: None,
    }
}

pub fn store_opened(number: u8) -> StoreOpened {
    StoreOpened {
        store: store(number),
        code: format!("S{number}"),
        name: format!("Store {number}"),
    }
}

/// An actor of a device.
pub fn actor(device: u8, drawn: u8) -> Id {
    actor_of(&certificate(device), Id([drawn; 16]))
}

/// A first change of a product by a device.
pub fn named(device: u8, name: &str) -> DocumentChange {
    let values = [("name".to_owned(), Value::Text(name.to_owned()))];
    fold(DocumentKind::Product, &[])
        .change(DocumentKind::Product, product(), actor(device, 1), values)
        .unwrap()
}

/// Writes one log, honest or not, without a replica of its own.
pub struct Pen {
    pub certificate: Certificate,
    pub key: SigningKey,
    lane: Lane,
    pub seq: u64,
    pub prev: Hash,
}

impl Pen {
    pub fn new(number: u8, lane: Lane) -> Self {
        Self::of(signer(number), lane)
    }

    pub fn of(Signer { certificate, key }: Signer, lane: Lane) -> Self {
        let prev = certificate.id();
        Self {
            certificate,
            key,
            lane,
            seq: 1,
            prev,
        }
    }

    /// The header of the next commit.
    pub fn header(&self) -> Header {
        Header {
            log: self.certificate.log(self.lane),
            seq: self.seq,
            prev: self.prev,
            after: Vec::new(),
            wall: NOW,
            skew: None,
            date: TODAY,
            user: None,
            command: 80,
            request: random(),
            level: 1,
            parts: Vec::new(),
        }
    }

    /// The pen goes on after this commit.
    pub fn after(&mut self, commit: &Commit) -> Head {
        self.prev = commit.hash();
        self.seq += 1;
        Head {
            log: self.certificate.log(self.lane),
            seq: self.seq - 1,
            hash16: Id::of(&self.prev),
        }
    }

    /// A commit of records, whatever they say.
    pub fn write(&mut self, header: Header, unit: Option<Id>, records: &[RawRecord]) -> Commit {
        let part = DraftPart {
            unit,
            salt: [5; 16],
            records: records.to_vec(),
        };
        let (_, commit) = seal(header, &[part], &self.key).unwrap();
        self.after(&commit);
        commit
    }

    pub fn records(&mut self, records: &[Record]) -> Commit {
        let raw: Vec<RawRecord> = records.iter().map(raw).collect();
        self.write(self.header(), None, &raw)
    }

    /// A commit of a part of any bytes, signed as it stands.
    pub fn forge(&mut self, mut header: Header, part: Vec<u8>) -> Commit {
        header.parts = vec![PartRef {
            hash: Part::hash(&part),
            length: part.len() as u32,
            unit: None,
        }];
        let commit = sign(&header, part, &self.key);
        self.after(&commit);
        commit
    }
}

pub fn sign(header: &Header, part: Vec<u8>, key: &SigningKey) -> Commit {
    let header = header.to_bytes();
    let signature = key.sign(header_hash(&header).as_bytes()).to_bytes();
    Commit {
        header,
        signature,
        parts: vec![Some(part)],
    }
}

pub fn raw(record: &Record) -> RawRecord {
    RawRecord {
        kind: record.kind(),
        bytes: record.to_bytes(),
    }
}

/// A part of a salt and an array of these records' bytes.
pub fn part_of(records: &[Vec<u8>]) -> Vec<u8> {
    assert!(records.len() < 24);
    let mut part = vec![0x82, 0x50];
    part.extend([5; 16]);
    part.push(0x80 + records.len() as u8);
    part.extend(records.concat());
    part
}
