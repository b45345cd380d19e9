//! How the printer is, as it says itself.

use leptos::prelude::*;
use model::requests::till::PrinterStatus;

use crate::components::{Icon, Tone};
use crate::text::{t, tn};

/// A line of the list of lamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lamp {
    name: &'static str,
    tone: Tone,
    words: &'static str,
}

/// What the state means for each part. What a printer that does not answer would say is not known, and said to be so.
pub fn lamps(printer: &PrinterStatus) -> Vec<Lamp> {
    let lamp = |name, tone, words| Lamp { name, tone, words };
    let ok = |name, words| lamp(name, Tone::Ok, words);
    let unknown = |name| lamp(name, Tone::Plain, "devices.not_known");
    let (answers, paper, cover) = match printer.state.as_str() {
        "none" => return Vec::new(),
        "ready" => (
            ok("devices.answers", "devices.yes"),
            ok("devices.roll", "devices.enough"),
            ok("devices.cover", "devices.closed"),
        ),
        "paper_near_end" => (
            ok("devices.answers", "devices.yes"),
            lamp("devices.roll", Tone::Warn, "devices.near_end"),
            ok("devices.cover", "devices.closed"),
        ),
        "paper_out" => (
            ok("devices.answers", "devices.yes"),
            lamp("devices.roll", Tone::Danger, "devices.out"),
            unknown("devices.cover"),
        ),
        "cover_open" => (
            ok("devices.answers", "devices.yes"),
            unknown("devices.roll"),
            lamp("devices.cover", Tone::Danger, "devices.open"),
        ),
        "error" => (
            lamp("devices.answers", Tone::Danger, "devices.fault"),
            unknown("devices.roll"),
            unknown("devices.cover"),
        ),
        _ => (
            lamp("devices.answers", Tone::Danger, "devices.no"),
            unknown("devices.roll"),
            unknown("devices.cover"),
        ),
    };
    let drawer = match printer.drawer_open {
        Some(true) => lamp("devices.drawer", Tone::Warn, "devices.open"),
        Some(false) => ok("devices.drawer", "devices.closed"),
        None => unknown("devices.drawer"),
    };
    vec![answers, paper, cover, drawer]
}

/// One word for the list of devices.
pub fn badge(printer: &PrinterStatus) -> (Tone, &'static str) {
    match printer.state.as_str() {
        "ready" => (Tone::Ok, "devices.ready"),
        "none" => (Tone::Plain, "devices.not_set_up"),
        "paper_near_end" => (Tone::Warn, "devices.paper_low"),
        "paper_out" => (Tone::Danger, "devices.paper_out"),
        "cover_open" => (Tone::Danger, "devices.cover_open"),
        "offline" => (Tone::Danger, "devices.no_answer"),
        _ => (Tone::Danger, "devices.fault_word"),
    }
}

/// The drawer hangs on the printer: without one there is none.
pub fn drawer_badge(printer: &PrinterStatus) -> (Tone, &'static str) {
    match (printer.state.as_str(), printer.drawer_open) {
        ("none", _) => (Tone::Plain, "devices.not_set_up"),
        (_, Some(true)) => (Tone::Warn, "devices.drawer_open"),
        (_, Some(false)) => (Tone::Ok, "devices.drawer_closed"),
        (_, None) => (Tone::Plain, "devices.not_known_word"),
    }
}

#[component]
pub fn Now(printer: Memo<PrinterStatus>) -> impl IntoView {
    let lamps = move || {
        lamps(&printer.read())
            .into_iter()
            .map(|lamp| {
                let (class, icon) = match lamp.tone {
                    Tone::Ok => ("ok", "circle-check"),
                    Tone::Warn => ("warn", "triangle-alert"),
                    Tone::Danger => ("bad", "circle-alert"),
                    _ => ("t3", "circle-help"),
                };
                view! {
                    <li>
                        <span class=class><Icon name=icon class="icon--sm"/></span>
                        <span>{t(lamp.name)}</span>
                        <span class="t2">{t(lamp.words)}</span>
                    </li>
                }
            })
            .collect_view()
    };
    let is_none = move || printer.read().state == "none";
    let waiting = move || match printer.read().jobs {
        0 => t("devices.nothing_waits").to_owned(),
        jobs => tn("devices.wait", jobs.into(), &[]),
    };
    view! {
        <section class="sect stack">
            <h2 class="h-sec">{t("devices.now")}</h2>
            {move || is_none().then(|| view! { <p class="t-sm t2">{t("devices.none_yet")}</p> })}
            <ul class="lamps">{lamps}</ul>
            <p class="t-sm bad" role="status">{move || (printer.read().state == "offline").then(|| t("devices.away"))}</p>
            <p class="t-xs t3">{move || printer.read().problem.clone()}</p>
        </section>
        <section class="sect stack">
            <h2 class="h-sec">{t("devices.waiting")}</h2>
            <p class="t-sm t2" role="status">{waiting}</p>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_green() {
        let said = |state: &str| {
            let printer = PrinterStatus {
                state: state.to_owned(),
                ..PrinterStatus::default()
            };
            lamps(&printer).iter().map(|lamp| lamp.tone).collect::<Vec<_>>()
        };
        use Tone::{Danger, Ok, Plain, Warn};
        assert_eq!(said("none"), []);
        assert_eq!(said("ready"), [Ok, Ok, Ok, Plain]);
        assert_eq!(said("paper_near_end"), [Ok, Warn, Ok, Plain]);
        assert_eq!(said("offline"), [Danger, Plain, Plain, Plain]);
    }
}
