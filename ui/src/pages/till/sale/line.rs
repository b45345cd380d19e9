//! One line of the sale on screen, and what its price is made of.

use model::ids::Id;
use model::requests::catalogue::Product;
use model::requests::sales::NewLine;
use retail::discount::{Asked, allowed, check};
use retail::{BasketLine, Cap, Discount, DiscountError, Profile, Rate, Supply, price_line};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Never used twice in one sale: what the screen knows the line by.
    pub number: u64,
    pub product: Product,
    pub quantity: i64,
    pub discount: Discount,
    pub prescription: Option<Id>,
}

/// What a discount is refused for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    Fine,
    /// More than this person may give, by which rule.
    OverCap {
        asked: Rate,
        cap: Cap,
    },
    /// No discount at all: below zero, or more than the line.
    Impossible,
}

impl Line {
    /// For the arithmetic.
    #[must_use]
    pub fn basket(&self) -> BasketLine {
        BasketLine {
            quantity: self.quantity,
            list: self.product.list,
            offer: self.product.offer,
            unit_price: self.product.offer,
            gross: None,
            discount: self.discount,
            document_share: 0,
            rate: self.product.rate,
        }
    }

    /// For the till's books.
    #[must_use]
    pub fn as_asked(&self) -> NewLine {
        NewLine {
            product: self.product.id,
            quantity: self.quantity,
            price: self.product.offer,
            discount: self.discount,
            prescription: self.prescription,
        }
    }

    /// A lens nobody has prescribed yet.
    #[must_use]
    pub fn lacks_prescription(&self) -> bool {
        self.product.needs_prescription && self.prescription.is_none()
    }

    /// One more of the same may join this line: nothing on it was decided for these pieces alone.
    #[must_use]
    pub fn takes_more_of(&self, product: &Product) -> bool {
        self.product.id == product.id
            && self.product.offer == product.offer
            && self.discount == Discount::None
            && !product.needs_prescription
    }

    /// Whether people with these roles may give the line's discount. The till checks the same when the sale is completed.
    #[must_use]
    pub fn judge(&self, profile: &Profile, roles: &[&str]) -> Judged {
        if self.discount == Discount::None {
            return Judged::Fine;
        }
        let Some(cap) = cap(profile, roles, &self.product) else {
            return Judged::Impossible;
        };
        let Ok(priced) = price_line(&self.basket(), Supply::Within, &profile.tax_rules) else {
            return Judged::Impossible;
        };
        let asked = Asked {
            quantity: self.quantity,
            list: self.product.list,
            offer: self.product.offer,
            stated: match self.discount {
                Discount::Percent(rate) => Some(rate),
                Discount::None | Discount::Amount(_) => None,
            },
            sold_total: priced.total,
        };
        match check(&cap, &asked) {
            Ok(_) => Judged::Fine,
            Err(DiscountError::OverCap { asked, cap }) => Judged::OverCap { asked, cap },
            Err(_) => Judged::Impossible,
        }
    }
}

/// Most that people with these roles may take off a product, and which rule says so.
#[must_use]
pub fn cap(profile: &Profile, roles: &[&str], product: &Product) -> Option<Cap> {
    let limits = profile.limits(roles.iter().copied(), product.kind, &product.brand);
    allowed(product.list, product.offer, &limits).ok()
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use retail::{CapSetBy, ProductKind};

    pub fn frame(offer: i64) -> Product {
        Product {
            id: Id([7; 16]),
            code: "AUR-5154-BG".to_owned(),
            name: "Aurel Clubline 5154".to_owned(),
            kind: ProductKind::Frame,
            brand: "Aurel".to_owned(),
            barcode: "4006381333931".to_owned(),
            hsn: "9003".to_owned(),
            list: 849_000,
            offer,
            rate: Rate::from_basis_points(500),
            stocked: true,
            needs_prescription: false,
            active: true,
            on_hand: Some(3),
        }
    }

    fn line(offer: i64, discount: Discount) -> Line {
        Line {
            number: 1,
            product: frame(offer),
            quantity: 1,
            discount,
            prescription: None,
        }
    }

    #[test]
    fn a_discount_is_held_to_the_lowest_cap() {
        let profile = Profile::by_name("in-gst").expect("shipped");
        let percent = |bp| Discount::Percent(Rate::from_basis_points(bp));
        let over = |bp, cap, set_by| Judged::OverCap {
            asked: Rate::from_basis_points(bp),
            cap: Cap {
                rate: Rate::from_basis_points(cap),
                set_by,
            },
        };
        let cases = [
            (849_000, Discount::None, "cashier", Judged::Fine),
            (849_000, percent(1_000), "cashier", Judged::Fine),
            (849_000, percent(1_500), "cashier", over(1_500, 1_000, CapSetBy::Role)),
            (849_000, percent(1_500), "store_manager", Judged::Fine),
            (849_000, percent(2_100), "admin", over(2_100, 2_000, CapSetBy::Category)),
            (
                849_000,
                Discount::Amount(84_901),
                "cashier",
                over(1_001, 1_000, CapSetBy::Role),
            ),
            (700_000, Discount::Amount(1), "admin", over(1_756, 0, CapSetBy::Offer)),
            (849_000, Discount::Amount(849_001), "admin", Judged::Impossible),
            (849_000, Discount::Amount(-1), "admin", Judged::Impossible),
        ];
        for (offer, discount, role, judged) in cases {
            assert_eq!(
                line(offer, discount).judge(&profile, &[role]),
                judged,
                "{discount:?} {role}"
            );
        }
    }

    #[test]
    fn a_second_scan_joins_only_an_untouched_line() {
        let mut known = line(849_000, Discount::None);
        assert!(known.takes_more_of(&frame(849_000)));
        assert!(!known.takes_more_of(&frame(700_000)), "the price changed since");
        known.discount = Discount::Amount(100);
        assert!(!known.takes_more_of(&frame(849_000)));
        let mut lens = frame(849_000);
        lens.needs_prescription = true;
        known = line(849_000, Discount::None);
        known.product = lens.clone();
        assert!(!known.takes_more_of(&lens), "a pair is two lines");
    }
}
