//! The journal store: what sync needs of storage, and no more.
//!
//! [`Embedded`] is the SQLite replica of the server's own folder. In this release that is the home replica too: what is
//! taken from a till is projected for head office in the same transaction and the same fsync. A store on PostgreSQL keeps
//! rows by organisation and log and leaves projecting to the chain's home process; nothing above this trait knows which.

use std::time::Duration;

use app::App;
use app::setup::Enrolling;
use journal::{Certificate, Commit, Fault, Lanes};
use model::ids::Id;
use model::refusal::Refusal;
use replica::peer::{self, Counts, Seen};
use replica::{
    Issued, Lacking, Ladder, Merged, ReplicaError, Theirs, Tip, issued_for, lacking, ladders, vector, wants,
};

use crate::codes::Place;

/// Newest `control` commits that are looked through for certificates issued before. The search is for a till that asks
/// twice within a day; head office does not write so many in one.
const MAX_LOOKED_THROUGH: u32 = 10_000;

/// What came from a device.
#[derive(Debug, Default)]
pub struct Arrived {
    pub certificates: Vec<Vec<u8>>,
    pub commits: Vec<Commit>,
    pub unreadable: Vec<(Vec<u8>, Fault)>,
}

/// What is held, and what a peer lacks of it.
#[derive(Debug)]
pub struct Offered {
    pub vector: Vec<Tip>,
    pub lacking: Lacking,
    /// Of logs on which the peer's vector disagrees.
    pub ladders: Vec<Ladder>,
    /// Commits declared lost that would be taken.
    pub wants: Vec<Tip>,
    /// Commits in the peer's vector that are not held here.
    pub beyond: u64,
    pub waiting: u64,
}

/// Storage of one organisation's journal. Calls block; each is one transaction, and durable when it returns.
pub trait JournalStore: Send + Sync {
    /// Learns what other processes have taken, before anything is compared or answered; nothing where there are none.
    fn catch_up(&self) -> Result<(), Refusal> {
        Ok(())
    }

    /// Takes commits: holds them, lets them wait, or sets them aside, each with its reason. The same again changes nothing.
    fn accept(&self, arrived: Arrived, source: &str, now: i64) -> Result<Merged, Refusal>;

