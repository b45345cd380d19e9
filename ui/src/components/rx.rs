//! The prescription table: the only way powers are shown read-only. Right above left, always.

use leptos::prelude::*;
use optics::{EyePrescription, text};

use super::{Eye, Side};
use crate::text::t;

/// `large` is that of the signing dialog; `equivalent` adds the spherical equivalent. Prisms and acuities have their
/// columns only where there are any.
#[component]
pub fn Rx(
    right: EyePrescription,
    left: EyePrescription,
    #[prop(optional)] large: bool,
    #[prop(optional)] equivalent: bool,
) -> impl IntoView {
    let has_prism = !(right.prism_text().is_empty() && left.prism_text().is_empty());
    let row = |side: Side, eye: &EyePrescription| {
        let lens = eye.lens().ok().flatten();
        let worked = lens.and_then(|lens| lens.spherical_equivalent().ok());
        let worked = worked.map_or_else(|| text::NOT_RECORDED.to_owned(), |power| power.three_decimals());
        view! {
            <tr>
                <td><Eye side/></td>
                <td>{text::power(eye.sphere)}</td>
                <td>{text::cylinder(eye.cylinder)}</td>
                <td>{eye.axis.map_or_else(|| text::NOT_RECORDED.to_owned(), text::axis)}</td>
                <td>{eye.add.map_or_else(|| text::NOT_RECORDED.to_owned(), |add| add.to_string())}</td>
                {has_prism.then(|| view! { <td>{eye.prism_text()}</td> })}
                {equivalent.then(|| view! { <td>{worked}</td> })}
            </tr>
        }
    };
    view! {
        <table class=if large { "rx rx--lg" } else { "rx" }>
            <thead>
                <tr>
                    <th scope="col"><span class="sr">{t("rx.eye")}</span></th>
                    <th scope="col">{t("rx.sphere")}</th>
                    <th scope="col">{t("rx.cylinder")}</th>
                    <th scope="col">{t("rx.axis")}</th>
                    <th scope="col">{t("rx.add")}</th>
                    {has_prism.then(|| view! { <th scope="col">{t("rx.prism")}</th> })}
                    {equivalent.then(|| view! { <th scope="col">{t("rx.equivalent")}</th> })}
                </tr>
            </thead>
            <tbody>{row(Side::Right, &right)} {row(Side::Left, &left)}</tbody>
        </table>
    }
}
