//! Finding products and customers as people type.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::{Shop, code, fields};
use model::ids::Id;
use model::requests::catalogue::{ProductCreate, ProductFields, ProductFind, ProductSearch};
use model::requests::customers::{CustomerCreate, CustomerEdit, CustomerFields, CustomerSearch};
use retail::ProductKind;

fn customer(shop: &Shop, code: Option<&str>, name: &str, phone: &str, email: &str) -> Id {
    let fields = CustomerFields {
        name: Some(name.to_owned()),
        phone: Some(phone.to_owned()),
        email: Some(email.to_owned()),
        ..CustomerFields::default()
    };
    shop.app
        .call(
            &shop.root,
            CustomerCreate {
                code: code.map(str::to_owned),
                fields,
            },
            None,
        )
        .unwrap()
        .customer
}

#[test]
fn customers_by_any_field_in_any_writing() {
    let shop = Shop::new();
    let asha = customer(
        &shop,
        Some("13047.0"),
        "Asha Kulkarni",
        "+91 98220 41576",
        "asha.k@example.in",
    );
    let renee = customer(&shop, None, "Renée O'Brien-Müller", "+44 20 7946 0958", "");
    let hindi = customer(&shop, None, "आशा कुलकर्णी", "", "");
    for (text, found) in [
        ("asha", vec![asha]),
        ("ASHA KUL", vec![asha]),
        ("kulkarni asha", vec![asha]),
        ("a", vec![asha]),
        ("98220 41576", vec![asha]),
        ("9822041576", vec![asha]),
        ("98220-4157", vec![asha]),
        ("+91 98220 41576", vec![asha]),
        ("+919822041576", vec![asha]),
        ("098220 41576", vec![asha]),
        ("0091 98220 41576", vec![asha]),
        ("982", vec![asha]),
        ("+44 20 7946 0958", vec![renee]),
        ("13047.0", vec![asha]),
        ("13047", vec![asha]),
        ("asha.k@exam", vec![asha]),
        ("example.in", vec![asha]),
        ("renee", vec![renee]),
        ("renée", vec![renee]),
        ("rene\u{301}e", vec![renee]),
        ("MULLER", vec![renee]),
        ("o'brien", vec![renee]),
        ("o\u{2019}brien", vec![renee]),
        ("renee \u{2013}", vec![renee]),
        ("आशा", vec![hindi]),
        ("कुल", vec![hindi]),
        ("कुलकर्ण", vec![hindi]),
        // What an index would take as its own signs.
        ("\"", vec![]),
        ("'; DROP TABLE customer; --", vec![]),
        ("asha AND kulkarni", vec![]),
        ("asha*", vec![asha]),
        ("asha OR", vec![]),
        ("NEAR(asha)", vec![]),
        ("^asha", vec![asha]),
        ("words:asha", vec![]),
        ("", vec![]),
        ("   ", vec![]),
        ("\u{0}", vec![]),
        ("-", vec![]),
        ("zzz", vec![]),
    ] {
        let rows = shop
            .app
            .call(
                &shop.root,
                CustomerSearch {
                    text: text.to_owned(),
                    limit: None,
                },
                None,
            )
            .unwrap();
        let rows: Vec<Id> = rows.customers.iter().map(|row| row.id).collect();
        assert_eq!(rows, found, "{text:?}");
    }
}

#[test]
fn an_edited_customer_is_found_by_the_new_words_alone() {
    let shop = Shop::new();
    let asha = customer(&shop, None, "Asha Kulkarni", "98220 41576", "");
    let edit = CustomerFields {
        name: Some("Asha Deshmukh".into()),
        phone: Some(String::new()),
        ..CustomerFields::default()
    };
    shop.app
        .call(
            &shop.root,
            CustomerEdit {
                customer: asha,
                fields: edit,
            },
            None,
        )
        .unwrap();
    for (text, count) in [("kulkarni", 0), ("98220", 0), ("deshmukh", 1), ("asha", 1)] {
        let rows = shop
            .app
            .call(
                &shop.root,
                CustomerSearch {
                    text: text.into(),
                    limit: None,
                },
                None,
            )
            .unwrap();
        assert_eq!(rows.customers.len(), count, "{text}");
    }
    assert_eq!(shop.app.replica().verify().unwrap().mismatches, Vec::<String>::new());
}

