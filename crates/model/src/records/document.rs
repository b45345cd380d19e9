//! Changes of documents that several people edit: explicit, bounded operations from which each replica builds the Automerge
//! change itself. Foreign Automerge bytes are never parsed.

use minicbor::{Decode, Decoder, Encode, Encoder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Statement, UnitRule};
use crate::ids::{CustomerUnit, Hash, Id, customer_unit};

/// Most operations of one change.
pub const MAX_OPS: usize = 512;
/// Most changes that one change names as its dependencies.
pub const MAX_DEPENDENCIES: usize = 64;
/// Most values that one operation replaces.
pub const MAX_PREDECESSORS: usize = 64;
/// Longest field name, bytes.
pub const MAX_FIELD_BYTES: usize = 64;
/// Longest value, bytes.
pub const MAX_VALUE_BYTES: usize = 16 * 1024;

/// The kinds of documents. Each is one flat map of named values, made by its kind's fixed first change.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize, JsonSchema,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    #[n(1)]
    Product,
    #[n(2)]
    CustomerContact,
    #[n(3)]
    CustomerClinical,
    #[n(4)]
    CustomerInvoice,
    #[n(5)]
    StockItem,
    #[n(6)]
    EyeTest,
}

impl DocumentKind {
    pub const ALL: [Self; 6] = [
        Self::Product,
        Self::CustomerContact,
        Self::CustomerClinical,
        Self::CustomerInvoice,
        Self::StockItem,
        Self::EyeTest,
    ];

    pub fn code(self) -> u8 {
        match self {
            Self::Product => 1,
            Self::CustomerContact => 2,
            Self::CustomerClinical => 3,
            Self::CustomerInvoice => 4,
            Self::StockItem => 5,
            Self::EyeTest => 6,
        }
    }

    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The unit that a document of this kind and id stands in.
    pub fn unit(self, document: Id) -> UnitRule {
        match self {
            Self::Product | Self::StockItem => UnitRule::None,
            Self::CustomerContact => UnitRule::Exactly(customer_unit(document, CustomerUnit::Contact)),
            Self::CustomerClinical => UnitRule::Exactly(customer_unit(document, CustomerUnit::Clinical)),
            Self::CustomerInvoice => UnitRule::Exactly(customer_unit(document, CustomerUnit::Invoice)),
            Self::EyeTest => UnitRule::Some,
        }
    }
}

/// A value of a field: one scalar. What stands under one law (list with offer price, one eye's powers) is one value.
///
/// A further form, or a further field of [`DocumentChange`], is a new version of the wire too: sync leaves away the hashes of
/// changes, which who cannot read them cannot work out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    Text(String),
    Int(i64),
    Bytes(Vec<u8>),
    Bool(bool),
    /// Known to be nothing.
    Null,
}

impl<C> Encode<C> for Value {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::Text(text) => e.str(text)?.ok(),
            Self::Int(number) => e.i64(*number)?.ok(),
            Self::Bytes(bytes) => e.bytes(bytes)?.ok(),
            Self::Bool(flag) => e.bool(*flag)?.ok(),
            Self::Null => e.null()?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Value {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        use minicbor::data::Type;
        Ok(match d.datatype()? {
            Type::String => Self::Text(d.str()?.to_owned()),
            Type::Bytes => Self::Bytes(d.bytes()?.to_owned()),
            Type::Bool => Self::Bool(d.bool()?),
            Type::Null => {
                d.null()?;
                Self::Null
            }
            _ => Self::Int(d.i64()?),
        })
    }
}

/// An operation of a document: its counter and the actor that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct OpId {
    #[n(0)]
    pub counter: u64,
    #[n(1)]
    pub actor: Id,
}

/// Puts a value into a field, in place of the values it names.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DocumentOp {
    #[n(0)]
    pub field: String,
    #[n(1)]
    pub value: Value,
    #[n(2)]
    pub replaces: Vec<OpId>,
}

/// One change of one document.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DocumentChange {
    #[n(0)]
    pub kind: DocumentKind,
    #[n(1)]
    pub document: Id,
    /// The author's device in its first half, the rest drawn at random when the author's database was opened.
    #[n(2)]
    pub actor: Id,
    /// 1, 2, 3, … of this actor in this document.
    #[n(3)]
    pub sequence: u64,
    /// Counter of the first operation.
    #[n(4)]
    pub start: u64,
    /// Hashes of the Automerge changes this one builds on, sorted; the kind's first change where there is no other.
    #[n(5)]
    pub dependencies: Vec<Hash>,
    #[n(6)]
    pub ops: Vec<DocumentOp>,
}

impl Statement for DocumentChange {
    fn check(&self) -> Result<(), &'static str> {
        if self.ops.is_empty() || self.ops.len() > MAX_OPS {
            return Err("a document change has 1 to 512 operations");
        }
        if self.sequence == 0
            || self.start < 2
            || self.start > u64::from(u32::MAX)
            || self.sequence > u64::from(u32::MAX)
        {
            return Err("counters of a document change are out of range");
        }
        if self.dependencies.is_empty() || self.dependencies.len() > MAX_DEPENDENCIES {
            return Err("a document change has 1 to 64 dependencies");
        }
        if !self.dependencies.is_sorted_by(|a, b| a < b) {
            return Err("dependencies are not sorted");
        }
        for op in &self.ops {
            if op.field.is_empty() || op.field.len() > MAX_FIELD_BYTES {
                return Err("a field name has 1 to 64 bytes");
            }
            let length = match &op.value {
                Value::Text(text) => text.len(),
                Value::Bytes(bytes) => bytes.len(),
                Value::Int(_) | Value::Bool(_) | Value::Null => 0,
            };
            if length > MAX_VALUE_BYTES {
                return Err("a value is longer than 16 KiB");
            }
            if op.replaces.len() > MAX_PREDECESSORS || !op.replaces.is_sorted_by(|a, b| a < b) {
                return Err("replaced values are too many or not sorted");
            }
        }
        Ok(())
    }
    fn unit(&self) -> UnitRule {
        self.kind.unit(self.document)
    }
}
