//! Where the receipt printer is, as a person sets it up; its address is written and read by `devices::address` alone.

use devices::address::{Address, DEFAULT_BAUD, DEFAULT_TCP_PORT, Flow};
use leptos::prelude::*;
use model::requests::till::PrinterStatus;

use crate::text::t;

/// Columns of 80 mm and 58 mm paper.
pub const WIDE: u8 = 42;
pub const NARROW: u8 = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    None,
    Network,
    Serial,
    File,
}

/// The fields of the form. Those of the other ways keep what was typed in them.
#[derive(Clone, Copy)]
pub struct Draft {
    pub way: RwSignal<Way>,
    pub host: RwSignal<String>,
    pub port: RwSignal<String>,
    pub line: RwSignal<String>,
    pub baud: RwSignal<String>,
    pub flow: RwSignal<Flow>,
    pub node: RwSignal<String>,
    pub columns: RwSignal<u8>,
}

/// The field that is wrong, and how it would be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Nothing typed yet: no fault to show, but nothing to save either.
    NoHost,
    Host,
    Port,
    Line,
    Baud,
    Node,
}

impl Wrong {
    pub fn words(self) -> &'static str {
        match self {
            Self::NoHost => t("devices.no_host"),
            Self::Host => t("devices.wrong_host"),
            Self::Port => t("devices.wrong_port"),
            Self::Line => t("devices.wrong_line"),
            Self::Baud => t("devices.wrong_baud"),
            Self::Node => t("devices.wrong_node"),
        }
    }
}

impl Draft {
    pub fn new() -> Self {
        Self {
            way: RwSignal::new(Way::None),
            host: RwSignal::new(String::new()),
            port: RwSignal::new(DEFAULT_TCP_PORT.to_string()),
            line: RwSignal::new("/dev/ttyS0".to_owned()),
            baud: RwSignal::new(DEFAULT_BAUD.to_string()),
            flow: RwSignal::new(Flow::None),
            node: RwSignal::new("/dev/usb/lp0".to_owned()),
            columns: RwSignal::new(WIDE),
        }
    }

    /// Takes over what is set up.
    pub fn take(self, printer: &PrinterStatus) {
        self.columns.set(if printer.columns == NARROW { NARROW } else { WIDE });
        match printer.address.parse() {
            Ok(Address::Tcp { host, port }) => {
                self.way.set(Way::Network);
                self.host.set(host);
                self.port.set(port.to_string());
            }
            Ok(Address::Serial { path, baud, flow }) => {
                self.way.set(Way::Serial);
                self.line.set(path);
                self.baud.set(baud.to_string());
                self.flow.set(flow);
            }
            Ok(Address::File { path }) => {
                self.way.set(Way::File);
                self.node.set(path);
            }
            Err(_) => self.way.set(Way::None),
        }
    }

    /// The address to save, empty for none; follows every field.
    pub fn address(self) -> Result<String, Wrong> {
        let trimmed = |text: RwSignal<String>| text.read().trim().to_owned();
        let path = |text: RwSignal<String>, wrong| {
            let path = trimmed(text);
            if path.is_empty() || path.chars().any(char::is_control) {
                Err(wrong)
            } else {
                Ok(path)
            }
        };
        let address = match self.way.get() {
            Way::None => return Ok(String::new()),
            Way::Network if self.host.read().trim().is_empty() => return Err(Wrong::NoHost),
            Way::Network => Address::Tcp {
                host: host(&self.host.read()).ok_or(Wrong::Host)?,
                port: trimmed(self.port)
                    .parse()
                    .ok()
                    .filter(|port| *port > 0)
                    .ok_or(Wrong::Port)?,
            },
            Way::Serial => Address::Serial {
                path: path(self.line, Wrong::Line)?,
                baud: trimmed(self.baud)
                    .parse()
                    .ok()
                    .filter(|baud| BAUD.contains(baud))
                    .ok_or(Wrong::Baud)?,
                flow: self.flow.get(),
            },
            Way::File => Address::File {
                path: path(self.node, Wrong::Node)?,
            },
        };
        // What would be read back as another address is not saved.
        let text = address.to_string();
        let same = text.parse::<Address>().is_ok_and(|read| read == address);
        let wrong = match address {
            Address::Tcp { .. } => Wrong::Host,
            Address::Serial { .. } => Wrong::Line,
            Address::File { .. } => Wrong::Node,
        };
        same.then_some(text).ok_or(wrong)
    }

