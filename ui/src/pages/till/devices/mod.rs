//! Set-up: the devices of this till. The receipt printer, the drawer on its plug, the scanner.

mod draft;
mod form;
mod now;

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::till::{OpenDrawer, SetPrinter, TestPrinter};
use model::role::Permission;

use crate::client::{Client, Refused};
use crate::components::{Badge, Go, Icon, KeyBar, Note, Rows, Toast, Toasts, Tone};
use crate::dom;
use crate::keys::{Keys, key};
use crate::place::{Place, Places};
use crate::session::Session;
use crate::shell::Screen;
use crate::text::{t, tf};
use draft::Draft;
use form::PrinterForm;
use now::Now;

/// How often this screen asks how the printer is: somebody stands before it and opens its cover.
const LOOK: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Device {
    Printer,
    Drawer,
    Scanner,
}

const DEVICES: [Device; 3] = [Device::Printer, Device::Drawer, Device::Scanner];

#[component]
pub fn Devices() -> impl IntoView {
    let (session, client, places, toasts) = (Session::get(), Client::get(), Places::get(), Toasts::get());
    let printer = Memo::new(move |_| session.status().map(|status| status.printer).unwrap_or_default());
    let draft = Draft::new();
    // What is set up is taken over once it is known; afterwards the form is the person's.
    let is_known = RwSignal::new(false);
    Effect::new(move |_| {
        if let Some(status) = session.status()
            && !is_known.get_untracked()
        {
            draft.take(&status.printer);
            is_known.set(true);
        }
    });
    if let Ok(timer) = set_interval_with_handle(move || session.look(), LOOK) {
        on_cleanup(move || timer.clear());
    }

    let rows = Rows::new(DEVICES.len());
    let device = Memo::new(move |_| {
        rows.now()
            .and_then(|row| DEVICES.get(row))
            .copied()
            .unwrap_or(Device::Printer)
    });
    let is_busy = RwSignal::new(false);
    let refused = RwSignal::new(None::<Refused>);
    let scanned = RwSignal::new(None::<String>);
    let wrong = Memo::new(move |_| draft.address().err());
    let differs = Memo::new(move |_| is_known.get() && draft.differs(&printer.read()));

    let save = move |then_test: bool| {
        let Ok(address) = draft.address() else { return };
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        refused.set(None);
        let columns = draft.columns.get_untracked();
        let (differs, is_off) = (differs.get_untracked(), address.is_empty());
        spawn_local(async move {
            let mut answer = Ok(());
            if differs {
                answer = client.call(SetPrinter { address, columns }).await.map(drop);
                if answer.is_ok() && !then_test {
                    let said = if is_off { "devices.saved_none" } else { "devices.saved" };
                    toasts.show(Toast::new("check", t(said)));
                }
            }
            if answer.is_ok() && then_test {
                answer = client.call(TestPrinter {}).await.map(drop);
                if answer.is_ok() {
                    toasts.show(Toast::new("printer", t("devices.test_sent")));
                }
            }
            is_busy.try_set(false);
            refused.try_set(answer.err());
            session.look();
        });
    };
    let kick = move || {
        spawn_local(async move {
            let answer = client.call(OpenDrawer {}).await;
            refused.try_set(answer.err());
            session.look();
        });
    };

    let is_none = Memo::new(move |_| draft.address().is_ok_and(|address| address.is_empty()));
    let can_save = Signal::derive(move || !is_busy.get() && differs.get() && wrong.get().is_none());
    let can_test = Signal::derive(move || !is_busy.get() && is_known.get() && wrong.get().is_none() && !is_none.get());
    let can_kick = Signal::derive(move || printer.read().state != "none");
    let label = Signal::derive(move || {
        let label = if differs.get() {
            "devices.save_and_test"
        } else {
            "devices.test"
        };
        t(label).to_owned()
    });
    let mut keys = Keys::screen();
    // Whoever handles no cash opens no drawer.
    if session.may(Permission::CashUse) {
        keys = keys.bind(key("F5", "devices.open_drawer").tile().when(can_kick).run(kick));
    }
    let keys = keys
        .bind(
            key("Ctrl+S", "devices.save")
                .tile()
                .when(can_save)
                .run(move || save(false)),
        )
        .bind(
            key("Esc", "devices.back")
                .tile()
                .run(move || places.go(Place::of("", &[]))),
        )
        .bind(
            key("F9", "devices.test")
                .label(label)
                .when(can_test)
                .run(move || save(true)),
        )
        .scan(move |code| {
            scanned.set(Some(code));
            rows.chosen.set(2);
        })
        .install();
    let why = Signal::derive(move || match (wrong.get(), is_none.get()) {
        (Some(wrong), _) => Some(wrong.words().to_owned()),
        (None, true) => Some(t("devices.no_printer").to_owned()),
        (None, false) => None,
    });
    let sub = Signal::derive(move || {
        let till = session.state().map(|state| state.till).unwrap_or_default();
        tf("devices.of_till", &[("till", &till)])
    });
    let said = move || {
        let why = refused.get()?;
        Some(view! {
            <Note tone=Tone::Danger icon="circle-alert"><b class="m">{why.message}</b>" "{why.remedy}</Note>
        })
    };
    dom::focus_soon("device-0");
    let part = move || match device.get() {
        Device::Printer => view! { <PrinterForm draft wrong/> }.into_any(),
        Device::Drawer => {
            view! { <About title="devices.cash_drawer" does="devices.drawer_does" note="devices.drawer_how"/> }
                .into_any()
        }
        Device::Scanner => view! {
            <About title="devices.scanner" does="devices.scanner_does" note="devices.scanner_how"/>
            <dl class="kv">
                <dt>{t("devices.last_scan")}</dt>
                <dd class="mono-num b" role="status">
                    {move || scanned.get().map_or_else(|| t("devices.no_scan").to_owned(), |code| shown(&code))}
                </dd>
            </dl>
        }
        .into_any(),
    };
    view! {
        <Screen title=Signal::stored(t("devices.area").to_owned()) sub>
            <main class="main main--aside main--dev">
                <section class="work work--row" aria-label=t("devices.devices")>
                    <div class="devlist">
                        <ul role="listbox" aria-label=t("devices.devices") on:keydown=move |event| choose(rows, &event)>
                            <Item rows row=0 icon="printer" name="devices.printer"
                                sub=Signal::derive(move || place_of(&printer.read().address))
                                badge=Signal::derive(move || now::badge(&printer.read()))/>
                            <Item rows row=1 icon="drawer" name="devices.cash_drawer"
                                sub=Signal::stored(t("devices.on_printer").to_owned())
                                badge=Signal::derive(move || now::drawer_badge(&printer.read()))/>
                            <Item rows row=2 icon="scan-barcode" name="devices.scanner"
                                sub=Signal::stored(t("devices.keyboard").to_owned())
                                badge=Signal::derive(move || match scanned.read().is_some() {
                                    true => (Tone::Ok, "devices.ready"),
                                    false => (Tone::Plain, "devices.not_tried"),
                                })/>
                        </ul>
                    </div>
                    <div class="devform">
                        {part}
                        <div role="alert">{said}</div>
                    </div>
                </section>
                <aside class="aside" aria-label=t("devices.now_of")><Now printer/></aside>
                <KeyBar keys/>
                <Go keys why/>
            </main>
        </Screen>
    }
}

