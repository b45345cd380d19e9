//! Papers that are not receipts: PDF documents.
//!
//! Every paper is black on white, in Inter, with one weight of rule. A paper takes plain text that its caller has already
//! put into the shop's formats: powers with sign and two decimals, axes with three digits, dates as the shop writes them.

mod fonts;
pub mod person;
pub mod prescription_card;
mod sheet;

pub use person::{PersonPaper, Section, person_paper};
pub use prescription_card::{CardData, EyeRow, prescription_card};

/// Why a document could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A field that may not be empty is.
    #[error("the document has no {field}")]
    Missing { field: &'static str },
    /// More lines or characters than the paper can hold.
    #[error("the {field} is longer than the paper allows")]
    TooLong { field: &'static str },
    /// The font that is built in cannot be read: a fault of the build.
    #[error("the font cannot be read")]
    Font,
    /// The PDF writer complained.
    #[error("the document cannot be written: {detail}")]
    Writer { detail: String },
}

impl Error {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Error::Missing { .. } => "document_field_missing",
            Error::TooLong { .. } => "document_field_too_long",
            Error::Font => "document_font",
            Error::Writer { .. } => "document_writer",
        }
    }
}
