//! A customer who was found: what is known at first sight, everything as a file, and what was ordered before.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::ids::{CustomerUnit, Id};
use model::requests::customers::CustomerRow;
use model::requests::erasure::{CustomerExport, EraseState, Erasure};
use retail::Day;

use super::privacy_order::{day_and_time, pseudonym, units};
use crate::client::{Client, Refused};
use crate::components::{Note, Toast, Toasts, Tone};
use crate::download;
use crate::session::Session;
use crate::text::{t, tf};

/// A row of the list.
pub fn cells(session: Session, person: &CustomerRow) -> AnyView {
    view! {
        <td class="m clip">{person.name.clone()}</td>
        <td class="code clip">{person.code.clone()}</td>
        <td class="t2 clip">{session.phone(&person.phone)}</td>
        <td class="num">{person.birth_day.map(|day| Day(day).text())}</td>
    }
    .into_any()
}

/// The orders about this person that were not taken back.
fn standing(customer: Id, orders: &[Erasure]) -> impl Iterator<Item = &Erasure> {
    orders
        .iter()
        .filter(move |order| order.customer == Some(customer) && order.state != EraseState::Withdrawn)
}

/// What of this person goes already.
#[must_use]
pub fn ordered(customer: Id, orders: &[Erasure]) -> Vec<CustomerUnit> {
    standing(customer, orders)
        .flat_map(|order| order.units.clone())
        .collect()
}

/// The panel of the chosen person.
pub fn detail(session: Session, person: &CustomerRow, orders: &[Erasure]) -> AnyView {
    let pair = |label: &'static str, value: String| {
        (!value.is_empty()).then(|| view! { <dt>{t(label)}</dt><dd class="ho-wrap">{value}</dd> })
    };
    let born = person.birth_day.map(|day| Day(day).text()).unwrap_or_default();
    let ordered = standing(person.id, orders)
        .map(|order| {
            let what = units(order);
            let (tone, icon, words) = if order.state == EraseState::Ordered {
                let time = day_and_time(session, order.not_before);
                let words = tf("ho_privacy.ordered_before", &[("what", &what), ("time", &time)]);
                (Tone::Warn, "clock", words)
            } else {
                let words = tf("ho_privacy.erased_before", &[("what", &what)]);
                (Tone::Plain, "info", words)
            };
            view! { <Note tone icon>{words}</Note> }
        })
        .collect_view();
    view! {
        <header class="sect stack stack--1">
            <h2 class="t-lg b ho-wrap" id="privacy-who">{person.name.clone()}</h2>
            <p class="t-sm t2">{pseudonym(person.id)}</p>
        </header>
        <section class="sect stack">
            <h3 class="h-sec">{t("ho_privacy.known")}</h3>
            <dl class="kv">
                {pair("ho_privacy.code", person.code.clone())}
                {pair("ho_privacy.phone", session.phone(&person.phone))}
                {pair("ho_privacy.email", person.email.clone())}
                {pair("ho_privacy.born", born)}
            </dl>
            {ordered}
        </section>
        <section class="sect stack">
            <h3 class="h-sec">{t("ho_privacy.ways")}</h3>
            <p class="t-sm t2">{t("ho_privacy.export_why")}</p>
            <p class="t-sm t2">{t("ho_privacy.erase_why")}</p>
        </section>
    }
    .into_any()
}

/// Everything about a person, asked for and saved as a file.
#[derive(Clone, Copy)]
pub struct Export {
    client: Client,
    session: Session,
    toasts: Toasts,
    is_busy: RwSignal<bool>,
    /// Of whom it was refused, and why.
    refused: RwSignal<Option<(Id, Refused)>>,
}

impl Export {
    pub fn new() -> Self {
        Self {
            client: Client::get(),
            session: Session::get(),
            toasts: Toasts::get(),
            is_busy: RwSignal::new(false),
            refused: RwSignal::new(None),
        }
    }

    #[must_use]
    pub fn is_busy(self) -> bool {
        self.is_busy.get()
    }

    pub fn run(self, person: &CustomerRow) {
        let (id, code) = (person.id, person.code.clone());
        self.is_busy.set(true);
        self.refused.set(None);
        spawn_local(async move {
            let answer = self.client.call(CustomerExport { customer: id }).await;
            let _ = self.is_busy.try_set(false);
            match answer {
                Ok(all) => {
                    let today = super::at::today(self.session);
                    // A file's name is read by more people than the file: the code, never the name.
                    let whose = if code.is_empty() { id.to_string() } else { code };
                    let name = format!("customer-{}-{today}.json", in_file_name(&whose));
                    let text = serde_json::to_string_pretty(&all).unwrap_or_default();
                    let said = match (download::json(&name, &text), all.more) {
                        (false, _) => tf("ho_privacy.not_saved", &[("file", &name)]),
                        (true, true) => tf("ho_privacy.saved_part", &[("file", &name)]),
                        (true, false) => tf("ho_privacy.saved", &[("file", &name)]),
                    };
                    self.toasts.show(Toast::new("file-output", said));
                }
                Err(why) => _ = self.refused.try_set(Some((id, why))),
            }
        });
    }

    /// Why the chosen person's file could not be had.
    #[must_use]
    pub fn refused(self, person: &CustomerRow) -> Option<Refused> {
        self.refused
            .get()
            .filter(|(id, _)| *id == person.id)
            .map(|(_, why)| why)
    }
}

/// A code may hold anything; a file's name may not.
fn in_file_name(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::in_file_name;

    #[test]
    fn a_code_becomes_part_of_a_file_name() {
        assert_eq!(in_file_name("C0001"), "C0001");
        assert_eq!(in_file_name("../a b"), "---a-b");
    }
}
