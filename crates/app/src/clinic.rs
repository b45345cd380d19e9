//! The test room: drafts as documents, signed prescriptions as facts, and whether one may be dispensed to.

use base64::Engine;
use journal::Lane;
use model::ids::{Hash, Id};
use model::records::{DocumentKind, PrescriptionCancelled, PrescriptionSigned as Signed, PrescriptionSource, Value};
use model::refusal::Refusal;
use model::requests::Done;
use model::requests::clinic::{
    Card, Prescription, PrescriptionCancel, PrescriptionCard, PrescriptionGet, PrescriptionList, PrescriptionSign,
    PrescriptionSigned, Prescriptions, Standing, Test, TestGet, TestList, TestMade, TestRow, TestStart, TestTyped,
    TestWrite, TestWritten, Tests,
};
use optics::problem::Severity;
use optics::{EyePrescription, Power, PrescriptionValues, SigningLimits};
use replica::document::Document;
use replica::project::{document_changes, load_document};
use retail::{Day, Profile};
use rusqlite::{Connection, Row};

use crate::office::user_name;
use crate::scope::{Handle, Proof, Scope, execute, id_at, id_or_none, row};
use crate::{Caller, customers, place};

/// Longest text that the window keeps of keys typed.
const MAX_TYPED: usize = 64 * 1024;
const MAX_TESTS: i64 = 100;

/// Why a prescription is not dispensed to.
pub enum NotDispensed {
    /// In words that follow "the prescription".
    Why(String),
    Refused(Refusal),
}

impl From<Refusal> for NotDispensed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Whether lenses may be sold against a prescription on a day, to this customer.
pub fn may_be_dispensed(
    conn: &Connection,
    prescription: Id,
    customer: Option<Id>,
    day: Day,
) -> Result<(), NotDispensed> {
    let found = find(conn, prescription)?;
    let Some(found) = found else {
        return Err(NotDispensed::Why("is not known here".to_owned()));
    };
    if customer.is_some_and(|customer| customer != found.customer) {
        return Err(NotDispensed::Why("belongs to another customer".to_owned()));
    }
    if customer.is_none() {
        return Err(NotDispensed::Why("needs its customer on the sale".to_owned()));
    }
    let why = match standing(conn, &found, day)? {
        Standing::Valid => return Ok(()),
        Standing::Expired => format!("was valid until {}", Day(found.valid_until).text()),
        Standing::Superseded => "was replaced by a newer one".to_owned(),
        Standing::Cancelled => "was cancelled".to_owned(),
        Standing::Disputed => "was replaced twice; a clinician has to choose".to_owned(),
    };
    Err(NotDispensed::Why(why))
}

struct Found {
    id: Id,
    customer: Id,
    store: Id,
    outside: Option<String>,
    right: Vec<u8>,
    left: Vec<u8>,
    signed_day: i32,
    valid_until: i32,
    version: u32,
    supersedes: Option<Id>,
    reason: Option<String>,
    user: Option<Id>,
    wall: i64,
}

const COLUMNS: &str =
    "id, customer, store, outside, right, left, signed_day, valid_until, version, supersedes, reason, user, wall";

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    Ok(Found {
        id: id_at(row, 0)?,
        customer: id_at(row, 1)?,
        store: id_at(row, 2)?,
        outside: row.get(3)?,
        right: row.get(4)?,
        left: row.get(5)?,
        signed_day: row.get(6)?,
        valid_until: row.get(7)?,
        version: row.get(8)?,
        supersedes: id_or_none(row, 9)?,
        reason: row.get(10)?,
        user: id_or_none(row, 11)?,
        wall: row.get(12)?,
    })
}

fn find(conn: &Connection, id: Id) -> Result<Option<Found>, Refusal> {
    row(
        conn,
        &format!("SELECT {COLUMNS} FROM prescription WHERE id = ?"),
        &[&id.as_bytes()],
        found,
    )
}

