//! What a twin is plugged into: a TCP port or a pseudo-terminal.

use super::{Shared, TICK};
use crate::address::{Address, DEFAULT_BAUD, Flow};
use crate::port::Port;
use crate::port::tcp::TcpPort;
use serde_json::json;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A connection that says nothing for so long is closed, so that it does not keep others out.
const IDLE_CLOSE: Duration = Duration::from_secs(90);
/// Bytes taken from a wire at once.
const CHUNK: usize = 1_024;
/// How long an answer may take to go out.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// How long waking the listener may take.
const WAKE_WITHIN: Duration = Duration::from_millis(500);

/// An open end.
pub enum Wires {
    Tcp(TcpListener, SocketAddr),
    #[cfg(unix)]
    Pty(pty::Pty),
}

/// Ends the listener's wait for a connection.
pub struct Wake(Option<SocketAddr>);

impl Wake {
    pub fn wake(&self) {
        if let Some(mut address) = self.0 {
            // A listener on every address is reached on this machine's own.
            if address.ip().is_unspecified() {
                address.set_ip(if address.is_ipv4() {
                    Ipv4Addr::LOCALHOST.into()
                } else {
                    Ipv6Addr::LOCALHOST.into()
                });
            }
            let _ = TcpStream::connect_timeout(&address, WAKE_WITHIN);
        }
    }
}

/// Opens what `listen` says: `HOST:PORT`, `tcp:HOST:PORT`, `pty`, `pty:LINK`.
pub fn open(listen: &str) -> io::Result<Wires> {
    #[cfg(unix)]
    if let Some(link) = listen.strip_prefix("pty") {
        let link = match link.strip_prefix(':') {
            _ if link.is_empty() => None,
            Some(link) if !link.is_empty() => Some(PathBuf::from(link)),
            _ => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "a terminal is `pty` or `pty:LINK`",
                ));
            }
        };
        return pty::Pty::open(link).map(Wires::Pty);
    }
    let listener = TcpListener::bind(listen.strip_prefix("tcp:").unwrap_or(listen))?;
    let address = listener.local_addr()?;
    Ok(Wires::Tcp(listener, address))
}

impl Wires {
    /// Where a till finds the twin.
    pub fn address(&self) -> Address {
        match self {
            Wires::Tcp(_, address) => Address::Tcp {
                host: address.ip().to_string(),
                port: address.port(),
            },
            #[cfg(unix)]
            Wires::Pty(pty) => Address::Serial {
                path: pty.path.clone(),
                baud: DEFAULT_BAUD,
                flow: Flow::None,
            },
        }
    }

    pub fn wake(&self) -> Wake {
        match self {
            Wires::Tcp(_, address) => Wake(Some(*address)),
            #[cfg(unix)]
            Wires::Pty(_) => Wake(None),
        }
    }

    /// Serves until the twin stops.
    pub fn serve(self, shared: &Shared) {
        match self {
            Wires::Tcp(listener, _) => {
                while !shared.stops() {
                    let Ok((stream, from)) = listener.accept() else {
                        // Out of file handles, say: they may come back.
                        shared.pause();
                        continue;
                    };
                    if shared.stops() || shared.with(|machine| machine.is_dead()) {
                        continue;
                    }
                    shared.with(|machine| machine.event(json!({"event": "connected", "from": from.to_string()})));
                    let _ = stream.set_nodelay(true);
                    converse(shared, &mut TcpPort::accepted(stream), Some(IDLE_CLOSE));
                    shared.with(|machine| {
                        machine.hang_up();
                        machine.event(json!({"event": "disconnected"}));
                    });
                }
            }
            #[cfg(unix)]
            Wires::Pty(mut pty) => {
                while !shared.stops() {
                    converse(shared, &mut pty.master, None);
                    shared.pause();
                }
            }
        }
    }
}

/// Carries bytes between a wire and the printer, until the wire fails, the twin stops, or, on a wire with an idle limit
/// (a connection), the printer is without power.
fn converse(shared: &Shared, port: &mut dyn Port, idle: Option<Duration>) {
    let mut buffer = [0; CHUNK];
    let mut heard = Instant::now();
    loop {
        let (replies, room, dead) = shared.with(|machine| (machine.take_replies(), machine.room(), machine.is_dead()));
        let over = idle.is_some_and(|idle| dead || heard.elapsed() > idle);
        if over || shared.stops() || (!replies.is_empty() && port.write_all(&replies, ANSWER_WITHIN).is_err()) {
            return;
        }
        let room = room.min(CHUNK);
        if room == 0 {
            shared.pause();
            continue;
        }
        match port.read(buffer.get_mut(..room).unwrap_or_default(), TICK) {
            Ok(0) => {}
            Ok(count) => {
                heard = Instant::now();
                shared.with(|machine| machine.receive(buffer.get(..count).unwrap_or_default()));
            }
            Err(_) => return,
        }
    }
}

#[cfg(unix)]
mod pty {
    use crate::port::node::Node;
    use rustix::fs::{Mode, OFlags};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
    use std::fs;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    /// A pseudo-terminal whose other end a till opens as a serial line.
    pub struct Pty {
        pub master: Node,
        pub path: String,
        link: Option<PathBuf>,
        /// Kept open: with no other end open at all, reading the master is an error.
        _slave: OwnedFd,
    }

    impl Pty {
        /// Opens a terminal, and puts a link to it at `link`, where only an older link may be.
        pub fn open(link: Option<PathBuf>) -> io::Result<Pty> {
            let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
            grantpt(&master)?;
            unlockpt(&master)?;
            let path = ptsname(&master, Vec::new())?.into_string().map_err(io::Error::other)?;
            let slave = rustix::fs::open(
                path.as_str(),
                OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
                Mode::empty(),
            )?;
            // A terminal would echo our answers and change line ends; a printer's line does neither.
            let mut raw = tcgetattr(&slave)?;
            raw.make_raw();
            tcsetattr(&slave, OptionalActions::Now, &raw)?;
            rustix::io::ioctl_fionbio(&master, true)?;
            if let Some(link) = &link {
                if fs::symlink_metadata(link).is_ok_and(|old| old.is_symlink()) {
                    fs::remove_file(link)?;
                }
                symlink(&path, link)?;
            }
            Ok(Pty {
                master: Node::master(master),
                path,
                link,
                _slave: slave,
            })
        }
    }

    impl Drop for Pty {
        fn drop(&mut self) {
            if let Some(link) = &self.link {
                let _ = fs::remove_file(link);
            }
        }
    }
}
