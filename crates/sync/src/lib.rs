//! Sync: how a till and its server come to hold the same commits.

#[cfg(feature = "client")]
mod address;
#[cfg(feature = "client")]
mod background;
mod compress;
#[cfg(feature = "client")]
mod enrol;
#[cfg(feature = "client")]
mod http;
pub mod limits;
#[cfg(feature = "client")]
mod once;
#[cfg(feature = "client")]
mod pause;
#[cfg(feature = "client")]
mod peer;
pub mod proof;
#[cfg(feature = "client")]
mod session;
#[cfg(feature = "client")]
mod trouble;
pub mod unreadable;
pub mod wire;

#[cfg(feature = "client")]
pub use background::SyncLoop;
#[cfg(feature = "client")]
pub use enrol::{enrol, enrol_within};
#[cfg(feature = "client")]
pub use once::{sync_once, sync_within};
#[cfg(feature = "client")]
pub use peer::{Progress, Synced};
