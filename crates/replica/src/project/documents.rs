//! Rows of documents: every held change, and what the fold of a document's changes says.

use model::ids::{Hash, Id};
use model::records::{DocumentChange, DocumentKind, Record};
use rusqlite::{Connection, params};

use super::Projector;
use crate::digest::DOCUMENTS;
use crate::document::{Document, Fold, HeldChange, MAX_BYTES, MAX_CHANGES, MAX_OPERATIONS};
use crate::error::ReplicaError;
use crate::row;
use crate::rows::digest_row;

/// One held change with who made it and when, for the history of a field.
pub struct ChangeRow {
    pub change: DocumentChange,
    pub header: Hash,
    pub wall: i64,
    pub user: Option<Id>,
    pub device: Id,
}

/// The held changes of a document, in an order that every replica shares; of a document that is too long, its first ones.
pub fn document_changes(conn: &Connection, kind: DocumentKind, document: Id) -> Result<Vec<ChangeRow>, ReplicaError> {
    Ok(held_changes(conn, kind, document)?.rows)
}

/// What is folded of a document.
struct Changes {
    rows: Vec<ChangeRow>,
    /// The length of their bodies.
    bytes: usize,
    /// False of a document that is too long: others are held besides.
    all: bool,
}

fn held_changes(conn: &Connection, kind: DocumentKind, document: Id) -> Result<Changes, ReplicaError> {
    let mut statement = conn.prepare_cached(
        "SELECT body, header, wall, user, device FROM document_change WHERE kind = ? AND document = ? ORDER BY id LIMIT ?",
    )?;
    let mut rows = statement.query(params![kind.code(), document.as_bytes(), MAX_CHANGES as i64 + 1])?;
    let mut changes = Changes {
        rows: Vec::new(),
        bytes: 0,
        all: true,
    };
    let mut operations = 0;
    while let Some(row) = rows.next()? {
        let body: Vec<u8> = row.get(0)?;
        if changes.rows.len() == MAX_CHANGES || changes.bytes + body.len() > MAX_BYTES {
            changes.all = false;
            break;
        }
        changes.bytes += body.len();
        let Ok(Record::DocumentChange(change)) = Record::from_bytes(&body) else {
            return Err(ReplicaError::damaged("a document change"));
        };
        operations += change.ops.len();
        if operations > MAX_OPERATIONS {
            changes.all = false;
            break;
        }
        let hash: Vec<u8> = row.get(1)?;
        let user: Option<Vec<u8>> = row.get(3)?;
        let device: Vec<u8> = row.get(4)?;
        changes.rows.push(ChangeRow {
            change,
            header: Hash::from_slice(&hash).ok_or_else(|| ReplicaError::damaged("a header hash"))?,
            wall: row.get(2)?,
            user: user.as_deref().and_then(Id::from_slice),
            device: Id::from_slice(&device).ok_or_else(|| ReplicaError::damaged("a device id"))?,
        });
    }
    Ok(changes)
}

/// A document as it stands here.
pub fn load_document(conn: &Connection, kind: DocumentKind, document: Id) -> Result<Document, ReplicaError> {
    Ok(fold_held(conn, kind, document)?.0.into_document())
}

/// The fold of a document, and whether it is of all that is held.
fn fold_held(conn: &Connection, kind: DocumentKind, document: Id) -> Result<(Fold, bool), ReplicaError> {
    let Changes { rows, bytes, all } = held_changes(conn, kind, document)?;
    let held: Vec<HeldChange> = rows
        .into_iter()
        .map(|row| HeldChange {
            header: row.header,
            change: row.change,
        })
        .collect();
    Ok((Fold::of(kind, &held).sized(bytes), all))
}

