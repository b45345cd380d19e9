//! Shelves are counted while others sell from them, and somebody corrects the books by what was found.

use std::collections::BTreeMap;

use app::{App, Caller};
use model::ids::Id;
use model::requests::stock::{CountState, StockCount, StockCountSettle, StockCounts, StockLevel};
use model::role::Role;

use crate::check::{Moment, refused};
use crate::job::{Done, Job, is_unsettled};
use crate::model::{Model, Task};
use crate::people::{plain, request};
use crate::rogue;
use crate::run::{Checked, World};

/// Thousandths of the seeds in which anybody counts.
pub(crate) const COUNTING: u64 = 600;
/// Thousandths of the steps in which somebody does, there.
const OFTEN: u64 = 120;
/// Whoever approves is somebody else than whoever counts.
const COUNTER: Id = Id([7; 16]);

/// Who counts.
pub(crate) fn counter(who: &Caller) -> Caller {
    Caller {
        user: COUNTER,
        roles: vec![Role::Cashier],
        ..who.clone()
    }
}

/// What a count comes to by what was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stands {
    line: Id,
    expected: i64,
    corrected: i64,
    counted: i64,
}

/// Something that moved goods or counted them, in the order of who knew of whom and of clocks.
#[derive(Clone, Copy)]
struct Event<'a> {
    request: Id,
    at: &'a Moment,
}

impl Event<'_> {
    fn is_before(&self, other: &Self) -> bool {
        if other.at.saw.contains(&self.request) {
            return true;
        }
        !self.at.saw.contains(&other.request) && self.at.time <= other.at.time
    }
}

/// A count that was answered.
struct Line<'a> {
    id: Id,
    event: Event<'a>,
    counted: i64,
}

/// The last count of each product and store, by what was answered alone.
fn standing(model: &Model) -> BTreeMap<(String, String), Stands> {
    let mut lines: BTreeMap<(String, String), Vec<Line<'_>>> = BTreeMap::new();
    for ack in &model.acks {
        if let (Job::Count(count), Done::Made(line), Some(store), Some(at)) =
            (&ack.task.job, &ack.done, &ack.store, &ack.moment)
        {
            let event = Event {
                request: ack.task.request,
                at,
            };
            let key = (count.product.clone(), store.clone());
            lines.entry(key).or_default().push(Line {
                id: *line,
                event,
                counted: count.counted,
            });
        }
    }
    let mut found = BTreeMap::new();
    for (key, mut lines) in lines {
        lines.sort_by_key(|line| (line.event.at.time, line.id));
        let mut last = 0;
        for at in 1..lines.len() {
            if !lines[last].event.at.saw.contains(&lines[at].event.request) {
                last = at;
            }
        }
        let line = &lines[last];
        let mut stands = Stands {
            line: line.id,
            expected: 0,
            corrected: 0,
            counted: line.counted,
        };
        for ack in &model.acks {
            let pieces = ack.task.goods.iter().filter(|(code, _)| *code == key.0);
            let moved: i64 = pieces.map(|(_, pieces)| -pieces).sum();
            let (Some(store), Some(at)) = (&ack.store, &ack.moment) else {
                continue;
            };
            if moved == 0 || *store != key.1 {
                continue;
            }
            let event = match &ack.task.job {
                Job::Settle(settle) if settle.line == line.id => {
                    stands.corrected += moved;
                    continue;
                }
                // What answers a count moved when that was counted.
                Job::Settle(settle) => match lines.iter().find(|line| line.id == settle.line) {
                    Some(counted) => counted.event,
                    None => continue,
                },
                _ => Event {
                    request: ack.task.request,
                    at,
                },
            };
            if event.is_before(&line.event) {
                stands.expected += moved;
            }
        }
        found.insert(key, stands);
    }
    found
}

/// Whether a machine shows every last count with what was before it. Where old trade is a sum, old counts are over.
pub(crate) fn check(world: &World, app: &App, name: &str) -> Checked {
    let wanted = standing(&world.model);
    let shown = app
        .call(&world.who, StockCounts::default(), None)
        .map_err(refused)?
        .rows;
    let folded = app
        .replica()
        .read(replica::base::kept_from)
        .map_err(|error| error.to_string())?
        != 0;
    let shown: BTreeMap<(String, String), Stands> = shown
        .into_iter()
        .filter(|row| row.store != rogue::STORE)
        .map(|row| {
            let stands = Stands {
                line: row.line,
                expected: row.expected,
                corrected: row.corrected,
                counted: row.counted,
            };
            ((row.product, row.store), stands)
        })
        .collect();
    for (key, stands) in &wanted {
        match shown.get(key) {
            Some(found) if found == stands => {}
            None if folded => {}
            Some(found) if folded && found.line != stands.line => {}
            found => {
                return Err(format!(
                    "{name}: the count of {key:?} is {found:?}, answered were {stands:?}"
                ));
            }
        }
    }
    if shown.len() > wanted.len() {
        return Err(format!(
            "{name}: {} counts, answered were {}",
            shown.len(),
            wanted.len()
        ));
    }
    Ok(())
}

impl World {
    /// Now and then somebody counts a product, or corrects the books by a count.
    pub(crate) fn count_goods(&mut self, machine: usize) -> Checked {
        if !self.counting || !self.shelf.permille(OFTEN) {
            return Ok(());
        }
        let busy = !self.machines[machine].is_up() || !self.machines[machine].is_manned();
        let Some(app) = self.machines[machine].free().filter(|_| !busy) else {
            return Ok(());
        };
        let Some(place) = self.machines[machine]
            .place
            .clone()
            .filter(|place| !place.till.is_empty())
        else {
            return Ok(());
        };
        self.begin(machine);
        let drawn = self.something_to_count(&app, &place.store);
        let outcome = match drawn {
            Ok(Some(task)) => self.attempt(machine, &app, task),
            Ok(None) => Ok(()),
            Err(refusal) if !is_unsettled(&refusal) => Ok(()),
            Err(refusal) => {
                drop(app);
                self.bury()?;
                return self.excused(machine, &format!("a query: {}", refusal.message()));
            }
        };
        drop(app);
        outcome?;
        self.bury()
    }

    fn something_to_count(&mut self, app: &App, store: &str) -> Result<Option<Task>, model::refusal::Refusal> {
        let id = request(&mut self.shelf);
        if self.shelf.permille(450) {
            let asked = StockCounts {
                store: Some(store.to_owned()),
            };
            let mut open = app.call(&self.who, asked, None)?.rows;
            open.retain(|row| row.state != CountState::Agrees);
            let Some(row) = self.shelf.pick(&open).cloned() else {
                return Ok(None);
            };
            let sure = self.shelf.permille(600);
            let settle = StockCountSettle {
                line: row.line,
                difference: row.difference,
                reason: sure.then(|| "counted twice".to_owned()),
            };
            return Ok(Some(Task {
                request: id,
                goods: vec![(row.product, -row.difference)],
                ..plain(Job::Settle(settle))
            }));
        }
        let known: Vec<String> = self.model.products.iter().cloned().collect();
        let Some(product) = self.shelf.pick(&known).cloned() else {
            return Ok(None);
        };
        let asked = StockLevel {
            product: product.clone(),
        };
        let levels = app.call(&self.who, asked, None)?.stores;
        let here = levels.iter().find(|level| level.store == store);
        let counted = here.map_or(0, |level| level.on_hand) + self.shelf.between(-2, 2);
        let count = StockCount {
            product,
            counted: counted.max(0),
        };
        Ok(Some(Task {
            request: id,
            ..plain(Job::Count(count))
        }))
    }
}
