//! What the printer understands.

pub const ESC: u8 = 0x1B;
pub const FS: u8 = 0x1C;
pub const GS: u8 = 0x1D;

/// What a command asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// A character in the chosen code page.
    Text(u8),
    LineFeed,
    FeedLines(u8),
    FeedDots(u8),
    Reset,
    CodePage(u8),
    Bold(bool),
    /// Times the width and height of a character, 1 to 8.
    Size {
        width: u8,
        height: u8,
    },
    /// 0 left, 1 centre, 2 right.
    Align(u8),
    AreaWidth(u16),
    LeftMargin(u16),
    /// Dots from line to line; `None` is the printer's own.
    LineSpacing(Option<u8>),
    Cut {
        partial: bool,
        feed: u8,
    },
    Drawer {
        pin: u8,
        on_ms: u16,
        off_ms: u16,
    },
    BarcodeHeight(u8),
    BarcodeModule(u8),
    /// 0 none, 1 above, 2 below, 3 both.
    BarcodeText(u8),
    Barcode {
        kind: u8,
        data: Vec<u8>,
    },
    /// A picture, `width` in bytes, black is 1.
    Raster {
        width: u16,
        height: u16,
        data: Vec<u8>,
    },
    /// Asks for a state in order with the print.
    Report(u8),
    /// A command that prints nothing here.
    Unsupported(String),
}

/// What a whole command means, from its lead byte, its letter, its parameters and its data.
pub fn complete(lead: u8, letter: u8, params: &[u8], data: Vec<u8>) -> Op {
    let at = |at: usize| params.get(at).copied().unwrap_or(0);
    let word = |low: usize| u16::from_le_bytes([at(low), at(low + 1)]);
    match (lead, letter) {
        (ESC, b'@') => Op::Reset,
        (ESC, b'!') => Op::Size {
            width: 1 + (at(0) >> 5 & 1),
            height: 1 + (at(0) >> 4 & 1),
        },
        (ESC, b'E' | b'G') => Op::Bold(at(0) & 1 == 1),
        (ESC, b'2') => Op::LineSpacing(None),
        (ESC, b'3') => Op::LineSpacing(Some(at(0))),
        (ESC, b'J') => Op::FeedDots(at(0)),
        (ESC, b'd') => Op::FeedLines(at(0)),
        (ESC, b'a') => Op::Align(at(0) % 48),
        (ESC, b't') => Op::CodePage(at(0)),
        (ESC, b'p') => {
            let pin = if at(0) & 1 == 0 { 2 } else { 5 };
            Op::Drawer {
                pin,
                on_ms: u16::from(at(1)) * 2,
                off_ms: u16::from(at(2)) * 2,
            }
        }
        (ESC, b'i') => Op::Cut {
            partial: false,
            feed: 0,
        },
        (ESC, b'm') => Op::Cut { partial: true, feed: 0 },
        (GS, b'V') => Op::Cut {
            partial: at(0) % 2 == u8::from(at(0) < 65),
            feed: at(1),
        },
        (GS, b'!') => Op::Size {
            width: 1 + (at(0) >> 4 & 7),
            height: 1 + (at(0) & 7),
        },
        (GS, b'W') => Op::AreaWidth(word(0)),
        (GS, b'L') => Op::LeftMargin(word(0)),
        (GS, b'h') => Op::BarcodeHeight(at(0)),
        (GS, b'w') => Op::BarcodeModule(at(0)),
        (GS, b'H') => Op::BarcodeText(at(0) % 48),
        (GS, b'k') => Op::Barcode { kind: at(0), data },
        (GS, b'v') => Op::Raster {
            width: word(2),
            height: word(4),
            data,
        },
        (GS, b'r') => Op::Report(at(0)),
        // Settings that change nothing on this paper: two-byte characters off, character set, fonts, reverse and the like.
        (ESC, b'R' | b'M' | b'{' | b' ' | b'=' | b'-' | b'V' | b'c' | b'T' | b'S') | (FS, b'.' | b'!') => {
            Op::Unsupported(String::new())
        }
        (GS, b'f' | b'B' | b'a' | b'P') => Op::Unsupported(String::new()),
        _ => Op::Unsupported(format!("{lead:02x} {letter:02x}")),
    }
}
