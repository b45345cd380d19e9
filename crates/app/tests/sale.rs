//! The law of a sale, over a real replica.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::{Shop, code, line, pay, sale, tried};
use fovea_app::Caller;
use model::ids::Id;
use model::requests::catalogue::ProductEdit;
use model::requests::sales::{Approval, NewLine, SaleComplete, SaleGet};
use model::role::Role;
use retail::basket::Discount;
use retail::tender::Method::{self, Bank, Card, Cash, Upi};
use retail::{ProductKind, Rate};

#[test]
fn without_an_open_session_nothing_is_sold() {
    let shop = Shop::new();
    let frame = shop.frame("F1");
    assert_eq!(
        tried(&shop.app, &shop.root, sale(vec![line(frame, 10_000, 1)], vec![])),
        "no_session"
    );
}

#[test]
fn lines_that_cannot_be_sold() {
    let shop = Shop::open();
    let frame = shop.frame("F1");
    let many = |lines| vec![line(frame, 10_000, 1); lines];
    for (lines, expected) in [
        (vec![], "empty_sale"),
        (vec![line(Id([9; 16]), 10_000, 1)], "unknown"),
        (vec![line(frame, 10_000, 0)], "bad_quantity"),
        (vec![line(frame, 10_000, -1)], "bad_quantity"),
        (vec![line(frame, 10_000, 100_000)], "bad_quantity"),
        (vec![line(frame, 10_000, i64::MAX)], "bad_quantity"),
        (vec![line(frame, 10_000, 99_999)], "done"),
        (vec![line(frame, 9_999, 1)], "price_moved"),
        (many(901), "too_many_lines"),
        (many(900), "done"),
    ] {
        let named = format!("{} lines, {:?}", lines.len(), lines.first());
        assert_eq!(tried(&shop.app, &shop.root, sale(lines, vec![])), expected, "{named}");
    }
}

#[test]
fn a_product_no_longer_sold_is_refused_and_so_is_one_offered_above_its_list_price() {
    let shop = Shop::open();
    let frame = shop.frame("F1");
    let fields = common::fields("F1", ProductKind::Frame, "", 10_000, 10_000);
    let edit = ProductEdit {
        product: frame,
        fields,
        active: false,
    };
    shop.app.call(&shop.root, edit, None).unwrap();
    assert_eq!(
        tried(&shop.app, &shop.root, sale(vec![line(frame, 10_000, 1)], vec![])),
        "inactive"
    );
}

struct Cap {
    who: Role,
    kind: ProductKind,
    brand: &'static str,
    /// List and offer price.
    price: (i64, i64),
    off: Discount,
    expected: &'static str,
}

