//! Which address is answered by what, and what holds for every answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use model::refusal::Refusal;
use serde_json::json;

use crate::answer::{RefusalCode, Refused};
use crate::server::Server;
use crate::{events, office_api, openapi, page, sync_api};

/// A request is answered within this, or told that the server is busy. Longer than reading a slow body and merging a batch.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/v1/challenge", post(sync_api::challenge))
        .route("/v1/token", post(sync_api::token))
        .route("/v1/enrol", post(sync_api::enrol))
        .route("/v1/relay", post(sync_api::relay))
        .route("/v1/bring", post(sync_api::bring))
        .route("/v1/events", get(events::events))
        .route("/v1/sync", post(sync_api::exchange))
        .route("/v1/snapshot", post(sync_api::snapshot))
        .route("/v1/statements", post(sync_api::statements))
        .route("/api/call/{name}", post(office_api::call))
        .route("/api/{*rest}", any(nothing))
        .route("/v1/{*rest}", any(nothing))
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(async || Json(openapi::document())))
        .fallback(page::file)
        .layer(from_fn_with_state(Arc::clone(&server), around))
        .with_state(server)
}

async fn nothing() -> Refused {
    Refused(Refusal::Unknown {
        what: "This address".to_owned(),
    })
}

/// The process answers.
async fn health() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// The database answers too.
async fn ready(State(server): State<Arc<Server>>) -> Result<Response, Refused> {
    let at = Arc::clone(&server);
    let counts = server.calls.run(move || at.store.counts()).await?;
    Ok(Json(json!({ "status": "ready", "commits": counts.commits })).into_response())
}

async fn metrics(State(server): State<Arc<Server>>) -> Result<Response, Refused> {
    let at = Arc::clone(&server);
    let counts = server.calls.run(move || at.store.counts()).await?;
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, server.metrics.text(counts)).into_response())
}

/// A bound in time, a line in the log for what was refused, and the headers that every answer carries.
async fn around(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().to_string();
    // The pattern, not the address as it came: nobody writes into our log.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("page".to_owned(), |path| path.as_str().to_owned());
    // What programs read is no page, and these answers are asked for all day.
    let is_sync = request.uri().path().starts_with("/v1/");
    let mut response = match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refused(Refusal::Busy).into_response(),
    };
    let status = response.status().as_u16();
    if status >= 400 {
        server.metrics.refused.fetch_add(1, Ordering::Relaxed);
        let code = response.extensions().get::<RefusalCode>().map(|code| code.0);
        let values = [
            ("method", method.into()),
            ("route", route.into()),
            ("status", status.into()),
            ("code", code.into()),
            ("ms", (started.elapsed().as_millis() as u64).into()),
        ];
        server.log.event(server.now(), "refused", &values);
    }
    let headers = response.headers_mut();
    let mut set = |name: header::HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if is_sync {
        return response;
    }
    set(header::CONTENT_SECURITY_POLICY, page::CSP);
    set(header::REFERRER_POLICY, "no-referrer");
    set(
        header::HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(
        header::HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    if server.tls {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}
