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
         ORDER BY u.name, u.id",
        &[&now],
        |row| Ok((id_at(row, 0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, Option<i64>>(3)?)),
    )?;
    let mut people = Vec::new();
    for (id, login, name, pin_until) in users {
        let roles = sign_in::roles(scope.conn(), id, scope.place.store_id)?;
        if !roles.is_empty() && !sign_in::disabled(scope.conn(), id)? {
            people.push(Person { id, login, name, roles, pin_until });
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
            id.map(|id| stores.iter().find(|store| store.id == id).map_or_else(|| id.to_string(), |s| s.code.clone()))
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
                .filter_map(|(id, role, store)| Some(Grant { id, role: Role::from_code(role)?, store: code(store) }))
                .collect();
            users.push(User { id, login, name, disabled: sign_in::disabled(scope.conn(), id)?, grants });
        }
        Ok(Users { users })
    }
}

fn store_of(scope: &Scope<'_, '_>, at: &RoleAt) -> Result<Option<Id>, Refusal> {
    at.store.as_deref().map(|code| store_by_code(scope.conn(), code).map(|store| store.id)).transpose()
}

/// Nobody gives a role higher than the own one.
fn may_give(scope: &Scope<'_, '_>, role: Role) -> Result<(), Refusal> {
    if role.rank() < rank(&scope.caller.roles) {
        return Err(Refusal::NotPermitted { permission: format!("to give the role {}", role.title()) });
    }
    Ok(())
}

fn known_user(scope: &Scope<'_, '_>, user: Id) -> Result<(), Refusal> {
    scope
        .row("SELECT 1 FROM app_user WHERE id = ?", &[&user.as_bytes()], |_| Ok(()))?
        .ok_or_else(|| Refusal::Unknown { what: "This person".to_owned() })
}

impl Handle for UsersAdd {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Added, Refusal> {
        let login = setup::login(&self.login)?;
        let name = setup::name("name", &self.name)?;
        if self.roles.is_empty() {
            return Err(Refusal::BadField { field: "roles".to_owned(), why: "a person has at least one".to_owned() });
        }
        if sign_in::by_login(scope.conn(), &login)?.is_some() {
            return Err(Refusal::Taken { what: format!("The name {login}") });
        }
        let verifier = passwords::verifier(&self.password)?;
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        let user = draft.add(UserAdded { login, name });
        draft.add(PasswordSet { user, verifier });
        for at in &self.roles {
            may_give(scope, at.role)?;
            draft.add(RoleGranted { user, role: at.role.code(), store: store_of(scope, at)? });
        }
        Ok(Added { user: scope.append(draft)?.id(user) })
    }
}

impl Handle for UsersPassword {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        known_user(scope, self.user)?;
        let theirs = sign_in::roles(scope.conn(), self.user, None)?;
        if self.user != scope.caller.user && rank(&theirs) < rank(&scope.caller.roles) {
            return Err(Refusal::NotPermitted { permission: "to change the password of somebody higher".to_owned() });
        }
        let verifier = passwords::verifier(&self.password)?;
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        draft.add(PasswordSet { user: self.user.into(), verifier });
        scope.append(draft)?;
        Ok(Done {})
    }
}

impl Handle for UsersGrant {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        known_user(scope, self.user)?;
        may_give(scope, self.role.role)?;
        let store = store_of(scope, &self.role)?;
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        draft.add(RoleGranted { user: self.user.into(), role: self.role.role.code(), store });
        scope.append(draft)?;
        Ok(Done {})
    }
}

impl Handle for UsersRevoke {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        scope
            .row("SELECT 1 FROM role_grant WHERE id = ?", &[&self.grant.as_bytes()], |_| Ok(()))?
            .ok_or_else(|| Refusal::Unknown { what: "This grant".to_owned() })?;
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
            return Err(Refusal::NotPermitted { permission: "to disable oneself".to_owned() });
        }
        if self.reason.trim().is_empty() {
            return Err(Refusal::ReasonNeeded);
        }
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        draft.add(UserDisabled { user: self.user, reason: self.reason.trim().to_owned() });
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
            return Err(Refusal::BadField { field: "person".to_owned(), why: "is not disabled".to_owned() });
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
        Ok(Stores { stores: stores(scope.conn())? })
    }
}

impl Handle for OrganisationGet {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Organisation, Refusal> {
        let name = scope
            .row("SELECT name FROM organisation ORDER BY id LIMIT 1", &[], |row| row.get(0))?
            .unwrap_or_default();
        let store = scope.place.store_id.map(|id| crate::place::store(scope.conn(), id)).transpose()?.flatten();
        Ok(Organisation {
            id: scope.place.organisation,
            name,
            profile: (*scope.profile()?).clone(),
            store,
            till: scope.place.till.clone(),
            letter: scope.place.letter.clone(),
        })
    }
}
