//! fovea-retail
