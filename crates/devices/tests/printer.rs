//! The printer thread and the twin over real TCP and a real pseudo-terminal.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]
// What fails here fails the test; clippy only knows that of functions marked as tests.

mod receipt;

use fovea_devices::address::Address;
use fovea_devices::layout;
use fovea_devices::printer::{Condition, Event, Job, Outcome, Printer, Refusal, Setup, State};
use fovea_devices::twin::{self, Fault, Seen, TwinHandle, TwinOptions};
use model::paper::{Align, Paper, Row};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Longer than anything here takes; only a failing test waits for it.
const LONG: Duration = Duration::from_secs(30);

struct Till {
    printer: Printer,
    events: Receiver<Event>,
}

impl Till {
    fn at(address: &Address) -> Till {
        let mut setup = Setup::new(address.clone());
        setup.patience = Duration::from_secs(3);
        Till::with(setup)
    }

    fn with(setup: Setup) -> Till {
        let (send, events) = channel();
        let printer = Printer::start(setup, move |event| drop(send.send(event))).expect("a thread");
        Till { printer, events }
    }

    fn print(&self, id: &str, paper: Paper, open_drawer: bool) {
        self.printer
            .print(Job {
                id: id.into(),
                paper,
                columns: 42,
                open_drawer,
            })
            .expect("taken");
    }

    fn next(&self) -> (String, Outcome) {
        let event = self.events.recv_timeout(LONG).expect("an event");
        (event.job, event.outcome)
    }

    fn expect(&self, job: &str, outcome: Outcome) {
        assert_eq!(self.next(), (job.to_owned(), outcome));
    }

    fn wait_for(&self, condition: impl Fn(&State) -> bool) {
        let end = Instant::now() + LONG;
        while !condition(&self.printer.state()) {
            assert!(Instant::now() < end, "{:?}", self.printer.state());
            std::thread::yield_now();
        }
    }
}

fn twin(listen: &str, paper_lines: Option<u32>) -> (TwinHandle, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut options = TwinOptions::new(listen, folder.path());
    options.paper_lines = paper_lines;
    options.drawer_closes_after = None;
    (twin::start(options).expect("starts"), folder)
}

fn lines(count: usize, word: &str) -> Paper {
    let row = |n| Row::Text {
        text: format!("{word} {n}"),
        align: Align::Left,
        bold: false,
        large: false,
    };
    Paper {
        rows: (1..=count).map(row).collect(),
    }
}

fn texts(seen: &Seen) -> Vec<Vec<String>> {
    seen.receipts.iter().map(|receipt| receipt.lines.clone()).collect()
}

fn prints_on(listen: &str) {
    let (twin, folder) = twin(listen, None);
    let till = Till::at(twin.address());
    till.print("sale", receipt::tax_invoice(), true);
    till.expect("sale", Outcome::Printed);
    let seen = twin.seen();
    assert_eq!(seen.failure, None);
    assert_eq!(texts(&seen), [layout::text(&receipt::tax_invoice(), 42)]);
    let pulse = seen.pulses.front().expect("the drawer");
    assert_eq!(
        (pulse.pin, pulse.on_ms, pulse.off_ms, pulse.at_once),
        (2, 50, 500, false)
    );
    assert_eq!(till.printer.state().condition, Condition::Ready);
    assert_eq!(till.printer.state().drawer_open, Some(true));

    let text = std::fs::read_to_string(folder.path().join("receipt-0001.txt")).expect("text");
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        layout::text(&receipt::tax_invoice(), 42)
    );
    let file = std::fs::File::open(folder.path().join("receipt-0001.png")).expect("picture");
    let mut reader = png::Decoder::new(std::io::BufReader::new(file))
        .read_info()
        .expect("a picture");
    let mut dots = vec![0; reader.output_buffer_size().expect("small")];
    let picture = reader.next_frame(&mut dots).expect("dots");
    assert_eq!(picture.width, 576);
    let black: u32 = dots.iter().map(|byte| byte.count_zeros()).sum();
    assert!(black > 20_000, "{black} black dots");
    let events = std::fs::read_to_string(folder.path().join("events.jsonl")).expect("events");
    assert!(
        events.contains(r#""event":"drawer""#) && events.contains(r#""pin":2"#),
        "{events}"
    );

    till.printer.open_drawer("by key").expect("taken");
    till.expect("by key", Outcome::DrawerOpened);
    assert!(twin.wait(LONG, |seen| seen.pulses.len() == 2));
}

#[test]
fn prints_over_tcp() {
    prints_on("127.0.0.1:0");
}

#[cfg(unix)]
#[test]
fn prints_over_a_serial_line() {
    prints_on("pty");
}

