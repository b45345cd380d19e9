//! A relay's own way to head office: it syncs like a till, beside what it answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use model::refusal::Refusal;
use model::requests::till::Network;
use sync::SyncLoop;

use crate::server::Server;

/// Starts it at a relay; head office has none. The log says when head office comes and goes.
pub fn start(server: &Arc<Server>) -> Result<Option<SyncLoop>, Refusal> {
    if server.centre.is_none() {
        return Ok(None);
    }
    let (log, app, online) = (server.log, server.app.clone(), AtomicBool::new(false));
    let changed = move |network: &Network| {
        if online.swap(network.online, Ordering::Relaxed) != network.online {
            let event = if network.online {
                "head_office"
            } else {
                "head_office_away"
            };
            log.event(app.now(), event, &[("unsent", network.unsent.into())]);
        }
    };
    SyncLoop::start(server.app.clone(), changed).map(Some)
}
