//! Sync: how a till and its server come to hold the same commits.
//!
//! The till asks, the server answers; the server remembers nothing of a till between two requests. All messages are CBOR
//! arrays with the protocol's version first, each in one zstd frame ([`wire`]), posted over HTTP/1.1: https, or plain http
//! on this machine alone. They are read strictly: what is not exactly what this crate would have written is refused.
//!
//! This page is the idea. Every message field by field, with examples in bytes, proofs, tokens, bounds and errors, enough to
//! write a peer: `docs/SYNC_PROTOCOL.md`; its examples are the golden files of this crate's tests.
//!
//! # Messages
//! | address | request | answer |
//! |---|---|---|
//! | `POST /v1/challenge` | nothing | [`wire::Challenge`]: 72 bytes to sign, the organisation's public key, whose certificate the server knows |
//! | `POST /v1/token` | [`wire::TokenRequest`]: challenge, the till's nonce, its certificate chain, its signature | [`wire::TokenAnswer`]: a token for 15 minutes, the server's chain, its signature; chains without what the other side is known to have |
//! | `POST /v1/enrol` | [`wire::EnrolRequest`]: the code's secret, two public keys | [`wire::EnrolAnswer`]: the chain above the device, its certificate, its spare's |
//! | `POST /v1/relay` | [`wire::EnrolRequest`] with a code for a relay | [`wire::EnrolAnswer`] |
//! | `POST /v1/bring`, `Authorization: Bearer` | [`wire::BringRequest`]: the code's secret, the till's certificate, the key of a spare | [`wire::EnrolAnswer`]: the enrolling key's certificate, the spare's |
//! | `GET /v1/events`, `Authorization: Bearer` | nothing | server-sent events: [`hint`]s of what the server holds, for a minute |
//! | `POST /v1/sync`, `Authorization: Bearer` | [`wire::Offer`] | [`wire::Offer`] |
//! | `POST /v1/snapshot`, `Authorization: Bearer` | [`copy::PieceRequest`] | [`copy::Piece`] |
//! | `POST /v1/statements`, `Authorization: Bearer` | [`stated::Statements`] | [`stated::Statements`] |
//!
//! **Proof** ([`proof`]). Each side signs the hash of challenge, nonce and its own certificate, under a context of its own,
//! and the other checks chain and signature up to the organisation key. Who answers is head office (stands in no store, writes
//! `control`) or a relay (stands in a store, has no till code) by its certificate: a till cannot pass for either, and a relay
//! that was carried off cannot serve another store, certify anybody, or alter what it passes on; it can read what any till
//! reads, and withhold, which a till sees because it asks head office too. The challenge is random bytes, an expiry (one minute) and the server's own MAC;
//! the token is the certificate's id, device, lanes and expiry, and a MAC. Both MACs derive from the server's device key, so
//! any of its processes can check them, nothing is stored, and no till's clock is trusted.
//!
//! **Offers.** An offer says how far its sender holds every log ([log, sequence, first 16 bytes of the tip's hash]) and
//! carries what the other side lacked when it was last heard: whoever wrote it, `control` first, each commit after its
//! predecessor and its heads, with the certificates of the logs in it. A run begins with vectors alone; the till then offers
//! against the server's last vector, the server against the one in the request, until both vectors are equal in an answer
//! and nothing waits. Every exchange may be lost, cut or repeated: what is held already is not taken twice, and what did not
//! arrive still lies outside the vector. A commit that does not verify is set aside by its receiver, with reason and source;
//! those beside it are taken.
//!
//! **Packing** ([`packed`]). Commits travel without what their receiver can work out: hashes of what lies in the same offer,
//! sequences, lengths, ids that were said. The receiver writes each header anew, byte for byte, and judges hash and signature
//! over that. What is left of a commit is its signature, its request, its salts, and some bytes more.
//!
//! **Ladders.** Two hashes in one place of a log are a fork, and both branches are kept. Who sees in a vector another hash
//! than the one held there sends the log's hashes at doubling distances from its end; the other finds the last place that
//! both share, and sends what it holds beyond. No question is asked twice and nobody remembers that it was asked.
//!
//! **Wants.** Commits that were declared lost are asked for in every offer until they turn up: they lie in nobody's vector.
//!
//! **Statements.** A device that is in step signs, outside its log, what it holds (a vector) and shows (digests), its software
//! level and how far erasures are done there, at most every ten minutes. Each side says which statement it keeps of each
//! certificate and sends those the other lacks; so head office comes to know how far every device lags, which one shows other
//! figures from the same commits, and whose log is told in two ways.
//!
//! **Enrolment.** The till makes its keys and keeps them before it asks; asks the organisation key, and says the code's
//! secret only when the code's last four characters are of that organisation; checks the certificates; makes the server
//! prove itself; and only then makes its folder a device of the chain. The server spends a code on the first pair of keys
//! that shows it, on disk, before it certifies them; the same pair gets the same certificates again.
//!
//! **Snapshots.** A folder that holds nothing yet fetches a copy of what head office holds, if it has made one, as a file in
//! pieces, and goes on where it was cut; then it syncs what came since. The copy holds the log too, with every signature: the
//! till works with it at once and proves it in the background, by itself ([`replica::snapshot`]).
//!
//! **A till that began alone** has a certificate of the organisation key, and books. It proves itself like any till, shows
//! the code for a spare, keeps certificate, logs and numbers, and sends all it has. So does a till of the chain at a server
//! that was made anew from the recovery sheet: such a server certifies no new till before it holds the organisation's
//! beginning (`nothing_held`), for it could not know which letters are given out.
//!
//! **A store's relay** is a server folder with a relay's certificate. It answers challenge, token and sync like head office
//! and syncs with head office like a till. A till that knows one exchanges with both, each on a thread of its own: so that
//! nothing waits inside a store that is cut off, and what "unsent" means stays what head office is not known to hold. What
//! head office and a relay hold is remembered apart.
//!
//! **Wake-up.** A till that has a token listens for events beside its exchanges. Each says the [`hint`] of what the server
//! holds in the till's lanes; one that differs from the till's own is a reason to call at once. Nothing rests on them: while
//! they are heard the till polls every half minute, else every five seconds.
//!
//! # Limits
//! All in [`limits`]. A message: 2 MiB, unpacked 8 MiB, its commits put together again 8 MiB, all found out while they grow.
//! An offer: 1 MiB of commits before they are packed, or one larger commit, 8,192 of them, 16,384 logs. An answer: 30 s. A try after a failure: 0.1 s, doubling to 60 s, a fifth more or
//! less; a run gives up after 30 s without progress. A code: 24 hours, ten wrong ones a minute from one address and sixty
//! from all.
//!
//! # Errors
//! The server answers a refusal as JSON `{code, message, remedy}`. `not_signed_in` (401): a new token is got, once. `busy`,
//! any 5xx, and a connection that fails: tried again. `bad_code`, `code_used`, `code_elsewhere`, `other_organisation` and
//! every other refusal: final. A side that sees another version refuses with `bad_request` and names both.
//!
//! # Versions
//! The version is the first item of every message. A change of form is a new version, and a server speaks the last two. What
//! a commit says has its own versions ([`journal`]); sync carries commits it cannot read like any other.
//!
//! # The till's side
//! ```no_run
//! # fn main() -> Result<(), model::refusal::Refusal> {
//! use std::path::Path;
//! let (folder, clock) = (Path::new("/var/lib/fovea"), app::system_clock());
//! let app = fovea_sync::enrol(folder, "https://office.example", "7K2MQX9D4TRA", clock, &mut |progress| {
//!     eprintln!("{} of {}", progress.taken, progress.of);
//! })?;
//! let background = fovea_sync::SyncLoop::start(app, |network| eprintln!("unsent: {}", network.unsent))?;
//! background.now();
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "client")]
mod address;
#[cfg(feature = "client")]
mod background;
mod compress;
pub mod copy;
#[cfg(feature = "client")]
mod enrol;
#[cfg(feature = "client")]
mod fetch;
pub mod hint;
#[cfg(feature = "client")]
mod http;
pub mod limits;
#[cfg(feature = "client")]
mod line;
#[cfg(feature = "client")]
mod listen;
#[cfg(feature = "client")]
mod once;
pub mod packed;
#[cfg(feature = "client")]
mod pause;
#[cfg(feature = "client")]
mod peer;
pub mod proof;
#[cfg(feature = "client")]
mod session;
pub mod stated;
#[cfg(feature = "client")]
mod trouble;
pub mod unreadable;
pub mod wire;

#[cfg(feature = "client")]
pub use address::remembered as remembered_address;
#[cfg(feature = "client")]
pub use background::SyncLoop;
#[cfg(feature = "client")]
pub use enrol::{enrol, enrol_within, join_over, join_relay};
#[cfg(feature = "client")]
pub use line::Line;
#[cfg(feature = "client")]
pub use once::{sync_once, sync_within};
#[cfg(feature = "client")]
pub use peer::{Peer, Progress, Step, Synced};
#[cfg(feature = "client")]
pub use trouble::Trouble;
