//! Inter in two weights, and the widths of its characters. See `fonts/README.md`.

use crate::Error;
use printpdf::ParsedFont;

static REGULAR: &[u8] = include_bytes!("../fonts/Inter-Regular.otf");
static SEMIBOLD: &[u8] = include_bytes!("../fonts/Inter-SemiBold.otf");

/// Stands for a character that the font has not.
const UNKNOWN: char = '?';

/// A weight of Inter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    Regular,
    SemiBold,
}

/// Both weights, parsed.
pub struct Fonts {
    pub regular: ParsedFont,
    pub semibold: ParsedFont,
}

impl Fonts {
    /// Parses the fonts that are built in.
    pub fn load() -> Result<Fonts, Error> {
        let parse = |bytes: &[u8]| ParsedFont::from_bytes(bytes, 0, &mut Vec::new()).ok_or(Error::Font);
        Ok(Fonts {
            regular: parse(REGULAR)?,
            semibold: parse(SEMIBOLD)?,
        })
    }

    fn font(&self, weight: Weight) -> &ParsedFont {
        match weight {
            Weight::Regular => &self.regular,
            Weight::SemiBold => &self.semibold,
        }
    }

    /// The text in characters that the font has; control characters become spaces.
    pub fn printable(&self, text: &str) -> String {
        let known = |c: char| self.regular.lookup_glyph_index(u32::from(c)).is_some();
        let spaced = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        spaced.map(|c| if known(c) { c } else { UNKNOWN }).collect()
    }

    /// Width of a text in points at a size in points.
    pub fn width(&self, text: &str, weight: Weight, size: f32) -> f32 {
        let font = self.font(weight);
        let units: u32 = text
            .chars()
            .filter_map(|c| font.get_glyph_width(font.lookup_glyph_index(u32::from(c))?))
            .map(u32::from)
            .sum();
        units as f32 / f32::from(font.units_per_em.max(1)) * size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_what_a_prescription_needs() {
        let fonts = Fonts::load().expect("built in");
        let all = "0123456789+−–·.,:;/()RLDVBUIO∅ΔéçŁŞşñ₹€";
        assert_eq!(fonts.printable(all), all);
        assert_eq!(fonts.printable("नाम\n"), "??? ");
    }

    #[test]
    fn digits_are_equally_wide() {
        let fonts = Fonts::load().expect("built in");
        for weight in [Weight::Regular, Weight::SemiBold] {
            let width = |text: &str| fonts.width(text, weight, 100.0);
            assert!((width("1111") - width("8888")).abs() < 0.01);
            assert!(width("0") > 40.0 && width("0") < 80.0);
        }
    }
}
