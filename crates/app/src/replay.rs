//! Replay of another system's sales: an invoice is one commit, with the products and the customer it makes.
//!
//! It may be killed at any moment and run again: an invoice that is recorded, here or by a till this one has synced with,
//! is skipped. Prices, caps, approvals and prescriptions are not asked; the reason of every sale says `replay` and the file.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Instant;

use journal::Lane;
use model::ids::{HashUse, Id, NaturalKind, natural_id};
use model::records::{
    Cite, Direction, DocumentKind, Payment, Replayed, Sale, SaleLine, SessionClosed, SessionOpened, Value,
};
use model::refusal::Refusal;
use model::requests::sales::CountTotal;
use model::role::Permission;
use replica::{Context, Draft};
use retail::basket::{BasketLine, Discount, MAX_LINES, MAX_QUANTITY, price_line};
use retail::tender::Method;
use retail::{Day, MAX_AMOUNT, ProductKind, Profile, Rate, Series, Supply};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::cash::{OpenSession, cash_flow, expected, open_session};
use crate::csv_lines::CsvLines;
use crate::sales::number::next_number;
use crate::scope::{Scope, row};
use crate::{App, Caller, catalogue, customers};

/// Number of replay in commit headers.
const REPLAY: u16 = 320;
const COLUMNS: [&str; 7] = [
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
];
/// Longest file.
const MAX_FILE: u64 = 4 * 1024 * 1024 * 1024;
/// Invoices that become durable together: one fsync for all of them, so that the disk's latency is not the limit. A kill
/// loses at most these, and the next run records them.
const INVOICES_A_TRANSACTION: usize = 64;
/// Longest invoice number.
const MAX_INVOICE: usize = 64;
/// Longest description, in bytes: 900 lines with their products stay one commit in any script.
const MAX_DESCRIPTION: usize = 120;

/// A row that could not be taken. Lines count the header as 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejected {
    pub line: u64,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    pub count: i64,
}

/// What this run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub sales: CountTotal,
    pub returns: CountTotal,
    pub adjustments: Count,
    pub rejected: Vec<Rejected>,
    /// Invoices recorded before.
    pub skipped: i64,
    pub seconds: f64,
}

/// Share `index` of `of`: the invoices whose number's CRC-32 leaves this rest.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    pub index: u32,
    pub of: u32,
}

impl Share {
    /// From `I/N`, I from 0 to N - 1.
    pub fn parse(text: &str) -> Option<Self> {
        let (index, of) = text.split_once('/')?;
        let share = Self {
            index: index.parse().ok()?,
            of: of.parse().ok()?,
        };
        (share.of > 0 && share.index < share.of).then_some(share)
    }

    fn takes(self, invoice: &str) -> bool {
        crc32fast::hash(invoice.as_bytes()) % self.of == self.index
    }
}

/// A row that can be taken.
#[derive(Debug, Clone)]
struct Taken {
    code: String,
    description: String,
    /// As in the file: negative in returns and in adjustments downwards.
    quantity: i64,
    price: Decimal,
    /// `quantity x price`, rounded half away from zero, positive.
    total: i64,
    customer: String,
    day: Day,
}

struct Invoice {
    number: String,
    rows: Vec<Taken>,
}

impl Invoice {
    fn is_return(&self) -> bool {
        is_return(&self.number)
    }
}

fn is_return(invoice: &str) -> bool {
    invoice.starts_with('C')
}

fn parse_day(text: &str) -> Option<Day> {
    let date = text.trim().split([' ', 'T']).next()?;
    if let Ok(day) = Day::parse_iso(date) {
        return Some(day);
    }
    // The same data set is also given out as month/day/year.
    let mut parts = date.split('/').map(|part| part.parse::<u32>().ok());
    let (month, day, year) = (parts.next()??, parts.next()??, parts.next()??);
    Day::from_ymd(i32::try_from(year).ok()?, month, day).ok()
}

fn is_time(text: &str) -> bool {
    let Some((_, time)) = text.trim().split_once([' ', 'T']) else {
        return true;
    };
    let mut parts = time
        .split(':')
        .map(|part| part.split('.').next().unwrap_or("").parse::<u32>());
    matches!((parts.next(), parts.next()), (Some(Ok(0..=23)), Some(Ok(0..=59))))
        && parts.next().is_none_or(|seconds| matches!(seconds, Ok(0..=60)))
}

