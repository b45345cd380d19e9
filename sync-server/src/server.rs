//! What every handler has in hand.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use app::setup::ENROLLING_KEY;
use app::{App, Clock, joining, keys};
use journal::{Certificate, Post};
use model::ids::Id;
use model::refusal::Refusal;
use replica::peer::Seen;
use replica::{ReplicaError, Signer, Surroundings};
use sync::wire::{Challenge, Message};
use tokio::sync::watch;

use crate::attempts::Attempts;
use crate::codes::{CodeStore, Codes};
use crate::events::Board;
use crate::gate::Gate;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::restored;
use crate::revoked::Revoked;
use crate::secrets::Secrets;
use crate::snapshots::Snapshots;
use crate::store::{Embedded, JournalStore};

/// Sync exchanges worked on at once, and waiting. One writer stands behind them.
const EXCHANGES: (usize, usize) = (8, 256);
/// Head-office requests worked on at once, and waiting.
const CALLS: (usize, usize) = (8, 256);
/// Passwords waiting to be checked; one a core is checked at once, because each takes 19 MiB and a core.
const PASSWORDS_WAITING: usize = 64;
/// Sign-ins a minute for one name from one address.
const SIGN_INS: u32 = 5;
/// Wrong one-time codes a minute from one address, and from all.
const WRONG_CODES: u32 = 10;
const ALL_WRONG_CODES: u32 = 60;

/// One server: a chain's head office and the meeting point of its tills, or the relay of a store.
pub struct Server {
    pub app: App,
    pub store: Box<dyn JournalStore>,
    pub codes: Mutex<Box<dyn CodeStore>>,
    pub secrets: Secrets,
    pub signer: Signer,
    /// Issuers first, the server's own last.
    pub chain: Vec<Vec<u8>>,
    /// Of the key that enrols tills: none need show it.
    pub enrolling: Certificate,
    pub organisation_key: [u8; 32],
    pub log: Log,
    pub metrics: Metrics,
    pub exchanges: Gate,
    pub calls: Gate,
    pub passwords: Gate,
    pub sign_ins: Attempts<(blake3::Hash, IpAddr)>,
    pub wrong_codes: Attempts<IpAddr>,
    pub all_wrong_codes: Attempts<()>,
    pub revoked: Arc<Revoked>,
    /// What each device last said, so that a till with nothing new costs no write.
    pub seen: Mutex<HashMap<Id, Seen>>,
    pub tls: bool,
    /// Who is to be woken when something changed.
    pub board: Board,
    /// True once the server ends: answers that would go on end too.
    pub stopping: watch::Sender<bool>,
    /// Of a store's relay: where head office is.
    pub centre: Option<String>,
    pub snapshots: Snapshots,
}

impl Server {
    /// Opens a folder that `init` made; with `database`, the journal lies there, shared with other processes.
    ///
    /// # Errors
    /// A folder in use, from newer software, or not a server's; a database that does not answer.
    pub fn open(
        folder: &Path,
        database: Option<&str>,
        clock: Clock,
        log: Log,
        tls: bool,
    ) -> Result<Arc<Self>, Refusal> {
        let Some(url) = database else {
            return Self::stored(app::setup::open_app(folder, clock)?, None, log, tls);
        };
        remake(folder, url)?;
        // No witness: other processes write the same logs, and the database says where they end.
        let replica = app::setup::open_in(folder, &Surroundings::default())?;
        if replica.read(replica::base::kept_from)? != 0 {
            return Err(Refusal::Failed {
                what:
                    "this folder has sums of old trade from a till, and a database takes whole records alone; serve it \
                       without --database"
                        .to_owned(),
            });
        }
        Self::stored(App::new(replica, clock)?, Some(url), log, tls)
    }

    /// The same over a folder that is open already.
    ///
    /// # Errors
    /// A folder that is not a server's.
    pub fn over(app: App, log: Log, tls: bool) -> Result<Arc<Self>, Refusal> {
        Self::stored(app, None, log, tls)
    }

