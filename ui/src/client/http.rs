//! Head office: `POST /api/call/NAME` with a bearer token.

use leptos::web_sys;
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Request, RequestInit, Response, Storage};

use super::{Refused, from_js};

/// In the tab's own storage: it ends with the tab, and no other tab sees it.
const TOKEN: &str = "fovea.token";
/// The header that carries a command's request id.
const REQUEST_ID: &str = "x-request-id";
const UNAUTHORIZED: u16 = 401;

pub async fn call(request: &str, body: &Value, id: Option<&str>, token: Option<&str>) -> Result<Value, Refused> {
    let (status, answer) = send(request, body, id, token).await.map_err(|_| Refused::no_answer())?;
    let value = from_js(&answer)?;
    match status {
        200..=299 => Ok(value),
        // A sign-in that is refused says why; a token that is no longer good has nothing to say.
        UNAUTHORIZED if token.is_some() => Err(Refused::signed_out()),
        _ => Err(Refused::read(value)),
    }
}

async fn send(request: &str, body: &Value, id: Option<&str>, token: Option<&str>) -> Result<(u16, JsValue), JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let headers = Headers::new()?;
    headers.set("content-type", "application/json")?;
    if let Some(id) = id {
        headers.set(REQUEST_ID, id)?;
    }
    if let Some(token) = token {
        headers.set("authorization", &format!("Bearer {token}"))?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&JsValue::from_str(&body.to_string()));
    let request = Request::new_with_str_and_init(&format!("/api/call/{request}"), &init)?;
    let response: Response = JsFuture::from(window.fetch_with_request(&request)).await?.dyn_into()?;
    let status = response.status();
    // An answer without JSON is a proxy's, not ours.
    let answer = JsFuture::from(response.json()?).await;
    if answer.is_err() && status == UNAUTHORIZED {
        return Ok((status, JsValue::NULL));
    }
    Ok((status, answer?))
}

/// The token this tab had before it was reloaded.
pub fn kept_token() -> Option<String> {
    storage()?.get_item(TOKEN).ok()?
}

pub fn keep_token(token: Option<&str>) {
    let Some(storage) = storage() else { return };
    let _ = match token {
        Some(token) => storage.set_item(TOKEN, token),
        None => storage.remove_item(TOKEN),
    };
}

fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}