#[test]
fn discounts_stop_at_the_lowest_cap() {
    let shop = Shop::open();
    let (sales, manager) = (shop.person(Role::SalesStaff), shop.person(Role::StoreManager));
    let optometrist = shop.person(Role::Optometrist);
    let percent = |basis_points| Discount::Percent(Rate::from_basis_points(basis_points));
    use ProductKind::{Frame, HearingAid, Watch};
    let full = (10_000, 10_000);
    let cap = |who, kind, brand, price, off, expected| Cap {
        who,
        kind,
        brand,
        price,
        off,
        expected,
    };
    let cases = [
        cap(Role::SalesStaff, Frame, "", full, percent(1_000), "done"),
        cap(Role::SalesStaff, Frame, "", full, percent(1_001), "over_cap"),
        cap(Role::SalesStaff, Frame, "", full, Discount::Amount(1_000), "done"),
        cap(Role::SalesStaff, Frame, "", full, Discount::Amount(1_001), "over_cap"),
        cap(Role::SalesStaff, Frame, "", full, Discount::Amount(-1), "bad_field"),
        cap(Role::SalesStaff, Frame, "", full, Discount::Amount(10_001), "bad_field"),
        cap(Role::StoreManager, Frame, "", full, percent(2_000), "done"),
        cap(Role::StoreManager, Frame, "", full, percent(2_001), "over_cap"),
        cap(Role::StoreManager, Frame, "Gucci", full, percent(500), "done"),
        cap(Role::StoreManager, Frame, "Gucci", full, percent(501), "over_cap"),
        cap(Role::StoreManager, Frame, "gucci ", full, percent(501), "over_cap"),
        cap(Role::StoreManager, Watch, "Cartier", full, percent(200), "done"),
        cap(Role::StoreManager, Watch, "Cartier", full, percent(201), "over_cap"),
        cap(Role::StoreManager, Watch, "", full, percent(501), "over_cap"),
        cap(Role::StoreManager, HearingAid, "", full, percent(1), "over_cap"),
        // Head office has reduced it already: nothing more comes off.
        cap(Role::StoreManager, Frame, "", (10_000, 9_000), Discount::None, "done"),
        cap(
            Role::StoreManager,
            Frame,
            "",
            (10_000, 9_000),
            Discount::Amount(1),
            "over_cap",
        ),
        // A role that sells nothing.
        cap(Role::Optometrist, Frame, "", full, Discount::None, "not_permitted"),
    ];
    for (number, case) in cases.into_iter().enumerate() {
        let Cap {
            who,
            kind,
            brand,
            price: (list, offer),
            off,
            expected,
        } = case;
        let product = shop.product(&format!("P{number}"), kind, brand, list, offer);
        let taken = match off {
            Discount::None => 0,
            Discount::Amount(amount) => amount,
            Discount::Percent(rate) => rate.of(offer).unwrap(),
        };
        let seller = match who {
            Role::SalesStaff => &sales,
            Role::Optometrist => &optometrist,
            _ => &manager,
        };
        let discounted = NewLine {
            discount: off,
            ..line(product, offer, 1)
        };
        let total = offer - taken;
        let request = SaleComplete {
            total,
            ..sale(vec![discounted], vec![pay(Cash, total.max(0))])
        };
        assert_eq!(
            tried(&shop.app, seller, request),
            expected,
            "case {number}: {who:?} {kind:?} {brand} {off:?}"
        );
    }
}

fn approval(role: Role, password: Option<&str>) -> Approval {
    let login = if role == Role::Superadmin { "root" } else { role.word() };
    let right = if role == Role::Superadmin {
        common::PASSWORD.to_owned()
    } else {
        format!("password of {login}")
    };
    let password = password.map_or(right, str::to_owned);
    Approval {
        login: login.to_owned(),
        password,
        reason: "regular customer".to_owned(),
    }
}

#[test]
fn an_approver_is_another_higher_person_and_lends_the_own_cap_only() {
    let shop = Shop::open();
    let frame = shop.frame("F1");
    let gucci = shop.product("G1", ProductKind::Frame, "Gucci", 10_000, 10_000);
    let sales = shop.person(Role::SalesStaff);
    let manager = shop.person(Role::StoreManager);
    for role in [Role::Cashier, Role::Accountant] {
        shop.person(role);
    }
    let cases: Vec<(&Caller, Id, u32, Option<Approval>, &str)> = vec![
        (&sales, frame, 1_500, None, "over_cap"),
        (&sales, frame, 1_500, Some(approval(Role::StoreManager, None)), "done"),
        (
            &sales,
            frame,
            2_500,
            Some(approval(Role::StoreManager, None)),
            "over_cap",
        ),
        (
            &sales,
            frame,
            1_500,
            Some(approval(Role::SalesStaff, None)),
            "approver_not_higher",
        ),
        (
            &sales,
            frame,
            1_500,
            Some(approval(Role::Cashier, None)),
            "approver_not_higher",
        ),
        // Higher, but with no cap to lend.
        (&sales, frame, 1_500, Some(approval(Role::Accountant, None)), "over_cap"),
        (
            &manager,
            frame,
            2_500,
            Some(approval(Role::StoreManager, None)),
            "approver_not_higher",
        ),
        // No approver lifts what brand or category allow.
        (&sales, gucci, 600, Some(approval(Role::Superadmin, None)), "over_cap"),
        (
            &sales,
            frame,
            1_500,
            Some(approval(Role::StoreManager, Some("wrong"))),
            "wrong_password",
        ),
        (
            &sales,
            frame,
            1_500,
            Some(Approval {
                reason: " ".into(),
                ..approval(Role::StoreManager, None)
            }),
            "reason_needed",
        ),
        (
            &sales,
            frame,
            1_500,
            Some(Approval {
                login: "nobody".into(),
                ..approval(Role::StoreManager, None)
            }),
            "wrong_password",
        ),
    ];
    for (number, (seller, product, basis_points, approval, expected)) in cases.into_iter().enumerate() {
        let rate = Rate::from_basis_points(basis_points);
        let total = 10_000 - rate.of(10_000).unwrap();
        let line = NewLine {
            discount: Discount::Percent(rate),
            ..line(product, 10_000, 1)
        };
        let request = SaleComplete {
            total,
            approval,
            ..sale(vec![line], vec![pay(Cash, total)])
        };
        let outcome = shop.app.call(seller, request, None);
        if let Ok(done) = &outcome {
            let kept = shop.sale(done.sale);
            assert_eq!(
                (kept.approver.as_deref(), kept.reason.as_deref()),
                (Some("Store manager"), Some("regular customer"))
            );
        }
        assert_eq!(code(outcome), expected, "case {number}");
    }
}

