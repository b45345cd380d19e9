//! A panel from the right, for the state of things. As a dialog, it holds the keyboard.

use leptos::portal::Portal;
use leptos::prelude::*;

use super::{Icon, Tone};
use crate::dom;
use crate::keys::{KeySet, Keys, key};
use crate::text::t;

#[component]
pub fn Sheet(
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] sub: Option<Signal<String>>,
    #[prop(into)] icon: Signal<&'static str>,
    #[prop(into)] tone: Signal<Tone>,
    keys: Keys,
    on_close: Callback<()>,
    foot: impl Fn(KeySet) -> AnyView + Send + Sync + 'static,
    children: ChildrenFn,
) -> impl IntoView {
    let keys = keys
        .bind(key("Esc", "shell.close").in_fields().run(move || on_close.run(())))
        .install();
    let name = dom::fresh_id("sheet");
    dom::hold_focus(&name);
    let foot = StoredValue::new(foot);
    view! {
        <Portal>
            <div class="scrim scrim--right">
                <section
                    id=name.clone()
                    class="sheet"
                    role="dialog"
                    aria-modal="true"
                    aria-labelledby=format!("{name}-t")
                    on:keydown=move |event| dom::keep_tab_inside(&event)
                >
                    <div class="dialog__head">
                        <span class=move || format!("{} sync__ic", tone.get().class("list__icon"))>
                            <Icon name=icon/>
                        </span>
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
                    <div class="sheet__body">{children()}</div>
                    <div class="dialog__foot">{foot.with_value(|foot| foot(keys))}</div>
                </section>
            </div>
        </Portal>
    }
}
