//! The printer itself: its buffer, its sensors, its drawer, and the paper it prints.

use super::decode::Decoder;
use super::op::Op;
use super::page::{Page, Sheet};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Bytes the printer holds while it cannot print; then it takes no more.
pub const BUFFER: usize = 64 * 1024;
/// Answers that may wait for a wire; more are dropped, as nobody reads them.
const MAX_REPLIES: usize = 1_024;
/// Lines left on the roll at which it counts as near its end.
const NEAR_END_LINES: u32 = 6;
/// Longest real-time command.
const MAX_AT_ONCE: usize = 10;

/// What can be done to the printer, or go wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    PaperOut,
    /// A new roll, without end; what was buffered prints on.
    PaperIn,
    CoverOpen,
    CoverClose,
    Offline,
    /// Online, and with power again after a death.
    Online,
    /// The power fails after so many more bytes to print (questions do not count); what is buffered then is lost.
    DieAfter(u64),
    /// Somebody pushes the drawer shut.
    DrawerClose,
}

impl std::str::FromStr for Fault {
    type Err = ();

    /// Reads a line of the control file: `paper-out`, `paper-in`, `cover-open`, `cover-close`, `offline`, `online`,
    /// `die-after BYTES`, `drawer-close`.
    fn from_str(line: &str) -> Result<Fault, ()> {
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["paper-out"] => Ok(Fault::PaperOut),
            ["paper-in"] => Ok(Fault::PaperIn),
            ["cover-open"] => Ok(Fault::CoverOpen),
            ["cover-close"] => Ok(Fault::CoverClose),
            ["offline"] => Ok(Fault::Offline),
            ["online"] => Ok(Fault::Online),
            ["drawer-close"] => Ok(Fault::DrawerClose),
            ["die-after", bytes] => bytes.parse().map(Fault::DieAfter).map_err(|_| ()),
            _ => Err(()),
        }
    }
}

/// What came of the bytes, in order.
pub enum Product {
    Event(Value),
    /// A receipt; `torn` when the power failed before its cut.
    Receipt {
        sheet: Sheet,
        torn: bool,
    },
}

/// A printer without wires.
pub struct Machine {
    decoder: Decoder,
    page: Page,
    buffer: VecDeque<u8>,
    /// Start of a command that is carried out at once, as far as it has come.
    at_once: Vec<u8>,
    replies: Vec<u8>,
    products: Vec<Product>,
    paper_out: bool,
    lines_left: Option<u32>,
    cover_open: bool,
    offline: bool,
    dead: bool,
    die_after: Option<u64>,
    drawer_open_since: Option<Instant>,
    drawer_closes_after: Option<Duration>,
    /// The last answer to each question, so that only a change is an event.
    answered: [u8; 5],
}

impl Machine {
    /// A printer with `lines` of paper (`None`: without end), whose drawer is pushed shut after a while.
    #[must_use]
    pub fn new(lines: Option<u32>, drawer_closes_after: Option<Duration>) -> Machine {
        Machine {
            decoder: Decoder::default(),
            page: Page::new(),
            buffer: VecDeque::new(),
            at_once: Vec::new(),
            replies: Vec::new(),
            products: Vec::new(),
            paper_out: lines == Some(0),
            lines_left: lines,
            cover_open: false,
            offline: false,
            dead: false,
            die_after: None,
            drawer_open_since: None,
            drawer_closes_after,
            answered: [0; 5],
        }
    }

    /// Bytes it takes now.
    #[must_use]
    pub fn room(&self) -> usize {
        BUFFER.saturating_sub(self.buffer.len() + MAX_AT_ONCE)
    }