#[test]
fn wrong_passwords_of_an_approver_are_counted_like_any_other() {
    let shop = Shop::open();
    let frame = shop.frame("F1");
    let sales = shop.person(Role::SalesStaff);
    shop.person(Role::StoreManager);
    let ask = |password| {
        let line = NewLine {
            discount: Discount::Amount(1_500),
            ..line(frame, 10_000, 1)
        };
        let approval = Some(approval(Role::StoreManager, password));
        tried(
            &shop.app,
            &sales,
            SaleComplete {
                total: 8_500,
                approval,
                ..sale(vec![line], vec![pay(Cash, 8_500)])
            },
        )
    };
    let guesses: Vec<String> = (0..6).map(|_| ask(Some("a guess"))).collect();
    assert_eq!(guesses[..4], ["wrong_password"; 4]);
    assert_eq!(guesses[4..], ["locked_out"; 2]);
    assert_eq!(ask(None), "locked_out");
    shop.hands.forward(16 * common::MINUTE);
    assert_eq!(ask(None), "done");
}

#[test]
fn an_approver_gives_password_or_pin_and_a_resent_sale_asks_for_neither() {
    let shop = Shop::open();
    let frame = shop.frame("F1");
    let sales = shop.person(Role::SalesStaff);
    let manager = shop.person(Role::StoreManager);
    let ask = |word: &str, id| {
        let line = NewLine {
            discount: Discount::Amount(1_500),
            ..line(frame, 10_000, 1)
        };
        let request = SaleComplete {
            total: 8_500,
            approval: Some(approval(Role::StoreManager, Some(word))),
            ..sale(vec![line], vec![pay(Cash, 8_500)])
        };
        code(shop.app.call(&sales, request, id))
    };
    // Nobody has a PIN here: six digits are a wrong password.
    assert_eq!(ask("246801", None), "wrong_password");
    shop.app.renew_pin(manager.user).unwrap();
    shop.app.set_pin(manager.user, "246801").unwrap();
    let id = Some(Id([5; 16]));
    assert_eq!(ask("password of store_manager", None), "done");
    assert_eq!(ask("246801", id), "done");
    let commits = shop.commits();
    // Wrong PINs and wrong passwords are counted alike.
    let guesses: Vec<String> = (0..5).map(|_| ask("000001", None)).collect();
    assert_eq!(guesses[3..], ["wrong_password", "locked_out"]);
    assert_eq!(ask("246801", None), "locked_out");
    assert_eq!(code(shop.app.check_pin(manager.user, "246801")), "pin_expired");
    // The answer was lost on its way and the request comes again: it is done, whatever has become of the word.
    assert_eq!(ask("246801", id), "done");
    assert_eq!(shop.commits(), commits);
}

