//! A prescription, read-only: the only way powers are shown.

use leptos::prelude::*;
use model::requests::clinic::Prescription;
use optics::{EyePrescription, text};

use crate::components::{Eye, Side};
use crate::text::t;

#[component]
pub fn Powers(prescription: Prescription) -> impl IntoView {
    let row = |side: Side, eye: &EyePrescription| {
        let axis = eye.axis.map(text::axis);
        view! {
            <tr>
                <td><Eye side/></td>
                <td>{text::power(eye.sphere)}</td>
                <td>{text::cylinder(eye.cylinder)}</td>
                <td>{axis}</td>
                <td>{text::power(eye.add)}</td>
            </tr>
        }
    };
    view! {
        <table class="rx">
            <thead>
                <tr>
                    <th scope="col"><span class="sr">{t("sale.eye")}</span></th>
                    <th scope="col">{t("sale.sphere")}</th>
                    <th scope="col">{t("sale.cylinder")}</th>
                    <th scope="col">{t("sale.axis")}</th>
                    <th scope="col">{t("sale.add")}</th>
                </tr>
            </thead>
            <tbody>
                {row(Side::Right, &prescription.right)}
                {row(Side::Left, &prescription.left)}
            </tbody>
        </table>
    }
}
