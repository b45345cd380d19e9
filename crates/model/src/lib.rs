//! What Fovea talks about: ids, records, documents, roles, refusals, and every request the app answers.

pub mod ids;
pub mod paper;
pub mod records;
pub mod refusal;
pub mod request;
pub mod requests;
pub mod role;
