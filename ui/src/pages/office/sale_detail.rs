//! One sale or return, whole, beside the list.

use leptos::prelude::*;
use model::ids::Id;
use model::requests::sales::{Line, PaymentRow, Sale, SaleGet, TaxSum};
use retail::Day;

use super::at;
use super::names::method;
use super::poll::Polled;
use crate::components::{Badge, Tone};
use crate::format;
use crate::session::Session;
use crate::text::{t, tf};

/// The id of the panel, which Enter on the list goes to.
pub const OPEN: &str = "sale-open";

#[component]
pub fn SaleDetail(
    opened: Memo<Option<Id>>,
    /// A return or the sale it goes back to.
    on_other: Callback<Id>,
) -> impl IntoView {
    let session = Session::get();
    let answer = Polled::new(move || {
        opened.get().map(|sale| SaleGet {
            sale: Some(sale),
            number: None,
        })
    });
    // While the next one is on its way the last one stays, so that nothing flickers.
    let sale = Memo::new(move |_| answer.get());
    let label = move || {
        sale.read()
            .as_ref()
            .map(|sale| tf("ho_sales.sale", &[("number", &sale.number)]))
    };
    view! {
        <aside class="hod" id=OPEN tabindex="-1" aria-label=label>
            <div class="hod__scroll">
                {move || match sale.get() {
                    Some(sale) => whole(session, &sale, on_other),
                    None => ().into_any(),
                }}
            </div>
        </aside>
    }
}

fn whole(session: Session, sale: &Sale, on_other: Callback<Id>) -> AnyView {
    let sign = if sale.is_return { -1 } else { 1 };
    view! {
        {head(session, sale)}
        <section class="sect stack">
            <h2 class="h-sec">{t("ho_sales.lines")}</h2>
            <dl class="sum">
                {sale.lines.iter().map(|line| line_view(session, line, sign)).collect_view()}
                <dt class="sum__rule b">{t("ho_sales.total_taxed")}</dt>
                <dd class="sum__rule b" id="sale-total">{session.amount(sign * sale.total)}</dd>
                {(sale.rounding != 0).then(|| view! {
                    <dt>{t("ho_sales.rounding")}</dt>
                    <dd>{session.amount(sign * sale.rounding)}</dd>
                })}
            </dl>
            {taxes(session, &sale.taxes)}
        </section>
        <section class="sect stack">
            <h2 class="h-sec">{t(if sale.is_return { "ho_sales.given_back" } else { "ho_sales.paid" })}</h2>
            <dl class="sum">
                {sale.payments.iter().map(|payment| payment_view(session, payment, sign)).collect_view()}
                {(sale.change != 0).then(|| view! {
                    <dt>{t("ho_sales.change")}</dt>
                    <dd>{session.amount(-sale.change)}</dd>
                })}
            </dl>
        </section>
        {others(sale, on_other)}
        {record(session, sale)}
    }
    .into_any()
}

fn head(session: Session, sale: &Sale) -> impl IntoView + use<> {
    // `FCR 1` is store and till; the store stands there by its name.
    let till = sale
        .till
        .strip_prefix(&format!("{} ", sale.store))
        .unwrap_or(&sale.till);
    let place = tf(
        "ho_sales.where",
        &[
            ("store", &sale.store_name),
            ("till", &till),
            ("time", &at::second(session, sale.wall)),
            ("user", &sale.user),
        ],
    );
    let customer = sale
        .customer_name
        .clone()
        .unwrap_or_else(|| t("ho_sales.walk_in").to_owned());
    let gstin = sale
        .gstin
        .clone()
        .map(|gstin| tf("ho_sales.gstin", &[("gstin", &gstin)]));
    view! {
        <header class="sect stack stack--1">
            <div class="row row--split">
                <h2 class="t-lg b code" id="sale-number">{sale.number.clone()}</h2>
                {sale.is_return.then(|| view! { <Badge tone=Tone::Danger icon="undo-2">{t("ho_sales.return")}</Badge> })}
            </div>
            <p class="t-sm t2">{place}</p>
            <p class="t-sm">{customer} {gstin}</p>
        </header>
    }
}

