//! What the sale on screen owes to others: caps and approvals, the parts of its payment, and ringing it up.

use leptos::prelude::*;
use model::ids::Id;
use model::requests::catalogue::{Product, ProductGet};
use model::requests::sales::{Approval, NewPayment, SaleComplete, SaleDone};
use retail::Cap;

use super::line::{Judged, Line, cap};
use super::open_sale::OpenSale;
use crate::client::{Refused, RequestId};

impl OpenSale {
    /// The roles of who is signed in, as words of the profile.
    #[must_use]
    pub fn roles(self) -> Vec<&'static str> {
        self.session
            .me()
            .map(|me| me.roles.iter().map(|role| role.word()).collect())
            .unwrap_or_default()
    }

    /// Most this person may take off a product.
    #[must_use]
    pub fn cap(self, product: &Product) -> Option<Cap> {
        cap(&self.session.organisation()?.profile, &self.roles(), product)
    }

    /// Whether this person alone may give the line's discount.
    #[must_use]
    pub fn judge(self, line: &Line) -> Judged {
        match self.session.organisation() {
            Some(organisation) => line.judge(&organisation.profile, &self.roles()),
            None => Judged::Fine,
        }
    }

    /// The first line whose discount needs somebody higher, unless somebody gave their word already.
    #[must_use]
    pub fn needs_approval(self) -> Option<Line> {
        if self.approval.read().is_some() {
            return None;
        }
        let lines = self.contents.read().lines.clone();
        lines.into_iter().find(|line| self.judge(line) != Judged::Fine)
    }

    pub fn approve(self, approval: Option<Approval>) {
        self.approval.set(approval);
    }

    #[must_use]
    pub fn approval(self) -> Option<Approval> {
        self.approval.get()
    }

    /// A word nobody needs any more must not stand in the sale.
    pub fn forget_idle_approval(self) {
        let lines = self.contents.read_untracked().lines.clone();
        if self.total() > 0 && lines.iter().all(|line| self.judge(line) == Judged::Fine) {
            self.approval.set(None);
        }
    }

    pub fn take_part(self, part: NewPayment) {
        self.change(|c| c.parts.push(part));
    }

    pub fn give_back(self, at: usize) {
        self.change(|c| {
            if at < c.parts.len() {
                c.parts.remove(at);
            }
        });
    }

    #[must_use]
    pub fn is_sending(self) -> bool {
        self.is_sending.get()
    }

    /// Rings it up with these parts. One request id until an answer came: a second press, and a try after a lost answer,
    /// are the same sale. `None`: it is being sent already.
    pub async fn complete(self, parts: Vec<NewPayment>) -> Option<Result<SaleDone, Refused>> {
        if self.is_sending.get_untracked() {
            return None;
        }
        self.is_sending.set(true);
        let contents = self.contents.get_untracked();
        let request = SaleComplete {
            lines: contents.lines.iter().map(Line::as_asked).collect(),
            customer: contents.customer.map(|customer| customer.id),
            payments: parts,
            total: self.total(),
            approval: self.approval.get_untracked(),
            invoice_name: None,
            gstin: None,
        };
        let id = self.request.get_value().unwrap_or_else(RequestId::draw);
        self.request.set_value(Some(id.clone()));
        let answer = self.client.call_once(request, &id).await;
        let is_answered = !answer.as_ref().is_err_and(Refused::is_no_answer);
        if is_answered {
            self.request.try_set_value(None);
        }
        if answer.is_ok() {
            self.clear();
        }
        self.is_sending.try_set(false);
        Some(answer)
    }

    /// Reads every product again: a price may have changed since it was scanned.
    pub async fn refresh(self) {
        let products: Vec<Id> = self
            .contents
            .with_untracked(|c| c.lines.iter().map(|line| line.product.id).collect());
        for product in products {
            if let Ok(fresh) = self.client.call(ProductGet { product }).await {
                self.change(|c| {
                    for line in c.lines.iter_mut().filter(|line| line.product.id == fresh.id) {
                        line.product = fresh.clone();
                    }
                });
            }
        }
    }
}
