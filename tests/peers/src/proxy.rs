//! A proxy that counts what goes through it: bytes of TCP, headers of HTTP and WebSocket frames included.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Clone)]
pub struct Proxy {
    pub port: u16,
    up: Arc<AtomicU64>,
    down: Arc<AtomicU64>,
}

impl Proxy {
    /// Passes every connection on to this port, on threads of its own, until the program ends.
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            up: Arc::default(),
            down: Arc::default(),
        };
        let counts = proxy.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else {
                    continue;
                };
                for stream in [&client, &server] {
                    stream.set_nodelay(true).unwrap();
                }
                pass(
                    client.try_clone().unwrap(),
                    server.try_clone().unwrap(),
                    Arc::clone(&counts.up),
                );
                pass(server, client, Arc::clone(&counts.down));
            }
        });
        proxy
    }

    /// Bytes up and down since the last time this was asked.
    pub fn take(&self) -> (u64, u64) {
        (self.up.swap(0, Ordering::SeqCst), self.down.swap(0, Ordering::SeqCst))
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, count: Arc<AtomicU64>) {
    // A thousand rooms of y-websocket are two thousand threads: small ones.
    let passing = std::thread::Builder::new().stack_size(64 * 1024);
    passing
        .spawn(move || {
            let mut buffer = vec![0; 16 * 1024];
            while let Ok(read) = from.read(&mut buffer) {
                // Before it is passed on: whoever reads it may ask for the count at once.
                count.fetch_add(read as u64, Ordering::SeqCst);
                if read == 0 || to.write_all(&buffer[..read]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Write);
        })
        .unwrap();
}
