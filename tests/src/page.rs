//! A page under a driver: what is to be seen on it, and keys as people press them.

use std::time::Instant;

use fantoccini::actions::KeyActions;
use fantoccini::{Client, ClientBuilder, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::keyboard;
use crate::wait;

/// The visible elements of a selector, as their values or texts.
const TEXTS: &str = "\
    const seen = [];\
    for (const e of document.querySelectorAll(arguments[0])) {\
        if (e.getClientRects().length === 0) continue;\
        seen.push('value' in e && e.tagName !== 'BUTTON' && e.tagName !== 'LI' ? e.value : e.innerText);\
    }\
    return seen;";
/// One request of the page, through the same door as the page's own.
const CALL: &str = "\
    const [request, body, done] = arguments;\
    window.__TAURI_INTERNALS__.invoke('call', { request, body })\
        .then(answer => done({ answer }), refused => done({ refused }));";

/// Where the cursor is.
const CURSOR: &str = "return document.activeElement && document.activeElement.id;";
/// Answers after the next two frames.
const FRAMES: &str = "\
    const done = arguments[0];\
    requestAnimationFrame(() => requestAnimationFrame(() => done()));";

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A page that a driver holds. Every wait has a deadline, and says what was on the page when it passed.
pub struct Page {
    runtime: Runtime,
    client: Client,
}

impl Page {
    /// Opens a session with a driver.
    ///
    /// # Panics
    /// The driver refuses.
    #[must_use]
    pub fn open(driver: &str, capabilities: Capabilities) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap_or_else(|e| panic!("no runtime: {e}"));
        let session = async {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities);
            builder.connect(driver).await
        };
        let client = runtime.block_on(session).unwrap_or_else(|e| panic!("no session: {e}"));
        Self { runtime, client }
    }

    /// Ends the session.
    pub fn close(self) {
        // A window that has gone already has no session to end.
        let _ = self.runtime.block_on(self.client.close());
    }

    /// Goes to an address.
    ///
    /// # Panics
    /// The browser cannot.
    pub fn go(&self, url: &str) {
        let gone = self.runtime.block_on(self.client.goto(url));
        gone.unwrap_or_else(|e| panic!("{url}: {e}"));
    }

    /// Runs a script in the page; `None` while it cannot, as between two pages.
    pub fn run(&self, script: &str, arguments: Vec<Value>) -> Option<Value> {
        self.runtime.block_on(self.client.execute(script, arguments)).ok()
    }

    /// Asks the till something the page has no button for.
    ///
    /// # Panics
    /// It is refused.
    pub fn call(&self, request: &str, body: &Value) -> Value {
        let asked = self.client.execute_async(CALL, vec![json!(request), body.clone()]);
        let told = self
            .runtime
            .block_on(asked)
            .unwrap_or_else(|e| panic!("{request}: {e}"));
        assert!(told["refused"].is_null(), "{request}: {}", told["refused"]);
        told["answer"].clone()
    }

    /// Texts of what is visible of a selector; of a field, what it holds.
    #[must_use]
    pub fn texts(&self, css: &str) -> Vec<String> {
        let seen = self.run(TEXTS, vec![json!(css)]);
        let seen = seen.as_ref().and_then(Value::as_array);
        seen.into_iter()
            .flatten()
            .map(|text| text.as_str().unwrap_or_default().trim().to_owned())
            .collect()
    }

    /// Waits until a condition of the page holds.
    ///
    /// # Panics
    /// It does not in time; says what the page shows.
    pub fn until<T>(&self, what: &str, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            if started.elapsed() > wait::PAGE {
                let picture = self.keep_picture("failed");
                panic!("waited for {what}; {picture} shows:\n{}", self.texts("body").join("\n"));
            }
            std::thread::sleep(wait::TICK);
        }
    }

    /// Waits until the selector shows something, and reads it.
    pub fn see(&self, css: &str) -> String {
        self.until(css, |page| page.texts(css).into_iter().next())
    }

    /// Waits until something of the selector shows this text, wherever its lines break.
    pub fn see_text(&self, css: &str, part: &str) -> String {
        self.until(&format!("{part:?} in {css}"), |page| {
            let mut texts = page.texts(css).into_iter().map(|text| in_one_line(&text));
            texts.find(|text| text.contains(part))
        })
    }

    /// Waits until nothing of the selector is left.
    pub fn gone(&self, css: &str) {
        self.until(&format!("{css} to go"), |page| page.texts(css).is_empty().then_some(()));
    }

    /// Waits until the cursor stands in an element and everything that was to happen at the next frame has happened: a
    /// field that gets the cursor selects what it holds, which must not hit the first key.
    pub fn cursor_in(&self, id: &str) {
        let is_there = |page: &Self| page.run(CURSOR, vec![]) == Some(json!(id));
        self.until(&format!("the cursor in #{id}"), |page| {
            (is_there(page) && page.draws() && is_there(page)).then_some(())
        });
    }

    /// Gives the window this size.
    ///
    /// # Panics
    /// The driver cannot.
    pub fn resize(&self, width: u32, height: u32) {
        let sized = self.runtime.block_on(self.client.set_window_rect(0, 0, width, height));
        sized.unwrap_or_else(|e| panic!("{width}x{height}: {e}"));
        self.until("the size", |page| {
            (page.run("return window.innerWidth;", vec![]) == Some(json!(width))).then_some(())
        });
    }

    /// Lets the page draw two frames.
    #[must_use]
    pub fn draws(&self) -> bool {
        self.runtime.block_on(self.client.execute_async(FRAMES, vec![])).is_ok()
    }

    fn type_in(&self, keys: KeyActions) {
        let typed = self.runtime.block_on(self.client.perform_actions(keys));
        typed.unwrap_or_else(|e| panic!("keys: {e}"));
    }

    /// A key, such as `F9` or `Ctrl+Enter`.
    pub fn press(&self, chord: &str) {
        self.type_in(keyboard::chord(chord));
    }

    /// A key that is pressed twice by a slip.
    pub fn press_twice(&self, key: &str) {
        self.type_in(keyboard::twice(key));
    }

    /// A person types, where the cursor stands.
    pub fn hand(&self, text: &str) {
        self.type_in(keyboard::hand(text));
    }

    /// A scanner reads a code.
    pub fn scan(&self, code: &str) {
        self.type_in(keyboard::scan(code));
    }

    /// Presses F9 once the button that does it is on.
    pub fn main_action(&self, css: &str) {
        let on = format!("{css}:not([disabled])");
        self.see(&on);
        self.press("F9");
    }

    /// A click on the first visible element of a selector.
    pub fn click(&self, css: &str) {
        self.see(css);
        let script = "for (const e of document.querySelectorAll(arguments[0]))\
             if (e.getClientRects().length) { e.click(); return true; }";
        self.run(script, vec![json!(css)]);
    }

    /// A picture of the page, as PNG.
    ///
    /// # Panics
    /// The driver takes none.
    #[must_use]
    pub fn picture(&self) -> Vec<u8> {
        let taken = self.runtime.block_on(self.client.screenshot());
        taken.unwrap_or_else(|e| panic!("no picture: {e}"))
    }

    /// Keeps a picture in `target/e2e` and says where.
    pub fn keep_picture(&self, name: &str) -> String {
        let folder = crate::programs::root().join("target/e2e");
        let file = folder.join(format!("{name}-{}.png", std::process::id()));
        let kept = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, self.picture()));
        kept.map_or_else(|e| e.to_string(), |()| file.display().to_string())
    }
}
