//! What a thermal printer prints, before any printer's own bytes: rows of text on a paper of so many columns.
//!
//! `app` makes a [`Paper`] from a sale, `devices` turns it into ESC/POS, the window shows the same rows as its preview,
//! so what is seen is what comes out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a row of text stands on the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    #[default]
    Left,
    Centre,
    Right,
}

/// One row of a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "row")]
pub enum Row {
    /// Text that wraps at the paper's width.
    Text {
        text: String,
        #[serde(default)]
        align: Align,
        #[serde(default)]
        bold: bool,
        /// Twice as high and wide, for the shop's name and marks such as REPRINT.
        #[serde(default)]
        large: bool,
    },
    /// Words left, an amount right, on one line; the words wrap, the amount never does.
    Pair {
        left: String,
        right: String,
        #[serde(default)]
        bold: bool,
    },
    /// Several columns: the first is left-aligned and takes what is left, the others are right-aligned and of equal width.
    Columns {
        cells: Vec<String>,
        #[serde(default)]
        bold: bool,
    },
    /// A rule of hyphens over the whole width.
    Rule,
    /// Empty lines.
    Feed { lines: u8 },
    /// CODE128 bar code with its text beneath.
    Barcode { text: String },
}

/// A whole paper: its rows from top to bottom; the printer cuts after the last.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Paper {
    pub rows: Vec<Row>,
}
