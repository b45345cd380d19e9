//! The thread that owns a port, and the watchdog over it.

use super::{Port, PortError, WriteError, open};
use crate::address::Address;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// How much longer than its own timeout a port may take before it is given up.
const GRACE: Duration = Duration::from_secs(2);
/// Owning threads of one printer that may live at once, those that hang in a driver included; then nothing is opened.
pub const MAX_OWNERS: usize = 3;
/// Most bytes asked for in one read.
const MAX_READ: usize = 256;

/// Counts the owning threads of one printer and says how long they may be silent.
#[derive(Debug, Clone)]
pub struct Watchdog {
    alive: Arc<AtomicUsize>,
    grace: Duration,
}

impl Default for Watchdog {
    fn default() -> Self {
        Watchdog {
            alive: Arc::default(),
            grace: GRACE,
        }
    }
}

impl Watchdog {
    /// Owning threads that live now, those left behind in a driver included.
    #[must_use]
    pub fn owners(&self) -> usize {
        self.alive.load(Ordering::Acquire)
    }
}

enum Command {
    Write(Vec<u8>, Duration, SyncSender<Result<(), WriteError>>),
    Read(usize, Duration, SyncSender<Result<Vec<u8>, PortError>>),
}

/// A port behind its owning thread.
pub struct Owned {
    /// Gone once the owner was given up.
    commands: Option<SyncSender<Command>>,
    watchdog: Watchdog,
    answers: bool,
}

impl Owned {
    /// Opens a port on a thread of its own.
    ///
    /// # Errors
    /// [`PortError::Open`]; [`PortError::Stuck`] when opening does not return, or [`MAX_OWNERS`] threads are alive already.
    pub fn open(address: &Address, within: Duration, watchdog: &Watchdog) -> Result<Owned, PortError> {
        let address = address.clone();
        Owned::start(move || open(&address, within), within, watchdog)
    }

    fn start(
        open: impl FnOnce() -> Result<Box<dyn Port>, PortError> + Send + 'static,
        within: Duration,
        watchdog: &Watchdog,
    ) -> Result<Owned, PortError> {
        if watchdog.owners() >= MAX_OWNERS {
            return Err(PortError::Stuck);
        }
        let (opened, is_open) = sync_channel(1);
        let (commands, orders) = sync_channel(1);
        let alive = Alive::new(watchdog);
        thread::Builder::new().name("port".into()).spawn(move || {
            let _alive = alive;
            match open() {
                Ok(mut port) => {
                    if opened.send(Ok(port.answers())).is_ok() {
                        serve(port.as_mut(), &orders);
                    }
                }
                Err(error) => drop(opened.send(Err(error))),
            }
        })?;
        match is_open.recv_timeout(within.saturating_add(watchdog.grace)) {
            Ok(Ok(answers)) => Ok(Owned {
                commands: Some(commands),
                watchdog: watchdog.clone(),
                answers,
            }),
            Ok(Err(error)) => Err(error),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(PortError::Stuck),
        }
    }

    /// Sends an order and waits for its answer, or gives the owner up.
    fn order<T>(&mut self, order: impl FnOnce(SyncSender<T>) -> Command, within: Duration) -> Option<T> {
        let (answer, answered) = sync_channel(1);
        // The owner takes an order only when it has answered the last, so there is always room for one.
        self.commands.as_ref()?.try_send(order(answer)).ok()?;
        let answer = answered.recv_timeout(within.saturating_add(self.watchdog.grace)).ok();
        if answer.is_none() {
            self.commands = None;
        }
        answer
    }
}

impl Port for Owned {
    fn write_all(&mut self, bytes: &[u8], within: Duration) -> Result<(), WriteError> {
        let gone = self.commands.is_none();
        self.order(|answer| Command::Write(bytes.to_vec(), within, answer), within)
            .unwrap_or(Err(WriteError {
                maybe_sent: !gone,
                cause: PortError::Stuck,
            }))
    }

    fn read(&mut self, buffer: &mut [u8], within: Duration) -> Result<usize, PortError> {
        let wanted = buffer.len().min(MAX_READ);
        let bytes = self
            .order(|answer| Command::Read(wanted, within, answer), within)
            .unwrap_or(Err(PortError::Stuck))?;
        for (to, from) in buffer.iter_mut().zip(&bytes) {
            *to = *from;
        }
        Ok(bytes.len().min(buffer.len()))
    }

    fn answers(&self) -> bool {
        self.answers
    }
}

/// Ends when the other side of the channel has gone.
fn serve(port: &mut dyn Port, orders: &Receiver<Command>) {
    while let Ok(order) = orders.recv() {
        // Nobody waits any more when an answer cannot be sent: the watchdog has given this thread up.
        match order {
            Command::Write(bytes, within, answer) => drop(answer.send(port.write_all(&bytes, within))),
            Command::Read(wanted, within, answer) => {
                let mut buffer = vec![0; wanted];
                let read = port.read(&mut buffer, within).map(|count| {
                    buffer.truncate(count);
                    buffer
                });
                drop(answer.send(read));
            }
        }
    }
}

/// A living owner; counts from before its thread starts to its very end, whoever has forgotten it by then.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(watchdog: &Watchdog) -> Self {
        watchdog.alive.fetch_add(1, Ordering::AcqRel);
        Alive(watchdog.alive.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::sync::mpsc::channel;

    /// A driver that returns from a write only when it is let go.
    struct Hanging(Mutex<Receiver<()>>);

    impl Port for Hanging {
        fn write_all(&mut self, _: &[u8], _: Duration) -> Result<(), WriteError> {
            let _ = self.0.lock().expect("one thread").recv();
            Ok(())
        }

        fn read(&mut self, _: &mut [u8], _: Duration) -> Result<usize, PortError> {
            Err(PortError::Closed)
        }

        fn answers(&self) -> bool {
            true
        }
    }

    #[test]
    fn a_hanging_driver_is_given_up_and_counted() {
        let watchdog = Watchdog {
            grace: Duration::from_millis(20),
            ..Watchdog::default()
        };
        let short = Duration::from_millis(1);
        let mut held = Vec::new();
        for _ in 0..MAX_OWNERS {
            let (let_go, wait) = channel();
            let mut owned = Owned::start(
                move || Ok(Box::new(Hanging(Mutex::new(wait))) as Box<dyn Port>),
                short,
                &watchdog,
            )
            .expect("opens");
            let failed = owned.write_all(b"x", short).expect_err("hangs");
            assert!(failed.maybe_sent && matches!(failed.cause, PortError::Stuck));
            let again = owned.write_all(b"x", short).expect_err("was given up");
            assert!(!again.maybe_sent);
            held.push(let_go);
        }
        assert_eq!(watchdog.owners(), MAX_OWNERS);
        let refused = Owned::start(|| Err(PortError::Closed), short, &watchdog);
        assert!(matches!(refused, Err(PortError::Stuck)));
        drop(held);
        while watchdog.owners() > 0 {
            thread::yield_now();
        }
        assert!(matches!(
            Owned::start(|| Err(PortError::Closed), short, &watchdog),
            Err(PortError::Closed)
        ));
    }
}
