//! The page's one door: a request by name, answered by whoever the till was started with.

use std::sync::Arc;

use serde_json::Value;
use tauri::{Emitter, State, WebviewWindow};

/// The event on which the window pushes what the page did not ask for: `{"kind": .., ..}`.
pub const PUSH: &str = "push";

/// Answers the requests of the page. It runs on a worker thread and may block; it is called from several at once.
pub trait Answers: Send + Sync + 'static {
    /// `request` is a request's name, `body` its fields. `request_id` makes a command that is sent twice one commit.
    ///
    /// # Errors
    /// `{code, message, remedy}`, ready to be shown.
    fn answer(&self, request: &str, body: Value, request_id: Option<&str>) -> Result<Value, Value>;
}

/// What the window was started with.
#[derive(Clone)]
pub struct Desk(pub Arc<dyn Answers>);

/// Async and on the blocking pool: a synchronous command runs on the main thread and freezes the window.
#[tauri::command]
pub async fn call(
    desk: State<'_, Desk>,
    request: String,
    body: Value,
    request_id: Option<String>,
) -> Result<Value, Value> {
    let desk = desk.inner().clone();
    let work = move || desk.0.answer(&request, body, request_id.as_deref());
    match tauri::async_runtime::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(_) => Err(serde_json::json!({
            "code": "till.stopped",
            "message": "This request stopped half-way.",
            "remedy": "What was kept is kept. Look, then do it again.",
        })),
    }
}

/// Tells the page something. A window that has gone is no reason to fail.
pub fn push(window: &WebviewWindow, what: &Value) {
    if let Err(why) = window.emit(PUSH, what) {
        eprintln!("push: {why}");
    }
}
