//! Where the person is: one place a screen, written in the address behind `#`, so that a reload comes back to it.

use leptos::ev;
use leptos::prelude::*;
use leptos::web_sys;

/// A place is a list of words: `customer/0123..`. Pages are found by the first, see `pages`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(Vec<String>);

impl Place {
    /// `Place::of("customer", &[&id])`.
    #[must_use]
    pub fn of(page: &str, rest: &[&dyn std::fmt::Display]) -> Self {
        let mut words = vec![page.to_owned()];
        words.extend(rest.iter().map(ToString::to_string));
        Self(words)
    }

    #[must_use]
    pub fn page(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// What stands behind the page: an id, a number.
    #[must_use]
    pub fn part<T: std::str::FromStr>(&self, index: usize) -> Option<T> {
        self.0.get(index + 1)?.parse().ok()
    }

    fn read(hash: &str) -> Self {
        let words = hash
            .trim_start_matches('#')
            .split('/')
            .filter(|w| !w.is_empty())
            .map(decode);
        Self(words.collect())
    }

    /// As it stands in the address.
    #[must_use]
    pub fn href(&self) -> String {
        format!("#/{}", self.0.iter().map(|w| encode(w)).collect::<Vec<_>>().join("/"))
    }
}

fn encode(word: &str) -> String {
    String::from(js_sys::encode_uri_component(word))
}

fn decode(word: &str) -> String {
    js_sys::decode_uri_component(word).map_or_else(|_| word.to_owned(), String::from)
}

/// The place on screen, and the way to others.
#[derive(Clone, Copy)]
pub struct Places(RwSignal<Place>);

impl Places {
    /// Made once, by the root.
    pub fn provide() -> Self {
        let places = Self(RwSignal::new(here()));
        provide_context(places);
        let listener = window_event_listener(ev::hashchange, move |_| places.0.set(here()));
        on_cleanup(move || listener.remove());
        places
    }

    #[must_use]
    pub fn get() -> Self {
        expect_context()
    }

    /// Follows the place.
    #[must_use]
    pub fn now(self) -> Place {
        self.0.get()
    }

    /// Whether this page is the place now; follows nothing.
    #[must_use]
    pub fn is_at(self, page: &str) -> bool {
        self.0.with_untracked(|place| place.page() == page)
    }

    /// Goes there.
    pub fn go(self, place: Place) {
        if let Some(window) = web_sys::window() {
            let _ = window.location().set_hash(&place.href());
        }
        self.0.set(place);
    }
}

fn here() -> Place {
    let hash = web_sys::window()
        .and_then(|w| w.location().hash().ok())
        .unwrap_or_default();
    Place::read(&hash)
}
