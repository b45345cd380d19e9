//! Today: what was sold, where, when and how it was paid, what needs a person, how the tills stand.

use leptos::prelude::*;
use model::requests::office::{OfficeToday, Today as Figures};
use retail::Day;

use super::hour_plot::HourPlot;
use super::poll::Polled;
use super::today_panels::{NeedsPerson, Tills};
use super::today_stores::ByStore;
use super::{at, refused};
use crate::components::KeyButton;
use crate::keys::{KeySet, Keys, key};
use crate::place::Place;
use crate::session::Session;
use crate::shell::OfficeScreen;
use crate::text::{t, tf, tn};

#[component]
pub fn Today() -> impl IntoView {
    let session = Session::get();
    let today = Memo::new(move |_| at::today(session));
    // None follows the calendar over midnight.
    let picked = RwSignal::new(None::<Day>);
    let day = Memo::new(move |_| picked.get().unwrap_or_else(|| today.get()));
    let is_today = Memo::new(move |_| day.get() >= today.get());
    let figures = Polled::new(move || {
        Some(OfficeToday {
            day: Some(day.get().to_string()),
        })
    });

    let go = move |by: i32| {
        let to = at::shifted(day.get_untracked(), by);
        picked.set((to < today.get_untracked()).then_some(to));
    };
    let not_today = Signal::derive(move || !is_today.get());
    let days = Keys::screen()
        .bind(key("[", "ho_today.day_before").run(move || go(-1)))
        .bind(key("]", "ho_today.day_after").when(not_today).run(move || go(1)))
        .install();

    let title = move || {
        if is_today.get() {
            t("ho.today").to_owned()
        } else {
            day.get().text_near()
        }
    };
    let sub = move || {
        let until = figures.until(session).unwrap_or_default();
        tf(
            "ho_today.sub",
            &[("day", &day.get().text_with_weekday()), ("until", &until)],
        )
    };
    let running = Signal::derive(move || {
        let time = crate::format::time(session.minute(), session.offset());
        is_today.get().then(|| time.get(..2)?.parse().ok()).flatten()
    });
    let is_table = RwSignal::new(false);
    view! {
        <OfficeScreen
            title=Signal::derive(title)
            sub=Signal::derive(sub)
            tools=move || view! { {refused::line(figures)} {period_buttons(days)} }
        >
            <main class="ho__main dash">
                <Kpis figures day/>
                <div class="dash__a">
                    <section class="panel" aria-label=t("ho_today.by_hour")>
                        <header class="panel__head">
                            <h2>{t("ho_today.by_hour")}</h2>
                            {legend(running)}
                            <button
                                type="button"
                                class="btn btn--quiet btn--dense"
                                aria-pressed=move || if is_table.get() { "true" } else { "false" }
                                on:click=move |_| is_table.update(|on| *on = !*on)
                            >
                                {t("ho_today.as_table")}
                            </button>
                        </header>
                        <HourPlot
                            hours=Memo::new(move |_| figures.part(|f| f.hours.clone()))
                            running
                            is_table
                        />
                        <Methods figures/>
                    </section>
                    <ByStore figures day/>
                </div>
                <div class="dash__b">
                    <NeedsPerson/>
                    <Tills/>
                </div>
            </main>
        </OfficeScreen>
    }
}

/// The day before and the day after, with their keys.
fn period_buttons(keys: KeySet) -> impl IntoView {
    view! {
        <KeyButton keys chord="[" class="btn--dense"/>
        <KeyButton keys chord="]" class="btn--dense"/>
    }
}

fn legend(running: Signal<Option<usize>>) -> impl IntoView {
    let so_far = move || {
        running.get().map(|_| {
            view! {
                <li>
                    <svg viewBox="0 0 12 12" aria-hidden="true"><rect class="hb1 part" width="12" height="12" rx="2"></rect></svg>
                    {t("ho_today.so_far")}
                </li>
            }
        })
    };
    view! { <ul class="legend push">{so_far}</ul> }
}

