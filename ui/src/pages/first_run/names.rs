//! Starting alone: what the shop is called, its rules, and its administrator.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::till::TillStart;
use retail::number::{check_store_code, check_till_code};

use super::{Setup, Step, back, keys};
use crate::client::{Client, Refused};
use crate::components::{Field, KeyButton, Note, Seg, TextField, Tone};
use crate::dom;
use crate::keys::key;
use crate::text::t;

const SHORTEST_PASSWORD: usize = 4;
const LONGEST_PASSWORD: u32 = 200;
const LONGEST_NAME: u32 = 120;
const LONGEST_LOGIN: usize = 32;

/// What is wrong with a text, if anything is.
type Rule = fn(&str) -> Option<&'static str>;

/// What is being typed.
#[derive(Clone, Copy)]
pub struct Names {
    organisation: RwSignal<String>,
    pub store: RwSignal<String>,
    pub till: RwSignal<String>,
    profile: RwSignal<String>,
    admin: RwSignal<String>,
    password: RwSignal<String>,
    again: RwSignal<String>,
}

impl Names {
    pub fn new() -> Self {
        let empty = || RwSignal::new(String::new());
        Self {
            organisation: empty(),
            store: empty(),
            till: RwSignal::new("1".to_owned()),
            profile: RwSignal::new("in-gst".to_owned()),
            admin: empty(),
            password: empty(),
            again: empty(),
        }
    }

    /// Id, text and rule of each field, in the order in which the cursor visits them.
    fn fields(self) -> [(&'static str, RwSignal<String>, Rule); 5] {
        [
            (ORGANISATION, self.organisation, organisation),
            (STORE, self.store, store),
            (TILL, self.till, till),
            (ADMIN, self.admin, admin),
            (PASSWORD, self.password, password),
        ]
    }

    /// The first field that is not right.
    fn first_wrong(self) -> Option<&'static str> {
        let wrong = self
            .fields()
            .into_iter()
            .find(|(_, text, rule)| rule(&text.read_untracked()).is_some());
        let differs = self.password.read_untracked() != *self.again.read_untracked();
        wrong.map(|(id, ..)| id).or(differs.then_some(AGAIN))
    }

    fn request(self) -> TillStart {
        let trimmed = |text: RwSignal<String>| text.get_untracked().trim().to_owned();
        TillStart {
            organisation: trimmed(self.organisation),
            store: trimmed(self.store),
            till: trimmed(self.till),
            admin: trimmed(self.admin),
            password: self.password.get_untracked(),
            profile: self.profile.get_untracked(),
        }
    }
}

const ORGANISATION: &str = "organisation";
const STORE: &str = "store";
const TILL: &str = "till";
const ADMIN: &str = "admin";
const PASSWORD: &str = "password";
const AGAIN: &str = "again";

fn organisation(text: &str) -> Option<&'static str> {
    text.trim().is_empty().then(|| t("first.wrong_organisation"))
}

fn store(text: &str) -> Option<&'static str> {
    check_store_code(text.trim()).is_err().then(|| t("first.wrong_store"))
}

fn till(text: &str) -> Option<&'static str> {
    check_till_code(text.trim()).is_err().then(|| t("first.wrong_till"))
}

/// The rule of the till's own check, so that the sentence stands at its field.
fn admin(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let good = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_good = (2..=LONGEST_LOGIN).contains(&text.chars().count()) && text.chars().all(good);
    (!is_good).then(|| t("first.wrong_admin"))
}

fn password(text: &str) -> Option<&'static str> {
    (text.chars().count() < SHORTEST_PASSWORD).then(|| t("first.wrong_password"))
}

