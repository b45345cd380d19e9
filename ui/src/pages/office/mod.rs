//! The pages of head office.

mod sign_in;

pub use sign_in::OfficeSignIn;

use super::Page;
use crate::place::Place;
use crate::shell::areas::Area;

/// The side bar: caption (a key of the catalogue, or none) and places.
pub const GROUPS: &[(&str, &[Area])] = &[];

/// Two keys, one after the other, and the page they go to: `("G T", "today", "shell.today")`.
pub const GO_TO: &[(&str, &str, &str)] = &[];

/// Every page: `Page { name: "today", area: "today", view: |_| view! { <Today/> }.into_any() }`.
const PAGES: &[Page] = &[];

/// The page of a place.
pub fn page(place: &Place, home: Option<&'static str>) -> Option<&'static Page> {
    super::find(PAGES, place, home)
}
