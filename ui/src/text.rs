//! Every word on screen comes from here: the files of `ui/text/en-IN`, one for an area, compiled in.
//!
//! A line is `key = text`; `{name}` stands for a value; `key[one]` is the form for exactly one. A second language is a
//! second folder. A key that is missing shows itself, and a test finds it before a person does.

use std::collections::HashMap;
use std::sync::OnceLock;

/// One file for an area, so that several people can write at once.
const FILES: &[&str] = &[
    include_str!("../text/en-IN/shell.txt"),
    include_str!("../text/en-IN/errors.txt"),
    include_str!("../text/en-IN/parts.txt"),
    include_str!("../text/en-IN/first_run.txt"),
    include_str!("../text/en-IN/sign_in.txt"),
    include_str!("../text/en-IN/state.txt"),
    include_str!("../text/en-IN/sale.txt"),
    include_str!("../text/en-IN/payment.txt"),
    include_str!("../text/en-IN/drawer.txt"),
    include_str!("../text/en-IN/devices.txt"),
    include_str!("../text/en-IN/dioptre.txt"),
    include_str!("../text/en-IN/rx.txt"),
    include_str!("../text/en-IN/test_room.txt"),
    include_str!("../text/en-IN/customer.txt"),
    include_str!("../text/en-IN/ho.txt"),
    include_str!("../text/en-IN/ho_today.txt"),
    include_str!("../text/en-IN/ho_sales.txt"),
    include_str!("../text/en-IN/ho_stock.txt"),
    include_str!("../text/en-IN/ho_counts.txt"),
    include_str!("../text/en-IN/ho_devices.txt"),
    include_str!("../text/en-IN/ho_aside.txt"),
    include_str!("../text/en-IN/ho_privacy.txt"),
];

fn catalogue() -> &'static HashMap<&'static str, &'static str> {
    static CATALOGUE: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();
    CATALOGUE.get_or_init(|| FILES.iter().flat_map(|file| lines(file)).collect())
}

/// The `key = text` lines of a file; what starts with `#` explains.
fn lines(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    file.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, text)| (key.trim(), text.trim()))
}

/// The text of a key.
#[must_use]
pub fn t(key: &'static str) -> &'static str {
    catalogue().get(key).copied().unwrap_or(key)
}

/// The text of a key with its values: `tf("sale.paid_by", &[("name", &name)])`.
#[must_use]
pub fn tf(key: &'static str, values: &[(&str, &dyn std::fmt::Display)]) -> String {
    fill(t(key), values)
}

/// The text for a number of things, which is also the value `{n}`.
#[must_use]
pub fn tn(key: &'static str, n: u64, values: &[(&str, &dyn std::fmt::Display)]) -> String {
    let one = catalogue()
        .get(format!("{key}[one]").as_str())
        .copied()
        .filter(|_| n == 1);
    let text = fill(one.unwrap_or_else(|| t(key)), values);
    text.replace("{n}", &n.to_string())
}

fn fill(text: &str, values: &[(&str, &dyn std::fmt::Display)]) -> String {
    let mut text = text.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), &value.to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::path::{Path, PathBuf};

    fn sources(dir: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).expect("the source folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, into);
            } else if path.extension().is_some_and(|e| e == "rs") {
                into.push(path);
            }
        }
    }

    /// Every string literal of the form `area.words` in this crate.
    fn literals() -> HashSet<String> {
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        let mut found = HashSet::new();
        for file in files.iter().filter(|f| !f.ends_with("text.rs")) {
            let text = std::fs::read_to_string(file).expect("a source file");
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            found.extend(code.split('"').skip(1).step_by(2).map(str::to_owned));
        }
        found
    }

    #[test]
    fn every_key_asked_for_is_in_the_catalogue() {
        let areas: HashSet<&str> = catalogue().keys().filter_map(|k| Some(k.split_once('.')?.0)).collect();
        let is_key = |s: &str| {
            s.split_once('.')
                .is_some_and(|(area, rest)| areas.contains(area) && !rest.is_empty())
                && s.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.')
        };
        let missing: Vec<_> = literals()
            .into_iter()
            .filter(|s| is_key(s) && !catalogue().contains_key(s.as_str()))
            .collect();
        assert!(missing.is_empty(), "not in ui/text: {missing:?}");
    }

    #[test]
    fn no_key_is_written_twice_or_never_asked_for() {
        let mut seen = HashSet::new();
        let twice: Vec<_> = FILES
            .iter()
            .flat_map(|f| lines(f))
            .filter(|(key, _)| !seen.insert(*key))
            .collect();
        assert!(twice.is_empty(), "twice: {twice:?}");
        let asked = literals();
        let idle: Vec<_> = seen
            .iter()
            .filter(|key| !asked.contains(key.trim_end_matches("[one]")))
            .collect();
        assert!(idle.is_empty(), "never asked for: {idle:?}");
    }

    #[test]
    fn values_and_numbers_fill_their_places() {
        assert_eq!(
            fill("{who} at {where}", &[("who", &"Asha"), ("where", &"till 2")]),
            "Asha at till 2"
        );
        assert_eq!(tn("parts.days", 1, &[]), "1 day");
        assert_eq!(tn("parts.days", 8, &[]), "8 days");
    }
}
