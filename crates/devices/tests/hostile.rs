//! Bytes that no printer should get: the twin neither falls over nor grows.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]
// What fails here fails the test; clippy only knows that of functions marked as tests.

use fovea_devices::address::Address;
use fovea_devices::twin::{self, TwinOptions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

fn send(address: &Address, bytes: &[u8]) -> TcpStream {
    let Address::Tcp { host, port } = address else {
        panic!("a TCP address")
    };
    let mut stream = TcpStream::connect((host.as_str(), *port)).expect("listens");
    stream.write_all(bytes).expect("takes");
    stream
}

#[test]
fn garbage_then_a_good_receipt() {
    let folder = tempfile::tempdir().expect("a folder");
    let twin = twin::start(TwinOptions::new("127.0.0.1:0", folder.path())).expect("starts");
    // A noise that is the same in every run.
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed.to_le_bytes()[3]
    })
    .take(1 << 20)
    .collect();
    drop(send(twin.address(), &noise));
    // A picture of 4 GB of which little comes, then the power is cut and restored: a new start.
    drop(send(twin.address(), b"\x1d8L\xff\xff\xff\xff some"));
    assert!(twin.wait(Duration::from_secs(60), |seen| {
        seen.events.iter().filter(|event| *event == "disconnected").count() >= 2
    }));
    twin.set(twin::Fault::DieAfter(0));
    twin.set(twin::Fault::Online);
    let before = twin.seen().receipts.len();
    let mut stream = send(twin.address(), b"\x1b@whole\n\x1dV\0\x1dr\x01");
    let mut answer = [0xFF];
    stream.read_exact(&mut answer).expect("answers");
    assert_eq!(answer, [0]);
    let seen = twin.seen();
    assert!(before <= seen.receipts.len());
    assert_eq!(
        seen.receipts.back().map(|receipt| receipt.lines.clone()),
        Some(vec!["whole".to_owned()])
    );
    assert_eq!(seen.failure, None);
}

#[test]
fn a_write_succeeds_without_paper_and_prints_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let twin = twin::start(TwinOptions::new("127.0.0.1:0", folder.path())).expect("starts");
    twin.set(twin::Fault::PaperOut);
    let mut stream = send(twin.address(), b"kept\n\x1dV\0\x10\x04\x04");
    let mut answer = [0];
    stream.read_exact(&mut answer).expect("answers at once");
    assert_eq!(answer, [0x7E]);
    assert!(twin.seen().receipts.is_empty());
    drop(stream);
    twin.set(twin::Fault::PaperIn);
    assert!(twin.wait(Duration::from_secs(10), |seen| seen.receipts.len() == 1));
}
