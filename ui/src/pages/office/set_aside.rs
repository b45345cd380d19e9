//! What could not be taken, or is held and could not be read: why, from whom, since when, how large.

use leptos::prelude::*;
use model::requests::ends::CommitDeclareLost;
use model::requests::office::{AsideRow, Missing, OfficeDevices, OfficeSetAside};
use model::role::Permission;

use super::aside_count::AsideCount;
use super::hand::Hand;
use super::list::List;
use super::poll::Polled;
use super::reason_dialog::{Doing, Question, ReasonDialog};
use super::{at, refused};
use crate::client::{Client, RequestId};
use crate::components::{Badge, Empty, Icon, KeyButton, Tone};
use crate::dom;
use crate::keys::{Keys, key};
use crate::session::Session;
use crate::shell::OfficeScreen;
use crate::text::{t, tf, tn};

const OPEN: &str = "aside-open";

/// How a row is shown.
struct Shown {
    icon: &'static str,
    tone: Tone,
    title: &'static str,
    badge: &'static str,
    /// What it means for the books.
    why: &'static str,
}

fn shown(row: &AsideRow) -> Shown {
    let title = match row.code.as_str() {
        "waiting" => t("ho_aside.waiting"),
        "closed" => t("ho_aside.closed"),
        "opaque" => t("ho_aside.opaque"),
        "bad_signature" => t("ho_aside.bad_signature"),
        "lane_not_written" | "forbidden_record" | "lane_not_citable" => t("ho_aside.not_allowed"),
        "parts_differ" | "part_length" | "part_hash" => t("ho_aside.changed"),
        "unknown_log" => t("ho_aside.unknown_device"),
        code if code.ends_with("_too_long") || code.starts_with("too_many") || code == "part_count" => {
            t("ho_aside.too_large")
        }
        code if code.starts_with("certificate_") => t("ho_aside.certificate"),
        code if code.ends_with("_encoding") || code.ends_with("_version") || code == "record_kind" => {
            t("ho_aside.unreadable")
        }
        _ => t("ho_aside.other"),
    };
    match row.state.as_str() {
        "waiting" if row.code == "closed" => Shown {
            icon: "lock",
            tone: Tone::Warn,
            title,
            badge: t("ho_aside.look"),
            why: t("ho_aside.closed_why"),
        },
        "waiting" => Shown {
            icon: "git-fork",
            tone: Tone::Warn,
            title,
            badge: t("ho_aside.by_itself"),
            why: t("ho_aside.waiting_why"),
        },
        "opaque" => Shown {
            icon: "loader-circle",
            tone: Tone::Warn,
            title,
            badge: t("ho_aside.after_upgrade"),
            why: t("ho_aside.opaque_why"),
        },
        _ => Shown {
            icon: "shield-alert",
            tone: Tone::Danger,
            title,
            badge: t("ho_aside.look"),
            why: t("ho_aside.aside_why"),
        },
    }
}

/// From whom: the device it claims to be of, else who brought it.
fn from(row: &AsideRow) -> String {
    let whose = row.device.clone().unwrap_or_else(|| row.source.clone());
    if whose.is_empty() {
        t("ho_aside.nobody").to_owned()
    } else {
        whose
    }
}

/// `1,142 bytes`, `2.4 MB`.
fn size(bytes: i64) -> String {
    const MEGABYTE: i64 = 1_000_000;
    if bytes >= MEGABYTE {
        return tf(
            "ho_aside.megabytes",
            &[("n", &format!("{:.1}", bytes as f64 / MEGABYTE as f64))],
        );
    }
    tn("ho_aside.bytes", bytes.unsigned_abs(), &[])
}

