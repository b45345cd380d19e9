//! Name and password: at the till in a dialog, at head office as a page of its own.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::till::{SignIn, SignedIn};

use crate::client::{Client, Refused};
use crate::components::{Dialog, KeyButton, TextField};
use crate::dom;
use crate::keys::{Keys, key};
use crate::text::t;

/// What is being typed, and what became of it.
#[derive(Clone, Copy)]
pub struct Credentials {
    client: Client,
    login: RwSignal<String>,
    password: RwSignal<String>,
    refused: RwSignal<Option<Refused>>,
    is_busy: RwSignal<bool>,
    on_done: Callback<SignedIn>,
}

impl Credentials {
    pub fn new(login: String, on_done: Callback<SignedIn>) -> Self {
        Self {
            client: Client::get(),
            login: RwSignal::new(login),
            password: RwSignal::new(String::new()),
            refused: RwSignal::new(None),
            is_busy: RwSignal::new(false),
            on_done,
        }
    }

    pub fn can_send(self) -> Signal<bool> {
        Signal::derive(move || {
            !self.is_busy.get() && !self.login.read().trim().is_empty() && !self.password.read().is_empty()
        })
    }

    /// Sends it. Deriving the key from the password takes a moment, so that guessing does: not twice at once.
    pub fn send(self) {
        if !self.can_send().get_untracked() {
            return;
        }
        self.is_busy.set(true);
        let request = SignIn {
            login: self.login.get_untracked().trim().to_owned(),
            password: self.password.get_untracked(),
        };
        spawn_local(async move {
            let answer = self.client.call(request).await;
            self.is_busy.set(false);
            match answer {
                Ok(answer) => self.on_done.run(answer),
                Err(why) => {
                    self.password.set(String::new());
                    self.refused.set(Some(why));
                    dom::focus(PASSWORD);
                }
            }
        });
    }
}

const LOGIN: &str = "login";
const PASSWORD: &str = "password";

/// The two fields; Enter goes from one to the other and then sends.
#[component]
pub fn CredentialFields(credentials: Credentials) -> impl IntoView {
    let has_login = !credentials.login.get_untracked().is_empty();
    let wrong = Signal::derive(move || {
        credentials
            .refused
            .get()
            .map(|why| format!("{} {}", why.message, why.remedy))
    });
    let enter = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && !dom::next_field(&event) {
            event.prevent_default();
            credentials.send();
        }
    };
    view! {
        <div class="stack stack--3" on:keydown=enter>
            <TextField id=LOGIN label=t("password.login") value=credentials.login autocomplete="username" autofocus=!has_login/>
            <TextField
                id=PASSWORD
                label=t("password.password")
                value=credentials.password
                kind="password"
                autocomplete="current-password"
                autofocus=has_login
                wrong=wrong
            />
        </div>
    }
}

/// At the till, over whatever is there.
#[component]
pub fn PasswordDialog(
    #[prop(into)] login: String,
    on_done: Callback<SignedIn>,
    on_close: Callback<()>,
) -> impl IntoView {
    let credentials = Credentials::new(login, on_done);
    let keys = Keys::dialog().bind(
        key("F9", "password.sign_in")
            .when(credentials.can_send())
            .run(move || credentials.send()),
    );
    view! {
        <Dialog
            title=Signal::stored(t("password.title").to_owned())
            keys
            on_close
            foot=|keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <KeyButton keys chord="F9" class="btn--primary btn--lg push"/>
            }.into_any()
        >
            <CredentialFields credentials/>
        </Dialog>
    }
}
