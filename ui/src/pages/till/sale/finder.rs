//! Finding a product: what is typed in the scan field, what was found, and the message of the last scan.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::catalogue::{Product, ProductFind, ProductSearch};
use model::requests::stock::{Levels, StockLevel};
use retail::{ASK_ABOVE_QUANTITY, MAX_LINES, MAX_QUANTITY};

use super::open_sale::OpenSale;
use crate::client::Client;
use crate::components::Rows;
use crate::dom;
use crate::sound::{Sound, play};
use crate::text::tf;

pub const SCAN: &str = "scan";
/// Rows asked for; the list says when there are more.
const ROWS: u32 = 50;

/// What the list shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// The words it was found by.
    pub words: String,
    pub products: Vec<Product>,
    pub more: bool,
}

#[derive(Clone, Copy)]
pub struct Finder {
    client: Client,
    sale: OpenSale,
    /// As it stands in the scan field.
    pub text: RwSignal<String>,
    pub found: RwSignal<Option<Found>>,
    pub rows: Rows,
    /// Why the last scan added nothing.
    pub message: RwSignal<Option<String>>,
    pub is_open: RwSignal<bool>,
    /// Sellable pieces of the chosen product in every store.
    pub levels: RwSignal<Option<Levels>>,
    /// Counts what was asked, so that a late answer is known as such.
    asked: StoredValue<u32>,
    /// Too many pieces to be believed without asking.
    on_many: Callback<(Product, i64)>,
}

impl Finder {
    pub fn new(sale: OpenSale, on_many: Callback<(Product, i64)>) -> Self {
        let found = RwSignal::new(None::<Found>);
        let finder = Self {
            client: Client::get(),
            sale,
            text: RwSignal::new(String::new()),
            found,
            rows: Rows::new(Signal::derive(move || {
                found.read().as_ref().map_or(0, |f| f.products.len())
            })),
            message: RwSignal::new(None),
            is_open: RwSignal::new(false),
            levels: RwSignal::new(None),
            asked: StoredValue::new(0),
            on_many,
        };
        let chosen = Memo::new(move |_| finder.chosen().filter(|p| p.stocked).map(|p| p.code));
        Effect::new(move |_| finder.ask_levels(chosen.get()));
        finder
    }

    /// The product the list points at.
    #[must_use]
    pub fn chosen(self) -> Option<Product> {
        let row = self.rows.now().filter(|_| self.is_open.get())?;
        self.found.read().as_ref()?.products.get(row).cloned()
    }

    fn ask_levels(self, code: Option<String>) {
        self.levels.set(None);
        let Some(product) = code else { return };
        spawn_local(async move {
            let answer = self
                .client
                .call(StockLevel {
                    product: product.clone(),
                })
                .await;
            // Another product may be chosen by now, or the screen be gone.
            let is_wanted = self.found.try_get_untracked().is_some() && self.chosen_code() == Some(product);
            if let Some(levels) = answer.ok().filter(|_| is_wanted) {
                self.levels.set(Some(levels));
            }
        });
    }

    fn chosen_code(self) -> Option<String> {
        self.chosen_product().map(|product| product.code)
    }

    /// Something was typed: the list follows every letter, and only the newest answer is shown.
    pub fn typed(self, text: String) {
        let (_, words) = pieces(&text);
        let words = words.trim().to_owned();
        self.text.set(text);
        let number = self.next_number();
        if words.is_empty() {
            self.found.set(None);
            self.is_open.set(self.message.read_untracked().is_some());
            return;
        }
        spawn_local(async move {
            let request = ProductSearch {
                text: words.clone(),
                limit: Some(ROWS),
            };
            let Ok(answer) = self.client.call(request).await else {
                return;
            };
            if self.asked.try_get_value() != Some(number) {
                return;
            }
            self.rows.chosen.set(0);
            self.found.set(Some(Found {
                words,
                products: answer.products,
                more: answer.more,
            }));
            self.is_open.set(true);
        });
    }

    fn next_number(self) -> u32 {
        self.asked.update_value(|n| *n = n.wrapping_add(1));
        self.asked.get_value()
    }

