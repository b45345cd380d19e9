//! What the head-office page asks: `POST /api/call/NAME`, the requests of `model`, and the few that a server answers
//! itself: where it stands, signing in, signing out.

use std::sync::Arc;
use std::time::Duration;

use app::MAX_BODY;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use model::ids::Id;
use model::records::SignInWay;
use model::refusal::Refusal;
use model::request::{Kind, Request};
use model::requests::Done;
use model::requests::till::{SignIn, SignOut, SignedIn, Stage, State as Standing, TillState};
use model::role::Permission;
use replica::Tip;
use serde_json::Value;

use crate::answer::Refused;
use crate::attempts::network;
use crate::body;
use crate::listen::Caller;
use crate::metrics::Metrics;
use crate::origin;
use crate::position;
use crate::secrets::PersonToken;
use crate::server::Server;
use crate::sync_api::bearer;

/// Begins the names of requests that only a program with a person in front of it answers.
const TILL: &str = "till.";
/// How long a read waits until its process has what the same page wrote at another.
const READ_AFTER_WRITE: Duration = Duration::from_secs(2);

pub async fn call(
    State(server): State<Arc<Server>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    origin::check(&headers)?;
    server.head_office_only()?;
    let body = body::read(body, MAX_BODY).await?;
    let person = person(&server, &headers);
    let mut written = None;
    let answer = match name.as_str() {
        TillState::NAME => {
            let at = Arc::clone(&server);
            server.calls.run(move || json(&standing(&at, person)?)).await?
        }
        SignIn::NAME => {
            let (signed_in, at) = sign_in(&server, caller, &body).await?;
            written = at;
            signed_in
        }
        SignOut::NAME => {
            let at = Arc::clone(&server);
            server.calls.run(move || json(&sign_out(&at, person)?)).await?
        }
        name if name.starts_with(TILL) => Err(Refusal::OnlyTheWindow { name: name.to_owned() })?,
        _ => {
            let PersonToken { user, .. } = person.ok_or(Refusal::NotSignedIn)?;
            let id = request_id(&headers)?;
            let at = Arc::clone(&server);
            let seen = position::of(&headers);
            let work = move || answer(&at, user, &name, &body, id, seen);
            let (answer, at) = server.calls.run(work).await?;
            written = at;
            answer
        }
    };
    let mut response = ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response();
    if let Some(written) = written {
        position::tell(&mut response, written);
    }
    Ok(response)
}

fn json(answer: &impl serde::Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(answer).map_err(|error| Refusal::Failed {
        what: error.to_string(),
    })
}

/// Whose token came with the request, if it is good and was not signed out.
fn person(server: &Server, headers: &HeaderMap) -> Option<PersonToken> {
    let token = server.secrets.read_person_token(bearer(headers)?, server.now())?;
    (!server.revoked.contains(&token.session)).then_some(token)
}

fn request_id(headers: &HeaderMap) -> Result<Option<Id>, Refusal> {
    let Some(id) = headers.get("x-request-id") else {
        return Ok(None);
    };
    let id = id.to_str().ok().and_then(|id| id.parse().ok());
    id.map(Some).ok_or_else(|| Refusal::BadRequest {
        why: "X-Request-Id is 32 hexadecimal digits".to_owned(),
    })
}

/// Roles are read anew for each call: what an administrator took away is gone at once.
fn answer(
    server: &Server,
    user: Id,
    name: &str,
    body: &Bytes,
    id: Option<Id>,
    seen: Option<Tip>,
) -> Result<(Value, Option<Tip>), Refusal> {
    if let Some(seen) = seen {
        // What is here is shown when it takes longer: a page that is late is better than none.
        server.store.reached(seen, READ_AFTER_WRITE)?;
    }
    let (caller, body) = (server.app.still(user)?, text(body)?);
    if !writes(name) {
        return Ok((server.app.call_json(&caller, name, body, id)?, None));
    }
    let mut answer = Value::Null;
    let written = server.store.command(id, &mut || {
        answer = server.app.call_json(&caller, name, body, id)?;
        Ok(())
    })?;
    Ok((answer, written))
}

/// Whether a request may write a commit.
fn writes(name: &str) -> bool {
    macro_rules! kinds {
        ($($request:ty),* $(,)?) => {
            match name {
                $(<$request as Request>::NAME => matches!(<$request as Request>::KIND, Kind::Command),)*
                _ => false,
            }
        };
    }
    model::with_requests!(kinds)
}

fn text(body: &Bytes) -> Result<&str, Refusal> {
    std::str::from_utf8(body).map_err(|_| Refusal::BadRequest {
        why: "it is not UTF-8".to_owned(),
    })
}

fn standing(server: &Server, person: Option<PersonToken>) -> Result<Standing, Refusal> {
    // Somebody who may no longer sign in is nobody here.
    let caller = person.and_then(|person| server.app.still(person.user).ok());
    Ok(Standing {
        stage: Stage::Office,
        organisation: Some(server.app.organisation_name()?).filter(|name| !name.is_empty()),
        store: None,
        till: String::new(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        me: caller.map(|caller| server.app.me(&caller)).transpose()?,
    })
}

async fn sign_in(server: &Arc<Server>, Caller(address): Caller, body: &Bytes) -> Result<(Value, Option<Tip>), Refusal> {
    let request: SignIn =
        serde_json::from_str(text(body)?).map_err(|error| Refusal::BadRequest { why: error.to_string() })?;
    // By the hash of the name: what somebody typed there may be a password.
    let login = request.login.trim().to_lowercase();
    let key = (blake3::hash(login.as_bytes()), network(address.ip()));
    if !server.sign_ins.take(key, server.now()) {
        Metrics::add(&server.metrics.sign_ins_refused, 1);
        return Err(Refusal::LockedOut { minutes: 1 });
    }
    let at = Arc::clone(server);
    let signed_in = server
        .passwords
        .run(move || signed_in(&at, &login, &request.password))
        .await;
    match &signed_in {
        Ok(_) => {
            server.sign_ins.forgive(&key);
            Metrics::add(&server.metrics.sign_ins, 1);
        }
        Err(_) => Metrics::add(&server.metrics.sign_ins_refused, 1),
    }
    let (signed_in, written) = signed_in?;
    Ok((json(&signed_in)?, written))
}

fn signed_in(server: &Server, login: &str, password: &str) -> Result<(SignedIn, Option<Tip>), Refusal> {
    let app = &server.app;
    if !app.founded()? {
        return Err(Refusal::NothingHeld);
    }
    let caller = app.check_password(login, password)?;
    if !caller.may(Permission::SignedIn) {
        // Their roles hold at a store, not here.
        return Err(Refusal::NotPermitted {
            permission: Permission::SignedIn.word().to_owned(),
        });
    }
    let written = server
        .store
        .command(None, &mut || app.record_sign_in(&caller, SignInWay::Password).map(drop))?;
    let token = server
        .secrets
        .person_token(caller.user, server.app.random_id()?, server.now());
    let signed_in = SignedIn {
        me: app.me(&caller)?,
        token: Some(token),
    };
    Ok((signed_in, written))
}

fn sign_out(server: &Server, person: Option<PersonToken>) -> Result<Done, Refusal> {
    if let Some(PersonToken { session, expires, .. }) = person {
        server.revoked.add(session, expires, server.now());
        server.store.signed_out(session, expires, server.now())?;
    }
    Ok(Done {})
}
