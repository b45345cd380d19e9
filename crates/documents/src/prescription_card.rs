//! The prescription as the patient takes it home: a card, A5 across.

use crate::Error;
use crate::fonts::Weight;
use crate::sheet::{Sheet, Type};

/// Width of the card in millimetres.
pub const WIDTH_MM: f32 = 210.0;
/// Height of the card in millimetres.
pub const HEIGHT_MM: f32 = 148.0;
/// Longest field, in characters; what is longer is refused before it is measured.
pub const MAX_FIELD: usize = 300;
/// Most lines of the shop's address.
pub const MAX_ADDRESS_LINES: usize = 3;
/// Most lines of notes, wrapped.
pub const MAX_NOTE_LINES: usize = 4;

const MARGIN: f32 = 12.0;
const RIGHT: f32 = WIDTH_MM - MARGIN;
const INNER: f32 = RIGHT - MARGIN;
/// Right edges of the columns sphere, cylinder, axis, add, prism, VA, from the left margin.
const COLUMN_ENDS: [f32; 6] = [50.0, 82.0, 106.0, 134.0, 164.0, INNER];
const HEADS: [&str; 6] = ["Sphere", "Cylinder", "Axis", "Add", "Prism", "VA"];
/// Between two columns.
const GUTTER: f32 = 3.0;
/// Width of the column of the eye's name.
const EYE_WIDTH: f32 = 26.0;
/// Smallest type on the card, in points.
const LEAST: f32 = 7.0;
/// Lines that a long name may take.
const NAME_LINES: usize = 2;

const SHOP: Type = Type {
    weight: Weight::SemiBold,
    size: 18.0,
};
const TITLE: Type = Type {
    weight: Weight::SemiBold,
    size: 14.0,
};
const SMALL: Type = Type {
    weight: Weight::Regular,
    size: 9.0,
};
const STRONG: Type = Type {
    weight: Weight::SemiBold,
    size: 9.0,
};
const NAME: Type = Type {
    weight: Weight::SemiBold,
    size: 14.0,
};
const EYE: Type = Type {
    weight: Weight::SemiBold,
    size: 13.0,
};
const POWER: Type = Type {
    weight: Weight::SemiBold,
    size: 17.0,
};
const NOTE: Type = Type {
    weight: Weight::Regular,
    size: 9.5,
};

/// The values of one eye, as they are to stand on the card; an empty one is shown as a dash.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EyeRow {
    /// Dioptres with sign and two decimals: `−2.75`.
    pub sphere: String,
    /// Dioptres with sign and two decimals.
    pub cylinder: String,
    /// Degrees, three digits: `065`.
    pub axis: String,
    /// Dioptres with sign and two decimals.
    pub add: String,
    /// Prism dioptres and base: `1.50 in`.
    pub prism: String,
    /// Visual acuity as the shop writes it: `6/6`.
    pub va: String,
}

/// What stands on the card. Dates and times come as text in the shop's format.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CardData {
    pub shop_name: String,
    /// Address, telephone; at most [`MAX_ADDRESS_LINES`].
    pub address: Vec<String>,
    /// Not empty.
    pub patient_name: String,
    pub birth_date: String,
    /// Number of the prescription; also as a bar code. Not empty.
    pub number: String,
    /// `Version 2, 21 Nov 2026`.
    pub version: String,
    pub valid_until: String,
    pub right: EyeRow,
    pub left: EyeRow,
    /// Spherical equivalents of the right and the left eye, with sign and two decimals; both empty: not shown.
    pub equivalent: [String; 2],
    /// Back vertex distance, distances, advice: one paragraph each; together at most [`MAX_NOTE_LINES`] lines.
    pub notes: Vec<String>,
    pub prescriber: String,
    /// `Signed electronically 21 Nov 2026, 14:16`.
    pub signed_at: String,
    /// `SUPERSEDED`, `COPY`; empty for an original in force.
    pub mark: String,
    /// What the mark means: `by version 3 on 2 Dec 2026`.
    pub mark_text: String,
}

