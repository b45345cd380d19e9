//! The loop that runs beside the till: nothing a cashier does waits for it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use app::{App, joining};
use model::refusal::Refusal;
use model::requests::till::Network;
use replica::{ReplicaError, meta, peer};

use crate::limits::{LOOK, MAX_EXCHANGES, POLL};
use crate::pause::{Backoff, jittered};
use crate::peer::{Peer, SERVER, Step};
use crate::trouble::Trouble;

/// Names in `local_meta` of the times that the status bar shows after a restart.
const ALL_SENT: &str = "all_sent";
const LAST_CONTACT: &str = "last_contact";
/// Those times are written down at most this often, ms.
const REMEMBERED_EVERY: i64 = 60_000;
/// So many tries without any movement, though the two differ, are no coincidence of timing.
const STILL: u32 = 3;
/// How long the end of the loop is waited for. An exchange that hangs ends by its own timeout, later.
const ENDING: Duration = Duration::from_secs(2);

const NOT_TAKEN: &str = "The server answers, but one side does not take what the other offers. Head office sees why.";

type Changed = Box<dyn Fn(&Network) + Send>;

#[derive(Default)]
struct State {
    network: Network,
    asked: bool,
    stopping: bool,
    stopped: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

impl Shared {
    /// The state is replaced whole, so a poisoned lock still holds a sound one.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Syncs in the background until it is dropped.
pub struct SyncLoop {
    shared: Arc<Shared>,
}

impl SyncLoop {
    /// Starts the loop of a till. `changed` is called on the loop's own thread whenever the snapshot differs from the last
    /// one. A till on its own has a loop too; it only counts.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn start(app: App, changed: impl Fn(&Network) + Send + 'static) -> Result<Self, Refusal> {
        let server = joining::server(app.replica())?;
        let shared = Arc::new(Shared::default());
        let mut worker = Worker::new(app, server, Arc::clone(&shared), Box::new(changed))?;
        worker.look();
        std::thread::Builder::new()
            .name("fovea-sync".to_owned())
            .spawn(move || worker.run())
            .map_err(|error| Refusal::Failed {
                what: format!("no thread for syncing: {error}"),
            })?;
        Ok(Self { shared })
    }

    /// Tries the server now, whatever pause is on.
    pub fn now(&self) {
        self.shared.lock().asked = true;
        self.shared.wake.notify_all();
    }

    /// What the status bar shows.
    pub fn network(&self) -> Network {
        self.shared.lock().network.clone()
    }

    /// Waits until the snapshot is as wanted; gives the last one, wanted or not.
    pub fn wait_until(&self, patience: Duration, wanted: impl Fn(&Network) -> bool) -> Network {
        let deadline = Instant::now() + patience;
        let mut state = self.shared.lock();
        while !wanted(&state.network) && Instant::now() < deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            state = self
                .shared
                .wake
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        state.network.clone()
    }
}

impl Drop for SyncLoop {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.stopping = true;
        self.shared.wake.notify_all();
        let deadline = Instant::now() + ENDING;
        while !state.stopped && Instant::now() < deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            state = self
                .shared
                .wake
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

struct Worker {
    app: App,
    shared: Arc<Shared>,
    changed: Changed,
    server: Option<String>,
    peer: Option<Peer>,
    network: Network,
    backoff: Backoff,
    due: Instant,
    remembered: i64,
    /// Unsent when the last try ended: only more than that is news, or a commit that the server sets aside would be offered
    /// without a pause.
    left_over: u64,
    /// Tries in a row in which nothing moved though the two differ.
    still: u32,
}

impl Worker {
    fn new(app: App, server: Option<String>, shared: Arc<Shared>, changed: Changed) -> Result<Self, Refusal> {
        let time = |bytes: Option<Vec<u8>>| bytes.and_then(|bytes| bytes.try_into().ok()).map(i64::from_be_bytes);
        let (all_sent, last_contact) = app.replica().read(|conn| -> Result<_, ReplicaError> {
            Ok((time(meta::meta(conn, ALL_SENT)?), time(meta::meta(conn, LAST_CONTACT)?)))
        })?;
        let network = Network {
            alone: server.is_none(),
            server: server.clone().unwrap_or_default(),
            all_sent,
            last_contact,
            ..Network::default()
        };
        Ok(Self {
            app,
            shared,
            changed,
            server,
            peer: None,
            network,
            backoff: Backoff::default(),
            due: Instant::now(),
            remembered: all_sent.unwrap_or(0),
            left_over: 0,
            still: 0,
        })
    }

