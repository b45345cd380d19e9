//! One erasure: what was ordered, how far it is, which device still has something, what to do.

use leptos::prelude::*;
use model::ids::{CustomerUnit, Id};
use model::records::EraseReason;
use model::requests::erasure::{EraseState, Erasure};
use model::requests::office::DeviceRow;

use super::at;
use super::device_state::full_name;
use super::names::StoreNames;
use super::privacy_progress::{Progress, Told, is_over};
use crate::components::{Badge, Note, Tone};
use crate::format;
use crate::session::Session;
use crate::text::{t, tf, tn};

/// Digits of a customer's id that tell one from another on paper.
const SHORT: usize = 8;

/// The number that stays when the name is gone.
#[must_use]
pub fn pseudonym(customer: Id) -> String {
    let whole = customer.to_string();
    let short = whole.get(..SHORT).unwrap_or(&whole);
    tf("ho_privacy.pseudonym", &[("id", &short)])
}

/// The name while it is known, else the number.
#[must_use]
pub fn who(order: &Erasure) -> String {
    match order.customer {
        _ if !order.name.is_empty() => order.name.clone(),
        Some(customer) => pseudonym(customer),
        None => t("ho_privacy.no_customer").to_owned(),
    }
}

#[must_use]
pub fn reason(reason: EraseReason) -> &'static str {
    match reason {
        EraseReason::Requested => t("ho_privacy.requested"),
        EraseReason::TermOver => t("ho_privacy.term_over"),
        EraseReason::ConsentWithdrawn => t("ho_privacy.consent"),
        EraseReason::Mistaken => t("ho_privacy.mistaken"),
    }
}

#[must_use]
pub fn unit(unit: CustomerUnit) -> &'static str {
    match unit {
        CustomerUnit::Contact => t("ho_privacy.contact"),
        CustomerUnit::Clinical => t("ho_privacy.clinical"),
        CustomerUnit::Invoice => t("ho_privacy.invoice"),
    }
}

/// `Contact, eye care`, or that it is everything.
#[must_use]
pub fn units(order: &Erasure) -> String {
    /// Contact, clinical, invoice.
    const ALL: usize = 3;
    if order.units.len() == ALL {
        return t("ho_privacy.everything").to_owned();
    }
    let words: Vec<&str> = order.units.iter().map(|of| unit(*of)).collect();
    words.join(", ")
}

fn shown(state: EraseState) -> (Tone, &'static str, &'static str) {
    match state {
        EraseState::Ordered => (Tone::Warn, "clock", t("ho_privacy.waiting")),
        EraseState::Due => (Tone::Warn, "loader-circle", t("ho_privacy.due")),
        EraseState::Done => (Tone::Ok, "circle-check", t("ho_privacy.done")),
        EraseState::Withdrawn => (Tone::Plain, "undo-2", t("ho_privacy.withdrawn")),
    }
}

/// `Sat 28 Nov 2026, 22:31`.
#[must_use]
pub fn day_and_time(session: Session, ms: i64) -> String {
    format::day_and_time(ms, session.offset())
}

/// `4 of 6`, once the time is over; marked while some still have something.
fn devices_cell(order: &Erasure, all: &[Erasure], devices: &[DeviceRow]) -> AnyView {
    let progress = Progress::of(order, all, devices);
    if !is_over(order) || progress.of == 0 {
        return view! { <td class="num t3">"\u{2013}"</td> }.into_any();
    }
    let class = if progress.left.is_empty() {
        "num t2"
    } else {
        "num m warn"
    };
    let n_of = tf("ho_privacy.n_of", &[("n", &progress.clear), ("of", &progress.of)]);
    view! { <td class=class>{n_of}</td> }.into_any()
}

/// `28 Nov`, and the year where it is another.
fn short_day(session: Session, ms: i64) -> String {
    let day = format::day(ms, session.offset());
    let ((year, ..), (this, ..)) = (day.ymd(), at::today(session).ymd());
    let text = day.text();
    match text.strip_suffix(&format!(" {year}")) {
        Some(short) if year == this => short.to_owned(),
        _ => text,
    }
}

