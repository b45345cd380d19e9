//! Beginning: an organisation, its first device, and opening a folder that exists.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ed25519_dalek::SigningKey;
use journal::{Certificate, Lane, Lanes, Subject, organisation_id};
use model::ids::{Hash, Id, NaturalKind, natural_id};
use model::records::{
    CertificateIssued, OrganisationFounded, PasswordSet, ProfileSet, RoleGranted, StoreOpened, UserAdded,
};
use model::refusal::Refusal;
use model::role::Role;
use replica::{Context, Draft, Entropy, Replica, ReplicaError, Signer, Surroundings, Witness, meta};
use retail::Profile;
use rusqlite::params;

use crate::joining::{OWN_CERTIFICATE, device_key};
use crate::place::Place;
use crate::random::random_id;
use crate::{App, Clock, keys, passwords};

/// Names of the keys of a folder.
pub const DEVICE_KEY: &str = "device";
pub const SPARE_KEY: &str = "spare";
pub const ENROLLING_KEY: &str = "enrolling";
/// Number of `init` in commit headers.
pub(crate) const INIT: u16 = 300;
pub(crate) const ENROL: u16 = 301;

/// What `init` is told.
pub struct Founding<'a> {
    pub organisation: &'a str,
    pub profile: &'a str,
    pub admin: &'a str,
    pub password: &'a str,
    /// Store and till code of a till on its own; none: a server.
    pub till: Option<(&'a str, &'a str)>,
}

/// What `init` made: the recovery sheet's text, to be kept away from the folder.
pub struct Founded {
    pub sheet: String,
}

/// Lanes of a device at a counter, of a till that founded its organisation, and of head office.
pub fn till_lanes() -> (Lanes, Lanes) {
    (Lanes::SHARED, Lanes::of(&[Lane::All]))
}

pub(crate) fn office_lanes() -> (Lanes, Lanes) {
    let all = Lanes::of(&[Lane::Control, Lane::All, Lane::Office]);
    (all, all)
}

/// Checks a login: 2 to 32 letters, digits, `.`, `-` or `_`; kept in lower case.
pub fn login(text: &str) -> Result<String, Refusal> {
    let login = text.trim().to_lowercase();
    let good = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    if (2..=32).contains(&login.chars().count()) && login.chars().all(good) {
        Ok(login)
    } else {
        Err(Refusal::BadField {
            field: "name for signing in".to_owned(),
            why: "it is 2 to 32 letters, digits, points, hyphens or underscores".to_owned(),
        })
    }
}

/// Checks a name that people read: 1 to 120 characters, no control characters.
pub fn name(field: &str, text: &str) -> Result<String, Refusal> {
    let name = text.trim();
    let bad = |why: &str| {
        Err(Refusal::BadField {
            field: field.to_owned(),
            why: why.to_owned(),
        })
    };
    if name.is_empty() {
        return bad("it is empty");
    }
    if name.chars().count() > 120 || name.chars().any(char::is_control) {
        return bad("it has at most 120 characters, on one line");
    }
    Ok(name.to_owned())
}

fn bad_code(field: &str, error: retail::NumberError) -> Refusal {
    Refusal::BadField {
        field: field.to_owned(),
        why: error.to_string(),
    }
}

/// Checks a store code.
pub fn store_code(store: &str) -> Result<(), Refusal> {
    retail::number::check_store_code(store).map_err(|error| bad_code("store code", error))
}

/// Checks store and till codes.
pub fn codes(store: &str, till: &str) -> Result<(), Refusal> {
    store_code(store)?;
    retail::number::check_till_code(till).map_err(|error| bad_code("till code", error))
}

/// Makes an organisation and its first device in an empty folder.
pub fn found(folder: &Path, founding: &Founding<'_>, clock: &Clock) -> Result<Founded, Refusal> {
    found_in(folder, founding, clock, &Surroundings::default())
}

