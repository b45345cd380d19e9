//! Keys as WebDriver writes them, at the pace of a hand or of a scanner.

use std::time::Duration;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};

/// Between two keys of a hand: slower than the till takes a scanner to be.
const HAND: Duration = Duration::from_millis(70);

/// The character that stands for a named key.
fn named(name: &str) -> char {
    let mut chars = name.chars();
    if let (Some(only), None) = (chars.next(), chars.next()) {
        return only;
    }
    match name {
        "Ctrl" => '\u{E009}',
        "Alt" => '\u{E00A}',
        "Shift" => '\u{E008}',
        "Enter" => '\u{E007}',
        "Esc" => '\u{E00C}',
        "Tab" => '\u{E004}',
        "Space" => ' ',
        "Backspace" => '\u{E003}',
        "Del" => '\u{E017}',
        "Up" => '\u{E013}',
        "Down" => '\u{E015}',
        "Left" => '\u{E012}',
        "Right" => '\u{E014}',
        "Home" => '\u{E011}',
        "End" => '\u{E010}',
        "PgUp" => '\u{E00E}',
        "PgDn" => '\u{E00F}',
        _ => name
            .strip_prefix('F')
            .and_then(|n| n.parse::<u32>().ok())
            .and_then(|n| char::from_u32(0xE030 + n))
            .unwrap_or_else(|| panic!("no key is called {name}")),
    }
}

fn keys() -> KeyActions {
    KeyActions::new("keyboard".to_owned())
}

fn pause(keys: KeyActions) -> KeyActions {
    keys.then(KeyAction::Pause { duration: HAND })
}

fn tap(keys: KeyActions, value: char) -> KeyActions {
    keys.then(KeyAction::Down { value }).then(KeyAction::Up { value })
}

/// `F9`, `Ctrl+Enter`: pressed by a hand, after a pause.
#[must_use]
pub fn chord(text: &str) -> KeyActions {
    // `+` is a key, too.
    let parts: Vec<char> = match text {
        "+" => vec!['+'],
        _ => text.split('+').map(named).collect(),
    };
    let down = parts.iter().fold(pause(keys()), |keys, value| {
        keys.then(KeyAction::Down { value: *value })
    });
    parts
        .iter()
        .rev()
        .fold(down, |keys, value| keys.then(KeyAction::Up { value: *value }))
}

/// Two keys that come so fast that nothing happens between them: a finger that slips.
#[must_use]
pub fn twice(name: &str) -> KeyActions {
    let value = named(name);
    tap(tap(pause(keys()), value), value)
}

/// A person types.
#[must_use]
pub fn hand(text: &str) -> KeyActions {
    text.chars().fold(keys(), |keys, value| tap(pause(keys), value))
}

/// A scanner: all keys at once and Enter.
#[must_use]
pub fn scan(code: &str) -> KeyActions {
    let burst = code.chars().fold(pause(keys()), tap);
    tap(burst, named("Enter"))
}
