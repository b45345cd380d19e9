//! fovea-devices
