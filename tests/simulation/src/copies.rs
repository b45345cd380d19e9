//! Old copies of folders: put in the place of one, or started beside it. And what is lost with a disk.

use std::collections::BTreeSet;
use std::path::PathBuf;

use model::ids::Id;

use crate::check;
use crate::machine::{Machine, Place, State};
use crate::run::{Checked, OFFICE, World, told};

/// Machines that run from another's folder, in one run.
const MAX_CLONES: usize = 2;

impl World {
    pub(crate) fn backup(&self, machine: usize) -> PathBuf {
        self.root.join(format!("backup-{machine}"))
    }

    pub(crate) fn back_up(&mut self, machine: usize) -> Checked {
        let of = &self.machines[machine];
        // A commit that failed may lie in the copy as if it had not: what was done again since would then be a fork of it, and
        // both would count.
        if !of.is_up() || !of.is_sound() || of.pending.is_some() {
            return Ok(());
        }
        self.say(&format!("backup {machine}"));
        self.count("backup");
        if machine == OFFICE {
            self.backed_up = check::requests_at(self, OFFICE)?;
        }
        let to = self.backup(machine);
        self.machines[machine].copy_to(&to).map_err(|error| error.to_string())
    }

    /// Head office makes the copy that new machines begin with.
    pub(crate) fn make_snapshot(&mut self) -> Checked {
        let Some(server) = self.machines[OFFICE].server().filter(|_| self.machines[OFFICE].is_up()) else {
            return Ok(());
        };
        self.begin(OFFICE);
        let made = server.snapshots.make(&server.app);
        drop(server);
        self.bury()?;
        self.say(&format!("a snapshot: {}", made.is_ok()));
        self.count("snapshot");
        match made {
            Ok(_) => Ok(()),
            Err(refusal) => self.excused(OFFICE, &format!("a snapshot: {}", refusal.message())),
        }
    }

    /// Whether all others are there to be asked what they hold, and this one owes nobody an answer: then it can be told
    /// what is lost with its disk.
    pub(crate) fn loss_can_be_told(&self, machine: usize) -> bool {
        self.machines[machine].pending.is_none()
            && (0..self.machines.len()).all(|other| {
                other == machine
                    || match self.machines[other].state {
                        State::Gone | State::Joining { joined: false, .. } => true,
                        State::Rotten(_) => false,
                        State::Sound | State::Joining { joined: true, .. } => self.machines[other].is_up(),
                    }
            })
    }

    /// The disk is replaced, and an old copy put on it. What stood on the old one alone is lost with it.
    pub(crate) fn restore(&mut self, machine: usize) -> Checked {
        let from = self.backup(machine);
        let fit = self.machines[machine].is_sound() && self.machines[machine].is_up();
        if !from.exists() || !fit || !self.loss_can_be_told(machine) {
            return Ok(());
        }
        if machine == OFFICE && !check::let_go(self)?.is_subset(&self.backed_up) {
            // Clocks jump by years here. A backup from before what tills let go of is not put back: see `replica::fold::REST`.
            self.count("too old a backup");
            return Ok(());
        }
        let restored = &mut self.machines[machine];
        restored.stop();
        restored.ways.iter().for_each(|way| way.link.clear());
        restored.copy_from(&from).map_err(|error| error.to_string())?;
        let name = restored.name.clone();
        self.note_copied(machine);
        self.machines[machine]
            .start()
            .map_err(told(&format!("{name} does not start from a copy")))?;
        self.machines[machine]
            .serve()
            .map_err(told(&format!("{name} does not serve from a copy")))?;
        let lost = self.take_back(machine)?;
        self.say(&format!("{name} restored, {lost} lost"));
        self.count(if machine == OFFICE {
            "server restored"
        } else {
            "restored"
        });
        Ok(())
    }

    /// A machine has lost what it held, in part or whole. What nobody else holds was never so; what only waits somewhere
    /// may come to be held. How much is lost for certain.
    pub(crate) fn take_back(&mut self, machine: usize) -> Checked<usize> {
        let (mut held, mut waiting) = (BTreeSet::new(), BTreeSet::new());
        for other in 0..self.machines.len() {
            if self.machines[other].is_up() {
                held.extend(check::requests_at(self, other)?);
                waiting.extend(check::waiting_at(self, other)?);
            }
        }
        let here: BTreeSet<Id> = match &self.machines[machine].app {
            Some(_) => check::requests_at(self, machine)?,
            None => BTreeSet::new(),
        };
        let mut lost = BTreeSet::new();
        for ack in self.model.acks.iter_mut().filter(|ack| ack.committed) {
            let id = ack.task.request;
            ack.away |= ack.machine == machine && !here.contains(&id);
            if held.contains(&id) {
                continue;
            }
            if waiting.contains(&id) {
                self.model.doubtful.insert(id);
            } else {
                lost.insert(id);
            }
        }
        self.model.forget(&lost)?;
        Ok(lost.len())
    }

    pub(crate) fn note_copied(&mut self, machine: usize) {
        if let Some(Place { store, till }) = &self.machines[machine].place
            && !till.is_empty()
        {
            let device = format!("{store}{till}");
            self.model.copied(&device);
        }
    }

    /// An old copy of a till runs beside it.
    pub(crate) fn clone_machine(&mut self, machine: usize) -> Checked {
        let from = self.backup(machine);
        let is_till = self.machines[machine]
            .place
            .as_ref()
            .is_some_and(|place| !place.till.is_empty());
        if !from.exists() || self.clones >= MAX_CLONES || !is_till {
            return Ok(());
        }
        self.clones += 1;
        self.note_copied(machine);
        let name = format!("{}-copy{}", self.machines[machine].name, self.clones);
        let place = self.machines[machine].place.clone();
        let mut copy =
            Machine::new(&self.root, &name, place, &self.time, &mut self.dice).map_err(|error| error.to_string())?;
        copy.surroundings.level = self.machines[machine].surroundings.level;
        copy.copy_from(&from).map_err(|error| error.to_string())?;
        copy.start().map_err(told(&format!("{name} does not start")))?;
        self.add(copy);
        self.say(&format!("{name} runs"));
        self.count("cloned");
        Ok(())
    }
}