    /// A scan, wherever the cursor is: `3*` typed before it makes three.
    pub fn scanned(self, code: String) {
        let (quantity, _) = pieces(&self.text.get_untracked());
        self.look_up(code, quantity);
    }

    /// Enter in the scan field: adds what the list points at, or looks the words up as a code.
    pub fn enter(self) {
        let text = self.text.get_untracked();
        let (quantity, words) = pieces(&text);
        let is_current = self.found.with_untracked(|f| {
            f.as_ref()
                .is_some_and(|f| f.words == words.trim() && !f.products.is_empty())
        });
        match self.chosen_product().filter(|_| is_current) {
            Some(product) => self.add(product, quantity),
            None if words.trim().is_empty() => {}
            None => self.look_up(words.trim().to_owned(), quantity),
        }
    }

    /// A click on a row.
    pub fn pick(self, row: usize) {
        let (quantity, _) = pieces(&self.text.get_untracked());
        let product = self.found.with_untracked(|f| f.as_ref()?.products.get(row).cloned());
        if let Some(product) = product {
            self.add(product, quantity);
        }
    }

    fn chosen_product(self) -> Option<Product> {
        let found = self.found.get_untracked()?;
        let last = found.products.len().checked_sub(1)?;
        found.products.get(self.rows.chosen.get_untracked().min(last)).cloned()
    }

    fn look_up(self, code: String, quantity: i64) {
        spawn_local(async move {
            match self.client.call(ProductFind { code: code.clone() }).await {
                Ok(answer) => match answer.product {
                    Some(product) if product.active => self.add(product, quantity),
                    Some(product) => self.refuse(tf("sale.inactive", &[("name", &product.name)])),
                    None => self.refuse(tf("sale.unknown", &[("code", &code)])),
                },
                Err(why) => self.refuse(format!("{} {}", why.message, why.remedy)),
            }
        });
    }

    fn refuse(self, message: String) {
        play(Sound::Unknown);
        if self.message.try_set(Some(message)).is_none() {
            self.text.set(String::new());
            self.found.set(None);
            self.is_open.set(true);
            dom::focus(SCAN);
        }
    }

    fn add(self, product: Product, quantity: i64) {
        self.next_number();
        self.close();
        if quantity > ASK_ABOVE_QUANTITY {
            return self.on_many.run((product, quantity));
        }
        if self.sale.add(product, quantity) {
            play(Sound::Good);
        } else {
            self.refuse(tf("sale.full", &[("lines", &MAX_LINES), ("pieces", &MAX_QUANTITY)]));
        }
    }

    /// Closes the list and empties the field.
    pub fn close(self) {
        self.text.set(String::new());
        self.found.set(None);
        self.message.set(None);
        self.is_open.set(false);
    }

    /// Esc: closes the list and keeps the words; again: empties the field. `false`: there was nothing to step back from.
    pub fn step_back(self) -> bool {
        if self.is_open.get_untracked() {
            self.is_open.set(false);
            self.message.set(None);
            return true;
        }
        let has_text = !self.text.read_untracked().is_empty();
        if has_text {
            self.close();
        }
        has_text
    }
}

/// `3*` in front of words or a scan is how many; one without it.
fn pieces(text: &str) -> (i64, &str) {
    let parts = text.split_once('*');
    let counted = parts.and_then(|(count, rest)| Some((count.trim().parse::<i64>().ok()?, rest)));
    match counted {
        Some((count, rest)) if (1..=MAX_QUANTITY).contains(&count) => (count, rest),
        _ => (1, text),
    }
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn a_number_and_a_star_say_how_many() {
        for (text, count, rest) in [
            ("3*", 3, ""),
            ("3*8901234567894", 3, "8901234567894"),
            ("12 * aurel", 12, " aurel"),
            ("99999*x", 99_999, "x"),
            ("100000*x", 1, "100000*x"),
            ("0*x", 1, "0*x"),
            ("-2*x", 1, "-2*x"),
            ("a*b", 1, "a*b"),
            ("aurel", 1, "aurel"),
            ("", 1, ""),
        ] {
            assert_eq!(pieces(text), (count, rest), "{text}");
        }
    }
}
