//! Privacy: the erasures ordered; while somebody is looked for, the people found, whose data is handed out or erased.

use leptos::prelude::*;
use model::requests::customers::{CustomerRow, CustomerSearch};
use model::requests::erasure::{CustomerErasures, EraseState, Erasure};
use model::requests::office::{DeviceRow, OfficeDevices};
use model::role::Permission;
use std::time::Duration;

use super::hand::Hand;
use super::list::{List, nothing_above};
use super::names::StoreNames;
use super::poll::Polled;
use super::privacy_dialog::{EraseDialog, WithdrawDialog};
use super::privacy_person::Export;
use super::{privacy_order, privacy_person, refused};
use crate::components::{Empty, KeyButton};
use crate::dom;
use crate::keys::{KeySet, Keys, key};
use crate::session::Session;
use crate::shell::OfficeScreen;
use crate::text::{t, tf, tn};

const FIND: &str = "privacy-find";
/// The panel of the chosen row, which Enter on the list goes to.
const OPEN: &str = "privacy-open";
const FOUND: u32 = 100;
/// After the last letter, before the question is put.
const PAUSE: Duration = Duration::from_millis(200);

/// A row of either list.
#[derive(Debug, Clone, PartialEq)]
enum Row {
    Person(CustomerRow),
    Order(Erasure),
}

/// What a dialog asks about.
#[derive(Debug, Clone)]
enum Asked {
    Erase(CustomerRow),
    Withdraw(Erasure),
}

