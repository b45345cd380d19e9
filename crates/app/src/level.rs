//! The software level at which the chain writes: head office raises it once nobody is left who could not read it.

use journal::Lane;
use model::ids::Id;
use model::records::LevelRaised;
use model::refusal::Refusal;
use model::request::Request as _;
use model::requests::ends::{ChainLevel, LevelRaise};
use replica::Draft;
use replica::level::{raised_to, read_at};
use rusqlite::Connection;

use crate::App;
use crate::ends::closed;
use crate::office::{device_name, first_of, restored_since};
use crate::scope::{Handle, Scope, id_at, rows};
use crate::stated::words;
use crate::unattended::{context, is_head_office, today};

/// At which level the chain writes, and what is read here.
///
/// # Errors
/// A database that cannot be read.
pub fn of_chain(conn: &Connection) -> Result<ChainLevel, Refusal> {
    Ok(ChainLevel {
        written: raised_to(conn)?,
        read: read_at(conn)?,
    })
}

/// How far the chain could be raised, and the open devices that keep it from going further, with what they stated.
struct Reach {
    level: u16,
    behind: Vec<(Id, Option<u16>)>,
}

fn reach(conn: &Connection, own: Id, now: i64) -> Result<Reach, Refusal> {
    let mut level = read_at(conn)?;
    let (words, goal) = (words(conn, own, now)?, level);
    let mut behind = Vec::new();
    for device in rows(conn, "SELECT DISTINCT device FROM device ORDER BY device", &[], |row| {
        id_at(row, 0)
    })? {
        if device == own || closed(conn, device)? {
            continue;
        }
        let stated = words.iter().find(|word| word.device == device);
        let reads = stated.map(|word| word.statement.level);
        // Who has said nothing yet may be as old as can be.
        level = level.min(reads.unwrap_or(0));
        if reads.is_none_or(|reads| reads < goal) {
            behind.push((device, reads));
        }
    }
    Ok(Reach { level, behind })
}

/// Who is in the way of a level, in a sentence.
fn in_the_way(conn: &Connection, goal: u16, behind: &[(Id, Option<u16>)]) -> Result<String, Refusal> {
    let mut named = Vec::new();
    for (device, reads) in behind {
        let name = device_name(conn, *device)?;
        named.push(match reads {
            Some(reads) => format!("{name} reads level {reads}"),
            None => format!("{name} has not said what it reads"),
        });
    }
    Ok(format!(
        "not every till reads level {goal}: {}. Bring them up to date and let them sync, or close those that are gone",
        first_of(named)
    ))
}

impl Handle for LevelRaise {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<ChainLevel, Refusal> {
        if !is_head_office(scope.tx()?)? {
            return Err(Refusal::CannotWrite {
                what: "the level of the chain; head office raises it".to_owned(),
            });
        }
        let before = of_chain(scope.conn())?;
        let reach = reach(scope.conn(), scope.place.device, scope.now)?;
        if reach.level <= before.written {
            let why = match reach.behind.as_slice() {
                _ if before.read <= before.written => {
                    format!(
                        "the chain writes level {} already, and this program reads no higher one",
                        before.written
                    )
                }
                behind => in_the_way(scope.conn(), before.read, behind)?,
            };
            return Err(Refusal::BadField {
                field: "level".to_owned(),
                why,
            });
        }
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        draft.add(LevelRaised { level: reach.level });
        scope.append(draft)?;
        of_chain(scope.conn())
    }
}

impl App {
    /// Raises the chain to what every open device reads, where that is more than before. For head office alone.
    ///
    /// # Errors
    /// A database that cannot be read or written.
    pub fn raise_level_if_due(&self) -> Result<Option<u16>, Refusal> {
        let (own, now) = (self.place().device, self.now());
        let read = self.replica().read(|conn| -> Result<_, Refusal> {
            let ChainLevel { written, read } = of_chain(conn)?;
            // Put back from a backup, it may not know yet of a till that joined since.
            if read <= written || restored_since(conn)?.is_some() {
                return Ok(None);
            }
            // Who holds nothing yet knows of nobody who could be in the way.
            let Some(today) = today(conn, self.place(), now)? else {
                return Ok(None);
            };
            let level = reach(conn, own, now)?.level;
            Ok((level > written).then_some((level, today)))
        })?;
        let Some((level, today)) = read else {
            return Ok(None);
        };
        self.replica().write(move |tx| {
            if !is_head_office(tx)? {
                return Ok(None);
            }
            let mut draft = Draft::new(Lane::Control, context(tx, LevelRaise::CODE, now, today)?);
            draft.add(LevelRaised { level });
            tx.append(draft)?;
            Ok(Some(level))
        })
    }
}
