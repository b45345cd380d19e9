//! One till's exchanges with its server.

use std::collections::HashSet;
use std::sync::Arc;

use app::App;
use journal::{Lanes, Post};
use model::ids::Hash;
use model::refusal::Refusal;
use replica::statement::{Stated, Unstated, stated, unstated};
use replica::{
    Lacking, Ladder, Replica, ReplicaError, Theirs, Tip, Waits, has_ended, lacking, ladders, peer, vector, waits, wants,
};

use crate::http::Http;
use crate::limits::{BATCH_BYTES, MAX_STATEMENT_ROUNDS};
use crate::line::Line;
use crate::packed::Unpacked;
use crate::session::{self, Identity};
use crate::stated::Statements;
use crate::trouble::Trouble;
use crate::wire::{Message, Offer};

/// Under these names head office and the store's relay stand in what is known of peers.
pub const SERVER: &str = "server";
pub const RELAY: &str = "relay";
/// Name and version, as head office sees them.
pub const SOFTWARE: &str = concat!("fovea ", env!("CARGO_PKG_VERSION"));

/// What one exchange came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Both vectors were equal in the answer and nothing waits.
    Equal,
    /// Something moved, or the two have only just met.
    Moved,
    /// Nothing moved, and the two are not equal.
    Still,
}

/// What a run moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Synced {
    pub exchanges: usize,
    /// Commits offered, taken, and bytes on the wire both ways.
    pub sent: usize,
    pub received: usize,
    pub bytes_up: usize,
    pub bytes_down: usize,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of a snapshot that are here, of those there are; 0 of 0 before and after.
    pub fetched: u64,
    pub to_fetch: u64,
    /// Commits held here of those the server said it holds.
    pub taken: u64,
    pub of: u64,
    pub products: u64,
    pub customers: u64,
    pub people: u64,
}

/// What the other side last said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    vector: Vec<Tip>,
    ladders: Vec<Ladder>,
    wants: Vec<Tip>,
}

impl Said {
    fn of(offer: &Offer) -> Self {
        Self {
            vector: offer.vector(),
            ladders: offer.ladders(),
            wants: offer.wants(),
        }
    }

    fn theirs(&self) -> Theirs<'_> {
        Theirs {
            vector: &self.vector,
            ladders: &self.ladders,
            wants: &self.wants,
        }
    }
}

/// A till's side of one connection. It remembers what the server last said it holds.
pub struct Peer {
    line: Box<dyn Line + Send>,
    app: App,
    identity: Identity,
    lanes: Lanes,
    token: Option<String>,
    /// What is known of head office and of a relay is kept apart; which of them answers, its certificate says.
    name: &'static str,
    theirs: Option<Said>,
    /// What waits at this relay and was shown to head office since it began.
    shown: HashSet<Hash>,
    /// The statements that the other side keeps, as it last said.
    theirs_stated: Option<Vec<Stated>>,
    pub synced: Synced,
}

impl Peer {
    /// # Errors
    /// What [`Http::new`] refuses; a folder that has no key.
    pub fn new(app: &App, server: &str) -> Result<Self, Refusal> {
        Self::over(app, Box::new(Http::new(server)?))
    }

    /// The same over a line of the caller's.
    ///
    /// # Errors
    /// A folder that has no key.
    pub fn over(app: &App, line: Box<dyn Line + Send>) -> Result<Self, Refusal> {
        let signer = app.replica().write(|tx| Ok::<_, ReplicaError>(tx.signer().cloned()))?;
        let signer = signer.ok_or_else(|| Refusal::CannotWrite {
            what: "anything".to_owned(),
        })?;
        let lanes = signer.certificate.reads;
        let identity = Identity::new(&app.replica().trust().read(), signer.certificate, signer.key);
        Ok(Self {
            line,
            app: app.clone(),
            identity,
            lanes,
            token: None,
            name: SERVER,
            theirs: None,
            shown: HashSet::new(),
            theirs_stated: None,
            synced: Synced::default(),
        })
    }

    fn replica(&self) -> &Arc<Replica> {
        self.app.replica()
    }

    /// Forgets what the server said: the next exchange of a new run begins with vectors alone.
    pub fn begin(&mut self) {
        self.theirs = None;
        self.synced = Synced::default();
    }

