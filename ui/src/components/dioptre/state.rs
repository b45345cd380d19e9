//! One field while it is typed in. No page, no events: every key has its answer here, and its test.

use optics::{Entry, FieldSpec, Power, parse_power};

use super::column::{Column, Value};
use super::reading::{Ask, Reading, bases, is_unusual, number, read, split_base};
use crate::text::t;

/// What became of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressed {
    /// The key is not the field's: it types, or belongs to the screen.
    Ignored,
    Taken,
    /// The value is taken; the cursor goes on.
    Next,
}

/// What stands beside the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    Ask(Ask),
    Refused(String),
}

/// A field with what is typed, what is recorded and what is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DioptreState {
    column: Column,
    text: String,
    value: Option<Value>,
    /// As the cursor came; Esc gives it back.
    before: Option<Value>,
    /// Unusual, and said to be meant.
    kept: Option<Value>,
    /// The question has been put: keys that answer it answer it.
    asks: bool,
    touched: bool,
    focused: bool,
    /// The eye's cylinder is recorded and not zero. Only the axis looks.
    has_cylinder: bool,
}

impl DioptreState {
    #[must_use]
    pub fn new(column: Column, value: Option<Value>) -> Self {
        let text = value.as_ref().map(|value| column.write(value)).unwrap_or_default();
        Self {
            column,
            text,
            before: value.clone(),
            kept: value.clone(),
            value,
            asks: false,
            touched: false,
            focused: false,
            has_cylinder: false,
        }
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is recorded.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        self.value.as_ref()
    }

    /// Writes a value from elsewhere: a copy, what the draft held.
    pub fn set(&mut self, value: Option<Value>) {
        let (focused, has_cylinder) = (self.focused, self.has_cylinder);
        *self = Self::new(self.column, value);
        (self.focused, self.has_cylinder) = (focused, has_cylinder);
    }

    /// Puts back a text that was being typed when the till stopped.
    pub fn restore(&mut self, text: &str) {
        self.text = text.to_owned();
        self.touched = true;
        self.take_settled();
    }

    /// What is recorded, or would be if the cursor left now.
    #[must_use]
    pub fn settled(&self) -> Option<Value> {
        match self.reading() {
            Reading::Value(value) => Some(value),
            Reading::Empty => None,
            Reading::Asks(_) | Reading::Refused(_) => self.value.clone(),
        }
    }

    #[must_use]
    pub fn is_focused(&self) -> bool {
        self.focused
    }

    #[must_use]
    pub fn has_cylinder(&self) -> bool {
        self.has_cylinder
    }

    pub fn set_has_cylinder(&mut self, has_cylinder: bool) {
        self.has_cylinder = has_cylinder;
    }

    /// A text that is not the recorded value.
    #[must_use]
    pub fn unsaved_text(&self) -> Option<&str> {
        let written = self
            .value
            .as_ref()
            .map(|value| self.column.write(value))
            .unwrap_or_default();
        (self.text != written).then_some(self.text.as_str())
    }

