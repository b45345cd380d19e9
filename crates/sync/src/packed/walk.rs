//! A walk through the CBOR of a part: where its ids and hashes stand, and where its records begin and end. Who packs walks
//! through the part, who unpacks through its shape; both take the same steps, for a shape lacks only what is put back.

use journal::limits::MAX_DEPTH;

use super::Flaw;

const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
/// The records' array, and what nests in a record.
const MAX_OPEN: usize = MAX_DEPTH + 1;

pub const ID: usize = 16;
pub const HASH: usize = 32;

/// What is done at each step.
pub trait Steps {
    /// Takes so many bytes as they are.
    fn plain(&mut self, length: usize) -> Result<&[u8], Flaw>;
    /// The 16 bytes that follow are an id.
    fn id(&mut self) -> Result<(), Flaw>;
    /// The 32 bytes that follow are a hash.
    fn hash(&mut self) -> Result<(), Flaw>;
    fn record_begins(&mut self);
    fn record_ends(&mut self);
}

/// Walks through one value: the records' array. Every step takes at least one byte, so what follows bounds the walk.
pub fn walk(steps: &mut impl Steps) -> Result<(), Flaw> {
    // Values still to come in each open array or map.
    let mut open: Vec<u64> = Vec::with_capacity(MAX_OPEN);
    loop {
        if open.len() == 1 {
            steps.record_begins();
        }
        let (major, argument) = head(steps)?;
        let inside = match major {
            BYTES | TEXT => {
                match usize::try_from(argument).map_err(|_| Flaw::Cut)? {
                    ID if major == BYTES => steps.id()?,
                    HASH if major == BYTES => steps.hash()?,
                    length => {
                        steps.plain(length)?;
                    }
                }
                0
            }
            ARRAY => argument,
            MAP => argument.checked_mul(2).ok_or(Flaw::Shape)?,
            TAG => return Err(Flaw::Shape),
            _ => 0,
        };
        if inside > 0 {
            if open.len() == MAX_OPEN {
                return Err(Flaw::Shape);
            }
            open.push(inside);
            continue;
        }
        // The value is over, and with it whatever it was the last of.
        loop {
            if open.len() == 1 {
                steps.record_ends();
            }
            let Some(left) = open.last_mut() else { return Ok(()) };
            *left -= 1;
            if *left > 0 {
                break;
            }
            open.pop();
        }
    }
}

/// Major type and argument of the next value. Its form is not judged: whatever it is, it is put back as it was.
fn head(steps: &mut impl Steps) -> Result<(u8, u64), Flaw> {
    let initial = *steps.plain(1)?.first().ok_or(Flaw::Cut)?;
    let width = match initial & 0x1f {
        info @ 0..=23 => return Ok((initial >> 5, u64::from(info))),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return Err(Flaw::Shape),
    };
    let argument = steps.plain(width)?;
    let argument = argument.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    Ok((initial >> 5, argument))
}
