//! The sale on screen: one, as long as somebody is signed in, whatever page is shown. It is kept in the till's own table at
//! every change, so that a crash loses no line and no part of a payment.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::ids::Id;
use model::requests::cash::{CurrentSession, SessionCurrent};
use model::requests::catalogue::Product;
use model::requests::clinic::{Prescription, PrescriptionList, Standing};
use model::requests::customers::CustomerRow;
use model::requests::sales::{Approval, BasketKeep, BasketKept, NewPayment};
use model::role::Permission;
use retail::{BasketError, BasketLine, BasketTotals, Discount, MAX_LINES, MAX_QUANTITY, Supply, price_basket};
use serde::{Deserialize, Serialize};

use super::line::Line;
use crate::client::{Client, RequestId};
use crate::session::Session;

/// What is kept over a crash. An approver's password is not in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Contents {
    pub lines: Vec<Line>,
    pub customer: Option<CustomerRow>,
    /// Parts of the payment that were taken already.
    pub parts: Vec<NewPayment>,
    /// The number of the next line.
    next: u64,
}

#[derive(Clone, Copy)]
pub struct OpenSale {
    pub(super) client: Client,
    pub(super) session: Session,
    pub(super) contents: RwSignal<Contents>,
    chosen: RwSignal<Option<u64>>,
    pub(super) approval: RwSignal<Option<Approval>>,
    prescriptions: RwSignal<Vec<Prescription>>,
    drawer: RwSignal<Option<CurrentSession>>,
    totals: Memo<Option<Result<BasketTotals, BasketError>>>,
    /// Of the payment that is being sent: the same over every try until an answer came.
    pub(super) request: StoredValue<Option<RequestId>>,
    pub(super) is_sending: RwSignal<bool>,
    /// What was kept before is on screen again.
    is_restored: RwSignal<bool>,
    /// A scan that begins this sale: it came while the last receipt was shown.
    first_scan: StoredValue<Option<String>>,
    keeping: StoredValue<Keeping>,
}

/// One request to keep is under way at most, and the newest state always follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeping {
    Idle,
    Busy,
    BusyAndChanged,
}

impl OpenSale {
    /// Made once for who is signed in, by the frame of the till.
    pub fn provide() {
        let session = Session::get();
        let contents = RwSignal::new(Contents::default());
        let totals = Memo::new(move |_| {
            let rules = session.organisation()?.profile.tax_rules;
            let lines: Vec<BasketLine> = contents.read().lines.iter().map(Line::basket).collect();
            Some(price_basket(&lines, Supply::Within, &rules))
        });
        let sale = Self {
            client: Client::get(),
            session,
            contents,
            chosen: RwSignal::new(None),
            approval: RwSignal::new(None),
            prescriptions: RwSignal::new(Vec::new()),
            drawer: RwSignal::new(None),
            totals,
            request: StoredValue::new(None),
            is_sending: RwSignal::new(false),
            is_restored: RwSignal::new(false),
            first_scan: StoredValue::new(None),
            keeping: StoredValue::new(Keeping::Idle),
        };
        provide_context(sale);
        if session.may(Permission::SalesWrite) {
            sale.restore();
            sale.ask_drawer();
            let customer = Memo::new(move |_| contents.read().customer.as_ref().map(|c| c.id));
            Effect::new(move |_| {
                sale.prescriptions.set(Vec::new());
                sale.ask_prescriptions(customer.get());
            });
            // While a lens waits for one, it may come in from another store.
            let arrived = Memo::new(move |_| {
                let waits = contents.read().lines.iter().any(Line::lacks_prescription);
                session.status().filter(|_| waits).map(|status| status.network.all_sent)
            });
            Effect::new(move |_| {
                if arrived.get().is_some() {
                    sale.ask_prescriptions(customer.get_untracked());
                }
            });
        }
    }

    #[must_use]
    pub fn get() -> Self {
        expect_context()
    }

