//! The few things that are asked of the document directly.

use leptos::web_sys;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, EventInit, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

/// The element an event happened in.
#[must_use]
pub fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// What a text field holds; `None` for anything that is no text field.
#[must_use]
pub fn text_of(element: &Element) -> Option<String> {
    if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
        let not_text = ["checkbox", "radio", "button", "submit", "range", "file"];
        return (!not_text.contains(&input.type_().as_str())).then(|| input.value());
    }
    if let Some(area) = element.dyn_ref::<HtmlTextAreaElement>() {
        return Some(area.value());
    }
    // A list of choices uses arrows and letters as a field does, and is never empty.
    (element.tag_name() == "SELECT").then(|| "-".to_owned())
}

/// Moves the cursor to the element with this id, and selects what it holds.
pub fn focus(id: &str) {
    if let Some(element) = by_id(id) {
        focus_on(&element);
    }
}

/// The same, once what was just decided is on screen.
pub fn focus_soon(id: &'static str) {
    leptos::prelude::request_animation_frame(move || focus(id));
}

/// Scrolls just as far as it takes to see the element.
pub fn show(id: &str) {
    let Some(element) = by_id(id) else { return };
    let options = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&options, &"block".into(), &"nearest".into());
    let scroll = js_sys::Reflect::get(&element, &"scrollIntoView".into());
    if let Some(scroll) = scroll.ok().and_then(|s| s.dyn_into::<js_sys::Function>().ok()) {
        let _ = scroll.call1(&element, &options);
    }
}

/// Of an event that rises to whoever listens above.
#[must_use]
pub fn bubbling() -> EventInit {
    let init = EventInit::new();
    init.set_bubbles(true);
    init
}

/// An id no other element has.
#[must_use]
pub fn fresh_id(prefix: &str) -> String {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    format!("{prefix}-{}", NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
}

/// What the cursor can stand in.
const FOCUSABLE: &str = "input:not([disabled]), textarea:not([disabled]), select:not([disabled]), \
     button:not([disabled]), a[href], [tabindex=\"0\"]";

/// Puts the cursor into a dialog that opens, where an answer is needed, and back to where it was when it closes.
pub fn hold_focus(id: &str) {
    let before = active().map(SendWrapper::new);
    let id = id.to_owned();
    leptos::prelude::request_animation_frame(move || {
        let Some(dialog) = by_id(&id) else { return };
        let wanted = dialog.query_selector("[autofocus]").ok().flatten();
        let body = || {
            dialog
                .query_selector(&in_parts(".dialog__body, .sheet__body"))
                .ok()
                .flatten()
        };
        let foot = || dialog.query_selector(&in_parts(".dialog__foot")).ok().flatten();
        if let Some(element) = wanted.or_else(body).or_else(foot) {
            focus_on(&element);
        }
    });
    leptos::prelude::on_cleanup(move || {
        if let Some(before) = before {
            focus_on(&before);
        }
    });
}

/// The focusable elements inside any of some parts.
fn in_parts(parts: &str) -> String {
    let pairs = parts
        .split(", ")
        .flat_map(|part| FOCUSABLE.split(", ").map(move |what| format!("{part} {}", what.trim())));
    pairs.collect::<Vec<_>>().join(", ")
}

/// For `on:keydown` of a dialog: Tab goes round inside it.
pub fn keep_tab_inside(event: &leptos::ev::KeyboardEvent) {
    if event.key() != "Tab" {
        return;
    }
    let Some(dialog) = event.current_target().and_then(|t| t.dyn_into::<Element>().ok()) else {
        return;
    };
    let Ok(all) = dialog.query_selector_all(FOCUSABLE) else {
        return;
    };
    let at = |index: u32| all.item(index).and_then(|n| n.dyn_into::<Element>().ok());
    let (Some(first), Some(last)) = (at(0), all.length().checked_sub(1).and_then(at)) else {
        return;
    };
    let now = target(event);
    let next = match event.shift_key() {
        true if now.as_ref() == Some(&first) => last,
        false if now.as_ref() == Some(&last) => first,
        _ => return,
    };
    event.prevent_default();
    focus_on(&next);
}

/// Focuses the n-th child of the element an event listener stands on.
pub fn focus_sibling(event: &leptos::ev::KeyboardEvent, index: usize) {
    let parent = event.current_target().and_then(|t| t.dyn_into::<Element>().ok());
    let child = u32::try_from(index).ok().and_then(|n| parent?.children().item(n));
    if let Some(child) = child {
        focus_on(&child);
    }
}

/// For `on:keydown` of a form: Enter goes to the next field. `false` when there is none, and the caller goes on.
pub fn next_field(event: &leptos::ev::KeyboardEvent) -> bool {
    let form = event.current_target().and_then(|t| t.dyn_into::<Element>().ok());
    let fields = form.and_then(|f| f.query_selector_all("input:not([disabled]), textarea, select").ok());
    let (Some(fields), Some(now)) = (fields, target(event)) else {
        return false;
    };
    let all: Vec<Element> = (0..fields.length())
        .filter_map(|n| fields.item(n)?.dyn_into().ok())
        .collect();
    let next = all.iter().position(|f| *f == now).and_then(|n| all.get(n + 1));
    if let Some(next) = next {
        event.prevent_default();
        focus_on(next);
    }
    next.is_some()
}

fn by_id(id: &str) -> Option<Element> {
    web_sys::window()?.document()?.get_element_by_id(id)
}

fn active() -> Option<Element> {
    web_sys::window()?.document()?.active_element()
}

fn focus_on(element: &Element) {
    if let Some(html) = element.dyn_ref::<HtmlElement>() {
        let _ = html.focus();
    }
    if let Some(input) = element.dyn_ref::<HtmlInputElement>().filter(|i| text_of(i).is_some()) {
        input.select();
    }
}
