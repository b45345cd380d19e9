//! A [`Paper`] as the bytes of an ESC/POS printer, and the few commands that stand alone.
//!
//! Only commands that printers of every make know: text, weight, double size, alignment, CODE128, feed, cut, drawer.

use crate::{charset, code128, layout};
use model::paper::{Align, Paper};

/// Dots of one character of font A; with it the columns give the width of the print area.
pub const FONT_WIDTH_DOTS: u16 = 12;
/// Lines of one paper: a sale of 900 lines takes some 1,850.
pub const MAX_LINES: usize = 4_000;
/// Height of a bar code: 8 mm at 203 dots an inch.
const BARCODE_HEIGHT_DOTS: u8 = 64;
/// Narrowest bar that scanners read from thermal paper, and the widest that still looks right.
const MODULE_DOTS: [u8; 2] = [3, 2];
/// Fed before the cut, so that the last line has passed the knife.
const FEED_BEFORE_CUT_DOTS: u8 = 96;

/// Asks the printer, in order with what it prints, for its paper state: the answer comes when all before it is printed.
pub const REPORT_WHEN_DONE: [u8; 3] = [0x1D, b'r', 1];

/// Why a paper has no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncodeError {
    /// More than [`MAX_LINES`] lines.
    TooLong { lines: usize },
}

impl std::fmt::Display for EncodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let EncodeError::TooLong { lines } = self;
        write!(
            f,
            "a paper of {lines} lines is longer than the {MAX_LINES} a printer is given at once"
        )
    }
}

impl std::error::Error for EncodeError {}

/// The contact of the drawer's plug that gets the pulse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pin {
    #[default]
    Two,
    Five,
}

/// A pulse to the cash drawer on the printer's plug, in order with what is printed.
///
/// `on_ms` and `off_ms` are milliseconds in steps of 2, from 2 to 510; others are moved to the nearest.
#[must_use]
pub fn drawer_pulse(pin: Pin, on_ms: u16, off_ms: u16) -> [u8; 5] {
    let steps = |ms: u16| u8::try_from((ms / 2).clamp(1, 255)).unwrap_or(u8::MAX);
    [0x1B, b'p', u8::from(pin == Pin::Five), steps(on_ms), steps(off_ms)]
}

/// A pulse that the printer gives at once, even when it has no paper and prints nothing; 100 to 800 ms in steps of 100.
#[must_use]
pub fn drawer_pulse_at_once(pin: Pin, on_ms: u16) -> [u8; 5] {
    let steps = u8::try_from(on_ms.div_ceil(100).clamp(1, 8)).unwrap_or(1);
    [0x10, 0x14, 1, u8::from(pin == Pin::Five), steps]
}

/// The bytes of a whole paper, from the reset to the cut.
///
/// `columns` is 42 (80 mm) or 32 (58 mm); others are taken as [`layout::lines`] takes them.
///
/// # Errors
/// [`EncodeError::TooLong`].
pub fn encode(paper: &Paper, columns: usize) -> Result<Vec<u8>, EncodeError> {
    let columns = columns.clamp(layout::MIN_COLUMNS, layout::MAX_COLUMNS);
    let lines = layout::lines(paper, columns);
    if lines.len() > MAX_LINES {
        return Err(EncodeError::TooLong { lines: lines.len() });
    }
    let mut out = Vec::with_capacity(lines.len() * (columns + 8));
    out.extend([0x1B, b'@']);
    // Two-byte characters off: printers made for China would read our accents as halves of a sign.
    out.extend([0x1C, b'.']);
    // The American set, or # and $ may come out as £ and ¤.
    out.extend([0x1B, b'R', 0]);
    out.extend([0x1B, b't', charset::CODE_PAGE]);
    let width = area_dots(columns);
    let [low, high] = width.to_le_bytes();
    out.extend([0x1D, b'W', low, high]);

    let mut style = Style::default();
    for line in &lines {
        style.change(
            &mut out,
            Style {
                align: line.align,
                bold: line.bold,
                large: line.large,
            },
        );
        if line.barcode {
            barcode(&mut out, &line.text, width);
        } else {
            out.extend(line.text.trim_end().chars().filter_map(charset::byte));
            out.push(b'\n');
        }
    }
    style.change(&mut out, Style::default());
    out.extend([0x1D, b'V', 66, FEED_BEFORE_CUT_DOTS]);
    Ok(out)
}

/// Width of the print area in dots.
fn area_dots(columns: usize) -> u16 {
    u16::try_from(columns)
        .unwrap_or(u16::MAX)
        .saturating_mul(FONT_WIDTH_DOTS)
}

/// What the printer keeps from line to line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Style {
    align: Align,
    bold: bool,
    large: bool,
}

impl Style {
    fn change(&mut self, out: &mut Vec<u8>, to: Style) {
        if self.align != to.align {
            let n = match to.align {
                Align::Left => 0,
                Align::Centre => 1,
                Align::Right => 2,
            };
            out.extend([0x1B, b'a', n]);
        }
        if self.bold != to.bold {
            out.extend([0x1B, b'E', u8::from(to.bold)]);
        }
        if self.large != to.large {
            out.extend([0x1D, b'!', if to.large { 0x11 } else { 0 }]);
        }
        *self = to;
    }
}

