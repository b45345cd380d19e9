//! The printer thread: takes papers, prints each once, and says what became of it.
//!
//! A job waits at the head of the queue while the printer cannot print (no paper, cover open, offline, not reachable) and
//! is tried again every [`RETRY_EVERY`]. From the first byte on it is never sent again by itself: when the end of the
//! paper cannot be proved, the outcome is [`Outcome::HalfPrinted`] and a person decides about a reprint.
//!
//! The proof is the printer's own: behind the paper goes a question that the printer answers in order with what it
//! prints, and meanwhile it is asked for its state. A printer that keeps what it was sent while it has no paper prints the
//! rest of a half-printed paper once it has a new roll; the next job waits for that.
//!
//! The queue is in memory. The till's database keeps the jobs and records the events, so nothing is lost with the process.

mod attempt;
mod outcome;
mod talk;
mod worker;

pub use outcome::{Condition, Event, Outcome, State};

use crate::address::Address;
use crate::escpos::{self, EncodeError, Pin};
use model::paper::Paper;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Papers that may wait for the printer.
pub const MAX_QUEUE: usize = 64;
/// Drawer orders that may wait; each is one press of a key.
pub const MAX_DRAWER_QUEUE: usize = 4;
/// While a job waits, the printer is tried this often.
pub const RETRY_EVERY: Duration = Duration::from_secs(1);
/// With nothing to do, the printer is asked for its state this often.
pub const IDLE_POLL_EVERY: Duration = Duration::from_secs(3);
/// A job that has waited longer than this prints without opening the drawer: nobody stands there any more.
pub const DRAWER_OPENS_WITHIN: Duration = Duration::from_secs(60);

/// Where the printer is and how it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    pub address: Address,
    /// Whether the printer answers status requests. Without, outcomes are [`Outcome::Sent`] at best.
    pub asks_status: bool,
    pub drawer_pin: Pin,
    /// Length of the drawer's pulse and of the pause after it, in milliseconds (2 to 510).
    pub drawer_on_ms: u16,
    pub drawer_off_ms: u16,
    /// How long to wait for a connection and for an answer to a status request.
    pub give_up_after: Duration,
    /// How long a paper may take, beside 2 ms for each of its bytes (half the speed of a line of 9,600 bits a second).
    pub patience: Duration,
}

impl Setup {
    /// The usual printer at an address: answers status, drawer on pin 2 with 50 ms, gives up after 3 s.
    #[must_use]
    pub fn new(address: Address) -> Self {
        Setup {
            address,
            asks_status: true,
            drawer_pin: Pin::Two,
            drawer_on_ms: 50,
            drawer_off_ms: 500,
            give_up_after: Duration::from_secs(3),
            patience: Duration::from_secs(10),
        }
    }
}

/// A paper to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The caller's name for it; events carry it.
    pub id: String,
    pub paper: Paper,
    /// 42 for 80 mm, 32 for 58 mm.
    pub columns: usize,
    /// Whether the drawer opens with it.
    pub open_drawer: bool,
}

/// Why a job was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("no printer is set up")]
    NoneSetUp,
    #[error("{MAX_QUEUE} papers wait for the printer already")]
    QueueFull,
    #[error("this paper waits for the printer already")]
    AlreadyQueued,
    #[error(transparent)]
    TooLong(#[from] EncodeError),
}

impl Refusal {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Refusal::NoneSetUp => "printer_none_set_up",
            Refusal::QueueFull => "printer_queue_full",
            Refusal::AlreadyQueued => "printer_already_queued",
            Refusal::TooLong(_) => "printer_paper_too_long",
        }
    }
}

/// A job as the worker has it.
struct Work {
    id: String,
    bytes: Vec<u8>,
    /// Taken back once the drawer was opened.
    open_drawer: bool,
    since: Instant,
    /// The last outcome that was told, so that a wait is told once.
    told: Option<Outcome>,
}

