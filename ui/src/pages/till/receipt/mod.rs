//! The sale is done: the paper as it is printed, the change, what became of everything. A scan begins the next sale.

mod paper;

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::ids::Id;
use model::requests::sales::{Receipt as Answer, Sale, SaleGet, SaleReceipt};
use model::requests::till::{PrintOutcome, PrintReceipt, PrintState, PrinterStatus};

use self::paper::PaperView;
use super::sale::OpenSale;
use crate::client::{Client, Refused};
use crate::components::{Banner, Icon, KeyButton, Tone};
use crate::format;
use crate::keys::{KeySet, Keys, key};
use crate::place::{Place, Places};
use crate::session::Session;
use crate::shell::Screen;
use crate::text::{t, tf};

/// How often it is asked what became of the paper, until it lies there.
const ASK_AGAIN: Duration = Duration::from_millis(700);
/// Nobody has read the change in less.
const SLIP: Duration = Duration::from_millis(500);

/// `receipt/0123..`.
pub fn of_place(place: &Place) -> AnyView {
    place.part::<Id>(0).map(|sale| view! { <Receipt sale/> }).into_any()
}

#[component]
fn Receipt(sale: Id) -> impl IntoView {
    let (session, client, places, open) = (Session::get(), Client::get(), Places::get(), OpenSale::get());
    let shown = RwSignal::new(None::<(Sale, Answer)>);
    let refused = RwSignal::new(None::<Refused>);
    let printed = RwSignal::new(None::<PrintState>);
    spawn_local(async move {
        let whole = client
            .call(SaleGet {
                sale: Some(sale),
                number: None,
            })
            .await;
        let paper = client.call(SaleReceipt { sale, reprint: false }).await;
        match (whole, paper) {
            (Ok(whole), Ok(paper)) => _ = shown.try_set(Some((whole, paper))),
            (Err(why), _) | (_, Err(why)) => _ = refused.try_set(Some(why)),
        }
    });
    let ask = move || {
        spawn_local(async move {
            if let Ok(state) = client.call(PrintOutcome { sale }).await {
                printed.try_update(|now| {
                    if now.as_ref() != Some(&state) {
                        *now = Some(state);
                    }
                });
            }
        });
    };
    ask();
    if let Ok(timer) = set_interval_with_handle(ask, ASK_AGAIN) {
        on_cleanup(move || timer.clear());
    }

    let reprint = move || {
        spawn_local(async move {
            match client
                .call(PrintReceipt {
                    sale,
                    open_drawer: false,
                })
                .await
            {
                Ok(_) => {
                    refused.try_set(None);
                    // The paper that comes now says REPRINT, and so does the preview.
                    if let Ok(paper) = client.call(SaleReceipt { sale, reprint: true }).await {
                        shown.try_update(|shown| {
                            if let Some((_, answer)) = shown {
                                *answer = paper;
                            }
                        });
                    }
                }
                Err(why) => _ = refused.try_set(Some(why)),
            }
            ask();
        });
    };
    let next = move || places.go(Place::of("sale", &[]));
    // The second press of a finger that slipped on the payment's F9 must not take the change from the screen.
    let is_read = RwSignal::new(false);
    if let Ok(timer) = set_timeout_with_handle(move || is_read.set(true), SLIP) {
        on_cleanup(move || timer.clear());
    }
    let scanned = move |code: String| {
        open.scan_next(code);
        next();
    };
    let fault = Memo::new(move |_| fault(printed.get()?, &session.status()?.printer));
    let is_fault = Signal::derive(move || fault.read().is_some());
    let is_acknowledged = RwSignal::new(false);
    let again = Signal::derive(move || match printed.get().map(|p| p.state).as_deref() {
        Some("printed" | "sent") => t("receipt.reprint").to_owned(),
        _ => t("receipt.print_again").to_owned(),
    });
    let keys = Keys::screen()
        .bind(key("Ctrl+P", "receipt.reprint").label(again).run(reprint))
        .bind(
            key("F8", "receipt.go_on")
                .when(is_fault)
                .run(move || is_acknowledged.set(true)),
        )
        .bind(key("F9", "receipt.new_sale").run(move || {
            if is_read.get_untracked() {
                next();
            }
        }))
        .bind(key("Esc", "receipt.new_sale").unlisted().run(next))
        .scan(scanned)
        .install();

    let banner = move || {
        let act = move || view! { <KeyButton keys chord="F8"/> };
        if let Some(why) = refused.get() {
            return view! {
                <Banner tone=Tone::Danger icon="circle-alert"><b class="b">{why.message}</b>" "{why.remedy}</Banner>
            }
            .into_any();
        }
        fault
            .get()
            .map(|fault| {
                view! {
                    <Banner tone=Tone::Danger icon="printer" act>
                        <b class="b">{t(fault.what)}</b>
                        " "
                        {t("receipt.is_safe")}
                        " "
                        {t(fault.remedy)}
                    </Banner>
                }
            })
            .into_any()
    };
    let has_banner = Signal::derive(move || refused.read().is_some() || (is_fault.get() && !is_acknowledged.get()));
    let sub = Signal::derive(move || shown.read().as_ref().map(|(s, _)| s.number.clone()).unwrap_or_default());
    view! {
        <Screen title=Signal::stored(t("receipt.title").to_owned()) sub banner has_banner>
            <main class="main main--done">
                <section class="done__paper work work--canvas" aria-label=t("receipt.preview") tabindex="0">
                    {move || shown.get().map(|(_, answer)| view! { <PaperView paper=answer.paper/> })}
                </section>
                <section class="done__side">
                    {move || shown.get().map(|(sale, _)| view! { <Done sale printed keys/> })}
                    <div class="end done__foot">
                        <KeyButton keys chord="F9" class="btn--primary btn--lg grow"/>
                    </div>
                </section>
            </main>
        </Screen>
    }
}

