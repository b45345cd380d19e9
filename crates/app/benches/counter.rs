//! What a cashier waits for: a sale until it is durable, a search while typing, the start of the till; and the memory all of
//! it takes. `./dev bench` runs it and prints the table of docs/BENCHMARKS.md.
//!
//! The catalogue has 50,000 products and the chain 300,000 customers, made from a seed. Times are of the request as the
//! window makes it, JSON left out; printing is not part of a sale.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot be measured stops"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use common::{Hands, PASSWORD, Shop, line, sale};
use fovea_app::import::Subject;
use fovea_app::setup::open_app;
use model::requests::catalogue::ProductSearch;
use model::requests::customers::CustomerSearch;

const PRODUCTS: usize = 50_000;
const CUSTOMERS: usize = 300_000;
const SALES: usize = 3_000;
const SEARCHES: usize = 4_000;
const STARTS: usize = 20;
/// Names the folder to the second process.
const HELD: &str = "FOVEA_BENCH_HELD";

const FIRST: [&str; 16] = [
    "Aarti", "Bhavna", "Chetan", "Deepa", "Farhan", "Gauri", "Harish", "Ishita", "Jayant", "Kavita", "Manoj", "Padma",
    "Rohan", "Sunita", "Usha", "Yash",
];
const LAST: [&str; 16] = [
    "Apte",
    "Bhide",
    "Chavan",
    "Deshmukh",
    "Gokhale",
    "Iyer",
    "Joshi",
    "Kulkarni",
    "Menon",
    "Nair",
    "Patil",
    "Rao",
    "Shah",
    "Thomas",
    "Venkatesan",
    "Wagh",
];
const BRANDS: [&str; 8] = [
    "Aurel", "Kestrel", "Lumo", "Nayana", "Tarang", "Verrier", "Orbis", "Sagar",
];
const SHAPES: [&str; 8] = [
    "Clubline", "Pilot", "Round", "Cat eye", "Rimless", "Square", "Oval", "Browline",
];

/// splitmix64: the same everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap()
    }
}

fn main() {
    // `cargo test` runs benchmarks too, to see that they build; there is nothing to measure in a debug build.
    if cfg!(debug_assertions) {
        return;
    }
    if let Some(folder) = std::env::var_os(HELD) {
        return hold(Path::new(&folder));
    }
    let shop = Shop::open();
    let mut chance = Chance(7);
    fill(&shop, &mut chance);
    println!("| what | p50 | p99 | longest |");
    println!("|---|---|---|---|");
    row("one write and fdatasync of this disk, 4 KiB", disk(shop.folder.path()));
    row(
        &format!("a sale of 3 lines, durable ({SALES} in a row)"),
        sales(&shop, &mut chance),
    );
    row(
        &format!("a key of a search in {PRODUCTS} products"),
        products(&shop, &mut chance),
    );
    row(
        &format!("a key of a search in {CUSTOMERS} customers"),
        customers(&shop, &mut chance),
    );
    println!();
    let Shop { app, hands, folder, .. } = shop;
    drop(app);
    let starts = (0..STARTS).map(|_| {
        let started = Instant::now();
        drop(open_app(folder.path(), hands.clock()).unwrap());
        started.elapsed()
    });
    println!("| what | p50 | p99 | longest |");
    println!("|---|---|---|---|");
    row("opening and closing that folder", starts.collect());
    // A process of its own: this one still holds what the imports took.
    let held = Command::new(std::env::current_exe().unwrap())
        .env(HELD, folder.path())
        .output()
        .unwrap();
    print!("{}", String::from_utf8_lossy(&held.stdout));
}

/// Opens the folder as a till does in the morning, looks for a few customers, and says what memory that took.
fn hold(folder: &Path) {
    let app = open_app(folder, Hands::new().clock()).unwrap();
    let root = app.check_password("root", PASSWORD).unwrap();
    for text in FIRST.iter().flat_map(|name| typed(name)) {
        let search = CustomerSearch { text, limit: Some(20) };
        app.call(&root, search, None).unwrap();
    }
    println!("memory of a process that opened it and searched: {}", memory());
}

