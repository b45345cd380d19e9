//! People, stores and the organisation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Done;
use crate::ids::Id;
use crate::request;
use crate::role::Role;

/// Who can sign in here; the tiles of the sign-in screen.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct PeopleList {}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Person {
    pub id: Id,
    pub login: String,
    pub name: String,
    /// Highest first; only those that hold at this till's store.
    pub roles: Vec<Role>,
    /// A PIN works here until this time, ms UTC; none: the password is asked.
    pub pin_until: Option<i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct People {
    pub people: Vec<Person>,
}
request!(1 "people.list" PeopleList => People, Query, SignedIn);

/// All users with their grants.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct UsersList {}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct User {
    pub id: Id,
    pub login: String,
    pub name: String,
    pub disabled: bool,
    pub grants: Vec<Grant>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Grant {
    pub id: Id,
    pub role: Role,
    /// Store code; none: everywhere.
    pub store: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Users {
    pub users: Vec<User>,
}
request!(2 "users.list" UsersList => Users, Query, PeopleRead);

/// Adds a person.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UsersAdd {
    /// 2 to 32 letters, digits, `.`, `-` or `_`; compared without regard to case.
    pub login: String,
    pub name: String,
    /// At least 8 characters.
    pub password: String,
    pub roles: Vec<RoleAt>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RoleAt {
    pub role: Role,
    /// Store code; none: everywhere.
    #[serde(default)]
    pub store: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UserAdded {
    pub user: Id,
}
request!(3 "users.add" UsersAdd => UserAdded, Command, UsersManage);

/// Sets a person's password.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UsersPassword {
    pub user: Id,
    pub password: String,
}
request!(4 "users.password" UsersPassword => Done, Command, UsersManage);

/// Gives a person a role.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UsersGrant {
    pub user: Id,
    #[serde(flatten)]
    pub role: RoleAt,
}
request!(5 "users.grant" UsersGrant => Done, Command, UsersManage);

/// Ends one grant.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UsersRevoke {
    pub grant: Id,
}
request!(6 "users.revoke" UsersRevoke => Done, Command, UsersManage);

/// Keeps a person from signing in, whatever is granted.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UsersDisable {
    pub user: Id,
    pub reason: String,
}
request!(7 "users.disable" UsersDisable => Done, Command, UsersManage);

/// Lets a person sign in again: ends every disabling known here.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UsersEnable {
    pub user: Id,
}
request!(8 "users.enable" UsersEnable => Done, Command, UsersManage);

/// Every store of the chain.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct StoresList {}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Store {
    pub id: Id,
    pub code: String,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stores {
    pub stores: Vec<Store>,
}
request!(9 "stores.list" StoresList => Stores, Query, SignedIn);

/// The organisation, its rules, and which till this is.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct OrganisationGet {}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Organisation {
    pub id: Id,
    pub name: String,
    pub profile: retail::Profile,
    /// None at head office.
    pub store: Option<Store>,
    /// Empty at head office.
    pub till: String,
    /// The series letter of the numbers that the till gives now: its spare certificate's, once the first may write no more.
    pub letter: String,
}
request!(10 "organisation.get" OrganisationGet => Organisation, Query, SignedIn);
