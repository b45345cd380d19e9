//! A profile: everything that differs between chains and countries, as data.
//!
//! Two are shipped, `in-gst` and `gb-vat`; another chain loads its own JSON. Tax rates and caps of the shipped ones are to
//! be confirmed by an accountant before use.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::day::Day;
use crate::discount::Limits;
use crate::kind::{Category, ProductKind};
use crate::rate::Rate;
use crate::tax::TaxRules;
use crate::tax_table::{TaxError, TaxTable, in_force, in_force_or_earliest};

/// Names and texts of the shipped profiles.
const SHIPPED: [(&str, &str); 2] = [
    ("in-gst", include_str!("../profiles/in-gst.json")),
    ("gb-vat", include_str!("../profiles/gb-vat.json")),
];

/// The data of a chain. Unknown fields are refused, so that a misspelt one is not silently a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub name: String,
    /// ISO 3166 code, such as `IN`.
    pub country: String,
    /// Calling code without a plus, such as `91`.
    pub phone_country: String,
    pub currency: Currency,
    /// Month the business year begins in, 1 to 12.
    pub business_year_start_month: u32,
    pub time_zone: TimeZone,
    /// What the tax is called on screen and paper, such as `GST`.
    pub tax_label: String,
    pub tax_rules: TaxRules,
    /// Dated, in any order.
    pub tax_tables: Vec<TaxTable>,
    /// Every kind has a row; a kind without one is refused when the profile is read.
    pub kinds: BTreeMap<ProductKind, KindRules>,
    /// Most discount by role, as the role's snake_case word; a role without a row gives none.
    pub role_caps: BTreeMap<String, Rate>,
    /// Most discount by category.
    pub category_caps: BTreeMap<Category, Rate>,
    /// Most discount by brand; brands are compared without regard to case.
    pub brand_caps: BTreeMap<String, Rate>,
    pub cash: Cash,
    pub prescriptions: PrescriptionRules,
    pub returns: ReturnRules,
}

/// What a kind of goods asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KindRules {
    pub category: Category,
    /// Sold only against a valid prescription.
    pub needs_prescription: bool,
    /// Counted in stock; services are not.
    pub stocked: bool,
}

/// The stores' zone. The fixed offset is what pure code uses; it knows no summer time, so for zones that have one the edge
/// takes the offset from the IANA name when it knows the zone's rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeZone {
    pub iana: String,
    /// Minutes east of UTC, without summer time.
    pub offset_minutes: i32,
}

/// Notes, coins and variances, in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cash {
    /// Largest first.
    pub notes: Vec<i64>,
    /// Largest first.
    pub coins: Vec<i64>,
    /// Variances up to this need no reason.
    pub variance_tolerated: i64,
    /// Variances from this on wait for an approval.
    pub variance_blocks: i64,
}

/// Prescriptions: validity and the limits within which signing asks for no reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrescriptionRules {
    pub spectacles_months: u32,
    pub contact_lens_months: u32,
    /// What a prescriber may choose.
    pub months_allowed: Vec<u32>,
    pub signing: SigningLimits,
}

/// Limits of powers in 0.001 D, the unit of the optics crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SigningLimits {
    /// Largest sphere of either sign.
    pub sphere: i32,
    /// Largest cylinder of either sign.
    pub cylinder: i32,
    pub add_from: i32,
    pub add_to: i32,
    pub step: i32,
}

/// Returns against a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnRules {
    /// Days after the sale's business date on which goods still come back.
    pub window_days: i32,
    /// Who approves, by amount, in rising order; the last has no limit.
    pub approvals: Vec<ReturnApproval>,
}

/// One step of the approvals of returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnApproval {
    /// Largest refund in minor units; none is without limit.
    pub up_to: Option<i64>,
    /// The role that approves, or a higher one; none needs no approval.
    pub role: Option<String>,
}

/// Why a profile is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    #[error("there is no profile {0}; in-gst and gb-vat are shipped")]
    UnknownName(String),
    #[error("the profile cannot be read: {0}")]
    NotAProfile(String),
    #[error("the profile is not usable: {0}")]
    Invalid(&'static str),
}

impl Profile {
    /// The names of the shipped profiles; the first is the default.
    #[must_use]
    pub fn names() -> [&'static str; 2] {
        SHIPPED.map(|(name, _)| name)
    }