#[component]
pub fn Privacy() -> impl IntoView {
    let session = Session::get();
    let stores = StoreNames::load();
    let (typed, text) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    Effect::new(move |_| {
        let now = typed.get();
        set_timeout(
            move || {
                if typed.try_with_untracked(|typed| *typed == now) == Some(true) {
                    text.set(now);
                }
            },
            PAUSE,
        );
    });
    let words = Memo::new(move |_| text.read().trim().to_owned());
    let is_search = Memo::new(move |_| !words.read().is_empty());
    let hand = Hand::new();
    // Counts what was done here, so that it is seen at once.
    let done = RwSignal::new(0_u32);
    let people = Polled::under(hand, move || {
        done.track();
        is_search.get().then(|| CustomerSearch {
            text: words.get(),
            limit: Some(FOUND),
        })
    });
    let orders = Polled::under(hand, move || {
        done.track();
        session.may(Permission::CustomersErase).then(CustomerErasures::default)
    });
    let devices = Polled::new(move || session.may(Permission::OfficeRead).then_some(OfficeDevices {}));
    let all = Memo::new(move |_| orders.part(|a| a.erasures.clone()));
    let machines = Memo::new(move |_| devices.get().map(|a| a.devices));
    let rows = Memo::new(move |_| -> Vec<Row> {
        if is_search.get() {
            return people.part(|a| a.customers.iter().cloned().map(Row::Person).collect());
        }
        all.get().into_iter().map(Row::Order).collect()
    });
    let list = List::new("privacy", hand, rows, |row: &Row| match row {
        Row::Person(person) => person.id.to_string(),
        Row::Order(order) => order.order.to_string(),
    });
    Effect::new(move |_| {
        words.track();
        list.restart();
    });
    let chosen = Memo::new(move |_| list.now());

    let export = Export::new();
    let asked = RwSignal::new(None::<Asked>);
    let is_person = move || matches!(*chosen.read(), Some(Row::Person(_)));
    let can_export =
        Signal::derive(move || session.may(Permission::CustomersExport) && is_person() && !export.is_busy());
    let can_erase = Signal::derive(move || session.may(Permission::CustomersErase) && is_person());
    let can_withdraw = Signal::derive(move || {
        session.may(Permission::CustomersErase)
            && matches!(&*chosen.read(), Some(Row::Order(order)) if order.state == EraseState::Ordered)
    });
    let ask = move || {
        asked.set(chosen.get_untracked().map(|row| match row {
            Row::Person(person) => Asked::Erase(person),
            Row::Order(order) => Asked::Withdraw(order),
        }));
    };
    let hand_out = move || {
        if let Some(Row::Person(person)) = chosen.get_untracked() {
            export.run(&person);
        }
    };
    let no_more_search = move || {
        typed.set(String::new());
        text.set(String::new());
        list.focus_chosen();
    };
    let open = Callback::new(|()| dom::focus(OPEN));
    let keys = Keys::screen()
        .bind(key("/", "ho.find").run(|| dom::focus(FIND)))
        .bind(key("E", "ho_privacy.export").when(can_export).run(hand_out))
        .bind(key("X", "ho_privacy.erase").when(can_erase).run(ask))
        .bind(key("W", "ho_privacy.withdraw").when(can_withdraw).run(ask))
        .bind(key("Esc", "ho.back").run(no_more_search));
    let in_force = list
        .keys(keys, Some(("ho.open", open)))
        // From the field to what was found, as from a search anywhere.
        .bind(
            key("Down", "ho.next_row")
                .in_fields()
                .unlisted()
                .run(move || list.focus_chosen()),
        )
        .bind(
            key("Enter", "ho.open")
                .in_fields()
                .unlisted()
                .run(move || list.focus_chosen()),
        )
        .install();

    let cells = move |row: Row| match row {
        Row::Person(person) => privacy_person::cells(session, &person),
        Row::Order(order) => {
            let machines = machines.read();
            privacy_order::cells(session, &order, &all.read(), machines.as_deref().unwrap_or_default())
        }
    };
    let is_empty = Memo::new(move |_| {
        let is_there = if is_search.get() {
            people.is_there()
        } else {
            orders.is_there()
        };
        is_there && rows.read().is_empty()
    });
    let body = move || {
        match (is_search.get(), is_empty.get()) {
        (true, true) => {
            let title = tf("ho_privacy.none_found", &[("text", &words.get())]);
            view! { <Empty icon="user-search" title why=t("ho_privacy.none_found_why")/> }.into_any()
        }
        (false, true) => {
            view! { <Empty icon="shield-check" title=t("ho_privacy.none") why=t("ho_privacy.none_why")/> }.into_any()
        }
        (true, false) => view! {
            <table class="table table--dense ho-found" aria-label=t("ho_privacy.people")>
                <colgroup><col/><col class="ho-found__c"/><col class="ho-found__b"/><col class="ho-found__n"/></colgroup>
                <thead>
                    <tr>
                        <th scope="col">{t("ho_privacy.name")}</th>
                        <th scope="col">{t("ho_privacy.code")}</th>
                        <th scope="col">{t("ho_privacy.phone")}</th>
                        <th scope="col" class="num">{t("ho_privacy.born")}</th>
                    </tr>
                </thead>
                <tbody id="people-rows">{list.view(Some(open), nothing_above, cells)}</tbody>
            </table>
        }
        .into_any(),
        (false, false) => view! {
            <table class="table table--dense ho-erased" aria-label=t("ho_privacy.erasures")>
                <colgroup>
                    <col/><col class="er-r"/><col class="er-o"/><col class="er-g"/><col class="er-s"/><col class="er-d"/>
                </colgroup>
                <thead>
                    <tr>
                        <th scope="col">{t("ho_privacy.person")}</th>
                        <th scope="col">{t("ho_privacy.reason")}</th>
                        <th scope="col">{t("ho_privacy.ordered")}</th>
                        <th scope="col" class="num">{t("ho_privacy.goes")}</th>
                        <th scope="col">{t("ho_privacy.state")}</th>
                        <th scope="col" class="num">{t("ho_privacy.devices")}</th>
                    </tr>
                </thead>
                <tbody id="erasure-rows">{list.view(Some(open), nothing_above, cells)}</tbody>
            </table>
        }
        .into_any(),
    }
    };
    let count = move || {
        let n = rows.read().len();
        match is_search.get() {
            true if people.part(|a| a.more) => tf("ho_privacy.first_found", &[("n", &n)]),
            true => tn("ho_privacy.found", n as u64, &[]),
            false => tn("ho_privacy.ordered_n", n as u64, &[]),
        }
    };
    let sub = move || {
        let until = if is_search.get() {
            people.until(session)
        } else {
            orders.until(session)
        };
        until
            .map(|until| tf("ho_privacy.sub", &[("count", &count()), ("until", &until)]))
            .unwrap_or_default()
    };
    let on_close = Callback::new(move |()| asked.set(None));
    let on_done = Callback::new(move |()| {
        done.update(|n| *n += 1);
        if is_search.get_untracked() {
            no_more_search();
        }
    });
    view! {
        <OfficeScreen
            title=Signal::stored(t("ho.privacy").to_owned())
            sub=Signal::derive(sub)
            tools=move || view! { {refused::line(orders)} {refused::line(people)} {refused::line(devices)} }
        >
            <main class="ho__main hosplit">
                <section
                    class="hosplit__l"
                    aria-label=t("ho.privacy")
                    on:mousemove=move |_| hand.touch()
                    on:wheel=move |_| hand.touch()
                >
                    {move || session.may(Permission::CustomersRead).then(|| find_field(typed))}
                    <div class="scrollbox grow2">{body}</div>
                </section>
                <aside class="hod" id=OPEN tabindex="-1" aria-label=t("ho_privacy.chosen")>
                    <div class="hod__scroll">
                        {move || chosen.get().map(|row| detail(session, stores, &row, &all.read(), machines.get().as_deref()))}
                        {move || match chosen.get() {
                            Some(Row::Person(person)) => export.refused(&person),
                            _ => None,
                        }.map(|why| view! {
                            <p class="sect t-sm bad" role="alert">{format!("{} {}", why.message, why.remedy)}</p>
                        })}
                    </div>
                    {move || foot(in_force, session, is_person(), can_withdraw.get())}
                </aside>
            </main>
            {move || asked.get().map(|asked| match asked {
                Asked::Erase(person) => {
                    let ordered = all.with_untracked(|all| privacy_person::ordered(person.id, all));
                    view! { <EraseDialog person ordered on_close on_done/> }.into_any()
                }
                Asked::Withdraw(order) => view! { <WithdrawDialog order on_close on_done/> }.into_any(),
            })}
        </OfficeScreen>
    }
}

