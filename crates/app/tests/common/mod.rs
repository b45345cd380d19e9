//! A chain in temporary folders: tills with people, products and customers, and a clock that stands until it is told to move.
#![allow(dead_code, reason = "each test file uses its share")]
#![allow(clippy::unwrap_used, reason = "clippy does not see that this is a test")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use fovea_app::joining::{Joined, join, pending_keys};
use fovea_app::setup::{Enrolling, Founding, found, open_app};
use fovea_app::{App, Caller, Clock, Handle};
use journal::{Lane, Lanes};
use model::ids::{Hash, Id};
use model::refusal::Refusal;
use model::requests::cash::{SessionClose, SessionOpen, SessionSummary};
use model::requests::catalogue::{ProductCreate, ProductFields};
use model::requests::customers::{CustomerCreate, CustomerFields};
use model::requests::people::{RoleAt, UsersAdd};
use model::requests::sales::{NewLine, NewPayment, SaleComplete, SaleDone, SaleGet};
use model::role::Role;
use retail::ProductKind;
use retail::basket::Discount;
use retail::tender::{Method, Tender};
use tempfile::TempDir;

pub const PASSWORD: &str = "correct horse";
pub const MINUTE: i64 = 60_000;
pub const DAY: i64 = 86_400_000;
/// 2026-03-30 06:30 UTC, noon at the store, two days before the business year ends.
pub const START: i64 = 1_774_852_200_000;

/// A clock that stands until it is told to move.
#[derive(Clone)]
pub struct Hands(Arc<AtomicI64>);

impl Hands {
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(START)))
    }

    pub fn clock(&self) -> Clock {
        let hands = Arc::clone(&self.0);
        Arc::new(move || hands.load(Ordering::SeqCst))
    }

    pub fn forward(&self, by: i64) {
        self.0.fetch_add(by, Ordering::SeqCst);
    }
}

/// Keys lie in files: a test machine's keyring is nobody's business.
pub fn file_keys(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("keys.txt"), "file").unwrap();
}

fn founded(folder: &Path, till: Option<(&str, &str)>, hands: &Hands) -> App {
    file_keys(folder);
    let founding = Founding {
        organisation: "Aurel Optics",
        profile: "in-gst",
        admin: "root",
        password: PASSWORD,
        till,
    };
    found(folder, &founding, &hands.clock()).unwrap();
    open_app(folder, hands.clock()).unwrap()
}

/// One till that founded its organisation, with a person of every role.
pub struct Shop {
    pub app: App,
    pub hands: Hands,
    pub root: Caller,
    pub folder: TempDir,
}

impl Shop {
    pub fn new() -> Self {
        let (folder, hands) = (TempDir::new().unwrap(), Hands::new());
        let app = founded(folder.path(), Some(("S1", "T2")), &hands);
        let root = app.check_password("root", PASSWORD).unwrap();
        Self {
            app,
            hands,
            root,
            folder,
        }
    }

    /// A shop with an open session and a float of 1,000.
    pub fn open() -> Self {
        let shop = Self::new();
        shop.app.call(&shop.root, SessionOpen { float: 100_000 }, None).unwrap();
        shop
    }

    pub fn person(&self, role: Role) -> Caller {
        person(&self.app, &self.root, role)
    }

    pub fn product(&self, code: &str, kind: ProductKind, brand: &str, list: i64, offer: i64) -> Id {
        product(&self.app, &self.root, code, kind, brand, list, offer)
    }

    /// A frame of 100.00.
    pub fn frame(&self, code: &str) -> Id {
        self.product(code, ProductKind::Frame, "", 10_000, 10_000)
    }

    pub fn customer(&self, name: &str) -> Id {
        customer(&self.app, &self.root, name)
    }

    /// Closes the folder and opens it again, as a restart does.
    pub fn reopened(self) -> Self {
        let Self {
            app,
            hands,
            root,
            folder,
        } = self;
        drop(app);
        let app = open_app(folder.path(), hands.clock()).unwrap();
        Self {
            app,
            hands,
            root,
            folder,
        }
    }

    pub fn commits(&self) -> u64 {
        commits(&self.app)
    }

    /// Closes the session, counted as expected.
    pub fn close_session(&self) -> String {
        let expected = self.app.call(&self.root, SessionSummary {}, None).unwrap().expected;
        let close = SessionClose {
            counted: expected,
            expected,
            reason: None,
        };
        self.app.call(&self.root, close, None).unwrap().number
    }

    /// Sells pieces of a product at its price, for exact cash.
    pub fn sell(&self, product: Id, price: i64, quantity: i64) -> SaleDone {
        self.app
            .call(&self.root, sale(vec![line(product, price, quantity)], vec![]), None)
            .unwrap()
    }

    pub fn sale(&self, id: Id) -> model::requests::sales::Sale {
        self.app
            .call(
                &self.root,
                SaleGet {
                    sale: Some(id),
                    number: None,
                },
                None,
            )
            .unwrap()
    }
}

pub fn commits(app: &App) -> u64 {
    app.replica().read(replica::peer::counts).unwrap().commits
}

pub fn person(app: &App, root: &Caller, role: Role) -> Caller {
    let login = role.word();
    let add = UsersAdd {
        login: login.to_owned(),
        name: role.title().to_owned(),
        password: format!("password of {login}"),
        roles: vec![RoleAt { role, store: None }],
    };
    app.call(root, add, None).unwrap();
    app.check_password(login, &format!("password of {login}")).unwrap()
}