    /// A shipped profile.
    ///
    /// # Errors
    /// [`ProfileError::UnknownName`].
    pub fn by_name(name: &str) -> Result<Self, ProfileError> {
        let (_, json) = SHIPPED
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| ProfileError::UnknownName(name.chars().take(40).collect()))?;
        Self::from_json(json)
    }

    /// Reads a profile and checks that every rule has what it needs.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub fn from_json(json: &str) -> Result<Self, ProfileError> {
        let profile: Self = serde_json::from_str(json).map_err(|error| ProfileError::NotAProfile(error.to_string()))?;
        profile.check()?;
        Ok(profile)
    }

    fn check(&self) -> Result<(), ProfileError> {
        let signing = &self.prescriptions.signing;
        let first_twice = self
            .tax_tables
            .iter()
            .enumerate()
            .any(|(at, table)| self.tax_tables[..at].iter().any(|t| t.from == table.from));
        for (holds, otherwise) in [
            (
                (1..=12).contains(&self.business_year_start_month),
                "the business year starts in month 1 to 12",
            ),
            (self.currency.decimals <= 4, "a currency has at most 4 decimals"),
            (self.currency.cash_step >= 1, "the cash step is at least 1"),
            (
                (-14 * 60..=14 * 60).contains(&self.time_zone.offset_minutes),
                "a time zone is at most 14 hours from UTC",
            ),
            (!self.tax_tables.is_empty(), "there is no tax table"),
            (!first_twice, "two tax tables begin on one day"),
            (
                ProductKind::ALL.iter().all(|kind| self.kinds.contains_key(kind)),
                "a kind of product has no rules",
            ),
            (
                Category::ALL
                    .iter()
                    .all(|category| self.category_caps.contains_key(category)),
                "a category has no cap",
            ),
            (
                self.denominations().iter().all(|value| *value > 0),
                "a note or coin is not above zero",
            ),
            (
                0 <= self.cash.variance_tolerated && self.cash.variance_tolerated <= self.cash.variance_blocks,
                "the limits of variances are not in order",
            ),
            (self.returns.window_days >= 0, "the window of returns is below zero"),
            (
                self.prescriptions
                    .months_allowed
                    .contains(&self.prescriptions.spectacles_months),
                "the default validity is not among those allowed",
            ),
            (
                signing.step > 0 && signing.sphere > 0 && signing.cylinder > 0 && signing.add_from <= signing.add_to,
                "the limits of signing are not in order",
            ),
        ] {
            if !holds {
                return Err(ProfileError::Invalid(otherwise));
            }
        }
        Ok(())
    }

    /// The first calendar year of the business year that `day` lies in.
    #[must_use]
    pub fn business_year(&self, day: Day) -> i32 {
        let (year, month, _) = day.ymd();
        if month >= self.business_year_start_month {
            year
        } else {
            year - 1
        }
    }

    /// The rate of goods nobody classified, on `day`, or the earliest known where none was in force yet.
    #[must_use]
    pub fn standard_rate(&self, day: Day) -> Rate {
        in_force_or_earliest(&self.tax_tables, day).map_or(Rate::ZERO, |table| table.standard)
    }

    /// The rate in force on `day`: by HSN code, then by kind.
    ///
    /// # Errors
    /// [`TaxError`] when nothing was in force, or the table says nothing of these goods.
    pub fn rate_for(&self, hsn: &str, kind: ProductKind, day: Day) -> Result<Rate, TaxError> {
        rate(in_force(&self.tax_tables, day), hsn, kind, day)
    }

    /// As [`Profile::rate_for`], from the earliest table known where none was in force yet.
    ///
    /// # Errors
    /// [`TaxError::NoRate`].
    pub fn rate_for_or_earliest(&self, hsn: &str, kind: ProductKind, day: Day) -> Result<Rate, TaxError> {
        rate(in_force_or_earliest(&self.tax_tables, day), hsn, kind, day)
    }

    /// The rules of a kind; none only in a profile that was not read by [`Profile::from_json`].
    #[must_use]
    pub fn kind(&self, kind: ProductKind) -> Option<&KindRules> {
        self.kinds.get(&kind)
    }

    /// Whether a kind is sold against a prescription only. A kind without rules is held to be.
    #[must_use]
    pub fn needs_prescription(&self, kind: ProductKind) -> bool {
        self.kind(kind).is_none_or(|rules| rules.needs_prescription)
    }

    /// The highest cap of the roles held; none when no role gives a discount.
    #[must_use]
    pub fn role_cap<'a>(&self, roles: impl IntoIterator<Item = &'a str>) -> Option<Rate> {
        roles
            .into_iter()
            .filter_map(|role| self.role_caps.get(role))
            .max()
            .copied()
    }

    /// The cap of a brand, if it has one.
    #[must_use]
    pub fn brand_cap(&self, brand: &str) -> Option<Rate> {
        let brand = brand.trim().to_lowercase();
        self.brand_caps
            .iter()
            .find(|(known, _)| known.to_lowercase() == brand)
            .map(|(_, rate)| *rate)
    }

    /// All caps that meet on a product of this kind and brand for a person with these roles. An unknown category gives
    /// nothing.
    #[must_use]
    pub fn limits<'a>(&self, roles: impl IntoIterator<Item = &'a str>, kind: ProductKind, brand: &str) -> Limits {
        let category = self
            .kind(kind)
            .and_then(|rules| self.category_caps.get(&rules.category));
        Limits {
            role: self.role_cap(roles),
            category: category.copied().unwrap_or(Rate::ZERO),
            brand: self.brand_cap(brand),
            head_office_override: false,
        }
    }

    /// Notes, then coins, for counts; a value may stand in both.
    #[must_use]
    pub fn denominations(&self) -> Vec<i64> {
        self.cash.notes.iter().chain(&self.cash.coins).copied().collect()
    }
}

fn rate(table: Option<&TaxTable>, hsn: &str, kind: ProductKind, day: Day) -> Result<Rate, TaxError> {
    let table = table.ok_or(TaxError::NoTable { day })?;
    table.rate(hsn, kind).ok_or_else(|| TaxError::NoRate {
        hsn: hsn.chars().take(40).collect(),
        kind,
        day,
    })
}

#[cfg(test)]
mod tests;
