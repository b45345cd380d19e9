//! Real Chromium, without a head.

use std::ops::Deref;
use std::path::Path;
use std::process::Command;

use fantoccini::wd::Capabilities;
use serde_json::json;

use crate::chain::free_port;
use crate::page::Page;
use crate::process::Running;
use crate::wait;

/// Quiet, and usable as root: nothing but what the test asks of it.
const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
];

/// In the folder of a browser: what its page saves.
pub const DOWNLOADS: &str = "downloads";

/// A browser with one page.
pub struct Browser {
    page: Option<Page>,
    _driver: Running,
}

impl Browser {
    /// Opens one at an address; its profile and log lie in `folder`.
    ///
    /// # Panics
    /// It does not open.
    #[must_use]
    pub fn open(url: &str, width: u32, height: u32, folder: &Path) -> Self {
        let port = free_port();
        let mut driver = Command::new("chromedriver");
        driver.arg(format!("--port={port}"));
        let mut driver = Running::start(&mut driver, &folder.join("chromedriver.log"));
        wait::until("chromedriver", wait::START, || {
            assert!(!driver.has_ended(), "chromedriver ended, see {}", folder.display());
            std::net::TcpStream::connect(("127.0.0.1", port)).ok().map(drop)
        });
        let mut flags: Vec<String> = FLAGS.map(str::to_owned).to_vec();
        flags.push(format!("--window-size={width},{height}"));
        flags.push(format!("--user-data-dir={}", folder.join("chromium").display()));
        let mut capabilities = Capabilities::new();
        let prefs = json!({ "download.default_directory": folder.join(DOWNLOADS) });
        let options = json!({ "args": flags, "prefs": prefs });
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let page = Page::open(&format!("http://127.0.0.1:{port}"), capabilities);
        page.go(url);
        Self {
            page: Some(page),
            _driver: driver,
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(page) = self.page.take() {
            page.close();
        }
    }
}

impl Deref for Browser {
    type Target = Page;

    fn deref(&self) -> &Page {
        self.page.as_ref().unwrap_or_else(|| panic!("the browser is closed"))
    }
}
