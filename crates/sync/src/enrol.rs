//! Enrolment: a folder and a one-time code become a device of the chain that holds all the server holds.

use std::path::{Path, PathBuf};
use std::time::Duration;

use app::{App, Clock, bringing, joining, setup};
use journal::{Certificate, OneTimeCode, Post, Trust, organisation_id};
use model::ids::Hash;
use model::refusal::Refusal;
use replica::{DATABASE, Folder, Replica, ReplicaError, Surroundings, snapshot};

use crate::fetch::fetch;
use crate::http::Http;
use crate::limits::{ENROL_TRIES, STALL};
use crate::line::Line;
use crate::once::sync_within;
use crate::pause::Backoff;
use crate::peer::Progress;
use crate::session::{self, Identity};
use crate::trouble::Trouble;
use crate::wire::{BringRequest, EnrolAnswer, EnrolRequest, Message};

/// The folder while a code is spent on it: locked, with what it holds already.
enum Held {
    Empty(Folder),
    Data(Replica),
}

/// The way to the server that a code is spent at.
struct Way<'a> {
    line: &'a dyn Line,
    /// Its address, which the folder remembers.
    server: &'a str,
    /// Tries of each request, with pauses between them.
    tries: u32,
    surroundings: &'a Surroundings,
    /// Own clock, ms UTC.
    now: i64,
}

impl Way<'_> {
    /// A few tries, for a line that has just dropped; every one of these requests may be sent again.
    fn trying<T>(&self, mut request: impl FnMut(&dyn Line) -> Result<T, Trouble>) -> Result<T, Refusal> {
        let mut backoff = Backoff::default();
        for _ in 1..self.tries {
            match request(self.line) {
                Err(Trouble::Away(_)) => std::thread::sleep(backoff.next_pause()),
                other => return other.map_err(Trouble::refusal),
            }
        }
        request(self.line).map_err(Trouble::refusal)
    }
}

/// Enrols a folder and syncs until it holds all that the server holds, users and their verifiers included. Can be cut at
/// any point and run again with the same code; the same device gets the same certificates. A till that began alone keeps
/// its certificate, logs and numbers, gets a spare, and sends all it has.
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
    enrol_as(Post::Till, folder, server, code, clock, STALL, progress)
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
    enrol_as(Post::Till, folder, server, code, clock, patience, progress)
}

/// Makes a folder the relay of a store, with a code for one, and fills it.
///
/// # Errors
/// As [`enrol`]; [`Refusal::CodeOfTill`].
pub fn join_relay(
    folder: &Path,
    server: &str,
    code: &str,
    clock: Clock,
    progress: &mut dyn FnMut(&Progress),
) -> Result<App, Refusal> {
    enrol_as(Post::Relay, folder, server, code, clock, STALL, progress)
}

fn enrol_as(
    post: Post,
    folder: &Path,
    server: &str,
    code: &str,
    clock: Clock,
    patience: Duration,
    progress: &mut dyn FnMut(&Progress),
) -> Result<App, Refusal> {
    let http = Http::new(server)?;
    let way = Way {
        line: &http,
        server: http.server(),
        tries: ENROL_TRIES,
        surroundings: &Surroundings::default(),
        now: clock(),
    };
    let spent = spend(post, folder, &way, code, progress)?;
    let app = setup::open_app(folder, clock)?;
    if spent && joining::server(app.replica())?.as_deref() != Some(http.server()) {
        joining::set_server(app.replica(), http.server())?;
    }
    sync_within(&app, patience, progress)?;
    Ok(app)
}

/// Spends a code over a line of the caller's, asking once, and makes the folder a device of the chain that holds nothing yet:
/// the first sync is the caller's. Every failure may be followed by the same again.
///
/// # Errors
/// As [`enrol`].
pub fn join_over(
    post: Post,
    folder: &Path,
    (line, server): (&dyn Line, &str),
    code: &str,
    surroundings: &Surroundings,
    now: i64,
) -> Result<(), Refusal> {
    let way = Way {
        line,
        server,
        tries: 1,
        surroundings,
        now,
    };
    spend(post, folder, &way, code, &mut |_| {}).map(|_| ())
}

