//! The customer of the sale: whoever is known already is proposed with every letter; otherwise a new one is added.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::customers::{CustomerCreate, CustomerFields, CustomerRow};
use retail::Day;

use super::known::{Known, Typed, read_date};
use super::open_sale::OpenSale;
use crate::client::{Client, Refused, RequestId};
use crate::components::{Avatar, Badge, Dialog, DialogSize, KeyButton, Note, TextField, Tone};
use crate::dom;
use crate::keys::{Keys, key};
use crate::session::Session;
use crate::text::{t, tf};

#[component]
pub fn CustomerDialog(sale: OpenSale, on_close: Callback<()>) -> impl IntoView {
    let (session, client) = (Session::get(), Client::get());
    let country = session
        .organisation()
        .map(|o| o.profile.phone_country)
        .unwrap_or_default();
    let [name, phone, email, birth] = std::array::from_fn(|_| RwSignal::new(String::new()));
    let typed = Memo::new(move |_| Typed {
        name: name.get(),
        phone: phone.get(),
        email: email.get(),
        birth: read_date(&birth.read()),
    });
    let known = Known::new(typed, country);
    let refused = RwSignal::new(None::<Refused>);
    let is_busy = RwSignal::new(false);
    // The same new customer over every try.
    let request = StoredValue::new(RequestId::draw());

    let attach = move |row: CustomerRow| {
        sale.attach(Some(row));
        on_close.run(());
    };
    let add = move || {
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        let typed = typed.get_untracked();
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let create = CustomerCreate {
            code: None,
            fields: CustomerFields {
                name: some(&typed.name),
                phone: some(&typed.phone),
                email: some(&typed.email),
                birth_date: typed.birth.map(|day| day.to_string()),
                ..CustomerFields::default()
            },
        };
        spawn_local(async move {
            let answer = client.call_once(create, &request.get_value()).await;
            is_busy.try_set(false);
            match answer {
                Ok(made) => attach(CustomerRow {
                    id: made.customer,
                    code: String::new(),
                    name: typed.name.trim().to_owned(),
                    phone: typed.phone.trim().to_owned(),
                    email: typed.email.trim().to_owned(),
                    birth_day: typed.birth.map(|day| day.0),
                }),
                Err(why) => {
                    request.try_set_value(RequestId::draw());
                    refused.try_set(Some(why));
                }
            }
        });
    };

    let is_wrong_date = Memo::new(move |_| !birth.read().trim().is_empty() && read_date(&birth.read()).is_none());
    let can_add = Signal::derive(move || {
        let typed = typed.read();
        let has_way = !typed.phone.trim().is_empty() || !typed.email.trim().is_empty();
        !is_busy.get() && !typed.name.trim().is_empty() && has_way && !is_wrong_date.get()
    });
    let has_known = Signal::derive(move || known.chosen().is_some());
    let label = Signal::derive(move || match known.chosen() {
        Some(row) => tf("customer_of_sale.use", &[("name", &row.name)]),
        None => t("customer_of_sale.add").to_owned(),
    });
    let main = move || match known.chosen_now() {
        Some(row) => attach(row),
        None => add(),
    };
    let can_main = Signal::derive(move || has_known.get() || can_add.get());
    let has_customer = sale.contents().with_untracked(|c| c.customer.is_some());
    let take_off = move || {
        sale.attach(None);
        on_close.run(());
    };
    let mut keys = Keys::dialog()
        .bind(
            key("F4", "customer_of_sale.add_anyway")
                .when(Signal::derive(move || has_known.get() && can_add.get()))
                .run(add),
        )
        .bind(key("F9", "customer_of_sale.add").label(label).when(can_main).run(main))
        .bind(key("Alt+Up", "customer_of_sale.choose").run(move || known.rows.step(-1)))
        .bind(key("Alt+Down", "customer_of_sale.choose").run(move || known.rows.step(1)));
    if has_customer {
        keys = keys.bind(key("Alt+R", "customer_of_sale.take_off").run(take_off));
    }
    let enter = move |event: KeyboardEvent| {
        if event.key() == "Enter" {
            dom::next_field(&event);
        }
    };
    let birth_wrong = Signal::derive(move || is_wrong_date.get().then(|| t("customer_of_sale.birth_hint").to_owned()));
    let (title, sub) = match has_customer {
        true => (t("customer_of_sale.title_change"), t("customer_of_sale.sub_change")),
        false => (t("customer_of_sale.title"), t("customer_of_sale.sub")),
    };
    view! {
        <Dialog
            title=Signal::stored(title.to_owned())
            sub=Signal::stored(sub.to_owned())
            size=DialogSize::Wide
            keys
            on_close
            close_label=t("customer_of_sale.back")
            body_class="newc"
            foot=move |keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                {has_customer.then(|| view! { <KeyButton keys chord="Alt+R" class="btn--lg"/> })}
                {move || (has_known.get() && can_add.get()).then(|| view! { <KeyButton keys chord="F4" class="btn--lg push"/> })}
                <KeyButton keys chord="F9" class="btn--primary btn--lg dialog__main"/>
            }.into_any()
        >
            <div class="stack stack--3" on:keydown=enter>
                <TextField id="name" label=t("customer_of_sale.name") value=name autofocus=true max=200/>
                <div class="cols-2">
                    <TextField id="phone" label=t("customer_of_sale.phone") value=phone kind="tel" max=30/>
                    <TextField
                        id="birth"
                        label=t("customer_of_sale.birth")
                        value=birth
                        hint=t("customer_of_sale.birth_hint")
                        wrong=birth_wrong
                        max=20
                    />
                </div>
                <TextField id="email" label=t("customer_of_sale.email") value=email kind="email" max=200/>
                <p class="t-sm bad" role="alert">
                    {move || refused.get().map(|why| format!("{} {}", why.message, why.remedy))}
                </p>
            </div>
            <Proposed known/>
        </Dialog>
    }
}

