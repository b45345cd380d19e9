//! The pages of head office.

mod aside_count;
mod at;
mod count_settle;
mod counts;
mod device_end;
mod device_state;
mod devices;
mod hand;
mod hour_plot;
mod list;
mod names;
mod poll;
mod privacy;
mod privacy_dialog;
mod privacy_order;
mod privacy_person;
mod privacy_progress;
mod reason_dialog;
mod refused;
mod sale_detail;
mod sales;
mod sales_filter;
mod scale;
mod set_aside;
mod sign_in;
mod stock;
mod stock_product;
mod today;
mod today_panels;
mod today_stores;

pub use sign_in::OfficeSignIn;

use leptos::prelude::*;
use model::role::Permission;

use super::Page;
use crate::place::Place;
use crate::shell::areas::Area;

/// The side bar: caption (a key of the catalogue, or none) and places.
pub const GROUPS: &[(&str, &[Area])] = &[
    (
        "",
        &[
            Area::new("today", "layout-dashboard", "ho.today", Permission::OfficeRead),
            Area::new("sales", "chart-line", "ho.sales", Permission::SalesRead),
        ],
    ),
    (
        "ho.goods",
        &[
            Area::new("stock", "boxes", "ho.stock", Permission::StockRead),
            Area::new("counts", "clipboard-check", "ho.counts", Permission::StockAdjust),
        ],
    ),
    (
        "ho.people",
        &[Area::new(
            "privacy",
            "eye-off",
            "ho.privacy",
            Permission::CustomersErase,
        )],
    ),
    (
        "ho.system",
        &[Area::new(
            "devices",
            "monitor-smartphone",
            "ho.devices",
            Permission::OfficeRead,
        )],
    ),
];

/// Two keys, one after the other, and the page they go to.
pub const GO_TO: &[(&str, &str, &str)] = &[
    ("G T", "today", "ho.today"),
    ("G S", "sales", "ho.sales"),
    ("G K", "stock", "ho.stock"),
    ("G C", "counts", "ho.counts"),
    ("G V", "privacy", "ho.privacy"),
    ("G D", "devices", "ho.devices"),
    ("G A", "set-aside", "ho.set_aside"),
];

const PAGES: &[Page] = &[
    Page {
        name: "today",
        area: "today",
        view: |_| view! { <today::Today/> }.into_any(),
    },
    Page {
        name: "sales",
        area: "sales",
        view: |place| view! { <sales::Sales number=place.part(0)/> }.into_any(),
    },
    Page {
        name: "stock",
        area: "stock",
        view: |place| view! { <stock::Stock looked_for=place.part(0)/> }.into_any(),
    },
    Page {
        name: "stock-product",
        area: "stock",
        view: product,
    },
    Page {
        name: "counts",
        area: "counts",
        view: |_| view! { <counts::Counts/> }.into_any(),
    },
    Page {
        name: "privacy",
        area: "privacy",
        view: |_| view! { <privacy::Privacy/> }.into_any(),
    },
    Page {
        name: "devices",
        area: "devices",
        view: |_| view! { <devices::Devices/> }.into_any(),
    },
    Page {
        name: "set-aside",
        area: "devices",
        view: |_| view! { <set_aside::SetAside/> }.into_any(),
    },
];

/// One product; an address without one is the list.
fn product(place: &Place) -> AnyView {
    match place.part(0) {
        Some(code) => view! { <stock_product::StockProduct code looked_for=place.part(1)/> }.into_any(),
        None => view! { <stock::Stock looked_for=None/> }.into_any(),
    }
}

/// The page of a place.
pub fn page(place: &Place, home: Option<&'static str>) -> Option<&'static Page> {
    super::find(PAGES, place, home)
}

/// The place of the side bar that a page belongs to.
pub fn area_of(page: &str) -> Option<&'static str> {
    PAGES.iter().find(|p| p.name == page).map(|p| p.area)
}
