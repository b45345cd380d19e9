//! Sales and returns.

mod approval;
mod basket;
mod complete;
pub mod number;
mod query;
mod receipt;
mod refund;

pub use query::{load, totals};
