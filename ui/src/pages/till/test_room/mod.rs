//! The test room: choose the patient, refract, look again, sign.

mod aside;
mod change;
mod choose;
mod copy;
mod draft;
mod open;
mod refraction;
mod room;
mod sign;
mod signed;

pub use room::years;

use leptos::prelude::*;
use model::ids::Id;

use crate::place::Place;

/// `test` is the list of patients and open tests, `test/{id}` one of them.
pub fn view(place: &Place) -> AnyView {
    match place.part::<Id>(0) {
        Some(test) => view! { <open::Open test/> }.into_any(),
        None => view! { <choose::Choose/> }.into_any(),
    }
}
