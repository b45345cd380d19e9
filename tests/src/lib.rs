//! What the end-to-end tests stand on: the programs as they are built, started as processes of their own, and the real
//! window and browser. Everything that is started is ended when its handle is dropped.
//!
//! `./dev test` builds the programs first. `FOVEA_BINS` names another folder of programs, such as `target/release`.

pub mod browser;
pub mod chain;
pub mod command;
pub mod display;
pub mod keyboard;
pub mod line;
pub mod page;
pub mod process;
pub mod programs;
pub mod retail;
pub mod shop;
pub mod steps;
pub mod twin;
pub mod wait;
pub mod window;
