//! fovea-app
