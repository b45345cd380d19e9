//! Use cases: what each request does, over a replica.
//!
//! [`App::call`] takes a caller, a request and a request id. It checks the permission, answers a resent request with the
//! answer it had, and runs the handler: a query on a reading connection, a command in one transaction of the writing
//! thread. A refusal writes nothing.

pub mod bringing;
mod card;
mod cash;
mod catalogue;
mod checkpoint;
mod clinic;
mod clock;
mod counts;
mod csv_lines;
mod customers;
mod ends;
mod erasure;
mod export;
mod export_paper;
pub mod import;
pub mod joining;
pub mod keys;
mod level;
mod me;
mod office;
pub mod office_spare;
pub mod passwords;
mod people;
pub mod pin;
mod place;
pub mod printing;
mod random;
pub mod recovering;
pub mod replay;
mod sales;
mod scope;
pub mod setup;
pub mod sign_in;
mod stated;
mod stock;
mod unattended;

use std::sync::{Arc, Mutex};

use model::ids::{HashUse, Id};
use model::refusal::Refusal;
use model::request::{Kind, Request};
use model::role::{Permission, Role, may};
use replica::{Replica, ReplicaError};
use rusqlite::{OptionalExtension, params};

pub use clock::{Clock, system_clock};
pub use office::{RESTORED, restored_since};
pub use place::Place;
pub use scope::{Handle, Proof, Scope};

/// Answers kept for resent requests. A request is resent within minutes; this is weeks of a busy till.
const MAX_ANSWERS: i64 = 20_000;
/// Longest body of a request.
pub const MAX_BODY: usize = 4 * 1024 * 1024;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub user: Id,
    pub login: String,
    pub name: String,
    /// Those that hold at this device's store.
    pub roles: Vec<Role>,
}

impl Caller {
    pub fn may(&self, permission: Permission) -> bool {
        may(&self.roles, permission)
    }

    fn check(&self, permission: Permission) -> Result<(), Refusal> {
        if self.may(permission) {
            Ok(())
        } else {
            Err(Refusal::NotPermitted {
                permission: permission.word().to_owned(),
            })
        }
    }
}

/// The requests over one open replica.
#[derive(Clone)]
pub struct App {
    replica: Arc<Replica>,
    place: Arc<Place>,
    clock: Clock,
    /// Passwords are checked one after the other, so that guesses made at once are counted like any others.
    checking: Arc<Mutex<()>>,
}

impl App {
    pub fn new(replica: Arc<Replica>, clock: Clock) -> Result<Self, Refusal> {
        let own = setup::own_certificate(&replica)?;
        let spare = replica.write(|tx| Ok::<_, ReplicaError>(tx.spare().map(|spare| spare.certificate.clone())))?;
        Ok(Self {
            replica,
            place: Arc::new(Place::of(own, spare)),
            clock,
            checking: Arc::default(),
        })
    }

