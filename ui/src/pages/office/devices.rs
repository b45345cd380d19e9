//! Devices: every till by store, when it was last heard of and what it had not sent then.

use leptos::prelude::*;
use model::requests::office::{DeviceRow, DeviceStated, OfficeDevices};
use model::role::Permission;

use super::aside_count::AsideCount;
use super::device_end::{EndDialog, Ending};
use super::device_state::{DeviceState, full_name, not_sent, up_to_date};
use super::hand::Hand;
use super::list::List;
use super::names::StoreNames;
use super::poll::Polled;
use super::{at, refused};
use crate::components::{Badge, Icon, KeyButton, Note};
use crate::dom;
use crate::keys::{Keys, key};
use crate::session::Session;
use crate::shell::OfficeScreen;
use crate::text::{t, tf, tn};

/// The panel of the chosen till, which Enter on the list goes to.
const OPEN: &str = "device-open";

#[component]
pub fn Devices() -> impl IntoView {
    let session = Session::get();
    let stores = StoreNames::load();
    let hand = Hand::new();
    let answer = Polled::under(hand, || Some(OfficeDevices {}));
    let rows = Memo::new(move |_| answer.part(|a| a.devices.clone()));
    let list = List::new("device", hand, rows, |device: &DeviceRow| device.device.to_string());
    // The first till, not this server, is what is looked for.
    Effect::new(move |before: Option<bool>| {
        let is_chosen = before == Some(true);
        let first = rows.read().iter().position(|device| !device.server);
        if let Some(first) = first.filter(|_| !is_chosen) {
            list.choose(first);
        }
        is_chosen || first.is_some()
    });
    let open = Callback::new(|()| dom::focus(OPEN));
    let asked = RwSignal::new(None::<(DeviceRow, Ending)>);
    let may_end = move || session.may(Permission::DevicesManage);
    let is_open = Signal::derive(move || may_end() && list.now().is_some_and(|row| !row.server && !row.closed));
    let is_other =
        Signal::derive(move || may_end() && list.now().is_some_and(|row| row.server && !row.here && !row.closed));
    let is_late = Signal::derive(move || may_end() && list.now().is_some_and(|row| row.late > 0));
    let ask = move |ending| {
        if let Some(device) = untrack(|| list.now()) {
            asked.set(Some((device, ending)));
        }
    };
    let keys = Keys::screen()
        .bind(key("Esc", "ho.back").run(move || list.focus_chosen()))
        .bind(
            key("X", "ho_devices.close_till")
                .when(is_open)
                .run(move || ask(Ending::Close)),
        )
        .bind(
            key("V", "ho_devices.close_server")
                .when(is_other)
                .run(move || ask(Ending::CloseServer)),
        )
        .bind(
            key("L", "ho_devices.let_in")
                .when(is_late)
                .run(move || ask(Ending::LetIn)),
        );
    let in_force = list.keys(keys, Some(("ho.open", open))).install();

    let group = move |index: usize| {
        let name = Memo::new(move |_| {
            let rows = rows.read();
            let store = &rows.get(index)?.store;
            let is_first = index
                .checked_sub(1)
                .and_then(|before| rows.get(before))
                .is_none_or(|b| b.store != *store);
            let count = rows.iter().filter(|row| row.store == *store).count();
            let name = if store.is_empty() {
                t("shell.office").to_owned()
            } else {
                stores.of(store)
            };
            is_first.then(|| tf("ho_devices.group", &[("store", &name), ("n", &count)]))
        });
        let row = move || {
            name.get()
                .map(|name| view! { <tr class="group"><td colspan="6">{name}</td></tr> })
        };
        view! { {row} }.into_any()
    };
    let cells = move |device: DeviceRow| cells(session, &device);
    let sub = move || {
        let (good, all) = up_to_date(&rows.read(), session.minute());
        let until = answer.until(session).unwrap_or_default();
        tf("ho_devices.sub", &[("n", &good), ("of", &all), ("until", &until)])
    };
    let chosen = Memo::new(move |_| list.now());
    let read = Memo::new(move |_| answer.part(|a| a.level.read));
    let tills = Signal::derive(move || rows.read().iter().filter(|device| !device.server).count());
    view! {
        <OfficeScreen
            title=Signal::stored(t("ho.devices").to_owned())
            sub=Signal::derive(sub)
            tools=move || view! { {refused::line(answer)} <AsideCount tills is_aside=false/> }
        >
            <main class="ho__main hosplit hosplit--dev">
                <section
                    class="hosplit__l"
                    aria-label=t("ho_devices.tills")
                    on:mousemove=move |_| hand.touch()
                    on:wheel=move |_| hand.touch()
                >
                    <div class="scrollbox grow2">
                        <table class="table table--dense devt" aria-label=t("ho_devices.tills")>
                            <colgroup>
                                <col/><col class="dv-s"/><col class="dv-l"/><col class="dv-w"/><col class="dv-b"/><col class="dv-v"/>
                            </colgroup>
                            <thead>
                                <tr>
                                    <th scope="col">{t("ho_devices.till")}</th>
                                    <th scope="col">{t("ho_devices.state")}</th>
                                    <th scope="col" class="num">{t("ho_devices.last_contact")}</th>
                                    <th scope="col" class="num">{t("ho_devices.not_sent")}</th>
                                    <th scope="col" class="num">{t("ho_devices.behind")}</th>
                                    <th scope="col" class="num">{t("ho_devices.version")}</th>
                                </tr>
                            </thead>
                            <tbody id="device-rows">{list.view(Some(open), group, cells)}</tbody>
                        </table>
                    </div>
                </section>
                <aside class="hod" id=OPEN tabindex="-1" aria-label=move || chosen.get().map(|device| title(stores, &device))>
                    <div class="hod__scroll">
                        {move || chosen.get().map(|device| detail(session, stores, &device, read.get()))}
                        {move || is_open.get().then(|| view! {
                            <section class="sect row"><KeyButton keys=in_force chord="X" class="btn--dense"/></section>
                        })}
                        {move || is_other.get().then(|| view! {
                            <section class="sect stack">
                                <p class="t-sm t2">{t("ho_devices.other_server_why")}</p>
                                <div class="row"><KeyButton keys=in_force chord="V" class="btn--dense"/></div>
                            </section>
                        })}
                        {move || is_late.get().then(|| view! {
                            <section class="sect row"><KeyButton keys=in_force chord="L" class="btn--dense"/></section>
                        })}
                    </div>
                </aside>
            </main>
            {move || asked.get().map(|(device, ending)| {
                let name = title(stores, &device);
                view! {
                    <EndDialog
                        device
                        name
                        ending
                        on_close=Callback::new(move |()| asked.set(None))
                    />
                }
            })}
        </OfficeScreen>
    }
}

