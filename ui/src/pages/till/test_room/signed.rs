//! A test that is signed: what was signed, how long it holds, and its card.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::ids::Id;
use model::requests::clinic::{Prescription, PrescriptionGet};
use model::requests::till::SaveCard;
use retail::Day;

use super::aside::worked_out;
use crate::client::{Client, Refused};
use crate::components::{Badge, Go, Icon, KeyBar, KeyButton, Rx, Tone};
use crate::format;
use crate::keys::{Keys, key};
use crate::place::{Place, Places};
use crate::session::Session;
use crate::shell::Screen;
use crate::text::{t, tf};

#[component]
pub fn Signed(prescription: Id) -> impl IntoView {
    let (session, client, places) = (Session::get(), Client::get(), Places::get());
    let shown = RwSignal::new(None::<Prescription>);
    let refused = RwSignal::new(None::<Refused>);
    spawn_local(async move {
        match client.call(PrescriptionGet { prescription }).await {
            Ok(found) => _ = shown.try_set(Some(found)),
            Err(why) => _ = refused.try_set(Some(why)),
        }
    });
    let saved = RwSignal::new(None::<String>);
    let is_busy = RwSignal::new(false);
    let card = move || {
        is_busy.set(true);
        spawn_local(async move {
            let answer = client.call(SaveCard { prescription }).await;
            is_busy.try_set(false);
            match answer {
                Ok(card) => {
                    refused.try_set(None);
                    saved.try_set(Some(card.path));
                }
                Err(why) => _ = refused.try_set(Some(why)),
            }
        });
    };
    let to_patients = move || places.go(Place::of("test", &[]));
    let to_patient = move || {
        if let Some(customer) = shown.with_untracked(|p| p.as_ref().map(|p| p.customer)) {
            places.go(Place::of("patient", &[&customer]));
        }
    };
    let keys = Keys::screen()
        .bind(key("F2", "test.key_find").tile().run(to_patients))
        .bind(key("F3", "test.key_patient").tile().run(to_patient))
        .bind(
            key("Ctrl+P", "signed.card")
                .tile()
                .when(Signal::derive(move || !is_busy.get()))
                .run(card),
        )
        .bind(key("Esc", "test.key_back").tile().run(to_patients))
        .bind(key("F9", "signed.next").run(to_patients))
        .install();
    let version = move |p: &Prescription| tf("signed.version", &[("n", &p.version)]);
    let body = move || {
        shown.get().map(|p| {
            let lines = [("R", &p.right), ("L", &p.left)]
                .map(|(letter, eye)| view! { <span class="mono-num t-sm">{format!("{letter} {}", worked_out(eye).0)}</span> });
            view! {
                <div class="signed stack stack--4">
                    <div class="row gap-3">
                        <span class="list__icon list__icon--ok sync__ic"><Icon name="circle-check"/></span>
                        <div class="cell-2 grow">
                            <h2 class="t-xl b" id="signed-version">{version(&p)}</h2>
                            <span class="t-sm">{p.customer_name.clone()}</span>
                        </div>
                        <Badge tone=Tone::Ok icon="circle-check">
                            {tf("signed.valid", &[("day", &Day(p.valid_until).text())])}
                        </Badge>
                    </div>
                    <div class="sign__rx">
                        <Rx right=p.right.clone() left=p.left.clone() large=true equivalent=true/>
                        <div class="sign__alt">
                            <span class="t-xs t3">{t("sign.other_form")}</span>
                            {lines.into_iter().collect_view()}
                        </div>
                    </div>
                    <div class="row gap-3">
                        <KeyButton keys chord="Ctrl+P" class="btn--lg"/>
                        <span class="t-sm t2 clip" role="status" id="signed-card">
                            {move || saved.get().map(|path| tf("signed.card_saved", &[("path", &path)]))}
                        </span>
                    </div>
                    <p class="t-sm bad" role="alert">
                        {move || refused.get().map(|why| format!("{} {}", why.message, why.remedy))}
                    </p>
                </div>
            }
        })
    };
    let facts = move || {
        shown.get().map(|p| {
            let at = format::moment(p.signed_at, session.now(), session.offset());
            let reason = p
                .reason
                .clone()
                .map(|reason| view! { <dt>{t("signed.reason")}</dt><dd>{reason}</dd> });
            let replaced = p.version > 1;
            view! {
                <dl class="kv">
                    <dt>{t("signed.by")}</dt><dd>{p.signed_by.clone()}</dd>
                    <dt>{t("signed.at")}</dt><dd>{at}</dd>
                    <dt>{t("signed.store")}</dt><dd>{p.store.clone()}</dd>
                    {reason}
                </dl>
                <p class="t-sm t2">{t(if replaced { "signed.replaces" } else { "signed.final" })}</p>
            }
        })
    };
    view! {
        <Screen title=Signal::stored(t("test.title").to_owned())>
            <main class="main main--aside main--test">
                <section class="work" aria-label=t("signed.what")>{body}</section>
                <aside class="aside" aria-label=t("signed.facts")>
                    <section class="sect stack"><h2 class="h-sec">{t("signed.facts")}</h2>{facts}</section>
                    <section class="sect stack">
                        <h2 class="h-sec">{t("signed.kept")}</h2>
                        <p class="t-sm t2">{t("signed.kept_why")}</p>
                    </section>
                </aside>
                <KeyBar keys/>
                <Go keys/>
            </main>
        </Screen>
    }
}