fn cancelled(conn: &Connection, id: Id) -> Result<bool, Refusal> {
    let sql = "SELECT 1 FROM prescription_cancelled WHERE prescription = ? LIMIT 1";
    Ok(row(conn, sql, &[&id.as_bytes()], |_| Ok(()))?.is_some())
}

/// How many uncancelled prescriptions replace this one.
fn successors(conn: &Connection, id: Id) -> Result<i64, Refusal> {
    let sql = "SELECT COUNT(*) FROM prescription p WHERE supersedes = ?
               AND NOT EXISTS (SELECT 1 FROM prescription_cancelled x WHERE x.prescription = p.id)";
    Ok(row(conn, sql, &[&id.as_bytes()], |row| row.get(0))?.unwrap_or(0))
}

fn standing(conn: &Connection, found: &Found, day: Day) -> Result<Standing, Refusal> {
    if cancelled(conn, found.id)? {
        return Ok(Standing::Cancelled);
    }
    if successors(conn, found.id)? > 0 {
        return Ok(Standing::Superseded);
    }
    // Two that replace the same one: neither is dispensed to until a clinician cancels one.
    if let Some(before) = found.supersedes
        && successors(conn, before)? > 1
    {
        return Ok(Standing::Disputed);
    }
    Ok(if day.0 > found.valid_until {
        Standing::Expired
    } else {
        Standing::Valid
    })
}

fn eye(bytes: &[u8]) -> Result<EyePrescription, Refusal> {
    EyePrescription::from_bytes(bytes).map_err(|_| Refusal::Damaged {
        what: "the powers of an eye".to_owned(),
    })
}

fn shown(scope: &Scope<'_, '_>, found: Found) -> Result<Prescription, Refusal> {
    let conn = scope.conn();
    Ok(Prescription {
        standing: standing(conn, &found, scope.today()?)?,
        right: eye(&found.right)?,
        left: eye(&found.left)?,
        customer_name: customers::by_id(conn, found.customer)?
            .map(|row| row.name)
            .unwrap_or_default(),
        store: place::store(conn, found.store)?
            .map(|store| store.code)
            .unwrap_or_default(),
        signed_by: user_name(conn, found.user)?,
        id: found.id,
        customer: found.customer,
        version: found.version,
        signed_day: found.signed_day,
        signed_at: found.wall,
        valid_until: found.valid_until,
        doctor: found.outside,
        supersedes: found.supersedes,
        reason: found.reason,
    })
}

fn known(conn: &Connection, id: Id) -> Result<Found, Refusal> {
    find(conn, id)?.ok_or_else(|| Refusal::Unknown {
        what: "This prescription".to_owned(),
    })
}

/// What must be recorded before powers are even stored in a draft: nothing that a receiver would refuse.
fn bytes(eye: &EyePrescription) -> Result<Vec<u8>, Refusal> {
    eye.to_bytes()
        .map_err(|error| Refusal::BadPowers { why: error.to_string() })
}

impl Handle for TestStart {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<TestMade, Refusal> {
        let store = scope.own_store()?;
        customers::known(scope.conn(), self.customer)?;
        let test = scope.tx()?.random_id()?;
        let values = [
            ("customer".to_owned(), Value::Bytes(self.customer.0.to_vec())),
            ("store".to_owned(), Value::Bytes(store.0.to_vec())),
        ];
        let day = scope.today()?;
        let change = scope.tx()?.new_document(DocumentKind::EyeTest, test, values)?;
        let mut draft = scope.draft(Lane::All, day);
        if let Some(change) = change {
            draft.add_in(customers::unit(DocumentKind::EyeTest, self.customer), change);
        }
        scope.append(draft)?;
        Ok(TestMade { test })
    }
}

fn signed_test(conn: &Connection, test: Id) -> Result<Option<Id>, Refusal> {
    row(
        conn,
        "SELECT p.id FROM prescription p WHERE p.test = ? ORDER BY p.id LIMIT 1",
        &[&test.as_bytes()],
        |row| id_at(row, 0),
    )
}