#[cfg(unix)]
#[test]
fn a_terminal_has_a_link_and_is_found_as_a_node() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = folder.path().join("printer");
    let (twin, _out) = twin(&format!("pty:{}", link.display()), None);
    let till = Till::at(&format!("file:{}", link.display()).parse().expect("an address"));
    till.print("sale", lines(3, "line"), false);
    till.expect("sale", Outcome::Printed);
    drop(twin);
    assert!(std::fs::symlink_metadata(&link).is_err());
}

fn waits_for(break_it: Fault, mend_it: Fault, why: Outcome, condition: Condition) {
    let (twin, _folder) = twin("127.0.0.1:0", None);
    twin.set(break_it);
    let till = Till::at(twin.address());
    till.print("sale", lines(3, "line"), true);
    till.expect("sale", why);
    assert_eq!(till.printer.state().condition, condition);
    assert_eq!(till.printer.state().waiting, 1);
    // The change is given although the receipt has to wait, and the drawer opens once.
    assert!(twin.seen().pulses.iter().all(|pulse| pulse.at_once));
    assert_eq!(
        till.printer.print(Job {
            id: "sale".into(),
            paper: lines(1, ""),
            columns: 42,
            open_drawer: false
        }),
        Err(Refusal::AlreadyQueued)
    );
    twin.set(mend_it);
    till.expect("sale", Outcome::Printed);
    assert_eq!(texts(&twin.seen()), [layout::text(&lines(3, "line"), 42)]);
    assert_eq!(twin.seen().pulses.len(), 1);
    assert_eq!(till.printer.state().waiting, 0);
}

#[test]
fn no_paper_at_the_start() {
    waits_for(Fault::PaperOut, Fault::PaperIn, Outcome::PaperOut, Condition::PaperOut);
}

#[test]
fn cover_open() {
    waits_for(
        Fault::CoverOpen,
        Fault::CoverClose,
        Outcome::CoverOpen,
        Condition::CoverOpen,
    );
}

#[test]
fn offline() {
    waits_for(Fault::Offline, Fault::Online, Outcome::Offline, Condition::Offline);
}

fn paper_ends_half_way(listen: &str) {
    let (twin, _folder) = twin(listen, Some(10));
    let till = Till::at(twin.address());
    till.print("first", lines(30, "first"), false);
    till.print("second", lines(5, "second"), false);
    till.expect("first", Outcome::HalfPrinted);
    till.expect("second", Outcome::PaperOut);
    assert!(twin.seen().receipts.is_empty());
    twin.set(Fault::PaperIn);
    till.expect("second", Outcome::Printed);
    // The printer had kept the rest of the first; nothing was sent twice.
    assert_eq!(
        texts(&twin.seen()),
        [
            layout::text(&lines(30, "first"), 42),
            layout::text(&lines(5, "second"), 42)
        ]
    );
}

#[test]
fn paper_ends_half_way_over_tcp() {
    paper_ends_half_way("127.0.0.1:0");
}

#[cfg(unix)]
#[test]
fn paper_ends_half_way_over_a_serial_line() {
    paper_ends_half_way("pty");
}

#[test]
fn power_fails_half_way() {
    let (twin, _folder) = twin("127.0.0.1:0", None);
    twin.set(Fault::DieAfter(200));
    let till = Till::at(twin.address());
    till.print("first", lines(30, "first"), false);
    till.print("second", lines(5, "second"), false);
    till.expect("first", Outcome::HalfPrinted);
    let (job, outcome) = till.next();
    assert!(
        job == "second" && matches!(outcome, Outcome::Unreachable(_)),
        "{outcome:?}"
    );
    assert_eq!(till.printer.state().condition.code(), "unreachable");
    twin.set(Fault::Online);
    till.expect("second", Outcome::Printed);
    let seen = twin.seen();
    let torn: Vec<bool> = seen.receipts.iter().map(|receipt| receipt.torn).collect();
    assert_eq!(torn, [true, false]);
    let whole = layout::text(&lines(30, "first"), 42);
    let half = &seen.receipts[0].lines;
    assert!(half.len() > 5 && half.len() < 30 && whole.iter().zip(half).take(half.len() - 1).all(|(a, b)| a == b));
}

#[test]
fn a_printer_that_is_not_there_and_comes() {
    let gone = twin("127.0.0.1:0", None).0.address().clone();
    let till = Till::at(&gone);
    till.print("sale", lines(3, "line"), false);
    let (_, outcome) = till.next();
    assert!(matches!(outcome, Outcome::Unreachable(_)), "{outcome:?}");
    till.printer.open_drawer("key").expect("taken");
    let (job, outcome) = till.next();
    assert!(
        job == "key" && matches!(outcome, Outcome::DrawerFailed(_)),
        "{outcome:?}"
    );
    let Address::Tcp { host, port } = gone else {
        panic!("a TCP address")
    };
    let (_twin, _folder) = twin(&format!("{host}:{port}"), None);
    till.expect("sale", Outcome::Printed);
}

