//! The two halves of Devices: tills, and what was set aside.

use leptos::prelude::*;
use model::requests::office::OfficeSetAside;

use super::poll::Polled;
use crate::place::{Place, Places};
use crate::text::{t, tf};

/// Goes from one to the other; `is_aside` is where it stands.
#[component]
pub fn AsideCount(#[prop(into)] tills: Signal<usize>, is_aside: bool) -> impl IntoView {
    let places = Places::get();
    let aside = Polled::new(|| Some(OfficeSetAside {}));
    let pressed = |on: bool| if on { "true" } else { "false" };
    view! {
        <div class="seg seg--dense" role="group" aria-label=t("ho_devices.which")>
            <button
                type="button"
                class="seg__item"
                aria-pressed=pressed(!is_aside)
                on:click=move |_| places.go(Place::of("devices", &[]))
            >
                {move || tf("ho_devices.tills_n", &[("n", &tills.get())])}
            </button>
            <button
                type="button"
                class="seg__item"
                aria-pressed=pressed(is_aside)
                on:click=move |_| places.go(Place::of("set-aside", &[]))
            >
                {move || tf("ho_devices.aside_n", &[("n", &aside.part(|a| a.rows.len()))])}
            </button>
        </div>
    }
}
