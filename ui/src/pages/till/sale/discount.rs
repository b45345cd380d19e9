//! The discount of a line, in percent or as an amount, held to the lowest of role, category and brand. More than that goes to
//! somebody higher.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use retail::{Cap, CapSetBy, Currency, Discount, Rate, Supply, price_line};

use super::line::{Judged, Line};
use super::open_sale::OpenSale;
use super::words::set_by;
use crate::components::{Dialog, KeyButton, Note, Seg, TextField, Tone};
use crate::dom;
use crate::keys::{Keys, key};
use crate::session::Session;
use crate::text::{t, tf};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Percent,
    Amount,
}

const FIELD: &str = "discount";

/// `on_over` takes the line with a discount that this person may not give.
#[component]
pub fn DiscountDialog(sale: OpenSale, line: Line, on_over: Callback<Line>, on_close: Callback<()>) -> impl IntoView {
    let session = Session::get();
    let currency = session.currency();
    let cap = sale.cap(&line.product);
    let (form, text) = match line.discount {
        Discount::None => (Form::Percent, String::new()),
        Discount::Percent(rate) => (Form::Percent, rate.to_string().trim_end_matches('%').to_owned()),
        Discount::Amount(amount) => (Form::Amount, currency.format(amount)),
    };
    let (form, text) = (RwSignal::new(form), RwSignal::new(text));
    let before = StoredValue::new(form.get_untracked());
    // An amount is no percentage: the other form begins empty.
    Effect::new(move |_| {
        if form.get() != before.get_value() {
            before.set_value(form.get_untracked());
            text.set(String::new());
            dom::focus(FIELD);
        }
    });

    let asked = {
        let line = line.clone();
        let currency = currency.clone();
        Memo::new(move |_| {
            let discount = read(form.get(), &text.read(), &currency)?;
            Some(Line {
                discount,
                ..line.clone()
            })
        })
    };
    let judged = Memo::new(move |_| asked.read().as_ref().map(|line| sale.judge(line)));
    let wrong = Signal::derive(move || match (asked.read().is_some(), judged.get()) {
        (false, _) => Some(match form.get() {
            Form::Percent => t("sale.discount_wrong_percent").to_owned(),
            Form::Amount => t("sale.discount_wrong_amount").to_owned(),
        }),
        (true, Some(Judged::Impossible)) => Some(t("sale.discount_too_much").to_owned()),
        _ => None,
    });
    let is_over = Memo::new(move |_| matches!(judged.get(), Some(Judged::OverCap { .. })));
    let can_give = Signal::derive(move || matches!(judged.get(), Some(Judged::Fine | Judged::OverCap { .. })));
    let give = move || {
        let Some(line) = asked.get_untracked() else { return };
        match judged.get_untracked() {
            Some(Judged::Fine) => {
                sale.edit(line.number, |kept| kept.discount = line.discount);
                sale.forget_idle_approval();
                on_close.run(());
            }
            Some(Judged::OverCap { .. }) => on_over.run(line),
            _ => {}
        }
    };
    let label = Signal::derive(move || {
        let words = asked
            .read()
            .as_ref()
            .map(|line| off_words(line.discount, session))
            .unwrap_or_default();
        match is_over.get() {
            true => t("sale.discount_ask").to_owned(),
            false if words.is_empty() => t("sale.discount_none").to_owned(),
            false => tf("sale.discount_give", &[("off", &words)]),
        }
    });
    let keys = Keys::dialog().bind(key("F9", "sale.discount").label(label).when(can_give).run(give));
    let enter = move |event: KeyboardEvent| {
        if event.key() == "Enter" && dom::target(&event).is_some_and(|t| t.id() == FIELD) && can_give.get_untracked() {
            event.prevent_default();
            give();
        }
    };

    let limit = limit_words(cap, &line, session);
    let by = cap.map(|cap| set_by(&cap, &line.product, session)).unwrap_or_default();
    let sums = move || {
        let line = asked.get()?;
        let priced = price_line(
            &line.basket(),
            Supply::Within,
            &session.organisation()?.profile.tax_rules,
        )
        .ok()?;
        Some(view! {
            <dt>{t("sale.discount_before")}</dt><dd>{session.amount(priced.gross)}</dd>
            <dt>{t("sale.discount")}</dt><dd>{session.amount(-priced.discount)}</dd>
            <dt class="b">{t("sale.amount")}</dt><dd class="b">{session.amount(priced.total)}</dd>
        })
    };
    let name = line.product.name.clone();
    let choices = StoredValue::new(vec![
        (Form::Percent, t("sale.percent").to_owned()),
        (Form::Amount, currency.symbol.clone()),
    ]);
    view! {
        <Dialog
            title=Signal::stored(t("sale.discount_title").to_owned())
            sub=Signal::stored(name)
            keys
            on_close
            foot=|keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <KeyButton keys chord="F9" class="btn--primary btn--lg push"/>
            }.into_any()
        >
            <div class="stack stack--4" on:keydown=enter>
                <Seg label=t("sale.discount_form") value=form choices=choices.get_value() full=true/>
                <TextField id=FIELD label=t("sale.discount") value=text wrong=wrong autofocus=true max=15/>
                <dl class="sum"><dt>{by.clone()}</dt><dd>{limit.clone()}</dd>{sums}</dl>
                {move || is_over.get().then(|| view! {
                    <Note tone=Tone::Warn icon="shield-alert">{t("sale.discount_over")}</Note>
                })}
            </div>
        </Dialog>
    }
}

