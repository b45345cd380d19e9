//! What stores and payment methods are called.

use model::requests::people::{Stores, StoresList};
use retail::Method;

use super::poll::Polled;
use crate::session::Session;

/// Every store of the chain.
#[derive(Clone, Copy)]
pub struct StoreNames(Polled<Stores>);

impl StoreNames {
    pub fn load() -> Self {
        Self(Polled::new(|| Some(StoresList {})))
    }

    /// Code and name of each.
    #[must_use]
    pub fn all(self) -> Vec<(String, String)> {
        self.0.part(|s| {
            s.stores
                .iter()
                .map(|store| (store.code.clone(), store.name.clone()))
                .collect()
        })
    }

    /// The name of a code; the code itself before the names are known.
    #[must_use]
    pub fn of(self, code: &str) -> String {
        self.0
            .part(|s| {
                s.stores
                    .iter()
                    .find(|store| store.code == code)
                    .map(|store| store.name.clone())
            })
            .unwrap_or_else(|| code.to_owned())
    }

    /// What stands before the comma: `FC Road` of `FC Road, Pune`.
    #[must_use]
    pub fn short(self, code: &str) -> String {
        let name = self.of(code);
        name.split(',').next().unwrap_or_default().to_owned()
    }
}

/// `UPI` of `upi`; a method that this page does not know is called as it is written.
#[must_use]
pub fn method(word: &str) -> String {
    let known = [
        Method::Cash,
        Method::Card,
        Method::Upi,
        Method::Bank,
        Method::Voucher,
        Method::Credit,
    ];
    known
        .into_iter()
        .find(|m| m.word() == word)
        .map_or_else(|| word.to_owned(), |m| m.label().to_owned())
}

/// A number of things, grouped as amounts are: `1,142`, `−1`.
#[must_use]
pub fn pieces(n: i64) -> String {
    let currency = Session::get().currency();
    let text = currency.format(n.saturating_mul(currency.unit()));
    text.split('.').next().unwrap_or_default().to_owned()
}

/// With a plus before what came in.
#[must_use]
pub fn signed_pieces(n: i64) -> String {
    if n > 0 { format!("+{}", pieces(n)) } else { pieces(n) }
}
