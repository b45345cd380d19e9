//! A device ends, or is let in again: a question with its reason, which stands in the books for good.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::ends::{DeviceClose, DeviceRelease, ServerClose};
use model::requests::office::DeviceRow;

use crate::client::{Client, Refused, RequestId};
use crate::components::{Dialog, DialogSize, KeyButton, TextField, Toast, Toasts, Tone};
use crate::keys::{Keys, key};
use crate::text::{t, tf};

/// What is asked about a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Nothing that it writes from now on is taken.
    Close,
    /// A server's key is trusted no more; what it certified and is known here stands.
    CloseServer,
    /// What waits beyond its closing is taken after all.
    LetIn,
}

/// Most characters of a reason; 400 bytes are kept.
const MAX_REASON: u32 = 120;

#[component]
pub fn EndDialog(device: DeviceRow, name: String, ending: Ending, on_close: Callback<()>) -> impl IntoView {
    let (client, toasts) = (Client::get(), Toasts::get());
    let reason = RwSignal::new(String::new());
    let refused = RwSignal::new(None::<Refused>);
    let is_busy = RwSignal::new(false);
    let request = StoredValue::new(RequestId::draw());
    let (id, late) = (device.device, device.late);
    let can_do = Signal::derive(move || !reason.read().trim().is_empty() && !is_busy.get());
    let act = move || {
        let reason = reason.get_untracked();
        is_busy.set(true);
        spawn_local(async move {
            let request_id = request.get_value();
            let outcome = match ending {
                Ending::Close => client
                    .call_once(DeviceClose { device: id, reason }, &request_id)
                    .await
                    .map(|_| t("ho_devices.closed_now").to_owned()),
                Ending::CloseServer => client
                    .call_once(
                        ServerClose {
                            device: id,
                            without: Vec::new(),
                            reason,
                        },
                        &request_id,
                    )
                    .await
                    .map(|_| t("ho_devices.server_closed_now").to_owned()),
                Ending::LetIn => client
                    .call_once(DeviceRelease { device: id, reason }, &request_id)
                    .await
                    .map(|released| tf("ho_devices.let_in_now", &[("n", &released.commits)])),
            };
            is_busy.try_set(false);
            match outcome {
                Ok(said) => {
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
    let (title, sub, label, icon) = match ending {
        Ending::Close => (
            tf("ho_devices.close_title", &[("device", &name)]),
            t("ho_devices.close_sub").to_owned(),
            "ho_devices.close",
            ("lock", Tone::Danger),
        ),
        Ending::CloseServer => (
            t("ho_devices.close_server_title").to_owned(),
            t("ho_devices.close_server_sub").to_owned(),
            "ho_devices.close_server_now",
            ("lock", Tone::Danger),
        ),
        Ending::LetIn => (
            tf("ho_devices.let_in_title", &[("device", &name)]),
            tf("ho_devices.let_in_sub", &[("n", &late)]),
            "ho_devices.let_in",
            ("package-check", Tone::Warn),
        ),
    };
    let keys = Keys::dialog().bind(key("Ctrl+Enter", label).in_fields().when(can_do).run(act));
    view! {
        <Dialog
            title=Signal::stored(title)
            sub=Signal::stored(sub)
            icon
            size=DialogSize::Mid
            keys
            on_close
            foot=|keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <KeyButton keys chord="Ctrl+Enter" class="btn--primary btn--lg push"/>
            }.into_any()
        >
            <TextField id="end-reason" label=t("ho_devices.reason") value=reason autofocus=true max=MAX_REASON/>
            <p class="t-sm bad" role="alert">
                {move || refused.get().map(|why| format!("{} {}", why.message, why.remedy))}
            </p>
        </Dialog>
    }
}
