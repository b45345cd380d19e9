//! The printer's software twin: it reads the bytes a real printer would get, answers as one would, and writes what came
//! out to a folder.
//!
//! - `receipt-0001.txt` and `receipt-0001.png`: one pair for each cut, 576 dots wide for 80 mm (448 for 58 mm).
//! - `events.jsonl`: one JSON object a line with `at_ms` (since 1970, UTC) and `event`: `listening`, `connected`,
//!   `disconnected`, `status_asked` (when the answer is another than the last), `reported`, `drawer` (`pin`, `on_ms`,
//!   `off_ms`, `at_once`), `drawer_closed`, `cut`, `receipt` (`number`, `torn`), `paper_near_end`, `paper_out`, `paper_in`,
//!   `cover_open`, `cover_closed`, `offline`, `online`, `will_die`, `died`, `unsupported` (`what`), `unknown_command`.
//! - `control`: write lines into this file and the twin obeys them and takes the file away: `paper-out`, `paper-in`,
//!   `cover-open`, `cover-close`, `offline`, `online`, `drawer-close`, `die-after BYTES` (`online` brings it back).
//!   A program does the same with [`TwinHandle::set`].
//!
//! Like a real printer it has one buffer: without paper it holds what it is sent (64 KiB), answers status requests, and
//! prints the rest with the new roll. It prints for one connection at a time; others wait until that one ends.

mod control;
pub mod decode;
mod font;
mod machine;
pub mod op;
mod page;
mod record;
mod wires;

pub use machine::Fault;

use crate::address::Address;
use machine::{Machine, Product};
use record::Recorder;
use serde_json::json;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Receipts and pulses kept in memory for [`TwinHandle::wait`]; the folder has them all.
const MAX_KEPT: usize = 100;
/// How often the control file is looked at, and waits look whether to stop.
const TICK: Duration = Duration::from_millis(50);

/// What a twin is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwinOptions {
    /// `127.0.0.1:9100` or `tcp:127.0.0.1:9100` (port 0: any), `pty`, or `pty:LINK` to put a link to the terminal there.
    pub listen: String,
    /// Folder for receipts and events; made when it is not there.
    pub out: PathBuf,
    /// Lines until the paper is out; `None` is a roll without end.
    pub paper_lines: Option<u32>,
    /// Somebody pushes the drawer shut after so long; `None` leaves it open.
    pub drawer_closes_after: Option<Duration>,
}

impl TwinOptions {
    /// A twin with endless paper whose drawer is shut after 3 s.
    #[must_use]
    pub fn new(listen: &str, out: impl Into<PathBuf>) -> TwinOptions {
        TwinOptions {
            listen: listen.to_owned(),
            out: out.into(),
            paper_lines: None,
            drawer_closes_after: Some(Duration::from_secs(3)),
        }
    }
}

/// Why a twin does not start.
#[derive(Debug, thiserror::Error)]
pub enum TwinError {
    #[error("cannot listen on {listen}: {source}")]
    Listen { listen: String, source: std::io::Error },
    #[error("cannot write to {}: {source}", out.display())]
    Out { out: PathBuf, source: std::io::Error },
    #[error("the system gives no thread: {0}")]
    Thread(std::io::Error),
}

/// A receipt that came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The number in its files' names.
    pub number: u32,
    pub lines: Vec<String>,
    /// The power failed before it was cut.
    pub torn: bool,
}

/// A pulse to the drawer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulse {
    /// 2 or 5.
    pub pin: u8,
    pub on_ms: u16,
    pub off_ms: u16,
    /// It came outside the order of the print.
    pub at_once: bool,
}

/// What has come out of the twin since it started, at most the last hundred of each.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub receipts: VecDeque<Receipt>,
    pub pulses: VecDeque<Pulse>,
    /// Names of the events, in order.
    pub events: VecDeque<String>,
    /// The first thing that could not be written to the folder.
    pub failure: Option<String>,
}

struct Desk {
    machine: Machine,
    recorder: Recorder,
    seen: Seen,
    stop: bool,
}

struct Shared {
    desk: Mutex<Desk>,
    changed: Condvar,
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the printer and writes down what came of it.
    fn with<T>(&self, act: impl FnOnce(&mut Machine) -> T) -> T {
        let mut desk = self.desk();
        let result = act(&mut desk.machine);
        if desk.write_down() {
            self.changed.notify_all();
        }
        result
    }

    fn stops(&self) -> bool {
        self.desk().stop
    }

    /// Waits for a change, at most a tick.
    fn pause(&self) {
        // A wake-up too early or too late changes nothing: every caller looks again.
        drop(self.changed.wait_timeout(self.desk(), TICK));
    }
}