    /// Nothing is open here: the screen's main action may go on.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self.reading(), Reading::Empty | Reading::Value(_))
    }

    /// Amber: something is asked.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        matches!(self.shown(), Some(Shown::Ask(_)))
    }

    /// Red.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self.shown(), Some(Shown::Refused(_)))
    }

    /// The question or refusal in force. A missing sign is asked for as soon as the digits are complete, the rest when
    /// the cursor wants to leave: until then more may be typed.
    #[must_use]
    pub fn shown(&self) -> Option<Shown> {
        match self.reading() {
            Reading::Asks(ask @ Ask::Sign { .. }) if self.asks || self.is_complete() => Some(Shown::Ask(ask)),
            Reading::Asks(ask) if self.asks => Some(Shown::Ask(ask)),
            Reading::Refused(why) if self.asks || !self.touched => Some(Shown::Refused(why)),
            Reading::Empty if self.asks && self.lacks_axis() => {
                Some(Shown::Refused(t("dioptre.axis_missing").to_owned()))
            }
            _ => None,
        }
    }

    /// The same while the cursor is here: what stands beside the field.
    #[must_use]
    pub fn popover(&self) -> Option<Shown> {
        self.shown().filter(|_| self.focused)
    }

    fn lacks_axis(&self) -> bool {
        self.column == Column::Axis && self.has_cylinder
    }

    fn is_complete(&self) -> bool {
        match self.text.split_once('.') {
            Some((_, decimals)) => decimals.len() >= 2,
            None => self.text.chars().filter(char::is_ascii_digit).count() >= 3,
        }
    }

    /// What the text means here: an unusual value asks until it was said to be meant.
    fn reading(&self) -> Reading {
        match read(self.column, &self.text) {
            Reading::Value(value) if self.kept.as_ref() != Some(&value) && is_unusual(self.column, &value) => {
                Reading::Asks(Ask::Unusual)
            }
            Reading::Value(Value::Axis(_)) if !self.has_cylinder => {
                Reading::Refused(t("dioptre.axis_alone").to_owned())
            }
            other => other,
        }
    }

    /// The cursor comes.
    pub fn enter(&mut self) {
        self.focused = true;
        self.before = self.value.clone();
        // A question stays a question: whoever comes back must answer it.
        if self.unsaved_text().is_none() {
            self.touched = false;
        }
    }

    /// The cursor leaves, if it may.
    pub fn leave(&mut self) -> bool {
        let may = self.take_settled();
        self.asks = !may || (self.text.is_empty() && self.lacks_axis());
        self.focused = !may;
        may
    }

    /// The cursor is gone whatever the field says: a dialog opened, the window lost the keyboard.
    pub fn lost(&mut self) {
        self.take_settled();
        self.focused = false;
    }

    /// Two seconds without a key: what is settled is recorded, and the text stays as it is.
    pub fn rest(&mut self) -> bool {
        let now = match self.reading() {
            Reading::Value(value) => Some(value),
            Reading::Empty => None,
            _ => return false,
        };
        let changed = now != self.value;
        self.value = now;
        changed
    }

    /// Records what stands in the field, if nothing is open about it.
    pub fn take_settled(&mut self) -> bool {
        let value = match self.reading() {
            Reading::Empty => None,
            Reading::Value(value) => Some(value),
            Reading::Asks(_) | Reading::Refused(_) => return false,
        };
        self.accept(value);
        true
    }

    fn accept(&mut self, value: Option<Value>) {
        self.text = value.as_ref().map(|value| self.column.write(value)).unwrap_or_default();
        self.value = value;
        self.asks = false;
        self.touched = false;
    }

    /// The text was typed in, pasted, or put back after a scan.
    pub fn typed(&mut self, text: String) {
        self.text = text;
        self.touched = true;
        self.asks = false;
    }

    /// A key, as the event names it, before the input acts on it.
    pub fn press(&mut self, key: &str, shift: bool) -> Pressed {
        if key == "Escape" {
            return self.give_back();
        }
        if key == "Enter" {
            return self.confirm();
        }
        if !self.touched && matches!(key, "Backspace" | "Delete") {
            self.accept(None);
            return Pressed::Taken;
        }
        if self.column.is_acuity() {
            return Pressed::Ignored;
        }
        let steps = match key {
            "ArrowUp" => 1,
            "ArrowDown" => -1,
            "PageUp" => 10,
            "PageDown" => -10,
            _ => 0,
        };
        if steps != 0 {
            self.step(steps, shift);
            return Pressed::Taken;
        }
        let mut letters = key.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) => self.letter(letter.to_ascii_uppercase()),
            _ => Pressed::Ignored,
        }
    }

    fn letter(&mut self, letter: char) -> Pressed {
        let is_power = self.column.spec().is_some_and(|spec| spec.signed);
        match letter {
            '+' | '-' | '\u{2212}' if is_power => self.sign(letter == '+'),
            'P' if is_power => self.write_and_try("P".to_owned()),
            'D' if self.column == Column::Cylinder => self.write_and_try("DS".to_owned()),
            '1'..='9' if self.asks => self.choose(letter),
            _ if self.column.is_prism() => self.base(letter),
            // Signs have no place in an axis: the field says so when it is left.
            _ => Pressed::Ignored,
        }
    }

    /// Takes the text if it is settled; otherwise what is open is shown.
    fn write_and_try(&mut self, text: String) -> Pressed {
        self.typed(text);
        if !self.take_settled() {
            self.asks = true;
        }
        Pressed::Taken
    }

    /// The sign of what is typed. Typed behind the digits it is the answer to the proposal, and accepts it.
    fn sign(&mut self, plus: bool) -> Pressed {
        let sign = if plus { '+' } else { '\u{2212}' };
        let digits = if self.touched {
            self.text.trim_matches(['+', '-', '\u{2212}', ' ']).to_owned()
        } else {
            String::new()
        };
        if digits.is_empty() {
            self.typed(sign.to_string());
            return Pressed::Taken;
        }
        self.typed(format!("{digits}{sign}"));
        if !self.take_settled() {
            self.text = format!("{sign}{digits}");
            self.asks = true;
        }
        Pressed::Taken
    }

    /// 1, 2, 3 among the readings of digits without a point.
    fn choose(&mut self, digit: char) -> Pressed {
        let Reading::Asks(Ask::Size(sizes)) = self.reading() else {
            return Pressed::Ignored;
        };
        let chosen = digit.to_digit(10).and_then(|n| sizes.get(n as usize - 1).copied());
        let Some(size) = chosen else { return Pressed::Taken };
        let sign = self.text.chars().next().filter(|c| matches!(c, '+' | '-' | '\u{2212}'));
        let (_, base) = split_base(&self.text);
        let sign = sign.map(String::from).unwrap_or_default();
        let text = format!("{sign}{} {base}", size.unsigned());
        self.write_and_try(text.trim().to_owned())
    }

    fn base(&mut self, letter: char) -> Pressed {
        let word = bases(self.column)
            .into_iter()
            .find_map(|(key, word)| key.starts_with(letter).then_some(word));
        match word {
            Some(word) => {
                let (amount, _) = split_base(&self.text);
                let text = format!("{amount} {word}");
                self.write_and_try(text.trim().to_owned())
            }
            // Other letters mean nothing in a prism.
            None if letter.is_ascii_alphabetic() => Pressed::Taken,
            None => Pressed::Ignored,
        }
    }

    fn step(&mut self, steps: i32, shift: bool) {
        let now = match read(self.column, &self.text) {
            Reading::Value(value) => number(&value),
            // A prism that waits for its base has its amount.
            Reading::Asks(Ask::Base(_)) => waiting_amount(&self.text),
            _ => self.value.as_ref().and_then(number),
        };
        if self.column == Column::Axis {
            // The half circle goes round: below 1 comes 180.
            let axis = (now.unwrap_or(if steps > 0 { 0 } else { 181 }) + steps - 1).rem_euclid(180) + 1;
            _ = self.write_and_try(axis.to_string());
            return;
        }
        let Some(spec) = self.column.spec() else { return };
        let step = match (steps.abs(), shift && self.column == Column::Sphere) {
            (1, true) => 125,
            (1, false) => 250,
            _ => 1_000,
        };
        let next = match now {
            Some(now) => now + step * steps.signum(),
            // The first press starts where values usually begin: 0.25, or the smallest usual add.
            None if self.column == Column::Add => spec.usual_from,
            None => step * steps.signum(),
        };
        if self.column.is_prism() {
            let (_, base) = split_base(&self.text);
            let text = format!("{} {base}", Power(next.min(spec.hard_to)).unsigned());
            // A prism of nothing is none.
            let text = if next <= 0 {
                String::new()
            } else {
                text.trim().to_owned()
            };
            _ = self.write_and_try(text);
            return;
        }
        let next = Power(next.clamp(spec.hard_from, spec.hard_to));
        // Eighths have three decimals, by which they are known to be meant.
        let text = if next.0 % 250 == 0 {
            next.to_string()
        } else {
            next.three_decimals()
        };
        _ = self.write_and_try(text);
    }

    /// Enter: takes the value, or puts the question; the second Enter says that an unusual value is meant.
    fn confirm(&mut self) -> Pressed {
        match (self.reading(), self.asks) {
            (Reading::Empty, _) if self.lacks_axis() => {
                self.asks = true;
                Pressed::Taken
            }
            (Reading::Empty, _) => {
                self.accept(None);
                Pressed::Next
            }
            (Reading::Value(value), _) => {
                self.accept(Some(value));
                Pressed::Next
            }
            (Reading::Asks(Ask::Unusual), true) => {
                if let Reading::Value(value) = read(self.column, &self.text) {
                    self.kept = Some(value.clone());
                    self.accept(Some(value));
                }
                Pressed::Next
            }
            (Reading::Asks(Ask::Point(power)), true) => {
                let (_, base) = split_base(&self.text);
                let signed = self.column.spec().is_some_and(|spec| spec.signed);
                let amount = if signed { power.to_string() } else { power.unsigned() };
                self.write_and_try(format!("{amount} {base}").trim().to_owned());
                if self.is_settled() {
                    Pressed::Next
                } else {
                    Pressed::Taken
                }
            }
            _ => {
                self.asks = true;
                Pressed::Taken
            }
        }
    }

    /// Esc: the old value; when it is there already, the key is the screen's.
    fn give_back(&mut self) -> Pressed {
        if self.value == self.before && self.unsaved_text().is_none() {
            return Pressed::Ignored;
        }
        let before = self.before.clone();
        self.kept = before.clone();
        self.accept(before);
        Pressed::Taken
    }
}

fn waiting_amount(text: &str) -> Option<i32> {
    match parse_power(split_base(text).0, &FieldSpec::PRISM_HORIZONTAL) {
        Entry::Accepted(power) => Some(power.0),
        _ => None,
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