    fn restore(self) {
        spawn_local(async move {
            let kept = self.client.call(BasketKept {}).await.ok().and_then(|kept| kept.body);
            let kept = kept.and_then(|body| serde_json::from_str::<Contents>(&body).ok());
            let is_fresh = self.contents.try_with_untracked(|now| now.lines.is_empty()) == Some(true);
            if let Some(kept) = kept.filter(|_| is_fresh) {
                self.chosen.set(kept.lines.last().map(|line| line.number));
                self.contents.set(kept);
            }
            self.is_restored.try_set(true);
        });
    }

    /// Whether it is known what was kept before.
    #[must_use]
    pub fn is_restored(self) -> bool {
        self.is_restored.get()
    }

    /// The next sale begins with this scan.
    pub fn scan_next(self, code: String) {
        self.first_scan.set_value(Some(code));
    }

    /// Takes the scan that the sale begins with.
    #[must_use]
    pub fn take_first_scan(self) -> Option<String> {
        self.first_scan.try_update_value(Option::take).flatten()
    }

    fn ask_prescriptions(self, customer: Option<Id>) {
        let Some(customer) = customer.filter(|_| self.session.may(Permission::ClinicRead)) else {
            return;
        };
        spawn_local(async move {
            if let Ok(answer) = self.client.call(PrescriptionList { customer }).await
                && self.is_customer(customer)
            {
                self.prescriptions.set(answer.prescriptions);
            }
        });
    }

    fn is_customer(self, customer: Id) -> bool {
        self.contents
            .try_with_untracked(|c| c.customer.as_ref().is_some_and(|c| c.id == customer))
            .unwrap_or(false)
    }

    /// Asks whether a cash session is open; without one there is no trade.
    pub fn ask_drawer(self) {
        spawn_local(async move {
            if let Ok(answer) = self.client.call(SessionCurrent {}).await {
                self.drawer.try_set(Some(answer));
            }
        });
    }

    /// The cash session, once it is known whether there is one.
    #[must_use]
    pub fn drawer(self) -> Option<CurrentSession> {
        self.drawer.get()
    }

    /// It is known that no cash session is open.
    #[must_use]
    pub fn is_shut(self) -> bool {
        self.drawer.with(|d| d.as_ref().is_some_and(|d| d.session.is_none()))
    }

    pub(super) fn change(self, change: impl FnOnce(&mut Contents)) {
        self.contents.update(change);
        self.keep();
    }

    fn keep(self) {
        if self.keeping.get_value() != Keeping::Idle {
            return self.keeping.set_value(Keeping::BusyAndChanged);
        }
        self.keeping.set_value(Keeping::Busy);
        spawn_local(async move {
            loop {
                let body = self.contents.try_with_untracked(|contents| match contents {
                    empty if empty.lines.is_empty() && empty.customer.is_none() => Some(String::new()),
                    full => serde_json::to_string(full).ok(),
                });
                if let Some(body) = body.flatten() {
                    // A till that cannot keep it still sells; the next change tries again.
                    let _ = self.client.call(BasketKeep { body }).await;
                }
                let again = self.keeping.try_update_value(|keeping| {
                    let again = *keeping == Keeping::BusyAndChanged;
                    *keeping = if again { Keeping::Busy } else { Keeping::Idle };
                    again
                });
                if again != Some(true) {
                    return;
                }
            }
        });
    }

    #[must_use]
    pub fn contents(self) -> ReadSignal<Contents> {
        self.contents.read_only()
    }

    #[must_use]
    pub fn is_empty(self) -> bool {
        self.contents.read().lines.is_empty()
    }

    /// The sums; none before the rules are known, an error when the sale is too large to be one.
    #[must_use]
    pub fn totals(self) -> Option<Result<BasketTotals, BasketError>> {
        self.totals.get()
    }

    #[must_use]
    pub fn total(self) -> i64 {
        self.totals
            .with(|t| t.as_ref().and_then(|t| t.as_ref().ok()).map_or(0, |t| t.total))
    }

    #[must_use]
    pub fn line(self, number: u64) -> Option<Line> {
        self.contents
            .read()
            .lines
            .iter()
            .find(|line| line.number == number)
            .cloned()
    }

