//! Reads ESC/POS byte by byte, as a printer does: whatever comes, it neither fails nor keeps more than a bounded piece.

use super::op::{ESC, FS, GS, Op, complete};

/// Most bytes kept of one command's data (a picture of 576 dots and 3,600 rows); what comes beyond is read and dropped.
pub const MAX_DATA: usize = 256 * 1024;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum State {
    #[default]
    Ground,
    /// ESC, FS or GS was read; the command's letter comes.
    Lead(u8),
    /// Parameters of a fixed number.
    Params {
        lead: u8,
        letter: u8,
        need: usize,
        got: Vec<u8>,
    },
    /// Data of a known length; `left` may be 4 GB, what is kept is not.
    Data {
        lead: u8,
        letter: u8,
        params: Vec<u8>,
        left: u64,
        kept: Vec<u8>,
    },
    /// Data that ends with a zero.
    UntilZero {
        lead: u8,
        letter: u8,
        params: Vec<u8>,
        kept: Vec<u8>,
    },
}

/// The state between two bytes.
#[derive(Debug, Default)]
pub struct Decoder {
    state: State,
}

/// How many parameters follow a command's letter, as far as the letter tells.
fn params(lead: u8, letter: u8) -> usize {
    match (lead, letter) {
        (ESC, b'p' | b'*') | (GS, b'^' | b'(') => 3,
        (ESC, b'(') | (FS, b'(') => 3,
        (ESC, b'$' | b'\\' | b'c') | (GS, b'L' | b'W' | b'P' | b'$' | b'\\' | b'*') | (FS, b'S' | b'p') => 2,
        (ESC, b'W') => 8,
        (GS, b'v') => 6,
        (GS, b'8') => 5,
        (GS, b'V' | b'k') => 1,
        (
            ESC,
            b'!' | b'-' | b'3' | b'E' | b'G' | b'J' | b'M' | b'R' | b'V' | b'a' | b'd' | b't' | b'{' | b' ' | b'='
            | b'%' | b'r' | b'e' | b'T' | b'u' | b'B',
        ) => 1,
        (GS, b'!' | b'B' | b'H' | b'f' | b'h' | b'w' | b'r' | b'a' | b'/' | b'I' | b'b' | b'T') => 1,
        (FS, b'C' | b'!' | b'W' | b'-') => 1,
        (FS, b'2') => 74,
        _ => 0,
    }
}

impl Decoder {
    /// Takes one byte; gives what it completes.
    pub fn push(&mut self, byte: u8) -> Option<Op> {
        match std::mem::take(&mut self.state) {
            State::Ground => self.ground(byte),
            State::Lead(lead) => match (lead, byte, params(lead, byte)) {
                (ESC, b'D', _) => {
                    self.state = State::UntilZero {
                        lead,
                        letter: byte,
                        params: Vec::new(),
                        kept: Vec::new(),
                    };
                    None
                }
                (_, _, 0) => Some(complete(lead, byte, &[], Vec::new())),
                (_, _, need) => {
                    self.state = State::Params {
                        lead,
                        letter: byte,
                        need,
                        got: Vec::new(),
                    };
                    None
                }
            },
            State::Params {
                lead,
                letter,
                need,
                mut got,
            } => {
                got.push(byte);
                if got.len() < need {
                    self.state = State::Params {
                        lead,
                        letter,
                        need,
                        got,
                    };
                    return None;
                }
                self.with_params(lead, letter, got)
            }
            State::Data {
                lead,
                letter,
                params,
                left,
                mut kept,
            } => {
                if kept.len() < MAX_DATA {
                    kept.push(byte);
                }
                self.data(lead, letter, params, left.saturating_sub(1), kept)
            }
            State::UntilZero {
                lead,
                letter,
                params,
                kept,
            } if byte == 0 => Some(complete(lead, letter, &params, kept)),
            State::UntilZero {
                lead,
                letter,
                params,
                mut kept,
            } => {
                if kept.len() < MAX_DATA {
                    kept.push(byte);
                }
                self.state = State::UntilZero {
                    lead,
                    letter,
                    params,
                    kept,
                };
                None
            }
        }
    }

    fn ground(&mut self, byte: u8) -> Option<Op> {
        match byte {
            b'\n' => Some(Op::LineFeed),
            ESC | FS | GS => {
                self.state = State::Lead(byte);
                None
            }
            0x20..=0x7E | 0x80.. => Some(Op::Text(byte)),
            _ => None,
        }
    }

