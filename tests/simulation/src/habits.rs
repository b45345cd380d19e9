//! What a seed is fond of. Every seed weighs what may happen anew, and leaves some of it out: faults that never come alone
//! hide each other.

use crate::dice::Dice;

/// What may happen at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Work,
    Sync,
    Trouble,
    Weather,
    Checkpoint,
    Verify,
    /// Somebody copies a folder away, as backups do.
    Backup,
    /// Head office makes the copy that new machines begin with.
    Snapshot,
    /// Head office lets tills keep sums of what is old.
    Fold,
    /// A till with a true certificate sends what no till of ours would.
    Rogue,
}

/// What may befall a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It dies at one of its next writes.
    Dies,
    /// It is gone at once.
    Gone,
    Full,
    SyncFails,
    Clock,
    /// A proper stop and start.
    Stopped,
    /// Its disk is replaced by an older copy of the folder.
    Restored,
    /// An older copy of the folder is started beside it.
    Cloned,
    /// Head office closes it; it may not have heard for long.
    Closed,
    /// Bits of its database rot.
    Rots,
    /// Its disk is gone for good.
    Burns,
    /// It is cut off for 26 months.
    Away,
    /// It gets the next level's program.
    Upgraded,
}

const EVENTS: [(Event, u64); 10] = [
    (Event::Work, 620),
    (Event::Sync, 280),
    (Event::Trouble, 50),
    (Event::Weather, 35),
    (Event::Checkpoint, 12),
    (Event::Verify, 3),
    (Event::Backup, 8),
    (Event::Snapshot, 2),
    (Event::Fold, 3),
    (Event::Rogue, 15),
];
const TROUBLES: [(Trouble, u64); 13] = [
    (Trouble::Dies, 35),
    (Trouble::Gone, 15),
    (Trouble::Full, 12),
    (Trouble::SyncFails, 13),
    (Trouble::Clock, 22),
    (Trouble::Stopped, 3),
    (Trouble::Restored, 6),
    (Trouble::Cloned, 2),
    (Trouble::Closed, 2),
    (Trouble::Rots, 5),
    (Trouble::Burns, 4),
    (Trouble::Away, 3),
    (Trouble::Upgraded, 3),
];

pub struct Habits {
    events: Vec<(Event, u64)>,
    troubles: Vec<(Trouble, u64)>,
}

fn weighed<T: Copy>(of: &[(T, u64)], leaves_out: u64, dice: &mut Dice) -> Vec<(T, u64)> {
    of.iter()
        .map(|(what, weight)| {
            let times = [1, 2, 2, 4, 8][dice.below(5) as usize];
            let out = dice.permille(leaves_out);
            (*what, if out { 0 } else { weight * times })
        })
        .collect()
}

fn drawn<T: Copy>(of: &[(T, u64)], dice: &mut Dice) -> Option<T> {
    let mut at = dice.below(of.iter().map(|(_, weight)| weight).sum());
    for (what, weight) in of {
        if at < *weight {
            return Some(*what);
        }
        at -= weight;
    }
    None
}

impl Habits {
    pub fn draw(dice: &mut Dice) -> Self {
        let mut events = weighed(&EVENTS, 0, dice);
        // Without work and sync there is nothing to break.
        events[0].1 = EVENTS[0].1 * 2;
        events[1].1 = EVENTS[1].1 * [1, 2, 4][dice.below(3) as usize];
        Self {
            events,
            troubles: weighed(&TROUBLES, 300, dice),
        }
    }

    pub fn event(&self, dice: &mut Dice) -> Event {
        drawn(&self.events, dice).unwrap_or(Event::Work)
    }

    /// None when this seed is fond of no trouble at all.
    pub fn trouble(&self, dice: &mut Dice) -> Option<Trouble> {
        drawn(&self.troubles, dice)
    }
}
