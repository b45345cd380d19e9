//! The till's devices: the receipt printer with the cash drawer on its plug. And its software twin.
//!
//! # What there is
//!
//! A [`model::paper::Paper`] is rows of text. [`layout`] makes lines of it, for a paper of 42 or 32 columns; [`escpos`] turns
//! the same lines into a printer's bytes, so the preview and the print cannot differ. A [`printer::Printer`] is a thread
//! that owns the way to a printer at an [`address::Address`], keeps a bounded queue of papers, and tells what became of each.
//! [`status`] reads what a printer says about itself. The [`twin`] is a printer
//! without a printer: it takes the bytes over TCP or a terminal and writes pictures.
//!
//! # What holds
//!
//! - A paper is sent once. Whatever goes wrong after its first byte, it is not sent again by itself.
//! - Text cannot carry commands: everything goes through [`charset::printable`].
//! - Nothing waits for ever and nothing grows without end; the limits are the constants of the modules.
//!
//! # Features
//!
//! `io` (ports and the printer thread) and `twin` are on by default. Without them the crate does no I/O and compiles to
//! wasm: the window uses it for the preview and for addresses. Scanners type as keyboards; the page's `keys` know them.
//!
//! ```
//! use fovea_devices::{escpos, layout};
//! use model::paper::{Align, Paper, Row};
//!
//! let paper = Paper {
//!     rows: vec![
//!         Row::Text { text: "Nayana Opticals".into(), align: Align::Centre, bold: true, large: false },
//!         Row::Pair { left: "1 × Kestrel Pilot".into(), right: "₹5,592.00".into(), bold: false },
//!     ],
//! };
//! assert_eq!(layout::text(&paper, 32), ["        Nayana Opticals", "1 x Kestrel Pilot     Rs5,592.00"]);
//! let bytes = escpos::encode(&paper, 32)?;
//! assert!(bytes.starts_with(&[0x1B, b'@']));
//! # Ok::<(), escpos::EncodeError>(())
//! ```

pub mod address;
pub mod charset;
pub mod code128;
pub mod escpos;
pub mod layout;
#[cfg(feature = "io")]
pub mod port;
#[cfg(feature = "io")]
pub mod printer;
pub mod status;
#[cfg(feature = "twin")]
pub mod twin;
