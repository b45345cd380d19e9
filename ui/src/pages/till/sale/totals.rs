//! The sums of a sale: what list prices come to, what offers and discounts take off, the taxes inside.

use leptos::prelude::*;
use retail::{BasketTotals, TaxRow};

use super::open_sale::OpenSale;
use crate::session::Session;
use crate::text::{t, tn};

/// `below` stands under the word Total.
#[component]
pub fn Totals(
    sale: OpenSale,
    #[prop(into)] below: Signal<String>,
    #[prop(into)] has_why: Signal<bool>,
) -> impl IntoView {
    let session = Session::get();
    let totals = Memo::new(move |_| sale.totals().and_then(Result::ok));
    let is_empty = move || sale.is_empty();
    let parts = move || {
        totals
            .get()
            .filter(|_| !is_empty())
            .map(|totals| view! { <Sums totals=totals.clone()/><Taxes rows=totals.tax_by_rate/> })
    };
    let total = move || session.total(totals.read().as_ref().map_or(0, |t| t.total));
    view! {
        <section class=move || if has_why.get() {
            "sect stack stack--3 totals totals--why"
        } else {
            "sect stack stack--3 totals"
        }>
            {parts}
            <div class="total">
                <span class="cell-2">
                    <span class="b t-lg">{t("sale.total")}</span>
                    <span class="t-xs t3">{below}</span>
                </span>
                <strong id="total" class:t3=is_empty aria-live="polite">{total}</strong>
            </div>
        </section>
    }
}

#[component]
fn Sums(totals: BasketTotals) -> impl IntoView {
    let session = Session::get();
    let row = move |words: String, amount: i64| view! { <dt>{words}</dt><dd>{session.amount(amount)}</dd> };
    let count = |n: usize| u64::try_from(n).unwrap_or_default();
    let offer = (totals.offer_lines > 0).then(|| {
        row(
            tn("sale.offer_lines", count(totals.offer_lines), &[]),
            -totals.offer_reduction,
        )
    });
    let discount = (totals.discount_lines > 0).then(|| {
        row(
            tn("sale.discount_lines", count(totals.discount_lines), &[]),
            -totals.discount,
        )
    });
    view! {
        <dl class="sum">
            {row(t("sale.at_list").to_owned(), totals.at_list)}
            {offer}
            {discount}
        </dl>
    }
}

#[component]
fn Taxes(rows: Vec<TaxRow>) -> impl IntoView {
    let session = Session::get();
    let label = session.organisation().map(|o| o.profile.tax_label).unwrap_or_default();
    let names: Vec<String> = rows
        .first()
        .map(|row| row.components.iter().map(|c| c.name.clone()).collect())
        .unwrap_or_default();
    let body = rows.into_iter().map(|row| {
        view! {
            <tr>
                <th scope="row">{row.rate.to_string()}</th>
                <td>{session.amount(row.taxable)}</td>
                {row.components.into_iter().map(|c| view! { <td>{session.amount(c.amount)}</td> }).collect_view()}
            </tr>
        }
    });
    view! {
        <table class="tax">
            <thead>
                <tr>
                    <th scope="col">{label}</th>
                    <th scope="col">{t("sale.taxable")}</th>
                    {names.into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect_view()}
                </tr>
            </thead>
            <tbody>{body.collect_view()}</tbody>
        </table>
    }
}