#[component]
pub fn SetAside() -> impl IntoView {
    let session = Session::get();
    let hand = Hand::new();
    let answer = Polled::under(hand, || Some(OfficeSetAside {}));
    let devices = Polled::new(|| Some(OfficeDevices {}));
    let tills = Signal::derive(move || devices.part(|a| a.devices.iter().filter(|d| !d.server).count()));
    let rows = Memo::new(move |_| answer.part(|a| a.rows.clone()));
    let list = List::new("aside", hand, rows, |row: &AsideRow| {
        format!(
            "{} {} {} {:?} {:?} {}",
            row.state, row.code, row.source, row.device, row.seq, row.since
        )
    });
    let open = Callback::new(|()| dom::focus(OPEN));
    let asked = RwSignal::new(None::<Missing>);
    let missing = move || list.now().and_then(|row| row.missing);
    let may_declare = Signal::derive(move || session.may(Permission::DevicesManage) && missing().is_some());
    let keys = Keys::screen()
        .bind(key("Esc", "ho.back").run(move || list.focus_chosen()))
        .bind(
            key("X", "ho_aside.lost")
                .when(may_declare)
                .run(move || asked.set(untrack(missing))),
        );
    let in_force = list.keys(keys, Some(("ho.open", open))).install();

    let sub = move || {
        let until = answer.until(session).unwrap_or_default();
        let n = rows.read().len();
        tf(
            "ho_aside.sub",
            &[("n", &tn("ho_aside.records", n as u64, &[])), ("until", &until)],
        )
    };
    let is_empty = Memo::new(move |_| answer.is_there().then(|| rows.read().is_empty()));
    let count = Memo::new(move |_| list.count());
    let item = move |index: usize| {
        let row = Memo::new(move |_| list.row(index));
        view! {
            <li
                role="option"
                id=list.row_id(index)
                class="list__item"
                aria-selected=move || list.selected(index)
                tabindex=move || list.tabindex(index)
                on:click=move |_| list.choose(index)
            >
                {move || row.get().map(|row| item_view(session, &row))}
            </li>
        }
    };
    let body = move || {
        match is_empty.get() {
        None => ().into_any(),
        Some(true) => view! {
            <main class="ho__main hofull"><Empty icon="shield-check" title=t("ho_aside.none") why=t("ho_aside.none_why")/></main>
        }
        .into_any(),
        Some(false) => view! {
            <main class="ho__main exd">
                <section
                    class="inbox"
                    aria-label=t("ho_aside.title")
                    on:mousemove=move |_| hand.touch()
                    on:wheel=move |_| hand.touch()
                >
                    <ul role="listbox" aria-label=t("ho_aside.records_aside")>
                        <For each=move || 0..count.get() key=|index| *index children=item/>
                    </ul>
                </section>
                <section class="exd__d" id=OPEN tabindex="-1" aria-label=t("ho_aside.record")>
                    <div class="exd__scroll">
                        {move || list.now().map(|row| detail(session, &row))}
                        {move || may_declare.get().then(|| view! {
                            <section class="sect stack">
                                <p class="t-sm t2">{t("ho_aside.lost_why")}</p>
                                <div class="row"><KeyButton keys=in_force chord="X" class="btn--dense"/></div>
                            </section>
                        })}
                    </div>
                </section>
            </main>
        }
        .into_any(),
    }
    };
    view! {
        <OfficeScreen
            title=Signal::stored(t("ho.devices").to_owned())
            sub=Signal::derive(sub)
            tools=move || view! { {refused::line(answer)} <AsideCount tills is_aside=true/> }
        >
            {body}
            {move || asked.get().map(|missing| {
                view! { <LostDialog missing on_close=Callback::new(move |()| asked.set(None))/> }
            })}
        </OfficeScreen>
    }
}

/// What somebody waits for is nowhere any more: those who wait go on without it.
#[component]
fn LostDialog(missing: Missing, on_close: Callback<()>) -> impl IntoView {
    let client = Client::get();
    let Missing { log, seq, device } = missing;
    let deed = Callback::new(move |(reason, request): (String, RequestId)| -> Doing {
        let declare = CommitDeclareLost { log, seq, reason };
        Box::pin(async move {
            let declared = client.call_once(declare, &request).await;
            declared.map(|_| t("ho_aside.lost_done").to_owned())
        })
    });
    let device = device.unwrap_or_else(|| t("ho_aside.nobody").to_owned());
    let question = Question {
        title: tf("ho_aside.lost_title", &[("device", &device)]),
        sub: tf(
            "ho_aside.lost_sub",
            &[("n", &super::names::pieces(seq)), ("device", &device)],
        ),
        icon: ("package-minus", Tone::Warn),
        note: None,
        act: "ho_aside.lost_now",
        field: t("ho_devices.reason"),
        is_reason_needed: true,
    };
    view! { <ReasonDialog id="lost-reason" question deed on_close/> }
}

