//! A field that two tills wrote at once: both values are kept, one is shown, a person chooses.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::ids::Id;
use model::requests::customers::{Conflict, CustomerEdit, CustomerFields};

use super::fields::by_name;
use super::record::Shown;
use crate::client::{Client, Refused, RequestId};
use crate::components::{Dialog, KeyButton, Note, Tone};
use crate::keys::{Keys, key};
use crate::text::{t, tf};

/// The field's word; one this page does not know by its own name.
fn label(field: &str) -> String {
    by_name(field).map_or_else(|| field.to_owned(), |field| t(field.label).to_owned())
}

#[component]
pub fn Conflicts(shown: StoredValue<Shown>, on_chosen: Callback<()>) -> impl IntoView {
    let (customer, all) = shown.with_value(|s| (s.customer.id, s.customer.conflicts.clone()));
    let open = RwSignal::new(None::<Conflict>);
    let notes = all.into_iter().map(|conflict| {
        let values = conflict
            .values
            .iter()
            .map(|value| format!("“{value}”"))
            .collect::<Vec<_>>()
            .join(", ");
        let can_choose = by_name(&conflict.field).is_some();
        let name = label(&conflict.field);
        view! {
            <div class="cust__note">
                <Note tone=Tone::Warn icon="triangle-alert">
                    <div class="row row--split">
                        <span>
                            <b class="m">{tf("customer.conflict", &[("field", &name)])}</b>
                            " "{tf("customer.conflict_values", &[("values", &values)])}
                        </span>
                        {can_choose.then(|| view! {
                            <button type="button" class="btn" on:click=move |_| open.set(Some(conflict.clone()))>
                                {t("customer.choose")}
                            </button>
                        })}
                    </div>
                </Note>
            </div>
        }
    });
    view! {
        {notes.collect_view()}
        {move || open.get().map(|conflict| view! {
            <ChooseDialog customer conflict on_close=Callback::new(move |()| open.set(None)) on_chosen/>
        })}
    }
}

#[component]
fn ChooseDialog(customer: Id, conflict: Conflict, on_close: Callback<()>, on_chosen: Callback<()>) -> impl IntoView {
    let client = Client::get();
    let chosen = RwSignal::new(None::<usize>);
    let refused = RwSignal::new(None::<Refused>);
    let is_busy = RwSignal::new(false);
    let name = label(&conflict.field);
    let conflict = StoredValue::new(conflict);
    let keep = move || {
        let Some(value) = chosen
            .get_untracked()
            .and_then(|n| conflict.with_value(|conflict| conflict.values.get(n).cloned()))
        else {
            return;
        };
        let mut fields = CustomerFields::default();
        conflict.with_value(|conflict| {
            if let Some(field) = by_name(&conflict.field) {
                field.set(&mut fields, &value);
            }
        });
        is_busy.set(true);
        spawn_local(async move {
            let answer = client
                .call_once(CustomerEdit { customer, fields }, &RequestId::draw())
                .await;
            is_busy.try_set(false);
            match answer {
                Ok(_) => {
                    on_close.run(());
                    on_chosen.run(());
                }
                Err(why) => _ = refused.try_set(Some(why)),
            }
        });
    };
    let can_keep = Signal::derive(move || chosen.get().is_some() && !is_busy.get());
    let keys = Keys::dialog().bind(key("F9", "customer.keep_this").when(can_keep).run(keep));
    let option = move |(n, value): (usize, String)| {
        view! {
            <li>
                <label class="check">
                    <input
                        type="radio"
                        name="conflict"
                        autofocus=n == 0
                        prop:checked=move || chosen.get() == Some(n)
                        on:change=move |_| chosen.set(Some(n))
                    />
                    <span class="m">{if value.is_empty() { t("customer.emptied").to_owned() } else { value }}</span>
                </label>
            </li>
        }
    };
    view! {
        <Dialog
            title=Signal::stored(tf("customer.conflict_title", &[("field", &name)]))
            sub=Signal::stored(t("customer.conflict_sub").to_owned())
            keys
            on_close
            foot=|keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <KeyButton keys chord="F9" class="btn--primary btn--lg push"/>
            }.into_any()
        >
            <ul class="confirm">
                {conflict.with_value(|c| c.values.clone()).into_iter().enumerate().map(option).collect_view()}
            </ul>
            <p class="t-sm bad" role="alert">
                {move || refused.get().map(|why| format!("{} {}", why.message, why.remedy))}
            </p>
        </Dialog>
    }
}
