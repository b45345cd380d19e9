//! What is pressed: a key with its modifiers, as it is written on a key cap.

/// `F9`, `Ctrl+P`, `Alt+1`, `Shift+F6`, `Del`, `Up`, `+`, `3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chord(&'static str);

impl Chord {
    #[must_use]
    pub const fn new(written: &'static str) -> Self {
        Self(written)
    }

    /// The key caps it is drawn as.
    #[must_use]
    pub fn caps(self) -> Vec<&'static str> {
        if self.0 == "+" {
            vec!["+"]
        } else {
            self.0.split('+').collect()
        }
    }

    /// Whether it writes something in a field: such a key is a command only where nothing is being typed.
    #[must_use]
    pub fn is_typing(self) -> bool {
        self.0.chars().count() == 1 || matches!(self.0, "Space" | "Backspace")
    }

    /// Whether a field moves its own cursor with it.
    #[must_use]
    pub fn is_moving(self) -> bool {
        matches!(
            self.0,
            "Up" | "Down" | "Left" | "Right" | "Home" | "End" | "PgUp" | "PgDn" | "Enter" | "Del" | "Tab"
        )
    }

    #[must_use]
    pub fn is(self, pressed: &str) -> bool {
        self.0 == pressed
    }
}

/// A key event, written as a chord is. `key` is the event's `key`; a letter alone keeps no case.
#[must_use]
pub fn written(key: &str, ctrl: bool, alt: bool, shift: bool) -> String {
    let name = match key {
        "ArrowUp" => "Up",
        "ArrowDown" => "Down",
        "ArrowLeft" => "Left",
        "ArrowRight" => "Right",
        "PageUp" => "PgUp",
        "PageDown" => "PgDn",
        "Delete" => "Del",
        "Escape" => "Esc",
        " " => "Space",
        // The keyboard's minus and the one we print.
        "\u{2212}" => "-",
        other => other,
    };
    let single = name.chars().count() == 1;
    let mut text = String::new();
    if ctrl {
        text.push_str("Ctrl+");
    }
    if alt {
        text.push_str("Alt+");
    }
    // Shift is part of the character it makes: `+` needs it on many keyboards.
    if shift && !single {
        text.push_str("Shift+");
    }
    if single {
        text.push_str(&name.to_uppercase())
    } else {
        text.push_str(name)
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_as_on_the_tiles() {
        let cases = [
            (("F9", false, false, false), "F9"),
            (("p", true, false, false), "Ctrl+P"),
            (("1", false, true, false), "Alt+1"),
            (("F6", false, false, true), "Shift+F6"),
            (("+", false, false, true), "+"),
            (("\u{2212}", false, false, false), "-"),
            (("Delete", false, false, false), "Del"),
            (("p", false, false, false), "P"),
            (("ArrowUp", false, true, false), "Alt+Up"),
        ];
        for ((key, ctrl, alt, shift), expected) in cases {
            assert_eq!(written(key, ctrl, alt, shift), expected);
        }
    }

    #[test]
    fn caps_of_a_plus() {
        assert_eq!(Chord::new("Ctrl+P").caps(), ["Ctrl", "P"]);
        assert_eq!(Chord::new("+").caps(), ["+"]);
    }
}
