//! The end of a cash session: count, compare, and keep the difference with its reason.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::cash::{SessionClose, SessionSummary, Summary};
use model::requests::till::OpenDrawer;

use super::count::{Count, CountGrid, CountSums};
use crate::client::{Client, Refused, RequestId};
use crate::components::{Badge, Banner, Go, Icon, KeyBar, KeyButton, Note, Toast, Toasts, Tone};
use crate::format;
use crate::keys::{Keys, key};
use crate::pages::till::sale::OpenSale;
use crate::place::{Place, Places};
use crate::session::Session;
use crate::shell::Screen;
use crate::text::{t, tf};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Count,
    Compare,
}

#[component]
pub fn CloseDrawer(sale: OpenSale) -> impl IntoView {
    let (session, client, places, toasts) = (Session::get(), Client::get(), Places::get(), Toasts::get());
    let counting = Memo::new_with_compare(
        move |_| session.organisation().map(|o| Count::new(&o.profile)),
        |a, b| a.is_some_and(|a| a.is_some()) != b.is_some_and(|b| b.is_some()),
    );
    let value = Memo::new(move |_| counting.get().and_then(|c| c.value(None)));
    let step = RwSignal::new(Step::Count);
    let summary = RwSignal::new(None::<Summary>);
    let reason = RwSignal::new(String::new());
    let refused = RwSignal::new(None::<Refused>);
    let is_busy = RwSignal::new(false);
    let request = StoredValue::new(RequestId::draw());
    let ask = move || {
        spawn_local(async move {
            match client.call(SessionSummary {}).await {
                Ok(answer) => _ = summary.try_set(Some(answer)),
                Err(why) => _ = refused.try_set(Some(why)),
            }
        });
    };
    ask();

    let difference = Memo::new(move |_| Some(value.get()? - summary.read().as_ref()?.expected));
    let tolerated = move || session.organisation().map_or(0, |o| o.profile.cash.variance_tolerated);
    let needs_reason = Signal::derive(move || difference.get().is_some_and(|d| d.abs() > tolerated()));
    let close = move || {
        let (Some(counted), Some(summary)) = (value.get_untracked(), summary.get_untracked()) else {
            return;
        };
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        let reason = Some(reason.get_untracked().trim().to_owned()).filter(|text| !text.is_empty());
        let expected = summary.expected;
        spawn_local(async move {
            let body = SessionClose {
                counted,
                expected,
                reason,
            };
            let answer = client.call_once(body, &request.get_value()).await;
            is_busy.try_set(false);
            match answer {
                Ok(closed) => {
                    toasts.show(Toast::new("check", tf("drawer.closed", &[("number", &closed.number)])));
                    sale.ask_drawer();
                }
                Err(why) => {
                    if !why.is_no_answer() {
                        request.try_set_value(RequestId::draw());
                    }
                    // A sale came in meanwhile: the comparison is drawn anew.
                    ask();
                    refused.try_set(Some(why));
                }
            }
        });
    };
    let main = move || match step.get_untracked() {
        Step::Count => {
            refused.set(None);
            ask();
            step.set(Step::Compare);
        }
        Step::Compare => close(),
    };
    let why_off = Signal::derive(move || {
        let is_missing = step.get() == Step::Compare && needs_reason.get() && reason.read().trim().is_empty();
        is_missing.then(|| t("drawer.needs_reason").to_owned())
    });
    let can_main = Signal::derive(move || {
        !is_busy.get() && value.read().is_some() && summary.read().is_some() && why_off.read().is_none()
    });
    let label = Signal::derive(move || match step.get() {
        Step::Count => t("drawer.compare").to_owned(),
        Step::Compare => t("drawer.close").to_owned(),
    });
    let back = move || match step.get_untracked() {
        Step::Count => places.go(Place::of("sale", &[])),
        Step::Compare => step.set(Step::Count),
    };
    let kick = move || {
        spawn_local(async move {
            refused.try_set(client.call(OpenDrawer {}).await.err());
        });
    };
    let keys = Keys::screen()
        .bind(
            key("Enter", "drawer.next")
                .tile()
                .when(Signal::derive(move || step.get() == Step::Count)),
        )
        .bind(key("F5", "drawer.kick").tile().run(kick))
        .bind(key("Esc", "drawer.back").tile().run(back))
        .bind(key("F9", "drawer.compare").label(label).when(can_main).run(main))
        .refuse_scans()
        .install();

    let banner = move || {
        refused.get().map(|why| {
            view! { <Banner tone=Tone::Danger icon="circle-alert"><b class="b">{why.message}</b>" "{why.remedy}</Banner> }
        })
    };
    let has_banner = Signal::derive(move || refused.read().is_some());
    let steps = move || view! { <Steps step/> };
    let work = move || match step.get() {
        Step::Count => view! {
            <div class="work__intro">
                <div class="grow">
                    <h2 class="h-sec">{t("drawer.count_all")}</h2>
                    <p class="t-sm t2">{t("drawer.count_all_how")}</p>
                </div>
                <KeyButton keys chord="F5"/>
            </div>
            {move || counting.get().map(|counting| view! { <CountGrid counting/> })}
        }
        .into_any(),
        Step::Compare => view! { <Comparison summary counted=value/> }.into_any(),
    };
    let aside = move || match step.get() {
        Step::Count => view! {
            {move || summary.get().map(|summary| view! { <SessionFacts summary/> })}
            <div class="end"></div>
            <section class="sect stack stack--3">
                {move || counting.get().map(|counting| view! { <CountSums counting label=t("drawer.counted")/> })}
            </section>
        }
        .into_any(),
        Step::Compare => view! { <Difference difference needs_reason reason/> }.into_any(),
    };
    view! {
        <Screen title=Signal::stored(t("drawer.close_title").to_owned()) tools=steps banner has_banner>
            <main class="main main--aside">
                <section class="work" aria-label=t("drawer.close_title")>{work}</section>
                <aside class="aside" aria-label=t("drawer.session")>{aside}</aside>
                <KeyBar keys/>
                <Go keys why=why_off/>
            </main>
        </Screen>
    }
}

