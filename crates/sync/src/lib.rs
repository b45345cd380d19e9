//! fovea-sync
