//! Pauses between tries: longer each time, never two tills in step.

use std::time::Duration;

use crate::limits::{FIRST_PAUSE, LONGEST_PAUSE};

/// A pause, give or take a fifth, so that tills that lost the server together do not come back together.
pub fn jittered(pause: Duration) -> Duration {
    let mut byte = [128];
    // Without randomness the pause is the plain one; nothing rests on it.
    let _ = getrandom::fill(&mut byte);
    pause.mul_f64(0.8 + 0.4 * f64::from(byte[0]) / 255.0)
}

/// Pauses that double.
#[derive(Debug, Clone, Copy)]
pub struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(FIRST_PAUSE)
    }
}

impl Backoff {
    /// The next pause.
    pub fn next_pause(&mut self) -> Duration {
        let pause = self.0;
        self.0 = (pause * 2).min(LONGEST_PAUSE);
        jittered(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut backoff = Backoff::default();
        let pauses: Vec<Duration> = (0..12).map(|_| backoff.next_pause()).collect();
        assert!(pauses[0] >= FIRST_PAUSE.mul_f64(0.79) && pauses[0] <= FIRST_PAUSE.mul_f64(1.21));
        assert!(pauses[3] > pauses[0]);
        assert!(pauses[11] <= LONGEST_PAUSE.mul_f64(1.21) && pauses[11] >= LONGEST_PAUSE.mul_f64(0.79));
    }
}
