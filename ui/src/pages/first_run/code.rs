//! Codes that people copy from paper or a screen: groups of four of 32 characters. I, L and O are read as one and zero, as
//! `journal` reads them; here it is only counted and grouped, what the code says the till finds out.

/// Characters of a one-time code.
pub const CODE: usize = 12;
const GROUP: usize = 4;

/// A character as the code has it; none for what occurs in no code.
pub fn plain(c: char) -> Option<char> {
    match c.to_ascii_uppercase() {
        'O' => Some('0'),
        'I' | 'L' => Some('1'),
        'U' => None,
        upper if upper.is_ascii_alphanumeric() => Some(upper),
        _ => None,
    }
}

/// Only the characters that count.
pub fn normal(text: &str) -> String {
    text.chars().filter_map(plain).collect()
}

/// How many are still to come; 0 for too many as well, those [`surplus`] tells.
pub fn missing(text: &str) -> usize {
    CODE.saturating_sub(normal(text).len())
}

/// Whether there are more than a code has.
pub fn surplus(text: &str) -> bool {
    normal(text).len() > CODE
}

/// The first thing in the text that occurs in no code.
pub fn stranger(text: &str) -> Option<char> {
    text.chars()
        .find(|c| plain(*c).is_none() && !c.is_whitespace() && *c != '-')
}

/// `7kqm4tvx92` as `7KQM-4TVX-92`; what does not belong stays visible, for the person to take out.
pub fn grouped(text: &str) -> String {
    if stranger(text).is_some() {
        return text.to_uppercase();
    }
    let mut out = String::new();
    for (at, c) in text.chars().filter(|c| plain(*c).is_some()).enumerate() {
        if at > 0 && at % GROUP == 0 {
            out.push('-');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_as_it_is_typed() {
        for (typed, shown, left) in [
            ("", "", 12),
            ("7kqm", "7KQM", 8),
            ("7kqm4", "7KQM-4", 7),
            ("7KQM-4TVX-92", "7KQM-4TVX-92", 2),
            (" 7kqm 4tvx 92ab ", "7KQM-4TVX-92AB", 0),
            ("7kqm4tvx92abc", "7KQM-4TVX-92AB-C", 0),
            ("7kqm_4", "7KQM_4", 7),
        ] {
            assert_eq!((grouped(typed).as_str(), missing(typed)), (shown, left), "{typed}");
        }
        assert_eq!(normal("ol1-O"), "0110");
        assert_eq!(
            [stranger("7K-U"), stranger("7K é"), stranger("7K QM-")],
            [Some('U'), Some('é'), None]
        );
        assert!(surplus("7kqm4tvx92abc") && !surplus("7kqm4tvx92ab"));
    }
}
