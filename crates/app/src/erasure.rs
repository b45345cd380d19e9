//! Orders to erase a person's data, their withdrawal, and how far each is.

use journal::Lane;
use model::ids::{CustomerUnit, Id, customer_unit};
use model::records::{ERASE_GRACE_MS, EraseOrdered, EraseReason, EraseWithdrawn};
use model::refusal::Refusal;
use model::requests::Done;
use model::requests::erasure::{
    CustomerErase, CustomerEraseWithdraw, CustomerErasures, EraseMade, EraseState, Erasure, Erasures,
};
use replica::erasure::is_erased;
use rusqlite::Connection;

use crate::office::user_name;
use crate::scope::{Handle, Scope, id_at, id_or_none, row, rows};
use crate::{App, customers, joining};

const UNITS: [CustomerUnit; 3] = [CustomerUnit::Contact, CustomerUnit::Clinical, CustomerUnit::Invoice];
/// Orders that are listed.
const MAX_ROWS: i64 = 500;

/// Whether nothing about this code may be written any more: its customer's contact was erased.
pub fn code_erased(conn: &Connection, customer: Id) -> Result<bool, Refusal> {
    Ok(is_erased(conn, customer_unit(customer, CustomerUnit::Contact))?)
}

/// Whether anything here names this customer, the contact perhaps long erased.
fn is_named(conn: &Connection, customer: Id) -> Result<bool, Refusal> {
    let sql = "SELECT EXISTS (SELECT 1 FROM customer WHERE id = ?1) OR EXISTS (SELECT 1 FROM customer_clinical WHERE id = ?1)
         OR EXISTS (SELECT 1 FROM customer_invoice WHERE id = ?1) OR EXISTS (SELECT 1 FROM sale WHERE customer = ?1)
         OR EXISTS (SELECT 1 FROM base_customer WHERE customer = ?1)
         OR EXISTS (SELECT 1 FROM prescription WHERE customer = ?1) OR EXISTS (SELECT 1 FROM eye_test WHERE customer = ?1)
         OR EXISTS (SELECT 1 FROM erase_order WHERE customer = ?1)";
    Ok(row(conn, sql, &[&customer.as_bytes()], |row| row.get(0))?.unwrap_or(false))
}

/// Refused unless something here names this customer.
pub fn check_named(conn: &Connection, customer: Id) -> Result<(), Refusal> {
    if is_named(conn, customer)? {
        return Ok(());
    }
    Err(Refusal::Unknown {
        what: "This customer".to_owned(),
    })
}

impl Handle for CustomerErase {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<EraseMade, Refusal> {
        check_named(scope.conn(), self.customer)?;
        let asked = self.units.as_deref().unwrap_or(&UNITS);
        if asked.is_empty() {
            return Err(Refusal::BadField {
                field: "units".to_owned(),
                why: "name at least one of contact, clinical, invoice".to_owned(),
            });
        }
        let mut units = Vec::with_capacity(asked.len());
        for unit in asked {
            if !is_erased(scope.conn(), customer_unit(self.customer, *unit))? {
                units.push(*unit);
            }
        }
        if units.is_empty() {
            return Err(Refusal::AlreadyErased);
        }
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        let not_before = scope.server_time()?.saturating_add(ERASE_GRACE_MS);
        let order = draft.add(EraseOrdered::of_customer(
            self.customer,
            &units,
            self.reason,
            not_before,
        ));
        let order = scope.append(draft)?.id(order);
        Ok(EraseMade { order, not_before })
    }
}

impl Handle for CustomerEraseWithdraw {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        let order = listed(scope, None, Some(self.order))?
            .pop()
            .ok_or_else(|| Refusal::Unknown {
                what: "This order".to_owned(),
            })?;
        if order.state == EraseState::Withdrawn {
            return Err(Refusal::AlreadyWithdrawn);
        }
        if scope.server_time()? >= order.not_before {
            return Err(Refusal::EraseOver);
        }
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        draft.add(EraseWithdrawn { order: self.order });
        scope.append(draft)?;
        Ok(Done {})
    }
}

