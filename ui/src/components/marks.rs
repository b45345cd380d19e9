//! Badge, avatar, eye mark: a word or two, never a colour alone.

use leptos::prelude::*;

use super::Icon;
use crate::format::initials;

/// What a state means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    #[default]
    Plain,
    Ok,
    Warn,
    Danger,
    Info,
}

impl Tone {
    /// `badge`, or `badge badge--ok`.
    #[must_use]
    pub fn class(self, base: &str) -> String {
        let word = match self {
            Self::Plain => return base.to_owned(),
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Danger => "danger",
            Self::Info => "info",
        };
        format!("{base} {base}--{word}")
    }
}

/// One to three words, with an icon when it is a state.
#[component]
pub fn Badge(
    #[prop(optional)] tone: Tone,
    #[prop(optional, into)] icon: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <span class=tone.class("badge")>
            {icon.map(|name| view! { <Icon name=name/> })}
            {children()}
        </span>
    }
}

/// Two letters of a name.
#[component]
pub fn Avatar(#[prop(into)] name: Signal<String>, #[prop(optional)] large: bool) -> impl IntoView {
    view! {
        <span class=if large { "avatar avatar--lg" } else { "avatar" }>{move || initials(&name.read())}</span>
    }
}

/// An eye. Right stands above or before left, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Right,
    Left,
}

/// R or L, neutral.
#[component]
pub fn Eye(side: Side, #[prop(optional)] class: &'static str) -> impl IntoView {
    let class = if class.is_empty() {
        "eye".to_owned()
    } else {
        format!("eye {class}")
    };
    view! {
        <span class=class>{match side { Side::Right => "R", Side::Left => "L" }}</span>
    }
}
