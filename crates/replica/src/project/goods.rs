//! Rows of goods: movements, and balances as their sum.

use model::ids::Id;
use model::records::{Account, CountLine, Movement, MovementReason};
use rusqlite::params;

use super::Projector;
use crate::error::ReplicaError;
use crate::row;
use crate::rows::Table;

const MOVEMENT: Table = Table {
    name: "movement",
    columns: "id,product,quantity,from_account,to_account,reason,note,document,unit_cost,wall,user",
};

/// What a movement that answers a count is called.
pub const COUNT: &str = "count";

const COUNT_LINE: Table = Table {
    name: "count_line",
    columns: "id,product,place,counted,time,user",
};

impl Projector<'_> {
    pub(super) fn count_line(&mut self, id: Id, body: &CountLine) -> Result<(), ReplicaError> {
        let (place, header) = (body.place.key(), self.header);
        self.insert_placed(
            &COUNT_LINE,
            &row![&id, &body.product, &place, body.counted, self.instant(), &header.user],
        )
    }

    pub(super) fn movement(&mut self, id: Id, body: &Movement) -> Result<(), ReplicaError> {
        let reason = match body.reason {
            MovementReason::Opening => "opening",
            MovementReason::Adjustment => "adjustment",
            MovementReason::Count => COUNT,
        };
        let document = body.document.map(|cite| self.resolve(cite));
        self.move_goods(
            id,
            &body.product,
            body.quantity,
            body.from,
            body.to,
            reason,
            body.note.as_deref(),
            document,
            body.unit_cost,
        )
    }

    #[allow(clippy::too_many_arguments)] // The columns of one row.
    pub(super) fn move_goods(
        &mut self,
        id: Id,
        product: &Id,
        quantity: i64,
        from: Account,
        to: Account,
        reason: &str,
        note: Option<&str>,
        document: Option<Id>,
        unit_cost: Option<i64>,
    ) -> Result<(), ReplicaError> {
        let (from, to) = (from.key(), to.key());
        let note = note.map(str::to_owned);
        let header = self.header;
        self.insert_placed(
            &MOVEMENT,
            &row![
                &id,
                product,
                quantity,
                &from,
                &to,
                reason,
                &note,
                &document,
                &unit_cost,
                header.wall,
                &header.user
            ],
        )?;
        if self.folding {
            return Ok(());
        }
        let quantity = if self.removing { -quantity } else { quantity };
        for (account, change) in [(&from, -quantity), (&to, quantity)] {
            self.conn
                .prepare_cached(
                    "INSERT INTO balance (product, account, quantity) VALUES (?1, ?2, ?3)
                     ON CONFLICT (product, account) DO UPDATE SET quantity = quantity + ?3",
                )?
                .execute(params![product.as_bytes(), account, change])?;
            if self.removing {
                // A balance that no movement is left of was never there.
                self.conn
                    .prepare_cached(
                        "DELETE FROM balance WHERE product = ?1 AND account = ?2 AND NOT EXISTS
                         (SELECT 1 FROM movement m WHERE m.product = ?1 AND (m.from_account = ?2 OR m.to_account = ?2))
                         AND NOT EXISTS (SELECT 1 FROM base_balance b WHERE b.product = ?1 AND b.account = ?2)",
                    )?
                    .execute(params![product.as_bytes(), account])?;
            }
        }
        Ok(())
    }
}
