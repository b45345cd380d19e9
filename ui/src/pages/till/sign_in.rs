//! Who is at the till? People and PIN; name and password for the rest, and once every 12 hours.

use leptos::prelude::*;
use leptos::task::spawn_local;

use model::requests::people::Person;
use model::requests::till::{SetPin, SignInPin, SignedIn, TillPeople};

use crate::client::{Client, Refused};
use crate::components::{Avatar, Dialog, Icon, KeyButton, PinPad, Rows, pin_keys};
use crate::format;
use crate::keys::{Keys, key};
use crate::pages::password::PasswordDialog;
use crate::session::Session;
use crate::shell::{KeyList, StatusBar};
use crate::text::{t, tf};

/// Columns of the people; left and right pass one, up and down a row.
const COLUMNS: isize = 2;

#[component]
pub fn SignIn() -> impl IntoView {
    let (session, client) = (Session::get(), Client::get());
    let people = RwSignal::new(Vec::<Person>::new());
    let refused = RwSignal::new(None::<Refused>);
    spawn_local(async move {
        match client.call(TillPeople {}).await {
            Ok(answer) => people.set(answer.people),
            Err(why) => refused.set(Some(why)),
        }
    });

    let rows = Rows::new(Signal::derive(move || people.read().len()));
    let chosen = Signal::derive(move || rows.now().and_then(|row| people.read().get(row).cloned()));
    let pin = RwSignal::new(String::new());
    // Another person's digits are not this person's PIN.
    Effect::new(move |_| {
        chosen.with(|person| person.as_ref().map(|p| p.id));
        pin.set(String::new());
    });

    let asks_password = RwSignal::new(false);
    let new_pin = RwSignal::new(None::<SignedIn>);
    let sign_in = Callback::new(move |typed: String| {
        let Some(person) = chosen.get_untracked() else { return };
        spawn_local(async move {
            match client
                .call(SignInPin {
                    user: person.id,
                    pin: typed,
                })
                .await
            {
                Ok(SignedIn { me, token }) => session.signed_in(me, token),
                Err(why) => {
                    pin.set(String::new());
                    // A PIN that no longer works is answered by the way that does.
                    if matches!(why.code.as_str(), "pin_expired" | "pin_destroyed") {
                        asks_password.set(true);
                    }
                    refused.set(Some(why));
                }
            }
        });
    });
    let has_pin = Signal::derive(move || {
        let now = session.minute();
        chosen.with(|person| {
            person
                .as_ref()
                .is_some_and(|p| p.pin_until.is_some_and(|until| until > now))
        })
    });

    let key_list = KeyList::get();
    let mut keys = Keys::screen()
        .bind(key("F1", "shell.keys").run(move || key_list.open()))
        .bind(key("Up", "sign_in.choose").run(move || rows.step(-COLUMNS)))
        .bind(key("Down", "sign_in.choose").run(move || rows.step(COLUMNS)))
        .bind(key("Left", "sign_in.choose").run(move || rows.step(-1)))
        .bind(key("Right", "sign_in.choose").run(move || rows.step(1)))
        .bind(key("Ctrl+Enter", "sign_in.with_password").run(move || asks_password.set(true)))
        .bind(key("Alt+T", "shell.light_dark"));
    for letter in LETTERS {
        let choose = move || {
            if let Some(row) = next_with(&people.read_untracked(), rows.chosen.get_untracked(), letter) {
                rows.chosen.set(row);
            }
        };
        keys = keys.bind(key(letter, "sign_in.choose").unlisted().run(choose));
    }
    let _in_force = pin_keys(keys, pin, sign_in).install();

    let signed_in = Callback::new(move |answer: SignedIn| {
        asks_password.set(false);
        // Once a day each person sets a PIN here, right after the password.
        if answer.me.pin_until.is_none() {
            new_pin.set(Some(answer))
        } else {
            session.signed_in(answer.me, answer.token)
        }
    });

    view! {
        <div class="lock">
            <Brand/>
            <main class="lock__main">
                <div class="lock__box">
                    <h1 class="t-xl b">{t("sign_in.who")}</h1>
                    <p class="t2">{t("sign_in.pick")}</p>
                    <div class="people" role="listbox" aria-label=t("sign_in.people")>
                        {move || people.get().into_iter().enumerate().map(|(row, person)| view! { <Tile rows row person/> }).collect_view()}
                    </div>
                    <p class="t-sm t3 row gap-1">
                        <Icon name="key-round" class="icon--sm"/>
                        {t("sign_in.else")}
                        <a href="#" class="in-text" on:click=move |event| {
                            event.prevent_default();
                            asks_password.set(true);
                        }>{t("sign_in.with_password")}</a>
                    </p>
                </div>
                <section class="lock__pin" aria-label=t("sign_in.pin")>
                    {move || chosen.get().map(|person| view! {
                        <div class="stack stack--1 pin__who">
                            <Avatar name=person.name.clone() large=true/>
                            <h2 class="t-xl b">{person.name}</h2>
                            <span class="t-sm t2">
                                {move || if has_pin.get() { t("sign_in.enter_pin") } else { t("sign_in.needs_password") }}
                            </span>
                        </div>
                    })}
                    {move || if has_pin.get() {
                        view! { <PinPad pin on_full=sign_in/> }.into_any()
                    } else {
                        view! {
                            <button type="button" class="btn btn--lg" on:click=move |_| asks_password.set(true)>
                                <span class="kbd">"Ctrl"</span><span class="kbd">"Enter"</span>{t("sign_in.password")}
                            </button>
                        }.into_any()
                    }}
                    <p class="t-xs t3 center" role="alert">
                        {move || match refused.get() {
                            Some(why) => view! { <span class="bad">{why.message}" "{why.remedy}</span> }.into_any(),
                            None => view! { {t("sign_in.rule")}<br/>{t("sign_in.rule_tries")} }.into_any(),
                        }}
                    </p>
                </section>
            </main>
            <StatusBar on_panel=Callback::new(|()| {}) on_person=Callback::new(|()| {})/>
        </div>
        {move || asks_password.get().then(|| view! {
            <PasswordDialog
                login=chosen.get_untracked().map(|p| p.login).unwrap_or_default()
                on_done=signed_in
                on_close=Callback::new(move |()| asks_password.set(false))
            />
        })}
        {move || new_pin.get().map(|answer| view! {
            <NewPin answer on_later=Callback::new(move |a: SignedIn| session.signed_in(a.me, a.token))/>
        })}
    }
}

