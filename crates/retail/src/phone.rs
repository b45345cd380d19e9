//! Telephone numbers: one form to search by, one to show.

/// Digits of a number that are kept, at most; E.164 allows 15.
const MAX_DIGITS: usize = 20;

/// The digits to search by. The own country's code and the leading 0 fall away, so that `+91 98220 41576`, `098220 41576`
/// and `98220-41576` are one; numbers of other countries keep their code. `country` is the calling code without a plus,
/// such as `91`.
#[must_use]
pub fn normalise(text: &str, country: &str) -> String {
    let text = text.trim();
    let digits: String = text.chars().filter(char::is_ascii_digit).take(MAX_DIGITS).collect();
    let international = text.starts_with('+') || text.starts_with("00");
    let bare = if text.starts_with("00") {
        digits.trim_start_matches('0')
    } else {
        digits.as_str()
    };
    let national = match bare.strip_prefix(country).filter(|_| !country.is_empty()) {
        Some(rest) if international => rest,
        // Written without a plus, only the length tells a country code from the beginning of a number.
        Some(rest) if rest.len() == 10 => rest,
        _ if international => return bare.to_owned(),
        _ => bare,
    };
    national.strip_prefix('0').unwrap_or(national).to_owned()
}

/// The number on screen: an Indian one of ten digits as `98220 41576`, any other as it was typed.
#[must_use]
pub fn display(text: &str, country: &str) -> String {
    let digits = normalise(text, country);
    match (digits.get(..5), digits.get(5..)) {
        (Some(first), Some(last))
            if country == "91" && digits.len() == 10 && first.starts_with(['6', '7', '8', '9']) =>
        {
            format!("{first} {last}")
        }
        _ => text.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{display, normalise};

    #[test]
    fn one_number_has_one_form() {
        for (text, country, digits, shown) in [
            ("98220 41576", "91", "9822041576", "98220 41576"),
            ("+91 98220-41576", "91", "9822041576", "98220 41576"),
            ("0091 9822041576", "91", "9822041576", "98220 41576"),
            ("919822041576", "91", "9822041576", "98220 41576"),
            ("09822041576", "91", "9822041576", "98220 41576"),
            ("9198220415", "91", "9198220415", "91982 20415"),
            ("020 2553 0140", "91", "2025530140", "020 2553 0140"),
            ("+44 7911 123456", "91", "447911123456", "+44 7911 123456"),
            ("07911 123456", "44", "7911123456", "07911 123456"),
            ("+44 (0)7911 123456", "44", "7911123456", "+44 (0)7911 123456"),
            (" none ", "91", "", "none"),
            ("", "", "", ""),
        ] {
            assert_eq!(
                (normalise(text, country).as_str(), display(text, country).as_str()),
                (digits, shown),
                "{text}"
            );
        }
    }
}
