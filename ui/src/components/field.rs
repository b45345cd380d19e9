//! A field: label above, one line of hint or message in its place below.

use leptos::html;
use leptos::prelude::*;

use super::Icon;

/// Label and message around any control. `id` is the control's; it names `{id}-m` in `aria-describedby`.
#[component]
pub fn Field(
    id: &'static str,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    /// What is wrong, and how it would be right.
    #[prop(optional, into)]
    wrong: Option<Signal<Option<String>>>,
    children: Children,
) -> impl IntoView {
    let below = move || match (wrong.and_then(|w| w.get()), hint.clone()) {
        (Some(wrong), _) => view! {
            <span class="field__msg" id=format!("{id}-m")><Icon name="circle-alert"/>{wrong}</span>
        }
        .into_any(),
        (None, Some(hint)) => view! { <span class="field__hint" id=format!("{id}-m")>{hint}</span> }.into_any(),
        (None, None) => ().into_any(),
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {children()}
            {below}
        </div>
    }
}

/// A line of text.
#[component]
pub fn TextField(
    id: &'static str,
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] wrong: Option<Signal<Option<String>>>,
    /// `text`, `password`, `email`, `tel`.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] max: Option<u32>,
    #[prop(optional)] node: NodeRef<html::Input>,
) -> impl IntoView {
    let is_wrong = move || wrong.is_some_and(|w| w.with(Option::is_some));
    let field = view! {
        <input
            class="input"
            id=id
            type=kind
            autocomplete=autocomplete
            autofocus=autofocus
            maxlength=max
            aria-invalid=move || is_wrong().then_some("true")
            aria-describedby=format!("{id}-m")
            prop:value=value
            node_ref=node
            on:input=move |event| value.set(event_target_value(&event))
        />
    };
    match (hint, wrong) {
        (Some(hint), Some(wrong)) => view! { <Field id label hint wrong>{field}</Field> }.into_any(),
        (Some(hint), None) => view! { <Field id label hint>{field}</Field> }.into_any(),
        (None, Some(wrong)) => view! { <Field id label wrong>{field}</Field> }.into_any(),
        (None, None) => view! { <Field id label>{field}</Field> }.into_any(),
    }
}
