//! The line a CSV row begins on.
//!
//! The reader's own count is one short where lines end in CR LF, because it takes the LF for the next row's, and does not
//! count blank lines before a row. People look rows up by their number, so it is counted from the file itself.

use std::io::{self, BufRead};

/// Counts lines up to offsets that only grow.
pub struct CsvLines<R> {
    file: R,
    offset: u64,
    line: u64,
}

impl<R: BufRead> CsvLines<R> {
    /// Of a file read again from its start, beside the reader.
    pub fn new(file: R) -> Self {
        Self {
            file,
            offset: 0,
            line: 1,
        }
    }

    /// The line of the first byte from `offset` on that ends no line; the header's is 1.
    pub fn at(&mut self, offset: u64) -> io::Result<u64> {
        loop {
            let bytes = self.file.fill_buf()?;
            if bytes.is_empty() {
                return Ok(self.line);
            }
            let from = self.offset;
            let end = (from..)
                .zip(bytes)
                .position(|(at, byte)| at >= offset && !matches!(byte, b'\r' | b'\n'));
            let read = end.unwrap_or(bytes.len());
            self.line += bytes[..read].iter().filter(|byte| **byte == b'\n').count() as u64;
            self.offset += read as u64;
            self.file.consume(read);
            if end.is_some() {
                return Ok(self.line);
            }
        }
    }

    /// Whether the file ends within quotes, asked after the last row's line. The reader takes all that follows a quote
    /// without an end for one field, so that a file cut short, or every row after a stray quote, would pass as a value.
    pub fn ends_in_quotes(mut self) -> io::Result<bool> {
        // The offset is the last row's first byte, so a field begins there.
        let mut at = At::FieldStart;
        loop {
            let bytes = self.file.fill_buf()?;
            if bytes.is_empty() {
                return Ok(at == At::Quoted);
            }
            at = bytes.iter().fold(at, |at, byte| at.after(*byte));
            let read = bytes.len();
            self.file.consume(read);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    FieldStart,
    Plain,
    Quoted,
    /// After a quote within quotes: it ends the field, or is the first of two that stand for one.
    QuoteInQuotes,
}

impl At {
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::QuoteInQuotes,
            (Self::Quoted, _) | (Self::FieldStart | Self::QuoteInQuotes, b'"') => Self::Quoted,
            (_, b',' | b'\r' | b'\n') => Self::FieldStart,
            _ => Self::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_where_an_editor_shows_them() {
        for end in ["\r\n", "\n"] {
            let text = ["a,b", "1,2", "", "\"x", "y\",2", "3,4"].join(end);
            let mut lines = CsvLines::new(text.as_bytes());
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let at = |row: Result<csv::StringRecord, csv::Error>| row.unwrap().position().unwrap().byte();
            let told: Vec<u64> = reader.records().map(at).map(|byte| lines.at(byte).unwrap()).collect();
            assert_eq!(told, [2, 4, 6], "{end:?}");
        }
    }

    #[test]
    fn a_quote_without_an_end_is_seen() {
        for (text, expected) in [
            ("a,b\n1,2", false),
            ("a,b\n1,\"2\"", false),
            ("a,b\n1,\"2\"\r\n\r\n", false),
            ("a,b\n1,\"2", true),
            ("a,b\n1,\"2\n3,4\n5,6\n", true),
            ("a,b\n\"1,2\n", true),
            ("a,b\n1,\"2\"\"", true),
            ("a,b\n1,\"2\"\"\"", false),
            ("a,b\n1,\"\"", false),
            ("a,b\n1,6\" vase", false),
            ("a,b\n\"x\ny\",2\n", false),
            ("a,b\n", false),
            ("a,\"b", true),
        ] {
            let mut lines = CsvLines::new(text.as_bytes());
            for row in csv::Reader::from_reader(text.as_bytes()).records().flatten() {
                lines.at(row.position().unwrap().byte()).unwrap();
            }
            assert_eq!(lines.ends_in_quotes().unwrap(), expected, "{text:?}");
        }
    }
}
