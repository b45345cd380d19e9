//! Where a printer is: `tcp:192.0.2.41:9100`, `serial:/dev/ttyS0@9600`, `file:/dev/usb/lp0`.

use std::fmt;
use std::str::FromStr;

/// The port that network printers listen on.
pub const DEFAULT_TCP_PORT: u16 = 9100;
/// The speed that serial printers leave the factory with.
pub const DEFAULT_BAUD: u32 = 9600;
/// Longest address, in bytes.
pub const MAX_ADDRESS: usize = 512;

/// How a serial printer says "wait".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flow {
    #[default]
    None,
    /// By the RTS and CTS wires (`,rtscts`).
    Wires,
    /// By XON and XOFF (`,xonxoff`).
    Signs,
}

/// A printer's address. [`fmt::Display`] and [`FromStr`] are each other's inverse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// Raw TCP, host name or number; IPv6 in brackets when written.
    Tcp { host: String, port: u16 },
    /// A serial line: device and bits a second.
    Serial { path: String, baud: u32, flow: Flow },
    /// A device node (USB printer class) or a file.
    File { path: String },
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressError {
    /// It starts with none of `tcp:`, `serial:`, `file:`, or is longer than [`MAX_ADDRESS`].
    Kind,
    /// No host or path.
    Empty,
    /// The port is not 1 to 65535.
    Port,
    /// The speed is not 300 to 4,000,000 bits a second.
    Baud,
    /// What follows the speed's comma is neither `rtscts` nor `xonxoff`.
    Flow,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AddressError::Kind => "an address starts with tcp:, serial: or file:",
            AddressError::Empty => "the address names no host or device",
            AddressError::Port => "a port is a number from 1 to 65535",
            AddressError::Baud => "a speed is a number from 300 to 4000000",
            AddressError::Flow => "flow control is rtscts or xonxoff",
        })
    }
}

impl std::error::Error for AddressError {}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        match text.split_once(':') {
            _ if text.len() > MAX_ADDRESS => Err(AddressError::Kind),
            Some(("tcp", rest)) => tcp(rest),
            Some(("serial", rest)) => serial(rest),
            Some(("file", "")) => Err(AddressError::Empty),
            Some(("file", path)) => Ok(Address::File { path: path.to_owned() }),
            _ => Err(AddressError::Kind),
        }
    }
}

fn tcp(rest: &str) -> Result<Address, AddressError> {
    let (host, port) = match rest.strip_prefix('[') {
        Some(inside) => {
            let (host, after) = inside.split_once(']').ok_or(AddressError::Empty)?;
            (
                host,
                if after.is_empty() {
                    None
                } else {
                    Some(after.strip_prefix(':').ok_or(AddressError::Port)?)
                },
            )
        }
        None => match rest.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        },
    };
    let port = port.map_or(Ok(DEFAULT_TCP_PORT), |port| {
        port.parse().map_err(|_| AddressError::Port)
    })?;
    match (host.is_empty(), port) {
        (true, _) => Err(AddressError::Empty),
        (false, 0) => Err(AddressError::Port),
        (false, port) => Ok(Address::Tcp {
            host: host.to_owned(),
            port,
        }),
    }
}

fn serial(rest: &str) -> Result<Address, AddressError> {
    let (path, speed) = rest.rsplit_once('@').unwrap_or((rest, ""));
    let (baud, flow) = speed.split_once(',').unwrap_or((speed, ""));
    let baud = if baud.is_empty() {
        DEFAULT_BAUD
    } else {
        baud.parse().map_err(|_| AddressError::Baud)?
    };
    let flow = match flow {
        "" => Flow::None,
        "rtscts" => Flow::Wires,
        "xonxoff" => Flow::Signs,
        _ => return Err(AddressError::Flow),
    };
    match (path.is_empty(), (300..=4_000_000).contains(&baud)) {
        (true, _) => Err(AddressError::Empty),
        (false, false) => Err(AddressError::Baud),
        (false, true) => Ok(Address::Serial {
            path: path.to_owned(),
            baud,
            flow,
        }),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp { host, port } if host.contains(':') => write!(f, "tcp:[{host}]:{port}"),
            Address::Tcp { host, port } => write!(f, "tcp:{host}:{port}"),
            Address::Serial { path, baud, flow } => {
                let flow = match flow {
                    Flow::None => "",
                    Flow::Wires => ",rtscts",
                    Flow::Signs => ",xonxoff",
                };
                write!(f, "serial:{path}@{baud}{flow}")
            }
            Address::File { path } => write!(f, "file:{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_there_and_back() {
        for (text, written) in [
            ("tcp:127.0.0.1:9100", "tcp:127.0.0.1:9100"),
            (" tcp:printer.shop ", "tcp:printer.shop:9100"),
            ("tcp:[::1]:9101", "tcp:[::1]:9101"),
            ("tcp:[fe80::1]", "tcp:[fe80::1]:9100"),
            ("serial:/dev/ttyS0", "serial:/dev/ttyS0@9600"),
            ("serial:/dev/ttyUSB1@115200,rtscts", "serial:/dev/ttyUSB1@115200,rtscts"),
            ("serial:COM3@19200,xonxoff", "serial:COM3@19200,xonxoff"),
            ("file:/dev/usb/lp0", "file:/dev/usb/lp0"),
            ("file:C:\\out.bin", "file:C:\\out.bin"),
        ] {
            let address: Address = text.parse().expect(text);
            assert_eq!(address.to_string(), written);
            assert_eq!(written.parse(), Ok(address));
        }
    }

    #[test]
    fn what_is_no_address() {
        for (text, error) in [
            ("", AddressError::Kind),
            ("usb:1", AddressError::Kind),
            (&format!("file:/{}", "x".repeat(MAX_ADDRESS)), AddressError::Kind),
            ("tcp:", AddressError::Empty),
            ("tcp::9100", AddressError::Empty),
            ("tcp:host:0", AddressError::Port),
            ("tcp:host:65536", AddressError::Port),
            ("tcp:[::1]9100", AddressError::Port),
            ("serial:@9600", AddressError::Empty),
            ("serial:/dev/ttyS0@fast", AddressError::Baud),
            ("serial:/dev/ttyS0@1", AddressError::Baud),
            ("serial:/dev/ttyS0@9600,dtr", AddressError::Flow),
            ("file:", AddressError::Empty),
        ] {
            assert_eq!(text.parse::<Address>(), Err(error), "{text}");
        }
    }
}
