//! Imports: a whole file is checked before the first write, then written as several commits. Killed half-way, the same
//! import run again goes on: what is there already is not written twice.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use csv::StringRecord;
use journal::Lane;
use model::ids::{CustomerUnit, HashUse, Id, NaturalKind, customer_unit, natural_id};
use model::records::{Account, Cite, DocumentKind, Movement, MovementReason, StockState, Value};
use model::refusal::Refusal;
use model::requests::catalogue::ProductFields;
use model::requests::customers::CustomerFields;
use model::role::Permission;
use replica::erasure::erased_units;
use replica::{Context, Draft};
use retail::{ProductKind, Profile, Rate};
use serde::Serialize;

use crate::csv_lines::CsvLines;
use crate::place::Place;
use crate::scope::{Scope, row};
use crate::{App, Caller, catalogue, customers};

/// Number of imports in commit headers.
const IMPORT: u16 = 310;
/// Rows of one commit: its records stay well under the format's 2,000 and 1 MiB.
const ROWS_A_COMMIT: usize = 400;
/// Customers of one commit: each has a part of its own, because each is erased alone, and a commit has at most 64.
const CUSTOMERS_A_COMMIT: usize = 60;
/// Longest file.
const MAX_FILE: u64 = 512 * 1024 * 1024;
/// Faulty rows that are named.
const MAX_NAMED: usize = 20;
/// Most pieces of one row.
const MAX_PIECES: i64 = 100_000_000;

/// What is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Products,
    Customers,
    Stock,
}

impl Subject {
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "products" => Some(Self::Products),
            "customers" => Some(Self::Customers),
            "stock" => Some(Self::Stock),
            _ => None,
        }
    }

    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Products => &[
                "code", "name", "kind", "brand", "barcode", "hsn", "list", "offer", "tax_rate",
            ],
            Self::Customers => &["code", "name", "phone", "email", "birth_date"],
            Self::Stock => &["store", "code", "quantity", "unit_cost"],
        }
    }
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Rows of the file.
    pub rows: usize,
    /// Written now.
    pub added: usize,
    /// Changed now.
    pub changed: usize,
    /// There already.
    pub unchanged: usize,
    pub dry_run: bool,
}

enum Row {
    Product {
        code: String,
        values: Vec<(String, Value)>,
    },
    Customer {
        code: String,
        values: customers::Values,
    },
    Stock {
        store: Id,
        product: String,
        quantity: i64,
        unit_cost: Option<i64>,
    },
}

/// Reads a CSV file's header and rows as text, with the line of each row.
pub fn read_rows(path: &Path, columns: &[&str]) -> Result<Vec<(u64, Vec<String>)>, Refusal> {
    let file = path.display().to_string();
    let unreadable = |why: String| Refusal::NoFile {
        file: file.clone(),
        why,
    };
    let bad = |why: String| Refusal::BadFile {
        file: file.clone(),
        why,
    };
    let meta = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if meta.len() > MAX_FILE {
        return Err(bad("it is larger than 512 MiB".to_owned()));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::None)
        .from_reader(bytes);
    let header = reader.headers().map_err(|error| bad(error.to_string()))?.clone();
    let at: Vec<usize> = columns
        .iter()
        .map(|column| {
            header
                .iter()
                .position(|name| name.trim().eq_ignore_ascii_case(column))
                .ok_or_else(|| bad(format!("it has no column {column}; it needs {}", columns.join(","))))
        })
        .collect::<Result<_, _>>()?;
    let mut lines = CsvLines::new(bytes);
    let mut rows = Vec::new();
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => {
                if lines.ends_in_quotes().map_err(|error| unreadable(error.to_string()))? {
                    let line = rows.last().map_or(1, |(line, _)| *line);
                    return Err(bad(format!(
                        "line {line} opens a quote that nothing closes; the file may be cut short"
                    )));
                }
                return Ok(rows);
            }
            Ok(true) => {
                let byte = record.position().map_or(0, csv::Position::byte);
                let line = lines.at(byte).map_err(|error| unreadable(error.to_string()))?;
                if record.len() != header.len() {
                    return Err(bad(format!(
                        "line {line} has {} fields where the header has {}; the file may be cut short",
                        record.len(),
                        header.len()
                    )));
                }
                rows.push((line, at.iter().map(|at| record[*at].trim().to_owned()).collect()));
            }
            Err(error) => {
                let byte = error.position().map_or(0, csv::Position::byte);
                let line = lines.at(byte).map_err(|error| unreadable(error.to_string()))?;
                return Err(bad(match error.kind() {
                    csv::ErrorKind::Utf8 { .. } => format!("line {line} holds invalid UTF-8"),
                    _ => format!("line {line}: {error}"),
                }));
            }
        }
    }
}

