//! Products: adding, changing, finding.

use journal::Lane;
use model::ids::{Id, NaturalKind, natural_id};
use model::records::{DocumentKind, Value};
use model::refusal::Refusal;
use model::requests::Done;
use model::requests::catalogue::{
    Product, ProductCreate, ProductEdit, ProductFields, ProductFind, ProductFound, ProductGet, ProductMade,
    ProductSearch, Products,
};
use retail::{Day, MAX_AMOUNT, ProductKind, Profile, Rate};
use rusqlite::{Connection, Row};

use crate::scope::{Handle, Scope, id_at, match_words, row};

/// Rows of a search when none are named, and at most.
const ROWS: u32 = 20;
const MAX_ROWS: u32 = 100;
/// Longest code, in bytes; codes of suppliers and of old systems are shorter.
const MAX_CODE: usize = 64;

/// A product's row, with what the rules say of it today.
pub struct ProductRow {
    pub id: Id,
    pub code: String,
    pub name: String,
    pub kind: ProductKind,
    pub brand: String,
    pub barcode: String,
    pub hsn: String,
    pub list: i64,
    pub offer: i64,
    pub rate: Option<Rate>,
    pub active: bool,
}

pub const COLUMNS: &str = "p.id, p.code, p.name, p.kind, p.brand, p.barcode, p.hsn, p.list, p.offer, p.rate, p.active";

pub fn product_row(row: &Row<'_>) -> rusqlite::Result<ProductRow> {
    let kind: String = row.get(3)?;
    Ok(ProductRow {
        id: id_at(row, 0)?,
        code: row.get(1)?,
        name: row.get(2)?,
        // A kind of newer software sells as what it most resembles: goods with the strictest rules would stop the sale.
        kind: kind.parse().unwrap_or(ProductKind::Accessory),
        brand: row.get(4)?,
        barcode: row.get(5)?,
        hsn: row.get(6)?,
        list: row.get(7)?,
        offer: row.get(8)?,
        rate: row.get::<_, Option<u32>>(9)?.map(Rate::from_basis_points),
        active: row.get(10)?,
    })
}

impl ProductRow {
    /// The tax rate on a day: the product's own, else the tables'.
    pub fn rate_on(&self, profile: &Profile, day: Day) -> Rate {
        self.rate.unwrap_or_else(|| {
            profile
                .rate_for_or_earliest(&self.hsn, self.kind, day)
                .unwrap_or_else(|_| profile.standard_rate(day))
        })
    }

    pub fn stocked(&self, profile: &Profile) -> bool {
        profile.kind(self.kind).is_none_or(|rules| rules.stocked)
    }

    fn shown(self, scope: &Scope<'_, '_>, profile: &Profile, day: Day) -> Result<Product, Refusal> {
        let on_hand = match scope.place.store_id {
            Some(store) => Some(on_hand(scope.conn(), self.id, store)?),
            None => None,
        };
        Ok(Product {
            rate: self.rate_on(profile, day),
            stocked: self.stocked(profile),
            needs_prescription: profile.needs_prescription(self.kind),
            id: self.id,
            code: self.code,
            name: self.name,
            kind: self.kind,
            brand: self.brand,
            barcode: self.barcode,
            hsn: self.hsn,
            list: self.list,
            offer: self.offer,
            active: self.active,
            on_hand,
        })
    }
}

/// Sellable pieces of a product in a store.
pub fn on_hand(conn: &Connection, product: Id, store: Id) -> Result<i64, Refusal> {
    let account = model::records::Account::Store(store, model::records::StockState::Sellable).key();
    Ok(row(
        conn,
        "SELECT quantity FROM balance WHERE product = ? AND account = ?",
        &[&product.as_bytes(), &account],
        |row| row.get(0),
    )?
    .unwrap_or(0))
}

/// A product by id.
pub fn by_id(conn: &Connection, product: Id) -> Result<Option<ProductRow>, Refusal> {
    row(
        conn,
        &format!("SELECT {COLUMNS} FROM product p WHERE p.id = ?"),
        &[&product.as_bytes()],
        product_row,
    )
}

/// A product by its code; of two with one code the lower id counts.
pub fn by_code(conn: &Connection, code: &str) -> Result<Option<ProductRow>, Refusal> {
    row(
        conn,
        &format!("SELECT {COLUMNS} FROM product p WHERE p.code = ? ORDER BY p.id LIMIT 1"),
        &[&code],
        product_row,
    )
}

/// A code as it is kept: trimmed, otherwise byte for byte.
pub fn code(field: &str, text: &str) -> Result<String, Refusal> {
    let code = text.trim();
    if code.is_empty() || code.len() > MAX_CODE || code.chars().any(char::is_control) {
        return Err(Refusal::BadField {
            field: field.to_owned(),
            why: format!("it has 1 to {MAX_CODE} characters on one line"),
        });
    }
    Ok(code.to_owned())
}

