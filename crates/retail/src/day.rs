//! Calendar days: business dates, tax dates, validity. No time zone: whoever makes a [`Day`] has already chosen one.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Days since 1970-01-01 of the proleptic Gregorian calendar. In JSON it is the text `2026-11-21`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Day(pub i32);

/// Why there is no such day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DayError {
    #[error("{0} is not a date in the form 2026-11-21")]
    NotADate(String),
    #[error("there is no day {year}-{month}-{day}")]
    NoSuchDay { year: i32, month: u32, day: u32 },
    #[error("the date is beyond what can be counted")]
    OutOfRange,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// `Mon` to `Sun`.
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Self::Monday => "Mon",
            Self::Tuesday => "Tue",
            Self::Wednesday => "Wed",
            Self::Thursday => "Thu",
            Self::Friday => "Fri",
            Self::Saturday => "Sat",
            Self::Sunday => "Sun",
        }
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in(year: i32, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A day, ms.
const DAY_MS: i64 = 86_400_000;

impl Day {
    /// The day in UTC of an instant in ms since 1970-01-01 UTC; of a local clock's reading counted the same way, the local
    /// day. Beyond what an `i32` of days counts, some six million years either way, it is 1970-01-01.
    #[must_use]
    pub fn of_ms(instant: i64) -> Self {
        Self(i32::try_from(instant.div_euclid(DAY_MS)).unwrap_or(0))
    }

    /// The day of a year, month 1 to 12 and day of the month.
    ///
    /// # Errors
    /// [`DayError::NoSuchDay`] for 30 February and the like; years are 1 to 9999.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Result<Self, DayError> {
        let known = (1..=9_999).contains(&year) && (1..=12).contains(&month) && day >= 1 && day <= days_in(year, month);
        if !known {
            return Err(DayError::NoSuchDay { year, month, day });
        }
        // Civil date to day count, H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" (days_from_civil): years
        // start in March, so that the leap day is the last of its year.
        let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        i32::try_from(era * 146_097 + day_of_era - 719_468)
            .map(Self)
            .map_err(|_| DayError::OutOfRange)
    }

    /// Its month as one number, year times 12 and month 1 to 12: months follow each other by one.
    #[must_use]
    pub fn month_number(self) -> i32 {
        let (year, month, _) = self.ymd();
        year * 12 + month as i32
    }

    /// Year, month 1 to 12, day of the month. The inverse of [`Day::from_ymd`] (`civil_from_days` of the same source).
    #[must_use]
    pub fn ymd(self) -> (i32, u32, u32) {
        let count = i64::from(self.0) + 719_468;
        let era = count.div_euclid(146_097);
        let day_of_era = count.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        // An i32 of days is under six million years, so these always fit.
        (
            i32::try_from(year).unwrap_or(0),
            u32::try_from(month).unwrap_or(1),
            u32::try_from(day).unwrap_or(1),
        )
    }

    /// Reads exactly `2026-11-21`.
    ///
    /// # Errors
    /// [`DayError`] for any other form, and for days that do not exist.
    pub fn parse_iso(text: &str) -> Result<Self, DayError> {
        let wrong = || DayError::NotADate(text.chars().take(40).collect());
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(wrong());
        }
        let number = |from: usize, to: usize| -> Result<u32, DayError> {
            let digits = text
                .get(from..to)
                .filter(|part| part.bytes().all(|b| b.is_ascii_digit()));
            digits.and_then(|part| part.parse().ok()).ok_or_else(wrong)
        };
        let year = i32::try_from(number(0, 4)?).map_err(|_| wrong())?;
        Self::from_ymd(year, number(5, 7)?, number(8, 10)?)
    }

    /// `21 Nov 2026`.
    #[must_use]
    pub fn text(self) -> String {
        let (year, month, day) = self.ymd();
        format!("{day} {} {year}", month_name(month))
    }

    /// `Sat 28 Nov`, for days that are near.
    #[must_use]
    pub fn text_near(self) -> String {
        let (_, month, day) = self.ymd();
        format!("{} {day} {}", self.weekday().short(), month_name(month))
    }

    /// `Sat 21 Nov 2026`.
    #[must_use]
    pub fn text_with_weekday(self) -> String {
        format!("{} {}", self.weekday().short(), self.text())
    }

    /// The day of the week; 1970-01-01 was a Thursday.
    #[must_use]
    pub const fn weekday(self) -> Weekday {
        match (self.0 as i64 + 3).rem_euclid(7) {
            0 => Weekday::Monday,
            1 => Weekday::Tuesday,
            2 => Weekday::Wednesday,
            3 => Weekday::Thursday,
            4 => Weekday::Friday,
            5 => Weekday::Saturday,
            _ => Weekday::Sunday,
        }
    }

    /// So many days later, or earlier when negative.
    ///
    /// # Errors
    /// [`DayError::OutOfRange`] when the count does not fit.
    pub fn plus_days(self, days: i32) -> Result<Self, DayError> {
        self.0.checked_add(days).map(Self).ok_or(DayError::OutOfRange)
    }

    /// The same day of the month so many months later; the last of the month where that day is missing (31 January plus
    /// one month is 28 or 29 February).
    ///
    /// # Errors
    /// [`DayError`] when the year leaves 1 to 9999.
    pub fn plus_months(self, months: u32) -> Result<Self, DayError> {
        let (year, month, day) = self.ymd();
        let index = i64::from(year) * 12 + i64::from(month) - 1 + i64::from(months);
        let year = i32::try_from(index.div_euclid(12)).map_err(|_| DayError::OutOfRange)?;
        let month = u32::try_from(index.rem_euclid(12) + 1).map_err(|_| DayError::OutOfRange)?;
        Self::from_ymd(year, month, day.min(days_in(year, month)))
    }
}

