//! Names: what was said once in a message is said again by number.

use std::collections::HashMap;
use std::hash::Hash;

use super::Flaw;

/// The sender's side: which value has which number.
pub struct Naming<T>(HashMap<T, u64>);

impl<T> Default for Naming<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Copy + Eq + Hash> Naming<T> {
    /// The value's number; none for one that was not said before, which has a number from now on.
    pub fn name(&mut self, value: T) -> Option<u64> {
        let next = self.0.len() as u64;
        match self.0.entry(value) {
            std::collections::hash_map::Entry::Occupied(known) => Some(*known.get()),
            std::collections::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(next);
                None
            }
        }
    }
}

/// The receiver's side: which number has which value.
pub struct Named<T>(Vec<T>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy> Named<T> {
    pub fn said(&mut self, value: T) -> T {
        self.0.push(value);
        value
    }

    pub fn of(&self, number: u64) -> Result<T, Flaw> {
        usize::try_from(number)
            .ok()
            .and_then(|number| self.0.get(number))
            .copied()
            .ok_or(Flaw::Name)
    }
}
