//! A process's folder: its keys make it a process of the chain; its replica is made anew from the database when it is not
//! there.

use std::path::Path;

use app::{joining, keys, setup};
use journal::Certificate;
use model::ids::Hash;
use model::refusal::Refusal;

use super::rows::damaged;
use super::{Chain, pull};

/// The file that names the organisation, for a folder that holds keys alone.
const ORGANISATION: &str = "organisation.txt";

/// Writes the organisation's key down beside the device's.
pub fn remember(folder: &Path, organisation_key: [u8; 32]) -> Result<(), Refusal> {
    let path = folder.join(ORGANISATION);
    if path.exists() {
        return Ok(());
    }
    std::fs::write(&path, Hash(organisation_key).to_string()).map_err(|error| Refusal::Failed {
        what: format!("{}: {error}", path.display()),
    })
}

/// Makes the replica of a folder that has keys and none: empty but for its certificates. What the database holds comes by
/// following.
pub fn remake(folder: &Path, url: &str) -> Result<(), Refusal> {
    if folder.join(replica::DATABASE).exists() {
        return Ok(());
    }
    let absent = || Refusal::FolderAbsent {
        folder: folder.display().to_string(),
    };
    let text = std::fs::read_to_string(folder.join(ORGANISATION)).map_err(|_| absent())?;
    let organisation_key: Hash = text.trim().parse().map_err(|_| absent())?;
    let key = keys::load(folder, setup::DEVICE_KEY)?.ok_or_else(absent)?;
    let chain = Chain::open(url, organisation_key.0)?;
    let certificates = chain.pool.run(|connection| pull::certificates(connection, &chain))?;
    let own = certificates
        .iter()
        .filter_map(|bytes| Certificate::from_bytes(bytes).ok())
        .find(|certificate| certificate.key == key.verifying_key().to_bytes())
        .ok_or_else(|| damaged("no certificate for the key of this folder"))?
        .id();
    joining::remake(folder, organisation_key.0, &certificates, own)
}
