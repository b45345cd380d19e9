//! Says in the top bar that the figures could not be had; what was shown before stays.

use leptos::prelude::*;

use super::poll::Polled;
use crate::components::{Badge, Tone};

/// The last answer's refusal, while it lasts.
pub fn line<T: Clone + PartialEq + Send + Sync + 'static>(polled: Polled<T>) -> impl IntoView {
    move || {
        polled.refused().map(|why| {
            view! {
                <span role="alert" title=why.remedy>
                    <Badge tone=Tone::Danger icon="cloud-off">{why.message}</Badge>
                </span>
            }
        })
    }
}
