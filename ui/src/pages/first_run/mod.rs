//! The first run: join a chain with a code, or start alone. Asked once; nothing is stored before the person chooses.

mod check;
mod choose;
mod code;
mod frame;
mod joining;
mod names;
mod sheet;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::till::{JoinProgress, Joining};

use crate::client::{Client, Refused};
use crate::keys::{Binding, Keys, key};
use crate::shell::KeyList;
use frame::Frame;
use names::Names;

/// Which of the two was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Join,
    Start,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Choose,
    Joining,
    Names,
    Sheet,
    Check,
}

/// What is typed and shown, kept while the person goes forth and back between the steps.
#[derive(Clone, Copy)]
struct Setup {
    step: RwSignal<Step>,
    way: RwSignal<Way>,
    server: RwSignal<String>,
    code: RwSignal<String>,
    /// Why joining ended before anything came.
    refused: RwSignal<Option<Refused>>,
    joining: RwSignal<Joining>,
    names: Names,
    /// The recovery sheet, from the moment it was made until the sign-in screen; in no storage.
    sheet: RwSignal<String>,
}

impl Setup {
    fn new() -> Self {
        Self {
            step: RwSignal::new(Step::Choose),
            way: RwSignal::new(Way::Join),
            server: RwSignal::new(String::new()),
            code: RwSignal::new(String::new()),
            refused: RwSignal::new(None),
            joining: RwSignal::new(Joining::default()),
            names: Names::new(),
            sheet: RwSignal::new(String::new()),
        }
    }
}

#[component]
pub fn FirstRun() -> impl IntoView {
    let (client, setup) = (Client::get(), Setup::new());
    // A page that was loaded again comes back to the join that goes on below it.
    spawn_local(async move {
        if let Ok(joining) = client.call(JoinProgress {}).await
            && joining.running
        {
            setup.joining.set(joining);
            setup.step.set(Step::Joining);
        }
    });
    view! {
        <Frame setup>
            {move || match setup.step.get() {
                Step::Choose => view! { <choose::Choose setup/> }.into_any(),
                Step::Joining => view! { <joining::JoiningView setup/> }.into_any(),
                Step::Names => view! { <names::NamesView setup/> }.into_any(),
                Step::Sheet => view! { <sheet::SheetView setup/> }.into_any(),
                Step::Check => view! { <check::CheckView setup/> }.into_any(),
            }}
        </Frame>
    }
}

/// The keys that every step has.
fn keys() -> Keys {
    let key_list = KeyList::get();
    Keys::screen()
        .bind(key("F1", "shell.keys").run(move || key_list.open()))
        // theme.js answers it on every page, before anyone has signed in.
        .bind(key("Alt+T", "shell.light_dark"))
}

/// Esc, to the step before.
fn back(setup: Setup, to: Step) -> Binding {
    key("Esc", "first.back").in_fields().run(move || setup.step.set(to))
}
