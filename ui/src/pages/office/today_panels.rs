//! Below the figures: what needs a person, and how the tills stand, the worst first.

use leptos::prelude::*;
use model::requests::office::{ExceptionRow, OfficeDevices, OfficeExceptions};

use super::at;
use super::device_state::{DeviceState, full_name, not_sent, up_to_date};
use super::hand::Hand;
use super::list::{List, nothing_above};
use super::poll::Polled;
use crate::components::{Badge, Empty, Icon, Tone};
use crate::keys::Keys;
use crate::place::{Place, Places};
use crate::session::Session;
use crate::text::{t, tf};

/// Icon, colour and words of a kind.
fn kind(row: &ExceptionRow) -> (&'static str, &'static str, &'static str) {
    match row.kind.as_str() {
        "double_refund" => ("undo-2", "dotk dotk--danger", t("ho_today.double_refund")),
        "disputed_prescription" => ("git-fork", "dotk dotk--danger", t("ho_today.disputed_prescription")),
        "oversold" => ("package-minus", "dotk dotk--warn", t("ho_today.sold_below_zero")),
        "barcode_twice" => ("scan-barcode", "dotk dotk--warn", t("ho_today.barcode_twice")),
        "code_twice" => ("tags", "dotk dotk--warn", t("ho_today.code_twice")),
        "offer_above_list" => ("tag", "dotk dotk--warn", t("ho_today.offer_above_list")),
        "login_twice" => ("user-cog", "dotk dotk--warn", t("ho_today.login_twice")),
        "conflicting_edit" => ("users", "dotk dotk--info", t("ho_today.conflicting_edit")),
        "device_copied" => ("git-fork", "dotk dotk--danger", t("ho_today.device_copied")),
        "number_twice" => ("receipt-text", "dotk dotk--danger", t("ho_today.number_twice")),
        "server_restored" => ("history", "dotk dotk--danger", t("ho_today.server_restored")),
        "figures_differ" => ("shield-alert", "dotk dotk--danger", t("ho_today.figures_differ")),
        "history_rewritten" => ("history", "dotk dotk--danger", t("ho_today.history_rewritten")),
        "count_changed" => ("clipboard-check", "dotk dotk--warn", t("ho_today.count_changed")),
        "late_commits" => ("lock", "dotk dotk--warn", t("ho_today.late_commits")),
        _ => ("circle-alert", "dotk dotk--info", t("ho_today.other")),
    }
}

/// The page that shows it, where there is one.
fn place(row: &ExceptionRow) -> Option<Place> {
    match row.kind.as_str() {
        "double_refund" | "number_twice" => Some(Place::of("sales", &[&row.title])),
        "device_copied" | "late_commits" | "server_restored" | "figures_differ" | "history_rewritten" => {
            Some(Place::of("devices", &[]))
        }
        "count_changed" => Some(Place::of("counts", &[])),
        "oversold" | "code_twice" | "offer_above_list" => Some(Place::of("stock", &[&row.title])),
        _ => None,
    }
}

