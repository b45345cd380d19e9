//! Sales by store: how much, how it was a week before, and until when it is known.

use leptos::prelude::*;
use model::requests::office::{StoreToday, Today as Figures};
use retail::Day;

use super::at;
use super::poll::Polled;
use crate::session::Session;
use crate::text::{t, tf, tn};

/// A store heard of within this is complete, ms.
const FRESH_MS: i64 = 15 * 60_000;

fn net(store: &StoreToday) -> i64 {
    store.totals.sales.total - store.totals.returns.total
}

/// Whether more of the day may still come from there.
fn is_complete(store: &StoreToday, day_end: i64, now: i64) -> bool {
    store
        .known_until
        .is_some_and(|until| until >= day_end || now - until < FRESH_MS)
}

#[component]
pub fn ByStore(figures: Polled<Figures>, day: Memo<Day>) -> impl IntoView {
    let session = Session::get();
    let stores = Memo::new(move |_| figures.part(|f| f.stores.clone()));
    let most = Memo::new(move |_| {
        let stores = stores.read();
        stores
            .iter()
            .map(|store| net(store).max(store.week_before))
            .max()
            .unwrap_or(0)
            .max(1)
    });
    let count = Memo::new(move |_| stores.read().len());
    let row = move |index: usize| {
        let store = Memo::new(move |_| stores.read().get(index).cloned());
        view! {
            <tr>{move || store.get().map(|store| cells(session, &store, day.get(), most.get()))}</tr>
        }
    };
    view! {
        <section class="panel" aria-label=t("ho_today.by_store_long")>
            <header class="panel__head">
                <h2>{t("ho_today.by_store")}</h2>
                <span class="push t-xs t3 row gap-1">
                    <svg class="keymark" viewBox="0 0 4 12" aria-hidden="true"><rect class="hbr" width="2" height="12" x="1"></rect></svg>
                    {move || tf("ho_today.week_before", &[("weekday", &day.get().weekday().short())])}
                </span>
            </header>
            <div class="scrollbox grow2">
                <table class="table table--dense table--plain bystore">
                    <colgroup><col class="bs-n"/><col/><col class="bs-a"/></colgroup>
                    <thead class="sr">
                        <tr>
                            <th scope="col">{t("ho_today.store")}</th>
                            <th scope="col">{t("ho_today.share")}</th>
                            <th scope="col">{t("ho_today.net")}</th>
                        </tr>
                    </thead>
                    <tbody><For each=move || 0..count.get() key=|index| *index children=row/></tbody>
                </table>
            </div>
        </section>
    }
}

fn cells(session: Session, store: &StoreToday, day: Day, most: i64) -> AnyView {
    let offset = i64::from(session.offset()) * 60_000;
    let day_end = (i64::from(day.0) + 1) * 86_400_000 - offset;
    let complete = is_complete(store, day_end, session.minute());
    let sales = tn("ho_today.store_sales", store.totals.sales.count.unsigned_abs(), &[]);
    let known = match store.known_until {
        None => view! { <span class="warn">{t("ho_today.never_heard")}</span> }.into_any(),
        Some(until) => {
            let time = at::moment(session, until);
            if complete {
                view! { <span>{tf("ho_today.known", &[("sales", &sales), ("time", &time)])}</span> }.into_any()
            } else {
                view! { <span class="warn">{tf("ho_today.only_until", &[("time", &time)])}</span> }.into_any()
            }
        }
    };
    let per_cent = |part: i64| (part.max(0) as f64 / most as f64 * 1000.0).round() / 10.0;
    let bar = if complete { "hb1" } else { "hb1 hb-late" };
    let below = if complete {
        session.amount(store.week_before)
    } else {
        t("ho_today.not_complete").to_owned()
    };
    view! {
        <td><div class="cell-2"><span class="m clip">{store.name.clone()}</span>{known}</div></td>
        <td>
            <svg class="hbar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect class="hb0" y="2" width="100" height="6"></rect>
                <rect class=bar y="2" width=per_cent(net(store)) height="6"></rect>
                <rect class="hbr" x=per_cent(store.week_before).min(98.6) width="1.4" height="10"></rect>
            </svg>
        </td>
        <td class="num">
            <div class="cell-2 cell-2--r"><span class="m">{session.amount(net(store))}</span><span class="t3">{below}</span></div>
        </td>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::requests::sales::Totals;

    #[test]
    fn a_store_that_is_silent_is_not_complete() {
        let store = |known_until| StoreToday {
            store: "NSK".to_owned(),
            name: "Nashik".to_owned(),
            totals: Totals::default(),
            week_before: 0,
            sessions_open: 0,
            known_until,
        };
        let (now, end) = (10 * 3_600_000, 20 * 3_600_000);
        let cases = [
            (None, false),
            (Some(now - 60_000), true),
            (Some(now - 3_600_000), false),
        ];
        for (known, complete) in cases {
            assert_eq!(is_complete(&store(known), end, now), complete);
        }
        assert!(
            is_complete(&store(Some(end + 1)), end, end + 90_000_000),
            "a day that is over"
        );
    }
}