/// The same in surroundings of the caller's.
pub fn found_in(
    folder: &Path,
    founding: &Founding<'_>,
    clock: &Clock,
    surroundings: &Surroundings,
) -> Result<Founded, Refusal> {
    let entropy = &surroundings.entropy;
    let organisation_name = name("name of the organisation", founding.organisation)?;
    let admin = login(founding.admin)?;
    let profile = Profile::by_name(founding.profile).map_err(|error| Refusal::BadField {
        field: "profile".to_owned(),
        why: error.to_string(),
    })?;
    if let Some((store, till)) = founding.till {
        codes(store, till)?;
    }
    let verifier = passwords::verifier(founding.password, entropy)?;
    if folder.join(replica::DATABASE).exists() {
        return Err(Refusal::FolderPresent {
            folder: folder.display().to_string(),
        });
    }
    std::fs::create_dir_all(folder).map_err(|error| Refusal::NoFile {
        file: folder.display().to_string(),
        why: error.to_string(),
    })?;

    let root = keys::generate(entropy)?;
    let organisation = organisation_id(&root.verifying_key().to_bytes());
    let device_key = keys::generate(entropy)?;
    let store = founding
        .till
        .map(|(store, _)| (natural_id(organisation, NaturalKind::Store, store), store));
    let (reads, mut writes) = if store.is_some() { till_lanes() } else { office_lanes() };
    if store.is_some() {
        // The till that founds the organisation writes `control` until a server does.
        writes = Lanes::of(&[Lane::Control, Lane::All]);
    }
    let subject = |key: &SigningKey, device: Id, reads, writes, till: &str, letter: &str, store: Option<Id>| Subject {
        organisation,
        device,
        key: key.verifying_key().to_bytes(),
        store,
        till: till.to_owned(),
        letter: letter.to_owned(),
        reads,
        writes,
    };
    let (till, letter) = founding.till.map_or(("", ""), |(_, till)| (till, "A"));
    let device = random_id(entropy)?;
    let own = Certificate::issue(
        subject(
            &device_key,
            device,
            reads,
            writes,
            till,
            letter,
            store.map(|(id, _)| id),
        ),
        &root,
    );
    let mut certificates = vec![own.to_bytes()];
    keys::keep(folder, DEVICE_KEY, &device_key)?;
    if store.is_none() {
        certificates.push(enrolling_key(folder, (organisation, device), &root, entropy)?);
    }
    let signer = Signer {
        certificate: own.clone(),
        key: device_key,
    };
    let root_public = root.verifying_key().to_bytes();
    let sheet = journal::RecoverySheet::new(&organisation_name, root.to_bytes()).to_text();
    drop(root);

    let replica = Replica::create_in(folder, root_public, &certificates, Some(signer), surroundings)?;
    let now = clock();
    let date = Place::local_day(&profile, now).0;
    let body = serde_json::to_string(&profile).map_err(|error| Refusal::Failed {
        what: error.to_string(),
    })?;
    let context = Context {
        command: INIT,
        request: random_id(entropy)?,
        user: None,
        wall: now,
        skew: None,
        date,
    };
    let store = store.map(|(id, code)| (id, code.to_owned()));
    let own_id = own.id();
    replica.write(move |tx| -> Result<(), Refusal> {
        meta::set_meta(tx.conn(), OWN_CERTIFICATE, own_id.as_bytes())?;
        let mut draft = Draft::new(Lane::Control, context);
        draft.add(OrganisationFounded {
            name: organisation_name,
        });
        draft.add(ProfileSet { profile: body });
        if let Some((store, code)) = store {
            draft.add(StoreOpened {
                store,
                code: code.clone(),
                name: format!("Store {code}"),
            });
        }
        let user = draft.add(UserAdded {
            login: admin.clone(),
            name: admin,
        });
        draft.add(PasswordSet { user, verifier });
        draft.add(RoleGranted {
            user,
            role: Role::Superadmin.code(),
            store: None,
        });
        draft.add(CertificateIssued {
            certificate: own.to_bytes(),
            spare: false,
        });
        tx.append(draft)?;
        Ok(())
    })?;
    Ok(Founded { sheet })
}

/// Makes the key by which a server enrols devices, certifies it as that server's and keeps it in the folder; gives its
/// certificate.
pub(crate) fn enrolling_key(
    folder: &Path,
    (organisation, device): (Id, Id),
    root: &SigningKey,
    entropy: &Entropy,
) -> Result<Vec<u8>, Refusal> {
    let enrolling = keys::generate(entropy)?;
    let subject = Subject {
        organisation,
        device,
        key: enrolling.verifying_key().to_bytes(),
        store: None,
        till: String::new(),
        letter: String::new(),
        reads: Lanes::NONE,
        writes: Lanes::NONE.with_enrol(),
    };
    let certificate = Certificate::issue(subject, root);
    keys::keep(folder, ENROLLING_KEY, &enrolling)?;
    Ok(certificate.to_bytes())
}

