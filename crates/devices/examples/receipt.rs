//! Prints the receipt of the mock-up on a twin, on 80 mm and on 58 mm paper: `cargo run --example receipt -- FOLDER`.

#[path = "../tests/receipt/mod.rs"]
mod receipt;

use fovea_devices::printer::{Job, Outcome, Printer, Setup};
use fovea_devices::twin::{self, TwinOptions};
use std::error::Error;
use std::sync::mpsc::channel;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name a folder for the pictures")?;
    let twin = twin::start(TwinOptions::new("127.0.0.1:0", folder))?;
    let (send, events) = channel();
    let printer = Printer::start(Setup::new(twin.address().clone()), move |event| drop(send.send(event)))?;
    for columns in [42, 32] {
        let paper = receipt::tax_invoice();
        printer.print(Job {
            id: columns.to_string(),
            paper,
            columns,
            open_drawer: columns == 42,
        })?;
        let event = events.recv()?;
        if event.outcome != Outcome::Printed {
            return Err(event.outcome.code().into());
        }
    }
    Ok(())
}
