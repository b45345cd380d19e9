//! Rows of signed clinical facts.

use model::ids::Id;
use model::records::{PrescriptionCancelled, PrescriptionSigned, PrescriptionSource};

use super::Projector;
use crate::error::ReplicaError;
use crate::row;
use crate::rows::Table;

const PRESCRIPTION: Table = Table {
    name: "prescription",
    columns: "id,customer,store,outside,right,left,signed_day,valid_until,version,supersedes,test,reason,user,wall",
};
const CANCELLED: Table = Table {
    name: "prescription_cancelled",
    columns: "id,prescription,reason,user,wall",
};

impl Projector<'_> {
    pub(super) fn prescription_signed(&mut self, id: Id, body: &PrescriptionSigned) -> Result<(), ReplicaError> {
        let outside = match &body.source {
            PrescriptionSource::Tested => None,
            PrescriptionSource::Outside(doctor) => Some(doctor.clone()),
        };
        let header = self.header;
        self.insert(
            &PRESCRIPTION,
            &row![
                &id,
                &body.customer,
                &body.store,
                &outside,
                &body.right,
                &body.left,
                header.date,
                body.valid_until,
                body.version,
                &body.supersedes,
                &body.test,
                &body.reason,
                &header.user,
                header.wall,
            ],
        )
    }

    pub(super) fn prescription_cancelled(&mut self, id: Id, body: &PrescriptionCancelled) -> Result<(), ReplicaError> {
        let header = self.header;
        self.insert(
            &CANCELLED,
            &row![&id, &body.prescription, &body.reason, &header.user, header.wall],
        )
    }
}
