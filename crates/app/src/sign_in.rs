//! Who somebody is: name and password, checked on what this folder holds, network or not.

use std::sync::{Arc, PoisonError};

use journal::Lane;
use model::ids::Id;
use model::records::{SignIn, SignInWay};
use model::refusal::Refusal;
use model::role::Role;
use replica::{Context, Draft};
use rusqlite::Connection;

use crate::place::Place;
use crate::scope::{Proof, execute, id_at, row, rows};
use crate::{App, Caller, passwords, pin};

/// Wrong passwords before a name is locked here.
const TRIES: u32 = 5;
/// How long it is locked, ms.
const LOCKED: i64 = 15 * 60 * 1_000;
/// Number of the sign-in fact's command in commit headers.
const SIGN_IN: u16 = 205;

/// A user with the roles that hold at a store (everywhere, and there).
pub fn caller(conn: &Connection, user: Id, store: Option<Id>) -> Result<Option<Caller>, Refusal> {
    let Some((login, name)) = row(
        conn,
        "SELECT login, name FROM app_user WHERE id = ?",
        &[&user.as_bytes()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?
    else {
        return Ok(None);
    };
    Ok(Some(Caller {
        user,
        login,
        name,
        roles: roles(conn, user, store)?,
    }))
}

/// Roles of a user at a store, highest first. At head office only grants for everywhere count.
pub fn roles(conn: &Connection, user: Id, store: Option<Id>) -> Result<Vec<Role>, Refusal> {
    let store = store.map(|store| store.0.to_vec());
    let codes: Vec<u8> = rows(
        conn,
        "SELECT DISTINCT role FROM role_grant g WHERE user = ?1 AND (store IS NULL OR store = ?2)
         AND NOT EXISTS (SELECT 1 FROM grant_revoked r WHERE r.granted = g.id)",
        &[&user.as_bytes(), &store],
        |row| row.get(0),
    )?;
    let mut roles: Vec<Role> = codes.into_iter().filter_map(Role::from_code).collect();
    roles.sort_by_key(|role| (role.rank(), *role));
    Ok(roles)
}

/// Whether somebody has disabled the user and nobody ended that.
pub fn disabled(conn: &Connection, user: Id) -> Result<bool, Refusal> {
    Ok(row(
        conn,
        "SELECT 1 FROM user_disabled d WHERE user = ? AND NOT EXISTS (SELECT 1 FROM user_enabled e WHERE e.disabling = d.id) LIMIT 1",
        &[&user.as_bytes()],
        |_| Ok(()),
    )?
    .is_some())
}

/// The user of a login; of two with one login the lower id counts, and head office is told.
pub fn by_login(conn: &Connection, login: &str) -> Result<Option<Id>, Refusal> {
    row(
        conn,
        "SELECT id FROM app_user WHERE login = ? ORDER BY id LIMIT 1",
        &[&login.trim().to_lowercase()],
        |row| id_at(row, 0),
    )
}

fn verifier(conn: &Connection, user: Id) -> Result<Option<String>, Refusal> {
    row(
        conn,
        "SELECT verifier FROM user_password WHERE user = ? ORDER BY wall DESC, log DESC, seq DESC LIMIT 1",
        &[&user.as_bytes()],
        |row| row.get(0),
    )
}

struct Attempts {
    failed: u32,
    until: i64,
}

fn attempts(conn: &Connection, login: &str) -> Result<Attempts, Refusal> {
    Ok(row(
        conn,
        "SELECT failed, until FROM local_attempt WHERE login = ?",
        &[&login],
        |row| {
            Ok(Attempts {
                failed: row.get(0)?,
                until: row.get(1)?,
            })
        },
    )?
    .unwrap_or(Attempts { failed: 0, until: 0 }))
}

impl App {
    /// Checks name and password. A right one writes nothing; a wrong one is counted on disk, and five lock the name on
    /// this device for a quarter of an hour.
    pub fn check_password(&self, login: &str, password: &str) -> Result<Caller, Refusal> {
        let _one_at_a_time = self.checking.lock().unwrap_or_else(PoisonError::into_inner);
        let login = login.trim().to_lowercase();
        let now = self.now();
        let store = self.place().store_id;
        let (attempts, user, verifier) = self.replica().read(|conn| -> Result<_, Refusal> {
            let user = by_login(conn, &login)?;
            let verifier = user.map(|user| verifier(conn, user)).transpose()?.flatten();
            Ok((attempts(conn, &login)?, user, verifier))
        })?;
        if attempts.failed >= TRIES && attempts.until > now {
            return Err(Refusal::LockedOut {
                minutes: ((attempts.until - now) / 60_000).max(1),
            });
        }
        let failed = if attempts.until <= now && attempts.failed >= TRIES {
            0
        } else {
            attempts.failed
        };
        let right = match &verifier {
            Some(verifier) => passwords::matches(password, verifier),
            None => {
                // As long as for a name that exists, so that the time tells nothing.
                let _ = passwords::verifier("no such person", self.replica().entropy());
                false
            }
        };
        let Some(user) = user.filter(|_| right) else {
            let failed = failed + 1;
            let until = if failed >= TRIES { now + LOCKED } else { 0 };
            self.replica().write(move |tx| {
                execute(
                    tx.conn(),
                    "INSERT INTO local_attempt (login, failed, until) VALUES (?1, ?2, ?3)
                     ON CONFLICT (login) DO UPDATE SET failed = ?2, until = ?3",
                    &[&login, &failed, &until],
                )
            })?;
            return Err(if failed >= TRIES {
                Refusal::LockedOut {
                    minutes: LOCKED / 60_000,
                }
            } else {
                Refusal::WrongPassword { left: TRIES - failed }
            });
        };
        if attempts.failed > 0 {
            self.replica()
                .write(move |tx| execute(tx.conn(), "DELETE FROM local_attempt WHERE login = ?", &[&login]))?;
        }
        self.replica().read(|conn| {
            if disabled(conn, user)? {
                return Err(Refusal::Disabled);
            }
            caller(conn, user, store)?.ok_or(Refusal::Disabled)
        })
    }

    /// Whose word a request was given with: their PIN where one works here, their password everywhere. Six digits may be
    /// either, so a wrong PIN is counted as one and then tried as a password.
    pub(crate) fn prove(&self, proof: &Proof) -> Result<Caller, Refusal> {
        if pin::is_pin(&proof.password)
            && let Some(user) = self.replica().read(|conn| by_login(conn, &proof.login))?
            && self.pin_until(user)?.is_some()
        {
            match self.check_pin(user, &proof.password) {
                Err(Refusal::WrongPin { .. } | Refusal::PinDestroyed | Refusal::PinExpired) => {}
                proved => return proved,
            }
        }
        self.check_password(&proof.login, &proof.password)
    }

    /// The caller as the rows say now: roles may have gone, the person may have been disabled, since they signed in.
    pub fn still(&self, user: Id) -> Result<Caller, Refusal> {
        let store = self.place().store_id;
        self.replica().read(|conn| {
            if disabled(conn, user)? {
                return Err(Refusal::Disabled);
            }
            caller(conn, user, store)?.ok_or(Refusal::NotSignedIn)
        })
    }

    /// States that somebody signed in here.
    pub fn record_sign_in(&self, caller: &Caller, way: SignInWay) -> Result<(), Refusal> {
        let now = self.now();
        let (user, request) = (caller.user, self.random_id()?);
        let app = self.clone();
        self.replica().write(move |tx| -> Result<(), Refusal> {
            let profile: Arc<retail::Profile> = app.place().profile(tx.conn())?;
            let date = Place::local_day(&profile, now).0;
            let context = Context {
                command: SIGN_IN,
                request,
                user: Some(user),
                wall: now,
                skew: None,
                date,
            };
            let mut draft = Draft::new(Lane::All, context);
            draft.add(SignIn { user, way });
            tx.append(draft)?;
            Ok(())
        })
    }
}
