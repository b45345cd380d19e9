//! The test room: drafts, signing, and what a lens may be sold against.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::{DAY, PASSWORD, Shop, line, pay, sale, tried};
use fovea_app::Caller;
use model::ids::{Hash, Id};
use model::requests::clinic::{
    PrescriptionCancel, PrescriptionCard, PrescriptionGet, PrescriptionList, PrescriptionSign, Standing, TestGet,
    TestList, TestStart, TestTyped, TestWrite,
};
use model::requests::sales::{NewLine, SaleComplete};
use model::role::Role;
use optics::{EyePrescription, Power};
use retail::ProductKind;
use retail::tender::Method::Cash;

fn eye(sphere: i32) -> EyePrescription {
    EyePrescription {
        sphere: Some(Power(sphere)),
        cylinder: Some(Power(-500)),
        axis: Some(90),
        ..EyePrescription::default()
    }
}

/// A prescription to be signed without a draft, by the superadmin.
fn outside(customer: Id) -> PrescriptionSign {
    PrescriptionSign {
        customer,
        test: None,
        heads: Vec::new(),
        right: eye(-1_000),
        left: eye(-1_250),
        months: 12,
        supersedes: None,
        doctor: Some("Dr. Rao".to_owned()),
        reason: None,
        password: PASSWORD.to_owned(),
    }
}

fn sign(shop: &Shop, sign: PrescriptionSign) -> Id {
    shop.app.call(&shop.root, sign, None).unwrap().prescription
}

#[test]
fn a_draft_is_written_field_by_field_signed_once_and_stands_from_then_on() {
    let shop = Shop::new();
    let customer = shop.customer("Asha");
    let optometrist = shop.person(Role::Optometrist);
    let test = shop.app.call(&optometrist, TestStart { customer }, None).unwrap().test;
    let write = |right: Option<EyePrescription>, left: Option<EyePrescription>| TestWrite {
        test,
        right,
        left,
        reason: None,
    };
    let first = shop
        .app
        .call(&optometrist, write(Some(eye(-1_000)), None), None)
        .unwrap()
        .heads;
    let typed = TestTyped {
        test,
        body: "left sphere: -1.2".to_owned(),
    };
    shop.app.call(&optometrist, typed, None).unwrap();
    let open = shop
        .app
        .call(
            &optometrist,
            TestList {
                customer: Some(customer),
            },
            None,
        )
        .unwrap()
        .tests;
    assert_eq!(open.iter().map(|row| row.test).collect::<Vec<_>>(), [test]);

    // A crash loses no key.
    let shop = shop.reopened();
    let draft = shop.app.call(&optometrist, TestGet { test }, None).unwrap();
    assert_eq!(
        (draft.right, draft.typed.as_deref()),
        (eye(-1_000), Some("left sphere: -1.2"))
    );
    let heads = shop
        .app
        .call(&optometrist, write(None, Some(eye(-1_250))), None)
        .unwrap()
        .heads;
    assert_eq!(shop.app.call(&optometrist, TestGet { test }, None).unwrap().typed, None);

    let good = PrescriptionSign {
        test: Some(test),
        heads: heads.clone(),
        doctor: None,
        password: "password of optometrist".into(),
        ..outside(customer)
    };
    let other = shop.customer("Ravi");
    let cases: Vec<(PrescriptionSign, &str)> = vec![
        (
            PrescriptionSign {
                heads: first,
                ..good.clone()
            },
            "test_moved",
        ),
        (
            PrescriptionSign {
                heads: vec![],
                ..good.clone()
            },
            "test_moved",
        ),
        (
            PrescriptionSign {
                heads: vec![Hash([1; 32])],
                ..good.clone()
            },
            "test_moved",
        ),
        (
            PrescriptionSign {
                left: eye(-1_500),
                ..good.clone()
            },
            "test_moved",
        ),
        (
            PrescriptionSign {
                customer: other,
                ..good.clone()
            },
            "bad_field",
        ),
        (
            PrescriptionSign {
                password: "wrong".into(),
                ..good.clone()
            },
            "wrong_password",
        ),
        (
            PrescriptionSign {
                password: PASSWORD.into(),
                ..good.clone()
            },
            "wrong_password",
        ),
        (
            PrescriptionSign {
                months: 7,
                ..good.clone()
            },
            "bad_field",
        ),
        (
            PrescriptionSign {
                test: Some(Id([1; 16])),
                ..good.clone()
            },
            "unknown",
        ),
        (
            PrescriptionSign {
                customer: Id([1; 16]),
                ..good.clone()
            },
            "unknown",
        ),
        (
            PrescriptionSign {
                doctor: Some(" ".into()),
                ..good.clone()
            },
            "bad_field",
        ),
        (good.clone(), "done"),
        (good, "test_signed"),
    ];
    for (number, (request, expected)) in cases.into_iter().enumerate() {
        assert_eq!(tried(&shop.app, &optometrist, request), expected, "case {number}");
    }
    assert_eq!(tried(&shop.app, &optometrist, write(Some(eye(0)), None)), "test_signed");
    assert_eq!(
        shop.app
            .call(&optometrist, TestList { customer: None }, None)
            .unwrap()
            .tests
            .len(),
        0
    );
    let signed = shop
        .app
        .call(&optometrist, PrescriptionList { customer }, None)
        .unwrap()
        .prescriptions
        .remove(0);
    assert_eq!(
        (signed.right, signed.left, signed.version),
        (eye(-1_000), eye(-1_250), 1)
    );
    assert_eq!((signed.signed_by.as_str(), signed.doctor), ("Optometrist", None));
    // The same day a year later.
    assert_eq!(
        retail::Day(signed.valid_until).text(),
        "30 March 2027".replace("March", "Mar"),
        "{}",
        retail::Day(signed.valid_until).text()
    );
    let card = shop
        .app
        .call(
            &optometrist,
            PrescriptionCard {
                prescription: signed.id,
            },
            None,
        )
        .unwrap();
    assert!(
        card.pdf.starts_with("JVBERi") && !card.name.contains("Asha"),
        "{}",
        card.name
    );
}

