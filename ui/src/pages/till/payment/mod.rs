//! Taking the money: cash, card, UPI, or several of them. Nothing is searched for here, so F2 to F4 choose the method.

mod amount;
mod taken;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::sales::{NewPayment, SaleDone};
use model::requests::till::PrintReceipt;
use retail::tender::due;
use retail::{Due, Method, Settlement, Tender, TenderError, quick_amounts, settle};

use self::amount::Take;
use self::taken::{Change, Taken};
use super::sale::{ApprovalDialog, OpenSale, Wanted};
use super::typing::typing_goes_to;
use crate::client::{Client, Refused};
use crate::components::{Banner, Caps, KeyButton, Tone};
use crate::dom;
use crate::keys::{Chord, KeySet, Keys, key};
use crate::place::{Place, Places};
use crate::session::Session;
use crate::shell::Screen;
use crate::sound::{Sound, play};
use crate::text::{t, tn};

/// What a payment can be made with here, in the order of its keys.
const METHODS: [(Method, &str, &str, &str); 3] = [
    (Method::Cash, "banknote", "F2", "payment.cash"),
    (Method::Card, "credit-card", "F3", "payment.card"),
    (Method::Upi, "qr-code", "F4", "payment.upi"),
];
const QUICK: [&str; 8] = ["Alt+1", "Alt+2", "Alt+3", "Alt+4", "Alt+5", "Alt+6", "Alt+7", "Alt+8"];

/// The part that is being typed, and what the payment comes to with it.
#[derive(Clone, Copy)]
struct Till {
    session: Session,
    sale: OpenSale,
    method: RwSignal<Method>,
    amount: RwSignal<Option<i64>>,
    /// The amount is the one proposed: a digit of the pad begins a new one.
    is_proposed: RwSignal<bool>,
    reference: RwSignal<String>,
    chosen: RwSignal<usize>,
    /// What the parts leave to pay.
    due: Memo<Due>,
    settled: Memo<Result<Settlement, TenderError>>,
}

impl Till {
    fn new(sale: OpenSale) -> Self {
        let session = Session::get();
        let (method, amount) = (RwSignal::new(Method::Cash), RwSignal::new(None::<i64>));
        let tenders = move || {
            sale.contents()
                .read()
                .parts
                .iter()
                .map(|p| p.tender)
                .collect::<Vec<Tender>>()
        };
        let due = Memo::new(move |_| {
            due(sale.total(), &tenders(), &session.currency()).unwrap_or(Due { exact: 0, in_cash: 0 })
        });
        let settled = Memo::new(move |_| {
            let mut tenders = tenders();
            if let Some(amount) = amount.get().filter(|_| due.get() != Due { exact: 0, in_cash: 0 }) {
                tenders.push(Tender {
                    method: method.get(),
                    amount,
                });
            }
            settle(sale.total(), &tenders, &session.currency())
        });
        let till = Self {
            session,
            sale,
            method,
            amount,
            is_proposed: RwSignal::new(true),
            reference: RwSignal::new(String::new()),
            chosen: RwSignal::new(0),
            due,
            settled,
        };
        Effect::new(move |_| {
            method.track();
            due.track();
            till.propose();
        });
        till
    }

    /// What is left by the chosen method; 0 when nothing is.
    fn left(self) -> i64 {
        match self.method.get() {
            Method::Cash => self.due.get().in_cash,
            _ => self.due.get().exact,
        }
    }

    fn propose(self) {
        let left = untrack(move || self.left());
        self.amount.set(Some(left).filter(|left| *left > 0));
        self.is_proposed.set(true);
        self.reference.set(String::new());
        dom::focus_soon(amount::AMOUNT);
    }

