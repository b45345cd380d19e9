//! A server folder that was put back from an older copy: noticed by its witness, or by tills that bring what this server
//! itself wrote and no longer holds. It takes everything again from the tills, writes under a new certificate, and certifies
//! nobody until every open device has called, or the operator accepts that what only they held is lost. Once all have called
//! the restore is settled: who is certified afterwards is waited for no more.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use app::{App, RESTORED};
use journal::{Commit, Lane, header_log};
use model::ids::Id;
use model::refusal::Refusal;
use replica::{ReplicaError, Signer, meta};
use rusqlite::Connection;

/// The file by which the operator accepts the loss.
const ACCEPTED: &str = "loss-accepted";

fn accepted_file(folder: &Path) -> PathBuf {
    folder.join(ACCEPTED)
}

/// The operator accepts that what devices hold that have not called is lost. The folder may be served meanwhile.
///
/// # Errors
/// No server's folder; a folder that cannot be written.
pub fn accept_loss(folder: &Path) -> Result<(), Refusal> {
    if !folder.join(replica::DATABASE).exists() {
        return Err(Refusal::FolderAbsent {
            folder: folder.display().to_string(),
        });
    }
    std::fs::write(accepted_file(folder), b"").map_err(|error| Refusal::Failed {
        what: format!("{}: {error}", accepted_file(folder).display()),
    })
}

/// Every log that this server has written or may write, under whichever of its certificates.
fn own_logs(app: &App) -> HashSet<Id> {
    let (trust, own) = (app.replica().trust().read(), app.place().device);
    let certificates = trust.iter().filter(|(_, certificate)| certificate.device == own);
    certificates
        .flat_map(|(_, certificate)| Lane::ALL.map(|lane| certificate.log(lane)))
        .collect()
}

/// Whether a batch holds commits of this server's own logs that it does not hold itself: somebody else remembers more of
/// what it wrote.
pub fn brings_back(app: &App, commits: &[Commit]) -> Result<bool, Refusal> {
    if commits.is_empty() {
        return Ok(false);
    }
    let own = own_logs(app);
    for commit in commits {
        let Some(log) = header_log(&commit.header).filter(|log| own.contains(log)) else {
            continue;
        };
        let Ok(header) = journal::Header::from_bytes(&commit.header) else {
            continue;
        };
        let hash16 = Id::of(&commit.hash());
        let held = app
            .replica()
            .read(|conn| replica::chain::find(conn, log, header.seq, hash16))?;
        if held.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Name in `local_meta`: how many signs of a copy there were when the last restore was noticed, big endian. A sign that
/// was there then, such as a certificate that is stopped for good, is no news at the next start.
const SIGNS: &str = "restored signs";

/// Signs that this folder is a copy: own certificates stopped by their witness, and branches of logs written under any
/// certificate of this device.
fn signs(conn: &Connection, device: Id) -> Result<i64, ReplicaError> {
    Ok(conn
        .prepare_cached(
            "SELECT (SELECT COUNT(*) FROM local_stopped)
             + (SELECT COUNT(*) FROM log WHERE parent IS NOT NULL
                AND certificate IN (SELECT certificate FROM device WHERE device = ?))",
        )?
        .query_row([device.as_bytes()], |row| row.get(0))?)
}

/// Signs at the last notice.
fn known_signs(conn: &Connection) -> Result<i64, ReplicaError> {
    let bytes = meta::meta(conn, SIGNS)?;
    Ok(bytes
        .and_then(|bytes| bytes.try_into().ok())
        .map_or(0, i64::from_be_bytes))
}

/// Since when this folder is known to be a restored copy that still waits for devices.
pub fn since(app: &App) -> Result<Option<i64>, Refusal> {
    app.replica().read(app::restored_since)
}

/// Remembers that this folder is a restored copy. An acceptance given for an earlier restore does not count for this one.
pub fn notice(app: &App) -> Result<(), Refusal> {
    let (now, device) = (app.now(), app.place().device);
    app.replica().write(move |tx| {
        let signs = signs(tx.conn(), device)?;
        meta::set_meta(tx.conn(), SIGNS, &signs.to_be_bytes())?;
        meta::set_meta(tx.conn(), RESTORED, &now.to_be_bytes())
    })?;
    match std::fs::remove_file(accepted_file(app.replica().path())) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Refusal::Failed {
            what: format!("{}: {error}", accepted_file(app.replica().path()).display()),
        }),
        _ => Ok(()),
    }
}

/// Refuses while a restored server waits for devices that may hold more than it does.
///
/// # Errors
/// [`Refusal::ServerRestored`], with the devices that have not called since.
pub fn may_certify(app: &App) -> Result<(), Refusal> {
    let Some(since) = since(app)? else { return Ok(()) };
    if accepted_file(app.replica().path()).exists() {
        return Ok(());
    }
    match app.silent_since(since)? {
        Some(devices) => Err(Refusal::ServerRestored { devices }),
        None => Ok(app.replica().write(|tx| meta::clear_meta(tx.conn(), RESTORED))?),
    }
}

/// Notes at start that this folder is a copy, if there is a sign of it that was not there when that was last noted.
///
/// # Errors
/// A folder that cannot be read or written.
pub fn look(app: &App, signer: &Signer) -> Result<(), Refusal> {
    let (certificate, device) = (signer.certificate.clone(), app.place().device);
    let (stopped, now, known) = app.replica().read(|conn| -> Result<_, ReplicaError> {
        let stopped = replica::stopped(conn, &certificate)?.is_some();
        Ok((stopped, signs(conn, device)?, known_signs(conn)?))
    })?;
    if stopped && now > known {
        notice(app)?;
    }
    Ok(())
}
