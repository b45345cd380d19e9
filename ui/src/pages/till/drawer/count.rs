//! Counting by pieces: the organisation's notes and coins, Enter goes to the next.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use retail::drawer::count;
use retail::{Pieces, Profile};

use crate::dom;
use crate::session::Session;
use crate::text::{t, tf};

/// Most pieces of one kind: more is a slip.
const MAX_PIECES: i64 = 999_999;

/// One note or coin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    pub denomination: i64,
    pub is_coin: bool,
}

/// What is counted so far: the text of every field, notes before coins.
#[derive(Clone, Copy)]
pub struct Count {
    kinds: StoredValue<Vec<Kind>>,
    texts: RwSignal<Vec<String>>,
}

impl Count {
    pub fn new(profile: &Profile) -> Self {
        let kinds = kinds(profile);
        Self {
            texts: RwSignal::new(vec![String::new(); kinds.len()]),
            kinds: StoredValue::new(kinds),
        }
    }

    /// The value of what was counted, of coins or notes alone with `only_coins`; none while a field holds no number.
    #[must_use]
    pub fn value(self, only_coins: Option<bool>) -> Option<i64> {
        let texts = self.texts.read();
        self.kinds.with_value(|kinds| value(kinds, &texts, only_coins))
    }

    /// Something was counted.
    #[must_use]
    pub fn is_begun(self) -> bool {
        self.texts.read().iter().any(|text| !text.trim().is_empty())
    }

    /// Fills in a sum in the fewest pieces: it is the sum that counts, the pieces are a proposal.
    pub fn propose(self, amount: i64) {
        let kinds = self.kinds.get_value();
        let denominations: Vec<i64> = kinds.iter().map(|kind| kind.denomination).collect();
        let (rows, _) = retail::drawer::change_pieces(amount, &denominations);
        let texts = kinds.iter().enumerate().map(|(at, kind)| {
            // A value that is both note and coin is proposed as the note, which stands first.
            let is_first = kinds.iter().position(|k| k.denomination == kind.denomination) == Some(at);
            let row = rows
                .iter()
                .find(|row| row.denomination == kind.denomination && is_first);
            row.map_or_else(String::new, |row| row.pieces.to_string())
        });
        self.texts.set(texts.collect());
    }
}

fn kinds(profile: &Profile) -> Vec<Kind> {
    let of = |values: &[i64], is_coin| {
        values
            .iter()
            .map(move |denomination| Kind {
                denomination: *denomination,
                is_coin,
            })
            .collect::<Vec<_>>()
    };
    [of(&profile.cash.notes, false), of(&profile.cash.coins, true)].concat()
}

/// Pieces as they are typed; an empty field is none.
fn pieces(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() {
        return Some(0);
    }
    let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())??;
    (0..=MAX_PIECES).contains(&number).then_some(number)
}

