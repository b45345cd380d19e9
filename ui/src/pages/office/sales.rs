//! Sales and returns: the list, and the chosen one beside it.

use leptos::prelude::*;
use model::ids::Id;
use model::requests::sales::{SaleList, SaleRow, SalesTotals};

use super::hand::Hand;
use super::list::{List, nothing_above};
use super::names::{StoreNames, method};
use super::poll::Polled;
use super::refused;
use super::sale_detail::{OPEN, SaleDetail};
use super::sales_filter::{FIND, Filter, FilterBar, SpanTools};
use crate::components::{Empty, Icon};
use crate::dom;
use crate::keys::{Keys, key};
use crate::session::Session;
use crate::shell::OfficeScreen;
use crate::text::{t, tf, tn};

/// Rows of a page.
const ROWS: u32 = 50;

/// `number` is that of a sale to be shown, from a link.
#[component]
pub fn Sales(number: Option<String>) -> impl IntoView {
    let session = Session::get();
    let stores = StoreNames::load();
    let filter = Filter::new(session, number);
    let hand = Hand::new();
    let answer = Polled::under(hand, move || {
        let (from, to) = filter.ends();
        Some(SaleList {
            from,
            to,
            store: filter.store_asked(),
            text: filter.text_asked(),
            offset: Some(filter.offset.get()),
            limit: Some(ROWS),
        })
    });
    let totals = Polled::new(move || {
        let (from, to) = filter.ends();
        // They are of all sales of the days, so they are no use beside words.
        let is_whole = filter.text_asked().is_none();
        is_whole.then(|| SalesTotals {
            from,
            to,
            store: filter.store_asked(),
        })
    });
    let rows = Memo::new(move |_| answer.part(|a| a.sales.clone()));
    let more = Memo::new(move |_| answer.part(|a| a.more));
    let list = List::new("sale", hand, rows, |row: &SaleRow| row.sale.to_string());
    // A return or its sale, looked at from the chosen one.
    let aside = RwSignal::new(None::<Id>);
    let chosen = Memo::new(move |_| list.now().map(|row| row.sale));
    Effect::new(move |_| {
        chosen.track();
        aside.set(None);
    });
    let opened = Memo::new(move |_| aside.get().or(chosen.get()));

    let turn = move |newer: bool| {
        let offset = filter.offset.get_untracked();
        if newer && offset > 0 {
            filter.offset.set(offset.saturating_sub(ROWS));
            list.restart();
        } else if !newer && more.get_untracked() {
            filter.offset.set(offset + ROWS);
            list.restart();
        }
    };
    list.on_over(turn);
    let back = move || {
        if filter.typed.with_untracked(|typed| !typed.is_empty()) && aside.get_untracked().is_none() {
            filter.typed.set(String::new());
        }
        aside.set(None);
        list.focus_chosen();
    };
    let open = Callback::new(|()| dom::focus(OPEN));
    let keys = Keys::screen()
        .bind(key("/", "ho.find").run(|| dom::focus(FIND)))
        .bind(
            key("[", "ho_sales.before")
                .when(filter.can_move(false))
                .run(move || filter.move_span(false)),
        )
        .bind(
            key("]", "ho_sales.after")
                .when(filter.can_move(true))
                .run(move || filter.move_span(true)),
        )
        .bind(key("Esc", "ho.back").run(back));
    let _in_force = list.keys(keys, Some(("ho_sales.open", open))).install();

    let cells = move |row: SaleRow| cells(session, stores, &row, filter);
    let is_empty = Memo::new(move |_| answer.is_there() && rows.read().is_empty());
    let body = move || {
        if is_empty.get() {
            return nothing(filter);
        }
        view! {
            <table class="table table--dense salest" aria-label=t("ho.sales")>
                <colgroup>
                    <col class="sa-t"/><col class="sa-n"/><col class="sa-s"/><col/><col class="sa-p"/><col class="sa-i"/><col class="sa-a"/>
                </colgroup>
                <thead>
                    <tr>
                        <th scope="col">{t("ho_sales.time")}</th>
                        <th scope="col">{t("ho_sales.number")}</th>
                        <th scope="col">{t("ho_sales.store")}</th>
                        <th scope="col">{t("ho_sales.customer")}</th>
                        <th scope="col">{t("ho_sales.paid_by")}</th>
                        <th scope="col" class="num"><span class="sr">{t("ho_sales.kind")}</span></th>
                        <th scope="col" class="num">{t("ho_sales.total")}</th>
                    </tr>
                </thead>
                <tbody id="sales-rows">{list.view(Some(open), nothing_above, cells)}</tbody>
                <tfoot>
                    <tr>
                        <td colspan="5">
                            <span class="row gap-3">
                                <span id="sales-shown">{move || shown(&totals, list.count(), filter.offset.get(), more.get())}</span>
                                {move || pages(filter.offset.get() > 0, more.get(), turn)}
                            </span>
                        </td>
                        <td colspan="2" class="num" id="sales-total">
                            {move || totals.get().map(|sum| session.amount(sum.sales.total - sum.returns.total))}
                        </td>
                    </tr>
                </tfoot>
            </table>
        }
        .into_any()
    };
    let sub = Signal::derive(move || answer.until(session).unwrap_or_default());
    view! {
        <OfficeScreen
            title=Signal::stored(t("ho.sales").to_owned())
            sub
            tools=move || view! { {refused::line(answer)} <SpanTools filter stores/> }
        >
            <main class="ho__main hosplit">
                <section
                    class="hosplit__l"
                    aria-label=t("ho.sales")
                    on:mousemove=move |_| hand.touch()
                    on:wheel=move |_| hand.touch()
                >
                    <FilterBar filter/>
                    <div class="scrollbox grow2">{body}</div>
                </section>
                <SaleDetail opened on_other=Callback::new(move |id| aside.set(Some(id)))/>
            </main>
        </OfficeScreen>
    }
}

