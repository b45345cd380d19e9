//! Identifiers: 16 random or derived bytes (records, documents, people, places, devices), 32-byte hashes.
//!
//! They travel as hexadecimal strings in JSON, because JSON numbers lose whole values above 2^53, and as byte strings in
//! CBOR.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Decoder, Encode, Encoder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text that should be an identifier is not hexadecimal of the right length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadId;

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an identifier is hexadecimal, two digits a byte")
    }
}

impl std::error::Error for BadId {}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

macro_rules! bytes_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
        #[schemars(with = "String")]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// The bytes, for a database column or a hash.
            pub const fn as_bytes(&self) -> &[u8] {
                &self.0
            }

            /// From a column's bytes; `None` when the length is another.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                <[u8; $len]>::try_from(bytes).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                let digits = text.as_bytes();
                if digits.len() != 2 * $len {
                    return Err(BadId);
                }
                let mut bytes = [0u8; $len];
                for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
                    let (high, low) = (hex_digit(pair[0]).ok_or(BadId)?, hex_digit(pair[1]).ok_or(BadId)?);
                    *byte = high << 4 | low;
                }
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                Self::from_slice(d.bytes()?).ok_or_else(|| {
                    minicbor::decode::Error::message(concat!(stringify!($name), " has another length"))
                })
            }
        }
    };
}

bytes_id!(
    /// Whatever has no id type of its own: a record, document, person, place, device, log, unit or request.
    Id, 16
);
bytes_id!(
    /// A BLAKE3-256 hash: the identity of a commit, a certificate or a part.
    Hash, 32
);

impl Id {
    /// First 16 bytes of a hash, the usual way an id is derived.
    pub fn of(hash: &Hash) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.0[..16]);
        Self(bytes)
    }
}

/// What a hash is for. Each use has a BLAKE3 key-derivation context of its own, so that bytes hashed for one use can never
/// stand for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashUse {
    Organisation,
    Certificate,
    Log,
    Header,
    Part,
    Record,
    NaturalKey,
    CustomerUnit,
    DigestRow,
    DigestState,
    Case,
    Branch,
    Statement,
}

impl HashUse {
    const fn context(self) -> &'static str {
        match self {
            Self::Organisation => "fovea 2026 organisation",
            Self::Certificate => "fovea 2026 certificate",
            Self::Log => "fovea 2026 log",
            Self::Header => "fovea 2026 header",
            Self::Part => "fovea 2026 part",
            Self::Record => "fovea 2026 record",
            Self::NaturalKey => "fovea 2026 natural key",
            Self::CustomerUnit => "fovea 2026 customer unit",
            Self::DigestRow => "fovea 2026 digest row",
            Self::DigestState => "fovea 2026 digest state",
            Self::Case => "fovea 2026 case",
            Self::Branch => "fovea 2026 branch",
            Self::Statement => "fovea 2026 statement",
        }
    }

    /// A hasher for this use.
    pub fn hasher(self) -> blake3::Hasher {
        blake3::Hasher::new_derive_key(self.context())
    }

    /// The hash of the pieces, one after the other. Callers with pieces of varying length put the lengths in.
    pub fn hash(self, pieces: &[&[u8]]) -> Hash {
        let mut hasher = self.hasher();
        for piece in pieces {
            hasher.update(piece);
        }
        Hash(*hasher.finalize().as_bytes())
    }
}

/// Kinds of things that a code people use names for good, so that two tills that meet one offline make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NaturalKind {
    Store,
    Product,
    Customer,
}

/// The id that a natural key stands for: first 16 bytes of H(organisation, kind, key in UTF-8).
pub fn natural_id(organisation: Id, kind: NaturalKind, key: &str) -> Id {
    let kind = match kind {
        NaturalKind::Store => 1u8,
        NaturalKind::Product => 2,
        NaturalKind::Customer => 3,
    };
    Id::of(&HashUse::NaturalKey.hash(&[organisation.as_bytes(), &[kind], key.as_bytes()]))
}

/// The three erasure units of a customer, as law keeps them for different terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CustomerUnit {
    Contact,
    Clinical,
    Invoice,
}

/// The unit of a customer's personal data; it derives from the customer's id, so that any till names the same.
pub fn customer_unit(customer: Id, unit: CustomerUnit) -> Id {
    let unit = match unit {
        CustomerUnit::Contact => 1u8,
        CustomerUnit::Clinical => 2,
        CustomerUnit::Invoice => 3,
    };
    Id::of(&HashUse::CustomerUnit.hash(&[customer.as_bytes(), &[unit]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_from_text_and_cbor() {
        let id = Id([0xa7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("a7".parse::<Id>(), Err(BadId));
        assert_eq!("zz".repeat(16).parse::<Id>(), Err(BadId));
        assert_eq!("é".repeat(16).parse::<Id>(), Err(BadId));
        let bytes = minicbor::to_vec(id).unwrap();
        assert_eq!(minicbor::decode::<Id>(&bytes).unwrap(), id);
        assert!(minicbor::decode::<Hash>(&bytes).is_err());
    }

    #[test]
    fn one_code_of_two_kinds_is_two_ids() {
        let organisation = Id([1; 16]);
        let product = natural_id(organisation, NaturalKind::Product, "84970S");
        assert_ne!(product, natural_id(organisation, NaturalKind::Customer, "84970S"));
        assert_ne!(product, natural_id(organisation, NaturalKind::Product, "84970s"));
        assert_ne!(product, natural_id(Id([2; 16]), NaturalKind::Product, "84970S"));
        assert_eq!(product, natural_id(organisation, NaturalKind::Product, "84970S"));
    }
}
