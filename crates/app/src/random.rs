//! Random ids and salts from the operating system.

use model::ids::Id;
use model::refusal::Refusal;

/// So many random bytes.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], Refusal> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Refusal::Failed {
        what: format!("no random bytes: {error}"),
    })?;
    Ok(bytes)
}

/// A random id.
pub fn random_id() -> Result<Id, Refusal> {
    random_bytes().map(Id)
}
