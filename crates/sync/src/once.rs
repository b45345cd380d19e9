//! One run: exchanges until both hold the same.

use std::time::{Duration, Instant};

use app::{App, joining};
use model::refusal::Refusal;

use crate::limits::{MAX_EXCHANGES, STALL};
use crate::pause::Backoff;
use crate::peer::{Peer, Progress, Step, Synced};
use crate::trouble::Trouble;

/// Syncs until both vectors were equal in the last answer and nothing waits.
///
/// # Errors
/// [`Refusal::SyncStalled`] after 30 s without progress; at once what trying again does not change.
pub fn sync_once(app: &App) -> Result<Synced, Refusal> {
    sync_within(app, STALL, &mut |_| {})
}

/// The same with another patience, telling how far it is after each exchange.
pub fn sync_within(app: &App, patience: Duration, progress: &mut dyn FnMut(&Progress)) -> Result<Synced, Refusal> {
    let server = joining::server(app.replica())?.ok_or_else(|| Refusal::Usage {
        why: "This till is on its own: it has no server".to_owned(),
    })?;
    let mut peer = Peer::new(app, &server)?;
    run(&mut peer, patience, progress)?;
    joining::set_whole(app.replica())?;
    Ok(peer.synced)
}

fn run(peer: &mut Peer, patience: Duration, progress: &mut dyn FnMut(&Progress)) -> Result<(), Refusal> {
    let mut backoff = Backoff::default();
    let mut moved = Instant::now();
    for _ in 0..MAX_EXCHANGES {
        match peer.step() {
            Ok(step) => {
                progress(&peer.progress()?);
                match step {
                    Step::Equal => return Ok(()),
                    Step::Moved => {
                        moved = Instant::now();
                        backoff = Backoff::default();
                        continue;
                    }
                    Step::Still => {}
                }
            }
            Err(Trouble::Away(_)) => {}
            Err(trouble) => return Err(trouble.refusal()),
        }
        let left = patience.saturating_sub(moved.elapsed());
        if left.is_zero() {
            break;
        }
        std::thread::sleep(backoff.next_pause().min(left));
    }
    Err(Refusal::SyncStalled {
        seconds: patience.as_secs(),
    })
}
