//! Projection: what each record becomes in rows. A pure function of the commit and of the rows before it, whose results do
//! not depend on the order of arrival.

mod clinic;
mod control;
mod documents;
mod ends;
mod erasure;
mod goods;
mod trade;

use journal::{Certificate, Header, record_id};
use model::ids::{Hash, Id};
use model::records::{Cite, Record};
use rusqlite::Connection;

use crate::digest::Digest;
use crate::error::ReplicaError;
use crate::rows::{Column, Table};

pub use documents::{document_changes, load_document};
pub use goods::COUNT;
pub(crate) use trade::goods_of_line;

/// Tables whose rows are compared by `verify` and made anew by `rebuild`.
pub const PROJECTED: &[&str] = &[
    "organisation",
    "profile",
    "store",
    "app_user",
    "user_password",
    "role_grant",
    "grant_revoked",
    "user_disabled",
    "user_enabled",
    "device",
    "log_closed",
    "log_extended",
    "commit_lost",
    "late_taken",
    "key_closed",
    "key_standing",
    "checkpoint",
    "level_raised",
    "erase_order",
    "erase_withdrawn",
    "session",
    "session_end",
    "sale",
    "sale_line",
    "payment",
    "sale_name",
    "replayed",
    "sign_in",
    "movement",
    "count_line",
    "balance",
    "prescription",
    "prescription_cancelled",
    "document_change",
    "document",
    "product",
    "customer",
    "customer_clinical",
    "customer_invoice",
    "eye_test",
];

/// One commit on its way into rows.
pub(crate) struct Projector<'a> {
    pub conn: &'a Connection,
    pub digest: &'a mut Digest,
    pub certificate: &'a Certificate,
    pub header: &'a Header,
    pub hash: Hash,
    pub lane: u8,
    /// Of the commit in `commit_log`.
    pub row: i64,
    /// Documents this commit touched; each is folded once, after the last record.
    pub touched: Vec<(model::records::DocumentKind, Id)>,
    /// Rows are taken away instead of written: parts of the commit came to count as absent.
    pub removing: bool,
    /// What they came to goes into sums, so that balances stay.
    pub folding: bool,
}

/// A record with its place in the commit.
#[derive(Clone)]
pub(crate) struct Placed {
    pub part: u16,
    pub index: u16,
    pub record: Record,
}

impl Placed {
    /// Where the record stands in its commit, as one number that grows from part to part.
    fn line(&self) -> i64 {
        i64::from(self.part) * journal::limits::MAX_RECORDS as i64 + i64::from(self.index)
    }
}

impl Projector<'_> {
    /// The month of the commit's business date.
    pub fn month(&self) -> i32 {
        retail::Day(self.header.date).month_number()
    }

    pub fn id(&self, placed: &Placed) -> Id {
        record_id(&self.hash, placed.part, placed.index)
    }

    pub fn resolve(&self, cite: Cite) -> Id {
        cite.resolve(|part, index| record_id(&self.hash, part, index))
    }

    pub fn insert(&mut self, table: &Table, columns: &[Column<'_>]) -> Result<(), ReplicaError> {
        let month = self.month();
        if self.removing {
            return table.remove(self.conn, self.digest, self.lane, month, columns);
        }
        table.insert(self.conn, self.digest, self.lane, month, columns)
    }

    /// Inserts with the commit's row beside.
    pub fn insert_placed(&mut self, table: &Table, columns: &[Column<'_>]) -> Result<(), ReplicaError> {
        if self.removing {
            return self.insert(table, columns);
        }
        let (month, row) = (self.month(), self.row);
        table.insert_placed(self.conn, self.digest, self.lane, month, columns, row)
    }

    /// Projects all records of the commit.
    pub fn project(&mut self, records: &[Placed]) -> Result<(), ReplicaError> {
        let before = self.units_moved_by(records)?;
        self.facts(records)?;
        self.fold_touched()?;
        self.units_moved(before)
    }

    /// Writes the rows of these records, or takes them away; documents are folded after.
    pub fn facts(&mut self, records: &[Placed]) -> Result<(), ReplicaError> {
        if self.removing {
            // Lines look for their sale, so it goes last.
            return records.iter().rev().try_for_each(|placed| self.record(placed));
        }
        // Lines and payments stand in the order of their records.
        records.iter().try_for_each(|placed| self.record(placed))
    }

    fn fold_touched(&mut self) -> Result<(), ReplicaError> {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        touched
            .into_iter()
            .try_for_each(|(kind, document)| self.fold_document(kind, document))
    }

    fn record(&mut self, placed: &Placed) -> Result<(), ReplicaError> {
        let id = self.id(placed);
        match &placed.record {
            Record::OrganisationFounded(body) => self.organisation_founded(id, body),
            Record::ProfileSet(body) => self.profile_set(id, body),
            Record::StoreOpened(body) => self.store_opened(id, body),
            Record::UserAdded(body) => self.user_added(id, body),
            Record::PasswordSet(body) => self.password_set(id, body),
            Record::RoleGranted(body) => self.role_granted(id, body),
            Record::GrantRevoked(body) => self.grant_revoked(id, body),
            Record::UserDisabled(body) => self.user_disabled(id, body),
            Record::UserEnabled(body) => self.user_enabled(id, body),
            Record::CertificateIssued(body) => self.certificate_issued(id, body),
            Record::LogClosed(body) => self.log_closed(id, body),
            Record::LogExtended(body) => self.log_extended(id, body),
            Record::CommitLost(body) => self.commit_lost(id, body),
            Record::LateTaken(body) => self.late_taken(id, body),
            Record::KeyClosed(body) => self.key_closed(id, body),
            Record::LevelRaised(body) => self.level_raised(id, *body),
            Record::CheckpointMade(body) => self.checkpoint_made(id, body, &placed.record),
            Record::EraseOrdered(body) => self.erase_ordered(id, body),
            Record::EraseWithdrawn(body) => self.erase_withdrawn(id, body),
            Record::SessionOpened(body) => self.session_opened(id, body),
            Record::SessionClosed(body) => self.session_closed(id, body),
            Record::Sale(body) => self.sale(id, body),
            Record::SaleLine(body) => self.sale_line(id, placed.line(), body),
            Record::Payment(body) => self.payment(id, placed.line(), body),
            Record::SaleName(body) => self.sale_name(id, body),
            Record::Replayed(body) => self.replayed(id, body),
            Record::SignIn(body) => self.sign_in(id, body),
            Record::Movement(body) => self.movement(id, body),
            Record::CountLine(body) => self.count_line(id, body),
            Record::PrescriptionSigned(body) => self.prescription_signed(id, body),
            Record::PrescriptionCancelled(body) => self.prescription_cancelled(id, body),
            Record::DocumentChange(body) => self.document_change(id, body, &placed.record),
        }
    }
}
