//! A machine: a folder on a disk that can fail, a clock that can be wrong, and the program that runs there, or not; with the
//! lines it calls others over, and what has befallen it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use app::{App, Clock};
use model::records::LEVEL;
use model::refusal::Refusal;
use replica::{Entropy, Surroundings, Upkeep};

use fovea_server::{Log, Server};
use sync::Peer;

use crate::dice::Dice;
use crate::disk::Disk;
use crate::link::{Door, Link};
use crate::model::Task;

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
    /// Empty: the store's relay.
    pub till: String,
}

/// A machine's way to a server.
pub struct Way {
    /// Head office, or the relay of its store.
    pub to: usize,
    pub link: Link,
    pub peer: Option<Peer>,
}

/// What a machine is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Sound,
    /// It spends a code, or fills for the first time.
    Joining {
        code: Option<String>,
        joined: bool,
    },
    /// Bits of its database have rotted.
    Rotten(Rotten),
    /// It burnt, and nobody put another in its place.
    Gone,
}

/// A database of which bits have rotted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotten {
    /// Somebody could know: the program or its `verify` has complained.
    pub noticed: bool,
    /// Steps until somebody replaces the machine.
    pub left: u32,
    /// Whether rows that were stored read otherwise than before.
    pub changed: bool,
}

pub struct Machine {
    pub name: String,
    /// None: head office.
    pub place: Option<Place>,
    pub state: State,
    /// What listens there, for those who call.
    pub door: Door,
    pub ways: Vec<Way>,
    /// What it has sent and has no answer to.
    pub pending: Option<Task>,
    /// Steps until it is started again.
    pub down: u32,
    /// Steps until somebody frees its disk.
    pub full: u32,
    /// Faults of its disk when it was last asked for anything.
    pub faults: u64,
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
        Self::furnish(&folder)?;
        let drawn = Mutex::new(dice.fork());
        let entropy = Entropy::from_fn(move |bytes| {
            drawn.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
            Ok(())
        });
        Ok(Self {
            name: name.to_owned(),
            place,
            state: State::Sound,
            door: Door::default(),
            ways: Vec::new(),
            pending: None,
            down: 0,
            full: 0,
            faults: 0,
            disk: Disk::under(&folder),
            folder,
            app: None,
            surroundings: Surroundings {
                entropy,
                upkeep: Upkeep::Called { slice: SLICE },
                level: LEVEL,
                // Some machines have a place outside their folder that no backup brings back.
                witness: dice.permille(500).then(|| root.join(format!("witness-{name}"))),
            },
            time: Arc::clone(time),
            skew: Arc::default(),
        })
    }

    /// Makes an empty folder in which keys lie in files: a keyring is nobody's business.
    fn furnish(folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("keys.txt"), "file")
    }

    /// Everything that was there is gone for good, what lay outside the folder too. Nothing may run there.
    ///
    /// # Errors
    /// The real disk's.
    pub fn burn(&self) -> std::io::Result<()> {
        self.disk.replaced();
        std::fs::remove_dir_all(&self.folder)?;
        if let Some(witness) = self.surroundings.witness.as_ref().filter(|witness| witness.exists()) {
            std::fs::remove_dir_all(witness)?;
        }
        Self::furnish(&self.folder)
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

    /// Opens its door to those who call, where it is a server's.
    ///
    /// # Errors
    /// What the program says.
    pub fn serve(&self) -> Result<(), Refusal> {
        let is_server = self.place.as_ref().is_none_or(|place| place.till.is_empty());
        let server = match &self.app {
            Some(app) if is_server => Some(Server::over(app.clone(), Log::Silent, false)?),
            _ => None,
        };
        *self.door.lock().unwrap_or_else(PoisonError::into_inner) = server;
        Ok(())
    }

    /// What listens there; none while it is down.
    pub fn server(&self) -> Option<Arc<Server>> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends what runs there.
    pub fn stop(&mut self) {
        self.ways.iter_mut().for_each(|way| way.peer = None);
        *self.door.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.app = None;
    }

    pub fn is_up(&self) -> bool {
        self.app.is_some() && !self.disk.is_dead()
    }

    /// Whether it holds what it ought to, or will once it is started.
    pub fn is_sound(&self) -> bool {
        self.state == State::Sound
    }

    /// Its program, if it runs and owes no answer.
    pub fn free(&self) -> Option<App> {
        self.app.clone().filter(|_| self.is_up() && self.pending.is_none())
    }

    pub fn is_rotten(&self) -> bool {
        matches!(self.state, State::Rotten(_))
    }

    /// Whether people work at it.
    pub fn is_manned(&self) -> bool {
        self.is_sound() && self.place.as_ref().is_none_or(|place| !place.till.is_empty())
    }
}
