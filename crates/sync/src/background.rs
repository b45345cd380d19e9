//! The loop that runs beside the till: nothing a cashier does waits for it. Head office and each relay of the store have a
//! thread of their own, so that a line that hangs holds up no other.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use app::{App, joining};
use model::ids::Id;
use model::refusal::Refusal;
use model::requests::till::{CopyState, Network, RelayStatus};
use replica::snapshot::Standing;
use replica::{ReplicaError, meta, peer};

use crate::hint::hint;
use crate::limits::{LOOK, MAX_EXCHANGES, POLL, POLL_LISTENING, STATEMENTS_EVERY};
use crate::listen;
use crate::pause::{Backoff, jittered};
use crate::peer::{Peer, RELAY, SERVER, Step};
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

type Changed = Mutex<Box<dyn Fn(&Network) + Send>>;

#[derive(Default)]
struct State {
    network: Network,
    /// Counts how often "now" was said; each thread hears each time once.
    asked: u64,
    /// Counts how often something may have been written here.
    touched: u64,
    stopping: bool,
    /// Threads that have not ended.
    running: usize,
    /// What workers and those that listen for them tell each other, by the worker's number.
    ears: Vec<Ear>,
}

/// Between a worker and the thread that listens for it.
#[derive(Default)]
struct Ear {
    /// Of the last exchange that went well.
    token: Option<String>,
    listening: bool,
    /// The last thing heard that the worker has not looked at.
    heard: Option<Id>,
}

/// What the loop's threads share.
pub struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    changed: Changed,
}

impl Shared {
    /// The state is replaced whole, so a poisoned lock still holds a sound one.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, most: Duration) -> MutexGuard<'a, State> {
        self.wake
            .wait_timeout(state, most)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    fn edit(&self, edit: impl FnOnce(&mut State)) {
        edit(&mut self.lock());
        self.wake.notify_all();
    }

    fn ear(&self, worker: usize, edit: impl FnOnce(&mut Ear)) {
        self.edit(|state| {
            if let Some(ear) = state.ears.get_mut(worker) {
                edit(ear);
            }
        });
    }

    /// A token to listen with, waited for a while; none too when the loop ends.
    pub fn token(&self, worker: usize, most: Duration) -> Option<String> {
        let deadline = Instant::now() + most;
        let mut state = self.lock();
        loop {
            let token = state.ears.get(worker).and_then(|ear| ear.token.clone());
            let left = deadline.saturating_duration_since(Instant::now());
            if state.stopping || left.is_zero() || token.is_some() {
                return token.filter(|_| !state.stopping);
            }
            state = self.wait(state, left);
        }
    }

    pub fn forget_token(&self, worker: usize, token: &str) {
        self.ear(worker, |ear| {
            if ear.token.as_deref() == Some(token) {
                ear.token = None;
            }
        });
    }

    pub fn set_listening(&self, worker: usize, listening: bool) {
        let same = |state: &State| state.ears.get(worker).is_some_and(|ear| ear.listening == listening);
        if !same(&self.lock()) {
            self.ear(worker, |ear| ear.listening = listening);
        }
    }

    /// A server holds what this hint stands for.
    pub fn hear(&self, worker: usize, hint: Id) {
        self.ear(worker, |ear| ear.heard = Some(hint));
    }

    /// Waits that long; true when the loop has ended meanwhile.
    pub fn pause(&self, most: Duration) -> bool {
        let deadline = Instant::now() + most;
        let mut state = self.lock();
        while !state.stopping {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.wait(state, left);
        }
        true
    }

    /// Changes the snapshot, and tells whoever listens when it differs.
    fn change(&self, edit: impl FnOnce(&mut Network)) {
        let mut state = self.lock();
        let mut network = state.network.clone();
        edit(&mut network);
        if state.network == network {
            return;
        }
        state.network = network;
        drop(state);
        self.wake.notify_all();
        let changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        // Read again, in turn: of two threads that tell, the later one tells the newer state.
        let network = self.lock().network.clone();
        changed(&network);
    }
}

/// Syncs in the background until it is dropped.
pub struct SyncLoop {
    shared: Arc<Shared>,
}

