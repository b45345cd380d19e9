//! Ringing up: one commit with the sale, its lines, their movements and the payments.

use journal::Lane;
use model::ids::Id;
use model::records::{Direction, Payment, Sale, SaleLine, SaleName};
use model::refusal::Refusal;
use model::requests::sales::{NewPayment, SaleComplete, SaleDone};
use replica::Draft;
use retail::basket::PricedLine;
use retail::gstin::Gstin;
use retail::tender::{Method, Settlement, Tender, settle};
use retail::{Profile, Series, TenderError};

use super::approval::{approver, proof};
use super::basket::{Checked, check_basket};
use super::number::next_number;
use crate::cash::trading_session;
use crate::scope::{Handle, Proof, Scope};
use crate::{Caller, customers};

/// Parts of one payment.
const MAX_PAYMENTS: usize = 20;
/// Longest reference of a terminal or bank.
const MAX_REFERENCE: usize = 64;

impl Handle for SaleComplete {
    fn proof(&self, _: &Caller) -> Option<Proof> {
        proof(self.approval.as_ref())
    }

    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<SaleDone, Refusal> {
        let store = scope.own_store()?;
        let session = trading_session(scope)?;
        let profile = scope.profile()?;
        if let Some(customer) = self.customer {
            customers::known(scope.conn(), customer)?;
        }
        let approving = self
            .approval
            .as_ref()
            .map(|approval| approver(scope, approval))
            .transpose()?;
        let basket = check_basket(
            scope,
            &profile,
            session.day,
            &self.lines,
            self.customer,
            approving.as_ref(),
        )?;
        let total = basket.totals.total;
        if total != self.total {
            let show = |amount| profile.currency.format_with_symbol(amount);
            return Err(Refusal::TotalMoved {
                shown: show(self.total),
                now: show(total),
            });
        }
        if total == 0 && approving.is_none() {
            return Err(Refusal::ApprovalNeeded {
                role: "somebody higher, because nothing is paid".to_owned(),
            });
        }
        let settlement = settled(&profile, total, &self.payments)?;
        let number = next_number(scope, &profile, session.day, Series::Sale)?;
        let mut draft = scope.draft(Lane::All, session.day);
        let sale = draft.add(Sale {
            direction: Direction::Sale,
            store,
            session: session.id,
            number: number.clone(),
            customer: self.customer,
            total,
            rounding: settlement.rounding,
            original: None,
            approver: approving.as_ref().map(|approver| approver.user),
            reason: self.approval.as_ref().map(|approval| approval.reason.trim().to_owned()),
        });
        for (checked, priced) in basket.lines.iter().zip(&basket.totals.lines) {
            draft.add(line_record(&profile, sale, checked, priced));
        }
        add_payments(&mut draft, sale, &self.payments, &settlement)?;
        add_name(scope, &mut draft, sale, &self)?;
        let done = scope.append(draft)?;
        // The sale is kept: what was on screen is no longer a draft.
        crate::scope::execute(scope.conn(), "DELETE FROM local_typed WHERE place = 'basket'", &[])?;
        Ok(SaleDone {
            sale: done.id(sale),
            number,
            total,
            rounding: settlement.rounding,
            change: settlement.change,
            cash: self
                .payments
                .iter()
                .any(|payment| payment.tender.method == Method::Cash),
        })
    }
}

fn line_record(profile: &Profile, sale: model::records::Cite, checked: &Checked, priced: &PricedLine) -> SaleLine {
    let Checked {
        product,
        line,
        prescription,
    } = checked;
    SaleLine {
        sale,
        product: product.id,
        name: product.name.clone(),
        hsn: product.hsn.clone(),
        quantity: line.quantity,
        list: line.list,
        price: line.unit_price,
        discount: priced.discount + priced.document_share,
        total: priced.total,
        rate: line.rate.basis_points(),
        taxable: priced.tax.taxable,
        taxes: priced.tax.components.iter().map(|component| component.amount).collect(),
        stocked: product.stocked(profile),
        prescription: *prescription,
        original: None,
    }
}

