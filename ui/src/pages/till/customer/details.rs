//! What is written about a customer, and who wrote what into a field.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::customers::{CustomerHistory, FieldChange};
use model::role::Permission;

use super::fields::FIELDS;
use super::record::Shown;
use crate::client::{Client, Refused};
use crate::components::Rows;
use crate::format;
use crate::session::Session;
use crate::text::{t, tf};

#[component]
pub fn Details(shown: StoredValue<Shown>) -> impl IntoView {
    let (session, client) = (Session::get(), Client::get());
    let customer = shown.with_value(|s| s.customer.clone());
    let id = customer.id;
    let changes = RwSignal::new(None::<Result<Vec<FieldChange>, Refused>>);
    spawn_local(async move {
        let answer = client.call(CustomerHistory { customer: id }).await;
        changes.try_set(Some(answer.map(|answer| answer.changes)));
    });
    let clinic = untrack(|| session.may(Permission::ClinicRead));
    let fields: Vec<_> = FIELDS.iter().filter(|field| clinic || !field.is_clinical).collect();
    let rows = Rows::new(Signal::stored(fields.len()));
    let names: Vec<_> = fields.iter().map(|field| (field.name, field.label)).collect();
    let names = StoredValue::new(names);
    let chosen = Memo::new(move |_| {
        rows.now()
            .and_then(|row| names.with_value(|names| names.get(row).copied()))
    });
    let body = fields.into_iter().enumerate().map(|(n, field)| {
        let value = field.get(&customer);
        let empty = value.is_empty();
        view! {
            <tr
                aria-selected=move || rows.selected(n)
                tabindex=move || rows.tabindex(n)
                on:click=move |_| rows.chosen.set(n)
            >
                <th scope="row">{t(field.label)}</th>
                <td class:t3=empty>{if empty { t("customer.not_written").to_owned() } else { value }}</td>
            </tr>
        }
    });
    let of_chosen = move || {
        let (name, _) = chosen.get()?;
        Some(match changes.get()? {
            Err(why) => view! { <p class="t-sm bad">{why.message}" "{why.remedy}</p> }.into_any(),
            Ok(all) => {
                let of_field: Vec<_> = all.into_iter().filter(|change| change.field == name).collect();
                if of_field.is_empty() {
                    return Some(view! { <p class="t-sm t3">{t("customer.never_written")}</p> }.into_any());
                }
                let items = of_field.into_iter().map(|change| {
                    let when = format::moment(change.wall, session.now(), session.offset());
                    let who = tf(
                        "customer.changed_by",
                        &[("name", &change.user), ("till", &change.till), ("when", &when)],
                    );
                    let value = if change.value.is_empty() {
                        t("customer.emptied").to_owned()
                    } else {
                        change.value
                    };
                    view! { <li class="cell-2"><span class="m">{value}</span><span class="t-sm">{who}</span></li> }
                });
                view! { <ul class="stack stack--3">{items.collect_view()}</ul> }.into_any()
            }
        })
    };
    view! {
        <div class="detailsplit">
            <table class="table details" on:keydown=move |event| rows.key(&event, false)>
                <thead>
                    <tr>
                        <th scope="col">{t("customer.field")}</th>
                        <th scope="col">{t("customer.value")}</th>
                    </tr>
                </thead>
                <tbody>{body.collect_view()}</tbody>
            </table>
            <section class="sect stack" aria-live="polite">
                <h2 class="h-sec">{move || chosen.get().map(|(_, label)| tf("customer.history_of", &[("field", &t(label))]))}</h2>
                {of_chosen}
            </section>
        </div>
    }
}
