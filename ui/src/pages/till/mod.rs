//! The screens of the till.

mod customer;
mod devices;
mod drawer;
mod payment;
mod receipt;
mod sale;
mod sign_in;
mod state_panel;
mod test_room;
mod typing;

pub use sign_in::SignIn;

use leptos::prelude::*;
use model::role::Permission;

use super::Page;
use crate::place::Place;
use crate::shell::areas::Area;

/// The rail, top to bottom: `Area::new("sale", "scan-barcode", "shell.sale", Permission::SalesWrite)`.
pub const AREAS: &[Area] = &[
    Area::new("sale", "scan-barcode", "sale.area", Permission::SalesWrite),
    Area::new("test", "eye", "test.area", Permission::ClinicWrite),
    Area::new("customers", "users", "customer.customers", Permission::SalesRead),
    Area::new("patients", "users", "customer.patients", Permission::ClinicWrite).unless(Permission::SalesRead),
    Area::new("drawer", "drawer", "drawer.area", Permission::CashUse),
    // Everyone may use the devices; who sets a shop up has the place in the rail, the others the state panel.
    Area::new("devices", "settings", "devices.area", Permission::PeopleRead),
];

/// Every screen: `Page { name: "sale", area: "sale", view: |_| view! { <Sale/> }.into_any() }`.
const PAGES: &[Page] = &[
    Page {
        name: "sale",
        area: "sale",
        view: |_| view! { <sale::Sale/> }.into_any(),
    },
    Page {
        name: "payment",
        area: "sale",
        view: |_| view! { <payment::Payment/> }.into_any(),
    },
    Page {
        name: "receipt",
        area: "sale",
        view: receipt::of_place,
    },
    Page {
        name: "test",
        area: "test",
        view: test_room::view,
    },
    Page {
        name: "customers",
        area: "customers",
        view: customer::list,
    },
    Page {
        name: "customer",
        area: "customers",
        view: customer::record,
    },
    Page {
        name: "patients",
        area: "patients",
        view: customer::list,
    },
    Page {
        name: "patient",
        area: "patients",
        view: customer::record,
    },
    Page {
        name: "drawer",
        area: "drawer",
        view: |_| view! { <drawer::Drawer/> }.into_any(),
    },
    Page {
        name: "devices",
        area: "devices",
        view: |_| view! { <devices::Devices/> }.into_any(),
    },
];

/// The screen of a place.
pub fn page(place: &Place, home: Option<&'static str>) -> Option<&'static Page> {
    super::find(PAGES, place, home)
}

/// What the screens of one person share; made by the frame of the till.
pub fn provide() {
    sale::OpenSale::provide();
}

/// Ctrl+J.
pub fn state_panel(on_close: Callback<()>) -> AnyView {
    view! { <state_panel::StatePanel on_close/> }.into_any()
}
