//! The journal: what a device writes and how another judges it.
//!
//! A device appends *commits* to its own *logs*, one log per *lane* (audience). A commit is a *header*, signed by hash, and
//! one or more *parts*, each a salted list of records that is kept or erased as a whole. A *certificate*, signed by the
//! organisation key or by an enrolling key it certified, says which lanes a key may write. [`seal`] makes a commit;
//! [`verify()`] judges one from its bytes and the certificates in [`Trust`] alone.
//!
//! ```
//! use ed25519_dalek::SigningKey;
//! use fovea_journal::*;
//! use model::ids::Id;
//!
//! # struct Anything;
//! # impl RecordRules for Anything {
//! #     fn check(&self, _: u16, _: &[u8], _: Lane, _: &Certificate) -> RecordCheck { RecordCheck::Good }
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The organisation key lets a device write the lane of trade.
//! let (organisation, device) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
//! let mut trust = Trust::new(organisation.verifying_key().to_bytes());
//! let lanes = Lanes::of(&[Lane::All]);
//! let certificate = Certificate::issue(
//!     Subject {
//!         organisation: trust.organisation(), device: Id([3; 16]), key: device.verifying_key().to_bytes(), store: None,
//!         till: "T1".into(), letter: "A".into(), reads: lanes, writes: lanes,
//!     },
//!     &organisation,
//! );
//! let id = trust.admit(&certificate.to_bytes())?;
//!
//! // The device writes the first commit of its log; any replica judges it.
//! let header = Header {
//!     log: certificate.log(Lane::All), seq: 1, prev: id, after: vec![], wall: 0, skew: None, date: 0, user: None,
//!     command: 1, request: Id([4; 16]), level: 1, parts: vec![],
//! };
//! let record = RawRecord::from_bytes(vec![0x82, 0x14, 0x61, b'x'])?;
//! let draft = DraftPart { unit: None, salt: [5; 16], records: vec![record] };
//! let (_, commit) = seal(header, &[draft], &device)?;
//! let verified = verify(&commit, &trust, &Anything)?;
//! assert_eq!((verified.lane, verified.opaque), (Lane::All, None));
//! # Ok(())
//! # }
//! ```
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
mod statement;
mod trust;
mod verify;

pub use cbor::Flaw;
pub use certificate::{Certificate, CertificateFault, Post, Subject, log_id, organisation_id};
pub use code::{CodeFault, OneTimeCode};
pub use commit::{Commit, DraftPart, seal};
pub use fault::Fault;
pub use header::{Head, Header, PartRef, header_hash, header_log};
pub use lane::{Lane, Lanes};
pub use part::{Part, RawRecord, record_id};
pub use recovery::{RecoverySheet, SheetFault};
pub use statement::{ALL_STATES, StatedDigest, StatedTip, Statement, StatementFault};
pub use trust::Trust;
pub use verify::{RecordCheck, RecordRules, Verified, check_heads, verify};
