//! The test itself: what is measured, and what is worked out from it.

use leptos::prelude::*;
use optics::{Eye, Severity, SigningLimits};

use super::aside::Aside;
use super::change::other_form;
use super::copy::{CopyDialog, copied, copy_all};
use super::draft::{Draft, REASON};
use super::open::Opened;
use super::refraction::Refraction;
use super::sign::SignDialog;
use crate::components::{Avatar, Badge, Column, Field, Go, KeyBar, Toasts, Tone};
use crate::dom;
use crate::format;
use crate::keys::{Keys, key};
use crate::place::{Place, Places};
use crate::session::Session;
use crate::shell::Screen;
use crate::text::{t, tf, tn};

/// What lies over the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Nothing,
    Copy,
    Sign,
}

#[component]
pub fn Room(opened: Opened, reload: Callback<()>) -> impl IntoView {
    let (session, places, toasts) = (Session::get(), Places::get(), Toasts::get());
    let draft = Draft::new(&opened.test);
    let opened = StoredValue::new(opened);
    let over = RwSignal::new(Over::Nothing);
    let customer = opened.with_value(|o| o.patient.id);

    let limits = Signal::derive(move || {
        session
            .organisation()
            .map(|o| limits_of(&o.profile))
            .unwrap_or_default()
    });
    let problems = Memo::new(move |_| draft.values().problems(&limits.get()));
    let why_not = Signal::derive(move || {
        if !draft.is_settled() {
            return Some(t("test.why_open").to_owned());
        }
        if let Some(trouble) = draft.trouble.get() {
            return Some(format!("{} {}", trouble.message, trouble.remedy));
        }
        let problems = problems.read();
        let blocks = problems.iter().find(|problem| problem.severity() == Severity::Blocks);
        blocks.map(ToString::to_string)
    });

    let copy = move || {
        if copied(draft).iter().all(|line| line.left.is_none()) {
            copy_all(draft, toasts);
        } else {
            over.set(Over::Copy);
        }
    };
    let transpose = move || {
        let forms = Eye::BOTH.map(|eye| (eye, other_form(&draft.eye(eye))));
        for (eye, form) in forms {
            let Some(form) = form else { continue };
            for column in [Column::Sphere, Column::Cylinder, Column::Axis] {
                draft.put(eye, column, column.get(&form));
            }
        }
        draft.done();
    };
    let has_cylinder = Signal::derive(move || Eye::BOTH.iter().any(|eye| other_form(&draft.eye(*eye)).is_some()));
    let plano = move || {
        if let Some((eye, column)) = draft.focused() {
            draft.field(eye, column).update(|field| _ = field.press("P", false));
            draft.done();
        }
    };
    let leave = move || places.go(Place::of("test", &[]));
    let keys = Keys::screen()
        .bind(key("F2", "test.key_find").tile().run(leave))
        .bind(
            key("F3", "test.key_patient")
                .tile()
                .run(move || places.go(Place::of("patient", &[&customer]))),
        )
        .bind(key("F4", "test.key_copy").tile().run(copy))
        .bind(key("F5", "test.key_form").tile().when(has_cylinder).run(transpose))
        .bind(key("P", "test.key_plano").tile().run(plano))
        .bind(key("D", "test.key_spherical"))
        .bind(key("+", "test.key_plus"))
        .bind(key("-", "test.key_minus"))
        .bind(key("Up", "test.key_step"))
        .bind(key("PgUp", "test.key_leap"))
        .bind(key("Backspace", "test.key_blank"))
        .bind(key("1", "test.key_choose"))
        .bind(key("Tab", "test.key_eye"))
        .bind(key("Esc", "test.key_back").run(leave))
        .bind(
            key("F9", "test.key_sign")
                .when(Signal::derive(move || why_not.read().is_none()))
                .run(move || draft.when_written(move || over.set(Over::Sign))),
        )
        .install();
    dom::focus_soon(Column::Sphere.id(Eye::Right));

    let saved = move || {
        draft.saved.get().map(|at| {
            let time = format::time(at, session.offset());
            view! { <Badge tone=Tone::Ok icon="check">{tf("test.saved", &[("time", &time)])}</Badge> }
        })
    };
    let sub = opened.with_value(|o| {
        let time = format::moment(o.test.started, session.now(), session.offset());
        tf("test.started", &[("time", &time), ("name", &o.test.started_by)])
    });
    let sign_over = move || match over.get() {
        Over::Nothing => ().into_any(),
        Over::Copy => {
            view! { <CopyDialog draft on_close=Callback::new(move |()| over.set(Over::Nothing))/> }.into_any()
        }
        Over::Sign => view! {
            <SignDialog
                draft
                opened
                limits=limits.get_untracked()
                on_close=Callback::new(move |moved: bool| {
                    over.set(Over::Nothing);
                    if moved {
                        reload.run(());
                    }
                })
                on_signed=Callback::new(move |()| reload.run(()))
            />
        }
        .into_any(),
    };
    view! {
        <Screen title=Signal::stored(t("test.title").to_owned()) sub=Signal::stored(sub) tools=ViewFn::from(saved)>
            <main class="main main--aside main--test">
                <section class="work" aria-label=t("test.refraction")>
                    <Patient opened/>
                    <Refraction draft opened/>
                    <div class="both both--one">
                        <Field id=REASON label=t("test.reason")>
                            <input
                                class="input"
                                id=REASON
                                maxlength="2000"
                                autocomplete="off"
                                aria-describedby=format!("{REASON}-m")
                                prop:value=draft.reason
                                on:input=move |event| {
                                    draft.reason.set(event_target_value(&event));
                                    draft.changed();
                                }
                                on:blur=move |_| draft.done()
                            />
                        </Field>
                    </div>
                </section>
                <Aside draft opened problems/>
                <KeyBar keys/>
                <Go keys why=why_not/>
            </main>
        </Screen>
        {sign_over}
    }
}

