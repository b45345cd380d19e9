//! The replica: one SQLite file per device that holds what was said (the journal) and what it means (projections).
//!
//! A command runs on the one writing thread in one transaction: it reads, it appends a commit, the commit is projected;
//! when the closure's result arrives, it is on disk. Commits of other devices come in through [`Replica::merge`]: read and
//! judged on the caller's thread, projected in slices between commands. Readers have connections of their own.
//!
//! Only `apply` code in [`project`] writes projected rows, from commits alone; [`Replica::verify`] and [`rebuild`] prove it
//! by making all rows again.

mod append;
pub mod base;
pub mod chain;
mod closing;
mod connection;
mod core;
mod deliver;
pub mod digest;
pub mod document;
mod erase_due;
pub mod erasure;
mod error;
pub mod fold;
mod folder;
mod issued;
mod leftover;
pub mod level;
pub mod meta;
pub mod order;
pub mod peer;
pub mod project;
mod rows;
mod rules;
mod scrub;
pub mod snapshot;
pub mod statement;
mod surroundings;
mod upstream;
mod vector;
mod verify;
mod waiting;
mod watch;
mod witness;
mod writer;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};

use journal::Commit;
use model::ids::Id;
use rusqlite::Connection;

pub use append::{Appended, Context, Draft, Signer, stopped};
pub use closing::{CLOSED, all_closed, has_ended, is_closed};
pub use connection::open_reader;
pub use core::{SharedTrust, Tx};
pub use deliver::{MAX_ASIDE, MAX_WAITING_BYTES};
pub use erase_due::{Erasing, PAPERS};
pub use error::ReplicaError;
pub use folder::{DATABASE, Folder};
pub use issued::{Issued, issued_for, issued_to};
pub use rules::{Rules, actor_of};
pub use surroundings::{Entropy, Surroundings, Upkeep};
pub use upstream::Upstream;
pub use vector::{
    Lacking, Ladder, MAX_LADDERS, MAX_RUNGS, MAX_WANTS, Theirs, Tip, lacking, ladders, read_commit, vector, wants,
};
pub use verify::{Findings, organisation_key, remove as remove_database};
pub use waiting::{Waits, waits};
pub use witness::Witness;
pub use writer::{Judged, Merged};

use crate::core::Core;
use crate::writer::{MergeJob, Writer};

/// How the file begins that `verify` projects into, and the one that `rebuild` makes.
const SCRATCH: &str = "fovea.verify-";
const REBUILT: &str = "fovea.rebuilt";

/// Idle connections kept for readers.
const MAX_READERS: usize = 4;

/// An open replica. It has its data folder for itself until it is dropped.
pub struct Replica {
    // Dropped first: only the last connection to close empties the write-ahead log, and one that reads alone cannot. What is
    // left of it is copied and synced at the next start.
    readers: Mutex<Vec<Connection>>,
    writer: Writer,
    trust: SharedTrust,
    database: PathBuf,
    entropy: Entropy,
    watchers: watch::Watchers,
    folder: Folder,
}

impl Replica {
    /// Makes an empty replica of an organisation. `certificates` are admitted in their order.
    pub fn create(
        path: &Path,
        organisation_key: [u8; 32],
        certificates: &[Vec<u8>],
        signer: Option<Signer>,
    ) -> Result<Self, ReplicaError> {
        Self::create_in(path, organisation_key, certificates, signer, &Surroundings::default())
    }

    /// The same in surroundings of the caller's.
    pub fn create_in(
        path: &Path,
        organisation_key: [u8; 32],
        certificates: &[Vec<u8>],
        signer: Option<Signer>,
        surroundings: &Surroundings,
    ) -> Result<Self, ReplicaError> {
        let folder = Folder::take(path, true)?;
        let database = folder.database();
        if database.exists() {
            return Err(ReplicaError::Present(path.to_owned()));
        }
        let made = (|| {
            let conn = connection::open_writer(&database)?;
            conn.execute_batch("BEGIN IMMEDIATE")?;
            conn.execute(
                "INSERT INTO local_meta (key, value) VALUES ('organisation_key', ?)",
                [organisation_key.as_slice()],
            )?;
            let mut trust = journal::Trust::new(organisation_key);
            for bytes in certificates {
                let id = trust
                    .admit(bytes)
                    .map_err(|fault| ReplicaError::damaged(format!("a certificate of the organisation: {fault}")))?;
                conn.execute(
                    "INSERT OR IGNORE INTO certificate (id, bytes) VALUES (?, ?)",
                    rusqlite::params![id.as_bytes(), bytes],
                )?;
            }
            conn.execute_batch("COMMIT")?;
            Ok(())
        })();
        if let Err(error) = made {
            // A folder that could not be made is left as it was found.
            let _ = verify::remove(&database);
            return Err(error);
        }
        Self::start(folder, signer, surroundings)
    }

