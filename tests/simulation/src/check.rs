//! What must be true: along the way of what one machine answered, at the end of everything.

use std::collections::{BTreeMap, BTreeSet};

use app::App;
use model::ids::Id;
use model::records::{DocumentKind, Value};
use model::requests::clinic::PrescriptionGet;
use model::requests::customers::{CustomerGet, CustomerHistory};
use model::requests::office::OfficeExceptions;
use model::requests::sales::SalesTotals;
use model::requests::stock::{StockLevel, StockOversold};
use replica::digest::Digest;
use replica::project::load_document;
use replica::{Findings, ReplicaError, base, peer};
use retail::Day;

use crate::counts;
use crate::ends::Missing;
use crate::machine::State;
use crate::rogue::{self, Rogue};
use crate::run::{OFFICE, World};

type Checked<T = ()> = Result<T, String>;

fn app(world: &World, machine: usize) -> Checked<App> {
    let found = world.machines[machine].app.clone();
    found.ok_or_else(|| format!("{} is down", world.machines[machine].name))
}

fn failed(error: ReplicaError) -> String {
    format!("a check cannot read: {error}")
}

pub(crate) fn refused(refusal: model::refusal::Refusal) -> String {
    format!("a check is refused: {}", refusal.message())
}

/// How many commits carry each request id.
fn requests(app: &App) -> Checked<BTreeMap<Id, i64>> {
    app.replica()
        .read(|conn| -> Result<_, ReplicaError> {
            let mut statement = conn.prepare("SELECT request, COUNT(*) FROM commit_log GROUP BY request")?;
            let rows = statement.query_map([], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?)))?;
            let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
            Ok(rows
                .into_iter()
                .filter_map(|(id, count)| Some((Id::from_slice(&id)?, count)))
                .collect())
        })
        .map_err(failed)
}

/// Requests of which there is a commit at a machine.
pub fn requests_at(world: &World, machine: usize) -> Checked<BTreeSet<Id>> {
    Ok(requests(&app(world, machine)?)?.into_keys().collect())
}

/// Requests of the commits of which any machine keeps the sum alone.
pub fn let_go(world: &World) -> Checked<BTreeSet<Id>> {
    let mut found = BTreeSet::new();
    for machine in standing_machines(world).filter(|machine| world.machines[*machine].is_up()) {
        let requests = app(world, machine)?
            .replica()
            .read(|conn| -> Result<Vec<Vec<u8>>, ReplicaError> {
                let mut statement = conn.prepare("SELECT request FROM commit_log WHERE header = x''")?;
                Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
            })
            .map_err(failed)?;
        found.extend(requests.iter().filter_map(|request| Id::from_slice(request)));
    }
    Ok(found)
}

