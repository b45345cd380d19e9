//! What the sale is about: the customer, the prescription, the chosen line, the sums.

use leptos::prelude::*;
use model::requests::clinic::Prescription;
use model::requests::customers::CustomerRow;
use model::requests::stock::Levels;
use retail::Day;

use super::find_list::LEVELS;
use super::finder::Finder;
use super::line::Line;
use super::open_sale::OpenSale;
use super::powers::Powers;
use super::stop::Stop;
use super::totals::Totals;
use super::words::set_by;
use crate::components::{Avatar, Badge, Icon, Tone};
use crate::format;
use crate::keys::KeySet;
use crate::session::Session;
use crate::text::{t, tf};

#[component]
pub fn Aside(sale: OpenSale, finder: Finder, keys: KeySet, #[prop(into)] has_why: Signal<bool>) -> impl IntoView {
    let session = Session::get();
    let is_stopped = Memo::new(move |_| sale.contents().read().lines.iter().any(Line::lacks_prescription));
    let customer = Memo::new(move |_| sale.contents().read().customer.clone());
    let below = Signal::derive(move || {
        let sellable: Option<i64> = sale.totals().and_then(Result::ok).map(|totals| {
            let lines = sale.contents().get().lines;
            let open = lines
                .iter()
                .zip(&totals.lines)
                .filter(|(line, _)| !line.lacks_prescription());
            open.map(|(_, priced)| priced.total).sum()
        });
        match sellable.filter(|_| is_stopped.get()) {
            Some(amount) => tf("sale.sellable_now", &[("amount", &session.amount(amount))]),
            None => t("sale.taxes_included").to_owned(),
        }
    });
    let middle = move || {
        if finder.is_open.get() && finder.chosen().is_some() {
            view! { <Chosen sale finder/> }.into_any()
        } else if is_stopped.get() {
            view! { <Stop sale keys/> }.into_any()
        } else {
            view! {
                {move || shown_prescription(sale).map(|prescription| view! { <PrescriptionSect prescription/> })}
                {move || sale.chosen().map(|(at, line)| view! { <LineCard sale at line/> })}
            }
            .into_any()
        }
    };
    view! {
        <aside class="aside aside--split" aria-label=t("sale.aside")>
            <div class="aside__scroll">
                <section class="sect">
                    {move || match customer.get() {
                        Some(customer) => view! { <CustomerHead customer keys/> }.into_any(),
                        None => view! { <NoCustomer sale keys/> }.into_any(),
                    }}
                </section>
                {middle}
            </div>
            <Totals sale below has_why/>
        </aside>
    }
}

/// The prescription of the chosen line, else of any line, else none.
fn shown_prescription(sale: OpenSale) -> Option<Prescription> {
    let of_chosen = sale.chosen().and_then(|(_, line)| line.prescription);
    let of_any = || sale.contents().read().lines.iter().find_map(|line| line.prescription);
    let id = of_chosen.or_else(of_any)?;
    sale.prescriptions().into_iter().find(|p| p.id == id)
}

#[component]
fn NoCustomer(sale: OpenSale, keys: KeySet) -> impl IntoView {
    let hint = move || {
        sale.is_empty()
            .then(|| view! { <p class="t-sm t2 after-btn">{t("sale.customer_why")}</p> })
    };
    let binding = keys.of("F3");
    view! {
        <button type="button" class="btn btn--block btn--lg" on:click=move |_| {
            if let Some(binding) = &binding { binding.press(); }
        }>
            <span class="kbd">"F3"</span>
            {t("sale.add_customer")}
        </button>
        {hint}
    }
}

#[component]
fn CustomerHead(customer: CustomerRow, keys: KeySet) -> impl IntoView {
    let session = Session::get();
    let facts = move || {
        let mut facts = Vec::new();
        if !customer.phone.is_empty() {
            facts.push(session.phone(&customer.phone));
        }
        if let Some(birth) = customer.birth_day {
            let today = format::day(session.minute(), session.offset());
            facts.push(tf("sale.years", &[("n", &years(Day(birth), today))]));
        }
        if facts.is_empty() {
            facts.push(customer.email.clone());
        }
        facts.join(" · ")
    };
    let binding = keys.of("F3");
    view! {
        <div class="row row--top gap-3">
            <Avatar name=customer.name.clone()/>
            <div class="grow stack stack--1">
                <span class="row"><span class="b clip" id="customer">{customer.name}</span></span>
                <span class="t-sm t2 code">{facts}</span>
            </div>
            <button
                type="button"
                class="btn btn--quiet btn--icon"
                aria-label=t("sale.customer_menu")
                on:click=move |_| if let Some(binding) = &binding { binding.press(); }
            >
                <Icon name="ellipsis-vertical"/>
            </button>
        </div>
    }
}

