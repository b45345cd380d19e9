//! The card of a prescription, from its fact.

use documents::{CardData, EyeRow, prescription_card};
use model::refusal::Refusal;
use model::requests::clinic::{Prescription, Standing};
use optics::EyePrescription;
use optics::text::{axis, cylinder, power};
use retail::Day;

use crate::customers;
use crate::scope::Scope;

fn row(eye: &EyePrescription) -> EyeRow {
    EyeRow {
        sphere: eye.sphere.map_or_else(String::new, |sphere| power(Some(sphere))),
        cylinder: eye.cylinder.map_or_else(String::new, |amount| cylinder(Some(amount))),
        axis: eye.axis.map_or_else(String::new, axis),
        add: eye.add.map_or_else(String::new, |add| power(Some(add))),
        prism: eye.prism_text(),
        va: eye.va_distance.clone().unwrap_or_default(),
    }
}

fn equivalent(eye: &EyePrescription) -> String {
    match eye.lens() {
        Ok(Some(lens)) => lens
            .spherical_equivalent()
            .map_or_else(|_| String::new(), |power| power.to_string()),
        _ => String::new(),
    }
}

/// The card as a PDF.
pub fn pdf(scope: &Scope<'_, '_>, prescription: &Prescription) -> Result<Vec<u8>, Refusal> {
    let shop_name: String = scope
        .row("SELECT name FROM organisation ORDER BY id LIMIT 1", &[], |row| {
            row.get(0)
        })?
        .unwrap_or_default();
    let customer = customers::known(scope.conn(), prescription.customer)?;
    let minutes = i64::from(scope.profile()?.time_zone.offset_minutes);
    let of_day = (prescription.signed_at + minutes * 60_000).rem_euclid(86_400_000) / 60_000;
    let (mark, mark_text) = match prescription.standing {
        Standing::Valid => ("", ""),
        Standing::Expired => ("EXPIRED", ""),
        Standing::Superseded => ("SUPERSEDED", "by a newer version"),
        Standing::Cancelled => ("CANCELLED", ""),
        Standing::Disputed => ("NOT IN FORCE", "two prescriptions replace the same one"),
    };
    let signed = Day(prescription.signed_day).text();
    let card = CardData {
        shop_name,
        address: vec![prescription.store.clone()],
        patient_name: customer.name,
        birth_date: customer.birth_day.map_or_else(String::new, |day| Day(day).text()),
        number: prescription.id.to_string()[..12].to_uppercase(),
        version: format!("Version {}, {signed}", prescription.version),
        valid_until: Day(prescription.valid_until).text(),
        right: row(&prescription.right),
        left: row(&prescription.left),
        equivalent: [equivalent(&prescription.right), equivalent(&prescription.left)],
        notes: prescription
            .doctor
            .iter()
            .map(|doctor| format!("As prescribed by {doctor}"))
            .collect(),
        prescriber: prescription.signed_by.clone(),
        signed_at: format!("Signed electronically {signed}, {:02}:{:02}", of_day / 60, of_day % 60),
        mark: mark.to_owned(),
        mark_text: mark_text.to_owned(),
    };
    prescription_card(&card).map_err(|error| Refusal::Failed {
        what: error.to_string(),
    })
}