fn title(stores: StoreNames, device: &DeviceRow) -> String {
    if device.server {
        let name = if device.here {
            "shell.office"
        } else {
            "ho_devices.other_server_title"
        };
        return t(name).to_owned();
    }
    full_name(&DeviceRow {
        store: stores.of(&device.store),
        ..device.clone()
    })
}

/// Whether it runs another version than this server. A device says its program's name before the version.
fn other_version(session: Session, device: &DeviceRow) -> bool {
    let here = session.state().map(|state| state.version);
    let there = device.software.as_deref().and_then(|said| said.split(' ').next_back());
    there.is_some() && there != here.as_deref()
}

fn cells(session: Session, device: &DeviceRow) -> AnyView {
    if device.server {
        let (which, version) = if device.here {
            (t("ho_devices.this_server"), session.state().map(|state| state.version))
        } else if device.closed {
            (t("ho_devices.closed"), None)
        } else {
            (t("ho_devices.other_server"), None)
        };
        return view! {
            <td class="m">{t("ho_devices.server")}</td>
            <td colspan="4" class="t3">{which}</td>
            <td class="num t2">{version}</td>
        }
        .into_any();
    }
    let sent = if device.unsent.unwrap_or(0) > 0 {
        "num m"
    } else {
        "num t3"
    };
    let version = if other_version(session, device) {
        "num warn"
    } else {
        "num t2"
    };
    let last = device
        .last_seen
        .map_or_else(|| t("ho.never").to_owned(), |at| at::moment(session, at));
    view! {
        <td class="m">{tf("ho_devices.till_name", &[("till", &device.till)])}</td>
        <td>{DeviceState::of(device, session.minute()).view()}</td>
        <td class="num">{last}</td>
        <td class=sent>{not_sent(device)}</td>
        <td class="num">{device.last_seen.map(|at| at::ago(session, at))}</td>
        <td class=version>{device.software.clone().unwrap_or_else(|| "\u{2013}".to_owned())}</td>
    }
    .into_any()
}

