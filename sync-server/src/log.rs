//! Structured logs: one line of JSON an event, on stderr. No secret, no name, no body is ever an argument of one.

use serde_json::{Map, Value};

/// Where the lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    Stderr,
    /// Tests that start many servers.
    Silent,
}

impl Log {
    /// Writes one event. `at` is ms UTC.
    pub fn event(self, at: i64, event: &str, values: &[(&str, Value)]) {
        if self == Self::Silent {
            return;
        }
        let mut line = Map::new();
        line.insert("at".to_owned(), at.into());
        line.insert("event".to_owned(), event.into());
        for (name, value) in values {
            line.insert((*name).to_owned(), value.clone());
        }
        eprintln!("{}", Value::Object(line));
    }
}
