//! First run: start alone, or join a chain.

use std::path::Path;
use std::sync::Arc;

use app::setup::{Founding, found};
use app::system_clock;
use model::refusal::Refusal;
use model::request::Request;
use model::requests::till::{JoinProgress, Joining, Started, TillJoin, TillStart};
use serde_json::Value;

use super::open::Open;
use super::{Desk, Inner, Shared, read, to_json};

impl Desk {
    /// Answers the requests of the first run; none: another part's.
    pub(super) fn begin(&self, request: &str, body: &Value) -> Option<Result<Value, Refusal>> {
        match request {
            TillStart::NAME => Some(self.start(body)),
            TillJoin::NAME => Some(self.join(body)),
            JoinProgress::NAME => Some(to_json(self.progress())),
            _ => None,
        }
    }

    fn start(&self, body: &Value) -> Result<Value, Refusal> {
        let asked: TillStart = read(body)?;
        let founding = Founding {
            organisation: &asked.organisation,
            profile: &asked.profile,
            admin: &asked.admin,
            password: &asked.password,
            till: Some((&asked.store, &asked.till)),
        };
        let founded = found(&self.folder, &founding, &system_clock())?;
        *self.shared.inner() = Inner::Open(Open::at(&self.folder, &self.shared)?);
        to_json(Started { sheet: founded.sheet })
    }

    /// Begins joining on a thread of its own; the page follows by [`JoinProgress`]. A join that was cut goes on.
    fn join(&self, body: &Value) -> Result<Value, Refusal> {
        let asked: TillJoin = read(body)?;
        {
            let mut inner = self.shared.inner();
            match &*inner {
                Inner::Empty(joining) if joining.running => return to_json(joining.clone()),
                Inner::Empty(_) => {
                    *inner = Inner::Empty(Joining {
                        running: true,
                        ..Joining::default()
                    })
                }
                Inner::Open(_) | Inner::Refused(_) => {
                    return Err(Refusal::FolderPresent {
                        folder: self.folder.display().to_string(),
                    });
                }
            }
        }
        let (folder, shared) = (self.folder.clone(), Arc::clone(&self.shared));
        std::thread::spawn(move || run(&folder, &shared, &asked));
        to_json(self.progress())
    }

    fn progress(&self) -> Joining {
        match &*self.shared.inner() {
            Inner::Empty(joining) => joining.clone(),
            Inner::Open(_) => Joining {
                done: true,
                ..Joining::default()
            },
            Inner::Refused(refusal) => Joining {
                error: Some(refusal.told()),
                ..Joining::default()
            },
        }
    }
}

fn run(folder: &Path, shared: &Arc<Shared>, asked: &TillJoin) {
    let mut taken = |at: &sync::Progress| {
        let joining = Joining {
            running: true,
            fetched: at.fetched,
            to_fetch: at.to_fetch,
            taken: at.taken,
            of: at.of,
            products: at.products,
            customers: at.customers,
            people: at.people,
            ..Joining::default()
        };
        *shared.inner() = Inner::Empty(joining);
    };
    // The folder is let go and opened again, as at every later start.
    let joined = sync::enrol(folder, &asked.server, &asked.code, system_clock(), &mut taken).map(drop);
    let inner = match joined.and_then(|()| Open::at(folder, shared)) {
        Ok(open) => Inner::Open(open),
        Err(refusal) => Inner::Empty(Joining {
            error: Some(refusal.told()),
            ..Joining::default()
        }),
    };
    *shared.inner() = inner;
}
