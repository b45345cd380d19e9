//! fovea-journal