/// A customer's number comes as `13047.0` and as such it is kept: codes are compared byte for byte.
fn read_row(profile: &Profile, fields: &[String]) -> Result<Taken, String> {
    let [invoice, code, description, quantity, date, price, customer] = fields else {
        return Err("fields are missing; the file may be cut short".to_owned());
    };
    let returned = is_return(invoice);
    if invoice.is_empty() {
        return Err("it has no invoice number".to_owned());
    }
    if invoice.len() > MAX_INVOICE || invoice.chars().any(char::is_control) {
        return Err("the invoice number is too long".to_owned());
    }
    if code.is_empty() {
        return Err("it has no stock code".to_owned());
    }
    catalogue::code("stock code", code).map_err(|refusal| refusal.message())?;
    if !customer.is_empty() {
        catalogue::code("customer", customer).map_err(|refusal| refusal.message())?;
    }
    let quantity: i64 = whole(quantity).ok_or_else(|| format!("the quantity {quantity} is not a whole number"))?;
    let price: Decimal = price
        .parse()
        .map_err(|_| format!("the price {price} is not a number"))?;
    if price.is_sign_negative() && !price.is_zero() {
        return Err("the price is negative".to_owned());
    }
    let day = parse_day(date)
        .filter(|_| is_time(date))
        .ok_or_else(|| format!("{date} is not a date"))?;
    if quantity == 0 {
        return Err("the quantity is zero".to_owned());
    }
    if returned && quantity > 0 {
        return Err("a return has a negative quantity".to_owned());
    }
    if !returned && quantity < 0 && !price.is_zero() {
        return Err("the quantity is negative outside a return".to_owned());
    }
    if quantity.abs() > MAX_QUANTITY {
        return Err("the quantity is above 99,999".to_owned());
    }
    let total = profile
        .currency
        .line_total(quantity.abs(), &price)
        .map_err(|error| format!("the amount cannot be kept: {error}"))?;
    // One piece has to have a price, too.
    let one = profile
        .currency
        .from_decimal(&price)
        .map_err(|error| format!("the price cannot be kept: {error}"))?;
    if total.max(one) > MAX_AMOUNT {
        return Err("the amount is too large".to_owned());
    }
    Ok(Taken {
        code: code.clone(),
        description: shortened(description),
        quantity,
        price,
        total,
        customer: customer.clone(),
        day,
    })
}

/// A description as a product's name: on one line, and no longer than a name may be.
fn shortened(text: &str) -> String {
    let mut short = String::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        if short.len() + c.len_utf8() > MAX_DESCRIPTION {
            break;
        }
        short.push(c);
    }
    short.trim_end().to_owned()
}

/// `12`, `-3`; also `12.0`, as spreadsheets write whole numbers.
fn whole(text: &str) -> Option<i64> {
    let (digits, rest) = text.split_once('.').unwrap_or((text, ""));
    rest.bytes()
        .all(|byte| byte == b'0')
        .then(|| digits.parse().ok())
        .flatten()
}

