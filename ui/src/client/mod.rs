//! One way to ask anything: a request by name, over the window's IPC or over HTTP. Pages know neither.

mod http;
mod refused;
mod window;

pub use refused::Refused;

use leptos::prelude::*;
use leptos::web_sys;
use model::request::{Kind, Request};
use serde_json::Value;
use wasm_bindgen::JsValue;

/// How the answers come. What the page *is* (till or head office) the answer of `till.state` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// The window's IPC.
    Window,
    /// The sync server.
    Http,
}

impl Surface {
    /// The window puts itself into the page before anything runs.
    #[must_use]
    pub fn found() -> Self {
        if window::is_there() { Self::Window } else { Self::Http }
    }
}

/// Makes a command that is sent twice one commit. Draw one when the person decides, keep it over every try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// 16 random bytes, in hexadecimal.
    #[must_use]
    pub fn draw() -> Self {
        let mut bytes = [0_u8; 16];
        let drawn = web_sys::window()
            .and_then(|w| w.crypto().ok())
            .and_then(|c| c.get_random_values_with_u8_array(&mut bytes).ok());
        debug_assert!(drawn.is_some(), "every browser that runs this page has random numbers");
        Self(bytes.iter().map(|b| format!("{b:02x}")).collect())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Asks the till or the server. One for the page, copied freely.
#[derive(Clone, Copy)]
pub struct Client {
    surface: Surface,
    /// Of head office's sign-in; the till knows who stands at it.
    token: RwSignal<Option<String>>,
}

impl Client {
    /// Made once, by the root.
    pub fn provide(surface: Surface) -> Self {
        let client = Self {
            surface,
            token: RwSignal::new(http::kept_token()),
        };
        provide_context(client);
        client
    }

    #[must_use]
    pub fn get() -> Self {
        expect_context()
    }

    /// Signed in at head office, or out again with `None`. Kept for this tab, as long as it is open.
    pub fn set_token(self, token: Option<String>) {
        http::keep_token(token.as_deref());
        self.token.set(token);
    }

    /// Asks. A command gets an id of its own; where the person may press again after a lost answer, use
    /// [`Client::call_once`] with an id that is kept.
    ///
    /// # Errors
    /// What was refused and why, ready to be shown; or that nobody answered.
    pub async fn call<R: Request>(self, request: R) -> Result<R::Response, Refused> {
        let id = (R::KIND == Kind::Command).then(RequestId::draw);
        self.typed(request, id.as_ref()).await
    }

    /// Asks with an id drawn before: the same id twice is one commit and one answer.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn call_once<R: Request>(self, request: R, id: &RequestId) -> Result<R::Response, Refused> {
        self.typed(request, Some(id)).await
    }

    async fn typed<R: Request>(self, request: R, id: Option<&RequestId>) -> Result<R::Response, Refused> {
        let body = serde_json::to_value(request).map_err(|_| Refused::unreadable())?;
        let answer = self.ask(R::NAME, &body, id).await?;
        serde_json::from_value(answer).map_err(|_| Refused::unreadable())
    }

    async fn ask(self, request: &str, body: &Value, id: Option<&RequestId>) -> Result<Value, Refused> {
        let id = id.map(RequestId::as_str);
        match self.surface {
            Surface::Window => window::call(request, body, id).await,
            Surface::Http => {
                let token = self.token.get_untracked();
                let answer = http::call(request, body, id, token.as_deref()).await;
                if answer.as_ref().is_err_and(Refused::is_signed_out) {
                    self.set_token(None);
                }
                answer
            }
        }
    }

    /// What the till says unasked, as long as the page is open. Head office has none and asks again instead.
    pub fn on_push(self, take: impl Fn(Value) + 'static) {
        if self.surface == Surface::Window {
            window::listen(take);
        }
    }
}

fn to_js(value: &Value) -> Result<JsValue, Refused> {
    js_sys::JSON::parse(&value.to_string()).map_err(|_| Refused::unreadable())
}

fn from_js(value: &JsValue) -> Result<Value, Refused> {
    if value.is_undefined() {
        return Ok(Value::Null);
    }
    let text = js_sys::JSON::stringify(value).map_err(|_| Refused::unreadable())?;
    serde_json::from_str(&String::from(text)).map_err(|_| Refused::unreadable())
}
