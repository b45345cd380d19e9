//! Users, their roles, stores and the organisation.

use journal::Lane;
use model::ids::Id;
use model::records::{GrantRevoked, PasswordSet, RoleGranted, UserAdded, UserDisabled, UserEnabled};
use model::refusal::Refusal;
use model::requests::Done;
use model::requests::people::{
    Grant, Organisation, OrganisationGet, People, PeopleList, Person, RoleAt, Stores, StoresList, User,
    UserAdded as Added, Users, UsersAdd, UsersDisable, UsersEnable, UsersGrant, UsersList, UsersPassword, UsersRevoke,
};
use model::role::{Role, rank};

use crate::place::{store_by_code, stores};
use crate::scope::{Handle, Scope, id_at, id_or_none};
use crate::{passwords, setup, sign_in};

/// Everybody who may sign in at this place.
pub fn people(scope: &Scope<'_, '_>) -> Result<Vec<Person>, Refusal> {
    let now = scope.now;
    let users = scope.rows(
        "SELECT u.id, u.login, u.name, p.until FROM app_user u LEFT JOIN local_pin p ON p.user = u.id AND p.until > ?
           AND p.verifier <> ''
         ORDER BY u.name, u.id",
        &[&now],
        |row| {
            Ok((
                id_at(row, 0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, Option<i64>>(3)?,
            ))
        },
    )?;
    let mut people = Vec::new();
    for (id, login, name, pin_until) in users {
        let roles = sign_in::roles(scope.conn(), id, scope.place.store_id)?;
        if !roles.is_empty() && !sign_in::disabled(scope.conn(), id)? {
            people.push(Person {
                id,
                login,
                name,
                roles,
                pin_until,
            });
        }
    }
    Ok(people)
}

impl Handle for PeopleList {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<People, Refusal> {
        Ok(People { people: people(scope)? })
    }
}

impl Handle for UsersList {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Users, Refusal> {
        let stores = stores(scope.conn())?;
        let code = |id: Option<Id>| {
            id.map(|id| {
                stores
                    .iter()
                    .find(|store| store.id == id)
                    .map_or_else(|| id.to_string(), |s| s.code.clone())
            })
        };
        let rows = scope.rows("SELECT id, login, name FROM app_user ORDER BY name, id", &[], |row| {
            Ok((id_at(row, 0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
        })?;
        let mut users = Vec::with_capacity(rows.len());
        for (id, login, name) in rows {
            let grants = scope.rows(
                "SELECT id, role, store FROM role_grant g WHERE user = ?
                 AND NOT EXISTS (SELECT 1 FROM grant_revoked r WHERE r.granted = g.id) ORDER BY role, id",
                &[&id.as_bytes()],
                |row| Ok((id_at(row, 0)?, row.get::<_, u8>(1)?, id_or_none(row, 2)?)),
            )?;
            let grants = grants
                .into_iter()
                .filter_map(|(id, role, store)| {
                    Some(Grant {
                        id,
                        role: Role::from_code(role)?,
                        store: code(store),
                    })
                })
                .collect();
            users.push(User {
                id,
                login,
                name,
                disabled: sign_in::disabled(scope.conn(), id)?,
                grants,
            });
        }
        Ok(Users { users })
    }
}

fn store_of(scope: &Scope<'_, '_>, at: &RoleAt) -> Result<Option<Id>, Refusal> {
    at.store
        .as_deref()
        .map(|code| store_by_code(scope.conn(), code).map(|store| store.id))
        .transpose()
}

/// Nobody gives or ends a role higher than the own one at that place: whoever manages one store alone gives nothing
/// everywhere.
fn may_give(scope: &Scope<'_, '_>, role: Role, store: Option<Id>) -> Result<(), Refusal> {
    let own = sign_in::roles(scope.conn(), scope.caller.user, store)?;
    if role.rank() < rank(&own) {
        return Err(Refusal::NotPermitted {
            permission: format!("to give or end the role {}", role.title()),
        });
    }
    Ok(())
}

/// Nobody touches the account of somebody who is higher anywhere.
fn not_higher(scope: &Scope<'_, '_>, user: Id, what: &str) -> Result<(), Refusal> {
    let theirs: Vec<u8> = scope.rows(
        "SELECT role FROM role_grant g WHERE user = ? AND NOT EXISTS (SELECT 1 FROM grant_revoked r WHERE r.granted = g.id)",
        &[&user.as_bytes()],
        |row| row.get(0),
    )?;
    let theirs: Vec<Role> = theirs.into_iter().filter_map(Role::from_code).collect();
    if user != scope.caller.user && rank(&theirs) < rank(&scope.caller.roles) {
        return Err(Refusal::NotPermitted {
            permission: format!("to {what} somebody higher"),
        });
    }
    Ok(())
}

fn known_user(scope: &Scope<'_, '_>, user: Id) -> Result<(), Refusal> {
    scope
        .row("SELECT 1 FROM app_user WHERE id = ?", &[&user.as_bytes()], |_| Ok(()))?
        .ok_or_else(|| Refusal::Unknown {
            what: "This person".to_owned(),
        })
}

impl Handle for UsersAdd {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Added, Refusal> {
        let login = setup::login(&self.login)?;
        let name = setup::name("name", &self.name)?;
        if self.roles.is_empty() {
            return Err(Refusal::BadField {
                field: "roles".to_owned(),
                why: "a person has at least one".to_owned(),
            });
        }
        if sign_in::by_login(scope.conn(), &login)?.is_some() {
            return Err(Refusal::Taken {
                what: format!("The name {login}"),
            });
        }
        let verifier = passwords::verifier(&self.password, &scope.tx()?.entropy().clone())?;
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        let user = draft.add(UserAdded { login, name });
        draft.add(PasswordSet { user, verifier });
        for at in &self.roles {
            let store = store_of(scope, at)?;
            may_give(scope, at.role, store)?;
            draft.add(RoleGranted {
                user,
                role: at.role.code(),
                store,
            });
        }
        Ok(Added {
            user: scope.append(draft)?.id(user),
        })
    }
}

impl Handle for UsersPassword {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        known_user(scope, self.user)?;
        not_higher(scope, self.user, "change the password of")?;
        let verifier = passwords::verifier(&self.password, &scope.tx()?.entropy().clone())?;
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        draft.add(PasswordSet {
            user: self.user.into(),
            verifier,
        });
        scope.append(draft)?;
        Ok(Done {})
    }
}

impl Handle for UsersGrant {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        known_user(scope, self.user)?;
        let store = store_of(scope, &self.role)?;
        may_give(scope, self.role.role, store)?;
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        draft.add(RoleGranted {
            user: self.user.into(),
            role: self.role.role.code(),
            store,
        });
        scope.append(draft)?;
        Ok(Done {})
    }
}

impl Handle for UsersRevoke {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        let (role, store) = scope
            .row(
                "SELECT role, store FROM role_grant WHERE id = ?",
                &[&self.grant.as_bytes()],
                |row| Ok((row.get::<_, u8>(0)?, id_or_none(row, 1)?)),
            )?
            .ok_or_else(|| Refusal::Unknown {
                what: "This grant".to_owned(),
            })?;
        if let Some(role) = Role::from_code(role) {
            may_give(scope, role, store)?;
        }
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        draft.add(GrantRevoked { grant: self.grant });
        scope.append(draft)?;
        Ok(Done {})
    }
}

impl Handle for UsersDisable {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        known_user(scope, self.user)?;
        if self.user == scope.caller.user {
            return Err(Refusal::NotPermitted {
                permission: "to disable oneself".to_owned(),
            });
        }
        not_higher(scope, self.user, "disable")?;
        if self.reason.trim().is_empty() {
            return Err(Refusal::ReasonNeeded);
        }
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        draft.add(UserDisabled {
            user: self.user,
            reason: self.reason.trim().to_owned(),
        });
        scope.append(draft)?;
        Ok(Done {})
    }
}

