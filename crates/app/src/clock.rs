//! The clock is passed in, so that tests and simulations have their own.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells ms UTC since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The machine's clock.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
