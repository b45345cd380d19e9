//! An answer that is a no.

use serde::Deserialize;
use serde_json::Value;

use crate::text::t;

/// What happened, what is safe, what to do. The sentences come from the one catalogue of errors in `model`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Refused {
    /// Stable, such as `sale.price_moved`: pages decide by it.
    pub code: String,
    pub message: String,
    #[serde(default)]
    pub remedy: String,
    /// What the page needs to go on: the new total, the cap, who may approve.
    #[serde(flatten)]
    pub more: serde_json::Map<String, Value>,
}

impl Refused {
    /// Reads `{code, message, remedy}`.
    #[must_use]
    pub fn read(value: Value) -> Self {
        serde_json::from_value(value).unwrap_or_else(|_| Self::unreadable())
    }

    /// Nobody answered. Whether it was done is not known: the same request with the same id may be sent again.
    #[must_use]
    pub fn no_answer() -> Self {
        Self::ours("page.no_answer", t("errors.no_answer"), t("errors.no_answer_remedy"))
    }

    /// An answer that cannot be read: page and till are of two versions.
    #[must_use]
    pub fn unreadable() -> Self {
        Self::ours("page.unreadable", t("errors.unreadable"), t("errors.unreadable_remedy"))
    }

    #[must_use]
    pub fn is_no_answer(&self) -> bool {
        self.code == "page.no_answer"
    }

    /// The sign-in at head office has ended.
    #[must_use]
    pub fn is_signed_out(&self) -> bool {
        self.code == "page.signed_out"
    }

    pub(super) fn signed_out() -> Self {
        Self::ours("page.signed_out", t("errors.signed_out"), t("errors.signed_out_remedy"))
    }

    fn ours(code: &str, message: &str, remedy: &str) -> Self {
        let more = serde_json::Map::new();
        Self {
            code: code.to_owned(),
            message: message.to_owned(),
            remedy: remedy.to_owned(),
            more,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_refusal_keeps_what_the_page_needs_to_go_on() {
        let refused = Refused::read(json!({"code": "sale.over_cap", "message": "15% needs a manager.", "cap": "10"}));
        assert_eq!(refused.more["cap"], "10");
        assert_eq!(Refused::read(json!("a sentence")).code, "page.unreadable");
    }
}
