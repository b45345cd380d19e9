//! One product: what lies in which store, known until when, and how it came to that.

use leptos::prelude::*;
use model::requests::catalogue::{Product, ProductFind};
use model::requests::stock::{MovementRow, StockLevel, StockMovements, StoreLevel};

use super::hand::Hand;
use super::list::{List, nothing_above};
use super::names::StoreNames;
use super::poll::Polled;
use super::{at, refused};
use crate::components::{Empty, Icon, KeyButton, Note, Tone};
use crate::dom;
use crate::format;
use crate::keys::{Keys, key};
use crate::place::{Place, Places};
use crate::session::Session;
use crate::shell::OfficeScreen;
use crate::text::{t, tf};

/// A store not heard of for this long is worth a word, ms.
const OLD_MS: i64 = 15 * 60_000;
const MOVES: &str = "stock-moves";

/// `looked_for` is what was typed on the page before, for the way back.
#[component]
pub fn StockProduct(code: String, looked_for: Option<String>) -> impl IntoView {
    let (session, places) = (Session::get(), Places::get());
    let stores = StoreNames::load();
    let code = StoredValue::new(code);
    let looked_for = StoredValue::new(looked_for.unwrap_or_default());
    let product = Polled::new(move || Some(ProductFind { code: code.get_value() }));
    let hand = Hand::new();
    let levels = Polled::under(hand, move || {
        Some(StockLevel {
            product: code.get_value(),
        })
    });
    let rows = Memo::new(move |_| levels.part(|a| a.stores.clone()));
    let list = List::new("level", hand, rows, |level: &StoreLevel| level.store.clone());
    let store = Memo::new(move |_| list.now().map(|level| level.store));
    let moves = Polled::new(move || {
        store.get().map(|store| StockMovements {
            product: code.get_value(),
            store: Some(store),
        })
    });

    let keys = Keys::screen()
        .bind(key("/", "ho.find").run(move || places.go(Place::of("stock", &[]))))
        .bind(key("Esc", "ho.back").run(move || places.go(Place::of("stock", &[&looked_for.get_value()]))));
    let keys = list
        .keys(keys, Some(("ho_stock.moves", Callback::new(|()| dom::focus(MOVES)))))
        .install();

    let cells = move |level: StoreLevel| {
        let shelf = if level.on_hand < 0 {
            "num t-lg b bad"
        } else {
            "num t-lg b"
        };
        let (known, class) = match level.known_until {
            Some(until) if session.minute() - until > OLD_MS => (at::moment(session, until), "num warn m"),
            Some(until) => (at::moment(session, until), "num t2"),
            None => (t("ho.never").to_owned(), "num warn m"),
        };
        view! {
            <td class="m nowrap">{stores.of(&level.store)}</td>
            <td class=shelf>{super::names::pieces(level.on_hand)}</td>
            <td class=class>{known}</td>
        }
        .into_any()
    };
    let all = move || super::names::pieces(rows.read().iter().map(|level| level.on_hand).sum());
    let sub = move || levels.until(session).unwrap_or_default();
    let tools = move || {
        view! {
            {refused::line(levels)}
            <KeyButton keys chord="Esc" class="btn--dense"/>
        }
    };
    view! {
        <OfficeScreen title=Signal::stored(t("ho.stock").to_owned()) sub=Signal::derive(sub) tools>
            <main class="ho__main hosplit">
                <section
                    class="hosplit__l"
                    aria-label=t("ho_stock.by_store")
                    on:mousemove=move |_| hand.touch()
                >
                    <div class="scrollbox grow2">
                        {move || match product.get() {
                            Some(answer) => match answer.product {
                                Some(product) => head(session, &product),
                                None => view! { <Empty icon="package-search" title=t("ho_stock.unknown") why=t("ho_stock.none_found_why")/> }.into_any(),
                            },
                            None => ().into_any(),
                        }}
                        <table class="table stockt" aria-label=t("ho_stock.by_store")>
                            <thead>
                                <tr>
                                    <th scope="col">{t("ho_stock.store")}</th>
                                    <th scope="col" class="num">{t("ho_stock.on_shelf")}</th>
                                    <th scope="col" class="num">{t("ho_stock.known_until")}</th>
                                </tr>
                            </thead>
                            <tbody id="level-rows">{list.view(None, nothing_above, cells)}</tbody>
                            <tfoot>
                                <tr>
                                    <td>{t("ho_stock.all_stores")}</td>
                                    <td class="num t-lg" id="level-total">{all}</td>
                                    <td></td>
                                </tr>
                            </tfoot>
                        </table>
                        {move || notes(session, stores, &rows.read())}
                    </div>
                </section>
                <Moves moves store stores/>
            </main>
        </OfficeScreen>
    }
}

