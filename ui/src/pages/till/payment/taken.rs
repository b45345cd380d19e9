//! Left: what is to pay, what was taken, what is being taken. Right: the change.

use leptos::prelude::*;
use model::requests::sales::NewPayment;
use retail::drawer::change_pieces;
use retail::{Due, Method, TenderError};

use super::{METHODS, Till};
use crate::components::{Icon, Note};
use crate::session::Session;
use crate::text::{t, tf};

fn icon(method: Method) -> &'static str {
    METHODS
        .iter()
        .find(|(m, ..)| *m == method)
        .map_or("banknote", |(_, icon, ..)| icon)
}

#[component]
pub fn Taken(till: Till) -> impl IntoView {
    let (session, sale) = (till.session, till.sale);
    let parts = Memo::new(move |_| sale.contents().read().parts.clone());
    let taken = move || parts.read().iter().map(|p| p.tender.amount).sum::<i64>();
    let rounding = move || match till.settled.get() {
        Ok(settled) if settled.rounding != 0 => {
            Some(view! { <dt>{t("payment.rounding")}</dt><dd id="rounding">{session.total(settled.rounding)}</dd> })
        }
        _ => None,
    };
    let taken_row = move || {
        (!parts.read().is_empty())
            .then(|| view! { <dt>{t("payment.taken_so_far")}</dt><dd>{session.total(-taken())}</dd> })
    };
    let is_offline = move || session.status().is_some_and(|s| !s.network.alone && !s.network.online);
    view! {
        <section class="pay__left" aria-label=t("payment.parts")>
            <div class="pay__due">
                <dl class="sum sum--lg">
                    <dt>{t("payment.total")}</dt>
                    <dd id="pay-total">{move || session.total(sale.total())}</dd>
                    {taken_row}
                    {rounding}
                </dl>
                <div class="due">
                    <span class="t-lg m">{t("payment.still_to_pay")}</span>
                    <strong class="num" id="still-to-pay" aria-live="polite">{move || session.total(till.left())}</strong>
                </div>
            </div>
            {move || (!parts.read().is_empty()).then(|| view! {
                <div class="h-row">
                    <h2 class="h-sec">{t("payment.taken")}</h2>
                    <span class="t-xs t3">{t("payment.taken_kept")}</span>
                </div>
                <ol class="tenders">
                    {parts.get().into_iter().enumerate().map(|(at, part)| view! { <Part till at part/> }).collect_view()}
                </ol>
            })}
            <Now till/>
            <div class="end">
                {move || is_offline().then(|| view! {
                    <div class="note note--plain">
                        <Icon name="cloud-off"/>
                        <div><b class="m">{t("payment.offline")}</b>" "{t("payment.offline_works")}</div>
                    </div>
                })}
            </div>
        </section>
    }
}

#[component]
fn Part(till: Till, at: usize, part: NewPayment) -> impl IntoView {
    let session = Session::get();
    let label = part.tender.method.label();
    let below = part.reference.map(|text| tf("payment.ref", &[("text", &text)]));
    let is_chosen = move || till.chosen.get() == at;
    view! {
        <li class="tender" class:is-chosen=is_chosen aria-current=move || is_chosen().then_some("true")>
            <span class="list__icon list__icon--ok"><Icon name=icon(part.tender.method)/></span>
            <div class="cell-2 grow"><span class="m">{label}</span>{below.map(|b| view! { <span>{b}</span> })}</div>
            <span class="num t-lg m">{session.amount(part.tender.amount)}</span>
            <button
                type="button"
                class="btn btn--quiet btn--icon"
                aria-label=tf("payment.remove", &[("method", &label)])
                on:click=move |_| {
                    till.chosen.set(at);
                    till.give_back();
                }
            >
                <Icon name="x"/>
            </button>
        </li>
    }
}

/// The part that is being typed, and why it cannot be taken.
#[component]
fn Now(till: Till) -> impl IntoView {
    let session = till.session;
    let is_due = move || till.due.get() != Due { exact: 0, in_cash: 0 };
    let below = move || {
        let amount = till.amount.get()?;
        (till.method.get() == Method::Cash).then(|| tf("payment.received", &[("amount", &session.amount(amount))]))
    };
    // Of cash only what is due stays.
    let counts = move || {
        let amount = till.amount.get().unwrap_or_default();
        match till.method.get() {
            Method::Cash => amount.min(till.due.get().in_cash),
            _ => amount,
        }
    };
    let problem = move || match till.settled.get() {
        Err(TenderError::OverWithoutCash { .. }) => Some(t("payment.over")),
        Err(TenderError::CashNotNeeded) => Some(t("payment.cash_not_needed")),
        Err(TenderError::TooLarge) => Some(t("payment.too_large")),
        _ => None,
    };
    move || {
        is_due().then(|| {
            view! {
                <div class="h-row"><h2 class="h-sec">{t("payment.now")}</h2></div>
                <ol class="tenders">
                    <li class="tender tender--now">
                        <span class="list__icon list__icon--accent">
                            <Icon name=Signal::derive(move || icon(till.method.get()))/>
                        </span>
                        <div class="cell-2 grow">
                            <span class="m">{move || till.method.get().label()}</span>
                            {move || below().map(|b| view! { <span>{b}</span> })}
                        </div>
                        <span class="num t-lg b">{move || session.amount(counts())}</span>
                    </li>
                </ol>
                {move || problem().map(|words| view! {
                    <Note tone=crate::components::Tone::Warn icon="triangle-alert">{words}</Note>
                })}
            }
        })
    }
}

/// What goes back, in the fewest notes and coins.
#[component]
pub fn Change(till: Till) -> impl IntoView {
    let session = till.session;
    let change = Memo::new(move |_| till.settled.get().map_or(0, |settled| settled.change));
    let coins = move || {
        let pieces = session.organisation()?.profile.denominations();
        let (rows, _) = change_pieces(change.get(), &pieces);
        (!rows.is_empty()).then(|| {
            let items = rows.into_iter().map(|row| {
                let value = session.currency().format_short(row.denomination);
                view! { <li><b>{value}</b>"× "{row.pieces}</li> }
            });
            view! { <ul class="coins" aria-label=t("payment.coins")>{items.collect_view()}</ul> }
        })
    };
    view! {
        <div class="change">
            <span class="t-lg m">{t("payment.change")}</span>
            <strong class="num" id="change" aria-live="polite">{move || session.total(change.get())}</strong>
            {coins}
        </div>
    }
}
