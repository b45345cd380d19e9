//! The paper under the print head: dots and text of one receipt, from cut to cut.

use super::font::{self, Font};
use super::op::Op;
use crate::{charset, code128};

/// Width of the picture of an 80 mm paper, in dots of 1/8 mm: what a head of that width can reach.
pub const WIDTH_80_MM: usize = 576;
/// Width of the picture of a 58 mm paper.
pub const WIDTH_58_MM: usize = 448;
/// Widest print area of 58 mm paper.
const AREA_58_MM: usize = 384;
/// The print area after a reset: 42 characters.
const AREA: usize = 42 * font::WIDTH;
/// Dots from line to line after a reset.
const LINE_SPACING: usize = 30;
/// White above the first and below the last line of the picture.
const MARGIN: usize = 40;
/// Longest receipt in dots (15 m); what is longer is cut there.
pub const MAX_HEIGHT: usize = 120_000;
/// Most lines of one receipt, for those that take no height.
const MAX_LINES: usize = 10_000;
/// Dots between bars and their text.
const BAR_TEXT_GAP: usize = 4;
const ROW_BYTES: usize = WIDTH_80_MM / 8;

#[derive(Debug, Clone)]
struct Style {
    bold: bool,
    width: usize,
    height: usize,
    align: u8,
    area: usize,
    left: usize,
    spacing: usize,
    bar_height: usize,
    bar_module: usize,
    bar_text: u8,
}

impl Default for Style {
    fn default() -> Self {
        Style {
            bold: false,
            width: 1,
            height: 1,
            align: 0,
            area: AREA,
            left: 0,
            spacing: LINE_SPACING,
            bar_height: 162,
            bar_module: 3,
            bar_text: 0,
        }
    }
}

struct Char {
    c: char,
    bold: bool,
    width: usize,
    height: usize,
}

/// A receipt as it came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The lines as text.
    pub lines: Vec<String>,
    /// Width of the picture in dots.
    pub width: usize,
    /// Height of the picture in dots.
    pub height: usize,
    /// Rows of packed dots, eight a byte, black is 0 as in a picture file.
    pub dots: Vec<u8>,
}

/// A receipt in the making.
pub struct Page {
    font: Font,
    style: Style,
    line: Vec<Char>,
    lines: Vec<String>,
    /// Rows of [`ROW_BYTES`], black is 1.
    dots: Vec<u8>,
    y: usize,
    widest: usize,
}

impl Page {
    /// A blank paper.
    #[must_use]
    pub fn new() -> Page {
        Page {
            font: Font::new(),
            style: Style::default(),
            line: Vec::new(),
            lines: Vec::new(),
            dots: Vec::new(),
            y: 0,
            widest: 0,
        }
    }