fn line_view(session: Session, line: &Line, sign: i64) -> impl IntoView + use<> {
    let pieces = (line.quantity != 1).then(|| {
        let price = session.amount(line.price);
        tf("ho_sales.pieces", &[("n", &line.quantity), ("price", &price)])
    });
    let discount = (line.discount != 0).then(|| session.amount(-line.discount));
    let returned = (line.returned != 0).then(|| tf("ho_sales.returned", &[("n", &line.returned)]));
    let more: Vec<String> = [pieces, discount, returned].into_iter().flatten().collect();
    let more = (!more.is_empty()).then(|| view! { <span class="t3">{more.join(", ")}</span> });
    view! {
        <dt>{line.name.clone()} " " {more}</dt>
        <dd>{session.amount(sign * line.total)}</dd>
    }
}

fn taxes(session: Session, sums: &[TaxSum]) -> Option<impl IntoView + use<>> {
    let label = session.organisation().map(|o| o.profile.tax_label).unwrap_or_default();
    let names: Vec<String> = sums.first()?.taxes.iter().map(|(name, _)| name.clone()).collect();
    let row = |sum: &TaxSum| {
        let parts = sum
            .taxes
            .iter()
            .map(|(_, amount)| view! { <td>{session.amount(*amount)}</td> });
        view! {
            <tr>
                <th scope="row">{sum.rate.to_string()}</th>
                <td>{session.amount(sum.taxable)}</td>
                {parts.collect_view()}
            </tr>
        }
    };
    Some(view! {
        <table class="tax">
            <thead>
                <tr>
                    <th scope="col">{label}</th>
                    <th scope="col">{t("ho_sales.taxable")}</th>
                    {names.into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect_view()}
                </tr>
            </thead>
            <tbody>{sums.iter().map(row).collect_view()}</tbody>
        </table>
    })
}

fn payment_view(session: Session, payment: &PaymentRow, sign: i64) -> impl IntoView + use<> {
    let name = method(&payment.method);
    let name = match payment.reference.as_deref().filter(|text| !text.is_empty()) {
        Some(reference) => tf(
            "ho_sales.with_reference",
            &[("method", &name), ("reference", &reference)],
        ),
        None => name,
    };
    // What was handed over stands above the change that went back.
    view! { <dt>{name}</dt><dd>{session.amount(sign * payment.tendered)}</dd> }
}

/// The sale that a return goes back to, or the returns of a sale.
fn others(sale: &Sale, on_other: Callback<Id>) -> Option<impl IntoView + use<>> {
    let (title, ids) = match sale.original {
        Some(original) => (t("ho_sales.of_sale"), vec![original]),
        None => (t("ho_sales.returns_of"), sale.returns.clone()),
    };
    (!ids.is_empty()).then(|| {
        view! {
            <section class="sect stack">
                <h2 class="h-sec">{title}</h2>
                <dl class="sum">
                    {ids.into_iter().map(|id| view! { <Other id on_other/> }).collect_view()}
                </dl>
            </section>
        }
    })
}

/// A line that opens another sale.
#[component]
fn Other(id: Id, on_other: Callback<Id>) -> impl IntoView {
    let session = Session::get();
    let answer = Polled::new(move || {
        Some(SaleGet {
            sale: Some(id),
            number: None,
        })
    });
    view! {
        <dt>
            <button type="button" class="ho-link in-text code" on:click=move |_| on_other.run(id)>
                {move || answer.part(|sale| sale.number.clone())}
            </button>
        </dt>
        <dd>
            {move || answer.get().map(|sale| session.amount(if sale.is_return { -sale.total } else { sale.total }))}
        </dd>
    }
}

/// How it was kept, and by whose word.
fn record(session: Session, sale: &Sale) -> impl IntoView + use<> {
    let pair = |label: &'static str, value: Option<String>| {
        value
            .filter(|v| !v.is_empty())
            .map(|value| view! { <dt>{t(label)}</dt><dd>{value}</dd> })
    };
    // The day of the books, where it is not the day of the clock.
    let is_other_day = format::day(sale.wall, session.offset()).0 != sale.day;
    view! {
        <section class="sect stack">
            <h2 class="h-sec">{t("ho_sales.record")}</h2>
            <dl class="kv">
                {pair("ho_sales.business_day", is_other_day.then(|| Day(sale.day).text_with_weekday()))}
                {pair("ho_sales.kept", Some(at::second(session, sale.wall)))}
                {pair("ho_sales.by", Some(sale.user.clone()))}
                {pair("ho_sales.approver", sale.approver.clone())}
                {pair("ho_sales.reason", sale.reason.clone())}
                {pair("ho_sales.mark", Some(sale.mark.clone()))}
            </dl>
        </section>
    }
}