#[test]
fn wrong_passwords_of_a_signer_are_counted() {
    let shop = Shop::new();
    let customer = shop.customer("Asha");
    let guess = || {
        tried(
            &shop.app,
            &shop.root,
            PrescriptionSign {
                password: "guess".into(),
                ..outside(customer)
            },
        )
    };
    assert_eq!(
        (0..5).map(|_| guess()).collect::<Vec<_>>()[3..],
        ["wrong_password", "locked_out"]
    );
    assert_eq!(tried(&shop.app, &shop.root, outside(customer)), "locked_out");
}

#[test]
fn a_signer_gives_the_own_password_or_pin() {
    let shop = Shop::new();
    let customer = shop.customer("Asha");
    let optometrist = shop.person(Role::Optometrist);
    for (user, pin) in [(optometrist.user, "246801"), (shop.root.user, "135790")] {
        shop.app.renew_pin(user).unwrap();
        shop.app.set_pin(user, pin).unwrap();
    }
    for (word, expected) in [
        ("246801", "done"),
        ("password of optometrist", "done"),
        // Somebody else's.
        ("135790", "wrong_password"),
        (PASSWORD, "wrong_password"),
        ("", "wrong_password"),
    ] {
        let request = PrescriptionSign {
            password: word.to_owned(),
            ..outside(customer)
        };
        assert_eq!(tried(&shop.app, &optometrist, request), expected, "{word}");
    }
}

