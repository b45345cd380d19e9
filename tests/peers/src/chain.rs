//! Fovea: a server process on SQLite and real tills in this one, and the peers' work done by them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use app::import::Subject;
use app::setup::till_lanes;
use app::{App, Caller};
use model::ids::Id;
use model::requests::catalogue::{ProductCreate, ProductEdit, ProductFields};
use replica::{Tip, vector};
use retail::ProductKind;
use sync::Synced;
use tempfile::TempDir;

use crate::Size;
use crate::process::{Server, free_port};
use crate::proxy::Proxy;
use crate::work::{Row, Step};

pub const ADMIN: &str = "asha";
pub const PASSWORD: &str = "long enough";
/// A run without any progress for this long is over.
const PATIENCE: Duration = Duration::from_secs(120);
/// Until memory that is given back has been given back.
const REST: Duration = Duration::from_secs(3);

pub struct Chain {
    folder: TempDir,
    pub server: Server,
    pub proxy: Proxy,
}

fn program(name: &str) -> Command {
    let own = std::env::current_exe().unwrap();
    let mut program = Command::new(own.with_file_name(name));
    program.env("FOVEA_PASSWORD", PASSWORD).env("FOVEA_KEYS", "file");
    program
}

fn serve(data: &Path, port: u16) -> Server {
    let mut serve = program("fovea-server");
    serve
        .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
        .arg(data);
    serve.stderr(std::process::Stdio::null());
    Server::start(&mut serve, port)
}

impl Chain {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("server");
        let made = program("fovea-server")
            .args(["init", "--org", "Nayana Opticals", "--admin", ADMIN, "--data"])
            .arg(&data)
            .arg("--sheet")
            .arg(folder.path().join("sheet.txt"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = free_port();
        Self {
            server: serve(&data, port),
            proxy: Proxy::to(port),
            folder,
        }
    }

    /// Has the server make the copy that new tills begin with, and start again; bytes of the file.
    pub fn make_copy(&mut self) -> u64 {
        let port = self.server.port;
        self.server.end();
        let made = program("fovea-server")
            .args(["snapshot", "--data"])
            .arg(self.data())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        self.server = serve(&self.data(), port);
        let said = String::from_utf8_lossy(&made.stdout).into_owned();
        said.split_whitespace()
            .next()
            .and_then(|bytes| bytes.parse().ok())
            .expect("a size")
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("server")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A till that has joined through the proxy and holds everything.
    pub fn till(&self, store: &str) -> App {
        let code = program("fovea-server")
            .args(["code", "--store", store, "--till", "T1", "--data"])
            .arg(self.data())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&code.stdout).into_owned();
        let code = said.split_whitespace().last().expect("a code");
        let folder = self.folder.path().join(store);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("keys.txt"), "file").unwrap();
        let server = format!("http://127.0.0.1:{}", self.proxy.port);
        sync::enrol_within(&folder, &server, code, app::system_clock(), PATIENCE, &mut |_| {}).unwrap()
    }

    /// Measured from the connection to both sides' equal vectors.
    pub fn step(&self, work: impl FnOnce()) -> Step {
        self.proxy.take();
        let started = Instant::now();
        work();
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap();
        let (up, down) = self.proxy.take();
        Step { ms, up, down }
    }
}

pub fn synced(app: &App) -> Synced {
    sync::sync_within(app, PATIENCE, &mut |_| {}).unwrap()
}

pub fn admin(app: &App) -> Caller {
    app.check_password(ADMIN, PASSWORD).unwrap()
}

pub fn held(app: &App) -> Vec<Tip> {
    app.replica().read(|conn| vector(conn, till_lanes().0)).unwrap()
}

fn fields(number: usize, offer: i64) -> ProductFields {
    ProductFields {
        code: format!("F{number:06}"),
        name: format!("Kestrel Clubline {number}"),
        kind: ProductKind::Frame,
        brand: "Kestrel".to_owned(),
        barcode: String::new(),
        hsn: String::new(),
        list: 249_000,
        offer,
        rate: None,
    }
}

