//! Review and sign: the whole line, its other form and equivalent, what must be confirmed, validity, password.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::clinic::PrescriptionSign;
use optics::{Problem, Severity, SigningLimits};
use retail::Day;

use super::aside::worked_out;
use super::draft::Draft;
use super::open::Opened;
use crate::client::{Client, Refused, RequestId};
use crate::components::{Dialog, DialogSize, KeyButton, Note, Rx, Seg, TextField};
use crate::dom;
use crate::format;
use crate::keys::{Binding, Keys, key};
use crate::session::Session;
use crate::text::{t, tf, tn};

const PASSWORD: &str = "sign-password";
/// Validity has a key of its own: the first digit of its months.
const MONTH_KEYS: [(&str, u32); 9] = [
    ("Alt+1", 1),
    ("Alt+2", 2),
    ("Alt+3", 3),
    ("Alt+4", 4),
    ("Alt+5", 5),
    ("Alt+6", 6),
    ("Alt+7", 7),
    ("Alt+8", 8),
    ("Alt+9", 9),
];

/// One thing to confirm.
#[derive(Clone)]
struct Item {
    what: String,
    why: String,
    needs_reason: bool,
    ticked: RwSignal<bool>,
    reason: RwSignal<String>,
}

impl Item {
    fn of(problem: &Problem) -> Self {
        let text = problem.to_string();
        let (what, why) = text.split_once(": ").unwrap_or((text.as_str(), ""));
        Self {
            what: what.to_owned(),
            why: why.to_owned(),
            needs_reason: problem.severity() == Severity::NeedsReason,
            ticked: RwSignal::new(false),
            reason: RwSignal::new(String::new()),
        }
    }

    fn is_done(&self) -> bool {
        self.ticked.get() && (!self.needs_reason || !self.reason.read().trim().is_empty())
    }
}