#[component]
fn Steps(step: RwSignal<Step>) -> impl IntoView {
    let is_counted = move || step.get() == Step::Compare;
    let mark = move || match is_counted() {
        true => view! { <Icon name="check"/> }.into_any(),
        false => "1".into_any(),
    };
    view! {
        <ol class="steps">
            <li class=move || if is_counted() { "is-done" } else { "is-now" }><i>{mark}</i>{t("drawer.step_count")}</li>
            <li class=move || if is_counted() { "is-now" } else { "" }><i>"2"</i>{t("drawer.step_compare")}</li>
        </ol>
    }
}

#[component]
fn SessionFacts(summary: Summary) -> impl IntoView {
    let session = Session::get();
    let opened = format::moment(summary.session.opened, session.minute(), session.offset());
    let opened = tf(
        "drawer.opened_by",
        &[("time", &opened), ("name", &summary.session.opened_by)],
    );
    view! {
        <section class="sect stack stack--3">
            <h2 class="h-sec">{t("drawer.session")}</h2>
            <dl class="kv kv--num">
                <dt>{t("drawer.opened")}</dt>
                <dd>{opened}</dd>
                <dt>{t("drawer.sales")}</dt>
                <dd>{summary.sales}</dd>
                <dt>{t("drawer.expected_cash")}</dt>
                <dd>{session.amount(summary.expected)}</dd>
            </dl>
        </section>
    }
}