#[test]
fn powers_that_may_not_be_signed() {
    let shop = Shop::new();
    let customer = shop.customer("Asha");
    let good = outside(customer);
    let with = |right: EyePrescription, reason: Option<&str>| PrescriptionSign {
        right,
        reason: reason.map(str::to_owned),
        ..good.clone()
    };
    let cylinder = |cylinder, axis| EyePrescription {
        cylinder,
        axis,
        ..eye(-1_000)
    };
    for (number, (request, expected)) in [
        (with(cylinder(Some(Power(-500)), None), None), "bad_powers"),
        (with(cylinder(Some(Power(-500)), Some(0)), None), "bad_powers"),
        (with(cylinder(Some(Power(-500)), Some(181)), None), "bad_powers"),
        (with(cylinder(Some(Power(0)), Some(90)), None), "bad_powers"),
        (with(cylinder(Some(Power(0)), None), None), "done"),
        (with(eye(-20_250), None), "bad_powers"),
        (with(eye(i32::MIN), Some("typed so")), "bad_powers"),
        (
            PrescriptionSign {
                right: EyePrescription::default(),
                left: EyePrescription::default(),
                ..good.clone()
            },
            "bad_powers",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(tried(&shop.app, &shop.root, request), expected, "case {number}");
    }
}

fn lens_sale(lens: Id, customer: Option<Id>, prescription: Option<Id>) -> SaleComplete {
    let lens = NewLine {
        prescription,
        ..line(lens, 30_000, 1)
    };
    SaleComplete {
        customer,
        ..sale(vec![lens], vec![pay(Cash, 30_000)])
    }
}

#[test]
fn a_lens_needs_a_valid_prescription_of_the_customer_on_the_sale() {
    let shop = Shop::open();
    let (asha, ravi) = (shop.customer("Asha"), shop.customer("Ravi"));
    let lens = shop.product("L1", ProductKind::OpticalLens, "", 30_000, 30_000);
    let contact = shop.product("C1", ProductKind::ContactLens, "", 30_000, 30_000);
    let old = sign(&shop, outside(asha));
    let current = sign(
        &shop,
        PrescriptionSign {
            supersedes: Some(old),
            ..outside(asha)
        },
    );
    let cancelled = sign(&shop, outside(asha));
    let cancel = |reason: &str| PrescriptionCancel {
        prescription: cancelled,
        reason: reason.to_owned(),
    };
    assert_eq!(tried(&shop.app, &shop.root, cancel("")), "reason_needed");
    assert_eq!(tried(&shop.app, &shop.root, cancel("wrong eye")), "done");
    assert_eq!(tried(&shop.app, &shop.root, cancel("again")), "bad_field");
    for (product, customer, prescription, expected) in [
        (lens, Some(asha), None, "prescription_needed"),
        (contact, Some(asha), None, "prescription_needed"),
        (lens, Some(asha), Some(Id([1; 16])), "prescription_not_valid"),
        (lens, Some(asha), Some(old), "prescription_not_valid"),
        (lens, Some(asha), Some(cancelled), "prescription_not_valid"),
        (lens, Some(ravi), Some(current), "prescription_not_valid"),
        (lens, None, Some(current), "prescription_not_valid"),
        (lens, Some(asha), Some(current), "done"),
        (contact, Some(asha), Some(current), "done"),
    ] {
        let outcome = tried(&shop.app, &shop.root, lens_sale(product, customer, prescription));
        assert_eq!(outcome, expected, "{customer:?} {prescription:?}");
    }
    // The last day of its year is a day on which it is good.
    for (days, expected) in [(365, "done"), (1, "prescription_not_valid")] {
        shop.close_session();
        shop.hands.forward(days * DAY);
        shop.app
            .call(&shop.root, model::requests::cash::SessionOpen { float: 0 }, None)
            .unwrap();
        assert_eq!(
            tried(&shop.app, &shop.root, lens_sale(lens, Some(asha), Some(current))),
            expected,
            "{days}"
        );
    }
}

#[test]
fn what_is_superseded_is_superseded_once() {
    let shop = Shop::new();
    let (asha, ravi) = (shop.customer("Asha"), shop.customer("Ravi"));
    let first = sign(&shop, outside(asha));
    let replacing = |customer, supersedes| PrescriptionSign {
        supersedes: Some(supersedes),
        ..outside(customer)
    };
    assert_eq!(tried(&shop.app, &shop.root, replacing(ravi, first)), "bad_field");
    assert_eq!(tried(&shop.app, &shop.root, replacing(asha, Id([1; 16]))), "unknown");
    let second = sign(&shop, replacing(asha, first));
    assert_eq!(
        tried(&shop.app, &shop.root, replacing(asha, first)),
        "already_superseded"
    );
    let get = |prescription| {
        shop.app
            .call(&shop.root, PrescriptionGet { prescription }, None)
            .unwrap()
    };
    assert_eq!(
        (get(first).standing, get(second).standing, get(second).version),
        (Standing::Superseded, Standing::Valid, 2)
    );
}

#[test]
fn clinical_notes_are_for_those_who_may_read_them() {
    use model::requests::customers::{CustomerEdit, CustomerFields, CustomerGet};
    let shop = Shop::new();
    let asha = shop.customer("Asha");
    let notes = CustomerFields {
        notes: Some("keratoconus".into()),
        ..CustomerFields::default()
    };
    shop.app
        .call(
            &shop.root,
            CustomerEdit {
                customer: asha,
                fields: notes,
            },
            None,
        )
        .unwrap();
    let read = |caller: &Caller| {
        shop.app
            .call(caller, CustomerGet { customer: asha }, None)
            .unwrap()
            .notes
    };
    assert_eq!(read(&shop.person(Role::Optometrist)), "keratoconus");
    // No shipped role reads customers and not the clinic; one that did would see nothing.
    assert_eq!(
        tried(
            &shop.app,
            &shop.person(Role::Accountant),
            CustomerGet { customer: asha }
        ),
        "not_permitted"
    );
}
