//! The test room: drafts of eye tests, and signed prescriptions.

use optics::EyePrescription;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Done;
use crate::ids::{Hash, Id};
use crate::request;

/// Begins an eye test of a customer; the draft is a document from here on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TestStart {
    pub customer: Id,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TestMade {
    pub test: Id,
}
request!(120 "test.start" TestStart => TestMade, Command, ClinicWrite);

/// Writes what is given of a draft: an eye is one value, so a merge cannot mix two people's powers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TestWrite {
    pub test: Id,
    #[serde(default)]
    pub right: Option<EyePrescription>,
    #[serde(default)]
    pub left: Option<EyePrescription>,
    #[serde(default)]
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TestWritten {
    /// Heads of the draft after this; what `prescription.sign` names.
    pub heads: Vec<Hash>,
}
request!(121 "test.write" TestWrite => TestWritten, Command, ClinicWrite);

/// Keeps the keys typed since the last field was left, so that a crash loses none.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TestTyped {
    pub test: Id,
    /// What the window wants back; empty forgets it.
    pub body: String,
}
request!(122 "test.typed" TestTyped => Done, Local, ClinicWrite);

/// A draft as it stands.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TestGet {
    pub test: Id,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Test {
    pub id: Id,
    pub customer: Id,
    pub customer_name: String,
    pub started: i64,
    pub started_by: String,
    pub right: EyePrescription,
    pub left: EyePrescription,
    pub reason: String,
    pub heads: Vec<Hash>,
    /// Eyes written differently in two places at once.
    pub conflicts: Vec<String>,
    /// Keys typed and not yet in the draft.
    pub typed: Option<String>,
    /// Set once it was signed.
    pub prescription: Option<Id>,
}
request!(123 "test.get" TestGet => Test, Query, ClinicRead);

/// Open drafts of a customer, or of all, newest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct TestList {
    #[serde(default)]
    pub customer: Option<Id>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TestRow {
    pub test: Id,
    pub customer: Id,
    pub customer_name: String,
    pub started: i64,
    pub started_by: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Tests {
    /// At most 100.
    pub tests: Vec<TestRow>,
}
request!(124 "test.list" TestList => Tests, Query, ClinicRead);

/// Signs what is on screen. It is immutable from then on.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct PrescriptionSign {
    pub customer: Id,
    /// The draft it closes; none for a prescription from outside.
    #[serde(default)]
    pub test: Option<Id>,
    /// Heads of the draft on screen; refused when it moved since.
    #[serde(default)]
    pub heads: Vec<Hash>,
    pub right: EyePrescription,
    pub left: EyePrescription,
    /// 6, 12 or 24, as the profile allows.
    pub months: u32,
    /// The version it replaces.
    #[serde(default)]
    pub supersedes: Option<Id>,
    /// Name of the outside doctor.
    #[serde(default)]
    pub doctor: Option<String>,
    /// Reason for values outside the profile's limits.
    #[serde(default)]
    pub reason: Option<String>,
    /// Signing asks for the signer's own password, or PIN where one works.
    pub password: String,
}

impl std::fmt::Debug for PrescriptionSign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Powers and passwords never reach a log.
        write!(f, "PrescriptionSign {{ customer: {}, .. }}", self.customer)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PrescriptionSigned {
    pub prescription: Id,
    pub version: u32,
    /// Days since 1970.
    pub valid_until: i32,
}
request!(125 "prescription.sign" PrescriptionSign => PrescriptionSigned, Command, ClinicWrite);

/// Withdraws a prescription: it may no longer be dispensed to.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PrescriptionCancel {
    pub prescription: Id,
    pub reason: String,
}
request!(126 "prescription.cancel" PrescriptionCancel => Done, Command, ClinicWrite);

/// Whether a prescription may be dispensed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Valid,
    Expired,
    Superseded,
    Cancelled,
    /// Two replaced the same one: a clinician picks.
    Disputed,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Prescription {
    pub id: Id,
    pub customer: Id,
    pub customer_name: String,
    pub right: EyePrescription,
    pub left: EyePrescription,
    pub version: u32,
    pub standing: Standing,
    /// Days since 1970.
    pub signed_day: i32,
    pub signed_at: i64,
    pub valid_until: i32,
    pub signed_by: String,
    pub store: String,
    /// Name of the outside doctor.
    pub doctor: Option<String>,
    pub supersedes: Option<Id>,
    pub reason: Option<String>,
}

/// One prescription.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PrescriptionGet {
    pub prescription: Id,
}
request!(127 "prescription.get" PrescriptionGet => Prescription, Query, ClinicRead);

/// A customer's prescriptions, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PrescriptionList {
    pub customer: Id,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Prescriptions {
    pub prescriptions: Vec<Prescription>,
}
request!(128 "prescription.list" PrescriptionList => Prescriptions, Query, ClinicRead);

/// The card of a prescription, as a PDF in base64.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PrescriptionCard {
    pub prescription: Id,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Card {
    pub pdf: String,
    /// A file name without anything personal in it.
    pub name: String,
}
request!(129 "prescription.card" PrescriptionCard => Card, Query, ClinicRead);
