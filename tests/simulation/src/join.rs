//! Machines that join the chain: a code from head office, spent over the line, and the first filling.

use std::sync::atomic::Ordering;

use fovea_server::{commands::one_time_code_from, restored};
use journal::Post;
use model::refusal::Refusal;
use sync::{Step, join_over};

use crate::job::is_unsettled;
use crate::link::Link;
use crate::machine::{Machine, Place, State, Way};
use crate::run::{Checked, OFFICE, World, told};

/// What a folder remembers as its server; nobody is called by it here.
const ADDRESS: &str = "http://127.0.0.1:1";
/// Exchanges of a machine that fills while nothing is in its way.
const MAX_FILLING: usize = 60;

pub(crate) fn unjoined() -> State {
    State::Joining {
        code: None,
        joined: false,
    }
}

impl World {
    /// A new machine, filled while nothing is in its way.
    pub(crate) fn enrol(&mut self, place: Place) -> Checked<usize> {
        let machine = self.furnish(place)?;
        for _ in 0..MAX_FILLING {
            self.sync(machine)?;
            if self.machines[machine].is_sound() {
                return Ok(machine);
            }
        }
        let name = &self.machines[machine].name;
        Err(format!("{name} does not come to hold what head office holds"))
    }

    /// A new machine with an empty folder, which is to join.
    pub(crate) fn furnish(&mut self, place: Place) -> Checked<usize> {
        let name = match place.till.as_str() {
            "" => format!("{}relay", place.store),
            till => format!("{}{till}", place.store),
        };
        let mut machine = Machine::new(&self.root, &name, Some(place), &self.time, &mut self.dice)
            .map_err(|error| error.to_string())?;
        machine.state = unjoined();
        Ok(self.add(machine))
    }

    /// Puts a machine into the chain, with its ways to head office and to its store's relay.
    pub(crate) fn add(&mut self, mut machine: Machine) -> usize {
        let is_till = machine.place.as_ref().is_some_and(|place| !place.till.is_empty());
        let relay = self.relay_of(&machine).filter(|_| is_till);
        for to in [Some(OFFICE), relay].into_iter().flatten() {
            let link = Link::new(&self.machines[to].door, &mut self.dice);
            machine.ways.push(Way { to, link, peer: None });
        }
        self.machines.push(machine);
        self.machines.len() - 1
    }

    fn relay_of(&self, machine: &Machine) -> Option<usize> {
        let store = &machine.place.as_ref()?.store;
        (0..self.machines.len()).find(|other| {
            let place = self.machines[*other].place.as_ref();
            place.is_some_and(|place| place.till.is_empty() && place.store == *store)
                && self.machines[*other].state != State::Gone
        })
    }

