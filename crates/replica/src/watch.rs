//! Who wants to know that something may have changed here: the till's sync, a server's wake-up of its tills.

use std::sync::{Mutex, PoisonError};

/// Watchers at once. Beyond, the one that came first is forgotten; each has polling to fall back on.
const MAX_WATCHERS: usize = 16;

type Watcher = Box<dyn Fn() -> bool + Send + Sync>;

#[derive(Default)]
pub struct Watchers(Mutex<Vec<Watcher>>);

impl Watchers {
    pub fn add(&self, watcher: Watcher) {
        let mut watchers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if watchers.len() >= MAX_WATCHERS {
            drop(watchers.remove(0));
        }
        watchers.push(watcher);
    }

    /// Tells everybody; those that want to hear no more are forgotten.
    pub fn tell(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|watcher| watcher());
    }
}
