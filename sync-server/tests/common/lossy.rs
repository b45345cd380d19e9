//! A line that loses answers, or asks twice: it hands a request on, waits for the server to have acted, and says nothing;
//! or hands it on once more and gives both answers.
#![allow(dead_code, reason = "each test program uses a part")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub struct Lossy {
    pub url: String,
    /// Answers still to be lost.
    pub lose: Arc<AtomicUsize>,
    pub lost: Arc<AtomicUsize>,
    /// Requests still to be handed on twice.
    pub double: Arc<AtomicUsize>,
}

impl Lossy {
    /// A line to `server`; answers to requests for `path` can be lost.
    pub fn to(server: &str, path: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (lose, lost) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let server = server.trim_start_matches("http://").to_owned();
        let (losing, lost_here) = (Arc::clone(&lose), Arc::clone(&lost));
        let double = Arc::new(AtomicUsize::new(0));
        let doubling = Arc::clone(&double);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut near) = stream else { return };
                let Some(request) = request(&mut near) else { continue };
                let ask = || {
                    let mut far = TcpStream::connect(&server).ok()?;
                    far.write_all(&request).unwrap();
                    let mut answer = Vec::new();
                    far.read_to_end(&mut answer).unwrap();
                    Some(answer)
                };
                let Some(mut answer) = ask() else { continue };
                let first = String::from_utf8_lossy(&request);
                let hit = first.starts_with(&format!("POST {path} "));
                let left = |left: usize| left.checked_sub(1);
                if hit && losing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left).is_ok() {
                    lost_here.fetch_add(1, Ordering::SeqCst);
                    continue;
                }
                if hit && doubling.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left).is_ok() {
                    answer.extend(ask().unwrap_or_default());
                }
                let _ = near.write_all(&answer);
            }
        });
        Self {
            url,
            lose,
            lost,
            double,
        }
    }
}

/// One whole request, told to end its connection.
fn request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 64 * 1024];
    loop {
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.trim().parse().unwrap());
        if bytes.len() >= end + 4 + length {
            let close = b"\r\nconnection: close";
            bytes.splice(end..end, close.iter().copied());
            return Some(bytes);
        }
    }
}