/// What is wrong with the paper, as keys of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fault {
    what: &'static str,
    remedy: &'static str,
    /// What the row says about the paper.
    row: &'static str,
}

/// The fault that keeps this receipt from being printed; none while all is well, or no printer is set up.
fn fault(printed: PrintState, printer: &PrinterStatus) -> Option<Fault> {
    let fault = |what, remedy, row| Some(Fault { what, remedy, row });
    let state = match printed.state.as_str() {
        "none" | "printed" | "sent" => return None,
        // Nothing was sent because there is nothing to send it to.
        "refused" if printer.state == "none" => return None,
        // It waits: for its turn, or for a printer that is not ready.
        "queued" => printer.state.as_str(),
        other => other,
    };
    match state {
        "ready" | "none" | "paper_near_end" => None,
        "paper_out" => fault("receipt.paper_out", "receipt.paper_out_remedy", "receipt.row_waits"),
        "cover_open" => fault("receipt.cover_open", "receipt.cover_open_remedy", "receipt.row_waits"),
        "offline" | "printer_offline" | "printer_unreachable" => {
            fault("receipt.offline", "receipt.offline_remedy", "receipt.row_waits")
        }
        "half_printed" => fault("receipt.half", "receipt.half_remedy", "receipt.row_half"),
        _ => fault("receipt.fault", "receipt.fault_remedy", "receipt.row_failed"),
    }
}

#[component]
fn Done(sale: Sale, printed: RwSignal<Option<PrintState>>, keys: KeySet) -> impl IntoView {
    let session = Session::get();
    let number = format!("{}, {}", sale.number, session.total(sale.total + sale.rounding));
    let kept = tf("receipt.kept_at", &[("time", &clock(sale.wall, session.offset()))]);
    let has_cash = sale.payments.iter().any(|p| p.method == "cash");
    let change = sale.change;
    view! {
        <div class="done__head">
            <span class="list__icon list__icon--ok done__tick"><Icon name="check"/></span>
            <div class="cell-2">
                <h2 class="t-xl b" id="sale-complete">{t("receipt.complete")}</h2>
                <span class="t-sm">{number}</span>
            </div>
        </div>
        {(has_cash || change > 0).then(|| view! {
            <div class="change change--row">
                <span class="t-lg m">{t("payment.change")}</span>
                <strong class="num" id="change">{session.total(change)}</strong>
            </div>
        })}
        <ul class="done__list">
            <Happened icon="hard-drive" tone="ok" title=t("receipt.kept").to_owned() below=kept/>
            {move || has_cash.then(|| drawer(session)).flatten()}
            {move || printed.get().map(|state| paper_row(&state, session, keys))}
            {move || sending(session)}
        </ul>
    }
}

