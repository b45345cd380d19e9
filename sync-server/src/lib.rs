//! The sync server: one chain's meeting point and head office.

mod answer;
mod attempts;
mod body;
pub mod codes;
pub mod commands;
mod gate;
mod listen;
mod log;
mod metrics;
mod office_api;
pub mod openapi;
mod origin;
mod page;
mod revoked;
mod routes;
mod running;
mod secrets;
mod server;
mod store;
mod sync_api;
mod tls;

pub use log::Log;
pub use running::{Running, Serving, serve};
pub use server::Server;
pub use store::{Arrived, Embedded, JournalStore, Offered};
pub use tls::TlsFiles;
