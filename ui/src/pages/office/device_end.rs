//! A device ends, or is let in again: a question with its reason, which stands in the books for good.

use leptos::prelude::*;
use model::requests::ends::{DeviceClose, DeviceRelease, ServerClose};
use model::requests::office::DeviceRow;

use super::reason_dialog::{Doing, Question, ReasonDialog};
use crate::client::{Client, RequestId};
use crate::components::Tone;
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

#[component]
pub fn EndDialog(device: DeviceRow, name: String, ending: Ending, on_close: Callback<()>) -> impl IntoView {
    let client = Client::get();
    let (id, late) = (device.device, device.late);
    let deed = Callback::new(move |(reason, request): (String, RequestId)| -> Doing {
        Box::pin(async move {
            match ending {
                Ending::Close => client
                    .call_once(DeviceClose { device: id, reason }, &request)
                    .await
                    .map(|_| t("ho_devices.closed_now").to_owned()),
                Ending::CloseServer => client
                    .call_once(
                        ServerClose {
                            device: id,
                            without: Vec::new(),
                            reason,
                        },
                        &request,
                    )
                    .await
                    .map(|_| t("ho_devices.server_closed_now").to_owned()),
                Ending::LetIn => client
                    .call_once(DeviceRelease { device: id, reason }, &request)
                    .await
                    .map(|released| tf("ho_devices.let_in_now", &[("n", &released.commits)])),
            }
        })
    });
    let (title, sub, act, icon) = match ending {
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
    let question = Question {
        title,
        sub,
        icon,
        note: None,
        act,
        field: t("ho_devices.reason"),
        is_reason_needed: true,
    };
    view! { <ReasonDialog id="end-reason" question deed on_close/> }
}
