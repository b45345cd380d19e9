//! Tabs change what is below. Left and right move, and the chosen one is the only tab stop.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use crate::dom;

/// `names` are the words of the tabs, `chosen` the number of the one that is open.
#[component]
pub fn Tabs(#[prop(into)] label: String, chosen: RwSignal<usize>, names: Vec<String>) -> impl IntoView {
    let count = names.len();
    let move_to = move |event: KeyboardEvent| {
        let now = chosen.get_untracked();
        let next = match event.key().as_str() {
            "ArrowRight" => (now + 1) % count,
            "ArrowLeft" => (now + count - 1) % count,
            "Home" => 0,
            "End" => count - 1,
            _ => return,
        };
        event.prevent_default();
        chosen.set(next);
        dom::focus_sibling(&event, next);
    };
    let tabs = names.into_iter().enumerate().map(|(n, name)| {
        view! {
            <button
                type="button"
                class="tab"
                role="tab"
                aria-selected=move || if chosen.get() == n { "true" } else { "false" }
                tabindex=move || if chosen.get() == n { "0" } else { "-1" }
                on:click=move |_| chosen.set(n)
            >
                {name}
            </button>
        }
    });
    view! {
        <div class="tabs" role="tablist" aria-label=label on:keydown=move_to>{tabs.collect_view()}</div>
    }
}
