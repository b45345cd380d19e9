//! One attempt to print a job, or to open the drawer, over an open port.

use super::talk::{Talk, TalkError};
use super::{Condition, DRAWER_OPENS_WITHIN, Outcome, Setup, Work};
use crate::escpos::{REPORT_WHEN_DONE, drawer_pulse, drawer_pulse_at_once};
use crate::port::Port;
use crate::status::PrinterState;
use std::time::{Duration, Instant};

/// While a paper prints, the printer is asked for its state this often.
const ASK_WHILE_PRINTING: Duration = Duration::from_millis(250);
/// How long the answers to earlier papers' questions are waited for, before the next paper is sent.
const SETTLE: Duration = Duration::from_secs(5);
/// How long a printer is watched that does not report the end of a paper.
const PATIENCE_WITHOUT_REPORTS: Duration = Duration::from_secs(2);
/// How long a paper in hand is watched when the program ends.
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(3);
/// Time for each byte of a paper: half the speed of a line of 9,600 bits a second.
const MS_PER_BYTE: u64 = 2;

/// What an attempt found out.
pub struct Attempt {
    pub outcome: Outcome,
    /// What the printer said last, and how long its answer took in milliseconds.
    pub said: Option<(PrinterState, u32)>,
    /// The port is of no use any more.
    pub port_failed: bool,
}

/// What is to be kept from one paper to the next.
#[derive(Default)]
pub struct Memory {
    /// Papers whose question was not answered; on a port that stays open their answers may still come.
    pub owed: usize,
    /// The printer does not report the end of a paper.
    pub no_reports: bool,
}

/// A printer at the other end of an open port.
pub struct Session<'a> {
    pub setup: &'a Setup,
    pub port: &'a mut dyn Port,
    pub talk: &'a mut Talk,
    pub memory: &'a mut Memory,
    /// Whether the thread is to end.
    pub stops: &'a dyn Fn() -> bool,
}

