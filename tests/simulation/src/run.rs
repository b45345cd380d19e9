//! One run: a chain of machines, trade and trouble for so many steps, then healing, then what must be true.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use app::setup::{Founding, found_in};
use app::{App, Caller};
use model::ids::Id;
use model::requests::catalogue::ProductCreate;
use model::requests::people::{RoleAt, UsersAdd};
use model::role::Role;

use crate::away::Away;
use crate::check;
use crate::counts::COUNTING;
use crate::dice::Dice;
use crate::disk::{self, Retired};
use crate::habits::{self, Event, Habits};
use crate::job::{Done, Job, is_unsettled, perform};
use crate::machine::{Machine, Place, State, Time};
use crate::model::{Ack, Model, Task};
use crate::people::{self, PASSWORD};
use crate::rogue::Rogue;

/// 2026-03-30 06:30 UTC: noon at the stores, two days before the business year ends.
const START: i64 = 1_774_852_200_000;
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const DAY: i64 = 24 * 60 * MINUTE;
/// Head office is the first machine.
pub const OFFICE: usize = 0;

/// What a run is made of.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub seed: u64,
    /// Things that happen before healing.
    pub steps: u32,
    /// Tells every step on stderr.
    pub verbose: bool,
}

/// What a run saw, for the record and to be sure that it was no walk in the park.
#[derive(Debug, Default, Clone)]
pub struct Report {
    /// How often what happened.
    pub seen: BTreeMap<String, u64>,
    /// Hash of the whole trace: the same seed gives the same.
    pub trace: String,
    pub commits: u64,
}

/// What broke, and when.
#[derive(Debug, Clone)]
pub struct Broken {
    pub step: u32,
    pub what: String,
    pub trace: String,
}

pub struct World {
    pub machines: Vec<Machine>,
    pub model: Model,
    pub who: Caller,
    pub(crate) root: PathBuf,
    pub(crate) clones: usize,
    /// Head office has closed a device.
    pub(crate) closed: bool,
    /// Which one: it hears nothing more than that, on whatever machine its folder is.
    pub(crate) closed_device: Option<Id>,
    pub(crate) away: Option<Away>,
    /// Requests that the backup of head office holds.
    pub(crate) backed_up: BTreeSet<Id>,
    /// Some machines run the next level's program.
    pub two_levels: bool,
    /// Bits have rotted somewhere: what was sent from there may lie at servers, set aside or waiting.
    pub rotted: bool,
    /// A third of the seeds have one.
    pub rogue: Option<Rogue>,
    pub(crate) time: Time,
    pub(crate) dice: Dice,
    /// For statements and levels, which came later: what they draw moves nothing else.
    pub(crate) words: Dice,
    /// For counts, which came later still.
    pub(crate) shelf: Dice,
    /// Somebody counts in this run.
    pub(crate) counting: bool,
    habits: Habits,
    step: u32,
    verbose: bool,
    hash: blake3::Hasher,
    pub seen: BTreeMap<String, u64>,
}

pub(crate) type Checked<T = ()> = Result<T, String>;

/// Runs a plan.
///
/// # Errors
/// What was not as it must be.
pub fn run(plan: &Plan) -> Result<Report, Box<Broken>> {
    disk::install();
    disk::reseed(plan.seed);
    let root = match scratch() {
        Ok(root) => root,
        Err(error) => return Err(broken(0, format!("no scratch folder: {error}"), "")),
    };
    let _retired = Retired(root.path().to_owned());
    let mut step = 0;
    let mut trace = String::new();
    let mut report = Report::default();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut world = World::found(root.path(), plan)?;
        let outcome = world.live(plan.steps).and_then(|()| world.heal());
        step = world.step;
        trace = world.hash.finalize().to_hex().to_string();
        report.seen = std::mem::take(&mut world.seen);
        report.trace.clone_from(&trace);
        report.commits = world.model.acks.len() as u64;
        outcome
    }));
    match outcome {
        Ok(Ok(())) => Ok(report),
        Ok(Err(what)) => Err(broken(step, what, &trace)),
        Err(panic) => {
            let said = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied());
            let what = format!("panic: {}", said.unwrap_or("without a word"));
            Err(broken(step, what, &trace))
        }
    }
}