fn amount(profile: &Profile, field: &str, text: &str) -> Result<i64, String> {
    profile
        .currency
        .parse(text)
        .map_err(|error| format!("{field}: {error}"))
}

fn product(profile: &Profile, fields: &[String]) -> Result<Row, String> {
    let [code, name, kind, brand, barcode, hsn, list, offer, rate] = fields else {
        return Err("fields are missing".to_owned());
    };
    let kind: ProductKind = kind.parse().map_err(|error: retail::UnknownWord| error.to_string())?;
    let list = amount(profile, "list", list)?;
    let offer = if offer.is_empty() {
        list
    } else {
        amount(profile, "offer", offer)?
    };
    let rate = match rate.as_str() {
        "" => None,
        text => Some(Rate::parse_percent(text).map_err(|error| format!("tax_rate: {error}"))?),
    };
    let fields = ProductFields {
        code: code.clone(),
        name: name.clone(),
        kind,
        brand: brand.clone(),
        barcode: barcode.clone(),
        hsn: hsn.clone(),
        list,
        offer,
        rate,
    };
    let values = catalogue::values(&fields, true).map_err(|refusal| refusal.message())?;
    Ok(Row::Product {
        code: code.clone(),
        values,
    })
}

fn customer(profile: &Profile, fields: &[String]) -> Result<Row, String> {
    let [code, name, phone, email, birth_date] = fields else {
        return Err("fields are missing".to_owned());
    };
    let code = catalogue::code("code", code).map_err(|refusal| refusal.message())?;
    let given = |text: &String| (!text.is_empty()).then(|| text.clone());
    let fields = CustomerFields {
        name: Some(name.clone()),
        phone: given(phone),
        email: given(email),
        birth_date: given(birth_date),
        ..CustomerFields::default()
    };
    let mut values = customers::values(&fields, &profile.phone_country).map_err(|refusal| refusal.message())?;
    values
        .entry(DocumentKind::CustomerContact)
        .or_default()
        .push(("code".to_owned(), Value::Text(code.clone())));
    Ok(Row::Customer { code, values })
}

fn stock(
    profile: &Profile,
    stores: &HashMap<String, Id>,
    products: &HashSet<String>,
    fields: &[String],
) -> Result<Row, String> {
    let [store, code, quantity, unit_cost] = fields else {
        return Err("fields are missing".to_owned());
    };
    let store = *stores.get(store).ok_or_else(|| format!("store {store} is not known"))?;
    if !products.contains(code) {
        return Err(format!("product {code} is not known"));
    }
    let quantity: i64 = quantity
        .parse()
        .map_err(|_| format!("quantity: {quantity} is not a whole number"))?;
    if !(0..=MAX_PIECES).contains(&quantity) {
        return Err(format!("quantity: {quantity} is below zero or too large"));
    }
    let unit_cost = if unit_cost.is_empty() {
        None
    } else {
        Some(amount(profile, "unit_cost", unit_cost)?)
    };
    if unit_cost.is_some_and(|cost| cost < 0) {
        return Err("unit_cost: it is below zero".to_owned());
    }
    Ok(Row::Stock {
        store,
        product: code.clone(),
        quantity,
        unit_cost,
    })
}

