//! The sale: scan, lines, sums. One thing to do next: pay.

mod approval;
mod aside;
mod customer;
mod discount;
mod find_list;
mod finder;
mod known;
mod line;
mod lines;
mod open_sale;
mod powers;
mod prescribe;
mod quantity;
mod settling;
mod stop;
mod totals;
mod words;

pub use approval::{ApprovalDialog, Wanted};
pub use finder::SCAN;
pub use open_sale::OpenSale;

use leptos::prelude::*;
use model::requests::sales::Approval;
use retail::MAX_QUANTITY;

use self::aside::Aside;
use self::customer::CustomerDialog;
use self::discount::DiscountDialog;
use self::find_list::ScanRow;
use self::finder::Finder;
use self::line::Line;
use self::lines::Lines;
use self::prescribe::PrescribeDialog;
use self::quantity::{Counted, QuantityDialog};
use self::stop::{WAY_CHORDS, Way, ways};
use super::typing::typing_goes_to;
use crate::components::{Empty, Go, KeyBar};
use crate::dom;
use crate::keys::{KeySet, Keys, key};
use crate::place::{Place, Places};
use crate::session::Session;
use crate::shell::Screen;
use crate::text::{t, tn};

/// The dialog that is open.
#[derive(Clone)]
enum Ask {
    Quantity(Counted),
    Discount(Box<Line>),
    /// The line with a discount that needs somebody higher; on being approved it is set.
    Approve(Wanted),
    Customer,
    Prescription,
}

/// Lines that Page Up and Page Down pass.
const PAGE: isize = 8;

#[component]
pub fn Sale() -> impl IntoView {
    let (session, sale, places) = (Session::get(), OpenSale::get(), Places::get());
    sale.ask_drawer();
    let ask = RwSignal::new(None::<Ask>);
    let finder = Finder::new(
        sale,
        Callback::new(move |(product, n)| ask.set(Some(Ask::Quantity(Counted::New(Box::new(product), n))))),
    );
    dom::focus_soon(SCAN);
    typing_goes_to(SCAN, "+-");

    if let Some(code) = sale.take_first_scan() {
        finder.scanned(code);
    }

    let keys = declare(sale, finder, ask, places);
    let why = Signal::derive(move || why_not(sale));
    let has_why = Signal::derive(move || why.read().is_some());
    let amount = Signal::derive(move || match sale.is_shut() {
        true => String::new(),
        false => session.total(sale.total()),
    });
    let sub = Signal::derive(move || match sale.is_empty() {
        true => t("sale.ready").to_owned(),
        false => t("sale.number_later").to_owned(),
    });
    let count = move || {
        let contents = sale.contents().get();
        let items: i64 = contents.lines.iter().map(|line| line.quantity).sum();
        let lines = u64::try_from(contents.lines.len()).unwrap_or_default();
        (lines > 0).then(|| {
            view! {
                <span class="t-sm t2 nowrap" id="count">
                    <b class="b">{items}</b>
                    " "
                    {tn("sale.items", items.unsigned_abs(), &[])}
                    " "
                    {tn("sale.lines_count", lines, &[])}
                </span>
            }
        })
    };
    let work = move || {
        if !sale.is_empty() {
            return view! { <Lines sale/> }.into_any();
        }
        let (title, words) = match sale.is_shut() {
            true => (t("sale.shut"), t("sale.shut_why")),
            false => (t("sale.first"), t("sale.first_why")),
        };
        view! { <Empty icon="scan-barcode" title=title why=words/> }.into_any()
    };
    view! {
        <Screen title=Signal::stored(t("sale.title").to_owned()) sub>
            <main class="main main--aside">
                <section class="work" aria-label=t("sale.lines")>
                    <ScanRow finder count/>
                    {work}
                </section>
                <Aside sale finder keys has_why/>
                <KeyBar keys/>
                <Go keys amount why/>
            </main>
        </Screen>
        {move || ask.get().map(|open| dialog(open, sale, ask))}
    }
}

/// Why F9 is off, beside it.
fn why_not(sale: OpenSale) -> Option<String> {
    let waiting = sale
        .contents()
        .read()
        .lines
        .iter()
        .filter(|line| line.lacks_prescription())
        .count();
    if waiting > 0 {
        return Some(tn(
            "sale.why_prescription",
            u64::try_from(waiting).unwrap_or_default(),
            &[],
        ));
    }
    match sale.totals() {
        Some(Err(error)) => Some(error.to_string()),
        _ => None,
    }
}

