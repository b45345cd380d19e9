//! A power, an axis, a prism or an acuity, as it is typed: asks in amber, refuses in red, never guesses and never rounds.

mod column;
mod field;
mod reading;
mod state;

pub use column::{Column, Value};
pub use field::{DioptreField, Leave};
pub use state::DioptreState;
