//! The records that commits hold: what each kind says, which lane it belongs to, and its bytes.
//!
//! A record is a CBOR array `[kind, fields…]`. Kinds are never reused and their fields only grow at the end; the code that
//! reads an old kind stays for good. A record that this build cannot read leaves its whole commit opaque.

mod checkpoint;
mod clinic;
mod control;
mod document;
mod erasure;
mod goods;
mod trade;

use minicbor::{Decode, Decoder, Encode, Encoder};

pub use checkpoint::{CheckpointLog, CheckpointMade, CheckpointMonth, MAX_CHECKPOINT_LOGS, MAX_CHECKPOINT_MONTHS};
pub use clinic::{PrescriptionCancelled, PrescriptionSigned, PrescriptionSource};
pub use control::{
    CertificateIssued, CommitLost, GrantRevoked, KeyClosed, LevelRaised, LogClosed, LogExtended, MAX_END_REASON,
    MAX_STANDING, OrganisationFounded, PasswordSet, ProfileSet, RoleGranted, StoreOpened, UserAdded, UserDisabled,
    UserEnabled, is_end_reason,
};
pub use document::{
    DocumentChange, DocumentKind, DocumentOp, MAX_DEPENDENCIES, MAX_FIELD_BYTES, MAX_OPS, MAX_PREDECESSORS,
    MAX_VALUE_BYTES, OpId, Value,
};
pub use erasure::{ERASE_GRACE_MS, EraseOrdered, EraseReason, EraseWithdrawn, MAX_ERASE_UNITS};
pub use goods::{Account, CountLine, MAX_COUNTED, Movement, MovementReason, StockState};
pub use trade::{
    Direction, LateTaken, MAX_SALE_LINES, Payment, Replayed, Sale, SaleLine, SaleName, SessionClosed, SessionOpened,
    SignIn, SignInWay,
};

use crate::ids::Id;

/// The software level whose kinds this build reads; a commit of a higher level is held opaque. It writes them only once head
/// office has raised the level, see [`LevelRaised`].
pub const LEVEL: u16 = 1;

/// How one record cites another: by its id, or by place when both stand in one commit and no id exists yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cite {
    Record(Id),
    Here { part: u16, index: u16 },
}

impl Cite {
    /// The id cited, given the ids of this commit's own records.
    pub fn resolve(self, here: impl FnOnce(u16, u16) -> Id) -> Id {
        match self {
            Self::Record(id) => id,
            Self::Here { part, index } => here(part, index),
        }
    }
}

impl From<Id> for Cite {
    fn from(id: Id) -> Self {
        Self::Record(id)
    }
}

impl<C> Encode<C> for Cite {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::Record(id) => id.encode(e, ctx),
            Self::Here { part, index } => e.array(2)?.u16(*part)?.u16(*index)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Cite {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        if d.datatype()? == minicbor::data::Type::Bytes {
            return Ok(Self::Record(Id::decode(d, ctx)?));
        }
        if d.array()? != Some(2) {
            return Err(minicbor::decode::Error::message("a citation is an id or [part, index]"));
        }
        Ok(Self::Here {
            part: d.u16()?,
            index: d.u16()?,
        })
    }
}

/// The lane a kind of record belongs to. `journal::Lane` is the same list with its rules; `model` stays below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordLane {
    Control,
    All,
}

/// Why bytes are not a record of a known kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadRecord {
    /// A kind that newer software writes.
    UnknownKind(u16),
    /// A known kind whose fields do not decode or break their own rule.
    Malformed { kind: u16, why: String },
}

macro_rules! records {
    ($($kind:literal $variant:ident $lane:ident),* $(,)?) => {
        /// Any record this build can read.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Record {
            $($variant($variant)),*
        }

        $(impl From<$variant> for Record {
            fn from(body: $variant) -> Self {
                Self::$variant(body)
            }
        })*

        impl Record {
            pub fn kind(&self) -> u16 {
                match self {
                    $(Self::$variant(_) => $kind),*
                }
            }

            fn body_bytes(&self) -> Vec<u8> {
                match self {
                    $(Self::$variant(body) => encode(body)),*
                }
            }

            fn from_body(kind: u16, bytes: &[u8]) -> Result<Self, BadRecord> {
                match kind {
                    $($kind => {
                        let body: $variant = decode(kind, bytes)?;
                        body.check().map_err(|why| BadRecord::Malformed { kind, why: why.to_owned() })?;
                        Ok(Self::$variant(body))
                    })*
                    _ => Err(BadRecord::UnknownKind(kind)),
                }
            }

            /// The store in whose name the record speaks, where a till may speak for its own store alone.
            pub fn store(&self) -> Option<Id> {
                match self {
                    $(Self::$variant(body) => body.store()),*
                }
            }

            /// Whether only a device may say it whose certificate the organisation key itself signed.
            pub fn by_organisation_key(&self) -> bool {
                match self {
                    $(Self::$variant(body) => body.by_organisation_key()),*
                }
            }

            /// The erasure unit whose parts alone may hold this record; `None`: only a part without unit may.
            pub fn unit(&self) -> UnitRule {
                match self {
                    $(Self::$variant(body) => body.unit()),*
                }
            }
        }

        /// The lane that kind belongs to; `None` for a kind of newer software.
        pub fn lane_of(kind: u16) -> Option<RecordLane> {
            match kind {
                $($kind => Some(RecordLane::$lane),)*
                _ => None,
            }
        }
    };
}