fn declare(sale: OpenSale, finder: Finder, ask: RwSignal<Option<Ask>>, places: Places) -> KeySet {
    let has_line = Signal::derive(move || sale.chosen().is_some());
    let has_customer = Signal::derive(move || sale.contents().read().customer.is_some());
    let chosen = move || untrack(move || sale.chosen().map(|(_, line)| line));
    let quantity = move || {
        if let Some(line) = chosen() {
            ask.set(Some(Ask::Quantity(Counted::Line(Box::new(line)))));
        }
    };
    let discount = move || {
        if let Some(line) = chosen() {
            ask.set(Some(Ask::Discount(Box::new(line))));
        }
    };
    let more = move |by: i64| {
        if let Some(line) = chosen() {
            let quantity = (line.quantity + by).clamp(1, MAX_QUANTITY);
            sale.edit(line.number, |line| line.quantity = quantity);
        }
    };
    let remove = move || {
        if let Some(line) = chosen() {
            sale.remove(line.number);
        }
    };
    // In the open list the arrows are the list's, otherwise the lines'.
    let step = move |by: isize| match finder.is_open.get_untracked() && finder.found.read_untracked().is_some() {
        true => finder.rows.step(by),
        false => sale.step(by),
    };
    let back = move || {
        if !finder.step_back() {
            dom::focus(SCAN);
        }
    };
    let pay = move || {
        if untrack(move || sale.is_shut()) {
            return places.go(Place::of("drawer", &[]));
        }
        match untrack(move || sale.needs_approval()) {
            Some(line) => ask.set(Some(Ask::Approve(Wanted {
                line: Some(Box::new(line)),
                refused: None,
            }))),
            None => places.go(Place::of("payment", &[])),
        }
    };
    let can_pay = Signal::derive(move || {
        sale.is_shut() || (!sale.is_empty() && why_not(sale).is_none() && matches!(sale.totals(), Some(Ok(_))))
    });
    let pay_label = Signal::derive(move || match sale.is_shut() {
        true => t("sale.open_drawer").to_owned(),
        false => t("sale.pay").to_owned(),
    });
    let mut keys = Keys::screen()
        .bind(key("F2", "sale.find").run(|| dom::focus(SCAN)))
        .bind(
            key("F3", "sale.customer")
                .tile()
                .run(move || ask.set(Some(Ask::Customer))),
        )
        .bind(key("F4", "sale.quantity").tile().when(has_line).run(quantity))
        .bind(key("F5", "sale.discount").tile().when(has_line).run(discount))
        .bind(
            key("F6", "sale.prescription")
                .tile()
                .when(has_customer)
                .run(move || ask.set(Some(Ask::Prescription))),
        )
        .bind(
            key("Del", "sale.remove")
                .tile()
                .when(has_line)
                .in_empty_field()
                .run(remove),
        )
        .bind(key("F9", "sale.pay").label(pay_label).when(can_pay).run(pay))
        .bind(key("+", "sale.one_more").in_empty_field().run(move || more(1)))
        .bind(key("-", "sale.one_less").in_empty_field().run(move || more(-1)))
        .bind(key("Up", "sale.choose_line").in_fields().run(move || step(-1)))
        .bind(key("Down", "sale.choose_line").in_fields().run(move || step(1)))
        .bind(
            key("PgUp", "sale.choose_line")
                .unlisted()
                .in_fields()
                .run(move || step(-PAGE)),
        )
        .bind(
            key("PgDn", "sale.choose_line")
                .unlisted()
                .in_fields()
                .run(move || step(PAGE)),
        )
        .bind(key("Enter", "sale.foot_add").in_fields().run(move || finder.enter()))
        .bind(key("Esc", "sale.back").run(back))
        .scan(move |code| finder.scanned(code));
    for (at, chord) in WAY_CHORDS.into_iter().enumerate() {
        let go = move || match untrack(move || ways(sale).into_iter().nth(at)) {
            Some(Way::Customer) => ask.set(Some(Ask::Customer)),
            Some(Way::Use(prescription)) => sale.prescribe(prescription.id, None),
            Some(Way::TakeOff) => sale.remove_unprescribed(),
            None => {}
        };
        keys = keys.bind(key(chord, "sale.ways").unlisted().run(go));
    }
    keys.install()
}

fn dialog(open: Ask, sale: OpenSale, ask: RwSignal<Option<Ask>>) -> AnyView {
    let on_close = Callback::new(move |()| {
        ask.set(None);
        dom::focus_soon(SCAN);
    });
    match open {
        Ask::Quantity(counted) => view! { <QuantityDialog sale counted on_close/> }.into_any(),
        Ask::Discount(line) => {
            let on_over = Callback::new(move |line: Line| {
                ask.set(Some(Ask::Approve(Wanted {
                    line: Some(Box::new(line)),
                    refused: None,
                })));
            });
            view! { <DiscountDialog sale line=*line on_over on_close/> }.into_any()
        }
        Ask::Approve(wanted) => {
            let line = wanted.line.clone();
            let on_given = Callback::new(move |approval: Approval| {
                sale.approve(Some(approval));
                if let Some(line) = &line {
                    let discount = line.discount;
                    sale.edit(line.number, |line| line.discount = discount);
                }
                on_close.run(());
            });
            view! { <ApprovalDialog sale wanted on_given on_close/> }.into_any()
        }
        Ask::Customer => view! { <CustomerDialog sale on_close/> }.into_any(),
        Ask::Prescription => view! { <PrescribeDialog sale on_close/> }.into_any(),
    }
}
