//! The paper of an export: what a person is handed who asks what is held.

use documents::{PersonPaper, Section, person_paper};
use model::ids::Id;
use model::refusal::Refusal;
use model::request::Request;
use model::requests::erasure::{CustomerExport, PersonExport};
use model::requests::sales::Sale;
use optics::Eye;
use retail::{Day, Profile};

use crate::place::Place;
use crate::{App, Caller, customers};

impl App {
    /// A customer by code, or by id where the contact with its code was erased.
    ///
    /// # Errors
    /// [`Refusal::NotPermitted`], [`Refusal::Unknown`].
    pub fn customer_named(&self, caller: &Caller, name: &str) -> Result<Id, Refusal> {
        caller.check(CustomerExport::PERMISSION)?;
        let name = name.trim();
        let found = self.replica().read(|conn| customers::by_code(conn, name))?;
        found
            .map(|row| row.id)
            .or_else(|| name.parse().ok())
            .ok_or_else(|| Refusal::Unknown {
                what: format!("Customer {name}"),
            })
    }

    /// Everything about a person as a PDF, from its export.
    ///
    /// # Errors
    /// More than a paper holds.
    pub fn export_paper(&self, person: &PersonExport) -> Result<Vec<u8>, Refusal> {
        let profile = self.replica().read(|conn| self.place().profile(conn))?;
        person_paper(&paper(person, &profile)).map_err(|error| Refusal::Failed {
            what: error.to_string(),
        })
    }
}

fn moment(wall: i64, profile: &Profile) -> String {
    let local = wall.saturating_add(i64::from(profile.time_zone.offset_minutes) * 60_000);
    let minutes = local.rem_euclid(86_400_000) / 60_000;
    let day = Place::local_day(profile, wall).text();
    format!("{day}, {:02}:{:02}", minutes / 60, minutes % 60)
}

fn row(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

fn section(heading: &str, nothing: &str, rows: Vec<(String, String)>) -> Section {
    Section {
        heading: heading.to_owned(),
        // An empty field says nothing about a person.
        rows: rows.into_iter().filter(|(_, text)| !text.is_empty()).collect(),
        nothing: nothing.to_owned(),
    }
}

fn paper(person: &PersonExport, profile: &Profile) -> PersonPaper {
    let name = person.contact.as_ref().map(|contact| contact.name.clone());
    let contact = person.contact.iter().flat_map(|contact| {
        [
            row("Code", &contact.code),
            row("Name", &contact.name),
            row("Telephone", &contact.phone),
            row("E-mail", &contact.email),
            row("Birth date", contact.birth_date.as_deref().unwrap_or_default()),
            row("Address", &contact.address),
        ]
    });
    let clinical = person
        .clinical
        .iter()
        .flat_map(|clinical| [row("Allergies", &clinical.allergies), row("Notes", &clinical.notes)]);
    let invoice = person.invoice.iter().flat_map(|invoice| {
        [
            row("Name on invoices", &invoice.legal_name),
            row("GSTIN", &invoice.gstin),
        ]
    });
    let eyes = |right: &optics::EyePrescription, left: &optics::EyePrescription| {
        format!("{}; {}", right.text(Eye::Right), left.text(Eye::Left))
    };
    let prescriptions = person.prescriptions.iter().map(|one| {
        let by = one.doctor.as_deref().unwrap_or(&one.signed_by);
        let reason = one
            .reason
            .as_deref()
            .map_or_else(String::new, |why| format!(" ({why})"));
        (
            Day(one.signed_day).text(),
            format!(
                "{}. Version {}, by {by}, valid until {}{reason}",
                eyes(&one.right, &one.left),
                one.version,
                Day(one.valid_until).text()
            ),
        )
    });
    let tests = person.tests.iter().map(|test| {
        let reason = if test.reason.is_empty() {
            String::new()
        } else {
            format!(". {}", test.reason)
        };
        (
            moment(test.started, profile),
            format!("{}, by {}{reason}", eyes(&test.right, &test.left), test.started_by),
        )
    });
    let history = person.history.iter().map(|change| {
        let by = [change.user.as_str(), change.till.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty());
        (
            moment(change.wall, profile),
            format!(
                "{} {}: {} ({})",
                change.record.replace('_', " "),
                change.field.replace('_', " "),
                change.value,
                by.collect::<Vec<_>>().join(", ")
            ),
        )
    });
    let conflicts = person
        .conflicts
        .iter()
        .map(|conflict| (conflict.field.replace('_', " "), conflict.values.join(" or ")));
    let erasures = person.erasures.iter().map(|one| {
        let units: Vec<String> = one
            .units
            .iter()
            .map(|unit| format!("{unit:?}").to_lowercase())
            .collect();
        (
            moment(one.ordered_at, profile),
            format!("{}, from {} on", units.join(", "), moment(one.not_before, profile)),
        )
    });
    let mut sections = vec![
        section("Contact", "Nothing is held.", contact.collect()),
        section("Clinical notes", "Nothing is held.", clinical.collect()),
        section("For invoices", "Nothing is held.", invoice.collect()),
        section("Prescriptions", "None are held.", prescriptions.collect()),
        section("Eye tests", "None are held.", tests.collect()),
        section(
            "Purchases and returns",
            "None are held.",
            person.sales.iter().flat_map(|sale| sale_rows(sale, profile)).collect(),
        ),
        section("Who wrote what", "Nothing is held.", history.collect()),
    ];
    if !person.conflicts.is_empty() {
        sections.push(section("Written differently in two places", "", conflicts.collect()));
    }
    if !person.erasures.is_empty() {
        sections.push(section("Ordered to be erased", "", erasures.collect()));
    }
    PersonPaper {
        shop_name: person.organisation.clone(),
        person: name.unwrap_or_else(|| format!("Customer {}", person.customer)),
        made: format!("All that is held, made {}", moment(person.made_at, profile)),
        sections,
    }
}

fn sale_rows(sale: &Sale, profile: &Profile) -> Vec<(String, String)> {
    let money = |amount| profile.currency.format_with_symbol(amount);
    let kind = if sale.is_return { "Return" } else { "Sale" };
    let name = sale.customer_name.as_deref().unwrap_or_default();
    let payments: Vec<String> = sale
        .payments
        .iter()
        .map(|payment| {
            let reference = payment
                .reference
                .as_deref()
                .map_or_else(String::new, |text| format!(" {text}"));
            format!("{} {}{reference}", payment.method, money(payment.amount))
        })
        .collect();
    let head = format!(
        "{kind} {}, {}, {}. {} {}",
        sale.number,
        sale.store_name,
        money(sale.total),
        payments.join(", "),
        name
    );
    let lines = sale.lines.iter().map(|line| {
        (
            String::new(),
            format!("{} × {}: {}", line.quantity, line.name, money(line.total)),
        )
    });
    std::iter::once((Day(sale.day).text(), head.trim().to_owned()))
        .chain(lines)
        .collect()
}
