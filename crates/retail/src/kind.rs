//! What is sold: the kinds of goods, and the categories that discounts know.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind or category that this version does not know. It is refused, never guessed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word} is not a known {what}")]
pub struct UnknownWord {
    pub word: String,
    pub what: &'static str,
}

/// Declares an enum whose text form, in JSON and in CSV files, is one snake_case word.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $what:literal, { $($(#[$case_meta:meta])* $case:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$case_meta])* $case,)* }

        impl $name {
            /// Every one, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$case,)*];

            /// The word in files and JSON.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$case => $word,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            /// Takes the word in any case, with spaces or hyphens for underscores, as people write it in spreadsheets.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let word = text.trim().to_lowercase().replace([' ', '-'], "_");
                Self::ALL
                    .iter()
                    .copied()
                    .find(|known| known.word() == word)
                    .ok_or_else(|| UnknownWord { word: text.trim().to_owned(), what: $what })
            }
        }
    };
}

words! {
    /// The kinds of goods and services of an optician.
    ProductKind, "kind of product", {
        Frame = "frame",
        Sunglasses = "sunglasses",
        ReadingGlasses = "reading_glasses",
        OpticalLens = "optical_lens",
        ContactLens = "contact_lens",
        ColouredContactLens = "coloured_contact_lens",
        Watch = "watch",
        Smartwatch = "smartwatch",
        SmartGlasses = "smart_glasses",
        WallClock = "wall_clock",
        Accessory = "accessory",
        Service = "service",
        HearingAid = "hearing_aid",
        EyeTest = "eye_test",
    }
}

words! {
    /// What a cap on discounts is given for.
    Category, "category", {
        Mass = "mass",
        Premium = "premium",
        Luxury = "luxury",
        Service = "service",
        NonDiscountable = "non_discountable",
    }
}

#[cfg(test)]
mod tests {
    use super::{Category, ProductKind};

    #[test]
    fn words_are_read_and_unknown_ones_refused() {
        for (text, kind) in [
            ("frame", Some(ProductKind::Frame)),
            (" Coloured contact-lens ", Some(ProductKind::ColouredContactLens)),
            ("EYE_TEST", Some(ProductKind::EyeTest)),
            ("frames", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<ProductKind>().ok(), kind, "{text}");
        }
        assert_eq!(
            "luxus".parse::<Category>().unwrap_err().to_string(),
            "luxus is not a known category"
        );
    }

    #[test]
    fn json_is_the_same_word() {
        for kind in ProductKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
        }
        for category in Category::ALL {
            assert_eq!(serde_json::to_value(category).unwrap(), category.word());
        }
    }
}
