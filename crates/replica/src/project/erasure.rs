//! Rows of erasure orders, and what moves with them: parts that come to count as absent, or to count again.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use journal::{Certificate, Header, Part};
use model::ids::{Hash, Id};
use model::records::{DocumentKind, ERASE_GRACE_MS, EraseOrdered, EraseWithdrawn, Record};
use rusqlite::params;

use super::{Placed, Projector};
use crate::erasure::{Lying, counting, is_erased};
use crate::error::ReplicaError;
use crate::level;
use crate::row;
use crate::rows::Table;
use crate::vector::read_commit;

const ORDER: Table = Table {
    name: "erase_order",
    columns: "id,unit,customer,reason,not_before,wall,user",
};
const WITHDRAWN: Table = Table {
    name: "erase_withdrawn",
    columns: "id,ordered,instant,user",
};

/// Documents of a lane that are folded once all commits are done.
type Touched = BTreeSet<(u8, DocumentKind, Id)>;

/// A held commit as it lies in the tables.
struct Held {
    row: i64,
    hash: Hash,
    lane: u8,
    header: Header,
    certificate: Certificate,
    given: Vec<Option<Vec<u8>>>,
    read: Vec<Option<Part>>,
    opaque: bool,
}

impl Held {
    fn lying(&self) -> Lying<'_> {
        Lying {
            header: &self.header,
            given: &self.given,
            read: &self.read,
        }
    }
}

