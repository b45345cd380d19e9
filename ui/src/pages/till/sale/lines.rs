//! The lines of the sale. The chosen one stands at the right with the reasons of its price.

use leptos::prelude::*;
use retail::{Discount, PricedLine, Rate};

use super::line::{Judged, Line};
use super::open_sale::OpenSale;
use super::words::{code_and_brand, price_below, rate_words};
use crate::components::{Badge, Tone};
use crate::dom;
use crate::session::Session;
use crate::text::t;

/// All that a row shows: a row whose data did not change is not drawn again.
#[derive(Clone, PartialEq)]
struct RowData {
    at: usize,
    line: Line,
    priced: Option<PricedLine>,
    judged: Judged,
    is_approved: bool,
}

#[component]
pub fn Lines(sale: OpenSale) -> impl IntoView {
    let rows = Memo::new(move |_| {
        let priced = sale.totals().and_then(Result::ok).map(|totals| totals.lines);
        let lines = sale.contents().get().lines;
        let is_approved = sale.approval().is_some();
        lines
            .into_iter()
            .enumerate()
            .map(|(at, line)| RowData {
                at,
                priced: priced.as_ref().and_then(|all| all.get(at).cloned()),
                judged: sale.judge(&line),
                line,
                is_approved,
            })
            .collect::<Vec<_>>()
    });
    let numbers = move || rows.read().iter().map(|row| row.line.number).collect::<Vec<_>>();
    view! {
        <table class="table sale-table" role="grid" aria-label=t("sale.lines")>
            <colgroup>
                <col class="c-no"/><col/><col class="c-qty"/><col class="c-price"/><col class="c-disc"/><col class="c-amt"/>
            </colgroup>
            <thead>
                <tr>
                    <th scope="col" class="num">"#"</th>
                    <th scope="col">{t("sale.item")}</th>
                    <th scope="col" class="num">{t("sale.qty")}</th>
                    <th scope="col" class="num">{t("sale.price")}</th>
                    <th scope="col" class="num">{t("sale.discount")}</th>
                    <th scope="col" class="num">{t("sale.amount")}</th>
                </tr>
            </thead>
            <tbody>
                <For each=numbers key=|number| *number let(number)><Row sale number rows/></For>
            </tbody>
        </table>
    }
}

#[component]
fn Row(sale: OpenSale, number: u64, rows: Memo<Vec<RowData>>) -> impl IntoView {
    let session = Session::get();
    let data = Memo::new(move |_| rows.read().iter().find(|row| row.line.number == number).cloned());
    let id = format!("line-{number}");
    Effect::new({
        let id = id.clone();
        move |_| {
            if sale.is_chosen(number) {
                dom::show(&id);
            }
        }
    });
    let is_chosen = move || sale.is_chosen(number);
    let is_blocked = move || data.read().as_ref().is_some_and(|d| d.line.lacks_prescription());
    view! {
        <tr
            id=id
            class:is-blocked=is_blocked
            aria-selected=move || if is_chosen() { "true" } else { "false" }
            tabindex=move || is_chosen().then_some("0")
            on:mousedown=|event| event.prevent_default()
            on:click=move |_| sale.choose(number)
        >
            {move || data.get().map(|data| cells(data, session))}
        </tr>
    }
}

fn cells(data: RowData, session: Session) -> impl IntoView {
    let RowData {
        at,
        line,
        priced,
        judged,
        is_approved,
    } = data;
    let product = &line.product;
    let below = price_below(product, &rate_words(product, session, "sale.tax_incl"), session);
    let amount = priced.as_ref().map(|priced| session.amount(priced.total));
    let discount = discount(&line, priced.as_ref(), judged, is_approved, session);
    // RETAIL: a line column bears 99,99,999.00; a longer amount gets smaller, never cut.
    let amount_class = match amount.as_ref().map_or(0, String::len) {
        0..=12 => "num t-lg b",
        _ => "num b num--long",
    };
    view! {
        <td class="num t3 t-sm">{at + 1}</td>
        <td>
            <div class="cell-2">
                <span class="row"><span class="clip m">{product.name.clone()}</span></span>
                <span class="clip">{code_and_brand(product)}</span>
            </div>
        </td>
        <td class="num t-lg">{line.quantity}</td>
        <td class="num">
            <div class="cell-2 cell-2--r"><span>{session.amount(product.offer)}</span>{below}</div>
        </td>
        <td class="num">{discount}</td>
        <td class=amount_class>{amount}</td>
    }
}

fn discount(line: &Line, priced: Option<&PricedLine>, judged: Judged, is_approved: bool, session: Session) -> AnyView {
    if line.lacks_prescription() {
        return view! { <Badge tone=Tone::Danger icon="octagon-x">{t("sale.blocked")}</Badge> }.into_any();
    }
    let below = match (line.discount, judged) {
        (Discount::None, _) if line.product.offer < line.product.list => {
            return view! { <span class="t3 t-sm">{t("sale.none_allowed")}</span> }.into_any();
        }
        (Discount::None, _) => return view! { <span class="t3">"–"</span> }.into_any(),
        (_, Judged::OverCap { .. } | Judged::Impossible) if !is_approved => {
            view! { <span class="warn">{t("sale.over_cap")}</span> }.into_any()
        }
        (Discount::Percent(rate), _) => view! { <span>{rate.to_string()}</span> }.into_any(),
        (Discount::Amount(amount), _) => {
            let share = priced
                .filter(|p| p.gross > 0)
                .map(|p| share(amount, p.gross).to_string());
            view! { <span>{share}</span> }.into_any()
        }
    };
    let off = priced.map(|p| session.amount(-p.discount));
    view! { <div class="cell-2 cell-2--r"><span>{off}</span>{below}</div> }.into_any()
}

/// An amount as a percentage of the line, to a tenth.
fn share(amount: i64, gross: i64) -> Rate {
    let tenths = retail::round_half_away(i128::from(amount) * 1_000, i128::from(gross));
    Rate::from_basis_points(u32::try_from(tenths * 10).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn an_amount_as_a_share() {
        assert_eq!(share(84_900, 849_000).to_string(), "10%");
        assert_eq!(share(100, 849_000).to_string(), "0%");
        assert_eq!(share(50_000, 849_000).to_string(), "5.9%");
    }
}
