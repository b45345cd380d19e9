//! Customers that may be the one whose name, phone or address is being typed.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::customers::{CustomerRow, CustomerSearch};
use retail::{Day, phone};

use crate::client::Client;
use crate::components::Rows;

/// Proposed at once; more would not be read.
const PROPOSED: usize = 6;
/// A name is looked for from its second letter, a phone number from its fourth digit.
const MIN_NAME: usize = 2;
const MIN_PHONE: usize = 4;

/// What is typed so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Typed {
    pub name: String,
    pub phone: String,
    pub email: String,
    pub birth: Option<Day>,
}

/// In what a known customer agrees with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Matches {
    pub name: bool,
    pub phone: bool,
    pub email: bool,
    pub birth: bool,
}

impl Matches {
    fn count(self) -> usize {
        [self.name, self.phone, self.email, self.birth]
            .into_iter()
            .filter(|hit| *hit)
            .count()
    }

    /// Two things alike are hardly chance.
    #[must_use]
    pub fn is_likely(self) -> bool {
        self.count() >= 2
    }
}

#[derive(Clone, Copy)]
pub struct Known {
    pub found: RwSignal<Vec<CustomerRow>>,
    pub matches: Memo<Vec<Matches>>,
    pub rows: Rows,
}

impl Known {
    /// Follows every letter of `typed`; answers that come late are dropped.
    pub fn new(typed: Memo<Typed>, country: String) -> Self {
        let client = Client::get();
        let found = RwSignal::new(Vec::<CustomerRow>::new());
        let asked = StoredValue::new(0_u32);
        let country = StoredValue::new(country);
        let questions = Memo::new(move |_| country.with_value(|country| questions(&typed.read(), country)));
        Effect::new(move |_| {
            let questions = questions.get();
            asked.update_value(|n| *n = n.wrapping_add(1));
            let number = asked.get_value();
            spawn_local(async move {
                let mut all: Vec<CustomerRow> = Vec::new();
                for text in questions {
                    let limit = u32::try_from(PROPOSED).ok();
                    if let Ok(answer) = client.call(CustomerSearch { text, limit }).await {
                        let fresh = answer.customers.into_iter();
                        let fresh: Vec<_> = fresh.filter(|row| all.iter().all(|known| known.id != row.id)).collect();
                        all.extend(fresh);
                    }
                }
                if asked.try_get_value() == Some(number) {
                    let typed = typed.get_untracked();
                    all.sort_by_key(|row| {
                        std::cmp::Reverse(country.with_value(|country| compare(&typed, row, country)).count())
                    });
                    all.truncate(PROPOSED);
                    found.set(all);
                }
            });
        });
        let matches = Memo::new(move |_| {
            let typed = typed.read();
            let found = found.read();
            country.with_value(|country| found.iter().map(|row| compare(&typed, row, country)).collect())
        });
        let rows = Rows::new(Signal::derive(move || found.read().len()));
        Self { found, matches, rows }
    }

    #[must_use]
    pub fn chosen(self) -> Option<CustomerRow> {
        let row = self.rows.now()?;
        self.found.read().get(row).cloned()
    }

    /// The same, without following it.
    #[must_use]
    pub fn chosen_now(self) -> Option<CustomerRow> {
        untrack(move || self.chosen())
    }
}

/// What to look for: each thing typed by itself, because a name may be written otherwise and a phone be shared.
fn questions(typed: &Typed, country: &str) -> Vec<String> {
    let name = typed.name.trim();
    let digits = phone::normalise(&typed.phone, country);
    let email = typed.email.trim();
    let mut questions = Vec::new();
    if digits.len() >= MIN_PHONE {
        questions.push(digits);
    }
    if name.chars().count() >= MIN_NAME {
        questions.push(name.to_owned());
    }
    if email.chars().count() >= MIN_PHONE {
        questions.push(email.to_owned());
    }
    questions
}

fn compare(typed: &Typed, row: &CustomerRow, country: &str) -> Matches {
    let folded = |text: &str| text.trim().to_lowercase();
    let digits = phone::normalise(&typed.phone, country);
    Matches {
        name: !typed.name.trim().is_empty() && folded(&row.name) == folded(&typed.name),
        phone: !digits.is_empty() && phone::normalise(&row.phone, country) == digits,
        email: !typed.email.trim().is_empty() && folded(&row.email) == folded(&typed.email),
        birth: typed.birth.is_some_and(|day| row.birth_day == Some(day.0)),
    }
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Reads `4 Aug 1969`, `04/08/1969`, `4.8.1969` and `1969-08-04`; a year of two digits is not guessed at.
#[must_use]
pub fn read_date(text: &str) -> Option<Day> {
    let parts: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|p| !p.is_empty())
        .collect();
    let [first, month, last] = parts.as_slice() else {
        return None;
    };
    let month = month.parse::<u32>().ok().or_else(|| {
        let name = month.to_lowercase();
        let at = MONTHS.iter().position(|m| name.get(..3) == Some(m))?;
        u32::try_from(at + 1).ok()
    })?;
    let (day, year) = if first.len() == 4 { (last, first) } else { (first, last) };
    if year.len() != 4 {
        return None;
    }
    Day::from_ymd(year.parse().ok()?, month, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ids::Id;

    #[test]
    fn dates_as_people_write_them() {
        let day = Day::parse_iso("1969-08-04").ok();
        for (text, expected) in [
            ("4 Aug 1969", day),
            ("04 August 1969", day),
            ("04/08/1969", day),
            ("4.8.1969", day),
            ("1969-08-04", day),
            ("4/8/69", None),
            ("31 Feb 1969", None),
            ("Aug 1969", None),
            ("", None),
            ("é é é", None),
        ] {
            assert_eq!(read_date(text), expected, "{text}");
        }
    }

    #[test]
    fn who_agrees_in_two_things_is_likely_the_same() {
        let row = CustomerRow {
            id: Id([1; 16]),
            code: String::new(),
            name: "Padmavathi V".to_owned(),
            phone: "+91 98220 41576".to_owned(),
            email: String::new(),
            birth_day: Day::parse_iso("1969-08-04").ok().map(|d| d.0),
        };
        let mut typed = Typed {
            name: "Padma".to_owned(),
            phone: "98220 41576".to_owned(),
            ..Typed::default()
        };
        assert!(!compare(&typed, &row, "91").is_likely());
        typed.birth = read_date("4 Aug 1969");
        assert!(compare(&typed, &row, "91").is_likely());
        assert_eq!(questions(&typed, "91"), ["9822041576", "Padma"]);
        assert!(questions(&Typed::default(), "91").is_empty());
    }
}
