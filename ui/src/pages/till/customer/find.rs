//! Customers as they are typed for: every letter asks, answers that come late are dropped.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::customers::{CustomerSearch, Customers};

use crate::client::{Client, Refused};

/// Shown at once; more words narrow it.
const SHOWN: u32 = 50;

/// What was found for the words of a field.
#[derive(Clone, Copy)]
pub struct People {
    pub found: RwSignal<Customers>,
    pub refused: RwSignal<Option<Refused>>,
    /// The words that `found` answers: until they are those of the field, nothing is said about nobody being found.
    pub answered: RwSignal<String>,
}

impl People {
    /// Follows the words as long as the caller lives.
    pub fn follow(words: RwSignal<String>) -> Self {
        let client = Client::get();
        let people = Self {
            found: RwSignal::new(Customers {
                customers: Vec::new(),
                more: false,
            }),
            refused: RwSignal::new(None),
            answered: RwSignal::new(String::new()),
        };
        Effect::new(move |_| {
            let text = words.get();
            if text.trim().is_empty() {
                people.found.set(Customers {
                    customers: Vec::new(),
                    more: false,
                });
                people.answered.set(String::new());
                return;
            }
            spawn_local(async move {
                let answer = client
                    .call(CustomerSearch {
                        text: text.clone(),
                        limit: Some(SHOWN),
                    })
                    .await;
                if words.try_get_untracked().as_deref() != Some(text.as_str()) {
                    return;
                }
                match answer {
                    Ok(found) => {
                        people.refused.set(None);
                        people.found.set(found);
                        people.answered.set(text);
                    }
                    Err(why) => people.refused.set(Some(why)),
                }
            });
        });
        people
    }
}