/// The certificate under which this folder writes.
pub fn own_certificate(replica: &Replica) -> Result<Certificate, Refusal> {
    let id = replica.read(|conn| meta::meta(conn, OWN_CERTIFICATE))?;
    let id = id.as_deref().and_then(Hash::from_slice);
    id.and_then(|id| replica.trust().read().get(&id).cloned())
        .ok_or_else(|| Refusal::Damaged {
            what: "this folder does not say which device it is".to_owned(),
        })
}

/// Opens a folder's replica with its own key, for writing.
pub fn open(folder: &Path) -> Result<Arc<Replica>, Refusal> {
    open_in(
        folder,
        &Surroundings {
            witness: witness_folder(),
            ..Surroundings::default()
        },
    )
}

/// Where the ends of own logs are noted: `FOVEA_WITNESS`, else the user's state folder; nowhere where there is neither.
fn witness_folder() -> Option<PathBuf> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    set("FOVEA_WITNESS").or_else(|| {
        let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")))?;
        Some(state.join("fovea/witness"))
    })
}

/// The same in surroundings of the caller's.
pub fn open_in(folder: &Path, surroundings: &Surroundings) -> Result<Arc<Replica>, Refusal> {
    if !folder.join(replica::DATABASE).exists() {
        return Err(Refusal::FolderAbsent {
            folder: folder.display().to_string(),
        });
    }
    // The lock, and a look at the format, come before anything in the folder is read or written; who signs, the folder says.
    let replica = Replica::open_in(folder, None, surroundings)?;
    let certificate = own_certificate(&replica)?;
    let key = device_key(folder, &certificate)?;
    let spare = spare(folder, &replica, &certificate)?;
    let witness = surroundings.witness.as_deref().map(Witness::new);
    replica.set_signer(Signer { certificate, key })?;
    replica.guard(spare, witness)?;
    Ok(Arc::new(replica))
}

/// The spare certificate of a folder, with its key.
pub(crate) fn spare(folder: &Path, replica: &Replica, own: &Certificate) -> Result<Option<Signer>, Refusal> {
    let Some(key) = keys::load(folder, SPARE_KEY)? else {
        return Ok(None);
    };
    let public = key.verifying_key().to_bytes();
    let trust = replica.trust().read();
    let certificate = trust
        .iter()
        .map(|(_, certificate)| certificate)
        .find(|certificate| certificate.key == public && certificate.device == own.device)
        .cloned();
    Ok(certificate.map(|certificate| Signer { certificate, key }))
}

/// Opens a folder as an app.
pub fn open_app(folder: &Path, clock: Clock) -> Result<App, Refusal> {
    let app = App::new(open(folder)?, clock)?;
    app.erase_if_alone()?;
    Ok(app)
}

/// What a device that enrols asks for.
pub struct Enrolling<'a> {
    pub store: &'a str,
    /// Empty for the store's relay: it has no numbers, so no letter either.
    pub till: &'a str,
    pub key: [u8; 32],
    pub spare: [u8; 32],
}

impl App {
    /// Certifies a device and its spare, opening its store when it is not known yet. The chain's certificates come first.
    pub fn enrol(&self, enrolling: &Enrolling<'_>) -> Result<Vec<Vec<u8>>, Refusal> {
        match enrolling.till {
            "" => store_code(enrolling.store)?,
            till => codes(enrolling.store, till)?,
        }
        let (issuer, chain) = self.issuer()?;
        let organisation = self.place().organisation;
        let store = natural_id(organisation, NaturalKind::Store, enrolling.store);
        let now = self.now();
        let (code, till) = (enrolling.store.to_owned(), enrolling.till.to_owned());
        let (key, spare_key) = (enrolling.key, enrolling.spare);
        let device = self.random_id()?;
        let request = self.random_id()?;
        let app = self.clone();
        self.replica().write(move |tx| -> Result<Vec<Vec<u8>>, Refusal> {
            let conn = tx.conn();
            let profile = app.place().profile(conn)?;
            let letters = match till.as_str() {
                "" => Default::default(),
                till => next_letters(conn, store, till)?,
            };
            let (reads, writes) = till_lanes();
            let certificate = |key: [u8; 32], letter: String| {
                Certificate::issue(
                    Subject {
                        organisation,
                        device,
                        key,
                        store: Some(store),
                        till: till.clone(),
                        letter,
                        reads,
                        writes,
                    },
                    &issuer,
                )
                .to_bytes()
            };
            let (own, spare) = (certificate(key, letters.0), certificate(spare_key, letters.1));
            let date = Place::local_day(&profile, now).0;
            let context = Context {
                command: ENROL,
                request,
                user: None,
                wall: now,
                skew: None,
                date,
            };
            let known = crate::place::store(conn, store)?.is_some();
            let mut draft = Draft::new(Lane::Control, context);
            if !known {
                draft.add(StoreOpened {
                    store,
                    code: code.clone(),
                    name: format!("Store {code}"),
                });
            }
            draft.add(CertificateIssued {
                certificate: own.clone(),
                spare: false,
            });
            draft.add(CertificateIssued {
                certificate: spare.clone(),
                spare: true,
            });
            tx.append(draft)?;
            Ok(vec![chain, own, spare])
        })
    }

