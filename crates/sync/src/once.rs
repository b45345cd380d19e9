//! One run: exchanges until both hold the same.

use std::time::{Duration, Instant};

use app::{App, joining};
use model::refusal::Refusal;

use crate::limits::{MAX_EXCHANGES, STALL};
use crate::pause::Backoff;
use crate::peer::{Peer, Progress, Step, Synced};
use crate::trouble::Trouble;

/// Syncs until both vectors were equal in the last answer and nothing waits: with the store's relays if any answers, and
/// with head office. Where a relay has everything, head office may be away.
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
    let mut in_store = None;
    for relay in joining::relays(app.replica())? {
        let mut peer = Peer::new(app, &relay)?;
        // Once: head office is asked in any case, and a relay that is away or not ours is the loop's to tell of.
        if run(&mut peer, Duration::ZERO, progress).is_ok() {
            in_store = Some(peer.synced);
        }
    }
    let mut peer = Peer::new(app, &server)?;
    let patience = if in_store.is_some() { Duration::ZERO } else { patience };
    match (run(&mut peer, patience, progress), in_store) {
        (Ok(()), _) => {
            joining::set_whole(app.replica())?;
            let synced = peer.synced;
            // Both hold the same, which is what was asked for; statements are told the next time.
            let _ = peer.tell_news();
            Ok(synced)
        }
        (Err(Refusal::SyncStalled { .. }), Some(synced)) => Ok(synced),
        (Err(refusal), _) => Err(refusal),
    }
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
