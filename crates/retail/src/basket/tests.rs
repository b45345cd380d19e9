use proptest::prelude::*;

use super::*;
use crate::profile::Profile;
use crate::tax::TaxSystem;

fn gst(rounding: TaxRounding) -> TaxRules {
    TaxRules {
        rounding,
        ..Profile::by_name("in-gst").unwrap().tax_rules
    }
}

fn line(quantity: i64, price: i64, percent: u32, rate: u32) -> BasketLine {
    let mut line = BasketLine::at_price(quantity, price, Rate::from_basis_points(rate * 100));
    line.discount = if percent == 0 {
        Discount::None
    } else {
        Discount::Percent(Rate::from_basis_points(percent * 100))
    };
    line
}

/// The eight lines of the mock-up `02-sale.html`.
fn mock_up() -> Vec<BasketLine> {
    let mut sunglasses = line(1, 559_200, 0, 18);
    sunglasses.list = 699_000;
    vec![
        line(1, 849_000, 10, 5),
        line(1, 1_425_000, 0, 5),
        line(1, 1_425_000, 0, 5),
        line(1, 11_890_000, 2, 5),
        sunglasses,
        line(2, 189_900, 0, 5),
        line(2, 189_900, 0, 5),
        line(1, 50_000, 0, 0),
    ]
}

