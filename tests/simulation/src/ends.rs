//! What head office does about devices: closes them, lets in what came late, declares lost what nobody holds any more.

use app::App;
use model::ids::Id;
use model::requests::ends::{CommitDeclareLost, DeviceClose, DeviceRelease};
use model::requests::office::OfficeDevices;

use crate::check;
use crate::job::Job;
use crate::join::unjoined;
use crate::machine::State;
use crate::model::Task;
use crate::people;
use crate::run::{Checked, OFFICE, World, told};

impl World {
    /// Head office closes a device, once in a run.
    pub(crate) fn close_device(&mut self, machine: usize) -> Checked {
        // One that has not filled yet has written nothing that could be late.
        let device = match &self.machines[machine].app {
            Some(app) if machine != OFFICE && self.machines[machine].state == State::Sound => app.place().device,
            _ => return Ok(()),
        };
        let Some(office) = self.machines[OFFICE]
            .app
            .clone()
            .filter(|_| self.machines[OFFICE].is_up())
        else {
            return Ok(());
        };
        if self.closed || self.machines[OFFICE].pending.is_some() {
            return Ok(());
        }
        self.closed = true;
        self.closed_device = Some(device);
        let close = DeviceClose {
            device,
            reason: "stolen, it was said".to_owned(),
        };
        self.order(&office, Job::CloseDevice(close))
    }

    /// Machines of the device that was closed are enrolled anew in their folders, with all that they hold.
    pub(crate) fn enrol_closed_again(&mut self) {
        for machine in 1..self.machines.len() {
            let it = &self.machines[machine];
            let device = it.app.as_ref().map(|app| app.place().device);
            if device.is_some() && device == self.closed_device && it.state == State::Sound {
                self.machines[machine].stop();
                self.machines[machine].state = unjoined();
            }
        }
    }

    /// Head office does something out of turn.
    pub(crate) fn order(&mut self, office: &App, job: Job) -> Checked {
        let task = Task {
            request: people::request(&mut self.dice),
            ..people::plain(job)
        };
        self.begin(OFFICE);
        self.attempt(OFFICE, office, task)?;
        self.bury()
    }

    /// What came late of closed devices was honest after all; says whether there was any.
    pub(crate) fn release(&mut self) -> Checked<bool> {
        let Some(office) = self.machines[OFFICE].app.clone() else {
            return Ok(false);
        };
        let devices = office
            .call(&self.who, OfficeDevices {}, None)
            .map_err(told("the list of devices"))?
            .devices;
        let mut any = false;
        for row in devices.into_iter().filter(|row| row.late > 0) {
            any = true;
            let release = DeviceRelease {
                device: row.device,
                reason: "it was found".to_owned(),
            };
            self.order(&office, Job::Release(release))?;
        }
        Ok(any)
    }

    /// What something at head office waits for, and nobody holds, burnt with the last machine that did; says whether
    /// there was any. Devices that were burnt and enrolled anew have to have called first.
    pub(crate) fn declare_lost(&mut self) -> Checked<bool> {
        let Some(office) = self.machines[OFFICE].app.clone() else {
            return Ok(false);
        };
        let mut any = false;
        for (log, seq) in check::cited_and_missing(self)? {
            any = true;
            let lost = CommitDeclareLost {
                log,
                seq,
                reason: "it burnt".to_owned(),
            };
            self.count("declared lost");
            self.order(&office, Job::DeclareLost(lost))?;
        }
        Ok(any)
    }

    /// A till's or relay's disk is gone for good. A till is always replaced; a relay may not be.
    pub(crate) fn burn(&mut self, machine: usize) -> Checked {
        let burning = &self.machines[machine];
        if machine == OFFICE || !burning.is_sound() || !self.loss_can_be_told(machine) {
            return Ok(());
        }
        let is_relay = burning.place.as_ref().is_some_and(|place| place.till.is_empty());
        let name = burning.name.clone();
        self.replace(machine)?;
        if is_relay && self.dice.permille(500) {
            self.machines[machine].state = State::Gone;
            for other in &mut self.machines {
                other.ways.retain(|way| way.to != machine);
            }
        }
        let lost = self.take_back(machine)?;
        self.say(&format!("{name} burnt, {lost} lost"));
        self.count(if is_relay { "relay burnt" } else { "burnt" });
        Ok(())
    }
}

/// A place in a log that somebody waits for.
pub(crate) type Missing = (Id, i64);
