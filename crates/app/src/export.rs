//! Everything about one person, as data and as a paper.

use model::ids::Id;
use model::records::{DocumentKind, Value};
use model::refusal::Refusal;
use model::requests::clinic::{Prescription, PrescriptionList, TestGet};
use model::requests::customers::Conflict;
use model::requests::erasure::{
    ClinicalData, ContactData, CustomerExport, HistoryRow, InvoiceData, PersonExport, TestData,
};
use model::requests::sales::Sale;
use replica::document::Document;
use replica::project::{document_changes, load_document};
use retail::Day;

use crate::checkpoint::older_is_elsewhere;
use crate::customers::shown_field;
use crate::erasure::{check_named, listed};
use crate::office::{device_name, user_name};
use crate::sales;
use crate::scope::{Handle, Scope, id_at, id_or_none};

/// Rows of each list that an export holds; a person of seven years has hundreds.
const MAX_ROWS: usize = 20_000;

impl Handle for CustomerExport {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<PersonExport, Refusal> {
        let id = self.customer;
        check_named(scope.conn(), id)?;
        let documents = [
            (DocumentKind::CustomerContact, "contact"),
            (DocumentKind::CustomerClinical, "clinical"),
            (DocumentKind::CustomerInvoice, "invoice"),
        ];
        let (mut history, mut conflicts) = (Vec::new(), Vec::new());
        let mut held = Vec::with_capacity(documents.len());
        for (kind, record) in documents {
            let document = load_document(scope.conn(), kind, id)?;
            conflicts.extend(document.conflicts().map(|field| conflict(&document, field)));
            write_history(scope, kind, record, id, &mut history)?;
            held.push((document.changes > 0).then_some(document));
        }
        let mut held = held.into_iter();
        let mut next = || held.next().flatten();
        let (contact, clinical, invoice) = (next(), next(), next());
        let tests = tests(scope, id)?;
        for test in &tests {
            write_history(scope, DocumentKind::EyeTest, "eye_test", test.test, &mut history)?;
        }
        write_cancelled(scope, id, &mut history)?;
        history.sort_by_key(|row: &HistoryRow| row.wall);
        let prescriptions = prescriptions(scope, id)?;
        let sales = sales_of(scope, id)?;
        let more = [history.len(), tests.len(), prescriptions.len(), sales.len()]
            .into_iter()
            .any(|rows| rows > MAX_ROWS);
        history.truncate(MAX_ROWS);
        let organisation = scope
            .row("SELECT name FROM organisation ORDER BY id LIMIT 1", &[], |row| {
                row.get(0)
            })?
            .unwrap_or_default();
        Ok(PersonExport {
            organisation,
            made_at: scope.now,
            customer: id,
            contact: contact.map(|contact| ContactData {
                code: contact.text("code").to_owned(),
                name: contact.text("name").to_owned(),
                phone: contact.text("phone").to_owned(),
                email: contact.text("email").to_owned(),
                birth_date: contact
                    .int("birth_day")
                    .and_then(|day| i32::try_from(day).ok())
                    .map(|day| Day(day).to_string()),
                address: contact.text("address").to_owned(),
            }),
            clinical: clinical.map(|clinical| ClinicalData {
                allergies: clinical.text("allergies").to_owned(),
                notes: clinical.text("notes").to_owned(),
            }),
            invoice: invoice.map(|invoice| InvoiceData {
                legal_name: invoice.text("legal_name").to_owned(),
                gstin: invoice.text("gstin").to_owned(),
            }),
            history,
            conflicts,
            prescriptions,
            tests,
            sales,
            erasures: listed(scope, Some(id), None)?,
            more,
        })
    }
}

fn conflict(document: &Document, field: &str) -> Conflict {
    Conflict {
        field: field.to_owned(),
        values: document.fields[field]
            .iter()
            .map(|(_, value)| shown_field(field, value))
            .collect(),
    }
}

