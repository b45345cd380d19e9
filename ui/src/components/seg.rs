//! One value of a few.

use leptos::prelude::*;

/// `choices` are value and words.
#[component]
pub fn Seg<T: Clone + PartialEq + Send + Sync + 'static>(
    #[prop(into)] label: String,
    value: RwSignal<T>,
    choices: Vec<(T, String)>,
    #[prop(optional)] dense: bool,
    /// As wide as its place, all parts alike.
    #[prop(optional)]
    full: bool,
) -> impl IntoView {
    let items = choices.into_iter().map(|(choice, words)| {
        let pressed = {
            let choice = choice.clone();
            move || if *value.read() == choice { "true" } else { "false" }
        };
        view! {
            <button
                type="button"
                class="seg__item"
                aria-pressed=pressed
                on:click=move |_| value.set(choice.clone())
            >
                {words}
            </button>
        }
    });
    view! {
        <div class="seg" class:seg--dense=dense class:seg--full=full role="group" aria-label=label>{items.collect_view()}</div>
    }
}
