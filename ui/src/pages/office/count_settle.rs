//! The books are corrected by what a count found: a question that says by how much.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::stock::{CountRow, StockCountSettle};

use super::names::{pieces, signed_pieces};
use crate::client::{Client, Refused, RequestId};
use crate::components::{Dialog, DialogSize, KeyButton, Note, TextField, Toast, Toasts, Tone};
use crate::keys::{Keys, key};
use crate::text::{t, tf};

/// Most characters of a reason.
const MAX_REASON: u32 = 200;

#[component]
pub fn SettleDialog(row: CountRow, store: String, on_close: Callback<()>) -> impl IntoView {
    let (client, toasts) = (Client::get(), Toasts::get());
    let reason = RwSignal::new(String::new());
    let refused = RwSignal::new(None::<Refused>);
    let is_busy = RwSignal::new(false);
    let request = StoredValue::new(RequestId::draw());
    let (line, difference, waits) = (row.line, row.difference, !row.waits_for.is_empty());
    let can_do = Signal::derive(move || !is_busy.get() && (!waits || !reason.read().trim().is_empty()));
    let act = move || {
        let reason = Some(reason.get_untracked()).filter(|reason| !reason.trim().is_empty());
        is_busy.set(true);
        spawn_local(async move {
            let settle = StockCountSettle {
                line,
                difference,
                reason,
            };
            let outcome = client.call_once(settle, &request.get_value()).await;
            is_busy.try_set(false);
            match outcome {
                Ok(settled) => {
                    let said = tf("ho_counts.done", &[("n", &signed_pieces(settled.corrected))]);
                    toasts.show(Toast::new("check", said));
                    on_close.run(());
                }
                Err(why) => {
                    if !why.is_no_answer() {
                        request.try_set_value(RequestId::draw());
                    }
                    refused.try_set(Some(why));
                }
            }
        });
    };
    let title = tf(
        "ho_counts.title",
        &[("n", &signed_pieces(difference)), ("product", &row.name)],
    );
    let sub = tf(
        "ho_counts.dialog_sub",
        &[
            ("store", &store),
            ("counted", &pieces(row.counted)),
            ("expected", &pieces(row.expected)),
        ],
    );
    let label = if waits {
        t("ho_counts.reason_needed")
    } else {
        t("ho_counts.reason")
    };
    let tills = row.waits_for.join(", ");
    let why = StoredValue::new(waits.then(|| tf("ho_counts.waits_why", &[("tills", &tills)])));
    let keys = Keys::dialog().bind(
        key("Ctrl+Enter", "ho_counts.correct_now")
            .in_fields()
            .when(can_do)
            .run(act),
    );
    view! {
        <Dialog
            title=Signal::stored(title)
            sub=Signal::stored(sub)
            icon=("clipboard-check", if waits { Tone::Warn } else { Tone::Info })
            size=DialogSize::Mid
            keys
            on_close
            foot=|keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <KeyButton keys chord="Ctrl+Enter" class="btn--primary btn--lg push"/>
            }.into_any()
        >
            {why.get_value().map(|why| view! { <Note tone=Tone::Warn icon="clock">{why}</Note> })}
            <TextField id="count-reason" label value=reason autofocus=true max=MAX_REASON/>
            <p class="t-sm bad" role="alert">
                {move || refused.get().map(|why| format!("{} {}", why.message, why.remedy))}
            </p>
        </Dialog>
    }
}