pub fn fields(code: &str, kind: ProductKind, brand: &str, list: i64, offer: i64) -> ProductFields {
    ProductFields {
        code: code.to_owned(),
        name: format!("Product {code}"),
        kind,
        brand: brand.to_owned(),
        barcode: String::new(),
        hsn: String::new(),
        list,
        offer,
        rate: None,
    }
}

pub fn product(app: &App, who: &Caller, code: &str, kind: ProductKind, brand: &str, list: i64, offer: i64) -> Id {
    app.call(
        who,
        ProductCreate {
            fields: fields(code, kind, brand, list, offer),
        },
        None,
    )
    .unwrap()
    .product
}

pub fn customer(app: &App, who: &Caller, name: &str) -> Id {
    let fields = CustomerFields {
        name: Some(name.to_owned()),
        ..CustomerFields::default()
    };
    app.call(who, CustomerCreate { code: None, fields }, None)
        .unwrap()
        .customer
}

pub fn line(product: Id, price: i64, quantity: i64) -> NewLine {
    NewLine {
        product,
        quantity,
        price,
        discount: Discount::None,
        prescription: None,
    }
}

pub fn pay(method: Method, amount: i64) -> NewPayment {
    NewPayment {
        tender: Tender { method, amount },
        reference: None,
    }
}

/// A sale at the lines' own prices; without payments it is paid exactly in cash.
pub fn sale(lines: Vec<NewLine>, payments: Vec<NewPayment>) -> SaleComplete {
    let total = lines.iter().map(|line| line.price.saturating_mul(line.quantity)).sum();
    let payments = if payments.is_empty() {
        vec![pay(Method::Cash, total)]
    } else {
        payments
    };
    SaleComplete {
        lines,
        customer: None,
        payments,
        total,
        approval: None,
        invoice_name: None,
        gstin: None,
    }
}

/// The stable code of what became of a request; `done` when it was done.
pub fn code<T>(outcome: Result<T, Refusal>) -> String {
    outcome.map_or_else(|refusal| refusal.code().to_owned(), |_| "done".to_owned())
}

/// What became of a request, and that a refusal wrote nothing.
pub fn tried<R: Handle>(app: &App, caller: &Caller, request: R) -> String {
    let before = commits(app);
    let outcome = code(app.call(caller, request, None));
    assert!(
        outcome == "done" || commits(app) == before,
        "a refusal ({outcome}) wrote"
    );
    outcome
}

/// A server with tills that it enrolled, and their folders.
pub struct Chain {
    pub server: App,
    pub hands: Hands,
    pub root: Caller,
    folders: Vec<TempDir>,
}

pub const LANES: [Lane; 2] = [Lane::Control, Lane::All];

impl Chain {
    pub fn new() -> Self {
        let (folder, hands) = (TempDir::new().unwrap(), Hands::new());
        let server = founded(folder.path(), None, &hands);
        let root = server.check_password("root", PASSWORD).unwrap();
        Self {
            server,
            hands,
            root,
            folders: vec![folder],
        }
    }

    /// Enrols a till as the server and the till do it together, and gives it all the server holds.
    pub fn till(&mut self, store: &str, code: &str) -> App {
        let folder = TempDir::new().unwrap();
        file_keys(folder.path());
        let keys = pending_keys(folder.path(), &replica::Entropy::default()).unwrap();
        let public = |key: &ed25519_dalek::SigningKey| key.verifying_key().to_bytes();
        let enrolling = Enrolling {
            store,
            till: code,
            key: public(&keys.device),
            spare: public(&keys.spare),
        };
        let certificates = self.server.enrol(&enrolling).unwrap();
        let own = journal::Certificate::from_bytes(&certificates[1]).unwrap().id();
        let organisation_key = self.server.replica().trust().read().organisation_key();
        let joined = Joined {
            organisation_key,
            certificates,
            own,
            keys: &keys,
            server: "http://127.0.0.1:1",
            code: Hash([7; 32]),
            now: self.server.now(),
            surroundings: &replica::Surroundings::default(),
        };
        join(folder.path(), None, joined).unwrap();
        // The folder knows its store once it holds what the server does.
        let bare = replica::Replica::open(folder.path(), None).unwrap();
        give(self.server.replica(), &bare, self.server.now());
        drop(bare);
        let app = open_app(folder.path(), self.hands.clock()).unwrap();
        self.folders.push(folder);
        app
    }
}

/// Offers one replica all that another holds, as often as it takes.
pub fn give(from: &replica::Replica, to: &replica::Replica, now: i64) {
    let lanes = Lanes::of(&LANES);
    loop {
        let theirs = to.read(|conn| replica::vector(conn, lanes)).unwrap();
        let lacking = from
            .read(|conn| {
                let theirs = replica::Theirs {
                    vector: &theirs,
                    ..replica::Theirs::default()
                };
                replica::lacking(conn, &theirs, lanes, 1 << 20)
            })
            .unwrap();
        if lacking.commits.is_empty() {
            return;
        }
        let merged = to.merge(lacking.certificates, lacking.commits, "peer", now).unwrap();
        assert_eq!((merged.waiting, merged.aside), (0, 0), "{merged:?}");
    }
}

/// Both hold what either did, and agree on what it means.
pub fn meet(one: &App, other: &App) {
    give(one.replica(), other.replica(), one.now());
    give(other.replica(), one.replica(), one.now());
    let lanes = Lanes::of(&LANES);
    let vector = |app: &App| app.replica().read(|conn| replica::vector(conn, lanes)).unwrap();
    assert_eq!(vector(one), vector(other));
    let (one, other) = (one.replica().verify().unwrap(), other.replica().verify().unwrap());
    assert_eq!((&one.digest, &one.mismatches), (&other.digest, &other.mismatches));
    assert_eq!(one.mismatches, Vec::<String>::new());
}
