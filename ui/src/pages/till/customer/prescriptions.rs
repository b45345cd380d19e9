//! Every version with its standing; the card of one; withdrawing one, which is how two that replace the same are settled.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::ids::Id;
use model::requests::clinic::{Prescription, PrescriptionCancel, Standing};
use model::requests::till::SaveCard;
use model::role::Permission;

use super::record::Shown;
use super::standing::{StandingBadge, signed_line};
use crate::client::{Client, Refused, RequestId};
use crate::components::{Dialog, Empty, KeyButton, Note, Rx, TextField, Toast, Toasts, Tone};
use crate::keys::{Keys, key};
use crate::session::Session;
use crate::text::{t, tf};

#[component]
pub fn PrescriptionsTab(shown: StoredValue<Shown>, on_changed: Callback<()>) -> impl IntoView {
    let (session, client, toasts) = (Session::get(), Client::get(), Toasts::get());
    let all = shown.with_value(|s| s.prescriptions.clone());
    if all.is_empty() {
        return view! { <Empty icon="glasses" title=t("customer.no_prescriptions") why=t("customer.no_prescriptions_why")/> }
            .into_any();
    }
    let withdraws = RwSignal::new(None::<(Id, u32)>);
    let refused = RwSignal::new(None::<Refused>);
    let may_withdraw = untrack(|| session.may(Permission::ClinicWrite));
    let is_disputed = all.iter().any(|p| p.standing == Standing::Disputed);
    let card = move |prescription: Id| {
        spawn_local(async move {
            match client.call(SaveCard { prescription }).await {
                Ok(card) => {
                    refused.try_set(None);
                    toasts.show(Toast::new("check", tf("signed.card_saved", &[("path", &card.path)])));
                }
                Err(why) => _ = refused.try_set(Some(why)),
            }
        });
    };
    let newest = all.first().map(|p| p.id);
    let _keys = Keys::screen()
        .bind(key("Ctrl+P", "customer.key_card").run(move || {
            if let Some(id) = newest {
                card(id);
            }
        }))
        .install();
    let item = move |p: Prescription| {
        let (id, version) = (p.id, p.version);
        let line = signed_line(&p);
        let reason = p
            .reason
            .clone()
            .map(|reason| view! { <p class="t-sm t2">{tf("customer.reason", &[("reason", &reason)])}</p> });
        let can_withdraw = may_withdraw && matches!(p.standing, Standing::Valid | Standing::Disputed);
        view! {
            <section class="sect stack">
                <div class="row row--split">
                    <h2 class="h-sec">{tf("customer.version", &[("n", &version)])}</h2>
                    <StandingBadge standing=p.standing valid_until=p.valid_until/>
                </div>
                <div class="rxrow">
                    <Rx right=p.right.clone() left=p.left.clone() equivalent=true/>
                    <div class="row gap-2 push">
                        <button type="button" class="btn" on:click=move |_| card(id)>{t("customer.card")}</button>
                        {can_withdraw.then(|| view! {
                            <button type="button" class="btn" on:click=move |_| withdraws.set(Some((id, version)))>
                                {t("customer.withdraw")}
                            </button>
                        })}
                    </div>
                </div>
                <p class="t-xs t3">{line}</p>
                {reason}
            </section>
        }
    };
    view! {
        {is_disputed.then(|| view! {
            <div class="cust__note">
                <Note tone=Tone::Danger icon="git-fork"><span>{t("customer.disputed_why")}</span></Note>
            </div>
        })}
        <p class="t-sm bad cust__note" role="alert">
            {move || refused.get().map(|why| format!("{} {}", why.message, why.remedy))}
        </p>
        {all.into_iter().map(item).collect_view()}
        {move || withdraws.get().map(|(prescription, version)| view! {
            <Withdraw prescription version on_close=Callback::new(move |()| withdraws.set(None)) on_done=on_changed/>
        })}
    }
    .into_any()
}

/// Why, and then it is withdrawn for good.
#[component]
fn Withdraw(prescription: Id, version: u32, on_close: Callback<()>, on_done: Callback<()>) -> impl IntoView {
    let client = Client::get();
    let reason = RwSignal::new(String::new());
    let refused = RwSignal::new(None::<Refused>);
    let is_busy = RwSignal::new(false);
    let run = move || {
        is_busy.set(true);
        spawn_local(async move {
            let request = PrescriptionCancel {
                prescription,
                reason: reason.get_untracked(),
            };
            let answer = client.call_once(request, &RequestId::draw()).await;
            is_busy.try_set(false);
            match answer {
                Ok(_) => {
                    on_close.run(());
                    on_done.run(());
                }
                Err(why) => _ = refused.try_set(Some(why)),
            }
        });
    };
    let can = Signal::derive(move || !is_busy.get() && !reason.read().trim().is_empty());
    let label = Signal::stored(tf("customer.withdraw_do", &[("n", &version)]));
    let keys = Keys::dialog().bind(key("F9", "customer.withdraw").label(label).when(can).run(run));
    let wrong = Signal::derive(move || refused.get().map(|why| format!("{} {}", why.message, why.remedy)));
    view! {
        <Dialog
            title=Signal::stored(tf("customer.withdraw_title", &[("n", &version)]))
            sub=Signal::stored(t("customer.withdraw_sub").to_owned())
            keys
            on_close
            foot=|keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <KeyButton keys chord="F9" class="btn--danger btn--lg push"/>
            }.into_any()
        >
            <TextField id="withdraw-reason" label=t("customer.withdraw_reason") value=reason autofocus=true max=500 wrong=wrong/>
        </Dialog>
    }
}
