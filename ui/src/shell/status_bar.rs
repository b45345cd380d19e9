//! How things stand, along the bottom: network and what waits, printer, drawer; place, time, person.

use leptos::prelude::*;
use model::requests::till::{Network, PrinterStatus};

use crate::components::{Avatar, Icon};
use crate::format;
use crate::session::Session;
use crate::text::{t, tf, tn};

const MINUTE: i64 = 60_000;

/// One part: `before` **`strong`** `after`. Green is the icon alone; amber and red are icon and word.
struct Part {
    icon: &'static str,
    level: Level,
    before: &'static str,
    strong: String,
    after: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Fine,
    Warn,
    Bad,
}

/// `on_panel` opens the state panel, `on_person` locks or switches.
#[component]
pub fn StatusBar(on_panel: Callback<()>, on_person: Callback<()>) -> impl IntoView {
    let session = Session::get();
    let parts = move || {
        session.status().map(|status| {
            let now = session.minute();
            let parts = [
                Some(network(&status.network, now, session.offset())),
                Some(printer(&status.printer)),
                drawer(&status.printer),
            ];
            parts
                .into_iter()
                .flatten()
                .map(|part| view! { <Item part on_press=on_panel/> })
                .collect_view()
        })
    };
    let place = move || {
        let state = session.state()?;
        Some(match state.store {
            Some(store) => tf("shell.place", &[("store", &store.name), ("till", &state.till)]),
            None => t("shell.office").to_owned(),
        })
    };
    let person = move || match session.me() {
        Some(me) => {
            let role = me.roles.first().map_or("", |role| role.title());
            view! {
                <button type="button" class="status__item" on:click=move |_| on_person.run(())>
                    <Avatar name=me.name.clone()/>
                    <b>{me.name.clone()}</b>
                    {role}
                    <span class="sr">{t("shell.switch")}</span>
                </button>
            }
            .into_any()
        }
        None => view! {
            <span class="status__item"><Icon name="lock" class="icon--sm"/><b>{t("shell.locked")}</b></span>
        }
        .into_any(),
    };
    view! {
        <footer class="status" aria-label=t("shell.status")>
            {parts}
            <div class="status__end">
                {move || place().map(|place| view! { <span class="status__item">{place}</span> })}
                <span class="status__item">
                    <b>{move || format::day_and_time(session.minute(), session.offset())}</b>
                </span>
                {person}
            </div>
        </footer>
    }
}

#[component]
fn Item(part: Part, on_press: Callback<()>) -> impl IntoView {
    let (item, lamp) = match part.level {
        Level::Fine => ("status__item", "lamp"),
        Level::Warn => ("status__item is-warn", "lamp lamp--warn"),
        Level::Bad => ("status__item is-bad", "lamp lamp--bad"),
    };
    let after = (!part.after.is_empty()).then(|| view! { <span>{part.after}</span> });
    view! {
        <button type="button" class=item on:click=move |_| on_press.run(())>
            <span class=lamp><Icon name=part.icon/></span>
            {part.before}
            <b>{part.strong}</b>
            {after}
        </button>
    }
}

fn network(network: &Network, now: i64, offset: i32) -> Part {
    // An age of "now" says nothing.
    let waiting = match network.oldest.filter(|oldest| now - oldest >= MINUTE) {
        _ if network.unsent == 0 => t("shell.waiting_none").to_owned(),
        Some(oldest) => tf(
            "shell.waiting",
            &[("n", &network.unsent), ("age", &format::age(now - oldest))],
        ),
        None => tn("shell.waiting_new", network.unsent, &[]),
    };
    let (icon, level, strong, after) = match network {
        _ if network.alone => ("cloud", Level::Fine, t("shell.alone"), String::new()),
        _ if !network.online && network.unsent > 0 && network.in_store() => (
            "cloud-off",
            Level::Warn,
            t("shell.offline"),
            tf("shell.in_store", &[("waiting", &waiting)]),
        ),
        _ if !network.online => ("cloud-off", Level::Warn, t("shell.offline"), waiting),
        _ if network.syncing && network.unsent > 0 => (
            "cloud",
            Level::Fine,
            t("shell.online"),
            tn("shell.sending", network.unsent, &[]),
        ),
        _ if network.unsent > 0 => ("cloud", Level::Fine, t("shell.online"), waiting),
        _ => {
            let sent = network
                .all_sent
                .map(|at| tf("shell.all_sent", &[("time", &format::moment(at, now, offset))]));
            ("cloud", Level::Fine, t("shell.online"), sent.unwrap_or_default())
        }
    };
    Part {
        icon,
        level,
        before: "",
        strong: strong.to_owned(),
        after,
    }
}

fn printer(printer: &PrinterStatus) -> Part {
    let (level, strong) = match printer.state.as_str() {
        "ready" => (Level::Fine, t("shell.printer_ready")),
        "none" => (Level::Warn, t("shell.printer_none")),
        "paper_near_end" => (Level::Warn, t("shell.printer_paper_near_end")),
        "paper_out" => (Level::Bad, t("shell.printer_paper_out")),
        "cover_open" => (Level::Bad, t("shell.printer_cover_open")),
        "offline" => (Level::Bad, t("shell.printer_offline")),
        _ => (Level::Bad, t("shell.printer_error")),
    };
    Part {
        icon: "printer",
        level,
        before: t("shell.printer"),
        strong: strong.to_owned(),
        after: String::new(),
    }
}

/// Absent where no printer can tell.
fn drawer(printer: &PrinterStatus) -> Option<Part> {
    let (level, strong) = match printer.drawer_open? {
        true => (Level::Warn, t("shell.drawer_open")),
        false => (Level::Fine, t("shell.drawer_closed")),
    };
    Some(Part {
        icon: "drawer",
        level,
        before: t("shell.drawer"),
        strong: strong.to_owned(),
        after: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use model::requests::till::RelayStatus;

    use super::*;

    const NOW: i64 = 1_795_251_720_000;

    fn words(part: &Part) -> String {
        format!("{} {}", part.strong, part.after)
    }

    #[test]
    fn the_network_in_words() {
        let at = |online, unsent, oldest: Option<i64>| Network {
            online,
            unsent,
            oldest: oldest.map(|minutes| NOW - minutes * 60_000),
            all_sent: Some(NOW - 60_000),
            ..Network::default()
        };
        assert_eq!(
            words(&network(&at(false, 14, Some(176)), NOW, 330)),
            "Offline 14 waiting to send, oldest 2 h 56 min"
        );
        let relay = |online, unsent| RelayStatus {
            online,
            unsent,
            ..RelayStatus::default()
        };
        let with = |relays: &[RelayStatus]| Network {
            relays: relays.to_vec(),
            ..at(false, 2, None)
        };
        for (relays, expected) in [
            (&[relay(true, 0)][..], "Offline 2 waiting to send; the store has them"),
            (
                &[relay(false, 0), relay(true, 0)],
                "Offline 2 waiting to send; the store has them",
            ),
            (&[relay(true, 1)], "Offline 2 waiting to send"),
            (&[relay(false, 0)], "Offline 2 waiting to send"),
        ] {
            assert_eq!(words(&network(&with(relays), NOW, 330)), expected);
        }
        assert_eq!(words(&network(&at(true, 0, None), NOW, 330)), "Online all sent 14:31");
        assert_eq!(
            words(&network(
                &Network {
                    alone: true,
                    ..Network::default()
                },
                NOW,
                330
            )),
            "On its own "
        );
    }
}
