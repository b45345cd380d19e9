//! The screens of the till.

mod sign_in;
mod state_panel;

pub use sign_in::SignIn;

use leptos::prelude::*;

use super::Page;
use crate::place::Place;
use crate::shell::areas::Area;

/// The rail, top to bottom: `Area::new("sale", "scan-barcode", "shell.sale", Permission::SalesWrite)`.
pub const AREAS: &[Area] = &[];

/// Every screen: `Page { name: "sale", area: "sale", view: |_| view! { <Sale/> }.into_any() }`.
const PAGES: &[Page] = &[];

/// The screen of a place.
pub fn page(place: &Place, home: Option<&'static str>) -> Option<&'static Page> {
    super::find(PAGES, place, home)
}

/// Ctrl+J.
pub fn state_panel(on_close: Callback<()>) -> AnyView {
    view! { <state_panel::StatePanel on_close/> }.into_any()
}
