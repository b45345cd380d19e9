//! A question with a reason, which stands in the books: it is sent once, however often the button is pressed.

use std::pin::Pin;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::{Refused, RequestId};
use crate::components::{Dialog, DialogSize, KeyButton, Note, TextField, Toast, Toasts, Tone};
use crate::keys::{Keys, key};

/// Most characters of a reason; the requests keep 400 bytes.
const MAX_REASON: u32 = 120;

/// A request on its way; what is said when it is done.
pub type Doing = Pin<Box<dyn Future<Output = Result<String, Refused>>>>;

/// What is asked.
#[derive(Clone)]
pub struct Question {
    pub title: String,
    pub sub: String,
    pub icon: (&'static str, Tone),
    /// A warning above the field.
    pub note: Option<String>,
    /// Key of the text on the button.
    pub act: &'static str,
    pub field: &'static str,
    /// Without a reason nothing is done.
    pub is_reason_needed: bool,
}

/// `id` is that of the field; `deed` sends the request with the reason.
#[component]
pub fn ReasonDialog(
    id: &'static str,
    question: Question,
    deed: Callback<(String, RequestId), Doing>,
    on_close: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::get();
    let Question {
        title,
        sub,
        icon,
        note,
        act: label,
        field,
        is_reason_needed,
    } = question;
    let reason = RwSignal::new(String::new());
    let refused = RwSignal::new(None::<Refused>);
    let is_busy = RwSignal::new(false);
    let request = StoredValue::new(RequestId::draw());
    let can_do = Signal::derive(move || !is_busy.get() && (!is_reason_needed || !reason.read().trim().is_empty()));
    let act = move || {
        is_busy.set(true);
        let doing = deed.run((reason.get_untracked(), request.get_value()));
        spawn_local(async move {
            let outcome = doing.await;
            is_busy.try_set(false);
            match outcome {
                Ok(said) => {
                    toasts.show(Toast::new("check", said));
                    on_close.run(());
                }
                Err(why) => {
                    // A refusal is an answer: the next try is another request. No answer at all is the same one again.
                    if !why.is_no_answer() {
                        request.try_set_value(RequestId::draw());
                    }
                    refused.try_set(Some(why));
                }
            }
        });
    };
    let note = StoredValue::new(note);
    let keys = Keys::dialog().bind(key("Ctrl+Enter", label).in_fields().when(can_do).run(act));
    view! {
        <Dialog
            title=Signal::stored(title)
            sub=Signal::stored(sub)
            icon
            size=DialogSize::Mid
            keys
            on_close
            body_class="stack"
            foot=|keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <KeyButton keys chord="Ctrl+Enter" class="btn--primary btn--lg push"/>
            }.into_any()
        >
            {note.get_value().map(|note| view! { <Note tone=Tone::Warn icon="clock">{note}</Note> })}
            <TextField id label=field value=reason autofocus=true max=MAX_REASON/>
            <p class="t-sm bad" role="alert">
                {move || refused.get().map(|why| format!("{} {}", why.message, why.remedy))}
            </p>
        </Dialog>
    }
}
