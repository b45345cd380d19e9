//! What became of a job, and what is known of the printer.

use crate::status::{PaperLevel, PrinterState};
use std::time::SystemTime;

/// What became of a job, or why it waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The printer said that it has printed all.
    Printed,
    /// The printer took all, but cannot say whether it has printed it.
    Sent,
    /// Printing began and its end is not certain; a person looks at the paper and decides about a reprint.
    HalfPrinted,
    /// The drawer got its pulse.
    DrawerOpened,
    /// The drawer order could not be sent, for this reason; it is not tried again.
    DrawerFailed(String),
    /// Waits: no paper.
    PaperOut,
    /// Waits: the cover is open.
    CoverOpen,
    /// Waits: a fault of the cutter or the mechanism.
    Fault,
    /// Waits: the printer says that it is offline.
    Offline,
    /// Waits: no connection or no answer, for this reason.
    Unreachable(String),
}

impl Outcome {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Outcome::Printed => "printed",
            Outcome::Sent => "sent",
            Outcome::HalfPrinted => "half_printed",
            Outcome::DrawerOpened => "drawer_opened",
            Outcome::DrawerFailed(_) => "drawer_failed",
            Outcome::PaperOut => "paper_out",
            Outcome::CoverOpen => "cover_open",
            Outcome::Fault => "printer_fault",
            Outcome::Offline => "printer_offline",
            Outcome::Unreachable(_) => "printer_unreachable",
        }
    }

    /// Whether the job has left the queue with it; otherwise the job waits and is tried again.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Outcome::Printed | Outcome::Sent | Outcome::HalfPrinted | Outcome::DrawerOpened | Outcome::DrawerFailed(_)
        )
    }
}

/// An outcome of one job. A wait is told once, and again when its reason changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub job: String,
    pub outcome: Outcome,
}

/// What stands in the status bar.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Condition {
    #[default]
    NoneSetUp,
    /// Not asked yet.
    Asking,
    Ready,
    PaperOut,
    CoverOpen,
    Fault,
    Offline,
    /// No connection or no answer, for this reason.
    Unreachable(String),
}

impl Condition {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Condition::NoneSetUp => "none_set_up",
            Condition::Asking => "asking",
            Condition::Ready => "ready",
            Condition::PaperOut => "paper_out",
            Condition::CoverOpen => "cover_open",
            Condition::Fault => "fault",
            Condition::Offline => "offline",
            Condition::Unreachable(_) => "unreachable",
        }
    }

    /// The condition behind a printer's own words. An open cover comes before the paper, which cannot be seen then.
    #[must_use]
    pub fn of(state: PrinterState) -> Condition {
        match state {
            PrinterState { cover_open: true, .. } => Condition::CoverOpen,
            PrinterState {
                paper: PaperLevel::Out, ..
            } => Condition::PaperOut,
            PrinterState { error: true, .. } => Condition::Fault,
            PrinterState { online: false, .. } => Condition::Offline,
            _ => Condition::Ready,
        }
    }

    /// The outcome of a job that waits for it; `None` when nothing stands in its way.
    pub(super) fn waits(&self) -> Option<Outcome> {
        match self {
            Condition::NoneSetUp | Condition::Asking | Condition::Ready => None,
            Condition::PaperOut => Some(Outcome::PaperOut),
            Condition::CoverOpen => Some(Outcome::CoverOpen),
            Condition::Fault => Some(Outcome::Fault),
            Condition::Offline => Some(Outcome::Offline),
            Condition::Unreachable(reason) => Some(Outcome::Unreachable(reason.clone())),
        }
    }
}

/// A snapshot of the printer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    pub condition: Condition,
    /// The roll is near its end.
    pub paper_near_end: bool,
    /// What the drawer's contact says; `None` as long as the printer has not said it.
    pub drawer_open: Option<bool>,
    /// Papers in the queue, the one in hand included.
    pub waiting: usize,
    /// When the printer last answered (UTC, the system's clock), and how long it took in milliseconds.
    pub answered: Option<(SystemTime, u32)>,
}
