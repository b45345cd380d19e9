//! The root: makes what the whole page shares, and picks the frame.

use leptos::prelude::*;
use model::requests::till::Stage;

use crate::client::{Client, Refused, Surface};
use crate::components::{Empty, Toasts, WholeScreen};
use crate::keys::{Keyboard, listen};
use crate::pages;
use crate::place::Places;
use crate::session::Session;
use crate::shell::{KeyList, OfficeShell, TillShell};
use crate::text::t;

/// What is on screen as a whole.
#[derive(Debug, Clone, PartialEq)]
enum Frame {
    /// The answer is on its way: a few milliseconds, so nothing is drawn.
    Waiting,
    Trouble(Refused),
    FirstRun,
    TillLocked,
    Till,
    OfficeLocked,
    Office,
}

#[component]
pub fn App() -> impl IntoView {
    let surface = Surface::found();
    let client = Client::provide(surface);
    let keyboard = Keyboard::provide(surface == Surface::Window);
    listen(keyboard);
    Places::provide();
    let toasts = Toasts::provide();
    let key_list = KeyList::provide(keyboard);
    let session = Session::provide(client);

    // A memo: signing in and out changes the frame, the minute and the printer do not.
    let frame = Memo::new(move |_| match (session.trouble(), session.state()) {
        (Some(why), _) => Frame::Trouble(why),
        (None, None) => Frame::Waiting,
        (None, Some(state)) => match (state.stage, state.me) {
            (Stage::FirstRun, _) => Frame::FirstRun,
            (Stage::Till, None) => Frame::TillLocked,
            (Stage::Till, Some(_)) => Frame::Till,
            (Stage::Office, None) => Frame::OfficeLocked,
            (Stage::Office, Some(_)) => Frame::Office,
        },
    });
    let is_whole = move || matches!(frame.get(), Frame::OfficeLocked | Frame::Office);
    provide_context(WholeScreen(Signal::derive(is_whole)));
    view! {
        {move || match frame.get() {
            Frame::Waiting => ().into_any(),
            Frame::Trouble(why) => trouble(why, session),
            Frame::FirstRun => view! { <pages::first_run::FirstRun/> }.into_any(),
            Frame::TillLocked => view! { <pages::till::SignIn/> }.into_any(),
            Frame::Till => view! { <TillShell/> }.into_any(),
            Frame::OfficeLocked => view! { <pages::office::OfficeSignIn/> }.into_any(),
            Frame::Office => view! { <OfficeShell/> }.into_any(),
        }}
        {key_list.view()}
        {toasts.view()}
    }
}

fn trouble(why: Refused, session: Session) -> AnyView {
    view! {
        <main class="lock">
            <Empty icon="triangle-alert" title=why.message why=why.remedy>
                <button type="button" class="btn" on:click=move |_| session.refresh()>{t("shell.trouble_again")}</button>
            </Empty>
        </main>
    }
    .into_any()
}
