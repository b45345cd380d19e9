//! Where this program stands: which organisation, store and till, and under which rules.

use std::sync::{Mutex, PoisonError};

use journal::Certificate;
use model::ids::Id;
use model::refusal::Refusal;
use model::requests::people::Store;
use replica::{ReplicaError, stopped};
use retail::{Day, Profile};
use rusqlite::{Connection, OptionalExtension};
use std::sync::Arc;

/// A device's place. The rules are read again when a newer profile arrives.
pub struct Place {
    pub organisation: Id,
    pub device: Id,
    /// None at head office.
    pub store_id: Option<Id>,
    pub till: String,
    /// Of the first certificate; [`Place::letter_now`] is the one that numbers get.
    pub letter: String,
    own: Certificate,
    spare: Option<Certificate>,
    profile: Mutex<Option<(Vec<u8>, Arc<Profile>)>>,
}

impl Place {
    /// The place that a certificate gives its device. A till's spare is of the same place, with a letter of its own.
    pub fn of(own: Certificate, spare: Option<Certificate>) -> Self {
        Self {
            organisation: own.organisation,
            device: own.device,
            store_id: own.store,
            till: own.till.clone(),
            letter: own.letter.clone(),
            own,
            spare,
            profile: Mutex::default(),
        }
    }

    /// The series letter of the certificate under which this till writes: the spare's, once the first may write no more.
    pub fn letter_now(&self, conn: &Connection) -> Result<&str, Refusal> {
        Ok(match &self.spare {
            Some(spare) if stopped(conn, &self.own)?.is_some() => &spare.letter,
            _ => &self.letter,
        })
    }

    /// The rules in force: the profile set last.
    pub fn profile(&self, conn: &Connection) -> Result<Arc<Profile>, Refusal> {
        let latest: Option<Vec<u8>> = conn
            .prepare_cached("SELECT id FROM profile ORDER BY wall DESC, log DESC, seq DESC LIMIT 1")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)).optional())
            .map_err(ReplicaError::from)?;
        let Some(latest) = latest else {
            return Err(Refusal::Failed {
                what: "the organisation has no rules yet".to_owned(),
            });
        };
        let mut cached = self.profile.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((id, profile)) = &*cached
            && *id == latest
        {
            return Ok(Arc::clone(profile));
        }
        let body: String = conn
            .query_row("SELECT body FROM profile WHERE id = ?", [&latest], |row| row.get(0))
            .map_err(ReplicaError::from)?;
        let profile = Profile::from_json(&body).map_err(|error| Refusal::Damaged {
            what: format!("the profile: {error}"),
        })?;
        let profile = Arc::new(profile);
        *cached = Some((latest, Arc::clone(&profile)));
        Ok(profile)
    }

    /// The store's local date at an instant.
    pub fn local_day(profile: &Profile, wall: i64) -> Day {
        let local = wall + i64::from(profile.time_zone.offset_minutes) * 60_000;
        Day::of_ms(local)
    }
}

/// A store of the chain by its id; two openings of one store name it alike, the lower record counts.
pub fn store(conn: &Connection, id: Id) -> Result<Option<Store>, Refusal> {
    conn.prepare_cached("SELECT code, name FROM store WHERE store = ? ORDER BY id LIMIT 1")
        .and_then(|mut statement| {
            statement
                .query_row([id.as_bytes()], |row| {
                    Ok(Store {
                        id,
                        code: row.get(0)?,
                        name: row.get(1)?,
                    })
                })
                .optional()
        })
        .map_err(|error| ReplicaError::from(error).into())
}

/// Every store of the chain, by code.
pub fn stores(conn: &Connection) -> Result<Vec<Store>, Refusal> {
    let rows = (|| {
        conn.prepare_cached("SELECT store, code, name FROM store ORDER BY code, id")?
            .query_map([], |row| {
                Ok((
                    row.get::<_, Vec<u8>>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, String>(2)?,
                ))
            })?
            .collect::<rusqlite::Result<Vec<_>>>()
    })()
    .map_err(ReplicaError::from)?;
    let mut stores: Vec<Store> = Vec::with_capacity(rows.len());
    for (id, code, name) in rows {
        if let Some(id) = Id::from_slice(&id)
            && stores.last().is_none_or(|last| last.id != id)
        {
            stores.push(Store { id, code, name });
        }
    }
    Ok(stores)
}

/// The id of the store with this code.
pub fn store_by_code(conn: &Connection, code: &str) -> Result<Store, Refusal> {
    stores(conn)?
        .into_iter()
        .find(|store| store.code == code)
        .ok_or_else(|| Refusal::Unknown {
            what: format!("store {code}"),
        })
}