    /// Opens the replica of a folder.
    pub fn open(path: &Path, signer: Option<Signer>) -> Result<Self, ReplicaError> {
        Self::open_in(path, signer, &Surroundings::default())
    }

    /// The same in surroundings of the caller's.
    pub fn open_in(path: &Path, signer: Option<Signer>, surroundings: &Surroundings) -> Result<Self, ReplicaError> {
        Self::start(Folder::take(path, false)?, signer, surroundings)
    }

    fn start(folder: Folder, signer: Option<Signer>, surroundings: &Surroundings) -> Result<Self, ReplicaError> {
        let Surroundings { entropy, upkeep, .. } = surroundings.clone();
        let database = folder.database();
        connection::check_format(&database)?;
        remove_scratch(folder.path())?;
        leftover::harden(&database, SCRATCH)?;
        let mut conn = connection::open_writer(&database)?;
        if connection::is_outdated(&conn)? {
            drop(conn);
            verify::rebuild(&database)?;
            conn = connection::open_writer(&database)?;
        }
        let trust = verify::shared_trust(&conn)?;
        let mut digest = digest::Digest::load(&conn)?;
        level::read_again(&conn, &mut digest, &trust, surroundings.level)?;
        let core = Core {
            conn,
            digest,
            trust: trust.clone(),
            signer,
            actor: Id(entropy.bytes()?),
            entropy: entropy.clone(),
            spare: None,
            witness: None,
            appended: Vec::new(),
            recheck: false,
            database: database.clone(),
            file: None,
            sound: true,
            upstream: None,
        };
        Ok(Self {
            writer: Writer::start(core, upkeep),
            trust,
            readers: Mutex::default(),
            database,
            entropy,
            watchers: watch::Watchers::default(),
            folder,
        })
    }

    /// Gives a device that was opened without them its certificate and key: who it is, its folder says once it is open.
    pub fn set_signer(&self, signer: Signer) -> Result<(), ReplicaError> {
        self.write(move |tx| {
            tx.core.signer = Some(signer);
            Ok(())
        })
    }

    /// Gives the device its spare certificate, and the place where the ends of its logs are noted. A folder older than its
    /// witness is stopped under its first certificate: it goes on under the spare.
    pub fn guard(&self, spare: Option<Signer>, witness: Option<Witness>) -> Result<(), ReplicaError> {
        self.write(move |tx| {
            let Core {
                conn,
                signer,
                spare: kept,
                witness: noted,
                ..
            } = &mut *tx.core;
            if let Some(witness) = &witness {
                for certificate in [signer.as_ref(), spare.as_ref()].into_iter().flatten() {
                    append::stop_if_old(conn, &certificate.certificate, witness)?;
                }
            }
            *kept = spare;
            *noted = witness;
            Ok(())
        })
    }