#[test]
fn payments_that_do_or_do_not_settle() {
    let shop = Shop::open();
    // 100.50: cash is rounded to 101.00 (the step is one rupee, halves away from zero).
    let odd = shop.product("P1", ProductKind::Frame, "", 10_050, 10_050);
    let free = shop.product("P2", ProductKind::Frame, "", 0, 0);
    type Case<'a> = (Id, i64, &'a [(Method, i64)], &'a str, (i64, i64));
    let cases: [Case<'_>; 16] = [
        (odd, 10_050, &[(Cash, 10_100)], "done", (50, 0)),
        (odd, 10_050, &[(Cash, 10_050)], "done", (0, 0)),
        (odd, 10_050, &[(Cash, 20_000)], "done", (50, 9_900)),
        (odd, 10_050, &[(Cash, 10_000)], "short_paid", (0, 0)),
        (odd, 10_050, &[(Card, 10_050)], "done", (0, 0)),
        (odd, 10_050, &[(Card, 10_049)], "short_paid", (0, 0)),
        (odd, 10_050, &[(Card, 10_051)], "over_paid", (0, 0)),
        (
            odd,
            10_050,
            &[(Card, 5_000), (Upi, 2_050), (Cash, 5_000)],
            "done",
            (0, 2_000),
        ),
        (odd, 10_050, &[(Card, 5_000), (Cash, 5_050)], "done", (0, 0)),
        (odd, 10_050, &[(Card, 10_050), (Cash, 100)], "bad_payment", (0, 0)),
        (odd, 10_050, &[(Card, -50), (Cash, 10_100)], "bad_payment", (0, 0)),
        (
            odd,
            10_050,
            &[(Cash, i64::MAX), (Cash, i64::MAX)],
            "bad_payment",
            (0, 0),
        ),
        (odd, 10_050, &[(Bank, 10_050)], "bad_payment", (0, 0)),
        (odd, 10_050, &[], "short_paid", (0, 0)),
        (odd, 10_050, &[(Upi, 1); 21], "bad_payment", (0, 0)),
        (free, 0, &[(Cash, 0)], "approval_needed", (0, 0)),
    ];
    for (product, price, payments, expected, (rounding, change)) in cases {
        let payments: Vec<_> = payments.iter().map(|(method, amount)| pay(*method, *amount)).collect();
        let shown = format!("{payments:?}");
        let request = SaleComplete {
            payments,
            ..sale(vec![line(product, price, 1)], vec![])
        };
        let outcome = shop.app.call(&shop.root, request, None);
        if let Ok(done) = &outcome {
            assert_eq!((done.rounding, done.change), (rounding, change), "{shown}");
            let kept = shop.sale(done.sale);
            let paid: i64 = kept.payments.iter().map(|payment| payment.amount).sum();
            assert_eq!(paid, kept.total + kept.rounding, "{shown}");
        }
        assert_eq!(code(outcome), expected, "{shown}");
    }
}

#[test]
fn a_card_number_is_kept_nowhere() {
    let shop = Shop::open();
    let frame = shop.frame("F1");
    let with = |reference: &str| {
        let mut request = sale(vec![line(frame, 10_000, 1)], vec![pay(Card, 10_000)]);
        request.payments[0].reference = Some(reference.to_owned());
        tried(&shop.app, &shop.root, request)
    };
    assert_eq!(with("4111 1111 1111 1111"), "bad_payment");
    assert_eq!(with("TXN 884213"), "done");
}

#[test]
fn a_price_or_total_that_moved_since_the_screen_showed_it_is_asked_again() {
    let shop = Shop::open();
    let frame = shop.frame("F1");
    let shown = sale(vec![line(frame, 10_000, 2)], vec![]);
    let fields = common::fields("F1", ProductKind::Frame, "", 10_000, 9_500);
    shop.app
        .call(
            &shop.root,
            ProductEdit {
                product: frame,
                fields,
                active: true,
            },
            None,
        )
        .unwrap();
    assert_eq!(tried(&shop.app, &shop.root, shown), "price_moved");
    let wrong_total = SaleComplete {
        total: 18_999,
        ..sale(vec![line(frame, 9_500, 2)], vec![])
    };
    assert_eq!(tried(&shop.app, &shop.root, wrong_total), "total_moved");
    assert_eq!(
        tried(&shop.app, &shop.root, sale(vec![line(frame, 9_500, 2)], vec![])),
        "done"
    );
}

#[test]
fn one_request_id_is_one_sale_and_one_answer_even_after_a_restart() {
    let shop = Shop::open();
    let frame = shop.frame("F1");
    let id = Id([5; 16]);
    let request = |quantity| sale(vec![line(frame, 10_000, quantity)], vec![]);
    let first = shop.app.call(&shop.root, request(1), Some(id)).unwrap();
    let commits = shop.commits();
    let again = shop.app.call(&shop.root, request(1), Some(id)).unwrap();
    assert_eq!((first.sale, &first.number), (again.sale, &again.number));
    assert_eq!(
        code(shop.app.call(&shop.root, request(2), Some(id))),
        "request_id_reused"
    );
    let shop = shop.reopened();
    let later = shop.app.call(&shop.root, request(1), Some(id)).unwrap();
    assert_eq!((later.sale, shop.commits()), (first.sale, commits));
    // A second of two clicks that meet on the writing thread waits, and gets the first one's answer.
    let twice: Vec<Id> = std::thread::scope(|scope| {
        let clicks: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| shop.app.call(&shop.root, request(3), Some(Id([6; 16]))).unwrap().sale))
            .collect();
        clicks.into_iter().map(|click| click.join().unwrap()).collect()
    });
    assert_eq!(twice[0], twice[1]);
    assert_eq!(shop.commits(), commits + 1);
}