/// A value of the history: powers in words, not bytes.
fn shown(kind: DocumentKind, field: &str, value: &Value) -> String {
    match (kind, field, value) {
        (DocumentKind::EyeTest, "right" | "left", Value::Bytes(bytes)) => {
            optics::EyePrescription::from_bytes(bytes).map_or_else(|_| shown_field(field, value), |eye| eye.line())
        }
        (DocumentKind::EyeTest, "customer" | "store", Value::Bytes(bytes)) => {
            Id::from_slice(bytes).map_or_else(String::new, |id| id.to_string())
        }
        _ => shown_field(field, value),
    }
}

fn write_history(
    scope: &Scope<'_, '_>,
    kind: DocumentKind,
    record: &str,
    document: Id,
    history: &mut Vec<HistoryRow>,
) -> Result<(), Refusal> {
    let mut changes = document_changes(scope.conn(), kind, document)?;
    // What builds on something counts on from it; of one instant that is the order.
    changes.sort_by_key(|row| (row.change.start, row.wall));
    for change in changes {
        let user = user_name(scope.conn(), change.user)?;
        let till = device_name(scope.conn(), change.device)?;
        history.extend(change.change.ops.iter().map(|op| HistoryRow {
            record: record.to_owned(),
            field: op.field.clone(),
            value: shown(kind, &op.field, &op.value),
            user: user.clone(),
            till: till.clone(),
            wall: change.wall,
        }));
    }
    Ok(())
}

fn write_cancelled(scope: &Scope<'_, '_>, customer: Id, history: &mut Vec<HistoryRow>) -> Result<(), Refusal> {
    let cancelled = scope.rows(
        "SELECT c.reason, c.user, c.wall FROM prescription_cancelled c JOIN prescription p ON p.id = c.prescription
         WHERE p.customer = ? ORDER BY c.wall, c.id LIMIT ?",
        &[&customer.as_bytes(), &(MAX_ROWS as i64 + 1)],
        |row| Ok((row.get::<_, String>(0)?, id_or_none(row, 1)?, row.get(2)?)),
    )?;
    for (value, user, wall) in cancelled {
        history.push(HistoryRow {
            record: "prescription".to_owned(),
            field: "cancelled".to_owned(),
            value,
            user: user_name(scope.conn(), user)?,
            till: String::new(),
            wall,
        });
    }
    Ok(())
}

fn prescriptions(scope: &mut Scope<'_, '_>, customer: Id) -> Result<Vec<Prescription>, Refusal> {
    Ok(PrescriptionList { customer }.handle(scope)?.prescriptions)
}

fn tests(scope: &mut Scope<'_, '_>, customer: Id) -> Result<Vec<TestData>, Refusal> {
    let ids = scope.rows(
        "SELECT id FROM eye_test WHERE customer = ? ORDER BY wall, id LIMIT ?",
        &[&customer.as_bytes(), &(MAX_ROWS as i64 + 1)],
        |row| id_at(row, 0),
    )?;
    ids.into_iter()
        .map(|test| {
            let test = TestGet { test }.handle(scope)?;
            Ok(TestData {
                test: test.id,
                started: test.started,
                started_by: test.started_by,
                right: test.right,
                left: test.left,
                reason: test.reason,
                prescription: test.prescription,
            })
        })
        .collect()
}

fn sales_of(scope: &Scope<'_, '_>, customer: Id) -> Result<Vec<Sale>, Refusal> {
    // Everything is everything: a till that keeps sums of some of it is not asked.
    let summed = scope
        .row(
            "SELECT 1 FROM base_customer WHERE customer = ? LIMIT 1",
            &[&customer.as_bytes()],
            |_| Ok(()),
        )?
        .is_some();
    if let Some(told) = older_is_elsewhere(scope)?.filter(|_| summed) {
        return Err(Refusal::Unknown {
            what: format!("Everything about this customer ({told})"),
        });
    }
    let ids = scope.rows(
        "SELECT id FROM sale WHERE customer = ? ORDER BY day, wall, id LIMIT ?",
        &[&customer.as_bytes(), &(MAX_ROWS as i64 + 1)],
        |row| id_at(row, 0),
    )?;
    ids.into_iter().map(|sale| sales::load(scope, sale)).collect()
}
