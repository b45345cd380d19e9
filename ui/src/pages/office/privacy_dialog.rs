//! Ordering an erasure, and taking one back: each says what will happen before it does.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::ids::CustomerUnit;
use model::records::{ERASE_GRACE_MS, EraseReason};
use model::requests::customers::CustomerRow;
use model::requests::erasure::{CustomerErase, CustomerEraseWithdraw, Erasure};

use super::privacy_order::{day_and_time, pseudonym, reason, unit, who};
use crate::client::{Client, Refused, RequestId};
use crate::components::{Dialog, DialogSize, Icon, KeyButton, Seg, Toast, Toasts, Tone};
use crate::keys::{Keys, key};
use crate::session::Session;
use crate::text::{t, tf};

const UNITS: [(CustomerUnit, &str); 3] = [
    (CustomerUnit::Contact, "ho_privacy.contact_is"),
    (CustomerUnit::Clinical, "ho_privacy.clinical_is"),
    (CustomerUnit::Invoice, "ho_privacy.invoice_is"),
];

/// Sends a command once, however often the button is pressed, and says what became of it.
#[derive(Clone, Copy)]
struct Deed {
    request: StoredValue<RequestId>,
    is_busy: RwSignal<bool>,
    refused: RwSignal<Option<Refused>>,
}

impl Deed {
    fn new() -> Self {
        Self {
            request: StoredValue::new(RequestId::draw()),
            is_busy: RwSignal::new(false),
            refused: RwSignal::new(None),
        }
    }

    /// A refusal is an answer: the next try is another request. No answer at all is the same one again.
    fn ended(self, why: Refused) {
        if !why.is_no_answer() {
            self.request.try_set_value(RequestId::draw());
        }
        self.refused.try_set(Some(why));
    }

    fn line(self) -> impl IntoView {
        view! {
            <p class="t-sm bad" role="alert">
                {move || self.refused.get().map(|why| format!("{} {}", why.message, why.remedy))}
            </p>
        }
    }
}

