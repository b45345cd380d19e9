//! Customers: three documents each, found by any field.

use std::collections::BTreeMap;

use journal::Lane;
use model::ids::{CustomerUnit, Hash, Id, NaturalKind, customer_unit, natural_id};
use model::records::{DocumentKind, Value};
use model::refusal::Refusal;
use model::requests::Done;
use model::requests::customers::{
    Conflict, Customer, CustomerCreate, CustomerEdit, CustomerFields, CustomerGet, CustomerHistory, CustomerMade,
    CustomerRow, CustomerSale, CustomerSearch, Customers, FieldChange, FieldChanges,
};
use model::role::Permission;
use replica::Draft;
use replica::project::{document_changes, load_document};
use retail::Day;
use retail::gstin::Gstin;
use rusqlite::{Connection, Row};

use crate::scope::{Handle, Scope, id_at, match_words, row, rows};

const ROWS: u32 = 20;
const MAX_ROWS: u32 = 100;
/// Sales of a customer that are listed.
const MAX_SALES: i64 = 100;
/// Longest note.
const MAX_NOTE: usize = 8_000;

pub type Values = BTreeMap<DocumentKind, Vec<(String, Value)>>;

fn bad(field: &str, why: &str) -> Refusal {
    Refusal::BadField {
        field: field.to_owned(),
        why: why.to_owned(),
    }
}

/// The values that these fields write, by document.
pub fn values(fields: &CustomerFields, phone_country: &str) -> Result<Values, Refusal> {
    let mut values = Values::new();
    let mut put = |kind: DocumentKind, field: &str, value: Value| {
        values.entry(kind).or_default().push((field.to_owned(), value));
    };
    let text = |field: &str, text: &str, most: usize| {
        let text = text.trim();
        if text.chars().count() > most {
            return Err(bad(field, &format!("it has at most {most} characters")));
        }
        Ok(Value::Text(text.to_owned()))
    };
    if let Some(name) = &fields.name {
        put(
            DocumentKind::CustomerContact,
            "name",
            Value::Text(crate::setup::name("name", name)?),
        );
    }
    if let Some(phone) = &fields.phone {
        let phone = retail::phone::normalise(phone, phone_country);
        if !phone.is_empty() && !(5..=15).contains(&phone.trim_start_matches('+').len()) {
            return Err(bad("phone", "a number has 5 to 15 digits"));
        }
        put(DocumentKind::CustomerContact, "phone", Value::Text(phone));
    }
    if let Some(email) = &fields.email {
        let email = email.trim();
        let plausible = email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        if !email.is_empty() && (!plausible || email.len() > 254 || email.contains(char::is_whitespace)) {
            return Err(bad("e-mail", "it has the form name@example.com"));
        }
        put(
            DocumentKind::CustomerContact,
            "email",
            Value::Text(email.to_lowercase()),
        );
    }
    if let Some(date) = &fields.birth_date {
        let value = if date.trim().is_empty() {
            Value::Null
        } else {
            let day = Day::parse_iso(date.trim()).map_err(|error| bad("birth date", &error.to_string()))?;
            if day.ymd().0 < 1880 {
                return Err(bad("birth date", "it lies before 1880"));
            }
            Value::Int(day.0.into())
        };
        put(DocumentKind::CustomerContact, "birth_day", value);
    }
    if let Some(address) = &fields.address {
        put(DocumentKind::CustomerContact, "address", text("address", address, 400)?);
    }
    if let Some(allergies) = &fields.allergies {
        put(
            DocumentKind::CustomerClinical,
            "allergies",
            text("allergies", allergies, 1_000)?,
        );
    }
    if let Some(notes) = &fields.notes {
        put(DocumentKind::CustomerClinical, "notes", text("notes", notes, MAX_NOTE)?);
    }
    if let Some(name) = &fields.legal_name {
        put(
            DocumentKind::CustomerInvoice,
            "legal_name",
            text("name on invoices", name, 120)?,
        );
    }
    if let Some(gstin) = &fields.gstin {
        let gstin = gstin.trim();
        if !gstin.is_empty() {
            Gstin::parse(gstin).map_err(|error| bad("GSTIN", &error.to_string()))?;
        }
        put(
            DocumentKind::CustomerInvoice,
            "gstin",
            Value::Text(gstin.to_uppercase()),
        );
    }
    Ok(values)
}

/// The unit of one of a customer's documents.
pub fn unit(kind: DocumentKind, customer: Id) -> Option<Id> {
    let unit = match kind {
        DocumentKind::CustomerContact => CustomerUnit::Contact,
        DocumentKind::CustomerClinical | DocumentKind::EyeTest => CustomerUnit::Clinical,
        DocumentKind::CustomerInvoice => CustomerUnit::Invoice,
        DocumentKind::Product | DocumentKind::StockItem => return None,
    };
    Some(customer_unit(customer, unit))
}