    /// How far every log of these lanes is held, and what a peer that said this lacks, at most `bytes` of it.
    fn offer(&self, theirs: &Theirs<'_>, lanes: Lanes, bytes: usize) -> Result<Offered, Refusal>;

    /// Certifies a device and states it in `control`: the chain above it, its own certificate, its spare. The same keys
    /// again get the same certificates.
    fn enrol(&self, enrolling: &Enrolling<'_>) -> Result<Vec<Vec<u8>>, Refusal>;

    /// How far every log of these lanes is held.
    fn vector(&self, lanes: Lanes) -> Result<Vec<Tip>, Refusal>;

    /// Certifies a spare for a till that keeps its certificate, and states it in `control`: the enrolling key's
    /// certificate, the spare's. The same key again gets the same certificate; without one, only the first comes.
    fn certify_spare(
        &self,
        certificate: &Certificate,
        place: &Place,
        spare: Option<[u8; 32]>,
    ) -> Result<Vec<Vec<u8>>, Refusal>;

    /// Remembers that a device called.
    fn seen(&self, seen: Seen) -> Result<(), Refusal>;

    fn counts(&self) -> Result<Counts, Refusal>;

    /// Acts on erasure orders, `time` being now, ms UTC: parts whose time is over are gone when this returns.
    fn erase_due(&self, time: i64) -> Result<(), Refusal>;

    /// Runs head office's work that may write one commit, as the only one to write its logs, over a replica that holds all
    /// of them; `request` is the id under which it is asked again when its answer is lost. Says where the commit stands,
    /// for whoever reads it next at another process; none is needed when there is only one.
    fn command(
        &self,
        request: Option<Id>,
        work: &mut dyn FnMut() -> Result<(), Refusal>,
    ) -> Result<Option<Tip>, Refusal>;

    /// Waits, so long at most, until this process's replica holds that position; whether it does.
    fn reached(&self, position: Tip, within: Duration) -> Result<bool, Refusal>;

    /// Remembers a session that was signed out before its token ended, for all processes.
    fn signed_out(&self, session: Id, expires: i64, now: i64) -> Result<(), Refusal>;
}

/// The SQLite replica of the server's folder.
pub struct Embedded(pub App);

impl JournalStore for Embedded {
    fn accept(&self, arrived: Arrived, source: &str, now: i64) -> Result<Merged, Refusal> {
        let Arrived {
            certificates,
            commits,
            unreadable,
        } = arrived;
        let bad = unreadable.len();
        sync::unreadable::set_aside(self.0.replica(), unreadable, source, now)?;
        let mut merged = Merged::default();
        if !commits.is_empty() {
            merged = self.0.replica().merge(certificates, commits, source, now)?;
        }
        merged.aside += bad;
        Ok(merged)
    }

    fn offer(&self, theirs: &Theirs<'_>, lanes: Lanes, bytes: usize) -> Result<Offered, Refusal> {
        self.0.replica().read(|conn| -> Result<Offered, Refusal> {
            Ok(Offered {
                vector: vector(conn, lanes)?,
                lacking: lacking(conn, theirs, lanes, bytes)?,
                ladders: ladders(conn, theirs.vector, lanes)?,
                wants: wants(conn)?,
                beyond: peer::beyond(conn, theirs.vector, lanes)?,
                waiting: peer::counts(conn)?.waiting,
            })
        })
    }

    fn enrol(&self, enrolling: &Enrolling<'_>) -> Result<Vec<Vec<u8>>, Refusal> {
        let replica = self.0.replica();
        let issued = replica.read(|conn| issued_for(conn, &enrolling.key, &enrolling.spare, MAX_LOOKED_THROUGH))?;
        let Some(Issued { own, spare }) = issued else {
            return self.0.enrol(enrolling);
        };
        let certificate = Certificate::from_bytes(&own).map_err(|fault| Refusal::Damaged {
            what: format!("an issued certificate: {fault}"),
        })?;
        let issuer = replica
            .trust()
            .read()
            .issuer_of(&certificate)
            .map(Certificate::to_bytes);
        Ok(issuer.into_iter().chain([own, spare]).collect())
    }

    fn vector(&self, lanes: Lanes) -> Result<Vec<Tip>, Refusal> {
        Ok(self.0.replica().read(|conn| vector(conn, lanes))?)
    }

    fn certify_spare(
        &self,
        certificate: &Certificate,
        place: &Place,
        spare: Option<[u8; 32]>,
    ) -> Result<Vec<Vec<u8>>, Refusal> {
        self.0.certify_spare(certificate, &place.store, &place.till, spare)
    }

    fn seen(&self, seen: Seen) -> Result<(), Refusal> {
        Ok(self
            .0
            .replica()
            .write(move |tx| -> Result<(), ReplicaError> { peer::record_seen(tx.conn(), &seen) })?)
    }

    fn counts(&self) -> Result<Counts, Refusal> {
        Ok(self.0.replica().read(peer::counts)?)
    }

    fn erase_due(&self, time: i64) -> Result<(), Refusal> {
        self.0.replica().erase_due(time)?;
        Ok(())
    }

    fn command(&self, _: Option<Id>, work: &mut dyn FnMut() -> Result<(), Refusal>) -> Result<Option<Tip>, Refusal> {
        // The replica's one writing thread is the lock.
        work().map(|()| None)
    }

    fn reached(&self, _: Tip, _: Duration) -> Result<bool, Refusal> {
        Ok(true)
    }

    fn signed_out(&self, _: Id, _: i64, _: i64) -> Result<(), Refusal> {
        Ok(())
    }
}
