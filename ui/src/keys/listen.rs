//! The two listeners of the page: one sees every key first, for scans; one sees what no field has used, for commands.

use leptos::ev;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::web_sys;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event, HtmlInputElement, HtmlTextAreaElement, KeyboardEvent};

use super::chord::written;
use super::scan::{MAX_PAUSE_MS, Pressed, Scanner, Verdict};
use super::{Binding, Field, Keyboard};
use crate::dom;
use crate::sound::{self, Sound};

/// What a field held before a burst, put back when the burst was a scan.
struct Held {
    element: Element,
    value: String,
}

/// Everything the two listeners remember.
#[derive(Default)]
struct Memory {
    scanner: Scanner,
    field: Option<Held>,
    /// Commands on letters and digits, waiting for the end of a possible burst.
    commands: Vec<Binding>,
    timer: Option<TimeoutHandle>,
    /// The first key of a two-key command of head office (`G` then `T`), and when.
    first: Option<(String, f64)>,
}

/// Longest pause between the two keys of such a command.
const SECOND_KEY_MS: f64 = 1200.0;

/// Listens as long as the caller lives.
pub fn listen(keyboard: Keyboard) {
    let memory = StoredValue::new_local(Memory::default());

    let first = Closure::<dyn Fn(KeyboardEvent)>::new(move |event: KeyboardEvent| watch(keyboard, memory, &event));
    if let Some(document) = web_sys::window().and_then(|w| w.document()) {
        // Capturing: before any field acts on the key. The page lives as long as the window, so it is never taken off.
        let _ = document.add_event_listener_with_callback_and_bool("keydown", first.as_ref().unchecked_ref(), true);
    }
    first.forget();

    let last = window_event_listener(ev::keydown, move |event| command(keyboard, memory, &event));
    on_cleanup(move || last.remove());
}

type Shared = StoredValue<Memory, LocalStorage>;

/// Sees every key, and takes a scan out of the stream.
fn watch(keyboard: Keyboard, memory: Shared, event: &KeyboardEvent) {
    let target = dom::target(event);
    let verdict = memory.try_update_value(|m| {
        let verdict = m.scanner.key(pressed(event), event.time_stamp());
        match verdict {
            Verdict::Begins => m.field = target.as_ref().and_then(held),
            Verdict::Scan(_) => m.commands.clear(),
            Verdict::Goes | Verdict::Swallow | Verdict::Typed => {}
        }
        verdict
    });
    match verdict {
        Some(Verdict::Scan(code)) => {
            swallow(event);
            if let Some(held) = memory.try_update_value(|m| m.field.take()).flatten() {
                put_back(&held);
            }
            if !keyboard.scanned(code) {
                sound::play(Sound::Refused);
            }
        }
        Some(Verdict::Swallow) => swallow(event),
        _ => {}
    }
}

/// Runs the command of a key that no field has used.
fn command(keyboard: Keyboard, memory: Shared, event: &KeyboardEvent) {
    if event.default_prevented() || event.is_composing() {
        return;
    }
    let key = written(
        &event.key(),
        event.ctrl_key() || event.meta_key(),
        event.alt_key(),
        event.shift_key(),
    );
    let target = dom::target(event);
    let field = target.as_ref().map_or(Field::None, field_of);
    // A button, a tick or a link answers Enter and Space itself.
    let own = matches!(key.as_str(), "Enter" | "Space") && target.as_ref().is_some_and(is_pressable);

    let now = event.time_stamp();
    let second = memory.try_update_value(|m| m.first.take()).flatten();
    let two_keys = second
        .filter(|(_, at)| now - at <= SECOND_KEY_MS)
        .map(|(first, _)| format!("{first} {key}"));
    if field == Field::None {
        let _ = memory.try_update_value(|m| m.first = Some((key.clone(), now)));
    }

    let binding = two_keys
        .and_then(|both| keyboard.answer(&both, field))
        .or_else(|| if own { None } else { keyboard.answer(&key, field) });
    match binding {
        Some(binding) => {
            event.prevent_default();
            if event.repeat() && binding.chord.is("F9") {
                return; // a key held down is one payment
            }
            if binding.chord.is_typing() {
                hold(memory, binding)
            } else {
                binding.press()
            }
        }
        None if keyboard.owns_all && belongs_to_browser(&key) => event.prevent_default(),
        None => {}
    }
}

/// Waits out one pause of a scanner: the key may be the beginning of a code.
fn hold(memory: Shared, binding: Binding) {
    let run = move || {
        let ready = memory
            .try_update_value(|m| std::mem::take(&mut m.commands))
            .unwrap_or_default();
        for binding in ready {
            binding.press();
        }
    };
    let pause = Duration::from_millis(MAX_PAUSE_MS as u64 + 5);
    let timer = set_timeout_with_handle(run, pause).ok();
    let _ = memory.try_update_value(|m| {
        m.commands.push(binding);
        if let Some(earlier) = std::mem::replace(&mut m.timer, timer) {
            earlier.clear();
        }
    });
}

fn pressed(event: &KeyboardEvent) -> Pressed {
    let key = event.key();
    let mut chars = key.chars();
    match (chars.next(), chars.next()) {
        _ if event.repeat() => Pressed::Other,
        (Some(c), None) if event.ctrl_key() => Pressed::Control(c),
        (Some(c), None) if !event.alt_key() && !event.meta_key() => Pressed::Char(c),
        _ if key == "Enter" => Pressed::Enter,
        _ if matches!(key.as_str(), "Shift" | "Control" | "Alt" | "AltGraph" | "CapsLock") => Pressed::Modifier,
        _ => Pressed::Other,
    }
}

fn swallow(event: &KeyboardEvent) {
    event.prevent_default();
    event.stop_immediate_propagation();
}

/// What belongs to a browser (reload, print, find, help) and would take the till from under the cashier's hands.
fn belongs_to_browser(key: &str) -> bool {
    let function = key.trim_start_matches("Shift+").strip_prefix('F');
    function.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        || matches!(key.strip_prefix("Ctrl+"), Some(rest) if !matches!(rest, "C" | "V" | "X" | "A" | "Z" | "Y"))
        || matches!(key, "Alt+Left" | "Alt+Right")
}

fn field_of(element: &Element) -> Field {
    let Some(text) = dom::text_of(element) else {
        return Field::None;
    };
    if text.is_empty() { Field::Empty } else { Field::Full }
}

fn is_pressable(element: &Element) -> bool {
    matches!(
        element.tag_name().as_str(),
        "BUTTON" | "A" | "SELECT" | "SUMMARY" | "INPUT"
    ) && dom::text_of(element).is_none_or(|_| element.tag_name() == "SELECT")
}

fn held(element: &Element) -> Option<Held> {
    Some(Held {
        element: element.clone(),
        value: dom::text_of(element)?,
    })
}

/// Puts a field back and tells whoever follows what is typed in it.
fn put_back(held: &Held) {
    if let Some(input) = held.element.dyn_ref::<HtmlInputElement>() {
        input.set_value(&held.value);
    } else if let Some(area) = held.element.dyn_ref::<HtmlTextAreaElement>() {
        area.set_value(&held.value);
    }
    if let Ok(event) = Event::new_with_event_init_dict("input", &dom::bubbling()) {
        let _ = held.element.dispatch_event(&event);
    }
}
