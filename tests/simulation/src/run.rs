//! One run: a chain of machines, trade and trouble for so many steps, then healing, then what must be true.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError};

use app::setup::{Enrolling, Founding, found_in};
use app::{App, Caller, joining};
use fovea_server::{Log, Server};
use model::ids::{Hash, Id};
use model::requests::catalogue::ProductCreate;
use model::requests::ends::{DeviceClose, DeviceRelease};
use model::requests::office::OfficeDevices;
use model::requests::people::{RoleAt, UsersAdd};
use model::role::Role;
use sync::{Peer, Step, Trouble};

use crate::check;
use crate::dice::Dice;
use crate::disk::{self, Retired};
use crate::habits::{self, Event, Habits};
use crate::job::{Job, is_unsettled, perform};
use crate::link::{Link, Office, Weather};
use crate::machine::{Machine, Place, Time};
use crate::model::{Ack, Model, Task};
use crate::people::{self, PASSWORD};
use crate::rogue::Rogue;

/// 2026-03-30 06:30 UTC: noon at the stores, two days before the business year ends.
const START: i64 = 1_774_852_200_000;
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// Rounds over all tills after healing; a run that needs more does not end.
const MAX_ROUNDS: usize = 30;
/// Exchanges of a till in one round after healing.
const MAX_EXCHANGES: usize = 60;
/// Times that head office lets in what came late of a closed device.
const MAX_RELEASES: usize = 4;
/// Tries of a request on sound machines.
const MAX_TRIES: usize = 3;
/// Machines that run from another's folder, in one run.
const MAX_CLONES: usize = 2;
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
    pub office: Office,
    links: Vec<Link>,
    peers: Vec<Option<Peer>>,
    /// What a machine has sent and has no answer to.
    pending: Vec<Option<Task>>,
    /// Steps until a machine is started again.
    down: Vec<u32>,
    /// Steps until somebody frees the disk.
    full: Vec<u32>,
    /// Faults of each disk when its machine was last asked for anything.
    faults: Vec<u64>,
    pub model: Model,
    pub who: Caller,
    root: PathBuf,
    clones: usize,
    /// Head office has closed a device.
    closed: bool,
    /// A third of the seeds have one.
    pub rogue: Option<Rogue>,
    time: Time,
    dice: Dice,
    habits: Habits,
    step: u32,
    verbose: bool,
    hash: blake3::Hasher,
    pub seen: BTreeMap<String, u64>,
}

type Checked<T = ()> = Result<T, String>;

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

