//! Random ids and salts. Whoever has a replica draws from the source that it was opened with.

use model::ids::Id;
use model::refusal::Refusal;
use replica::Entropy;

use crate::App;

/// So many random bytes.
pub fn random_bytes<const N: usize>(entropy: &Entropy) -> Result<[u8; N], Refusal> {
    Ok(entropy.bytes()?)
}

/// A random id.
pub fn random_id(entropy: &Entropy) -> Result<Id, Refusal> {
    random_bytes(entropy).map(Id)
}

impl App {
    /// A random id, such as a request's.
    pub fn random_id(&self) -> Result<Id, Refusal> {
        random_id(self.replica().entropy())
    }
}
