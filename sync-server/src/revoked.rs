//! Sessions that were signed out before their token ended. In memory: a restart forgets them, and then a stolen token of a
//! signed-out session works until its eight hours are over; disabling the person ends it at once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use model::ids::Id;

/// Sessions remembered at once: a day of a large head office. Beyond, the one that ends first is forgotten.
const MAX_SESSIONS: usize = 10_000;

#[derive(Default)]
pub struct Revoked(Mutex<HashMap<Id, i64>>);

impl Revoked {
    pub fn add(&self, session: Id, expires: i64, now: i64) {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= MAX_SESSIONS {
            sessions.retain(|_, expires| *expires > now);
        }
        if sessions.len() >= MAX_SESSIONS
            && let Some(first) = sessions
                .iter()
                .min_by_key(|(_, expires)| **expires)
                .map(|(session, _)| *session)
        {
            sessions.remove(&first);
        }
        sessions.insert(session, expires);
    }

    pub fn contains(&self, session: &Id) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_bounded_and_keeps_the_longest() {
        let revoked = Revoked::default();
        let id = |number: usize| Id((number as u128).to_be_bytes());
        for number in 0..=MAX_SESSIONS {
            revoked.add(id(number), 1_000 + number as i64, 0);
        }
        assert!(!revoked.contains(&id(0)) && revoked.contains(&id(1)) && revoked.contains(&id(MAX_SESSIONS)));
    }
}