impl SyncLoop {
    /// Starts the loop of a till. `changed` is called on the loop's own threads whenever the snapshot differs from the last
    /// one. A till on its own has a loop too; it only counts.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn start(app: App, changed: impl Fn(&Network) + Send + 'static) -> Result<Self, Refusal> {
        let server = joining::server(app.replica())?;
        let relays = match server {
            Some(_) => joining::relays(app.replica())?,
            None => Vec::new(),
        };
        let time = |bytes: Option<Vec<u8>>| bytes.and_then(|bytes| bytes.try_into().ok()).map(i64::from_be_bytes);
        let (all_sent, last_contact) = app.replica().read(|conn| -> Result<_, ReplicaError> {
            Ok((time(meta::meta(conn, ALL_SENT)?), time(meta::meta(conn, LAST_CONTACT)?)))
        })?;
        let status = |address: &String| RelayStatus {
            address: address.clone(),
            ..RelayStatus::default()
        };
        let network = Network {
            alone: server.is_none(),
            server: server.clone().unwrap_or_default(),
            all_sent,
            last_contact,
            relays: relays.iter().map(status).collect(),
            copy: copy_state(&app),
            ..Network::default()
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                network,
                ..State::default()
            }),
            wake: Condvar::new(),
            changed: Mutex::new(Box::new(changed)),
        });
        // Dropped when a thread cannot be made: those that run are ended.
        let this = Self {
            shared: Arc::clone(&shared),
        };
        let written = Arc::downgrade(&shared);
        app.replica().watch(move || {
            let Some(shared) = written.upgrade() else { return false };
            shared.edit(|state| state.touched = state.touched.wrapping_add(1));
            true
        });
        let centre = Worker::new(app.clone(), server, None, Arc::clone(&shared), all_sent);
        let others = relays
            .into_iter()
            .enumerate()
            .map(|(at, relay)| Worker::new(app.clone(), Some(relay), Some(at), Arc::clone(&shared), None));
        for (number, mut worker) in std::iter::once(centre).chain(others).enumerate() {
            worker.number = number;
            shared.lock().ears.push(Ear::default());
            if let Some(address) = worker.address.clone() {
                let shared = Arc::downgrade(&shared);
                // Without this thread the till polls.
                let _ = std::thread::Builder::new()
                    .name("fovea-listen".to_owned())
                    .spawn(move || listen::run(&shared, number, &address));
            }
            worker.look();
            shared.lock().running += 1;
            let spawned = std::thread::Builder::new()
                .name("fovea-sync".to_owned())
                .spawn(move || worker.run());
            if let Err(error) = spawned {
                shared.lock().running -= 1;
                return Err(Refusal::Failed {
                    what: format!("no thread for syncing: {error}"),
                });
            }
        }
        Ok(this)
    }

    /// Tries every server now, whatever pause is on.
    pub fn now(&self) {
        let mut state = self.shared.lock();
        state.asked = state.asked.wrapping_add(1);
        drop(state);
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
            state = self.shared.wait(state, left);
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
        while state.running > 0 && Instant::now() < deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            state = self.shared.wait(state, left);
        }
    }
}

fn copy_state(app: &App) -> CopyState {
    match app.replica().standing() {
        Ok(Standing::Refused) => CopyState::Refused,
        Ok(Standing::Unconfirmed) => CopyState::Unproven,
        // What cannot be read is told of by whatever else reads it.
        Ok(Standing::Confirmed) | Err(_) => CopyState::Proven,
    }
}

/// One thread: what it does with one server.
struct Worker {
    app: App,
    shared: Arc<Shared>,
    address: Option<String>,
    /// Which relay; none: head office.
    relay: Option<usize>,
    /// Head office is 0, the relays follow.
    number: usize,
    peer: Option<Peer>,
    /// The last run ended with both holding the same: what the server said then is what the next one begins with.
    agreed: bool,
    listening: bool,
    touched: u64,
    backoff: Backoff,
    due: Instant,
    /// When statements are told next.
    telling: Instant,
    /// The copy that this till began with is being proven, or was.
    proving: bool,
    remembered: i64,
    /// What this server is not known to hold, and whether it answered last.
    unsent: u64,
    online: bool,
    /// Unsent when the last try ended: only more than that is news, or a commit that the server sets aside would be offered
    /// without a pause.
    left_over: u64,
    /// Tries in a row in which nothing moved though the two differ.
    still: u32,
    heard: u64,
}

