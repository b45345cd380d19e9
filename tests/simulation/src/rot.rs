//! Bits that rot in a machine's database while it is switched off. The program is to notice, nobody else is to be told what
//! was never written, and in the end another machine takes its place.

use std::collections::BTreeMap;
use std::path::Path;

use replica::DATABASE;
use rusqlite::{Connection, types::ValueRef};

use crate::machine::{Rotten, State};
use crate::run::{Checked, OFFICE, World};

/// Most bits that flip, all within one page.
const MAX_BITS: i64 = 24;
/// Steps until somebody replaces the machine at the latest.
const MAX_STEPS: i64 = 30;

/// A hash of the rows of each table of which `verify` answers for: what this folder alone knows is in no log.
fn stored(folder: &Path) -> rusqlite::Result<BTreeMap<String, u128>> {
    let conn = Connection::open(folder.join(DATABASE))?;
    let names: Vec<String> = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let local = |name: &str| {
        name.starts_with("local_")
            || name.starts_with("sqlite_")
            || name.contains("_search")
            || ["aside", "waiting"].contains(&name)
    };
    let mut found = BTreeMap::new();
    for name in names.into_iter().filter(|name| !local(name)) {
        let mut statement = conn.prepare(&format!("SELECT * FROM \"{name}\" NOT INDEXED"))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        let mut sum = 0u128;
        while let Some(row) = rows.next()? {
            let mut hasher = blake3::Hasher::new();
            for column in 0..columns {
                let (word, bytes) = match row.get_ref(column)? {
                    ValueRef::Null => (0, Vec::new()),
                    ValueRef::Integer(number) => (1, number.to_le_bytes().to_vec()),
                    ValueRef::Real(number) => (2, number.to_le_bytes().to_vec()),
                    ValueRef::Text(bytes) => (3, bytes.to_vec()),
                    ValueRef::Blob(bytes) => (4, bytes.to_vec()),
                };
                hasher.update(&[word]).update(&bytes.len().to_le_bytes()).update(&bytes);
            }
            let mut half = [0; 16];
            half.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
            sum = sum.wrapping_add(u128::from_le_bytes(half));
        }
        found.insert(name, sum);
    }
    Ok(found)
}

/// Whether SQLite finds nothing wrong with the file.
fn is_sound(folder: &Path) -> bool {
    let conn = Connection::open(folder.join(DATABASE));
    conn.and_then(|conn| conn.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)))
        .is_ok_and(|said| said == "ok")
}

impl World {
    /// Bits rot in the database of a till or relay over night.
    pub(crate) fn rot(&mut self, machine: usize) -> Checked {
        let rotting = &self.machines[machine];
        let another = self.machines.iter().any(|machine| machine.is_rotten());
        if machine == OFFICE || !rotting.is_sound() || !rotting.is_up() || rotting.pending.is_some() || another {
            return Ok(());
        }
        self.machines[machine].stop();
        // As the next start reads it: what was left in the write-ahead log by an earlier kill is in its place by now.
        let (folder, disk) = (
            self.machines[machine].folder.clone(),
            self.machines[machine].disk.clone(),
        );
        // An orderly end writes: what was to kill the machine may have done so then.
        disk.revive();
        disk.forgive();
        let before = stored(&folder).map_err(|error| format!("a sound database does not read: {error}"))?;
        let bits = self.dice.between(1, MAX_BITS) as u64;
        disk.rot(DATABASE, bits, &mut self.dice)
            .map_err(|error| error.to_string())?;
        // What does not read at all, SQLite complains of.
        let after = stored(&folder);
        let changed = after.as_ref().is_ok_and(|after| *after != before);
        let harmed = changed || !is_sound(&folder);
        let name = self.machines[machine].name.clone();
        self.machines[machine].state = State::Rotten(Rotten {
            noticed: after.is_err(),
            left: self.dice.between(1, MAX_STEPS) as u32,
            changed,
        });
        self.rotted = true;
        // It may take its own log to be shorter than it is.
        self.note_copied(machine);
        self.say(&format!("{name} rots in {bits} places, changed {harmed}"));
        self.count("bits rotted");
        self.start(machine)
    }

    /// A complaint about a machine whose bits have rotted.
    pub(crate) fn notice(&mut self, machine: usize, what: &str) -> bool {
        let State::Rotten(rotten) = &mut self.machines[machine].state else {
            return false;
        };
        rotten.noticed = true;
        let name = self.machines[machine].name.clone();
        // What SQLite says of damage names places in a file, which is none of the run's.
        let word = what.split(':').next().unwrap_or_default().to_owned();
        self.say(&format!("{name} complains: {word}"));
        self.count("rot noticed");
        true
    }

    /// Somebody looks after a machine that complains, or that is looked after in any case: another takes its place.
    pub(crate) fn replace_rotten(&mut self, machine: usize, now: bool) -> Checked {
        let State::Rotten(rotten) = &mut self.machines[machine].state else {
            return Ok(());
        };
        rotten.left = rotten.left.saturating_sub(1);
        if (rotten.left > 0 && !now) || !self.loss_can_be_told(machine) {
            return Ok(());
        }
        // The last look before it goes: whoever trusts a machine that says nothing must be right.
        if self.machines[machine].is_up() {
            self.verify(machine)?;
        }
        let name = self.machines[machine].name.clone();
        let State::Rotten(Rotten { noticed, changed, .. }) = self.machines[machine].state else {
            return Ok(());
        };
        // What no row shows may be whole again by now: SQLite has written the page anew.
        let harmed = changed || !is_sound(&self.machines[machine].folder);
        if harmed && !noticed && self.machines[machine].is_up() {
            return Err(format!(
                "bits rotted at {name}, what it holds is other than before, and nothing says so"
            ));
        }
        self.machines[machine].stop();
        self.replace(machine)?;
        let lost = self.take_back(machine)?;
        self.say(&format!("{name} is replaced, {lost} lost"));
        self.count("replaced");
        Ok(())
    }
}