    /// Whether it says something else than what is set up.
    pub fn differs(self, printer: &PrinterStatus) -> bool {
        self.address() != Ok(printer.address.clone()) || self.columns.get() != printer.columns
    }
}

const BAUD: std::ops::RangeInclusive<u32> = 300..=4_000_000;

/// A host's name or number, without brackets; none for a text that is none, such as a whole web address.
fn host(text: &str) -> Option<String> {
    let bare = text.trim().trim_start_matches('[').trim_end_matches(']');
    let good = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '%');
    let is_number = bare.parse::<std::net::Ipv6Addr>().is_ok();
    (!bare.is_empty() && (is_number || bare.chars().all(good))).then(|| bare.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(way: Way, change: impl Fn(Draft)) -> Result<String, Wrong> {
        let draft = Draft::new();
        draft.way.set(way);
        change(draft);
        draft.address()
    }

    #[test]
    fn what_is_typed_becomes_an_address_or_a_sentence() {
        Owner::new().with(|| {
            let tcp = |host: &str, port: &str| {
                of(Way::Network, |draft| {
                    draft.host.set(host.to_owned());
                    draft.port.set(port.to_owned());
                })
            };
            assert_eq!(tcp(" 192.0.2.41 ", "9100"), Ok("tcp:192.0.2.41:9100".to_owned()));
            assert_eq!(tcp("[2001:db8::1]", "9100"), Ok("tcp:[2001:db8::1]:9100".to_owned()));
            assert_eq!(
                [tcp("", "9100"), tcp(" ", "x")],
                [Err(Wrong::NoHost), Err(Wrong::NoHost)]
            );
            for host in ["http://printer", "a b", "printer:9100"] {
                assert_eq!(tcp(host, "9100"), Err(Wrong::Host), "{host}");
            }
            for port in ["", "0", "65536", "-1", "x"] {
                assert_eq!(tcp("printer", port), Err(Wrong::Port), "{port}");
            }
            let serial = |line: &str, baud: &str| {
                of(Way::Serial, |draft| {
                    draft.line.set(line.to_owned());
                    draft.baud.set(baud.to_owned());
                    draft.flow.set(Flow::Wires);
                })
            };
            assert_eq!(
                serial("/dev/ttyUSB0", "19200"),
                Ok("serial:/dev/ttyUSB0@19200,rtscts".to_owned())
            );
            assert_eq!(serial("", "19200"), Err(Wrong::Line));
            assert_eq!(serial("/dev/ttyS0", "200"), Err(Wrong::Baud));
            let node = |node: &str| of(Way::File, |draft| draft.node.set(node.to_owned()));
            assert_eq!(node("/dev/usb/lp0"), Ok("file:/dev/usb/lp0".to_owned()));
            assert_eq!(node(" \t"), Err(Wrong::Node));
            assert_eq!(of(Way::None, |_| ()), Ok(String::new()));
        });
    }

    #[test]
    fn what_is_set_up_comes_back_unchanged() {
        Owner::new().with(|| {
            for address in [
                "tcp:[::1]:9100",
                "serial:/dev/ttyS0@9600,xonxoff",
                "file:/dev/usb/lp0",
                "",
            ] {
                let printer = PrinterStatus {
                    address: address.to_owned(),
                    columns: NARROW,
                    ..PrinterStatus::default()
                };
                let draft = Draft::new();
                draft.take(&printer);
                assert!(!draft.differs(&printer), "{address}");
                draft.columns.set(WIDE);
                assert!(draft.differs(&printer), "{address}");
            }
        });
    }
}