impl Handle for CustomerErasures {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Erasures, Refusal> {
        Ok(Erasures {
            erasures: listed(scope, self.customer, None)?,
        })
    }
}

impl App {
    /// What is over goes, where this device's own clock is the one that counts: at the server, and at a till on its own. A
    /// till of a server does it when the two have met.
    ///
    /// # Errors
    /// A folder that cannot be read or written.
    pub fn erase_if_alone(&self) -> Result<(), Refusal> {
        if joining::server(self.replica())?.is_none() {
            self.replica().erase_due(self.now())?;
        }
        Ok(())
    }
}

struct Found {
    order: Id,
    customer: Option<Id>,
    reason: u8,
    not_before: i64,
    wall: i64,
    user: Option<Id>,
    withdrawn: bool,
    /// Every unit of it was dropped here.
    done: bool,
}

/// Orders, newest first: of a customer, one, or all.
pub fn listed(scope: &Scope<'_, '_>, customer: Option<Id>, order: Option<Id>) -> Result<Vec<Erasure>, Refusal> {
    let (customer, order) = (customer.map(|id| id.0.to_vec()), order.map(|id| id.0.to_vec()));
    let found = scope.rows(
        "SELECT o.id, o.customer, o.reason, MIN(o.not_before), o.wall, o.user,
           EXISTS (SELECT 1 FROM erase_withdrawn w WHERE w.ordered = o.id AND w.instant < o.not_before),
           COUNT(l.dropped) = COUNT(*)
         FROM erase_order o LEFT JOIN local_erasure l ON l.ordered = o.id AND l.unit = o.unit
         WHERE (?1 IS NULL OR o.customer = ?1) AND (?2 IS NULL OR o.id = ?2)
         GROUP BY o.id ORDER BY o.wall DESC, o.id LIMIT ?3",
        &[&customer, &order, &MAX_ROWS],
        |row| {
            Ok(Found {
                order: id_at(row, 0)?,
                customer: id_or_none(row, 1)?,
                reason: row.get(2)?,
                not_before: row.get(3)?,
                wall: row.get(4)?,
                user: id_or_none(row, 5)?,
                withdrawn: row.get(6)?,
                done: row.get(7)?,
            })
        },
    )?;
    let time = scope.server_time()?;
    found
        .into_iter()
        .map(|found| {
            let state = match found {
                Found { withdrawn: true, .. } => EraseState::Withdrawn,
                Found { done: true, .. } => EraseState::Done,
                Found { not_before, .. } if not_before <= time => EraseState::Due,
                _ => EraseState::Ordered,
            };
            let name = match found.customer {
                Some(customer) => customers::by_id(scope.conn(), customer)?.map(|row| row.name),
                None => None,
            };
            Ok(Erasure {
                units: units_of(scope.conn(), found.order, found.customer)?,
                order: found.order,
                customer: found.customer,
                name: name.unwrap_or_default(),
                reason: EraseReason::from_code(found.reason).unwrap_or(EraseReason::Requested),
                ordered_at: found.wall,
                ordered_by: user_name(scope.conn(), found.user)?,
                not_before: found.not_before,
                state,
            })
        })
        .collect()
}

fn units_of(conn: &Connection, order: Id, customer: Option<Id>) -> Result<Vec<CustomerUnit>, Refusal> {
    let named: Vec<Id> = rows(
        conn,
        "SELECT unit FROM erase_order WHERE id = ?",
        &[&order.as_bytes()],
        |row| id_at(row, 0),
    )?;
    let of = |unit: &CustomerUnit| customer.is_some_and(|customer| named.contains(&customer_unit(customer, *unit)));
    Ok(UNITS.into_iter().filter(of).collect())
}
