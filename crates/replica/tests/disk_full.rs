//! A full disk: the command is refused, nothing of it is kept, nothing before it is lost, and the next one works once there
//! is room again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{certificates, root, sale, signer};
use fovea_replica::{Context, Draft, Replica, ReplicaError};
use journal::Lane;
use model::ids::Id;
use tempfile::TempDir;

/// A file system of a few megabytes, unmounted when dropped.
struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"])
            .arg(folder.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self { folder }),
            other => {
                eprintln!(
                    "SKIPPED: a small file system cannot be mounted here ({other:?}); run as root to test a full disk"
                );
                None
            }
        }
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.folder.path()).status();
    }
}

/// Writes until nothing more fits.
fn fill(file: &Path) {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .unwrap();
    for size in [64 * 1024, 4 * 1024, 1] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
}

fn sell(replica: &Replica, request: u8) -> Result<u64, ReplicaError> {
    let records = sale(1, 1);
    replica.write(move |tx| {
        let context = Context {
            command: 80,
            request: Id([request; 16]),
            user: None,
            wall: common::NOW,
            skew: None,
            date: common::TODAY,
        };
        let mut draft = Draft::new(Lane::All, context);
        for record in records {
            draft.add(record);
        }
        Ok(tx.append(draft)?.seq)
    })
}

#[test]
fn a_full_disk_refuses_a_sale_and_loses_none() {
    let Some(disk) = SmallDisk::mount() else { return };
    let folder = disk.folder.path().join("till");
    let organisation = root().verifying_key().to_bytes();
    let replica = Replica::create(&folder, organisation, &certificates(), Some(signer(1))).unwrap();
    for request in 0..5 {
        sell(&replica, request).unwrap();
    }
    for round in 0..3u8 {
        fill(&disk.ballast());
        let mut kept = 5 + u64::from(round);
        // Pages that the WAL holds already may take some more; then it is full, again and again.
        let mut refused = 0;
        for request in 0..40 {
            match sell(&replica, 100 + request) {
                Ok(seq) => {
                    kept += 1;
                    assert_eq!(seq, kept);
                }
                Err(ReplicaError::DiskFull) => refused += 1,
                Err(other) => panic!("{other}"),
            }
        }
        assert!(refused > 10, "{refused}");
        let sales: i64 = replica
            .read(|conn| Ok::<_, ReplicaError>(conn.query_row("SELECT COUNT(*) FROM sale", [], |row| row.get(0))?))
            .unwrap();
        assert_eq!(sales as u64, kept);
        std::fs::remove_file(disk.ballast()).unwrap();
        assert_eq!(sell(&replica, 200).unwrap(), kept + 1);
        assert_eq!(replica.verify().unwrap().mismatches, Vec::<String>::new());
        if kept > 5 + u64::from(round) {
            // The WAL had room; enough was shown.
            break;
        }
    }
    // A till that is started on a full disk says so, and goes on when there is room.
    drop(replica);
    fill(&disk.ballast());
    let sold = Replica::open(&folder, Some(signer(1))).and_then(|replica| sell(&replica, 210));
    assert!(matches!(sold, Ok(_) | Err(ReplicaError::DiskFull)), "{sold:?}");
    std::fs::remove_file(disk.ballast()).unwrap();
    let replica = Replica::open(&folder, Some(signer(1))).unwrap();
    sell(&replica, 220).unwrap();
    assert_eq!(replica.verify().unwrap().mismatches, Vec::<String>::new());
}