fn edit(app: &App, who: &Caller, product: Id, number: usize, offer: i64) {
    let edit = ProductEdit {
        product,
        fields: fields(number, offer),
        active: true,
    };
    app.call(who, edit, None).unwrap();
}

/// The documents with all their changes, each change a command and a commit of its own.
pub fn write(app: &App, size: Size) -> Vec<Id> {
    let who = admin(app);
    let made: Vec<Id> = (0..size.documents)
        .map(|number| {
            let fields = fields(number, 199_000);
            app.call(&who, ProductCreate { fields }, None).unwrap().product
        })
        .collect();
    for turn in 1..size.changes {
        for (number, product) in made.iter().enumerate() {
            edit(
                app,
                &who,
                *product,
                number,
                199_000 - 100 * i64::try_from(turn).unwrap(),
            );
        }
    }
    made
}

fn fill(app: &App, file: &Path, many: usize) {
    let mut text = String::from("code,name,kind,brand,barcode,hsn,list,offer,tax_rate\n");
    for number in 0..many {
        text += &format!("G{number:06},Kestrel Clubline {number},frame,Kestrel,,,2490.00,1990.00,\n");
    }
    std::fs::write(file, text).unwrap();
    app.import(&admin(app), Subject::Products, file, false, &|_, _| ())
        .unwrap();
}

/// The peers' work.
pub fn row(size: Size) -> Row {
    let chain = Chain::new();
    let stores: Vec<App> = (1..=6).map(|number| chain.till(&format!("S{number}"))).collect();
    let (first, second) = (&stores[0], &stores[1]);
    let started = Instant::now();
    let products = Arc::new(write(first, size));
    let mut row = Row {
        who: "Fovea".into(),
        durable: "all of it, on both sides",
        write: Some(u64::try_from(started.elapsed().as_millis()).unwrap()),
        ..Row::default()
    };
    row.push = Some(chain.step(|| {
        synced(first);
    }));
    row.pull = Some(chain.step(|| {
        synced(second);
    }));
    assert_eq!(held(first), held(second));
    row.noop = Some(chain.step(|| {
        synced(second);
    }));
    eprintln!("bench: fovea: {row:?}");

    for store in &stores {
        synced(store);
    }
    let changing: Vec<_> = stores
        .iter()
        .cloned()
        .zip(1i64..)
        .map(|(store, nth)| {
            let products = Arc::clone(&products);
            std::thread::spawn(move || {
                let who = admin(&store);
                for (number, product) in products.iter().enumerate() {
                    edit(&store, &who, *product, number, 150_000 - nth);
                }
            })
        })
        .collect();
    changing.into_iter().for_each(|thread| thread.join().unwrap());
    row.converge = Some(chain.step(|| {
        loop {
            let syncing: Vec<_> = stores
                .iter()
                .cloned()
                .map(|store| {
                    std::thread::spawn(move || {
                        synced(&store);
                    })
                })
                .collect();
            syncing.into_iter().for_each(|thread| thread.join().unwrap());
            let vectors: Vec<Vec<Tip>> = stores.iter().map(held).collect();
            if vectors.windows(2).all(|pair| pair[0] == pair[1]) {
                break;
            }
        }
    }));
    let digests: Vec<String> = [&stores[0], &stores[5]]
        .into_iter()
        .map(|store| store.replica().verify().unwrap())
        .map(|findings| {
            assert_eq!(findings.mismatches, Vec::<String>::new());
            findings.digest
        })
        .collect();
    assert_eq!(digests[0], digests[1]);
    eprintln!("bench: fovea: {row:?}");

    fill(first, &chain.file("many.csv"), size.many);
    synced(first);
    std::thread::sleep(REST);
    row.memory = Some(chain.server.memory());
    row
}