/// The invoices of a share, in the order of their first rows, and the rows that cannot be taken.
fn read_file(profile: &Profile, path: &Path, share: Option<Share>) -> Result<(Vec<Invoice>, Vec<Rejected>), Refusal> {
    let file = path.display().to_string();
    let unreadable = |error: std::io::Error| Refusal::NoFile {
        file: file.clone(),
        why: error.to_string(),
    };
    let bad = |why: String| Refusal::BadFile {
        file: file.clone(),
        why,
    };
    let meta = std::fs::metadata(path).map_err(unreadable)?;
    if meta.len() > MAX_FILE {
        return Err(bad("it is larger than 4 GiB".to_owned()));
    }
    let open = || {
        std::fs::File::open(path)
            .map(std::io::BufReader::new)
            .map_err(unreadable)
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(open()?);
    let mut lines = CsvLines::new(open()?);
    let header = reader.byte_headers().map_err(|error| bad(error.to_string()))?.clone();
    let at: Vec<usize> = COLUMNS
        .iter()
        .map(|column| {
            let named = |name: &[u8]| {
                let name = name.strip_prefix(b"\xef\xbb\xbf").unwrap_or(name);
                name.trim_ascii().eq_ignore_ascii_case(column.as_bytes())
            };
            header
                .iter()
                .position(named)
                .ok_or_else(|| bad(format!("it has no column {column}")))
        })
        .collect::<Result<_, _>>()?;
    let mut invoices: Vec<Invoice> = Vec::new();
    let mut by_number: HashMap<String, usize> = HashMap::new();
    let mut rejected = Vec::new();
    let mut record = csv::ByteRecord::new();
    // The last row of the file, and the invoice that took it.
    let mut last: (u64, Option<usize>) = (1, None);
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(false) => {
                if lines.ends_in_quotes().map_err(unreadable)? {
                    unfinished(last, &mut invoices, &mut rejected);
                }
                break;
            }
            Ok(true) => {}
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                rejected.push(Rejected {
                    line,
                    reason: error.to_string(),
                });
                break;
            }
        }
        let line = lines
            .at(record.position().map_or(0, csv::Position::byte))
            .map_err(unreadable)?;
        // Old systems write other character sets; what is no UTF-8 stays readable in names and never makes a code.
        let text = |at: usize| {
            record
                .get(at)
                .map(|bytes| String::from_utf8_lossy(bytes).trim().to_owned())
        };
        let number = text(at[0]).unwrap_or_default();
        last = (line, None);
        if share.is_some_and(|share| !share.takes(&number)) {
            continue;
        }
        let fields: Option<Vec<String>> = at.iter().map(|at| text(*at)).collect();
        let row = match fields {
            _ if record.len() > header.len() => {
                Err("it has more fields than the header; a comma may be unquoted".to_owned())
            }
            Some(fields) if record.len() == header.len() => {
                if fields[..2].iter().any(|code| code.contains('\u{fffd}')) {
                    Err("a code is not UTF-8".to_owned())
                } else {
                    read_row(profile, &fields)
                }
            }
            _ => Err("fields are missing; the file may be cut short".to_owned()),
        };
        let row = row.and_then(|row| {
            let slot = *by_number.entry(number.clone()).or_insert_with(|| {
                invoices.push(Invoice {
                    number: number.clone(),
                    rows: Vec::new(),
                });
                invoices.len() - 1
            });
            if invoices[slot].rows.len() >= MAX_LINES {
                return Err(format!("the invoice has more than {MAX_LINES} lines"));
            }
            invoices[slot].rows.push(row);
            last.1 = Some(slot);
            Ok(())
        });
        if let Err(reason) = row {
            rejected.push(Rejected { line, reason });
        }
    }
    Ok((invoices, rejected))
}

/// How many rows of a file would be taken, and those that would not; nothing is written.
///
/// # Errors
/// A file that cannot be read, or lacks a column.
pub fn readable(profile: &Profile, path: &Path) -> Result<(usize, Vec<Rejected>), Refusal> {
    let (invoices, rejected) = read_file(profile, path, None)?;
    Ok((invoices.iter().map(|invoice| invoice.rows.len()).sum(), rejected))
}

/// Takes back the last row of a file that ends within quotes: whatever followed the quote is in it. One that was rejected
/// or belongs to another share is left alone.
fn unfinished((line, slot): (u64, Option<usize>), invoices: &mut Vec<Invoice>, rejected: &mut Vec<Rejected>) {
    let Some(slot) = slot else { return };
    invoices[slot].rows.pop();
    if invoices[slot].rows.is_empty() {
        invoices.remove(slot);
    }
    rejected.push(Rejected {
        line,
        reason: "it opens a quote that nothing closes; the file may be cut short".to_owned(),
    });
}

/// What one invoice came to.
enum Outcome {
    Recorded { total: Option<i64>, adjustments: i64 },
    Skipped,
}