    /// The part as it is typed; none while there is nothing to take.
    fn part(self) -> Option<NewPayment> {
        let amount = self.amount.get_untracked().filter(|amount| *amount > 0)?;
        let method = self.method.get_untracked();
        let reference = self.reference.get_untracked().trim().to_owned();
        let reference = Some(reference).filter(|text| method != Method::Cash && !text.is_empty());
        let is_due = self.due.get_untracked() != Due { exact: 0, in_cash: 0 };
        is_due.then_some(NewPayment {
            tender: Tender { method, amount },
            reference,
        })
    }

    /// Enter: this part is taken, and the rest is asked for.
    fn take(self) {
        let Some(part) = self.part() else { return };
        // Card and UPI never take more than is due, and cash that covers everything belongs to F9.
        let is_over = part.tender.method != Method::Cash && part.tender.amount > self.due.get_untracked().exact;
        if is_over || (part.tender.method == Method::Cash && part.tender.amount >= self.due.get_untracked().in_cash) {
            return;
        }
        self.sale.take_part(part);
    }

    fn give_back(self) {
        self.sale.give_back(self.chosen.get_untracked());
        self.chosen.set(0);
    }
}

#[component]
pub fn Payment() -> impl IntoView {
    let (sale, places, client) = (OpenSale::get(), Places::get(), Client::get());
    let till = Till::new(sale);
    let refused = RwSignal::new(None::<Refused>);
    let approve = RwSignal::new(None::<Wanted>);
    typing_goes_to(amount::AMOUNT, "");

    let after = move |done: &SaleDone| {
        let (id, open_drawer) = (done.sale, done.cash);
        spawn_local(async move {
            // The sale is kept; what becomes of its paper the receipt's screen asks for.
            let _ = client.call(PrintReceipt { sale: id, open_drawer }).await;
        });
        places.go(Place::of("receipt", &[&id]));
    };
    let finish = move || {
        let mut parts = sale.contents().with_untracked(|c| c.parts.clone());
        parts.extend(till.part());
        refused.set(None);
        spawn_local(async move {
            match sale.complete(parts).await {
                None => {}
                Some(Ok(done)) => after(&done),
                Some(Err(why)) => {
                    play(Sound::Refused);
                    answer_refusal(sale, &why, approve).await;
                    refused.try_set(Some(why));
                }
            }
        });
    };
    let can_finish = Signal::derive(move || !sale.is_empty() && !sale.is_sending() && till.settled.get().is_ok());
    let back = move || places.go(Place::of("sale", &[]));
    let keys = declare(till, finish, can_finish, back);

    let sub = Signal::derive(move || {
        let contents = sale.contents().get();
        let lines = tn(
            "payment.lines",
            u64::try_from(contents.lines.len()).unwrap_or_default(),
            &[],
        );
        match contents.customer {
            Some(customer) => format!("{}, {lines}", customer.name),
            None => lines,
        }
    });
    let banner = move || {
        refused.get().map(|why| {
            view! {
                <Banner tone=Tone::Danger icon="circle-alert">
                    <b class="b">{why.message}</b>
                    " "
                    {why.remedy}
                </Banner>
            }
        })
    };
    let has_banner = Signal::derive(move || refused.read().is_some());
    // Nothing to pay for: a reload of this address, or the sale is done.
    let is_idle = Memo::new(move |_| sale.is_empty() && !sale.is_sending());
    Effect::new(move |_| {
        // A sale that was just completed is idle too, and on its way to the receipt.
        if is_idle.get() && sale.is_restored() && places.is_at("payment") {
            places.go(Place::of("sale", &[]));
        }
    });
    view! {
        <Screen title=Signal::stored(t("payment.title").to_owned()) sub banner has_banner>
            <main class="main main--pay">
                <Taken till/>
                <Take till keys/>
                <aside class="pay__right" aria-label=t("payment.change_area")>
                    <Change till/>
                    <div class="end stack">
                        <KeyButton keys chord="Esc" class="btn--lg btn--block"/>
                        <Finish keys/>
                    </div>
                </aside>
            </main>
        </Screen>
        {move || approve.get().map(|wanted| {
            let on_given = Callback::new(move |approval| {
                sale.approve(Some(approval));
                approve.set(None);
                refused.set(None);
            });
            view! { <ApprovalDialog sale wanted on_given on_close=Callback::new(move |()| approve.set(None))/> }
        })}
    }
}