fn head(session: Session, product: &Product) -> AnyView {
    let tax = session.organisation().map(|o| o.profile.tax_label).unwrap_or_default();
    let (hsn, rate) = (&product.hsn, &product.rate);
    let tax = if hsn.is_empty() {
        tf("ho_stock.tax", &[("rate", rate), ("tax", &tax)])
    } else {
        tf("ho_stock.hsn", &[("hsn", hsn), ("rate", rate), ("tax", &tax)])
    };
    view! {
        <div class="prod">
            <span class="prod__pic"><Icon name="glasses" class="icon--xl"/></span>
            <div class="grow stack stack--1">
                <h2 class="t-xl b">{product.name.clone()}</h2>
                <div class="row gap-3 t-sm t2">
                    <span class="code">{product.code.clone()}</span>
                    <span class="code">{product.barcode.clone()}</span>
                    <span>{tax}</span>
                </div>
            </div>
            <dl class="facts">
                <div><dt>{t("ho_stock.mrp")}</dt><dd>{session.amount(product.list)}</dd></div>
                <div><dt>{t("ho_stock.offer")}</dt><dd>{session.amount(product.offer)}</dd></div>
            </dl>
        </div>
    }
    .into_any()
}

/// What a person should know before acting on these figures.
fn notes(session: Session, stores: StoreNames, levels: &[StoreLevel]) -> impl IntoView + use<> {
    let below = levels.iter().filter(|level| level.on_hand < 0).map(|level| {
        let (store, n) = (stores.of(&level.store), super::names::pieces(level.on_hand));
        let words = tf("ho_stock.shows_below", &[("store", &store), ("n", &n)]);
        view! {
            <Note tone=Tone::Danger icon="package-minus"><b class="m">{words}</b>" "{t("ho_stock.check_shelf")}</Note>
        }
    });
    let now = session.minute();
    let old = levels.iter().filter(|level| level.known_until.is_none_or(|until| now - until > OLD_MS)).map(|level| {
        let words = match level.known_until {
            Some(until) => tf(
                "ho_stock.known_only",
                &[("store", &stores.of(&level.store)), ("time", &at::moment(session, until))],
            ),
            None => tf("ho_stock.never_heard", &[("store", &stores.of(&level.store))]),
        };
        view! { <Note tone=Tone::Warn icon="clock-alert"><b class="m">{words}</b>" "{t("ho_stock.call_first")}</Note> }
    });
    view! { <div class="pad stack stack--3">{below.collect_view()}{old.collect_view()}</div> }
}

#[component]
fn Moves(
    moves: Polled<model::requests::stock::Movements>,
    store: Memo<Option<String>>,
    stores: StoreNames,
) -> impl IntoView {
    let session = Session::get();
    let title = move || {
        let name = store.get().map(|code| stores.of(&code)).unwrap_or_default();
        tf("ho_stock.last_moves", &[("store", &name)])
    };
    let rows = move || {
        let store = store.get().unwrap_or_default();
        let rows = moves.part(|a| a.movements.clone());
        if moves.is_there() && rows.is_empty() {
            return view! { <p class="t-sm t3">{t("ho_stock.no_moves")}</p> }.into_any();
        }
        let items = rows
            .into_iter()
            .map(|row| movement(session, &store, row))
            .collect_view();
        view! { <ul class="moves">{items}</ul> }.into_any()
    };
    view! {
        <aside class="hod" id=MOVES tabindex="-1" aria-label=title>
            <div class="hod__scroll">
                <section class="sect stack"><h2 class="h-sec">{title}</h2>{rows}</section>
            </div>
        </aside>
    }
}

fn movement(session: Session, store: &str, row: MovementRow) -> impl IntoView {
    let quantity = if row.from == store { -row.quantity } else { row.quantity };
    let words = match row.reason.as_str() {
        "sale" => t("ho_stock.sold").to_owned(),
        "return" => t("ho_stock.came_back").to_owned(),
        "adjustment" => t("ho_stock.adjusted").to_owned(),
        "count" => t("ho_stock.by_count").to_owned(),
        "opening" => t("ho_stock.opening").to_owned(),
        "earlier" => t("ho_stock.earlier").to_owned(),
        other => other.to_owned(),
    };
    let words = if row.user.is_empty() {
        words
    } else {
        tf("ho_stock.by", &[("what", &words), ("user", &row.user)])
    };
    let below = match (row.document, row.note) {
        (Some(number), _) => {
            let href = Place::of("sales", &[&number]).href();
            view! { <a class="code clip in-text" href=href>{number}</a> }.into_any()
        }
        (None, note) => view! { <span class="clip">{note.unwrap_or_default()}</span> }.into_any(),
    };
    let (day, today) = (format::day(row.wall, session.offset()), at::today(session));
    let time = if day == today {
        format::time(row.wall, session.offset())
    } else {
        let near = day.text();
        near.rsplit_once(' ').map(|(day, _)| day.to_owned()).unwrap_or(near)
    };
    view! {
        <li>
            <span class="t-sm t3 mono-num nowrap">{time}</span>
            <span class="cell-2"><span class="t-sm m">{words}</span>{below}</span>
            <span class="num m">{super::names::signed_pieces(quantity)}</span>
        </li>
    }
}
