//! Progress on stderr: one line that rewrites itself at a terminal, a line now and then in a log.

use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

pub struct Progress {
    what: &'static str,
    last: Cell<Instant>,
    terminal: bool,
}

impl Progress {
    pub fn new(what: &'static str) -> Self {
        Self {
            what,
            last: Cell::new(Instant::now()),
            terminal: std::io::stderr().is_terminal(),
        }
    }

    /// Says how far it is; now and then only.
    pub fn at(&self, done: impl std::fmt::Display, of: impl std::fmt::Display) {
        let pause = if self.terminal {
            Duration::from_millis(100)
        } else {
            Duration::from_secs(5)
        };
        if self.last.get().elapsed() < pause {
            return;
        }
        self.last.set(Instant::now());
        let mut stderr = std::io::stderr().lock();
        let end = if self.terminal { '\r' } else { '\n' };
        // Progress that cannot be shown is no reason to stop.
        let _ = write!(stderr, "{} {done} of {of}{end}", self.what);
        let _ = stderr.flush();
    }
}
