//! A question over the screen. It holds the keyboard: Esc steps back, Tab stays inside, a scan is refused.

use leptos::portal::Portal;
use leptos::prelude::*;

use super::{Icon, Tone};
use crate::dom;
use crate::keys::{KeySet, Keys, key};
use crate::text::t;

/// Given by the root: whether the page has no status bar, so that a question covers all of it.
#[derive(Clone, Copy)]
pub struct WholeScreen(pub Signal<bool>);

/// 34, 44 and 56 rem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DialogSize {
    #[default]
    Small,
    Mid,
    Wide,
}

impl DialogSize {
    fn class(self) -> &'static str {
        match self {
            Self::Small => "dialog",
            Self::Mid => "dialog dialog--mid",
            Self::Wide => "dialog dialog--wide",
        }
    }
}

/// `keys` are the dialog's own, Esc excepted; `children` and `foot` get them to draw buttons from. The element with the
/// attribute `autofocus` gets the cursor, else the first that can have it.
#[component]
pub fn Dialog(
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] sub: Option<Signal<String>>,
    /// Icon and what it means.
    #[prop(optional)]
    icon: Option<(&'static str, Tone)>,
    #[prop(optional)] size: DialogSize,
    keys: Keys,
    on_close: Callback<()>,
    /// What Esc says on the button below, such as "Keep 10%".
    #[prop(optional, into)]
    close_label: Option<String>,
    /// The body's class beside `dialog__body`, which lays out its parts.
    #[prop(optional)]
    body_class: &'static str,
    foot: impl Fn(KeySet) -> AnyView + Send + Sync + 'static,
    children: ChildrenFn,
) -> impl IntoView {
    let close = key("Esc", "shell.close").in_fields().run(move || on_close.run(()));
    let close = match close_label {
        Some(label) => close.label(Signal::stored(label)),
        None => close,
    };
    let keys = keys.bind(close).install();
    let name = dom::fresh_id("dialog");
    dom::hold_focus(&name);
    let foot = StoredValue::new(foot);
    let body = if body_class.is_empty() {
        "dialog__body".to_owned()
    } else {
        format!("dialog__body {body_class}")
    };
    let body = StoredValue::new(body);
    let scrim = if use_context().is_some_and(|WholeScreen(is_whole)| is_whole.get_untracked()) {
        "scrim scrim--whole"
    } else {
        "scrim"
    };
    view! {
        <Portal>
            <div class=scrim>
                <div
                    id=name.clone()
                    class=size.class()
                    role="dialog"
                    aria-modal="true"
                    aria-labelledby=format!("{name}-t")
                    on:keydown=move |event| dom::keep_tab_inside(&event)
                >
                    <div class="dialog__head">
                        {icon
                            .map(|(icon, tone)| {
                                view! {
                                    <span class=format!("{} sync__ic", tone.class("list__icon"))><Icon name=icon/></span>
                                }
                            })}
                        <div class="grow">
                            <h2 id=format!("{name}-t")>{title}</h2>
                            {sub.map(|sub| view! { <p class="t2">{sub}</p> })}
                        </div>
                        <button
                            type="button"
                            class="btn btn--quiet btn--icon"
                            aria-label=t("shell.close")
                            on:click=move |_| on_close.run(())
                        >
                            <Icon name="x"/>
                        </button>
                    </div>
                    <div class=body.get_value()>{children()}</div>
                    <div class="dialog__foot">{foot.with_value(|foot| foot(keys))}</div>
                </div>
            </div>
        </Portal>
    }
}
