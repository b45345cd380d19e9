//! Disks that can be pulled out. Each machine's folder has one: what SQLite writes goes to the real file at once and is
//! remembered until it is synced, so that a power cut can take back what was not, sector by sector.
//!
//! What is modelled: a process killed at any write or sync; a power cut that keeps what was synced and any part of the rest,
//! torn at 512 bytes; a full disk; a sync that fails, after which the pages may look written and not be; bits that rot in a
//! file. What is not: sync that lies, files that vanish from their folder.

mod shim;

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use shim::{install, reseed};

use crate::dice::Dice;

/// A power cut tears here; SQLite expects no more of a disk.
const SECTOR: u64 = 512;
/// Bits rot within one of these, SQLite's page.
const PAGE: u64 = 4_096;
/// Places that are looked at for a byte that is not zero.
const MAX_LOOKS: usize = 32;

/// Answer of a disk to an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Go,
    /// The machine is down: whoever asks no longer exists.
    Dead,
    Full,
    SyncFails,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Pending,
    Synced,
    /// Its sync failed: it may read back as written until the power goes.
    Doomed,
}

/// A change of a file since it was last whole on disk.
#[derive(Debug)]
struct Change {
    offset: u64,
    /// What stood there, as far as the file went.
    old: Vec<u8>,
    old_len: u64,
    /// None: the file was cut at `offset`.
    new: Option<Vec<u8>>,
    fate: Fate,
}

#[derive(Debug, Default)]
struct Files(BTreeMap<PathBuf, Vec<Change>>);

/// How often what happened to a machine's disk.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Worn {
    pub writes: u64,
    pub syncs: u64,
    pub refused_full: u64,
    pub failed_syncs: u64,
}

#[derive(Debug, Default)]
struct State {
    dead: bool,
    full: bool,
    /// Writes and syncs that still go through before the machine dies.
    left: Option<u64>,
    /// The machine dies at its next sync.
    dies_at_sync: bool,
    /// Syncs that still go through before one fails.
    syncs_left: Option<u64>,
    files: Files,
    /// Which file stood under a name when it was last opened.
    inodes: BTreeMap<PathBuf, u64>,
    worn: Worn,
}

/// The disk of one machine.
#[derive(Debug, Clone)]
pub struct Disk {
    folder: PathBuf,
    state: Arc<Mutex<State>>,
}

static DISKS: Mutex<Vec<Disk>> = Mutex::new(Vec::new());

/// The disk on which a file lies; files elsewhere are none of ours.
fn disk_of(path: &Path) -> Option<Disk> {
    let disks = DISKS.lock().unwrap_or_else(PoisonError::into_inner);
    disks.iter().find(|disk| path.starts_with(&disk.folder)).cloned()
}

impl Disk {
    /// A sound disk under a folder. [`install`] comes first.
    pub fn under(folder: &Path) -> Self {
        let disk = Self {
            folder: folder.to_owned(),
            state: Arc::default(),
        };
        DISKS.lock().unwrap_or_else(PoisonError::into_inner).push(disk.clone());
        disk
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process dies at one of its next writes or syncs.
    pub fn die_after(&self, operations: u64) {
        self.lock().left = Some(operations);
    }

    /// The process dies at its next sync: what that was to make durable is written, and nobody was told.
    pub fn die_at_sync(&self) {
        self.lock().dies_at_sync = true;
    }

    /// The process is gone: whatever it still tries reaches nothing.
    pub fn die(&self) {
        self.lock().dead = true;
    }

    pub fn is_dead(&self) -> bool {
        self.lock().dead
    }

    pub fn set_full(&self, full: bool) {
        self.lock().full = full;
    }

    pub fn is_full(&self) -> bool {
        self.lock().full
    }

    /// One of the next syncs fails, once.
    pub fn fail_a_sync_after(&self, syncs: u64) {
        self.lock().syncs_left = Some(syncs);
    }

    /// Takes back a fault that has not struck.
    pub fn forgive(&self) {
        let mut state = self.lock();
        (state.left, state.syncs_left, state.full) = (None, None, false);
        state.dies_at_sync = false;
    }

    pub fn worn(&self) -> Worn {
        self.lock().worn
    }

    /// Faults that struck so far.
    pub fn faults(&self) -> u64 {
        let worn = self.worn();
        worn.refused_full + worn.failed_syncs
    }

    /// The machine starts again after a kill: files are as the process left them.
    pub fn revive(&self) {
        let mut state = self.lock();
        (state.dead, state.left, state.syncs_left) = (false, None, None);
        state.dies_at_sync = false;
    }

    /// The power was cut: of what was not synced any part is there, sector by sector. Nothing may have a file open.
    ///
    /// # Errors
    /// The real disk's.
    pub fn cut_power(&self, dice: &mut Dice) -> io::Result<()> {
        let mut state = self.lock();
        // Shared memory is in no power cut.
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with("-shm") {
                std::fs::remove_file(path)?;
            }
        }
        for (path, changes) in std::mem::take(&mut state.files.0) {
            if path.exists() {
                cut(&path, &changes, dice)?;
            }
        }
        state.dead = true;
        Ok(())
    }