fn keep<T>(kept: &mut VecDeque<T>, new: T) {
    if kept.len() >= MAX_KEPT {
        kept.pop_front();
    }
    kept.push_back(new);
}

impl Desk {
    /// Whether there was anything.
    fn write_down(&mut self) -> bool {
        let products = self.machine.take_products();
        let any = !products.is_empty();
        for product in products {
            let event = match product {
                Product::Event(event) => event,
                Product::Receipt { sheet, torn } => match self.recorder.receipt(&sheet) {
                    Ok(number) => {
                        keep(
                            &mut self.seen.receipts,
                            Receipt {
                                number,
                                lines: sheet.lines,
                                torn,
                            },
                        );
                        json!({"event": "receipt", "number": number, "torn": torn})
                    }
                    Err(error) => {
                        self.fail(&error);
                        continue;
                    }
                },
            };
            let number = |name: &str| event[name].as_u64().and_then(|n| u16::try_from(n).ok()).unwrap_or(0);
            if event["event"] == "drawer" {
                keep(
                    &mut self.seen.pulses,
                    Pulse {
                        pin: u8::try_from(number("pin")).unwrap_or(0),
                        on_ms: number("on_ms"),
                        off_ms: number("off_ms"),
                        at_once: event["at_once"] == true,
                    },
                );
            }
            keep(
                &mut self.seen.events,
                event["event"].as_str().unwrap_or_default().to_owned(),
            );
            if let Err(error) = self.recorder.event(event) {
                self.fail(&error);
            }
        }
        any
    }

    fn fail(&mut self, error: &std::io::Error) {
        self.seen.failure.get_or_insert_with(|| error.to_string());
    }
}

/// A running twin; dropping it stops it.
pub struct TwinHandle {
    shared: Arc<Shared>,
    address: Address,
    wake: wires::Wake,
    threads: Vec<JoinHandle<()>>,
}

/// Starts a twin on threads of its own.
///
/// # Errors
/// [`TwinError`].
pub fn start(options: TwinOptions) -> Result<TwinHandle, TwinError> {
    let failed = |source| TwinError::Out {
        out: options.out.clone(),
        source,
    };
    let recorder = Recorder::open(&options.out).map_err(failed)?;
    let wires = wires::open(&options.listen).map_err(|source| TwinError::Listen {
        listen: options.listen.clone(),
        source,
    })?;
    let (address, wake) = (wires.address(), wires.wake());
    let machine = Machine::new(options.paper_lines, options.drawer_closes_after);
    let desk = Desk {
        machine,
        recorder,
        seen: Seen::default(),
        stop: false,
    };
    let shared = Arc::new(Shared {
        desk: Mutex::new(desk),
        changed: Condvar::new(),
    });
    shared.with(|machine| machine.event(json!({"event": "listening", "address": address.to_string()})));
    let mut handle = TwinHandle {
        shared: shared.clone(),
        address,
        wake,
        threads: Vec::new(),
    };
    let controlled = shared.clone();
    let out = options.out.clone();
    let named = |name: &str| std::thread::Builder::new().name(name.to_owned());
    let thread = named("twin")
        .spawn(move || wires.serve(&shared))
        .map_err(TwinError::Thread)?;
    handle.threads.push(thread);
    let thread = named("twin-control")
        .spawn(move || control::obey(&controlled, &out))
        .map_err(TwinError::Thread)?;
    handle.threads.push(thread);
    Ok(handle)
}

/// Runs a twin until the process ends. `announce` is told the address that a till would use.
///
/// # Errors
/// [`TwinError`].
pub fn run(options: TwinOptions, announce: impl FnOnce(&Address)) -> Result<(), TwinError> {
    let mut handle = start(options)?;
    announce(&handle.address);
    for thread in std::mem::take(&mut handle.threads) {
        // Neither thread ends before the handle is told to stop.
        let _ = thread.join();
    }
    Ok(())
}

impl TwinHandle {
    /// Where a till finds it.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Does something to the printer, at once.
    pub fn set(&self, fault: Fault) {
        self.shared.with(|machine| machine.set(fault));
    }

    /// What has come out so far.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.shared.desk().seen.clone()
    }

    /// Waits until a condition holds; `false` when `within` is over first.
    #[must_use]
    pub fn wait(&self, within: Duration, condition: impl Fn(&Seen) -> bool) -> bool {
        let end = Instant::now() + within;
        let mut desk = self.shared.desk();
        while !condition(&desk.seen) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            desk = self
                .shared
                .changed
                .wait_timeout(desk, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }
}

impl Drop for TwinHandle {
    fn drop(&mut self) {
        self.shared.desk().stop = true;
        self.shared.changed.notify_all();
        self.wake.wake();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
