//! Network, printer, drawer: what waits, why, and what to do. F9 tries now.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::till::{CopyState, Network, RelayStatus, SyncNow};

use crate::client::{Client, Refused};
use crate::components::{KeyButton, Sheet, Tone};
use crate::format;
use crate::keys::{Keys, key};
use crate::place::{Place, Places};
use crate::session::Session;
use crate::text::{t, tf};

#[component]
pub fn StatePanel(on_close: Callback<()>) -> impl IntoView {
    let (session, client) = (Session::get(), Client::get());
    let network = Memo::new(move |_| session.status().map(|status| status.network).unwrap_or_default());
    let is_busy = RwSignal::new(false);
    let refused = RwSignal::new(None::<Refused>);
    let try_now = move || {
        is_busy.set(true);
        spawn_local(async move {
            let answer = client.call(SyncNow {}).await;
            is_busy.set(false);
            refused.set(answer.err());
            session.refresh();
        });
    };
    let can_try = Signal::derive(move || !is_busy.get() && !network.read().alone);
    let places = Places::get();
    let devices = move || {
        on_close.run(());
        places.go(Place::of("devices", &[]));
    };
    let keys = Keys::dialog()
        .bind(key("F6", "state.devices").run(devices))
        .bind(key("F9", "state.try_now").when(can_try).run(try_now));

    let title = Signal::derive(move || t(title_of(&network.read())).to_owned());
    let sub = Signal::derive(move || sub_of(&network.read(), session.minute(), session.offset()));
    let icon = Signal::derive(move || {
        if is_offline(&network.read()) {
            "cloud-off"
        } else {
            "cloud"
        }
    });
    let tone = Signal::derive(move || {
        if is_offline(&network.read()) {
            Tone::Warn
        } else {
            Tone::Ok
        }
    });
    let at = move |ms: Option<i64>| match ms {
        Some(ms) => format::moment(ms, session.minute(), session.offset()),
        None => t("state.never").to_owned(),
    };
    view! {
        <Sheet
            title
            sub
            icon
            tone
            keys
            on_close
            foot=|keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <KeyButton keys chord="F6" class="btn--lg"/>
                <KeyButton keys chord="F9" class="btn--primary btn--lg grow"/>
            }.into_any()
        >
            <section class="sect stack">
                <div class="row row--split">
                    <h3 class="h-sec">{t("state.waiting")}</h3>
                    <span class="b mono-num">{move || network.read().unsent}</span>
                </div>
                {move || network.read().oldest.map(|oldest| view! {
                    <dl class="kv kv--num"><dt>{t("state.oldest")}</dt><dd>{at(Some(oldest))}</dd></dl>
                })}
            </section>
            <section class="sect stack">
                <h3 class="h-sec">{t("state.why")}</h3>
                <dl class="kv">
                    <dt>{t("state.office")}</dt>
                    <dd>{move || why(&network.read())}</dd>
                    {move || network.read().relays.iter().map(|at| view! {
                        <dt>{t("state.relay")}</dt>
                        <dd>{relay(at)}</dd>
                    }).collect_view()}
                    <dt>{t("state.last_contact")}</dt>
                    <dd class="mono-num">{move || at(network.read().last_contact)}</dd>
                    <dt>{t("state.all_sent")}</dt>
                    <dd class="mono-num">{move || at(network.read().all_sent)}</dd>
                </dl>
                <p class="t-sm bad" role="alert">
                    {move || refused.get().map(|why| format!("{} {}", why.message, why.remedy))}
                </p>
            </section>
            <section class="sect stack">
                <h3 class="h-sec">{t("state.here")}</h3>
                <dl class="kv">
                    <dt>{t("state.printer")}</dt>
                    <dd>{move || session.status().map(|s| printer(&s.printer))}</dd>
                    <dt>{t("state.keys")}</dt>
                    <dd>{move || session.status().map(|s| keys_kept(&s.keys))}</dd>
                    {move || copy(network.read().copy).map(|said| view! {
                        <dt>{t("state.copy")}</dt>
                        <dd>{said}</dd>
                    })}
                </dl>
            </section>
        </Sheet>
    }
}

/// How the copy stands that this till began with, while there is anything to say of it.
fn copy(state: CopyState) -> Option<&'static str> {
    match state {
        CopyState::Proven => None,
        CopyState::Unproven => Some(t("state.copy_unproven")),
        CopyState::Refused => Some(t("state.copy_refused")),
    }
}

fn relay(at: &RelayStatus) -> String {
    match &at.problem {
        Some(problem) => problem.clone(),
        None if at.unsent > 0 => tf("state.relay_lacks", &[("n", &at.unsent)]),
        None if at.online => t("state.relay_all").to_owned(),
        None => t("state.talking").to_owned(),
    }
}

fn is_offline(network: &Network) -> bool {
    !network.alone && !network.online
}

fn title_of(network: &Network) -> &'static str {
    match network {
        n if n.alone => "state.title_alone",
        n if !n.online => "state.title_offline",
        n if n.unsent > 0 => "state.title_sending",
        _ => "state.title_online",
    }
}

fn sub_of(network: &Network, now: i64, offset: i32) -> String {
    match network.last_contact.filter(|_| is_offline(network)) {
        Some(since) => {
            let values: [(&str, &dyn std::fmt::Display); 2] = [
                ("time", &format::moment(since, now, offset)),
                ("age", &format::age((now - since).max(0))),
            ];
            tf("state.since", &values)
        }
        None => t("state.kept").to_owned(),
    }
}

fn why(network: &Network) -> String {
    match &network.problem {
        Some(problem) => problem.clone(),
        None if network.alone => t("state.no_office").to_owned(),
        None if network.syncing => t("state.talking").to_owned(),
        None => t("state.answers").to_owned(),
    }
}

fn printer(printer: &model::requests::till::PrinterStatus) -> String {
    match (&printer.problem, printer.jobs) {
        (Some(problem), _) => problem.clone(),
        (None, 0) => t("state.printer_idle").to_owned(),
        (None, jobs) => tf("state.printer_jobs", &[("n", &jobs)]),
    }
}

/// UI.md: where this folder keeps its device keys is said here.
fn keys_kept(place: &str) -> &'static str {
    if place == "keyring" {
        t("state.keys_system")
    } else {
        t("state.keys_file")
    }
}
