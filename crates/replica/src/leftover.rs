//! What a program that did not end properly left in the write-ahead log.
//!
//! A sync that failed may leave pages that read back as written and are not on disk: the system calls them clean and never
//! writes them. A program that then dies leaves a log whose end SQLite takes for committed, and builds on; at the next power
//! cut the hole is there, and every later commit behind it is lost, answered or not. So the log is written anew, and synced,
//! before anybody reads it: what is built on is on disk. Found by the simulation (docs/SIMULATION.md).

use std::fs::{self, File};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use crate::error::ReplicaError;

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Writes a write-ahead log that was left behind anew, under the same name. Nobody may have the database open. The copy that
/// a kill leaves of it, named with `scratch`, is removed at the next start.
pub fn harden(database: &Path, scratch: &str) -> Result<(), ReplicaError> {
    let log = beside(database, "-wal");
    if !fs::metadata(&log).is_ok_and(|meta| meta.len() > 0) {
        return Ok(());
    }
    let copy = database.with_file_name(format!("{scratch}log"));
    let written = (|| -> Result<(), Error> {
        fs::copy(&log, &copy)?;
        File::open(&copy)?.sync_all()?;
        fs::rename(&copy, &log)?;
        match database.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    })();
    match written {
        // A full disk is no reason not to start; what is there is as good as it was.
        Err(full) if matches!(full.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
            let _ = fs::remove_file(&copy);
            Ok(())
        }
        other => other.map_err(|source| ReplicaError::File { path: log, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_another_file_with_the_same_bytes_and_none_is_made() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("fovea.db");
        harden(&database, "scratch-").unwrap();
        let log = beside(&database, "-wal");
        assert!(!log.exists());
        fs::write(&log, b"frames").unwrap();
        let before = fs::metadata(&log).unwrap().ino();
        harden(&database, "scratch-").unwrap();
        assert_eq!(fs::read(&log).unwrap(), b"frames");
        assert_ne!(fs::metadata(&log).unwrap().ino(), before);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
