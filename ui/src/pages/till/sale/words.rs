//! How products, prices and caps are put into words on the sale screen.

use leptos::prelude::*;
use model::requests::catalogue::Product;
use retail::{Cap, CapSetBy, Category, Rate};

use crate::session::Session;
use crate::text::{t, tf};

/// `AUR-5154-BG · Aurel`.
#[must_use]
pub fn code_and_brand(product: &Product) -> String {
    if product.brand.is_empty() {
        product.code.clone()
    } else {
        format!("{} · {}", product.code, product.brand)
    }
}

/// `5% GST incl.`, or `no GST`; `key` is the form with a rate.
#[must_use]
pub fn rate_words(product: &Product, session: Session, key: &'static str) -> String {
    let tax = session.organisation().map(|o| o.profile.tax_label).unwrap_or_default();
    if product.rate == Rate::ZERO {
        tf("sale.tax_none", &[("tax", &tax)])
    } else {
        tf(key, &[("rate", &product.rate), ("tax", &tax)])
    }
}

/// What stands below a price: the list price where head office has reduced it, else the tax inside.
#[must_use]
pub fn price_below(product: &Product, tax: &str, session: Session) -> AnyView {
    if product.offer < product.list {
        let list = tf("sale.mrp", &[("amount", &session.amount(product.list))]);
        view! { <span class="mrp">{list}</span> }.into_any()
    } else {
        view! { <span>{tax.to_owned()}</span> }.into_any()
    }
}

/// What sets a cap: `Brand limit, Cartier`.
#[must_use]
pub fn set_by(cap: &Cap, product: &Product, session: Session) -> String {
    match cap.set_by {
        CapSetBy::Offer => t("sale.cap_offer").to_owned(),
        CapSetBy::Role => t("sale.cap_role").to_owned(),
        CapSetBy::Brand => tf("sale.cap_brand", &[("brand", &product.brand)]),
        CapSetBy::Category => {
            let category = session
                .organisation()
                .and_then(|o| o.profile.kind(product.kind).map(|rules| rules.category));
            tf(
                "sale.cap_category",
                &[("category", &category.map_or("", category_words))],
            )
        }
    }
}

fn category_words(category: Category) -> &'static str {
    match category {
        Category::Mass => t("sale.category_mass"),
        Category::Premium => t("sale.category_premium"),
        Category::Luxury => t("sale.category_luxury"),
        Category::Service => t("sale.category_service"),
        Category::NonDiscountable => t("sale.category_non_discountable"),
    }
}
