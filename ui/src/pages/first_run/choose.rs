//! Join a chain, or start on this machine: side by side, each with what it means.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys::HtmlInputElement;
use model::requests::till::TillJoin;
use wasm_bindgen::JsCast;

use super::{Setup, Step, Way, code, keys};
use crate::client::Client;
use crate::components::{Caps, Field, Icon, KeyButton, Note, TextField, Tone};
use crate::dom;
use crate::keys::key;
use crate::text::{t, tf, tn};

const SERVER: &str = "server";
const CODE: &str = "code";

#[component]
pub fn Choose(setup: Setup) -> impl IntoView {
    let client = Client::get();
    let is_busy = RwSignal::new(false);
    let join = move || {
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        setup.refused.set(None);
        let request = TillJoin {
            server: setup.server.get_untracked().trim().to_owned(),
            code: setup.code.get_untracked(),
        };
        spawn_local(async move {
            let answer = client.call(request).await;
            is_busy.try_set(false);
            match answer {
                Ok(joining) => {
                    setup.joining.set(joining);
                    setup.step.set(Step::Joining);
                }
                Err(why) => setup.refused.set(Some(why)),
            }
        });
    };
    let go = move || match setup.way.get_untracked() {
        Way::Join => join(),
        Way::Start => setup.step.set(Step::Names),
    };
    let why = Signal::derive(move || match setup.way.get() {
        Way::Join => lacks(&setup.server.read(), &setup.code.read()),
        Way::Start => None,
    });
    let can_go = Signal::derive(move || why.read().is_none() && !is_busy.get());
    let label = Signal::derive(move || match setup.way.get() {
        Way::Join => t("first.check_code").to_owned(),
        Way::Start => t("first.name_it").to_owned(),
    });
    let keys = keys()
        .bind(key("F7", "first.join").run(move || setup.way.set(Way::Join)))
        .bind(key("F8", "first.start").run(move || setup.way.set(Way::Start)))
        .bind(key("F9", "first.check_code").label(label).when(can_go).run(go))
        .scan(move |scanned| {
            setup.way.set(Way::Join);
            setup.code.set(code::grouped(&scanned));
        })
        .install();
    // The cursor stands where an answer is needed; after a refusal that is the field it is about.
    Effect::new(move |_| {
        if setup.way.get() != Way::Join {
            return;
        }
        let code_is_wrong = setup.refused.with(|why| {
            why.as_ref()
                .is_some_and(|why| matches!(why.code.as_str(), "bad_code" | "code_used"))
        });
        dom::focus_soon(if code_is_wrong { CODE } else { SERVER });
    });
    let refused = move || {
        let why = setup.refused.get().filter(|_| setup.way.get() == Way::Join)?;
        Some(view! {
            <Note tone=Tone::Danger icon="circle-alert"><b class="m">{why.message}</b>" "{why.remedy}</Note>
        })
    };
    view! {
        <div class="first">
            <header class="stack stack--1">
                <h1 class="t-2xl b">{t("first.title")}</h1>
                <p class="t2 t-lg">{t("first.sub")}</p>
            </header>
            <div class="ways" role="radiogroup" aria-label=t("first.how")>
                <Card setup way=Way::Join chord="F7" icon="store" title="first.join" sub="first.join_sub" means=JOIN>
                    <div class="stack stack--3" on:keydown=move |event| enter(&event)>
                        <TextField id=SERVER label=t("first.server") hint=t("first.server_hint") value=setup.server max=300/>
                        <CodeField value=setup.code/>
                    </div>
                </Card>
                <Card setup way=Way::Start chord="F8" icon="monitor" title="first.start" sub="first.start_sub" means=START>
                    <Note icon="info">{t("first.start_note")}</Note>
                </Card>
            </div>
            <div class="first__said" role="alert">{refused}</div>
            <footer class="first__foot">
                <span class="push t-sm t3 first__why">{why}</span>
                <KeyButton keys chord="F9" class="btn--primary btn--lg"/>
            </footer>
        </div>
    }
}

/// Enter goes to the next field; the main action is F9.
fn enter(event: &leptos::ev::KeyboardEvent) {
    if event.key() == "Enter" {
        let _ = dom::next_field(event);
    }
}

