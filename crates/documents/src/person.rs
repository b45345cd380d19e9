//! Everything a shop holds about one person, to be handed to that person: A4, as many pages as it takes.

use crate::Error;
use crate::fonts::Weight;
use crate::sheet::{Sheet, Type};

/// Width of the paper in millimetres.
pub const WIDTH_MM: f32 = 210.0;
/// Height of the paper in millimetres.
pub const HEIGHT_MM: f32 = 297.0;
/// Most rows of all sections together.
pub const MAX_ROWS: usize = 100_000;
/// Longest text of a row, in characters: what a field of a document holds at most.
pub const MAX_TEXT: usize = 16 * 1024;
/// Most pages; a person of seven years fills tens.
pub const MAX_PAGES: usize = 5_000;

const MARGIN: f32 = 18.0;
const RIGHT: f32 = WIDTH_MM - MARGIN;
const INNER: f32 = RIGHT - MARGIN;
const BOTTOM: f32 = HEIGHT_MM - 22.0;
/// Width of the column of names.
const NAMES: f32 = 52.0;
const GUTTER: f32 = 4.0;
/// Between two sections, and between two rows.
const APART: f32 = 6.0;
const ROW_APART: f32 = 0.8;
/// Smallest type, in points.
const LEAST: f32 = 7.0;

const SHOP: Type = Type {
    weight: Weight::SemiBold,
    size: 12.0,
};
const TITLE: Type = Type {
    weight: Weight::SemiBold,
    size: 17.0,
};
const HEAD: Type = Type {
    weight: Weight::SemiBold,
    size: 11.0,
};
const NAME: Type = Type {
    weight: Weight::SemiBold,
    size: 8.5,
};
const TEXT: Type = Type {
    weight: Weight::Regular,
    size: 8.5,
};

/// One part of the paper: a heading, and rows of a name and a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Section {
    /// Not empty.
    pub heading: String,
    pub rows: Vec<(String, String)>,
    /// What stands there when there are no rows.
    pub nothing: String,
}

/// What stands on the paper. Dates and amounts come as text in the shop's format.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonPaper {
    pub shop_name: String,
    /// Whose data it is: a name, or the pseudonym that is left. Not empty.
    pub person: String,
    /// `Made 21 Nov 2026, 14:16`.
    pub made: String,
    pub sections: Vec<Section>,
}

impl PersonPaper {
    fn check(&self) -> Result<(), Error> {
        if self.person.trim().is_empty() {
            return Err(Error::Missing { field: "person" });
        }
        if self.sections.iter().any(|section| section.heading.trim().is_empty()) {
            return Err(Error::Missing { field: "heading" });
        }
        let rows: usize = self.sections.iter().map(|section| section.rows.len()).sum();
        if rows > MAX_ROWS {
            return Err(Error::TooLong { field: "rows" });
        }
        let long = |text: &String| text.chars().count() > MAX_TEXT;
        let rows = self.sections.iter().flat_map(|section| &section.rows);
        if rows.into_iter().any(|(name, text)| long(name) || long(text)) {
            return Err(Error::TooLong { field: "text" });
        }
        Ok(())
    }
}

/// Where the next line goes.
struct Writing<'a> {
    sheet: Sheet,
    paper: &'a PersonPaper,
    y: f32,
}

impl Writing<'_> {
    /// Goes to the next page unless so much, in millimetres, fits on this one.
    fn need(&mut self, height: f32) -> Result<(), Error> {
        if self.y + height <= BOTTOM {
            return Ok(());
        }
        self.foot();
        if self.sheet.page() >= MAX_PAGES {
            return Err(Error::TooLong { field: "pages" });
        }
        self.sheet.next_page();
        self.y = MARGIN + TEXT.leading();
        Ok(())
    }

    fn foot(&mut self) {
        let (y, page) = (BOTTOM + 8.0, self.sheet.page());
        self.sheet.rule(MARGIN, RIGHT, y - TEXT.leading());
        self.sheet
            .left(&self.paper.person, MARGIN, y, INNER - 20.0, TEXT, LEAST);
        self.sheet.right(&page.to_string(), RIGHT, y, 20.0, TEXT, LEAST);
    }

    fn section(&mut self, section: &Section) -> Result<(), Error> {
        // A heading does not stand alone at the end of a page.
        self.need(APART + HEAD.leading() + 3.0 * TEXT.leading())?;
        self.y += APART;
        self.sheet.left(&section.heading, MARGIN, self.y, INNER, HEAD, LEAST);
        self.y += 1.6;
        self.sheet.rule(MARGIN, RIGHT, self.y);
        self.y += TEXT.leading() + ROW_APART;
        if section.rows.is_empty() {
            self.sheet.left(&section.nothing, MARGIN, self.y, INNER, TEXT, LEAST);
            self.y += TEXT.leading();
        }
        section.rows.iter().try_for_each(|(name, text)| self.row(name, text))
    }

    fn row(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let names = self.sheet.wrap(name, NAMES, NAME);
        let texts = self.sheet.wrap(text, INNER - NAMES - GUTTER, TEXT);
        for line in 0..names.len().max(texts.len()).max(1) {
            self.need(TEXT.leading())?;
            if let Some(name) = names.get(line) {
                self.sheet.left(name, MARGIN, self.y, NAMES, NAME, LEAST);
            }
            if let Some(text) = texts.get(line) {
                let left = MARGIN + NAMES + GUTTER;
                self.sheet.left(text, left, self.y, RIGHT - left, TEXT, LEAST);
            }
            self.y += TEXT.leading();
        }
        self.y += ROW_APART;
        Ok(())
    }
}

/// The paper as a PDF.
///
/// # Errors
/// [`Error::Missing`], [`Error::TooLong`], or a fault of the writer.
pub fn person_paper(paper: &PersonPaper) -> Result<Vec<u8>, Error> {
    paper.check()?;
    // The title of the file says nothing about whose it is.
    let sheet = Sheet::new("Personal data", WIDTH_MM, HEIGHT_MM)?;
    let mut writing = Writing {
        sheet,
        paper,
        y: MARGIN,
    };
    writing
        .sheet
        .left(&paper.shop_name, MARGIN, writing.y, INNER, SHOP, LEAST);
    writing.y += TITLE.leading() + 2.0;
    writing
        .sheet
        .left(&paper.person, MARGIN, writing.y, INNER, TITLE, LEAST);
    writing.y += TEXT.leading() + 1.0;
    writing.sheet.left(&paper.made, MARGIN, writing.y, INNER, TEXT, LEAST);
    paper.sections.iter().try_for_each(|section| writing.section(section))?;
    writing.foot();
    writing.sheet.finish()
}
