//! What carries a till's requests. Over a network it is [`crate::http::Http`]; a simulation carries the same bytes itself.

use crate::trouble::Trouble;

/// A way to one server.
pub trait Line {
    /// Posts a body and gives the answer's.
    ///
    /// # Errors
    /// [`Trouble::Away`] when no answer came, whether or not the server acted; [`Trouble::told`] for what it said instead.
    fn post(&self, path: &str, body: Vec<u8>, token: Option<&str>) -> Result<Vec<u8>, Trouble>;
}