    pub fn replica(&self) -> &Arc<Replica> {
        &self.replica
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Own clock, ms UTC.
    pub fn now(&self) -> i64 {
        (self.clock)()
    }

    /// Answers one request.
    pub fn call<R: Handle>(&self, caller: &Caller, request: R, id: Option<Id>) -> Result<R::Response, Refusal> {
        caller.check(R::PERMISSION)?;
        let now = self.now();
        match R::KIND {
            Kind::Till => Err(Refusal::OnlyTheWindow {
                name: R::NAME.to_owned(),
            }),
            Kind::Query => self
                .replica
                .read(|conn| request.handle(&mut Scope::reading(conn, caller, &self.place, now))),
            Kind::Command | Kind::Local => {
                let id = match id {
                    Some(id) => id,
                    None => self.random_id()?,
                };
                let body = body_mark(&request)?;
                let proof = request.proof(caller);
                // What is done needs no word a second time: it may have changed since, or be locked.
                if proof.is_some()
                    && let Some(answer) = self.replica.read(|conn| answered::<R>(conn, id, &body))?
                {
                    return Ok(answer);
                }
                // Before the transaction: a wrong word must be counted, and checking it takes its time.
                let proved = proof.map(|proof| self.prove(&proof)).transpose()?;
                let (caller, place) = (caller.clone(), Arc::clone(&self.place));
                self.replica.write(move |tx| {
                    if R::KIND == Kind::Command
                        && let Some(answer) = answered::<R>(tx.conn(), id, &body)?
                    {
                        return Ok(answer);
                    }
                    let mut scope = Scope::writing(tx, &caller, &place, now, R::CODE, id);
                    scope.proved = proved;
                    let answer = request.handle(&mut scope)?;
                    if R::KIND == Kind::Command {
                        keep_answer::<R>(scope.conn(), id, &body, &answer, now)?;
                    }
                    Ok(answer)
                })
            }
        }
    }

    /// Answers one request given by name and JSON body.
    pub fn call_json(
        &self,
        caller: &Caller,
        name: &str,
        body: &str,
        id: Option<Id>,
    ) -> Result<serde_json::Value, Refusal> {
        if body.len() > MAX_BODY {
            return Err(Refusal::BadRequest {
                why: "it is longer than 4 MiB".to_owned(),
            });
        }
        macro_rules! dispatch {
            ($($request:ty),* $(,)?) => {
                match name {
                    $(<$request as Request>::NAME => {
                        caller.check(<$request as Request>::PERMISSION)?;
                        let request: $request = serde_json::from_str(body).map_err(unreadable)?;
                        let answer = self.call(caller, request, id)?;
                        serde_json::to_value(answer).map_err(unreadable)
                    })*
                    _ => Err(Refusal::UnknownRequest { name: name.to_owned() }),
                }
            };
        }
        model::with_requests!(dispatch)
    }
}

fn unreadable(error: serde_json::Error) -> Refusal {
    Refusal::BadRequest { why: error.to_string() }
}

/// What tells a body from another under one request id. Passwords stay out: a plain hash of one could be guessed at.
fn body_mark(request: &impl Request) -> Result<model::ids::Hash, Refusal> {
    fn strip(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(fields) => {
                fields.remove("password");
                fields.values_mut().for_each(strip);
            }
            serde_json::Value::Array(values) => values.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut body = serde_json::to_value(request).map_err(unreadable)?;
    strip(&mut body);
    Ok(HashUse::Case.hash(&[body.to_string().as_bytes()]))
}

/// The answer that this request id had, if it was answered before.
fn answered<R: Request>(
    conn: &rusqlite::Connection,
    id: Id,
    body: &model::ids::Hash,
) -> Result<Option<R::Response>, Refusal> {
    let kept: Option<(String, Vec<u8>, String)> = conn
        .prepare_cached("SELECT name, body, answer FROM local_answer WHERE request = ?")
        .and_then(|mut statement| {
            statement
                .query_row([id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()
        })
        .map_err(ReplicaError::from)?;
    match kept {
        Some((name, kept, answer)) if name == R::NAME && kept == body.as_bytes() => {
            serde_json::from_str(&answer).map(Some).map_err(unreadable)
        }
        Some(_) => Err(Refusal::RequestIdReused),
        None => {
            // The answer may be gone, the commit never is.
            let committed: Option<i64> = conn
                .prepare_cached("SELECT row FROM commit_log WHERE request = ? LIMIT 1")
                .and_then(|mut statement| statement.query_row([id.as_bytes()], |row| row.get(0)).optional())
                .map_err(ReplicaError::from)?;
            if committed.is_some() {
                Err(Refusal::RequestIdReused)
            } else {
                Ok(None)
            }
        }
    }
}

fn keep_answer<R: Request>(
    conn: &rusqlite::Connection,
    id: Id,
    body: &model::ids::Hash,
    answer: &R::Response,
    now: i64,
) -> Result<(), Refusal> {
    let answer = serde_json::to_string(answer).map_err(unreadable)?;
    (|| {
        conn.prepare_cached("INSERT INTO local_answer (request, name, body, answer, wall) VALUES (?, ?, ?, ?, ?)")?
            .execute(params![id.as_bytes(), R::NAME, body.as_bytes(), answer, now])?;
        // Now and then is enough to keep the bound.
        if id.0[0] == 0 {
            conn.prepare_cached(
                "DELETE FROM local_answer WHERE request IN (SELECT request FROM local_answer ORDER BY wall DESC LIMIT -1 OFFSET ?)",
            )?
            .execute([MAX_ANSWERS])?;
        }
        Ok(())
    })()
    .map_err(|error: rusqlite::Error| ReplicaError::from(error).into())
}
