//! Counts: what somebody found in a place, against what the movements before come to; what needs a person first.

use leptos::prelude::*;
use model::requests::stock::{CountRow, CountState, StockCounts};
use model::role::Permission;

use super::count_settle::SettleDialog;
use super::hand::Hand;
use super::list::{List, nothing_above};
use super::names::{StoreNames, pieces, signed_pieces};
use super::poll::Polled;
use super::{at, refused};
use crate::components::{Badge, Empty, Icon, KeyButton, Note, Tone};
use crate::dom;
use crate::keys::{Keys, key};
use crate::session::Session;
use crate::shell::OfficeScreen;
use crate::text::{t, tf, tn};

/// The panel of the chosen count, which Enter on the list goes to.
const OPEN: &str = "count-open";

/// Icon, word and colour of a state.
fn state(of: CountState) -> (&'static str, &'static str, Tone) {
    match of {
        CountState::Changed => ("history", t("ho_counts.changed"), Tone::Danger),
        CountState::Differs => ("circle-alert", t("ho_counts.differs"), Tone::Warn),
        CountState::Waits => ("clock", t("ho_counts.waits"), Tone::Info),
        CountState::Agrees => ("circle-check", t("ho_counts.agrees"), Tone::Ok),
    }
}

#[component]
pub fn Counts() -> impl IntoView {
    let session = Session::get();
    let stores = StoreNames::load();
    let hand = Hand::new();
    let answer = Polled::under(hand, || Some(StockCounts::default()));
    let rows = Memo::new(move |_| answer.part(|a| a.rows.clone()));
    let list = List::new("count", hand, rows, |row: &CountRow| row.line.to_string());
    let open = Callback::new(|()| dom::focus(OPEN));
    let asked = RwSignal::new(None::<CountRow>);
    let may_settle = Signal::derive(move || {
        session.may(Permission::StockAdjust) && list.now().is_some_and(|row| row.state != CountState::Agrees)
    });
    let keys = Keys::screen()
        .bind(key("Esc", "ho.back").run(move || list.focus_chosen()))
        .bind(
            key("C", "ho_counts.correct")
                .when(may_settle)
                .run(move || asked.set(untrack(|| list.now()))),
        );
    let in_force = list.keys(keys, Some(("ho.open", open))).install();

    let cells = move |row: CountRow| {
        let (icon, words, tone) = state(row.state);
        let class = match tone {
            Tone::Ok => "row gap-1 nowrap ok",
            Tone::Danger => "row gap-1 nowrap bad",
            Tone::Warn => "row gap-1 nowrap warn",
            _ => "row gap-1 nowrap t2",
        };
        let difference = if row.difference == 0 { "num t3" } else { "num b" };
        view! {
            <td class="m clip">{row.name}</td>
            <td class="clip">{stores.of(&row.store)}</td>
            <td class="num">{pieces(row.counted)}</td>
            <td class=difference>{signed_pieces(row.difference)}</td>
            <td><span class=class><Icon name=icon class="icon--sm"/>{words}</span></td>
        }
        .into_any()
    };
    let open_ones = move || rows.read().iter().filter(|row| row.state != CountState::Agrees).count();
    let sub = move || {
        let count = tn("ho_counts.open", open_ones() as u64, &[]);
        let until = answer.until(session).unwrap_or_default();
        tf("ho_counts.sub", &[("count", &count), ("until", &until)])
    };
    let chosen = Memo::new(move |_| list.now());
    let is_empty = Memo::new(move |_| (answer.is_there(), rows.read().is_empty()));
    let body = move || {
        if is_empty.get() == (true, true) {
            return view! { <Empty icon="clipboard-check" title=t("ho_counts.none") why=t("ho_counts.none_why")/> }
                .into_any();
        }
        view! {
            <table class="table table--dense countt" aria-label=t("ho.counts")>
                <colgroup>
                    <col/><col class="ct-s"/><col class="ct-n"/><col class="ct-n"/><col class="ct-w"/>
                </colgroup>
                <thead>
                    <tr>
                        <th scope="col">{t("ho_stock.product")}</th>
                        <th scope="col">{t("ho_stock.store")}</th>
                        <th scope="col" class="num">{t("ho_counts.counted")}</th>
                        <th scope="col" class="num">{t("ho_counts.difference")}</th>
                        <th scope="col">{t("ho_devices.state")}</th>
                    </tr>
                </thead>
                <tbody id="count-rows">{list.view(Some(open), nothing_above, cells)}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <OfficeScreen
            title=Signal::stored(t("ho.counts").to_owned())
            sub=Signal::derive(sub)
            tools=move || view! { {refused::line(answer)} }
        >
            <main class="ho__main hosplit">
                <section
                    class="hosplit__l"
                    aria-label=t("ho.counts")
                    on:mousemove=move |_| hand.touch()
                    on:wheel=move |_| hand.touch()
                >
                    <div class="scrollbox grow2">{body}</div>
                </section>
                <aside class="hod" id=OPEN tabindex="-1" aria-label=t("ho_counts.one")>
                    <div class="hod__scroll">
                        {move || chosen.get().map(|row| detail(session, stores, &row))}
                        {move || may_settle.get().then(|| view! {
                            <section class="sect row"><KeyButton keys=in_force chord="C" class="btn--dense"/></section>
                        })}
                    </div>
                </aside>
            </main>
            {move || asked.get().map(|row| {
                let store = stores.of(&row.store);
                view! { <SettleDialog row store on_close=Callback::new(move |()| asked.set(None))/> }
            })}
        </OfficeScreen>
    }
}

fn detail(session: Session, stores: StoreNames, row: &CountRow) -> AnyView {
    let (icon, words, tone) = state(row.state);
    let by = tf(
        "ho_counts.by",
        &[("user", &row.user), ("store", &stores.of(&row.store))],
    );
    let note = match row.state {
        CountState::Agrees => None,
        CountState::Differs => Some((Tone::Warn, "circle-alert", t("ho_counts.differs_why").to_owned())),
        CountState::Waits => {
            let tills = row.waits_for.join(", ");
            Some((Tone::Plain, "clock", tf("ho_counts.waits_why", &[("tills", &tills)])))
        }
        CountState::Changed => Some((Tone::Danger, "history", t("ho_counts.changed_why").to_owned())),
    };
    view! {
        <header class="sect stack stack--1">
            <div class="row row--split"><h2 class="t-lg b">{row.name.clone()}</h2><Badge tone icon>{words}</Badge></div>
            <p class="t-sm t2 code">{row.product.clone()}</p>
        </header>
        <section class="sect stack">
            <h3 class="h-sec">{t("ho_counts.one")}</h3>
            <dl class="sum">
                <dt>{t("ho_counts.at")}</dt><dd>{at::moment(session, row.at)}</dd>
                <dt>{t("ho_counts.counted_by")}</dt><dd>{by}</dd>
                <dt>{t("ho_counts.counted")}</dt><dd>{pieces(row.counted)}</dd>
                <dt>{t("ho_counts.expected")}</dt><dd>{pieces(row.expected)}</dd>
                {(row.corrected != 0).then(|| view! {
                    <dt>{t("ho_counts.corrected")}</dt><dd>{signed_pieces(row.corrected)}</dd>
                })}
                <dt class="sum__rule b">{t("ho_counts.difference")}</dt>
                <dd class="sum__rule b">{signed_pieces(row.difference)}</dd>
            </dl>
            {note.map(|(tone, icon, words)| view! { <Note tone icon>{words}</Note> })}
        </section>
    }
    .into_any()
}
