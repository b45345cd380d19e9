//! What the one writing thread owns: the connection, the digest, the certificates, who signs here.

use std::path::PathBuf;
use std::sync::{Arc, RwLock, RwLockReadGuard};

use journal::{Lane, Trust};
use model::ids::Id;
use model::records::{DocumentChange, DocumentKind, Value};
use rusqlite::Connection;

use crate::append::{Appended, Draft, Signer, append, stopped};
use crate::connection::reopen_writer;
use crate::digest::Digest;
use crate::document::Document;
use crate::error::ReplicaError;
use crate::project::load_document;
use crate::rules::actor_of;
use crate::surroundings::Entropy;
use crate::upstream::Upstream;
use crate::witness::Witness;

/// Certificates known here, shared with the threads that verify.
#[derive(Clone)]
pub struct SharedTrust(pub(crate) Arc<RwLock<Trust>>);

impl SharedTrust {
    /// Certificates are only ever added, so a lock poisoned by a panic still holds a sound set.
    pub fn read(&self) -> RwLockReadGuard<'_, Trust> {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn admit(&self, bytes: &[u8]) -> Result<model::ids::Hash, journal::CertificateFault> {
        self.0
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .admit(bytes)
    }
}

pub(crate) struct Core {
    pub conn: Connection,
    pub digest: Digest,
    pub trust: SharedTrust,
    pub signer: Option<Signer>,
    /// Writes once the first may not: a fork, an old copy. A copy of the folder has the same one.
    pub spare: Option<Signer>,
    /// Where the ends of our own logs are noted outside the folder.
    pub witness: Option<Witness>,
    /// Ends of our own logs that the transaction in hand has written.
    pub appended: Vec<Appended>,
    /// The transaction in hand wrote `control`: what waits may wait no longer.
    pub recheck: bool,
    /// Drawn when the database was opened and never stored, so that no copy repeats it; half of it counts.
    pub actor: Id,
    pub entropy: Entropy,
    pub database: PathBuf,
    /// The database as a file, for `scrub`. Once open it stays open: closing it would end the locks that this process holds
    /// on it through SQLite (POSIX ends all of a file's locks with the first of its descriptors).
    pub file: Option<std::fs::File>,
    /// False after an error that leaves the connection's state in doubt; then it is opened anew before anything is done.
    pub sound: bool,
    /// The store that is the truth, where there is one.
    pub upstream: Option<Box<dyn Upstream>>,
}

impl Core {
    /// Closes the connection and reads the database again, after an error that leaves its state in doubt.
    pub fn reopen(&mut self) -> Result<(), ReplicaError> {
        self.conn = reopen_writer(&self.database)?;
        self.digest = Digest::load(&self.conn)?;
        self.sound = true;
        Ok(())
    }
}

/// The signer under whose certificate writing goes on.
pub(crate) fn writer<'s>(
    conn: &Connection,
    signer: Option<&'s Signer>,
    spare: Option<&'s Signer>,
) -> Result<&'s Signer, ReplicaError> {
    let signer = signer.ok_or(ReplicaError::NotAllowed("anything before it has joined"))?;
    let Some(why) = stopped(conn, &signer.certificate)? else {
        return Ok(signer);
    };
    match spare {
        Some(spare) if stopped(conn, &spare.certificate)?.is_none() => Ok(spare),
        _ => Err(ReplicaError::Stopped(why)),
    }
}

/// A transaction of the writing thread. Whatever it wrote is durable when the closure that got it has returned `Ok`.
pub struct Tx<'a> {
    pub(crate) core: &'a mut Core,
}

impl Tx<'_> {
    /// For reading, and for writing local tables. Projections are written by `append` alone.
    pub fn conn(&self) -> &Connection {
        &self.core.conn
    }

    pub fn signer(&self) -> Option<&Signer> {
        self.core.signer.as_ref()
    }

    /// The certificate that this device goes on under when the first may not.
    pub fn spare(&self) -> Option<&Signer> {
        self.core.spare.as_ref()
    }

    pub fn entropy(&self) -> &Entropy {
        &self.core.entropy
    }

    /// A random id.
    pub fn random_id(&self) -> Result<Id, ReplicaError> {
        Ok(Id(self.core.entropy.bytes()?))
    }

    pub fn organisation(&self) -> Id {
        self.core.trust.read().organisation()
    }

    /// Who writes now: this device's certificate, or its spare once nothing may be written under the first.
    ///
    /// # Errors
    /// [`ReplicaError::Stopped`] when neither may go on: the device is to be enrolled again.
    pub fn writer(&self) -> Result<&Signer, ReplicaError> {
        writer(&self.core.conn, self.core.signer.as_ref(), self.core.spare.as_ref())
    }

    /// Writes a commit of this device.
    pub fn append(&mut self, draft: Draft) -> Result<Appended, ReplicaError> {
        let Core {
            conn,
            digest,
            trust,
            signer,
            spare,
            appended,
            recheck,
            entropy,
            ..
        } = &mut *self.core;
        let signer = writer(conn, signer.as_ref(), spare.as_ref())?;
        *recheck |= draft.lane == Lane::Control;
        let written = append(conn, digest, &trust.read(), signer, entropy, draft)?;
        appended.push(written);
        Ok(written)
    }

    /// A document as it stands.
    pub fn document(&self, kind: DocumentKind, id: Id) -> Result<Document, ReplicaError> {
        load_document(&self.core.conn, kind, id)
    }

    /// As whom this device writes in documents now.
    fn actor(&self) -> Result<Id, ReplicaError> {
        Ok(actor_of(&self.writer()?.certificate, self.core.actor))
    }

    /// The change that writes these values into a document of which nothing is held.
    pub fn new_document(
        &self,
        kind: DocumentKind,
        id: Id,
        values: impl IntoIterator<Item = (String, Value)>,
    ) -> Result<Option<DocumentChange>, ReplicaError> {
        Ok(crate::document::fold(kind, &[]).change(kind, id, self.actor()?, values))
    }

    /// The change that writes these values into a document as it stands; `None` when they stand there already.
    pub fn change_document(
        &self,
        kind: DocumentKind,
        id: Id,
        values: impl IntoIterator<Item = (String, Value)>,
    ) -> Result<Option<DocumentChange>, ReplicaError> {
        Ok(self.document(kind, id)?.change(kind, id, self.actor()?, values))
    }
}
