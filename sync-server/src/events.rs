//! Waking tills: `GET /v1/events` says, a line at a time, what stands for everything held here in the till's lanes.
//!
//! One task looks at the replica after something changed and makes one hint for each set of lanes that anybody listens to;
//! each connection passes on its own when it differs from the last. Nothing rests on it: who hears nothing polls, and a
//! server with other processes beside it looks again at every beat.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use journal::Lanes;
use model::ids::Id;
use model::refusal::Refusal;
use sync::hint::hint;
use sync::limits::{LISTEN_BEAT, LISTEN_LIFE};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use crate::answer::Refused;
use crate::server::Server;
use crate::sync_api::{bearer, device};

/// Listening at once: each takes one of the 10,000 connections, and requests must find some left.
const MAX_LISTENERS: usize = 8_000;
/// Between two looks at the replica, so that a flood of commits is not a flood of looks.
const BREATH: Duration = Duration::from_millis(10);
/// Lines that wait for one slow listener.
const LINES: usize = 4;

/// Hints by the bits of their lanes.
type Hints = BTreeMap<u8, Id>;

/// What changed, and who wants to know.
pub struct Board {
    changed: watch::Sender<u64>,
    hints: watch::Sender<Hints>,
    /// Sets of lanes that somebody has listened to since the start; there are sixteen in all.
    wanted: Mutex<Vec<Lanes>>,
    places: Arc<Semaphore>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            changed: watch::Sender::new(0),
            hints: watch::Sender::new(Hints::new()),
            wanted: Mutex::default(),
            places: Arc::new(Semaphore::new(MAX_LISTENERS)),
        }
    }
}

impl Board {
    /// Something may have changed; who listens is told when it has. Costs nothing, and can be said from anywhere.
    pub fn touch(&self) {
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn want(&self, lanes: Lanes) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if !wanted.iter().any(|known| known.bits() == lanes.bits()) {
            wanted.push(lanes);
        }
        drop(wanted);
        self.touch();
    }
}

/// Makes hints until the server stops; then every connection that listens ends.
pub async fn announce(server: Arc<Server>, mut stopped: watch::Receiver<bool>) {
    let mut changed = server.board.changed.subscribe();
    loop {
        tokio::select! {
            // The sender is in the server's hands, so this does not end before it.
            _ = changed.changed() => {}
            // What another process took is seen here.
            () = tokio::time::sleep(LISTEN_BEAT) => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
        let at = Arc::clone(&server);
        let made = tokio::task::spawn_blocking(move || hints(&at)).await;
        if let Ok(Ok(made)) = made {
            server.board.hints.send_if_modified(|hints| {
                let differs = *hints != made;
                *hints = made;
                differs
            });
        }
        tokio::time::sleep(BREATH).await;
    }
}

fn hints(server: &Server) -> Result<Hints, Refusal> {
    let wanted = server
        .board
        .wanted
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let mut hints = Hints::new();
    for lanes in wanted {
        hints.insert(lanes.bits(), hint(&server.store.vector(lanes)?));
    }
    Ok(hints)
}

/// The lines of one connection, as the body of an answer.
struct Lines {
    lines: mpsc::Receiver<Bytes>,
    _place: OwnedSemaphorePermit,
}

impl HttpBody for Lines {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let line = self.get_mut().lines.poll_recv(context);
        line.map(|line| line.map(|line| Ok(Frame::data(line))))
    }
}

pub async fn events(State(server): State<Arc<Server>>, headers: HeaderMap) -> Result<Response, Refused> {
    let token = device(&server, bearer(&headers))?;
    let place = Arc::clone(&server.board.places)
        .try_acquire_owned()
        .map_err(|_| Refusal::Busy)?;
    let (sender, lines) = mpsc::channel(LINES);
    let lanes = token.reads;
    server.board.want(lanes);
    tokio::spawn(speak(Arc::clone(&server), lanes, sender));
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let body = Body::new(Lines { lines, _place: place });
    Ok((headers, body).into_response())
}

/// Says what is new until the connection's time is over, the listener is gone, or the server stops.
async fn speak(server: Arc<Server>, lanes: Lanes, lines: mpsc::Sender<Bytes>) {
    let mut hints = server.board.hints.subscribe();
    let mut stopped = server.stopping.subscribe();
    drop(server);
    let over = tokio::time::sleep(LISTEN_LIFE);
    tokio::pin!(over);
    let mut said = None;
    // The answer's head goes out with its first bytes.
    let mut line = Some(Bytes::from_static(b":\n"));
    loop {
        if let Some(line) = line.take()
            && lines.send(line).await.is_err()
        {
            return;
        }
        let now = hints.borrow_and_update().get(&lanes.bits()).copied();
        if now.is_some() && now != said {
            said = now;
            line = now.map(|hint| Bytes::from(format!("data: {hint}\n\n")));
            continue;
        }
        tokio::select! {
            changed = hints.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(LISTEN_BEAT) => line = Some(Bytes::from_static(b":\n")),
            () = lines.closed() => return,
            () = &mut over => return,
            _ = stopped.wait_for(|stop| *stop) => return,
        }
    }
}
