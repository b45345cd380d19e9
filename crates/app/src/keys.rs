//! Where a folder keeps its device keys: the system's keyring, or a file in the folder. Chosen once, when the folder is
//! made, and written down there; `FOVEA_KEYS=file` chooses the file.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use model::refusal::Refusal;
use replica::Entropy;
use zeroize::Zeroizing;

use crate::random::random_bytes;

/// Name of the file that says which store holds the keys.
const CHOICE: &str = "keys.txt";
const SERVICE: &str = "fovea";

/// Which store a folder's keys are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStore {
    File,
    Keyring,
}

impl KeyStore {
    /// The word on the status screen and in the folder.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Keyring => "keyring",
        }
    }

    /// The store of a folder; chosen and written down when the folder has none yet.
    pub fn of(folder: &Path) -> Result<Self, Refusal> {
        let path = folder.join(CHOICE);
        match fs::read_to_string(&path) {
            Ok(word) if word.trim() == "keyring" => return Ok(Self::Keyring),
            Ok(_) => return Ok(Self::File),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(&path, &error)),
        }
        let forced = std::env::var("FOVEA_KEYS").is_ok_and(|choice| choice == "file");
        let store = if !forced && keyring_works() {
            Self::Keyring
        } else {
            Self::File
        };
        write_private(&path, store.word().as_bytes())?;
        Ok(store)
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Refusal {
    Refusal::NoFile {
        file: path.display().to_string(),
        why: error.to_string(),
    }
}

/// Whether a Secret Service answers on this machine.
fn keyring_works() -> bool {
    let Ok(entry) = keyring::Entry::new(SERVICE, "probe") else {
        return false;
    };
    entry.set_password("probe").is_ok() && entry.delete_credential().is_ok()
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
    let write = || -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|error| Refusal::Failed {
        what: format!("{}: {error}", path.display()),
    })
}

fn key_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.key"))
}

/// Keyring entries are named after the folder, so that two folders of one machine have two keys.
fn entry(folder: &Path, name: &str) -> Result<keyring::Entry, Refusal> {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    keyring::Entry::new(SERVICE, &format!("{name} {}", folder.display())).map_err(|error| Refusal::Failed {
        what: format!("the keyring: {error}"),
    })
}

/// A new random key.
pub fn generate(entropy: &Entropy) -> Result<SigningKey, Refusal> {
    let seed = Zeroizing::new(random_bytes::<32>(entropy)?);
    Ok(SigningKey::from_bytes(&seed))
}

/// Keeps a key under a name.
pub fn keep(folder: &Path, name: &str, key: &SigningKey) -> Result<(), Refusal> {
    let text = Zeroizing::new(model::ids::Hash(key.to_bytes()).to_string());
    match KeyStore::of(folder)? {
        KeyStore::File => write_private(&key_file(folder, name), text.as_bytes()),
        KeyStore::Keyring => entry(folder, name)?
            .set_password(&text)
            .map_err(|error| Refusal::Failed {
                what: format!("the keyring: {error}"),
            }),
    }
}

/// The key kept under a name, if there is one.
pub fn load(folder: &Path, name: &str) -> Result<Option<SigningKey>, Refusal> {
    let text = match KeyStore::of(folder)? {
        KeyStore::File => match fs::read_to_string(key_file(folder, name)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&key_file(folder, name), &error)),
        },
        KeyStore::Keyring => match entry(folder, name)?.get_password() {
            Ok(text) => text,
            Err(keyring::Error::NoEntry) => return Ok(None),
            Err(error) => {
                return Err(Refusal::Failed {
                    what: format!("the keyring: {error}"),
                });
            }
        },
    };
    let text = Zeroizing::new(text);
    let seed: model::ids::Hash = text.trim().parse().map_err(|_| Refusal::Damaged {
        what: format!("the key {name} of this folder"),
    })?;
    Ok(Some(SigningKey::from_bytes(&seed.0)))
}
