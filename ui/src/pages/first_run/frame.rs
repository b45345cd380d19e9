//! What stands around every step: how far it is, what this machine is, the time.

use leptos::prelude::*;

use super::{Setup, Step, Way};
use crate::components::Icon;
use crate::format;
use crate::session::Session;
use crate::text::{t, tf};

#[component]
pub fn Frame(setup: Setup, children: Children) -> impl IntoView {
    let session = Session::get();
    let version = move || {
        session
            .state()
            .map(|state| tf("first.version", &[("version", &state.version)]))
    };
    let clock = move || format::day_and_time(session.minute(), session.offset());
    view! {
        <div class="lock">
            <aside class="lock__brand" aria-label=t("first.set_up")>
                <div class="row gap-3 lock__logo">
                    <Icon name="mark" class="icon--xl"/>
                    <span class="t-2xl b">"Fovea"</span>
                </div>
                <Steps setup/>
                <Facts setup/>
            </aside>
            <main class="lock__main lock__main--one">{children()}</main>
            <footer class="status" aria-label=t("shell.status")>
                <span class="status__item"><span class="lamp lamp--warn"><Icon name="printer"/></span>{t("shell.printer")}" "<b>{t("first.later")}</b></span>
                <div class="status__end">
                    <span class="status__item">{version}</span>
                    <span class="status__item"><b>{clock}</b></span>
                    <button type="button" class="status__item" data-theme-toggle="">
                        <Icon name="sun-moon" class="icon--sm"/>
                        <b>{t("shell.light_dark")}</b>
                    </button>
                </div>
            </footer>
        </div>
    }
}

/// The three steps of the way that is chosen.
#[component]
fn Steps(setup: Setup) -> impl IntoView {
    let steps = move || {
        let (second, now) = match (setup.way.get(), setup.step.get()) {
            (Way::Join, step) => ("first.step_fetch", usize::from(step == Step::Joining)),
            (Way::Start, step) => ("first.step_names", usize::from(step != Step::Choose)),
        };
        ["first.step_choose", second, "first.step_sign_in"]
            .into_iter()
            .enumerate()
            .map(|(row, label)| {
                let class = match row.cmp(&now) {
                    std::cmp::Ordering::Less => "is-done",
                    std::cmp::Ordering::Equal => "is-now",
                    std::cmp::Ordering::Greater => "",
                };
                let mark = if row < now {
                    view! { <Icon name="check"/> }.into_any()
                } else {
                    (row + 1).into_any()
                };
                view! {
                    <li class=class aria-current=(row == now).then_some("step")><i>{mark}</i><span>{t(label)}</span></li>
                }
            })
            .collect_view()
    };
    view! { <ol class="vsteps">{steps}</ol> }
}

/// What is known of this machine so far.
#[component]
fn Facts(setup: Setup) -> impl IntoView {
    let session = Session::get();
    let machine = move || {
        let (store, till) = (setup.names.store.get(), setup.names.till.get());
        if setup.way.get() == Way::Start && !store.is_empty() && !till.is_empty() {
            tf("first.named", &[("store", &store), ("till", &till)])
        } else {
            t("first.not_named").to_owned()
        }
    };
    let clock = move || {
        let offset = session.offset();
        let hours = format!("{}:{:02}", offset.abs() / 60, offset.abs() % 60);
        let sign = if offset < 0 { '\u{2212}' } else { '+' };
        let time = format::time(session.minute(), offset);
        tf("first.clock_is", &[("time", &time), ("sign", &sign), ("hours", &hours)])
    };
    let server = move || (setup.step.get() == Step::Joining).then(|| setup.server.get());
    view! {
        <dl class="lock__facts">
            // Who joins learns store and till with the first sign-in: head office has named them.
            {move || (setup.step.get() != Step::Joining).then(|| view! {
                <dt>{t("first.machine")}</dt>
                <dd>{machine}</dd>
            })}
            <dt>{t("first.clock")}</dt>
            <dd>{clock}</dd>
            {move || server().filter(|server| !server.is_empty()).map(|server| view! {
                <dt>{t("first.office")}</dt>
                <dd class="first__server">{server}</dd>
            })}
        </dl>
    }
}
