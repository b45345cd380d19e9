//! Somebody higher gives their word at this till, with name, password and a reason. It is held in memory only, until the sale
//! is completed with it.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::people::Person;
use model::requests::sales::Approval;
use model::requests::till::TillPeople;
use model::role::rank;
use retail::{Discount, Supply, price_line};

use super::discount::off_words;
use super::line::{Judged, Line, cap};
use super::open_sale::OpenSale;
use crate::client::Client;
use crate::components::{Dialog, DialogSize, KeyButton, TextField, Tone};
use crate::dom;
use crate::keys::{Keys, key};
use crate::session::Session;
use crate::text::{t, tf};

/// What is to be approved.
#[derive(Clone)]
pub struct Wanted {
    /// The line with the discount that is asked for; none when the sale as a whole needs it.
    pub line: Option<Box<Line>>,
    /// Why it is asked again.
    pub refused: Option<String>,
}

#[component]
pub fn ApprovalDialog(
    sale: OpenSale,
    wanted: Wanted,
    on_given: Callback<Approval>,
    on_close: Callback<()>,
) -> impl IntoView {
    let (session, client) = (Session::get(), Client::get());
    let before = sale.approval();
    let login = RwSignal::new(before.as_ref().map(|a| a.login.clone()).unwrap_or_default());
    let reason = RwSignal::new(before.map(|a| a.reason).unwrap_or_default());
    let password = RwSignal::new(String::new());
    let Wanted { line, refused } = wanted;

    let people = RwSignal::new(Vec::<(Person, String)>::new());
    {
        let line = line.clone();
        spawn_local(async move {
            if let Ok(answer) = client.call(TillPeople {}).await {
                let known = answer
                    .people
                    .into_iter()
                    .filter_map(|p| offered(p, line.as_deref(), session));
                people.try_set(known.collect::<Vec<_>>());
            }
        });
    }

    let can_give = Signal::derive(move || {
        !login.read().trim().is_empty() && !password.read().is_empty() && !reason.read().trim().is_empty()
    });
    let give = move || {
        on_given.run(Approval {
            login: login.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
            reason: reason.get_untracked().trim().to_owned(),
        });
    };
    let off = line.as_ref().map(|line| off_words(line.discount, session));
    let label = match &off {
        Some(off) => tf("sale.approve_off", &[("off", off)]),
        None => t("sale.approve").to_owned(),
    };
    let kept = line
        .as_ref()
        .and_then(|line| sale.line(line.number))
        .map(|line| off_words(line.discount, session));
    let close_label = match kept {
        Some(kept) if !kept.is_empty() && Some(&kept) != off.as_ref() => tf("sale.keep_off", &[("off", &kept)]),
        _ => t("sale.keep_none").to_owned(),
    };
    let title = match &off {
        Some(off) => tf("sale.approve_title", &[("off", off)]),
        None => t("sale.approve_title_sale").to_owned(),
    };
    let sub = line.as_ref().and_then(|line| {
        let rate = sale.cap(&line.product)?.rate;
        Some(tf("sale.approve_sub", &[("rate", &rate)]))
    });
    let sub = sub.unwrap_or_else(|| t("sale.approve_sub_sale").to_owned());
    let keys = Keys::dialog().bind(
        key("F9", "sale.approve")
            .label(Signal::stored(label))
            .when(can_give)
            .run(give),
    );
    let enter = move |event: KeyboardEvent| {
        if event.key() == "Enter" && dom::next_field(&event) {
            return;
        }
        if event.key() == "Enter" && can_give.get_untracked() {
            event.prevent_default();
            give();
        }
    };
    let line = StoredValue::new(line);
    let wrong = Signal::derive(move || refused.clone());
    view! {
        <Dialog
            title=Signal::stored(title)
            sub=Signal::stored(sub)
            icon=("shield-alert", Tone::Warn)
            size=DialogSize::Mid
            keys
            on_close
            close_label
            body_class="appr"
            foot=|keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <KeyButton keys chord="F9" class="btn--primary btn--lg push"/>
            }.into_any()
        >
            <div class="stack stack--4" on:keydown=enter>
                {move || line.get_value().map(|line| view! { <What sale line=*line/> })}
                <TextField id="reason" label=t("sale.approve_reason") value=reason autofocus=true max=200/>
                {move || (!people.read().is_empty()).then(|| view! { <Who people login/> })}
            </div>
            <section class="appr__pin" aria-label=t("sale.approve_word") on:keydown=enter>
                <TextField id="approver" label=t("sale.approve_login") value=login autocomplete="off"/>
                <TextField
                    id="approver-password"
                    label=t("sale.approve_password")
                    value=password
                    kind="password"
                    autocomplete="off"
                    wrong=wrong
                />
                <p class="t-xs t3 center">{t("sale.approve_stay")}</p>
            </section>
        </Dialog>
    }
}

