//! A serial line, eight data bits, no parity, one stop bit.

use super::{Port, PortError, WriteError, Wrote, is_not_yet, write_by_turns};
use crate::address::Flow;
use serialport::{DataBits, FlowControl, Parity, SerialPort, StopBits};
use std::io;
use std::time::Duration;

/// Longest single wait inside the driver, so that the loop around it keeps its own time.
const TURN: Duration = Duration::from_millis(200);

/// An open serial line.
pub struct Line {
    port: Box<dyn SerialPort>,
}

/// Opens the device for this process alone. `baud` is in bits a second.
///
/// # Errors
/// No such device, in use, or a speed that it cannot do.
pub fn open(path: &str, baud: u32, flow: Flow) -> io::Result<Line> {
    let flow = match flow {
        Flow::None => FlowControl::None,
        Flow::Wires => FlowControl::Hardware,
        Flow::Signs => FlowControl::Software,
    };
    let port = serialport::new(path, baud)
        .data_bits(DataBits::Eight)
        .parity(Parity::None)
        .stop_bits(StopBits::One)
        .flow_control(flow)
        .timeout(TURN)
        .open()?;
    Ok(Line { port })
}

impl Port for Line {
    fn write_all(&mut self, bytes: &[u8], within: Duration) -> Result<(), WriteError> {
        // No flush: it waits for the last bit without any timeout.
        write_by_turns(bytes, within, |rest, left| {
            self.port.set_timeout(left.min(TURN))?;
            match self.port.write(rest) {
                Ok(count) => Ok(Wrote::Some(count)),
                Err(error) if is_not_yet(&error) => Ok(Wrote::NotYet),
                Err(error) => Err(error),
            }
        })
    }

    fn read(&mut self, buffer: &mut [u8], within: Duration) -> Result<usize, PortError> {
        self.port.set_timeout(within).map_err(io::Error::from)?;
        match self.port.read(buffer) {
            Ok(0) if !buffer.is_empty() => Err(PortError::Closed),
            Ok(count) => Ok(count),
            Err(error) if is_not_yet(&error) => Ok(0),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(PortError::Closed),
            Err(error) => Err(error.into()),
        }
    }

    fn answers(&self) -> bool {
        true
    }
}