/// The cap with what it comes to on this line.
fn limit_words(cap: Option<Cap>, line: &Line, session: Session) -> String {
    let Some(cap) = cap else { return String::new() };
    if cap.set_by == CapSetBy::Offer {
        return t("sale.none_allowed").to_owned();
    }
    let most = cap
        .rate
        .of(line.product.list.saturating_mul(line.quantity))
        .unwrap_or_default();
    tf("sale.up_to", &[("rate", &cap.rate), ("amount", &session.amount(most))])
}

/// `15%` or `₹849.00`; empty for none.
#[must_use]
pub fn off_words(discount: Discount, session: Session) -> String {
    match discount {
        Discount::None => String::new(),
        Discount::Percent(rate) => rate.to_string(),
        Discount::Amount(amount) => session.total(amount),
    }
}

/// Nothing and zero take the discount off.
fn read(form: Form, text: &str, currency: &Currency) -> Option<Discount> {
    if text.trim().is_empty() {
        return Some(Discount::None);
    }
    match form {
        Form::Percent => match Rate::parse_percent(text).ok()? {
            Rate::ZERO => Some(Discount::None),
            rate => Some(Discount::Percent(rate)),
        },
        Form::Amount => match currency.parse(text).ok()? {
            0 => Some(Discount::None),
            amount => Some(Discount::Amount(amount)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, read};
    use retail::{Discount, Profile, Rate};

    #[test]
    fn discounts_are_read_or_refused() {
        let rupee = Profile::by_name("in-gst").expect("shipped").currency;
        let percent = |bp| Some(Discount::Percent(Rate::from_basis_points(bp)));
        for (form, text, discount) in [
            (Form::Percent, "10", percent(1_000)),
            (Form::Percent, "7.5 %", percent(750)),
            (Form::Percent, "", Some(Discount::None)),
            (Form::Percent, "0", Some(Discount::None)),
            (Form::Percent, "-5", None),
            (Form::Percent, "ten", None),
            (Form::Amount, "849", Some(Discount::Amount(84_900))),
            (Form::Amount, "1,000.50", Some(Discount::Amount(100_050))),
            (Form::Amount, "1.005", None),
        ] {
            assert_eq!(read(form, text, &rupee), discount, "{text}");
        }
    }
}
