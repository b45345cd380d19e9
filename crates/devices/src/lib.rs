//! The till's devices.
pub mod address;
pub mod charset;
pub mod code128;
pub mod escpos;
pub mod layout;
#[cfg(feature = "io")]
pub mod port;
#[cfg(feature = "io")]
pub mod printer;
pub mod scan;
pub mod status;
#[cfg(feature = "twin")]
pub mod twin;
