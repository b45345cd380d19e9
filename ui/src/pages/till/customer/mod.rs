//! Customers, whom the test room calls patients: find one, see the history, correct what is written.

mod birth_date;
mod conflict;
mod details;
mod edit;
mod fields;
pub mod find;
mod history;
mod list;
pub mod new;
mod prescriptions;
mod record;
mod standing;

use leptos::prelude::*;
use model::ids::Id;

use crate::place::Place;

/// `customers` and `patients` are the lists.
pub fn list(place: &Place) -> AnyView {
    let words = Words::of(place.page());
    view! { <list::List words/> }.into_any()
}

/// `customer/{id}` and `patient/{id}`.
pub fn record(place: &Place) -> AnyView {
    let words = Words::of(place.page());
    match place.part::<Id>(0) {
        Some(customer) => view! { <record::Record customer words/> }.into_any(),
        None => view! { <list::List words/> }.into_any(),
    }
}

/// A shop has customers, a clinic patients: the same people under their word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    pub list_page: &'static str,
    pub page: &'static str,
    pub list: &'static str,
    pub one: &'static str,
}

impl Words {
    fn of(page: &str) -> Self {
        if page.starts_with("patient") {
            Self {
                list_page: "patients",
                page: "patient",
                list: "customer.patients",
                one: "customer.patient",
            }
        } else {
            Self {
                list_page: "customers",
                page: "customer",
                list: "customer.customers",
                one: "customer.customer",
            }
        }
    }
}
