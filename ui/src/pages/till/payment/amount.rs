//! The middle: method, amount, quick amounts or the terminal's reference, key pad.

use leptos::prelude::*;
use retail::Method;

use super::{METHODS, Till, quick};
use crate::components::{Icon, MoneyField, TextField};
use crate::keys::KeySet;
use crate::text::t;

pub const AMOUNT: &str = "amount";

#[component]
pub fn Take(till: Till, keys: KeySet) -> impl IntoView {
    let methods = METHODS.map(|(method, icon, cap, _)| {
        view! {
            <button
                type="button"
                role="tab"
                class="method"
                id=format!("method-{}", method.word())
                aria-selected=move || if till.method.get() == method { "true" } else { "false" }
                on:mousedown=|event| event.prevent_default()
                on:click=move |_| till.method.set(method)
            >
                <Icon name=icon/>
                <span>{method.label()}</span>
                <span class="kbd">{cap}</span>
            </button>
        }
    });
    let label = move || match till.method.get() {
        Method::Cash => t("payment.cash_received"),
        Method::Card => t("payment.card_amount"),
        _ => t("payment.upi_amount"),
    };
    let is_over = Signal::derive(move || {
        till.method.get() != Method::Cash && till.amount.get().is_some_and(|amount| amount > till.due.get().exact)
    });
    let left = move || match till.method.get() {
        Method::Cash => view! { <Quick till keys/> }.into_any(),
        method => {
            let label = if method == Method::Card {
                t("payment.card_ref")
            } else {
                t("payment.upi_ref")
            };
            view! {
                <div class="stack">
                    <TextField id="reference" label=label value=till.reference hint=t("payment.ref_hint") max=64/>
                </div>
            }
            .into_any()
        }
    };
    view! {
        <section class="pay__mid" aria-label=t("payment.take_money")>
            <div class="methods methods--3" role="tablist" aria-label=t("payment.method")>{methods.collect_view()}</div>
            <div class="field" on:input=move |_| till.is_proposed.set(false)>
                <label for=AMOUNT>{label}</label>
                <MoneyField id=AMOUNT value=till.amount class="money--xl" invalid=is_over/>
            </div>
            <div class="pay__grid">
                {left}
                <div class="stack">
                    <span class="field__label">{t("payment.pad")}</span>
                    <Pad till/>
                </div>
            </div>
        </section>
    }
}

#[component]
fn Quick(till: Till, keys: KeySet) -> impl IntoView {
    let button = move |(at, amount): (usize, i64)| {
        let binding = keys.of(super::QUICK.get(at).copied().unwrap_or_default());
        let exact = if at == 0 {
            format!("{} ", t("payment.exact"))
        } else {
            String::new()
        };
        view! {
            <button
                type="button"
                class="padkey padkey--quick"
                aria-pressed=move || if till.amount.get() == Some(amount) { "true" } else { "false" }
                on:mousedown=|event| event.prevent_default()
                on:click=move |_| if let Some(binding) = &binding { binding.press(); }
            >
                <span>{till.session.currency().format_short(amount)}</span>
                <small>{exact}{format!("Alt {}", at + 1)}</small>
            </button>
        }
    };
    view! {
        <div class="stack">
            <span class="field__label" id="quick">{t("payment.quick")}</span>
            <div class="quick" role="group" aria-labelledby="quick">
                {move || {
                    till.due.track();
                    quick(till).into_iter().enumerate().map(button).collect_view()
                }}
            </div>
        </div>
    }
}

/// Keys of a telephone for a hand without a keyboard: whole units.
#[component]
fn Pad(till: Till) -> impl IntoView {
    let press = move |digits: &'static str| {
        let unit = till.session.currency().unit();
        let before = match till.is_proposed.get_untracked() {
            true => 0,
            false => till.amount.get_untracked().unwrap_or_default() / unit,
        };
        till.is_proposed.set(false);
        till.amount.set(typed(before, digits).map(|whole| whole * unit));
    };
    let delete = move || {
        let unit = till.session.currency().unit();
        let whole = till.amount.get_untracked().unwrap_or_default() / unit / 10;
        till.is_proposed.set(false);
        till.amount.set(Some(whole * unit).filter(|amount| *amount > 0));
    };
    let pad = ["7", "8", "9", "4", "5", "6", "1", "2", "3", "00", "0"].map(|digits| {
        view! {
            <button
                type="button"
                class="padkey"
                on:mousedown=|event| event.prevent_default()
                on:click=move |_| press(digits)
            >
                {digits}
            </button>
        }
    });
    view! {
        <div class="pad-grid pad-grid--pay">
            {pad.collect_view()}
            <button
                type="button"
                class="padkey padkey--fn"
                aria-label=t("parts.delete_digit")
                on:mousedown=|event| event.prevent_default()
                on:click=move |_| delete()
            >
                <Icon name="delete"/>
            </button>
        </div>
    }
}

/// Most whole units the pad types.
const MOST: i64 = 9_999_999_999;

/// The whole units with these digits behind them; what is too long stays as it was.
fn typed(whole: i64, digits: &str) -> Option<i64> {
    let next = format!("{whole}{digits}").parse().unwrap_or(whole);
    let next = if next > MOST { whole } else { next };
    (next > 0).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::{MOST, typed};

    #[test]
    fn the_pad_types_whole_units() {
        for (whole, digits, next) in [
            (0, "5", Some(5)),
            (5, "00", Some(500)),
            (0, "0", None),
            (0, "00", None),
            (MOST, "1", Some(MOST)),
        ] {
            assert_eq!(typed(whole, digits), next);
        }
    }
}