fn broken(step: u32, what: String, trace: &str) -> Box<Broken> {
    Box::new(Broken {
        step,
        what,
        trace: trace.to_owned(),
    })
}

/// In memory where there is memory to write to: the disk's slowness proves nothing here.
fn scratch() -> std::io::Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    let builder = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix("fovea-simulation-");
        builder
    };
    if memory.is_dir() {
        builder().tempdir_in(memory)
    } else {
        builder().tempdir()
    }
}

pub(crate) fn told(what: &str) -> impl FnOnce(model::refusal::Refusal) -> String {
    let what = what.to_owned();
    move |refusal| format!("{what}: {} ({})", refusal.code(), refusal.message())
}

impl World {
    fn found(root: &Path, plan: &Plan) -> Checked<Self> {
        let mut dice = Dice::new(plan.seed);
        let time: Time = Arc::new(AtomicI64::new(START));
        let mut office = Machine::new(root, "office", None, &time, &mut dice).map_err(|error| error.to_string())?;
        let founding = Founding {
            organisation: "Aurel Optics",
            profile: "in-gst",
            admin: "root",
            password: PASSWORD,
            till: None,
        };
        found_in(&office.folder, &founding, &office.clock(), &office.surroundings).map_err(told("founding"))?;
        office.start().map_err(told("starting head office"))?;
        let app = office.app.clone().ok_or("head office did not start")?;
        let who = app.check_password("root", PASSWORD).map_err(told("signing in"))?;
        let mut shelf = Dice::new(plan.seed.rotate_left(32));
        let mut world = Self {
            machines: vec![office],
            model: Model::default(),
            who: who.clone(),
            root: root.to_owned(),
            clones: 0,
            closed: false,
            closed_device: None,
            away: None,
            backed_up: BTreeSet::new(),
            two_levels: false,
            rotted: false,
            rogue: None,
            time,
            habits: Habits::draw(&mut dice),
            dice,
            words: Dice::new(!plan.seed),
            counting: shelf.permille(COUNTING),
            shelf,
            step: 0,
            verbose: plan.verbose,
            hash: blake3::Hasher::new(),
            seen: BTreeMap::new(),
        };
        let add = UsersAdd {
            login: "asha".to_owned(),
            name: "Asha".to_owned(),
            password: PASSWORD.to_owned(),
            roles: vec![RoleAt {
                role: Role::Cashier,
                store: None,
            }],
        };
        app.call(&who, add, None).map_err(told("adding a person"))?;
        for number in 0..6 {
            let fields = people::product(&format!("P{number}"), &mut world.dice);
            app.call(&who, ProductCreate { fields }, None)
                .map_err(told("adding a product"))?;
            world.model.products.insert(format!("P{number}"));
            world.model.first_products.insert(format!("P{number}"));
        }
        drop(app);
        world.machines[OFFICE].serve().map_err(told("serving"))?;
        let stores = 2 + world.dice.below(2);
        let tills = stores + 1 + world.dice.below(2);
        if world.dice.permille(350) {
            world.open_relay()?;
        }
        for number in 0..tills {
            let place = Place {
                store: format!("S{}", number % stores + 1),
                till: format!("T{}", number / stores + 1),
            };
            world.enrol(place)?;
        }
        if world.dice.permille(330)
            && let Some(server) = world.machines[OFFICE].server()
        {
            world.rogue = Some(Rogue::enrol(&server, &mut world.dice)?);
        }
        if world.dice.permille(300) {
            world.part_levels()?;
        }
        Ok(world)
    }

    /// The rogue sends something.
    fn lie(&mut self) -> Checked {
        let Some(mut rogue) = self.rogue.take() else {
            return Ok(());
        };
        if self.machines[OFFICE].is_up()
            && let Some(server) = self.machines[OFFICE].server()
        {
            self.begin(OFFICE);
            let outcome = rogue.act(&server, &mut self.dice);
            drop(server);
            self.bury()?;
            match outcome {
                Ok(said) => self.say(&format!("rogue {said}")),
                Err(why) => self.excused(OFFICE, &why)?,
            }
            self.count("rogue");
        }
        self.rogue = Some(rogue);
        Ok(())
    }

