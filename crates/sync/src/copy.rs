//! The messages by which a new till fetches a snapshot, a piece at a time.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use model::ids::Hash;

use crate::limits::{MAX_SNAPSHOT, PIECE_BYTES, VERSION};
use crate::wire::{Message, WireFault};

/// Asks for a piece of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PieceRequest {
    #[n(0)]
    version: u8,
    /// Which snapshot, by the hash of its file; null for whichever there is.
    #[n(1)]
    pub hash: Option<Hash>,
    /// The first byte that is wanted.
    #[n(2)]
    pub from: u64,
}

impl PieceRequest {
    pub fn new(hash: Option<Hash>, from: u64) -> Self {
        Self {
            version: VERSION,
            hash,
            from,
        }
    }
}

impl Message for PieceRequest {
    fn check(&self) -> Result<(), WireFault> {
        if self.from <= MAX_SNAPSHOT {
            Ok(())
        } else {
            Err(WireFault::TooLong)
        }
    }
}

/// A piece of a snapshot; where there is none, or it is another than was asked for, that is what it says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Piece {
    #[n(0)]
    version: u8,
    /// The snapshot that there is, by the hash of its file; null for none.
    #[n(1)]
    pub hash: Option<Hash>,
    /// Bytes of that file.
    #[n(2)]
    pub size: u64,
    /// Where the bytes stand in it; 0 when it is another snapshot than was asked for.
    #[n(3)]
    pub from: u64,
    #[n(4)]
    bytes: ByteVec,
}

impl Piece {
    /// There is no snapshot.
    pub fn none() -> Self {
        Self {
            version: VERSION,
            hash: None,
            size: 0,
            from: 0,
            bytes: Vec::new().into(),
        }
    }

    pub fn new(hash: Hash, size: u64, from: u64, bytes: Vec<u8>) -> Self {
        Self {
            version: VERSION,
            hash: Some(hash),
            size,
            from,
            bytes: bytes.into(),
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Message for Piece {
    fn check(&self) -> Result<(), WireFault> {
        if self.size > MAX_SNAPSHOT || self.bytes.len() > PIECE_BYTES {
            return Err(WireFault::TooLong);
        }
        let end = self.from.checked_add(self.bytes.len() as u64);
        if end.is_none_or(|end| end > self.size) || (self.hash.is_none() && self.size > 0) {
            return Err(WireFault::Encoding);
        }
        Ok(())
    }
}
