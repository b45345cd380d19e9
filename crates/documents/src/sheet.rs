//! Pages to write and draw on, one after the other. Places are in millimetres from the upper left corner, sizes of type in points.

use crate::Error;
use crate::fonts::{Fonts, Weight};
use devices::code128;
use printpdf::{
    Color, Greyscale, Line, LinePoint, Mm, Op, PaintMode, PdfDocument, PdfFontHandle, PdfPage, PdfParseErrorSeverity,
    PdfSaveOptions, Point, Pt, Rect, TextItem,
};

/// The one weight of rule, in points.
const RULE: f32 = 0.6;
const MM_PER_POINT: f32 = 25.4 / 72.0;
/// From baseline to baseline, in times of the size.
const LEADING: f32 = 1.35;
/// Each step by which a text that is too wide gets smaller, in points.
const SHRINK: f32 = 0.5;
/// What stands at the end of a text that was cut.
const CUT: char = '…';

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub struct Type {
    pub weight: Weight,
    /// Points.
    pub size: f32,
}

impl Type {
    /// From baseline to baseline, in millimetres.
    pub fn leading(self) -> f32 {
        self.size * LEADING * MM_PER_POINT
    }
}

/// What every page begins with: black ink, the one rule.
fn blank() -> Vec<Op> {
    let black = || Color::Greyscale(Greyscale::new(0.0, None));
    vec![
        Op::SetFillColor { col: black() },
        Op::SetOutlineColor { col: black() },
        Op::SetOutlineThickness { pt: Pt(RULE) },
    ]
}

/// A page in the making, and those before it.
pub struct Sheet {
    fonts: Fonts,
    document: PdfDocument,
    regular: PdfFontHandle,
    semibold: PdfFontHandle,
    width: f32,
    height: f32,
    ops: Vec<Op>,
    before: Vec<PdfPage>,
}

impl Sheet {
    /// A blank page of `width` by `height` millimetres.
    pub fn new(title: &str, width: f32, height: f32) -> Result<Sheet, Error> {
        let fonts = Fonts::load()?;
        let mut document = PdfDocument::new(title);
        let regular = PdfFontHandle::External(document.add_font(&fonts.regular));
        let semibold = PdfFontHandle::External(document.add_font(&fonts.semibold));
        Ok(Sheet {
            fonts,
            document,
            regular,
            semibold,
            width,
            height,
            ops: blank(),
            before: Vec::new(),
        })
    }

    /// The next page, as large and blank.
    pub fn next_page(&mut self) {
        let ops = std::mem::replace(&mut self.ops, blank());
        self.before.push(PdfPage::new(Mm(self.width), Mm(self.height), ops));
    }

    /// Number of the page that is written on, from 1.
    pub fn page(&self) -> usize {
        self.before.len() + 1
    }

    fn point(&self, x: f32, y: f32) -> Point {
        Point::new(Mm(x), Mm(self.height - y))
    }

    /// Width of a text in millimetres.
    pub fn text_width(&self, text: &str, set: Type) -> f32 {
        self.fonts.width(text, set.weight, set.size) * MM_PER_POINT
    }

    /// Writes a line with its baseline at `y`.
    fn write(&mut self, text: &str, x: f32, y: f32, set: Type) {
        if text.is_empty() {
            return;
        }
        let font = match set.weight {
            Weight::Regular => self.regular.clone(),
            Weight::SemiBold => self.semibold.clone(),
        };
        let pos = self.point(x, y);
        self.ops.extend([
            Op::StartTextSection,
            Op::SetFont {
                font,
                size: Pt(set.size),
            },
            Op::SetTextCursor { pos },
            Op::ShowText {
                items: vec![TextItem::Text(text.to_owned())],
            },
            Op::EndTextSection,
        ]);
    }

    /// A line from `x` on, at most `width` wide: smaller type first, down to `least` points, then cut. Gives whether all
    /// of it stands there.
    pub fn left(&mut self, text: &str, x: f32, y: f32, width: f32, set: Type, least: f32) -> bool {
        let (shown, set) = self.fit(text, width, set, least);
        self.write(&shown, x, y, set);
        !shown.ends_with(CUT) || text.ends_with(CUT)
    }