impl Projector<'_> {
    pub(super) fn document_change(
        &mut self,
        id: Id,
        body: &DocumentChange,
        record: &Record,
    ) -> Result<(), ReplicaError> {
        let header = self.header;
        self.touched.push((body.kind, body.document));
        if self.removing {
            self.digest.folds.forget(body.kind, body.document);
            self.conn
                .prepare_cached("DELETE FROM document_change WHERE kind = ? AND document = ? AND id = ?")?
                .execute(params![body.kind.code(), body.document.as_bytes(), id.as_bytes()])?;
            return Ok(());
        }
        let bytes = record.to_bytes();
        self.digest.folds.join(self.hash, body, bytes.len());
        self.conn
            .prepare_cached(
                "INSERT INTO document_change (id, kind, document, header, wall, user, device, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                id.as_bytes(),
                body.kind.code(),
                body.document.as_bytes(),
                self.hash.as_bytes(),
                header.wall,
                header.user.as_ref().map(|user| user.as_bytes().to_vec()),
                self.certificate.device.as_bytes(),
                bytes,
            ])?;
        Ok(())
    }

    pub(super) fn fold_document(&mut self, kind: DocumentKind, document: Id) -> Result<(), ReplicaError> {
        let kept = self.digest.folds.take(kind, document);
        debug_assert!(kept.as_ref().is_none_or(|fold| self.is_of_all(kind, document, fold)));
        let (fold, all) = match kept {
            Some(fold) => (fold, true),
            None => fold_held(self.conn, kind, document)?,
        };
        self.write_document(kind, document, fold.document())?;
        if all {
            self.digest.folds.keep(kind, document, fold);
        }
        Ok(())
    }

    /// Whether a fold was made from as many changes as are held.
    fn is_of_all(&self, kind: DocumentKind, document: Id, fold: &Fold) -> bool {
        let held = self.conn.query_row(
            "SELECT COUNT(*) FROM document_change WHERE kind = ? AND document = ?",
            params![kind.code(), document.as_bytes()],
            |row| row.get::<_, i64>(0),
        );
        held.is_ok_and(|held| usize::try_from(held) == Ok(fold.size().changes))
    }

    fn write_document(&mut self, kind: DocumentKind, document: Id, folded: &Document) -> Result<(), ReplicaError> {
        let before: Option<Vec<u8>> = match self
            .conn
            .prepare_cached("SELECT heads FROM document WHERE kind = ? AND id = ?")?
            .query_row(params![kind.code(), document.as_bytes()], |row| row.get(0))
        {
            Ok(heads) => Some(heads),
            Err(rusqlite::Error::QueryReturnedNoRows) => None,
            Err(error) => return Err(error.into()),
        };
        let heads = folded.heads_bytes();
        let code = kind.code();
        if !self.has_changes(kind, document)? {
            // Every change of it stood in parts that count as absent: it is as if it had never been.
            return self.forget_document(kind, document, before.as_deref());
        }
        if let Some(before) = &before {
            self.digest.remove(
                self.lane,
                DOCUMENTS,
                digest_row("document", &row![code, &document, before]),
            );
        }
        self.digest.add(
            self.lane,
            DOCUMENTS,
            digest_row("document", &row![code, &document, &heads]),
        );
        let conflicts: Vec<&str> = folded.conflicts().collect();
        let conflicts = (!conflicts.is_empty()).then(|| conflicts.join(" "));
        self.conn
            .prepare_cached(
                "INSERT INTO document (kind, id, heads, conflicts) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (kind, id) DO UPDATE SET heads = ?3, conflicts = ?4",
            )?
            .execute(params![code, document.as_bytes(), heads, conflicts])?;
        match kind {
            DocumentKind::Product => self.product_row(document, folded),
            DocumentKind::CustomerContact => self.customer_row(document, folded),
            DocumentKind::CustomerClinical => self.clinical_row(document, folded),
            DocumentKind::CustomerInvoice => self.invoice_row(document, folded),
            DocumentKind::EyeTest => self.eye_test_row(document, folded),
            // Place and reorder level are shown with the stock issue; until then the document is kept whole.
            DocumentKind::StockItem => Ok(()),
        }
    }

    fn product_row(&mut self, id: Id, product: &Document) -> Result<(), ReplicaError> {
        let (list, offer) = retail_price(product.text("price"));
        let row: i64 = self
            .conn
            .prepare_cached(
                "INSERT INTO product (id, code, name, kind, brand, barcode, hsn, list, offer, rate, active)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                 ON CONFLICT (id) DO UPDATE SET code = ?2, name = ?3, kind = ?4, brand = ?5, barcode = ?6, hsn = ?7, list = ?8,
                   offer = ?9, rate = ?10, active = ?11
                 RETURNING row",
            )?
            .query_row(
                params![
                    id.as_bytes(),
                    product.text("code"),
                    product.text("name"),
                    product.text("kind"),
                    product.text("brand"),
                    product.text("barcode"),
                    product.text("hsn"),
                    list,
                    offer,
                    product.int("rate"),
                    product.flag("active").unwrap_or(true),
                ],
                |row| row.get(0),
            )?;
        let words = [
            product.text("name"),
            product.text("code"),
            product.text("barcode"),
            product.text("brand"),
        ];
        self.conn
            .prepare_cached("DELETE FROM product_search WHERE rowid = ?")?
            .execute([row])?;
        self.conn
            .prepare_cached("INSERT INTO product_search (rowid, words) VALUES (?, ?)")?
            .execute(params![row, words.join(" ")])?;
        Ok(())
    }

    fn has_changes(&self, kind: DocumentKind, document: Id) -> Result<bool, ReplicaError> {
        Ok(self
            .conn
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM document_change WHERE kind = ? AND document = ?)")?
            .query_row(params![kind.code(), document.as_bytes()], |row| row.get(0))?)
    }

    fn forget_document(&mut self, kind: DocumentKind, id: Id, heads: Option<&[u8]>) -> Result<(), ReplicaError> {
        let Some(heads) = heads else { return Ok(()) };
        let row = digest_row("document", &row![kind.code(), &id, heads]);
        self.digest.remove(self.lane, DOCUMENTS, row);
        self.conn
            .prepare_cached("DELETE FROM document WHERE kind = ? AND id = ?")?
            .execute(params![kind.code(), id.as_bytes()])?;
        let table = match kind {
            DocumentKind::CustomerContact => {
                self.forget_customer_words(id)?;
                "customer"
            }
            DocumentKind::CustomerClinical => "customer_clinical",
            DocumentKind::CustomerInvoice => "customer_invoice",
            DocumentKind::EyeTest => "eye_test",
            // Without unit: they go only with a commit that as a whole can no longer be read.
            DocumentKind::Product => {
                self.conn
                    .prepare_cached("DELETE FROM product_search WHERE rowid = (SELECT row FROM product WHERE id = ?)")?
                    .execute([id.as_bytes()])?;
                "product"
            }
            DocumentKind::StockItem => return Ok(()),
        };
        self.conn
            .prepare_cached(&format!("DELETE FROM {table} WHERE id = ?"))?
            .execute([id.as_bytes()])?;
        Ok(())
    }

    /// Takes a customer out of the index, by the very words that were put in: they are those of the row.
    fn forget_customer_words(&self, id: Id) -> Result<(), ReplicaError> {
        self.conn
            .prepare_cached(
                "INSERT INTO customer_search (customer_search, rowid, words)
                 SELECT 'delete', row, name || ' ' || phone || ' ' || email || ' ' || code FROM customer WHERE id = ?",
            )?
            .execute([id.as_bytes()])?;
        Ok(())
    }

    fn customer_row(&mut self, id: Id, customer: &Document) -> Result<(), ReplicaError> {
        self.forget_customer_words(id)?;
        let row: i64 = self
            .conn
            .prepare_cached(
                "INSERT INTO customer (id, code, name, phone, email, birth_day, address) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (id) DO UPDATE SET code = ?2, name = ?3, phone = ?4, email = ?5, birth_day = ?6, address = ?7
                 RETURNING row",
            )?
            .query_row(
                params![
                    id.as_bytes(),
                    customer.text("code"),
                    customer.text("name"),
                    customer.text("phone"),
                    customer.text("email"),
                    customer.int("birth_day"),
                    customer.text("address"),
                ],
                |row| row.get(0),
            )?;
        let phone = customer.text("phone");
        let words = [
            customer.text("name"),
            phone,
            customer.text("email"),
            customer.text("code"),
        ]
        .join(" ");
        self.conn
            .prepare_cached("INSERT INTO customer_search (rowid, words) VALUES (?, ?)")?
            .execute(params![row, words])?;
        Ok(())
    }

    fn clinical_row(&mut self, id: Id, clinical: &Document) -> Result<(), ReplicaError> {
        self.conn
            .prepare_cached("INSERT OR REPLACE INTO customer_clinical (id, allergies, notes) VALUES (?, ?, ?)")?
            .execute(params![
                id.as_bytes(),
                clinical.text("allergies"),
                clinical.text("notes")
            ])?;
        Ok(())
    }

    fn invoice_row(&mut self, id: Id, invoice: &Document) -> Result<(), ReplicaError> {
        self.conn
            .prepare_cached("INSERT OR REPLACE INTO customer_invoice (id, legal_name, gstin) VALUES (?, ?, ?)")?
            .execute(params![
                id.as_bytes(),
                invoice.text("legal_name"),
                invoice.text("gstin")
            ])?;
        Ok(())
    }

    fn eye_test_row(&mut self, id: Id, test: &Document) -> Result<(), ReplicaError> {
        // Who tested and when is the first change's, whatever arrived first: the least (wall, id) of all.
        let (wall, user): (i64, Option<Vec<u8>>) = self.conn.query_row(
            "SELECT wall, user FROM document_change WHERE kind = ? AND document = ? ORDER BY wall, id LIMIT 1",
            params![DocumentKind::EyeTest.code(), id.as_bytes()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        self.conn
            .prepare_cached(
                "INSERT OR REPLACE INTO eye_test (id, customer, store, right, left, reason, user, wall) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                id.as_bytes(),
                test.bytes("customer"),
                test.bytes("store"),
                test.bytes("right"),
                test.bytes("left"),
                test.text("reason"),
                user,
                wall,
            ])?;
        Ok(())
    }
}

/// List and offer price in minor units from their one value, `list/offer`; nothing readable is a price of 0, which no
/// sale passes without an override.
fn retail_price(text: &str) -> (i64, i64) {
    let parse = |text: &str| text.parse::<i64>().ok().filter(|price| *price >= 0);
    text.split_once('/')
        .and_then(|(list, offer)| Some((parse(list)?, parse(offer)?)))
        .unwrap_or((0, 0))
}