/// `ordered` goes already and is not asked about; `on_done` follows `on_close` when the rest was ordered.
#[component]
pub fn EraseDialog(
    person: CustomerRow,
    ordered: Vec<CustomerUnit>,
    on_close: Callback<()>,
    on_done: Callback<()>,
) -> impl IntoView {
    let (client, session, toasts) = (Client::get(), Session::get(), Toasts::get());
    let chosen = RwSignal::new(None::<EraseReason>);
    let ticked = UNITS.map(|(unit, is)| (unit, is, (!ordered.contains(&unit)).then(|| RwSignal::new(true))));
    let deed = Deed::new();
    let customer = person.id;
    let can_do = Signal::derive(move || {
        chosen.get().is_some() && ticked.iter().any(|(.., on)| on.is_some_and(|on| on.get())) && !deed.is_busy.get()
    });
    let act = move || {
        let Some(reason) = chosen.get_untracked() else { return };
        let on = ticked.iter().filter(|(.., on)| on.is_some_and(|on| on.get_untracked()));
        let units = Some(on.map(|(unit, ..)| *unit).collect());
        deed.is_busy.set(true);
        spawn_local(async move {
            let request = deed.request.get_value();
            let order = CustomerErase {
                customer,
                units,
                reason,
            };
            let outcome = client.call_once(order, &request).await;
            deed.is_busy.try_set(false);
            match outcome {
                Ok(made) => {
                    let time = day_and_time(session, made.not_before);
                    let said = tf(
                        "ho_privacy.erase_done",
                        &[("who", &pseudonym(customer)), ("time", &time)],
                    );
                    toasts.show(Toast::new("check", said));
                    on_close.run(());
                    on_done.run(());
                }
                Err(why) => deed.ended(why),
            }
        });
    };
    let goes = move || day_and_time(session, session.minute() + ERASE_GRACE_MS);
    let consequences = move || {
        let line = |icon: &'static str, what: String, why: &'static str| {
            view! {
                <li>
                    <Icon name=icon/>
                    <span class="cell-2"><span class="m">{what}</span><span>{t(why)}</span></span>
                </li>
            }
        };
        view! {
            {line("eye-off", t("ho_privacy.at_once").to_owned(), "ho_privacy.at_once_why")}
            {line("calendar-clock", tf("ho_privacy.from", &[("time", &goes())]), "ho_privacy.from_why")}
            {line("receipt-text", t("ho_privacy.stays").to_owned(), "ho_privacy.stays_why")}
        }
    };
    let choices = EraseReason::ALL.map(|of| (Some(of), reason(of).to_owned())).to_vec();
    let tick = |(of, is, on): (CustomerUnit, &'static str, Option<RwSignal<bool>>)| {
        on.map(|on| view! {
            <li>
                <label class="check grow">
                    <input type="checkbox" prop:checked=on on:change=move |event| on.set(event_target_checked(&event))/>
                    <span class="cell-2"><span class="m">{unit(of)}</span><span>{t(is)}</span></span>
                </label>
            </li>
        })
    };
    let choices = StoredValue::new(choices);
    let keys = Keys::dialog().bind(
        key("Ctrl+Enter", "ho_privacy.order_it")
            .in_fields()
            .when(can_do)
            .run(act),
    );
    view! {
        <Dialog
            title=Signal::stored(tf("ho_privacy.erase_title", &[("name", &person.name)]))
            sub=Signal::stored(tf("ho_privacy.erase_sub", &[("who", &pseudonym(customer))]))
            icon=("eye-off", Tone::Danger)
            size=DialogSize::Mid
            keys
            on_close
            body_class="stack stack--3"
            foot=|keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <KeyButton keys chord="Ctrl+Enter" class="btn--primary btn--lg push"/>
            }.into_any()
        >
            <ul class="confirm ho-effects">{consequences}</ul>
            <div class="stack stack--1">
                <h3 class="h-sec">{t("ho_privacy.why_erased")}</h3>
                <Seg label=t("ho_privacy.why_erased") value=chosen choices=choices.get_value() full=true/>
            </div>
            <div class="stack stack--1">
                <h3 class="h-sec">{t("ho_privacy.what_goes")}</h3>
                <ul class="confirm">{ticked.into_iter().map(tick).collect_view()}</ul>
                <p class="t-sm t2">{t("ho_privacy.law")}</p>
            </div>
            {deed.line()}
        </Dialog>
    }
}

/// `on_done` follows `on_close` when it was taken back.
#[component]
pub fn WithdrawDialog(order: Erasure, on_close: Callback<()>, on_done: Callback<()>) -> impl IntoView {
    let (client, toasts) = (Client::get(), Toasts::get());
    let deed = Deed::new();
    let id = order.order;
    let can_do = Signal::derive(move || !deed.is_busy.get());
    let act = move || {
        deed.is_busy.set(true);
        spawn_local(async move {
            let request = deed.request.get_value();
            let outcome = client.call_once(CustomerEraseWithdraw { order: id }, &request).await;
            deed.is_busy.try_set(false);
            match outcome {
                Ok(_) => {
                    toasts.show(Toast::new("undo-2", t("ho_privacy.withdraw_done")));
                    on_close.run(());
                    on_done.run(());
                }
                Err(why) => deed.ended(why),
            }
        });
    };
    let keys = Keys::dialog().bind(
        key("Ctrl+Enter", "ho_privacy.withdraw_it")
            .in_fields()
            .when(can_do)
            .run(act),
    );
    view! {
        <Dialog
            title=Signal::stored(tf("ho_privacy.withdraw_title", &[("who", &who(&order))]))
            sub=Signal::stored(t("ho_privacy.withdraw_sub").to_owned())
            icon=("undo-2", Tone::Warn)
            keys
            on_close
            close_label=t("ho_privacy.leave_it")
            foot=|keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <KeyButton keys chord="Ctrl+Enter" class="btn--primary btn--lg push"/>
            }.into_any()
        >
            <p>{t("ho_privacy.withdraw_why")}</p>
            {deed.line()}
        </Dialog>
    }
}
