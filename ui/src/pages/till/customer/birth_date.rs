//! A date as people write it.

use retail::Day;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// `4 Aug 1969`, `04/08/1969`, `1969-08-04`: day before month, the year with four digits.
#[must_use]
pub fn read(text: &str) -> Option<Day> {
    let parts: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    let [first, month, last] = parts.as_slice() else {
        return None;
    };
    let named = || {
        let name = month.to_lowercase();
        let at = MONTHS.iter().position(|m| name.get(..3) == Some(m))?;
        u32::try_from(at + 1).ok()
    };
    let month = month.parse::<u32>().ok().or_else(named)?;
    let (day, year) = if first.len() == 4 { (last, first) } else { (first, last) };
    if year.len() != 4 {
        return None;
    }
    Day::from_ymd(year.parse().ok()?, month, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_people_write_them() {
        let day = Day::parse_iso("1969-08-04").ok();
        for text in ["4 Aug 1969", "04 August 1969", "04/08/1969", "4.8.1969", "1969-08-04"] {
            assert_eq!(read(text), day, "{text}");
        }
        for text in ["", "Aug 1969", "4.8.69", "31 Feb 1969", "4 Ago 1969"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
