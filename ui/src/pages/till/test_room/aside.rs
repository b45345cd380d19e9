//! What stands beside the refraction: what to look at again, what is worked out, how it went over the years.

use leptos::prelude::*;
use optics::{Eye as OpticsEye, EyePrescription, Problem};

use super::draft::Draft;
use super::open::Opened;
use crate::components::{Eye, Icon, Side};
use crate::text::{t, tf};

#[component]
pub fn Aside(draft: Draft, opened: StoredValue<Opened>, problems: Memo<Vec<Problem>>) -> impl IntoView {
    let conflicts = opened.with_value(|o| o.test.conflicts.clone());
    let conflicts = StoredValue::new(conflicts);
    let looks = move || {
        let differs = conflicts.get_value().into_iter().map(|field| {
            (
                tf("test.written_twice", &[("field", &field)]),
                t("test.written_twice_why").to_owned(),
            )
        });
        let found = problems.get().into_iter().map(|problem| {
            let text = problem.to_string();
            let (place, why) = text.split_once(": ").unwrap_or((text.as_str(), ""));
            (place.to_owned(), why.to_owned())
        });
        differs.chain(found).collect::<Vec<_>>()
    };
    let looks = Memo::new(move |_| {
        if draft.values() == Default::default() {
            Vec::new()
        } else {
            looks()
        }
    });
    view! {
        <aside class="aside" aria-label=t("test.aside")>
            <section class="sect stack">
                <div class="row row--split">
                    <h2 class="h-sec">{t("test.look_again")}</h2>
                    {move || {
                        let count = looks.read().len();
                        (count > 0).then(|| view! { <span class="badge badge--warn">{count}</span> })
                    }}
                </div>
                {move || if looks.read().is_empty() {
                    view! { <p class="t-sm t3">{t("test.nothing_to_look_at")}</p> }.into_any()
                } else {
                    let items = looks.get().into_iter().map(|(place, why)| view! {
                        <li>
                            <Icon name="triangle-alert" class="icon--sm"/>
                            <span class="cell-2"><span class="m">{place}</span><span>{why}</span></span>
                        </li>
                    });
                    view! { <ul class="looks">{items.collect_view()}</ul> }.into_any()
                }}
            </section>
            <section class="sect stack">
                <h2 class="h-sec">{t("test.worked_out")}</h2>
                <table class="rx rx--calc">
                    <thead>
                        <tr>
                            <th scope="col"><span class="sr">{t("test.eye")}</span></th>
                            <th scope="col">{t("test.other_form")}</th>
                            <th scope="col">{t("test.equivalent")}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {OpticsEye::BOTH.map(|eye| {
                            let worked = Memo::new(move |_| worked_out(&draft.eye(eye)));
                            let side = if eye == OpticsEye::Right { Side::Right } else { Side::Left };
                            view! {
                                <tr>
                                    <td><Eye side/></td>
                                    <td>{move || worked.get().0}</td>
                                    <td>{move || worked.get().1}</td>
                                </tr>
                            }
                        }).into_iter().collect_view()}
                    </tbody>
                </table>
            </section>
            {opened.with_value(|o| o.prescriptions.first().map(|last| {
                let of = [
                    (t("test.last_day"), retail::Day(last.signed_day).text()),
                    (t("test.last_by"), last.doctor.clone().unwrap_or_else(|| last.signed_by.clone())),
                    (t("test.last_store"), last.store.clone()),
                ];
                let reason = last.reason.clone().map(|reason| view! { <dt>{t("test.last_reason")}</dt><dd>{reason}</dd> });
                view! {
                    <section class="sect stack">
                        <h2 class="h-sec">{tf("test.last", &[("n", &last.version)])}</h2>
                        <dl class="kv">
                            {of.map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }).into_iter().collect_view()}
                            {reason}
                        </dl>
                    </section>
                }
            }))}
        </aside>
    }
}

/// The other form and the spherical equivalent of an eye; an en dash where something is missing.
pub fn worked_out(eye: &EyePrescription) -> (String, String) {
    let dash = || optics::text::NOT_RECORDED.to_owned();
    let Ok(Some(lens)) = eye.lens() else {
        return (dash(), dash());
    };
    let other = lens.transposed().map_or_else(|_| dash(), |other| other.to_string());
    let equivalent = lens
        .spherical_equivalent()
        .map_or_else(|_| dash(), |power| power.three_decimals());
    (other, equivalent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use optics::Power;

    #[test]
    fn other_form_and_equivalent() {
        let eye = EyePrescription {
            sphere: Some(Power(-2_750)),
            cylinder: Some(Power(-750)),
            axis: Some(65),
            ..Default::default()
        };
        assert_eq!(
            worked_out(&eye),
            ("−3.50 / +0.75 × 155".to_owned(), "−3.125".to_owned())
        );
        assert_eq!(worked_out(&EyePrescription::default()).0, "–");
    }
}
