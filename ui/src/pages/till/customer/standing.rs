//! Whether a prescription may be dispensed to, as a badge.

use leptos::prelude::*;
use model::requests::clinic::{Prescription, Standing};
use retail::Day;

use crate::components::{Badge, Tone};
use crate::text::{t, tf};

#[component]
pub fn StandingBadge(standing: Standing, valid_until: i32) -> impl IntoView {
    let day = Day(valid_until).text();
    let (tone, icon, words) = match standing {
        Standing::Valid => (Tone::Ok, "circle-check", tf("customer.valid_to", &[("day", &day)])),
        Standing::Expired => (Tone::Warn, "clock-alert", tf("customer.expired", &[("day", &day)])),
        Standing::Superseded => (Tone::Plain, "history", t("customer.replaced").to_owned()),
        Standing::Cancelled => (Tone::Plain, "octagon-x", t("customer.cancelled").to_owned()),
        Standing::Disputed => (Tone::Danger, "git-fork", t("customer.disputed").to_owned()),
    };
    view! { <Badge tone=tone icon=icon>{words}</Badge> }
}

/// `Signed 21 Nov 2026, S1, by Sameer P.`
pub fn signed_line(prescription: &Prescription) -> String {
    let by = prescription.doctor.as_ref().unwrap_or(&prescription.signed_by);
    tf(
        "customer.signed_line",
        &[
            ("day", &Day(prescription.signed_day).text()),
            ("store", &prescription.store),
            ("name", by),
        ],
    )
}
