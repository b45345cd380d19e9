//! A till that is away for longer than a till keeps: sold on at a fair, or forgotten in a cupboard, and one day it calls again.

use std::sync::atomic::Ordering;

use model::requests::ends::{CheckpointMake, LEAST_WINDOW};

use replica::fold::REST;

use crate::check;
use crate::job::Job;
use crate::link::Weather;
use crate::run::{Checked, DAY, OFFICE, World};

/// 26 months.
const AWAY: i64 = 791 * DAY;

/// Who is away, and for how many steps more.
#[derive(Debug, Clone, Copy)]
pub struct Away {
    pub machine: usize,
    left: u32,
    /// Time that passes with each step.
    stride: i64,
}

impl World {
    /// A till's lines are cut for 26 months, in which everybody trades on; once in a run.
    pub(crate) fn go_away(&mut self, machine: usize) -> Checked {
        let is_till = self.machines[machine].place.is_some() && self.machines[machine].is_manned();
        if self.away.is_some() || !is_till {
            return Ok(());
        }
        let left = self.dice.between(20, 60) as u32;
        self.away = Some(Away {
            machine,
            left,
            stride: AWAY / i64::from(left),
        });
        self.cut_off(machine);
        let name = self.machines[machine].name.clone();
        self.say(&format!("{name} is away for {left} steps"));
        self.count("away for 26 months");
        Ok(())
    }

    /// Head office lets tills keep sums of all but the last year.
    pub(crate) fn make_checkpoint(&mut self) -> Checked {
        let Some(app) = self.machines[OFFICE].free() else {
            return Ok(());
        };
        let make = CheckpointMake {
            months: Some(LEAST_WINDOW),
        };
        self.order(&app, Job::Checkpoint(make))
    }

    /// Two years later: trade of today is old, and what head office lets go of goes.
    pub(crate) fn grow_old(&mut self) -> Checked {
        self.time.fetch_add(AWAY, Ordering::SeqCst);
        self.say("all of it is old");
        self.make_checkpoint()?;
        self.settle()?;
        self.time.fetch_add(REST + DAY, Ordering::SeqCst);
        self.say("what head office let go of has rested");
        self.settle()?;
        let folded = check::folded(self)?;
        if folded > 0 {
            self.count("machines that keep sums");
        }
        Ok(())
    }

    fn cut_off(&mut self, machine: usize) {
        for way in &self.machines[machine].ways {
            way.link.lock().weather = Weather {
                cut: true,
                ..Weather::default()
            };
        }
    }

    pub(crate) fn is_away(&self, machine: usize) -> bool {
        self.away.is_some_and(|away| away.machine == machine && away.left > 0)
    }

    /// Time goes on for all while somebody is away.
    pub(crate) fn miss(&mut self) {
        let Some(away) = self.away.as_mut().filter(|away| away.left > 0) else {
            return;
        };
        away.left -= 1;
        let Away { machine, left, stride } = *away;
        self.time.fetch_add(stride, Ordering::SeqCst);
        if left == 0 {
            for way in &self.machines[machine].ways {
                way.link.lock().weather = Weather::default();
            }
            let name = self.machines[machine].name.clone();
            self.say(&format!("{name} is back"));
        }
    }
}