/// Headers of what waits at a machine, each with what it waits for.
fn waiting(app: &App) -> Checked<Vec<(String, journal::Header)>> {
    let rows: Vec<(String, Vec<u8>)> = app
        .replica()
        .read(|conn| -> Result<_, ReplicaError> {
            let mut statement = conn.prepare("SELECT missing, bytes FROM waiting ORDER BY log, seq, hash")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .map_err(failed)?;
    let header = |bytes: &[u8]| journal::Header::from_bytes(&journal::Commit::from_bytes(bytes).ok()?.header).ok();
    Ok(rows
        .into_iter()
        .filter_map(|(missing, bytes)| Some((missing, header(&bytes)?)))
        .collect())
}

/// Requests of which a commit waits at a machine.
pub fn waiting_at(world: &World, machine: usize) -> Checked<BTreeSet<Id>> {
    let waiting = waiting(&app(world, machine)?)?;
    Ok(waiting.into_iter().map(|(_, header)| header.request).collect())
}

/// What commits that wait at head office name, and nobody holds, in the order of places.
pub fn cited_and_missing(world: &World) -> Checked<BTreeSet<Missing>> {
    let mut found = BTreeSet::new();
    for (missing, header) in waiting(&app(world, OFFICE)?)? {
        let named = header
            .after
            .iter()
            .find(|head| missing == format!("{}:{}", head.log, head.seq));
        if let Some(head) = named {
            found.insert((head.log, i64::try_from(head.seq).unwrap_or(i64::MAX)));
        }
    }
    Ok(found)
}

/// The business date of a sale or return.
pub fn day_of(app: &App, sale: Id) -> Checked<Option<i32>> {
    app.replica()
        .read(|conn| -> Result<_, ReplicaError> {
            let mut statement = conn.prepare_cached("SELECT day FROM sale WHERE id = ?")?;
            let mut rows = statement.query([sale.as_bytes()])?;
            Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
        })
        .map_err(failed)
}

/// Whether there is a commit of a request here.
pub fn is_committed(app: &App, request: Id) -> Checked<bool> {
    app.replica()
        .read(|conn| -> Result<_, ReplicaError> {
            let mut statement = conn.prepare_cached("SELECT 1 FROM commit_log WHERE request = ?")?;
            Ok(statement.exists([request.as_bytes()])?)
        })
        .map_err(failed)
}

/// When a commit was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Requests whose commits its machine held before it.
    pub saw: BTreeSet<Id>,
    /// By its clock and what that knew of the server's, ms UTC.
    pub time: i64,
}

/// When the commit of a request was written.
pub fn moment(app: &App, request: Id) -> Checked<Moment> {
    app.replica()
        .read(|conn| -> Result<_, ReplicaError> {
            let (row, header): (i64, Vec<u8>) = conn
                .prepare_cached("SELECT row, header FROM commit_log WHERE request = ? ORDER BY row LIMIT 1")?
                .query_row([request.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let mut statement = conn.prepare_cached("SELECT request FROM commit_log WHERE row < ?")?;
            let rows = statement.query_map([row], |row| row.get::<_, Vec<u8>>(0))?;
            let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
            Ok(Moment {
                saw: rows.iter().filter_map(|id| Id::from_slice(id)).collect(),
                time: journal::Header::from_bytes(&header).map_or(0, |header| header.time()),
            })
        })
        .map_err(failed)
}

/// Requests whose commits a machine had taken, and could read, before it wrote the commit of this one. Others' may not have
/// been answered yet.
pub fn read_before(app: &App, request: Id) -> Checked<BTreeSet<Id>> {
    app.replica()
        .read(|conn| -> Result<_, ReplicaError> {
            let mut statement = conn.prepare_cached(
                "SELECT request FROM commit_log WHERE opaque IS NULL
                 AND row < (SELECT MIN(row) FROM commit_log WHERE request = ?)",
            )?;
            let rows = statement.query_map([request.as_bytes()], |row| row.get::<_, Vec<u8>>(0))?;
            let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
            Ok(rows.iter().filter_map(|id| Id::from_slice(id)).collect())
        })
        .map_err(failed)
}

/// After a start: all that this machine ever answered is there, once each, and nothing that it refused.
pub fn kept(world: &World, machine: usize) -> Checked {
    let held = requests(&app(world, machine)?)?;
    let name = &world.machines[machine].name;
    for ack in world
        .model
        .acks
        .iter()
        .filter(|ack| ack.machine == machine && ack.committed && !ack.away)
    {
        match held.get(&ack.task.request) {
            Some(1) => {}
            None => return Err(format!("{name} answered a {} and lost it", ack.task.job.word())),
            Some(times) => {
                return Err(format!("{name} holds a {} {times} times", ack.task.job.word()));
            }
        }
    }
    match world.model.refused.iter().find(|id| held.contains_key(id)) {
        Some(id) => Err(format!("{name} holds {id}, which was refused")),
        None => Ok(()),
    }
}

/// The first month of which each of these machines keeps all trade; 0 where all keep everything.
fn kept_from(world: &World, machines: impl Iterator<Item = usize>) -> Checked<i32> {
    let mut from = 0;
    for machine in machines {
        let app = app(world, machine)?;
        from = from.max(app.replica().read(base::kept_from).map_err(failed)?);
    }
    Ok(from)
}

/// The digest of what is shown from a month on.
fn shown(app: &App, from: i32) -> Checked<String> {
    app.replica()
        .read(|conn| Ok::<_, ReplicaError>(Digest::load(conn)?.word_from(from)))
        .map_err(failed)
}

/// Commits of which machines keep sums alone.
pub fn folded(world: &World) -> Checked<i64> {
    let mut folded = 0;
    for machine in standing_machines(world) {
        folded += app(world, machine)?
            .replica()
            .read(|conn| -> Result<i64, ReplicaError> {
                Ok(
                    conn.query_row("SELECT COUNT(*) FROM commit_log WHERE header = x''", [], |row| {
                        row.get(0)
                    })?,
                )
            })
            .map_err(failed)?;
    }
    Ok(folded)
}

/// Machines that hold the same have the same digest.
pub fn same_digest(world: &World, machines: &BTreeSet<usize>) -> Checked {
    let mut first = None;
    let from = kept_from(world, machines.iter().copied())?;
    for machine in machines {
        let word = shown(&app(world, *machine)?, from)?;
        if *first.get_or_insert_with(|| word.clone()) != word {
            return Err(format!("{} has another digest", world.machines[*machine].name));
        }
    }
    Ok(())
}

pub fn no_mismatch(name: &str, findings: &Findings) -> Checked {
    if findings.mismatches.is_empty() {
        Ok(())
    } else {
        Err(format!("{name} does not verify: {}", findings.mismatches.join("; ")))
    }
}

/// Why commits are set aside at a machine.
fn why_aside(app: &App) -> Checked<Vec<String>> {
    app.replica()
        .read(|conn| -> Result<_, ReplicaError> {
            let mut statement = conn.prepare("SELECT DISTINCT reason FROM aside ORDER BY reason")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .map_err(failed)
}

/// Machines that there still are.
pub fn standing_machines(world: &World) -> impl Iterator<Item = usize> + use<'_> {
    (0..world.machines.len()).filter(|machine| world.machines[*machine].state != State::Gone)
}

/// Why the machines did not come to hold the same.
pub fn standing(world: &World) -> Checked {
    let mut said = Vec::new();
    for machine in standing_machines(world) {
        let of = &world.machines[machine];
        let app = app(world, machine)?;
        let counts = app.replica().read(peer::counts).map_err(failed)?;
        said.push(format!(
            "{}: {} commits, {} waiting, {} aside",
            of.name, counts.commits, counts.waiting, counts.aside
        ));
        // The first says why the others wait.
        if let Some((missing, header)) = waiting(&app)?.into_iter().next() {
            said.push(format!(
                "{}:{} of level {} waits there for {missing}",
                header.log, header.seq, header.level
            ));
        }
    }
    Err(format!(
        "the machines do not come to hold the same: {}",
        said.join("; ")
    ))
}

/// After healing: the same everywhere, and what was answered.
pub fn whole(world: &World) -> Checked {
    let office = requests(&app(world, OFFICE)?)?;
    for ack in &world.model.acks {
        if ack.committed && office.get(&ack.task.request) != Some(&1) {
            return Err(format!(
                "a {} of {} is held {:?} times at head office",
                ack.task.job.word(),
                world.machines[ack.machine].name,
                office.get(&ack.task.request)
            ));
        }
    }
    if let Some(id) = world.model.refused.iter().find(|id| office.contains_key(id)) {
        return Err(format!("head office holds {id}, which was refused"));
    }
    let mut first: Option<(String, u64)> = None;
    let from = kept_from(world, standing_machines(world))?;
    for machine in standing_machines(world) {
        let name = &world.machines[machine].name;
        let app = app(world, machine)?;
        let findings = app.replica().verify().map_err(failed)?;
        no_mismatch(name, &findings)?;
        let counts = app.replica().read(peer::counts).map_err(failed)?;
        // What a rogue sends may stay at the server; it is not sent on.
        let clean = match machine {
            OFFICE if world.rogue.is_some() || world.rotted => true,
            // What a rotten relay handed on was found to be so.
            // An older program found parts missing under orders that it could not read.
            _ => counts.waiting == 0 && (counts.aside == 0 || world.rotted || world.two_levels),
        };
        if !clean {
            return Err(format!(
                "{name}: {} wait and {} are set aside ({:?})",
                counts.waiting,
                counts.aside,
                why_aside(&app)?
            ));
        }
        let state = (shown(&app, from)?, findings.commits);
        match &first {
            None => first = Some(state),
            Some(first) if *first != state => {
                return Err(format!("{name} has another digest: {state:?}, head office {first:?}"));
            }
            Some(_) => {}
        }
        trade(world, &app, name)?;
        stock(world, &app, name)?;
        counts::check(world, &app, name)?;
        prescriptions(world, &app, name)?;
    }
    numbers(world)?;
    customers(world)?;
    exceptions(world)
}

fn trade(world: &World, app: &App, name: &str) -> Checked {
    let ask = |from: Option<String>, store: Option<String>| {
        let asked = SalesTotals {
            to: from.clone(),
            from,
            store,
        };
        app.call(&world.who, asked, None).map_err(refused)
    };
    let mut all = [0; 4];
    for ((store, day), trade) in &world.model.trade {
        let (year, month, of_month) = Day(*day).ymd();
        let found = ask(Some(format!("{year:04}-{month:02}-{of_month:02}")), Some(store.clone()))?;
        let wanted = [
            trade.sales.count,
            trade.sales.total,
            trade.returns.count,
            trade.returns.total,
        ];
        let found = [
            found.sales.count,
            found.sales.total,
            found.returns.count,
            found.returns.total,
        ];
        if wanted != found {
            return Err(format!(
                "{name}: trade of {store} on day {day} is {found:?}, answered were {wanted:?}"
            ));
        }
        all.iter_mut().zip(wanted).for_each(|(sum, part)| *sum += part);
    }
    let found = ask(None, None)?;
    let found = [
        found.sales.count,
        found.sales.total,
        found.returns.count,
        found.returns.total,
    ];
    // A rogue's trade is its own; that it can be asked for is enough.
    if found == all || world.rogue.is_some() {
        Ok(())
    } else {
        Err(format!("{name}: trade is {found:?}, answered were {all:?}"))
    }
}

fn stock(world: &World, app: &App, name: &str) -> Checked {
    let mut oversold = BTreeSet::new();
    for code in &world.model.products {
        let asked = StockLevel { product: code.clone() };
        for level in app.call(&world.who, asked, None).map_err(refused)?.stores {
            if level.store == rogue::STORE {
                continue;
            }
            let key = (code.clone(), level.store.clone());
            let wanted = world.model.stock.get(&key).copied().unwrap_or(0);
            if level.on_hand != wanted {
                return Err(format!(
                    "{name}: {} of {code} in {}, answered were {wanted}",
                    level.on_hand, level.store
                ));
            }
            if wanted < 0 {
                oversold.insert((key.0, key.1, wanted));
            }
        }
    }
    let rows = app.call(&world.who, StockOversold {}, None).map_err(refused)?.rows;
    let rows = rows.into_iter().filter(|row| row.store != rogue::STORE);
    let shown: Vec<_> = rows.map(|row| (row.code, row.store, row.on_hand)).collect();
    if shown.len() == oversold.len() && shown.iter().all(|row| oversold.contains(row)) {
        Ok(())
    } else {
        Err(format!("{name}: oversold are {oversold:?}, shown {shown:?}"))
    }
}

fn prescriptions(world: &World, app: &App, name: &str) -> Checked {
    for (id, signed) in &world.model.prescriptions {
        if world.model.erased.contains(&signed.customer) {
            continue;
        }
        let shown = app
            .call(&world.who, PrescriptionGet { prescription: *id }, None)
            .map_err(refused)?;
        if (&shown.right, &shown.left) != (&signed.right, &signed.left) {
            return Err(format!("{name}: the prescription {id} is not what was signed"));
        }
    }
    Ok(())
}

/// Every series of every till runs from one without a gap, and holds every number that somebody was given.
fn numbers(world: &World) -> Checked {
    let rogue = world.rogue.as_ref().map(Rogue::device);
    let numbers: Vec<String> = app(world, OFFICE)?
        .replica()
        .read(|conn| -> Result<_, ReplicaError> {
            let mut statement = conn.prepare(
                "SELECT number FROM sale WHERE device IS NOT ?1 UNION ALL
                 SELECT number FROM session_end WHERE device IS NOT ?1",
            )?;
            let rows = statement.query_map([rogue.as_ref().map(Id::as_bytes)], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .map_err(failed)?;
    let mut all: BTreeSet<&String> = BTreeSet::new();
    for number in &numbers {
        if !all.insert(number) && !world.model.may_repeat(number) {
            return Err(format!("the number {number} stands on two papers"));
        }
    }
    if let Some(lost) = world.model.numbers().iter().find(|number| !all.contains(number)) {
        return Err(format!("the number {lost} was given out and is nowhere"));
    }
    let mut series: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for number in &numbers {
        let digits = number.bytes().rev().take_while(u8::is_ascii_digit).count();
        let (prefix, sequence) = number.split_at(number.len() - digits);
        let sequence = sequence
            .parse()
            .map_err(|_| format!("the number {number} counts nothing"))?;
        series.entry(prefix).or_default().insert(sequence);
    }
    for (prefix, sequences) in series {
        if !sequences.iter().copied().eq(1..=sequences.len() as u64) {
            return Err(format!("the series {prefix} has a gap: {sequences:?}"));
        }
    }
    Ok(())
}

/// All values of a customer's field that stand side by side.
fn values_of(app: &App, customer: Id, field: &str) -> Checked<BTreeSet<String>> {
    let document = app
        .replica()
        .read(|conn| load_document(conn, DocumentKind::CustomerContact, customer))
        .map_err(failed)?;
    let values = document.fields.get(field).into_iter().flatten();
    Ok(values
        .filter_map(|(_, value)| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        })
        .collect())
}

/// What a customer shows is what somebody wrote, the same everywhere; nothing that was written is forgotten.
fn customers(world: &World) -> Checked {
    for (customer, written) in &world.model.customers {
        if world.model.erased.contains(customer) {
            continue;
        }
        let mut first = None;
        for machine in standing_machines(world) {
            let shown = app(world, machine)?
                .call(&world.who, CustomerGet { customer: *customer }, None)
                .map_err(refused)?;
            let shown = [("name", shown.name), ("phone", shown.phone), ("email", shown.email)];
            for (field, value) in &shown {
                if world.rogue.is_some() {
                    continue;
                }
                let (name, standing) = (&world.machines[machine].name, world.model.standing(*customer, field));
                if written.get(field).is_none_or(|values| !values.contains(value)) {
                    return Err(format!("{name}: {field} of a customer is what nobody wrote"));
                }
                if !standing.contains(value) {
                    return Err(format!(
                        "{name}: {field} of a customer was replaced by somebody who had read it"
                    ));
                }
                let kept = values_of(&app(world, machine)?, *customer, field)?;
                if kept != standing {
                    return Err(format!(
                        "{name}: {field} of a customer is {kept:?}, written were {standing:?}"
                    ));
                }
            }
            if first.get_or_insert_with(|| shown.clone()) != &shown {
                return Err(format!("{} shows another customer", world.machines[machine].name));
            }
        }
        let history = app(world, OFFICE)?
            .call(&world.who, CustomerHistory { customer: *customer }, None)
            .map_err(refused)?;
        let kept: BTreeSet<(&str, &str)> = history
            .changes
            .iter()
            .map(|change| (change.field.as_str(), change.value.as_str()))
            .collect();
        for (field, values) in written {
            if let Some(lost) = values.iter().find(|value| !kept.contains(&(*field, value.as_str()))) {
                return Err(format!("a customer's {field} {lost} was written and is forgotten"));
            }
        }
    }
    Ok(())
}

/// The last instant before which something that was ordered erased may still be there, ms UTC by the server's clock.
pub fn erased_by(world: &World) -> Checked<i64> {
    app(world, OFFICE)?
        .replica()
        .read(|conn| -> Result<_, ReplicaError> {
            Ok(
                conn.query_row("SELECT COALESCE(MAX(not_before), 0) FROM erase_order", [], |row| {
                    row.get(0)
                })?,
            )
        })
        .map_err(failed)
}

/// No file of any machine holds a byte of what was erased.
pub fn nothing_left(world: &World) -> Checked {
    let erased = world
        .model
        .customers
        .iter()
        .filter(|(id, _)| world.model.erased.contains(id));
    let values: Vec<&String> = erased.flat_map(|(_, written)| written.values().flatten()).collect();
    for machine in &world.machines {
        let files = std::fs::read_dir(&machine.folder).map_err(|error| error.to_string())?;
        for entry in files {
            let path = entry.map_err(|error| error.to_string())?.path();
            let bytes = std::fs::read(&path).map_err(|error| error.to_string())?;
            let text = String::from_utf8_lossy(&bytes);
            if let Some(left) = values.iter().find(|value| text.contains(value.as_str())) {
                return Err(format!(
                    "{}: {left} was erased and is in {}",
                    machine.name,
                    path.display()
                ));
            }
        }
    }
    Ok(())
}

/// Each exception is shown once, and the same at every machine.
fn exceptions(world: &World) -> Checked {
    let mut first = None;
    for machine in standing_machines(world) {
        // Of trade that a till keeps sums of, head office alone can tell what is wrong with it.
        if app(world, machine)?.replica().read(base::kept_from).map_err(failed)? != 0 {
            continue;
        }
        let rows = app(world, machine)?
            .call(&world.who, OfficeExceptions {}, None)
            .map_err(refused)?
            .rows;
        // Which devices have called, and what they stated, not everybody has heard.
        let heard = ["server_restored", "figures_differ", "history_rewritten"];
        let rows = rows.into_iter().filter(|row| !heard.contains(&row.kind.as_str()));
        let mut shown: Vec<_> = rows.map(|row| (row.kind, row.title, row.detail)).collect();
        shown.sort();
        let name = &world.machines[machine].name;
        // Two eye tests look alike in the list; everything else has a title of its own.
        let alike = |pair: &&[(String, String, String)]| pair[0] == pair[1] && pair[0].1 != "An eye test";
        if let Some(twice) = shown.windows(2).find(alike).filter(|_| world.rogue.is_none()) {
            return Err(format!("{name} shows an exception twice: {:?}", twice[0]));
        }
        let first = first.get_or_insert_with(|| shown.clone());
        if *first != shown {
            type Shown = [(String, String, String)];
            let one = |of: &Shown, other: &Shown| of.iter().find(|row| !other.contains(row)).cloned();
            return Err(format!(
                "{name} shows other exceptions: {:?}, head office {:?}",
                one(&shown, first),
                one(first, &shown)
            ));
        }
    }
    Ok(())
}
