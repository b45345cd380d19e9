//! Raw TCP, usually port 9100.

use super::{Port, PortError, WriteError, Wrote, is_not_yet, write_by_turns};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Addresses of one host that are tried.
const MAX_ADDRESSES: usize = 4;
/// The shortest timeout that sockets take.
const SHORTEST: Duration = Duration::from_millis(1);

/// A connection to a network printer.
pub struct TcpPort {
    stream: TcpStream,
}

/// Connects; `within` holds for each address of the host.
///
/// # Errors
/// Whatever the last address answered, or `NotFound` when the host has none.
pub fn open(host: &str, port: u16, within: Duration) -> io::Result<TcpPort> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in (host, port).to_socket_addrs()?.take(MAX_ADDRESSES) {
        match TcpStream::connect_timeout(&address, within.max(SHORTEST)) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(TcpPort { stream });
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl TcpPort {
    /// The other end: a connection that was accepted.
    #[cfg(feature = "twin")]
    pub(crate) fn accepted(stream: TcpStream) -> TcpPort {
        TcpPort { stream }
    }
}

impl Port for TcpPort {
    fn write_all(&mut self, bytes: &[u8], within: Duration) -> Result<(), WriteError> {
        write_by_turns(bytes, within, |rest, left| {
            self.stream.set_write_timeout(Some(left.max(SHORTEST)))?;
            match self.stream.write(rest) {
                Ok(count) => Ok(Wrote::Some(count)),
                Err(error) if is_not_yet(&error) => Ok(Wrote::NotYet),
                Err(error) => Err(error),
            }
        })
    }

    fn read(&mut self, buffer: &mut [u8], within: Duration) -> Result<usize, PortError> {
        self.stream.set_read_timeout(Some(within.max(SHORTEST)))?;
        match self.stream.read(buffer) {
            Ok(0) if !buffer.is_empty() => Err(PortError::Closed),
            Ok(count) => Ok(count),
            Err(error) if is_not_yet(&error) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    fn answers(&self) -> bool {
        true
    }
}

impl Drop for TcpPort {
    fn drop(&mut self) {
        // A close with an answer still unread is a reset, which can take back what was just sent.
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}