fn find_field(typed: RwSignal<String>) -> impl IntoView {
    view! {
        <div class="filters">
            <div class="field filters__find">
                <label class="sr" for=FIND>{t("ho_privacy.find")}</label>
                <input
                    class="input input--dense"
                    id=FIND
                    placeholder=t("ho_privacy.find")
                    autocomplete="off"
                    maxlength="100"
                    prop:value=typed
                    on:input=move |event| typed.set(event_target_value(&event))
                />
                <span class="filters__k"><span class="kbd">"/"</span></span>
            </div>
        </div>
    }
}

fn detail(session: Session, stores: StoreNames, row: &Row, all: &[Erasure], devices: Option<&[DeviceRow]>) -> AnyView {
    match row {
        Row::Person(person) => privacy_person::detail(session, person, all),
        Row::Order(order) => privacy_order::detail(session, stores, order, all, devices),
    }
}

/// What can be done about the chosen row; nothing of what this person may not do.
fn foot(keys: KeySet, session: Session, is_person: bool, can_withdraw: bool) -> Option<AnyView> {
    if is_person {
        let export = session
            .may(Permission::CustomersExport)
            .then(|| view! { <KeyButton keys chord="E" class="btn--dense"/> });
        let erase = session
            .may(Permission::CustomersErase)
            .then(|| view! { <KeyButton keys chord="X" class="btn--dense push"/> });
        return Some(view! { <footer class="hod__foot">{export}{erase}</footer> }.into_any());
    }
    can_withdraw.then(|| {
        view! { <footer class="hod__foot"><KeyButton keys chord="W" class="btn--dense push"/></footer> }.into_any()
    })
}
