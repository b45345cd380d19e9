//! What people write about a customer, field by field: its name in the record, its words, where it is read and written.

use model::requests::customers::{Customer, CustomerFields};
use retail::Day;

use super::birth_date;

/// One field.
pub struct Field {
    /// As histories and conflicts name it.
    pub name: &'static str,
    pub id: &'static str,
    pub label: &'static str,
    /// Read and written by the clinic only.
    pub is_clinical: bool,
    pub is_long: bool,
    pub max: u32,
    get: fn(&Customer) -> String,
    set: fn(&mut CustomerFields, String),
}

impl Field {
    /// As it is shown and typed.
    #[must_use]
    pub fn get(&self, customer: &Customer) -> String {
        (self.get)(customer)
    }

    /// Writes what was typed. A date that cannot be read goes as it is, and the till says what is wrong with it.
    pub fn set(&self, fields: &mut CustomerFields, text: &str) {
        (self.set)(fields, text.trim().to_owned());
    }
}

/// The field of a name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name)
}

pub const FIELDS: &[Field] = &[
    Field {
        name: "name",
        id: "customer-name",
        label: "customer.name",
        is_clinical: false,
        is_long: false,
        max: 120,
        get: |c| c.name.clone(),
        set: |f, text| f.name = Some(text),
    },
    Field {
        name: "phone",
        id: "customer-phone",
        label: "customer.phone",
        is_clinical: false,
        is_long: false,
        max: 30,
        get: |c| c.phone.clone(),
        set: |f, text| f.phone = Some(text),
    },
    Field {
        name: "birth_day",
        id: "customer-birth",
        label: "customer.birth",
        is_clinical: false,
        is_long: false,
        max: 20,
        get: |c| c.birth_day.map(|day| Day(day).text()).unwrap_or_default(),
        set: |f, text| f.birth_date = Some(birth_date::read(&text).map_or(text, |day| day.to_string())),
    },
    Field {
        name: "email",
        id: "customer-email",
        label: "customer.email",
        is_clinical: false,
        is_long: false,
        max: 254,
        get: |c| c.email.clone(),
        set: |f, text| f.email = Some(text),
    },
    Field {
        name: "address",
        id: "customer-address",
        label: "customer.address",
        is_clinical: false,
        is_long: true,
        max: 400,
        get: |c| c.address.clone(),
        set: |f, text| f.address = Some(text),
    },
    Field {
        name: "allergies",
        id: "customer-allergies",
        label: "customer.allergies",
        is_clinical: true,
        is_long: false,
        max: 1_000,
        get: |c| c.allergies.clone(),
        set: |f, text| f.allergies = Some(text),
    },
    Field {
        name: "notes",
        id: "customer-notes",
        label: "customer.notes",
        is_clinical: true,
        is_long: true,
        max: 8_000,
        get: |c| c.notes.clone(),
        set: |f, text| f.notes = Some(text),
    },
    Field {
        name: "legal_name",
        id: "customer-legal-name",
        label: "customer.legal_name",
        is_clinical: false,
        is_long: false,
        max: 120,
        get: |c| c.legal_name.clone(),
        set: |f, text| f.legal_name = Some(text),
    },
    Field {
        name: "gstin",
        id: "customer-gstin",
        label: "customer.gstin",
        is_clinical: false,
        is_long: false,
        max: 15,
        get: |c| c.gstin.clone(),
        set: |f, text| f.gstin = Some(text),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_writes_itself_and_nothing_else() {
        for field in FIELDS {
            let mut fields = CustomerFields::default();
            field.set(&mut fields, " 4 Aug 1969 ");
            let json = serde_json::to_value(&fields).expect("json");
            let written: Vec<_> = json
                .as_object()
                .expect("an object")
                .values()
                .filter(|value| !value.is_null())
                .collect();
            let expected = if field.name == "birth_day" {
                "1969-08-04"
            } else {
                "4 Aug 1969"
            };
            assert_eq!(written, [expected], "{}", field.name);
        }
    }
}
