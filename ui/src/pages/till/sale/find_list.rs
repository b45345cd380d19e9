//! The scan field and the list under it. The field keeps the cursor; the list never moves what lies under it.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use model::requests::catalogue::Product;

use super::finder::{Finder, Found, SCAN};
use super::words::{price_below, rate_words};
use crate::components::Icon;
use crate::dom;
use crate::session::Session;
use crate::text::{t, tf};

/// Where Tab goes from the list.
pub const LEVELS: &str = "levels";

#[component]
pub fn ScanRow(finder: Finder, #[prop(into)] count: ViewFn) -> impl IntoView {
    let is_open = move || finder.is_open.get();
    let tab = move |event: KeyboardEvent| {
        // Tab in the list goes to the stock of the chosen product, at the right.
        let is_tab = event.key() == "Tab" && !event.shift_key();
        if is_tab && finder.is_open.get_untracked() && finder.levels.with_untracked(Option::is_some) {
            event.prevent_default();
            dom::focus(LEVELS);
        }
    };
    view! {
        <div class=move || if is_open() { "scanrow scanrow--open" } else { "scanrow" }>
            <div class="scan grow">
                <Icon name="scan-barcode"/>
                <label class="sr" for=SCAN>{t("sale.scan")}</label>
                <input
                    class="input input--scan"
                    id=SCAN
                    autocomplete="off"
                    placeholder=t("sale.scan")
                    role="combobox"
                    aria-expanded=move || if is_open() { "true" } else { "false" }
                    aria-controls="found"
                    aria-activedescendant=move || {
                        finder.rows.now().filter(|_| is_open()).map(|row| format!("found-{row}"))
                    }
                    prop:value=finder.text
                    on:input=move |event| finder.typed(event_target_value(&event))
                    on:keydown=tab
                />
                <span class="scan__hint">
                    <span class="kbd">{move || if is_open() { "Esc" } else { "F2" }}</span>
                </span>
            </div>
            {move || count.run()}
            {move || is_open().then(|| view! { <List finder/> })}
        </div>
    }
}

#[component]
fn List(finder: Finder) -> impl IntoView {
    let message = move || {
        finder.message.get().map(|message| {
            view! {
                <p class="finder__msg" role="alert">
                    <Icon name="circle-help" class="icon--sm"/>
                    <span><b class="m">{message}</b></span>
                    <button type="button" class="btn btn--quiet" on:click=move |_| {
                        finder.message.set(None);
                        dom::focus(SCAN);
                    }>{t("sale.find_by_name")}</button>
                </p>
            }
        })
    };
    let table = move || finder.found.get().map(|found| view! { <Table finder found/> });
    view! {
        <section class="finder" aria-label=t("sale.found")>
            {message}
            {table}
        </section>
    }
}

#[component]
fn Table(finder: Finder, found: Found) -> impl IntoView {
    let Found { words, products, more } = found;
    let count = products.len();
    let summary = match (count, more) {
        (0, _) => tf("sale.found_none", &[("words", &words)]),
        (n, true) => tf("sale.found_more", &[("n", &n), ("words", &words)]),
        (n, false) => tf("sale.found_all", &[("n", &n), ("words", &words)]),
    };
    let rows = products
        .into_iter()
        .enumerate()
        .map(|(row, product)| view! { <Row finder row product words=words.clone()/> })
        .collect_view();
    let table = (count > 0).then(|| {
        view! {
            <div class="finder__rows">
                <table id="found" role="grid" aria-label=t("sale.found") class="table table--plain finder__t">
                    <colgroup><col/><col class="fi-n"/><col class="fi-p"/></colgroup>
                    <thead>
                        <tr>
                            <th scope="col">{t("sale.product")}</th>
                            <th scope="col" class="num">{t("sale.here")}</th>
                            <th scope="col" class="num">{t("sale.price")}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
    });
    view! {
        {table}
        <footer class="finder__foot">
            <span><span class="kbd">"↑"</span>" "<span class="kbd">"↓"</span>" "{t("sale.foot_choose")}</span>
            <span><span class="kbd">"Enter"</span>" "{t("sale.foot_add")}</span>
            <span><span class="kbd">"3"</span>" "<span class="kbd">"*"</span>" "{t("sale.foot_three")}</span>
            <span><span class="kbd">"Tab"</span>" "{t("sale.foot_stock")}</span>
            <span><span class="kbd">"Esc"</span>" "{t("sale.foot_close")}</span>
            <span class="push t3 clip" role="status">{summary}</span>
        </footer>
    }
}

#[component]
fn Row(finder: Finder, row: usize, product: Product, words: String) -> impl IntoView {
    let session = Session::get();
    let id = format!("found-{row}");
    Effect::new({
        let id = id.clone();
        move |_| {
            if finder.rows.is(row) {
                dom::show(&id);
            }
        }
    });
    let here = product.on_hand.filter(|_| product.stocked).map(|n| {
        let class = if n > 0 { "b" } else { "b bad" };
        view! { <b class=class>{n}</b> }
    });
    let below = price_below(&product, &rate_words(&product, session, "sale.tax_short"), session);
    let price = session.amount(product.offer);
    let is_chosen = move || if finder.rows.is(row) { "true" } else { "false" };
    view! {
        <tr
            id=id
            aria-selected=is_chosen
            on:mousedown=|event| event.prevent_default()
            on:click=move |_| finder.pick(row)
        >
            <td>
                <div class="cell-2">
                    <span class="m clip">{marked(&product.name, &words)}</span>
                    <span class="clip">{super::words::code_and_brand(&product)}</span>
                </div>
            </td>
            <td class="num">{here}</td>
            <td class="num">
                <div class="cell-2 cell-2--r"><span class="m">{price}</span>{below}</div>
            </td>
        </tr>
    }
}

/// The name with the beginnings of its words that were looked for set off.
fn marked(name: &str, words: &str) -> Vec<AnyView> {
    let wanted: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let mut out = Vec::new();
    for (n, word) in name.split(' ').enumerate() {
        if n > 0 {
            out.push(" ".into_any());
        }
        let hit = wanted.iter().filter_map(|wanted| prefix(word, wanted)).max();
        let (head, rest) = word.split_at(hit.unwrap_or(0));
        if !head.is_empty() {
            out.push(view! { <mark>{head.to_owned()}</mark> }.into_any());
        }
        out.push(rest.to_owned().into_any());
    }
    out
}

/// How many bytes of the word the looked-for letters cover, without regard to case.
fn prefix(word: &str, wanted: &str) -> Option<usize> {
    let mut letters = wanted.chars();
    let mut at = 0;
    for c in word.chars() {
        match letters.next() {
            None => return Some(at),
            Some(letter) if c.to_lowercase().eq(std::iter::once(letter)) => at += c.len_utf8(),
            Some(_) => return None,
        }
    }
    letters.next().is_none().then_some(at)
}

#[cfg(test)]
mod tests {
    use super::prefix;

    #[test]
    fn the_beginning_of_a_word_is_marked() {
        for (word, wanted, covered) in [
            ("Aurel", "aur", Some(3)),
            ("Aurel", "aurel", Some(5)),
            ("Aurel", "aurelia", None),
            ("Opéra", "opé", Some(4)),
            ("Opéra", "xo", None),
        ] {
            assert_eq!(prefix(word, wanted), covered, "{word} {wanted}");
        }
    }
}
