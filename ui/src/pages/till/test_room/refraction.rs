//! The table of both eyes: what is measured now, what was before, and the difference.

use leptos::prelude::*;
use optics::{Eye as OpticsEye, Power};

use super::change::{self, in_form_of};
use super::draft::{Draft, REASON};
use super::open::Opened;
use crate::components::{Column, DioptreField, Eye, Leave, Side, Value};
use crate::dom;
use crate::text::{t, tf};

#[component]
pub fn Refraction(draft: Draft, opened: StoredValue<Opened>) -> impl IntoView {
    let heads = [
        "test.sphere",
        "test.cylinder",
        "test.axis",
        "test.add",
        "test.prism_h",
        "test.prism_v",
        "test.va_distance",
        "test.va_near",
    ];
    view! {
        <table class="refr">
            <colgroup>
                <col class="r-l"/>
                {Column::ALL.map(|_| view! { <col/> }).into_iter().collect_view()}
            </colgroup>
            <thead>
                <tr>
                    <th scope="col"><span class="sr">{t("test.row")}</span></th>
                    {heads.map(|head| view! { <th scope="col">{t(head)}</th> }).into_iter().collect_view()}
                </tr>
            </thead>
            {OpticsEye::BOTH.map(|eye| view! { <Band draft opened eye/> }).into_iter().collect_view()}
        </table>
    }
}

/// One eye: now, previous, change.
#[component]
fn Band(draft: Draft, opened: StoredValue<Opened>, eye: OpticsEye) -> impl IntoView {
    let side = if eye == OpticsEye::Right {
        Side::Right
    } else {
        Side::Left
    };
    let on_change = Callback::new(move |()| draft.changed());
    let on_done = Callback::new(move |()| draft.done());
    let fields = Column::ALL.map(|column| {
        let state = draft.field(eye, column);
        let on_leave = Callback::new(move |way| go_on(draft, eye, column, way));
        view! { <td><DioptreField eye column state on_change on_done on_leave/></td> }
    });
    let previous = opened.with_value(|o| {
        o.previous().map(|previous| {
            let values = if eye == OpticsEye::Right {
                &previous.right
            } else {
                &previous.left
            };
            (previous.signed_day, values.clone())
        })
    });
    let rows = previous.map(|(day, values)| {
        let values = StoredValue::new(values);
        let now = Memo::new(move |_| draft.eye(eye));
        let name = tf("test.previous", &[("month", &month_and_year(day))]);
        let before = Column::ALL.map(|column| {
            view! { <td>{move || values.with_value(|values| change::shown(column, &in_form_of(&now.read(), values)))}</td> }
        });
        let changes = Column::ALL.map(|column| {
            let change = move || values.with_value(|values| change::of(column, &now.read(), values));
            view! {
                <td>
                    {move || {
                        let change = change();
                        view! { <span class:chg--big=change.is_big>{change.text}</span> }
                    }}
                </td>
            }
        });
        view! {
            <tr><th scope="row">{name}</th>{before.into_iter().collect_view()}</tr>
            <tr class="is-chg"><th scope="row">{t("test.change")}</th>{changes.into_iter().collect_view()}</tr>
        }
    });
    view! {
        <tbody class="eyeband">
            <tr class="eyeband__now">
                <th scope="row">
                    <span class="row gap-3">
                        <Eye side class="eye--lg"/>
                        <span class="cell-2">
                            <span class="b">{eye.label()}</span>
                            <span>{t("test.subjective_now")}</span>
                        </span>
                    </span>
                </th>
                {fields.into_iter().collect_view()}
            </tr>
            {rows}
        </tbody>
    }
}

/// `Mar 2025`: as dates are written everywhere, without the day.
fn month_and_year(day: i32) -> String {
    let text = retail::Day(day).text();
    text.split_once(' ')
        .map_or_else(|| text.clone(), |(_, rest)| rest.to_owned())
}

/// Moves the cursor on. `false`: the browser does.
fn go_on(draft: Draft, eye: OpticsEye, column: Column, way: Leave) -> bool {
    let at = column as usize;
    let to = |eye: OpticsEye, at: usize| Column::ALL.get(at).map(|column| column.id(eye));
    let target = match (way, eye) {
        (Leave::Next, _) => {
            // A spherical eye has no axis to ask for.
            let is_spherical = column == Column::Cylinder
                && draft
                    .field(eye, Column::Cylinder)
                    .with_untracked(|field| field.value() == Some(&Value::Power(Power::ZERO)));
            let next = at + if is_spherical { 2 } else { 1 };
            to(eye, next).or(match eye {
                OpticsEye::Right => to(OpticsEye::Left, 0),
                OpticsEye::Left => Some(REASON),
            })
        }
        (Leave::OtherEye, OpticsEye::Right) => to(OpticsEye::Left, at),
        (Leave::OtherEye, OpticsEye::Left) => to(OpticsEye::Right, at + 1),
        (Leave::OtherEyeBack, OpticsEye::Left) => to(OpticsEye::Right, at),
        (Leave::OtherEyeBack, OpticsEye::Right) => at.checked_sub(1).and_then(|at| to(OpticsEye::Left, at)),
    };
    if let Some(id) = target {
        dom::focus(id);
    }
    target.is_some()
}
