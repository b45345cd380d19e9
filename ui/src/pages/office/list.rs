//! A list of head office: J, K and the arrows choose, Enter opens, one tab stop. What is chosen stays chosen by its own
//! name, so that rows may come in above it.

use leptos::prelude::*;

use super::hand::Hand;
use crate::dom;
use crate::keys::{Keys, key};

/// Rows that Page Up and Page Down pass.
const PAGE: isize = 10;

/// Rows, and which of them is chosen.
pub struct List<T: Send + Sync + 'static> {
    /// Begins the id of every row.
    name: &'static str,
    rows: Signal<Vec<T>>,
    chosen: RwSignal<Option<String>>,
    name_of: fn(&T) -> String,
    /// Asked when a step leaves the list: up is `true`.
    over: StoredValue<Option<Callback<bool>>>,
    pub hand: Hand,
}

impl<T: Send + Sync + 'static> Clone for List<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for List<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> List<T> {
    /// `name_of` tells rows apart.
    pub fn new(name: &'static str, hand: Hand, rows: impl Into<Signal<Vec<T>>>, name_of: fn(&T) -> String) -> Self {
        Self {
            name,
            rows: rows.into(),
            chosen: RwSignal::new(None),
            name_of,
            over: StoredValue::new(None),
            hand,
        }
    }

    /// What a step over the first or last row does, such as turning the page.
    pub fn on_over(self, over: impl Fn(bool) + Send + Sync + 'static) {
        self.over.set_value(Some(Callback::new(over)));
    }

    #[must_use]
    pub fn count(self) -> usize {
        self.rows.with(Vec::len)
    }

    #[must_use]
    pub fn row(self, index: usize) -> Option<T> {
        self.rows.with(|rows| rows.get(index).cloned())
    }

    /// The place of the chosen row. A chosen row that is gone leaves the first.
    #[must_use]
    pub fn index(self) -> usize {
        let (rows, chosen) = (self.rows.read(), self.chosen.read());
        let Some(chosen) = chosen.as_ref() else { return 0 };
        rows.iter().position(|row| (self.name_of)(row) == *chosen).unwrap_or(0)
    }

    /// The chosen row, if there is any.
    #[must_use]
    pub fn now(self) -> Option<T> {
        self.row(self.index())
    }

    pub fn choose(self, index: usize) {
        let name = self.rows.with_untracked(|rows| rows.get(index).map(self.name_of));
        if name.is_some() {
            self.chosen.set(name);
        }
    }

    /// The first row again, for a list of something else.
    pub fn restart(self) {
        self.chosen.set(None);
    }

    /// Chooses so many rows further, and brings the cursor there.
    pub fn step(self, by: isize) {
        self.hand.touch();
        let (count, now) = (untrack(|| self.count()), untrack(|| self.index()));
        let last = count.saturating_sub(1);
        let is_over = (by < 0 && now == 0) || (by > 0 && now == last);
        if let Some(over) = self.over.get_value().filter(|_| is_over || count == 0) {
            over.run(by < 0);
            return;
        }
        let next = now.saturating_add_signed(by).min(last);
        self.choose(next);
        self.focus(next);
    }

    /// Brings the cursor to the chosen row.
    pub fn focus_chosen(self) {
        self.focus(untrack(|| self.index()));
    }

    fn focus(self, index: usize) {
        let id = self.row_id(index);
        request_animation_frame(move || dom::focus(&id));
    }

    #[must_use]
    pub fn row_id(self, index: usize) -> String {
        format!("{}-{index}", self.name)
    }

    /// For `aria-selected`.
    #[must_use]
    pub fn selected(self, index: usize) -> &'static str {
        if self.index() == index { "true" } else { "false" }
    }

    /// For `tabindex`.
    #[must_use]
    pub fn tabindex(self, index: usize) -> &'static str {
        if self.index() == index { "0" } else { "-1" }
    }

    /// The keys of the list, and Enter if it opens something.
    #[must_use]
    pub fn keys(self, keys: Keys, open: Option<(&'static str, Callback<()>)>) -> Keys {
        let has_rows = Signal::derive(move || self.count() > 0);
        let keys = keys
            .bind(key("J", "ho.next_row").run(move || self.step(1)))
            .bind(key("K", "ho.row_before").run(move || self.step(-1)))
            .bind(key("Down", "ho.next_row").unlisted().run(move || self.step(1)))
            .bind(key("Up", "ho.row_before").unlisted().run(move || self.step(-1)))
            .bind(key("PgDn", "ho.next_row").unlisted().run(move || self.step(PAGE)))
            .bind(key("PgUp", "ho.row_before").unlisted().run(move || self.step(-PAGE)));
        match open {
            Some((label, open)) => keys.bind(key("Enter", label).when(has_rows).run(move || open.run(()))),
            None => keys,
        }
    }

    /// One row element for every row; what stands in it is drawn anew when it changes, the element stays.
    pub fn view(
        self,
        open: Option<Callback<()>>,
        above: impl Fn(usize) -> AnyView + Copy + Send + Sync + 'static,
        cells: impl Fn(T) -> AnyView + Copy + Send + Sync + 'static,
    ) -> impl IntoView {
        let count = Memo::new(move |_| self.count());
        let row = move |index: usize| {
            let content = Memo::new(move |_| self.row(index));
            view! {
                {above(index)}
                <tr
                    id=self.row_id(index)
                    aria-selected=move || self.selected(index)
                    tabindex=move || self.tabindex(index)
                    on:click=move |_| self.choose(index)
                    on:dblclick=move |_| {
                        if let Some(open) = open {
                            open.run(());
                        }
                    }
                >
                    {move || content.get().map(cells)}
                </tr>
            }
        };
        view! { <For each=move || 0..count.get() key=|index| *index children=row/> }
    }
}

/// For lists that are not grouped.
pub fn nothing_above(_: usize) -> AnyView {
    ().into_any()
}