#[component]
pub fn NeedsPerson() -> impl IntoView {
    let places = Places::get();
    let hand = Hand::new();
    let answer = Polled::under(hand, || Some(OfficeExceptions {}));
    let rows = Memo::new(move |_| answer.part(|a| a.rows.clone()));
    let list = List::new("needs", hand, rows, |row: &ExceptionRow| {
        format!("{} {} {}", row.kind, row.title, row.detail)
    });
    let open = Callback::new(move |()| {
        if let Some(place) = untrack(|| list.now()).as_ref().and_then(place) {
            places.go(place);
        }
    });
    let _in_force = list.keys(Keys::screen(), Some(("ho.open", open))).install();
    let cells = move |row: ExceptionRow| {
        let (icon, class, words) = kind(&row);
        view! {
            <td><div class="row"><span class=class><Icon name=icon class="icon--sm"/></span><span class="m clip">{words}</span></div></td>
            <td class="clip">{row.title}</td>
            <td class="clip t2">{row.detail}</td>
        }
        .into_any()
    };
    let badge = move || {
        let count = rows.read().len();
        (count > 0).then(|| view! { <Badge tone=Tone::Danger>{tf("ho_today.open", &[("n", &count)])}</Badge> })
    };
    let body = move || {
        if answer.is_there() && rows.read().is_empty() {
            return view! { <Empty icon="circle-check" title=t("ho_today.nothing") why=t("ho_today.nothing_why")/> }
                .into_any();
        }
        view! {
            <table class="table table--dense table--plain exc">
                <colgroup><col/><col class="ex-s"/><col/></colgroup>
                <thead>
                    <tr>
                        <th scope="col">{t("ho_today.what")}</th>
                        <th scope="col">{t("ho_today.which")}</th>
                        <th scope="col">{t("ho_today.more")}</th>
                    </tr>
                </thead>
                <tbody>{list.view(Some(open), nothing_above, cells)}</tbody>
            </table>
        }
        .into_any()
    };
    // Drawn anew only when the first row comes or the last one goes.
    let is_empty = Memo::new(move |_| (answer.is_there(), rows.read().is_empty()));
    view! {
        <section
            class="panel"
            aria-label=t("ho_today.needs_person")
            on:mousemove=move |_| hand.touch()
            on:wheel=move |_| hand.touch()
        >
            <header class="panel__head"><h2>{t("ho_today.needs_person")}</h2>{badge}</header>
            <div class="scrollbox grow2">
                {move || {
                    // Read, not only tracked: a memo that nobody has read follows nothing.
                    let _ = is_empty.get();
                    untrack(body)
                }}
            </div>
        </section>
    }
}

#[component]
pub fn Tills() -> impl IntoView {
    let session = Session::get();
    let answer = Polled::new(|| Some(OfficeDevices {}));
    let tills = Memo::new(move |_| {
        let now = session.minute();
        let mut tills = answer.part(|a| a.devices.clone());
        tills.retain(|device| !device.server);
        tills.sort_by_key(|device| std::cmp::Reverse(DeviceState::of(device, now)));
        tills
    });
    let badge = move || {
        let (good, all) = up_to_date(&tills.read(), session.minute());
        let tone = if good == all { Tone::Ok } else { Tone::Warn };
        (all > 0).then(|| view! { <Badge tone>{tf("ho_devices.of_up_to_date", &[("n", &good), ("of", &all)])}</Badge> })
    };
    let count = Memo::new(move |_| tills.read().len());
    let row = move |index: usize| {
        let device = Memo::new(move |_| tills.read().get(index).cloned());
        let cells = move || {
            device.get().map(|device| {
                view! {
                    <td class="m nowrap">{full_name(&device)}</td>
                    <td>{DeviceState::of(&device, session.minute()).view()}</td>
                    <td class="num">{not_sent(&device)}</td>
                    <td class="num">{at::ago_or_never(session, device.last_seen)}</td>
                }
            })
        };
        view! { <tr>{cells}</tr> }
    };
    view! {
        <section class="panel" aria-label=t("ho_devices.tills")>
            <header class="panel__head">
                <h2>{t("ho_devices.tills")}</h2>
                {badge}
                <a href=Place::of("devices", &[]).href() class="push t-sm in-text">{t("ho_devices.all")}</a>
            </header>
            <div class="scrollbox grow2">
                <table class="table table--dense table--plain">
                    <thead>
                        <tr>
                            <th scope="col">{t("ho_devices.till")}</th>
                            <th scope="col">{t("ho_devices.state")}</th>
                            <th scope="col" class="num">{t("ho_devices.not_sent")}</th>
                            <th scope="col" class="num">{t("ho_devices.behind")}</th>
                        </tr>
                    </thead>
                    <tbody><For each=move || 0..count.get() key=|index| *index children=row/></tbody>
                </table>
            </div>
        </section>
    }
}