    /// The key that enrols devices, and its certificate.
    pub(crate) fn issuer(&self) -> Result<(SigningKey, Vec<u8>), Refusal> {
        let issuer = keys::load(self.replica().path(), ENROLLING_KEY)?.ok_or(Refusal::CannotWrite {
            what: "certificates".to_owned(),
        })?;
        let key = issuer.verifying_key().to_bytes();
        let trust = self.replica().trust().read();
        let certificate = trust.iter().find(|(_, certificate)| certificate.key == key);
        let certificate = certificate.map(|(_, certificate)| certificate.to_bytes());
        let certificate = certificate.ok_or_else(|| Refusal::Damaged {
            what: "the enrolling key has no certificate".to_owned(),
        })?;
        Ok((issuer, certificate))
    }
}

/// The next two free letters of a till: a certificate's series is its own for good.
fn next_letters(conn: &rusqlite::Connection, store: Id, till: &str) -> Result<(String, String), Refusal> {
    let next = last_letter(conn, store, till)?.map_or(b'A', |letter| letter + 1);
    if next >= b'Z' {
        return Err(Refusal::LettersUsedUp { till: till.to_owned() });
    }
    Ok((char::from(next).to_string(), char::from(next + 1).to_string()))
}

/// The last letter that a till was given, as far as it is known here.
pub(crate) fn last_letter(conn: &rusqlite::Connection, store: Id, till: &str) -> Result<Option<u8>, Refusal> {
    let last: Option<String> = conn
        .query_row(
            "SELECT MAX(letter) FROM device WHERE store = ? AND till = ?",
            params![store.as_bytes(), till],
            |row| row.get(0),
        )
        .map_err(ReplicaError::from)?;
    Ok(last.and_then(|last| last.bytes().next()))
}

fn sheet_refused(path: &Path, why: &str) -> Refusal {
    Refusal::BadField {
        field: format!("--sheet {}", path.display()),
        why: why.to_owned(),
    }
}

/// Refuses, before anything is made, a place for the recovery sheet that is taken or lies inside the data folder: whoever
/// copies the folder must not get the organisation with it.
pub fn check_sheet(folder: &Path, sheet: Option<&Path>) -> Result<(), Refusal> {
    let Some(sheet) = sheet else { return Ok(()) };
    if sheet.exists() {
        return Err(sheet_refused(sheet, "a file of that name is there already"));
    }
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let parent = absolute(sheet).parent().map(Path::to_owned).unwrap_or_default();
    let parent = parent.canonicalize().unwrap_or(parent);
    let inside = folder.canonicalize().unwrap_or_else(|_| absolute(folder));
    if parent.starts_with(&inside) {
        return Err(sheet_refused(sheet, "the sheet never lies in the data folder"));
    }
    if !parent.is_dir() {
        return Err(sheet_refused(sheet, "its folder is not there"));
    }
    Ok(())
}

/// Gives the recovery sheet away: to a file that only its owner reads, or to stderr.
pub fn hand_over_sheet(founded: &Founded, sheet: Option<&Path>) -> Result<(), Refusal> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let Some(path) = sheet else {
        eprintln!("{}", founded.sheet);
        return Ok(());
    };
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(founded.sheet.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| {
        // The organisation exists; its sheet must not be lost with the file.
        eprintln!("{}", founded.sheet);
        sheet_refused(path, &error.to_string())
    })
}
