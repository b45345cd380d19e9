//! A lens is sold only against a valid prescription: why the sale stops, and the ways on.

use leptos::prelude::*;
use model::requests::clinic::{Prescription, Standing};
use retail::Day;

use super::line::Line;
use super::open_sale::OpenSale;
use super::powers::Powers;
use crate::components::{Badge, Icon, Tone};
use crate::keys::KeySet;
use crate::session::Session;
use crate::text::{t, tf, tn};

/// Ways on, in the order of their keys.
#[derive(Debug, Clone)]
pub enum Way {
    Customer,
    Use(Box<Prescription>),
    TakeOff,
}

/// What can be done about it now, at most four.
#[must_use]
pub fn ways(sale: OpenSale) -> Vec<Way> {
    let mut ways = Vec::new();
    if !sale.contents().read().lines.iter().any(Line::lacks_prescription) {
        return ways;
    }
    if sale.contents().read().customer.is_none() {
        ways.push(Way::Customer);
    }
    let valid = sale
        .prescriptions()
        .into_iter()
        .filter(|p| p.standing == Standing::Valid)
        .take(2);
    ways.extend(valid.map(|p| Way::Use(Box::new(p))));
    ways.push(Way::TakeOff);
    ways
}

const WAY_KEYS: [&str; 4] = ["Alt 1", "Alt 2", "Alt 3", "Alt 4"];
pub const WAY_CHORDS: [&str; 4] = ["Alt+1", "Alt+2", "Alt+3", "Alt+4"];

#[component]
pub fn Stop(sale: OpenSale, keys: KeySet) -> impl IntoView {
    let numbers = Memo::new(move |_| {
        let contents = sale.contents().read();
        let stopped = contents
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.lacks_prescription());
        stopped.map(|(at, _)| (at + 1).to_string()).collect::<Vec<_>>()
    });
    let title = move || {
        let numbers = numbers.get();
        let count = u64::try_from(numbers.len()).unwrap_or_default();
        tn("sale.stop_title", count, &[("lines", &listed(&numbers))])
    };
    let newest = move || sale.prescriptions().into_iter().next();
    let why = move || {
        if sale.contents().read().customer.is_none() {
            return t("sale.stop_no_customer").to_owned();
        }
        match newest() {
            None => t("sale.stop_none").to_owned(),
            Some(_) if sale.valid_prescription().is_some() => t("sale.stop_choose").to_owned(),
            Some(p) => tf(
                "sale.stop_not_valid",
                &[("n", &p.version), ("why", &standing_words(&p))],
            ),
        }
    };
    view! {
        <section class="sect sect--stop stack" role="alert">
            <div class="row row--top gap-3">
                <span class="list__icon list__icon--danger"><Icon name="octagon-x"/></span>
                <div class="stack stack--1">
                    <h2 class="h-sec">{title}</h2>
                    <p class="t-sm t2">{why}</p>
                </div>
            </div>
        </section>
        <ul class="ways4" aria-label=t("sale.ways")>
            {move || {
                ways(sale)
                    .into_iter()
                    .zip(WAY_KEYS.into_iter().zip(WAY_CHORDS))
                    .map(|(way, (cap, chord))| view! { <WayRow sale keys way cap chord/> })
                    .collect_view()
            }}
        </ul>
        {move || newest().map(|prescription| view! { <Newest prescription/> })}
    }
}

#[component]
fn WayRow(sale: OpenSale, keys: KeySet, way: Way, cap: &'static str, chord: &'static str) -> impl IntoView {
    let session = Session::get();
    let (icon, tone, title, sub) = match &way {
        Way::Customer => (
            "users",
            "list__icon list__icon--accent",
            t("sale.way_customer").to_owned(),
            t("sale.way_customer_sub").to_owned(),
        ),
        Way::Use(p) => (
            "eye",
            "list__icon list__icon--accent",
            tf("sale.way_use", &[("n", &p.version)]),
            tf("sale.valid_to", &[("day", &Day(p.valid_until).text())]),
        ),
        Way::TakeOff => {
            let rest = sale.totals().and_then(Result::ok).map_or(0, |totals| {
                let lines = sale.contents().get_untracked().lines;
                let open = lines
                    .iter()
                    .zip(&totals.lines)
                    .filter(|(line, _)| !line.lacks_prescription());
                open.map(|(_, priced)| priced.total).sum()
            });
            let sub = tf("sale.way_take_off_sub", &[("amount", &session.amount(rest))]);
            ("package-minus", "list__icon", t("sale.way_take_off").to_owned(), sub)
        }
    };
    let binding = keys.of(chord);
    view! {
        <li>
            <button type="button" class="opt opt--way" on:click=move |_| if let Some(binding) = &binding { binding.press(); }>
                <span class=tone><Icon name=icon/></span>
                <span class="cell-2 grow"><span class="m">{title}</span><span>{sub}</span></span>
                <span class="kbd">{cap}</span>
            </button>
        </li>
    }
}

#[component]
fn Newest(prescription: Prescription) -> impl IntoView {
    let badge = standing_badge(&prescription);
    view! {
        <section class="sect stack">
            <div class="row row--split">
                <h2 class="h-sec">{tf("sale.version", &[("n", &prescription.version)])}</h2>
                {badge}
            </div>
            <Powers prescription/>
        </section>
    }
}

/// Whether it may be dispensed to, in a word or two.
#[must_use]
pub fn standing_badge(prescription: &Prescription) -> AnyView {
    let day = |key| tf(key, &[("day", &Day(prescription.valid_until).text())]);
    let (tone, icon, words) = match prescription.standing {
        Standing::Valid => (Tone::Ok, "circle-check", day("sale.valid_to")),
        Standing::Expired => (Tone::Danger, "clock-alert", day("sale.ended")),
        _ => (Tone::Danger, "octagon-x", standing_words(prescription)),
    };
    view! { <Badge tone icon>{words}</Badge> }.into_any()
}

fn standing_words(prescription: &Prescription) -> String {
    match prescription.standing {
        Standing::Valid => t("sale.standing_valid").to_owned(),
        Standing::Expired => tf(
            "sale.standing_expired",
            &[("day", &Day(prescription.valid_until).text())],
        ),
        Standing::Superseded => t("sale.standing_superseded").to_owned(),
        Standing::Cancelled => t("sale.standing_cancelled").to_owned(),
        Standing::Disputed => t("sale.standing_disputed").to_owned(),
    }
}

/// `2`, `2 and 3`, `2, 3 and 5`.
fn listed(numbers: &[String]) -> String {
    match numbers {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => tf("sale.and", &[("first", &first.join(", ")), ("last", last)]),
    }
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn line_numbers_in_words() {
        let words = |n: &[u32]| listed(&n.iter().map(u32::to_string).collect::<Vec<_>>());
        assert_eq!(
            [words(&[2]), words(&[2, 3]), words(&[2, 3, 5])],
            ["2", "2 and 3", "2, 3 and 5"]
        );
    }
}
