//! Stock: find a product; while nothing is looked for, what was sold below zero.

use leptos::prelude::*;
use model::requests::catalogue::{Product, ProductSearch};
use model::requests::stock::{OversoldRow, StockLevel, StockOversold};
use std::time::Duration;

use super::hand::Hand;
use super::list::{List, nothing_above};
use super::names::StoreNames;
use super::poll::Polled;
use super::{at, refused};
use crate::components::Empty;
use crate::dom;
use crate::keys::{Keys, key};
use crate::place::{Place, Places};
use crate::session::Session;
use crate::shell::OfficeScreen;
use crate::text::{t, tf, tn};

const FIND: &str = "stock-find";
const FOUND: u32 = 100;
/// After the last letter, before the question is put.
const PAUSE: Duration = Duration::from_millis(200);

/// A row of either list, as it is drawn.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    code: String,
    name: String,
    /// Bar code, or store.
    third: String,
    /// Offer, or what lies there.
    last: String,
    is_bad: bool,
}

fn found(session: Session, product: Product) -> Row {
    Row {
        last: session.amount(product.offer),
        third: product.barcode,
        code: product.code,
        name: product.name,
        is_bad: false,
    }
}

fn oversold(stores: StoreNames, row: OversoldRow) -> Row {
    Row {
        third: stores.of(&row.store),
        last: super::names::pieces(row.on_hand),
        code: row.code,
        name: row.name,
        is_bad: true,
    }
}

/// `looked_for` is what was typed before a product was opened.
#[component]
pub fn Stock(looked_for: Option<String>) -> impl IntoView {
    let (session, places) = (Session::get(), Places::get());
    let stores = StoreNames::load();
    let typed = RwSignal::new(looked_for.clone().unwrap_or_default());
    let text = RwSignal::new(looked_for.unwrap_or_default());
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
    let search = Polled::under(hand, move || {
        is_search.get().then(|| ProductSearch {
            text: words.get(),
            limit: Some(FOUND),
        })
    });
    let below_zero = Polled::under(hand, || Some(StockOversold {}));
    let rows = Memo::new(move |_| -> Vec<Row> {
        if is_search.get() {
            let products = search.part(|a| a.products.clone());
            return products.into_iter().map(|product| found(session, product)).collect();
        }
        let rows = below_zero.part(|a| a.rows.clone());
        rows.into_iter().map(|row| oversold(stores, row)).collect()
    });
    let list = List::new("stock", hand, rows, |row: &Row| format!("{} {}", row.code, row.third));
    Effect::new(move |_| {
        words.track();
        list.restart();
    });
    let open = Callback::new(move |()| {
        if let Some(row) = untrack(|| list.now()) {
            let words = words.get_untracked();
            places.go(Place::of("stock-product", &[&row.code, &words]));
        }
    });
    let back = move || {
        typed.set(String::new());
        list.focus_chosen();
    };
    let keys = Keys::screen()
        .bind(key("/", "ho.find").run(|| dom::focus(FIND)))
        .bind(key("Esc", "ho.back").run(back));
    let _in_force = list.keys(keys, Some(("ho_stock.by_store", open))).install();

    let cells = |row: Row| {
        let last = if row.is_bad { "num m bad" } else { "num m" };
        view! {
            <td class="m clip">{row.name}</td>
            <td class="code clip">{row.code}</td>
            <td class="t2 clip">{row.third}</td>
            <td class=last>{row.last}</td>
        }
        .into_any()
    };
    let is_there = move || {
        if is_search.get() {
            search.is_there()
        } else {
            below_zero.is_there()
        }
    };
    let is_empty = Memo::new(move |_| is_there() && rows.read().is_empty());
    let body = move || {
        if is_empty.get() {
            return nothing(is_search.get(), words);
        }
        let (third, last) = if is_search.get() {
            (t("ho_stock.barcode"), t("ho_stock.offer"))
        } else {
            (t("ho_stock.store"), t("ho_stock.on_shelf"))
        };
        view! {
            <table class="table table--dense ho-found" aria-label=t("ho.stock")>
                <colgroup><col/><col class="ho-found__c"/><col class="ho-found__b"/><col class="ho-found__n"/></colgroup>
                <thead>
                    <tr>
                        <th scope="col">{t("ho_stock.product")}</th>
                        <th scope="col">{t("ho_stock.code")}</th>
                        <th scope="col">{third}</th>
                        <th scope="col" class="num">{last}</th>
                    </tr>
                </thead>
                <tbody id="stock-rows">{list.view(Some(open), nothing_above, cells)}</tbody>
            </table>
        }
        .into_any()
    };
    let count = move || {
        let n = rows.read().len();
        match (is_search.get(), n) {
            (true, _) if search.part(|a| a.more) => tf("ho_stock.first_found", &[("n", &n)]),
            (true, _) => tn("ho_stock.found", n as u64, &[]),
            (false, _) if below_zero.part(|a| a.more) => tf("ho_stock.deepest", &[("n", &n)]),
            (false, _) => tn("ho_stock.below_zero", n as u64, &[]),
        }
    };
    let sub = move || {
        let until = if is_search.get() {
            search.until(session)
        } else {
            below_zero.until(session)
        };
        tf(
            "ho_stock.sub",
            &[("count", &count()), ("until", &until.unwrap_or_default())],
        )
    };
    let chosen = Memo::new(move |_| list.now().map(|row| (row.code, row.name)));
    view! {
        <OfficeScreen
            title=Signal::stored(t("ho.stock").to_owned())
            sub=Signal::derive(sub)
            tools=move || view! { {refused::line(below_zero)} {refused::line(search)} }
        >
            <main class="ho__main hosplit">
                <section
                    class="hosplit__l"
                    aria-label=t("ho.stock")
                    on:mousemove=move |_| hand.touch()
                    on:wheel=move |_| hand.touch()
                >
                    <div class="filters">
                        <div class="field filters__find">
                            <label class="sr" for=FIND>{t("ho_stock.find")}</label>
                            <input
                                class="input input--dense"
                                id=FIND
                                placeholder=t("ho_stock.find")
                                autocomplete="off"
                                maxlength="100"
                                prop:value=typed
                                on:input=move |event| typed.set(event_target_value(&event))
                            />
                            <span class="filters__k"><span class="kbd">"/"</span></span>
                        </div>
                    </div>
                    <div class="scrollbox grow2">{body}</div>
                </section>
                <Preview chosen stores open/>
            </main>
        </OfficeScreen>
    }
}