    /// All fixed parameters are here; some commands have more behind them.
    fn with_params(&mut self, lead: u8, letter: u8, mut got: Vec<u8>) -> Option<Op> {
        let at = |at: usize| u64::from(got.get(at).copied().unwrap_or(0));
        let little = |low: usize, count: usize| (0..count).rev().fold(0, |sum, byte| sum << 8 | at(low + byte));
        let length = match (lead, letter) {
            (GS, b'v') => little(2, 2) * little(4, 2),
            (GS, b'8') => little(1, 4),
            (ESC | FS | GS, b'(') => little(1, 2),
            (ESC, b'*') => little(1, 2) * if at(0) >= 32 { 3 } else { 1 },
            (GS, b'*') => at(0) * at(1) * 8,
            (GS, b'V') if got.len() == 1 && matches!(at(0), 65 | 66 | 97 | 98 | 103 | 104) => {
                self.state = State::Params {
                    lead,
                    letter,
                    need: 2,
                    got,
                };
                return None;
            }
            (GS, b'k') if at(0) <= 6 => {
                self.state = State::UntilZero {
                    lead,
                    letter,
                    params: got,
                    kept: Vec::new(),
                };
                return None;
            }
            (GS, b'k') if got.len() == 1 && at(0) >= 65 => {
                self.state = State::Params {
                    lead,
                    letter,
                    need: 2,
                    got,
                };
                return None;
            }
            (GS, b'k') if got.len() == 2 => at(1),
            _ => return Some(complete(lead, letter, &got, Vec::new())),
        };
        got.truncate(8);
        self.data(lead, letter, got, length, Vec::new())
    }

    fn data(&mut self, lead: u8, letter: u8, params: Vec<u8>, left: u64, kept: Vec<u8>) -> Option<Op> {
        if left == 0 {
            return Some(complete(lead, letter, &params, kept));
        }
        self.state = State::Data {
            lead,
            letter,
            params,
            left,
            kept,
        };
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ops(bytes: &[u8]) -> Vec<Op> {
        let mut decoder = Decoder::default();
        bytes.iter().filter_map(|byte| decoder.push(*byte)).collect()
    }

    #[test]
    fn commands() {
        let barcode = Op::Barcode {
            kind: 73,
            data: b"{BAB".to_vec(),
        };
        for (bytes, expected) in [
            (&b"A\n"[..], vec![Op::Text(b'A'), Op::LineFeed]),
            (b"\x1b@\x1bt\x13", vec![Op::Reset, Op::CodePage(19)]),
            (
                b"\x1bp\0\x19\xfa",
                vec![Op::Drawer {
                    pin: 2,
                    on_ms: 50,
                    off_ms: 500,
                }],
            ),
            (b"\x1d!\x11", vec![Op::Size { width: 2, height: 2 }]),
            (b"\x1dW\xf8\x01", vec![Op::AreaWidth(504)]),
            (
                b"\x1dV\0",
                vec![Op::Cut {
                    partial: false,
                    feed: 0,
                }],
            ),
            (b"\x1dV\x01", vec![Op::Cut { partial: true, feed: 0 }]),
            (
                b"\x1dVA\x05",
                vec![Op::Cut {
                    partial: false,
                    feed: 5,
                }],
            ),
            (
                b"\x1dVB\x60",
                vec![Op::Cut {
                    partial: true,
                    feed: 96,
                }],
            ),
            (b"\x1dkI\x04{BABx", vec![barcode, Op::Text(b'x')]),
            (
                b"\x1dk\x02123\0x",
                vec![
                    Op::Barcode {
                        kind: 2,
                        data: b"123".to_vec(),
                    },
                    Op::Text(b'x'),
                ],
            ),
            (
                b"\x1dv0\0\x02\0\x02\0abcdx",
                vec![
                    Op::Raster {
                        width: 2,
                        height: 2,
                        data: b"abcd".to_vec(),
                    },
                    Op::Text(b'x'),
                ],
            ),
            (
                b"\x1d(k\x03\0\x31\x51\x30x",
                vec![Op::Unsupported("1d 28".into()), Op::Text(b'x')],
            ),
        ] {
            assert_eq!(ops(bytes), expected, "{bytes:x?}");
        }
    }

    #[test]
    fn a_length_of_gigabytes_keeps_little() {
        let mut decoder = Decoder::default();
        for byte in *b"\x1d8L\xff\xff\xff\xff" {
            assert_eq!(decoder.push(byte), None);
        }
        for _ in 0..2 * MAX_DATA {
            assert_eq!(decoder.push(7), None);
        }
        let State::Data { left, kept, .. } = decoder.state else {
            panic!("still in the data")
        };
        assert_eq!(
            (left, kept.len()),
            (u64::from(u32::MAX) - 2 * MAX_DATA as u64, MAX_DATA)
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_upset_it(bytes in proptest::collection::vec(
            proptest::prop_oneof![proptest::prelude::any::<u8>(), proptest::sample::select(&b"\x1b\x1d\x1c\x10kvV(8*"[..])],
            0..600,
        )) {
            ops(&bytes);
        }
    }
}