    pub(crate) fn say(&mut self, line: &str) {
        self.hash.update(line.as_bytes()).update(b"\n");
        if self.verbose {
            eprintln!("{:>5} {line}", self.step);
        }
    }

    pub(crate) fn count(&mut self, what: impl Into<String>) {
        *self.seen.entry(what.into()).or_default() += 1;
    }

    /// Trade and trouble.
    fn live(&mut self, steps: u32) -> Checked {
        for step in 1..=steps {
            self.step = step;
            self.pass_time();
            self.miss();
            self.bring_back()?;
            let machine = self.somebody();
            self.count_goods(machine)?;
            match self.habits.event(&mut self.dice) {
                Event::Work => self.work(machine)?,
                Event::Sync => self.sync(machine)?,
                Event::Trouble => self.trouble(machine)?,
                Event::Weather => self.weather(machine),
                Event::Checkpoint => self.checkpoint(machine)?,
                Event::Verify => self.verify(machine)?,
                Event::Backup => self.back_up(machine)?,
                Event::Snapshot => self.make_snapshot()?,
                Event::Fold => self.make_checkpoint()?,
                Event::Rogue => self.lie()?,
            }
        }
        Ok(())
    }

    /// Whoever the next thing happens to; head office a little more often than others.
    fn somebody(&mut self) -> usize {
        if self.dice.permille(100) {
            return OFFICE;
        }
        self.dice.below(self.machines.len() as u64) as usize
    }

    fn pass_time(&mut self) {
        let by = match self.dice.below(1_000) {
            0..940 => self.dice.between(500, 4 * MINUTE),
            940..990 => self.dice.between(MINUTE, 300 * MINUTE),
            _ => self.dice.between(DAY / 2, 2 * DAY),
        };
        self.time.fetch_add(by, Ordering::SeqCst);
    }

    /// Machines that were down long enough start, disks that were full long enough are freed.
    fn bring_back(&mut self) -> Checked {
        for machine in 0..self.machines.len() {
            if self.machines[machine].full == 1 {
                self.machines[machine].disk.set_full(false);
                self.say(&format!("{} freed", self.machines[machine].name.clone()));
            }
            self.machines[machine].full = self.machines[machine].full.saturating_sub(1);
            let unjoined = matches!(self.machines[machine].state, State::Joining { joined: false, .. });
            if self.machines[machine].down == 1 && !unjoined {
                self.start(machine)?;
            }
            self.machines[machine].down = self.machines[machine].down.saturating_sub(1);
            self.replace_rotten(machine, false)?;
        }
        Ok(())
    }

    pub(crate) fn start(&mut self, machine: usize) -> Checked {
        let name = self.machines[machine].name.clone();
        self.machines[machine].disk.revive();
        // Somebody who starts a till that does not start looks at its disk.
        self.machines[machine].disk.set_full(false);
        let opened = self.machines[machine]
            .start()
            .and_then(|()| self.machines[machine].serve());
        if let Err(refusal) = opened {
            self.machines[machine].stop();
            return if self.notice(machine, refusal.code()) {
                Ok(())
            } else {
                Err(told(&format!("{name} does not start again"))(refusal))
            };
        }
        self.say(&format!("{name} started"));
        if self.machines[machine].is_rotten() {
            return Ok(());
        }
        check::kept(self, machine)
    }

    /// The machine is gone between two instructions.
    pub(crate) fn crash(&mut self, machine: usize) -> Checked {
        let power = self.dice.permille(500);
        let name = self.machines[machine].name.clone();
        self.machines[machine].disk.die();
        self.machines[machine].stop();
        if power {
            let disk = self.machines[machine].disk.clone();
            disk.cut_power(&mut self.dice).map_err(|error| error.to_string())?;
        }
        self.machines[machine].down = 2 + self.dice.below(20) as u32;
        self.count(if power { "power cut" } else { "killed" });
        self.say(&format!("{name} {}", if power { "lost power" } else { "was killed" }));
        Ok(())
    }

