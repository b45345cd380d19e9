//! What a printer says about itself: `DLE EOT n` and the reading of its answers.

/// How much paper the printer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PaperLevel {
    #[default]
    Ok,
    NearEnd,
    Out,
}

/// A printer's own view of its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrinterState {
    /// It takes and prints what it is sent. Also `false` with an open cover or no paper.
    pub online: bool,
    pub cover_open: bool,
    pub paper: PaperLevel,
    /// A fault of the cutter or the mechanism.
    pub error: bool,
    /// The drawer's contact says open; which way round the contact is wired differs between drawers.
    pub drawer_open: bool,
}

/// The four questions, in the order they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    Printer = 1,
    OfflineCause = 2,
    ErrorCause = 3,
    Paper = 4,
}

/// Every question; [`PrinterState::read`] takes the answers in this order.
pub const QUESTIONS: [Question; 4] = [
    Question::Printer,
    Question::OfflineCause,
    Question::ErrorCause,
    Question::Paper,
];

impl Question {
    /// The bytes that ask it; the printer answers at once, whatever it prints.
    #[must_use]
    pub fn request(self) -> [u8; 3] {
        [0x10, 0x04, self as u8]
    }
}

/// Whether a byte can be an answer to [`Question`]: 0xx1xx10.
#[must_use]
pub fn is_answer(byte: u8) -> bool {
    byte & 0b1001_0011 == 0b0001_0010
}

/// Whether a byte can be the answer to [`crate::escpos::REPORT_WHEN_DONE`]: 0xx0xxxx.
#[must_use]
pub fn is_done_report(byte: u8) -> bool {
    byte & 0b1001_0000 == 0
}

impl PrinterState {
    /// Reads the four answers in the order of [`QUESTIONS`]; `None` when one is no answer.
    #[must_use]
    pub fn read(answers: [u8; 4]) -> Option<PrinterState> {
        if !answers.into_iter().all(is_answer) {
            return None;
        }
        let bit = |at: usize, bit: u8| answers.get(at).is_some_and(|answer| answer & (1 << bit) != 0);
        let out = bit(1, 5) || bit(3, 5) || bit(3, 6);
        let near = bit(3, 2) || bit(3, 3);
        Some(PrinterState {
            online: !bit(0, 3),
            drawer_open: bit(0, 2),
            cover_open: bit(1, 2),
            error: bit(1, 6) || bit(2, 3) || bit(2, 5),
            paper: match (out, near) {
                (true, _) => PaperLevel::Out,
                (false, true) => PaperLevel::NearEnd,
                (false, false) => PaperLevel::Ok,
            },
        })
    }

    /// Whether it would print now what it is sent.
    #[must_use]
    pub fn prints(self) -> bool {
        self.online && !self.cover_open && !self.error && self.paper != PaperLevel::Out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_fault() {
        let fine = PrinterState {
            online: true,
            cover_open: false,
            paper: PaperLevel::Ok,
            error: false,
            drawer_open: false,
        };
        for (answers, expected) in [
            ([0x12, 0x12, 0x12, 0x12], fine),
            (
                [0x16, 0x12, 0x12, 0x12],
                PrinterState {
                    drawer_open: true,
                    ..fine
                },
            ),
            (
                [0x12, 0x12, 0x12, 0x1E],
                PrinterState {
                    paper: PaperLevel::NearEnd,
                    ..fine
                },
            ),
            (
                [0x1A, 0x32, 0x12, 0x7E],
                PrinterState {
                    online: false,
                    paper: PaperLevel::Out,
                    ..fine
                },
            ),
            (
                [0x1A, 0x16, 0x12, 0x12],
                PrinterState {
                    online: false,
                    cover_open: true,
                    ..fine
                },
            ),
            (
                [0x1A, 0x52, 0x1A, 0x12],
                PrinterState {
                    online: false,
                    error: true,
                    ..fine
                },
            ),
        ] {
            assert_eq!(PrinterState::read(answers), Some(expected), "{answers:x?}");
        }
        for noise in [0x00, 0x13, 0x92, 0xFF, 0x02] {
            assert_eq!(PrinterState::read([0x12, noise, 0x12, 0x12]), None, "{noise:x}");
        }
    }

    #[test]
    fn the_two_kinds_of_answer_cannot_be_taken_for_each_other() {
        for byte in 0..=u8::MAX {
            assert!(!(is_answer(byte) && is_done_report(byte)), "{byte:x}");
        }
    }
}
