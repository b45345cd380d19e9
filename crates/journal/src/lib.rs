//! The journal: what a device writes and how another judges it.
//!
//! A device appends *commits* to its own *logs*, one log per *lane* (audience). A commit is a *header*, signed by hash, and
//! one or more *parts*, each a salted list of records that is kept or erased as a whole. A *certificate*, signed by the
//! organisation key or by an enrolling key it certified, says which lanes a key may write. [`seal`] makes a commit;
//! [`verify()`] judges one from its bytes and the certificates in [`Trust`] alone.
//!
//! Pure: no I/O, no clock, no randomness; time, salts and keys are passed in. The bytes are described for strangers in
//! `docs/JOURNAL_FORMAT.md`.

mod cbor;
mod certificate;
mod code;
mod commit;
pub mod crockford;
mod fault;
mod header;
mod lane;
pub mod limits;
mod part;
mod recovery;
mod trust;
mod verify;

pub use cbor::Flaw;
pub use certificate::{Certificate, CertificateFault, Subject, organisation_id};
pub use code::{CodeFault, OneTimeCode};
pub use commit::{Commit, DraftPart, seal};
pub use fault::Fault;
pub use header::{Head, Header, PartRef, header_hash};
pub use lane::{Lane, Lanes};
pub use part::{Part, RawRecord, record_id};
pub use recovery::{RecoverySheet, SheetFault};
pub use trust::Trust;
pub use verify::{RecordCheck, RecordRules, Verified, check_heads, verify};
