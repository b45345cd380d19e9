//! One file a screen. `till` and `office` hold their tables: which page is which screen, and what stands in rail and side
//! bar. A new screen is a file, a line in the table, and its words in `ui/text`.

pub mod first_run;
pub mod office;
mod password;
pub mod till;

use leptos::prelude::*;

use crate::place::Place;

/// A page by its name in the address.
pub struct Page {
    pub name: &'static str,
    /// The place of rail or side bar whose light is on.
    pub area: &'static str,
    pub view: fn(&Place) -> AnyView,
}

/// The page of a place; `home` is where this person starts. An address that nobody knows shows the home.
fn find(pages: &'static [Page], place: &Place, home: Option<&'static str>) -> Option<&'static Page> {
    let by_name = |name: &str| pages.iter().find(|page| page.name == name);
    by_name(place.page()).or_else(|| by_name(home?))
}