/// `14:33:07`.
fn clock(ms: i64, offset: i32) -> String {
    let seconds = ms.div_euclid(1_000).rem_euclid(60);
    format!("{}:{seconds:02}", format::time(ms, offset))
}

#[component]
fn Happened(
    icon: &'static str,
    tone: &'static str,
    title: String,
    below: String,
    #[prop(optional)] is_bad: bool,
    #[prop(optional, into)] act: ViewFn,
) -> impl IntoView {
    let title = view! { <span class=if is_bad { "m bad" } else { "m" }>{title}</span> };
    // The last line of a pair is the small one, so a title alone is no pair.
    let words = match below.is_empty() {
        true => view! { <div class="grow">{title}</div> }.into_any(),
        false => view! { <div class="cell-2 grow">{title}<span>{below}</span></div> }.into_any(),
    };
    view! {
        <li class="done__row">
            <span class=format!("list__icon list__icon--{tone}")><Icon name=icon/></span>
            {words}
            {act.run()}
        </li>
    }
}

/// Absent where no printer can tell.
fn drawer(session: Session) -> Option<AnyView> {
    let (tone, title, below) = match session.status()?.printer.drawer_open? {
        true => ("warn", t("receipt.drawer_open"), t("receipt.drawer_close_it")),
        false => ("ok", t("receipt.drawer_closed"), ""),
    };
    Some(view! { <Happened icon="drawer" tone title=title.to_owned() below=below.to_owned()/> }.into_any())
}

fn paper_row(state: &PrintState, session: Session, keys: KeySet) -> AnyView {
    let act = move || view! { <KeyButton keys chord="Ctrl+P"/> };
    let found = session
        .status()
        .and_then(|status| fault(state.clone(), &status.printer));
    let has_printer = session.status().is_some_and(|status| status.printer.state != "none");
    let message = state.message.clone().unwrap_or_default();
    let (tone, title, below, is_bad) = match (found, state.state.as_str()) {
        (Some(fault), _) => ("danger", t(fault.row), message, true),
        (None, "printed" | "sent") if state.reprints > 0 => (
            "ok",
            t("receipt.printed"),
            tf("receipt.reprints", &[("n", &state.reprints)]),
            false,
        ),
        (None, "printed" | "sent") => ("ok", t("receipt.printed"), message, false),
        (None, _) if !has_printer => (
            "accent",
            t("receipt.no_printer"),
            t("receipt.no_printer_why").to_owned(),
            false,
        ),
        (None, _) => ("accent", t("receipt.printing"), String::new(), false),
    };
    view! { <Happened icon="printer" tone title=title.to_owned() below is_bad act/> }.into_any()
}

/// Whether the rest of the chain knows; a till on its own tells nobody.
fn sending(session: Session) -> Option<AnyView> {
    let network = session.status()?.network;
    if network.alone {
        return None;
    }
    let (icon, tone, title, below) = match (network.unsent, network.online) {
        (0, _) => ("cloud", "ok", t("receipt.sent"), t("receipt.sent_why")),
        (_, true) => ("cloud", "accent", t("receipt.sending"), t("receipt.sent_why")),
        (_, false) => ("cloud-off", "accent", t("receipt.waiting"), t("receipt.waiting_why")),
    };
    Some(view! { <Happened icon tone title=title.to_owned() below=below.to_owned()/> }.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_the_paper_back() {
        let printed = |state: &str| PrintState {
            state: state.to_owned(),
            message: None,
            reprints: 0,
        };
        let printer = |state: &str| PrinterStatus {
            state: state.to_owned(),
            ..PrinterStatus::default()
        };
        let what = |paper: &str, state: &str| fault(printed(paper), &printer(state)).map(|f| f.what);
        assert_eq!(what("printed", "paper_out"), None);
        assert_eq!(what("queued", "ready"), None);
        assert_eq!(what("queued", "paper_out"), Some("receipt.paper_out"));
        assert_eq!(what("queued", "cover_open"), Some("receipt.cover_open"));
        assert_eq!(what("printer_offline", "ready"), Some("receipt.offline"));
        assert_eq!(what("refused", "none"), None);
        assert_eq!(what("half_printed", "ready"), Some("receipt.half"));
        assert_eq!(what("anything", "ready"), Some("receipt.fault"));
    }
}