    /// A line that ends at `x`, otherwise as [`Sheet::left`].
    pub fn right(&mut self, text: &str, x: f32, y: f32, width: f32, set: Type, least: f32) -> bool {
        let (shown, set) = self.fit(text, width, set, least);
        let start = x - self.text_width(&shown, set);
        self.write(&shown, start, y, set);
        !shown.ends_with(CUT) || text.ends_with(CUT)
    }

    /// A text that wraps between words; gives the lines it would take. Words wider than the column are cut between letters.
    pub fn wrap(&self, text: &str, width: f32, set: Type) -> Vec<String> {
        let text = self.fonts.printable(text);
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            let longer = if line.is_empty() {
                word.to_owned()
            } else {
                format!("{line} {word}")
            };
            if self.text_width(&longer, set) <= width {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for c in word.chars() {
                line.push(c);
                if line.chars().count() > 1 && self.text_width(&line, set) > width {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, c.to_string()));
                }
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }

    /// A name that matters: smaller type first, then on up to `lines` lines of the least type, so that nothing is lost.
    /// Gives the lines and their type.
    pub fn fit_lines(
        &self,
        text: &str,
        width: f32,
        set: Type,
        least: f32,
        lines: usize,
    ) -> Option<(Vec<String>, Type)> {
        let mut set = set;
        loop {
            let wrapped = self.wrap(text, width, set);
            let allowed = if set.size > least { 1 } else { lines };
            if wrapped.len() <= allowed {
                return Some((wrapped, set));
            }
            if set.size <= least {
                return None;
            }
            set.size = (set.size - SHRINK).max(least);
        }
    }

    fn fit(&self, text: &str, width: f32, set: Type, least: f32) -> (String, Type) {
        let text = self.fonts.printable(text);
        let mut set = set;
        while set.size > least && self.text_width(&text, set) > width {
            set.size = (set.size - SHRINK).max(least);
        }
        let mut shown = text.clone();
        while self.text_width(&shown, set) > width && shown.chars().count() > 1 {
            let kept = shown.trim_end_matches(CUT).chars().count().saturating_sub(1);
            shown = shown.chars().take(kept).chain([CUT]).collect();
        }
        (shown, set)
    }

    /// A level rule.
    pub fn rule(&mut self, from: f32, to: f32, y: f32) {
        let end = |x| LinePoint {
            p: self.point(x, y),
            bezier: false,
        };
        let line = Line {
            points: vec![end(from), end(to)],
            is_closed: false,
        };
        self.ops.push(Op::DrawLine { line });
    }

    /// A frame of rules.
    pub fn frame(&mut self, left: f32, top: f32, width: f32, height: f32) {
        let corner = |x, y| LinePoint {
            p: self.point(x, y),
            bezier: false,
        };
        let points = vec![
            corner(left, top),
            corner(left + width, top),
            corner(left + width, top + height),
            corner(left, top + height),
        ];
        self.ops.push(Op::DrawLine {
            line: Line {
                points,
                is_closed: true,
            },
        });
    }

    /// A CODE128 bar code from `left`, `module` millimetres a module; nothing when the text cannot be one, or it would be
    /// wider than `width`.
    pub fn bars(&mut self, text: &str, left: f32, top: f32, width: f32, height: f32, module: f32) {
        let Some(pieces) = code128::pieces(text) else { return };
        let modules = code128::modules(&pieces);
        if modules.len() as f32 * module > width {
            return;
        }
        let mut at = 0;
        for run in modules.chunk_by(|a, b| a == b) {
            if run.first() == Some(&true) {
                let corner = self.point(left + at as f32 * module, top + height);
                let rectangle = Rect {
                    x: corner.x,
                    y: corner.y,
                    width: Mm(run.len() as f32 * module).into(),
                    height: Mm(height).into(),
                    mode: Some(PaintMode::Fill),
                    winding_order: None,
                };
                self.ops.push(Op::DrawRectangle { rectangle });
            }
            at += run.len();
        }
    }

    /// The pages as the bytes of a PDF.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        let Sheet {
            mut document,
            width,
            height,
            ops,
            before: mut pages,
            ..
        } = self;
        pages.push(PdfPage::new(Mm(width), Mm(height), ops));
        let mut warnings = Vec::new();
        let bytes = document
            .with_pages(pages)
            .save(&PdfSaveOptions::default(), &mut warnings);
        match warnings
            .into_iter()
            .find(|warning| warning.severity == PdfParseErrorSeverity::Error)
        {
            Some(warning) => Err(Error::Writer { detail: warning.msg }),
            None => Ok(bytes),
        }
    }
}
