//! Returns: the exact mirror, never more than was bought; and the numbers of every series.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::{DAY, Shop, code, line, pay, sale, tried};
use model::ids::Id;
use model::requests::sales::{Approval, ReturnLine, Sale, SaleReturn, SalesTotals};
use model::role::Role;
use proptest::prelude::*;
use retail::ProductKind;
use retail::basket::Discount;
use retail::tender::Method::{Card, Cash};

/// A return of pieces of the first line; the total is what the shop says it is worth.
fn give_back(shop: &Shop, sale: &Sale, quantity: i64) -> SaleReturn {
    let line = &sale.lines[0];
    let share = retail::refund::share(line.total, line.quantity, line.returned, quantity).unwrap_or(0);
    let _ = shop;
    SaleReturn {
        sale: sale.id,
        lines: vec![ReturnLine {
            line: line.id,
            quantity,
        }],
        payments: vec![pay(Card, share)],
        total: share,
        reason: "does not fit".to_owned(),
        approval: None,
    }
}

#[test]
fn returns_that_are_refused() {
    let shop = Shop::open();
    let sales = shop.person(Role::SalesStaff);
    let frame = shop.frame("F1");
    let done = shop.sell(frame, 10_000, 3);
    let bought = shop.sale(done.sale);
    let good = give_back(&shop, &bought, 2);
    let line_of = |line, quantity| vec![ReturnLine { line, quantity }];
    let own = bought.lines[0].id;
    let cases = [
        (
            SaleReturn {
                sale: Id([1; 16]),
                ..good.clone()
            },
            "unknown",
        ),
        (
            SaleReturn {
                lines: vec![],
                ..good.clone()
            },
            "empty_sale",
        ),
        (
            SaleReturn {
                lines: line_of(Id([1; 16]), 1),
                ..good.clone()
            },
            "unknown",
        ),
        (
            SaleReturn {
                lines: line_of(own, 0),
                ..good.clone()
            },
            "bad_quantity",
        ),
        (
            SaleReturn {
                lines: line_of(own, -1),
                ..good.clone()
            },
            "bad_quantity",
        ),
        (
            SaleReturn {
                lines: line_of(own, 4),
                ..good.clone()
            },
            "nothing_to_return",
        ),
        (
            SaleReturn {
                lines: line_of(own, i64::MAX),
                ..good.clone()
            },
            "nothing_to_return",
        ),
        (
            SaleReturn {
                lines: [line_of(own, 1), line_of(own, 1)].concat(),
                ..good.clone()
            },
            "bad_field",
        ),
        (
            SaleReturn {
                reason: "  ".into(),
                ..good.clone()
            },
            "reason_needed",
        ),
        (
            SaleReturn {
                total: 20_001,
                ..good.clone()
            },
            "total_moved",
        ),
        (
            SaleReturn {
                payments: vec![pay(Card, 19_999)],
                ..good.clone()
            },
            "short_paid",
        ),
        (
            SaleReturn {
                payments: vec![pay(Cash, 20_100)],
                ..good.clone()
            },
            "over_paid",
        ),
        (good.clone(), "done"),
        // One is left.
        (good, "nothing_to_return"),
    ];
    for (number, (request, expected)) in cases.into_iter().enumerate() {
        assert_eq!(tried(&shop.app, &sales, request), expected, "case {number}");
    }
    let returned = shop.sale(bought.id).returns[0];
    let of_a_return = SaleReturn {
        sale: returned,
        ..give_back(&shop, &bought, 1)
    };
    assert_eq!(tried(&shop.app, &sales, of_a_return), "bad_field");
    let totals = shop.app.call(&shop.root, SalesTotals::default(), None).unwrap();
    assert_eq!((totals.sales.total, totals.returns.total), (30_000, 20_000));
    let level = model::requests::stock::StockLevel { product: "F1".into() };
    assert_eq!(shop.app.call(&shop.root, level, None).unwrap().stores[0].on_hand, -1);
}

