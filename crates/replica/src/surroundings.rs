//! What a replica takes from outside besides its folder: random bytes, and who looks after its files. A program takes the
//! defaults; a simulation passes its own, so that a run is a function of its seed.

use std::path::PathBuf;
use std::sync::Arc;

use model::records::LEVEL;

use crate::error::ReplicaError;

/// Fills a buffer with random bytes, or says why it cannot.
type Fill = dyn Fn(&mut [u8]) -> Result<(), String> + Send + Sync;

/// Where random bytes come from: the operating system, unless said otherwise.
#[derive(Clone)]
pub struct Entropy(Arc<Fill>);

impl Entropy {
    /// Another source. Whoever passes one vouches for it: keys, ids and salts are drawn from it.
    pub fn from_fn(fill: impl Fn(&mut [u8]) -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// So many random bytes.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], ReplicaError> {
        let mut bytes = [0; N];
        (self.0)(&mut bytes).map_err(ReplicaError::NoEntropy)?;
        Ok(bytes)
    }
}

impl Default for Entropy {
    fn default() -> Self {
        Self::from_fn(|bytes| getrandom::fill(bytes).map_err(|error| error.to_string()))
    }
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy")
    }
}

/// Who checkpoints the write-ahead log, and what ends a slice of merging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Upkeep {
    /// A thread of its own checkpoints every other second; slices end by the clock.
    #[default]
    Timed,
    /// Whoever opened it calls [`crate::Replica::checkpoint`]; a slice ends after so many commits. Nothing then depends on
    /// how fast the machine is.
    Called { slice: usize },
}

/// What a replica takes from outside.
#[derive(Debug, Clone)]
pub struct Surroundings {
    pub entropy: Entropy,
    pub upkeep: Upkeep,
    /// The folder, outside the data folder, where the ends of own logs are noted; none: nothing is.
    pub witness: Option<PathBuf>,
    /// The software level that is read and written here.
    pub level: u16,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            entropy: Entropy::default(),
            upkeep: Upkeep::default(),
            witness: None,
            level: LEVEL,
        }
    }
}