/// What a refusal asks for before the next try: new prices, somebody's word, an open drawer.
async fn answer_refusal(sale: OpenSale, why: &Refused, approve: RwSignal<Option<Wanted>>) {
    let words = || Some(format!("{} {}", why.message, why.remedy));
    match why.code.as_str() {
        "price_moved" | "total_moved" | "inactive" => sale.refresh().await,
        "no_session" => sale.ask_drawer(),
        // The word given is not good: it is asked for again, everything else stays.
        "wrong_password" | "approver_not_higher" | "reason_needed" | "disabled" | "locked_out" => {
            sale.approve(None);
            let line = untrack(move || sale.needs_approval()).map(Box::new);
            approve.try_set(Some(Wanted { line, refused: words() }));
        }
        "over_cap" | "approval_needed" => {
            sale.approve(None);
            let line = untrack(move || sale.needs_approval()).map(Box::new);
            approve.try_set(Some(Wanted { line, refused: None }));
        }
        _ => {}
    }
}

fn declare(
    till: Till,
    finish: impl Fn() + Send + Sync + 'static,
    can_finish: Signal<bool>,
    back: impl Fn() + Send + Sync + 'static,
) -> KeySet {
    let sale = till.sale;
    let mut keys = Keys::screen();
    for (method, _, chord, label) in METHODS {
        keys = keys.bind(key(chord, label).run(move || till.method.set(method)));
    }
    for (at, chord) in QUICK.into_iter().enumerate() {
        let quick = move || {
            if let Some(amount) = quick(till).get(at) {
                till.amount.set(Some(*amount));
                till.is_proposed.set(false);
            }
        };
        let is_there = Signal::derive(move || till.method.get() == Method::Cash);
        let binding = key(chord, "payment.quick").when(is_there).run(quick);
        keys = keys.bind(if at == 0 { binding } else { binding.unlisted() });
    }
    let has_parts = Signal::derive(move || !sale.contents().read().parts.is_empty());
    let step = move |by: isize| {
        let last = sale.contents().with_untracked(|c| c.parts.len().saturating_sub(1));
        till.chosen.update(|at| *at = at.saturating_add_signed(by).min(last));
    };
    keys.bind(key("Enter", "payment.take").in_fields().run(move || till.take()))
        .bind(
            key("Up", "payment.choose_part")
                .in_fields()
                .when(has_parts)
                .run(move || step(-1)),
        )
        .bind(
            key("Down", "payment.choose_part")
                .in_fields()
                .when(has_parts)
                .run(move || step(1)),
        )
        .bind(
            key("Del", "payment.give_back")
                .in_empty_field()
                .when(has_parts)
                .run(move || till.give_back()),
        )
        .bind(key("F9", "payment.finish").when(can_finish).run(finish))
        .bind(key("Esc", "payment.back").run(back))
        .refuse_scans()
        .install()
}

/// Sums that a customer is likely to hand over, exact first.
fn quick(till: Till) -> Vec<i64> {
    untrack(move || {
        let notes = till
            .session
            .organisation()
            .map(|o| o.profile.cash.notes)
            .unwrap_or_default();
        quick_amounts(till.due.get().in_cash, &notes)
    })
}

/// F9, as large as it is here.
#[component]
fn Finish(keys: KeySet) -> impl IntoView {
    keys.of("F9").map(|binding| {
        let (label, enabled) = (binding.label, binding.enabled);
        view! {
            <button
                type="button"
                id="finish"
                class="btn btn--primary btn--xl btn--block"
                disabled=move || !enabled.get()
                on:mousedown=|event| event.prevent_default()
                on:click=move |_| binding.press()
            >
                <Caps chord=Chord::new("F9")/>
                {label}
            </button>
        }
    })
}