/// Puts the values of a customer that is not known yet into a draft.
pub fn add_new(scope: &mut Scope<'_, '_>, draft: &mut Draft, customer: Id, values: Values) -> Result<(), Refusal> {
    for (kind, mut values) in values {
        values.retain(|(_, value)| *value != Value::Text(String::new()) && *value != Value::Null);
        if let Some(change) = scope.tx()?.new_document(kind, customer, values)? {
            draft.add_in(unit(kind, customer), change);
        }
    }
    Ok(())
}

fn clinical_needs(fields: &CustomerFields, scope: &Scope<'_, '_>) -> Result<(), Refusal> {
    let touched = fields.allergies.is_some() || fields.notes.is_some();
    if touched && !scope.caller.may(Permission::ClinicRead) {
        return Err(Refusal::NotPermitted {
            permission: Permission::ClinicRead.word().to_owned(),
        });
    }
    Ok(())
}

impl Handle for CustomerCreate {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<CustomerMade, Refusal> {
        if self.fields.name.as_deref().is_none_or(|name| name.trim().is_empty()) {
            return Err(bad("name", "it is empty"));
        }
        clinical_needs(&self.fields, scope)?;
        let mut values = values(&self.fields, &scope.profile()?.phone_country)?;
        let customer = match self.code.as_deref().map(str::trim).filter(|code| !code.is_empty()) {
            Some(text) => {
                let code = crate::catalogue::code("customer code", text)?;
                if by_code(scope.conn(), &code)?.is_some() {
                    return Err(Refusal::Taken {
                        what: format!("Customer {code}"),
                    });
                }
                let id = natural_id(scope.place.organisation, NaturalKind::Customer, &code);
                if crate::erasure::code_erased(scope.conn(), id)? {
                    return Err(Refusal::CodeErased { code });
                }
                values
                    .entry(DocumentKind::CustomerContact)
                    .or_default()
                    .push(("code".to_owned(), Value::Text(code)));
                id
            }
            None => scope.tx()?.random_id()?,
        };
        let mut draft = scope.draft(Lane::All, scope.today()?);
        add_new(scope, &mut draft, customer, values)?;
        scope.append(draft)?;
        Ok(CustomerMade { customer })
    }
}

impl Handle for CustomerEdit {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        known(scope.conn(), self.customer)?;
        if self.fields.name.as_deref().is_some_and(|name| name.trim().is_empty()) {
            return Err(bad("name", "it is empty"));
        }
        clinical_needs(&self.fields, scope)?;
        let values = values(&self.fields, &scope.profile()?.phone_country)?;
        let mut draft = scope.draft(Lane::All, scope.today()?);
        for (kind, values) in values {
            if let Some(change) = scope.tx()?.change_document(kind, self.customer, values)? {
                draft.add_in(unit(kind, self.customer), change);
            }
        }
        if !draft.is_empty() {
            scope.append(draft)?;
        }
        Ok(Done {})
    }
}

const COLUMNS: &str = "c.id, c.code, c.name, c.phone, c.email, c.birth_day";

fn customer_row(row: &Row<'_>) -> rusqlite::Result<CustomerRow> {
    Ok(CustomerRow {
        id: id_at(row, 0)?,
        code: row.get(1)?,
        name: row.get(2)?,
        phone: row.get(3)?,
        email: row.get(4)?,
        birth_day: row.get(5)?,
    })
}

pub fn by_id(conn: &Connection, customer: Id) -> Result<Option<CustomerRow>, Refusal> {
    row(
        conn,
        &format!("SELECT {COLUMNS} FROM customer c WHERE c.id = ?"),
        &[&customer.as_bytes()],
        customer_row,
    )
}

pub fn by_code(conn: &Connection, code: &str) -> Result<Option<CustomerRow>, Refusal> {
    row(
        conn,
        &format!("SELECT {COLUMNS} FROM customer c WHERE c.code = ? ORDER BY c.id LIMIT 1"),
        &[&code],
        customer_row,
    )
}

/// A customer that is known here.
pub fn known(conn: &Connection, customer: Id) -> Result<CustomerRow, Refusal> {
    by_id(conn, customer)?.ok_or_else(|| Refusal::Unknown {
        what: "This customer".to_owned(),
    })
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null => String::new(),
        Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
    }
}

/// A birth day is kept as a number and shown as a date.
pub fn shown_field(field: &str, value: &Value) -> String {
    match (field, value) {
        ("birth_day", Value::Int(day)) => i32::try_from(*day).map_or_else(|_| String::new(), |day| Day(day).text()),
        _ => shown(value),
    }
}

