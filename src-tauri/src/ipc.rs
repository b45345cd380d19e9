//! The page's one door: a request by name, answered by whoever the till was started with; and pushes the other way.

use std::sync::Arc;

use serde_json::{Value, json};
use tauri::{App, AppHandle, Emitter, Manager, State};

/// The event on which the page hears what it did not ask for: `{"kind": .., ..}`.
const PUSH: &str = "push";

/// Tells the page something, from any thread. A window that has gone is no reason to fail.
#[derive(Clone)]
pub struct Push(AppHandle);

impl Push {
    pub fn tell(&self, what: &Value) {
        if let Err(why) = self.0.emit(PUSH, what) {
            eprintln!("push: {why}");
        }
    }
}

/// Answers the requests of the page. It runs on a worker thread and may block; it is called from several at once.
pub trait Answers: Send + Sync + 'static {
    /// `request` is a request's name, `body` its fields. `request_id` makes a command that is sent twice one commit.
    ///
    /// # Errors
    /// `{code, message, remedy}`, ready to be shown.
    fn answer(&self, request: &str, body: Value, request_id: Option<&str>) -> Result<Value, Value>;

    /// The window is open: from now on the page can be told things.
    fn opened(&self, push: Push);
}

/// What the window was started with.
#[derive(Clone)]
pub struct Desk(pub Arc<dyn Answers>);

/// For `setup`: hands over the way to the page.
pub fn opened(app: &App) {
    let desk: State<'_, Desk> = app.state();
    desk.0.opened(Push(app.handle().clone()));
}

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
        Err(_) => Err(json!({
            "code": "till_stopped",
            "message": "This request stopped half-way.",
            "remedy": "What was kept is kept. Look, then do it again.",
        })),
    }
}