/// Whether the payments pay the total; the refusal says what is missing.
pub fn settled(profile: &Profile, total: i64, payments: &[NewPayment]) -> Result<Settlement, Refusal> {
    let show = |amount| profile.currency.format_with_symbol(amount);
    if payments.len() > MAX_PAYMENTS {
        return Err(Refusal::BadPayment {
            why: format!("it has more than {MAX_PAYMENTS} parts"),
        });
    }
    for payment in payments {
        let reference = payment.reference.as_deref().unwrap_or_default();
        if reference.len() > MAX_REFERENCE {
            return Err(Refusal::BadPayment {
                why: "a reference is longer than 64 characters".to_owned(),
            });
        }
        // Thirteen digits and more are the number of a card, which is kept nowhere.
        let digits = reference.bytes().filter(u8::is_ascii_digit).count();
        if payment.tender.method == Method::Card && digits >= 13 {
            return Err(Refusal::BadPayment {
                why: "a card number is never kept; write the terminal's reference".to_owned(),
            });
        }
        if !matches!(payment.tender.method, Method::Cash | Method::Card | Method::Upi) {
            return Err(Refusal::BadPayment {
                why: format!("{} is not taken yet", payment.tender.method.label()),
            });
        }
    }
    let tenders: Vec<Tender> = payments.iter().map(|payment| payment.tender).collect();
    settle(total, &tenders, &profile.currency).map_err(|error| match error {
        TenderError::Short { due } => Refusal::ShortPaid {
            missing: show(due.exact),
        },
        TenderError::OverWithoutCash { total, offered } => Refusal::OverPaid {
            over: show(offered - total),
        },
        other => Refusal::BadPayment { why: other.to_string() },
    })
}

/// Adds the payments. All cash is one row: what was handed over, and what of it stayed.
pub fn add_payments(
    draft: &mut Draft,
    sale: model::records::Cite,
    payments: &[NewPayment],
    settlement: &Settlement,
) -> Result<(), Refusal> {
    let cash: i64 = payments
        .iter()
        .filter(|p| p.tender.method == Method::Cash)
        .map(|p| p.tender.amount)
        .sum();
    if payments.iter().any(|payment| payment.tender.method == Method::Cash) {
        draft.add(Payment {
            sale,
            method: Method::Cash.word().to_owned(),
            amount: settlement.cash_kept,
            tendered: cash.max(settlement.cash_kept),
            reference: None,
        });
    }
    for payment in payments.iter().filter(|payment| payment.tender.method != Method::Cash) {
        let reference = payment
            .reference
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        draft.add(Payment {
            sale,
            method: payment.tender.method.word().to_owned(),
            amount: payment.tender.amount,
            tendered: payment.tender.amount,
            reference: reference.map(str::to_owned),
        });
    }
    Ok(())
}

/// A name or tax number on the invoice stands in the customer's invoice unit, and so needs a customer.
fn add_name(
    scope: &Scope<'_, '_>,
    draft: &mut Draft,
    sale: model::records::Cite,
    asked: &SaleComplete,
) -> Result<(), Refusal> {
    let gstin = asked.gstin.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let name = asked
        .invoice_name
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    if gstin.is_none() && name.is_none() {
        return Ok(());
    }
    let Some(customer) = asked.customer else {
        return Err(Refusal::BadField {
            field: "customer".to_owned(),
            why: "a name or GSTIN on the invoice belongs to a customer; attach one".to_owned(),
        });
    };
    if let Some(gstin) = gstin {
        Gstin::parse(gstin).map_err(|error| Refusal::BadField {
            field: "GSTIN".to_owned(),
            why: error.to_string(),
        })?;
    }
    let name = match name {
        Some(name) => crate::setup::name("name on the invoice", name)?,
        None => customers::known(scope.conn(), customer)?.name,
    };
    let unit: Option<Id> = customers::unit(model::records::DocumentKind::CustomerInvoice, customer);
    draft.add_in(
        unit,
        SaleName {
            sale,
            name,
            gstin: gstin.map(str::to_uppercase),
        },
    );
    Ok(())
}
