//! The demo's optical catalogue, people, stock and day, made from a seed: the same on every machine.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::run::Failed;

/// Login, name and role of those who work in the demo, besides the administrator.
pub const PEOPLE: [(&str, &str, &str); 4] = [
    ("kiran", "Kiran Deshpande", "cashier"),
    ("ravi", "Ravi Menon", "store_manager"),
    ("meera", "Meera Joshi", "optometrist"),
    ("farah", "Farah Khan", "sales_staff"),
];

const SEED: u64 = 0x0F0E_A202_6112_1000;
const INVOICES: usize = 180;

/// The files that are imported and replayed.
pub struct Files {
    pub products: PathBuf,
    pub customers: PathBuf,
    pub stock: PathBuf,
    pub day: PathBuf,
}

/// splitmix64: small, and the same everywhere.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).unwrap_or(0)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

struct Product {
    code: String,
    name: String,
    kind: &'static str,
    brand: &'static str,
    hsn: &'static str,
    list: usize,
    offer: usize,
    stocked: bool,
}

const FRAMES: [&str; 6] = ["Aurel", "Kestrel", "Lumo", "Nayana", "Tarang", "Verrier"];
const SHAPES: [&str; 8] = [
    "Clubline", "Pilot", "Round", "Cat eye", "Rimless", "Square", "Oval", "Browline",
];
const COLOURS: [&str; 6] = ["black", "gold", "gunmetal", "tortoise", "navy", "rose"];
const LENSES: [(&str, &str, usize); 6] = [
    ("LSV-150", "Single vision 1.50, hard coat", 1_200),
    ("LSV-160-BC", "Single vision 1.60, blue-cut", 3_200),
    ("LSV-167", "Single vision 1.67, anti-reflex", 6_400),
    ("LBI-156", "Bifocal 1.56", 2_600),
    ("LVP-160", "Vista Progressive 1.60", 9_800),
    ("LVP-167-BC", "Vista Progressive 1.67, blue-cut", 14_250),
];
const SMALL: [(&str, &str, &str, &str, usize); 6] = [
    ("ACC-CASE", "Hard case", "accessory", "4202", 350),
    ("ACC-CLOTH", "Microfibre cloth", "accessory", "6307", 120),
    ("ACC-SPRAY", "Lens cleaner, 60 ml", "accessory", "3402", 180),
    ("ACC-CORD", "Spectacle cord", "accessory", "5609", 250),
    ("SVC-ET-1", "Eye test, comprehensive", "eye_test", "9993", 500),
    ("SVC-FIT", "Frame adjustment", "service", "9987", 150),
];

fn catalogue(chance: &mut Chance) -> Vec<Product> {
    let mut products = Vec::new();
    for brand in FRAMES {
        for shape in SHAPES {
            let colour = *chance.pick(&COLOURS);
            let number = 1_000 + chance.below(9_000);
            let sun = shape == "Pilot";
            let list = 1_490 + chance.below(90) * 100;
            // Some carry an offer of head office already.
            let offer = if chance.below(5) == 0 { list * 4 / 5 } else { list };
            products.push(Product {
                code: format!("{}-{number}", &brand[..3].to_uppercase()),
                name: format!("{brand} {shape} {number}, {colour}"),
                kind: if sun { "sunglasses" } else { "frame" },
                brand,
                hsn: if sun { "900410" } else { "9003" },
                list,
                offer,
                stocked: true,
            });
        }
    }
    for (code, name, list) in LENSES {
        let name = format!("Lumo {name}");
        let (kind, hsn) = ("optical_lens", "900150");
        products.push(Product {
            code: code.into(),
            name,
            kind,
            brand: "Lumo",
            hsn,
            list,
            offer: list,
            stocked: true,
        });
    }
    for power in ["-1.00", "-1.50", "-2.00", "-2.25", "-2.50", "-3.00", "-4.00"] {
        products.push(Product {
            code: format!("LCD-30{}", power.replace(['-', '.'], "")),
            name: format!("Lumo Daily contact lens, 30 pack, {power}"),
            kind: "contact_lens",
            brand: "Lumo",
            hsn: "900130",
            list: 1_899,
            offer: 1_899,
            stocked: true,
        });
    }
    for (code, name, kind, hsn, list) in SMALL {
        let stocked = kind == "accessory";
        let (code, name) = (code.to_owned(), name.to_owned());
        products.push(Product {
            code,
            name,
            kind,
            brand: "Nayana",
            hsn,
            list,
            offer: list,
            stocked,
        });
    }
    products
}

