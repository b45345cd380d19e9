//! The head-office page: the Leptos UI, embedded when the server was built.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use model::refusal::Refusal;
use rust_embed::RustEmbed;

use crate::answer::Refused;

#[derive(RustEmbed)]
#[folder = "../ui/dist"]
#[allow_missing = true]
struct Page;

const INDEX: &str = "index.html";
const MISSING: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Fovea</title></head>\n<body>\
<h1>Fovea</h1>\n<p>This server was built without its page. To get one: run <code>./dev ui</code> in the repository and build \
again with <code>cargo build --release --bin fovea-server</code>.</p>\n<p>Sync, enrolment and the API work without it.</p>\
</body></html>\n";

/// Nothing from elsewhere, nothing inline, no frames; the page's own scripts, styles, fonts, and its WebAssembly.
pub const CSP: &str = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; \
script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page, or why there is none.
pub async fn file(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let name = match uri.path().trim_start_matches('/') {
        "" => INDEX,
        name => name,
    };
    // The build's own marks are no part of the page.
    let found = (!name.starts_with('.')).then(|| Page::get(name)).flatten();
    match found {
        Some(file) => answer(name, file, &headers),
        None if name == INDEX => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], MISSING).into_response(),
        None => Refused(Refusal::Unknown {
            what: "This address".to_owned(),
        })
        .into_response(),
    }
}

/// The page is small and its names do not change, so browsers ask each time and mostly hear that nothing changed.
fn answer(name: &str, file: rust_embed::EmbeddedFile, headers: &HeaderMap) -> Response {
    let hash: String = file.metadata.sha256_hash()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let tag = format!("\"{hash}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let same = known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let mut response = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(file.data));
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(name)));
        response
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
