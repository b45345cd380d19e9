//! A line that counts what goes over it, bytes of HTTP and all.
#![allow(dead_code, reason = "each test program uses a part")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub struct Counting {
    pub url: String,
    pub up: Arc<AtomicUsize>,
    pub down: Arc<AtomicUsize>,
}

impl Counting {
    pub fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = server.trim_start_matches("http://").to_owned();
        let (up, down) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counts = (Arc::clone(&up), Arc::clone(&down));
        std::thread::spawn(move || {
            for near in listener.incoming() {
                let (Ok(near), Ok(far)) = (near, TcpStream::connect(&server)) else {
                    continue;
                };
                for stream in [&near, &far] {
                    stream.set_nodelay(true).unwrap();
                }
                carry(
                    near.try_clone().unwrap(),
                    far.try_clone().unwrap(),
                    Arc::clone(&counts.0),
                );
                carry(far, near, Arc::clone(&counts.1));
            }
        });
        Self { url, up, down }
    }

    /// Bytes up and down since the last look.
    pub fn take(&self) -> (usize, usize) {
        (self.up.swap(0, Ordering::SeqCst), self.down.swap(0, Ordering::SeqCst))
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, count: Arc<AtomicUsize>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 64 * 1024];
        while let Ok(read) = from.read(&mut buffer)
            && read > 0
        {
            count.fetch_add(read, Ordering::SeqCst);
            if to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}