#[test]
fn a_refused_request_may_come_again_under_its_id() {
    let shop = Shop::open();
    let frame = shop.frame("F1");
    let id = Some(Id([5; 16]));
    let short = SaleComplete {
        payments: vec![pay(Cash, 1)],
        ..sale(vec![line(frame, 10_000, 1)], vec![])
    };
    assert_eq!(code(shop.app.call(&shop.root, short, id)), "short_paid");
    assert_eq!(
        code(
            shop.app
                .call(&shop.root, sale(vec![line(frame, 10_000, 1)], vec![]), id)
        ),
        "done"
    );
}

#[test]
fn the_sale_holds_its_taxes_and_moves_its_goods() {
    let shop = Shop::open();
    let frame = shop.frame("F1");
    let service = shop.product("S1", ProductKind::Service, "", 50_000, 50_000);
    let lines = vec![line(frame, 10_000, 3), line(service, 50_000, 1)];
    let done = shop.app.call(&shop.root, sale(lines, vec![]), None).unwrap();
    let kept = shop.sale(done.sale);
    // 300.00 at 5 %: 285.72 + 7.14 + 7.14; 500.00 at 18 %: 423.72 + 38.14 + 38.14.
    let taxes: Vec<_> = kept
        .lines
        .iter()
        .map(|line| (line.taxable, line.taxes.clone()))
        .collect();
    assert_eq!(taxes, [(28_572, vec![714, 714]), (42_372, vec![3_814, 3_814])]);
    assert_eq!((kept.total, kept.number.as_str()), (80_000, done.number.as_str()));
    let level = model::requests::stock::StockLevel { product: "F1".into() };
    assert_eq!(shop.app.call(&shop.root, level, None).unwrap().stores[0].on_hand, -3);
    let level = model::requests::stock::StockLevel { product: "S1".into() };
    assert_eq!(shop.app.call(&shop.root, level, None).unwrap().stores[0].on_hand, 0);
    let oversold = shop
        .app
        .call(&shop.root, model::requests::stock::StockOversold {}, None)
        .unwrap();
    assert_eq!(
        oversold
            .rows
            .iter()
            .map(|row| (row.code.as_str(), row.on_hand))
            .collect::<Vec<_>>(),
        [("F1", -3)]
    );
    assert_eq!(shop.app.replica().verify().unwrap().mismatches, Vec::<String>::new());
}

#[test]
fn a_name_on_the_invoice_needs_its_customer_and_a_right_gstin() {
    let shop = Shop::open();
    let frame = shop.frame("F1");
    let asha = shop.customer("Asha");
    let with = |customer, name: Option<&str>, gstin: Option<&str>| SaleComplete {
        customer,
        invoice_name: name.map(str::to_owned),
        gstin: gstin.map(str::to_owned),
        ..sale(vec![line(frame, 10_000, 1)], vec![])
    };
    for (request, expected) in [
        (with(None, Some("Asha Traders"), None), "bad_field"),
        (
            with(Some(asha), Some("Asha Traders"), Some("27AAPFU0939F1ZX")),
            "bad_field",
        ),
        (with(Some(asha), None, Some("27aapfu0939f1zv")), "done"),
        (with(Some(Id([1; 16])), None, None), "unknown"),
    ] {
        assert_eq!(tried(&shop.app, &shop.root, request), expected);
    }
    let last = shop
        .app
        .call(
            &shop.root,
            SaleGet {
                sale: None,
                number: Some("25/S1T2A/000001".into()),
            },
            None,
        )
        .unwrap();
    assert_eq!(
        (last.customer_name.as_deref(), last.gstin.as_deref()),
        (Some("Asha"), Some("27AAPFU0939F1ZV"))
    );
}
