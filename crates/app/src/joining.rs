//! A folder that joins a chain: its keys, before anybody certified them, and the moment it becomes a device of the chain.
//! What is done here can be cut at any point and done again.

use std::path::Path;

use ed25519_dalek::SigningKey;
use journal::Certificate;
use model::ids::Hash;
use model::refusal::Refusal;
use replica::{Entropy, Replica, ReplicaError, Surroundings, meta};

use crate::keys;
use crate::setup::{DEVICE_KEY, SPARE_KEY};

/// Names of keys that ask to be certified.
const PENDING_KEY: &str = "pending";
const PENDING_SPARE_KEY: &str = "pending-spare";

/// Names in `local_meta`.
pub(crate) const OWN_CERTIFICATE: &str = "own_certificate";
pub(crate) const SERVER: &str = "server";
pub(crate) const JOINED_WITH: &str = "joined_with";
pub(crate) const WHOLE: &str = "whole";
/// Addresses, one a line.
const RELAYS: &str = "relays";

/// Two keys to be certified together.
pub struct PendingKeys {
    pub device: SigningKey,
    pub spare: SigningKey,
}

/// A key, or none when it is missing or was cut while it was written: then nobody certified it.
fn key(folder: &Path, name: &str) -> Result<Option<SigningKey>, Refusal> {
    match keys::load(folder, name) {
        Err(Refusal::Damaged { .. }) => Ok(None),
        other => other,
    }
}

/// The keys of an attempt that did not end, or new ones. They are kept before anybody sees them, so that a repeat after a
/// lost answer asks for the same.
pub fn pending_keys(folder: &Path, entropy: &Entropy) -> Result<PendingKeys, Refusal> {
    std::fs::create_dir_all(folder).map_err(|error| Refusal::NoFile {
        file: folder.display().to_string(),
        why: error.to_string(),
    })?;
    let in_use = key(folder, DEVICE_KEY)?.map(|key| key.to_bytes());
    if let (Some(device), Some(spare)) = (key(folder, PENDING_KEY)?, key(folder, PENDING_SPARE_KEY)?)
        && in_use != Some(device.to_bytes())
    {
        return Ok(PendingKeys { device, spare });
    }
    let pending = PendingKeys {
        device: keys::generate(entropy)?,
        spare: keys::generate(entropy)?,
    };
    // The spare first: a pair counts from the moment its first key is there.
    keys::keep(folder, PENDING_SPARE_KEY, &pending.spare)?;
    keys::keep(folder, PENDING_KEY, &pending.device)?;
    Ok(pending)
}

/// The key of a folder's certificate. A folder that was cut between its new certificate and its new key gets the key here.
pub fn device_key(folder: &Path, certificate: &Certificate) -> Result<SigningKey, Refusal> {
    let fits = |key: &SigningKey| key.verifying_key().to_bytes() == certificate.key;
    if let Some(device) = key(folder, DEVICE_KEY)?.filter(fits) {
        return Ok(device);
    }
    if let Some(device) = key(folder, PENDING_KEY)?.filter(fits) {
        promote(folder, &device)?;
        return Ok(device);
    }
    Err(Refusal::Damaged {
        what: "the device key of this folder is missing, or another device's".to_owned(),
    })
}

/// The pending keys become the folder's. The device key last: it is what says that they are no longer pending.
fn promote(folder: &Path, device: &SigningKey) -> Result<(), Refusal> {
    if let Some(spare) = key(folder, PENDING_SPARE_KEY)? {
        keys::keep(folder, SPARE_KEY, &spare)?;
    }
    keys::keep(folder, DEVICE_KEY, device)
}

/// What a device that joins was given.
pub struct Joined<'a> {
    pub organisation_key: [u8; 32],
    /// The chain above it, its own, its spare.
    pub certificates: Vec<Vec<u8>>,
    pub own: Hash,
    pub keys: &'a PendingKeys,
    pub server: &'a str,
    /// Stands for the code that was spent, so that the same code again is no new enrolment.
    pub code: Hash,
    /// Own clock, ms UTC.
    pub now: i64,
    /// Of a folder that is made here.
    pub surroundings: &'a Surroundings,
}

/// Makes the folder a device of the chain. `replica` is the folder's, opened without a signer, or nothing when it is empty.
pub fn join(folder: &Path, replica: Option<Replica>, joined: Joined<'_>) -> Result<(), Refusal> {
    let replica = match replica {
        Some(replica) => {
            replica.merge(joined.certificates, Vec::new(), "enrolment", joined.now)?;
            replica
        }
        None => {
            let Joined {
                organisation_key,
                certificates,
                surroundings,
                ..
            } = &joined;
            Replica::create_in(folder, *organisation_key, certificates, None, surroundings)?
        }
    };
    if replica.trust().read().get(&joined.own).is_none() {
        return Err(Refusal::Damaged {
            what: "the new certificate could not be kept".to_owned(),
        });
    }
    let (own, code, server) = (joined.own, joined.code, joined.server.to_owned());
    replica.write(move |tx| -> Result<(), ReplicaError> {
        let conn = tx.conn();
        meta::set_meta(conn, OWN_CERTIFICATE, own.as_bytes())?;
        meta::set_meta(conn, JOINED_WITH, code.as_bytes())?;
        meta::set_meta(conn, SERVER, server.as_bytes())
    })?;
    promote(folder, &joined.keys.device)
}