impl Handle for UsersEnable {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        known_user(scope, self.user)?;
        let disablings = scope.rows(
            "SELECT id FROM user_disabled d WHERE user = ? AND NOT EXISTS (SELECT 1 FROM user_enabled e WHERE e.disabling = d.id)",
            &[&self.user.as_bytes()],
            |row| id_at(row, 0),
        )?;
        if disablings.is_empty() {
            return Err(Refusal::BadField {
                field: "person".to_owned(),
                why: "is not disabled".to_owned(),
            });
        }
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        for disabling in disablings {
            draft.add(UserEnabled { disabling });
        }
        scope.append(draft)?;
        Ok(Done {})
    }
}

impl Handle for StoresList {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Stores, Refusal> {
        Ok(Stores {
            stores: stores(scope.conn())?,
        })
    }
}

impl Handle for OrganisationGet {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Organisation, Refusal> {
        let name = scope
            .row("SELECT name FROM organisation ORDER BY id LIMIT 1", &[], |row| {
                row.get(0)
            })?
            .unwrap_or_default();
        let store = scope
            .place
            .store_id
            .map(|id| crate::place::store(scope.conn(), id))
            .transpose()?
            .flatten();
        Ok(Organisation {
            id: scope.place.organisation,
            name,
            profile: (*scope.profile()?).clone(),
            store,
            till: scope.place.till.clone(),
            letter: scope.place.letter_now(scope.conn())?.to_owned(),
        })
    }
}