/// Bars with the text beneath; the text alone when no bars can show it or they are wider than the paper.
fn barcode(out: &mut Vec<u8>, text: &str, width: u16) {
    let drawn = code128::pieces(text).and_then(|pieces| {
        // A printer takes these bytes for a status request even inside a command, so such digits stay in set B.
        let pieces = match data(&pieces)
            .windows(2)
            .any(|pair| matches!(pair, [0x10, 0x04 | 0x05 | 0x14]))
        {
            true => vec![(code128::Set::B, text)],
            false => pieces,
        };
        let modules = code128::modules(&pieces).len();
        let module = MODULE_DOTS
            .into_iter()
            .find(|dots| modules * usize::from(*dots) <= usize::from(width))?;
        let data = data(&pieces);
        Some((module, u8::try_from(data.len()).ok()?, data))
    });
    match drawn {
        Some((module, length, data)) => {
            out.extend([
                0x1D,
                b'h',
                BARCODE_HEIGHT_DOTS,
                0x1D,
                b'w',
                module,
                0x1D,
                b'H',
                2,
                0x1D,
                b'f',
                0,
            ]);
            out.extend([0x1D, b'k', 73, length]);
            out.extend(data);
        }
        None => {
            out.extend(text.chars().filter_map(charset::byte));
            out.push(b'\n');
        }
    }
}

fn data(pieces: &[code128::Piece<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for (set, text) in pieces {
        match set {
            code128::Set::B => {
                out.extend(*b"{B");
                // A brace in the text is written twice.
                out.extend(
                    text.bytes()
                        .flat_map(|byte| std::iter::repeat_n(byte, 1 + usize::from(byte == b'{'))),
                );
            }
            code128::Set::C => {
                out.extend(*b"{C");
                out.extend(code128::digit_pairs(text));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::paper::Row;

    fn row(text: &str, align: Align, bold: bool, large: bool) -> Row {
        Row::Text {
            text: text.into(),
            align,
            bold,
            large,
        }
    }

    fn body(rows: Vec<Row>) -> Vec<u8> {
        let bytes = encode(&Paper { rows }, 42).expect("short");
        let start = b"\x1b@\x1c.\x1bR\0\x1bt\x13\x1dW\xf8\x01";
        assert!(bytes.starts_with(start), "{bytes:?}");
        let end = [0x1D, b'V', 66, FEED_BEFORE_CUT_DOTS];
        assert!(bytes.ends_with(&end));
        bytes[start.len()..bytes.len() - end.len()].to_vec()
    }

    #[test]
    fn styles_are_set_and_taken_back() {
        assert_eq!(
            body(vec![
                row("Opéra", Align::Centre, true, true),
                row("€ 5", Align::Left, false, false)
            ]),
            b"\x1ba\x01\x1bE\x01\x1d!\x11Op\x82ra\n\x1ba\0\x1bE\0\x1d!\0\xd5 5\n"
        );
    }

    #[test]
    fn names_cannot_carry_commands() {
        assert_eq!(
            body(vec![row("\u{1b}p\0\u{19}\u{10}\u{4}\u{1}", Align::Left, false, false)]),
            b"p\n"
        );
    }

    #[test]
    fn drawer_pulses() {
        assert_eq!(drawer_pulse(Pin::Two, 50, 500), [0x1B, 0x70, 0, 0x19, 0xFA]);
        assert_eq!(drawer_pulse(Pin::Five, 0, 9_999), [0x1B, 0x70, 1, 1, 255]);
        assert_eq!(drawer_pulse_at_once(Pin::Two, 50), [0x10, 0x14, 1, 0, 1]);
        assert_eq!(drawer_pulse_at_once(Pin::Five, 5_000), [0x10, 0x14, 1, 1, 8]);
    }

    #[test]
    fn bar_codes() {
        let bars = |text: &str| body(vec![Row::Barcode { text: text.into() }]);
        assert!(bars("2627/FCR-2-04182").ends_with(b"\x1dkI\x12{C\x1a\x1b{B/FCR-2-0{C\x29\x52\x1ba\0"));
        assert!(bars("A{B").ends_with(b"\x1dkI\x06{BA{{B\x1ba\0"));
        // 16 04 in set C would be the bytes of a status request.
        assert!(bars("160401").ends_with(b"\x1dkI\x08{B160401\x1ba\0"));
        assert_eq!(bars("Opéra"), b"\x1ba\x01Op\x82ra\n\x1ba\0");
        assert_eq!(
            bars(&"A".repeat(30)),
            [b"\x1ba\x01", "A".repeat(30).as_bytes(), b"\n\x1ba\0"].concat()
        );
    }

    #[test]
    fn a_paper_without_end_is_refused() {
        let paper = Paper {
            rows: vec![Row::Rule; MAX_LINES + 1],
        };
        assert_eq!(encode(&paper, 42), Err(EncodeError::TooLong { lines: MAX_LINES + 1 }));
    }
}