    /// Whoever died of a fault is taken down for good.
    pub(crate) fn bury(&mut self) -> Checked {
        for machine in 0..self.machines.len() {
            let died_joining = matches!(self.machines[machine].state, State::Joining { joined: false, .. })
                && self.machines[machine].down == 0;
            let ran = self.machines[machine].app.is_some() || died_joining;
            if ran && self.machines[machine].disk.is_dead() {
                self.crash(machine)?;
            }
        }
        Ok(())
    }

    pub(crate) fn work(&mut self, machine: usize) -> Checked {
        if !self.machines[machine].is_up() || !self.machines[machine].is_manned() {
            return Ok(());
        }
        let Some(app) = self.machines[machine].app.clone() else {
            return Ok(());
        };
        self.begin(machine);
        let task = match self.machines[machine].pending.clone() {
            Some(task) => task,
            None => match people::next(&app, &self.who, &self.model, &mut self.dice) {
                Ok(Some(task)) => task,
                Ok(None) => return Ok(()),
                // What it asks about was erased meanwhile.
                Err(refusal) if !is_unsettled(&refusal) => return Ok(()),
                Err(refusal) => {
                    drop(app);
                    self.bury()?;
                    return self.excused(machine, &format!("a query: {}", refusal.message()));
                }
            },
        };
        self.attempt(machine, &app, task)?;
        drop(app);
        self.bury()
    }

    /// A failure is only right when the disk failed while it was worked on; a fault of a moment ago is no excuse.
    pub(crate) fn excused(&mut self, machine: usize, what: &str) -> Checked {
        if self.notice(machine, what) {
            return Ok(());
        }
        let faults = self.machines[machine].disk.faults();
        if self.machines[machine].is_up() && faults == self.machines[machine].faults {
            return Err(format!(
                "{} failed on a sound disk: {what}",
                self.machines[machine].name
            ));
        }
        Ok(())
    }

    /// From here on a fault of the disk is an excuse.
    pub(crate) fn begin(&mut self, machine: usize) {
        self.machines[machine].faults = self.machines[machine].disk.faults();
    }

    pub(crate) fn attempt(&mut self, machine: usize, app: &App, task: Task) -> Checked {
        let again = self.machines[machine].pending.is_some();
        let outcome = perform(app, &self.who, &task.job, task.request);
        let word = task.job.word();
        let name = self.machines[machine].name.clone();
        match outcome {
            Ok(done) => {
                self.say(&format!("{name} {word}: {done:?}"));
                self.count(word);
                if again {
                    self.count("settled by sending again");
                }
                self.machines[machine].pending = None;
                let store = self.machines[machine].place.as_ref().map(|place| place.store.clone());
                let committed = check::is_committed(app, task.request)?;
                let may_be_nothing = matches!(
                    task.job,
                    Job::SignIn | Job::Customer(_) | Job::Product(_) | Job::Write(_)
                );
                if !committed && !may_be_nothing {
                    return Err(format!("{name} answered a {word} of which there is no commit"));
                }
                let mut task = task;
                if let Done::Sold(sale, number) = &done
                    && again
                    && self.model.may_repeat(number)
                {
                    // Its copy may have opened another session meanwhile, which is the device's.
                    task.day = check::day_of(app, *sale)?.unwrap_or(task.day);
                }
                let saw = match &task.job {
                    Job::Customer(_) if committed => check::read_before(app, task.request)?,
                    _ => BTreeSet::new(),
                };
                let moves = !task.goods.is_empty() || matches!(task.job, Job::Count(_));
                let moment = (self.counting && moves && committed)
                    .then(|| check::moment(app, task.request))
                    .transpose()?;
                let ack = Ack {
                    machine,
                    task,
                    done,
                    committed,
                    away: false,
                    store,
                    saw,
                    moment,
                };
                self.model.acknowledge(ack)
            }
            Err(refusal) if is_unsettled(&refusal) || self.machines[machine].disk.is_dead() => {
                self.say(&format!("{name} {word}: unsettled, {}", refusal.code()));
                self.count(format!("unsettled: {}", refusal.code()));
                self.excused(machine, &format!("{word}: {}", refusal.message()))?;
                // A sign-in has no id of its own: it is not sent again.
                self.machines[machine].pending = (!matches!(task.job, Job::SignIn)).then_some(task);
                Ok(())
            }
            Err(refusal) => {
                self.say(&format!("{name} {word}: refused, {}", refusal.code()));
                self.count(format!("refused: {}", refusal.code()));
                if refusal.code() == "request_id_reused" {
                    return Err(format!(
                        "{name} {word}: sent again, it was told that its id is another's"
                    ));
                }
                self.machines[machine].pending = None;
                self.model.refused.insert(task.request);
                Ok(())
            }
        }
    }