/// Whole years between two days.
fn years(birth: Day, today: Day) -> i32 {
    let ((y0, m0, d0), (y1, m1, d1)) = (birth.ymd(), today.ymd());
    y1 - y0 - i32::from((m1, d1) < (m0, d0))
}

#[component]
fn PrescriptionSect(prescription: Prescription) -> impl IntoView {
    let until = tf("sale.valid_to", &[("day", &Day(prescription.valid_until).text())]);
    let by = prescription
        .doctor
        .clone()
        .unwrap_or_else(|| prescription.signed_by.clone());
    let signed = tf(
        "sale.signed",
        &[("day", &Day(prescription.signed_day).text()), ("by", &by)],
    );
    view! {
        <section class="sect stack">
            <div class="row row--split">
                <span class="h-sec row">{tf("sale.prescription_version", &[("n", &prescription.version)])}</span>
                <Badge tone=Tone::Ok icon="circle-check">{until}</Badge>
            </div>
            <Powers prescription/>
            <span class="t-xs t3">{signed}</span>
        </section>
    }
}

/// Why the chosen line costs what it costs.
#[component]
fn LineCard(sale: OpenSale, at: usize, line: Line) -> impl IntoView {
    let session = Session::get();
    let cap = sale.cap(&line.product).map(|cap| {
        let is_used = sale.totals().and_then(Result::ok).is_some_and(|totals| {
            let most = cap.rate.of(line.product.list.saturating_mul(line.quantity));
            let taken = totals.lines.get(at).map(|priced| priced.discount);
            taken.is_some_and(|taken| taken > 0) && taken >= most
        });
        let value = match is_used {
            true => tf("sale.cap_used", &[("rate", &cap.rate)]),
            false => cap.rate.to_string(),
        };
        view! { <dt>{set_by(&cap, &line.product, session)}</dt><dd>{value}</dd> }
    });
    let here = line.product.on_hand.filter(|_| line.product.stocked).map(|n| {
        view! { <dt>{t("sale.in_store")}</dt><dd>{n}</dd> }
    });
    view! {
        <section class="sect stack line-card">
            <div class="row row--split">
                <h2 class="h-sec">{tf("sale.line", &[("n", &(at + 1))])}</h2>
                <span class="t-xs t3">{t("sale.why_price")}</span>
            </div>
            <p class="t-sm t2 clip-2">{line.product.name.clone()}</p>
            <dl class="sum">{cap}{here}</dl>
        </section>
    }
}

/// The product the list points at: what lies in every store, and what may be taken off.
#[component]
fn Chosen(sale: OpenSale, finder: Finder) -> impl IntoView {
    let product = Memo::new(move |_| finder.chosen());
    let badge = move || {
        let n = product.get().filter(|p| p.stocked)?.on_hand?;
        let words = tf("sale.n_here", &[("n", &n)]);
        Some(match n {
            1.. => view! { <Badge tone=Tone::Ok icon="circle-check">{words}</Badge> },
            _ => view! { <Badge tone=Tone::Warn icon="circle-help">{words}</Badge> },
        })
    };
    let cap = move || {
        let cap = sale.cap(&product.get()?)?;
        Some(view! { <dt>{t("sale.your_limit")}</dt><dd>{cap.rate.to_string()}</dd> })
    };
    view! {
        <section class="sect stack">
            <div class="row row--split">
                <h2 class="h-sec">{t("sale.chosen")}</h2>
                {badge}
            </div>
            <p class="t-sm t2">{move || product.get().map(|p| p.name)}</p>
            <div id=LEVELS tabindex="-1">{move || finder.levels.get().map(|levels| view! { <LevelTable levels/> })}</div>
            <dl class="sum">{cap}</dl>
        </section>
    }
}

#[component]
fn LevelTable(levels: Levels) -> impl IntoView {
    let rows = levels.stores.into_iter().map(|level| {
        let class = if level.on_hand > 0 { "num b" } else { "num t3" };
        view! { <tr><td>{level.store}</td><td class=class>{level.on_hand}</td></tr> }
    });
    view! {
        <table class="table table--dense table--plain table--flush st6">
            <thead>
                <tr><th scope="col">{t("sale.store")}</th><th scope="col" class="num">{t("sale.on_shelf")}</th></tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

#[cfg(test)]
mod tests {
    use super::years;
    use retail::Day;

    #[test]
    fn a_birthday_counts_on_its_day() {
        let day = |text| Day::parse_iso(text).expect("a date");
        assert_eq!(years(day("1969-08-04"), day("2026-08-03")), 56);
        assert_eq!(years(day("1969-08-04"), day("2026-08-04")), 57);
        assert_eq!(years(day("2000-02-29"), day("2026-02-28")), 25);
    }
}