/// Which part a record may stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitRule {
    /// Nothing personal: the part has no unit.
    None,
    /// Personal: the part has exactly this unit.
    Exactly(Id),
    /// Personal, of a unit that the record itself does not name.
    Some,
}

/// What every kind answers about itself. The defaults suit a fact that any device may state and that is not personal.
pub(crate) trait Statement {
    /// The rule that the fields alone must obey.
    fn check(&self) -> Result<(), &'static str> {
        Ok(())
    }
    fn store(&self) -> Option<Id> {
        None
    }
    fn unit(&self) -> UnitRule {
        UnitRule::None
    }
    /// Whether only a device may say it whose certificate the organisation key itself signed.
    fn by_organisation_key(&self) -> bool {
        false
    }
}

records! {
    1 OrganisationFounded Control,
    2 ProfileSet Control,
    3 StoreOpened Control,
    4 UserAdded Control,
    5 PasswordSet Control,
    6 RoleGranted Control,
    7 GrantRevoked Control,
    8 UserDisabled Control,
    9 UserEnabled Control,
    10 CertificateIssued Control,
    11 LogClosed Control,
    12 LogExtended Control,
    13 CommitLost Control,
    14 EraseOrdered Control,
    15 EraseWithdrawn Control,
    16 LevelRaised Control,
    18 KeyClosed Control,
    19 CheckpointMade Control,
    20 SessionOpened All,
    21 SessionClosed All,
    22 Sale All,
    23 SaleLine All,
    24 Payment All,
    25 SaleName All,
    26 Replayed All,
    27 SignIn All,
    28 LateTaken All,
    30 Movement All,
    31 CountLine All,
    40 PrescriptionSigned All,
    41 PrescriptionCancelled All,
    50 DocumentChange All,
}

impl Record {
    /// The record's bytes: `[kind, fields…]`, deterministic.
    pub fn to_bytes(&self) -> Vec<u8> {
        let body = self.body_bytes();
        let mut reader = Decoder::new(&body);
        // A derived array always begins with its own length, which the record's array has one more than.
        let fields = reader.array().ok().flatten().unwrap_or(0);
        let rest = &body[reader.position()..];
        let mut bytes = Vec::with_capacity(body.len() + 4);
        let mut writer = Encoder::new(&mut bytes);
        // Writing to a vector cannot fail.
        let _ = writer.array(fields + 1).and_then(|w| w.u16(self.kind()));
        bytes.extend_from_slice(rest);
        bytes
    }

    /// Reads a record; bytes that another writer would have written otherwise are refused, so that a hash has one reading.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadRecord> {
        let malformed = |kind, why: &str| BadRecord::Malformed {
            kind,
            why: why.to_owned(),
        };
        let mut reader = Decoder::new(bytes);
        let length = reader
            .array()
            .ok()
            .flatten()
            .filter(|n| *n >= 1)
            .ok_or_else(|| malformed(0, "not an array"))?;
        let kind = reader.u16().map_err(|_| malformed(0, "the kind is not a number"))?;
        if lane_of(kind).is_none() {
            return Err(BadRecord::UnknownKind(kind));
        }
        let mut body = Vec::with_capacity(bytes.len());
        let _ = Encoder::new(&mut body).array(length - 1);
        body.extend_from_slice(&bytes[reader.position()..]);
        let record = Self::from_body(kind, &body)?;
        if record.to_bytes() != bytes {
            return Err(malformed(kind, "not in its one canonical form"));
        }
        Ok(record)
    }
}

fn encode<T: Encode<()>>(body: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(128);
    // Writing to a vector cannot fail and the derived encoders return no errors of their own.
    let Ok(()) = minicbor::encode(body, &mut bytes) else {
        return Vec::new();
    };
    bytes
}

fn decode<T: for<'b> Decode<'b, ()>>(kind: u16, bytes: &[u8]) -> Result<T, BadRecord> {
    let malformed = |why: String| BadRecord::Malformed { kind, why };
    let mut reader = Decoder::new(bytes);
    let body = reader.decode().map_err(|fault| malformed(fault.to_string()))?;
    if reader.position() != bytes.len() {
        return Err(malformed("bytes after the last field".to_owned()));
    }
    Ok(body)
}

#[cfg(test)]
mod tests;