const LETTERS: [&str; 26] = [
    "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W",
    "X", "Y", "Z",
];

/// The next person behind `from` whose name begins so; the same letter again goes on to the one after.
fn next_with(people: &[Person], from: usize, letter: &str) -> Option<usize> {
    let count = people.len();
    (1..=count).map(|step| (from + step) % count).find(|row| {
        people
            .get(*row)
            .is_some_and(|person| person.name.to_uppercase().starts_with(letter))
    })
}

#[component]
fn Tile(rows: Rows, row: usize, person: Person) -> impl IntoView {
    let role = person.roles.first().map_or("", |role| role.title());
    view! {
        <button
            type="button"
            role="option"
            class="person"
            aria-selected=move || rows.selected(row)
            tabindex=move || rows.tabindex(row)
            on:click=move |_| rows.chosen.set(row)
        >
            <Avatar name=person.name.clone()/>
            <span class="cell-2"><span class="m">{person.name}</span><span>{role}</span></span>
        </button>
    }
}

/// The left side: clock, and what this till is.
#[component]
fn Brand() -> impl IntoView {
    let session = Session::get();
    let time = move || format::time(session.minute(), session.offset());
    let day = move || format::day(session.minute(), session.offset());
    let date = move || {
        let (year, month, of_month) = day().ymd();
        let weekday = WEEKDAYS.get(day().weekday() as usize).copied().map_or("", t);
        let month = MONTHS.get(month as usize - 1).copied().map_or("", t);
        tf(
            "sign_in.date",
            &[
                ("weekday", &weekday),
                ("day", &of_month),
                ("month", &month),
                ("year", &year),
            ],
        )
    };
    let sent = move || {
        let status = session.status()?;
        let at = status.network.all_sent?;
        let moment = format::moment(at, session.minute(), session.offset());
        Some(tf("sign_in.up_to_date", &[("time", &moment)]))
    };
    let state = move || session.state();
    view! {
        <aside class="lock__brand" aria-label=t("sign_in.this_till")>
            <div class="row gap-3 lock__logo">
                <Icon name="mark" class="icon--xl"/>
                <span class="t-2xl b">"Fovea"</span>
            </div>
            <div class="lock__clock">
                <span class="lock__time">{time}</span>
                <span class="t-lg">{date}</span>
            </div>
            <dl class="lock__facts">
                <dt>{t("sign_in.store")}</dt>
                <dd>{move || state().and_then(|s| s.store).map(|store| store.name)}</dd>
                <dt>{t("sign_in.till")}</dt>
                <dd>{move || state().map(|s| s.till)}</dd>
                {move || sent().map(|sent| view! {
                    <dt>{t("sign_in.data")}</dt>
                    <dd><span class="row gap-1"><span class="lamp"><Icon name="cloud"/></span>{sent}</span></dd>
                })}
            </dl>
        </aside>
    }
}