fn test_customer(document: &Document) -> Result<Id, Refusal> {
    document
        .bytes("customer")
        .and_then(Id::from_slice)
        .ok_or_else(|| Refusal::Unknown {
            what: "This eye test".to_owned(),
        })
}

impl Handle for TestWrite {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<TestWritten, Refusal> {
        let document = load_document(scope.conn(), DocumentKind::EyeTest, self.test)?;
        let customer = test_customer(&document)?;
        if signed_test(scope.conn(), self.test)?.is_some() {
            return Err(Refusal::TestSigned);
        }
        let mut values = Vec::new();
        for (field, eye) in [("right", &self.right), ("left", &self.left)] {
            if let Some(eye) = eye {
                values.push((field.to_owned(), Value::Bytes(bytes(eye)?)));
            }
        }
        if let Some(reason) = &self.reason {
            if reason.chars().count() > 2_000 {
                return Err(Refusal::BadField {
                    field: "reason".to_owned(),
                    why: "it has at most 2,000 characters".to_owned(),
                });
            }
            values.push(("reason".to_owned(), Value::Text(reason.trim().to_owned())));
        }
        let change = scope.tx()?.change_document(DocumentKind::EyeTest, self.test, values)?;
        if let Some(change) = change {
            let mut draft = scope.draft(Lane::All, scope.today()?);
            draft.add_in(customers::unit(DocumentKind::EyeTest, customer), change);
            scope.append(draft)?;
        }
        // What was typed is in the draft now.
        forget_typed(scope.conn(), self.test)?;
        Ok(TestWritten {
            heads: load_document(scope.conn(), DocumentKind::EyeTest, self.test)?.heads,
        })
    }
}

fn typed_place(test: Id) -> String {
    format!("test:{test}")
}

fn forget_typed(conn: &Connection, test: Id) -> Result<(), Refusal> {
    execute(conn, "DELETE FROM local_typed WHERE place = ?", &[&typed_place(test)])?;
    Ok(())
}

impl Handle for TestTyped {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        if self.body.len() > MAX_TYPED {
            return Err(Refusal::BadRequest {
                why: "what was typed is longer than 64 KiB".to_owned(),
            });
        }
        if self.body.is_empty() {
            forget_typed(scope.conn(), self.test)?;
        } else {
            execute(
                scope.conn(),
                "INSERT OR REPLACE INTO local_typed (place, body, wall) VALUES (?, ?, ?)",
                &[&typed_place(self.test), &self.body, &scope.now],
            )?;
        }
        Ok(Done {})
    }
}

impl Handle for TestGet {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Test, Refusal> {
        let conn = scope.conn();
        let document = load_document(conn, DocumentKind::EyeTest, self.test)?;
        let customer = test_customer(&document)?;
        let changes = document_changes(conn, DocumentKind::EyeTest, self.test)?;
        let first = changes.iter().min_by_key(|change| change.wall);
        let recorded = |field: &str| {
            document
                .bytes(field)
                .map_or_else(|| Ok(EyePrescription::default()), eye)
        };
        Ok(Test {
            id: self.test,
            customer,
            customer_name: customers::by_id(conn, customer)?
                .map(|row| row.name)
                .unwrap_or_default(),
            started: first.map_or(0, |change| change.wall),
            started_by: user_name(conn, first.and_then(|change| change.user))?,
            right: recorded("right")?,
            left: recorded("left")?,
            reason: document.text("reason").to_owned(),
            conflicts: document.conflicts().map(str::to_owned).collect(),
            heads: document.heads,
            typed: row(
                conn,
                "SELECT body FROM local_typed WHERE place = ?",
                &[&typed_place(self.test)],
                |row| row.get(0),
            )?,
            prescription: signed_test(conn, self.test)?,
        })
    }
}

