//! How many: 1 to 99,999, and above 99 the screen asks whether the number is meant.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use model::requests::catalogue::Product;
use retail::{ASK_ABOVE_QUANTITY, MAX_QUANTITY};

use super::line::Line;
use super::open_sale::OpenSale;
use crate::components::{Dialog, KeyButton, Note, TextField, Tone};
use crate::keys::{Keys, key};
use crate::text::{t, tf};

/// What gets the quantity.
#[derive(Clone)]
pub enum Counted {
    Line(Box<Line>),
    /// A product that is not in the sale yet, with the number that was asked for.
    New(Box<Product>, i64),
}

#[component]
pub fn QuantityDialog(sale: OpenSale, counted: Counted, on_close: Callback<()>) -> impl IntoView {
    let (name, first) = match &counted {
        Counted::Line(line) => (line.product.name.clone(), line.quantity),
        Counted::New(product, quantity) => (product.name.clone(), *quantity),
    };
    let text = RwSignal::new(first.to_string());
    // A number that came with a scan was asked for once; here it is asked about.
    let asked = RwSignal::new(matches!(counted, Counted::New(..)).then_some(first));
    let value = Memo::new(move |_| read(&text.read()));
    let counted = StoredValue::new(counted);
    let give = move || {
        let Some(quantity) = value.get_untracked() else { return };
        if quantity > ASK_ABOVE_QUANTITY && asked.get_untracked() != Some(quantity) {
            return asked.set(Some(quantity));
        }
        match counted.get_value() {
            Counted::Line(line) => sale.edit(line.number, |line| line.quantity = quantity),
            Counted::New(product, _) => _ = sale.add(*product, quantity),
        }
        on_close.run(());
    };
    let wrong = Signal::derive(move || {
        value
            .read()
            .is_none()
            .then(|| tf("sale.quantity_wrong", &[("most", &MAX_QUANTITY)]))
    });
    let is_asking = Memo::new(move |_| {
        value
            .get()
            .filter(|n| *n > ASK_ABOVE_QUANTITY && asked.get() == Some(*n))
    });
    let label = Signal::derive(move || match (is_asking.get(), value.get()) {
        (Some(n), _) => tf("sale.quantity_yes", &[("n", &n)]),
        (None, Some(n)) => tf("sale.quantity_set", &[("n", &n)]),
        (None, None) => t("sale.quantity").to_owned(),
    });
    let can_give = Signal::derive(move || value.read().is_some());
    let keys = Keys::dialog().bind(key("F9", "sale.quantity").label(label).when(can_give).run(give));
    let enter = move |event: KeyboardEvent| {
        if event.key() == "Enter" && can_give.get_untracked() {
            event.prevent_default();
            give();
        }
    };
    view! {
        <Dialog
            title=Signal::stored(t("sale.quantity").to_owned())
            sub=Signal::stored(name)
            keys
            on_close
            foot=|keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <KeyButton keys chord="F9" class="btn--primary btn--lg push"/>
            }.into_any()
        >
            <div class="stack stack--4" on:keydown=enter>
                <TextField id="quantity" label=t("sale.pieces") value=text wrong=wrong autofocus=true max=6/>
                {move || is_asking.get().map(|n| view! {
                    <Note tone=Tone::Warn icon="triangle-alert">{tf("sale.quantity_sure", &[("n", &n)])}</Note>
                })}
            </div>
        </Dialog>
    }
}

/// Whole pieces, with or without the commas of a number.
fn read(text: &str) -> Option<i64> {
    let digits: String = text.trim().chars().filter(|c| *c != ',').collect();
    let number = digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| digits.parse().ok())??;
    (1..=MAX_QUANTITY).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_quantity_is_1_to_99_999() {
        for (text, number) in [
            ("1", Some(1)),
            (" 99,999 ", Some(99_999)),
            ("100000", None),
            ("0", None),
            ("-1", None),
            ("1.5", None),
            ("", None),
            ("8901234567894", None),
        ] {
            assert_eq!(read(text), number, "{text}");
        }
    }
}