impl Worker {
    fn new(
        app: App,
        address: Option<String>,
        relay: Option<usize>,
        shared: Arc<Shared>,
        all_sent: Option<i64>,
    ) -> Self {
        Self {
            app,
            shared,
            address,
            relay,
            number: 0,
            peer: None,
            agreed: false,
            listening: false,
            touched: 0,
            backoff: Backoff::default(),
            due: Instant::now(),
            telling: Instant::now(),
            proving: false,
            remembered: all_sent.unwrap_or(0),
            unsent: 0,
            online: false,
            left_over: 0,
            still: 0,
            heard: 0,
        }
    }

    fn run(mut self) {
        while self.wait() {
            self.round();
        }
        let shared = Arc::clone(&self.shared);
        // The folder is let go before anybody is told that the loop has ended.
        drop((self.peer.take(), self.app));
        shared.lock().running -= 1;
        shared.wake.notify_all();
    }

    /// Waits for the next try; false when the loop ends. What is written here meanwhile is counted, and sent at once.
    fn wait(&mut self) -> bool {
        loop {
            let mut state = self.shared.lock();
            let quiet = |state: &State, worker: &Self| {
                let ear = state.ears.get(worker.number);
                state.asked == worker.heard
                    && state.touched == worker.touched
                    && ear.is_none_or(|ear| ear.heard.is_none() && ear.listening == worker.listening)
            };
            if !state.stopping && quiet(&state, self) {
                let left = self.due.saturating_duration_since(Instant::now()).min(LOOK);
                state = self.shared.wait(state, left);
            }
            if state.stopping {
                return false;
            }
            let asked = std::mem::replace(&mut self.heard, state.asked) != state.asked;
            self.touched = state.touched;
            let ear = state.ears.get_mut(self.number);
            let (hint, listening) = ear.map_or((None, false), |ear| (ear.heard.take(), ear.listening));
            drop(state);
            if std::mem::replace(&mut self.listening, listening) && !listening {
                // Many lose a server at once: they come back one by one.
                self.due = self.due.min(Instant::now() + jittered(POLL));
            }
            self.look();
            let written = self.online && self.unsent > self.left_over;
            let differs = hint.is_some_and(|hint| self.hint() != Some(hint));
            if self.address.is_some() && (asked || written || differs || Instant::now() >= self.due) {
                return true;
            }
            if self.address.is_none() && Instant::now() >= self.due {
                self.due = Instant::now() + POLL;
                // What cannot be done now is tried at the next turn.
                let _ = self.app.erase_if_alone();
            }
        }
    }

    fn stopping(&self) -> bool {
        self.shared.lock().stopping
    }

    /// The hint of what is held here.
    fn hint(&self) -> Option<Id> {
        let lanes = app::setup::till_lanes().0;
        let held = self.app.replica().read(|conn| replica::vector(conn, lanes));
        held.ok().map(|held| hint(&held))
    }

    /// Counts what is here.
    fn look(&mut self) {
        let lanes = app::setup::till_lanes().0;
        let name = if self.relay.is_some() { RELAY } else { SERVER };
        let counted = self
            .app
            .replica()
            .read(|conn| -> Result<_, ReplicaError> { Ok((peer::unsent(conn, name, lanes)?, peer::counts(conn)?)) });
        let Ok((unsent, counts)) = counted else { return };
        self.unsent = unsent.commits;
        let relay = self.relay;
        self.shared.change(|network| match relay {
            None => {
                network.unsent = unsent.commits;
                network.oldest = unsent.oldest;
                network.waiting = counts.waiting;
                network.set_aside = counts.aside;
            }
            Some(at) => {
                if let Some(status) = network.relays.get_mut(at) {
                    status.unsent = unsent.commits;
                }
            }
        });
    }

