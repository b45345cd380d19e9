//! A store with a relay of its own: cut off from head office, its machines come to hold the same, and nothing waits.

use std::collections::BTreeSet;

use crate::check;
use crate::link::Weather;
use crate::machine::Place;
use crate::run::{Checked, World};

/// The store that has a relay, where a seed has one: the only one that always has two tills.
const STORE: &str = "S1";

impl World {
    pub(crate) fn open_relay(&mut self) -> Checked {
        let place = Place {
            store: STORE.to_owned(),
            till: String::new(),
        };
        self.enrol(place).map(|_| ())
    }

    /// Before the lines to head office are mended: through its relay alone the store comes to agree.
    pub(crate) fn store_alone(&mut self) -> Checked {
        let ways: Vec<(usize, usize)> = (0..self.machines.len())
            .flat_map(|machine| (1..self.machines[machine].ways.len()).map(move |way| (machine, way)))
            .collect();
        let relays: BTreeSet<usize> = ways
            .iter()
            .map(|(machine, way)| self.machines[*machine].ways[*way].to)
            .collect();
        let members: BTreeSet<usize> = ways.iter().map(|(machine, _)| *machine).chain(relays).collect();
        // Whoever has yet to join needs head office; what comes late of a closed device, or follows what has rotted, waits for
        // its word.
        if members.is_empty()
            || self.closed
            || self.rotted
            || !members.iter().all(|member| self.machines[*member].is_sound())
        {
            return Ok(());
        }
        for (machine, way) in &ways {
            self.machines[*machine].ways[*way].link.lock().weather = Weather::default();
        }
        self.say("the store alone");
        let equal = self.rounds_over(&ways)?;
        let levels: BTreeSet<u16> = members
            .iter()
            .map(|member| self.machines[*member].surroundings.level)
            .collect();
        // An older program sets aside what misses a part under an order that it cannot read, until it is upgraded.
        if levels.len() > 1 && !self.model.erased.is_empty() {
            return Ok(());
        }
        for member in &members {
            let waiting = check::waiting_at(self, *member)?.len();
            if waiting > 0 || !equal {
                return Err(format!(
                    "a store cut off does not come to agree: {waiting} wait at {}, all equal {equal}",
                    self.machines[*member].name
                ));
            }
        }
        // An older program holds the same, and shows less of it.
        if levels.len() == 1 {
            check::same_digest(self, &members)?;
        }
        self.count("a store alone agreed");
        Ok(())
    }
}
