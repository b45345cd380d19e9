//! One customer: who it is, what was bought, what was prescribed, what is written.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::ids::Id;
use model::requests::clinic::{Prescription, PrescriptionList, TestStart};
use model::requests::customers::{Customer, CustomerGet, CustomerRow};
use model::role::Permission;

use super::Words;
use super::conflict::Conflicts;
use super::details::Details;
use super::edit::EditDialog;
use super::history::History;
use super::prescriptions::PrescriptionsTab;
use super::standing::{StandingBadge, signed_line};
use crate::client::{Client, Refused, RequestId};
use crate::components::{Avatar, Badge, Empty, Go, KeyBar, Rx, Tabs, Tone};
use crate::format;
use crate::keys::{Keys, key};
use crate::pages::till::sale::OpenSale;
use crate::pages::till::test_room::years;
use crate::place::{Place, Places};
use crate::session::Session;
use crate::shell::Screen;
use crate::text::{t, tf, tn};

/// Prescriptions beside the history: the newest and the one before.
const BESIDE: usize = 2;

/// What the page shows, fetched anew after every change.
#[derive(Clone)]
pub struct Shown {
    pub customer: Customer,
    pub prescriptions: Vec<Prescription>,
}

async fn fetch(client: Client, customer: Id, clinic: bool) -> Result<Shown, Refused> {
    let found = client.call(CustomerGet { customer }).await?;
    let prescriptions = if clinic {
        client.call(PrescriptionList { customer }).await?.prescriptions
    } else {
        Vec::new()
    };
    Ok(Shown {
        customer: found,
        prescriptions,
    })
}

#[component]
pub fn Record(customer: Id, words: Words) -> impl IntoView {
    let (session, client, places) = (Session::get(), Client::get(), Places::get());
    let clinic = untrack(|| session.may(Permission::ClinicRead));
    let shown = RwSignal::new(None::<Shown>);
    let refused = RwSignal::new(None::<Refused>);
    let reload = Callback::new(move |()| {
        spawn_local(async move {
            match fetch(client, customer, clinic).await {
                Ok(found) => _ = shown.try_set(Some(found)),
                Err(why) => _ = refused.try_set(Some(why)),
            }
        });
    });
    reload.run(());

    let is_editing = RwSignal::new(false);
    let tab = RwSignal::new(0);
    let is_there = Signal::derive(move || shown.read().is_some());
    let to_list = move || places.go(Place::of(words.list_page, &[]));
    let may_test = untrack(|| session.may(Permission::ClinicWrite));
    // A shop's customer buys, a clinic's patient is tested; whoever may do both finds the test in the test room.
    let may_sell = untrack(|| session.may(Permission::SalesWrite));
    let sale = OpenSale::get();
    let start_sale = move || {
        if let Some(found) = shown.with_untracked(|s| s.as_ref().map(|s| row_of(&s.customer))) {
            sale.attach(Some(found));
            places.go(Place::of("sale", &[]));
        }
    };
    let may_write = untrack(|| session.may(Permission::CustomersWrite));
    let is_busy = RwSignal::new(false);
    let start_test = move || {
        is_busy.set(true);
        spawn_local(async move {
            let answer = client.call_once(TestStart { customer }, &RequestId::draw()).await;
            is_busy.try_set(false);
            match answer {
                Ok(made) => places.go(Place::of("test", &[&made.test])),
                Err(why) => _ = refused.try_set(Some(why)),
            }
        });
    };
    let mut keys = Keys::screen().bind(key("F2", "customer.key_find").tile().run(to_list));
    if may_write {
        keys = keys.bind(
            key("F3", "customer.key_edit")
                .tile()
                .when(is_there)
                .run(move || is_editing.set(true)),
        );
    }
    if clinic {
        keys = keys.bind(
            key("F6", "customer.key_prescriptions")
                .tile()
                .when(is_there)
                .run(move || tab.set(1)),
        );
    }
    keys = keys.bind(key("Esc", "customer.key_back").tile().run(to_list));
    let can_start = Signal::derive(move || is_there.get() && !is_busy.get());
    if may_sell {
        keys = keys.bind(key("F9", "customer.start_sale").when(can_start).run(start_sale));
    } else if may_test {
        keys = keys.bind(key("F9", "customer.start_test").when(can_start).run(start_test));
    }
    let keys = keys.install();

    let sub = Signal::derive(move || {
        shown
            .read()
            .as_ref()
            .map(|s| s.customer.code.clone())
            .unwrap_or_default()
    });
    let names = {
        let mut names = vec![t("customer.tab_history").to_owned()];
        if clinic {
            names.push(t("customer.tab_prescriptions").to_owned());
        }
        names.push(t("customer.tab_details").to_owned());
        names
    };
    let details_tab = names.len() - 1;
    let names = StoredValue::new(names);
    let work = move || match (shown.get(), refused.get()) {
        (Some(now), _) => {
            let now = StoredValue::new(now);
            view! {
                <Head shown=now/>
                <Tabs label=t(words.one) chosen=tab names=names.get_value()/>
                <Conflicts shown=now on_chosen=reload/>
                {move || match tab.get() {
                    n if n == details_tab => view! { <Details shown=now/> }.into_any(),
                    1 => view! { <PrescriptionsTab shown=now on_changed=reload/> }.into_any(),
                    _ => view! { <History shown=now on_prescription=Callback::new(move |()| tab.set(1))/> }.into_any(),
                }}
            }
            .into_any()
        }
        (None, Some(why)) => view! { <Empty icon="triangle-alert" title=why.message why=why.remedy/> }.into_any(),
        (None, None) => ().into_any(),
    };
    let trouble = Signal::derive(move || refused.get().map(|why| format!("{} {}", why.message, why.remedy)));
    let go = (may_sell || may_test).then(|| view! { <Go keys why=trouble/> });
    view! {
        <Screen title=Signal::stored(t(words.one).to_owned()) sub>
            <main class="main main--aside main--cust">
                <section class="work" aria-label=t(words.one)>{work}</section>
                <aside class="aside" aria-label=t("customer.aside")>
                    {move || shown.get().map(beside)}
                </aside>
                <KeyBar keys/>
                {go.is_none().then(|| view! { <div class="go"></div> })}
                {go}
            </main>
        </Screen>
        {move || is_editing.get().then(|| shown.get_untracked().map(|now| view! {
            <EditDialog
                customer=now.customer
                on_close=Callback::new(move |()| is_editing.set(false))
                on_saved=reload
            />
        }))}
    }
}

