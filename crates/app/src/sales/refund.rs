//! Returns against a sale: the exact mirror, over all stores, never more than was bought and paid.

use journal::Lane;
use model::ids::Id;
use model::records::{Direction, Sale as SaleRecord, SaleLine};
use model::refusal::Refusal;
use model::requests::sales::{Line, SaleDone, SaleReturn};
use model::role::{Role, rank};
use retail::refund::{RefundError, share};
use retail::tender::Method;
use retail::{ProductKind, Series};

use super::approval::{approver, proof};
use super::complete::{add_payments, settled};
use super::number::next_number;
use super::query::load;
use crate::Caller;
use crate::cash::trading_session;
use crate::catalogue;
use crate::scope::{Handle, Proof, Scope};

/// A share of a line that goes back, minor units.
struct Back {
    quantity: i64,
    discount: i64,
    total: i64,
    taxable: i64,
    taxes: Vec<i64>,
}

fn back(line: &Line, quantity: i64) -> Result<Back, Refusal> {
    let part = |amount: i64| {
        share(amount, line.quantity, line.returned, quantity).map_err(|error| match error {
            RefundError::MoreThanLeft { left } => Refusal::NothingToReturn {
                name: line.name.clone(),
                left,
            },
            RefundError::NothingReturned => Refusal::BadQuantity { line: 1, quantity },
        })
    };
    let total = part(line.total)?;
    let taxes = line.taxes.iter().map(|tax| part(*tax)).collect::<Result<Vec<_>, _>>()?;
    // What rounding of the shares leaves belongs to the taxable value, as it does in a sale.
    let taxable = total - taxes.iter().sum::<i64>();
    Ok(Back {
        quantity,
        discount: part(line.discount)?,
        total,
        taxable,
        taxes,
    })
}

/// Who must approve a return of this amount; the rule is the profile's.
fn needs(scope: &Scope<'_, '_>, total: i64, late: bool) -> Result<Option<Role>, Refusal> {
    let profile = scope.profile()?;
    let step = profile
        .returns
        .approvals
        .iter()
        .find(|step| step.up_to.is_none_or(|most| total <= most));
    let role = step.and_then(|step| step.role.as_deref()).and_then(Role::from_word);
    Ok(if late { role.or(Some(Role::StoreManager)) } else { role })
}

fn approves(approver: &Caller, role: Role) -> bool {
    rank(&approver.roles) <= role.rank()
}

impl Handle for SaleReturn {
    fn proof(&self, _: &Caller) -> Option<Proof> {
        proof(self.approval.as_ref())
    }

    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<SaleDone, Refusal> {
        let store = scope.own_store()?;
        let session = trading_session(scope)?;
        let profile = scope.profile()?;
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Refusal::ReasonNeeded);
        }
        if self.lines.is_empty() {
            return Err(Refusal::EmptySale);
        }
        let original = load(scope, self.sale)?;
        if original.is_return {
            return Err(Refusal::BadField {
                field: "receipt".to_owned(),
                why: "it is a return itself".to_owned(),
            });
        }
        let mut taken: Vec<(&Line, Back)> = Vec::new();
        for asked in &self.lines {
            let line = original.lines.iter().find(|line| line.id == asked.line);
            let line = line.ok_or_else(|| Refusal::Unknown {
                what: "A line of this return".to_owned(),
            })?;
            if taken.iter().any(|(other, _)| other.id == line.id) {
                return Err(Refusal::BadField {
                    field: line.name.clone(),
                    why: "it is named twice".to_owned(),
                });
            }
            taken.push((line, back(line, asked.quantity)?));
        }
        let total: i64 = taken.iter().map(|(_, back)| back.total).sum();
        let show = |amount| profile.currency.format_with_symbol(amount);
        if total != self.total {
            return Err(Refusal::TotalMoved {
                shown: show(self.total),
                now: show(total),
            });
        }
        let late = session.day.0 - original.day > profile.returns.window_days;
        let approving = self
            .approval
            .as_ref()
            .map(|approval| approver(scope, approval))
            .transpose()?;
        if let Some(role) = needs(scope, total, late)?
            && !approving.as_ref().is_some_and(|approver| approves(approver, role))
        {
            return Err(Refusal::ApprovalNeeded {
                role: role.title().to_owned(),
            });
        }
        let settlement = settled(&profile, total, &self.payments)?;
        if settlement.change != 0 {
            return Err(Refusal::OverPaid {
                over: show(settlement.change),
            });
        }
        let number = next_number(scope, &profile, session.day, Series::Credit)?;
        let mut draft = scope.draft(Lane::All, session.day);
        let record = draft.add(SaleRecord {
            direction: Direction::Return,
            store,
            session: session.id,
            number: number.clone(),
            customer: original.customer,
            total,
            rounding: settlement.rounding,
            original: Some(original.id),
            approver: approving.as_ref().map(|approver| approver.user),
            reason: Some(reason.to_owned()),
        });
        for (line, back) in taken {
            draft.add(SaleLine {
                sale: record,
                product: line.product,
                name: line.name.clone(),
                hsn: line.hsn.clone(),
                quantity: back.quantity,
                list: line.list,
                price: line.price,
                discount: back.discount,
                total: back.total,
                rate: line.rate.basis_points(),
                taxable: back.taxable,
                taxes: back.taxes,
                stocked: stocked(scope, line.product)?,
                prescription: line.prescription,
                original: Some(line.id),
            });
        }
        add_payments(&mut draft, record, &self.payments, &settlement)?;
        let done = scope.append(draft)?;
        Ok(SaleDone {
            sale: done.id(record),
            number,
            total,
            rounding: settlement.rounding,
            change: 0,
            cash: self
                .payments
                .iter()
                .any(|payment| payment.tender.method == Method::Cash),
        })
    }
}

fn stocked(scope: &Scope<'_, '_>, product: Id) -> Result<bool, Refusal> {
    let profile = scope.profile()?;
    Ok(match catalogue::by_id(scope.conn(), product)? {
        Some(product) => product.stocked(&profile),
        None => profile.kind(ProductKind::Accessory).is_none_or(|rules| rules.stocked),
    })
}
