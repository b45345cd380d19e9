//! Joining: what came, how far it is. It may be cut at any point and goes on with the same code.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::till::{JoinProgress, Joining, TillJoin};

use super::{Setup, Step, keys};
use crate::client::{Client, Refused};
use crate::components::{Icon, KeyButton, Note, Tone};
use crate::format;
use crate::keys::key;
use crate::session::Session;
use crate::text::{t, tf, tn};

const ASK_AGAIN: Duration = Duration::from_millis(300);
/// A speed is told once it has been seen for this long, ms.
const SPEED_AFTER: i64 = 4_000;
const MEGABYTE: u64 = 1_000_000;

#[component]
pub fn JoiningView(setup: Setup) -> impl IntoView {
    let (session, client) = (Session::get(), Client::get());
    let joining = setup.joining;
    let refused = RwSignal::new(None::<Refused>);
    // The clock and the count from which the speed is reckoned.
    let since = StoredValue::new(None::<(i64, u64)>);
    let is_asking = StoredValue::new(false);

    let hear = move |heard: Joining| {
        if heard.of > 0 && since.get_value().is_none() {
            since.set_value(Some((session.now(), heard.taken)));
        }
        if let Some(told) = heard.error.clone() {
            let mut why = Refused::read(serde_json::to_value(told).unwrap_or_default());
            if joining.with_untracked(|had| amount(had).1 == 0) {
                // Nothing came yet, so it is about what was typed: back to it.
                if why.code == "server_away" {
                    // What the catalogue promises a till, that all is kept, is not true of one that has nothing yet.
                    why.remedy = t("first.away_remedy").to_owned();
                }
                setup.refused.set(Some(why));
                setup.step.set(Step::Choose);
                return;
            }
            refused.set(Some(why));
            joining.update(|had| had.running = false);
            return;
        }
        // At the end there are no counts any more: those that were shown stay.
        joining.update(|had| match heard.done {
            true => {
                *had = Joining {
                    running: false,
                    done: true,
                    fetched: had.to_fetch,
                    taken: had.of,
                    ..had.clone()
                }
            }
            false => *had = heard,
        });
    };
    let ask = move || {
        if is_asking.get_value() || joining.with_untracked(|now| !now.running) {
            return;
        }
        is_asking.set_value(true);
        spawn_local(async move {
            let answer = client.call(JoinProgress {}).await;
            if is_asking.try_set_value(false).is_some() {
                return; // the screen is gone
            }
            match answer {
                Ok(heard) => hear(heard),
                Err(why) => refused.set(Some(why)),
            }
        });
    };
    if let Ok(timer) = set_interval_with_handle(ask, ASK_AGAIN) {
        on_cleanup(move || timer.clear());
    }
    let go_on = move || {
        refused.set(None);
        since.set_value(None);
        let request = TillJoin {
            server: setup.server.get_untracked().trim().to_owned(),
            code: setup.code.get_untracked(),
        };
        spawn_local(async move {
            match client.call(request).await {
                Ok(_) => {
                    joining.try_update(|had| had.running = true);
                }
                Err(why) => {
                    refused.try_set(Some(why));
                }
            }
        });
    };

    let is_done = Signal::derive(move || joining.read().done);
    let is_cut = Signal::derive(move || refused.read().is_some() && !joining.read().running);
    let can_go = Signal::derive(move || is_done.get() || is_cut.get());
    let label = Signal::derive(move || {
        let label = if is_cut.get() { "first.go_on" } else { "first.sign_in" };
        t(label).to_owned()
    });
    let main = move || {
        if is_done.get_untracked() {
            session.refresh();
        } else {
            go_on();
        }
    };
    let keys = keys()
        .bind(
            key("Esc", "first.back")
                .when(is_cut)
                .run(move || setup.step.set(Step::Choose)),
        )
        .bind(key("F9", "first.sign_in").label(label).when(can_go).run(main))
        .install();

    let sub = move || match (is_done.get(), refused.read().is_some()) {
        (true, _) => t("first.joined").to_owned(),
        (false, true) => t("first.stopped").to_owned(),
        (false, false) => left(&joining.read(), since.get_value(), session.now()),
    };
    let said = move || {
        let why = refused.get()?;
        Some(view! {
            <Note tone=Tone::Danger icon="circle-alert"><b class="m">{why.message}</b>" "{why.remedy}</Note>
        })
    };
    view! {
        <div class="first">
            <header class="stack stack--1">
                <h1 class="t-2xl b">{move || if is_done.get() { t("first.joined_title") } else { t("first.joining") }}</h1>
                <p class="t2 t-lg" role="status">{sub}</p>
            </header>
            <section class="panel">
                <header class="panel__head">
                    <h2>{t("first.fetched")}</h2>
                    <span class="push t-sm t2 mono-num">{move || of_all(&joining.read())}</span>
                </header>
                <div class="panel__body panel__body--bar">
                    <progress
                        class="bar"
                        max=move || amount(&joining.read()).1.max(1).to_string()
                        prop:value=move || amount(&joining.read()).0 as f64
                        aria-label=t("first.all_records")
                    ></progress>
                </div>
                <ul class="fetch">
                    <Row title="first.row_code" sub="first.row_code_sub" state=Signal::derive(move || state(&joining.read(), 0)) count=|_| None joining/>
                    <Row title="first.row_people" sub="first.row_people_sub" state=Signal::derive(move || state(&joining.read(), 1)) count=|j| Some(j.people) joining/>
                    <Row title="first.row_products" sub="first.row_products_sub" state=Signal::derive(move || state(&joining.read(), 1)) count=|j| Some(j.products) joining/>
                    <Row title="first.row_customers" sub="first.row_customers_sub" state=Signal::derive(move || state(&joining.read(), 1)) count=|j| Some(j.customers) joining/>
                </ul>
            </section>
            <div class="cols-2 facts3">
                <Fact icon="shield-check" title="first.checked" sub="first.checked_sub"/>
                <Fact icon="hard-drive" title="first.safe" sub="first.safe_sub"/>
            </div>
            <div class="first__said" role="alert">{said}</div>
            <footer class="first__foot">
                {move || is_cut.get().then(|| view! { <KeyButton keys chord="Esc" class="btn--lg"/> })}
                <span class="push t-sm t3 first__why">{move || (!can_go.get()).then(|| t("first.after_all"))}</span>
                <KeyButton keys chord="F9" class="btn--primary btn--lg"/>
            </footer>
        </div>
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowState {
    Waits,
    Comes,
    Here,
}

/// The first row is the code, accepted once anything came; the others grow together, because records come as they were made.
fn state(joining: &Joining, row: usize) -> RowState {
    match (joining.done, amount(joining).1 > 0, row) {
        (true, _, _) | (false, true, 0) => RowState::Here,
        (false, false, 0) | (false, true, _) => RowState::Comes,
        (false, false, _) => RowState::Waits,
    }
}

#[component]
fn Row(
    title: &'static str,
    sub: &'static str,
    state: Signal<RowState>,
    count: fn(&Joining) -> Option<u64>,
    joining: RwSignal<Joining>,
) -> impl IntoView {
    let class = move || match state.get() {
        RowState::Here => "fetch__i fetch__i--ok",
        RowState::Comes => "fetch__i fetch__i--now",
        RowState::Waits => "fetch__i fetch__i--wait",
    };
    let tone = move || match state.get() {
        RowState::Here => "ok",
        RowState::Comes => "acc",
        RowState::Waits => "t3",
    };
    let icon = Signal::derive(move || match state.get() {
        RowState::Here => "circle-check",
        RowState::Comes => "loader-circle",
        RowState::Waits => "circle-dot",
    });
    let words = move || match (state.get(), count(&joining.read())) {
        (RowState::Waits, _) => t("first.next").to_owned(),
        (_, Some(n)) => format::count(n),
        (RowState::Here, None) => t("first.accepted").to_owned(),
        (RowState::Comes, None) => t("first.asking").to_owned(),
    };
    view! {
        <li class=class>
            <span class=tone><Icon name=icon/></span>
            <div class="cell-2"><span class="m">{t(title)}</span><span>{t(sub)}</span></div>
            <div class="fetch__bar"></div>
            <span class="num t-sm">{words}</span>
        </li>
    }
}

#[component]
fn Fact(icon: &'static str, title: &'static str, sub: &'static str) -> impl IntoView {
    view! {
        <div class="fact">
            <span class="list__icon list__icon--ok"><Icon name=icon/></span>
            <div class="cell-2"><span class="m">{t(title)}</span><span>{t(sub)}</span></div>
        </div>
    }
}

/// What is here and what there is: bytes of a copy while that comes, then records.
fn amount(joining: &Joining) -> (u64, u64) {
    if joining.to_fetch > 0 {
        (joining.fetched, joining.to_fetch)
    } else {
        (joining.taken, joining.of)
    }
}

/// `2,34,776 of 3,71,900 parts, 63%`: a part is what was done at once, be it a sale or five hundred products. While a copy comes,
/// its megabytes.
fn of_all(joining: &Joining) -> String {
    let (here, all) = amount(joining);
    if all == 0 {
        return String::new();
    }
    let percent = here.min(all).saturating_mul(100) / all;
    let (key, unit) = if joining.to_fetch > 0 {
        ("first.of_copy", MEGABYTE)
    } else {
        ("first.of_all", 1)
    };
    tf(
        key,
        &[
            ("n", &format::count(here / unit)),
            ("of", &format::count(all.div_ceil(unit))),
            ("percent", &percent),
        ],
    )
}

/// How long it may still take, once the speed is known.
fn left(joining: &Joining, since: Option<(i64, u64)>, now: i64) -> String {
    if joining.to_fetch > 0 {
        return t("first.copying").to_owned();
    }
    let Some((at, had)) = since else {
        return t("first.asking_office").to_owned();
    };
    let (took, came) = (now - at, joining.taken.saturating_sub(had));
    if took < SPEED_AFTER || came == 0 {
        return t("first.coming").to_owned();
    }
    let rest = joining.of.saturating_sub(joining.taken);
    let ms = u128::from(rest) * u128::from(took.unsigned_abs()) / u128::from(came);
    let minutes = u64::try_from(ms.div_ceil(60_000)).unwrap_or(u64::MAX);
    tn("first.left", minutes.max(1), &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_is() {
        let at = |taken| Joining {
            running: true,
            taken,
            of: 371_900,
            ..Joining::default()
        };
        assert_eq!(of_all(&at(234_776)), "2,34,776 of 3,71,900 parts, 63%");
        assert_eq!(of_all(&Joining::default()), "");
        let copy = Joining {
            fetched: 250_000_000,
            to_fetch: 1_000_000_001,
            ..Joining::default()
        };
        assert_eq!(of_all(&copy), "250 of 1,001 MB, 24%");
        assert_eq!(
            left(&copy, None, 0),
            "A copy of the chain's records comes to this machine."
        );
        assert_eq!(left(&at(0), None, 0), "Asking head office.");
        assert_eq!(
            left(&at(1_000), Some((0, 0)), 1_000),
            "The records of the chain come to this machine."
        );
        assert_eq!(
            left(&at(100_000), Some((0, 0)), 60_000),
            "Ready to sell in about 3 min."
        );
        assert_eq!(
            left(&at(371_000), Some((0, 0)), 60_000),
            "Ready to sell in about 1 min."
        );
    }
}