impl Session<'_> {
    fn asks(&self) -> bool {
        self.setup.asks_status && self.port.answers()
    }

    /// Asks for the state; `None` from a port or a printer that has none.
    pub fn ask(&mut self) -> Result<Option<(PrinterState, u32)>, TalkError> {
        if !self.asks() {
            return Ok(None);
        }
        let before = Instant::now();
        let state = self.talk.ask(self.port, self.setup.give_up_after)?;
        Ok(Some((
            state,
            u32::try_from(before.elapsed().as_millis()).unwrap_or(u32::MAX),
        )))
    }

    /// Opens the drawer by itself.
    pub fn open_drawer(&mut self) -> Attempt {
        let failed = |reason: String, said| Attempt {
            outcome: Outcome::DrawerFailed(reason),
            said,
            port_failed: true,
        };
        let said = match self.ask() {
            Ok(said) => said,
            Err(error) => return failed(error.to_string(), None),
        };
        // In order with the print when it prints, at once when it does not: a buffered pulse would come with the new roll.
        let sent = match said.is_none_or(|(state, _)| state.prints()) {
            true => self.port.write_all(&self.pulse(), self.setup.give_up_after),
            false => self.pulse_at_once(),
        };
        match sent {
            Ok(()) => Attempt {
                outcome: Outcome::DrawerOpened,
                said,
                port_failed: false,
            },
            Err(error) => failed(error.to_string(), said),
        }
    }

    fn pulse(&self) -> [u8; 5] {
        drawer_pulse(self.setup.drawer_pin, self.setup.drawer_on_ms, self.setup.drawer_off_ms)
    }

    fn pulse_at_once(&mut self) -> Result<(), crate::port::WriteError> {
        let pulse = drawer_pulse_at_once(self.setup.drawer_pin, self.setup.drawer_on_ms);
        self.port.write_all(&pulse, self.setup.give_up_after)
    }

    /// Prints a paper, or finds out why it has to wait. Once the first byte may be out, the outcome is final.
    pub fn print(&mut self, work: &mut Work) -> Attempt {
        let unreachable = |error: String| Attempt {
            outcome: Outcome::Unreachable(error),
            said: None,
            port_failed: true,
        };
        let said = match self.ask() {
            Ok(said) => said,
            Err(error) => return unreachable(error.to_string()),
        };
        work.open_drawer &= work.since.elapsed() <= DRAWER_OPENS_WITHIN;
        if let Some(waits) = said.and_then(|(state, _)| Condition::of(state).waits()) {
            // The customer waits for change, so the drawer opens although the paper cannot print.
            let mut port_failed = false;
            if work.open_drawer {
                port_failed = self.pulse_at_once().is_err();
                work.open_drawer = port_failed;
            }
            return Attempt {
                outcome: waits,
                said,
                port_failed,
            };
        }
        if let Err(error) = self.settle() {
            return unreachable(error.to_string());
        }
        let mut bytes = Vec::with_capacity(work.bytes.len() + 8);
        if work.open_drawer {
            bytes.extend(self.pulse());
        }
        bytes.extend(&work.bytes);
        if said.is_some() {
            bytes.extend(REPORT_WHEN_DONE);
        }
        let patience = self.patience(bytes.len());
        if let Err(error) = self.port.write_all(&bytes, patience) {
            return match error.maybe_sent {
                true => {
                    self.memory.owed += 1;
                    Attempt {
                        outcome: Outcome::HalfPrinted,
                        said,
                        port_failed: true,
                    }
                }
                false => unreachable(error.to_string()),
            };
        }
        match said {
            Some(said) => self.wait_until_printed(said, patience),
            None => Attempt {
                outcome: Outcome::Sent,
                said,
                port_failed: false,
            },
        }
    }

    fn patience(&self, bytes: usize) -> Duration {
        let by_length = Duration::from_millis(MS_PER_BYTE.saturating_mul(bytes as u64));
        self.setup.patience.saturating_add(by_length)
    }

    /// Lets answers to earlier papers come in, so that they are not taken for this one's.
    fn settle(&mut self) -> Result<(), crate::port::PortError> {
        let end = Instant::now() + SETTLE;
        while self.memory.owed > self.talk.done_reports && Instant::now() < end && !(self.stops)() {
            self.talk.listen(self.port, ASK_WHILE_PRINTING)?;
        }
        (self.memory.owed, self.talk.done_reports) = (0, 0);
        Ok(())
    }

    fn wait_until_printed(&mut self, mut said: (PrinterState, u32), patience: Duration) -> Attempt {
        let patience = if self.memory.no_reports {
            PATIENCE_WITHOUT_REPORTS
        } else {
            patience
        };
        let mut end = Instant::now() + patience;
        let ended = |memory: &mut Memory, outcome, said, port_failed| {
            memory.owed += usize::from(outcome != Outcome::Printed);
            Attempt {
                outcome,
                said: Some(said),
                port_failed,
            }
        };
        loop {
            let listened = self.talk.listen(self.port, ASK_WHILE_PRINTING);
            if self.talk.done_reports > 0 {
                self.talk.done_reports = 0;
                self.memory.no_reports = false;
                let after = self.ask();
                let port_failed = after.is_err();
                return ended(
                    self.memory,
                    Outcome::Printed,
                    after.ok().flatten().unwrap_or(said),
                    port_failed,
                );
            }
            let asked = listened.map_err(TalkError::from).and_then(|()| self.ask());
            if self.talk.done_reports > 0 {
                continue;
            }
            let fine = match asked {
                Ok(Some(now)) => {
                    said = now;
                    now.0.prints()
                }
                Ok(None) | Err(TalkError::Silent) => false,
                Err(TalkError::Port(_)) => return ended(self.memory, Outcome::HalfPrinted, said, true),
            };
            // Offline alone may pass (a finger on the feed key); the others stop the paper where it is.
            if matches!(
                Condition::of(said.0),
                Condition::PaperOut | Condition::CoverOpen | Condition::Fault
            ) {
                return ended(self.memory, Outcome::HalfPrinted, said, false);
            }
            if (self.stops)() {
                end = end.min(Instant::now() + PATIENCE_AT_THE_END);
            }
            if Instant::now() >= end {
                if !fine {
                    return ended(self.memory, Outcome::HalfPrinted, said, false);
                }
                // It prints and answers, only not this question: some makes do not know it.
                self.memory.no_reports = true;
                return ended(self.memory, Outcome::Sent, said, false);
            }
        }
    }
}
