//! Reading the command line.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};
use model::refusal::Refusal;

/// Words and options of one command.
pub struct Arguments {
    words: Vec<OsString>,
    options: HashMap<String, OsString>,
    flags: Vec<String>,
}

fn usage(why: impl Into<String>) -> Refusal {
    Refusal::Usage { why: why.into() }
}

impl Arguments {
    /// Reads words, options with a value and options without; anything else is refused.
    pub fn read(
        arguments: impl IntoIterator<Item = OsString>,
        options: &[&str],
        flags: &[&str],
    ) -> Result<Self, Refusal> {
        let mut parser = Parser::from_args(arguments);
        let mut read = Self {
            words: Vec::new(),
            options: HashMap::new(),
            flags: Vec::new(),
        };
        while let Some(argument) = parser.next().map_err(|error| usage(error.to_string()))? {
            match argument {
                Arg::Long(name) if flags.contains(&name) => read.flags.push(name.to_owned()),
                Arg::Long(name) if options.contains(&name) => {
                    let name = name.to_owned();
                    let value = parser.value().map_err(|error| usage(error.to_string()))?;
                    if read.options.insert(name.clone(), value).is_some() {
                        return Err(usage(format!("--{name} is given twice")));
                    }
                }
                Arg::Value(word) => read.words.push(word),
                other => return Err(usage(other.unexpected().to_string())),
            }
        }
        Ok(read)
    }

    pub fn flag(&self, name: &str) -> bool {
        self.flags.iter().any(|flag| flag == name)
    }

    pub fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        self.options
            .get(name)
            .map(|value| {
                value
                    .clone()
                    .string()
                    .map_err(|_| usage(format!("--{name} is not readable text")))
            })
            .transpose()
    }

    pub fn needed(&self, name: &str) -> Result<String, Refusal> {
        self.text(name)?.ok_or_else(|| usage(format!("--{name} is missing")))
    }

    pub fn folder(&self) -> Result<PathBuf, Refusal> {
        self.options
            .get("data")
            .map(PathBuf::from)
            .ok_or_else(|| usage("--data DIR is missing"))
    }

    pub fn path(&self, name: &str) -> Result<PathBuf, Refusal> {
        self.options
            .get(name)
            .map(PathBuf::from)
            .ok_or_else(|| usage(format!("--{name} is missing")))
    }

    /// Exactly so many words.
    pub fn words<const N: usize>(&self, what: &str) -> Result<[String; N], Refusal> {
        let words: Vec<String> = self
            .words
            .iter()
            .map(|word| {
                word.clone()
                    .string()
                    .map_err(|_| usage("an argument is not readable text"))
            })
            .collect::<Result<_, _>>()?;
        words.try_into().map_err(|_| usage(format!("this takes {what}")))
    }

    pub fn all_words(&self) -> &[OsString] {
        &self.words
    }
}
