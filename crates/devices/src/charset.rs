//! What a receipt printer can print: code page 858, and the nearest spelling of everything else.
//!
//! The preview and the bytes go through [`printable`] alike, so both wrap at the same place.

/// Number of code page 858 (Western Europe with the euro sign) in `ESC t`.
pub const CODE_PAGE: u8 = 19;

/// The characters of bytes 0x80 to 0xFF in code page 858.
const HIGH: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å', 'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û',
    'ù', 'ÿ', 'Ö', 'Ü', 'ø', '£', 'Ø', '×', 'ƒ', 'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '®', '¬', '½', '¼', '¡',
    '«', '»', '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'À', '©', '╣', '║', '╗', '╝', '¢', '¥', '┐', '└', '┴', '┬', '├', '─',
    '┼', 'ã', 'Ã', '╚', '╔', '╩', '╦', '╠', '═', '╬', '¤', 'ð', 'Ð', 'Ê', 'Ë', 'È', '€', 'Í', 'Î', 'Ï', '┘', '┌', '█',
    '▄', '¦', 'Ì', '▀', 'Ó', 'ß', 'Ô', 'Ò', 'õ', 'Õ', 'µ', 'þ', 'Þ', 'Ú', 'Û', 'Ù', 'ý', 'Ý', '¯', '´', '\u{ad}', '±',
    '‗', '¾', '¶', '§', '÷', '¸', '°', '¨', '·', '¹', '³', '²', '■', '\u{a0}',
];

/// Base letters of U+0100 to U+017F (Latin Extended-A), for names from outside the code page.
const EXTENDED_A: &[u8; 128] = b"AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOo\
OoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

/// What stands for a character that has no likeness in the code page.
const UNKNOWN: char = '?';

/// The byte of `c` in code page 858, or `None` when it has none or is a control character.
#[must_use]
pub fn byte(c: char) -> Option<u8> {
    match c {
        ' '..='~' => u8::try_from(c).ok(),
        _ => HIGH
            .iter()
            .position(|high| *high == c)
            .and_then(|at| u8::try_from(at + 0x80).ok()),
    }
}

/// The character of a byte in code page 858; control bytes are `None`.
#[must_use]
pub fn character(byte: u8) -> Option<char> {
    match byte {
        0x20..=0x7E => Some(char::from(byte)),
        0x80.. => HIGH.get(usize::from(byte - 0x80)).copied(),
        _ => None,
    }
}

/// `text` in characters that [`byte`] knows. Control characters become spaces or vanish, so no name can carry a printer
/// command; the result may be longer than the input (a rupee sign is `Rs`).
#[must_use]
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '₹' => out.push_str("Rs"),
            '\u{2212}' | '\u{2010}'..='\u{2015}' => out.push('-'),
            // The code page has a cross, but a printer left on its own page prints a letter there; an x is always an x.
            '×' => out.push('x'),
            '‘' | '’' | '‚' | '′' => out.push('\''),
            '“' | '”' | '„' | '″' => out.push('"'),
            '…' => out.push_str("..."),
            '•' => out.push('*'),
            '≥' => out.push_str(">="),
            '≤' => out.push_str("<="),
            '™' => out.push_str("(TM)"),
            'Œ' => out.push_str("OE"),
            'œ' => out.push_str("oe"),
            'ẞ' => out.push('ß'),
            '\t' | '\n' | '\r' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => out.push(' '),
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{300}'..='\u{36f}' => {}
            '\u{100}'..='\u{17f}' => {
                let base = EXTENDED_A.get(c as usize - 0x100).copied().map_or(UNKNOWN, char::from);
                out.push(base);
            }
            _ if c.is_control() => {}
            _ if byte(c).is_some() => out.push(c),
            _ => out.push(UNKNOWN),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_and_character_pair_up() {
        for value in 0x20..=0xFF_u8 {
            if let Some(c) = character(value) {
                assert_eq!(byte(c), Some(value), "{value:#x}");
            }
        }
        assert_eq!(byte('€'), Some(0xD5));
        assert_eq!(byte('é'), Some(0x82));
        assert_eq!(character(0x7F), None);
    }

    #[test]
    fn spells_what_the_page_lacks() {
        for (given, printed) in [
            ("₹1,66,351.00", "Rs1,66,351.00"),
            ("−2.25 × 2", "-2.25 x 2"),
            ("Opéra Łukasz Ștefan", "Opéra Lukasz ?tefan"),
            ("नयन", "???"),
            ("a\u{a0}b\u{1b}p\0", "a bp"),
            ("It’s “so”…", "It's \"so\"..."),
        ] {
            assert_eq!(printable(given), printed);
        }
    }

    #[test]
    fn what_is_printable_has_a_byte() {
        for c in '\0'..='\u{2fff}' {
            assert!(printable(&c.to_string()).chars().all(|c| byte(c).is_some()), "{c:?}");
        }
    }
}