fn value(kinds: &[Kind], texts: &[String], only_coins: Option<bool>) -> Option<i64> {
    let all: Vec<i64> = kinds.iter().map(|kind| kind.denomination).collect();
    let rows = kinds
        .iter()
        .zip(texts)
        .filter(|(kind, _)| only_coins.is_none_or(|only| only == kind.is_coin))
        .map(|(kind, text)| {
            Some(Pieces {
                denomination: kind.denomination,
                pieces: pieces(text)?,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    count(&rows, &all).ok()
}

/// The two tables side by side.
#[component]
pub fn CountGrid(counting: Count) -> impl IntoView {
    let enter = move |event: KeyboardEvent| {
        if event.key() == "Enter" {
            dom::next_field(&event);
        }
    };
    dom::focus_soon("pieces-0");
    view! {
        <div class="den-grid" on:keydown=enter>
            <Table counting is_coin=false/>
            <Table counting is_coin=true/>
        </div>
    }
}

#[component]
fn Table(counting: Count, is_coin: bool) -> impl IntoView {
    let head = if is_coin { t("drawer.coins") } else { t("drawer.notes") };
    let rows = counting.kinds.get_value().into_iter().enumerate();
    let rows = rows.filter(move |(_, kind)| kind.is_coin == is_coin);
    view! {
        <table class="table table--dense den">
            <thead>
                <tr>
                    <th scope="col">{head}</th>
                    <th scope="col" class="num">{t("drawer.pieces")}</th>
                    <th scope="col" class="num">{t("drawer.amount")}</th>
                </tr>
            </thead>
            <tbody>{rows.map(|(at, kind)| view! { <Row counting at kind/> }).collect_view()}</tbody>
        </table>
    }
}

#[component]
fn Row(counting: Count, at: usize, kind: Kind) -> impl IntoView {
    let session = Session::get();
    let chip = if kind.is_coin {
        "den__chip den__chip--coin"
    } else {
        "den__chip"
    };
    let value = session.currency().format_short(kind.denomination);
    let name = match kind.is_coin {
        true => tf("drawer.coins_of", &[("value", &value)]),
        false => tf("drawer.notes_of", &[("value", &value)]),
    };
    let text = move || counting.texts.read().get(at).cloned().unwrap_or_default();
    let amount = move || {
        let text = text();
        let sum = pieces(&text).and_then(|n| n.checked_mul(kind.denomination));
        match sum {
            Some(sum) if !text.trim().is_empty() => (session.amount(sum), "num t-lg"),
            Some(_) => ("–".to_owned(), "num t-lg t3"),
            None => (t("drawer.no_number").to_owned(), "num t-sm bad"),
        }
    };
    view! {
        <tr>
            <th scope="row"><span class=chip>{value}</span></th>
            <td class="num">
                <input
                    class="input den__in"
                    id=format!("pieces-{at}")
                    inputmode="numeric"
                    autocomplete="off"
                    maxlength="6"
                    aria-label=name
                    aria-invalid=move || pieces(&text()).is_none().then_some("true")
                    prop:value=text
                    on:input=move |event| counting.texts.update(|texts| {
                        if let Some(text) = texts.get_mut(at) {
                            *text = event_target_value(&event);
                        }
                    })
                />
            </td>
            <td class=move || amount().1>{move || amount().0}</td>
        </tr>
    }
}

/// Notes, coins, and their sum under `label`.
#[component]
pub fn CountSums(counting: Count, label: &'static str) -> impl IntoView {
    let session = Session::get();
    let sum = move |only| session.amount(counting.value(only).unwrap_or_default());
    view! {
        <dl class="sum">
            <dt>{t("drawer.notes")}</dt>
            <dd>{move || sum(Some(false))}</dd>
            <dt>{t("drawer.coins")}</dt>
            <dd>{move || sum(Some(true))}</dd>
        </dl>
        <div class="total">
            <span class="b t-lg">{label}</span>
            <strong id="counted" aria-live="polite">{move || session.total(counting.value(None).unwrap_or_default())}</strong>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_add_up_by_kind() {
        let profile = Profile::by_name("in-gst").expect("shipped");
        let kinds = kinds(&profile);
        // The float of the mock-up 05-cash-open.
        let texts = ["4", "5", "10", "10", "15", "20", "10", "15", "10", "20", "10"].map(str::to_owned);
        let sum = |only| value(&kinds, &texts, only);
        assert_eq!(
            [sum(Some(false)), sum(Some(true)), sum(None)],
            [Some(500_000), Some(45_000), Some(545_000)]
        );
        let empty = vec![String::new(); kinds.len()];
        assert_eq!(value(&kinds, &empty, None), Some(0));
        for wrong in ["x", "-1", "1.5", "9999999"] {
            let mut texts = empty.clone();
            texts[0] = wrong.to_owned();
            assert_eq!(value(&kinds, &texts, None), None, "{wrong}");
        }
    }
}
