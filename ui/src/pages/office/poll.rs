//! Figures that stay true: asked at once, and again every 15 s. The page says how old they are.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::request::Request;
use std::time::Duration;

use super::hand::Hand;
use crate::client::{Client, Refused};
use crate::format;
use crate::session::Session;
use crate::text::tf;

const EVERY: Duration = Duration::from_secs(15);
/// While a hand is on what would move, an answer waits and looks again after this.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// Figures older than this say so.
const OLD_MS: i64 = 60_000;

/// The answer to a question that is asked again and again.
pub struct Polled<T: Send + Sync + 'static> {
    shown: RwSignal<Option<T>>,
    /// Browser time of the answer that is shown, ms.
    at: RwSignal<Option<i64>>,
    refused: RwSignal<Option<Refused>>,
    /// Counts the questions, so that a late answer to an earlier one is dropped.
    asked: StoredValue<u64>,
    hand: Option<Hand>,
}

impl<T: Send + Sync + 'static> Clone for Polled<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Polled<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Polled<T> {
    /// `ask` is followed: when what it reads changes, the question is put anew at once. `None` asks nothing. Nothing is
    /// asked before the organisation is known, because amounts need its currency.
    pub fn new<R: Request<Response = T>>(ask: impl Fn() -> Option<R> + Send + Sync + 'static) -> Self {
        Self::start(ask, None)
    }

    /// The same for a list: what comes by itself waits until the hand is off it.
    pub fn under<R: Request<Response = T>>(hand: Hand, ask: impl Fn() -> Option<R> + Send + Sync + 'static) -> Self {
        Self::start(ask, Some(hand))
    }

    fn start<R: Request<Response = T>>(
        ask: impl Fn() -> Option<R> + Send + Sync + 'static,
        hand: Option<Hand>,
    ) -> Self {
        let (client, session) = (Client::get(), Session::get());
        let polled = Self {
            shown: RwSignal::new(None),
            at: RwSignal::new(None),
            refused: RwSignal::new(None),
            asked: StoredValue::new(0),
            hand,
        };
        let ask = StoredValue::new(move || if session.organisation().is_some() { ask() } else { None });
        Effect::new(move |_| match ask.with_value(|ask| ask()) {
            Some(request) => polled.send(client, session, request, true),
            None => polled.clear(),
        });
        let again = set_interval_with_handle(
            move || {
                let request = ask.try_with_value(|ask| untrack(ask)).flatten();
                if let Some(request) = request {
                    polled.send(client, session, request, false);
                }
            },
            EVERY,
        );
        on_cleanup(move || {
            if let Ok(again) = again {
                again.clear();
            }
        });
        polled
    }

    fn send<R: Request<Response = T>>(self, client: Client, session: Session, request: R, is_asked_for: bool) {
        let Some(number) = self.asked.try_update_value(|n| {
            *n += 1;
            *n
        }) else {
            return;
        };
        spawn_local(async move {
            let answer = client.call(request).await;
            if self.asked.try_get_value() != Some(number) {
                return;
            }
            match answer {
                Ok(value) => self.take(value, number, is_asked_for),
                Err(why) => {
                    if why.is_signed_out() {
                        session.refresh();
                    }
                    let _ = self.refused.try_set(Some(why));
                }
            }
        });
    }

    fn take(self, value: T, number: u64, is_asked_for: bool) {
        if self.asked.try_get_value() != Some(number) {
            return;
        }
        let _ = self.refused.try_set(None);
        let is_same = self.shown.try_with_untracked(|shown| shown.as_ref() == Some(&value));
        let waits = !is_asked_for && is_same == Some(false) && self.hand.is_some_and(Hand::is_near);
        if waits {
            set_timeout(move || self.take(value, number, false), LOOK_AGAIN);
            return;
        }
        if is_same == Some(false) {
            let _ = self.shown.try_set(Some(value));
        }
        let _ = self.at.try_set(Some(js_sys::Date::now() as i64));
    }

    fn clear(self) {
        let _ = self.asked.try_update_value(|n| *n += 1);
        self.shown.set(None);
        self.refused.set(None);
    }

    #[must_use]
    pub fn get(self) -> Option<T> {
        self.shown.get()
    }

    /// A part of the answer, or its default before there is one.
    #[must_use]
    pub fn part<U: Default>(self, part: impl Fn(&T) -> U) -> U {
        self.shown.with(|shown| shown.as_ref().map(part).unwrap_or_default())
    }

    #[must_use]
    pub fn is_there(self) -> bool {
        self.shown.with(Option::is_some)
    }

    #[must_use]
    pub fn refused(self) -> Option<Refused> {
        self.refused.get()
    }

    /// `until 14:32`, once there is an answer; after a minute without a new one also its age.
    #[must_use]
    pub fn until(self, session: Session) -> Option<String> {
        let (at, now) = (self.at.get()?, session.minute());
        let time = format::moment(at, now.max(at), session.offset());
        if now - at > OLD_MS {
            return Some(tf("ho.until_old", &[("time", &time), ("age", &format::age(now - at))]));
        }
        Some(tf("ho.until", &[("time", &time)]))
    }
}
