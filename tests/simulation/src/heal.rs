//! All faults end, and then everybody must come to hold the same.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use sync::Step;

use crate::check;
use crate::link::Weather;
use crate::machine::State;
use crate::run::{Checked, DAY, OFFICE, World};

/// Rounds over all machines after healing; a run that needs more does not end.
const MAX_ROUNDS: usize = 30;
/// Exchanges of a machine over one way in one round after healing.
const MAX_EXCHANGES: usize = 60;
/// Times that head office lets in what came late of a closed device, or declares something lost.
const MAX_DECISIONS: usize = 12;
/// Tries of a request on sound machines, and of joining.
const MAX_TRIES: usize = 3;
const MAX_JOINING: usize = 40;

impl World {
    /// All faults end; within a bound everybody holds the same, and it is what was answered.
    pub(crate) fn heal(&mut self) -> Checked {
        for machine in 0..self.machines.len() {
            self.machines[machine].disk.forgive();
            self.machines[machine].full = 0;
            self.machines[machine].down = 0;
            let starts = !matches!(
                self.machines[machine].state,
                State::Gone | State::Joining { joined: false, .. }
            );
            if !self.machines[machine].is_up() && starts {
                self.start(machine)?;
            }
        }
        self.store_alone()?;
        for way in self.machines.iter().flat_map(|machine| &machine.ways) {
            way.link.lock().weather = Weather::default();
        }
        self.say("healed");
        for machine in 0..self.machines.len() {
            for _ in 0..MAX_TRIES {
                if self.machines[machine].pending.is_some() {
                    self.work(machine)?;
                }
            }
            if let Some(task) = &self.machines[machine].pending {
                return Err(format!(
                    "{} {} fails on a sound machine",
                    self.machines[machine].name,
                    task.job.word()
                ));
            }
        }
        for machine in 0..self.machines.len() {
            self.replace_rotten(machine, true)?;
        }
        self.level_out()?;
        self.enrol_closed_again();
        self.settle()?;
        self.decide()?;
        self.words_agree()?;
        // Head office may have raised the level upon it.
        self.settle()?;
        if self.dice.permille(500) {
            self.grow_old()?;
        }
        if !self.model.erased.is_empty() {
            // Long after the last order, on clocks that go right: nothing of it may be left.
            let until = check::erased_by(self)? + DAY;
            self.time.fetch_max(until, Ordering::SeqCst);
            self.machines.iter().for_each(|machine| machine.set_skew(0));
            self.say("all that was ordered erased is due");
            self.settle()?;
            check::nothing_left(self)?;
            self.count("erased for good");
        }
        check::whole(self)
    }

    /// Of what was in doubt, what is held now was so, and the rest never was.
    fn decide(&mut self) -> Checked {
        let held = check::requests_at(self, OFFICE)?;
        let lost: BTreeSet<_> = self
            .model
            .doubtful
            .iter()
            .copied()
            .filter(|id| !held.contains(id))
            .collect();
        self.model.doubtful.clear();
        self.model.forget(&lost)
    }

    /// Exchanges until every machine found itself equal to its servers twice in a row, letting in what came late, declaring
    /// lost what nobody has.
    pub(crate) fn settle(&mut self) -> Checked {
        for _ in 0..MAX_DECISIONS {
            self.join_all()?;
            let equal = self.rounds()?;
            // Of a device that is gone nobody but head office has what waits.
            if !self.release()? && !self.declare_lost()? {
                return if equal { Ok(()) } else { check::standing(self) };
            }
        }
        check::standing(self)
    }

    /// Whoever was on the way to being a device of the chain becomes one.
    pub(crate) fn join_all(&mut self) -> Checked {
        for machine in 0..self.machines.len() {
            for _ in 0..MAX_JOINING {
                let State::Joining { joined: false, .. } = self.machines[machine].state else {
                    break;
                };
                self.join(machine)?;
            }
            if let State::Joining { joined: false, .. } = self.machines[machine].state {
                return Err(format!("{} cannot join", self.machines[machine].name));
            }
        }
        Ok(())
    }

    /// Exchanges as long as anything moves; whether all are equal then.
    pub(crate) fn rounds(&mut self) -> Checked<bool> {
        let ways: Vec<(usize, usize)> = (1..self.machines.len())
            .filter(|machine| self.machines[*machine].state != State::Gone)
            .flat_map(|machine| (0..self.machines[machine].ways.len()).map(move |way| (machine, way)))
            .collect();
        self.rounds_over(&ways)
    }

    /// The same over these ways of machines alone.
    pub(crate) fn rounds_over(&mut self, ways: &[(usize, usize)]) -> Checked<bool> {
        for round in 0..MAX_ROUNDS {
            let (mut equal, mut moved) = (true, round == 0);
            for (machine, way) in ways.iter().copied() {
                if round == 0
                    && let Some(peer) = &mut self.machines[machine].ways[way].peer
                {
                    peer.begin();
                }
                let mut last = None;
                let mut first = true;
                for _ in 0..MAX_EXCHANGES {
                    last = self.exchange(machine, way)?;
                    if last != Some(Step::Moved) {
                        break;
                    }
                    first = false;
                }
                moved |= !first;
                equal &= last == Some(Step::Equal) && first;
            }
            if equal {
                self.say(&format!("equal after {round}"));
                return Ok(true);
            }
            if !moved {
                return Ok(false);
            }
        }
        Ok(false)
    }
}
