//! Head office asks for name and password; no PIN, no people to pick from.

use leptos::prelude::*;
use model::requests::till::SignedIn;

use crate::components::Icon;
use crate::keys::{Keys, key};
use crate::pages::password::{CredentialFields, Credentials};
use crate::session::Session;
use crate::text::t;

#[component]
pub fn OfficeSignIn() -> impl IntoView {
    let session = Session::get();
    let done = Callback::new(move |answer: SignedIn| session.signed_in(answer.me, answer.token));
    let credentials = Credentials::new(String::new(), done);
    let _in_force = Keys::screen()
        .bind(
            key("Ctrl+Enter", "password.sign_in")
                .when(credentials.can_send())
                .run(move || credentials.send()),
        )
        .bind(key("Alt+T", "shell.light_dark"))
        .install();
    let organisation = move || session.state().and_then(|state| state.organisation).unwrap_or_default();
    view! {
        <div class="lock">
            <aside class="lock__brand" aria-label=t("shell.office")>
                <div class="row gap-3 lock__logo">
                    <Icon name="mark" class="icon--xl"/>
                    <span class="t-2xl b">"Fovea"</span>
                </div>
                <dl class="lock__facts"><dt>{t("shell.office")}</dt><dd>{organisation}</dd></dl>
            </aside>
            <main class="lock__main lock__main--one">
                <div class="lock__box">
                    <h1 class="t-xl b">{t("password.title")}</h1>
                    <CredentialFields credentials/>
                    <button
                        type="button"
                        class="btn btn--primary btn--lg"
                        disabled=move || !credentials.can_send().get()
                        on:click=move |_| credentials.send()
                    >
                        {t("password.sign_in")}
                    </button>
                </div>
            </main>
        </div>
    }
}
