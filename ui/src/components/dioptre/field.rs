//! The field on the page: hands keys and focus to [`DioptreState`] and draws what it says.

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::prelude::*;
use leptos::web_sys::{Element, HtmlElement, HtmlInputElement};
use optics::{Eye, Power};
use wasm_bindgen::JsCast;

use super::column::Column;
use super::reading::Ask;
use super::state::{DioptreState, Pressed, Shown};
use crate::components::Icon;
use crate::text::{t, tf};

/// Where the cursor wants to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// Enter.
    Next,
    /// Tab, and with Shift.
    OtherEye,
    OtherEyeBack,
}

/// `on_change` follows every change, `on_done` a value that was taken; `on_leave` answers whether it moved the cursor.
#[component]
pub fn DioptreField(
    eye: Eye,
    column: Column,
    state: RwSignal<DioptreState>,
    on_change: Callback<()>,
    on_done: Callback<()>,
    on_leave: Callback<Leave, bool>,
) -> impl IntoView {
    let id = column.id(eye);
    let label = format!("{} {}", eye.label(), column.field().label().to_lowercase());
    let press = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() || event.is_composing() {
            return;
        }
        let key = event.key();
        if key == "Tab" {
            let way = if event.shift_key() {
                Leave::OtherEyeBack
            } else {
                Leave::OtherEye
            };
            // While it asks the cursor stays; otherwise the page says where it goes, or the browser does.
            if !state.try_update(DioptreState::leave).unwrap_or(true) || on_leave.run(way) {
                event.prevent_default();
            }
            on_done.run(());
            return;
        }
        let held = state.with_untracked(|s| s.value().cloned());
        match state.try_update(|s| s.press(&key, event.shift_key())) {
            Some(Pressed::Next) => {
                event.prevent_default();
                on_done.run(());
                on_leave.run(Leave::Next);
            }
            Some(Pressed::Taken) => {
                event.prevent_default();
                on_change.run(());
                if state.with_untracked(|s| s.value().cloned()) != held {
                    on_done.run(());
                }
            }
            _ => {}
        }
    };
    let typed = move |event| {
        state.update(|s| s.typed(event_target_value(&event)));
        on_change.run(());
    };
    let came = move |event: FocusEvent| {
        state.update(DioptreState::enter);
        // What is typed replaces what is there.
        let untouched = state.with_untracked(|s| s.unsaved_text().is_none());
        if let Some(input) = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok())
            && untouched
        {
            input.select();
        }
    };
    let left = move |event: FocusEvent| {
        if to_dialog(&event) {
            state.try_update(DioptreState::lost);
        } else if state.try_update(DioptreState::leave) == Some(false) {
            come_back(&event);
        }
        on_done.run(());
    };
    let is_asking = Memo::new(move |_| state.with(DioptreState::is_asking));
    let is_refused = Memo::new(move |_| state.with(DioptreState::is_refused));
    let popover = Memo::new(move |_| state.with(DioptreState::popover));
    // Beside the last columns there is no room.
    let ask_class = if column.is_prism() || column.is_acuity() {
        "dp__ask dp__ask--below"
    } else {
        "dp__ask"
    };
    view! {
        <div class="dp">
            <input
                class="input dp__in"
                class:is-asking=is_asking
                id=id
                aria-label=label
                aria-invalid=move || is_refused.get().then_some("true")
                aria-describedby=move || popover.read().is_some().then(|| format!("{id}-ask"))
                placeholder=column.is_prism().then(|| t("dioptre.none"))
                autocomplete="off"
                spellcheck="false"
                prop:value=move || state.with(|s| s.text().to_owned())
                on:keydown=press
                on:input=typed
                on:focus=came
                on:blur=left
            />
            {move || popover.get().map(|shown| {
                let role = role(&shown);
                view! { <div class=ask_class id=format!("{id}-ask") role=role>{question(shown)}</div> }
            })}
        </div>
    }
}

/// A refusal interrupts a reader, a question waits.
fn role(shown: &Shown) -> &'static str {
    match shown {
        Shown::Refused(_) => "alert",
        Shown::Ask(_) => "status",
    }
}

fn question(shown: Shown) -> AnyView {
    let cap = |key: String, words: String| view! { <span class="kbd">{key}</span>{words} };
    match shown {
        Shown::Refused(why) => view! { <Icon name="circle-alert" class="icon--sm"/>{why} }.into_any(),
        Shown::Ask(Ask::Sign { plus, minus }) => view! {
            {t("dioptre.sign")}
            {plus.then(|| view! { <span class="kbd">"+"</span> })}
            {minus.then(|| view! { <span class="kbd">"−"</span> })}
        }
        .into_any(),
        Shown::Ask(Ask::Size(sizes)) => sizes
            .into_iter()
            .enumerate()
            .map(|(n, size)| cap((n + 1).to_string(), size.unsigned()))
            .collect_view()
            .into_any(),
        Shown::Ask(Ask::Point(power)) => view! {
            {tf("dioptre.point", &[("power", &proposed(power))])}
            <span class="kbd">{t("dioptre.enter")}</span>
        }
        .into_any(),
        Shown::Ask(Ask::Base(bases)) => view! {
            {t("dioptre.base")}
            {bases.map(|(key, word)| cap(key.to_owned(), word.to_owned())).into_iter().collect_view()}
        }
        .into_any(),
        Shown::Ask(Ask::Unusual) => view! {
            {t("dioptre.unusual")}
            <span class="kbd">{t("dioptre.enter")}</span>
            {t("dioptre.keeps")}
        }
        .into_any(),
    }
}

fn proposed(power: Power) -> String {
    power.to_string()
}

/// Whether the cursor goes into something that lies over the screen: that must not be fought for.
fn to_dialog(event: &FocusEvent) -> bool {
    let to = event.related_target().and_then(|t| t.dyn_into::<Element>().ok());
    to.and_then(|to| to.closest(".scrim").ok().flatten()).is_some()
}

/// Brings the cursor back once the browser has finished moving it.
fn come_back(event: &FocusEvent) {
    let Some(input) = event.target().and_then(|t| t.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    request_animation_frame(move || {
        let _ = input.focus();
    });
}
