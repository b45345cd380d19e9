//! The data folder: one program at a time, held by a lock of the kernel that a kill releases.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::ReplicaError;

/// Name of the database in a data folder.
pub const DATABASE: &str = "fovea.db";
const LOCK: &str = "fovea.lock";

/// A data folder that this program has for itself as long as the value lives.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes the folder; makes it when `make` is set and it is not there.
    pub fn take(path: &Path, make: bool) -> Result<Self, ReplicaError> {
        let file = |source| ReplicaError::File {
            path: path.to_owned(),
            source,
        };
        if make {
            std::fs::create_dir_all(path).map_err(file)?;
        } else if !path.join(DATABASE).exists() {
            return Err(ReplicaError::Absent(path.to_owned()));
        }
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))
            .map_err(file)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(ReplicaError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(file(source)),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }
}
