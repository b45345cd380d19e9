//! Listening to a server's wake-ups: one request that the server answers a line at a time. What is heard is only a reason to
//! call; who hears nothing polls.

use std::io::{BufRead, BufReader, Read};
use std::sync::Weak;
use std::time::Duration;

use model::ids::Id;

use crate::background::Shared;
use crate::http::Http;
use crate::limits::MAX_EVENT;
use crate::pause::Backoff;
use crate::trouble::Trouble;

/// How long a thread holds the loop's state while it waits for a token.
const LOOK: Duration = Duration::from_secs(1);

/// Hears one server's wake-ups for the worker of this number, until the loop ends. It has nothing of the folder in hand: a
/// line that hangs keeps no folder open.
pub fn run(shared: &Weak<Shared>, worker: usize, address: &str) {
    let Ok(http) = Http::new(address) else { return };
    let mut backoff = Backoff::default();
    while let Some(at) = shared.upgrade() {
        let Some(token) = at.token(worker, LOOK) else { continue };
        drop(at);
        match http.listen(&token) {
            Ok(answer) => {
                if heard(shared, worker, answer) {
                    backoff = Backoff::default();
                }
            }
            // The worker gets a new one with its next exchange.
            Err(Trouble::Token) => {
                if let Some(at) = shared.upgrade() {
                    at.forget_token(worker, &token);
                }
            }
            Err(_) => {}
        }
        let pause = backoff.next_pause();
        let Some(at) = shared.upgrade() else { return };
        at.set_listening(worker, false);
        if at.pause(pause) {
            return;
        }
    }
}

/// Reads lines until the server ends them or the line breaks; whether any came.
fn heard(shared: &Weak<Shared>, worker: usize, answer: impl Read) -> bool {
    let mut lines = BufReader::new(answer);
    let mut any = false;
    loop {
        let mut line = Vec::new();
        // A line of ours is short; a longer one is cut, and is then none of ours.
        match (&mut lines).take(MAX_EVENT).read_until(b'\n', &mut line) {
            Ok(read) if read > 0 => {}
            _ => return any,
        }
        let Some(at) = shared.upgrade() else { return any };
        any = true;
        at.set_listening(worker, true);
        if let Some(hint) = hint(&line) {
            at.hear(worker, hint);
        }
        if at.pause(Duration::ZERO) {
            return any;
        }
    }
}

/// The hint of a `data:` line.
fn hint(line: &[u8]) -> Option<Id> {
    std::str::from_utf8(line)
        .ok()?
        .strip_prefix("data: ")?
        .trim_end()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_hints() {
        let digits = "0123456789abcdef0123456789abcdef";
        assert_eq!(hint(format!("data: {digits}\n").as_bytes()), digits.parse().ok());
        for other in [
            &b":\n"[..],
            b"\n",
            b"data: \n",
            b"data: 01\n",
            b"event: x\n",
            b"data: \xff\xff\n",
            b"",
        ] {
            assert_eq!(hint(other), None, "{other:?}");
        }
    }
}
