//! Tells a scanner from a hand: a keyboard-wedge scanner types a burst of keys and Enter, wherever the cursor is.
//!
//! Keys reach the field as they come, because a hand must never wait. When Enter shows that they were a scan, the field
//! gets back what it had; commands on letters and digits are held for the length of one pause and dropped.

/// Longest pause between two keys of a scan. Slow scanners need 30 ms; a fast typist's *run of four* is slower.
pub const MAX_PAUSE_MS: f64 = 45.0;
/// Fewest characters of a scan.
pub const MIN_LENGTH: usize = 4;
/// Most characters of a scan: the longest GS1 code has some 90.
pub const MAX_LENGTH: usize = 128;

/// A key, as far as a scan is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressed {
    Char(char),
    /// A character with Ctrl held: a GS1 separator is sent as Ctrl+].
    Control(char),
    Enter,
    /// Shift and the like alone, which scanners send between characters.
    Modifier,
    /// Anything else, and a key that is held down.
    Other,
}

/// What a key turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The first character of what may become a scan: keep what the field holds.
    Begins,
    /// One more character at a scanner's pace.
    Goes,
    /// A control character inside a burst: it belongs to the code and must not act as a key.
    Swallow,
    /// Enter after a burst.
    Scan(String),
    /// A key like any other.
    Typed,
}

/// Listens to every key.
#[derive(Debug, Clone, Default)]
pub struct Scanner {
    burst: String,
    length: usize,
    last_ms: f64,
}

impl Scanner {
    /// Judges a key pressed at `at_ms`, of a clock that does not jump.
    pub fn key(&mut self, key: Pressed, at_ms: f64) -> Verdict {
        let in_time = self.length > 0 && (0.0..=MAX_PAUSE_MS).contains(&(at_ms - self.last_ms));
        match key {
            Pressed::Modifier => Verdict::Typed,
            Pressed::Char(c) if in_time => {
                self.add(c, at_ms);
                Verdict::Goes
            }
            Pressed::Char(c) => {
                self.end();
                self.add(c, at_ms);
                Verdict::Begins
            }
            Pressed::Control(c) if in_time && self.length + 1 >= MIN_LENGTH => {
                self.add(control(c), at_ms);
                Verdict::Swallow
            }
            Pressed::Enter if in_time && (MIN_LENGTH..=MAX_LENGTH).contains(&self.length) => {
                let code = std::mem::take(&mut self.burst);
                self.end();
                Verdict::Scan(code)
            }
            Pressed::Control(_) | Pressed::Enter | Pressed::Other => {
                self.end();
                Verdict::Typed
            }
        }
    }

    fn add(&mut self, c: char, at_ms: f64) {
        self.last_ms = at_ms;
        self.length += 1;
        // Past the limit only the length counts: it can no longer become a scan.
        if self.length <= MAX_LENGTH {
            self.burst.push(c);
        }
    }

    fn end(&mut self) {
        self.burst.clear();
        self.length = 0;
    }
}

/// Ctrl+] is the group separator, and so on.
fn control(c: char) -> char {
    char::from((c.to_ascii_uppercase() as u32 as u8) & 0x1f)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(keys: &[(Pressed, f64)]) -> Verdict {
        let mut scanner = Scanner::default();
        keys.iter()
            .map(|(key, at)| scanner.key(*key, *at))
            .last()
            .expect("a key")
    }

    fn burst(text: &str, pace: f64) -> Vec<(Pressed, f64)> {
        let chars = text.chars().map(Pressed::Char).chain([Pressed::Enter]);
        chars
            .enumerate()
            .map(|(n, key)| (key, 1000.0 + n as f64 * pace))
            .collect()
    }

    #[test]
    fn a_burst_with_enter_is_a_scan_and_a_hand_is_not() {
        assert_eq!(
            last(&burst("8901234567894", 8.0)),
            Verdict::Scan("8901234567894".into())
        );
        assert_eq!(
            last(&burst("8901234567894", 44.0)),
            Verdict::Scan("8901234567894".into())
        );
        assert_eq!(last(&burst("rohan", 80.0)), Verdict::Typed);
        assert_eq!(last(&burst("123", 8.0)), Verdict::Typed, "too short");
        assert_eq!(last(&burst(&"9".repeat(MAX_LENGTH + 1), 2.0)), Verdict::Typed, "a cat");
    }

    #[test]
    fn a_separator_belongs_to_the_code() {
        let mut keys = burst("0108901234567894", 5.0);
        keys.pop();
        keys.push((Pressed::Modifier, 1081.0));
        keys.push((Pressed::Control(']'), 1082.0));
        assert_eq!(last(&keys), Verdict::Swallow);
        keys.push((Pressed::Char('7'), 1087.0));
        keys.push((Pressed::Enter, 1092.0));
        assert_eq!(last(&keys), Verdict::Scan("0108901234567894\u{1d}7".into()));
        assert_eq!(
            last(&[(Pressed::Char('a'), 1.0), (Pressed::Control('P'), 9.0)]),
            Verdict::Typed,
            "a hand's Ctrl+P"
        );
    }
}