    /// Exchanges until both hold the same, or something is in the way.
    fn round(&mut self) {
        if self.relay.is_none() {
            self.shared.change(|network| network.syncing = true);
        }
        let outcome = self.exchange();
        self.agreed = matches!(outcome, Ok(true));
        let now = self.app.now();
        let mut equal_now = false;
        let problem = match outcome {
            Ok(equal) => {
                self.online = true;
                self.still = if equal { 0 } else { self.still.saturating_add(1) };
                let poll = if self.listening { POLL_LISTENING } else { POLL };
                let pause = if equal { poll } else { self.backoff.next_pause() };
                self.offer_token();
                self.due = Instant::now() + jittered(pause);
                if equal {
                    equal_now = true;
                    self.backoff = Backoff::default();
                    self.remember(now);
                }
                (self.still >= STILL).then(|| NOT_TAKEN.to_owned())
            }
            Err(trouble) => {
                self.online = false;
                self.due = Instant::now() + self.backoff.next_pause();
                Some(trouble.refusal().message())
            }
        };
        self.say(now, equal_now, problem);
        if equal_now {
            self.tell();
            self.prove();
        }
        self.look();
        self.left_over = self.unsent;
    }

    /// What the exchange was done with, whoever listens may use.
    fn offer_token(&self) {
        let token = self.peer.as_ref().and_then(Peer::token).map(str::to_owned);
        let known = |state: &State| state.ears.get(self.number).is_some_and(|ear| ear.token == token);
        if !known(&self.shared.lock()) {
            self.shared.ear(self.number, |ear| ear.token = token);
        }
    }

    /// Passes statements on now and then.
    fn tell(&mut self) {
        if Instant::now() < self.telling {
            return;
        }
        self.telling = Instant::now() + jittered(STATEMENTS_EVERY);
        if let Some(peer) = &mut self.peer {
            // A line that fails is told of by the next exchange.
            let _ = peer.tell();
        }
    }

    /// Proves the copy that this till began with, once, on a thread of its own: it reads everything again.
    fn prove(&mut self) {
        if self.relay.is_some() || std::mem::replace(&mut self.proving, true) {
            return;
        }
        if copy_state(&self.app) != CopyState::Unproven {
            return;
        }
        let (app, shared) = (self.app.clone(), Arc::downgrade(&self.shared));
        // Without this thread it is proven at another start.
        let _ = std::thread::Builder::new()
            .name("fovea-prove".to_owned())
            .spawn(move || {
                let _ = app.replica().confirm();
                if let Some(shared) = shared.upgrade() {
                    let state = copy_state(&app);
                    shared.change(|network| network.copy = state);
                }
            });
    }

    /// Tells how the last try ended.
    fn say(&self, now: i64, equal: bool, problem: Option<String>) {
        let (online, relay) = (self.online, self.relay);
        self.shared.change(|network| match relay {
            None => {
                network.syncing = false;
                network.online = online;
                network.problem = problem;
                if online {
                    network.last_contact = Some(now);
                }
                if equal {
                    network.all_sent = Some(now);
                }
            }
            Some(at) => {
                if let Some(status) = network.relays.get_mut(at) {
                    status.online = online;
                    status.problem = problem;
                    if online {
                        status.last_contact = Some(now);
                    }
                }
            }
        });
    }

    fn exchange(&mut self) -> Result<bool, Trouble> {
        let peer = match &mut self.peer {
            Some(peer) => peer,
            empty => {
                let server = self.address.as_deref().unwrap_or_default();
                empty.insert(Peer::new(&self.app, server)?)
            }
        };
        if !self.agreed {
            peer.begin();
        }
        for _ in 0..MAX_EXCHANGES {
            let step = self.peer.as_mut().map_or(Ok(Step::Still), Peer::step)?;
            match step {
                Step::Equal => return Ok(true),
                Step::Still => return Ok(false),
                Step::Moved if self.stopping() => return Ok(false),
                Step::Moved => {
                    self.still = 0;
                    self.online = true;
                    if self.relay.is_none() {
                        self.shared.change(|network| network.online = true);
                    }
                    self.look();
                }
            }
        }
        Ok(false)
    }

    /// Writes the times down now and then, for the status bar after a restart. That they are lost harms nobody.
    fn remember(&mut self, now: i64) {
        if self.relay.is_some() {
            return;
        }
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
