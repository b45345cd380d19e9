//! The till's real window, held by tauri-driver. A driver holds one window at a time, so each window has its own.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;

use fantoccini::wd::Capabilities;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::chain::free_port;
use crate::display::Display;
use crate::page::Page;
use crate::process::Running;
use crate::programs::{file, root};
use crate::wait;

/// A window over a data folder.
pub struct Window {
    page: Option<Page>,
    driver: Running,
    data: PathBuf,
}

impl Window {
    /// Opens one and waits until its page is there.
    ///
    /// # Panics
    /// It does not open.
    #[must_use]
    pub fn open(display: &Display, data: &Path) -> Self {
        let program = root().join("target/tools/bin/tauri-driver");
        assert!(
            program.exists(),
            "{} is absent; `./dev test` fetches it",
            program.display()
        );
        let (port, native) = (free_port(), free_port());
        let mut driver = Command::new("dbus-run-session");
        driver
            .arg("--")
            .arg(program)
            .args(["--port", &port.to_string(), "--native-port", &native.to_string()]);
        driver
            .env("DISPLAY", &display.name)
            .env("NO_AT_BRIDGE", "1")
            .env("FOVEA_KEYS", "file")
            // What the page remembers, such as the theme, is this window's own.
            .env("XDG_DATA_HOME", data.with_extension("home"))
            .env("XDG_CACHE_HOME", data.with_extension("cache"));
        // It must not try another display that is there by chance.
        driver.env_remove("WAYLAND_DISPLAY").env("GDK_BACKEND", "x11");
        let mut driver = Running::start(&mut driver, &data.with_extension("driver.log"));
        wait::until("tauri-driver", wait::START, || {
            assert!(
                !driver.has_ended(),
                "tauri-driver ended, see {}",
                data.with_extension("driver.log").display()
            );
            let listens = |port| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
            (listens(port) && listens(native)).then_some(())
        });
        let options = json!({ "application": file("fovea-till"), "args": ["--data", data] });
        let mut capabilities = Capabilities::new();
        capabilities.insert("tauri:options".to_owned(), options);
        let page = Page::open(&format!("http://127.0.0.1:{port}"), capabilities);
        page.see("h1, h2");
        Self {
            page: Some(page),
            driver,
            data: data.to_owned(),
        }
    }

    /// Closes the window, and waits until its folder is free.
    pub fn close(mut self) {
        let till = till_over(&self.data);
        if let Some(page) = self.page.take() {
            page.close();
        }
        drop(self.driver);
        if let Some(pid) = till {
            wait_for_end(pid);
        }
    }

    /// The process of the till.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        till_over(&self.data).and_then(|pid| u32::try_from(pid.as_raw_nonzero().get()).ok())
    }

    /// `kill -9`: no chance to tidy up.
    ///
    /// # Panics
    /// There is no such till.
    pub fn kill(self) {
        let pid = till_over(&self.data).unwrap_or_else(|| panic!("no till over {}", self.data.display()));
        kill_process(pid, Signal::KILL).unwrap_or_else(|e| panic!("kill: {e}"));
        wait_for_end(pid);
        self.close();
    }
}

/// Waits until a process has let go of its files: the last of its threads does that, while its command line goes first and
/// its first thread may be a zombie already.
fn wait_for_end(pid: Pid) {
    let folder = PathBuf::from(format!("/proc/{}", pid.as_raw_nonzero()));
    wait::until("the till to end", wait::START, || {
        let line = std::fs::read_to_string(folder.join("stat")).unwrap_or_default();
        let state = line
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.trim_start().chars().next());
        let threads = std::fs::read_dir(folder.join("task")).map_or(0, Iterator::count);
        (state.is_none() || (matches!(state, Some('Z' | 'X')) && threads <= 1)).then_some(())
    });
}

impl Deref for Window {
    type Target = Page;

    fn deref(&self) -> &Page {
        self.page.as_ref().unwrap_or_else(|| panic!("the window is closed"))
    }
}

/// The process of the till over a folder.
fn till_over(data: &Path) -> Option<Pid> {
    let ours = |pid: &u32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let mut words = line.split(|byte| *byte == 0);
        let is_till = words.next().is_some_and(|program| program.ends_with(b"fovea-till"));
        is_till && words.any(|word| word == data.as_os_str().as_encoded_bytes())
    };
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pid = all
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .find(ours)?;
    Pid::from_raw(i32::try_from(pid).ok()?)
}
