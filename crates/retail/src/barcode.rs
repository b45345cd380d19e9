//! EAN-13: the digit that checks the other twelve, and the numbers a chain prints on its own labels.

/// Prefix of barcodes for use inside a chain (GS1 range 20 to 29).
pub const STORE_PREFIX: &str = "20";

/// The thirteenth digit of twelve: weights 1 and 3 in turn, filled up to a multiple of ten (GS1 General Specifications,
/// 7.9). None unless there are exactly twelve digits.
#[must_use]
pub fn ean13_check_digit(first: &str) -> Option<char> {
    if first.len() != 12 || !first.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let sum: u32 = first
        .bytes()
        .enumerate()
        .map(|(at, b)| u32::from(b - b'0') * if at % 2 == 0 { 1 } else { 3 })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10)
}

/// Whether a text is thirteen digits of which the last checks the others.
#[must_use]
pub fn is_ean13(text: &str) -> bool {
    text.get(..12)
        .and_then(ean13_check_digit)
        .is_some_and(|check| text.get(12..) == Some(check.to_string().as_str()))
}

/// The label of a unit of stock: prefix 20, ten digits of its running number, the check digit. None above ten digits.
#[must_use]
pub fn store_barcode(number: u64) -> Option<String> {
    let first = format!("{STORE_PREFIX}{number:010}");
    ean13_check_digit(&first).map(|check| format!("{first}{check}"))
}

#[cfg(test)]
mod tests {
    use super::{ean13_check_digit, is_ean13, store_barcode};

    #[test]
    fn check_digits() {
        for (text, valid) in [
            ("4006381333931", true),
            ("2000417700126", true),
            ("5901234123457", true),
            ("8901234567890", true),
            ("8901234567894", false),
            ("8901234567980", false),
            ("890123456789", false),
            ("89012345678900", false),
            ("890123456789A", false),
            ("89012345678é", false),
            ("", false),
        ] {
            assert_eq!(is_ean13(text), valid, "{text}");
        }
        assert_eq!(ean13_check_digit("400638133393"), Some('1'));
        assert_eq!(ean13_check_digit("40063813339"), None);
    }

    #[test]
    fn labels_of_the_chain() {
        for (number, label) in [
            (1, Some("2000000000015")),
            (9_999_999_999, Some("2099999999998")),
            (10_000_000_000, None),
        ] {
            let made = store_barcode(number);
            assert_eq!(made.as_deref(), label);
            assert!(made.is_none_or(|label| is_ean13(&label)));
        }
    }
}
