//! The loop of the printer thread.

use super::attempt::{Attempt, Memory, Session};
use super::talk::Talk;
use super::{Condition, Event, IDLE_POLL_EVERY, Outcome, RETRY_EVERY, Setup, Shared, Work};
use crate::address::Address;
use crate::port::PortError;
use crate::port::owner::{Owned, Watchdog};
use crate::status::{PaperLevel, PrinterState};
use std::sync::{Arc, PoisonError};
use std::time::{Instant, SystemTime};

/// Idle polls without an answer before the printer counts as unreachable: another till may be printing on it.
const SILENT_POLLS: u32 = 2;

/// What is to be done next.
enum Task {
    Drawer(String),
    Paper(Box<Work>),
    Poll,
    Stop,
}

pub(super) struct Worker {
    setup: Setup,
    shared: Arc<Shared>,
    events: Box<dyn FnMut(Event) + Send>,
    port: Option<Owned>,
    watchdog: Watchdog,
    talk: Talk,
    memory: Memory,
    silent_polls: u32,
    /// Before this moment a waiting job is not tried again.
    next_try: Instant,
    next_poll: Instant,
}

impl Worker {
    pub fn new(setup: Setup, shared: Arc<Shared>, events: Box<dyn FnMut(Event) + Send>) -> Self {
        let now = Instant::now();
        Worker {
            setup,
            shared,
            events,
            port: None,
            watchdog: Watchdog::default(),
            talk: Talk::default(),
            memory: Memory::default(),
            silent_polls: 0,
            next_try: now,
            next_poll: now,
        }
    }

    pub fn run(mut self) {
        loop {
            match self.next_task() {
                Task::Drawer(id) => self.open_drawer(id),
                Task::Paper(work) => self.print(*work),
                Task::Poll => self.poll(),
                Task::Stop => return,
            }
            if matches!(self.setup.address, Address::Tcp { .. }) {
                // Held open, it would keep the other tills from a printer that they share. Late answers end with it.
                self.port = None;
                self.memory.owed = 0;
            }
        }
    }

    fn next_task(&mut self) -> Task {
        let mut desk = self.shared.desk();
        loop {
            let now = Instant::now();
            if desk.stop {
                return Task::Stop;
            }
            if let Some(id) = desk.drawers.pop_front() {
                return Task::Drawer(id);
            }
            // A new job at the head has not been told to wait, so it need not.
            let may_try = desk
                .papers
                .front()
                .is_some_and(|work| work.told.is_none() || now >= self.next_try);
            if may_try && let Some(work) = desk.papers.pop_front() {
                desk.in_hand = Some(work.id.clone());
                return Task::Paper(Box::new(work));
            }
            let wake = match desk.papers.is_empty() {
                true if now >= self.next_poll => return Task::Poll,
                true => self.next_poll,
                false => self.next_try,
            };
            let (again, waited) = self
                .shared
                .changed
                .wait_timeout(desk, wake.saturating_duration_since(now))
                .unwrap_or_else(PoisonError::into_inner);
            desk = again;
            if !waited.timed_out() {
                // Something changed, or "try now" was pressed.
                self.next_try = Instant::now();
                self.next_poll = self.next_try;
            }
        }
    }

    /// Runs an attempt on the port, opened first when it is not.
    fn with_port<T>(&mut self, run: impl FnOnce(&mut Session<'_>) -> T) -> Result<T, PortError> {
        let mut port = match self.port.take() {
            Some(port) => port,
            None => {
                self.talk = Talk::default();
                Owned::open(&self.setup.address, self.setup.give_up_after, &self.watchdog)?
            }
        };
        let shared = self.shared.clone();
        let mut session = Session {
            setup: &self.setup,
            port: &mut port,
            talk: &mut self.talk,
            memory: &mut self.memory,
            stops: &move || shared.stops(),
        };
        let result = run(&mut session);
        self.port = Some(port);
        Ok(result)
    }

    fn open_drawer(&mut self, id: String) {
        let attempt = self
            .with_port(|session| session.open_drawer())
            .unwrap_or_else(|error| Attempt {
                outcome: Outcome::DrawerFailed(error.to_string()),
                said: None,
                port_failed: true,
            });
        let condition = match (&attempt.outcome, attempt.said) {
            (Outcome::DrawerFailed(reason), None) => Some(Condition::Unreachable(reason.clone())),
            _ => None,
        };
        self.learn(&attempt, condition);
        // The drawer's contact is worth a look soon.
        self.next_poll = Instant::now() + RETRY_EVERY;
        (self.events)(Event {
            job: id,
            outcome: attempt.outcome,
        });
    }

    fn print(&mut self, mut work: Work) {
        let attempt = self
            .with_port(|session| session.print(&mut work))
            .unwrap_or_else(|error| Attempt {
                outcome: Outcome::Unreachable(error.to_string()),
                said: None,
                port_failed: true,
            });
        let condition = match (&attempt.outcome, attempt.said) {
            (Outcome::Unreachable(reason), _) => Some(Condition::Unreachable(reason.clone())),
            (Outcome::Sent, None) => Some(Condition::Ready),
            (Outcome::HalfPrinted, None) => Some(Condition::Asking),
            _ => None,
        };
        self.learn(&attempt, condition);
        self.next_try = Instant::now() + RETRY_EVERY;
        self.next_poll = self.next_try;
        let event = (work.told.as_ref() != Some(&attempt.outcome)).then(|| Event {
            job: work.id.clone(),
            outcome: attempt.outcome.clone(),
        });
        let mut desk = self.shared.desk();
        desk.in_hand = None;
        if !attempt.outcome.is_final() {
            work.told = Some(attempt.outcome);
            desk.papers.push_front(work);
        }
        desk.count();
        drop(desk);
        if let Some(event) = event {
            (self.events)(event);
        }
    }

    fn poll(&mut self) {
        let asked = self
            .with_port(|session| session.ask())
            .map_err(|error| error.to_string());
        match asked.and_then(|said| said.map_err(|error| error.to_string())) {
            Ok(said) => {
                self.silent_polls = 0;
                let condition = said.is_none().then_some(Condition::Ready);
                self.learn(
                    &Attempt {
                        outcome: Outcome::Sent,
                        said,
                        port_failed: false,
                    },
                    condition,
                );
            }
            Err(reason) => {
                self.silent_polls = self.silent_polls.saturating_add(1);
                self.port = None;
                let asking = self.shared.desk().state.condition == Condition::Asking;
                if asking || self.silent_polls >= SILENT_POLLS {
                    self.shared.desk().state.condition = Condition::Unreachable(reason);
                }
            }
        }
        self.next_poll = Instant::now() + IDLE_POLL_EVERY;
    }

    /// Takes what the printer said into the snapshot. `condition` goes before what it said.
    fn learn(&mut self, attempt: &Attempt, condition: Option<Condition>) {
        if attempt.port_failed {
            self.port = None;
        }
        let mut desk = self.shared.desk();
        let state = &mut desk.state;
        if let Some((PrinterState { paper, drawer_open, .. }, took_ms)) = attempt.said {
            self.silent_polls = 0;
            state.paper_near_end = paper == PaperLevel::NearEnd;
            state.drawer_open = Some(drawer_open);
            state.answered = Some((SystemTime::now(), took_ms));
        }
        if let Some(condition) = condition.or(attempt.said.map(|(said, _)| Condition::of(said))) {
            state.condition = condition;
        }
    }
}
