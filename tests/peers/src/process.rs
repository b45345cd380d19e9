//! A server as a process of its own, and what it holds of memory.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Until a server answers. A loaded machine takes its time.
const START: Duration = Duration::from_secs(60);

/// A server; dropping it ends it.
pub struct Server {
    child: Child,
    pub port: u16,
}

/// A port that nobody listens on just now.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Server {
    /// Starts it and waits until it listens.
    pub fn start(command: &mut Command, port: u16) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let server = Self { child, port };
        let deadline = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "{command:?} does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    /// MiB resident now and at the highest, of it and of what it started.
    pub fn memory(&self) -> (u64, u64) {
        let own = of(self.child.id());
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.child.id()));
        children
            .unwrap_or_default()
            .split_whitespace()
            .filter_map(|id| id.parse().ok())
            .map(of)
            .fold(own, |sum, (now, most)| (sum.0 + now, sum.1 + most))
    }
}

fn of(id: u32) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let mebibytes = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        let kilobytes: Option<u64> = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        kilobytes.unwrap_or(0) / 1024
    };
    (mebibytes("VmRSS:"), mebibytes("VmHWM:"))
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

impl Server {
    /// Ends it, and waits until it has ended.
    pub fn end(&mut self) {
        // What it started ends with it: asked first, as a system that shuts down does.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        for _ in 0..100 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
