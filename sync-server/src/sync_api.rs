//! What tills ask: challenge, token, enrolment, exchange. Bodies are the messages of the `sync` crate.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use app::setup::Enrolling;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use journal::{Certificate, Lane, Lanes, Post};
use model::refusal::{Refusal, Told};
use replica::peer::Seen;
use replica::statement::{stated, unstated};
use replica::{ReplicaError, Theirs};
use sync::copy::{Piece, PieceRequest};
use sync::limits::{BATCH_BYTES, MAX_BODY};
use sync::packed::Unpacked;
use sync::proof::{self, Side};
use sync::stated::Statements;
use sync::wire::{BringRequest, EnrolAnswer, EnrolRequest, Message, Offer, TokenAnswer, TokenRequest};

use crate::answer::{Refused, status};
use crate::attempts::network;
use crate::body;
use crate::codes::{CodeStore, Place, Shown};
use crate::listen::Caller;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::restored;
use crate::secrets::DeviceToken;
use crate::server::Server;
use crate::store::Arrived;

const CONTENT: &str = "application/vnd.fovea.sync";
const SOFTWARE: &str = concat!("fovea-server ", env!("CARGO_PKG_VERSION"));
/// Small messages: a chain, two keys, a signature.
const MAX_SMALL: usize = 8 * 1024;
/// A device that says the same as before is written down again after this, ms.
const SEEN_EVERY: i64 = 10_000;
/// Devices remembered by what they last said. Beyond, each call is written down.
const MAX_SEEN: usize = 10_000;

type Answer = Result<Response, Refused>;

fn message(body: Vec<u8>) -> Response {
    (
        [(header::CONTENT_TYPE, CONTENT), (header::CACHE_CONTROL, "no-store")],
        body,
    )
        .into_response()
}

/// Answers a till's request as the routes do, without a network: what carries the bytes is then the caller's.
///
/// # Errors
/// The status and what is told with it.
pub fn answer(
    server: &Server,
    path: &str,
    body: &[u8],
    token: Option<&str>,
    address: IpAddr,
) -> Result<Vec<u8>, (u16, Told)> {
    let answered = match path {
        "v1/challenge" => server.challenge(),
        "v1/token" => answer_token(server, body),
        "v1/enrol" => answer_enrol(server, body, network(address), Post::Till),
        "v1/relay" => answer_enrol(server, body, network(address), Post::Relay),
        "v1/bring" => device(server, token).and_then(|token| answer_bring(server, token, body, network(address))),
        "v1/sync" => device(server, token).and_then(|token| answer_exchange(server, token, body)),
        "v1/statements" => device(server, token).and_then(|_| answer_statements(server, body)),
        "v1/snapshot" => device(server, token).and_then(|token| answer_snapshot(server, token, body)),
        _ => Err(Refusal::UnknownRequest { name: path.to_owned() }),
    };
    answered.map_err(|refusal| (status(&refusal).as_u16(), refusal.told()))
}

/// The device of a token that is still good.
pub fn device(server: &Server, token: Option<&str>) -> Result<DeviceToken, Refusal> {
    token
        .and_then(|token| server.secrets.read_device_token(token, server.now()))
        .ok_or(Refusal::NotSignedIn)
}

/// The bearer token of a request.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

pub async fn challenge(State(server): State<Arc<Server>>) -> Answer {
    Ok(message(server.challenge()?))
}

pub async fn token(State(server): State<Arc<Server>>, body: Body) -> Answer {
    let body = body::read(body, MAX_SMALL).await?;
    let at = Arc::clone(&server);
    Ok(message(server.exchanges.run(move || answer_token(&at, &body)).await?))
}

