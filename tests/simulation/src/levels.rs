//! Two software levels side by side: some machines run the next level's program, which writes what older ones hold unread.

use model::records::LEVEL;

use crate::machine::State;
use crate::run::{Checked, World};

impl World {
    /// In some seeds half of the machines are a level ahead from the beginning.
    pub(crate) fn part_levels(&mut self) -> Checked {
        self.two_levels = true;
        // Where it is not raised too early, all write what everybody reads until the last one was upgraded.
        if self.words.permille(500) {
            self.raise_too_early()?;
        }
        for machine in 0..self.machines.len() {
            if self.dice.permille(500) {
                self.upgrade(machine)?;
            }
        }
        Ok(())
    }

    /// A machine gets the next level's program.
    pub(crate) fn upgrade(&mut self, machine: usize) -> Checked {
        let upgraded = &mut self.machines[machine];
        let fit = matches!(upgraded.state, State::Sound | State::Joining { joined: true, .. });
        let due = upgraded.surroundings.level == LEVEL && upgraded.pending.is_none() && fit;
        if !self.two_levels || !due || !upgraded.is_up() {
            return Ok(());
        }
        upgraded.surroundings.level = LEVEL + 1;
        let name = upgraded.name.clone();
        upgraded.stop();
        self.say(&format!("{name} is upgraded"));
        self.count("upgraded");
        self.start(machine)
    }

    /// With two levels everybody holds the same, and nobody waits; with one they show the same.
    pub(crate) fn level_out(&mut self) -> Checked {
        if !self.two_levels {
            return Ok(());
        }
        self.join_all()?;
        let equal = self.rounds()?;
        // An older program that cannot read an erasure order has no excuse for a part that is gone; and a closing that it
        // cannot read is none to it.
        if !equal && self.model.erased.is_empty() && !self.closed && !self.rotted {
            return Err("two levels do not come to hold the same".to_owned());
        }
        self.count(if equal {
            "two levels agreed"
        } else {
            "two levels did not agree yet"
        });
        for machine in 0..self.machines.len() {
            self.upgrade(machine)?;
            self.machines[machine].surroundings.level = LEVEL + 1;
        }
        Ok(())
    }
}
