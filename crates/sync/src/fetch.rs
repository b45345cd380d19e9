//! Fetching a snapshot into a folder that is about to become a device: a piece at a time, each of which may be lost, and goes
//! on where it was cut, in another run of the program too.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use model::ids::Hash;
use model::refusal::Refusal;
use replica::snapshot::{Made, fetched_path, measure, remove_fetched};

use crate::copy::{Piece, PieceRequest};
use crate::limits::MAX_PIECES;
use crate::line::Line;
use crate::pause::Backoff;
use crate::peer::Progress;
use crate::trouble::Trouble;
use crate::wire::Message;

/// The file of a snapshot while it comes in.
struct Coming {
    hash: Hash,
    size: u64,
    path: PathBuf,
    file: File,
    at: u64,
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> Refusal + '_ {
    |error| match error.kind() {
        std::io::ErrorKind::StorageFull => Refusal::DiskFull,
        _ => Refusal::NoFile {
            file: path.display().to_string(),
            why: error.to_string(),
        },
    }
}

impl Coming {
    /// Goes on with what an earlier try left of this snapshot, and removes what is left of others.
    fn open(folder: &Path, hash: Hash, size: u64) -> Result<Self, Refusal> {
        remove_fetched(folder, Some(&hash))?;
        let path = fetched_path(folder, &hash);
        let opened = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .and_then(|mut file| {
                let at = file.seek(SeekFrom::End(0))?;
                Ok((file, at))
            });
        let (file, at) = opened.map_err(failed(&path))?;
        Ok(Self {
            hash,
            size,
            path,
            file,
            at,
        })
    }

    fn take(&mut self, piece: &Piece) -> Result<(), Refusal> {
        // A piece that came twice, or beside its place, is asked for again.
        if piece.from != self.at {
            return Ok(());
        }
        self.file.write_all(piece.bytes()).map_err(failed(&self.path))?;
        self.at += piece.bytes().len() as u64;
        Ok(())
    }
}

/// Fetches the snapshot that the server has; none when it has none.
///
/// # Errors
/// A line that fails for good, a disk that is full; what came stays, and is gone on with the next time.
pub fn fetch(
    line: &dyn Line,
    mut prove: impl FnMut() -> Result<String, Trouble>,
    folder: &Path,
    tries: u32,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Option<PathBuf>, Refusal> {
    let mut again = Again::new(tries);
    let mut token: Option<String> = None;
    let mut coming: Option<Coming> = None;
    for _ in 0..MAX_PIECES {
        if let Some(coming) = coming.as_ref().filter(|coming| coming.at >= coming.size) {
            let whole = Made {
                hash: coming.hash,
                size: coming.size,
            };
            if measure(&coming.path)? == whole {
                return Ok(Some(coming.path.clone()));
            }
            // Torn by a power cut, or by the line in a way that nobody saw: from the beginning, once more.
            remove_fetched(folder, None)?;
            return Ok(None);
        }
        let known = match &token {
            Some(token) => token.clone(),
            None => match prove() {
                Ok(granted) => token.insert(granted).clone(),
                Err(trouble) => {
                    again.after(trouble)?;
                    continue;
                }
            },
        };
        let request = PieceRequest::new(
            coming.as_ref().map(|coming| coming.hash),
            coming.as_ref().map_or(0, |c| c.at),
        );
        let body = request.to_body().map_err(Refusal::from)?;
        let answer = line
            .post("v1/snapshot", body, Some(&known))
            .and_then(|answer| Ok(Piece::from_body(&answer)?));
        let piece = match answer {
            Ok(piece) => piece,
            Err(trouble) => {
                // A token runs out while a large file is fetched over a slow line.
                if matches!(trouble, Trouble::Token) {
                    token = None;
                }
                again.after(trouble)?;
                continue;
            }
        };
        again = Again::new(tries);
        let Some(hash) = piece.hash else {
            remove_fetched(folder, None)?;
            return Ok(None);
        };
        // The first answer, or a server that has made another one meanwhile.
        if coming.as_ref().is_none_or(|coming| coming.hash != hash) {
            coming = Some(Coming::open(folder, hash, piece.size)?);
        }
        if let Some(coming) = &mut coming {
            if let Err(refusal) = coming.take(&piece) {
                if matches!(refusal, Refusal::DiskFull) {
                    // A copy for which there is no room is not left in the way of whoever makes some.
                    remove_fetched(folder, None)?;
                }
                return Err(refusal);
            }
            progress(&Progress {
                fetched: coming.at,
                to_fetch: coming.size,
                ..Progress::default()
            });
        }
    }
    remove_fetched(folder, None)?;
    Ok(None)
}

/// Tries of one piece.
struct Again {
    left: u32,
    backoff: Backoff,
}

impl Again {
    fn new(tries: u32) -> Self {
        Self {
            left: tries,
            backoff: Backoff::default(),
        }
    }

    /// Waits before another try, or gives up.
    fn after(&mut self, trouble: Trouble) -> Result<(), Refusal> {
        self.left = self.left.saturating_sub(1);
        match trouble {
            Trouble::Away(_) | Trouble::Token if self.left > 0 => {
                std::thread::sleep(self.backoff.next_pause());
                Ok(())
            }
            other => Err(other.refusal()),
        }
    }
}