#[test]
fn fields_of_a_customer_that_cannot_be_kept() {
    let shop = Shop::new();
    let long = "n".repeat(121);
    type Case<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, &'a str);
    // Name, phone, e-mail, birth date, GSTIN, what becomes of it.
    let cases: [Case<'_>; 16] = [
        ("", "", "", "", "", "bad_field"),
        (" ", "", "", "", "", "bad_field"),
        (&long, "", "", "", "", "bad_field"),
        ("A\nB", "", "", "", "", "bad_field"),
        ("A", "123", "", "", "", "bad_field"),
        ("A", "12345678901234567890", "", "", "", "bad_field"),
        ("A", "98220 41576", "", "", "", "done"),
        ("A", "", "a@b", "", "", "bad_field"),
        ("A", "", "@b.in", "", "", "bad_field"),
        ("A", "", "a b@c.in", "", "", "bad_field"),
        ("A", "", "A@B.IN", "", "", "done"),
        ("A", "", "", "1879-12-31", "", "bad_field"),
        ("A", "", "", "2026-02-29", "", "bad_field"),
        ("A", "", "", "1988-02-29", "", "done"),
        ("A", "", "", "", "27AAPFU0939F1ZX", "bad_field"),
        ("A", "", "", "", "27aapfu0939f1zv", "done"),
    ];
    for (name, phone, email, birth, gstin, expected) in cases {
        let given = |text: &str| Some(text.to_owned());
        let fields = CustomerFields {
            name: given(name),
            phone: given(phone),
            email: given(email),
            birth_date: given(birth),
            gstin: given(gstin),
            ..CustomerFields::default()
        };
        let outcome = code(shop.app.call(&shop.root, CustomerCreate { code: None, fields }, None));
        assert_eq!(outcome, expected, "{name:?} {phone} {email} {birth} {gstin}");
    }
}

#[test]
fn products_by_scan_and_by_words() {
    let shop = Shop::new();
    let make = |code: &str, name: &str, brand: &str, barcode: &str| {
        let fields = ProductFields {
            name: name.to_owned(),
            barcode: barcode.to_owned(),
            ..fields(code, ProductKind::Frame, brand, 10_000, 10_000)
        };
        code_of(
            shop.app
                .call(&shop.root, ProductCreate { fields }, None)
                .map(|made| made.product),
        )
    };
    let aviator = make("RB-3025", "Aviator Classic 58", "Ray-Ban", "8053672000112").unwrap();
    let upper = make("84970S", "Heart T-light holder", "", "").unwrap();
    let lower = make("84970s", "Heart t-light holder, small", "", "").unwrap();
    assert_eq!(make("RB-3025", "Again", "", ""), Err("taken".to_owned()));
    assert_eq!(
        make("RB-3026", "Same bar code", "", "8053672000112"),
        Err("taken".to_owned())
    );
    assert_eq!(make(" ", "No code", "", ""), Err("bad_field".to_owned()));
    assert_eq!(make(&"9".repeat(65), "Long code", "", ""), Err("bad_field".to_owned()));
    for (code, found) in [
        ("8053672000112", Some(aviator)),
        (" 8053672000112\r", Some(aviator)),
        ("RB-3025", Some(aviator)),
        ("84970S", Some(upper)),
        ("84970s", Some(lower)),
        ("8053672000113", None),
        ("", None),
        ("' OR 1=1 --", None),
    ] {
        let product = shop
            .app
            .call(&shop.root, ProductFind { code: code.to_owned() }, None)
            .unwrap();
        assert_eq!(
            (product.product.map(|product| product.id), product.ambiguous),
            (found, false),
            "{code:?}"
        );
    }
    for (text, found) in [
        ("aviator", vec![aviator]),
        ("ray-ban avi", vec![aviator]),
        ("rb-3025", vec![aviator]),
        ("805367", vec![aviator]),
        ("heart", vec![upper, lower]),
        ("84970", vec![upper, lower]),
        ("heart small", vec![lower]),
        ("heart NOT small", vec![]),
        ("\"heart", vec![upper, lower]),
        ("%", vec![]),
    ] {
        let products = shop
            .app
            .call(
                &shop.root,
                ProductSearch {
                    text: text.to_owned(),
                    limit: None,
                },
                None,
            )
            .unwrap();
        let ids: Vec<Id> = products.products.iter().map(|product| product.id).collect();
        assert_eq!(ids, found, "{text:?}");
    }
    let first = shop
        .app
        .call(
            &shop.root,
            ProductSearch {
                text: "heart".into(),
                limit: Some(1),
            },
            None,
        )
        .unwrap();
    assert_eq!((first.products.len(), first.more), (1, true));
}

fn code_of(outcome: Result<Id, model::refusal::Refusal>) -> Result<Id, String> {
    outcome.map_err(|refusal| refusal.code().to_owned())
}

#[test]
fn a_price_keeps_its_law() {
    let shop = Shop::new();
    for (number, (list, offer, expected)) in [
        (10_000, 10_001, "bad_field"),
        (-1, -1, "bad_field"),
        (10_000, -1, "bad_field"),
        (0, 0, "done"),
        (10_000, 9_999, "done"),
    ]
    .into_iter()
    .enumerate()
    {
        let fields = fields(&format!("P{number}"), ProductKind::Frame, "", list, offer);
        assert_eq!(
            code(shop.app.call(&shop.root, ProductCreate { fields }, None)),
            expected,
            "{list}/{offer}"
        );
    }
}