impl Handle for CustomerGet {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Customer, Refusal> {
        let conn = scope.conn();
        let found = known(conn, self.customer)?;
        let id = self.customer;
        let clinic = scope.caller.may(Permission::ClinicRead);
        let mut conflicts = Vec::new();
        let mut heads: Vec<Hash> = Vec::new();
        let mut texts: BTreeMap<&str, String> = BTreeMap::new();
        for kind in [
            DocumentKind::CustomerContact,
            DocumentKind::CustomerClinical,
            DocumentKind::CustomerInvoice,
        ] {
            if kind == DocumentKind::CustomerClinical && !clinic {
                continue;
            }
            let document = load_document(conn, kind, id)?;
            if kind == DocumentKind::CustomerContact {
                heads.clone_from(&document.heads);
            }
            for field in ["address", "allergies", "notes", "legal_name", "gstin"] {
                if document.value(field).is_some() {
                    texts.insert(field, document.text(field).to_owned());
                }
            }
            conflicts.extend(document.conflicts().map(|field| {
                Conflict {
                    field: field.to_owned(),
                    values: document.fields[field]
                        .iter()
                        .map(|(_, value)| shown_field(field, value))
                        .collect(),
                }
            }));
        }
        let sales = rows(
            conn,
            "SELECT s.id, s.number, st.code, s.day, s.total, s.kind,
               (SELECT name FROM sale_line l WHERE l.sale = s.id ORDER BY line LIMIT 1),
               (SELECT COUNT(*) FROM sale_line l WHERE l.sale = s.id)
             FROM sale s LEFT JOIN store st ON st.store = s.store WHERE s.customer = ?
             ORDER BY s.day DESC, s.wall DESC, s.id LIMIT ?",
            &[&id.as_bytes(), &MAX_SALES],
            |row| {
                Ok(CustomerSale {
                    sale: id_at(row, 0)?,
                    number: row.get(1)?,
                    store: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
                    day: row.get(3)?,
                    total: row.get(4)?,
                    is_return: row.get::<_, i64>(5)? == 1,
                    first: row.get::<_, Option<String>>(6)?.unwrap_or_default(),
                    lines: row.get(7)?,
                })
            },
        )?;
        let spent = row(
            conn,
            "SELECT COALESCE(SUM(CASE kind WHEN 0 THEN total ELSE -total END), 0) FROM (
               SELECT kind, total FROM sale WHERE customer = ?1
               UNION ALL SELECT kind, total FROM base_customer WHERE customer = ?1)",
            &[&id.as_bytes()],
            |row| row.get(0),
        )?
        .unwrap_or(0);
        let mut text = |field: &str| texts.remove(field).unwrap_or_default();
        Ok(Customer {
            address: text("address"),
            allergies: text("allergies"),
            notes: text("notes"),
            legal_name: text("legal_name"),
            gstin: text("gstin"),
            id,
            code: found.code,
            name: found.name,
            phone: found.phone,
            email: found.email,
            birth_day: found.birth_day,
            conflicts,
            sales,
            spent,
            heads,
        })
    }
}

/// What the index is asked. A number typed in groups is one number, 98220 41576, and is found with and without what comes
/// before it in its own country; it may be a code as well.
fn asked_words(text: &str, phone_country: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let number = text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-'));
    if !number || digits.len() < 3 {
        return match_words(text);
    }
    let words = match_words(&digits)?;
    match match_words(&retail::phone::normalise(text, phone_country)) {
        Some(national) if national != words => Some(format!("{words} OR {national}")),
        _ => Some(words),
    }
}

impl Handle for CustomerSearch {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Customers, Refusal> {
        let limit = self.limit.unwrap_or(ROWS).clamp(1, MAX_ROWS);
        let Some(words) = asked_words(&self.text, &scope.profile()?.phone_country) else {
            return Ok(Customers {
                customers: Vec::new(),
                more: false,
            });
        };
        let mut customers = scope.rows(
            &format!(
                "SELECT {COLUMNS} FROM customer_search s JOIN customer c ON c.row = s.rowid WHERE customer_search MATCH ? LIMIT ?"
            ),
            &[&words, &(limit + 1)],
            customer_row,
        )?;
        let more = customers.len() > limit as usize;
        customers.truncate(limit as usize);
        Ok(Customers { customers, more })
    }
}

impl Handle for CustomerHistory {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<FieldChanges, Refusal> {
        known(scope.conn(), self.customer)?;
        let mut changes = Vec::new();
        for kind in [
            DocumentKind::CustomerContact,
            DocumentKind::CustomerClinical,
            DocumentKind::CustomerInvoice,
        ] {
            if kind == DocumentKind::CustomerClinical && !scope.caller.may(Permission::ClinicRead) {
                continue;
            }
            for change in document_changes(scope.conn(), kind, self.customer)? {
                let user = crate::office::user_name(scope.conn(), change.user)?;
                let till = crate::office::device_name(scope.conn(), change.device)?;
                changes.extend(change.change.ops.iter().map(|op| FieldChange {
                    field: op.field.clone(),
                    value: shown_field(&op.field, &op.value),
                    user: user.clone(),
                    till: till.clone(),
                    wall: change.wall,
                }));
            }
        }
        changes.sort_by_key(|change| std::cmp::Reverse(change.wall));
        Ok(FieldChanges { changes })
    }
}