const FIRST: [&str; 12] = [
    "Aarti", "Bhavna", "Chetan", "Deepa", "Farhan", "Gauri", "Harish", "Ishita", "Jayant", "Kavita", "Manoj", "Padma",
];
const LAST: [&str; 10] = [
    "Apte",
    "Bhide",
    "Chavan",
    "Deshmukh",
    "Gokhale",
    "Iyer",
    "Kulkarni",
    "Nair",
    "Patil",
    "Venkatesan",
];

/// An EAN-13 with the store's own prefix 20.
fn barcode(number: usize) -> String {
    let body = format!("20{number:010}");
    let sum: u32 = body
        .bytes()
        .enumerate()
        .map(|(at, digit)| u32::from(digit - b'0') * if at % 2 == 0 { 1 } else { 3 })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// Indian standard time, which the demo's stores keep, before UTC, seconds.
const STORES_AHEAD: u64 = 330 * 60;

/// Today's date at the stores, as year, month and day (days-from-civil, reversed).
fn today() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let days = i64::try_from((seconds + STORES_AHEAD) / 86_400).unwrap_or(0) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
}

/// Writes the files, once.
pub fn write(folder: &Path, stores: &[&str]) -> Result<Files, Failed> {
    let files = Files {
        products: folder.join("products.csv"),
        customers: folder.join("customers.csv"),
        stock: folder.join("stock.csv"),
        day: folder.join("day.csv"),
    };
    if files.day.exists() {
        return Ok(files);
    }
    let mut chance = Chance(SEED);
    let products = catalogue(&mut chance);
    let mut text = String::from("code,name,kind,brand,barcode,hsn,list,offer,tax_rate\n");
    for (at, p) in products.iter().enumerate() {
        let Product {
            code,
            name,
            kind,
            brand,
            hsn,
            list,
            offer,
            ..
        } = p;
        let _ = writeln!(
            text,
            "{code},\"{name}\",{kind},{brand},{},{hsn},{list}.00,{offer}.00,",
            barcode(at + 1)
        );
    }
    fs::write(&files.products, text)?;

    let mut text = String::from("code,name,phone,email,birth_date\n");
    for number in 1..=120usize {
        let (first, last) = (*chance.pick(&FIRST), *chance.pick(&LAST));
        let phone = 9_800_000_000_usize + chance.below(9_999_999);
        let (year, month, day) = (1945 + chance.below(60), 1 + chance.below(12), 1 + chance.below(28));
        let email = format!("{}.{}{number}@example.in", first.to_lowercase(), last.to_lowercase());
        let _ = writeln!(
            text,
            "C{number:04},{first} {last},{phone},{email},{year}-{month:02}-{day:02}"
        );
    }
    fs::write(&files.customers, text)?;

    let mut text = String::from("store,code,quantity,unit_cost\n");
    for store in stores {
        for p in products.iter().filter(|p| p.stocked) {
            let pieces = if p.kind == "frame" {
                1 + chance.below(4)
            } else {
                6 + chance.below(30)
            };
            let _ = writeln!(text, "{store},{},{pieces},{}.00", p.code, p.list * 2 / 5);
        }
    }
    fs::write(&files.stock, text)?;
    fs::write(&files.day, day(&mut chance, &products))?;
    Ok(files)
}

/// A day's invoices in the form that replay reads.
fn day(chance: &mut Chance, products: &[Product]) -> String {
    let date = today();
    let mut text = String::from("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n");
    for number in 0..INVOICES {
        let returned = chance.below(30) == 0;
        let invoice = if returned {
            format!("C{}", 7_000 + number)
        } else {
            format!("{}", 7_000 + number)
        };
        let minute = 600 + number * 600 / INVOICES;
        let customer = if chance.below(3) == 0 {
            String::new()
        } else {
            format!("C{:04}", 1 + chance.below(120))
        };
        for _ in 0..=chance.below(3) {
            let p = chance.pick(products);
            let quantity = if p.kind == "contact_lens" { 2 } else { 1 };
            let sign = if returned { "-" } else { "" };
            let _ = writeln!(
                text,
                "{invoice},{},\"{}\",{sign}{quantity},{date} {:02}:{:02}:00,{}.00,{customer},India",
                p.code,
                p.name,
                minute / 60,
                minute % 60,
                p.offer,
            );
        }
    }
    text
}