#[derive(Default)]
struct Desk {
    papers: VecDeque<Work>,
    drawers: VecDeque<String>,
    /// The job that the worker has in hand.
    in_hand: Option<String>,
    state: State,
    stop: bool,
}

impl Desk {
    /// Takes the length of the queue into the snapshot.
    fn count(&mut self) {
        self.state.waiting = self.papers.len() + usize::from(self.in_hand.is_some());
    }
}

#[derive(Default)]
struct Shared {
    desk: Mutex<Desk>,
    changed: Condvar,
}

impl Shared {
    /// The desk holds only whole values, so it is sound even after a panic of another thread.
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stops(&self) -> bool {
        self.desk().stop
    }
}

/// The one handle of a printer; dropping it ends the thread, and what still waits is forgotten here.
pub struct Printer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Printer {
    /// No printer: its state says so and it refuses every job.
    #[must_use]
    pub fn none() -> Printer {
        Printer {
            shared: Arc::default(),
            thread: None,
        }
    }

    /// Starts the thread. `events` is called on it with each outcome and must not wait for this printer.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(setup: Setup, events: impl FnMut(Event) + Send + 'static) -> std::io::Result<Printer> {
        let shared = Arc::new(Shared::default());
        shared.desk().state.condition = Condition::Asking;
        let worker = worker::Worker::new(setup, shared.clone(), Box::new(events));
        let thread = std::thread::Builder::new()
            .name("printer".into())
            .spawn(move || worker.run())?;
        Ok(Printer {
            shared,
            thread: Some(thread),
        })
    }

    /// Queues a paper.
    ///
    /// # Errors
    /// [`Refusal`]; the queue is then as it was.
    pub fn print(&self, job: Job) -> Result<(), Refusal> {
        if self.thread.is_none() {
            return Err(Refusal::NoneSetUp);
        }
        let bytes = escpos::encode(&job.paper, job.columns)?;
        let mut desk = self.shared.desk();
        if desk.in_hand.as_ref() == Some(&job.id) || desk.papers.iter().any(|work| work.id == job.id) {
            return Err(Refusal::AlreadyQueued);
        }
        if desk.papers.len() >= MAX_QUEUE {
            return Err(Refusal::QueueFull);
        }
        desk.papers.push_back(Work {
            id: job.id,
            bytes,
            open_drawer: job.open_drawer,
            since: Instant::now(),
            told: None,
        });
        desk.count();
        self.shared.changed.notify_all();
        Ok(())
    }

    /// Opens the drawer, before any paper that waits. `id` names the event.
    ///
    /// # Errors
    /// [`Refusal::NoneSetUp`], [`Refusal::QueueFull`].
    pub fn open_drawer(&self, id: &str) -> Result<(), Refusal> {
        let mut desk = self.shared.desk();
        match (self.thread.is_some(), desk.drawers.len()) {
            (false, _) => Err(Refusal::NoneSetUp),
            (true, MAX_DRAWER_QUEUE..) => Err(Refusal::QueueFull),
            (true, _) => {
                desk.drawers.push_back(id.to_owned());
                self.shared.changed.notify_all();
                Ok(())
            }
        }
    }

    /// Takes a job off the queue, to go on without it or to print it elsewhere. `false` when it is not there any more or
    /// is being sent now. No event follows.
    #[must_use]
    pub fn cancel(&self, id: &str) -> bool {
        let mut desk = self.shared.desk();
        let before = desk.papers.len();
        desk.papers.retain(|work| work.id != id);
        desk.count();
        desk.papers.len() < before
    }

    /// Tries the printer now instead of at the next turn.
    pub fn try_now(&self) {
        self.shared.changed.notify_all();
    }

    /// What is known of the printer; does not wait for it.
    #[must_use]
    pub fn state(&self) -> State {
        self.shared.desk().state.clone()
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        self.shared.desk().stop = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // Every wait of the thread has an end, so this has.
            let _ = thread.join();
        }
    }
}
