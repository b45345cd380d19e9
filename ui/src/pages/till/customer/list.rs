//! Customers by name, phone, e-mail or number.

use leptos::prelude::*;
use model::ids::Id;
use model::requests::customers::CustomerRow;

use super::Words;
use super::find::People;
use super::new::NewCustomer;
use crate::components::{Avatar, Empty, Icon, KeyBar, Rows};
use crate::dom;
use crate::keys::{Keys, key};
use crate::place::{Place, Places};
use crate::session::Session;
use crate::shell::Screen;
use crate::text::{t, tf};

const FIND: &str = "find-customer";

#[component]
pub fn List(words: Words) -> impl IntoView {
    let (session, places) = (Session::get(), Places::get());
    let typed = RwSignal::new(String::new());
    let people = People::follow(typed);
    let is_new = RwSignal::new(false);
    let go_to = move |id: Id| places.go(Place::of(words.page, &[&id]));
    let rows = Rows::new(Signal::derive(move || people.found.read().customers.len())).on_open(move |row| {
        if let Some(id) = people
            .found
            .with_untracked(|found| found.customers.get(row).map(|row| row.id))
        {
            go_to(id);
        }
    });
    let has_rows = Signal::derive(move || rows.now().is_some());
    let clear = move || {
        typed.set(String::new());
        dom::focus(FIND);
    };
    let keys = Keys::screen()
        .bind(key("F2", "customer.key_find").tile().run(|| dom::focus(FIND)))
        .bind(key("F4", "customer.key_new").tile().run(move || is_new.set(true)))
        .bind(
            key("Enter", "customer.key_open")
                .tile()
                .when(has_rows)
                .run(move || rows.open()),
        )
        .bind(key("Esc", "customer.key_clear").tile().run(clear))
        .install();
    dom::focus_soon(FIND);

    let row = move |(n, row): (usize, CustomerRow)| {
        let born = row.birth_day.map(|day| retail::Day(day).text()).unwrap_or_default();
        view! {
            <tr
                aria-selected=move || rows.selected(n)
                tabindex=move || rows.tabindex(n)
                on:click=move |_| rows.click(n)
                on:keydown=move |event| rows.key(&event, false)
            >
                <td><span class="row gap-3"><Avatar name=row.name.clone()/><span class="m clip">{row.name}</span></span></td>
                <td class="mono-num nowrap">{session.phone(&row.phone)}</td>
                <td class="clip">{row.email}</td>
                <td class="mono-num nowrap">{born}</td>
                <td class="code">{row.code}</td>
            </tr>
        }
    };
    let list = move || {
        let found = people.found.get();
        if let Some(why) = people.refused.get() {
            return view! { <Empty icon="triangle-alert" title=why.message why=why.remedy/> }.into_any();
        }
        if found.customers.is_empty() {
            let words = people.answered.get();
            let (title, why) = if words.is_empty() {
                (t("customer.find_title").to_owned(), t("customer.find_why"))
            } else {
                (
                    tf("customer.nobody", &[("words", &words.trim())]),
                    t("customer.nobody_why"),
                )
            };
            return view! { <Empty icon="user-search" title why/> }.into_any();
        }
        let more = found
            .more
            .then(|| view! { <p class="t-sm t3 custlist__more">{t("customer.more")}</p> });
        view! {
            <table class="table custlist">
                <colgroup><col/><col class="cu-p"/><col/><col class="cu-b"/><col class="cu-c"/></colgroup>
                <thead>
                    <tr>
                        <th scope="col">{t("customer.name")}</th>
                        <th scope="col">{t("customer.phone")}</th>
                        <th scope="col">{t("customer.email")}</th>
                        <th scope="col">{t("customer.birth")}</th>
                        <th scope="col">{t("customer.code")}</th>
                    </tr>
                </thead>
                <tbody>{found.customers.into_iter().enumerate().map(row).collect_view()}</tbody>
            </table>
            {more}
        }
        .into_any()
    };
    view! {
        <Screen title=Signal::stored(t(words.list).to_owned())>
            <main class="main">
                <section class="work" aria-label=t(words.list)>
                    <div class="scanrow">
                        <div class="scan grow">
                            <Icon name="user-search"/>
                            <label class="sr" for=FIND>{t("customer.find")}</label>
                            <input
                                class="input input--scan"
                                id=FIND
                                autocomplete="off"
                                placeholder=t("customer.find")
                                prop:value=typed
                                on:input=move |event| {
                                    typed.set(event_target_value(&event));
                                    rows.chosen.set(0);
                                }
                                on:keydown=move |event| rows.key(&event, true)
                            />
                            <span class="scan__hint"><span class="kbd">"F2"</span></span>
                        </div>
                    </div>
                    {list}
                </section>
                <KeyBar keys/>
            </main>
        </Screen>
        {move || is_new.get().then(|| view! {
            <NewCustomer
                words=typed.get_untracked()
                title=t("customer.key_new")
                on_close=Callback::new(move |()| is_new.set(false))
                on_made=Callback::new(go_to)
            />
        })}
    }
}