    /// The chosen line and its place, counted from 0.
    #[must_use]
    pub fn chosen(self) -> Option<(usize, Line)> {
        let number = self.chosen.get()?;
        let contents = self.contents.read();
        let at = contents.lines.iter().position(|line| line.number == number)?;
        contents.lines.get(at).cloned().map(|line| (at, line))
    }

    #[must_use]
    pub fn is_chosen(self, number: u64) -> bool {
        self.chosen.get() == Some(number)
    }

    pub fn choose(self, number: u64) {
        self.chosen.set(Some(number));
    }

    /// Up and down in the lines.
    pub fn step(self, by: isize) {
        let numbers = self
            .contents
            .with_untracked(|c| c.lines.iter().map(|line| line.number).collect::<Vec<_>>());
        let now = self.chosen.get_untracked();
        let at = numbers.iter().position(|n| Some(*n) == now).unwrap_or_default();
        let next = at.saturating_add_signed(by).min(numbers.len().saturating_sub(1));
        self.chosen.set(numbers.get(next).copied());
    }

    /// So many more of a product. `false`: a sale takes no more lines, or the line no more pieces.
    pub fn add(self, product: Product, quantity: i64) -> bool {
        let is_room = self.contents.with_untracked(|c| {
            let joins = c.lines.iter().find(|line| line.takes_more_of(&product));
            joins.map_or(c.lines.len() < MAX_LINES, |line| {
                line.quantity + quantity <= MAX_QUANTITY
            })
        });
        if !is_room {
            return false;
        }
        self.change(|c| {
            let number = match c.lines.iter_mut().find(|line| line.takes_more_of(&product)) {
                Some(line) => {
                    line.quantity += quantity;
                    line.number
                }
                None => {
                    c.next += 1;
                    c.lines.push(Line {
                        number: c.next,
                        product,
                        quantity,
                        discount: Discount::None,
                        prescription: None,
                    });
                    c.next
                }
            };
            self.chosen.set(Some(number));
        });
        true
    }

    /// Changes one line.
    pub fn edit(self, number: u64, edit: impl FnOnce(&mut Line)) {
        self.change(|c| {
            if let Some(line) = c.lines.iter_mut().find(|line| line.number == number) {
                edit(line);
            }
        });
    }

    pub fn remove(self, number: u64) {
        let at = self
            .contents
            .with_untracked(|c| c.lines.iter().position(|line| line.number == number));
        let Some(at) = at else { return };
        self.change(|c| {
            c.lines.remove(at);
            let next = c.lines.get(at).or(c.lines.last());
            self.chosen.set(next.map(|line| line.number));
        });
        self.forget_idle_approval();
    }

    /// Takes every line off that may not be sold without a prescription.
    pub fn remove_unprescribed(self) {
        self.change(|c| c.lines.retain(|line| !line.lacks_prescription()));
        self.step(0);
    }

    pub fn attach(self, customer: Option<CustomerRow>) {
        self.change(|c| {
            // A prescription is one person's.
            if customer.as_ref().map(|c| c.id) != c.customer.as_ref().map(|c| c.id) {
                c.lines.iter_mut().for_each(|line| line.prescription = None);
            }
            c.customer = customer;
        });
    }

    /// Puts a prescription on the lens lines that have none; with `only`, on that line.
    pub fn prescribe(self, prescription: Id, only: Option<u64>) {
        self.change(|c| {
            for line in c.lines.iter_mut().filter(|line| line.product.needs_prescription) {
                if only.map_or(line.prescription.is_none(), |number| number == line.number) {
                    line.prescription = Some(prescription);
                }
            }
        });
    }

    /// The customer's prescriptions, newest first.
    #[must_use]
    pub fn prescriptions(self) -> Vec<Prescription> {
        self.prescriptions.get()
    }

    /// The newest that may be dispensed to.
    #[must_use]
    pub fn valid_prescription(self) -> Option<Prescription> {
        let all = self.prescriptions.read();
        all.iter().find(|p| p.standing == Standing::Valid).cloned()
    }

    /// Begins anew.
    pub fn clear(self) {
        self.approval.try_set(None);
        self.chosen.try_set(None);
        self.change(|c| *c = Contents::default());
    }
}
