//! The rows of a list or table in hand: one chosen, arrows move, Enter opens, one tab stop (roving tabindex).

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

/// Rows that Page Up and Page Down pass.
const PAGE: usize = 10;

/// The chosen row of a list with `count` rows.
#[derive(Clone, Copy)]
pub struct Rows {
    pub chosen: RwSignal<usize>,
    count: Signal<usize>,
    open: Option<Callback<usize>>,
}

impl Rows {
    #[must_use]
    pub fn new(count: impl Into<Signal<usize>>) -> Self {
        Self {
            chosen: RwSignal::new(0),
            count: count.into(),
            open: None,
        }
    }

    /// What Enter and a click on the chosen row do.
    #[must_use]
    pub fn on_open(mut self, open: impl Fn(usize) + Send + Sync + 'static) -> Self {
        self.open = Some(Callback::new(open));
        self
    }

    /// The chosen row, if there is any; a list that shrank keeps its last.
    #[must_use]
    pub fn now(self) -> Option<usize> {
        self.count.get().checked_sub(1).map(|last| self.chosen.get().min(last))
    }

    #[must_use]
    pub fn is(self, row: usize) -> bool {
        self.now() == Some(row)
    }

    /// For `aria-selected`.
    #[must_use]
    pub fn selected(self, row: usize) -> &'static str {
        if self.is(row) { "true" } else { "false" }
    }

    /// For `tabindex`.
    #[must_use]
    pub fn tabindex(self, row: usize) -> &'static str {
        if self.is(row) { "0" } else { "-1" }
    }

    /// A click: the first chooses, one on the chosen row opens.
    pub fn click(self, row: usize) {
        if self.chosen.get_untracked() == row {
            self.open_row(row);
        } else {
            self.chosen.set(row);
        }
    }

    /// Moves by so many rows, staying inside.
    pub fn step(self, by: isize) {
        let last = self.count.get_untracked().saturating_sub(1);
        self.chosen.update(|row| *row = row.saturating_add_signed(by).min(last));
    }

    /// Opens the chosen row.
    pub fn open(self) {
        if let Some(last) = self.count.get_untracked().checked_sub(1) {
            self.open_row(self.chosen.get_untracked().min(last));
        }
    }

    fn open_row(self, row: usize) {
        if let Some(open) = self.open {
            open.run(row);
        }
    }

    /// For `on:keydown` of the list, or of the field above it that keeps the cursor. `Home` and `End` move in a list
    /// only: in a field they are the field's.
    pub fn key(self, event: &KeyboardEvent, in_field: bool) {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let page = isize::try_from(PAGE).unwrap_or(1);
        match event.key().as_str() {
            "ArrowUp" => self.step(-1),
            "ArrowDown" => self.step(1),
            "PageUp" => self.step(-page),
            "PageDown" => self.step(page),
            "Home" if !in_field => self.chosen.set(0),
            "End" if !in_field => self.step(isize::MAX),
            "Enter" if self.open.is_some() && self.count.get_untracked() > 0 => self.open(),
            _ => return,
        }
        event.prevent_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_row_stays_inside() {
        Owner::new().with(|| {
            let count = RwSignal::new(3_usize);
            let rows = Rows::new(count);
            rows.step(-1);
            assert_eq!(rows.now(), Some(0));
            rows.step(9);
            assert_eq!(
                (rows.now(), rows.selected(2), rows.tabindex(1)),
                (Some(2), "true", "-1")
            );
            count.set(2);
            assert_eq!(rows.now(), Some(1), "a list that shrank");
            count.set(0);
            assert_eq!(rows.now(), None);
        });
    }
}