#[component]
fn Comparison(summary: RwSignal<Option<Summary>>, counted: Memo<Option<i64>>) -> impl IntoView {
    let session = Session::get();
    let body = move || {
        let (summary, counted) = (summary.get()?, counted.get()?);
        let difference = counted - summary.expected;
        let (class, badge) = match difference {
            0 => (
                "num t-lg",
                view! { <Badge tone=Tone::Ok icon="check">{t("drawer.agrees")}</Badge> }.into_any(),
            ),
            ..0 => (
                "num t-lg b bad",
                view! { <Badge tone=Tone::Danger icon="triangle-alert">{t("drawer.short")}</Badge> }.into_any(),
            ),
            _ => (
                "num t-lg b warn",
                view! { <Badge tone=Tone::Warn icon="triangle-alert">{t("drawer.over")}</Badge> }.into_any(),
            ),
        };
        let opened = format::moment(summary.session.opened, session.minute(), session.offset());
        let others = summary.methods.iter().filter(|m| m.method != "cash").map(|m| {
            view! { <dt>{method_label(&m.method)}", "{m.count}</dt><dd>{session.amount(m.amount)}</dd> }
        });
        Some(view! {
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">{t("drawer.kind")}</th>
                        <th scope="col" class="num">{t("drawer.expected")}</th>
                        <th scope="col" class="num">{t("drawer.counted")}</th>
                        <th scope="col" class="num">{t("drawer.difference")}</th>
                        <th scope="col">{t("drawer.result")}</th>
                    </tr>
                </thead>
                <tbody>
                    <tr aria-selected="true">
                        <td class="m">{t("drawer.cash")}</td>
                        <td class="num t-lg" id="expected">{session.amount(summary.expected)}</td>
                        <td class="num t-lg">{session.amount(counted)}</td>
                        <td class=class id="difference">{session.amount(difference)}</td>
                        <td>{badge}</td>
                    </tr>
                </tbody>
            </table>
            <div class="pad cols-2 cols--gap">
                <section>
                    <h3 class="h-sec mb">{t("drawer.how_expected")}</h3>
                    <dl class="sum">
                        <dt>{tf("drawer.float_at", &[("time", &opened)])}</dt>
                        <dd>{session.amount(summary.session.float)}</dd>
                        <dt>{t("drawer.cash_sales")}</dt>
                        <dd>{session.amount(summary.cash_sales)}</dd>
                        <dt>{t("drawer.cash_refunds")}</dt>
                        <dd>{session.amount(-summary.cash_refunds)}</dd>
                        <dt class="b sum__rule">{t("drawer.expected")}</dt>
                        <dd class="b sum__rule">{session.amount(summary.expected)}</dd>
                    </dl>
                </section>
                <section>
                    <h3 class="h-sec mb">{t("drawer.taken_otherwise")}</h3>
                    <dl class="sum">
                        {others.collect_view()}
                        <dt class="b sum__rule">{t("drawer.all_sales")}</dt>
                        <dd class="b sum__rule">{session.amount(summary.total)}</dd>
                    </dl>
                </section>
            </div>
        })
    };
    view! {
        <div class="work__intro">
            <div class="grow">
                <h2 class="h-sec">{t("drawer.compare_title")}</h2>
                <p class="t-sm t2">{t("drawer.compare_how")}</p>
            </div>
        </div>
        {body}
    }
}

fn method_label(word: &str) -> String {
    use retail::Method;
    let all = [
        Method::Cash,
        Method::Card,
        Method::Upi,
        Method::Bank,
        Method::Voucher,
        Method::Credit,
    ];
    let known = all.into_iter().find(|method| method.word() == word);
    known.map_or_else(|| word.to_owned(), |method| method.label().to_owned())
}

#[component]
fn Difference(difference: Memo<Option<i64>>, needs_reason: Signal<bool>, reason: RwSignal<String>) -> impl IntoView {
    let session = Session::get();
    let head = move || match difference.get().unwrap_or_default() {
        0 => (t("drawer.agrees_long"), ""),
        ..0 => (t("drawer.short_by"), "bad"),
        _ => (t("drawer.over_by"), "warn"),
    };
    let amount = move || session.total(difference.get().unwrap_or_default().abs());
    view! {
        <section class="sect stack stack--3">
            <div class="total">
                <span class="b t-lg">{move || head().0}</span>
                <strong class=move || head().1 aria-live="polite">{amount}</strong>
            </div>
            {move || needs_reason.get().then(|| view! {
                <Note tone=Tone::Warn icon="triangle-alert">{t("drawer.difference_kept")}</Note>
            })}
        </section>
        {move || needs_reason.get().then(|| view! {
            <section class="sect stack stack--3">
                <div class="field">
                    <label for="reason">{t("drawer.reason")}</label>
                    <textarea
                        class="input"
                        id="reason"
                        rows="3"
                        maxlength="300"
                        prop:value=reason
                        on:input=move |event| reason.set(event_target_value(&event))
                    ></textarea>
                </div>
            </section>
        })}
    }
}