/// The values of a product's document, checked against the law.
pub fn values(fields: &ProductFields, active: bool) -> Result<Vec<(String, Value)>, Refusal> {
    let code = code("code", &fields.code)?;
    let name = crate::setup::name("name", &fields.name)?;
    let bad = |field: &str, why: &str| Refusal::BadField {
        field: field.to_owned(),
        why: why.to_owned(),
    };
    if fields.list < 0 || fields.offer < 0 {
        return Err(bad("price", "it is not negative"));
    }
    if fields.list > MAX_AMOUNT {
        return Err(bad("price", "it is far too large"));
    }
    if fields.offer > fields.list {
        return Err(bad("offer price", "it is above the list price"));
    }
    if fields.barcode.trim().len() > MAX_CODE || fields.brand.len() > 120 || fields.hsn.trim().len() > 16 {
        return Err(bad("bar code, brand or HSN", "it is too long"));
    }
    let text = |text: &str| Value::Text(text.trim().to_owned());
    let mut values = vec![
        ("code".to_owned(), Value::Text(code)),
        ("name".to_owned(), Value::Text(name)),
        ("kind".to_owned(), text(fields.kind.word())),
        ("brand".to_owned(), text(&fields.brand)),
        ("barcode".to_owned(), text(&fields.barcode)),
        ("hsn".to_owned(), text(&fields.hsn)),
        // One value under one law: a merge can never set an offer above its list price.
        (
            "price".to_owned(),
            Value::Text(format!("{}/{}", fields.list, fields.offer)),
        ),
        ("active".to_owned(), Value::Bool(active)),
    ];
    values.push((
        "rate".to_owned(),
        fields
            .rate
            .map_or(Value::Null, |rate| Value::Int(rate.basis_points().into())),
    ));
    // A new document has no need to say what is nothing.
    values.retain(|(_, value)| !matches!(value, Value::Null) && *value != Value::Text(String::new()));
    Ok(values)
}

impl Handle for ProductCreate {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<ProductMade, Refusal> {
        let values = values(&self.fields, true)?;
        let code = self.fields.code.trim();
        if by_code(scope.conn(), code)?.is_some() {
            return Err(Refusal::Taken {
                what: format!("Product {code}"),
            });
        }
        let barcode = self.fields.barcode.trim();
        if !barcode.is_empty()
            && scope
                .row("SELECT 1 FROM product WHERE barcode = ? LIMIT 1", &[&barcode], |_| {
                    Ok(())
                })?
                .is_some()
        {
            return Err(Refusal::Taken {
                what: format!("A product with the bar code {barcode}"),
            });
        }
        let id = natural_id(scope.place.organisation, NaturalKind::Product, code);
        let day = scope.today()?;
        let change = scope.tx()?.new_document(DocumentKind::Product, id, values)?;
        let mut draft = scope.draft(Lane::All, day);
        if let Some(change) = change {
            draft.add(change);
        }
        scope.append(draft)?;
        Ok(ProductMade { product: id })
    }
}

impl Handle for ProductEdit {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        let before = by_id(scope.conn(), self.product)?.ok_or_else(|| Refusal::Unknown {
            what: "This product".to_owned(),
        })?;
        if before.code != self.fields.code.trim() {
            return Err(Refusal::BadField {
                field: "code".to_owned(),
                why: "a product keeps its code for good".to_owned(),
            });
        }
        let mut values = values(&self.fields, self.active)?;
        // What was there and is empty now is written as empty.
        for field in ["brand", "barcode", "hsn"] {
            if !values.iter().any(|(name, _)| name == field) {
                values.push((field.to_owned(), Value::Text(String::new())));
            }
        }
        if self.fields.rate.is_none() {
            values.push(("rate".to_owned(), Value::Null));
        }
        let day = scope.today()?;
        let Some(change) = scope
            .tx()?
            .change_document(DocumentKind::Product, self.product, values)?
        else {
            return Ok(Done {});
        };
        let mut draft = scope.draft(Lane::All, day);
        draft.add(change);
        scope.append(draft)?;
        Ok(Done {})
    }
}

impl Handle for ProductGet {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Product, Refusal> {
        let (profile, day) = (scope.profile()?, scope.today()?);
        by_id(scope.conn(), self.product)?
            .ok_or_else(|| Refusal::Unknown {
                what: "This product".to_owned(),
            })?
            .shown(scope, &profile, day)
    }
}

impl Handle for ProductFind {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<ProductFound, Refusal> {
        let code = self.code.trim();
        let (profile, day) = (scope.profile()?, scope.today()?);
        let mut found = if code.is_empty() {
            Vec::new()
        } else {
            scope.rows(
                &format!("SELECT {COLUMNS} FROM product p WHERE p.barcode = ? ORDER BY p.id LIMIT 2"),
                &[&code],
                product_row,
            )?
        };
        let ambiguous = found.len() > 1;
        let product = if found.is_empty() {
            by_code(scope.conn(), code)?
        } else {
            Some(found.remove(0))
        };
        let product = product.map(|product| product.shown(scope, &profile, day)).transpose()?;
        Ok(ProductFound { product, ambiguous })
    }
}

impl Handle for ProductSearch {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Products, Refusal> {
        let Some(words) = match_words(&self.text) else {
            return Ok(Products {
                products: Vec::new(),
                more: false,
            });
        };
        let limit = self.limit.unwrap_or(ROWS).clamp(1, MAX_ROWS);
        let (profile, day) = (scope.profile()?, scope.today()?);
        let mut rows = scope.rows(
            &format!(
                "SELECT {COLUMNS} FROM product_search s JOIN product p ON p.row = s.rowid WHERE product_search MATCH ? LIMIT ?"
            ),
            &[&words, &(limit + 1)],
            product_row,
        )?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        // What is no longer sold comes last.
        rows.sort_by_key(|row| !row.active);
        let products = rows
            .into_iter()
            .map(|row| row.shown(scope, &profile, day))
            .collect::<Result<_, _>>()?;
        Ok(Products { products, more })
    }
}