/// Who is known and may be the same person.
#[component]
fn Proposed(known: Known) -> impl IntoView {
    let session = Session::get();
    let head = move || {
        let n = known.found.read().len();
        (n > 0).then(|| tf("customer_of_sale.n_known", &[("n", &n)]))
    };
    let is_strong = move || known.matches.get().iter().any(|m| m.is_likely());
    let item = move |(row, (customer, hits)): (usize, (CustomerRow, super::known::Matches))| {
        let born = customer.birth_day.map(|day| Day(day).text());
        let below = [Some(session.phone(&customer.phone)), born]
            .into_iter()
            .flatten()
            .filter(|s| !s.is_empty());
        let below = below.collect::<Vec<_>>().join(" · ");
        view! {
            <li
                role="option"
                class="list__item"
                aria-selected=move || known.rows.selected(row)
                tabindex=move || known.rows.tabindex(row)
                on:click=move |_| known.rows.chosen.set(row)
            >
                <Avatar name=customer.name.clone()/>
                <span class="cell-2 grow">
                    <span class="row row--split">
                        <span class="m clip">{customer.name.clone()}</span>
                        {hits.is_likely().then(|| view! { <Badge tone=Tone::Warn>{t("customer_of_sale.likely")}</Badge> })}
                    </span>
                    <span class="clip t-sm t2">{below}</span>
                    <span class="row row--wrap gap-1 dup__m">
                        {hits.phone.then(|| view! { <Badge tone=Tone::Ok icon="check">{t("customer_of_sale.phone")}</Badge> })}
                        {hits.birth.then(|| view! { <Badge tone=Tone::Ok icon="check">{t("customer_of_sale.birth")}</Badge> })}
                        {hits.name.then(|| view! { <Badge tone=Tone::Ok icon="check">{t("customer_of_sale.name")}</Badge> })}
                        {hits.email.then(|| view! { <Badge tone=Tone::Ok icon="check">{t("customer_of_sale.email")}</Badge> })}
                    </span>
                </span>
            </li>
        }
    };
    view! {
        <section class="dup" aria-label=t("customer_of_sale.known")>
            <div class="row row--split dup__h">
                <h3 class="h-sec">{t("customer_of_sale.known_ask")}</h3>
                <span class="t-xs t3" role="status">{head}</span>
            </div>
            <ul role="listbox" class="dup__list" aria-label=t("customer_of_sale.known_list")>
                {move || {
                    let matches = known.matches.get();
                    known.found.get().into_iter().zip(matches).enumerate().map(item).collect_view()
                }}
            </ul>
            <div class="dup__f">
                {move || is_strong().then(|| view! {
                    <Note tone=Tone::Warn icon="users">{t("customer_of_sale.warn")}</Note>
                })}
            </div>
        </section>
    }
}