/// What is still to type before the code can be checked.
fn lacks(server: &str, typed: &str) -> Option<String> {
    let server = server.trim();
    let scheme = |scheme: &str| server.len() > scheme.len() && server.starts_with(scheme);
    if server.is_empty() {
        return Some(t("first.no_server").to_owned());
    }
    if !scheme("https://") && !scheme("http://") {
        return Some(t("first.no_scheme").to_owned());
    }
    if let Some(c) = code::stranger(typed) {
        return Some(tf("first.stranger", &[("c", &c.to_uppercase())]));
    }
    if code::surplus(typed) {
        return Some(tf("first.surplus", &[("n", &code::CODE)]));
    }
    match code::missing(typed) {
        0 => None,
        n => Some(tn("first.missing", n as u64, &[])),
    }
}

/// The one-time code, in groups of four as it grows. The cursor of somebody who mends the middle stays there.
#[component]
fn CodeField(value: RwSignal<String>) -> impl IntoView {
    let hint = move || match code::missing(&value.read()) {
        0 => t("first.code_full").to_owned(),
        n if n < code::CODE => tf("first.code_left", &[("n", &n)]),
        _ => t("first.code_hint").to_owned(),
    };
    let typed = move |event: leptos::ev::Event| {
        let Some(input) = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok()) else {
            return;
        };
        let text = input.value();
        let at_end = input.selection_start().ok().flatten() == u32::try_from(text.encode_utf16().count()).ok();
        value.set(if at_end { code::grouped(&text) } else { text });
    };
    view! {
        <Field id=CODE label=t("first.code")>
            <input
                class="input way__code"
                id=CODE
                autocomplete="off"
                spellcheck="false"
                maxlength="40"
                aria-describedby="code-m"
                prop:value=value
                on:input=typed
                on:blur=move |_| value.update(|text| *text = code::grouped(text))
            />
            <span class="field__hint" id="code-m">{hint}</span>
        </Field>
    }
}

/// Icons and sentences of a way.
type Means = &'static [(&'static str, &'static str)];

const JOIN: Means = &[
    ("building-2", "first.join_named"),
    ("boxes", "first.join_comes"),
    ("cloud", "first.join_network"),
];
const START: Means = &[
    ("store", "first.start_first"),
    ("user-cog", "first.start_admin"),
    ("cloud-off", "first.start_network"),
    ("users", "first.start_others"),
];

#[component]
fn Card(
    setup: Setup,
    way: Way,
    chord: &'static str,
    icon: &'static str,
    title: &'static str,
    sub: &'static str,
    means: Means,
    children: Children,
) -> impl IntoView {
    let is_on = move || setup.way.get() == way;
    let means = means
        .iter()
        .map(|(icon, text)| view! { <li><Icon name=*icon class="icon--sm"/><span>{t(text)}</span></li> })
        .collect_view();
    view! {
        <section class="way" class:is-on=is_on aria-label=t(title)>
            <label class="way__head">
                <span class="check">
                    <input type="radio" name="way" prop:checked=is_on on:change=move |_| setup.way.set(way)/>
                </span>
                <span class="cell-2 grow"><span class="t-xl b">{t(title)}</span><span class="t-sm">{t(sub)}</span></span>
                <Caps chord=crate::keys::Chord::new(chord)/>
                <span class="list__icon way__ic" class:list__icon--accent=is_on><Icon name=icon/></span>
            </label>
            <ul class="hints way__means">{means}</ul>
            <div class="way__do">{children()}</div>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said() {
        for (server, code, said) in [
            ("", "", Some("The address is missing")),
            ("office.example", "", Some("The address begins with https://")),
            ("https://", "", Some("The address begins with https://")),
            ("https://office.example", "7KQM", Some("8 characters are missing")),
            (
                "https://office.example",
                "7KQM-4TVX-92A",
                Some("1 character is missing"),
            ),
            (
                "https://office.example",
                "7KQM-4TVX-U2AB",
                Some("U does not occur in a code"),
            ),
            (
                "https://office.example",
                "7KQM-4TVX-92AB-C",
                Some("A code has 12 characters"),
            ),
            (" https://office.example ", "7kqm4tvx92ab", None),
        ] {
            assert_eq!(lacks(server, code).as_deref(), said, "{server} {code}");
        }
    }
}
