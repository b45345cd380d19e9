//! Over the lines: exchanges, and the weather.

use model::refusal::Refusal;
use sync::{Peer, Step, Trouble};

use crate::job::is_unsettled;
use crate::link::Weather;
use crate::machine::State;
use crate::run::{Checked, OFFICE, World};

impl World {
    pub(crate) fn weather(&mut self, machine: usize) {
        let weather = match self.dice.below(10) {
            0..5 => Weather::default(),
            5..8 => Weather::bad(&mut self.dice),
            _ => Weather {
                cut: true,
                ..Weather::default()
            },
        };
        let way = self.dice.below(self.machines[machine].ways.len() as u64) as usize;
        if self.is_away(machine) {
            return;
        }
        if let Some(way) = self.machines[machine].ways.get(way) {
            way.link.lock().weather = weather;
        }
        self.count("weather");
        self.say(&format!("weather {machine} {way} {weather:?}"));
    }

    /// Some exchanges of a machine over one of its ways.
    pub(crate) fn sync(&mut self, machine: usize) -> Checked {
        let machine = machine.max(1);
        if let State::Joining { joined: false, .. } = self.machines[machine].state {
            return self.join(machine);
        }
        let ways = self.machines[machine].ways.len() as u64;
        let way = if ways > 1 { self.dice.below(ways) as usize } else { 0 };
        if self.dice.permille(300)
            && let Some(peer) = self.machines[machine]
                .ways
                .get_mut(way)
                .and_then(|way| way.peer.as_mut())
        {
            peer.begin();
        }
        for _ in 0..self.dice.between(1, 5) {
            if self.exchange(machine, way)? != Some(Step::Moved) {
                break;
            }
        }
        if self.words.permille(150) {
            self.tell(machine, way)?;
        }
        Ok(())
    }

    /// One exchange of a machine over one of its ways; none when it or the line was down.
    pub(crate) fn exchange(&mut self, machine: usize, way: usize) -> Checked<Option<Step>> {
        if !self.machines[machine].is_up() || way >= self.machines[machine].ways.len() {
            return Ok(None);
        }
        let name = self.machines[machine].name.clone();
        let Some(app) = self.machines[machine].app.clone() else {
            return Ok(None);
        };
        self.begin(machine);
        let to = self.machines[machine].ways[way].to;
        if self.machines[machine].ways[way].peer.is_none() {
            let link = self.machines[machine].ways[way].link.clone();
            match Peer::over(&app, Box::new(link)) {
                Ok(peer) => self.machines[machine].ways[way].peer = Some(peer),
                Err(refusal) => {
                    drop(app);
                    self.bury()?;
                    self.excused(machine, &refusal.message())?;
                    return Ok(None);
                }
            }
        }
        let is_closed = self.closed_device == Some(app.place().device);
        drop(app);
        let outcome = match &mut self.machines[machine].ways[way].peer {
            Some(peer) => peer.step(),
            None => return Ok(None),
        };
        let step = match outcome {
            Ok(step) => {
                self.say(&format!("{name} exchange with {to}: {step:?}"));
                self.count(format!("exchange: {step:?}"));
                Some(step)
            }
            Err(trouble) => {
                self.strained(machine, to, "exchange", is_closed, trouble)?;
                None
            }
        };
        self.bury()?;
        if let Some(step) = step.filter(|_| to == OFFICE) {
            self.filled(machine, step)?;
        }
        Ok(step)
    }

    /// What a machine could not do over a line must have an excuse: the line itself, a closed device, a disk.
    pub(crate) fn strained(
        &mut self,
        machine: usize,
        to: usize,
        what: &str,
        is_closed: bool,
        trouble: Trouble,
    ) -> Checked {
        let name = self.machines[machine].name.clone();
        if let Trouble::Away(why) = trouble {
            self.say(&format!("{name} {what} with {to}: away, {why}"));
            self.count(format!("{what}: away"));
            return Ok(());
        }
        let refusal = trouble.refusal();
        self.say(&format!("{name} {what} with {to}: {}", refusal.code()));
        self.count(format!("{what}: {}", refusal.code()));
        if is_closed && matches!(refusal, Refusal::DeviceStopped { .. }) {
            // Nobody's fault: it is told no more.
            return self.bury();
        }
        if !is_unsettled(&refusal) && !self.machines[machine].is_rotten() {
            return Err(format!(
                "{name} may not {what}: {} ({})",
                refusal.code(),
                refusal.message()
            ));
        }
        self.bury()?;
        self.excused(machine, &format!("{what}: {}", refusal.message()))
    }
}