/// `on_close` is told whether the draft moved meanwhile and must be fetched again.
#[component]
pub fn SignDialog(
    draft: Draft,
    opened: StoredValue<Opened>,
    limits: SigningLimits,
    on_close: Callback<bool>,
    on_signed: Callback<()>,
) -> impl IntoView {
    let (session, client) = (Session::get(), Client::get());
    // What is signed is what is shown here, and nothing that changes behind it.
    let (values, heads) = untrack(|| (draft.values(), draft.heads.get()));
    let items: Vec<Item> = values
        .problems(&limits)
        .iter()
        .filter(|problem| problem.severity() != Severity::Blocks)
        .map(Item::of)
        .collect();
    let items = StoredValue::new(items);
    let rules = session.organisation().map(|o| o.profile.prescriptions);
    let months_allowed = rules
        .as_ref()
        .map(|rules| rules.months_allowed.clone())
        .unwrap_or_default();
    let months = RwSignal::new(rules.map_or(0, |rules| rules.spectacles_months));
    let password = RwSignal::new(String::new());
    let refused = RwSignal::new(None::<Refused>);
    let is_busy = RwSignal::new(false);
    let request = StoredValue::new(RequestId::draw());

    let open_items = Memo::new(move |_| items.with_value(|all| all.iter().filter(|item| !item.is_done()).count()));
    let previous = opened.with_value(|o| o.previous().map(|p| (p.id, p.version, p.signed_day)));
    let (values, heads) = (StoredValue::new(values), StoredValue::new(heads));
    let sign = move || {
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        let reasons = items.with_value(|all| {
            let given = all
                .iter()
                .filter(|item| !item.reason.read_untracked().trim().is_empty());
            given
                .map(|item| format!("{}: {}", item.what, item.reason.read_untracked().trim()))
                .collect::<Vec<_>>()
                .join("; ")
        });
        let values = values.get_value();
        let body = PrescriptionSign {
            customer: opened.with_value(|o| o.patient.id),
            test: Some(draft.test),
            heads: heads.get_value(),
            right: values.right,
            left: values.left,
            months: months.get_untracked(),
            supersedes: previous.map(|(id, ..)| id),
            doctor: None,
            reason: (!reasons.is_empty()).then_some(reasons),
            password: password.get_untracked(),
        };
        spawn_local(async move {
            let answer = client.call_once(body, &request.get_value()).await;
            is_busy.try_set(false);
            match answer {
                Ok(_) => on_signed.run(()),
                Err(why) => {
                    // Without an answer the same may be sent again; after a no it is another attempt.
                    if !why.is_no_answer() {
                        request.try_set_value(RequestId::draw());
                        password.try_set(String::new());
                        dom::focus(PASSWORD);
                    }
                    refused.try_set(Some(why));
                }
            }
        });
    };
    let can_sign = Signal::derive(move || {
        open_items.get() == 0 && !password.read().is_empty() && !is_busy.get() && months.get() > 0
    });
    let close = Callback::new(move |()| {
        on_close.run(refused.with_untracked(|why| why.as_ref().is_some_and(|why| why.code == "test_moved")));
    });

    let mut keys = Keys::dialog()
        .bind(key("F9", "sign.sign").when(can_sign).run(sign))
        .bind(key("Space", "sign.key_space").run(move || tick_next(items)));
    for allowed in &months_allowed {
        if let Some(binding) = month_key(*allowed, months) {
            keys = keys.bind(binding);
        }
    }
    let last = months_allowed.len().saturating_sub(1);
    let choices = months_allowed
        .iter()
        .enumerate()
        .map(|(n, months)| {
            let words = if n == last {
                tf("sign.months", &[("n", months)])
            } else {
                months.to_string()
            };
            (*months, words)
        })
        .collect::<Vec<_>>();
    let choices = StoredValue::new(choices);
    let until = move || {
        let today = format::day(session.now(), session.offset());
        let until = today.plus_months(months.get()).ok()?;
        Some(tf("sign.until", &[("day", &until.text())]))
    };
    let sub = opened.with_value(|o| match previous {
        Some((_, version, day)) => tf(
            "sign.replaces",
            &[("name", &o.patient.name), ("n", &version), ("day", &Day(day).text())],
        ),
        None => tf("sign.first", &[("name", &o.patient.name)]),
    });
    let still = move || {
        let (open, all) = (open_items.get(), items.with_value(Vec::len));
        (open > 0).then(|| tf("sign.still", &[("n", &open), ("of", &all)]))
    };
    let signer = session.me().map(|me| me.name).unwrap_or_default();
    let signer = StoredValue::new(signer);
    let wrong = Signal::derive(move || refused.get().map(|why| format!("{} {}", why.message, why.remedy)));
    view! {
        <Dialog
            title=Signal::stored(t("sign.title").to_owned())
            sub=Signal::stored(sub)
            size=DialogSize::Wide
            keys
            on_close=close
            close_label=t("sign.back")
            body_class="sign"
            foot=move |keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <span class="push t-sm t3">{still}</span>
                <KeyButton keys chord="F9" class="btn--primary btn--lg"/>
            }.into_any()
        >
            <div class="stack stack--4">
                <div class="sign__rx">
                    {values.with_value(|v| view! { <Rx right=v.right.clone() left=v.left.clone() large=true equivalent=true/> })}
                    <div class="sign__alt">
                        <span class="t-xs t3">{t("sign.other_form")}</span>
                        {values.with_value(|v| [("R", &v.right), ("L", &v.left)].map(|(letter, eye)| view! {
                            <span class="mono-num t-sm">{format!("{letter} {}", worked_out(eye).0)}</span>
                        }).into_iter().collect_view())}
                    </div>
                    {values.with_value(acuity)}
                </div>
                {(!items.with_value(Vec::is_empty)).then(|| view! { <Confirm items/> })}
            </div>
            <div class="stack stack--4">
                <div class="field">
                    <span class="field__label">{t("sign.valid_for")}</span>
                    <Seg label=t("sign.valid_for") value=months choices=choices.get_value() full=true/>
                    <span class="field__hint">{until}</span>
                </div>
                <TextField
                    id=PASSWORD
                    label=tf("sign.password", &[("name", &signer.get_value())])
                    value=password
                    kind="password"
                    autocomplete="current-password"
                    autofocus=items.with_value(Vec::is_empty)
                    wrong=wrong
                />
                <Note icon="lock"><span>{t("sign.final")}</span></Note>
            </div>
        </Dialog>
    }
}

