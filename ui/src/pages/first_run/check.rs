//! Two groups of the recovery sheet, typed from the paper: only then is it known that there is a paper.

use leptos::prelude::*;

use super::{Setup, Step, back, code, keys};
use crate::components::{KeyButton, TextField};
use crate::dom;
use crate::keys::key;
use crate::session::Session;
use crate::text::{t, tf};

const FIRST: &str = "group-a";
const SECOND: &str = "group-b";

/// The groups of the secret, as they stand between its two lines.
fn groups(sheet: &str) -> Vec<String> {
    sheet
        .lines()
        .skip_while(|line| line.trim() != "Secret:")
        .skip(1)
        .take_while(|line| line.trim() != "End of secret")
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect()
}

/// Two different places below `count`; which, only chance knows.
fn two_of(count: usize, chance: impl Fn() -> f64) -> Option<(usize, usize)> {
    let below = |n: usize| ((chance() * n as f64) as usize).min(n - 1);
    let first = (count >= 2).then(|| below(count))?;
    let second = below(count - 1);
    let second = if second >= first { second + 1 } else { second };
    Some((first.min(second), first.max(second)))
}

#[component]
pub fn CheckView(setup: Setup) -> impl IntoView {
    let session = Session::get();
    let groups = groups(&setup.sheet.read_untracked());
    let (a, b) = two_of(groups.len(), js_sys::Math::random).unwrap_or_default();
    let wanted = StoredValue::new([a, b].map(|at| groups.get(at).cloned().unwrap_or_default()));
    let typed = [RwSignal::new(String::new()), RwSignal::new(String::new())];
    let tried = RwSignal::new(false);
    let is_right = move |row: usize| {
        let wanted = wanted.with_value(|wanted| wanted.get(row).cloned().unwrap_or_default());
        typed
            .get(row)
            .is_some_and(|typed| code::normal(&typed.read()) == wanted)
    };
    let finish = move || {
        tried.set(true);
        match (untrack(|| is_right(0)), untrack(|| is_right(1))) {
            (false, _) => dom::focus(FIRST),
            (true, false) => dom::focus(SECOND),
            (true, true) => {
                setup.sheet.set(String::new());
                session.refresh();
            }
        }
    };
    let keys = keys()
        .bind(back(setup, Step::Sheet))
        .bind(key("F9", "first.to_sign_in").run(finish))
        .refuse_scans()
        .install();
    dom::focus_soon(FIRST);
    let wrong = move |row: usize, group: usize| {
        Signal::derive(move || (tried.get() && !is_right(row)).then(|| tf("first.wrong_group", &[("n", &(group + 1))])))
    };
    let enter = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" {
            let _ = dom::next_field(&event);
        }
    };
    let label = |group: usize| tf("first.group", &[("n", &(group + 1))]);
    view! {
        <div class="first">
            <header class="stack stack--1">
                <h1 class="t-2xl b">{t("first.check_title")}</h1>
                <p class="t2 t-lg">{t("first.check_sub")}</p>
            </header>
            <section class="panel">
                <div class="panel__body cols-2" on:keydown=enter>
                    <TextField id=FIRST label=label(a) hint=t("first.group_hint") value=typed[0] max=8 wrong=wrong(0, a)/>
                    <TextField id=SECOND label=label(b) hint=t("first.group_hint") value=typed[1] max=8 wrong=wrong(1, b)/>
                </div>
            </section>
            <footer class="first__foot">
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <span class="push t-sm t3 first__why">{t("first.check_why")}</span>
                <KeyButton keys chord="F9" class="btn--primary btn--lg"/>
            </footer>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_groups_are_those_of_the_secret() {
        let sheet = "FOVEA RECOVERY SHEET\n\nOrganisation: Secret: 4 U\n\nSecret:\n    AB12 CD34 EF56 GH78\n    \
                     JK90 MN12\nEnd of secret\n\nThe letters\n";
        assert_eq!(groups(sheet), ["AB12", "CD34", "EF56", "GH78", "JK90", "MN12"]);
        assert!(groups("").is_empty());
    }

    #[test]
    fn two_places_are_never_the_same() {
        for chance in [0.0, 0.3, 0.5, 0.999_999, 1.0] {
            let (a, b) = two_of(14, || chance).expect("two");
            assert!(a < b && b < 14, "{a} {b}");
        }
        assert_eq!(two_of(1, || 0.5), None);
    }
}
