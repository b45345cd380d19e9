//! The parts of every screen. They take data and callbacks; pages own state.

mod dialog;
mod dioptre;
mod field;
mod icon;
mod keybar;
mod marks;
mod message;
mod money_field;
mod pin_pad;
mod rows;
mod rx;
mod seg;
mod sheet;
mod tabs;
mod toast;

pub use dialog::{Dialog, DialogSize, WholeScreen};
pub use dioptre::{Column, DioptreField, DioptreState, Leave, Value};
pub use field::{Field, TextField};
pub use icon::Icon;
pub use keybar::{Caps, Go, KeyBar, KeyButton};
pub use marks::{Avatar, Badge, Eye, Side, Tone};
pub use message::{Banner, Empty, Note};
pub use money_field::MoneyField;
pub use pin_pad::{PinPad, pin_keys};
pub use rows::Rows;
pub use rx::Rx;
pub use seg::Seg;
pub use sheet::Sheet;
pub use tabs::Tabs;
pub use toast::{Toast, Toasts};
