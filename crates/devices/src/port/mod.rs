//! The wires to a printer: TCP, serial line, device node. One trait, and one thread that owns each open port.
//!
//! A port is only ever touched by its owning thread ([`owner::Owned`]): a serial driver may ignore its timeout and a name
//! look-up has none, so whoever waits for the owner waits with a watchdog and can walk away.

pub mod node;
pub mod owner;
pub mod serial;
pub mod tcp;

use crate::address::Address;
use std::time::Duration;

/// Why a port failed.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// It could not be opened: no such device, nobody listens, no answer in time.
    #[error("cannot open {address}: {source}")]
    Open { address: String, source: std::io::Error },
    /// The other end closed it.
    #[error("the printer closed the connection")]
    Closed,
    /// The time was up before all was written.
    #[error("the printer takes no more data")]
    TimedOut,
    #[error("the connection failed: {0}")]
    Io(#[from] std::io::Error),
    /// The driver does not return; the port is given up.
    #[error("the driver of the port does not answer")]
    Stuck,
}

/// A write that did not end.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct WriteError {
    /// Some of the bytes may have reached the printer. When `false`, none has.
    pub maybe_sent: bool,
    pub cause: PortError,
}

/// An open port.
pub trait Port: Send {
    /// Writes all of `bytes` or fails when `within` is over.
    ///
    /// # Errors
    /// [`WriteError`] tells whether any byte may have gone out.
    fn write_all(&mut self, bytes: &[u8], within: Duration) -> Result<(), WriteError>;

    /// Reads what has come, at most the length of `buffer`; waits up to `within` for the first byte. 0 means that
    /// nothing came.
    ///
    /// # Errors
    /// [`PortError::Closed`] when the other end has gone; [`PortError::Io`].
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> Result<usize, PortError>;

    /// Whether the port can carry answers at all; a plain file cannot.
    fn answers(&self) -> bool;
}

/// Opens a port on this thread; [`owner::Owned::open`] does it with a watchdog.
///
/// # Errors
/// [`PortError::Open`].
pub fn open(address: &Address, within: Duration) -> Result<Box<dyn Port>, PortError> {
    let opened: std::io::Result<Box<dyn Port>> = match address {
        Address::Tcp { host, port } => tcp::open(host, *port, within).map(|port| Box::new(port) as Box<dyn Port>),
        Address::Serial { path, baud, flow } => {
            serial::open(path, *baud, *flow).map(|port| Box::new(port) as Box<dyn Port>)
        }
        Address::File { path } => node::open(path).map(|port| Box::new(port) as Box<dyn Port>),
    };
    opened.map_err(|source| PortError::Open {
        address: address.to_string(),
        source,
    })
}

/// One turn of writing, for the loop that ports share.
enum Wrote {
    Some(usize),
    /// Nothing could be written just now.
    NotYet,
}

/// Writes by turns until all is out or the time is up.
fn write_by_turns(
    bytes: &[u8],
    within: Duration,
    mut turn: impl FnMut(&[u8], Duration) -> std::io::Result<Wrote>,
) -> Result<(), WriteError> {
    let end = std::time::Instant::now() + within;
    let mut rest = bytes;
    while !rest.is_empty() {
        let maybe_sent = rest.len() < bytes.len();
        let left = end.saturating_duration_since(std::time::Instant::now());
        if left.is_zero() {
            return Err(WriteError {
                maybe_sent,
                cause: PortError::TimedOut,
            });
        }
        match turn(rest, left) {
            Ok(Wrote::Some(0)) => {
                return Err(WriteError {
                    maybe_sent,
                    cause: PortError::Closed,
                });
            }
            Ok(Wrote::Some(count)) => rest = rest.get(count..).unwrap_or_default(),
            Ok(Wrote::NotYet) => {}
            Err(cause) => {
                return Err(WriteError {
                    maybe_sent,
                    cause: PortError::Io(cause),
                });
            }
        }
    }
    Ok(())
}

/// Whether an error only means "not yet".
fn is_not_yet(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}
