//! Correcting what is written. Only what changed is sent, so that two tills that edit different fields keep both.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::customers::{Customer, CustomerEdit, CustomerFields};
use model::role::Permission;

use super::fields::{FIELDS, Field as Written};
use crate::client::{Client, Refused, RequestId};
use crate::components::{Dialog, DialogSize, Field, KeyButton, TextField, Toast, Toasts};
use crate::dom;
use crate::keys::{Keys, key};
use crate::session::Session;
use crate::text::t;

#[component]
pub fn EditDialog(customer: Customer, on_close: Callback<()>, on_saved: Callback<()>) -> impl IntoView {
    let (session, client, toasts) = (Session::get(), Client::get(), Toasts::get());
    let clinic = untrack(|| session.may(Permission::ClinicRead));
    let id = customer.id;
    let fields: Vec<(&'static Written, String, RwSignal<String>)> = FIELDS
        .iter()
        .filter(|field| clinic || !field.is_clinical)
        .map(|field| {
            let value = field.get(&customer);
            (field, value.clone(), RwSignal::new(value))
        })
        .collect();
    let fields = StoredValue::new(fields);
    let refused = RwSignal::new(None::<Refused>);
    let is_busy = RwSignal::new(false);
    let request = StoredValue::new(RequestId::draw());
    let is_changed = Memo::new(move |_| {
        fields.with_value(|all| all.iter().any(|(_, before, now)| now.read().trim() != before.trim()))
    });
    let save = move || {
        let mut edit = CustomerEdit {
            customer: id,
            fields: CustomerFields::default(),
        };
        fields.with_value(|all| {
            for (field, before, now) in all {
                let now = now.get_untracked();
                if now.trim() != before.trim() {
                    field.set(&mut edit.fields, &now);
                }
            }
        });
        is_busy.set(true);
        spawn_local(async move {
            let answer = client.call_once(edit, &request.get_value()).await;
            is_busy.try_set(false);
            match answer {
                Ok(_) => {
                    toasts.show(Toast::new("check", t("customer.saved")));
                    on_close.run(());
                    on_saved.run(());
                }
                Err(why) => {
                    if !why.is_no_answer() {
                        request.try_set_value(RequestId::draw());
                    }
                    refused.try_set(Some(why));
                }
            }
        });
    };
    let can_save = Signal::derive(move || is_changed.get() && !is_busy.get());
    let keys = Keys::dialog()
        .bind(key("Ctrl+S", "customer.save").when(can_save).run(save))
        .bind(key("F9", "customer.save").when(can_save).run(save));
    let enter = |event: KeyboardEvent| {
        if event.key() == "Enter" {
            dom::next_field(&event);
        }
    };
    view! {
        <Dialog
            title=Signal::stored(t("customer.edit_title").to_owned())
            sub=Signal::stored(t("customer.edit_sub").to_owned())
            size=DialogSize::Mid
            keys
            on_close
            foot=|keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <KeyButton keys chord="F9" class="btn--primary btn--lg push"/>
            }.into_any()
        >
            <div class="cols-2 editgrid" on:keydown=enter>
                {fields.get_value().into_iter().enumerate().map(|(n, (field, _, value))| one(n == 0, field, value)).collect_view()}
                <p class="t-sm bad" role="alert">
                    {move || refused.get().map(|why| format!("{} {}", why.message, why.remedy))}
                </p>
            </div>
        </Dialog>
    }
}

fn one(first: bool, field: &'static Written, value: RwSignal<String>) -> AnyView {
    if !field.is_long {
        return view! { <TextField id=field.id label=t(field.label) value autofocus=first max=field.max/> }.into_any();
    }
    view! {
        <Field id=field.id label=t(field.label)>
            <textarea
                class="input"
                id=field.id
                rows="2"
                maxlength=field.max
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
            ></textarea>
        </Field>
    }
    .into_any()
}