fn month_name(month: u32) -> &'static str {
    usize::try_from(month)
        .ok()
        .and_then(|m| MONTHS.get(m.wrapping_sub(1)))
        .copied()
        .unwrap_or("")
}

impl fmt::Display for Day {
    /// `2026-11-21`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = DayError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse_iso(text)
    }
}

impl TryFrom<String> for Day {
    type Error = DayError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse_iso(&text)
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Day;
    use proptest::prelude::*;

    #[test]
    fn days_are_counted_and_named() {
        for (iso, count, text) in [
            ("1970-01-01", 0, "Thu 1 Jan 1970"),
            ("1969-12-31", -1, "Wed 31 Dec 1969"),
            ("2000-02-29", 11_016, "Tue 29 Feb 2000"),
            ("2025-09-22", 20_353, "Mon 22 Sep 2025"),
            ("2026-11-21", 20_778, "Sat 21 Nov 2026"),
            ("0001-01-01", -719_162, "Mon 1 Jan 1"),
            ("9999-12-31", 2_932_896, "Fri 31 Dec 9999"),
        ] {
            let day = Day::parse_iso(iso).unwrap();
            assert_eq!(
                (day.0, day.to_string().as_str(), day.text_with_weekday().as_str()),
                (count, iso, text)
            );
        }
        assert_eq!(Day::parse_iso("2026-11-28").unwrap().text_near(), "Sat 28 Nov");
    }

    #[test]
    fn instants_fall_on_days() {
        for (instant, count) in [
            (0, 0),
            (86_399_999, 0),
            (86_400_000, 1),
            (-1, -1),
            (-86_400_000, -1),
            (-86_400_001, -2),
            (1_795_219_200_000, 20_778),
            (i64::from(i32::MAX) * 86_400_000 + 86_399_999, i32::MAX),
            (i64::from(i32::MIN) * 86_400_000, i32::MIN),
            (i64::from(i32::MAX) * 86_400_000 + 86_400_000, 0),
            (i64::from(i32::MIN) * 86_400_000 - 1, 0),
            (i64::MAX, 0),
            (i64::MIN, 0),
        ] {
            assert_eq!(Day::of_ms(instant), Day(count), "{instant}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "2026-11-2",
            "2026-1-21",
            "21-11-2026",
            "2026/11/21",
            "2026-02-29",
            "2100-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "2026-11-00",
            "0000-01-01",
            "+026-11-21",
            "2026-11-2é",
            " 2026-11-21",
        ] {
            assert!(Day::parse_iso(text).is_err(), "{text}");
        }
    }

    #[test]
    fn months_end_where_they_end() {
        for (from, months, to) in [
            ("2026-11-21", 24, "2028-11-21"),
            ("2026-01-31", 1, "2026-02-28"),
            ("2027-12-31", 2, "2028-02-29"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2026-12-01", 0, "2026-12-01"),
        ] {
            assert_eq!(
                Day::parse_iso(from).unwrap().plus_months(months).unwrap().to_string(),
                to
            );
        }
        assert!(Day::parse_iso("9999-12-31").unwrap().plus_months(1).is_err());
        assert!(Day(i32::MAX).plus_days(1).is_err());
        assert!(Day(i32::MAX).plus_months(u32::MAX).is_err());
    }

    proptest! {
        #[test]
        fn count_and_date_are_inverse(count in -719_162_i32..=2_932_896) {
            let (year, month, day) = Day(count).ymd();
            prop_assert_eq!(Day::from_ymd(year, month, day), Ok(Day(count)));
            prop_assert_eq!(Day::parse_iso(&Day(count).to_string()), Ok(Day(count)));
        }

        #[test]
        fn no_day_panics(count in any::<i32>()) {
            let _ = (Day(count).to_string(), Day(count).text_with_weekday(), Day(count).plus_months(7));
        }
    }
}
