//! fovea-optics