fn told(what: &str) -> impl FnOnce(model::refusal::Refusal) -> String {
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
        let mut world = Self {
            machines: vec![office],
            office: Office::default(),
            links: Vec::new(),
            peers: vec![None],
            pending: vec![None],
            down: vec![0],
            full: vec![0],
            faults: vec![0],
            model: Model::default(),
            who: who.clone(),
            root: root.to_owned(),
            clones: 0,
            closed: false,
            rogue: None,
            time,
            habits: Habits::draw(&mut dice),
            dice,
            step: 0,
            verbose: plan.verbose,
            hash: blake3::Hasher::new(),
            seen: BTreeMap::new(),
        };
        world.links.push(Link::new(&world.office, &mut world.dice));
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
        world.serve()?;
        let stores = 2 + world.dice.below(2);
        let tills = stores + 1 + world.dice.below(2);
        for number in 0..tills {
            let place = Place {
                store: format!("S{}", number % stores + 1),
                till: format!("T{}", number / stores + 1),
            };
            world.enrol(root, place)?;
        }
        if world.dice.permille(330)
            && let Some(server) = world.server()
        {
            world.rogue = Some(Rogue::enrol(&server, &mut world.dice)?);
        }
        Ok(world)
    }

    fn server(&self) -> Option<Arc<Server>> {
        self.office.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The rogue sends something.
    fn lie(&mut self) -> Checked {
        let Some(mut rogue) = self.rogue.take() else {
            return Ok(());
        };
        if self.machines[OFFICE].is_up()
            && let Some(server) = self.server()
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

    /// Puts what runs at head office on the other end of every line.
    fn serve(&mut self) -> Checked {
        let server = match self.machines[OFFICE].app.clone() {
            Some(app) => Some(Server::over(app, Log::Silent, false).map_err(told("serving"))?),
            None => None,
        };
        *self.office.lock().unwrap_or_else(PoisonError::into_inner) = server;
        Ok(())
    }

    fn enrol(&mut self, root: &Path, place: Place) -> Checked {
        let name = format!("{}{}", place.store, place.till);
        let mut till = Machine::new(root, &name, Some(place.clone()), &self.time, &mut self.dice)
            .map_err(|error| error.to_string())?;
        let keys = joining::pending_keys(&till.folder, &till.surroundings.entropy).map_err(told("keys of a till"))?;
        let server = self.server().ok_or("head office is down")?;
        let enrolling = Enrolling {
            store: &place.store,
            till: &place.till,
            key: keys.device.verifying_key().to_bytes(),
            spare: keys.spare.verifying_key().to_bytes(),
        };
        let certificates = server.store.enrol(&enrolling).map_err(told("enrolling"))?;
        let own = certificates
            .iter()
            .filter_map(|bytes| journal::Certificate::from_bytes(bytes).ok())
            .find(|certificate| certificate.key == enrolling.key)
            .ok_or("no certificate for the till")?
            .id();
        let joined = joining::Joined {
            organisation_key: server.organisation_key,
            certificates,
            own,
            keys: &keys,
            server: "http://127.0.0.1:1",
            code: Hash([7; 32]),
            now: self.time.load(Ordering::SeqCst),
        };
        joining::join(&till.folder, None, joined).map_err(told("joining"))?;
        till.start().map_err(told("starting a till"))?;
        self.add(till);
        let till = self.machines.len() - 1;
        for _ in 0..MAX_EXCHANGES {
            if self.exchange(till)? == Some(Step::Equal) {
                let app = self.machines[till].app.as_ref().ok_or("the till is down")?;
                return joining::set_whole(app.replica()).map_err(told("a whole till"));
            }
        }
        Err(format!("{name} does not come to hold what head office holds"))
    }

    fn say(&mut self, line: &str) {
        self.hash.update(line.as_bytes()).update(b"\n");
        if self.verbose {
            eprintln!("{:>5} {line}", self.step);
        }
    }

    fn count(&mut self, what: impl Into<String>) {
        *self.seen.entry(what.into()).or_default() += 1;
    }

    /// Trade and trouble.
    fn live(&mut self, steps: u32) -> Checked {
        for step in 1..=steps {
            self.step = step;
            self.pass_time();
            self.bring_back()?;
            let machine = self.dice.below(self.machines.len() as u64) as usize;
            match self.habits.event(&mut self.dice) {
                Event::Work => self.work(machine)?,
                Event::Sync => self.sync(machine)?,
                Event::Trouble => self.trouble(machine)?,
                Event::Weather => self.weather(machine),
                Event::Checkpoint => self.checkpoint(machine)?,
                Event::Verify => self.verify(machine)?,
                Event::Backup => self.back_up(machine)?,
                Event::Rogue => self.lie()?,
            }
        }
        Ok(())
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
            if self.full[machine] == 1 {
                self.machines[machine].disk.set_full(false);
                self.say(&format!("{} freed", self.machines[machine].name.clone()));
            }
            self.full[machine] = self.full[machine].saturating_sub(1);
            if self.down[machine] == 1 {
                self.start(machine)?;
            }
            self.down[machine] = self.down[machine].saturating_sub(1);
        }
        Ok(())
    }

    fn start(&mut self, machine: usize) -> Checked {
        let name = self.machines[machine].name.clone();
        self.machines[machine].disk.revive();
        // Somebody who starts a till that does not start looks at its disk.
        self.machines[machine].disk.set_full(false);
        self.machines[machine]
            .start()
            .map_err(told(&format!("{name} does not start again")))?;
        if machine == OFFICE {
            self.serve()?;
        }
        self.say(&format!("{name} started"));
        check::kept(self, machine)
    }

    /// The machine is gone between two instructions.
    fn crash(&mut self, machine: usize) -> Checked {
        let power = self.dice.permille(500);
        let name = self.machines[machine].name.clone();
        self.machines[machine].disk.die();
        self.stop(machine);
        if power {
            let disk = self.machines[machine].disk.clone();
            disk.cut_power(&mut self.dice).map_err(|error| error.to_string())?;
        }
        self.down[machine] = 2 + self.dice.below(20) as u32;
        self.count(if power { "power cut" } else { "killed" });
        self.say(&format!("{name} {}", if power { "lost power" } else { "was killed" }));
        Ok(())
    }

    /// Whoever died of a fault is taken down for good.
    fn bury(&mut self) -> Checked {
        for machine in 0..self.machines.len() {
            if self.machines[machine].app.is_some() && self.machines[machine].disk.is_dead() {
                self.crash(machine)?;
            }
        }
        Ok(())
    }

    fn work(&mut self, machine: usize) -> Checked {
        if !self.machines[machine].is_up() {
            return Ok(());
        }
        let Some(app) = self.machines[machine].app.clone() else {
            return Ok(());
        };
        self.begin(machine);
        let task = match self.pending[machine].clone() {
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
    fn excused(&mut self, machine: usize, what: &str) -> Checked {
        let faults = self.machines[machine].disk.faults();
        if self.machines[machine].is_up() && faults == self.faults[machine] {
            return Err(format!(
                "{} failed on a sound disk: {what}",
                self.machines[machine].name
            ));
        }
        Ok(())
    }

    /// From here on a fault of the disk is an excuse.
    fn begin(&mut self, machine: usize) {
        self.faults[machine] = self.machines[machine].disk.faults();
    }

    fn attempt(&mut self, machine: usize, app: &App, task: Task) -> Checked {
        let again = self.pending[machine].is_some();
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
                self.pending[machine] = None;
                let store = self.machines[machine].place.as_ref().map(|place| place.store.clone());
                let committed = check::is_committed(app, task.request)?;
                let may_be_nothing = matches!(
                    task.job,
                    Job::SignIn | Job::Customer(_) | Job::Product(_) | Job::Write(_)
                );
                if !committed && !may_be_nothing {
                    return Err(format!("{name} answered a {word} of which there is no commit"));
                }
                let ack = Ack {
                    machine,
                    task,
                    done,
                    committed,
                    away: false,
                    store,
                };
                self.model.acknowledge(ack)
            }
            Err(refusal) if is_unsettled(&refusal) || self.machines[machine].disk.is_dead() => {
                self.say(&format!("{name} {word}: unsettled, {}", refusal.code()));
                self.count(format!("unsettled: {}", refusal.code()));
                self.excused(machine, &format!("{word}: {}", refusal.message()))?;
                // A sign-in has no id of its own: it is not sent again.
                self.pending[machine] = (!matches!(task.job, Job::SignIn)).then_some(task);
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
                self.pending[machine] = None;
                self.model.refused.insert(task.request);
                Ok(())
            }
        }
    }

    fn sync(&mut self, machine: usize) -> Checked {
        let machine = machine.max(1);
        if self.dice.permille(300)
            && let Some(peer) = &mut self.peers[machine]
        {
            peer.begin();
        }
        for _ in 0..self.dice.between(1, 5) {
            if self.exchange(machine)? != Some(Step::Moved) {
                break;
            }
        }
        Ok(())
    }

    /// One exchange of a till; none when it or the line was down.
    fn exchange(&mut self, machine: usize) -> Checked<Option<Step>> {
        if !self.machines[machine].is_up() {
            return Ok(None);
        }
        let name = self.machines[machine].name.clone();
        let Some(app) = self.machines[machine].app.clone() else {
            return Ok(None);
        };
        self.begin(machine);
        let link = self.links[machine].clone();
        if self.peers[machine].is_none() {
            match Peer::over(&app, Box::new(link)) {
                Ok(peer) => self.peers[machine] = Some(peer),
                Err(refusal) => {
                    drop(app);
                    self.bury()?;
                    self.excused(machine, &refusal.message())?;
                    return Ok(None);
                }
            }
        }
        drop(app);
        let outcome = match &mut self.peers[machine] {
            Some(peer) => peer.step(),
            None => return Ok(None),
        };
        let step = match outcome {
            Ok(step) => {
                self.say(&format!("{name} exchange: {step:?}"));
                self.count(format!("exchange: {step:?}"));
                Some(step)
            }
            Err(Trouble::Away(why)) => {
                self.say(&format!("{name} exchange: away, {why}"));
                self.count("exchange: away");
                None
            }
            Err(trouble) => {
                let refusal = trouble.refusal();
                self.say(&format!("{name} exchange: {}", refusal.code()));
                self.count(format!("exchange: {}", refusal.code()));
                if !is_unsettled(&refusal) {
                    return Err(format!(
                        "{name} may not sync: {} ({})",
                        refusal.code(),
                        refusal.message()
                    ));
                }
                self.bury()?;
                self.excused(machine, &format!("sync: {}", refusal.message()))?;
                None
            }
        };
        self.bury()?;
        Ok(step)
    }

    fn trouble(&mut self, machine: usize) -> Checked {
        let Some(trouble) = self.habits.trouble(&mut self.dice) else {
            return Ok(());
        };
        if !self.machines[machine].is_up() {
            return Ok(());
        }
        let name = self.machines[machine].name.clone();
        let disk = self.machines[machine].disk.clone();
        match trouble {
            habits::Trouble::Dies => {
                let after = self.dice.below(60);
                disk.die_after(after);
                self.say(&format!("{name} dies after {after}"));
            }
            habits::Trouble::Gone => self.crash(machine)?,
            habits::Trouble::Full => {
                disk.set_full(true);
                self.full[machine] = 3 + self.dice.below(25) as u32;
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
                self.stop(machine);
                self.count("stopped");
                self.say(&format!("{name} stopped"));
                self.down[machine] = 1;
            }
            habits::Trouble::Restored => self.restore(machine)?,
            habits::Trouble::Cloned => self.clone_machine(machine)?,
            habits::Trouble::Closed => self.close_device(machine)?,
        }
        Ok(())
    }

    fn backup(&self, machine: usize) -> PathBuf {
        self.root.join(format!("backup-{machine}"))
    }

    fn back_up(&mut self, machine: usize) -> Checked {
        if machine == OFFICE || !self.machines[machine].is_up() {
            return Ok(());
        }
        self.say(&format!("backup {machine}"));
        self.count("backup");
        let to = self.backup(machine);
        self.machines[machine].copy_to(&to).map_err(|error| error.to_string())
    }

    /// The disk is replaced, and an old copy put on it. What stood on the old one alone is lost with it.
    fn restore(&mut self, machine: usize) -> Checked {
        let from = self.backup(machine);
        let all_up = (0..self.machines.len()).all(|other| self.machines[other].is_up());
        if !from.exists() || !all_up || self.pending[machine].is_some() {
            return Ok(());
        }
        let mut elsewhere = BTreeSet::new();
        for other in (0..self.machines.len()).filter(|other| *other != machine) {
            elsewhere.extend(check::requests_at(self, other)?);
        }
        self.stop(machine);
        self.links[machine].clear();
        self.machines[machine]
            .copy_from(&from)
            .map_err(|error| error.to_string())?;
        self.note_copied(machine);
        let name = self.machines[machine].name.clone();
        self.machines[machine]
            .start()
            .map_err(told(&format!("{name} does not start from a copy")))?;
        let here: BTreeSet<Id> = check::requests_at(self, machine)?;
        let mut lost = BTreeSet::new();
        for ack in &mut self.model.acks {
            let id = ack.task.request;
            if ack.machine == machine && ack.committed && !here.contains(&id) {
                ack.away = elsewhere.contains(&id);
                if !ack.away {
                    lost.insert(id);
                }
            }
        }
        self.say(&format!("{name} restored, {} lost", lost.len()));
        self.count("restored");
        self.model.forget(&lost)
    }

    fn note_copied(&mut self, machine: usize) {
        if let Some(Place { store, till }) = &self.machines[machine].place {
            let device = format!("{store}{till}");
            self.model.copied(&device);
        }
    }

    /// An old copy of a till runs beside it.
    fn clone_machine(&mut self, machine: usize) -> Checked {
        let from = self.backup(machine);
        if !from.exists() || self.clones >= MAX_CLONES {
            return Ok(());
        }
        self.clones += 1;
        self.note_copied(machine);
        let name = format!("{}-copy{}", self.machines[machine].name, self.clones);
        let place = self.machines[machine].place.clone();
        let mut copy =
            Machine::new(&self.root, &name, place, &self.time, &mut self.dice).map_err(|error| error.to_string())?;
        copy.copy_from(&from).map_err(|error| error.to_string())?;
        copy.start().map_err(told(&format!("{name} does not start")))?;
        self.add(copy);
        self.say(&format!("{name} runs"));
        self.count("cloned");
        Ok(())
    }

    /// Head office closes a device, once in a run.
    fn close_device(&mut self, machine: usize) -> Checked {
        let device = match &self.machines[machine].app {
            Some(app) if machine != OFFICE => app.place().device,
            _ => return Ok(()),
        };
        let Some(office) = self.machines[OFFICE]
            .app
            .clone()
            .filter(|_| self.machines[OFFICE].is_up())
        else {
            return Ok(());
        };
        if self.closed || self.pending[OFFICE].is_some() {
            return Ok(());
        }
        self.closed = true;
        let close = DeviceClose {
            device,
            reason: "stolen, it was said".to_owned(),
        };
        self.order(&office, Job::CloseDevice(close))
    }

    /// Head office does something out of turn.
    fn order(&mut self, office: &App, job: Job) -> Checked {
        let task = Task {
            request: people::request(&mut self.dice),
            ..people::plain(job)
        };
        self.begin(OFFICE);
        self.attempt(OFFICE, office, task)?;
        self.bury()
    }

    /// What came late of closed devices was honest after all; says whether there was any.
    fn release(&mut self) -> Checked<bool> {
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

    fn add(&mut self, machine: Machine) {
        self.machines.push(machine);
        self.links.push(Link::new(&self.office, &mut self.dice));
        self.peers.push(None);
        self.pending.push(None);
        self.down.push(0);
        self.full.push(0);
        self.faults.push(0);
    }

    /// Ends what runs there.
    fn stop(&mut self, machine: usize) {
        self.peers[machine] = None;
        if machine == OFFICE {
            *self.office.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        self.machines[machine].app = None;
    }

    fn weather(&mut self, machine: usize) {
        let weather = match self.dice.below(10) {
            0..5 => Weather::default(),
            5..8 => Weather::bad(&mut self.dice),
            _ => Weather {
                cut: true,
                ..Weather::default()
            },
        };
        self.links[machine].lock().weather = weather;
        self.count("weather");
        self.say(&format!("weather {machine} {weather:?}"));
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

    fn verify(&mut self, machine: usize) -> Checked {
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
            Ok(findings) => check::no_mismatch(&self.machines[machine].name, &findings),
            Err(error) => self.excused(machine, &format!("verify: {error}")),
        }
    }

    /// All faults end; within a bound everybody holds the same, and it is what was answered.
    fn heal(&mut self) -> Checked {
        for machine in 0..self.machines.len() {
            self.machines[machine].disk.forgive();
            self.links[machine].lock().weather = Weather::default();
            self.full[machine] = 0;
            if !self.machines[machine].is_up() {
                self.start(machine)?;
                self.down[machine] = 0;
            }
        }
        self.say("healed");
        for machine in 0..self.machines.len() {
            for _ in 0..MAX_TRIES {
                if self.pending[machine].is_some() {
                    self.work(machine)?;
                }
            }
            if let Some(task) = &self.pending[machine] {
                return Err(format!(
                    "{} {} fails on a sound machine",
                    self.machines[machine].name,
                    task.job.word()
                ));
            }
        }
        self.settle()?;
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

    /// Exchanges until every till found itself equal to the server twice in a row, letting in what came late.
    fn settle(&mut self) -> Checked {
        for _ in 0..MAX_RELEASES {
            if self.rounds()? {
                return Ok(());
            }
            if !self.release()? {
                break;
            }
        }
        check::standing(self)
    }

    /// Exchanges as long as anything moves; whether all are equal then.
    fn rounds(&mut self) -> Checked<bool> {
        for round in 0..MAX_ROUNDS {
            let (mut equal, mut moved) = (true, round == 0);
            for till in 1..self.machines.len() {
                if round == 0
                    && let Some(peer) = &mut self.peers[till]
                {
                    peer.begin();
                }
                let mut last = None;
                let mut first = true;
                for _ in 0..MAX_EXCHANGES {
                    last = self.exchange(till)?;
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
