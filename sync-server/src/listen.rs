//! Taking connections: bounded in number, in the time to say what they want, and ended in an orderly way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;

/// Connections open at once. More wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 10_000;
/// Until TLS stands.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Until a request's headers are there whole; an idle connection ends after it too.
const HEADERS: Duration = Duration::from_secs(75);
/// A connection's buffer; headers must fit in it.
const BUFFER: usize = 64 * 1024;
/// How long requests in hand are waited for at the end.
const ENDING: Duration = Duration::from_secs(10);
/// After a failed accept (too many open files), so that the loop does not spin.
const BREATH: Duration = Duration::from_millis(50);

/// From where a request comes.
#[derive(Debug, Clone, Copy)]
pub struct Caller(pub SocketAddr);

/// Serves until `stop` says so, then lets the requests in hand end.
pub async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, router: Router, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            break;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Ok((stream, from)) = accepted else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let (tls, router, watcher) = (tls.clone(), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            // A peer that goes away in the middle is its own affair.
            let _ = stream.set_nodelay(true);
            match tls {
                None => talk(stream, from, router, watcher, place).await,
                Some(tls) => {
                    if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                        talk(stream, from, router, watcher, place).await;
                    }
                }
            }
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(ENDING, graceful.shutdown()).await;
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin + 'static>(
    stream: S,
    from: SocketAddr,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
    _place: OwnedSemaphorePermit,
) {
    // Into each request, not as a layer of the router: that would be a router for each connection, some 10 KiB.
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Caller(from));
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    let _ = watcher.watch(connection).await;
}
