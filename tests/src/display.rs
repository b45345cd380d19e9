//! A virtual screen.

use std::path::Path;
use std::process::Command;

use crate::process::Running;
use crate::wait;

/// An X server without a screen of its own, on a display that was free.
pub struct Display {
    _server: Running,
    /// Such as `:99`.
    pub name: String,
}

impl Display {
    /// Starts one of this size; its log lies in `folder`.
    ///
    /// # Panics
    /// It does not start.
    #[must_use]
    pub fn start(width: u32, height: u32, folder: &Path) -> Self {
        let log = folder.join("xvfb.log");
        let screen = format!("{width}x{height}x24");
        let mut xvfb = Command::new("Xvfb");
        // It looks for a free display itself and says on stdout which it took.
        xvfb.args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp"]);
        let mut server = Running::start(&mut xvfb, &log);
        let number = wait::until("the virtual screen", wait::START, || {
            assert!(!server.has_ended(), "Xvfb ended, see {}", log.display());
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            let whole = said.lines().filter(|_| said.ends_with('\n'));
            whole.filter_map(|line| line.trim().parse::<u32>().ok()).next_back()
        });
        Self {
            _server: server,
            name: format!(":{number}"),
        }
    }
}