impl CardData {
    fn check(&self) -> Result<(), Error> {
        let eye = |eye: &EyeRow| {
            [&eye.sphere, &eye.cylinder, &eye.axis, &eye.add, &eye.prism, &eye.va]
                .iter()
                .all(|text| is_short(text))
        };
        for (field, fits) in [
            ("shop name", is_short(&self.shop_name)),
            (
                "address",
                self.address.len() <= MAX_ADDRESS_LINES && self.address.iter().all(|line| is_short(line)),
            ),
            ("patient name", is_short(&self.patient_name)),
            ("birth date", is_short(&self.birth_date)),
            ("number", is_short(&self.number)),
            ("version", is_short(&self.version)),
            ("validity", is_short(&self.valid_until)),
            ("eye", eye(&self.right) && eye(&self.left)),
            (
                "spherical equivalent",
                self.equivalent.iter().all(|text| is_short(text)),
            ),
            (
                "notes",
                self.notes.len() <= MAX_NOTE_LINES && self.notes.iter().all(|note| is_short(note)),
            ),
            ("prescriber", is_short(&self.prescriber)),
            ("signature", is_short(&self.signed_at)),
            ("mark", is_short(&self.mark) && is_short(&self.mark_text)),
        ] {
            if !fits {
                return Err(Error::TooLong { field });
            }
        }
        for (field, text) in [("patient name", &self.patient_name), ("number", &self.number)] {
            if text.trim().is_empty() {
                return Err(Error::Missing { field });
            }
        }
        Ok(())
    }
}

fn is_short(text: &str) -> bool {
    text.chars().count() <= MAX_FIELD
}

/// The card as a PDF of one page. The shop's name and address are cut when they are too wide, nothing else is.
///
/// Characters outside the Latin, Vietnamese and common signs of the font come out as `?`.
///
/// # Errors
/// [`Error::Missing`], [`Error::TooLong`]; [`Error::Font`] and [`Error::Writer`] are faults of the program.
pub fn prescription_card(card: &CardData) -> Result<Vec<u8>, Error> {
    card.check()?;
    let mut sheet = Sheet::new(&card.number, WIDTH_MM, HEIGHT_MM)?;
    let below_head = head(&mut sheet, card)?;
    let below_who = who(&mut sheet, card, below_head)?;
    let below_table = table(&mut sheet, card, below_who)?;
    notes(&mut sheet, card, below_table)?;
    foot(&mut sheet, card)?;
    sheet.finish()
}

/// Half a date or half a power is worse than no card.
fn whole(is_whole: bool, field: &'static str) -> Result<(), Error> {
    if is_whole {
        Ok(())
    } else {
        Err(Error::TooLong { field })
    }
}

/// Shop, title, mark, and the rule under them, whose place it gives.
fn head(sheet: &mut Sheet, card: &CardData) -> Result<f32, Error> {
    sheet.left(&card.shop_name, MARGIN, 19.0, INNER * 0.6, SHOP, 10.0);
    let mut last = 25.0;
    for (line, y) in card.address.iter().zip([25.0, 29.4, 33.8]) {
        sheet.left(line, MARGIN, y, INNER * 0.6, SMALL, LEAST);
        last = y;
    }
    sheet.right("Spectacle prescription", RIGHT, 19.0, INNER * 0.38, TITLE, 10.0);
    whole(
        sheet.right(&card.version, RIGHT, 25.0, INNER * 0.38, SMALL, LEAST),
        "version",
    )?;
    if !card.mark.is_empty() {
        // Framed, so that nobody takes a copy for the original at a glance.
        last = 33.8;
        let width = sheet.text_width(&card.mark, EYE).min(60.0) + 5.0;
        sheet.frame(RIGHT - width, 28.6, width, 7.2);
        whole(
            sheet.right(&card.mark, RIGHT - 2.5, 33.8, width - 5.0, EYE, LEAST),
            "mark",
        )?;
        let beside = INNER * 0.4 - width - 3.0;
        whole(
            sheet.right(&card.mark_text, RIGHT - width - 3.0, 33.8, beside, SMALL, LEAST),
            "mark",
        )?;
    }
    let rule = last + 5.2;
    sheet.rule(MARGIN, RIGHT, rule);
    Ok(rule)
}

