//! Waiting for a condition, with a deadline that has a name.

use std::time::{Duration, Instant};

/// A process that has not answered after this long does not start.
pub const START: Duration = Duration::from_secs(60);
/// The page, after a key.
pub const PAGE: Duration = Duration::from_secs(30);
/// Something that goes through the server and comes back.
pub const SYNC: Duration = Duration::from_secs(90);
/// A printed paper.
pub const PAPER: Duration = Duration::from_secs(30);

/// How often a condition is looked at.
pub const TICK: Duration = Duration::from_millis(20);

/// Looks until there is an answer.
///
/// # Panics
/// The deadline passed; it says what was waited for.
pub fn until<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < within, "waited {} s for {what}", within.as_secs());
        std::thread::sleep(TICK);
    }
}
