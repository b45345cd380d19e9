//! What Fovea talks about: ids, records, documents, roles, refusals, and every request the app answers.

pub mod ids;
pub mod paper;