    fn run(mut self) {
        while self.wait() {
            self.round();
        }
        let Shared { state, wake } = &*self.shared;
        // The folder is let go before anybody is told that the loop has ended.
        drop((self.peer.take(), self.app));
        state.lock().unwrap_or_else(PoisonError::into_inner).stopped = true;
        wake.notify_all();
    }

    /// Waits for the next try; false when the loop ends. What is written here meanwhile is counted, and sent at once.
    fn wait(&mut self) -> bool {
        loop {
            let mut state = self.shared.lock();
            if !state.stopping && !state.asked {
                let left = self.due.saturating_duration_since(Instant::now()).min(LOOK);
                state = self
                    .shared
                    .wake
                    .wait_timeout(state, left)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
            }
            if state.stopping {
                return false;
            }
            let asked = std::mem::take(&mut state.asked);
            drop(state);
            self.look();
            let news = self.network.online && self.network.unsent > self.left_over;
            if self.server.is_some() && (asked || news || Instant::now() >= self.due) {
                return true;
            }
            if self.server.is_none() && Instant::now() >= self.due {
                self.due = Instant::now() + POLL;
                // What cannot be done now is tried at the next turn.
                let _ = self.app.erase_if_alone();
            }
        }
    }

    fn stopping(&self) -> bool {
        self.shared.lock().stopping
    }

    /// Counts what is here, and tells whoever listens when it differs.
    fn look(&mut self) {
        let lanes = app::setup::till_lanes().0;
        let counted = self
            .app
            .replica()
            .read(|conn| -> Result<_, ReplicaError> { Ok((peer::unsent(conn, SERVER, lanes)?, peer::counts(conn)?)) });
        if let Ok((unsent, counts)) = counted {
            self.network.unsent = unsent.commits;
            self.network.oldest = unsent.oldest;
            self.network.waiting = counts.waiting;
            self.network.set_aside = counts.aside;
        }
        self.tell();
    }

    fn tell(&self) {
        let mut state = self.shared.lock();
        if state.network == self.network {
            return;
        }
        state.network = self.network.clone();
        drop(state);
        self.shared.wake.notify_all();
        (self.changed)(&self.network);
    }

    /// Exchanges until both hold the same, or something is in the way.
    fn round(&mut self) {
        self.network.syncing = true;
        self.tell();
        let outcome = self.exchange();
        let now = self.app.now();
        self.network.syncing = false;
        match outcome {
            Ok(equal) => {
                self.network.online = true;
                self.network.last_contact = Some(now);
                self.still = if equal { 0 } else { self.still.saturating_add(1) };
                self.network.problem = (self.still >= STILL).then(|| NOT_TAKEN.to_owned());
                let pause = if equal { POLL } else { self.backoff.next_pause() };
                self.due = Instant::now() + jittered(pause);
                if equal {
                    self.network.all_sent = Some(now);
                    self.backoff = Backoff::default();
                    self.remember(now);
                }
            }
            Err(trouble) => {
                self.network.online = false;
                self.network.problem = Some(trouble.refusal().message());
                self.due = Instant::now() + self.backoff.next_pause();
            }
        }
        self.look();
        self.left_over = self.network.unsent;
    }

    fn exchange(&mut self) -> Result<bool, Trouble> {
        let peer = match &mut self.peer {
            Some(peer) => peer,
            empty => {
                let server = self.server.as_deref().unwrap_or_default();
                empty.insert(Peer::new(&self.app, server)?)
            }
        };
        peer.begin();
        for _ in 0..MAX_EXCHANGES {
            let step = self.peer.as_mut().map_or(Ok(Step::Still), Peer::step)?;
            match step {
                Step::Equal => return Ok(true),
                Step::Still => return Ok(false),
                Step::Moved if self.stopping() => return Ok(false),
                Step::Moved => {
                    self.still = 0;
                    self.network.online = true;
                    self.look();
                }
            }
        }
        Ok(false)
    }

    /// Writes the times down now and then, for the status bar after a restart. That they are lost harms nobody.
    fn remember(&mut self, now: i64) {
        let _ = joining::set_whole(self.app.replica());
        if (now - self.remembered).abs() < REMEMBERED_EVERY {
            return;
        }
        self.remembered = now;
        let _ = self.app.replica().write(move |tx| -> Result<(), ReplicaError> {
            meta::set_meta(tx.conn(), ALL_SENT, &now.to_be_bytes())?;
            meta::set_meta(tx.conn(), LAST_CONTACT, &now.to_be_bytes())
        });
    }
}
