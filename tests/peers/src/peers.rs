//! The public peers, each a Node program beside this one: `NAME.mjs STEP PORT DIR DOCUMENTS CHANGES SIDE_PORT`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Size;
use crate::process::{Server, free_port};
use crate::proxy::Proxy;
use crate::work::{Row, Step};

/// A step that takes longer is given up, and said to be.
const PATIENCE: Duration = Duration::from_secs(300);
const REST: Duration = Duration::from_secs(3);

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn node(name: &str, step: &str, port: u16, dir: &Path, counts: (usize, usize), side: u16) -> Command {
    let mut node = Command::new("node");
    node.current_dir(folder())
        .args(["--no-warnings", "--max-old-space-size=8192"])
        .arg(format!("{name}.mjs"))
        .arg(step)
        .arg(port.to_string())
        .arg(dir)
        .args([counts.0, counts.1].map(|count| count.to_string()))
        .arg(side.to_string());
    node
}

fn version(package: &str) -> String {
    let file = folder().join("node_modules").join(package).join("package.json");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["version"].as_str().unwrap_or_default().to_owned()
}

/// Runs one step; `None` when it was given up or failed.
fn done(mut command: Command) -> Option<serde_json::Value> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() > deadline => {
                eprintln!("bench: given up after {PATIENCE:?}: {command:?}");
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take()?, &mut said).ok()?;
    if !status.success() {
        eprintln!("bench: {command:?}: {status}");
        return None;
    }
    serde_json::from_str(said.lines().last()?).ok()
}

pub fn row(name: &str, size: Size) -> Row {
    let (who, durable) = match name {
        "pouchdb" => (
            format!(
                "PouchDB {}, pouchdb-server {}",
                version("pouchdb"),
                version("pouchdb-server")
            ),
            "the last seconds may be gone (LevelDB without fsync)",
        ),
        "automerge" => (
            format!(
                "automerge-repo {}, Automerge {}",
                version("@automerge/automerge-repo"),
                version("@automerge/automerge")
            ),
            "the last seconds may be gone (files without fsync)",
        ),
        _ => (
            format!("y-websocket {}, Yjs {}", version("y-websocket"), version("yjs")),
            "server: the last seconds may be gone (LevelDB without fsync); client: memory only",
        ),
    };
    let mut row = Row {
        who,
        durable,
        ..Row::default()
    };
    let place = tempfile::tempdir().unwrap();
    let (port, side) = (free_port(), free_port());
    let mut serve = node(name, "serve", port, &place.path().join("server"), (0, 0), side);
    serve.stderr(Stdio::null());
    let server = Server::start(&mut serve, port);
    let proxy = Proxy::to(port);
    let clients = place.path().join("clients");
    let step = |step: &str, documents: usize| {
        proxy.take();
        let counts = (documents, size.changes);
        let said = done(node(name, step, proxy.port, &clients, counts, side))?;
        // What is still in the kernel's hands is counted within a moment.
        std::thread::sleep(Duration::from_millis(300));
        let (up, down) = proxy.take();
        let ms = said["ms"].as_u64()?;
        eprintln!("bench: {name} {step}: {ms} ms, {up} B up, {down} B down");
        Some((Step { ms, up, down }, said["write_ms"].as_u64()))
    };
    if let Some((push, write)) = step("push", size.documents) {
        (row.push, row.write) = (Some(push), write);
        row.pull = step("pull", size.documents).map(|(step, _)| step);
        row.noop = step("noop", size.documents).map(|(step, _)| step);
        row.converge = step("converge", size.documents).map(|(step, _)| step);
    }
    if step("fill", size.many).is_some() {
        std::thread::sleep(REST);
        row.memory = Some(server.memory());
    } else {
        let (now, most) = server.memory();
        eprintln!("bench: {name}: server at {now} MiB, {most} MiB at the highest, when it was given up");
    }
    row
}