    /// The token of the last exchange, good for listening too.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// How far this till is on its way to what the server last said.
    pub fn progress(&self) -> Result<Progress, Refusal> {
        let (ours, filled) = self
            .replica()
            .read(|conn| -> Result<_, ReplicaError> { Ok((vector(conn, self.lanes)?, peer::filled(conn)?)) })?;
        let sum = |tips: &[Tip]| tips.iter().fold(0, |sum: u64, tip| sum.saturating_add(tip.seq));
        let taken = sum(&ours);
        let of = self.theirs.as_ref().map_or(taken, |said| sum(&said.vector)).max(taken);
        let peer::Filled {
            products,
            customers,
            people,
        } = filled;
        Ok(Progress {
            fetched: 0,
            to_fetch: 0,
            taken,
            of,
            products,
            customers,
            people,
        })
    }

    /// One exchange: offers what the server lacks, takes what it offers. Where that moves nothing, head office is shown what
    /// waits here.
    ///
    /// # Errors
    /// A line or a server that fails; a device that was closed.
    pub fn step(&mut self) -> Result<Step, Trouble> {
        match self.exchange(None)? {
            Step::Still if self.name == SERVER => self.show_waiting(),
            step => Ok(step),
        }
    }

    /// What cannot be taken here, head office has to see: what a closed till brought late, or what waits for something lost,
    /// nobody else may ever bring there, not even head office itself, if it was put back since it sent it. Outside of this,
    /// what waits is sent on by nobody.
    fn show_waiting(&mut self) -> Result<Step, Trouble> {
        let waits = self.replica().read(|conn| -> Result<_, ReplicaError> {
            waits(conn, &self.replica().trust().read(), &self.shown, BATCH_BYTES)
        })?;
        let Waits { lacking, hashes } = waits;
        if hashes.is_empty() {
            return Ok(Step::Still);
        }
        let step = self.exchange(Some(lacking))?;
        self.shown.extend(hashes);
        Ok(match step {
            Step::Still => Step::Moved,
            step => step,
        })
    }

    fn exchange(&mut self, waiting: Option<Lacking>) -> Result<Step, Trouble> {
        let (offer, folded) = self.replica().read(|conn| -> Result<_, ReplicaError> {
            let (lacking, ladders) = match (waiting, &self.theirs) {
                (Some(waiting), _) => (waiting, Vec::new()),
                (None, Some(said)) => (
                    lacking(conn, &said.theirs(), self.lanes, BATCH_BYTES)?,
                    ladders(conn, &said.vector, self.lanes)?,
                ),
                // Until the server has said what it holds, everything might be known there.
                (None, None) => (Lacking::default(), Vec::new()),
            };
            let (ours, waiting) = (vector(conn, self.lanes)?, peer::counts(conn)?.waiting);
            let offer = Offer::new(&ours, &lacking, waiting, SOFTWARE).asking(&ladders, &wants(conn)?);
            Ok((offer, lacking.folded))
        })?;
        let offer = offer.dated(self.app.now());
        let (sent, asked) = (offer.commits(), offer.wants());
        let answer: Offer = self.ask("v1/sync", &offer)?;
        self.synced.exchanges += 1;
        self.synced.sent += sent;
        self.synced.received += answer.commits();

        let said = Said::of(&answer);
        let (more, time) = (answer.more, answer.time);
        let (certificates, unpacked) = answer.unpack()?;
        let held = self.take(certificates, unpacked)?;
        self.replica().acknowledge(self.name, &said.vector, self.lanes)?;
        let (ours, waiting, open) = self.replica().read(|conn| -> Result<_, ReplicaError> {
            let (ours, waiting) = (vector(conn, self.lanes)?, peer::counts(conn)?.waiting);
            // Of equal vectors only parts that count again are still wanted.
            let owes = ours == said.vector
                && !said.wants.is_empty()
                && !lacking(conn, &said.theirs(), self.lanes, BATCH_BYTES)?
                    .commits
                    .is_empty();
            // What came may have made something wanted that nobody was asked for yet.
            let unasked = wants(conn)?.iter().any(|want| !asked.contains(want));
            Ok((ours, waiting, owes || unasked))
        })?;
        let moved = held > 0 || self.theirs.as_ref().is_none_or(|before| *before != said);
        let equal = ours == said.vector && waiting == 0 && !more && !open;
        self.theirs = Some(said);
        let still = !equal && !moved;
        if still {
            self.may_go_on()?;
        }
        // A relay may yet be given it by head office; nobody gives it to head office.
        let lost = still && folded && self.name == SERVER;
        if equal || still {
            self.tidy(time, !lost)?;
        }
        if lost {
            return Err(Trouble::Final(Refusal::OfficeLacksOld));
        }
        Ok(match (equal, moved) {
            (true, _) => Step::Equal,
            (false, true) => Step::Moved,
            (false, false) => Step::Still,
        })
    }

