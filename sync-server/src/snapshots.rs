//! The snapshot that new tills begin with: a file in the server's folder, made while nothing goes on, handed out in pieces.
//!
//! It is a copy of everything the chain's tills hold. When erased bytes have gone here, a snapshot that still has them goes
//! too, before anybody is answered.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use app::App;
use model::ids::Hash;
use model::refusal::Refusal;
use replica::ReplicaError;
use replica::snapshot::{Made, measure};
use sync::copy::{Piece, PieceRequest};
use sync::limits::PIECE_BYTES;

/// How the file's name begins; its hash follows.
const NAME: &str = "snapshot-";
/// While it is made.
const MAKING: &str = "snapshot.making";
/// Looked this often whether one should be made.
pub const LOOK: Duration = Duration::from_secs(60);
/// Fewer commits than these are read as fast as they are copied.
pub const FEWEST: u64 = 20_000;
/// A snapshot is made anew when the chain has grown by a hundredth since: what is not in it is synced one by one.
const GROWN: u64 = 100;
/// It is made while nothing was taken for this long, ms...
const QUIET: i64 = 10 * 60_000;
/// ... and in any case after a day, ms: a chain that never sleeps gets one too.
const LONGEST: i64 = 24 * 60 * 60_000;

/// The snapshot that is handed out.
struct Current {
    made: Made,
    path: PathBuf,
    /// Commits held when it was made; unknown after a start.
    commits: u64,
    /// Units whose bytes had gone by then.
    dropped: i64,
}

/// What the server has to hand out, and when it looks for more.
#[derive(Default)]
pub struct Snapshots {
    current: Mutex<Option<Current>>,
    seen: Mutex<Seen>,
}

/// When the number of commits last changed, by the server's clock, ms UTC.
#[derive(Default, Clone, Copy)]
struct Seen {
    commits: u64,
    changed: i64,
    since: i64,
}

fn refused(path: &Path) -> impl Fn(std::io::Error) -> Refusal + '_ {
    |error| Refusal::Failed {
        what: format!("{}: {error}", path.display()),
    }
}

fn counted(app: &App) -> Result<(u64, i64), Refusal> {
    Ok(app.replica().read(|conn| -> Result<_, ReplicaError> {
        let dropped = conn
            .prepare_cached("SELECT COUNT(*) FROM local_erasure WHERE dropped IS NOT NULL")?
            .query_row([], |row| row.get(0))?;
        Ok((replica::peer::counts(conn)?.commits, dropped))
    })?)
}

impl Snapshots {
    fn current(&self) -> std::sync::MutexGuard<'_, Option<Current>> {
        // Replaced whole, so a poisoned lock still holds a sound one.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds what an earlier run left in the folder: a snapshot that is whole, if nothing was erased since. Anything else of
    /// that name goes.
    ///
    /// # Errors
    /// A folder that cannot be read or written.
    pub fn find(&self, app: &App) -> Result<(), Refusal> {
        let folder = app.replica().path();
        let dropped = counted(app)?.1;
        for entry in std::fs::read_dir(folder).map_err(refused(folder))? {
            let path = entry.map_err(refused(folder))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let Some(noted) = name.strip_prefix(NAME) else {
                if name.starts_with(MAKING) {
                    std::fs::remove_file(&path).map_err(refused(&path))?;
                }
                continue;
            };
            // NAME, the hash, and how many units had gone.
            let noted = noted
                .split_once('-')
                .and_then(|(hash, dropped)| Some((hash.parse::<Hash>().ok()?, dropped.parse::<i64>().ok()?)));
            let made = measure(&path)?;
            if noted == Some((made.hash, dropped)) {
                *self.current() = Some(Current {
                    made,
                    path,
                    commits: 0,
                    dropped,
                });
            } else {
                std::fs::remove_file(&path).map_err(refused(&path))?;
            }
        }
        Ok(())
    }

