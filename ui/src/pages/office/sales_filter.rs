//! Which sales are listed: days, store, words.

use leptos::prelude::*;
use retail::Day;
use std::time::Duration;

use super::at;
use super::names::StoreNames;
use crate::components::{Icon, Seg};
use crate::session::Session;
use crate::text::t;

/// After the last letter, before the question is put.
const PAUSE: Duration = Duration::from_millis(200);

pub const FIND: &str = "sales-find";

/// Some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// So many days up to today.
    Last(i32),
    /// From and to; an end that is missing is open.
    Between(Option<Day>, Option<Day>),
}

const ALL: Span = Span::Between(None, None);

impl Span {
    #[must_use]
    pub fn ends(self, today: Day) -> (Option<Day>, Option<Day>) {
        match self {
            Self::Last(days) => (Some(at::shifted(today, 1 - days)), Some(today)),
            Self::Between(from, to) => (from, to),
        }
    }

    /// The span of the same length before or after; an open one has none.
    #[must_use]
    pub fn moved(self, forward: bool, today: Day) -> Option<Self> {
        let (Some(from), Some(to)) = self.ends(today) else {
            return None;
        };
        let length = to.0 - from.0 + 1;
        let by = if forward { length } else { -length };
        let (from, to) = (at::shifted(from, by), at::shifted(to, by));
        match from > today {
            true => None,
            false if to >= today => Some(Self::Last(length)),
            false => Some(Self::Between(Some(from), Some(to))),
        }
    }
}

/// What is asked for, and the page of it.
#[derive(Clone, Copy)]
pub struct Filter {
    pub span: RwSignal<Span>,
    pub store: RwSignal<String>,
    pub typed: RwSignal<String>,
    /// What was typed, once the hand rests.
    pub text: RwSignal<String>,
    pub offset: RwSignal<u32>,
    pub today: Memo<Day>,
}

impl Filter {
    /// A number to look for is looked for in all days.
    pub fn new(session: Session, number: Option<String>) -> Self {
        let filter = Self {
            span: RwSignal::new(if number.is_some() { ALL } else { Span::Last(1) }),
            store: RwSignal::new(String::new()),
            typed: RwSignal::new(number.clone().unwrap_or_default()),
            text: RwSignal::new(number.unwrap_or_default()),
            offset: RwSignal::new(0),
            today: Memo::new(move |_| at::today(session)),
        };
        Effect::new(move |_| {
            let typed = filter.typed.get();
            set_timeout(
                move || {
                    let is_last = filter.typed.try_with_untracked(|now| *now == typed) == Some(true);
                    if is_last && filter.text.with_untracked(|text| *text != typed) {
                        filter.text.set(typed);
                    }
                },
                PAUSE,
            );
        });
        // Another question begins at its first page.
        Effect::new(move |before: Option<()>| {
            filter.span.track();
            filter.store.track();
            filter.text.track();
            if before.is_some() {
                filter.offset.set(0);
            }
        });
        filter
    }

    /// ISO dates.
    #[must_use]
    pub fn ends(self) -> (Option<String>, Option<String>) {
        let (from, to) = self.span.get().ends(self.today.get());
        (from.map(|day| day.to_string()), to.map(|day| day.to_string()))
    }

    #[must_use]
    pub fn store_asked(self) -> Option<String> {
        Some(self.store.get()).filter(|code| !code.is_empty())
    }

    #[must_use]
    pub fn text_asked(self) -> Option<String> {
        Some(self.text.read().trim().to_owned()).filter(|text| !text.is_empty())
    }

    pub fn move_span(self, forward: bool) {
        let (span, today) = (self.span.get_untracked(), self.today.get_untracked());
        if let Some(moved) = span.moved(forward, today) {
            self.span.set(moved);
        }
    }

    #[must_use]
    pub fn can_move(self, forward: bool) -> Signal<bool> {
        Signal::derive(move || self.span.get().moved(forward, self.today.get()).is_some())
    }

    pub fn all_days(self) {
        self.span.set(ALL);
    }
}

/// Days and store, in the top bar.
#[component]
pub fn SpanTools(filter: Filter, stores: StoreNames) -> impl IntoView {
    let choices = vec![
        (Span::Last(1), t("ho_sales.today").to_owned()),
        (Span::Last(7), t("ho_sales.week").to_owned()),
        (Span::Last(30), t("ho_sales.month").to_owned()),
        (Span::Last(365), t("ho_sales.year").to_owned()),
        (ALL, t("ho_sales.all_days").to_owned()),
    ];
    let options = move || {
        let option = |(code, name): (String, String)| {
            let value = code.clone();
            view! { <option value=value selected=move || *filter.store.read() == code>{name}</option> }
        };
        stores.all().into_iter().map(option).collect_view()
    };
    view! {
        <Seg label=t("ho_sales.period") value=filter.span choices dense=true/>
        <div class="select-wrap ho-store">
            <label class="sr" for="sales-store">{t("ho_sales.store")}</label>
            <select
                id="sales-store"
                class="input input--dense select"
                on:change=move |event| filter.store.set(event_target_value(&event))
            >
                <option value="">{t("ho_sales.all_stores")}</option>
                {options}
            </select>
            <Icon name="chevron-down"/>
        </div>
    }
}

/// Words and the days themselves, over the list.
#[component]
pub fn FilterBar(filter: Filter) -> impl IntoView {
    let ends = move || filter.span.get().ends(filter.today.get());
    let iso = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    let read = |event: &leptos::ev::Event| Day::parse_iso(&event_target_value(event)).ok();
    view! {
        <div class="filters">
            <div class="field filters__find">
                <label class="sr" for=FIND>{t("ho_sales.find")}</label>
                <input
                    class="input input--dense"
                    id=FIND
                    placeholder=t("ho_sales.find")
                    autocomplete="off"
                    maxlength="100"
                    prop:value=filter.typed
                    on:input=move |event| filter.typed.set(event_target_value(&event))
                />
                <span class="filters__k"><span class="kbd">"/"</span></span>
            </div>
            <label class="row gap-1 t-sm t2" for="sales-from">
                {t("ho_sales.from")}
                <input
                    class="input input--dense ho-date"
                    id="sales-from"
                    type="date"
                    prop:value=move || iso(ends().0)
                    on:change=move |event| filter.span.set(Span::Between(read(&event), ends().1))
                />
            </label>
            <label class="row gap-1 t-sm t2" for="sales-to">
                {t("ho_sales.to")}
                <input
                    class="input input--dense ho-date"
                    id="sales-to"
                    type="date"
                    prop:value=move || iso(ends().1)
                    on:change=move |event| filter.span.set(Span::Between(ends().0, read(&event)))
                />
            </label>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_move_by_their_length_and_stop_at_today() {
        let today = Day(20_000);
        let between = |from, to| Span::Between(Some(Day(from)), Some(Day(to)));
        let cases = [
            (Span::Last(1), false, Some(between(19_999, 19_999))),
            (Span::Last(7), false, Some(between(19_987, 19_993))),
            (Span::Last(7), true, None),
            (between(19_987, 19_993), true, Some(Span::Last(7))),
            (between(19_999, 19_999), true, Some(Span::Last(1))),
            (ALL, false, None),
        ];
        for (span, forward, moved) in cases {
            assert_eq!(span.moved(forward, today), moved, "{span:?}");
        }
        assert_eq!(Span::Last(7).ends(today), (Some(Day(19_994)), Some(today)));
    }
}