    /// Gives the device another spare certificate.
    pub fn set_spare(&self, spare: Signer) -> Result<(), ReplicaError> {
        self.write(move |tx| {
            tx.core.spare = Some(spare);
            Ok(())
        })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn trust(&self) -> &SharedTrust {
        &self.trust
    }

    /// Where this replica's random bytes come from.
    pub fn entropy(&self) -> &Entropy {
        &self.entropy
    }

    /// Copies what lies in the write-ahead log into the database, as far as readers allow. Only under [`Upkeep::Called`] is
    /// there nobody else to do it.
    pub fn checkpoint(&self) -> Result<(), ReplicaError> {
        writer::checkpoint(&connection::open_checkpointer(&self.database)?)
    }

    /// Runs `work` in one transaction on the writing thread; what it wrote is durable when this returns `Ok`.
    pub fn write<T, E>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<ReplicaError> + Send + 'static,
    {
        let outcome = self.writer.write(work);
        if outcome.is_ok() {
            self.watchers.tell();
        }
        outcome
    }

    /// Calls `watcher` after every transaction of a command and every merge, on whatever thread asked for it, until it says
    /// no. It must not wait, and must not ask this replica anything.
    pub fn watch(&self, watcher: impl Fn() -> bool + Send + Sync + 'static) {
        self.watchers.add(Box::new(watcher));
    }

    /// From now on what this device writes is handed to this store before it is kept here; to none, when that ends.
    pub fn follow(&self, upstream: Option<Box<dyn Upstream>>) -> Result<(), ReplicaError> {
        self.write(move |tx| {
            tx.core.upstream = upstream;
            Ok(())
        })
    }

    /// Runs `work` on a reading connection, on the caller's thread, in one consistent view.
    pub fn read<T, E: From<ReplicaError>>(&self, work: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        let pooled = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match pooled {
            Some(conn) => conn,
            None => connection::open_reader(&self.database)?,
        };
        conn.execute_batch("BEGIN").map_err(ReplicaError::from)?;
        let outcome = work(&conn);
        conn.execute_batch("COMMIT").map_err(ReplicaError::from)?;
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < MAX_READERS {
            readers.push(conn);
        }
        outcome
    }

    /// Takes what another replica offered. Certificates are judged first, then every commit, on this thread; the answer
    /// comes when all of it is projected, waiting or set aside.
    pub fn merge(
        &self,
        certificates: Vec<Vec<u8>>,
        commits: Vec<Commit>,
        source: &str,
        now: i64,
    ) -> Result<Merged, ReplicaError> {
        let mut known = Vec::with_capacity(certificates.len());
        for certificate in certificates {
            // One that does not verify vouches for nothing: its commits are set aside as of an unknown log.
            if self.trust.admit(&certificate).is_ok() {
                known.push(certificate);
            }
        }
        let commits: VecDeque<Judged> = commits
            .into_iter()
            .map(|commit| {
                let verified = journal::verify(&commit, &self.trust.read(), &Rules);
                Judged { commit, verified }
            })
            .collect();
        let (reply, receiver) = sync_channel(1);
        self.writer.merge(MergeJob {
            certificates: known,
            commits,
            source: source.to_owned(),
            now,
            merged: Merged::default(),
            reply,
        })?;
        let outcome = writer::answer(&receiver);
        self.watchers.tell();
        outcome
    }

    /// Records bytes that are not even a commit, so that somebody learns of them.
    pub fn set_aside(
        &self,
        commit: Commit,
        code: &'static str,
        reason: String,
        source: String,
        now: i64,
    ) -> Result<(), ReplicaError> {
        self.write(move |tx| deliver::set_aside(tx.conn(), &commit, None, code, &reason, &source, now))
    }

    /// Proves the projection equal to the log; writes nothing but a temporary file.
    pub fn verify(&self) -> Result<Findings, ReplicaError> {
        let name = self.entropy.bytes::<8>()?;
        // In the folder, so that what a killed program leaves of it is found and removed at the next start.
        let scratch = self
            .database
            .with_file_name(format!("{SCRATCH}{:016x}", u64::from_le_bytes(name)));
        let conn = connection::open_reader(&self.database)?;
        let findings = verify::verify(&conn, &scratch);
        verify::remove(&scratch)?;
        findings
    }
}

/// Removes what a program that was killed left of a `verify`, a `rebuild` or a snapshot: copies of everything, which no erasure reaches.
/// The folder is this program's alone.
fn remove_scratch(folder: &Path) -> Result<(), ReplicaError> {
    let file = |source| ReplicaError::File {
        path: folder.to_owned(),
        source,
    };
    for entry in std::fs::read_dir(folder).map_err(file)? {
        let entry = entry.map_err(file)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if [SCRATCH, REBUILT, snapshot::FETCHED]
            .iter()
            .any(|one| name.starts_with(one))
        {
            std::fs::remove_file(entry.path()).map_err(file)?;
        }
    }
    Ok(())
}

/// Makes every projected row of a folder again from its log. The folder must not be open.
pub fn rebuild(path: &Path) -> Result<(), ReplicaError> {
    let folder = Folder::take(path, false)?;
    verify::rebuild(&folder.database())
}
