//! The window's IPC: one command, and pushes.

use js_sys::{Function, Object, Promise, Reflect};
use leptos::web_sys;
use serde_json::Value;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::{Refused, from_js, to_js};

/// What the window pushes under.
const PUSH: &str = "push";

/// Whether this page runs in the till's window.
pub fn is_there() -> bool {
    part(&["core", "invoke"]).is_some()
}

pub async fn call(request: &str, body: &Value, id: Option<&str>) -> Result<Value, Refused> {
    let args = Object::new();
    let id = id.map_or(JsValue::NULL, JsValue::from_str);
    for (name, value) in [
        ("request", JsValue::from_str(request)),
        ("body", to_js(body)?),
        ("requestId", id),
    ] {
        let _ = Reflect::set(&args, &JsValue::from_str(name), &value);
    }
    let answer = async {
        let (object, invoke) = part(&["core", "invoke"]).ok_or(JsValue::NULL)?;
        let promise: Promise = invoke.call2(&object, &JsValue::from_str("call"), &args)?.dyn_into()?;
        JsFuture::from(promise).await
    };
    match answer.await {
        Ok(answer) => from_js(&answer),
        Err(refused) if refused.is_object() => Err(Refused::read(from_js(&refused)?)),
        Err(_) => Err(Refused::no_answer()),
    }
}

/// Hears every push for as long as the page is open.
pub fn listen(take: impl Fn(Value) + 'static) {
    let Some((object, listen)) = part(&["event", "listen"]) else {
        return;
    };
    let hear = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
        let payload = Reflect::get(&event, &JsValue::from_str("payload")).unwrap_or(JsValue::NULL);
        if let Ok(value) = from_js(&payload) {
            take(value);
        }
    });
    let _ = listen.call2(&object, &JsValue::from_str(PUSH), hear.as_ref());
    hear.forget();
}

/// A function of `window.__TAURI__`, and the object it belongs to.
fn part(path: &[&str; 2]) -> Option<(JsValue, Function)> {
    let window: JsValue = web_sys::window()?.into();
    let tauri = Reflect::get(&window, &JsValue::from_str("__TAURI__"))
        .ok()
        .filter(JsValue::is_object)?;
    let object = Reflect::get(&tauri, &JsValue::from_str(path[0]))
        .ok()
        .filter(JsValue::is_object)?;
    let function = Reflect::get(&object, &JsValue::from_str(path[1]))
        .ok()?
        .dyn_into()
        .ok()?;
    Some((object, function))
}
