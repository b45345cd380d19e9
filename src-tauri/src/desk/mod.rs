//! The desk: who answers the page. Before there is data it knows how to begin; afterwards it is an open folder, the person
//! who stands there, the printer and the way to the server.

mod begin;
mod open;
mod papers;
mod person;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::ids::Id;
use model::refusal::Refusal;
use model::request::Request;
use model::requests::till::{Joining, Stage, State, TillState};
use serde_json::{Value, json};

use crate::ipc::{Answers, Push};
use open::Open;

/// The desk over one data folder.
pub struct Desk {
    folder: PathBuf,
    shared: Arc<Shared>,
}

/// What the threads of the desk share.
pub struct Shared {
    inner: Mutex<Inner>,
    push: Mutex<Option<Push>>,
}

enum Inner {
    /// No data yet; a join may be under way.
    Empty(Joining),
    Open(Arc<Open>),
    /// The folder cannot be opened, and why.
    Refused(Refusal),
}

impl Shared {
    /// The lock is never held over a call that could panic half-way through a change.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the page something, once it is there.
    pub fn tell(&self, what: &Value) {
        if let Some(push) = &*self.push.lock().unwrap_or_else(PoisonError::into_inner) {
            push.tell(what);
        }
    }
}

impl Desk {
    /// Opens the folder, when it holds data.
    pub fn new(folder: PathBuf) -> Self {
        let shared = Arc::new(Shared {
            inner: Mutex::new(Inner::Empty(Joining::default())),
            push: Mutex::new(None),
        });
        let desk = Self { folder, shared };
        if desk.folder.join(replica::DATABASE).exists() {
            let inner = match Open::at(&desk.folder, &desk.shared) {
                Ok(open) => Inner::Open(open),
                Err(refusal) => Inner::Refused(refusal),
            };
            *desk.shared.inner() = inner;
        }
        desk
    }

    fn open(&self) -> Result<Arc<Open>, Refusal> {
        match &*self.shared.inner() {
            Inner::Open(open) => Ok(Arc::clone(open)),
            Inner::Refused(refusal) => Err(refusal.clone()),
            Inner::Empty(_) => Err(Refusal::FolderAbsent {
                folder: self.folder.display().to_string(),
            }),
        }
    }

    fn state(&self) -> Result<State, Refusal> {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        match &*self.shared.inner() {
            Inner::Empty(_) => {
                return Ok(State {
                    stage: Stage::FirstRun,
                    organisation: None,
                    store: None,
                    till: String::new(),
                    version,
                    me: None,
                });
            }
            Inner::Refused(refusal) => return Err(refusal.clone()),
            Inner::Open(_) => {}
        }
        let open = self.open()?;
        Ok(State {
            stage: Stage::Till,
            organisation: Some(open.app.organisation_name()?),
            store: open.app.own_store()?,
            till: open.app.place().till.clone(),
            version,
            me: open.me()?,
        })
    }

    fn answer_request(&self, request: &str, body: Value, id: Option<Id>) -> Result<Value, Refusal> {
        if request == TillState::NAME {
            return to_json(self.state()?);
        }
        if let Some(answer) = self.begin(request, &body) {
            return answer;
        }
        let open = self.open()?;
        if let Some(answer) = open.person(request, &body) {
            return answer;
        }
        if let Some(answer) = open.papers(request, &body) {
            return answer;
        }
        let caller = open.caller()?;
        open.app.call_json(&caller, request, &body.to_string(), id)
    }
}

impl Answers for Desk {
    fn answer(&self, request: &str, body: Value, request_id: Option<&str>) -> Result<Value, Value> {
        // One that cannot be read is refused: taken as none, a request sent twice would be done twice.
        let id = request_id.map(|id| {
            id.parse().map_err(|_| Refusal::BadRequest {
                why: "its id is not one".to_owned(),
            })
        });
        id.transpose()
            .and_then(|id| self.answer_request(request, body, id))
            .map_err(|refusal| json!(refusal.told()))
    }

    fn opened(&self, push: Push) {
        *self.shared.push.lock().unwrap_or_else(PoisonError::into_inner) = Some(push);
    }
}

/// Reads a request's fields.
fn read<R: Request>(body: &Value) -> Result<R, Refusal> {
    serde_json::from_value(body.clone()).map_err(|error| Refusal::BadRequest { why: error.to_string() })
}

fn to_json(answer: impl serde::Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(answer).map_err(|error| Refusal::Failed {
        what: error.to_string(),
    })
}
