//! The printer's font A: Terminus bold, 12 by 24 dots (SIL Open Font License, `assets/OFL-terminus.txt`). Its strokes of two
//! dots are those of a thermal head; emphasis is what a printer makes of it, every dot once more to the right.

use std::collections::HashMap;

/// Dots of one character.
pub const WIDTH: usize = 12;
/// Dots of one character.
pub const HEIGHT: usize = 24;

static FILE: &[u8] = include_bytes!("../../assets/terminus-24x12-bold.psf");

/// Length of the header of a PSF version 2 file; the glyphs follow, then a table of their characters.
const HEADER: usize = 32;
const GLYPHS: usize = 256;
const ROW_BYTES: usize = WIDTH.div_ceil(8);
const GLYPH_BYTES: usize = ROW_BYTES * HEIGHT;

/// The font, ready for look-up.
pub struct Font {
    index: HashMap<char, usize>,
}

impl Font {
    /// Reads the table of characters.
    #[must_use]
    pub fn new() -> Font {
        let table = FILE.get(HEADER + GLYPHS * GLYPH_BYTES..).unwrap_or_default();
        let mut index = HashMap::new();
        for (glyph, entry) in table.split(|byte| *byte == 0xFF).take(GLYPHS).enumerate() {
            // Behind 0xFE stand sequences of several characters, which a printer has not.
            let single = entry.split(|byte| *byte == 0xFE).next().unwrap_or_default();
            index.extend(String::from_utf8_lossy(single).chars().map(|c| (c, glyph)));
        }
        Font { index }
    }

    /// The rows of a character, the leftmost dot in the highest of the low 12 bits; a blank for one that it has not.
    pub fn rows(&self, c: char, bold: bool) -> impl Iterator<Item = u16> {
        let glyph = self.index.get(&c).map_or(&[][..], |glyph| {
            let start = HEADER + glyph * GLYPH_BYTES;
            FILE.get(start..start + GLYPH_BYTES).unwrap_or_default()
        });
        glyph.chunks_exact(ROW_BYTES).map(move |row| {
            let bits = row.iter().fold(0, |bits, byte| bits << 8 | u16::from(*byte)) >> 4;
            if bold { bits | bits >> 1 } else { bits }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_the_code_page_are_there() {
        let font = Font::new();
        // Four signs that no receipt uses are missing from the console font.
        for c in (0x21..=0xFE_u8)
            .filter_map(crate::charset::character)
            .filter(|c| !"▓▄▀‗\u{ad}".contains(*c))
        {
            assert!(font.rows(c, false).any(|row| row != 0), "{c}");
            assert!(font.rows(c, true).any(|row| row != 0), "{c}");
        }
        assert_eq!(font.rows('A', false).count(), HEIGHT);
        assert_eq!(font.rows('न', false).count(), 0);
    }
}