const WEEKDAYS: [&str; 7] = [
    "sign_in.monday",
    "sign_in.tuesday",
    "sign_in.wednesday",
    "sign_in.thursday",
    "sign_in.friday",
    "sign_in.saturday",
    "sign_in.sunday",
];

const MONTHS: [&str; 12] = [
    "sign_in.january",
    "sign_in.february",
    "sign_in.march",
    "sign_in.april",
    "sign_in.may",
    "sign_in.june",
    "sign_in.july",
    "sign_in.august",
    "sign_in.september",
    "sign_in.october",
    "sign_in.november",
    "sign_in.december",
];

/// Right after the password: a PIN for the next 12 hours, typed twice; or later.
#[component]
fn NewPin(answer: SignedIn, on_later: Callback<SignedIn>) -> impl IntoView {
    let client = Client::get();
    let answer = StoredValue::new(answer);
    let first = RwSignal::new(None::<String>);
    let pin = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    let later = Callback::new(move |()| on_later.run(answer.get_value()));
    let typed = Callback::new(move |typed: String| {
        pin.set(String::new());
        let Some(before) = first.get_untracked() else {
            wrong.set(None);
            return first.set(Some(typed));
        };
        first.set(None);
        if before != typed {
            return wrong.set(Some(t("sign_in.pins_differ").to_owned()));
        }
        spawn_local(async move {
            match client.call(SetPin { pin: typed }).await {
                Ok(_) => later.run(()),
                Err(why) => wrong.set(Some(format!("{} {}", why.message, why.remedy))),
            }
        });
    });
    let prompt = move || {
        if first.read().is_some() {
            t("sign_in.pin_again")
        } else {
            t("sign_in.pin_new")
        }
    };
    view! {
        <Dialog
            title=Signal::derive(move || prompt().to_owned())
            sub=Signal::stored(t("sign_in.pin_why").to_owned())
            keys=pin_keys(Keys::dialog(), pin, typed)
            on_close=later
            close_label=t("sign_in.pin_later")
            foot=|keys| view! { <KeyButton keys chord="Esc" class="btn--lg"/> }.into_any()
        >
            <div class="stack stack--4">
                <PinPad pin on_full=typed/>
                <p class="t-sm bad center" role="alert">{wrong}</p>
            </div>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ids::Id;

    #[test]
    fn a_letter_goes_round_the_names_that_begin_with_it() {
        let person = |name: &str| Person {
            id: Id([0; 16]),
            login: String::new(),
            name: name.to_owned(),
            roles: vec![],
            pin_until: None,
        };
        let people = ["Asha K.", "Rohan D.", "Ajay P."].map(person);
        assert_eq!(next_with(&people, 0, "A"), Some(2));
        assert_eq!(next_with(&people, 2, "A"), Some(0));
        assert_eq!(next_with(&people, 1, "R"), Some(1));
        assert_eq!(next_with(&people, 0, "Z"), None);
        assert_eq!(next_with(&[], 0, "A"), None);
    }
}