    /// Makes a snapshot now. Others are answered meanwhile.
    ///
    /// # Errors
    /// A disk that is full or fails; the one there was stays.
    pub fn make(&self, app: &App) -> Result<Made, Refusal> {
        let folder = app.replica().path();
        let making = folder.join(MAKING);
        if making.exists() {
            std::fs::remove_file(&making).map_err(refused(&making))?;
        }
        let (commits, dropped) = counted(app)?;
        let made = app.replica().snapshot(&making)?;
        let path = folder.join(format!("{NAME}{}-{dropped}", made.hash));
        std::fs::rename(&making, &path).map_err(refused(&path))?;
        let before = self.current().replace(Current {
            made: made.clone(),
            path: path.clone(),
            commits,
            dropped,
        });
        if let Some(before) = before.filter(|before| before.path != path) {
            std::fs::remove_file(&before.path).map_err(refused(&before.path))?;
        }
        Ok(made)
    }

    /// Whether nobody can join before a copy is made: of the oldest trade this server has sums alone, which it took over from a
    /// till, and a new one can only begin with them.
    fn is_missed(&self, app: &App) -> Result<bool, Refusal> {
        Ok(self.current().is_none() && app.replica().read(replica::base::kept_from)? != 0)
    }

    /// Whether whoever joins now can be given all there is.
    ///
    /// # Errors
    /// [`Refusal::Busy`] until there is a copy that it needs.
    pub fn may_join(&self, app: &App) -> Result<(), Refusal> {
        match self.is_missed(app)? {
            true => Err(Refusal::Busy),
            false => Ok(()),
        }
    }

    /// Makes one if it is time: there is much to copy, it has grown, and nothing goes on, or nothing was made for a day; at
    /// once where nobody could join without it.
    ///
    /// # Errors
    /// As [`make`](Self::make).
    pub fn make_if_due(&self, app: &App, fewest: u64, now: i64) -> Result<Option<Made>, Refusal> {
        let (commits, _) = counted(app)?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.commits != commits {
            (seen.commits, seen.changed) = (commits, now);
        }
        if seen.since == 0 {
            seen.since = now;
        }
        let has = self.current().as_ref().map_or(0, |current| current.commits);
        let grown = commits > has + has / GROWN;
        let quiet = now.saturating_sub(seen.changed) >= QUIET;
        let overdue = now.saturating_sub(seen.since) >= LONGEST;
        if !self.is_missed(app)? && (commits < fewest || !grown || !(quiet || overdue)) {
            return Ok(None);
        }
        seen.since = now;
        drop(seen);
        self.make(app).map(Some)
    }

    /// Removes a snapshot that holds bytes which are gone here.
    ///
    /// # Errors
    /// A folder that cannot be written: then nobody is answered.
    pub fn remove_if_erased(&self, app: &App) -> Result<(), Refusal> {
        let mut current = self.current();
        let Some(has) = current.as_ref() else { return Ok(()) };
        if counted(app)?.1 == has.dropped {
            return Ok(());
        }
        std::fs::remove_file(&has.path).map_err(refused(&has.path))?;
        *current = None;
        Ok(())
    }

    /// The piece that is asked for, or that there is none.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn piece(&self, request: &PieceRequest) -> Result<Piece, Refusal> {
        let (Made { hash, size }, path) = match self.current().as_ref() {
            Some(current) => (current.made.clone(), current.path.clone()),
            None => return Ok(Piece::none()),
        };
        let from = match request.hash {
            Some(asked) if asked == hash => request.from.min(size),
            _ => 0,
        };
        let mut file = File::open(&path).map_err(refused(&path))?;
        file.seek(SeekFrom::Start(from)).map_err(refused(&path))?;
        let mut bytes = Vec::with_capacity(PIECE_BYTES);
        file.take(PIECE_BYTES as u64)
            .read_to_end(&mut bytes)
            .map_err(refused(&path))?;
        Ok(Piece::new(hash, size, from, bytes))
    }
}