#[component]
pub fn NamesView(setup: Setup) -> impl IntoView {
    let (client, names) = (Client::get(), setup.names);
    let is_busy = RwSignal::new(false);
    let refused = RwSignal::new(None::<Refused>);
    // Nothing is called wrong before the person says that they are done.
    let tried = RwSignal::new(false);
    let found = move || {
        if is_busy.get_untracked() {
            return;
        }
        tried.set(true);
        refused.set(None);
        if let Some(id) = names.first_wrong() {
            return dom::focus(id);
        }
        is_busy.set(true);
        let request = names.request();
        spawn_local(async move {
            let answer = client.call(request).await;
            is_busy.try_set(false);
            match answer {
                Ok(started) => {
                    names.password.set(String::new());
                    names.again.set(String::new());
                    setup.sheet.set(started.sheet);
                    setup.step.set(Step::Sheet);
                }
                Err(why) => {
                    refused.try_set(Some(why));
                }
            }
        });
    };
    let label = Signal::derive(move || {
        let label = if is_busy.get() { "first.founding" } else { "first.found" };
        t(label).to_owned()
    });
    let keys = keys()
        .bind(back(setup, Step::Choose))
        .bind(
            key("F9", "first.found")
                .label(label)
                .when(Signal::derive(move || !is_busy.get()))
                .run(found),
        )
        .refuse_scans()
        .install();
    dom::focus_soon(ORGANISATION);
    // Codes stand in capitals on every receipt, so they do here.
    for code in [names.store, names.till] {
        Effect::new(move |_| {
            let upper = code.read().to_ascii_uppercase();
            if *code.read_untracked() != upper {
                code.set(upper);
            }
        });
    }
    let wrong = move |text: RwSignal<String>, rule: Rule| {
        Signal::derive(move || tried.get().then(|| rule(&text.read())).flatten().map(str::to_owned))
    };
    let wrong_again = Signal::derive(move || {
        let differs = tried.get() && *names.password.read() != *names.again.read();
        differs.then(|| t("first.wrong_again").to_owned())
    });
    let profiles = retail::Profile::names().map(|name| (name.to_owned(), profile(name).to_owned()));
    let enter = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" {
            let _ = dom::next_field(&event);
        }
    };
    let said = move || {
        let why = refused.get()?;
        Some(view! {
            <Note tone=Tone::Danger icon="circle-alert"><b class="m">{why.message}</b>" "{why.remedy}</Note>
        })
    };
    view! {
        <div class="first">
            <header class="stack stack--1">
                <h1 class="t-2xl b">{t("first.names_title")}</h1>
                <p class="t2 t-lg">{t("first.names_sub")}</p>
            </header>
            <div class="first__names" on:keydown=enter>
                <section class="panel">
                    <header class="panel__head"><h2>{t("first.shop")}</h2></header>
                    <div class="panel__body stack stack--4">
                        <TextField id=ORGANISATION label=t("first.organisation") hint=t("first.organisation_hint")
                            value=names.organisation max=LONGEST_NAME wrong=wrong(names.organisation, organisation)/>
                        <div class="cols-2">
                            <TextField id=STORE label=t("first.store") hint=t("first.store_hint")
                                value=names.store max=3 wrong=wrong(names.store, store)/>
                            <TextField id=TILL label=t("first.till") hint=t("first.till_hint")
                                value=names.till max=2 wrong=wrong(names.till, till)/>
                        </div>
                        <Field id="profile" label=t("first.profile") hint=t("first.profile_hint")>
                            <Seg label=t("first.profile") value=names.profile choices=profiles.to_vec() full=true/>
                        </Field>
                    </div>
                </section>
                <section class="panel">
                    <header class="panel__head"><h2>{t("first.administrator")}</h2></header>
                    <div class="panel__body stack stack--4">
                        <TextField id=ADMIN label=t("first.admin") hint=t("first.admin_hint") autocomplete="username"
                            value=names.admin max=32 wrong=wrong(names.admin, admin)/>
                        <TextField id=PASSWORD label=t("first.password") hint=t("first.password_hint") kind="password"
                            autocomplete="new-password" max=LONGEST_PASSWORD
                            value=names.password wrong=wrong(names.password, password)/>
                        <TextField id=AGAIN label=t("first.again") hint=t("first.again_hint") kind="password"
                            autocomplete="new-password" max=LONGEST_PASSWORD value=names.again wrong=wrong_again/>
                    </div>
                </section>
            </div>
            <div class="first__said" role="alert">{said}</div>
            <footer class="first__foot">
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <span class="push t-sm t3 first__why">{t("first.sheet_next")}</span>
                <KeyButton keys chord="F9" class="btn--primary btn--lg"/>
            </footer>
        </div>
    }
}

fn profile(name: &'static str) -> &'static str {
    match name {
        "in-gst" => t("first.profile_in_gst"),
        "gb-vat" => t("first.profile_gb_vat"),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_wrong_is_found_before_it_is_sent() {
        let good =
            |rule: Rule, texts: &[&str]| -> Vec<bool> { texts.iter().map(|text| rule(text).is_none()).collect() };
        assert_eq!(good(organisation, &["Nayana Opticals", " ", ""]), [true, false, false]);
        assert_eq!(
            good(store, &["FCR", "F", "", "FCRX", "F-R"]),
            [true, true, false, false, false]
        );
        assert_eq!(good(till, &["1", "12", "", "123"]), [true, true, false, false]);
        assert_eq!(
            good(admin, &["farida", "fm", "f", "farida m", "faríd_a.m-1"]),
            [true, true, false, false, true]
        );
        assert_eq!(good(password, &["four", "abc", ""]), [true, false, false]);
    }
}
