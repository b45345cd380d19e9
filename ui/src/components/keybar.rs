//! What is drawn from a declaration of keys: caps, the tiles along the bottom, the main button.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use crate::keys::{Binding, Chord, KeySet};
use crate::text::t;

/// `[Ctrl] [K]`.
#[component]
pub fn Caps(#[prop(into)] chord: Chord) -> impl IntoView {
    chord
        .caps()
        .into_iter()
        .map(|cap| view! { <span class="kbd">{cap}</span> })
        .collect_view()
}

/// The tiles, in the order of their declaration, which is key order.
#[component]
pub fn KeyBar(keys: KeySet) -> impl IntoView {
    view! {
        <nav class="keybar" aria-label=t("shell.keys_of_screen")>
            {keys.tiles().into_iter().map(|binding| view! { <Tile binding/> }).collect_view()}
        </nav>
    }
}

#[component]
fn Tile(binding: Binding) -> impl IntoView {
    let Binding {
        chord, label, enabled, ..
    } = binding;
    view! {
        <button
            type="button"
            class="fkey"
            disabled=move || !enabled.get()
            on:mousedown=keep_cursor
            on:click=move |_| binding.press()
        >
            <span class="row gap-1"><Caps chord/></span>
            <span>{label}</span>
        </button>
    }
}

/// A button that has a key of this screen: same name, same condition, same deed. `class` says what it looks like.
#[component]
pub fn KeyButton(keys: KeySet, chord: &'static str, #[prop(optional)] class: &'static str) -> impl IntoView {
    let binding = keys.of(chord);
    debug_assert!(binding.is_some(), "{chord} is not declared on this screen");
    binding.map(|binding| {
        let Binding {
            chord, label, enabled, ..
        } = binding;
        view! {
            <button
                type="button"
                class=format!("btn {class}")
                disabled=move || !enabled.get()
                on:mousedown=keep_cursor
                on:click=move |_| binding.press()
            >
                <Caps chord/>
                {label}
            </button>
        }
    })
}

/// The one main action, F9, bottom right. `amount` stands at its right; `why` above it while it is off.
#[component]
pub fn Go(
    keys: KeySet,
    #[prop(optional, into)] amount: Option<Signal<String>>,
    #[prop(optional, into)] why: Option<Signal<Option<String>>>,
) -> impl IntoView {
    let binding = keys.of("F9");
    debug_assert!(binding.is_some(), "a screen with a main button declares F9");
    binding.map(|binding| {
        let Binding {
            chord, label, enabled, ..
        } = binding;
        let reason = move || why.and_then(|why| why.get()).filter(|_| !enabled.get());
        let class = if amount.is_some() {
            "btn btn--primary btn--lg btn--block btn--amount"
        } else {
            "btn btn--primary btn--lg btn--block"
        };
        view! {
            <div class="go">
                {move || reason().map(|why| view! { <p class="go__why t-sm">{why}</p> })}
                <button
                    type="button"
                    class=class
                    disabled=move || !enabled.get()
                    on:mousedown=keep_cursor
                    on:click=move |_| binding.press()
                >
                    <span class="row"><Caps chord/>{label}</span>
                    {amount.map(|amount| view! { <span class="num">{amount}</span> })}
                </button>
            </div>
        }
    })
}

/// A press by mouse leaves the cursor where it was: the next scan or letter goes on in its field.
fn keep_cursor(event: MouseEvent) {
    event.prevent_default();
}
