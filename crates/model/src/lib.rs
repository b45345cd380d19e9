//! fovea-model