/// A certificate up to the organisation key, and a signature by its key over our challenge: that is all a device needs to
/// be known. No table is asked.
fn answer_token(server: &Server, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let request = TokenRequest::from_body(body)?;
    let now = server.now();
    let (challenge, nonce) = (request.challenge(), request.nonce());
    if !server.secrets.is_challenge(&challenge, now) {
        return Err(Refusal::NotSignedIn);
    }
    let signature = request.signature();
    let enrolling = server.enrolling.to_bytes();
    let device = proof::check(
        Side::Till,
        server.organisation_key,
        // A till does not show what it was told that we have; shown or not, we have it.
        std::iter::once(enrolling.as_slice()).chain(request.chain()),
        &challenge,
        &nonce,
        &signature,
    )
    .map_err(|fault| match fault {
        proof::ProofFault::Certificate(journal::CertificateFault::ForeignOrganisation) => Refusal::OtherOrganisation,
        fault => Refusal::BadRequest {
            why: format!("the device is not known: {fault}"),
        },
    })?;
    let token = server.secrets.device_token(&device, now);
    let signer = &server.signer;
    let signature = proof::prove(Side::Server, &challenge, &nonce, &signer.certificate, &signer.key);
    let chain = match request.knows_server {
        true => Vec::new(),
        false => server.chain.clone(),
    };
    Ok(TokenAnswer::new(token, chain, signature).to_body()?)
}

pub async fn enrol(
    State(server): State<Arc<Server>>,
    Extension(Caller(address)): Extension<Caller>,
    body: Body,
) -> Answer {
    enrol_as(server, address.ip(), body, Post::Till).await
}

pub async fn relay(
    State(server): State<Arc<Server>>,
    Extension(Caller(address)): Extension<Caller>,
    body: Body,
) -> Answer {
    enrol_as(server, address.ip(), body, Post::Relay).await
}

async fn enrol_as(server: Arc<Server>, address: IpAddr, body: Body, post: Post) -> Answer {
    let body = body::read(body, MAX_SMALL).await?;
    let at = Arc::clone(&server);
    Ok(message(
        server
            .exchanges
            .run(move || answer_enrol(&at, &body, network(address), post))
            .await?,
    ))
}

fn answer_enrol(server: &Server, body: &[u8], address: IpAddr, post: Post) -> Result<Vec<u8>, Refusal> {
    server.head_office_only()?;
    let request = EnrolRequest::from_body(body)?;
    let (key, spare) = (request.key(), request.spare());
    let (place, certificates) = spend(server, &request.secret(), address, |codes, hash, now| {
        // Before it is spent: a code for something else stays good for that.
        match codes.place(hash)? {
            Some(place) if place.till.is_empty() && post == Post::Till => return Err(Refusal::CodeOfRelay),
            Some(place) if !place.till.is_empty() && post == Post::Relay => return Err(Refusal::CodeOfTill),
            // The code stays good until the till that has the books has brought them.
            Some(_) if !server.app.founded()? => return Err(Refusal::NothingHeld),
            Some(_) => {
                restored::may_certify(&server.app)?;
                server.snapshots.may_join(&server.app)?;
            }
            None => {}
        }
        let place = match codes.claim(hash, &key, &spare, now)? {
            Shown::Claimed(place) => place,
            shown => return Ok(Err(shown)),
        };
        let enrolling = Enrolling {
            store: &place.store,
            till: &place.till,
            key,
            spare,
        };
        let certificates = server.store.enrol(&enrolling)?;
        Ok(Ok((place, certificates)))
    })?;
    enrolled(server, place, "enrolled");
    Ok(EnrolAnswer::new(certificates).to_body()?)
}

pub async fn bring(
    State(server): State<Arc<Server>>,
    Extension(Caller(address)): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let token = device(&server, bearer(&headers))?;
    let body = body::read(body, MAX_SMALL).await?;
    let at = Arc::clone(&server);
    let address = network(address.ip());
    Ok(message(
        server
            .exchanges
            .run(move || answer_bring(&at, token, &body, address))
            .await?,
    ))
}