impl App {
    /// Replays a file of retail invoices.
    pub fn replay_retail(
        &self,
        caller: &Caller,
        path: &Path,
        share: Option<Share>,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Report, Refusal> {
        let started = Instant::now();
        if !caller.may(Permission::Replay) {
            return Err(Refusal::NotPermitted {
                permission: Permission::Replay.word().to_owned(),
            });
        }
        if self.place().store_id.is_none() {
            return Err(Refusal::NotStoredHere);
        }
        let (profile, open, recorded) = self.replica().read(|conn| -> Result<_, Refusal> {
            let recorded: HashSet<String> = crate::scope::rows(
                conn,
                "SELECT invoice FROM replayed UNION SELECT invoice FROM base_replayed",
                &[],
                |row| row.get(0),
            )?
            .into_iter()
            .collect();
            Ok((
                self.place().profile(conn)?,
                open_session(conn, self.place().device)?,
                recorded,
            ))
        })?;
        if let Some(OpenSession { replay: None, day, .. }) = open {
            return Err(Refusal::SessionOpen { day: day.text() });
        }
        let (invoices, rejected) = read_file(&profile, path, share)?;
        let file: String = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let mut report = Report {
            rejected,
            ..Report::default()
        };
        let of = invoices.len();
        let mut wrote = false;
        let mut invoices = invoices.into_iter().peekable();
        let mut done = 0;
        while invoices.peek().is_some() {
            let run: Vec<Invoice> = invoices.by_ref().take(INVOICES_A_TRANSACTION).collect();
            done += run.len();
            let (before, new): (Vec<Invoice>, Vec<Invoice>) =
                run.into_iter().partition(|invoice| recorded.contains(&invoice.number));
            report.skipped += before.len() as i64;
            for (returned, outcome) in self.record(caller, &file, new)? {
                let Outcome::Recorded { total, adjustments } = outcome else {
                    report.skipped += 1;
                    continue;
                };
                wrote = true;
                report.adjustments.count += adjustments;
                if let Some(total) = total {
                    let sum = if returned {
                        &mut report.returns
                    } else {
                        &mut report.sales
                    };
                    sum.count += 1;
                    sum.total += total;
                }
            }
            progress(done, of);
        }
        if wrote {
            // A finished run leaves the drawer as it found it: nobody's session is left open in another year.
            self.close_replayed(caller)?;
        }
        report.seconds = started.elapsed().as_secs_f64();
        Ok(report)
    }

    /// Records a run of invoices, each a commit of its own, durable together; says of each whether it is a return.
    fn record(&self, caller: &Caller, file: &str, invoices: Vec<Invoice>) -> Result<Vec<(bool, Outcome)>, Refusal> {
        if invoices.is_empty() {
            return Ok(Vec::new());
        }
        let (app, caller, file) = (self.clone(), caller.clone(), file.to_owned());
        let now = self.now();
        self.replica().write(move |tx| {
            let place = app.place();
            let mut outcomes = Vec::with_capacity(invoices.len());
            for invoice in &invoices {
                let mut scope = Scope::writing(tx, &caller, place, now, REPLAY, request_of(invoice));
                outcomes.push((invoice.is_return(), record_invoice(&mut scope, &file, invoice)?));
            }
            Ok(outcomes)
        })
    }

    fn close_replayed(&self, caller: &Caller) -> Result<(), Refusal> {
        let (app, caller) = (self.clone(), caller.clone());
        let now = self.now();
        let request = self.random_id()?;
        self.replica().write(move |tx| {
            let mut scope = Scope::writing(tx, &caller, app.place(), now, REPLAY, request);
            match open_session(scope.conn(), scope.place.device)? {
                Some(open) if open.replay.is_some() => close_session(&mut scope, &open),
                _ => Ok(()),
            }
        })
    }
}

/// The request id of an invoice: recorded twice by one till it would be one commit.
fn request_of(invoice: &Invoice) -> Id {
    Id::of(&HashUse::Case.hash(&[b"replay", invoice.number.as_bytes()]))
}

/// Drafts of replay carry their own request ids, because one run is many commits.
fn draft(scope: &Scope<'_, '_>, day: Day, request: Id) -> Draft {
    Draft::new(
        Lane::All,
        Context {
            command: REPLAY,
            request,
            user: Some(scope.caller.user),
            wall: scope.now,
            skew: None,
            date: day.0,
        },
    )
}

fn close_session(scope: &mut Scope<'_, '_>, open: &OpenSession) -> Result<(), Refusal> {
    let store = scope.own_store()?;
    let profile = scope.profile()?;
    let expected = expected(&cash_flow(scope.conn(), open)?)?;
    let number = next_number(scope, &profile, open.day, Series::Z)?;
    let request = scope.tx()?.random_id()?;
    let mut closing = draft(scope, open.day, request);
    // Returns may outweigh sales; a drawer holds no less than nothing.
    let counted = expected.max(0);
    let reason = Some("replay".to_owned());
    closing.add(SessionClosed {
        store,
        session: open.id,
        number,
        counted,
        expected,
        reason,
    });
    scope.append(closing)?;
    Ok(())
}

/// The replay's session of a business date; the one of another date is closed first.
fn session_of(scope: &mut Scope<'_, '_>, day: Day, file: &str) -> Result<Id, Refusal> {
    if let Some(open) = open_session(scope.conn(), scope.place.device)? {
        if open.replay.is_none() {
            return Err(Refusal::SessionOpen { day: open.day.text() });
        }
        if open.day == day {
            return Ok(open.id);
        }
        close_session(scope, &open)?;
    }
    let store = scope.own_store()?;
    let request = scope.tx()?.random_id()?;
    let mut opening = draft(scope, day, request);
    let cite = opening.add(SessionOpened {
        store,
        float: 0,
        replay: Some(file.to_owned()),
    });
    Ok(scope.append(opening)?.id(cite))
}

/// A product of the file as it is known here.
struct Known {
    id: Id,
    name: String,
    hsn: String,
    list: i64,
    rate: Rate,
    stocked: bool,
}

fn product(
    scope: &mut Scope<'_, '_>,
    commit: &mut Draft,
    made: &mut HashMap<String, Known>,
    profile: &Profile,
    row: &Taken,
) -> Result<(), Refusal> {
    if made.contains_key(&row.code) {
        return Ok(());
    }
    let id = natural_id(scope.place.organisation, NaturalKind::Product, &row.code);
    let found = match catalogue::by_id(scope.conn(), id)? {
        Some(found) => Some(found),
        None => catalogue::by_code(scope.conn(), &row.code)?,
    };
    let known = match found {
        Some(found) => Known {
            id: found.id,
            rate: found.rate_on(profile, row.day),
            stocked: found.stocked(profile),
            name: found.name,
            hsn: found.hsn,
            list: found.list,
        },
        None => {
            let price = profile
                .currency
                .from_decimal(&row.price)
                .map_err(|error| Refusal::Failed {
                    what: error.to_string(),
                })?;
            let name = if row.description.is_empty() {
                row.code.clone()
            } else {
                row.description.clone()
            };
            let rate = profile.standard_rate(row.day);
            let values = [
                ("code", Value::Text(row.code.clone())),
                ("name", Value::Text(name.clone())),
                ("kind", Value::Text(ProductKind::Accessory.word().to_owned())),
                ("price", Value::Text(format!("{price}/{price}"))),
                ("rate", Value::Int(rate.basis_points().into())),
                ("active", Value::Bool(true)),
            ];
            let values = values.into_iter().map(|(field, value)| (field.to_owned(), value));
            if let Some(change) = scope.tx()?.new_document(DocumentKind::Product, id, values)? {
                commit.add(change);
            }
            Known {
                id,
                name,
                hsn: String::new(),
                list: price,
                rate,
                stocked: true,
            }
        }
    };
    made.insert(row.code.clone(), known);
    Ok(())
}

fn customer(scope: &mut Scope<'_, '_>, commit: &mut Draft, code: &str) -> Result<Id, Refusal> {
    let id = natural_id(scope.place.organisation, NaturalKind::Customer, code);
    if customers::by_id(scope.conn(), id)?.is_some() {
        return Ok(id);
    }
    if let Some(found) = customers::by_code(scope.conn(), code)? {
        return Ok(found.id);
    }
    if crate::erasure::code_erased(scope.conn(), id)? {
        // The trade is recorded under the pseudonym that stays; nobody is made again.
        return Ok(id);
    }
    let kind = DocumentKind::CustomerContact;
    let values = [
        ("code".to_owned(), Value::Text(code.to_owned())),
        ("name".to_owned(), Value::Text(format!("Customer {code}"))),
    ];
    if let Some(change) = scope.tx()?.new_document(kind, id, values)? {
        commit.add_in(customers::unit(kind, id), change);
    }
    Ok(id)
}

fn record_invoice(scope: &mut Scope<'_, '_>, file: &str, invoice: &Invoice) -> Result<Outcome, Refusal> {
    let recorded = row(
        scope.conn(),
        "SELECT 1 FROM replayed WHERE invoice = ?1 UNION ALL SELECT 1 FROM base_replayed WHERE invoice = ?1 LIMIT 1",
        &[&invoice.number],
        |_| Ok(()),
    )?;
    if recorded.is_some() {
        return Ok(Outcome::Skipped);
    }
    let Some(first) = invoice.rows.first() else {
        return Ok(Outcome::Skipped);
    };
    let (store, day) = (scope.own_store()?, first.day);
    let profile = scope.profile()?;
    let returned = invoice.is_return();
    let session = session_of(scope, day, file)?;
    let mut commit = draft(scope, day, request_of(invoice));
    let reason = format!("replay {file}");

    let is_adjustment = |row: &Taken| !returned && row.price.is_zero();
    let traded: Vec<&Taken> = invoice.rows.iter().filter(|row| !is_adjustment(row)).collect();
    let total: i64 = traded.iter().map(|row| row.total).sum();
    let mut products: HashMap<String, Known> = HashMap::new();
    for row in &invoice.rows {
        product(scope, &mut commit, &mut products, &profile, row)?;
    }
    if !traded.is_empty() {
        let code = invoice
            .rows
            .iter()
            .map(|row| row.customer.as_str())
            .find(|code| !code.is_empty());
        let customer = code.map(|code| customer(scope, &mut commit, code)).transpose()?;
        let series = if returned { Series::Credit } else { Series::Sale };
        let number = next_number(scope, &profile, day, series)?;
        let sale = commit.add(Sale {
            direction: if returned { Direction::Return } else { Direction::Sale },
            store,
            session,
            number,
            customer,
            total,
            rounding: 0,
            original: None,
            approver: None,
            reason: Some(reason.clone()),
        });
        for row in traded {
            let Some(known) = products.get(&row.code) else { continue };
            commit.add(line(&profile, sale, known, row)?);
        }
        commit.add(Payment {
            sale,
            method: Method::Cash.word().to_owned(),
            amount: total,
            tendered: total,
            reference: None,
        });
    } else if let Some(code) = invoice
        .rows
        .iter()
        .map(|row| row.customer.as_str())
        .find(|code| !code.is_empty())
    {
        customer(scope, &mut commit, code)?;
    }
    let mut adjustments = 0;
    for row in invoice.rows.iter().filter(|row| is_adjustment(row)) {
        if let Some(known) = products.get(&row.code) {
            commit.add(crate::stock::adjustment(known.id, store, row.quantity, &reason));
            adjustments += 1;
        }
    }
    commit.add(Replayed {
        file: file.to_owned(),
        invoice: invoice.number.clone(),
    });
    scope.append(commit)?;
    let has_trade = invoice.rows.iter().any(|row| !is_adjustment(row));
    Ok(Outcome::Recorded {
        total: has_trade.then_some(total),
        adjustments,
    })
}

fn line(profile: &Profile, sale: Cite, known: &Known, row: &Taken) -> Result<SaleLine, Refusal> {
    let failed = |error: &dyn std::fmt::Display| Refusal::Failed {
        what: error.to_string(),
    };
    let price = profile
        .currency
        .from_decimal(&row.price)
        .map_err(|error| failed(&error))?;
    let quantity = row.quantity.abs();
    let basket = BasketLine {
        quantity,
        list: price,
        offer: price,
        unit_price: price,
        gross: Some(row.total),
        discount: Discount::None,
        document_share: 0,
        rate: known.rate,
    };
    let priced = price_line(&basket, Supply::Within, &profile.tax_rules).map_err(|error| failed(&error))?;
    Ok(SaleLine {
        sale,
        product: known.id,
        name: known.name.clone(),
        hsn: known.hsn.clone(),
        quantity,
        list: known.list,
        price,
        discount: 0,
        total: row.total,
        rate: known.rate.basis_points(),
        taxable: priced.tax.taxable,
        taxes: priced.tax.components.iter().map(|component| component.amount).collect(),
        stocked: known.stocked,
        prescription: None,
        original: None,
    })
}
