//! fovea-documents