    /// Without power it neither hears nor answers.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.dead
    }

    #[must_use]
    pub fn drawer_is_open(&self) -> bool {
        self.drawer_open_since.is_some()
    }

    fn prints(&self) -> bool {
        !(self.paper_out || self.cover_open || self.offline || self.dead)
    }

    /// Takes bytes from a wire, at most [`Machine::room`], and prints what it can.
    pub fn receive(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.dead {
                return;
            }
            let before = self.buffer.len();
            self.hear(*byte);
            let taken = self.buffer.len().saturating_sub(before) as u64;
            if let Some(left) = &mut self.die_after {
                *left = left.saturating_sub(taken);
                if *left == 0 {
                    self.print_on();
                    self.die();
                }
            }
        }
        self.print_on();
    }

    /// Sorts out the commands that a printer obeys at once, wherever they stand.
    fn hear(&mut self, byte: u8) {
        self.at_once.push(byte);
        match self.at_once.as_slice() {
            [0x10] | [0x10, 0x04 | 0x14] | [0x10, 0x14, 1 | 8, ..] if self.at_once.len() < self.at_once_length() => {}
            [0x10, 0x04, n @ 1..=4] => {
                let n = *n;
                self.at_once.clear();
                self.answer(n);
            }
            [0x10, 0x14, 1, m @ (0 | 1), t @ 1..=8] => {
                let (pin, on_ms) = (if *m == 0 { 2 } else { 5 }, u16::from(*t) * 100);
                self.at_once.clear();
                self.pulse(pin, on_ms, on_ms, true);
            }
            [0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8] => {
                self.at_once.clear();
                self.buffer.clear();
                self.decoder = Decoder::default();
                self.event(json!({"event": "buffer_cleared"}));
            }
            _ => {
                let held = std::mem::take(&mut self.at_once);
                // The last byte may itself begin a command.
                match held.split_last() {
                    Some((0x10, before)) if !before.is_empty() => {
                        self.buffer.extend(before);
                        self.at_once.push(0x10);
                    }
                    _ => self.buffer.extend(&held),
                }
            }
        }
    }

    fn at_once_length(&self) -> usize {
        match self.at_once.as_slice() {
            [0x10, 0x14, 8, ..] => 10,
            [0x10, 0x14, ..] => 5,
            _ => 3,
        }
    }

    /// Prints from the buffer as long as nothing stands in the way.
    fn print_on(&mut self) {
        while self.prints()
            && let Some(byte) = self.buffer.pop_front()
        {
            if let Some(op) = self.decoder.push(byte) {
                self.obey(&op);
            }
        }
    }

    fn obey(&mut self, op: &Op) {
        match op {
            Op::Drawer { pin, on_ms, off_ms } => self.pulse(*pin, *on_ms, *off_ms, false),
            Op::Report(n) => {
                let near = self.near_end();
                let reply = match n {
                    1 | 49 => 0b11 * u8::from(near),
                    _ => u8::from(self.drawer_is_open()),
                };
                self.reply(reply);
                self.event(json!({"event": "reported", "n": n}));
            }
            Op::Cut { partial, .. } => {
                self.event(json!({"event": "cut", "partial": partial}));
                self.tear(false);
            }
            _ => match self.page.apply(op) {
                Ok(lines) => {
                    self.use_paper(lines);
                    if self.page.is_full() {
                        self.tear(false);
                    }
                }
                Err(what) => self.event(json!({"event": "unsupported", "what": what})),
            },
        }
    }

    fn tear(&mut self, torn: bool) {
        if let Some(sheet) = self.page.tear() {
            self.products.push(Product::Receipt { sheet, torn });
        }
    }

    fn use_paper(&mut self, lines: u32) {
        let Some(left) = &mut self.lines_left else { return };
        let near_before = *left <= NEAR_END_LINES;
        *left = left.saturating_sub(lines);
        let left = *left;
        if left == 0 && !self.paper_out {
            self.paper_out = true;
            self.event(json!({"event": "paper_out"}));
        } else if left <= NEAR_END_LINES && !near_before {
            self.event(json!({"event": "paper_near_end"}));
        }
    }

    fn near_end(&self) -> bool {
        self.paper_out || self.lines_left.is_some_and(|left| left <= NEAR_END_LINES)
    }

    fn pulse(&mut self, pin: u8, on_ms: u16, off_ms: u16, at_once: bool) {
        self.drawer_open_since = Some(Instant::now());
        self.event(json!({"event": "drawer", "pin": pin, "on_ms": on_ms, "off_ms": off_ms, "at_once": at_once}));
    }

    fn answer(&mut self, n: u8) {
        let bit = |on: bool, bits: u8| if on { bits } else { 0 };
        let answer = 0b0001_0010
            | match n {
                1 => bit(self.drawer_is_open(), 0b100) | bit(!self.prints(), 0b1000),
                2 => bit(self.cover_open, 0b100) | bit(self.paper_out, 0b10_0000),
                4 => bit(self.near_end(), 0b1100) | bit(self.paper_out, 0b110_0000),
                _ => 0,
            };
        self.reply(answer);
        if let Some(last) = self.answered.get_mut(usize::from(n))
            && *last != answer
        {
            *last = answer;
            self.event(json!({"event": "status_asked", "n": n, "answer": answer}));
        }
    }

    fn reply(&mut self, byte: u8) {
        if self.replies.len() < MAX_REPLIES {
            self.replies.push(byte);
        }
    }

    /// A wire has gone: what was for it is dropped.
    pub fn hang_up(&mut self) {
        self.replies.clear();
        self.buffer.extend(std::mem::take(&mut self.at_once));
        self.print_on();
    }

    /// Answers for the wire.
    pub fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.replies)
    }

    /// What has come of it since the last call.
    pub fn take_products(&mut self) -> Vec<Product> {
        std::mem::take(&mut self.products)
    }

    pub fn event(&mut self, event: Value) {
        self.products.push(Product::Event(event));
    }

    fn die(&mut self) {
        self.dead = true;
        self.die_after = None;
        self.event(json!({"event": "died"}));
        self.tear(true);
        self.buffer.clear();
        self.at_once.clear();
        self.replies.clear();
        self.decoder = Decoder::default();
        self.page = Page::new();
    }

    /// Does something to the printer.
    pub fn set(&mut self, fault: Fault) {
        let name = match fault {
            Fault::PaperOut => {
                self.paper_out = true;
                "paper_out"
            }
            Fault::PaperIn => {
                (self.paper_out, self.lines_left) = (false, None);
                "paper_in"
            }
            Fault::CoverOpen => {
                self.cover_open = true;
                "cover_open"
            }
            Fault::CoverClose => {
                self.cover_open = false;
                "cover_closed"
            }
            Fault::Offline => {
                self.offline = true;
                "offline"
            }
            Fault::Online => {
                (self.offline, self.dead, self.die_after) = (false, false, None);
                "online"
            }
            Fault::DieAfter(0) => return self.die(),
            Fault::DieAfter(bytes) => {
                self.die_after = Some(bytes);
                "will_die"
            }
            Fault::DrawerClose => {
                self.drawer_open_since = None;
                "drawer_closed"
            }
        };
        self.event(json!({"event": name}));
        self.print_on();
    }

    /// Time goes by: somebody pushes the drawer shut.
    pub fn tick(&mut self) {
        let shut = match (self.drawer_open_since, self.drawer_closes_after) {
            (Some(since), Some(after)) => since.elapsed() >= after,
            _ => false,
        };
        if shut {
            self.set(Fault::DrawerClose);
        }
    }
}