    fn stored(app: App, database: Option<&str>, log: Log, tls: bool) -> Result<Arc<Self>, Refusal> {
        let signer = app.replica().write(|tx| Ok::<_, ReplicaError>(tx.signer().cloned()))?;
        // Nobody would take a till's word for a server's.
        let signer = signer
            .filter(|signer| matches!(signer.certificate.post(), Post::HeadOffice | Post::Relay))
            .ok_or_else(|| Refusal::CannotWrite {
                what: "certificates".to_owned(),
            })?;
        let centre = match signer.certificate.post() {
            Post::Relay => Some(joining::server(app.replica())?.unwrap_or_default()),
            _ => None,
        };
        app::office_spare::ensure_spare(&app)?;
        restored::look(&app, &signer)?;
        let key = keys::load(app.replica().path(), ENROLLING_KEY)?;
        let (organisation_key, chain, enrolling) = {
            let trust = app.replica().trust().read();
            let issuer = trust.issuer_of(&signer.certificate).cloned();
            let key = key.map(|key| key.verifying_key().to_bytes());
            let own = trust.iter().map(|(_, own)| own).find(|own| Some(own.key) == key);
            let enrolling = own.or(issuer.as_ref()).unwrap_or(&signer.certificate).clone();
            let issuer = issuer.as_ref().map(Certificate::to_bytes);
            let chain = issuer.into_iter().chain([signer.certificate.to_bytes()]).collect();
            (trust.organisation_key(), chain, enrolling)
        };
        let revoked = Arc::<Revoked>::default();
        if database.is_some() && centre.is_some() {
            return Err(Refusal::Usage {
                why: "a relay keeps its journal in its folder; --database is for head office".to_owned(),
            });
        }
        let (store, codes) = match database {
            Some(url) => shared(url, &app, &signer, &revoked)?,
            None => (
                Box::new(Embedded(app.clone())) as Box<dyn JournalStore>,
                Box::new(Codes::open(app.replica().path())?) as Box<dyn CodeStore>,
            ),
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let server = Arc::new(Self {
            store,
            codes: Mutex::new(codes),
            secrets: Secrets::of(&signer.key),
            app,
            signer,
            chain,
            enrolling,
            organisation_key,
            log,
            metrics: Metrics::default(),
            exchanges: Gate::new(EXCHANGES.0, EXCHANGES.1),
            calls: Gate::new(CALLS.0, CALLS.1),
            passwords: Gate::new(cores, PASSWORDS_WAITING),
            sign_ins: Attempts::new(SIGN_INS),
            wrong_codes: Attempts::new(WRONG_CODES),
            all_wrong_codes: Attempts::new(ALL_WRONG_CODES),
            revoked,
            seen: Mutex::default(),
            tls,
            board: Board::default(),
            stopping: watch::Sender::new(false),
            centre,
            snapshots: Snapshots::default(),
        });
        server.snapshots.find(&server.app)?;
        let watching = Arc::downgrade(&server);
        server.app.replica().watch(move || {
            let Some(server) = watching.upgrade() else { return false };
            server.board.touch();
            true
        });
        Ok(server)
    }

    pub fn now(&self) -> i64 {
        self.app.now()
    }

    /// # Errors
    /// [`Refusal::RelayOnly`] at a store's relay: what only head office does.
    pub fn head_office_only(&self) -> Result<(), Refusal> {
        match &self.centre {
            None => Ok(()),
            Some(centre) => Err(Refusal::RelayOnly { centre: centre.clone() }),
        }
    }

    /// Acts on erasure orders that are over by this clock. A relay's own clock counts for nothing: it erases when it has met
    /// head office, like a till.
    pub fn erase_due(&self, now: i64) -> Result<(), Refusal> {
        match self.centre {
            None => {
                self.store.erase_due(now)?;
                self.snapshots.remove_if_erased(&self.app)
            }
            Some(_) => Ok(()),
        }
    }

    /// A challenge for a till: the organisation it will find here, and what it is to sign.
    pub fn challenge(&self) -> Result<Vec<u8>, Refusal> {
        let challenge = self.secrets.new_challenge(self.app.replica().entropy(), self.now())?;
        let (own, enrolling) = (self.signer.certificate.id(), self.enrolling.id());
        Ok(Challenge::new(challenge, self.organisation_key, Id::of(&own), Id::of(&enrolling)).to_body()?)
    }
}

type Stores = (Box<dyn JournalStore>, Box<dyn CodeStore>);

/// Journal and codes in a database.
#[cfg(feature = "postgres")]
fn shared(url: &str, app: &App, signer: &Signer, revoked: &Arc<Revoked>) -> Result<Stores, Refusal> {
    use crate::postgres::{Chain, PostgresStore, SharedCodes, folder::remember};
    let organisation_key = app.replica().trust().read().organisation_key();
    let spare = app.replica().write(|tx| Ok::<_, ReplicaError>(tx.spare().cloned()))?;
    let own: Vec<Certificate> = [Some(signer.clone()), spare]
        .into_iter()
        .flatten()
        .map(|signer| signer.certificate)
        .collect();
    let chain = Arc::new(Chain::open(url, organisation_key)?);
    let folder = app.replica().path();
    remember(folder, organisation_key)?;
    let codes = SharedCodes {
        chain: Arc::clone(&chain),
        folder: Codes::open(folder)?,
    };
    let store = PostgresStore::open(chain, app.clone(), &own, Arc::clone(revoked))?;
    Ok((Box::new(store), Box::new(codes)))
}

#[cfg(feature = "postgres")]
fn remake(folder: &Path, url: &str) -> Result<(), Refusal> {
    crate::postgres::folder::remake(folder, url)
}

#[cfg(not(feature = "postgres"))]
fn shared(_: &str, _: &App, _: &Signer, _: &Arc<Revoked>) -> Result<Stores, Refusal> {
    Err(without())
}

#[cfg(not(feature = "postgres"))]
fn remake(_: &Path, _: &str) -> Result<(), Refusal> {
    Err(without())
}

#[cfg(not(feature = "postgres"))]
pub fn without() -> Refusal {
    Refusal::Usage {
        why: "this build has no PostgreSQL".to_owned(),
    }
}