/// Imports the catalogue and the customers, as head office does.
fn fill(shop: &Shop, chance: &mut Chance) {
    let file = shop.folder.path().join("import.csv");
    let mut text = String::from("code,name,kind,brand,barcode,hsn,list,offer,tax_rate\n");
    for number in 0..PRODUCTS {
        let (brand, shape) = (BRANDS[chance.below(8)], SHAPES[chance.below(8)]);
        writeln!(
            text,
            "F{number:05},{brand} {shape} {},frame,{brand},29{number:011},9003,2490.00,1990.00,",
            1_000 + number
        )
        .unwrap();
    }
    std::fs::write(&file, &text).unwrap();
    let started = Instant::now();
    shop.app
        .import(&shop.root, Subject::Products, &file, false, &|_, _| ())
        .unwrap();
    eprintln!(
        "{PRODUCTS} products imported in {:.1} s",
        started.elapsed().as_secs_f32()
    );
    text = String::from("code,name,phone,email,birth_date\n");
    for number in 0..CUSTOMERS {
        let (first, last) = (FIRST[chance.below(16)], LAST[chance.below(16)]);
        writeln!(
            text,
            "C{number:06},{first} {last},98{:08},{first}.{last}{number}@example.in,1980-02-03",
            number * 331
        )
        .unwrap();
    }
    std::fs::write(&file, &text).unwrap();
    let started = Instant::now();
    shop.app
        .import(&shop.root, Subject::Customers, &file, false, &|_, _| ())
        .unwrap();
    eprintln!(
        "{CUSTOMERS} customers imported in {:.1} s",
        started.elapsed().as_secs_f32()
    );
    std::fs::remove_file(&file).unwrap();
}

/// What the disk itself takes: no durable sale can be faster.
fn disk(folder: &Path) -> Vec<Duration> {
    let path = folder.join("disk");
    let mut file = OpenOptions::new().create(true).append(true).open(&path).unwrap();
    let times = (0..500).map(|_| {
        let started = Instant::now();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        started.elapsed()
    });
    let times = times.collect();
    std::fs::remove_file(path).unwrap();
    times
}

fn sales(shop: &Shop, chance: &mut Chance) -> Vec<Duration> {
    let found = |code: String| {
        let search = ProductSearch {
            text: code,
            limit: Some(1),
        };
        shop.app.call(&shop.root, search, None).unwrap().products[0].id
    };
    let shelf: Vec<_> = (0..400)
        .map(|_| found(format!("F{:05}", chance.below(PRODUCTS))))
        .collect();
    (0..SALES)
        .map(|_| {
            let lines = (0..3)
                .map(|_| line(shelf[chance.below(shelf.len())], 199_000, 1))
                .collect();
            let ring = sale(lines, vec![]);
            let started = Instant::now();
            shop.app.call(&shop.root, ring, None).unwrap();
            started.elapsed()
        })
        .collect()
}

/// Every prefix of a text, as it is typed.
fn typed(text: &str) -> impl Iterator<Item = String> {
    (1..=text.chars().count()).map(|length| text.chars().take(length).collect())
}

fn products(shop: &Shop, chance: &mut Chance) -> Vec<Duration> {
    let mut times = Vec::new();
    while times.len() < SEARCHES {
        let number = chance.below(PRODUCTS);
        let text = match chance.below(3) {
            0 => format!("F{number:05}"),
            1 => format!("{} {}", BRANDS[chance.below(8)], SHAPES[chance.below(8)]),
            _ => format!("{} {}", SHAPES[chance.below(8)], 1_000 + number),
        };
        for text in typed(&text.to_lowercase()) {
            let started = Instant::now();
            let search = ProductSearch { text, limit: Some(20) };
            shop.app.call(&shop.root, search, None).unwrap();
            times.push(started.elapsed());
        }
    }
    times
}

fn customers(shop: &Shop, chance: &mut Chance) -> Vec<Duration> {
    let mut times = Vec::new();
    while times.len() < SEARCHES {
        let text = match chance.below(3) {
            0 => format!("98{:08}", chance.below(CUSTOMERS) * 331),
            1 => format!("{} {}", FIRST[chance.below(16)], LAST[chance.below(16)]),
            _ => format!("C{:06}", chance.below(CUSTOMERS)),
        };
        for text in typed(&text.to_lowercase()) {
            let started = Instant::now();
            let search = CustomerSearch { text, limit: Some(20) };
            shop.app.call(&shop.root, search, None).unwrap();
            times.push(started.elapsed());
        }
    }
    times
}

fn row(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part).round() as usize].as_secs_f64() * 1_000.0;
    println!(
        "| {what} | {:.2} ms | {:.2} ms | {:.2} ms |",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

/// Resident now and at its highest, as Linux counts it.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(format!("{} MiB", kilobytes / 1024))
    };
    format!(
        "{} resident, {} at the highest",
        of("VmRSS:").unwrap_or_default(),
        of("VmHWM:").unwrap_or_default()
    )
}
