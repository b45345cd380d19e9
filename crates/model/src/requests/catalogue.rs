//! Products.

use retail::{ProductKind, Rate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Done;
use crate::ids::Id;
use crate::request;

/// A product as it is sold today. Prices are minor units for one, tax included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Product {
    pub id: Id,
    pub code: String,
    pub name: String,
    pub kind: ProductKind,
    pub brand: String,
    pub barcode: String,
    pub hsn: String,
    pub list: i64,
    pub offer: i64,
    /// In force today.
    pub rate: Rate,
    pub stocked: bool,
    pub needs_prescription: bool,
    pub active: bool,
    /// Sellable in this till's store, as known here; none at head office.
    pub on_hand: Option<i64>,
}

/// The fields of a product that people write.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ProductFields {
    pub code: String,
    pub name: String,
    pub kind: ProductKind,
    #[serde(default)]
    pub brand: String,
    #[serde(default)]
    pub barcode: String,
    #[serde(default)]
    pub hsn: String,
    /// MRP; the offer is never above it.
    pub list: i64,
    pub offer: i64,
    /// Only where the tax tables are to be overruled.
    #[serde(default)]
    pub rate: Option<Rate>,
}

/// Adds a product.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ProductCreate {
    #[serde(flatten)]
    pub fields: ProductFields,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ProductMade {
    pub product: Id,
}
request!(20 "product.create" ProductCreate => ProductMade, Command, CatalogueWrite);

/// Writes all fields of a product; refused when it changed since `heads` were read.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ProductEdit {
    pub product: Id,
    #[serde(flatten)]
    pub fields: ProductFields,
    pub active: bool,
}
request!(21 "product.edit" ProductEdit => Done, Command, CatalogueWrite);

/// One product by id.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ProductGet {
    pub product: Id,
}
request!(22 "product.get" ProductGet => Product, Query, CatalogueRead);

/// The product that a scanned or typed code names: bar code first, then product code.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ProductFind {
    pub code: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProductFound {
    pub product: Option<Product>,
    /// More than one product has this bar code; the one with the lower id was taken, and head office is told.
    pub ambiguous: bool,
}
request!(23 "product.find" ProductFind => ProductFound, Query, CatalogueRead);

/// Products whose name, code, bar code or brand has words that begin so.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ProductSearch {
    pub text: String,
    /// At most 100.
    #[serde(default)]
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Products {
    pub products: Vec<Product>,
    /// There are more than were asked for.
    pub more: bool,
}
request!(24 "product.search" ProductSearch => Products, Query, CatalogueRead);
