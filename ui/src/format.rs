//! Times and ages in words. Amounts and dates are `retail`'s.

use retail::Day;

use crate::text::{t, tf, tn};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The local day and the minutes since its midnight.
fn local(ms: i64, offset_minutes: i32) -> (Day, i64) {
    let local = ms + i64::from(offset_minutes) * MINUTE;
    (
        Day(i32::try_from(local.div_euclid(DAY)).unwrap_or_default()),
        local.rem_euclid(DAY) / MINUTE,
    )
}

/// `2,34,776`: a number of things, grouped as this locale groups.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let (head, tail) = digits.split_at(digits.len().saturating_sub(3));
    let mut out = String::new();
    for (at, digit) in head.chars().enumerate() {
        if at > 0 && (head.len() - at).is_multiple_of(2) {
            out.push(',');
        }
        out.push(digit);
    }
    if !head.is_empty() {
        out.push(',');
    }
    out + tail
}

/// `14:32`.
#[must_use]
pub fn time(ms: i64, offset_minutes: i32) -> String {
    let (_, minutes) = local(ms, offset_minutes);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The day at the store.
#[must_use]
pub fn day(ms: i64, offset_minutes: i32) -> Day {
    local(ms, offset_minutes).0
}

/// `Sat 21 Nov 2026, 14:32`.
#[must_use]
pub fn day_and_time(ms: i64, offset_minutes: i32) -> String {
    format!(
        "{}, {}",
        day(ms, offset_minutes).text_with_weekday(),
        time(ms, offset_minutes)
    )
}

/// When it was, as briefly as it can be understood: `14:32` today, else `Fri 20 Nov, 20:41`.
#[must_use]
pub fn moment(ms: i64, now: i64, offset_minutes: i32) -> String {
    let (then, today) = (day(ms, offset_minutes), day(now, offset_minutes));
    let time = time(ms, offset_minutes);
    if then == today {
        time
    } else {
        format!("{}, {time}", then.text_near())
    }
}

/// `now`, `22 min`, `1 h 05 min`, `18 h`, `3 days`.
#[must_use]
pub fn age(ms: i64) -> String {
    let (days, hours, minutes) = (ms / DAY, ms / HOUR, ms.rem_euclid(HOUR) / MINUTE);
    match ms {
        _ if days >= 2 => tn("parts.days", days.unsigned_abs(), &[]),
        _ if hours >= 10 => tf("parts.hours", &[("h", &hours)]),
        _ if hours >= 1 => tf("parts.hours_minutes", &[("h", &hours), ("m", &format!("{minutes:02}"))]),
        _ if minutes >= 1 => tf("parts.minutes", &[("m", &minutes)]),
        _ => t("parts.now").to_owned(),
    }
}

/// `AK` of `Asha Kulkarni`, `PV` of `Padmavathi Venkatasubramanian`.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut letters = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphabetic()));
    let first = letters.next();
    let last = letters.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDIA: i32 = 330;
    /// 2026-11-21 14:32 in India.
    const NOW: i64 = 1_795_251_720_000;

    #[test]
    fn numbers_of_things() {
        let said = [0, 999, 1_000, 50_412, 371_900, 12_345_678].map(count);
        assert_eq!(said, ["0", "999", "1,000", "50,412", "3,71,900", "1,23,45,678"]);
    }

    #[test]
    fn times_are_the_stores() {
        assert_eq!(day_and_time(NOW, INDIA), "Sat 21 Nov 2026, 14:32");
        assert_eq!(moment(NOW - 3 * HOUR, NOW, INDIA), "11:32");
        assert_eq!(moment(NOW - 18 * HOUR, NOW, INDIA), "Fri 20 Nov, 20:32");
    }

    #[test]
    fn ages_in_words() {
        let cases = [
            (0, "now"),
            (22 * MINUTE, "22 min"),
            (HOUR + 5 * MINUTE, "1 h 05 min"),
            (2 * HOUR + 56 * MINUTE, "2 h 56 min"),
            (18 * HOUR + MINUTE, "18 h"),
            (26 * HOUR, "26 h"),
            (3 * DAY, "3 days"),
        ];
        for (ms, words) in cases {
            assert_eq!(age(ms), words);
        }
    }

    #[test]
    fn initials_of_any_name() {
        let cases = [
            ("Asha K.", "AK"),
            ("Padmavathi Venkatasubramanian", "PV"),
            ("Ravi", "R"),
            ("", ""),
            ("K. S. Iyer", "KI"),
        ];
        for (name, letters) in cases {
            assert_eq!(initials(name), letters);
        }
    }
}
