//! The sync server: one chain's meeting point and head office.
//!
//! One process over one data folder. Tills enrol and sync at `/v1` (the `sync` crate says what is said there); browsers get
//! the head-office page at `/` and call the requests of `model` at `/api/call/NAME`; machines ask `/health`, `/ready`,
//! `/metrics` and `/openapi.json`.
//!
//! **Storage.** Sync stands on [`JournalStore`]. Its embedded form is the SQLite replica in the folder, and that is head
//! office's own replica too: a commit that is taken is projected in the same transaction and the same fsync. One-time codes
//! lie in `codes.db` beside it, so that `fovea-server code` works while `serve` has the folder. With `--database` journal
//! and codes lie in PostgreSQL, several processes share them, and each folder's replica follows ([`postgres`]).
//!
//! **Stateless.** Challenges and tokens carry their own MAC under keys that derive from the device key. In memory, bounded
//! and lost with the process, are only: counted tries, sessions signed out early (shared through a database), and what each
//! device last said.
//!
//! **A store's relay** is the same program over a folder that `join` made: it answers challenge, token and sync for the
//! tills of its store, syncs with head office like a till, certifies nobody, and has no page of its own.
//!
//! **Bounds.** 10,000 connections; bodies of 2 MiB (sync) and 4 MiB (calls), whole within 20 s; 8 exchanges and 8 calls at
//! once with 256 waiting each; one password a core with 64 waiting. What does not fit is told `busy` at once.

mod answer;
mod attempts;
mod body;
pub mod codes;
pub mod commands;
mod events;
mod gate;
mod listen;
mod log;
mod metrics;
mod office_api;
pub mod openapi;
mod origin;
mod page;
mod position;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod restored;
mod revoked;
mod routes;
mod running;
mod secrets;
mod server;
mod snapshots;
mod store;
mod sync_api;
mod tls;
mod upstream;

pub use log::Log;
pub use running::{Running, Serving, serve};
pub use server::Server;
pub use snapshots::Snapshots;
pub use store::{Arrived, Embedded, JournalStore, Offered};
pub use sync_api::answer;
pub use tls::TlsFiles;
