//! Letters and digits go to the field a screen is about, wherever the cursor is.

use leptos::ev;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::web_sys;

use crate::dom;

/// As long as the caller lives, what is typed outside a field goes to the field `id`. `commands` are the characters that mean
/// something else here.
pub fn typing_goes_to(id: &'static str, commands: &'static str) {
    let listener = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        let key = event.key();
        let is_letter = key.chars().count() == 1 && key != " " && !commands.contains(&key);
        let is_held = event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented();
        let in_field = dom::target(&event).is_some_and(|target| dom::text_of(&target).is_some());
        if is_letter && !is_held && !in_field && !has_dialog() {
            // The character itself follows the cursor.
            dom::focus(id);
        }
    });
    on_cleanup(move || listener.remove());
}

fn has_dialog() -> bool {
    let document = web_sys::window().and_then(|w| w.document());
    document.is_some_and(|d| d.query_selector(".scrim").ok().flatten().is_some())
}