/// The acuities, where any is recorded: they are signed too.
fn acuity(values: &optics::PrescriptionValues) -> AnyView {
    let of = |letter: &str, eye: &optics::EyePrescription| {
        let parts = [&eye.va_distance, &eye.va_near]
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>();
        (!parts.is_empty()).then(|| format!("{letter} {}", parts.join(" ")))
    };
    let all: Vec<_> = [of("R", &values.right), of("L", &values.left)]
        .into_iter()
        .flatten()
        .collect();
    if all.is_empty() {
        return ().into_any();
    }
    view! {
        <div class="sign__alt">
            <span class="t-xs t3">{t("sign.acuity")}</span>
            {all.into_iter().map(|text| view! { <span class="mono-num t-sm">{text}</span> }).collect_view()}
        </div>
    }
    .into_any()
}

fn month_key(allowed: u32, months: RwSignal<u32>) -> Option<Binding> {
    let first = allowed.to_string().chars().next()?.to_digit(10)?;
    let (chord, _) = MONTH_KEYS.into_iter().find(|(_, digit)| *digit == first)?;
    let label = Signal::stored(tf("sign.key_months", &[("n", &allowed)]));
    Some(
        key(chord, "sign.valid_for")
            .label(label)
            .run(move || months.set(allowed)),
    )
}

fn tick_id(n: usize) -> String {
    format!("sign-tick-{n}")
}

fn reason_id(n: usize) -> String {
    format!("sign-reason-{n}")
}

/// Ticks the next thing that is not ticked, and goes where the next answer is needed.
fn tick_next(items: StoredValue<Vec<Item>>) {
    let next = items.with_value(|all| all.iter().position(|item| !item.ticked.get_untracked()));
    if let Some(n) = next {
        items.with_value(|all| all[n].ticked.set(true));
    }
    go_on(items, next);
}

/// To the reason of what was just ticked, else to the next thing to confirm, else to the password.
fn go_on(items: StoredValue<Vec<Item>>, ticked: Option<usize>) {
    let needs_reason = ticked.filter(|n| {
        items.with_value(|all| {
            all.get(*n)
                .is_some_and(|item| item.needs_reason && item.reason.read_untracked().trim().is_empty())
        })
    });
    let next = items.with_value(|all| all.iter().position(|item| !item.ticked.get_untracked()));
    let id = match (needs_reason, next) {
        (Some(n), _) => reason_id(n),
        (None, Some(n)) => tick_id(n),
        (None, None) => PASSWORD.to_owned(),
    };
    request_animation_frame(move || dom::focus(&id));
}

#[component]
fn Confirm(items: StoredValue<Vec<Item>>) -> impl IntoView {
    let count = items.with_value(Vec::len);
    let row = move |(n, item): (usize, Item)| {
        let Item {
            what,
            why,
            needs_reason,
            ticked,
            reason,
        } = item;
        let name = tf("sign.why_of", &[("what", &what)]);
        let enter = move |event: KeyboardEvent| {
            if event.key() == "Enter" {
                event.prevent_default();
                go_on(items, None);
            }
        };
        view! {
            <li>
                <label class="check">
                    <input
                        type="checkbox"
                        id=tick_id(n)
                        autofocus=n == 0
                        prop:checked=ticked
                        on:change=move |event| {
                            ticked.set(event_target_checked(&event));
                            go_on(items, ticked.get_untracked().then_some(n));
                        }
                    />
                    <span class="cell-2"><span class="m">{what}</span><span>{why}</span></span>
                </label>
                {needs_reason.then(|| view! {
                    <input
                        class="input confirm__why"
                        id=reason_id(n)
                        aria-label=name
                        placeholder=t("sign.why")
                        autocomplete="off"
                        maxlength="500"
                        prop:value=reason
                        on:input=move |event| reason.set(event_target_value(&event))
                        on:keydown=enter
                    />
                })}
            </li>
        }
    };
    view! {
        <section class="stack">
            <div class="row row--split">
                <h3 class="h-sec">{tn("sign.confirm", count as u64, &[])}</h3>
                <span class="t-xs t3"><span class="kbd">{t("sign.space")}</span>" "{t("sign.ticks")}</span>
            </div>
            <ul class="confirm">{items.get_value().into_iter().enumerate().map(row).collect_view()}</ul>
        </section>
    }
}