/// The customer as lists and sales know it.
fn row_of(customer: &Customer) -> CustomerRow {
    CustomerRow {
        id: customer.id,
        code: customer.code.clone(),
        name: customer.name.clone(),
        phone: customer.phone.clone(),
        email: customer.email.clone(),
        birth_day: customer.birth_day,
    }
}

#[component]
fn Head(shown: StoredValue<Shown>) -> impl IntoView {
    let session = Session::get();
    let customer = shown.with_value(|s| s.customer.clone());
    let today = format::day(session.now(), session.offset());
    let born = customer.birth_day.map(|day| {
        let age = tn("customer.years", years(day, today.0).unsigned_abs().into(), &[]);
        tf("customer.born", &[("day", &retail::Day(day).text()), ("age", &age)])
    });
    let allergies = (!customer.allergies.is_empty()).then(|| {
        view! { <Badge tone=Tone::Danger icon="triangle-alert">{customer.allergies.clone()}</Badge> }
    });
    // What somebody bought is said to those who sell.
    let facts = untrack(|| session.may(Permission::SalesRead)).then(|| {
        view! {
            <dl class="facts">
                <div><dt>{t("customer.bought")}</dt><dd>{session.amount(customer.spent)}</dd></div>
            </dl>
        }
    });
    view! {
        <div class="cust__head">
            <Avatar name=customer.name.clone() large=true/>
            <div class="grow">
                <h2 class="t-xl b clip">{customer.name.clone()}</h2>
                <div class="row gap-3 t-sm t2 row--wrap">
                    <span class="code">{session.phone(&customer.phone)}</span>
                    {born.map(|born| view! { <span>{born}</span> })}
                    {allergies}
                </div>
            </div>
            {facts}
        </div>
    }
}

/// The newest prescriptions, and what must not be overlooked.
fn beside(shown: Shown) -> impl IntoView {
    let none = shown.prescriptions.is_empty().then(|| {
        view! {
            <section class="sect stack">
                <h2 class="h-sec">{t("customer.no_prescriptions")}</h2>
                <p class="t-sm t2">{t("customer.no_prescriptions_why")}</p>
            </section>
        }
    });
    let items = shown.prescriptions.into_iter().take(BESIDE).map(|p| {
        let line = signed_line(&p);
        view! {
            <section class="sect stack">
                <div class="row row--split">
                    <h2 class="h-sec">{tf("customer.version", &[("n", &p.version)])}</h2>
                    <StandingBadge standing=p.standing valid_until=p.valid_until/>
                </div>
                <Rx right=p.right left=p.left/>
                <p class="t-xs t3">{line}</p>
            </section>
        }
    });
    let notes = (!shown.customer.notes.is_empty()).then(|| {
        view! {
            <section class="sect stack">
                <h2 class="h-sec">{t("customer.notes")}</h2>
                <p class="t-sm t2">{shown.customer.notes.clone()}</p>
            </section>
        }
    });
    view! { {none} {items.collect_view()} {notes} }
}
