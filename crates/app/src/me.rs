//! Before anybody has signed in: who may, and what the program says about itself.

use model::refusal::Refusal;
use model::requests::people::{Person, Store};
use model::requests::till::Me;
use model::role::Permission;

use crate::scope::{Scope, row};
use crate::{App, Caller, people};

impl App {
    /// The tiles of the sign-in screen. Names of staff are no secret at their own till; nothing else is said.
    pub fn people_here(&self) -> Result<Vec<Person>, Refusal> {
        let nobody = Caller {
            user: model::ids::Id([0; 16]),
            login: String::new(),
            name: String::new(),
            roles: Vec::new(),
        };
        let now = self.now();
        self.replica()
            .read(|conn| people::people(&Scope::reading(conn, &nobody, self.place(), now)))
    }

    /// A caller as the window shows them.
    pub fn me(&self, caller: &Caller) -> Result<Me, Refusal> {
        let permissions = Permission::ALL
            .iter()
            .copied()
            .filter(|permission| caller.may(*permission))
            .collect();
        Ok(Me {
            id: caller.user,
            login: caller.login.clone(),
            name: caller.name.clone(),
            roles: caller.roles.clone(),
            permissions,
            pin_until: self.pin_until(caller.user)?,
        })
    }

    pub fn organisation_name(&self) -> Result<String, Refusal> {
        self.replica().read(|conn| {
            Ok(
                row(conn, "SELECT name FROM organisation ORDER BY id LIMIT 1", &[], |row| {
                    row.get(0)
                })?
                .unwrap_or_default(),
            )
        })
    }

    /// This till's store; none at head office.
    pub fn own_store(&self) -> Result<Option<Store>, Refusal> {
        let Some(id) = self.place().store_id else {
            return Ok(None);
        };
        self.replica().read(|conn| crate::place::store(conn, id))
    }

    /// Minutes east of UTC at the store, without summer time.
    pub fn offset_minutes(&self) -> Result<i32, Refusal> {
        self.replica()
            .read(|conn| Ok(self.place().profile(conn)?.time_zone.offset_minutes))
    }
}