/// The main figures.
#[component]
fn Kpis(figures: Polled<Figures>, day: Memo<Day>) -> impl IntoView {
    let session = Session::get();
    let total = move |part: fn(&Figures) -> i64| figures.get().map(|f| session.total(part(&f)));
    let count = move |part: fn(&Figures) -> i64| figures.get().map(|f| part(&f).to_string());
    let before = move || {
        figures.get().map(|f| {
            let sum: i64 = f.stores.iter().map(|store| store.week_before).sum();
            tf(
                "ho_today.week_before_total",
                &[
                    ("weekday", &day.get().weekday().short()),
                    ("total", &session.total(sum)),
                ],
            )
        })
    };
    let returns = move || {
        figures.get().map(|f| match f.totals.returns.count {
            0 => t("ho_today.no_returns").to_owned(),
            n => tn(
                "ho_today.returns",
                n.unsigned_abs(),
                &[("total", &session.total(f.totals.returns.total))],
            ),
        })
    };
    let average = |f: &Figures| f.totals.sales.total.checked_div(f.totals.sales.count).unwrap_or(0);
    let open = move || {
        figures.get().map(|f| {
            let open: u32 = f.stores.iter().map(|store| store.sessions_open).sum();
            tn("ho_today.drawers_open", u64::from(open), &[])
        })
    };
    let net = |f: &Figures| f.totals.sales.total - f.totals.returns.total;
    view! {
        <section class="kpis" aria-label=t("ho_today.figures")>
            {kpi("today-net", "ho_today.net_all", move || total(net), before)}
            {kpi("today-sales", "ho_today.sales", move || count(|f| f.totals.sales.count), returns)}
            {kpi("today-average", "ho_today.average", move || total(average), || Some(t("ho_today.average_of").to_owned()))}
            {kpi("today-prescriptions", "ho_today.prescriptions", move || count(|f| f.prescriptions_signed), open)}
            <div class="kpi">
                <span class="cap">{t("ho_today.needs_person")}</span>
                <strong class="kpi__v" id="today-exceptions">
                    {move || count(|f| f.exceptions).unwrap_or_else(blank)}
                </strong>
                <span class="t-xs t3">
                    <a class="in-text" id="today-oversold" href=Place::of("stock", &[]).href()>
                        {move || tf("ho_today.oversold", &[("n", &figures.part(|f| f.oversold))])}
                    </a>
                    ", "
                    <a class="in-text" id="today-set-aside" href=Place::of("set-aside", &[]).href()>
                        {move || tf("ho_today.set_aside", &[("n", &figures.part(|f| f.set_aside))])}
                    </a>
                </span>
            </div>
        </section>
    }
}

fn kpi(
    id: &'static str,
    label: &'static str,
    value: impl Fn() -> Option<String> + Send + Sync + 'static,
    below: impl Fn() -> Option<String> + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <div class="kpi">
            <span class="cap">{t(label)}</span>
            <strong class="kpi__v" id=id>{move || value().unwrap_or_else(blank)}</strong>
            <span class="t-xs t3">{move || below().unwrap_or_else(blank)}</span>
        </div>
    }
}

/// Holds the place of a figure that is on its way.
fn blank() -> String {
    "\u{a0}".to_owned()
}

/// How it was paid, below the plot.
#[component]
fn Methods(figures: Polled<Figures>) -> impl IntoView {
    let session = Session::get();
    let methods = move || {
        let methods = figures.part(|f| f.methods.clone());
        let one = |sum: model::requests::office::MethodSum| {
            view! {
                <div class="row gap-1">
                    <dt>{super::names::method(&sum.method)}</dt>
                    <dd class="m mono-num">{session.amount(sum.sum.total)}</dd>
                </div>
            }
        };
        methods.into_iter().map(one).collect_view()
    };
    view! {
        <div class="panel__foot ho-paid">
            <h3 class="t-sm m">{t("ho_today.paid_by")}</h3>
            <dl class="ho-paid__l">{methods}</dl>
        </div>
    }
}