/// Up and down take the cursor along.
fn choose(rows: Rows, event: &leptos::ev::KeyboardEvent) {
    rows.key(event, false);
    if event.default_prevented()
        && let Some(row) = rows.now()
    {
        dom::focus_sibling(event, row);
    }
}

/// Where a printer is, in a word.
fn place_of(address: &str) -> String {
    let key = match address.split(':').next().unwrap_or_default() {
        "tcp" => "devices.network",
        "serial" => "devices.serial",
        "file" => "devices.usb",
        _ => "devices.none",
    };
    t(key).to_owned()
}

/// A code with its control characters made visible: a separator that is lost is what people look for here.
fn shown(code: &str) -> String {
    code.chars()
        .map(|c| match u32::from(c) {
            low @ 0..0x20 => char::from_u32(0x2400 + low).unwrap_or('\u{fffd}'),
            _ => c,
        })
        .collect()
}

#[component]
fn Item(
    rows: Rows,
    row: usize,
    icon: &'static str,
    name: &'static str,
    sub: Signal<String>,
    badge: Signal<(Tone, &'static str)>,
) -> impl IntoView {
    view! {
        <li
            id=format!("device-{row}")
            role="option"
            class="list__item list__item--center"
            aria-selected=move || rows.selected(row)
            tabindex=move || rows.tabindex(row)
            on:click=move |_| rows.chosen.set(row)
        >
            <span class=move || badge.get().0.class("list__icon")><Icon name=icon/></span>
            <span class="cell-2 grow"><span class="m">{t(name)}</span><span class="clip">{sub}</span></span>
            {move || {
                let (tone, words) = badge.get();
                view! { <Badge tone>{t(words)}</Badge> }
            }}
        </li>
    }
}

#[component]
fn About(title: &'static str, does: &'static str, note: &'static str) -> impl IntoView {
    view! {
        <div class="cell-2"><h2 class="t-xl b">{t(title)}</h2><span class="t-sm">{t(does)}</span></div>
        <Note icon="info">{t(note)}</Note>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_is_seen() {
        assert_eq!(shown("0108901\u{1d}17"), "0108901\u{241d}17");
    }
}
