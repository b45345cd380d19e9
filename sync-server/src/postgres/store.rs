//! The journal store of a process that shares its chain's journal through the database.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::App;
use app::setup::Enrolling;
use journal::{Certificate, Lanes};
use model::ids::Id;
use model::refusal::Refusal;
use replica::peer::{Counts, Seen};
use replica::{Merged, Theirs, Tip};

use super::connection::Trouble;
use super::erased::Erased;
use super::follow::Follower;
use super::head_office::HeadOffice;
use super::push::Pusher;
use super::rows::number;
use super::{Chain, codes, sql};
use crate::codes::{CodeStore, Codes, Place, Shown};
use crate::revoked::Revoked;
use crate::store::{Arrived, Embedded, JournalStore, Offered};

/// The journal store: the folder's replica judges and answers, the database keeps.
pub struct PostgresStore {
    chain: Arc<Chain>,
    replica: Embedded,
    office: Arc<HeadOffice>,
    pusher: Arc<Pusher>,
    follower: Follower,
    erased: Mutex<Erased>,
}

impl PostgresStore {
    /// Opens the chain's part of the database. What the folder holds and the database lacks is handed in, all of it at the
    /// first start, and what the database holds is read, before anybody is answered. `certificates` are those that this
    /// folder writes under.
    pub fn open(
        chain: Arc<Chain>,
        app: App,
        certificates: &[Certificate],
        revoked: Arc<Revoked>,
    ) -> Result<Self, Refusal> {
        let pusher = Arc::new(Pusher::new(Arc::clone(&chain), app.clone())?);
        let office = HeadOffice::new(Arc::clone(&chain), app.clone(), Arc::clone(&pusher), certificates)?;
        let office = Arc::new(office);
        let follower = Follower::start(Arc::clone(&chain), app.clone(), Arc::clone(&office), revoked);
        let store = Self {
            chain,
            replica: Embedded(app),
            office,
            pusher,
            follower,
            erased: Mutex::default(),
        };
        store.chain.hand_in_certificates(store.replica.0.replica())?;
        store.pusher.push()?;
        store.follower.catch_up()?;
        Ok(store)
    }
}

impl JournalStore for PostgresStore {
    fn catch_up(&self) -> Result<(), Refusal> {
        // What this till gave another process, and what others gave that: it is asked for nothing twice.
        self.follower.catch_up()
    }

    fn accept(&self, arrived: Arrived, source: &str, now: i64) -> Result<Merged, Refusal> {
        let Arrived {
            certificates,
            commits,
            unreadable,
        } = arrived;
        let bad = unreadable.len();
        sync::unreadable::set_aside(self.replica.0.replica(), unreadable, source, now)?;
        let mut merged = Merged::default();
        if !commits.is_empty() {
            merged = self.office.merge(certificates, commits, source, now)?;
        }
        merged.aside += bad;
        self.pusher.push()?;
        if merged.held > 0 {
            self.follower.tell();
        }
        Ok(merged)
    }

    fn offer(&self, theirs: &Theirs<'_>, lanes: Lanes, bytes: usize) -> Result<Offered, Refusal> {
        self.replica.offer(theirs, lanes, bytes)
    }

    fn enrol(&self, enrolling: &Enrolling<'_>) -> Result<Vec<Vec<u8>>, Refusal> {
        let mut certificates = Vec::new();
        self.command(None, &mut || {
            // The replica has been brought up to the log: what another process issued for these keys is found.
            certificates = self.replica.enrol(enrolling)?;
            Ok(())
        })?;
        Ok(certificates)
    }

    fn vector(&self, lanes: Lanes) -> Result<Vec<Tip>, Refusal> {
        self.replica.vector(lanes)
    }

    fn certify_spare(
        &self,
        certificate: &Certificate,
        place: &Place,
        spare: Option<[u8; 32]>,
    ) -> Result<Vec<Vec<u8>>, Refusal> {
        let mut certificates = Vec::new();
        self.command(None, &mut || {
            certificates = self.replica.certify_spare(certificate, place, spare)?;
            Ok(())
        })?;
        Ok(certificates)
    }

    fn seen(&self, seen: Seen) -> Result<(), Refusal> {
        let most = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let (unsent, waiting) = (most(seen.unsent), most(seen.waiting));
        self.chain.pool.run(|connection| {
            let device = seen.device.as_bytes();
            connection.execute(
                sql::SEEN_ADD,
                &[&self.chain.id(), &device, &seen.wall, &unsent, &waiting, &seen.software],
            )?;
            Ok(())
        })
    }

    fn counts(&self) -> Result<Counts, Refusal> {
        let aside = self.chain.pool.run(|connection| {
            let row = connection.row(sql::ASIDE_COUNT, &[&self.chain.id()])?;
            Ok(row.map_or(0, |row| number(&row, 0)))
        })?;
        let counts = self.replica.counts()?;
        Ok(Counts {
            // What this process has just set aside, or what others have told of.
            aside: aside.max(counts.aside),
            ..counts
        })
    }

    fn erase_due(&self, time: i64) -> Result<(), Refusal> {
        self.replica.erase_due(time)?;
        let mut erased = self.erased.lock().unwrap_or_else(PoisonError::into_inner);
        erased.follow(&self.chain, &self.replica.0)
    }

    fn command(
        &self,
        request: Option<Id>,
        work: &mut dyn FnMut() -> Result<(), Refusal>,
    ) -> Result<Option<Tip>, Refusal> {
        self.pusher.push()?;
        let kept = self.office.command(&self.follower, request, work)?;
        if kept.is_some() {
            self.follower.tell();
        }
        Ok(kept)
    }

    fn reached(&self, position: Tip, within: Duration) -> Result<bool, Refusal> {
        self.follower.wait_for(position, within)
    }

    fn signed_out(&self, session: Id, expires: i64, now: i64) -> Result<(), Refusal> {
        let session = session.as_bytes();
        self.chain.pool.run(|connection| -> Result<(), Trouble> {
            connection.execute(sql::SIGNED_OUT_CLEAR, &[&self.chain.id(), &now])?;
            connection.execute(sql::SIGNED_OUT_ADD, &[&self.chain.id(), &session, &expires])?;
            Ok(())
        })
    }
}

/// Codes of the database; those of the folder's own file, made without its address, count at this process.
pub struct SharedCodes {
    pub chain: Arc<Chain>,
    pub folder: Codes,
}

impl CodeStore for SharedCodes {
    fn place(&mut self, hash: &blake3::Hash) -> Result<Option<Place>, Refusal> {
        match codes::place(&self.chain, hash)? {
            None => self.folder.place(hash),
            place => Ok(place),
        }
    }

    fn claim(&mut self, hash: &blake3::Hash, key: &[u8; 32], spare: &[u8; 32], now: i64) -> Result<Shown, Refusal> {
        match codes::claim(&self.chain, hash, key, spare, now)? {
            Shown::Wrong => self.folder.claim(hash, key, spare, now),
            shown => Ok(shown),
        }
    }
}
