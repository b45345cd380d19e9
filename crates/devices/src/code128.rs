//! CODE128 bar codes: how a text is cut into code sets B and C, and which bars that makes.

/// Bars and spaces of the values 0 to 106, as widths in modules; the last is the stop sign. (ISO/IEC 15417, table 1.)
const PATTERNS: [&str; 107] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312",
    "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212",
    "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121",
    "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331",
    "132131", "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131", "311123",
    "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224", "111422", "121124",
    "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114",
    "413111", "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112",
    "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
];
const CODE_C: u8 = 99;
const CODE_B: u8 = 100;
const START_B: u8 = 104;
const START_C: u8 = 105;
const STOP: usize = 106;

/// Longest text in characters; a longer code fits no receipt.
pub const MAX_TEXT: usize = 64;
/// Digits in a row, inside a text, that are worth two changes of the code set.
const WORTH_SWITCHING_INSIDE: usize = 6;
/// Digits in a row, at either end of a text, that are worth one.
const WORTH_SWITCHING_AT_END: usize = 4;

/// A code set of CODE128.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// ASCII 32 to 126, a character a symbol.
    B,
    /// Two digits a symbol.
    C,
}

/// A piece of the text in one code set; a piece in [`Set::C`] has an even number of digits.
pub type Piece<'a> = (Set, &'a str);

/// Cuts a text into pieces, shortest bar code first thought; `None` when it is empty, longer than [`MAX_TEXT`] or not
/// printable ASCII.
#[must_use]
pub fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    if text.is_empty() || text.len() > MAX_TEXT || !text.bytes().all(|byte| (32..127).contains(&byte)) {
        return None;
    }
    let mut out: Vec<Piece<'_>> = Vec::new();
    // All of the text is ASCII, so every index is a character boundary.
    let (mut plain, mut at) = (0, 0);
    while at < text.len() {
        let digits = text.bytes().skip(at).take_while(u8::is_ascii_digit).count();
        let at_end = at == 0 || at + digits == text.len();
        if digits
            < if at_end {
                WORTH_SWITCHING_AT_END
            } else {
                WORTH_SWITCHING_INSIDE
            }
        {
            at += digits.max(1);
            continue;
        }
        // An odd digit stays outside: behind the run at the start, before it elsewhere.
        let start = if at == 0 { 0 } else { at + digits % 2 };
        let end = start + (digits - digits % 2);
        if plain < start {
            out.push((Set::B, text.get(plain..start)?));
        }
        out.push((Set::C, text.get(start..end)?));
        (plain, at) = (end, end + usize::from(at == 0) * (digits % 2));
    }
    if plain < text.len() {
        out.push((Set::B, text.get(plain..)?));
    }
    Some(out)
}

/// The symbol values of a text from the start sign to the check symbol, without the stop sign.
#[must_use]
pub fn values(pieces: &[Piece<'_>]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    for (set, text) in pieces {
        out.push(match (out.is_empty(), set) {
            (true, Set::B) => START_B,
            (true, Set::C) => START_C,
            (false, Set::B) => CODE_B,
            (false, Set::C) => CODE_C,
        });
        match set {
            Set::B => out.extend(text.bytes().map(|byte| byte.saturating_sub(32))),
            Set::C => out.extend(digit_pairs(text)),
        }
    }
    let sum = out
        .iter()
        .enumerate()
        .map(|(at, value)| at.max(1) * usize::from(*value))
        .sum::<usize>();
    // A remainder of 103 always fits.
    out.push(u8::try_from(sum % 103).unwrap_or(0));
    out
}

/// The values of the digits, two by two, as set C has them.
pub fn digit_pairs(digits: &str) -> impl Iterator<Item = u8> {
    digits.as_bytes().chunks_exact(2).map(|pair| match pair {
        [tens, ones] => tens
            .wrapping_sub(b'0')
            .wrapping_mul(10)
            .wrapping_add(ones.wrapping_sub(b'0')),
        _ => 0,
    })
}

/// The modules of a whole bar code from left to right, `true` is black; quiet zones are left to the caller.
#[must_use]
pub fn modules(pieces: &[Piece<'_>]) -> Vec<bool> {
    let mut out = Vec::new();
    for value in values(pieces).into_iter().map(usize::from).chain([STOP]) {
        for (at, width) in PATTERNS.get(value).unwrap_or(&"").bytes().enumerate() {
            out.extend(std::iter::repeat_n(at % 2 == 0, usize::from(width - b'0')));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_the_standard() {
        for (at, pattern) in PATTERNS.iter().enumerate() {
            let widths: Vec<u32> = pattern.bytes().map(|byte| u32::from(byte - b'0')).collect();
            let black: u32 = widths.iter().step_by(2).sum();
            if at == STOP {
                assert_eq!(widths.iter().sum::<u32>(), 13);
            } else {
                assert_eq!((widths.iter().sum::<u32>(), black % 2), (11, 0), "{at}");
            }
            assert_eq!(
                PATTERNS.iter().filter(|other| *other == pattern).count(),
                1,
                "{pattern}"
            );
        }
    }

    #[test]
    fn cuts_into_sets() {
        use Set::{B, C};
        for (text, expected) in [
            ("2627/FCR-2-04182", vec![(C, "2627"), (B, "/FCR-2-0"), (C, "4182")]),
            ("RX-2026-FCR-11842-2", vec![(B, "RX-2026-FCR-11842-2")]),
            ("12345", vec![(C, "1234"), (B, "5")]),
            ("A123456B", vec![(B, "A"), (C, "123456"), (B, "B")]),
            ("A1234567B", vec![(B, "A1"), (C, "234567"), (B, "B")]),
            ("12A", vec![(B, "12A")]),
            ("2000417700126", vec![(C, "200041770012"), (B, "6")]),
        ] {
            assert_eq!(pieces(text), Some(expected), "{text}");
        }
        assert_eq!(pieces(""), None);
        assert_eq!(pieces("é"), None);
        assert_eq!(pieces(&"1".repeat(MAX_TEXT + 1)), None);
    }

    #[test]
    fn the_check_symbol_is_that_of_the_textbook() {
        // The worked example of the encyclopaedias: PJJ123C has check value 54 after a start in set A (103); after start B
        // (104) the sum is one more.
        let values = values(&[(Set::B, "PJJ123C")]);
        assert_eq!(values.last(), Some(&55));
    }

    proptest::proptest! {
        #[test]
        fn pieces_make_the_text_again(text in "[0-9A-C/-]{1,64}") {
            let pieces = pieces(&text).unwrap_or_default();
            let whole: String = pieces.iter().map(|(_, part)| *part).collect();
            proptest::prop_assert_eq!(&whole, &text);
            for (set, part) in pieces {
                proptest::prop_assert!(set == Set::B || (part.len() % 2 == 0 && part.bytes().all(|b| b.is_ascii_digit())));
            }
        }
    }
}
