//! Many tills that ask often: open connections, each with a poll at its time, whatever became of the others.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use crate::Size;
use crate::chain::{Chain, held};
use crate::device;
use crate::figures::percentile;

/// Opened at once: the kernel's queue of new connections is short.
const OPENING: usize = 64;

/// An answer's status, read whole.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<u16> {
    buffer.clear();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).await.ok()?;
        if read == 0 {
            return None;
        }
        buffer.extend_from_slice(&chunk[..read]);
        let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = std::str::from_utf8(&buffer[..end]).ok()?.to_ascii_lowercase();
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))?
            .trim()
            .parse()
            .ok()?;
        if buffer.len() >= end + 4 + length {
            return head.split_whitespace().nth(1)?.parse().ok();
        }
    }
}

pub fn load(size: Size) {
    let chain = Chain::new();
    let till = chain.till("S1");
    let body = device::empty_offer(&held(&till));
    let token = device::token(&till, chain.server.port);
    let mut request = format!(
        "POST /v1/sync HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/vnd.fovea.sync\r\nauthorization: Bearer \
         {token}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(&body);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let (mut times, errors) = runtime.block_on(asked(chain.server.port, request.leak(), size));
    let (now, most) = chain.server.memory();
    let count = times.len();
    println!(
        "| {} open connections, {} polls a second for {} s: p50, p95, p99; errors | p95 < 50 ms, no errors | {:.1}, {:.1}, \
         {:.1} ms; {errors} of {} |",
        size.connections,
        size.requests_a_second,
        size.seconds,
        percentile(&mut times, 0.5),
        percentile(&mut times, 0.95),
        percentile(&mut times, 0.99),
        count + errors
    );
    println!("| memory of the server then, at the highest | < 200 MB | {now}, {most} MiB |");
}

/// The latency of each request from the time it was due, and how many failed.
async fn asked(port: u16, request: &'static [u8], size: Size) -> (Vec<Duration>, usize) {
    let mut streams = Vec::with_capacity(size.connections);
    while streams.len() < size.connections {
        let opening: Vec<_> = (0..OPENING.min(size.connections - streams.len()))
            .map(|_| tokio::spawn(TcpStream::connect(("127.0.0.1", port))))
            .collect();
        for opened in opening {
            let stream = opened.await.unwrap().unwrap();
            stream.set_nodelay(true).unwrap();
            streams.push(stream);
        }
    }
    // Each connection's turn comes round; the first round is not counted, it opens what the server opens late.
    let between = Duration::from_secs_f64(1.0 / size.requests_a_second as f64);
    let round = between * u32::try_from(size.connections).unwrap();
    let rounds = (Duration::from_secs(size.seconds as u64).as_secs_f64() / round.as_secs_f64()).ceil() as u32;
    let start = Instant::now() + Duration::from_millis(500);
    let tasks: Vec<_> = streams
        .into_iter()
        .zip(0u32..)
        .map(|(mut stream, nth)| {
            tokio::spawn(async move {
                let (mut times, mut errors) = (Vec::new(), 0);
                let mut buffer = Vec::with_capacity(1_024);
                for turn in 0..=rounds {
                    let due = start + between * nth + round * turn;
                    sleep_until(due).await;
                    let sent = stream.write_all(request).await.is_ok();
                    let status = if sent {
                        answer(&mut stream, &mut buffer).await
                    } else {
                        None
                    };
                    match status {
                        Some(200) if turn > 0 => times.push(due.elapsed()),
                        Some(200) => {}
                        _ => errors += 1,
                    }
                }
                (times, errors)
            })
        })
        .collect();
    let (mut times, mut errors) = (Vec::new(), 0);
    for task in tasks {
        let (one, failed) = task.await.unwrap();
        times.extend(one);
        errors += failed;
    }
    (times, errors)
}