    fn trouble(&mut self, machine: usize) -> Checked {
        let Some(trouble) = self.habits.trouble(&mut self.dice) else {
            return Ok(());
        };
        if !self.machines[machine].is_up() || self.machines[machine].is_rotten() {
            return Ok(());
        }
        let name = self.machines[machine].name.clone();
        let disk = self.machines[machine].disk.clone();
        match trouble {
            habits::Trouble::Dies => {
                if self.dice.permille(400) {
                    disk.die_at_sync();
                    self.say(&format!("{name} dies at its next sync"));
                } else {
                    let after = self.dice.below(60);
                    disk.die_after(after);
                    self.say(&format!("{name} dies after {after}"));
                }
            }
            habits::Trouble::Gone => self.crash(machine)?,
            habits::Trouble::Full => {
                disk.set_full(true);
                self.machines[machine].full = 3 + self.dice.below(25) as u32;
                self.say(&format!("{name} is full"));
                self.count("disk full");
            }
            habits::Trouble::SyncFails => {
                let after = self.dice.below(4);
                disk.fail_a_sync_after(after);
                self.say(&format!("{name} fails a sync after {after}"));
                self.count("sync fails");
            }
            habits::Trouble::Clock => {
                let skew = match self.dice.below(10) {
                    0..3 => 0,
                    3..6 => self.dice.between(-30 * MINUTE, 30 * MINUTE),
                    6..9 => self.dice.between(-20, 20) * DAY,
                    _ => 73 * 365 * DAY,
                };
                self.machines[machine].set_skew(skew);
                self.say(&format!("{name} clock {skew}"));
                self.count("clock moved");
            }
            habits::Trouble::Stopped => {
                self.machines[machine].stop();
                self.count("stopped");
                self.say(&format!("{name} stopped"));
                self.machines[machine].down = 1;
            }
            habits::Trouble::Restored => self.restore(machine)?,
            habits::Trouble::Cloned => self.clone_machine(machine)?,
            habits::Trouble::Closed => self.close_device(machine)?,
            habits::Trouble::Rots => self.rot(machine)?,
            habits::Trouble::Burns => self.burn(machine)?,
            habits::Trouble::Away => self.go_away(machine)?,
            habits::Trouble::Upgraded => self.upgrade(machine)?,
        }
        Ok(())
    }

    fn checkpoint(&mut self, machine: usize) -> Checked {
        let Some(app) = self.machines[machine]
            .app
            .clone()
            .filter(|_| self.machines[machine].is_up())
        else {
            return Ok(());
        };
        self.begin(machine);
        let outcome = app.replica().checkpoint();
        drop(app);
        self.say(&format!("checkpoint {machine} {}", outcome.is_ok()));
        self.count("checkpoint");
        self.bury()?;
        match outcome {
            Ok(()) => Ok(()),
            Err(error) => self.excused(machine, &format!("checkpoint: {error}")),
        }
    }

    pub(crate) fn verify(&mut self, machine: usize) -> Checked {
        let Some(app) = self.machines[machine]
            .app
            .clone()
            .filter(|_| self.machines[machine].is_up())
        else {
            return Ok(());
        };
        self.begin(machine);
        let outcome = app.replica().verify();
        drop(app);
        self.bury()?;
        self.count("verify");
        match outcome {
            Ok(findings) => match check::no_mismatch(&self.machines[machine].name, &findings) {
                Err(what) if !self.notice(machine, &what) => Err(what),
                _ => Ok(()),
            },
            Err(error) => self.excused(machine, &format!("verify: {error}")),
        }
    }
}
