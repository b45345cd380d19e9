//! A server that is up.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use app::Clock;
use model::refusal::Refusal;
use sync::SyncLoop;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::events;
use crate::listen;
use crate::log::Log;
use crate::routes::router;
use crate::server::Server;
use crate::snapshots;
use crate::tls::{self, TlsFiles};
use crate::upstream;

/// Threads for work that blocks: what the gates let in, and some for files.
const BLOCKING_THREADS: usize = 64;
/// How long such work is waited for at the end.
const ENDING: Duration = Duration::from_secs(10);
/// Erasure orders are acted upon this often where no till calls.
const ERASING: Duration = Duration::from_secs(60);

/// What `serve` is told.
pub struct Serving<'a> {
    pub data: &'a Path,
    /// `postgres://...`: the journal lies there, shared with other processes; none: in the folder.
    pub database: Option<&'a str>,
    /// `HOST:PORT`; port 0 takes a free one.
    pub listen: &'a str,
    pub tls: Option<TlsFiles>,
    pub clock: Clock,
    pub log: Log,
}

/// A server that is up; it ends when this is dropped.
pub struct Running {
    server: Arc<Server>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: Option<JoinHandle<()>>,
    runtime: Option<Runtime>,
    /// A relay's own sync with head office; it ends last, with what was taken before.
    upstream: Option<SyncLoop>,
}

/// Opens the folder, binds the address and serves.
///
/// # Errors
/// [`Refusal::PlainHttp`] for an address beyond this machine without TLS; a folder in use, or not a server's; an address
/// that is taken.
pub fn serve(serving: Serving<'_>) -> Result<Running, Refusal> {
    let Serving {
        data,
        database,
        listen,
        tls,
        clock,
        log,
    } = serving;
    let failed = |what: String| Refusal::Failed { what };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .build()
        .map_err(|error| failed(error.to_string()))?;
    let tls = tls.map(|files| tls::acceptor(&files)).transpose()?;
    let addresses: Vec<SocketAddr> = runtime
        .block_on(tokio::net::lookup_host(listen))
        .map_err(|error| Refusal::BadField {
            field: "--listen".to_owned(),
            why: error.to_string(),
        })?
        .collect();
    if tls.is_none() && !addresses.iter().all(|address| address.ip().is_loopback()) {
        return Err(Refusal::PlainHttp);
    }
    let server = Server::open(data, database, clock, log, tls.is_some())?;
    let upstream = upstream::start(&server)?;
    let listener = runtime
        .block_on(TcpListener::bind(addresses.as_slice()))
        .map_err(|error| failed(format!("{listen} cannot be listened on: {error}")))?;
    let address = listener.local_addr().map_err(|error| failed(error.to_string()))?;
    let (stop, stopped) = watch::channel(false);
    let url = url(address, tls.is_some());
    let serving = runtime.spawn(listen::serve(
        listener,
        tls,
        router(Arc::clone(&server)),
        stopped.clone(),
    ));
    runtime.spawn(erase(Arc::clone(&server), stopped.clone()));
    if server.centre.is_none() {
        runtime.spawn(tend(Arc::clone(&server), stopped.clone()));
    }
    runtime.spawn(events::announce(Arc::clone(&server), stopped));
    log.event(
        server.now(),
        "listening",
        &[("address", url.into()), ("version", env!("CARGO_PKG_VERSION").into())],
    );
    Ok(Running {
        server,
        address,
        stop,
        serving: Some(serving),
        runtime: Some(runtime),
        upstream,
    })
}

/// Acts on erasure orders until the server stops. What cannot be done is done at the next turn.
async fn erase(server: Arc<Server>, mut stopped: watch::Receiver<bool>) {
    let mut turns = tokio::time::interval(ERASING);
    loop {
        tokio::select! {
            _ = turns.tick() => {}
            _ = stopped.changed() => return,
        }
        let at = Arc::clone(&server);
        let outcome = tokio::task::spawn_blocking(move || at.erase_due(at.now())).await;
        if let Ok(Err(refusal)) = outcome {
            server
                .log
                .event(server.now(), "erasing failed", &[("code", refusal.code().into())]);
        }
    }
}

/// Makes a checkpoint when a month turns, raises the level once everybody reads it, and makes snapshots for new tills, until
/// the server stops.
async fn tend(server: Arc<Server>, mut stopped: watch::Receiver<bool>) {
    let mut turns = tokio::time::interval(snapshots::LOOK);
    loop {
        tokio::select! {
            _ = turns.tick() => {}
            _ = stopped.changed() => return,
        }
        let at = Arc::clone(&server);
        let outcome = tokio::task::spawn_blocking(move || {
            // What is in its way is not in a snapshot's.
            if let Err(refusal) = at.app.checkpoint_if_due() {
                at.log
                    .event(at.now(), "checkpoint failed", &[("code", refusal.code().into())]);
            }
            match at.app.raise_level_if_due() {
                Ok(None) => {}
                Ok(Some(level)) => at.log.event(at.now(), "level_raised", &[("level", level.into())]),
                Err(refusal) => at
                    .log
                    .event(at.now(), "level not raised", &[("code", refusal.code().into())]),
            }
            at.snapshots.make_if_due(&at.app, snapshots::FEWEST, at.now())
        })
        .await;
        match outcome {
            Ok(Ok(Some(made))) => server
                .log
                .event(server.now(), "snapshot_made", &[("bytes", made.size.into())]),
            Ok(Err(refusal)) => {
                server
                    .log
                    .event(server.now(), "snapshot failed", &[("code", refusal.code().into())]);
            }
            _ => {}
        }
    }
}

fn url(address: SocketAddr, tls: bool) -> String {
    format!("{}://{address}", if tls { "https" } else { "http" })
}

impl Running {
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        url(self.address, self.server.tls)
    }

    /// What the server itself sees.
    pub fn server(&self) -> &Arc<Server> {
        &self.server
    }

    /// How a relay stands with head office; none at head office itself.
    pub fn upstream(&self) -> Option<&SyncLoop> {
        self.upstream.as_ref()
    }

    /// Waits for SIGTERM or SIGINT, then ends.
    pub fn until_told(self) -> Result<(), Refusal> {
        use tokio::signal::unix::{SignalKind, signal};
        let Some(runtime) = &self.runtime else { return Ok(()) };
        runtime
            .block_on(async {
                let mut terminate = signal(SignalKind::terminate())?;
                let mut interrupt = signal(SignalKind::interrupt())?;
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                Ok(())
            })
            .map_err(|error: std::io::Error| Refusal::Failed {
                what: error.to_string(),
            })?;
        self.server.log.event(self.server.now(), "stopping", &[]);
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nobody may listen any more; then there is nobody to tell.
        let _ = self.stop.send(true);
        self.server.stopping.send_replace(true);
        if let (Some(runtime), Some(serving)) = (self.runtime.take(), self.serving.take()) {
            let _ = runtime.block_on(serving);
            runtime.shutdown_timeout(ENDING);
        }
    }
}