/// A till that keeps its certificate. The token proves that it is good and whose it is; the code, that head office wants it.
fn answer_bring(server: &Server, token: DeviceToken, body: &[u8], address: IpAddr) -> Result<Vec<u8>, Refusal> {
    server.head_office_only()?;
    let request = BringRequest::from_body(body)?;
    let unfit = |why: &str| Refusal::BadRequest { why: why.to_owned() };
    let certificate = Certificate::from_bytes(request.certificate()).map_err(|fault| unfit(&fault.to_string()))?;
    if certificate.id() != token.certificate {
        return Err(unfit("the certificate is not the one of its token"));
    }
    let spare = request.spare();
    if spare == Some(certificate.key) {
        return Err(unfit("a spare has a key of its own"));
    }
    let (place, certificates) = spend(server, &request.secret(), address, |codes, hash, now| {
        let Some(place) = codes.place(hash)? else {
            return Ok(Err(Shown::Wrong));
        };
        if place.till.is_empty() {
            return Err(Refusal::CodeOfRelay);
        }
        // Before it is spent: a code for another till stays good for that one.
        server.app.stands_at(&certificate, &place.store, &place.till)?;
        restored::may_certify(&server.app)?;
        if let shown @ (Shown::Wrong | Shown::Used) =
            codes.claim(hash, &certificate.key, &spare.unwrap_or(certificate.key), now)?
        {
            return Ok(Err(shown));
        }
        let certificates = server.store.certify_spare(&certificate, &place, spare)?;
        Ok(Ok((place, certificates)))
    })?;
    enrolled(server, place, "brought");
    Ok(EnrolAnswer::new(certificates).to_body()?)
}

/// What a shown code came to: its place and certificates, or why it was not taken.
type Spent = Result<(Place, Vec<Vec<u8>>), Shown>;

/// Spends a code, one at a time: tries are then counted exactly, and letters are given out in order.
fn spend(
    server: &Server,
    secret: &[u8; 5],
    address: IpAddr,
    certify: impl FnOnce(&mut dyn CodeStore, &blake3::Hash, i64) -> Result<Spent, Refusal>,
) -> Result<(Place, Vec<Vec<u8>>), Refusal> {
    let now = server.now();
    let mut codes = server.codes.lock().unwrap_or_else(PoisonError::into_inner);
    if server.wrong_codes.is_spent(&address, now) || server.all_wrong_codes.is_spent(&(), now) {
        return Err(Refusal::Busy);
    }
    certify(&mut **codes, &server.secrets.code_hash(secret), now)?.map_err(|shown| {
        server.wrong_codes.take(address, now);
        server.all_wrong_codes.take((), now);
        Metrics::add(&server.metrics.codes_refused, 1);
        match shown {
            Shown::Used => Refusal::CodeUsed,
            _ => Refusal::BadCode {
                why: "it is not known here".to_owned(),
            },
        }
    })
}

fn enrolled(server: &Server, place: Place, how: &'static str) {
    Metrics::add(&server.metrics.enrolments, 1);
    server.log.event(
        server.now(),
        how,
        &[("store", place.store.into()), ("till", place.till.into())],
    );
}

pub async fn exchange(State(server): State<Arc<Server>>, headers: HeaderMap, body: Body) -> Answer {
    let token = device(&server, bearer(&headers))?;
    let body = body::read(body, MAX_BODY).await?;
    let at = Arc::clone(&server);
    Ok(message(
        server.exchanges.run(move || answer_exchange(&at, token, &body)).await?,
    ))
}

fn answer_exchange(server: &Server, token: DeviceToken, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let started = Instant::now();
    let offer = Offer::from_body(body)?;
    let now = server.now();
    let (vector, ladders, wants) = (offer.vector(), offer.ladders(), offer.wants());
    let (waiting, software) = (offer.waiting, offer.software.clone());
    let source = token.device.to_string();
    let (certificates, Unpacked { commits, unreadable }) = offer.unpack()?;
    // What another process wrote as head office is no sign of an old copy.
    server.store.catch_up()?;
    let is_brought_back = restored::brings_back(&server.app, &commits)?;
    if is_brought_back {
        restored::notice(&server.app)?;
        server
            .log
            .event(now, "restored_copy_noticed", &[("device", source.clone().into())]);
    }
    let merged = server.store.accept(
        Arrived {
            certificates,
            commits,
            unreadable,
        },
        &source,
        now,
    )?;
    if is_brought_back {
        // Its own log has two branches now. If it was writing under its spare already, that is over too.
        app::office_spare::ensure_spare(&server.app)?;
    }
    let theirs = Theirs {
        vector: &vector,
        ladders: &ladders,
        wants: &wants,
    };
    // Before anything is handed out: what is over is handed out to nobody.
    server.erase_due(now)?;
    let mut offered = server.store.offer(&theirs, token.reads, BATCH_BYTES)?;
    if server.app.is_closed(token.device)? {
        // What it brings is looked at, for it may be honest and late; what it gets is what head office decided, its own
        // closing too, and nothing of customers and trade any more.
        offered.lacking = server.store.offer(&theirs, decided(token.reads), BATCH_BYTES)?.lacking;
    }
    let sent = offered.lacking.commits.len();
    let moved = merged.held + merged.aside + sent > 0;
    let seen = Seen {
        device: token.device,
        wall: now,
        unsent: offered.beyond,
        waiting,
        software,
    };
    remember(server, seen, moved)?;

    Metrics::add(&server.metrics.commits_taken, merged.held);
    Metrics::add(&server.metrics.commits_aside, merged.aside);
    Metrics::add(&server.metrics.commits_sent, sent);
    server.metrics.synced(started.elapsed());
    if moved && server.log == Log::Stderr {
        let values = [
            ("device", source.into()),
            ("taken", merged.held.into()),
            ("waiting", merged.waiting.into()),
            ("aside", merged.aside.into()),
            ("sent", sent.into()),
            ("ms", (started.elapsed().as_millis() as u64).into()),
        ];
        server.log.event(now, "sync", &values);
    }
    let answer = Offer::new(&offered.vector, &offered.lacking, offered.waiting, SOFTWARE);
    Ok(answer
        .asking(&offered.ladders, &offered.wants)
        .dated(server.now())
        .to_body()?)
}