impl Handle for TestList {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Tests, Refusal> {
        let customer = self.customer.map(|customer| customer.0.to_vec());
        let rows = scope.rows(
            "SELECT t.id, t.customer, COALESCE(c.name, ''), t.wall, t.user FROM eye_test t LEFT JOIN customer c ON c.id = t.customer
             WHERE t.customer IS NOT NULL AND (?1 IS NULL OR t.customer = ?1)
               AND NOT EXISTS (SELECT 1 FROM prescription p WHERE p.test = t.id) ORDER BY t.wall DESC, t.id LIMIT ?2",
            &[&customer, &MAX_TESTS],
            |row| {
                Ok((id_at(row, 0)?, id_at(row, 1)?, row.get::<_, String>(2)?, row.get::<_, i64>(3)?, id_or_none(row, 4)?))
            },
        )?;
        let tests = rows
            .into_iter()
            .map(|(test, customer, customer_name, started, user)| {
                Ok(TestRow {
                    test,
                    customer,
                    customer_name,
                    started,
                    started_by: user_name(scope.conn(), user)?,
                })
            })
            .collect::<Result<_, Refusal>>()?;
        Ok(Tests { tests })
    }
}

/// The profile's limits of signing, as the optics crate takes them.
pub fn limits(profile: &Profile) -> SigningLimits {
    let signing = &profile.prescriptions.signing;
    SigningLimits {
        sphere: Power(signing.sphere),
        cylinder: Power(signing.cylinder),
        add_from: Power(signing.add_from),
        add_to: Power(signing.add_to),
        step: signing.step,
    }
}

/// Checks the powers and says whether a reason is needed.
fn check_powers(values: &PrescriptionValues, limits: &SigningLimits, reason: Option<&str>) -> Result<(), Refusal> {
    let problems = values.problems(limits);
    if let Some(problem) = problems.iter().find(|problem| problem.severity() == Severity::Blocks) {
        return Err(Refusal::BadPowers {
            why: format!("{problem}."),
        });
    }
    if let Some(problem) = problems
        .iter()
        .find(|problem| problem.severity() == Severity::NeedsReason)
        && reason.is_none()
    {
        return Err(Refusal::BadPowers {
            why: format!("{problem}; it needs a reason."),
        });
    }
    Ok(())
}

impl Handle for PrescriptionSign {
    /// Signing is the signer's own act: the password is asked although somebody is signed in.
    fn proof(&self, caller: &Caller) -> Option<Proof> {
        Some(Proof {
            login: caller.login.clone(),
            password: self.password.clone(),
        })
    }

    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<PrescriptionSigned, Refusal> {
        let store = scope.own_store()?;
        let profile = scope.profile()?;
        customers::known(scope.conn(), self.customer)?;
        if scope
            .proved
            .as_ref()
            .is_none_or(|signer| signer.user != scope.caller.user)
        {
            return Err(Refusal::NotSignedIn);
        }
        let values = PrescriptionValues {
            right: self.right,
            left: self.left,
        };
        let reason = self
            .reason
            .as_deref()
            .map(str::trim)
            .filter(|reason| !reason.is_empty());
        check_powers(&values, &limits(&profile), reason)?;
        if !profile.prescriptions.months_allowed.contains(&self.months) {
            return Err(Refusal::BadField {
                field: "validity".to_owned(),
                why: format!("{} months are not among those allowed", self.months),
            });
        }
        if let Some(test) = self.test {
            check_test(scope, test, self.customer, &self.heads, &values)?;
        }
        let version = match self.supersedes {
            None => 1,
            Some(before) => {
                let before = known(scope.conn(), before)?;
                if before.customer != self.customer {
                    return Err(Refusal::BadField {
                        field: "prescription replaced".to_owned(),
                        why: "it belongs to another customer".to_owned(),
                    });
                }
                if successors(scope.conn(), before.id)? > 0 {
                    return Err(Refusal::AlreadySuperseded);
                }
                before.version + 1
            }
        };
        let today = scope.today()?;
        let valid_until = today.plus_months(self.months).map_err(|error| Refusal::BadField {
            field: "validity".to_owned(),
            why: error.to_string(),
        })?;
        let source = match self.doctor.as_deref().map(str::trim) {
            Some("") => {
                return Err(Refusal::BadField {
                    field: "doctor".to_owned(),
                    why: "the name is empty".to_owned(),
                });
            }
            Some(doctor) => PrescriptionSource::Outside(crate::setup::name("doctor", doctor)?),
            None => PrescriptionSource::Tested,
        };
        let mut draft = scope.draft(Lane::All, today);
        let cite = draft.add_in(
            customers::unit(DocumentKind::CustomerClinical, self.customer),
            Signed {
                store,
                customer: self.customer,
                source,
                right: bytes(&values.right)?,
                left: bytes(&values.left)?,
                valid_until: valid_until.0,
                version,
                supersedes: self.supersedes,
                test: self.test,
                heads: self.heads,
                reason: reason.map(str::to_owned),
            },
        );
        let prescription = scope.append(draft)?.id(cite);
        if let Some(test) = self.test {
            forget_typed(scope.conn(), test)?;
        }
        Ok(PrescriptionSigned {
            prescription,
            version,
            valid_until: valid_until.0,
        })
    }
}

