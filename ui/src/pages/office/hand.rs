//! Whether somebody is busy with a list right now, so that it does not move under the hand.

use leptos::prelude::*;

/// A pointer or key is forgotten after this, ms.
const RESTS_MS: f64 = 5000.0;

/// The last pointer or key seen over a list.
#[derive(Clone, Copy)]
pub struct Hand(StoredValue<f64>);

impl Hand {
    pub fn new() -> Self {
        Self(StoredValue::new(f64::NEG_INFINITY))
    }

    /// For the listeners of the list: `on:mousemove`, `on:wheel`, `on:keydown`.
    pub fn touch(self) {
        let _ = self.0.try_update_value(|at| *at = js_sys::Date::now());
    }

    #[must_use]
    pub fn is_near(self) -> bool {
        self.0
            .try_get_value()
            .is_some_and(|at| js_sys::Date::now() - at < RESTS_MS)
    }
}
