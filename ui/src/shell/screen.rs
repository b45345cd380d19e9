//! One screen: its title, what stands beside it, its banner, its work.

use leptos::prelude::*;

/// Whether the frame must leave room for a banner; the screen says so, the frame around it obeys.
#[derive(Clone, Copy)]
pub(super) struct BannerRoom(pub RwSignal<bool>);

/// A screen of the till: `children` is its `<main class="main ..">`.
#[component]
pub fn Screen(
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] sub: Option<Signal<String>>,
    /// At the right of the top bar.
    #[prop(optional, into)]
    tools: ViewFn,
    /// The worst thing, while it lasts.
    #[prop(optional, into)]
    banner: ViewFn,
    #[prop(optional, into)] has_banner: Signal<bool>,
    children: Children,
) -> impl IntoView {
    if let Some(BannerRoom(room)) = use_context() {
        Effect::new(move |_| room.set(has_banner.get()));
        on_cleanup(move || _ = room.try_set(false));
    }
    view! {
        <header class="topbar">
            <h1>{title}</h1>
            {sub.map(|sub| view! { <span class="topbar__sub clip">{sub}</span> })}
            <div class="topbar__tools">{move || tools.run()}</div>
        </header>
        {move || has_banner.get().then(|| banner.run())}
        {children()}
    }
}

/// A page of head office: `children` is its `<main class="ho__main ..">`.
#[component]
pub fn OfficeScreen(
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] sub: Option<Signal<String>>,
    #[prop(optional, into)] tools: ViewFn,
    children: Children,
) -> impl IntoView {
    view! {
        <header class="topbar ho__top">
            <h1>{title}</h1>
            {sub.map(|sub| view! { <span class="topbar__sub">{sub}</span> })}
            <div class="topbar__tools">{tools.run()}</div>
        </header>
        {children()}
    }
}