/// Makes the replica of a folder that has its keys and lost it, or never had it: empty, under the certificate it had. Its
/// log goes on once all of it has come back.
pub fn remake(folder: &Path, organisation_key: [u8; 32], certificates: &[Vec<u8>], own: Hash) -> Result<(), Refusal> {
    let replica = Replica::create(folder, organisation_key, certificates, None)?;
    Ok(replica.write(move |tx| meta::set_meta(tx.conn(), OWN_CERTIFICATE, own.as_bytes()))?)
}

/// What a folder says of itself before anybody signs in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub organisation_key: [u8; 32],
    /// The certificate under which it writes; none when it was cut before it had one.
    pub own: Option<Certificate>,
    /// Stands for the code it joined with.
    pub code: Option<Hash>,
}

/// What a folder says of itself.
pub fn standing(replica: &Replica) -> Result<Standing, Refusal> {
    let (own, code) = replica.read(|conn| -> Result<_, ReplicaError> {
        Ok((meta::meta(conn, OWN_CERTIFICATE)?, meta::meta(conn, JOINED_WITH)?))
    })?;
    let hash = |bytes: Option<Vec<u8>>| bytes.as_deref().and_then(Hash::from_slice);
    let trust = replica.trust().read();
    Ok(Standing {
        organisation_key: trust.organisation_key(),
        own: hash(own).and_then(|id| trust.get(&id).cloned()),
        code: hash(code),
    })
}

/// The server that the folder was enrolled at; none for a till on its own.
pub fn server(replica: &Replica) -> Result<Option<String>, Refusal> {
    let server = replica.read(|conn| meta::meta(conn, SERVER))?;
    Ok(server.and_then(|server| String::from_utf8(server).ok()))
}

/// Names another address of the same server.
pub fn set_server(replica: &Replica, server: &str) -> Result<(), Refusal> {
    let server = server.to_owned();
    Ok(replica.write(move |tx| meta::set_meta(tx.conn(), SERVER, server.as_bytes()))?)
}

/// Most relays that a till knows: its store's own, and one that takes over from it.
pub const MAX_RELAYS: usize = 4;

/// The addresses of relays that this till tries beside head office, in the order in which they were added.
pub fn relays(replica: &Replica) -> Result<Vec<String>, Refusal> {
    let relays = replica.read(|conn| meta::meta(conn, RELAYS))?.unwrap_or_default();
    let relays = String::from_utf8(relays).unwrap_or_default();
    Ok(relays.lines().take(MAX_RELAYS).map(str::to_owned).collect())
}

fn set_relays(replica: &Replica, relays: &[String]) -> Result<(), Refusal> {
    let text = relays.join("\n");
    Ok(replica.write(move |tx| meta::set_meta(tx.conn(), RELAYS, text.as_bytes()))?)
}

/// Remembers a relay's address. Whether a relay of this store answers there is found out when it is called.
///
/// # Errors
/// [`Refusal::Usage`] for a till on its own; [`Refusal::Taken`] for an address that is known; [`Refusal::BadField`] for more
/// than [`MAX_RELAYS`].
pub fn add_relay(replica: &Replica, address: &str) -> Result<(), Refusal> {
    let Some(centre) = server(replica)? else {
        return Err(Refusal::Usage {
            why: "This till is on its own: enrol it at head office first".to_owned(),
        });
    };
    let mut relays = relays(replica)?;
    if centre == address || relays.iter().any(|relay| relay == address) {
        return Err(Refusal::Taken {
            what: address.to_owned(),
        });
    }
    if relays.len() >= MAX_RELAYS {
        return Err(Refusal::BadField {
            field: "--add".to_owned(),
            why: format!("a till knows at most {MAX_RELAYS} relays"),
        });
    }
    relays.push(address.to_owned());
    set_relays(replica, &relays)
}

/// Forgets a relay's address.
///
/// # Errors
/// [`Refusal::Unknown`] for one that is not known.
pub fn remove_relay(replica: &Replica, address: &str) -> Result<(), Refusal> {
    let mut relays = relays(replica)?;
    let before = relays.len();
    relays.retain(|relay| relay != address);
    if relays.len() == before {
        return Err(Refusal::Unknown {
            what: format!("The relay {address}"),
        });
    }
    set_relays(replica, &relays)
}

/// Whether the folder has once held all that its server held, users and their verifiers included: before that nobody
/// sells here. A till on its own always has.
pub fn whole(replica: &Replica) -> Result<bool, Refusal> {
    Ok(replica.read(|conn| -> Result<_, ReplicaError> {
        Ok(meta::meta(conn, SERVER)?.is_none() || meta::meta(conn, WHOLE)?.is_some())
    })?)
}

/// Says that the folder holds all that its server holds. Written once.
pub fn set_whole(replica: &Replica) -> Result<(), Refusal> {
    if replica.read(|conn| meta::meta(conn, WHOLE))?.is_some() {
        return Ok(());
    }
    Ok(replica.write(move |tx| meta::set_meta(tx.conn(), WHOLE, &[1]))?)
}
