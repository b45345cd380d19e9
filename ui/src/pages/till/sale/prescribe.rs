//! F6: which of the customer's prescriptions the lens is made to.

use leptos::prelude::*;
use model::requests::clinic::{Prescription, Standing};
use retail::Day;

use super::open_sale::OpenSale;
use super::powers::Powers;
use super::stop::standing_badge;
use crate::components::{Dialog, DialogSize, Empty, KeyButton, Rows};
use crate::keys::{Keys, key};
use crate::text::{t, tf};

#[component]
pub fn PrescribeDialog(sale: OpenSale, on_close: Callback<()>) -> impl IntoView {
    let all = StoredValue::new(sale.prescriptions());
    let count = all.with_value(Vec::len);
    let rows = Rows::new(Signal::stored(count));
    // The one the chosen line has, else the newest valid one.
    let line = sale
        .chosen()
        .map(|(_, line)| line)
        .filter(|line| line.product.needs_prescription);
    let now = line.as_ref().and_then(|line| line.prescription);
    let first = all.with_value(|all| {
        all.iter()
            .position(|p| Some(p.id) == now)
            .or_else(|| all.iter().position(|p| p.standing == Standing::Valid))
    });
    rows.chosen.set(first.unwrap_or_default());
    let number = line.map(|line| line.number);
    let chosen = Memo::new(move |_| {
        rows.now()
            .and_then(|row| all.with_value(|all| all.get(row).cloned().map(|p| (p.id, p.standing))))
    });
    let is_wanted = sale
        .contents()
        .with_untracked(|c| c.lines.iter().any(|line| line.product.needs_prescription));
    let can_use = Signal::derive(move || is_wanted && chosen.get().is_some_and(|(_, s)| s == Standing::Valid));
    let attach = move || {
        if let Some((id, _)) = chosen.get_untracked() {
            // The chosen lens, and the others that still have none.
            sale.prescribe(id, number);
            sale.prescribe(id, None);
        }
        on_close.run(());
    };
    let keys = Keys::dialog()
        .bind(
            key("Up", "sale.prescription_choose")
                .in_fields()
                .run(move || rows.step(-1)),
        )
        .bind(
            key("Down", "sale.prescription_choose")
                .in_fields()
                .run(move || rows.step(1)),
        )
        .bind(key("F9", "sale.prescription_use").when(can_use).run(attach));
    let item = move |(row, p): (usize, Prescription)| {
        let by = p.doctor.clone().unwrap_or_else(|| p.signed_by.clone());
        let signed = tf("sale.signed", &[("day", &Day(p.signed_day).text()), ("by", &by)]);
        let badge = standing_badge(&p);
        view! {
            <li
                role="option"
                class="list__item list__item--rx"
                aria-selected=move || rows.selected(row)
                tabindex=move || rows.tabindex(row)
                on:click=move |_| rows.click(row)
            >
                <div class="grow stack">
                    <div class="row row--split">
                        <span class="h-sec row">{tf("sale.version", &[("n", &p.version)])}</span>
                        {badge}
                    </div>
                    <Powers prescription=p/>
                    <span class="t-xs t3">{signed}</span>
                </div>
            </li>
        }
    };
    let list = move || {
        if count == 0 {
            return view! { <Empty icon="eye" title=t("sale.prescription_none") why=t("sale.prescription_none_why")/> }
                .into_any();
        }
        view! {
            <ul role="listbox" aria-label=t("sale.prescriptions")>
                {all.get_value().into_iter().enumerate().map(item).collect_view()}
            </ul>
        }
        .into_any()
    };
    view! {
        <Dialog
            title=Signal::stored(t("sale.prescriptions").to_owned())
            size=DialogSize::Mid
            keys
            on_close
            foot=|keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <KeyButton keys chord="F9" class="btn--primary btn--lg push"/>
            }.into_any()
        >
            {list}
        </Dialog>
    }
}
