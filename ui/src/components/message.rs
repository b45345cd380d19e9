//! Banner (stays as long as its cause), note (in place), empty state.

use leptos::prelude::*;

use super::{Icon, Tone};

/// Over the work, at most one: the worst. `children` are its sentences, `act` its buttons.
#[component]
pub fn Banner(
    #[prop(optional)] tone: Tone,
    icon: &'static str,
    #[prop(optional, into)] act: ViewFn,
    children: Children,
) -> impl IntoView {
    view! {
        <div class=tone.class("banner") role="status">
            <Icon name=icon/>
            <p>{children()}</p>
            <div class="banner__act">{act.run()}</div>
        </div>
    }
}

/// Explains a place, where it is.
#[component]
pub fn Note(#[prop(optional)] tone: Tone, icon: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class=tone.class("note")>
            <Icon name=icon/>
            <div>{children()}</div>
        </div>
    }
}

/// What is not there, why that may be, one or two ways on (`children`).
#[component]
pub fn Empty(
    icon: &'static str,
    #[prop(into)] title: String,
    #[prop(into)] why: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty__art"><Icon name=icon class="icon--lg"/></span>
            <h2>{title}</h2>
            <p>{why}</p>
            {children.map(|ways| view! { <div class="row">{ways()}</div> })}
        </div>
    }
}
