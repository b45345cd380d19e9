//! Columns: what is alike stands together, where zstd sees that it is alike, and what is random stands by itself.

use minicbor::{Decode, Decoder, Encode, Encoder};

use super::Flaw;

/// What stands in which column, in the order of the wire: first what zstd packs, then what nothing packs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// How each commit is written: one byte.
    Forms,
    /// Logs by name: of commits, and of heads that are not in the message.
    Logs,
    Seqs,
    Heads,
    Walls,
    Skews,
    Dates,
    Users,
    Commands,
    Levels,
    /// The number of a commit's parts, and how each is written.
    Parts,
    Units,
    /// Ids and hashes within parts, by name.
    IdNames,
    HashNames,
    /// Parts without their salts, ids and hashes.
    Shapes,
    /// Commits and parts that are written as they are.
    Plain,
    Ids,
    Hashes,
    Salts,
    Requests,
    Signatures,
}

pub const COLUMNS: usize = Column::Signatures as usize + 1;

/// The columns of one message, all empty when it carries no commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns([Vec<u8>; COLUMNS]);

impl Default for Columns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Vec::new()))
    }
}

impl Columns {
    pub fn get(&self, column: Column) -> &[u8] {
        &self.0[column as usize]
    }

    pub fn bytes(&mut self, column: Column, bytes: &[u8]) {
        self.0[column as usize].extend_from_slice(bytes);
    }

    pub fn byte(&mut self, column: Column, byte: u8) {
        self.0[column as usize].push(byte);
    }

    /// A number in groups of seven bits, the lowest first; every byte but the last has its highest bit set.
    pub fn number(&mut self, column: Column, mut number: u64) {
        let bytes = &mut self.0[column as usize];
        while number >= 0x80 {
            bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
    }

    /// A number that may be below zero: 0, -1, 1, -2, … are written 0, 1, 2, 3, …
    pub fn signed(&mut self, column: Column, number: i64) {
        self.number(column, zigzag(number));
    }
}

pub fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

pub fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

impl<C> Encode<C> for Columns {
    fn encode<W: minicbor::encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        // Most messages carry no commit.
        if self.0.iter().all(Vec::is_empty) {
            encoder.array(0)?;
            return Ok(());
        }
        encoder.array(COLUMNS as u64)?;
        for column in &self.0 {
            encoder.bytes(column)?;
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Columns {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let mut columns = Self::default();
        match decoder.array()? {
            Some(0) => return Ok(columns),
            Some(count) if count == COLUMNS as u64 => {}
            _ => {
                return Err(minicbor::decode::Error::message(
                    "commits are packed in so many columns",
                ));
            }
        }
        for column in &mut columns.0 {
            // A slice of the message: nothing is allocated by a length that was only stated.
            *column = decoder.bytes()?.to_vec();
        }
        Ok(columns)
    }
}

/// Reads the columns, each from its beginning.
pub struct Reading<'b>([&'b [u8]; COLUMNS]);

impl<'b> Reading<'b> {
    pub fn new(columns: &'b Columns) -> Self {
        Self(std::array::from_fn(|column| columns.0[column].as_slice()))
    }

    pub fn bytes(&mut self, column: Column, length: usize) -> Result<&'b [u8], Flaw> {
        let rest = &mut self.0[column as usize];
        let (taken, left) = rest.split_at_checked(length).ok_or(Flaw::Cut)?;
        *rest = left;
        Ok(taken)
    }

    pub fn bytes_of<const N: usize>(&mut self, column: Column) -> Result<[u8; N], Flaw> {
        self.bytes(column, N)?.try_into().map_err(|_| Flaw::Cut)
    }

    pub fn byte(&mut self, column: Column) -> Result<u8, Flaw> {
        self.bytes_of::<1>(column).map(|[byte]| byte)
    }

    pub fn number(&mut self, column: Column) -> Result<u64, Flaw> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte(column)?;
            let bits = u64::from(byte & 0x7f);
            // Neither bits beyond the 64th nor a last byte that says nothing: a number has one form.
            if bits << shift >> shift != bits || byte == 0 && shift > 0 {
                return Err(Flaw::Number);
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Flaw::Number)
    }

    /// A number in the range of `T`.
    pub fn number_as<T: TryFrom<u64>>(&mut self, column: Column) -> Result<T, Flaw> {
        T::try_from(self.number(column)?).map_err(|_| Flaw::Number)
    }

    pub fn signed(&mut self, column: Column) -> Result<i64, Flaw> {
        self.number(column).map(unzigzag)
    }

    /// # Errors
    /// [`Flaw::Trailing`] when a column holds more than was read.
    pub fn end(self) -> Result<(), Flaw> {
        if self.0.iter().all(|rest| rest.is_empty()) {
            Ok(())
        } else {
            Err(Flaw::Trailing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, -1, 63, 64, -64, -65, i64::MAX, i64::MIN];
        let mut columns = Columns::default();
        for number in numbers {
            columns.signed(Column::Walls, number);
            columns.number(Column::Seqs, number as u64);
        }
        let mut reading = Reading::new(&columns);
        for number in numbers {
            assert_eq!(reading.signed(Column::Walls), Ok(number));
            assert_eq!(reading.number(Column::Seqs), Ok(number as u64));
        }
        assert_eq!(reading.end(), Ok(()));
    }

    #[test]
    fn a_number_has_one_form() {
        let read = |bytes: &[u8]| {
            let mut columns = Columns::default();
            columns.bytes(Column::Seqs, bytes);
            Reading::new(&columns).number(Column::Seqs)
        };
        assert_eq!(read(&[0x7f]), Ok(127));
        assert_eq!(read(&[0x80, 0x01]), Ok(128));
        assert_eq!(read(&[0x80, 0x00]), Err(Flaw::Number));
        assert_eq!(read(&[0xff; 9]), Err(Flaw::Cut));
        let most = [[0xff; 9].as_slice(), &[0x01]].concat();
        assert_eq!(read(&most), Ok(u64::MAX));
        let beyond = [[0xff; 9].as_slice(), &[0x03]].concat();
        assert_eq!(read(&beyond), Err(Flaw::Number));
        assert_eq!(read(&[0x80; 11]), Err(Flaw::Number));
    }
}