impl Projector<'_> {
    /// An order judges the parts of other commits; were parts of its own erased, whether it is read could hang on itself.
    fn alone(&self) -> Result<(), ReplicaError> {
        if self.header.parts.iter().any(|part| part.unit.is_some()) {
            return Err(ReplicaError::damaged("an erasure order beside personal data"));
        }
        Ok(())
    }

    pub(super) fn erase_ordered(&mut self, id: Id, body: &EraseOrdered) -> Result<(), ReplicaError> {
        self.alone()?;
        let not_before = body.not_before.max(self.instant().saturating_add(ERASE_GRACE_MS));
        let (reason, header) = (body.reason.code(), self.header);
        for unit in &body.units {
            self.insert(
                &ORDER,
                &row![&id, unit, &body.customer, reason, not_before, header.wall, &header.user],
            )?;
        }
        Ok(())
    }

    pub(super) fn erase_withdrawn(&mut self, id: Id, body: &EraseWithdrawn) -> Result<(), ReplicaError> {
        self.alone()?;
        let (instant, header) = (self.instant(), self.header);
        self.insert(&WITHDRAWN, &row![&id, &body.order, instant, &header.user])
    }

    /// The units that these records may move, and whether they count as absent so far.
    pub(super) fn units_moved_by(&self, records: &[Placed]) -> Result<BTreeMap<Id, bool>, ReplicaError> {
        let mut units = BTreeSet::new();
        for placed in records {
            match &placed.record {
                Record::EraseOrdered(order) => units.extend(order.units.iter().copied()),
                Record::EraseWithdrawn(withdrawn) => {
                    let mut statement = self.conn.prepare_cached("SELECT unit FROM erase_order WHERE id = ?")?;
                    let mut rows = statement.query([withdrawn.order.as_bytes()])?;
                    while let Some(row) = rows.next()? {
                        let unit: Vec<u8> = row.get(0)?;
                        units.extend(Id::from_slice(&unit));
                    }
                }
                _ => {}
            }
        }
        units
            .into_iter()
            .map(|unit| Ok((unit, is_erased(self.conn, unit)?)))
            .collect()
    }

    /// Takes away the rows of parts that count as absent from now on, and writes those of parts that count again.
    pub(super) fn units_moved(&mut self, before: BTreeMap<Id, bool>) -> Result<(), ReplicaError> {
        let mut moved = BTreeMap::new();
        for (unit, was) in before {
            let is = is_erased(self.conn, unit)?;
            if is != was {
                moved.insert(unit, is);
            }
        }
        let mut commits = BTreeSet::new();
        for unit in moved.keys() {
            let mut statement = self
                .conn
                .prepare_cached("SELECT commit_row FROM part WHERE unit = ? AND bytes IS NOT NULL")?;
            let mut rows = statement.query([unit.as_bytes()])?;
            while let Some(row) = rows.next()? {
                commits.insert(row.get::<_, i64>(0)?);
            }
        }
        let mut touched = Touched::new();
        for row in commits {
            let held = self.held(row)?;
            let mut was = Vec::with_capacity(held.header.parts.len());
            let mut is = Vec::with_capacity(held.header.parts.len());
            for part in &held.header.parts {
                let absent = part.unit.map_or(Ok(false), |unit| is_erased(self.conn, unit))?;
                let turned = part.unit.is_some_and(|unit| moved.contains_key(&unit));
                is.push(!absent);
                was.push(absent == turned);
            }
            self.recount(&held, &was, &is, &mut touched)?;
        }
        self.fold_all(touched)
    }

    /// Parts of this commit came that were missing and count: their rows are written. The commit is held at `row`.
    pub(crate) fn parts_came(&mut self, row: i64, came: &[bool]) -> Result<(), ReplicaError> {
        let held = self.held(row)?;
        let is = crate::erasure::counted(self.conn, &held.header)?;
        let was: Vec<bool> = is.iter().zip(came).map(|(is, came)| *is && !*came).collect();
        let mut touched = Touched::new();
        self.recount(&held, &was, &is, &mut touched)?;
        self.fold_all(touched)
    }

    fn fold_all(&mut self, touched: Touched) -> Result<(), ReplicaError> {
        let own = self.lane;
        for (lane, kind, document) in touched {
            self.lane = lane;
            self.fold_document(kind, document)?;
        }
        self.lane = own;
        Ok(())
    }

    /// Brings the rows of a held commit from the parts that counted to those that count.
    fn recount(&mut self, held: &Held, was: &[bool], is: &[bool], touched: &mut Touched) -> Result<(), ReplicaError> {
        if !level::reads(self.conn, held.header.level)? {
            return Ok(());
        }
        let now = counting(&held.lying(), |part| is[part]);
        if held.opaque {
            // It may have been a part that is absent now that nobody could read.
            if let Ok(records) = now
                && self.written(held, &records, touched)?
            {
                self.set_opaque(held.row, None)?;
            }
            return Ok(());
        }
        let before = counting(&held.lying(), |part| was[part])
            .map_err(|why| ReplicaError::damaged(format!("a commit that was projected: {why}")))?;
        let why = match now {
            Ok(records) => {
                let gone = only(&before, |part| !is[part]);
                let come = only(&records, |part| !was[part]);
                self.taken_away(held, &gone, touched)?;
                if self.written(held, &come, touched)? {
                    return Ok(());
                }
                let left = only(&before, |part| is[part]);
                self.taken_away(held, &left, touched)?;
                "the code that reads a part that counts again stopped".to_owned()
            }
            Err(why) => {
                self.taken_away(held, &before, touched)?;
                why
            }
        };
        self.set_opaque(held.row, Some(&why))
    }

    fn of<'a>(&'a mut self, held: &'a Held, removing: bool) -> Projector<'a> {
        Projector {
            conn: self.conn,
            digest: &mut *self.digest,
            certificate: &held.certificate,
            header: &held.header,
            hash: held.hash,
            lane: held.lane,
            row: held.row,
            touched: Vec::new(),
            removing,
            folding: false,
        }
    }

    fn taken_away(&mut self, held: &Held, records: &[Placed], touched: &mut Touched) -> Result<(), ReplicaError> {
        let mut projector = self.of(held, true);
        projector.facts(records)?;
        touched.extend(projector.touched.iter().map(|(kind, id)| (held.lane, *kind, *id)));
        Ok(())
    }

    /// Writes the rows of these records; false when that is not possible, and then none of them is there.
    fn written(&mut self, held: &Held, records: &[Placed], touched: &mut Touched) -> Result<bool, ReplicaError> {
        if records.is_empty() && !held.opaque {
            return Ok(true);
        }
        let staged = self.digest.staged();
        self.conn.execute_batch("SAVEPOINT recounted")?;
        let mut projector = self.of(held, false);
        let outcome = catch_unwind(AssertUnwindSafe(|| projector.facts(records)));
        match outcome {
            Ok(Ok(())) => {
                touched.extend(projector.touched.iter().map(|(kind, id)| (held.lane, *kind, *id)));
                self.conn.execute_batch("RELEASE recounted")?;
                return Ok(true);
            }
            Ok(Err(ReplicaError::Damaged(_))) | Err(_) => {}
            // A disk that fails is no fault of the commit.
            Ok(Err(other)) => return Err(other),
        }
        self.digest.unstage(staged);
        self.conn.execute_batch("ROLLBACK TO recounted; RELEASE recounted")?;
        Ok(false)
    }

    fn set_opaque(&self, row: i64, why: Option<&str>) -> Result<(), ReplicaError> {
        self.conn
            .prepare_cached("UPDATE commit_log SET opaque = ? WHERE row = ?")?
            .execute(params![why, row])?;
        Ok(())
    }

    fn held(&self, row: i64) -> Result<Held, ReplicaError> {
        let (hash, lane, header, signature, opaque, certificate) = self
            .conn
            .prepare_cached(
                "SELECT k.hash, k.lane, k.header, k.signature, k.opaque IS NOT NULL, c.bytes FROM commit_log k
                 JOIN log l ON l.log = k.log JOIN certificate c ON c.id = l.certificate WHERE k.row = ?",
            )?
            .query_row([row], |found| {
                Ok((
                    found.get::<_, Vec<u8>>(0)?,
                    found.get(1)?,
                    found.get::<_, Vec<u8>>(2)?,
                    found.get(3)?,
                    found.get(4)?,
                    found.get::<_, Vec<u8>>(5)?,
                ))
            })?;
        let damaged = |fault: String| ReplicaError::damaged(format!("a held commit: {fault}"));
        let commit = read_commit(self.conn, row, header, signature)?;
        Ok(Held {
            row,
            hash: Hash::from_slice(&hash).ok_or_else(|| damaged("its hash".to_owned()))?,
            lane,
            header: Header::from_bytes(&commit.header).map_err(|fault| damaged(fault.to_string()))?,
            certificate: Certificate::from_bytes(&certificate).map_err(|fault| damaged(fault.to_string()))?,
            read: commit
                .parts
                .iter()
                .map(|bytes| bytes.as_deref().and_then(|bytes| Part::from_bytes(bytes).ok()))
                .collect(),
            given: commit.parts,
            opaque,
        })
    }
}

fn only(records: &[Placed], part: impl Fn(usize) -> bool) -> Vec<Placed> {
    records
        .iter()
        .filter(|placed| part(usize::from(placed.part)))
        .cloned()
        .collect()
}