fn item_view(session: Session, row: &AsideRow) -> impl IntoView + use<> {
    let shown = shown(row);
    view! {
        <span class=shown.tone.class("list__icon")><Icon name=shown.icon/></span>
        <span class="cell-2 grow">
            <span class="row row--split">
                <span class="m clip">{shown.title}</span>
                <span class="t-xs t3 nowrap">{at::ago(session, row.since)}</span>
            </span>
            <span class="clip t-sm">{row.reason.clone()}</span>
            <span class="row row--split">
                <span class="clip">{from(row)}</span>
                <Badge tone=if shown.tone == Tone::Danger { Tone::Danger } else { Tone::Plain }>{shown.badge}</Badge>
            </span>
        </span>
    }
}

fn detail(session: Session, row: &AsideRow) -> AnyView {
    let shown = shown(row);
    let state = match row.state.as_str() {
        "waiting" => t("ho_aside.state_waiting"),
        "opaque" => t("ho_aside.state_opaque"),
        _ => t("ho_aside.state_aside"),
    };
    let arrived = tf("ho_aside.arrived", &[("time", &at::second(session, row.since))]);
    let pair = |label: &'static str, value: Option<String>| {
        value
            .filter(|v| !v.is_empty())
            .map(|value| view! { <dt>{t(label)}</dt><dd>{value}</dd> })
    };
    let panel = if shown.tone == Tone::Danger {
        "panel cmp--bad"
    } else {
        "panel"
    };
    view! {
        <header class="exd__head">
            <div class="grow stack stack--1">
                <div class="row">
                    <Badge tone=shown.tone icon=shown.icon>{state}</Badge>
                    <span class="t-sm t3">{arrived}</span>
                </div>
                <h2 class="t-xl b">{shown.title}</h2>
                <p class="t2">{shown.why}</p>
            </div>
        </header>
        <div class="cols-2">
            <section class="panel">
                <header class="panel__head"><h3>{t("ho_aside.what")}</h3></header>
                <div class="panel__body">
                    <dl class="kv">
                        {pair("ho_aside.claims", row.device.clone())}
                        {pair("ho_aside.source", Some(row.source.clone()))}
                        {pair("ho_aside.place", row.seq.map(super::names::pieces))}
                        {pair("ho_aside.since", Some(at::second(session, row.since)))}
                        {pair("ho_aside.size", Some(size(row.size)))}
                    </dl>
                </div>
            </section>
            <section class=panel>
                <header class="panel__head"><h3>{t("ho_aside.found")}</h3></header>
                <div class="panel__body">
                    <dl class="kv">
                        {pair("ho_aside.reason", Some(row.reason.clone()))}
                        {pair("ho_aside.code", Some(row.code.clone()))}
                    </dl>
                </div>
            </section>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(state: &str, code: &str) -> AsideRow {
        AsideRow {
            state: state.to_owned(),
            code: code.to_owned(),
            reason: String::new(),
            source: String::new(),
            device: None,
            seq: None,
            since: 0,
            missing: None,
            size: 0,
        }
    }

    #[test]
    fn every_fault_has_words() {
        let cases = [
            ("aside", "bad_signature", "ho_aside.bad_signature"),
            ("aside", "part_too_long", "ho_aside.too_large"),
            ("aside", "forbidden_record", "ho_aside.not_allowed"),
            ("aside", "certificate_bad_signature", "ho_aside.certificate"),
            ("aside", "header_version", "ho_aside.unreadable"),
            ("aside", "sequence", "ho_aside.other"),
            ("waiting", "waiting", "ho_aside.waiting"),
            ("waiting", "closed", "ho_aside.closed"),
        ];
        for (state, code, key) in cases {
            assert_eq!(shown(&row(state, code)).title, t(key), "{code}");
        }
        assert_eq!(
            (size(1142), size(2_400_000)),
            ("1142 bytes".to_owned(), "2.4 MB".to_owned())
        );
    }
}