/// Somebody higher whose own limit covers the line, with what they may give.
fn offered(person: Person, line: Option<&Line>, session: Session) -> Option<(Person, String)> {
    let me = session.me()?;
    if person.id == me.id || rank(&person.roles) >= rank(&me.roles) {
        return None;
    }
    let profile = session.organisation()?.profile;
    let roles: Vec<&str> = person.roles.iter().map(|role| role.word()).collect();
    let words = match line {
        Some(line) if line.judge(&profile, &roles) != Judged::Fine => return None,
        Some(line) => tf(
            "sale.approve_up_to",
            &[("rate", &cap(&profile, &roles, &line.product)?.rate)],
        ),
        None => String::new(),
    };
    Some((person, words))
}

/// What it costs.
#[component]
fn What(sale: OpenSale, line: Line) -> impl IntoView {
    let session = Session::get();
    let total = |discount: Discount| {
        let asked = Line {
            discount,
            ..line.clone()
        };
        let rules = session.organisation().map(|o| o.profile.tax_rules)?;
        price_line(&asked.basket(), Supply::Within, &rules)
            .ok()
            .map(|p| p.total)
    };
    let at = sale
        .contents()
        .with_untracked(|c| c.lines.iter().position(|l| l.number == line.number).unwrap_or_default());
    let kept = sale.line(line.number).map_or(Discount::None, |l| l.discount);
    // Asked about a discount that stands in the sale already: compared with none.
    let kept = if kept == line.discount { Discount::None } else { kept };
    let (now, asked) = (
        total(kept).unwrap_or_default(),
        total(line.discount).unwrap_or_default(),
    );
    let now_words = match off_words(kept, session) {
        none if none.is_empty() => t("sale.approve_now").to_owned(),
        off => tf("sale.approve_now_off", &[("off", &off)]),
    };
    let asked_words = tf("sale.approve_asked", &[("off", &off_words(line.discount, session))]);
    view! {
        <section class="appr__what">
            <span class="cap">{tf("sale.line", &[("n", &(at + 1))])}</span>
            <p class="m">{line.product.name.clone()}</p>
            <dl class="sum">
                <dt>{now_words}</dt><dd>{session.amount(now)}</dd>
                <dt>{asked_words}</dt><dd class="b">{session.amount(asked)}</dd>
                <dt>{t("sale.approve_costs")}</dt>
                <dd>{tf("sale.approve_more", &[("amount", &session.amount(now - asked))])}</dd>
            </dl>
        </section>
    }
}

#[component]
fn Who(people: RwSignal<Vec<(Person, String)>>, login: RwSignal<String>) -> impl IntoView {
    let choice = move |(person, words): (Person, String)| {
        let name = person.login.clone();
        let is_on = {
            let name = name.clone();
            Signal::derive(move || *login.read() == name)
        };
        let title = person.roles.first().map_or("", |role| role.title());
        view! {
            <label class="choice" class:is-on=is_on>
                <span class="check">
                    <input
                        type="radio"
                        name="who"
                        prop:checked=is_on
                        on:change=move |_| {
                            login.set(name.clone());
                            dom::focus("approver-password");
                        }
                    />
                </span>
                <span class="cell-2 grow">
                    <span class="m">{tf("sale.approve_person", &[("name", &person.name), ("role", &title)])}</span>
                    <span class="t-sm">{words}</span>
                </span>
            </label>
        }
    };
    view! {
        <fieldset class="stack">
            <legend class="field__label mb">{t("sale.approve_who")}</legend>
            <div class="choices">{move || people.get().into_iter().take(3).map(choice).collect_view()}</div>
        </fieldset>
    }
}