/// Name, birth date, validity. Gives the baseline of their first line.
fn who(sheet: &mut Sheet, card: &CardData, above: f32) -> Result<f32, Error> {
    let (born, valid) = (MARGIN + 99.0, MARGIN + 143.0);
    let too_long = Error::TooLong { field: "patient name" };
    let (lines, set) = sheet
        .fit_lines(&card.patient_name, 95.0, NAME, 9.0, NAME_LINES)
        .ok_or(too_long)?;
    for (label, x) in [("Name", MARGIN), ("Born", born), ("Valid to", valid)] {
        sheet.left(label, x, above + 6.5, 40.0, SMALL, LEAST);
    }
    let baseline = above + 12.8;
    let mut y = baseline;
    for line in &lines {
        sheet.left(line, MARGIN, y, 95.0, set, set.size);
        y += set.leading();
    }
    whole(
        sheet.left(&card.birth_date, born, baseline, 41.0, NAME, LEAST),
        "birth date",
    )?;
    whole(
        sheet.left(&card.valid_until, valid, baseline, RIGHT - valid, NAME, LEAST),
        "validity",
    )?;
    Ok(baseline)
}

/// Both eyes. Gives where the table ends.
fn table(sheet: &mut Sheet, card: &CardData, above: f32) -> Result<f32, Error> {
    let mut y = above + 12.0;
    let starts = || std::iter::once(EYE_WIDTH).chain(COLUMN_ENDS);
    for ((head, end), start) in HEADS.iter().zip(COLUMN_ENDS).zip(starts()) {
        sheet.right(head, MARGIN + end, y, end - start - GUTTER, SMALL, LEAST);
    }
    y += 2.8;
    sheet.rule(MARGIN, RIGHT, y);
    for (name, eye) in [("Right", &card.right), ("Left", &card.left)] {
        let baseline = y + 7.9;
        sheet.left(name, MARGIN, baseline, EYE_WIDTH, EYE, LEAST);
        let cells = [&eye.sphere, &eye.cylinder, &eye.axis, &eye.add, &eye.prism, &eye.va];
        for ((cell, end), start) in cells.iter().zip(COLUMN_ENDS).zip(starts()) {
            let text = if cell.trim().is_empty() { "–" } else { cell.as_str() };
            whole(
                sheet.right(text, MARGIN + end, baseline, end - start - GUTTER, POWER, LEAST),
                "eye",
            )?;
        }
        y += 11.6;
        sheet.rule(MARGIN, RIGHT, y);
    }
    Ok(y)
}

fn notes(sheet: &mut Sheet, card: &CardData, above: f32) -> Result<(), Error> {
    let mut y = above + 7.0;
    let [right, left] = &card.equivalent;
    if !(right.is_empty() && left.is_empty()) {
        let line = format!("Spherical equivalent: right {right}, left {left}");
        whole(sheet.left(&line, MARGIN, y, INNER, NOTE, LEAST), "spherical equivalent")?;
        y += NOTE.leading();
    }
    let lines: Vec<String> = card
        .notes
        .iter()
        .flat_map(|note| sheet.wrap(note, INNER, NOTE))
        .collect();
    whole(lines.len() <= MAX_NOTE_LINES, "notes")?;
    for line in lines {
        sheet.left(&line, MARGIN, y, INNER, NOTE, NOTE.size);
        y += NOTE.leading();
    }
    Ok(())
}

fn foot(sheet: &mut Sheet, card: &CardData) -> Result<(), Error> {
    sheet.bars(&card.number, MARGIN, 119.0, INNER * 0.5, 10.0, 0.3);
    whole(
        sheet.left(&card.number, MARGIN, 134.0, INNER * 0.5, SMALL, LEAST),
        "number",
    )?;
    whole(
        sheet.right(&card.signed_at, RIGHT, 128.6, INNER * 0.45, SMALL, LEAST),
        "signature",
    )?;
    whole(
        sheet.right(&card.prescriber, RIGHT, 134.0, INNER * 0.45, STRONG, LEAST),
        "prescriber",
    )
}
