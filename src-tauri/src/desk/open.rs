//! An open folder: the app, who stands at the till, the printer, the way to the server.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use app::keys::KeyStore;
use app::{App, Caller, system_clock};
use devices::printer::Printer;
use model::ids::Id;
use model::refusal::Refusal;
use model::requests::till::{Me, Network, PrinterStatus, Status};
use serde_json::json;
use sync::SyncLoop;

use super::Shared;
use super::papers::Papers;

/// What the desk works on once there is data.
pub struct Open {
    pub app: App,
    pub(super) shared: Weak<Shared>,
    user: Mutex<Option<Id>>,
    pub(super) papers: Papers,
    sync: Mutex<Option<SyncLoop>>,
    keys: KeyStore,
}

impl Open {
    pub fn at(folder: &Path, shared: &Arc<Shared>) -> Result<Arc<Self>, Refusal> {
        let app = app::setup::open_app(folder, system_clock())?;
        app.interrupt_jobs()?;
        let keys = KeyStore::of(folder)?;
        let open = Arc::new(Self {
            app: app.clone(),
            shared: Arc::downgrade(shared),
            user: Mutex::new(None),
            papers: Papers::new(Printer::none()),
            sync: Mutex::new(None),
            keys,
        });
        open.start_printer()?;
        let watching = Arc::downgrade(&open);
        let changed = move |_: &Network| {
            if let Some(open) = watching.upgrade() {
                open.tell_status();
            }
        };
        *open.sync.lock().unwrap_or_else(PoisonError::into_inner) = Some(SyncLoop::start(app, changed)?);
        Ok(open)
    }

    /// Tells the page how things stand.
    pub fn tell_status(&self) {
        if let (Some(shared), Ok(status)) = (self.shared.upgrade(), self.status()) {
            shared.tell(&json!({ "kind": "status", "status": status }));
        }
    }

    pub fn status(&self) -> Result<Status, Refusal> {
        Ok(Status {
            network: self.network(),
            printer: self.printer_status(),
            keys: self.keys.word().to_owned(),
            now: self.app.now(),
            offset_minutes: self.app.offset_minutes()?,
        })
    }

    pub fn network(&self) -> Network {
        let sync = self.sync.lock().unwrap_or_else(PoisonError::into_inner);
        sync.as_ref().map(SyncLoop::network).unwrap_or_default()
    }

    pub fn sync_now(&self) {
        if let Some(sync) = &*self.sync.lock().unwrap_or_else(PoisonError::into_inner) {
            sync.now();
        }
    }

    pub fn printer_status(&self) -> PrinterStatus {
        self.papers.status(&self.app)
    }

    pub(super) fn set_user(&self, user: Option<Id>) {
        *self.user.lock().unwrap_or_else(PoisonError::into_inner) = user;
    }

    /// Who is signed in, with the roles they hold now: what was taken away since is gone at the next request.
    pub fn caller(&self) -> Result<Caller, Refusal> {
        let user = *self.user.lock().unwrap_or_else(PoisonError::into_inner);
        self.app.still(user.ok_or(Refusal::NotSignedIn)?)
    }

    /// Who is signed in, as the page shows them.
    pub fn me(&self) -> Result<Option<Me>, Refusal> {
        match self.caller() {
            Ok(caller) => self.app.me(&caller).map(Some),
            Err(Refusal::NotSignedIn | Refusal::Disabled) => Ok(None),
            Err(other) => Err(other),
        }
    }
}
