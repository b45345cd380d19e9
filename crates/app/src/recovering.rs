//! A server of an organisation that exists: certified by the organisation key from the recovery sheet, holding nothing yet, or
//! what a till's folder holds.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use journal::limits::MAX_SHEET;
use journal::{Certificate, Lane, RecoverySheet, Subject};
use model::records::{CertificateIssued, LEVEL};
use model::refusal::Refusal;
use replica::{Context, Draft, Entropy, Replica, ReplicaError, Signer, meta, remove_database, snapshot};
use retail::Day;
use zeroize::Zeroizing;

use crate::joining::OWN_CERTIFICATE;
use crate::random::random_id;
use crate::setup::{DEVICE_KEY, INIT, enrolling_key, office_lanes};
use crate::{App, Clock, keys};

/// The copy of a till's database, while it is looked at.
const COPY: &str = "books.copy";

/// Reads a recovery sheet from a file outside the data folder. The file is left as it is, and no copy is made of it.
///
/// # Errors
/// [`Refusal::NoFile`]; [`Refusal::BadSheet`] with what is wrong on it; [`Refusal::BadField`] for a sheet that lies in the
/// data folder, where whoever copies the folder would get the organisation with it.
pub fn read_sheet(folder: &Path, file: &Path) -> Result<RecoverySheet, Refusal> {
    let unreadable = |error: std::io::Error| Refusal::NoFile {
        file: file.display().to_string(),
        why: error.to_string(),
    };
    let real = file.canonicalize().map_err(unreadable)?;
    if folder.canonicalize().is_ok_and(|folder| real.starts_with(folder)) {
        return Err(Refusal::BadField {
            field: "--recovery".to_owned(),
            why: "the recovery sheet does not lie in the data folder".to_owned(),
        });
    }
    let mut text = Zeroizing::new(String::with_capacity(MAX_SHEET + 1));
    let read = File::open(&real)
        .map_err(unreadable)?
        .take(MAX_SHEET as u64 + 1)
        .read_to_string(&mut text);
    match read {
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Err(Refusal::BadSheet {
            why: "it is not a text".to_owned(),
        }),
        Err(error) => Err(unreadable(error)),
        Ok(_) => RecoverySheet::parse(&text).map_err(|fault| Refusal::BadSheet { why: fault.to_string() }),
    }
}

/// Copies what a till's folder holds and shows into a folder that has no data, and proves it there. A till that keeps sums of
/// old trade has no commits of it to send: whoever is to begin with what it knows begins with a copy.
///
/// # Errors
/// A folder in use, of another organisation, or whose rows are not what its records say: nothing is left of the copy.
fn take_books(folder: &Path, books: &Path, organisation_key: [u8; 32]) -> Result<Replica, Refusal> {
    let copy = folder.join(COPY);
    let taken = (|| {
        let from = Replica::open(books, None)?;
        if from.trust().read().organisation_key() != organisation_key {
            return Err(Refusal::OtherOrganisation);
        }
        from.snapshot(&copy)?;
        drop(from);
        snapshot::adopt(folder, &copy, organisation_key, LEVEL)?;
        let replica = Replica::open(folder, None)?;
        match replica.confirm()?.mismatches.first() {
            None => Ok(replica),
            Some(what) => Err(Refusal::Damaged {
                what: format!("{}: {what}. Take another till's folder", books.display()),
            }),
        }
    })();
    if taken.is_err() {
        remove_database(&copy)?;
        remove_database(&folder.join(replica::DATABASE))?;
    }
    taken
}

/// Makes an empty folder a server of the sheet's organisation: a new device key and a new enrolling key, both certified by
/// the organisation key, which is kept nowhere. People, settings and books come from the till's folder `books`, or else from
/// the first till that enrols here.
///
/// # Errors
/// [`Refusal::FolderPresent`]; a folder that cannot be written; a till's folder in use, of another organisation, or not sound.
pub fn recover(folder: &Path, sheet: RecoverySheet, books: Option<&Path>, clock: &Clock) -> Result<(), Refusal> {
    if folder.join(replica::DATABASE).exists() {
        return Err(Refusal::FolderPresent {
            folder: folder.display().to_string(),
        });
    }
    std::fs::create_dir_all(folder).map_err(|error| Refusal::NoFile {
        file: folder.display().to_string(),
        why: error.to_string(),
    })?;
    let taken = books
        .map(|books| take_books(folder, books, sheet.key().verifying_key().to_bytes()))
        .transpose()?;
    let entropy = Entropy::default();
    let (organisation, root) = (sheet.organisation(), sheet.key());
    let key = keys::generate(&entropy)?;
    let (reads, writes) = office_lanes();
    let device = random_id(&entropy)?;
    let subject = Subject {
        organisation,
        device,
        key: key.verifying_key().to_bytes(),
        store: None,
        till: String::new(),
        letter: String::new(),
        reads,
        writes,
    };
    let own = Certificate::issue(subject, root);
    keys::keep(folder, DEVICE_KEY, &key)?;
    let certificates = [
        own.to_bytes(),
        enrolling_key(folder, (organisation, device), root, &entropy)?,
    ];
    let organisation_key = root.verifying_key().to_bytes();
    drop(sheet);

    let signer = Signer {
        certificate: own.clone(),
        key,
    };
    let now = clock();
    let replica = match taken {
        Some(taken) => {
            taken.merge(certificates.to_vec(), Vec::new(), "recovery", now)?;
            drop(taken);
            Replica::open(folder, Some(signer))?
        }
        None => Replica::create(folder, organisation_key, &certificates, Some(signer))?,
    };
    let context = Context {
        command: INIT,
        request: random_id(&entropy)?,
        user: None,
        wall: now,
        skew: None,
        // The organisation's time zone comes with its settings; until then the day is UTC's.
        date: Day::of_ms(now).0,
    };
    replica
        .write(move |tx| -> Result<(), ReplicaError> {
            meta::set_meta(tx.conn(), OWN_CERTIFICATE, own.id().as_bytes())?;
            let mut draft = Draft::new(Lane::Control, context);
            draft.add(CertificateIssued {
                certificate: own.to_bytes(),
                spare: false,
            });
            tx.append(draft).map(|_| ())
        })
        .map_err(Refusal::from)
}

impl App {
    /// Whether the organisation's beginning is held here: its name, settings and first people came with it. A server made
    /// from the recovery sheet waits for them.
    pub fn founded(&self) -> Result<bool, Refusal> {
        let known = |conn: &rusqlite::Connection| -> Result<bool, ReplicaError> {
            Ok(conn
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM organisation)")?
                .query_row([], |row| row.get(0))?)
        };
        Ok(self.replica().read(known)?)
    }
}