    /// Another machine is to take the place of one that is gone, in the same place of the chain, with nothing in it.
    pub(crate) fn replace(&mut self, machine: usize) -> Checked {
        let replaced = &mut self.machines[machine];
        replaced.stop();
        replaced.burn().map_err(|error| error.to_string())?;
        replaced.ways.iter().for_each(|way| way.link.clear());
        (replaced.down, replaced.full) = (0, 0);
        replaced.state = unjoined();
        // It was a copy of another device.
        let backup = self.backup(machine);
        if backup.exists() {
            std::fs::remove_dir_all(backup).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// The next thing on the way to being a device of the chain; what fails is tried again at the next call.
    pub(crate) fn join(&mut self, machine: usize) -> Checked {
        let State::Joining { code, joined: false } = self.machines[machine].state.clone() else {
            return Ok(());
        };
        if self.machines[machine].down > 0 {
            return Ok(());
        }
        let name = self.machines[machine].name.clone();
        let Some(place) = self.machines[machine].place.clone() else {
            return Err(format!("{name} has no place"));
        };
        let code = match code {
            Some(code) => code,
            None => match self.new_code(&place)? {
                Some(code) => code,
                None => return Ok(()),
            },
        };
        let till = &self.machines[machine];
        till.disk.revive();
        let post = if place.till.is_empty() { Post::Relay } else { Post::Till };
        let now = till.clock()();
        let link = till.ways[0].link.clone();
        self.begin(machine);
        let till = &self.machines[machine];
        let outcome = join_over(post, &till.folder, (&link, ADDRESS), &code, &till.surroundings, now);
        self.bury()?;
        let joined = match outcome {
            Ok(()) => {
                self.say(&format!("{name} joined"));
                self.count("joined");
                true
            }
            Err(refusal) => {
                self.say(&format!("{name} joins: {}", refusal.code()));
                self.count(format!("joining: {}", refusal.code()));
                self.refused_to_join(machine, &place, &refusal)?
            }
        };
        // A code is of no use once it was spent by nobody knows whom, or forgotten by a server put back to before it.
        let stale = !joined && self.machines[machine].state == unjoined();
        self.machines[machine].state = State::Joining {
            code: (!stale).then_some(code),
            joined,
        };
        if joined {
            self.start(machine)?;
        }
        Ok(())
    }

    /// Whether it joined all the same: never. A state without a code asks for a new one.
    fn refused_to_join(&mut self, machine: usize, place: &Place, refusal: &Refusal) -> Checked<bool> {
        let office = self.machines[OFFICE].app.clone();
        let waits = office.is_some_and(|app| restored::may_certify(&app).is_err());
        match refusal {
            Refusal::ServerAway { .. } => {}
            Refusal::BadCode { .. } | Refusal::CodeUsed => self.machines[machine].state = unjoined(),
            _ if waits => {
                // Those who have not called may never call again.
                if self.dice.permille(300) {
                    self.accept_loss(place)?;
                }
            }
            refusal if is_unsettled(refusal) && self.machines[machine].disk.is_dead() => {}
            refusal => {
                let what = format!("joining: {} ({})", refusal.code(), refusal.message());
                // The server's disk may have failed as well.
                if is_unsettled(refusal) {
                    self.excused(machine, &what)?;
                } else {
                    return Err(format!("{} {what}", self.machines[machine].name));
                }
            }
        }
        Ok(false)
    }

    /// The operator accepts that what nobody has brought is lost. Letters that were given out since may be given out again.
    pub(crate) fn accept_loss(&mut self, place: &Place) -> Checked {
        restored::accept_loss(&self.machines[OFFICE].folder).map_err(told("accepting the loss"))?;
        self.model.copied(&format!("{}{}", place.store, place.till));
        self.say("the loss is accepted");
        self.count("loss accepted");
        Ok(())
    }

    /// A code from head office; none while it is down or cannot make one.
    fn new_code(&mut self, place: &Place) -> Checked<Option<String>> {
        let office = &self.machines[OFFICE];
        if !office.is_up() {
            return Ok(None);
        }
        let (entropy, folder) = (office.surroundings.entropy.clone(), office.folder.clone());
        let now = office.clock()();
        self.begin(OFFICE);
        let made = one_time_code_from(&entropy, &folder, None, &place.store, &place.till, now);
        self.bury()?;
        match made {
            Ok(code) => Ok(Some(code)),
            Err(refusal) => {
                self.excused(OFFICE, &format!("a code: {}", refusal.message()))?;
                Ok(None)
            }
        }
    }

    /// A machine that fills holds all that head office holds.
    pub(crate) fn filled(&mut self, machine: usize, step: Step) -> Checked {
        let State::Joining { joined: true, .. } = self.machines[machine].state else {
            return Ok(());
        };
        let Some(app) = self.machines[machine].app.clone().filter(|_| step == Step::Equal) else {
            return Ok(());
        };
        self.begin(machine);
        let whole = app::joining::set_whole(app.replica());
        drop(app);
        self.bury()?;
        match whole {
            Ok(()) => {
                self.machines[machine].state = State::Sound;
                let name = self.machines[machine].name.clone();
                self.say(&format!("{name} is whole at {}", self.time.load(Ordering::SeqCst)));
                Ok(())
            }
            Err(refusal) => self.excused(machine, &format!("a whole till: {}", refusal.message())),
        }
    }
}