pub async fn snapshot(State(server): State<Arc<Server>>, headers: HeaderMap, body: Body) -> Answer {
    let token = device(&server, bearer(&headers))?;
    let body = body::read(body, MAX_SMALL).await?;
    let at = Arc::clone(&server);
    Ok(message(
        server.exchanges.run(move || answer_snapshot(&at, token, &body)).await?,
    ))
}

/// Of these lanes the one that head office decides in.
fn decided(lanes: Lanes) -> Lanes {
    if lanes.contains(Lane::Control) {
        Lanes::of(&[Lane::Control])
    } else {
        Lanes::NONE
    }
}

/// Hands out a piece of the snapshot to who may read all that is in it.
fn answer_snapshot(server: &Server, token: DeviceToken, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    server.head_office_only()?;
    let request = PieceRequest::from_body(body)?;
    server.erase_due(server.now())?;
    let reads_all = !server.app.is_closed(token.device)? && token.reads.covers(Lanes::SHARED);
    let piece = match reads_all {
        true => server.snapshots.piece(&request)?,
        false => Piece::none(),
    };
    Ok(piece.to_body()?)
}

pub async fn statements(State(server): State<Arc<Server>>, headers: HeaderMap, body: Body) -> Answer {
    device(&server, bearer(&headers))?;
    let body = body::read(body, MAX_BODY).await?;
    let at = Arc::clone(&server);
    Ok(message(
        server.exchanges.run(move || answer_statements(&at, &body)).await?,
    ))
}

/// Keeps what a device tells, states what is held here, and tells what the device lacks.
fn answer_statements(server: &Server, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let told = Statements::from_body(body)?;
    let theirs = told.kept();
    let replica = server.app.replica();
    replica.hear(told.passed_on())?;
    replica.state(server.now())?;
    let (kept, lacking) = replica
        .read(|conn| -> Result<_, ReplicaError> { Ok((stated(conn)?, unstated(conn, &theirs, BATCH_BYTES)?)) })?;
    Ok(Statements::new(&kept, lacking).to_body()?)
}

/// Writes down what a device said, when it is news.
fn remember(server: &Server, seen: Seen, moved: bool) -> Result<(), Refusal> {
    let mut known = server.seen.lock().unwrap_or_else(PoisonError::into_inner);
    let same = known.get(&seen.device).is_some_and(|before| {
        let Seen {
            wall,
            unsent,
            waiting,
            software,
            ..
        } = before;
        seen.wall - wall < SEEN_EVERY && (*unsent, *waiting, software) == (seen.unsent, seen.waiting, &seen.software)
    });
    if same && !moved {
        return Ok(());
    }
    if known.len() < MAX_SEEN || known.contains_key(&seen.device) {
        known.insert(seen.device, seen.clone());
    }
    drop(known);
    server.store.seen(seen)
}
