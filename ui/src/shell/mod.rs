//! The frame around every page: what is the same on all of them.

pub mod areas;
mod key_list;
mod office;
mod screen;
mod status_bar;
mod till;

pub use key_list::KeyList;
pub use office::OfficeShell;
pub use screen::{OfficeScreen, Screen};
pub use status_bar::StatusBar;
pub use till::TillShell;
