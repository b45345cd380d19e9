//! The receipt printer: how it is reached, and its paper.

use devices::address::Flow;
use leptos::prelude::*;

use super::draft::{Draft, NARROW, WIDE, Way, Wrong};
use crate::components::{Field, Icon, Seg, TextField};
use crate::dom;
use crate::text::t;

/// Speeds that printers are set to; another is typed in the printer's own menu first, so these are enough.
const SPEEDS: [&str; 6] = ["4800", "9600", "19200", "38400", "57600", "115200"];

#[component]
pub fn PrinterForm(draft: Draft, wrong: Memo<Option<Wrong>>) -> impl IntoView {
    let of = move |field: Wrong| {
        Signal::derive(move || {
            wrong
                .get()
                .filter(|wrong| *wrong == field)
                .map(|wrong| wrong.words().to_owned())
        })
    };
    let ways = vec![
        (Way::Network, t("devices.network").to_owned()),
        (Way::File, t("devices.usb").to_owned()),
        (Way::Serial, t("devices.serial").to_owned()),
        (Way::None, t("devices.none").to_owned()),
    ];
    let papers = vec![
        (WIDE, t("devices.wide").to_owned()),
        (NARROW, t("devices.narrow").to_owned()),
    ];
    let fields = move || {
        match draft.way.get() {
        Way::None => view! { <p class="t2">{t("devices.none_means")}</p> }.into_any(),
        Way::Network => view! {
            <div class="devices__two">
                <TextField id="printer-host" label=t("devices.host") hint=t("devices.host_hint") value=draft.host max=200 wrong=of(Wrong::Host)/>
                <TextField id="printer-port" label=t("devices.port") hint=t("devices.port_hint") value=draft.port max=5 wrong=of(Wrong::Port)/>
            </div>
        }
        .into_any(),
        Way::Serial => view! {
            <div class="cols-3">
                <TextField id="printer-line" label=t("devices.line") hint=t("devices.line_hint") value=draft.line max=200 wrong=of(Wrong::Line)/>
                <Field id="printer-baud" label=t("devices.baud") hint=t("devices.baud_hint") wrong=of(Wrong::Baud)>
                    <Choice id="printer-baud" choices=speeds(&draft.baud.read_untracked())
                        now=Signal::derive(move || draft.baud.get()) on_choice=Callback::new(move |baud| draft.baud.set(baud))/>
                </Field>
                <Field id="printer-flow" label=t("devices.flow") hint=t("devices.flow_hint")>
                    <Choice id="printer-flow" choices=FLOWS.iter().map(|(_, word, text)| ((*word).to_owned(), t(text).to_owned())).collect()
                        now=Signal::derive(move || word(draft.flow.get()).to_owned()) on_choice=Callback::new(move |word: String| draft.flow.set(flow(&word)))/>
                </Field>
            </div>
        }
        .into_any(),
        Way::File => view! {
            <TextField id="printer-node" label=t("devices.node") hint=t("devices.node_hint") value=draft.node max=200 wrong=of(Wrong::Node)/>
        }
        .into_any(),
    }
    };
    let enter = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" {
            let _ = dom::next_field(&event);
        }
    };
    view! {
        <div class="cell-2">
            <h2 class="t-xl b">{t("devices.printer")}</h2>
            <span class="t-sm">{t("devices.printer_does")}</span>
        </div>
        <fieldset class="stack stack--3" on:keydown=enter>
            <legend class="h-sec mb">{t("devices.connection")}</legend>
            <Seg label=t("devices.connection") value=draft.way choices=ways full=true/>
            <div class="devices__fields">{fields}</div>
        </fieldset>
        <fieldset class="stack stack--3">
            <legend class="h-sec mb">{t("devices.paper")}</legend>
            <Seg label=t("devices.paper") value=draft.columns choices=papers full=true/>
            <p class="t-sm t2">{t("devices.paper_means")}</p>
        </fieldset>
    }
}

/// The usual speeds, and the one that is set when it is none of them.
fn speeds(now: &str) -> Vec<(String, String)> {
    let other = (!SPEEDS.contains(&now)).then_some(now);
    SPEEDS
        .into_iter()
        .chain(other)
        .map(|speed| (speed.to_owned(), speed.to_owned()))
        .collect()
}

const FLOWS: [(Flow, &str, &str); 3] = [
    (Flow::None, "none", "devices.flow_none"),
    (Flow::Wires, "rtscts", "devices.flow_wires"),
    (Flow::Signs, "xonxoff", "devices.flow_signs"),
];

fn word(flow: Flow) -> &'static str {
    FLOWS
        .iter()
        .find(|(of, ..)| *of == flow)
        .map_or("", |(_, word, _)| word)
}

fn flow(word: &str) -> Flow {
    FLOWS
        .iter()
        .find(|(_, of, _)| *of == word)
        .map_or(Flow::None, |(flow, ..)| *flow)
}

#[component]
fn Choice(
    id: &'static str,
    choices: Vec<(String, String)>,
    now: Signal<String>,
    on_choice: Callback<String>,
) -> impl IntoView {
    let options = choices
        .into_iter()
        .map(|(value, words)| {
            let is_now = {
                let value = value.clone();
                move || *now.read() == value
            };
            view! { <option value=value.clone() selected=is_now>{words}</option> }
        })
        .collect_view();
    view! {
        <div class="select-wrap">
            <select class="input select" id=id aria-describedby=format!("{id}-m") on:change=move |event| on_choice.run(event_target_value(&event))>
                {options}
            </select>
            <Icon name="chevron-down"/>
        </div>
    }
}