#[test]
fn two_tills_share_a_printer() {
    let (twin, _folder) = twin("127.0.0.1:0", None);
    let tills = [Till::at(twin.address()), Till::at(twin.address())];
    for (till, word) in tills.iter().zip(["left", "right"]) {
        for n in 0..4 {
            till.print(&format!("{word} {n}"), lines(20, word), false);
        }
    }
    for till in &tills {
        let mut printed = 0;
        while printed < 4 {
            // A till may find the printer busy with the other and say so.
            if till.next().1 == Outcome::Printed {
                printed += 1;
            }
        }
    }
    let mut papers = texts(&twin.seen());
    papers.sort();
    let [left, right] = ["left", "right"].map(|word| layout::text(&lines(20, word), 42));
    assert_eq!(papers, [vec![left; 4], vec![right; 4]].concat());
}

#[test]
fn a_job_is_taken_off_the_queue() {
    let (twin, _folder) = twin("127.0.0.1:0", None);
    twin.set(Fault::PaperOut);
    let till = Till::at(twin.address());
    till.print("first", lines(3, "first"), false);
    till.print("second", lines(3, "second"), false);
    till.expect("first", Outcome::PaperOut);
    // Between two attempts it can be taken; within one it is being looked at.
    while !till.printer.cancel("first") {
        std::thread::yield_now();
    }
    assert!(!till.printer.cancel("first"));
    till.expect("second", Outcome::PaperOut);
    twin.set(Fault::PaperIn);
    till.expect("second", Outcome::Printed);
    assert_eq!(texts(&twin.seen()), [layout::text(&lines(3, "second"), 42)]);
}

#[test]
fn no_printer_and_a_full_queue() {
    let job = |id: usize| Job {
        id: id.to_string(),
        paper: lines(1, "x"),
        columns: 42,
        open_drawer: false,
    };
    let none = Printer::none();
    assert_eq!(none.print(job(0)), Err(Refusal::NoneSetUp));
    assert_eq!(none.open_drawer("x"), Err(Refusal::NoneSetUp));
    assert_eq!(none.state().condition, Condition::NoneSetUp);

    let (twin, _folder) = twin("127.0.0.1:0", None);
    twin.set(Fault::PaperOut);
    let till = Till::at(twin.address());
    let refused = (0..100).find_map(|id| till.printer.print(job(id)).err());
    assert_eq!(refused, Some(Refusal::QueueFull));
}

#[test]
fn a_file_takes_the_bytes_and_says_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("out.bin");
    let till = Till::at(&format!("file:{}", path.display()).parse().expect("an address"));
    till.print("sale", lines(3, "line"), true);
    till.expect("sale", Outcome::Sent);
    let bytes = std::fs::read(&path).expect("bytes");
    assert!(bytes.starts_with(&[0x1B, b'p', 0, 25, 250, 0x1B, b'@']));
    assert!(bytes.ends_with(&[0x1D, b'V', 66, 96]));
}

#[test]
fn the_status_bar_learns_by_itself() {
    let (twin, _folder) = twin("127.0.0.1:0", Some(8));
    let till = Till::at(twin.address());
    till.wait_for(|state| state.condition == Condition::Ready && !state.paper_near_end);
    till.print("sale", lines(3, "line"), false);
    till.expect("sale", Outcome::Printed);
    till.wait_for(|state| state.paper_near_end && state.answered.is_some());
    twin.set(Fault::CoverOpen);
    till.printer.try_now();
    till.wait_for(|state| state.condition == Condition::CoverOpen);
}

#[test]
fn the_control_file_is_obeyed() {
    let (twin, folder) = twin("127.0.0.1:0", None);
    std::fs::write(folder.path().join("control"), "paper-out\nnonsense\ncover-open\n").expect("written");
    assert!(twin.wait(LONG, |seen| seen.events.iter().any(|event| event == "cover_open")));
    let events: Vec<String> = twin.seen().events.into();
    assert!(
        events.ends_with(&["paper_out".into(), "unknown_command".into(), "cover_open".into()]),
        "{events:?}"
    );
    assert!(!folder.path().join("control").exists());
}

#[test]
fn a_new_twin_goes_on_counting() {
    let folder = tempfile::tempdir().expect("a folder");
    for number in 1..=2 {
        let twin = twin::start(TwinOptions::new("127.0.0.1:0", folder.path())).expect("starts");
        let till = Till::at(twin.address());
        till.print("sale", lines(2, "line"), false);
        till.expect("sale", Outcome::Printed);
        assert_eq!(twin.seen().receipts.back().map(|receipt| receipt.number), Some(number));
    }
}
