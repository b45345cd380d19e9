//! What a wake-up says: sixteen bytes that stand for everything a server holds in a till's lanes.
//!
//! Not the vector itself: it grows with every log there ever was, and all that a till wants to know is whether to call.

use model::ids::Id;
use replica::Tip;

/// The hint of a vector, sorted by log as vectors are. Equal vectors have equal hints.
pub fn hint(vector: &[Tip]) -> Id {
    let mut hasher = blake3::Hasher::new_derive_key("fovea 2026 sync: a vector's hint");
    for tip in vector {
        hasher
            .update(tip.log.as_bytes())
            .update(&tip.seq.to_be_bytes())
            .update(tip.hash16.as_bytes());
    }
    let hash = hasher.finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&hash.as_bytes()[..16]);
    Id(id)
}
