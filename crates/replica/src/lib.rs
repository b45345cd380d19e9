//! fovea-replica
