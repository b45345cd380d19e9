//! Six digits, from keys or pad; the sixth one answers by itself.

use leptos::prelude::*;

use super::Icon;
use crate::keys::{Keys, key};
use crate::text::{t, tf};

const PIN_LENGTH: usize = 6;

/// `pin` is what is typed so far. Declares digits, Backspace and Del in `Keys` given to [`PinPad::keys`].
#[component]
pub fn PinPad(pin: RwSignal<String>, on_full: Callback<String>) -> impl IntoView {
    let entered = move || tf("parts.pin_entered", &[("n", &pin.read().len()), ("of", &PIN_LENGTH)]);
    let dot = move |n: usize| {
        let is_on = move || pin.read().len() > n;
        view! { <i class:on=is_on></i> }
    };
    let digit = move |digit: &'static str| {
        view! {
            <button type="button" class="padkey" on:click=move |_| add(pin, digit, on_full)>{digit}</button>
        }
    };
    view! {
        <div class="pin" role="img" aria-label=entered aria-live="polite">
            {(0..PIN_LENGTH).map(dot).collect_view()}
        </div>
        <div class="pad-grid">
            {["1", "2", "3", "4", "5", "6", "7", "8", "9"].map(digit).collect_view()}
            <button type="button" class="padkey padkey--fn" on:click=move |_| pin.set(String::new())>
                {t("parts.clear")}
            </button>
            {digit("0")}
            <button
                type="button"
                class="padkey padkey--fn"
                aria-label=t("parts.delete_digit")
                on:click=move |_| pin.update(|p| _ = p.pop())
            >
                <Icon name="delete"/>
            </button>
        </div>
    }
}

/// The keys of a pad, added to its screen's or dialog's.
#[must_use]
pub fn pin_keys(keys: Keys, pin: RwSignal<String>, on_full: Callback<String>) -> Keys {
    let digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    digits
        .into_iter()
        .fold(keys.refuse_scans(), |keys, digit| {
            keys.bind(
                key(digit, "parts.pin_digit")
                    .unlisted()
                    .run(move || add(pin, digit, on_full)),
            )
        })
        .bind(key("Backspace", "parts.delete_digit").run(move || pin.update(|p| _ = p.pop())))
        .bind(key("Del", "parts.delete_digits").run(move || pin.set(String::new())))
}

fn add(pin: RwSignal<String>, digit: &str, on_full: Callback<String>) {
    let full = pin.try_update(|pin| {
        if pin.len() < PIN_LENGTH {
            pin.push_str(digit);
        }
        (pin.len() == PIN_LENGTH).then(|| pin.clone())
    });
    if let Some(full) = full.flatten() {
        on_full.run(full);
    }
}