    /// Bits rot in one page of a file, in this many places.
    ///
    /// # Errors
    /// The real disk's.
    pub fn rot(&self, name: &str, places: u64, dice: &mut Dice) -> io::Result<()> {
        let file = OpenOptions::new().read(true).write(true).open(self.folder.join(name))?;
        let len = file.metadata()?.len();
        let page = dice.below(len.div_ceil(PAGE)) * PAGE;
        for _ in 0..places {
            let (mut at, mut byte) = (page, [0]);
            // Most of a page may be empty; there is nothing to rot there.
            for _ in 0..MAX_LOOKS {
                at = page + dice.below(PAGE.min(len - page));
                file.read_exact_at(&mut byte, at)?;
                if byte[0] != 0 {
                    break;
                }
            }
            byte[0] ^= 1 << dice.below(8);
            file.write_all_at(&byte, at)?;
        }
        Ok(())
    }

    /// Another disk is put in: nothing is left to be synced.
    pub fn replaced(&self) {
        *self.lock() = State::default();
    }

    fn counted(state: &mut State) -> bool {
        match &mut state.left {
            Some(0) => {
                state.dead = true;
                state.left = None;
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }

    fn before_write(&self, grows: bool) -> Verdict {
        let mut state = self.lock();
        if state.dead || Self::counted(&mut state) {
            return Verdict::Dead;
        }
        state.worn.writes += 1;
        if state.full && grows {
            state.worn.refused_full += 1;
            return Verdict::Full;
        }
        Verdict::Go
    }

    fn wrote(&self, path: &Path, change: Change) {
        self.lock().files.0.entry(path.to_owned()).or_default().push(change);
    }

    fn sync(&self, path: &Path) -> Verdict {
        let mut state = self.lock();
        if std::mem::take(&mut state.dies_at_sync) {
            state.dead = true;
        }
        if state.dead || Self::counted(&mut state) {
            return Verdict::Dead;
        }
        state.worn.syncs += 1;
        let fails = match &mut state.syncs_left {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        };
        if fails {
            state.syncs_left = None;
            state.worn.failed_syncs += 1;
        }
        if let Some(changes) = state.files.0.get_mut(path) {
            for change in changes.iter_mut().filter(|change| change.fate == Fate::Pending) {
                change.fate = if fails { Fate::Doomed } else { Fate::Synced };
            }
            if changes.iter().all(|change| change.fate == Fate::Synced) {
                changes.clear();
            }
        }
        if fails { Verdict::SyncFails } else { Verdict::Go }
    }

    /// A file was opened. If it is another than before, somebody wrote it anew beside SQLite, and whoever does that syncs.
    fn opened(&self, path: &Path) {
        let inode = std::fs::metadata(path).map_or(0, |meta| meta.ino());
        let mut state = self.lock();
        if state
            .inodes
            .insert(path.to_owned(), inode)
            .is_some_and(|before| before != inode)
        {
            state.files.0.remove(path);
        }
    }

    fn removed(&self, path: &Path) {
        self.lock().files.0.remove(path);
    }
}

/// Makes a file what a power cut leaves of it.
fn cut(path: &Path, changes: &[Change], dice: &mut Dice) -> io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    for change in changes.iter().rev() {
        file.write_all_at(&change.old, change.offset)?;
        file.set_len(change.old_len)?;
    }
    // A run of writes after the last sync is lost whole, kept whole, or in parts.
    let keep = *dice.pick(&[0, 500, 900, 1_000]).unwrap_or(&500);
    for change in changes {
        let whole = change.fate == Fate::Synced;
        let chance = if change.fate == Fate::Doomed { keep / 2 } else { keep };
        match &change.new {
            None => {
                if whole || dice.permille(chance) {
                    file.set_len(change.offset)?;
                }
            }
            Some(bytes) => {
                let end = change.offset + bytes.len() as u64;
                let mut at = change.offset;
                while at < end {
                    let next = ((at / SECTOR + 1) * SECTOR).min(end);
                    if whole || dice.permille(chance) {
                        let piece = &bytes[(at - change.offset) as usize..(next - change.offset) as usize];
                        file.write_all_at(piece, at)?;
                    }
                    at = next;
                }
            }
        }
    }
    Ok(())
}

/// Takes a disk off the list, when its folder goes.
impl Drop for Retired {
    fn drop(&mut self) {
        let mut disks = DISKS.lock().unwrap_or_else(PoisonError::into_inner);
        disks.retain(|disk| !disk.folder.starts_with(&self.0));
    }
}

/// All disks under a folder, for as long as a run uses them.
pub struct Retired(pub PathBuf);
