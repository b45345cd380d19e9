//! What can go wrong between a command and the disk.

use std::path::PathBuf;

use thiserror::Error;

/// Why the replica could not do what it was asked.
#[derive(Debug, Error)]
pub enum ReplicaError {
    /// Another program has this data folder open.
    #[error("{} is open in another program", .0.display())]
    InUse(PathBuf),
    /// The folder was written by newer software; nothing in it was touched.
    #[error("{} was written by newer software (format {found}, this program knows {known})", .folder.display())]
    Newer { folder: PathBuf, found: i64, known: i64 },
    /// There is no replica in the folder.
    #[error("{} holds no Fovea data", .0.display())]
    Absent(PathBuf),
    /// The folder holds a replica already.
    #[error("{} holds Fovea data already", .0.display())]
    Present(PathBuf),
    /// The disk took no more; nothing of the command was written.
    #[error("the disk is full")]
    DiskFull,
    #[error("the database refused: {0}")]
    Database(rusqlite::Error),
    #[error("{}: {source}", .path.display())]
    File { path: PathBuf, source: std::io::Error },
    /// A stored row that this software itself wrote does not read back.
    #[error("stored data is damaged: {0}")]
    Damaged(String),
    /// A commit of our own breaks a limit of the format.
    #[error("the change is larger than one commit may be: {0}")]
    TooLarge(String),
    /// This folder has no key for the lane, so it may not write there.
    #[error("this device may not write {0}")]
    NotAllowed(&'static str),
    #[error("no random bytes: {0}")]
    NoEntropy(String),
    /// Nothing more may be written under this device's certificates: a fork, a closing, an old copy.
    #[error("this device may write no more: {0}")]
    Stopped(String),
    /// The commit would write into a unit that was erased, where nothing counts any more.
    #[error("the part of the record it writes to was erased")]
    Erased,
    /// The store that this replica follows did not keep it.
    #[error("{0}")]
    Upstream(model::refusal::Refusal),
    #[error("this program is shutting down")]
    Closed,
}

impl From<rusqlite::Error> for ReplicaError {
    fn from(error: rusqlite::Error) -> Self {
        let extended = error.sqlite_error().map(|error| error.extended_code);
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            // No room for the index of the write-ahead log, which a start makes.
            _ if extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE) => Self::DiskFull,
            _ => Self::Database(error),
        }
    }
}

impl ReplicaError {
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }
}

impl From<ReplicaError> for model::refusal::Refusal {
    fn from(error: ReplicaError) -> Self {
        let folder = |path: PathBuf| path.display().to_string();
        match error {
            ReplicaError::InUse(path) => Self::FolderInUse { folder: folder(path) },
            ReplicaError::Newer { folder: path, .. } => Self::FolderNewer { folder: folder(path) },
            ReplicaError::Absent(path) => Self::FolderAbsent { folder: folder(path) },
            ReplicaError::Present(path) => Self::FolderPresent { folder: folder(path) },
            ReplicaError::DiskFull => Self::DiskFull,
            ReplicaError::Damaged(what) => Self::Damaged { what },
            ReplicaError::TooLarge(what) => Self::TooLarge { what },
            ReplicaError::Upstream(refusal) => refusal,
            ReplicaError::NotAllowed(what) => Self::CannotWrite { what: what.to_owned() },
            ReplicaError::Stopped(why) => Self::DeviceStopped { why },
            ReplicaError::Erased => Self::Erased,
            error => Self::Failed {
                what: error.to_string(),
            },
        }
    }
}