    /// Whoever was closed is told nothing more than that: it need not ask again and again.
    fn may_go_on(&self) -> Result<(), Trouble> {
        let own = &self.identity.certificate;
        match self.replica().read(|conn| has_ended(conn, own))? {
            true => Err(Trouble::Final(Refusal::DeviceStopped {
                why: "head office has closed it".to_owned(),
            })),
            false => Ok(()),
        }
    }

    /// Once all that the server had was taken, a withdrawal included, what is over by its clock goes, and old
    /// trade becomes sums, if it may.
    fn tidy(&self, time: i64, may_fold: bool) -> Result<(), Refusal> {
        // Head office's clock counts. A relay's is some machine's in a store: set ahead, it would erase before its day.
        if time == 0 || self.name != SERVER {
            return Ok(());
        }
        self.replica().note_server_time(time, self.app.now())?;
        self.replica().erase_due(time)?;
        if may_fold {
            self.replica().fold_due(time)?;
        }
        Ok(())
    }

    fn take(&self, certificates: Vec<Vec<u8>>, unpacked: Unpacked) -> Result<usize, Refusal> {
        let Unpacked { commits, unreadable } = unpacked;
        crate::unreadable::set_aside(self.replica(), unreadable, self.name, self.app.now())?;
        if certificates.is_empty() && commits.is_empty() {
            return Ok(0);
        }
        Ok(self
            .replica()
            .merge(certificates, commits, self.name, self.app.now())?
            .held)
    }

    fn prove(&mut self) -> Result<String, Trouble> {
        let granted = session::token(&*self.line, &self.identity, self.app.replica().entropy())?;
        self.name = if granted.post == Post::Relay { RELAY } else { SERVER };
        Ok(granted.token)
    }

    /// The same only where there is something to state: a run that found nothing new costs nothing more.
    ///
    /// # Errors
    /// As [`tell`](Self::tell).
    pub fn tell_news(&mut self) -> Result<(), Trouble> {
        if self.replica().state(self.app.now())? {
            self.tell()?;
        }
        Ok(())
    }

    /// States what is held and shown here, if that is news, and tells and is told the statements that one side lacks.
    ///
    /// # Errors
    /// A line or a server that fails; nothing rests on it, and what was not told is told the next time.
    pub fn tell(&mut self) -> Result<(), Trouble> {
        self.replica().state(self.app.now())?;
        for _ in 0..MAX_STATEMENT_ROUNDS {
            let theirs = self.theirs_stated.take();
            let (kept, unheard) = self.replica().read(|conn| -> Result<_, ReplicaError> {
                let unheard = match &theirs {
                    Some(theirs) => unstated(conn, theirs, BATCH_BYTES)?,
                    // Until it has said what it keeps, it might keep everything.
                    None => Unstated::default(),
                };
                Ok((stated(conn)?, unheard))
            })?;
            let answer: Statements = self.ask("v1/statements", &Statements::new(&kept, unheard))?;
            let said = answer.kept();
            let news = self.replica().hear(answer.passed_on())?;
            let more = self
                .replica()
                .read(|conn| -> Result<_, ReplicaError> { Ok(!unstated(conn, &said, 1)?.statements.is_empty()) })?;
            // What it was sent and does not keep, it will not keep when it is sent again.
            let moved = news > 0 || theirs.as_ref() != Some(&said);
            self.theirs_stated = Some(said);
            if !moved || (news == 0 && !more) {
                break;
            }
        }
        Ok(())
    }

    fn ask<M: Message>(&mut self, path: &str, message: &M) -> Result<M, Trouble> {
        // Our own message within our own bounds: `lacking` keeps them.
        let body = message.to_body().map_err(|fault| Refusal::Failed {
            what: fault.to_string(),
        })?;
        let token = match self.token.take() {
            Some(token) => token,
            None => self.prove()?,
        };
        self.synced.bytes_up += body.len();
        let answer = match self.line.post(path, body.clone(), Some(&token)) {
            // It ran out, or the server was made anew; a second refusal is not about time.
            Err(Trouble::Token) => {
                // Made anew from a copy, it may have forgotten what it was shown.
                self.shown.clear();
                let token = self.prove()?;
                let answer = self.line.post(path, body, Some(&token));
                self.token = Some(token);
                answer
            }
            answer => {
                self.token = Some(token);
                answer
            }
        }?;
        self.synced.bytes_down += answer.len();
        Ok(M::from_body(&answer)?)
    }
}