    /// Whether the paper is as long as it may get.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.y >= MAX_HEIGHT || self.lines.len() >= MAX_LINES
    }

    /// Prints; gives the number of lines the paper moved on. `Err` names what this printer cannot do.
    pub fn apply(&mut self, op: &Op) -> Result<u32, String> {
        let style = &mut self.style;
        match op {
            Op::Text(byte) => return Ok(charset::character(*byte).map_or(0, |c| self.put(c))),
            Op::LineFeed => {
                self.end_line();
                return Ok(1);
            }
            Op::FeedLines(count) => {
                if !self.line.is_empty() {
                    self.end_line();
                }
                for _ in 0..*count {
                    self.end_line();
                }
                return Ok(u32::from(*count));
            }
            Op::FeedDots(dots) => self.y += usize::from(*dots),
            Op::Reset => *style = Style::default(),
            Op::Bold(on) => style.bold = *on,
            Op::Size { width, height } => (style.width, style.height) = (usize::from(*width), usize::from(*height)),
            Op::Align(align) => style.align = *align,
            Op::AreaWidth(dots) => style.area = usize::from(*dots).clamp(8 * font::WIDTH, WIDTH_80_MM),
            Op::LeftMargin(dots) => style.left = usize::from(*dots).min(WIDTH_80_MM),
            Op::LineSpacing(dots) => style.spacing = dots.map_or(LINE_SPACING, usize::from),
            Op::BarcodeHeight(dots) => style.bar_height = usize::from(*dots).max(1),
            Op::BarcodeModule(dots) => style.bar_module = usize::from(*dots).clamp(1, 6),
            Op::BarcodeText(place) => style.bar_text = *place,
            Op::Barcode { kind: 73, data } => return self.barcode(data),
            Op::Barcode { kind, .. } => return Err(format!("bar code of kind {kind}")),
            Op::Raster { width, height, data } => return Ok(self.picture(*width, *height, data)),
            Op::CodePage(page) if *page != charset::CODE_PAGE => return Err(format!("code page {page}")),
            Op::Unsupported(command) if !command.is_empty() => return Err(format!("command {command}")),
            // The rest is the machine's, not the paper's.
            Op::CodePage(_) | Op::Unsupported(_) | Op::Cut { .. } | Op::Drawer { .. } | Op::Report(_) => {}
        }
        Ok(0)
    }

    /// Takes the receipt off; `None` when the paper is blank. Styles stay as they are.
    pub fn tear(&mut self) -> Option<Sheet> {
        if !self.line.is_empty() {
            self.end_line();
        }
        let (lines, dots) = (std::mem::take(&mut self.lines), std::mem::take(&mut self.dots));
        let (y, widest) = (std::mem::take(&mut self.y), std::mem::take(&mut self.widest));
        if lines.is_empty() && dots.is_empty() {
            return None;
        }
        let width = if widest <= AREA_58_MM { WIDTH_58_MM } else { WIDTH_80_MM };
        let shift = width.saturating_sub(widest) / 2;
        let height = y.max(dots.len() / ROW_BYTES) + 2 * MARGIN;
        let mut picture = vec![0xFF; width.div_ceil(8) * height];
        for (row, bytes) in dots.chunks_exact(ROW_BYTES).enumerate() {
            for x in (0..widest).filter(|x| bytes.get(x / 8).is_some_and(|byte| byte & (0x80 >> (x % 8)) != 0)) {
                let x = x + shift;
                if let Some(byte) = picture.get_mut((row + MARGIN) * width.div_ceil(8) + x / 8) {
                    *byte &= !(0x80 >> (x % 8));
                }
            }
        }
        Some(Sheet {
            lines,
            width,
            height,
            dots: picture,
        })
    }

    /// Adds a character; a full line is printed first, as printers do.
    fn put(&mut self, c: char) -> u32 {
        let wraps = width(&self.line) + self.style.width * font::WIDTH > self.style.area && !self.line.is_empty();
        if wraps {
            self.end_line();
        }
        let Style {
            bold, width, height, ..
        } = self.style;
        self.line.push(Char { c, bold, width, height });
        u32::from(wraps)
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.note(&line.iter().map(|char| char.c).collect::<String>());
        let start = self.start(width(&line));
        self.draw(&line, start);
    }

    /// Draws a line of characters from `x` on and moves the paper past it.
    fn draw(&mut self, line: &[Char], mut x: usize) {
        let tallest = line.iter().map(|char| char.height * font::HEIGHT).max().unwrap_or(0);
        for char in line {
            let top = self.y + tallest - char.height * font::HEIGHT;
            let rows: Vec<u16> = self.font.rows(char.c, char.bold).collect();
            for (row, bits) in rows.into_iter().enumerate() {
                for column in (0..font::WIDTH).filter(|column| bits & (1 << (font::WIDTH - 1 - column)) != 0) {
                    let (left, top) = (x + column * char.width, top + row * char.height);
                    self.fill(left, top, char.width, char.height);
                }
            }
            x += char.width * font::WIDTH;
        }
        self.y += tallest.max(self.style.spacing);
    }

    /// Where something so wide starts under the present alignment.
    fn start(&self, width: usize) -> usize {
        let spare = self.style.area.saturating_sub(width);
        self.style.left
            + match self.style.align {
                1 => spare / 2,
                2 => spare,
                _ => 0,
            }
    }

    /// Keeps a line of text, aligned in characters.
    fn note(&mut self, text: &str) {
        self.widest = self.widest.max((self.style.left + self.style.area).min(WIDTH_80_MM));
        if self.is_full() {
            return;
        }
        let spare = (self.style.area / font::WIDTH).saturating_sub(text.chars().count());
        let before = match self.style.align {
            1 => spare / 2,
            2 => spare,
            _ => 0,
        };
        self.lines
            .push(format!("{}{text}", " ".repeat(before)).trim_end().to_owned());
    }

    fn fill(&mut self, left: usize, top: usize, width: usize, height: usize) {
        if top + height > MAX_HEIGHT {
            return;
        }
        if self.dots.len() < (top + height) * ROW_BYTES {
            self.dots.resize((top + height) * ROW_BYTES, 0);
        }
        for y in top..top + height {
            for x in left..(left + width).min(WIDTH_80_MM) {
                if let Some(byte) = self.dots.get_mut(y * ROW_BYTES + x / 8) {
                    *byte |= 0x80 >> (x % 8);
                }
            }
        }
    }

    fn barcode(&mut self, data: &[u8]) -> Result<u32, String> {
        let pieces = pieces(data).ok_or("bar code data that is not CODE128 in sets B and C")?;
        let pieces: Vec<code128::Piece<'_>> = pieces.iter().map(|(set, text)| (*set, text.as_str())).collect();
        let text: String = pieces.iter().map(|(_, text)| *text).collect();
        let modules = code128::modules(&pieces);
        let width = modules.len() * self.style.bar_module;
        if width > self.style.area {
            // A real printer leaves it out without a word.
            return Err(format!("bar code of {width} dots on {}", self.style.area));
        }
        self.note(&format!("||| {text} |||"));
        let left = self.start(width);
        let Style {
            bar_height,
            bar_module,
            bar_text,
            ..
        } = self.style;
        for (at, _) in modules.iter().enumerate().filter(|(_, black)| **black) {
            self.fill(left + at * bar_module, self.y, bar_module, bar_height);
        }
        self.y += bar_height;
        if bar_text & 2 != 0 {
            self.y += BAR_TEXT_GAP;
            let line: Vec<Char> = text
                .chars()
                .map(|c| Char {
                    c,
                    bold: false,
                    width: 1,
                    height: 1,
                })
                .collect();
            let before = (left + modules.len() * bar_module / 2).saturating_sub(self::width(&line) / 2);
            self.draw(&line, before);
        }
        Ok(1)
    }

    fn picture(&mut self, width: u16, height: u16, data: &[u8]) -> u32 {
        let width = usize::from(width).max(1);
        self.note(&format!("[picture {} x {height}]", width * 8));
        let left = self.start((width * 8).min(WIDTH_80_MM));
        for (row, bytes) in data.chunks(width).take(usize::from(height)).enumerate() {
            let black = |x: &usize| bytes.get(x / 8).is_some_and(|byte| byte & (0x80 >> (x % 8)) != 0);
            for x in (0..(width * 8).min(WIDTH_80_MM)).filter(black) {
                self.fill(left + x, self.y + row, 1, 1);
            }
        }
        self.y += usize::from(height);
        1 + u32::try_from(usize::from(height) / LINE_SPACING).unwrap_or(0)
    }
}

fn width(line: &[Char]) -> usize {
    line.iter().map(|char| char.width * font::WIDTH).sum()
}

/// The pieces of a printer's CODE128 data: `{B` and text, `{C` and pairs of digits.
fn pieces(data: &[u8]) -> Option<Vec<(code128::Set, String)>> {
    let mut out: Vec<(code128::Set, String)> = Vec::new();
    let mut bytes = data.iter().copied();
    while let Some(byte) = bytes.next() {
        let escaped = if byte == b'{' { Some(bytes.next()?) } else { None };
        match (escaped, out.last_mut()) {
            (Some(b'B'), _) => out.push((code128::Set::B, String::new())),
            (Some(b'C'), _) => out.push((code128::Set::C, String::new())),
            (Some(b'{'), Some((code128::Set::B, text))) => text.push('{'),
            (None, Some((code128::Set::B, text))) if (32..127).contains(&byte) => text.push(char::from(byte)),
            (None, Some((code128::Set::C, text))) if byte < 100 => text.push_str(&format!("{byte:02}")),
            _ => return None,
        }
    }
    (!out.is_empty()).then_some(out)
}
