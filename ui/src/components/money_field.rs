//! An amount being typed: grouped as it grows, decimals only after a point, the cursor stays at its digit.

use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::HtmlInputElement;
use retail::Currency;
use wasm_bindgen::JsCast;

use crate::session::Session;

/// `value` is minor units, `None` while the field is empty. `class` adds to the box, such as `money--xl`.
#[component]
pub fn MoneyField(
    id: &'static str,
    value: RwSignal<Option<i64>>,
    /// A name for readers where no label stands above.
    #[prop(optional, into)]
    aria_label: Option<String>,
    #[prop(optional)] class: &'static str,
    /// Over what is allowed.
    #[prop(optional, into)]
    invalid: Option<Signal<bool>>,
    #[prop(optional)] node: NodeRef<html::Input>,
) -> impl IntoView {
    let session = Session::get();
    let text = RwSignal::new(String::new());
    // A value set from elsewhere (a quick amount) is written out; one that was typed stays as it was typed.
    Effect::new(move |_| {
        let currency = session.currency();
        let value = value.get();
        if parse(&text.read_untracked(), &currency) != value {
            text.set(value.map(|v| currency.format(v)).unwrap_or_default());
        }
    });
    let typed = move |event: leptos::ev::Event| {
        let Some(input) = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok()) else {
            return;
        };
        let currency = session.currency();
        let caret = input.selection_start().ok().flatten().unwrap_or_default() as usize;
        let (grouped, caret) = regroup(&input.value(), caret, &currency);
        input.set_value(&grouped);
        let caret = u32::try_from(caret).unwrap_or_default();
        let _ = input.set_selection_range(caret, caret);
        value.set(parse(&grouped, &currency));
        text.set(grouped);
    };
    let symbol = move || session.currency().symbol;
    view! {
        <div class=format!("money {class}") data-symbol=symbol>
            <input
                class="input input--money"
                id=id
                inputmode="decimal"
                autocomplete="off"
                aria-label=aria_label
                aria-invalid=move || invalid.is_some_and(|i| i.get()).then_some("true")
                prop:value=text
                node_ref=node
                on:input=typed
            />
        </div>
    }
}

fn parse(text: &str, currency: &Currency) -> Option<i64> {
    currency.parse(text).ok()
}

/// The text grouped again, and where the cursor belongs so that the same digits stand behind it.
fn regroup(typed: &str, caret: usize, currency: &Currency) -> (String, usize) {
    let keeps = |c: char| c.is_ascii_digit() || c == '.';
    let behind = typed.chars().skip(caret).filter(|c| keeps(*c)).count();
    let mut plain: String = typed.chars().filter(|c| keeps(*c)).collect();
    if let Some(point) = plain.find('.') {
        let decimals: String = plain[point + 1..].chars().filter(char::is_ascii_digit).collect();
        let decimals: String = decimals.chars().take(usize::from(currency.decimals)).collect();
        plain.truncate(point);
        plain = if currency.decimals == 0 {
            plain
        } else {
            format!("{plain}.{decimals}")
        };
    }
    let (whole, rest) = plain
        .split_once('.')
        .map_or((plain.as_str(), None), |(w, r)| (w, Some(r)));
    let whole = whole.trim_start_matches('0');
    // i64 minor units bear 16 whole digits; more is a slip.
    let whole: String = whole.chars().take(MAX_WHOLE_DIGITS).collect();
    let mut text = match whole.parse::<i64>().ok().and_then(|n| n.checked_mul(currency.unit())) {
        Some(minor) => grouped(minor, currency),
        None if rest.is_some() || !plain.is_empty() => "0".to_owned(),
        None => String::new(),
    };
    if let Some(rest) = rest {
        text = format!("{text}.{rest}");
    }
    let mut left = behind.min(text.chars().filter(|c| keeps(*c)).count());
    let mut at = text.len();
    while left > 0 && at > 0 {
        at -= 1;
        if text[at..].starts_with(keeps) {
            left -= 1;
        }
    }
    (text, at)
}

const MAX_WHOLE_DIGITS: usize = 12;

fn grouped(minor: i64, currency: &Currency) -> String {
    let full = currency.format(minor);
    full.split_once('.').map_or(full.clone(), |(whole, _)| whole.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use retail::Profile;

    #[test]
    fn typing_keeps_groups_and_cursor() {
        let rupee = Profile::by_name("in-gst").expect("shipped").currency;
        // typed, cursor -> text, cursor
        let cases = [
            ("", 0, "", 0),
            ("1", 1, "1", 1),
            ("1000", 4, "1,000", 5),
            ("166351", 6, "1,66,351", 8),
            ("1,66,3519", 9, "16,63,519", 9),
            ("15000.", 6, "15,000.", 7),
            ("15,000.5", 8, "15,000.5", 8),
            ("15,000.507", 10, "15,000.50", 9),
            ("1.2.3", 5, "1.23", 4),
            (".5", 2, "0.5", 3),
            ("007", 3, "7", 1),
            ("0", 1, "0", 1),
            ("12abc", 5, "12", 2),
            ("9,1000", 2, "91,000", 1),
        ];
        for (typed, caret, text, at) in cases {
            assert_eq!(regroup(typed, caret, &rupee), (text.to_owned(), at), "{typed}");
        }
        assert_eq!(parse("15,000.5", &rupee), Some(1_500_050));
    }
}
