//! The recovery sheet: shown once, to be printed or copied by hand. The page keeps it nowhere.

use leptos::prelude::*;
use leptos::web_sys;

use super::{Setup, Step, keys};
use crate::components::{KeyButton, Note, Tone};
use crate::keys::key;
use crate::text::t;

#[component]
pub fn SheetView(setup: Setup) -> impl IntoView {
    let print = || {
        if let Some(window) = web_sys::window() {
            let _ = window.print();
        }
    };
    let keys = keys()
        .bind(key("Ctrl+P", "first.print").run(print))
        .bind(key("F9", "first.on_paper").run(move || setup.step.set(Step::Check)))
        .refuse_scans()
        .install();
    view! {
        <div class="first">
            <header class="stack stack--1">
                <h1 class="t-2xl b">{t("first.sheet_title")}</h1>
                <p class="t2 t-lg">{t("first.sheet_sub")}</p>
            </header>
            <Note tone=Tone::Warn icon="triangle-alert">{t("first.sheet_once")}</Note>
            <pre class="first__sheet" tabindex="0" aria-label=t("first.sheet_title")>{setup.sheet}</pre>
            <footer class="first__foot">
                <KeyButton keys chord="Ctrl+P" class="btn--lg"/>
                <span class="push t-sm t3 first__why">{t("first.sheet_how")}</span>
                <KeyButton keys chord="F9" class="btn--primary btn--lg"/>
            </footer>
        </div>
    }
}
