//! What a log may say, judged from a record and the certificate of its device alone, so that every receiver judges alike.

use journal::{Certificate, Lane, RecordCheck, RecordRules};
use model::ids::Id;
use model::records::{BadRecord, Record, RecordLane, UnitRule, lane_of};

/// The rules of this build's record kinds.
pub struct Rules;

impl RecordRules for Rules {
    fn check(&self, kind: u16, bytes: &[u8], lane: Lane, certificate: &Certificate) -> RecordCheck {
        let Some(belongs) = lane_of(kind) else {
            return RecordCheck::Unknown;
        };
        let belongs = match belongs {
            RecordLane::Control => Lane::Control,
            RecordLane::All => Lane::All,
        };
        if belongs != lane {
            return RecordCheck::Forbidden("a record of another lane");
        }
        match Record::from_bytes(bytes) {
            Ok(record) if record.by_organisation_key() && !certificate.is_of_organisation_key() => {
                RecordCheck::Forbidden("only a device certified by the organisation key itself may say this")
            }
            Ok(Record::DocumentChange(change)) if change.actor != actor_of(certificate, change.actor) => {
                RecordCheck::Forbidden("writes as another device's actor")
            }
            Ok(record) => match (record.store(), certificate.store) {
                (Some(store), Some(own)) if store != own => RecordCheck::Forbidden("speaks for another store"),
                _ => RecordCheck::Good,
            },
            Err(BadRecord::UnknownKind(_)) => RecordCheck::Unknown,
            Err(BadRecord::Malformed { .. }) => RecordCheck::Malformed("a record breaks the rule of its kind"),
        }
    }
}

/// Bytes of an actor that its device's certificate decides.
const OF_DEVICE: usize = 8;

/// The actor of a device in documents: as many bytes of its certificate's id, then what was drawn when its database was opened.
/// So no device can write as another's actor, and take the place of a change that another made.
pub fn actor_of(certificate: &Certificate, drawn: Id) -> Id {
    let mut actor = drawn;
    actor.0[..OF_DEVICE].copy_from_slice(&certificate.id().as_bytes()[..OF_DEVICE]);
    actor
}

/// Whether a record may stand in a part of this unit.
pub fn stands_in(record: &Record, unit: Option<Id>) -> bool {
    match record.unit() {
        UnitRule::None => unit.is_none(),
        UnitRule::Some => unit.is_some(),
        UnitRule::Exactly(named) => unit == Some(named),
    }
}