/// A row of the list.
pub fn cells(session: Session, order: &Erasure, all: &[Erasure], devices: &[DeviceRow]) -> AnyView {
    let (tone, icon, words) = shown(order.state);
    let name = if order.name.is_empty() { "clip t2" } else { "m clip" };
    let by = tf(
        "ho_privacy.day_by",
        &[
            ("day", &short_day(session, order.ordered_at)),
            ("name", &order.ordered_by),
        ],
    );
    let goes = if order.state == EraseState::Withdrawn {
        "\u{2013}".to_owned()
    } else {
        short_day(session, order.not_before)
    };
    view! {
        <td class=name>{who(order)}</td>
        <td class="clip">{reason(order.reason)}</td>
        <td class="clip t2">{by}</td>
        <td class="num">{goes}</td>
        <td><Badge tone icon>{words}</Badge></td>
        {devices_cell(order, all, devices)}
    }
    .into_any()
}

/// The panel of the chosen order. `devices` is none while it is not known how they stand.
pub fn detail(
    session: Session,
    stores: StoreNames,
    order: &Erasure,
    all: &[Erasure],
    devices: Option<&[DeviceRow]>,
) -> AnyView {
    let (tone, icon, words) = shown(order.state);
    let goes = day_and_time(session, order.not_before);
    let (note, means) = match order.state {
        EraseState::Ordered => (Tone::Warn, tf("ho_privacy.waiting_why", &[("time", &goes)])),
        EraseState::Due => (Tone::Warn, t("ho_privacy.due_why").to_owned()),
        EraseState::Done => (Tone::Plain, t("ho_privacy.done_why").to_owned()),
        EraseState::Withdrawn => (Tone::Plain, t("ho_privacy.withdrawn_why").to_owned()),
    };
    let number = order.customer.map(|customer| {
        view! { <p class="t-sm t2 ho-wrap">{tf("ho_privacy.number", &[("id", &customer)])}</p> }
    });
    let by = if order.ordered_by.is_empty() {
        t("ho_privacy.nobody").to_owned()
    } else {
        order.ordered_by.clone()
    };
    view! {
        <header class="sect stack stack--1">
            <div class="row row--split">
                <h2 class="t-lg b ho-wrap" id="privacy-who">{who(order)}</h2>
                <Badge tone icon>{words}</Badge>
            </div>
            {number}
        </header>
        <section class="sect stack">
            <h3 class="h-sec">{t("ho_privacy.order")}</h3>
            <dl class="kv">
                <dt>{t("ho_privacy.what")}</dt><dd class="ho-wrap">{units(order)}</dd>
                <dt>{t("ho_privacy.reason")}</dt><dd>{reason(order.reason)}</dd>
                <dt>{t("ho_privacy.ordered")}</dt><dd>{day_and_time(session, order.ordered_at)}</dd>
                <dt>{t("ho_privacy.by")}</dt><dd class="ho-wrap">{by}</dd>
                {(order.state != EraseState::Withdrawn).then(|| view! {
                    <dt>{t("ho_privacy.goes")}</dt><dd>{goes}</dd>
                })}
            </dl>
            <Note tone=note icon="info">{means}</Note>
        </section>
        {devices.filter(|_| is_over(order)).map(|devices| on_devices(session, stores, &Progress::of(order, all, devices)))}
    }
    .into_any()
}

fn on_devices(session: Session, stores: StoreNames, progress: &Progress) -> AnyView {
    let said = if progress.of == 0 {
        t("ho_privacy.no_devices").to_owned()
    } else {
        tf("ho_privacy.clear_of", &[("n", &progress.clear), ("of", &progress.of)])
    };
    let row = |(device, told): &(DeviceRow, Told)| {
        let name = full_name(&DeviceRow {
            store: stores.of(&device.store),
            ..device.clone()
        });
        let words = match told {
            Told::ToErase(n) => tn("ho_privacy.to_erase", u64::from(*n), &[]),
            Told::Never => t("ho_privacy.never_said").to_owned(),
            Told::NotSince | Told::Unaware | Told::Clear => {
                let last = device.stated.as_ref().map(|stated| at::moment(session, stated.wall));
                tf("ho_privacy.not_since", &[("time", &last.unwrap_or_default())])
            }
        };
        view! { <dt class="ho-wrap">{name}</dt><dd>{words}</dd> }
    };
    view! {
        <section class="sect stack">
            <h3 class="h-sec">{t("ho_privacy.on_devices")}</h3>
            <p class="t-sm" id="privacy-clear">{said}</p>
            {(!progress.left.is_empty()).then(|| view! {
                <dl class="sum">{progress.left.iter().map(row).collect_view()}</dl>
                <Note tone=Tone::Warn icon="monitor-smartphone">{t("ho_privacy.start_them")}</Note>
            })}
            {(progress.closed > 0).then(|| view! {
                <p class="t-sm t2">{tn("ho_privacy.closed", progress.closed as u64, &[])}</p>
            })}
        </section>
    }
    .into_any()
}