impl App {
    /// Imports a file. With `dry_run` it is checked and nothing is written.
    pub fn import(
        &self,
        caller: &Caller,
        subject: Subject,
        path: &Path,
        dry_run: bool,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Imported, Refusal> {
        if !caller.may(Permission::Import) {
            return Err(Refusal::NotPermitted {
                permission: Permission::Import.word().to_owned(),
            });
        }
        let rows = self.check_file(subject, path)?;
        let mut done = Imported {
            rows: rows.len(),
            dry_run,
            ..Imported::default()
        };
        if dry_run {
            return Ok(done);
        }
        let rows_a_commit = if subject == Subject::Customers {
            CUSTOMERS_A_COMMIT
        } else {
            ROWS_A_COMMIT
        };
        let mut written = 0;
        let mut rows = rows.into_iter().peekable();
        // The place of each row in the file makes the marks of stock rows, so that a second run knows them again.
        let mut at = 0;
        while rows.peek().is_some() {
            let chunk: Vec<Row> = rows.by_ref().take(rows_a_commit).collect();
            let length = chunk.len();
            let (added, changed) = self.write_chunk(caller, chunk)?;
            at += length;
            written += length;
            done.added += added;
            done.changed += changed;
            done.unchanged += length - added - changed;
            progress(written, done.rows);
        }
        debug_assert_eq!(at, done.rows);
        Ok(done)
    }

    fn check_file(&self, subject: Subject, path: &Path) -> Result<Vec<Row>, Refusal> {
        let rows = read_rows(path, subject.columns())?;
        let place = self.place();
        let (profile, stores, products, erased) = self.replica().read(|conn| -> Result<_, Refusal> {
            let stores: HashMap<String, Id> = crate::place::stores(conn)?
                .into_iter()
                .map(|store| (store.code, store.id))
                .collect();
            let products: HashSet<String> = if subject == Subject::Stock {
                crate::scope::rows(conn, "SELECT code FROM product", &[], |row| row.get(0))?
                    .into_iter()
                    .collect()
            } else {
                HashSet::new()
            };
            Ok((place.profile(conn)?, stores, products, erased_units(conn)?))
        })?;
        let mut seen: HashMap<String, u64> = HashMap::new();
        let mut checked = Vec::with_capacity(rows.len());
        let mut faults: Vec<String> = Vec::new();
        let mut count = 0usize;
        for (line, fields) in rows {
            let row = match subject {
                Subject::Products => product(&profile, &fields),
                Subject::Customers => customer(&profile, &fields).and_then(|row| {
                    let id = natural_id(self.place().organisation, NaturalKind::Customer, fields[0].trim());
                    if erased.contains(&customer_unit(id, CustomerUnit::Contact)) {
                        return Err(format!(
                            "the customer with the code {} was erased; use another code",
                            fields[0]
                        ));
                    }
                    Ok(row)
                }),
                Subject::Stock => stock(&profile, &stores, &products, &fields),
            };
            let key = match subject {
                Subject::Products | Subject::Customers => fields[0].clone(),
                Subject::Stock => format!("{}, {}", fields[0], fields[1]),
            };
            let row = row.and_then(|row| match seen.insert(key.clone(), line) {
                Some(before) => Err(format!("{key} stands in line {before} already")),
                None => Ok(row),
            });
            match row {
                Ok(row) => checked.push(row),
                Err(why) => {
                    count += 1;
                    if faults.len() < MAX_NAMED {
                        faults.push(format!("line {line}: {why}"));
                    }
                }
            }
        }
        if count > 0 {
            if count > faults.len() {
                faults.push(format!("and {} more", count - faults.len()));
            }
            return Err(Refusal::BadFile {
                file: path.display().to_string(),
                why: faults.join("; "),
            });
        }
        Ok(checked)
    }

    /// Writes a run of rows as one commit; says how many were new and how many changed.
    fn write_chunk(&self, caller: &Caller, chunk: Vec<Row>) -> Result<(usize, usize), Refusal> {
        let app = self.clone();
        let caller = caller.clone();
        let now = self.now();
        let request = self.random_id()?;
        self.replica().write(move |tx| {
            let place = app.place();
            let mut scope = Scope::writing(tx, &caller, place, now, IMPORT, request);
            let profile = scope.profile()?;
            let date = Place::local_day(&profile, now).0;
            let context = Context {
                command: IMPORT,
                request,
                user: Some(caller.user),
                wall: now,
                skew: None,
                date,
            };
            let mut draft = Draft::new(Lane::All, context);
            let (mut added, mut changed) = (0, 0);
            for row in chunk {
                match write_row(&mut scope, &mut draft, place.organisation, row)? {
                    Wrote::New => added += 1,
                    Wrote::Changed => changed += 1,
                    Wrote::Nothing => {}
                }
            }
            if !draft.is_empty() {
                scope.append(draft)?;
            }
            Ok((added, changed))
        })
    }
}

enum Wrote {
    New,
    Changed,
    Nothing,
}

fn write_row(scope: &mut Scope<'_, '_>, draft: &mut Draft, organisation: Id, row: Row) -> Result<Wrote, Refusal> {
    match row {
        Row::Product { code, values } => {
            let id = natural_id(organisation, NaturalKind::Product, &code);
            if catalogue::by_id(scope.conn(), id)?.is_none() {
                if let Some(change) = scope.tx()?.new_document(DocumentKind::Product, id, values)? {
                    draft.add(change);
                }
                return Ok(Wrote::New);
            }
            let change = scope.tx()?.change_document(DocumentKind::Product, id, values)?;
            Ok(change.map_or(Wrote::Nothing, |change| {
                draft.add(change);
                Wrote::Changed
            }))
        }
        Row::Customer { code, values } => {
            let id = natural_id(organisation, NaturalKind::Customer, &code);
            if customers::by_id(scope.conn(), id)?.is_none() {
                customers::add_new(scope, draft, id, values)?;
                return Ok(Wrote::New);
            }
            let mut wrote = Wrote::Nothing;
            for (kind, values) in values {
                if let Some(change) = scope.tx()?.change_document(kind, id, values)? {
                    draft.add_in(customers::unit(kind, id), change);
                    wrote = Wrote::Changed;
                }
            }
            Ok(wrote)
        }
        Row::Stock {
            store,
            product,
            quantity,
            unit_cost,
        } => {
            if quantity == 0 {
                return Ok(Wrote::Nothing);
            }
            let product = catalogue::by_code(scope.conn(), &product)?.ok_or_else(|| Refusal::Unknown {
                what: format!("Product {product}"),
            })?;
            let shelf = Account::Store(store, StockState::Sellable);
            // The opening of a shelf is stated once; the same quantity again is the same statement.
            let cite = opening(organisation, store, product.id, quantity);
            if stated(scope, cite)? {
                return Ok(Wrote::Nothing);
            }
            draft.add(Movement {
                product: product.id,
                quantity,
                from: Account::Opening,
                to: shelf,
                reason: MovementReason::Opening,
                note: None,
                document: Some(Cite::Record(cite)),
                unit_cost,
            });
            Ok(Wrote::New)
        }
    }
}

/// What marks an opening stock of so many pieces on a shelf, so that the same file is not taken over twice.
fn opening(organisation: Id, store: Id, product: Id, quantity: i64) -> Id {
    Id::of(&HashUse::NaturalKey.hash(&[
        organisation.as_bytes(),
        b"opening",
        store.as_bytes(),
        product.as_bytes(),
        &quantity.to_be_bytes(),
    ]))
}

fn stated(scope: &Scope<'_, '_>, mark: Id) -> Result<bool, Refusal> {
    let sql = "SELECT 1 FROM movement WHERE document = ? AND reason = 'opening' LIMIT 1";
    Ok(row(scope.conn(), sql, &[&mark.as_bytes()], |_| Ok(()))?.is_some())
}
