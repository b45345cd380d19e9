//! Tells a scanner from a hand: a keyboard-wedge scanner types a burst of keys and Enter, wherever the cursor is.
//!
//! A pure state machine over keys and their times; whoever owns the keyboard keeps what the field held at
//! [`Verdict::Begins`] and puts it back at [`Verdict::Scan`].
//!
//! ```
//! use fovea_devices::scan::{Key, Scanner, Verdict};
//!
//! let mut scanner = Scanner::default();
//! for (at, key) in "89012345".chars().enumerate() {
//!     scanner.key(Key::Char(key), at as u64 * 8);
//! }
//! assert_eq!(scanner.key(Key::Enter, 64), Verdict::Scan("89012345".into()));
//! ```

/// Longest pause between two keys of a scan, in milliseconds.
pub const MAX_PAUSE_MS: u64 = 100;
/// Fewest characters of a scan.
pub const MIN_LENGTH: usize = 4;
/// Most characters of a scan: the longest GS1 code has some 90; more is a cat on the keyboard.
pub const MAX_LENGTH: usize = 128;

/// A key as far as a scan is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character, control characters (a GS1 separator) included: they belong to the code and never act as keys.
    Char(char),
    Enter,
    /// Shift, Ctrl, Alt alone: scanners send them between characters.
    Modifier,
    /// A key that is held down and repeats itself; scanners never do.
    Repeat,
    /// Any other key: arrows, F-keys, Tab, Escape.
    Other,
}

/// What a key turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The first character of what may become a scan: keep what the field holds.
    Begins,
    /// One more character at a scanner's pace.
    Goes,
    /// Enter after a burst: this was a scan with this text; the field gets back what it had.
    Scan(String),
    /// A key like any other.
    Typed,
}

/// Listens to every key.
#[derive(Debug, Clone, Default)]
pub struct Scanner {
    burst: String,
    length: usize,
    last_ms: u64,
}

impl Scanner {
    /// Judges a key pressed at `at_ms`, milliseconds of a clock that does not jump (a jump only ends the burst).
    pub fn key(&mut self, key: Key, at_ms: u64) -> Verdict {
        let in_time = at_ms
            .checked_sub(self.last_ms)
            .is_some_and(|pause| pause <= MAX_PAUSE_MS);
        match key {
            Key::Modifier => return Verdict::Typed,
            Key::Char(c) => {
                self.last_ms = at_ms;
                if !in_time || self.length == 0 {
                    self.clear();
                    self.length = 1;
                    self.burst.push(c);
                    return Verdict::Begins;
                }
                self.length = self.length.saturating_add(1);
                if self.length <= MAX_LENGTH {
                    self.burst.push(c);
                }
                return Verdict::Goes;
            }
            Key::Enter if in_time && (MIN_LENGTH..=MAX_LENGTH).contains(&self.length) => {
                let code = std::mem::take(&mut self.burst);
                self.clear();
                return Verdict::Scan(code);
            }
            Key::Enter | Key::Repeat | Key::Other => {}
        }
        self.clear();
        Verdict::Typed
    }

    fn clear(&mut self) {
        self.burst.clear();
        self.length = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_all(keys: &[(Key, u64)]) -> Verdict {
        let mut scanner = Scanner::default();
        keys.iter()
            .map(|(key, at)| scanner.key(*key, *at))
            .last()
            .unwrap_or(Verdict::Typed)
    }

    fn burst(text: &str, pace: u64) -> Verdict {
        let mut keys: Vec<_> = text.chars().zip(1..).map(|(c, at)| (Key::Char(c), at * pace)).collect();
        keys.push((Key::Enter, (keys.len() as u64 + 1) * pace));
        type_all(&keys)
    }

    #[test]
    fn bursts() {
        for (text, pace, scan) in [
            ("8901", 100, true),
            ("8901", 101, false),
            ("890", 5, false),
            ("01089012345\u{1d}10A", 5, true),
            (&"9".repeat(MAX_LENGTH), 5, true),
            (&"9".repeat(MAX_LENGTH + 1), 5, false),
        ] {
            let expected = if scan {
                Verdict::Scan(text.into())
            } else {
                Verdict::Typed
            };
            assert_eq!(burst(text, pace), expected, "{text} at {pace} ms");
        }
    }

    #[test]
    fn a_scan_after_typing_is_the_scan_alone() {
        let mut scanner = Scanner::default();
        assert_eq!(scanner.key(Key::Char('3'), 1_000), Verdict::Begins);
        assert_eq!(scanner.key(Key::Char('8'), 1_500), Verdict::Begins);
        for at in [1_510, 1_520, 1_530] {
            assert_eq!(scanner.key(Key::Char('1'), at), Verdict::Goes);
        }
        assert_eq!(scanner.key(Key::Modifier, 1_535), Verdict::Typed);
        assert_eq!(scanner.key(Key::Enter, 1_540), Verdict::Scan("8111".into()));
        assert_eq!(scanner.key(Key::Enter, 1_541), Verdict::Typed);
    }

    #[test]
    fn other_keys_repeats_and_clock_jumps_break_it() {
        let four = |third: (Key, u64)| {
            [
                (Key::Char('1'), 10),
                (Key::Char('2'), 20),
                third,
                (Key::Char('3'), 40),
                (Key::Char('4'), 50),
                (Key::Enter, 60),
            ]
        };
        for third in [
            (Key::Other, 30),
            (Key::Repeat, 30),
            (Key::Enter, 30),
            (Key::Char('x'), 5),
        ] {
            assert_eq!(type_all(&four(third)), Verdict::Typed, "{third:?}");
        }
        assert_eq!(type_all(&four((Key::Modifier, 30))), Verdict::Scan("1234".into()));
    }
}
