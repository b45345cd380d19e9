//! A machine: a folder on a disk that can fail, a clock that can be wrong, and the program that runs there, or not.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use app::{App, Clock};
use model::refusal::Refusal;
use replica::{Entropy, Surroundings, Upkeep};

use crate::dice::Dice;
use crate::disk::Disk;

/// Commits of one transaction of a merge; small, so that a crash falls between two.
const SLICE: usize = 5;

/// True time of the run, ms UTC; no machine reads it straight.
pub type Time = Arc<AtomicI64>;

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        // Shared memory is no file.
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Where a till stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub store: String,
    pub till: String,
}

pub struct Machine {
    pub name: String,
    /// None: head office.
    pub place: Option<Place>,
    pub folder: PathBuf,
    pub disk: Disk,
    /// What runs there; none while it is down.
    pub app: Option<App>,
    pub surroundings: Surroundings,
    time: Time,
    skew: Arc<AtomicI64>,
}

impl Machine {
    /// A new machine; its folder is made, its program is not started.
    pub fn new(root: &Path, name: &str, place: Option<Place>, time: &Time, dice: &mut Dice) -> std::io::Result<Self> {
        let folder = root.join(name);
        std::fs::create_dir_all(&folder)?;
        // Keys lie in files: a keyring is nobody's business.
        std::fs::write(folder.join("keys.txt"), "file")?;
        let drawn = Mutex::new(dice.fork());
        let entropy = Entropy::from_fn(move |bytes| {
            drawn.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
            Ok(())
        });
        Ok(Self {
            name: name.to_owned(),
            place,
            disk: Disk::under(&folder),
            folder,
            app: None,
            surroundings: Surroundings {
                entropy,
                upkeep: Upkeep::Called { slice: SLICE },
                // Some machines have a place outside their folder that no backup brings back.
                witness: dice.permille(500).then(|| root.join(format!("witness-{name}"))),
            },
            time: Arc::clone(time),
            skew: Arc::default(),
        })
    }

    /// Copies the folder away as it is: between two requests that is what a backup, or a thief, gets of it.
    ///
    /// # Errors
    /// The real disk's.
    pub fn copy_to(&self, folder: &Path) -> std::io::Result<()> {
        copy(&self.folder, folder)
    }

    /// Puts a copy in the place of the folder. Nothing may run there.
    ///
    /// # Errors
    /// The real disk's.
    pub fn copy_from(&self, folder: &Path) -> std::io::Result<()> {
        self.disk.replaced();
        copy(folder, &self.folder)
    }

    pub fn clock(&self) -> Clock {
        let (time, skew) = (Arc::clone(&self.time), Arc::clone(&self.skew));
        Arc::new(move || time.load(Ordering::SeqCst) + skew.load(Ordering::SeqCst))
    }

    /// How wrong its clock goes, ms.
    pub fn set_skew(&self, skew: i64) {
        self.skew.store(skew, Ordering::SeqCst);
    }

    /// Opens the folder and starts the program.
    ///
    /// # Errors
    /// What the program says.
    pub fn start(&mut self) -> Result<(), Refusal> {
        let replica = app::setup::open_in(&self.folder, &self.surroundings)?;
        self.app = Some(App::new(replica, self.clock())?);
        Ok(())
    }

    pub fn is_up(&self) -> bool {
        self.app.is_some() && !self.disk.is_dead()
    }
}