fn spend(
    post: Post,
    folder: &Path,
    way: &Way<'_>,
    code: &str,
    progress: &mut dyn FnMut(&Progress),
) -> Result<bool, Refusal> {
    let code = OneTimeCode::parse(code).map_err(|fault| Refusal::BadCode {
        why: fault.0.to_string(),
    })?;
    let organisation_key = organisation_key(way, &code)?;
    join(
        post,
        folder,
        hold(folder, way.surroundings)?,
        way,
        &code,
        organisation_key,
        progress,
    )
}

/// The organisation that the server says it serves, if it is the one the code was made for. Asked before the code's secret
/// is said to anybody.
fn organisation_key(way: &Way<'_>, code: &OneTimeCode) -> Result<[u8; 32], Refusal> {
    let key = way.trying(session::challenge)?.organisation_key();
    if code.matches(organisation_id(&key)) {
        Ok(key)
    } else {
        Err(Refusal::BadCode {
            why: "its last four characters are not of the organisation at this address".to_owned(),
        })
    }
}

fn hold(folder: &Path, surroundings: &Surroundings) -> Result<Held, Refusal> {
    if folder.join(DATABASE).exists() {
        Ok(Held::Data(Replica::open_in(folder, None, surroundings)?))
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

/// Makes the folder a device of the chain; true when it joined with this very code before, and only the rest of the first
/// sync is left to do.
fn join(
    post: Post,
    folder: &Path,
    held: Held,
    way: &Way<'_>,
    code: &OneTimeCode,
    organisation_key: [u8; 32],
    progress: &mut dyn FnMut(&Progress),
) -> Result<bool, Refusal> {
    let replica = match held {
        Held::Empty(lock) => {
            let enrolled = certify(post, folder, way, code, organisation_key)?;
            let copy = enrolled.fetch(folder, way, progress);
            drop(lock);
            let begun = begin_with(folder, copy?, organisation_key, way)?;
            enrolled.join(folder, begun, way)?;
            return Ok(false);
        }
        Held::Data(replica) => replica,
    };
    let standing = joining::standing(&replica)?;
    if standing.organisation_key != organisation_key {
        return Err(Refusal::OtherOrganisation);
    }
    if let Some(own) = &standing.own {
        if own.post() != post {
            // Head office's own folder is no till, and a till's no relay.
            return Err(Refusal::FolderPresent {
                folder: replica.path().display().to_string(),
            });
        }
        if standing.code == Some(spent_code(code, &own.key)) {
            return Ok(true);
        }
    }
    if post == Post::Till && bringing::brings(&standing, joining::server(&replica)?.as_deref()) {
        bring(folder, &replica, &standing, way, code)?;
        return Ok(false);
    }
    match certify(post, folder, way, code, organisation_key) {
        Ok(enrolled) => enrolled.join(folder, Some(replica), way)?,
        // A server made anew from the recovery sheet: it is the till that has the books.
        Err(Refusal::NothingHeld) if standing.own.as_ref().is_some_and(bringing::is_till) => {
            bring(folder, &replica, &standing, way, code)?;
        }
        Err(refusal) => return Err(refusal),
    }
    Ok(false)
}

/// New keys with their certificates, before the folder knows of them.
struct Enrolled {
    organisation_key: [u8; 32],
    certificates: Vec<Vec<u8>>,
    own: Certificate,
    identity: Identity,
    keys: joining::PendingKeys,
    code: Hash,
}

/// What a folder begins with: the copy that was fetched, if there is one and it is what it should be.
fn begin_with(
    folder: &Path,
    copy: Option<PathBuf>,
    organisation_key: [u8; 32],
    way: &Way<'_>,
) -> Result<Option<Replica>, Refusal> {
    let Some(copy) = copy else { return Ok(None) };
    match snapshot::adopt(folder, &copy, organisation_key, way.surroundings.level) {
        Ok(()) => Ok(Some(Replica::open_in(folder, None, way.surroundings)?)),
        // Of other software, or spoilt: every commit is read instead.
        Err(ReplicaError::Damaged(_)) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

impl Enrolled {
    /// The server's snapshot, if it has one.
    fn fetch(
        &self,
        folder: &Path,
        way: &Way<'_>,
        progress: &mut dyn FnMut(&Progress),
    ) -> Result<Option<PathBuf>, Refusal> {
        let entropy = &way.surroundings.entropy;
        let prove = || session::head_office(way.line, &self.identity, entropy);
        fetch(way.line, prove, folder, way.tries, progress)
    }

    fn join(self, folder: &Path, replica: Option<Replica>, way: &Way<'_>) -> Result<(), Refusal> {
        let joined = joining::Joined {
            organisation_key: self.organisation_key,
            certificates: self.certificates,
            own: self.own.id(),
            keys: &self.keys,
            server: way.server,
            code: self.code,
            now: way.now,
            surroundings: way.surroundings,
        };
        joining::join(folder, replica, joined)
    }
}

/// Spends the code on the folder's pending keys.
fn certify(
    post: Post,
    folder: &Path,
    way: &Way<'_>,
    code: &OneTimeCode,
    organisation_key: [u8; 32],
) -> Result<Enrolled, Refusal> {
    let path = if post == Post::Relay { "v1/relay" } else { "v1/enrol" };
    let entropy = &way.surroundings.entropy;
    let keys = joining::pending_keys(folder, entropy)?;
    let (key, spare) = (
        keys.device.verifying_key().to_bytes(),
        keys.spare.verifying_key().to_bytes(),
    );
    let request = EnrolRequest::new(code.secret(), key, spare);
    let body = request.to_body().map_err(Refusal::from)?;
    let answer = way.trying(|line| Ok(EnrolAnswer::from_body(&line.post(path, body.clone(), None)?)?))?;
    let certificates = answer.certificates();
    let (trust, own) = check(post, organisation_key, &certificates, key, spare)?;
    // Nothing is kept before the server has proven itself under the organisation key.
    let identity = Identity::new(&trust, own.clone(), keys.device.clone());
    way.trying(|line| session::head_office(line, &identity, entropy))?;
    Ok(Enrolled {
        organisation_key,
        certificates,
        code: spent_code(code, &key),
        own,
        identity,
        keys,
    })
}

/// Spends the code on a till that keeps its certificate: it proves who it is, the server does too, and certifies a spare.
fn bring(
    folder: &Path,
    replica: &Replica,
    standing: &joining::Standing,
    way: &Way<'_>,
    code: &OneTimeCode,
) -> Result<(), Refusal> {
    let own = standing.own.clone().ok_or_else(|| Refusal::Damaged {
        what: "this folder does not say which device it is".to_owned(),
    })?;
    let key = joining::device_key(folder, &own)?;
    let spare = bringing::pending_spare(folder, replica.entropy())?;
    let wanted = spare.as_ref().map(|spare| spare.verifying_key().to_bytes());
    let identity = Identity::new(&replica.trust().read(), own.clone(), key);
    let body = BringRequest::new(code.secret(), own.to_bytes(), wanted)
        .to_body()
        .map_err(Refusal::from)?;
    let answer = way.trying(|line| {
        let token = session::head_office(line, &identity, replica.entropy())?;
        Ok(EnrolAnswer::from_body(&line.post(
            "v1/bring",
            body.clone(),
            Some(&token),
        )?)?)
    })?;
    let certificates = answer.certificates();
    check_spare(standing.organisation_key, &certificates, &own, wanted)?;
    let brought = bringing::Brought {
        certificates,
        spare: spare.as_ref(),
        server: way.server,
        code: spent_code(code, &own.key),
        now: way.now,
    };
    bringing::join(folder, replica, brought)
}

/// The spare is of this till, for the key that was asked for, and with a letter of its own.
fn check_spare(
    organisation_key: [u8; 32],
    certificates: &[Vec<u8>],
    own: &Certificate,
    wanted: Option<[u8; 32]>,
) -> Result<(), Refusal> {
    let unproven = |why: String| Refusal::ServerUnproven { why };
    let mut trust = Trust::new(organisation_key);
    let mut found = wanted.is_none();
    for bytes in certificates {
        let id = trust.admit(bytes).map_err(|fault| unproven(fault.to_string()))?;
        let place = |of: &Certificate| (of.device, of.store, of.till.clone());
        found |= trust.get(&id).is_some_and(|spare| {
            Some(spare.key) == wanted
                && place(spare) == place(own)
                && spare.letter != own.letter
                && spare.post() == Post::Till
        });
    }
    if found {
        Ok(())
    } else {
        Err(unproven("it certified another key than the one asked for".to_owned()))
    }
}

/// The certificates are of this organisation, for the keys that were asked for, and of a till, or of a relay.
fn check(
    post: Post,
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
        found.filter(|found| found.post() == post).cloned()
    };
    match (of(key), of(spare)) {
        (Some(own), Some(_)) => Ok((trust, own)),
        _ => Err(unproven("it certified other keys than those asked for".to_owned())),
    }
}
