//! The books are corrected by what a count found: a question that says by how much.

use leptos::prelude::*;
use model::requests::stock::{CountRow, StockCountSettle};

use super::names::{pieces, signed_pieces};
use super::reason_dialog::{Doing, Question, ReasonDialog};
use crate::client::{Client, RequestId};
use crate::components::Tone;
use crate::text::{t, tf};

#[component]
pub fn SettleDialog(row: CountRow, store: String, on_close: Callback<()>) -> impl IntoView {
    let client = Client::get();
    let (line, difference, waits) = (row.line, row.difference, !row.waits_for.is_empty());
    let by = signed_pieces(difference);
    let done = StoredValue::new(tf("ho_counts.done", &[("n", &by)]));
    let deed = Callback::new(move |(reason, request): (String, RequestId)| -> Doing {
        let settle = StockCountSettle {
            line,
            difference,
            reason: Some(reason).filter(|reason| !reason.trim().is_empty()),
        };
        let said = done.get_value();
        Box::pin(async move { client.call_once(settle, &request).await.map(|_| said) })
    });
    let question = Question {
        title: tf("ho_counts.title", &[("n", &by), ("product", &row.name)]),
        sub: tf(
            "ho_counts.dialog_sub",
            &[
                ("store", &store),
                ("counted", &pieces(row.counted)),
                ("expected", &pieces(row.expected)),
            ],
        ),
        icon: ("clipboard-check", if waits { Tone::Warn } else { Tone::Info }),
        note: waits.then(|| tf("ho_counts.waits_why", &[("tills", &row.waits_for.join(", "))])),
        act: "ho_counts.correct_now",
        field: if waits {
            t("ho_counts.reason_needed")
        } else {
            t("ho_counts.reason")
        },
        is_reason_needed: waits,
    };
    view! { <ReasonDialog id="count-reason" question deed on_close/> }
}