#[test]
fn who_must_approve_depends_on_the_amount_and_on_the_day() {
    let shop = Shop::open();
    let sales = shop.person(Role::SalesStaff);
    for role in [Role::Cashier, Role::StoreManager, Role::AreaManager, Role::Admin] {
        shop.person(role);
    }
    let by = |role: Role| {
        Some(Approval {
            login: role.word().to_owned(),
            password: format!("password of {}", role.word()),
            reason: "seen".to_owned(),
        })
    };
    // Amount in rupees, days later, approver.
    let cases = [
        (500, 0, None, "done"),
        (501, 0, None, "approval_needed"),
        (501, 0, by(Role::Cashier), "approver_not_higher"),
        (501, 0, by(Role::StoreManager), "done"),
        (5_000, 0, by(Role::StoreManager), "done"),
        (5_001, 0, by(Role::StoreManager), "approval_needed"),
        (5_001, 0, by(Role::AreaManager), "done"),
        (20_001, 0, by(Role::AreaManager), "approval_needed"),
        (20_001, 0, by(Role::Admin), "done"),
        (100, 30, None, "done"),
        (100, 31, None, "approval_needed"),
        (100, 31, by(Role::StoreManager), "done"),
    ];
    for (number, (rupees, days, approval, expected)) in cases.into_iter().enumerate() {
        let price = rupees * 100;
        let product = shop.product(&format!("P{number}"), ProductKind::Frame, "", price, price);
        let bought = shop.sale(shop.sell(product, price, 1).sale);
        if days > 0 {
            shop.close_session();
            shop.hands.forward(days * DAY);
            let open = model::requests::cash::SessionOpen { float: 0 };
            shop.app.call(&shop.root, open, None).unwrap();
        }
        let request = SaleReturn {
            approval,
            ..give_back(&shop, &bought, 1)
        };
        assert_eq!(tried(&shop.app, &sales, request), expected, "case {number}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn part_returns_together_are_the_exact_mirror(price in 1i64..300, pieces in 1i64..9, off in 0i64..=20, cuts in prop::collection::vec(1i64..4, 1..9)) {
        let shop = Shop::open();
        let product = shop.product("P1", ProductKind::Frame, "", price, price);
        let discounted = model::requests::sales::NewLine {
            discount: Discount::Amount((price * pieces * off / 100).min(price * pieces - 1)),
            ..line(product, price, pieces)
        };
        let Discount::Amount(taken) = discounted.discount else { unreachable!() };
        let mut request = sale(vec![discounted], vec![]);
        request.total -= taken;
        request.payments = vec![pay(Card, request.total)];
        let bought = shop.sale(shop.app.call(&shop.root, request, None).unwrap().sale);
        let mut left = pieces;
        for cut in cuts.into_iter().chain([pieces]) {
            let quantity = cut.min(left);
            if quantity == 0 { break }
            let mut request = give_back(&shop, &shop.sale(bought.id), quantity);
            if request.total == 0 { request.payments.clear() }
            shop.app.call(&shop.root, request, None).unwrap();
            left -= quantity;
        }
        let backs: Vec<Sale> = shop.sale(bought.id).returns.iter().map(|id| shop.sale(*id)).collect();
        let sum = |of: &dyn Fn(&model::requests::sales::Line) -> i64| backs.iter().map(|back| of(&back.lines[0])).sum::<i64>();
        let sold = &bought.lines[0];
        prop_assert_eq!(sum(&|l| l.total), sold.total);
        prop_assert_eq!(sum(&|l| l.taxable), sold.taxable);
        prop_assert_eq!(sum(&|l| l.discount), sold.discount);
        prop_assert_eq!([sum(&|l| l.taxes[0]), sum(&|l| l.taxes[1])].to_vec(), sold.taxes.clone());
        prop_assert_eq!(shop.app.replica().verify().unwrap().mismatches, Vec::<String>::new());
    }
}

#[test]
fn every_series_counts_without_gap_and_begins_anew_with_the_business_year() {
    let shop = Shop::open();
    let frame = shop.frame("F1");
    let mut numbers = Vec::new();
    let mut days = 0;
    // 30 March, 31 March, 1 April: in-gst begins its year in April.
    loop {
        for _ in 0..2 {
            numbers.push(shop.sell(frame, 10_000, 1).number);
        }
        let refused = sale(vec![line(frame, 10_000, 1)], vec![pay(Cash, 1)]);
        assert_eq!(code(shop.app.call(&shop.root, refused, None)), "short_paid");
        let bought = shop.sale(shop.sell(frame, 10_000, 1).sale);
        numbers.push(bought.number.clone());
        numbers.push(
            shop.app
                .call(&shop.root, give_back(&shop, &bought, 1), None)
                .unwrap()
                .number,
        );
        numbers.push(shop.close_session());
        days += 1;
        if days == 3 {
            break;
        }
        shop.hands.forward(DAY);
        shop.app
            .call(&shop.root, model::requests::cash::SessionOpen { float: 0 }, None)
            .unwrap();
    }
    let expected: Vec<String> = [("25", 1), ("25", 4), ("26", 1)]
        .into_iter()
        .enumerate()
        .flat_map(|(day, (year, first))| {
            let nth = if day == 2 { 1 } else { day + 1 };
            let sales = (first..first + 3).map(move |n| format!("{year}/S1T2A/{n:06}"));
            sales.chain([format!("{year}/S1T2A/C{nth:05}"), format!("{year}/S1T2A/Z{nth:05}")])
        })
        .collect();
    assert_eq!(numbers, expected);
}

#[test]
fn a_session_is_closed_with_a_count_and_says_why_it_differs() {
    use model::requests::cash::{SessionClose, SessionOpen};
    let shop = Shop::open();
    let frame = shop.frame("F1");
    assert_eq!(tried(&shop.app, &shop.root, SessionOpen { float: 0 }), "session_open");
    shop.sell(frame, 10_000, 1);
    for (counted, expected, reason, outcome) in [
        (110_000, 100_000, None, "expected_moved"),
        (-1, 110_000, None, "bad_field"),
        (i64::MAX, 110_000, None, "bad_field"),
        (109_900, 110_000, None, "reason_needed"),
        (109_900, 110_000, Some(" "), "reason_needed"),
        (109_900, 110_000, Some("a coin fell behind the counter"), "done"),
        (0, 0, None, "no_session"),
    ] {
        let close = SessionClose {
            counted,
            expected,
            reason: reason.map(str::to_owned),
        };
        assert_eq!(tried(&shop.app, &shop.root, close), outcome, "{counted} of {expected}");
    }
    for (float, outcome) in [(-1, "bad_field"), (i64::MAX, "bad_field"), (0, "done")] {
        assert_eq!(tried(&shop.app, &shop.root, SessionOpen { float }), outcome, "{float}");
    }
}