/// What is signed is what was on screen: the draft has not moved, and says the same.
fn check_test(
    scope: &Scope<'_, '_>,
    test: Id,
    customer: Id,
    heads: &[Hash],
    values: &PrescriptionValues,
) -> Result<(), Refusal> {
    let document = load_document(scope.conn(), DocumentKind::EyeTest, test)?;
    if test_customer(&document)? != customer {
        return Err(Refusal::BadField {
            field: "eye test".to_owned(),
            why: "it is another customer's".to_owned(),
        });
    }
    if signed_test(scope.conn(), test)?.is_some() {
        return Err(Refusal::TestSigned);
    }
    let mut seen = heads.to_vec();
    seen.sort_unstable();
    if seen != document.heads {
        return Err(Refusal::TestMoved);
    }
    for (field, shown) in [("right", &values.right), ("left", &values.left)] {
        let held = document
            .bytes(field)
            .map_or_else(|| Ok(EyePrescription::default()), eye)?;
        if held != *shown {
            return Err(Refusal::TestMoved);
        }
    }
    Ok(())
}

impl Handle for PrescriptionCancel {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        let found = known(scope.conn(), self.prescription)?;
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Refusal::ReasonNeeded);
        }
        if cancelled(scope.conn(), found.id)? {
            return Err(Refusal::BadField {
                field: "prescription".to_owned(),
                why: "it is cancelled already".to_owned(),
            });
        }
        let mut draft = scope.draft(Lane::All, scope.today()?);
        draft.add_in(
            customers::unit(DocumentKind::CustomerClinical, found.customer),
            PrescriptionCancelled {
                customer: found.customer,
                prescription: found.id,
                reason: reason.to_owned(),
            },
        );
        scope.append(draft)?;
        Ok(Done {})
    }
}

impl Handle for PrescriptionGet {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Prescription, Refusal> {
        let found = known(scope.conn(), self.prescription)?;
        shown(scope, found)
    }
}

impl Handle for PrescriptionList {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Prescriptions, Refusal> {
        let rows = scope.rows(
            &format!("SELECT {COLUMNS} FROM prescription WHERE customer = ? ORDER BY version DESC, wall DESC, id"),
            &[&self.customer.as_bytes()],
            found,
        )?;
        let prescriptions = rows
            .into_iter()
            .map(|found| shown(scope, found))
            .collect::<Result<_, _>>()?;
        Ok(Prescriptions { prescriptions })
    }
}

impl Handle for PrescriptionCard {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Card, Refusal> {
        let found = known(scope.conn(), self.prescription)?;
        let prescription = shown(scope, found)?;
        let pdf = crate::card::pdf(scope, &prescription)?;
        Ok(Card {
            pdf: base64::engine::general_purpose::STANDARD.encode(pdf),
            name: format!("prescription-{}.pdf", &prescription.id.to_string()[..8]),
        })
    }
}
