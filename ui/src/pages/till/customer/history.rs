//! What was bought, brought back and prescribed, newest first.

use leptos::prelude::*;
use model::ids::Id;
use model::requests::clinic::Standing;
use model::role::Permission;

use super::record::Shown;
use super::standing::StandingBadge;
use crate::components::{Badge, Empty, Rows};
use crate::dom;
use crate::place::{Place, Places};
use crate::session::Session;
use crate::text::{t, tf, tn};

const FIRST: &str = "history-first";

#[derive(Clone)]
struct Line {
    day: i32,
    store: String,
    kind: &'static str,
    document: String,
    about: String,
    amount: Option<i64>,
    /// A sale that can be opened; none is a prescription.
    sale: Option<Id>,
    is_return: bool,
    standing: Option<(Standing, i32)>,
}

fn lines(shown: &Shown) -> Vec<Line> {
    let sales = shown.customer.sales.iter().map(|sale| Line {
        day: sale.day,
        store: sale.store.clone(),
        kind: if sale.is_return {
            "customer.kind_return"
        } else {
            "customer.kind_sale"
        },
        document: sale.number.clone(),
        about: match sale.lines {
            0 | 1 => sale.first.clone(),
            lines => tn("customer.and_more", u64::from(lines - 1), &[("first", &sale.first)]),
        },
        // What goes back is less.
        amount: Some(if sale.is_return { -sale.total.abs() } else { sale.total }),
        sale: Some(sale.sale),
        is_return: sale.is_return,
        standing: None,
    });
    let prescriptions = shown.prescriptions.iter().map(|p| Line {
        day: p.signed_day,
        store: p.store.clone(),
        kind: if p.doctor.is_some() {
            "customer.kind_outside"
        } else {
            "customer.kind_test"
        },
        document: tf("customer.version_signed", &[("n", &p.version)]),
        about: p.doctor.clone().unwrap_or_else(|| p.signed_by.clone()),
        amount: None,
        sale: None,
        is_return: false,
        standing: Some((p.standing, p.valid_until)),
    });
    let mut all: Vec<Line> = sales.chain(prescriptions).collect();
    // The sort is stable: within a day the order is the till's.
    all.sort_by_key(|line| std::cmp::Reverse(line.day));
    all
}

#[component]
pub fn History(shown: StoredValue<Shown>, on_prescription: Callback<()>) -> impl IntoView {
    let (session, places) = (Session::get(), Places::get());
    let all = StoredValue::new(shown.with_value(lines));
    let may_see_sales = untrack(|| session.may(Permission::SalesRead));
    let count = all.with_value(Vec::len);
    let rows = Rows::new(Signal::stored(count)).on_open(move |row| {
        match all.with_value(|all| all.get(row).map(|line| line.sale)) {
            Some(Some(sale)) if may_see_sales => places.go(Place::of("receipt", &[&sale])),
            Some(None) => on_prescription.run(()),
            _ => {}
        }
    });
    if count == 0 {
        return view! { <Empty icon="history" title=t("customer.no_history") why=t("customer.no_history_why")/> }
            .into_any();
    }
    let row = move |(n, line): (usize, Line)| {
        let amount = match line.amount {
            Some(amount) => view! { {session.amount(amount)} }.into_any(),
            None => view! { <span class="t3">"–"</span> }.into_any(),
        };
        let state = match line.standing {
            Some((standing, until)) => view! { <StandingBadge standing valid_until=until/> }.into_any(),
            None if line.is_return => view! { <Badge icon="undo-2">{t("customer.credit_note")}</Badge> }.into_any(),
            None => ().into_any(),
        };
        view! {
            <tr
                id=(n == 0).then_some(FIRST)
                aria-selected=move || rows.selected(n)
                tabindex=move || rows.tabindex(n)
                on:click=move |_| rows.click(n)
            >
                <td class="mono-num nowrap">{retail::Day(line.day).text()}</td>
                <td class="clip">{line.store}</td>
                <td>{t(line.kind)}</td>
                <td>
                    <div class="cell-2">
                        <span class="m clip code">{line.document}</span>
                        <span class="clip">{line.about}</span>
                    </div>
                </td>
                <td class="num m">{amount}</td>
                <td>{state}</td>
            </tr>
        }
    };
    // Arrows and Enter are the list's from the start.
    dom::focus_soon(FIRST);
    view! {
        <table class="table hist" on:keydown=move |event| rows.key(&event, false)>
            <colgroup>
                <col class="h-d"/><col class="h-s"/><col class="h-k"/><col/><col class="h-a"/><col class="h-st"/>
            </colgroup>
            <thead>
                <tr>
                    <th scope="col">{t("customer.date")}</th>
                    <th scope="col">{t("customer.store")}</th>
                    <th scope="col">{t("customer.kind")}</th>
                    <th scope="col">{t("customer.document")}</th>
                    <th scope="col" class="num">{t("customer.amount")}</th>
                    <th scope="col">{t("customer.state")}</th>
                </tr>
            </thead>
            <tbody>{all.get_value().into_iter().enumerate().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}
