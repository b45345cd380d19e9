use proptest::prelude::*;

use super::Method::{Card, Cash, Upi};
use super::*;
use crate::currency::Grouping;

fn currency(cash_step: i64) -> Currency {
    let (code, symbol, paper_symbol) = ("INR".into(), "₹".into(), "Rs".into());
    Currency {
        code,
        symbol,
        paper_symbol,
        decimals: 2,
        grouping: Grouping::Indian,
        cash_step,
    }
}

fn tenders(parts: &[(Method, i64)]) -> Vec<Tender> {
    parts
        .iter()
        .map(|(method, amount)| Tender {
            method: *method,
            amount: *amount,
        })
        .collect()
}

#[test]
fn payments_settle() {
    for (step, total, parts, paid, change, rounding, cash_kept) in [
        // The mock-up 03-payment.html.
        (
            100,
            16_635_100,
            vec![(Card, 10_000_000), (Upi, 5_200_000), (Cash, 1_500_000)],
            16_635_100,
            64_900,
            0,
            1_435_100,
        ),
        (100, 99_900, vec![(Cash, 99_900)], 99_900, 0, 0, 99_900),
        (100, 10_040, vec![(Cash, 20_000)], 10_000, 10_000, -40, 10_000),
        (100, 10_050, vec![(Cash, 20_000)], 10_100, 9_900, 50, 10_100),
        (100, 10_040, vec![(Cash, 10_000)], 10_000, 0, -40, 10_000),
        // Exactly the unrounded rest is never rounded.
        (100, 10_040, vec![(Cash, 10_040)], 10_040, 0, 0, 10_040),
        (100, 10_040, vec![(Card, 10_040)], 10_040, 0, 0, 0),
        (100, 10_040, vec![(Cash, 5_000), (Card, 5_040)], 10_040, 0, 0, 5_000),
        (100, 10_040, vec![(Card, 5_000), (Cash, 5_100)], 10_000, 100, -40, 5_000),
        (100, 40, vec![(Cash, 0)], 0, 0, -40, 0),
        (100, 0, vec![], 0, 0, 0, 0),
        // RETAIL.md: 15.72 rounded to 0.05 pays 15.70.
        (5, 1_572, vec![(Cash, 1_570)], 1_570, 0, -2, 1_570),
        (1, 1_572, vec![(Cash, 2_000)], 1_572, 428, 0, 1_572),
    ] {
        let sale = settle(total, &tenders(&parts), &currency(step)).unwrap();
        assert_eq!(
            (sale.paid, sale.change, sale.rounding, sale.cash_kept),
            (paid, change, rounding, cash_kept),
            "{total}"
        );
        let back: Vec<_> = parts.iter().map(|(method, amount)| (*method, -amount)).collect();
        let refund = settle(-total, &tenders(&back), &currency(step)).unwrap();
        assert_eq!(
            (refund.paid, refund.change, refund.rounding),
            (-paid, -change, -rounding),
            "refund of {total}"
        );
    }
}

#[test]
fn payments_that_do_not_settle_say_why() {
    let short = |exact, in_cash| TenderError::Short {
        due: Due { exact, in_cash },
    };
    for (total, parts, error) in [
        (16_635_100, vec![(Card, 10_000_000)], short(6_635_100, 6_635_100)),
        (10_040, vec![], short(10_040, 10_000)),
        (10_040, vec![(Cash, 5_000)], short(5_040, 5_000)),
        (10_040, vec![(Card, 10_000)], short(40, 0)),
        (-10_040, vec![(Cash, -5_000)], short(-5_040, -5_000)),
        (
            10_000,
            vec![(Card, 10_001)],
            TenderError::OverWithoutCash {
                total: 10_000,
                offered: 10_001,
            },
        ),
        (
            -10_000,
            vec![(Card, -10_001)],
            TenderError::OverWithoutCash {
                total: -10_000,
                offered: -10_001,
            },
        ),
        (10_000, vec![(Card, 10_000), (Cash, 100)], TenderError::CashNotNeeded),
        (0, vec![(Cash, 100)], TenderError::CashNotNeeded),
        (10_000, vec![(Card, 0)], TenderError::BadAmount),
        (10_000, vec![(Cash, -100)], TenderError::BadAmount),
        (-10_000, vec![(Cash, 10_000)], TenderError::BadAmount),
        (i64::MIN, vec![], TenderError::TooLarge),
        (-1, vec![(Cash, i64::MIN)], TenderError::TooLarge),
        (10_000, vec![(Cash, i64::MAX), (Cash, 1)], TenderError::TooLarge),
    ] {
        assert_eq!(
            settle(total, &tenders(&parts), &currency(100)),
            Err(error),
            "{total} {parts:?}"
        );
    }
}

#[test]
fn what_is_due_goes_down() {
    for (total, parts, exact, in_cash) in [
        (16_635_140, vec![], 16_635_140, 16_635_100),
        (
            16_635_140,
            vec![(Card, 10_000_000), (Upi, 5_200_000)],
            1_435_140,
            1_435_100,
        ),
        (16_635_140, vec![(Card, 15_200_000), (Cash, 1_435_100)], 0, 0),
        (10_000, vec![(Cash, 20_000)], 0, 0),
        (10_000, vec![(Card, 20_000)], 0, 0),
    ] {
        assert_eq!(due(total, &tenders(&parts), &currency(100)), Ok(Due { exact, in_cash }));
    }
}

#[test]
fn quick_amounts_are_what_people_hand_over() {
    let rupees = |amounts: &[i64]| amounts.iter().map(|amount| amount * 100).collect::<Vec<_>>();
    let notes = rupees(&[500, 200, 100, 50, 20, 10]);
    for (due, expected) in [
        // The mock-up 03-payment.html.
        (
            14_351,
            vec![14_351, 14_360, 14_400, 14_500, 15_000, 15_500, 16_000, 20_000],
        ),
        (45, vec![45, 50, 60, 100, 200, 500]),
        (500, vec![500, 600]),
        (999, vec![999, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000]),
        (0, vec![]),
        (-5, vec![]),
    ] {
        assert_eq!(quick_amounts(due * 100, &notes), rupees(&expected), "{due}");
    }
    assert_eq!(quick_amounts(1_234, &[]), [1_234]);
    assert_eq!(quick_amounts(i64::MAX, &notes), [i64::MAX]);
    assert_eq!(quick_amounts(1_572, &[5_000, 2_000, 1_000, 500]), [1_572, 2_000, 5_000]);
}

proptest! {
    #[test]
    fn a_settlement_balances(total in 0_i64..1 << 50, card in 0_i64..1 << 50, cash in 0_i64..1 << 50, step in 1_i64..200) {
        let mut parts = vec![Tender { method: Cash, amount: cash }];
        if card > 0 {
            parts.push(Tender { method: Card, amount: card });
        }
        if let Ok(settled) = settle(total, &parts, &currency(step)) {
            prop_assert_eq!(settled.paid, total + settled.rounding);
            prop_assert_eq!(settled.offered - settled.change, settled.paid);
            prop_assert_eq!(settled.cash_kept + card, settled.paid);
            prop_assert!(settled.rounding.abs() * 2 <= step && settled.change >= 0);
        }
    }

    #[test]
    fn quick_amounts_rise_from_the_exact_one(due in 1_i64.., notes in prop::collection::vec(any::<i64>(), 0..8)) {
        let amounts = quick_amounts(due, &notes);
        prop_assert_eq!(amounts[0], due);
        prop_assert!(amounts.len() <= MAX_QUICK_AMOUNTS && amounts.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