fn cells(session: Session, stores: StoreNames, row: &SaleRow, filter: Filter) -> AnyView {
    let is_one_day = matches!(filter.span.get().ends(filter.today.get()), (Some(from), Some(to)) if from == to);
    let offset = session.offset();
    // In a list of many days the day says more than the minute.
    let time = if is_one_day && crate::format::day(row.wall, offset).0 == row.day {
        crate::format::time(row.wall, offset)
    } else {
        let near = retail::Day(row.day).text();
        near.rsplit_once(' ').map(|(day, _)| day.to_owned()).unwrap_or(near)
    };
    let methods: Vec<String> = row.methods.iter().map(|word| method(word)).collect();
    let (sign, class) = if row.is_return { (-1, "num m bad") } else { (1, "num m") };
    let mark = row.is_return.then(|| {
        view! {
            <span class="bad" title=t("ho_sales.return")>
                <Icon name="undo-2" class="icon--sm"/>
                <span class="sr">{t("ho_sales.return")}</span>
            </span>
        }
    });
    let customer = row
        .customer_name
        .clone()
        .unwrap_or_else(|| t("ho_sales.walk_in").to_owned());
    view! {
        <td class="mono-num t2 nowrap">{time}</td>
        <td class="code m">{row.number.clone()}</td>
        <td class="clip" title=stores.of(&row.store)>{stores.short(&row.store)}</td>
        <td class="clip">{customer}</td>
        <td class="clip t2">{methods.join(", ")}</td>
        <td class="num">{mark}</td>
        <td class=class>{session.amount(sign * row.total)}</td>
    }
    .into_any()
}

/// How many there are, and which of them are shown.
fn shown(totals: &Polled<model::requests::sales::Totals>, count: usize, offset: u32, more: bool) -> String {
    let (first, last) = (offset as usize + 1, offset as usize + count);
    let part = if offset == 0 && !more {
        tn("ho_sales.all_shown", count as u64, &[])
    } else if offset == 0 {
        tf("ho_sales.newest_shown", &[("n", &count)])
    } else {
        tf("ho_sales.part_shown", &[("first", &first), ("last", &last)])
    };
    match totals.get() {
        Some(sum) => {
            let sales = tn("ho_sales.sales", sum.sales.count.unsigned_abs(), &[]);
            let returns = tn("ho_sales.returns", sum.returns.count.unsigned_abs(), &[]);
            tf(
                "ho_sales.counts",
                &[("sales", &sales), ("returns", &returns), ("shown", &part)],
            )
        }
        None => part,
    }
}

/// Newer and older, where there is more than a page.
fn pages(has_newer: bool, has_older: bool, turn: impl Fn(bool) + Copy + 'static) -> Option<impl IntoView> {
    (has_newer || has_older).then(|| {
        view! {
            <span class="row gap-1 push">
                <button type="button" class="btn btn--quiet btn--dense" disabled=!has_newer on:click=move |_| turn(true)>
                    {t("ho_sales.newer")}
                </button>
                <button type="button" class="btn btn--quiet btn--dense" disabled=!has_older on:click=move |_| turn(false)>
                    {t("ho_sales.older")}
                </button>
            </span>
        }
    })
}

/// No sale in these days, or none with these words.
fn nothing(filter: Filter) -> AnyView {
    let (title, why) = match filter.text_asked() {
        Some(text) => (
            tf("ho_sales.none_found", &[("text", &text)]),
            t("ho_sales.none_found_why"),
        ),
        None => (t("ho_sales.none").to_owned(), t("ho_sales.none_why")),
    };
    view! {
        <Empty icon="receipt-text" title why>
            <button type="button" class="btn btn--dense" on:click=move |_| filter.all_days()>
                {t("ho_sales.show_all_days")}
            </button>
        </Empty>
    }
    .into_any()
}
