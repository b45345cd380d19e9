//! A bad line between tills and a server: slow, cut after so many bytes, swallowed, half closed. A real TCP proxy of ours.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What happens to one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Fair,
    /// Each piece is held back for so long, ms.
    Slow(u64),
    /// The request goes through; of the answer so many bytes come back, then the line is cut.
    CutAnswer(u64),
    /// Of the request so many bytes go through, then the line is cut.
    CutRequest(u64),
    /// The server acts and its answer is swallowed; the till is told nothing until the line closes.
    Swallow,
    /// Connections are taken and nothing happens on them, for so long, ms.
    BlackHole(u64),
    /// The till's side is closed for writing at once after the request.
    HalfClose,
}

/// Bytes handed on at once.
const PIECE: usize = 16 * 1024;
/// A direction without bytes for this long is closed.
const IDLE: Duration = Duration::from_secs(20);

/// A line to a server; what happens on each connection is asked of the test.
pub struct Line {
    port: u16,
    pub connections: Arc<AtomicU64>,
}

impl Line {
    /// Opens a line to a port on this machine. `weather` is asked once a connection.
    ///
    /// # Panics
    /// No port is free.
    pub fn to(port: u16, weather: impl FnMut() -> Weather + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|e| panic!("no free port: {e}"));
        let own = listener
            .local_addr()
            .unwrap_or_else(|e| panic!("no address: {e}"))
            .port();
        let connections = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&connections);
        let weather = Arc::new(Mutex::new(weather));
        std::thread::spawn(move || {
            for near in listener.incoming() {
                let Ok(near) = near else { return };
                counted.fetch_add(1, Ordering::SeqCst);
                let today = (weather.lock().unwrap_or_else(PoisonError::into_inner))();
                std::thread::spawn(move || carry(near, port, today));
            }
        });
        Self { port: own, connections }
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

fn carry(near: TcpStream, port: u16, weather: Weather) {
    if let Weather::BlackHole(ms) = weather {
        std::thread::sleep(Duration::from_millis(ms));
        return;
    }
    // A server that is down is weather too.
    let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else {
        return;
    };
    for side in [&near, &far] {
        let _ = side.set_read_timeout(Some(IDLE));
    }
    let (Ok(up_from), Ok(up_to)) = (near.try_clone(), far.try_clone()) else {
        return;
    };
    let up = std::thread::spawn(move || {
        let most = match weather {
            Weather::CutRequest(bytes) => bytes,
            _ => u64::MAX,
        };
        hand_on(up_from, &up_to, most, pause(weather), false);
        let end = if most == u64::MAX && weather != Weather::HalfClose {
            Shutdown::Write
        } else {
            Shutdown::Both
        };
        let _ = up_to.shutdown(end);
    });
    let most = match weather {
        Weather::CutAnswer(bytes) => bytes,
        _ => u64::MAX,
    };
    let Ok(to) = near.try_clone() else { return };
    hand_on(far, &to, most, pause(weather), weather == Weather::Swallow);
    let _ = near.shutdown(Shutdown::Both);
    let _ = up.join();
}

fn pause(weather: Weather) -> Duration {
    match weather {
        Weather::Slow(ms) => Duration::from_millis(ms),
        _ => Duration::ZERO,
    }
}

fn hand_on(mut from: TcpStream, mut to: &TcpStream, most: u64, pause: Duration, swallow: bool) {
    let mut piece = [0; PIECE];
    let mut left = most;
    while left > 0 {
        let Ok(read @ 1..) = from.read(&mut piece) else { return };
        let read = read.min(usize::try_from(left).unwrap_or(usize::MAX));
        left -= read as u64;
        std::thread::sleep(pause);
        if !swallow && to.write_all(&piece[..read]).is_err() {
            return;
        }
    }
}
