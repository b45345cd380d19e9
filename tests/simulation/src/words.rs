//! What devices state of themselves: told over the same lines, and what head office does upon it.

use model::records::{LEVEL, LevelRaised};
use model::requests::office::OfficeExceptions;
use replica::level::raised_to;
use replica::{Context, Draft, ReplicaError};

use crate::check::standing_machines;
use crate::people;
use crate::run::{Checked, OFFICE, World, told};

/// Of what a device states, what is news is stated again after this, ms.
const NEWS: i64 = 11 * 60_000;

impl World {
    /// A machine tells and is told statements over one of its ways. Head office then raises the level if it may.
    pub(crate) fn tell(&mut self, machine: usize, way: usize) -> Checked {
        if !self.machines[machine].is_up() {
            return Ok(());
        }
        self.begin(machine);
        let device = self.machines[machine].app.as_ref().map(|app| app.place().device);
        let is_closed = device.is_some() && self.closed_device == device;
        let Some(way) = self.machines[machine].ways.get_mut(way) else {
            return Ok(());
        };
        let (to, Some(peer)) = (way.to, way.peer.as_mut()) else {
            return Ok(());
        };
        match peer.tell() {
            Ok(()) => self.count("statements told"),
            Err(trouble) => self.strained(machine, to, "tell", is_closed, trouble)?,
        }
        self.bury()?;
        if to == OFFICE { self.raise_level() } else { Ok(()) }
    }

    fn raise_level(&mut self) -> Checked {
        let Some(app) = self.machines[OFFICE].free() else {
            return Ok(());
        };
        self.begin(OFFICE);
        let outcome = app.raise_level_if_due();
        drop(app);
        self.bury()?;
        match outcome {
            Ok(None) => Ok(()),
            Ok(Some(level)) => {
                self.say(&format!("the level is raised to {level}"));
                self.count("level raised");
                Ok(())
            }
            Err(refusal) => self.excused(OFFICE, &format!("raising the level: {}", refusal.message())),
        }
    }

    /// Head office raises the level though not everybody reads it, as no program of ours does: an older program then holds
    /// what it cannot read.
    pub(crate) fn raise_too_early(&mut self) -> Checked {
        let Some(app) = self.machines[OFFICE].app.clone() else {
            return Ok(());
        };
        let (request, now) = (people::request(&mut self.words), app.now());
        app.replica()
            .write(move |tx| -> Result<(), ReplicaError> {
                let context = Context {
                    command: 0,
                    request,
                    user: None,
                    wall: now,
                    skew: None,
                    date: 0,
                };
                let mut draft = Draft::new(journal::Lane::Control, context);
                draft.add(LevelRaised { level: LEVEL + 1 });
                tx.append(draft)?;
                Ok(())
            })
            .map_err(|error| format!("raising the level: {error}"))?;
        self.say("the level is raised too early");
        self.count("level raised too early");
        Ok(())
    }

    /// Everybody holds the same and says so: head office hears nobody who shows other figures or tells another history.
    pub(crate) fn words_agree(&mut self) -> Checked {
        // What rotted may have been stated before it was found out; a rogue's word is its own.
        if self.rotted || self.rogue.is_some() {
            return Ok(());
        }
        self.time.fetch_add(NEWS, std::sync::atomic::Ordering::SeqCst);
        let machines: Vec<usize> = standing_machines(self).filter(|machine| *machine != OFFICE).collect();
        for machine in machines {
            for way in 0..self.machines[machine].ways.len() {
                self.tell(machine, way)?;
            }
        }
        let office = self.machines[OFFICE].app.clone().ok_or("head office is down")?;
        let rows = office
            .call(&self.who, OfficeExceptions {}, None)
            .map_err(told("the list of exceptions"))?
            .rows;
        // A machine that lost what it had stated, and wrote something else in its place, did rewrite its history.
        let copied = self.clones > 0
            || ["restored", "server restored"]
                .iter()
                .any(|what| self.seen.contains_key(*what));
        let is_odd = |kind: &str| kind == "figures_differ" || (kind == "history_rewritten" && !copied);
        if let Some(row) = rows.iter().find(|row| is_odd(&row.kind)) {
            return Err(format!(
                "head office hears that {} {} {}",
                row.kind, row.title, row.detail
            ));
        }
        let level = office
            .replica()
            .read(raised_to)
            .map_err(|error| format!("the level: {error}"))?;
        self.count(format!("at level {level}"));
        Ok(())
    }
}
