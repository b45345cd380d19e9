//! Who answers the page.

use serde_json::{Value, json};

use crate::ipc::{Answers, Push};

/// A till that holds no data folder: it refuses every request, and says so.
pub struct NotSetUp;

impl Answers for NotSetUp {
    fn answer(&self, request: &str, _body: Value, _request_id: Option<&str>) -> Result<Value, Value> {
        Err(json!({
            "code": "till_not_set_up",
            "message": format!("This till is not set up: {request} has nothing to answer from."),
            "remedy": "Join a chain with a code, or start on its own.",
        }))
    }

    fn opened(&self, push: Push) {
        push.tell(&json!({ "kind": "opened" }));
    }
}
