//! Questions to a printer over an open port, and the sorting of what comes back.

use crate::port::{Port, PortError};
use crate::status::{PrinterState, QUESTIONS, is_answer, is_done_report};
use std::time::{Duration, Instant};

/// Bytes read while one answer is waited for; a wire that babbles is not listened to for ever.
const MAX_NOISE: usize = 4_096;
/// Length of a read buffer; answers are single bytes.
const BUFFER: usize = 64;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum TalkError {
    #[error("the printer does not answer")]
    Silent,
    #[error(transparent)]
    Port(#[from] PortError),
}

/// What came back on a port.
#[derive(Default)]
pub struct Talk {
    /// Answers that say "all before this is printed", not yet counted by anyone.
    pub done_reports: usize,
}

impl Talk {
    /// Asks for the printer's state; `within` is for each of the four answers.
    ///
    /// # Errors
    /// [`TalkError`].
    pub fn ask(&mut self, port: &mut dyn Port, within: Duration) -> Result<PrinterState, TalkError> {
        // Answers of an earlier, impatient question would be taken for this one's.
        self.listen(port, Duration::ZERO)?;
        let mut answers = [0; QUESTIONS.len()];
        for (question, answer) in QUESTIONS.into_iter().zip(&mut answers) {
            port.write_all(&question.request(), within)
                .map_err(|error| error.cause)?;
            *answer = self.one_answer(port, within)?;
        }
        PrinterState::read(answers).ok_or(TalkError::Silent)
    }

    fn one_answer(&mut self, port: &mut dyn Port, within: Duration) -> Result<u8, TalkError> {
        let end = Instant::now() + within;
        let mut noise = 0;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let mut byte = [0];
            if port.read(&mut byte, left)? == 1 {
                let [byte] = byte;
                if is_answer(byte) {
                    return Ok(byte);
                }
                self.done_reports += usize::from(is_done_report(byte));
                noise += 1;
            }
            if left.is_zero() || noise > MAX_NOISE {
                return Err(TalkError::Silent);
            }
        }
    }

    /// Takes what has come within the time, and returns at the first bytes.
    ///
    /// # Errors
    /// [`PortError`].
    pub fn listen(&mut self, port: &mut dyn Port, within: Duration) -> Result<(), PortError> {
        let mut buffer = [0; BUFFER];
        let count = port.read(&mut buffer, within)?;
        self.done_reports += buffer.iter().take(count).filter(|byte| is_done_report(**byte)).count();
        Ok(())
    }
}
