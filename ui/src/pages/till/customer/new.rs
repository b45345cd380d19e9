//! A new customer, or patient: a name and a way to reach the person. Whoever is like that already is shown beside.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::ids::Id;
use model::requests::customers::{CustomerCreate, CustomerFields};

use super::birth_date;
use super::find::People;
use crate::client::{Client, Refused, RequestId};
use crate::components::{Avatar, Dialog, KeyButton, TextField};
use crate::dom;
use crate::keys::{Keys, key};
use crate::session::Session;
use crate::text::t;

/// People who may be the same; more would not be read.
const ALIKE: usize = 3;

/// `words` is what was searched for: it becomes the name, or the phone number. `on_made` gets the new or the known one.
#[component]
pub fn NewCustomer(words: String, title: &'static str, on_close: Callback<()>, on_made: Callback<Id>) -> impl IntoView {
    let (session, client) = (Session::get(), Client::get());
    let is_number = words.chars().any(|c| c.is_ascii_digit());
    let (as_name, as_phone) = if is_number {
        (String::new(), words)
    } else {
        (words, String::new())
    };
    let name = RwSignal::new(as_name.trim().to_owned());
    let phone = RwSignal::new(as_phone.trim().to_owned());
    let (email, birth) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let alike = People::follow(name);
    let refused = RwSignal::new(None::<Refused>);
    let is_busy = RwSignal::new(false);
    let request = StoredValue::new(RequestId::draw());
    let is_wrong_date =
        Memo::new(move |_| !birth.read().trim().is_empty() && birth_date::read(&birth.read()).is_none());
    let can_add = Signal::derive(move || {
        let has_way = !phone.read().trim().is_empty() || !email.read().trim().is_empty();
        !is_busy.get() && !name.read().trim().is_empty() && has_way && !is_wrong_date.get()
    });
    let take = move |customer: Id| {
        on_close.run(());
        on_made.run(customer);
    };
    let add = move || {
        is_busy.set(true);
        let some = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let create = CustomerCreate {
            code: None,
            fields: CustomerFields {
                name: some(name.get_untracked()),
                phone: some(phone.get_untracked()),
                email: some(email.get_untracked()),
                birth_date: birth_date::read(&birth.read_untracked()).map(|day| day.to_string()),
                ..CustomerFields::default()
            },
        };
        spawn_local(async move {
            let answer = client.call_once(create, &request.get_value()).await;
            is_busy.try_set(false);
            match answer {
                Ok(made) => take(made.customer),
                Err(why) => {
                    if !why.is_no_answer() {
                        request.try_set_value(RequestId::draw());
                    }
                    refused.try_set(Some(why));
                }
            }
        });
    };
    let keys = Keys::dialog().bind(key("F9", "customer.add").when(can_add).run(add));
    let enter = |event: KeyboardEvent| {
        if event.key() == "Enter" {
            dom::next_field(&event);
        }
    };
    let wrong_date = Signal::derive(move || is_wrong_date.get().then(|| t("customer.birth_wrong").to_owned()));
    let known = move || {
        let rows = alike.found.get().customers.into_iter().take(ALIKE).map(move |row| {
            let id = row.id;
            view! {
                <li>
                    <button type="button" class="opt" on:click=move |_| take(id)>
                        <Avatar name=row.name.clone()/>
                        <span class="cell-2 grow"><span class="m clip">{row.name}</span><span class="t-sm">{session.phone(&row.phone)}</span></span>
                        <span class="t-sm acc">{t("customer.take_known")}</span>
                    </button>
                </li>
            }
        });
        rows.collect_view()
    };
    view! {
        <Dialog
            title=Signal::stored(title.to_owned())
            sub=Signal::stored(t("customer.new_sub").to_owned())
            keys
            on_close
            foot=|keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <KeyButton keys chord="F9" class="btn--primary btn--lg push"/>
            }.into_any()
        >
            <div class="stack stack--3" on:keydown=enter>
                <TextField id="new-name" label=t("customer.name") value=name autofocus=true max=120/>
                <div class="cols-2">
                    <TextField id="new-phone" label=t("customer.phone") value=phone kind="tel" max=30/>
                    <TextField
                        id="new-birth"
                        label=t("customer.birth")
                        value=birth
                        hint=t("customer.birth_hint")
                        wrong=wrong_date
                        max=20
                    />
                </div>
                <TextField id="new-email" label=t("customer.email") value=email kind="email" max=254/>
                <p class="t-sm bad" role="alert">
                    {move || refused.get().map(|why| format!("{} {}", why.message, why.remedy))}
                </p>
                <section class="alike" aria-label=t("customer.alike")>
                    <h3 class="h-sec">{t("customer.alike")}</h3>
                    <ul class="alike__list">{known}</ul>
                </section>
            </div>
        </Dialog>
    }
}