fn detail(session: Session, stores: StoreNames, device: &DeviceRow, read: u16) -> AnyView {
    let state = DeviceState::of(device, session.minute());
    let moment = |ms: Option<i64>| ms.map_or_else(|| t("ho.never").to_owned(), |ms| at::moment(session, ms));
    let badge = (!device.server).then(|| view! { <Badge tone=state.tone() icon=state.icon()>{state.words()}</Badge> });
    let letter = (!device.letter.is_empty()).then(|| {
        view! {
            <p class="t-sm t2">{tf("ho_devices.letter", &[("letter", &device.letter)])}</p>
        }
    });
    let (closed, late) = (device.closed, device.late);
    let there = (!device.server).then(|| {
        view! {
            <section class="sect stack">
                <h2 class="h-sec">{t("ho_devices.there")}</h2>
                <dl class="sum">
                    <dt>{t("ho_devices.last_contact")}</dt><dd>{moment(device.last_seen)}</dd>
                    <dt>{t("ho_devices.unsent_then")}</dt><dd>{not_sent(device)}</dd>
                    <dt>{t("ho_devices.waiting_there")}</dt><dd>{device.waiting}</dd>
                    <dt>{t("ho_devices.software")}</dt>
                    <dd>{device.software.clone().unwrap_or_else(|| "\u{2013}".to_owned())}</dd>
                </dl>
                {matches!(state, DeviceState::NeverSeen | DeviceState::NoContact | DeviceState::LongGone).then(|| view! {
                    <div class="note note--plain"><Icon name="hard-drive"/><div>{t("ho_devices.goes_on")}</div></div>
                })}
                {(state == DeviceState::Copied).then(|| view! {
                    <Note tone=crate::components::Tone::Danger icon="git-fork">{t("ho_devices.copied_why")}</Note>
                })}
                {closed.then(|| view! {
                    <Note tone=crate::components::Tone::Plain icon="lock">{t("ho_devices.closed_why")}</Note>
                })}
                {(late > 0).then(|| view! {
                    <Note tone=crate::components::Tone::Warn icon="clock">{tn("ho_devices.late", late.unsigned_abs(), &[])}</Note>
                })}
                {(state == DeviceState::ClockFast).then(|| view! {
                    <Note tone=crate::components::Tone::Warn icon="clock-alert">{t("ho_devices.clock_fast_why")}</Note>
                })}
            </section>
        }
    });
    view! {
        <header class="sect stack stack--1">
            <div class="row row--split"><h2 class="t-lg b">{title(stores, device)}</h2>{badge}</div>
            {letter}
        </header>
        {there}
        {(!device.server).then(|| stated(session, device.stated.as_ref(), read))}
        <section class="sect stack">
            <h2 class="h-sec">{t("ho_devices.here")}</h2>
            <dl class="sum">
                <dt>{t("ho_devices.commits")}</dt><dd>{super::names::pieces(device.commits)}</dd>
                <dt>{t("ho_devices.last_commit")}</dt><dd>{moment(device.last_commit)}</dd>
            </dl>
        </section>
    }
    .into_any()
}

/// What the till signed of itself, set beside what is held here; `read` is the level that head office reads.
fn stated(session: Session, stated: Option<&DeviceStated>, read: u16) -> AnyView {
    let Some(stated) = stated else {
        return view! {
            <section class="sect stack">
                <h2 class="h-sec">{t("ho_devices.stated")}</h2>
                <p class="t-sm t2">{t("ho_devices.stated_never")}</p>
            </section>
        }
        .into_any();
    };
    let figures = match stated.agrees {
        Some(true) => t("ho_devices.figures_same"),
        Some(false) => t("ho_devices.figures_differ"),
        None => t("ho_devices.figures_alone"),
    };
    let orders = stated.erased + stated.to_erase;
    let behind = (stated.level < read).then(|| {
        let words = tf("ho_devices.level_why", &[("level", &stated.level), ("of", &read)]);
        view! { <Note tone=crate::components::Tone::Warn icon="hard-drive">{words}</Note> }
    });
    view! {
        <section class="sect stack">
            <h2 class="h-sec">{t("ho_devices.stated")}</h2>
            <dl class="sum">
                <dt>{t("ho_devices.stated_at")}</dt><dd>{at::moment(session, stated.wall)}</dd>
                <dt>{t("ho_devices.lag")}</dt><dd>{super::names::pieces(stated.lag)}</dd>
                <dt>{t("ho_devices.figures")}</dt><dd>{figures}</dd>
                {stated.kept_from.as_ref().map(|month| view! {
                    <dt>{t("ho_devices.kept_from")}</dt><dd>{month.clone()}</dd>
                })}
                {(orders > 0).then(|| view! {
                    <dt>{t("ho_devices.erasures")}</dt>
                    <dd>{tf("ho_devices.erasures_of", &[("n", &stated.erased), ("of", &orders)])}</dd>
                })}
            </dl>
            {behind}
            {(stated.agrees == Some(false)).then(|| view! {
                <Note tone=crate::components::Tone::Danger icon="shield-alert">{t("ho_devices.figures_why")}</Note>
            })}
        </section>
    }
    .into_any()
}
