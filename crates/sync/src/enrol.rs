//! Enrolment: a folder and a one-time code become a device of the chain that holds all the server holds.

use std::path::Path;
use std::time::Duration;

use app::{App, Clock, joining, setup};
use journal::{Certificate, Lane, OneTimeCode, Trust, organisation_id};
use model::ids::Hash;
use model::refusal::Refusal;
use replica::{DATABASE, Entropy, Folder, Replica};

use crate::http::Http;
use crate::limits::{ENROL_TRIES, STALL};
use crate::line::Line;
use crate::once::sync_within;
use crate::pause::Backoff;
use crate::peer::Progress;
use crate::session::{self, Identity};
use crate::trouble::Trouble;
use crate::wire::{EnrolAnswer, EnrolRequest, Message};

/// The folder while a code is spent on it: locked, with what it holds already.
enum Held {
    Empty(Folder),
    Data(Replica),
}

/// Enrols a folder and syncs until it holds all that the server holds, users and their verifiers included. Can be cut at
/// any point and run again with the same code; the same device gets the same certificates.
///
/// # Errors
/// [`Refusal::PlainHttp`], [`Refusal::ServerAway`], [`Refusal::ServerUnproven`]; [`Refusal::BadCode`] and
/// [`Refusal::CodeUsed`]; [`Refusal::OtherOrganisation`] for a folder of another one; [`Refusal::FolderInUse`];
/// [`Refusal::SyncStalled`]: then it is enrolled, and a sync goes on where it stopped.
pub fn enrol(
    folder: &Path,
    server: &str,
    code: &str,
    clock: Clock,
    progress: &mut dyn FnMut(&Progress),
) -> Result<App, Refusal> {
    enrol_within(folder, server, code, clock, STALL, progress)
}

/// The same with another patience.
pub fn enrol_within(
    folder: &Path,
    server: &str,
    code: &str,
    clock: Clock,
    patience: Duration,
    progress: &mut dyn FnMut(&Progress),
) -> Result<App, Refusal> {
    let http = Http::new(server)?;
    let code = OneTimeCode::parse(code).map_err(|fault| Refusal::BadCode {
        why: fault.0.to_string(),
    })?;
    let organisation_key = organisation_key(&http, &code)?;
    let held = hold(folder)?;
    let spent = match &held {
        Held::Data(replica) => spent_already(replica, organisation_key, &code)?,
        Held::Empty(_) => false,
    };
    if spent {
        drop(held);
    } else {
        join(folder, held, &http, &code, organisation_key, clock())?;
    }
    let app = setup::open_app(folder, clock)?;
    if spent && joining::server(app.replica())?.as_deref() != Some(http.server()) {
        joining::set_server(app.replica(), http.server())?;
    }
    sync_within(&app, patience, progress)?;
    Ok(app)
}

/// The organisation that the server says it serves, if it is the one the code was made for. Asked before the code's secret
/// is said to anybody.
fn organisation_key(http: &Http, code: &OneTimeCode) -> Result<[u8; 32], Refusal> {
    let key = trying(|| session::challenge(http))?.organisation_key();
    if code.matches(organisation_id(&key)) {
        Ok(key)
    } else {
        Err(Refusal::BadCode {
            why: "its last four characters are not of the organisation at this address".to_owned(),
        })
    }
}

fn hold(folder: &Path) -> Result<Held, Refusal> {
    if folder.join(DATABASE).exists() {
        Ok(Held::Data(Replica::open(folder, None)?))
    } else {
        Ok(Held::Empty(Folder::take(folder, true)?))
    }
}

/// What stands for a spent code in the folder. It is salted with the device's key, and worth nothing: the server takes the
/// code for these keys alone.
fn spent_code(code: &OneTimeCode, key: &[u8; 32]) -> Hash {
    let mut hasher = blake3::Hasher::new_derive_key("fovea 2026 spent one-time code");
    hasher.update(key).update(&code.secret());
    Hash(*hasher.finalize().as_bytes())
}

/// Whether the folder joined with this very code: then only the rest of the first sync is left to do.
fn spent_already(replica: &Replica, organisation_key: [u8; 32], code: &OneTimeCode) -> Result<bool, Refusal> {
    let standing = joining::standing(replica)?;
    if standing.organisation_key != organisation_key {
        return Err(Refusal::OtherOrganisation);
    }
    let Some(own) = standing.own else { return Ok(false) };
    if own.store.is_none() {
        // Head office's own folder is no till.
        return Err(Refusal::FolderPresent {
            folder: replica.path().display().to_string(),
        });
    }
    Ok(standing.code == Some(spent_code(code, &own.key)))
}

fn join(
    folder: &Path,
    held: Held,
    http: &Http,
    code: &OneTimeCode,
    organisation_key: [u8; 32],
    now: i64,
) -> Result<(), Refusal> {
    let entropy = Entropy::default();
    let keys = joining::pending_keys(folder, &entropy)?;
    let (key, spare) = (
        keys.device.verifying_key().to_bytes(),
        keys.spare.verifying_key().to_bytes(),
    );
    let request = EnrolRequest::new(code.secret(), key, spare);
    let body = request.to_body().map_err(Refusal::from)?;
    let answer = trying(|| Ok(EnrolAnswer::from_body(&http.post("v1/enrol", body.clone(), None)?)?))?;
    let certificates = answer.certificates();
    let (trust, own) = check(organisation_key, &certificates, key, spare)?;
    // Nothing is kept before the server has proven itself under the organisation key.
    let identity = Identity::new(&trust, own.clone(), keys.device.clone());
    trying(|| session::token(http, &identity, &entropy))?;
    let replica = match held {
        Held::Data(replica) => Some(replica),
        Held::Empty(lock) => {
            drop(lock);
            None
        }
    };
    let code = spent_code(code, &key);
    let joined = joining::Joined {
        organisation_key,
        certificates,
        own: own.id(),
        keys: &keys,
        server: http.server(),
        code,
        now,
    };
    joining::join(folder, replica, joined)
}

/// The certificates are of this organisation, for the keys that were asked for, and of a till.
fn check(
    organisation_key: [u8; 32],
    certificates: &[Vec<u8>],
    key: [u8; 32],
    spare: [u8; 32],
) -> Result<(Trust, Certificate), Refusal> {
    let unproven = |why: String| Refusal::ServerUnproven { why };
    let mut trust = Trust::new(organisation_key);
    let mut ids = Vec::new();
    for bytes in certificates {
        ids.push(trust.admit(bytes).map_err(|fault| unproven(fault.to_string()))?);
    }
    let of = |wanted: [u8; 32]| {
        let found = ids
            .iter()
            .filter_map(|id| trust.get(id))
            .find(|certificate| certificate.key == wanted);
        found
            .filter(|found| found.store.is_some() && found.writes.contains(Lane::All))
            .cloned()
    };
    match (of(key), of(spare)) {
        (Some(own), Some(_)) => Ok((trust, own)),
        _ => Err(unproven("it certified other keys than those asked for".to_owned())),
    }
}

/// A few tries, for a line that has just dropped; every one of these requests may be sent again.
fn trying<T>(mut request: impl FnMut() -> Result<T, Trouble>) -> Result<T, Refusal> {
    let mut backoff = Backoff::default();
    for _ in 1..ENROL_TRIES {
        match request() {
            Err(Trouble::Away(_)) => std::thread::sleep(backoff.next_pause()),
            other => return other.map_err(Trouble::refusal),
        }
    }
    request().map_err(Trouble::refusal)
}