/// The chosen product's stock, before it is opened.
#[component]
fn Preview(chosen: Memo<Option<(String, String)>>, stores: StoreNames, open: Callback<()>) -> impl IntoView {
    let session = Session::get();
    let levels = Polled::new(move || chosen.get().map(|(product, _)| StockLevel { product }));
    let head = move || {
        chosen.get().map(|(code, name)| {
            view! {
                <header class="sect stack stack--1">
                    <h2 class="t-lg b">{name}</h2>
                    <p class="t-sm t2 code">{code}</p>
                </header>
            }
        })
    };
    let body = move || {
        levels.get().map(|levels| {
            let row = |level: &model::requests::stock::StoreLevel| {
                let class = if level.on_hand < 0 { "b bad" } else { "b" };
                let until = level
                    .known_until
                    .map(|until| tf("ho_stock.until", &[("time", &at::moment(session, until))]));
                view! {
                    <dt>{stores.of(&level.store)} " " <span class="t3">{until}</span></dt>
                    <dd class=class>{super::names::pieces(level.on_hand)}</dd>
                }
            };
            let all: i64 = levels.stores.iter().map(|level| level.on_hand).sum();
            view! {
                <section class="sect stack">
                    <h3 class="h-sec">{t("ho_stock.on_shelf")}</h3>
                    <dl class="sum">
                        {levels.stores.iter().map(row).collect_view()}
                        <dt class="sum__rule b">{t("ho_stock.all_stores")}</dt>
                        <dd class="sum__rule b">{super::names::pieces(all)}</dd>
                    </dl>
                </section>
            }
        })
    };
    view! {
        <aside class="hod" aria-label=t("ho_stock.on_shelf")>
            <div class="hod__scroll">{head}{body}</div>
            {move || chosen.get().map(|_| view! {
                <footer class="hod__foot">
                    <button type="button" class="btn btn--dense push" on:click=move |_| open.run(())>
                        <span class="kbd">"Enter"</span>
                        {t("ho_stock.by_store")}
                    </button>
                </footer>
            })}
        </aside>
    }
}

fn nothing(is_search: bool, words: Memo<String>) -> AnyView {
    if is_search {
        let title = tf("ho_stock.none_found", &[("text", &words.get())]);
        return view! { <Empty icon="package-search" title why=t("ho_stock.none_found_why")/> }.into_any();
    }
    view! { <Empty icon="circle-check" title=t("ho_stock.none_below") why=t("ho_stock.none_below_why")/> }.into_any()
}