/// The profile's limits of signing, as the optics crate takes them.
fn limits_of(profile: &retail::Profile) -> SigningLimits {
    let signing = &profile.prescriptions.signing;
    SigningLimits {
        sphere: optics::Power(signing.sphere),
        cylinder: optics::Power(signing.cylinder),
        add_from: optics::Power(signing.add_from),
        add_to: optics::Power(signing.add_to),
        step: signing.step,
    }
}

/// Who sits in the chair, and what must not be overlooked.
#[component]
fn Patient(opened: StoredValue<Opened>) -> impl IntoView {
    let session = Session::get();
    let patient = opened.with_value(|o| o.patient.clone());
    let today = format::day(session.now(), session.offset());
    let age = patient
        .birth_day
        .map(|born| tn("test.years", years(born, today.0).unsigned_abs().into(), &[]));
    let about = [age, Some(patient.code.clone()), Some(session.phone(&patient.phone))]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    let allergies = (!patient.allergies.is_empty()).then(|| {
        view! {
            <div class="push row">
                <Badge tone=Tone::Danger icon="triangle-alert">{patient.allergies.clone()}</Badge>
            </div>
        }
    });
    view! {
        <div class="pt">
            <Avatar name=patient.name.clone()/>
            <div class="cell-2">
                <span class="b t-lg">{patient.name.clone()}</span>
                <span class="t-sm">{about}</span>
            </div>
            {allergies}
        </div>
    }
}

/// Whole years from one day to another, days since 1970.
pub fn years(born: i32, today: i32) -> i32 {
    let (born, today) = (retail::Day(born).ymd(), retail::Day(today).ymd());
    let before_birthday = (today.1, today.2) < (born.1, born.2);
    today.0 - born.0 - i32::from(before_birthday)
}

#[cfg(test)]
mod tests {
    use super::years;
    use retail::Day;

    #[test]
    fn years_change_on_the_birthday() {
        let day = |text: &str| text.parse::<Day>().expect("a date").0;
        assert_eq!(years(day("1974-11-21"), day("2026-11-20")), 51);
        assert_eq!(years(day("1974-11-21"), day("2026-11-21")), 52);
    }
}
