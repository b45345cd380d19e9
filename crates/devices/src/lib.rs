//! The till's devices.
pub mod address;
pub mod charset;
pub mod code128;
pub mod escpos;
pub mod layout;
pub mod scan;
pub mod status;