#[test]
fn the_mock_up_adds_up() {
    let totals = price_basket(&mock_up(), Supply::Within, &gst(TaxRounding::PerLine)).unwrap();
    let lines: Vec<(i64, i64)> = totals.lines.iter().map(|line| (line.discount, line.total)).collect();
    assert_eq!(
        lines,
        [
            (84_900, 764_100),
            (0, 1_425_000),
            (0, 1_425_000),
            (237_800, 11_652_200),
            (0, 559_200),
            (0, 379_800),
            (0, 379_800),
            (0, 50_000)
        ]
    );
    assert_eq!(
        (
            totals.at_list,
            totals.offer_reduction,
            totals.offer_lines,
            totals.price_change
        ),
        (17_097_600, 139_800, 1, 0)
    );
    assert_eq!((totals.discount, totals.discount_lines), (322_700, 2));
    assert_eq!((totals.total, totals.items, totals.lines.len()), (16_635_100, 10, 8));
    let rows: Vec<(String, i64, Vec<i64>, i64)> = totals
        .tax_by_rate
        .iter()
        .map(|row| {
            (
                row.rate.to_string(),
                row.taxable,
                row.components.iter().map(|part| part.amount).collect(),
                row.gross,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("18%".into(), 473_898, vec![42_651, 42_651], 559_200),
            ("5%".into(), 15_262_760, vec![381_570, 381_570], 16_025_900),
            ("0%".into(), 50_000, vec![0, 0], 50_000),
        ]
    );
}

#[test]
fn tax_of_the_document_is_rounded_once() {
    let rules = TaxRules {
        system: TaxSystem::Single { name: "VAT".into() },
        rounding: TaxRounding::PerDocument,
    };
    let lines = [line(1, 5_250, 0, 12), line(1, 5_250, 0, 12)];
    for (rounding, taxable, tax) in [
        (TaxRounding::PerDocument, 9_375, 1_125),
        (TaxRounding::PerLine, 9_374, 1_126),
    ] {
        let totals = price_basket(
            &lines,
            Supply::Within,
            &TaxRules {
                rounding,
                ..rules.clone()
            },
        )
        .unwrap();
        let row = &totals.tax_by_rate[0];
        assert_eq!(
            (row.taxable, row.components[0].amount, row.gross),
            (taxable, tax, 10_500)
        );
    }
}

#[test]
fn changed_prices_and_shares_of_a_document_discount_are_named() {
    let mut lines = [line(2, 100_000, 0, 5), line(1, 50_000, 0, 5), line(3, 255, 0, 5)];
    lines[0].unit_price = 90_000;
    lines[1].document_share = 5_000;
    lines[2].gross = Some(767);
    let totals = price_basket(&lines, Supply::Within, &gst(TaxRounding::PerLine)).unwrap();
    assert_eq!(
        (totals.price_change, totals.discount, totals.discount_lines),
        (-20_000 + 2, 5_000, 1)
    );
    assert_eq!(totals.total, 180_000 + 45_000 + 767);
}

#[test]
fn an_empty_basket_comes_to_nothing() {
    let totals = price_basket(&[], Supply::Within, &gst(TaxRounding::PerLine)).unwrap();
    assert_eq!((totals.total, totals.items, totals.tax_by_rate.len()), (0, 0, 0));
}

#[test]
fn bad_lines_are_refused() {
    let good = line(1, 100, 0, 5);
    let with = |change: &dyn Fn(&mut BasketLine)| {
        let mut line = good.clone();
        change(&mut line);
        line
    };
    for (bad, error) in [
        (
            with(&|l| l.quantity = 0),
            BasketError::Quantity { line: 1, quantity: 0 },
        ),
        (
            with(&|l| l.quantity = -1),
            BasketError::Quantity { line: 1, quantity: -1 },
        ),
        (
            with(&|l| l.quantity = 100_000),
            BasketError::Quantity {
                line: 1,
                quantity: 100_000,
            },
        ),
        (with(&|l| l.unit_price = -1), BasketError::NegativePrice { line: 1 }),
        (with(&|l| l.gross = Some(-1)), BasketError::NegativePrice { line: 1 }),
        (
            with(&|l| l.discount = Discount::Amount(101)),
            BasketError::Discount { line: 1 },
        ),
        (
            with(&|l| l.discount = Discount::Amount(-1)),
            BasketError::Discount { line: 1 },
        ),
        (
            with(&|l| l.discount = Discount::Percent(Rate::from_basis_points(10_001))),
            BasketError::Discount { line: 1 },
        ),
        (with(&|l| l.document_share = -1), BasketError::Discount { line: 1 }),
        (
            with(&|l| (l.quantity, l.unit_price) = (2, i64::MAX)),
            BasketError::LineTooLarge { line: 1 },
        ),
        (
            with(&|l| (l.quantity, l.list) = (2, i64::MAX)),
            BasketError::LineTooLarge { line: 1 },
        ),
        (
            with(&|l| l.unit_price = MAX_AMOUNT + 1),
            BasketError::LineTooLarge { line: 1 },
        ),
        (
            with(&|l| l.gross = Some(MAX_AMOUNT + 1)),
            BasketError::LineTooLarge { line: 1 },
        ),
        (with(&|l| l.unit_price = MAX_AMOUNT), BasketError::TooLarge),
    ] {
        let rules = gst(TaxRounding::PerLine);
        assert_eq!(
            price_basket(&[good.clone(), bad], Supply::Within, &rules),
            Err(error),
            "{error}"
        );
    }
    let rules = gst(TaxRounding::PerLine);
    assert!(price_basket(&vec![good.clone(); MAX_LINES], Supply::Within, &rules).is_ok());
    assert_eq!(
        price_basket(&vec![good; MAX_LINES + 1], Supply::Within, &rules),
        Err(BasketError::TooManyLines)
    );
}

#[test]
fn lines_have_a_short_json() {
    let json =
        r#"{"quantity":1,"list":849000,"offer":849000,"unit_price":849000,"discount":{"percent":1000},"rate":500}"#;
    let read: BasketLine = serde_json::from_str(json).unwrap();
    assert_eq!(read, line(1, 849_000, 10, 5));
}

proptest! {
    #[test]
    fn sums_agree(
        rows in prop::collection::vec((1_i64..=99_999, 0_i64..300_000, 0_u32..=100, prop::sample::select(vec![0_u32, 5, 18])), 0..30),
        per_line: bool,
    ) {
        let lines: Vec<BasketLine> = rows.into_iter().map(|(q, p, d, r)| line(q, p, d, r)).collect();
        let rounding = if per_line { TaxRounding::PerLine } else { TaxRounding::PerDocument };
        let totals = price_basket(&lines, Supply::Within, &gst(rounding)).unwrap();
        prop_assert_eq!(totals.at_list - totals.offer_reduction + totals.price_change - totals.discount, totals.total);
        prop_assert_eq!(totals.tax_by_rate.iter().map(|row| row.gross).sum::<i64>(), totals.total);
        for row in &totals.tax_by_rate {
            let taxes: i64 = row.components.iter().map(|part| part.amount).sum();
            prop_assert_eq!(row.taxable + taxes, row.gross);
            prop_assert_eq!(row.components[0].amount, row.components[1].amount);
        }
    }
}
