//! Stock: levels, corrections, what was sold twice.

use journal::Lane;
use model::ids::Id;
use model::records::{Account, Movement, MovementReason, StockState};
use model::refusal::Refusal;
use model::requests::Done;
use model::requests::stock::{
    Levels, MovementRow, Movements, Oversold, OversoldRow, StockAdjust, StockLevel, StockMovements, StockOversold,
    StoreLevel,
};

use crate::catalogue::{by_code, on_hand};
use crate::checkpoint::earlier;
use crate::office::{account_name, known_until, user_name};
use crate::place::{store_by_code, stores};
use crate::scope::{Handle, Scope, id_at, id_or_none};

/// Most pieces of one correction.
const MAX_CHANGE: i64 = 1_000_000;
const MAX_OVERSOLD: usize = 500;
const MAX_MOVEMENTS: i64 = 200;

pub fn product(scope: &Scope<'_, '_>, code: &str) -> Result<crate::catalogue::ProductRow, Refusal> {
    let code = code.trim();
    by_code(scope.conn(), code)?.ok_or_else(|| Refusal::Unknown {
        what: format!("Product {code}"),
    })
}

impl Handle for StockLevel {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Levels, Refusal> {
        let product = product(scope, &self.product)?;
        let levels = stores(scope.conn())?
            .into_iter()
            .map(|store| {
                Ok(StoreLevel {
                    on_hand: on_hand(scope.conn(), product.id, store.id)?,
                    known_until: known_until(scope, store.id)?,
                    store: store.code,
                })
            })
            .collect::<Result<_, Refusal>>()?;
        Ok(Levels {
            product: product.code,
            stores: levels,
        })
    }
}

impl Handle for StockAdjust {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        let store = scope.own_store()?;
        let product = product(scope, &self.product)?;
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Refusal::ReasonNeeded);
        }
        if self.change == 0 || self.change.abs() > MAX_CHANGE {
            return Err(Refusal::BadField {
                field: "change".to_owned(),
                why: format!("it is not between 1 and {MAX_CHANGE} pieces, found or missing"),
            });
        }
        let mut draft = scope.draft(Lane::All, scope.today()?);
        draft.add(adjustment(product.id, store, self.change, reason));
        scope.append(draft)?;
        Ok(Done {})
    }
}

/// A correction of a shelf by hand.
pub fn adjustment(product: Id, store: Id, change: i64, note: &str) -> Movement {
    Movement {
        note: Some(note.to_owned()),
        ..moved(product, store, change)
    }
}

/// Pieces found come from, pieces missing go to, the account of losses.
pub fn moved(product: Id, store: Id, change: i64) -> Movement {
    let shelf = Account::Store(store, StockState::Sellable);
    let (from, to) = if change > 0 {
        (Account::Shrink, shelf)
    } else {
        (shelf, Account::Shrink)
    };
    Movement {
        product,
        quantity: change.abs(),
        from,
        to,
        reason: MovementReason::Adjustment,
        note: None,
        document: None,
        unit_cost: None,
    }
}

impl Handle for StockOversold {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Oversold, Refusal> {
        let mut rows = Vec::new();
        for store in stores(scope.conn())? {
            let account = Account::Store(store.id, StockState::Sellable).key();
            rows.extend(scope.rows(
                "SELECT b.product, COALESCE(p.code, ''), COALESCE(p.name, ''), b.quantity FROM balance b
                 LEFT JOIN product p ON p.id = b.product WHERE b.account = ? AND b.quantity < 0 ORDER BY b.quantity, b.product LIMIT 501",
                &[&account],
                |row| {
                    Ok(OversoldRow {
                        product: id_at(row, 0)?,
                        code: row.get(1)?,
                        name: row.get(2)?,
                        store: store.code.clone(),
                        on_hand: row.get(3)?,
                    })
                },
            )?);
        }
        rows.sort_by_key(|row| row.on_hand);
        let more = rows.len() > MAX_OVERSOLD;
        rows.truncate(MAX_OVERSOLD);
        Ok(Oversold { rows, more })
    }
}

impl Handle for StockMovements {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Movements, Refusal> {
        let product = product(scope, &self.product)?;
        let all = stores(scope.conn())?;
        let store = self
            .store
            .as_deref()
            .map(|code| store_by_code(scope.conn(), code))
            .transpose()?;
        let account = store.map(|store| Account::Store(store.id, StockState::Sellable).key());
        let rows = scope.rows(
            "SELECT m.wall, m.quantity, m.from_account, m.to_account, m.reason, m.note, m.user, s.number FROM movement m
             LEFT JOIN sale s ON s.id = m.document
             WHERE m.product = ?1 AND (?2 IS NULL OR m.from_account = ?2 OR m.to_account = ?2) ORDER BY m.wall DESC, m.id LIMIT ?3",
            &[&product.id.as_bytes(), &account, &MAX_MOVEMENTS],
            |row| {
                Ok((
                    MovementRow {
                        wall: row.get(0)?,
                        quantity: row.get(1)?,
                        from: row.get(2)?,
                        to: row.get(3)?,
                        reason: row.get(4)?,
                        note: row.get(5)?,
                        user: String::new(),
                        document: row.get(7)?,
                    },
                    id_or_none(row, 6)?,
                ))
            },
        )?;
        let all_here = (rows.len() as i64) < MAX_MOVEMENTS;
        let mut movements: Vec<MovementRow> = rows
            .into_iter()
            .map(|(row, user)| {
                Ok(MovementRow {
                    user: user_name(scope.conn(), user)?,
                    from: account_name(&all, &row.from),
                    to: account_name(&all, &row.to),
                    ..row
                })
            })
            .collect::<Result<_, Refusal>>()?;
        if let Some(account) = account.filter(|_| all_here)
            && let Some((sum, before)) = earlier(scope.conn(), product.id, &account)?
        {
            let name = account_name(&all, &account);
            let (from, to) = if sum < 0 {
                (name, String::new())
            } else {
                (String::new(), name)
            };
            movements.push(MovementRow {
                // Noon: the same day in every store's time.
                wall: i64::from(before.0) * 86_400_000 + 43_200_000,
                quantity: sum.abs(),
                from,
                to,
                reason: "earlier".to_owned(),
                note: None,
                user: String::new(),
                document: None,
            });
        }
        Ok(Movements { movements })
    }
}
