//! Hands a file to the browser, which saves it where it saves downloads.

use js_sys::Array;
use leptos::prelude::set_timeout;
use leptos::web_sys;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

const JSON: &str = "application/json";
/// Some browsers read the file only after they asked where to put it.
const SAVED_BY: Duration = Duration::from_secs(60);

/// Saves a text as a JSON file. `false`: this browser would not.
#[must_use]
pub fn json(name: &str, text: &str) -> bool {
    offer(name, text).is_ok()
}

fn offer(name: &str, text: &str) -> Result<(), JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type(JSON);
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&JsValue::from_str(text)), &kind)?;
    let document = web_sys::window().and_then(|w| w.document()).ok_or(JsValue::NULL)?;
    let link: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    let address = Url::create_object_url_with_blob(&blob)?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The address would keep a person's data in this tab as long as it is open.
    let forget = move || _ = Url::revoke_object_url(&address);
    set_timeout(forget, SAVED_BY);
    Ok(())
}
