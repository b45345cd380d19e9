//! Tills that worked apart and meet again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::{Chain, code, customer, fields, give, line, meet, person, product, sale, tried};
use fovea_app::{App, Caller};
use journal::Lane;
use model::ids::Id;
use model::records::SessionClosed;
use model::requests::cash::{SessionClose, SessionCurrent, SessionOpen};
use model::requests::catalogue::{ProductCreate, ProductEdit, ProductFind};
use model::requests::clinic::{
    PrescriptionCancel, PrescriptionGet, PrescriptionSign, Standing, TestGet, TestStart, TestWrite,
};
use model::requests::customers::{CustomerEdit, CustomerFields, CustomerGet, CustomerHistory};
use model::requests::office::OfficeExceptions;
use model::requests::sales::{ReturnLine, SaleGet, SaleReturn, SalesTotals};
use model::requests::stock::{StockAdjust, StockLevel, StockOversold};
use model::role::Role;
use optics::{EyePrescription, Power};
use replica::{Context, Draft};
use retail::ProductKind;

/// Two tills of two stores, which know each other's past and may now work apart.
struct Pair {
    chain: Chain,
    one: App,
    two: App,
    root: Caller,
}

impl Pair {
    fn new() -> Self {
        let mut chain = Chain::new();
        let (one, two) = (chain.till("S1", "T1"), chain.till("S2", "T1"));
        let root = chain.root.clone();
        let pair = Self { chain, one, two, root };
        pair.meet();
        pair
    }

    /// Everybody comes to hold everything, by way of head office.
    fn meet(&self) {
        for till in [&self.one, &self.two] {
            give(till.replica(), self.chain.server.replica(), 0);
        }
        meet(&self.chain.server, &self.one);
        meet(&self.chain.server, &self.two);
    }

    fn edit(&self, app: &App, customer: Id, fields: CustomerFields) {
        app.call(&self.root, CustomerEdit { customer, fields }, None).unwrap();
    }

    fn exceptions(&self) -> Vec<String> {
        let rows = self
            .chain
            .server
            .call(&self.root, OfficeExceptions {}, None)
            .unwrap()
            .rows;
        rows.into_iter()
            .map(|row| format!("{}: {}", row.kind, row.title))
            .collect()
    }
}

fn named(name: &str) -> CustomerFields {
    CustomerFields {
        name: Some(name.to_owned()),
        ..CustomerFields::default()
    }
}

#[test]
fn different_fields_of_one_customer_both_stay_and_the_same_field_keeps_both_in_its_history() {
    let pair = Pair::new();
    let asha = customer(&pair.one, &pair.root, "Asha");
    pair.meet();
    let phone = CustomerFields {
        phone: Some("98220 41576".into()),
        ..CustomerFields::default()
    };
    let email = CustomerFields {
        email: Some("asha@example.in".into()),
        ..CustomerFields::default()
    };
    pair.edit(&pair.one, asha, phone);
    pair.edit(&pair.two, asha, email);
    pair.edit(&pair.one, asha, named("Asha Kulkarni"));
    pair.edit(&pair.two, asha, named("Aasha K"));
    pair.meet();
    let shown: Vec<_> = [&pair.one, &pair.two, &pair.chain.server]
        .map(|app| app.call(&pair.root, CustomerGet { customer: asha }, None).unwrap())
        .into_iter()
        .map(|customer| (customer.name, customer.phone, customer.email, customer.conflicts.len()))
        .collect();
    assert_eq!(shown[0], shown[1]);
    assert_eq!(shown[0], shown[2]);
    assert_eq!(
        (shown[0].1.as_str(), shown[0].2.as_str(), shown[0].3),
        ("9822041576", "asha@example.in", 1)
    );
    let history = pair
        .one
        .call(&pair.root, CustomerHistory { customer: asha }, None)
        .unwrap()
        .changes;
    let mut names: Vec<&str> = history
        .iter()
        .filter(|c| c.field == "name")
        .map(|c| c.value.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["Aasha K", "Asha", "Asha Kulkarni"]);
    assert_eq!(pair.exceptions(), [format!("conflicting_edit: {}", shown[0].0)]);
    // A person settles it on one till, with the very value that is shown.
    pair.edit(&pair.two, asha, named(&shown[0].0));
    pair.meet();
    assert_eq!(pair.exceptions(), Vec::<String>::new());
    let settled = pair.one.call(&pair.root, CustomerGet { customer: asha }, None).unwrap();
    assert_eq!((settled.name, settled.conflicts.len()), (shown[0].0.clone(), 0));
}

#[test]
fn one_product_made_on_two_tills_is_one_and_its_price_is_never_put_together_from_two() {
    let pair = Pair::new();
    let make = |app: &App, list, offer| {
        let fields = fields("F1", ProductKind::Frame, "", list, offer);
        app.call(&pair.root, ProductCreate { fields }, None).unwrap().product
    };
    assert_eq!(make(&pair.one, 10_000, 9_000), make(&pair.two, 8_000, 8_000));
    pair.meet();
    let prices = |app: &App| {
        let product = app
            .call(&pair.root, ProductFind { code: "F1".into() }, None)
            .unwrap()
            .product
            .unwrap();
        (product.list, product.offer)
    };
    assert_eq!(prices(&pair.one), prices(&pair.two));
    // List 1,000 -> 800 on one, offer 900 on the other: MRP and offer are one value.
    let edit = |app: &App, list, offer| {
        let product = app
            .call(&pair.root, ProductFind { code: "F1".into() }, None)
            .unwrap()
            .product
            .unwrap()
            .id;
        let fields = fields("F1", ProductKind::Frame, "", list, offer);
        app.call(
            &pair.root,
            ProductEdit {
                product,
                fields,
                active: true,
            },
            None,
        )
        .unwrap();
    };
    edit(&pair.one, 80_000, 70_000);
    edit(&pair.two, 100_000, 90_000);
    pair.meet();
    assert_eq!(prices(&pair.one), prices(&pair.two));
    assert!(
        [(80_000, 70_000), (100_000, 90_000)].contains(&prices(&pair.one)),
        "{:?}",
        prices(&pair.one)
    );
}

#[test]
fn one_bar_code_given_twice_stays_on_both_and_the_lower_id_is_sold() {
    let pair = Pair::new();
    let make = |app: &App, code: &str| {
        let fields = model::requests::catalogue::ProductFields {
            barcode: "8053672000112".into(),
            ..fields(code, ProductKind::Frame, "", 10_000, 10_000)
        };
        app.call(&pair.root, ProductCreate { fields }, None).unwrap().product
    };
    let lower = make(&pair.one, "F1").min(make(&pair.two, "F2"));
    pair.meet();
    for app in [&pair.one, &pair.two] {
        let found = app
            .call(
                &pair.root,
                ProductFind {
                    code: "8053672000112".into(),
                },
                None,
            )
            .unwrap();
        assert_eq!(
            (found.product.map(|product| product.id), found.ambiguous),
            (Some(lower), true)
        );
    }
    assert_eq!(pair.exceptions(), ["barcode_twice: 8053672000112"]);
}

#[test]
fn each_sale_is_seen_once_everywhere_and_goods_sold_twice_are_shown() {
    let pair = Pair::new();
    let frame = product(&pair.one, &pair.root, "F1", ProductKind::Frame, "", 10_000, 10_000);
    pair.meet();
    for app in [&pair.one, &pair.two] {
        app.call(&pair.root, SessionOpen { float: 0 }, None).unwrap();
        app.call(
            &pair.root,
            StockAdjust {
                product: "F1".into(),
                change: 1,
                reason: "found".into(),
            },
            None,
        )
        .unwrap();
    }
    let sold = pair
        .one
        .call(&pair.root, sale(vec![line(frame, 10_000, 2)], vec![]), None)
        .unwrap();
    pair.two
        .call(&pair.root, sale(vec![line(frame, 10_000, 1)], vec![]), None)
        .unwrap();
    pair.meet();
    pair.meet();
    for app in [&pair.one, &pair.two, &pair.chain.server] {
        let totals = app.call(&pair.root, SalesTotals::default(), None).unwrap();
        assert_eq!((totals.sales.count, totals.sales.total), (2, 30_000));
        let first = app
            .call(
                &pair.root,
                SalesTotals {
                    store: Some("S1".into()),
                    ..SalesTotals::default()
                },
                None,
            )
            .unwrap();
        assert_eq!((first.sales.count, first.sales.total), (1, 20_000));
        let levels = app
            .call(&pair.root, StockLevel { product: "F1".into() }, None)
            .unwrap()
            .stores;
        assert_eq!(levels.iter().map(|level| level.on_hand).collect::<Vec<_>>(), [-1, 0]);
        let oversold = app.call(&pair.root, StockOversold {}, None).unwrap().rows;
        assert_eq!(
            oversold
                .iter()
                .map(|row| (row.store.as_str(), row.on_hand))
                .collect::<Vec<_>>(),
            [("S1", -1)]
        );
        let number = SaleGet {
            sale: None,
            number: Some(sold.number.clone()),
        };
        assert_eq!(app.call(&pair.root, number, None).unwrap().id, sold.sale);
    }
}

#[test]
fn the_receipt_of_another_till_says_reprint() {
    let pair = Pair::new();
    let frame = product(&pair.one, &pair.root, "F1", ProductKind::Frame, "", 10_000, 10_000);
    pair.one.call(&pair.root, SessionOpen { float: 0 }, None).unwrap();
    let request = sale(vec![line(frame, 10_000, 1)], vec![]);
    let sold = pair.one.call(&pair.root, request, None).unwrap().sale;
    pair.meet();
    let queued = [&pair.two, &pair.one].map(|app| {
        let queued = app.queue_receipt(&pair.root, sold, true).unwrap();
        (queued.job.reprint, queued.open_drawer)
    });
    assert_eq!(queued, [(true, false), (false, true)]);
}

#[test]
fn goods_given_back_in_two_stores_at_once_are_shown_to_head_office() {
    let pair = Pair::new();
    let frame = product(&pair.one, &pair.root, "F1", ProductKind::Frame, "", 10_000, 10_000);
    pair.one.call(&pair.root, SessionOpen { float: 0 }, None).unwrap();
    pair.two.call(&pair.root, SessionOpen { float: 0 }, None).unwrap();
    let sold = pair
        .one
        .call(&pair.root, sale(vec![line(frame, 10_000, 1)], vec![]), None)
        .unwrap();
    pair.meet();
    let back = |app: &App| {
        let sale = app
            .call(
                &pair.root,
                SaleGet {
                    sale: Some(sold.sale),
                    number: None,
                },
                None,
            )
            .unwrap();
        let request = SaleReturn {
            sale: sold.sale,
            lines: vec![ReturnLine {
                line: sale.lines[0].id,
                quantity: 1,
            }],
            payments: vec![common::pay(retail::tender::Method::Cash, 10_000)],
            total: 10_000,
            reason: "does not fit".into(),
            approval: None,
        };
        code(app.call(&pair.root, request, None))
    };
    assert_eq!([back(&pair.one), back(&pair.two)], ["done", "done"]);
    pair.meet();
    assert_eq!(back(&pair.two), "nothing_to_return");
    assert_eq!(pair.exceptions(), [format!("double_refund: {}", sold.number)]);
}

fn eye(sphere: i32) -> EyePrescription {
    EyePrescription {
        sphere: Some(Power(sphere)),
        cylinder: Some(Power(0)),
        ..EyePrescription::default()
    }
}

#[test]
fn a_merge_between_screen_and_signature_is_refused_and_an_eye_is_never_mixed() {
    let pair = Pair::new();
    let optometrist = person(&pair.chain.server, &pair.root, Role::Optometrist);
    let asha = customer(&pair.one, &pair.root, "Asha");
    let test = pair
        .one
        .call(&pair.root, TestStart { customer: asha }, None)
        .unwrap()
        .test;
    pair.meet();
    let write = |app: &App, right| {
        let write = TestWrite {
            test,
            right: Some(right),
            left: Some(eye(-500)),
            reason: None,
        };
        app.call(&optometrist, write, None).unwrap().heads
    };
    let cylinder = EyePrescription {
        cylinder: Some(Power(-750)),
        axis: Some(10),
        ..eye(-1_000)
    };
    let heads = write(&pair.one, cylinder.clone());
    write(&pair.two, eye(-2_000));
    let sign = |right: EyePrescription, heads| PrescriptionSign {
        customer: asha,
        test: Some(test),
        heads,
        right,
        left: eye(-500),
        months: 12,
        supersedes: None,
        doctor: None,
        reason: None,
        password: "password of optometrist".into(),
    };
    give(pair.two.replica(), pair.one.replica(), 0);
    assert_eq!(
        tried(&pair.one, &optometrist, sign(cylinder.clone(), heads)),
        "test_moved"
    );
    let seen = pair.one.call(&optometrist, TestGet { test }, None).unwrap();
    assert_eq!(seen.conflicts, ["right"]);
    assert!(
        [cylinder.clone(), eye(-2_000)].contains(&seen.right),
        "{:?}",
        seen.right
    );
    pair.meet();
    assert_eq!(pair.exceptions(), ["conflicting_edit: An eye test"]);
    let heads = write(&pair.one, cylinder.clone());
    assert_eq!(tried(&pair.one, &optometrist, sign(cylinder, heads)), "done");
    pair.meet();
    assert_eq!(pair.exceptions(), Vec::<String>::new());
}

#[test]
fn two_that_replace_one_prescription_are_disputed_until_a_clinician_cancels_one() {
    let pair = Pair::new();
    let asha = customer(&pair.one, &pair.root, "Asha");
    let lens = product(
        &pair.one,
        &pair.root,
        "L1",
        ProductKind::OpticalLens,
        "",
        30_000,
        30_000,
    );
    let sign = |app: &App, supersedes| {
        let sign = PrescriptionSign {
            customer: asha,
            test: None,
            heads: Vec::new(),
            right: eye(-1_000),
            left: eye(-1_000),
            months: 12,
            supersedes,
            doctor: Some("Dr. Rao".into()),
            reason: None,
            password: common::PASSWORD.into(),
        };
        app.call(&pair.root, sign, None).unwrap().prescription
    };
    let first = sign(&pair.one, None);
    pair.meet();
    let (one, two) = (sign(&pair.one, Some(first)), sign(&pair.two, Some(first)));
    pair.meet();
    let standing = |prescription| {
        pair.one
            .call(&pair.root, PrescriptionGet { prescription }, None)
            .unwrap()
            .standing
    };
    assert_eq!(
        [first, one, two].map(standing),
        [Standing::Superseded, Standing::Disputed, Standing::Disputed]
    );
    assert_eq!(pair.exceptions(), ["disputed_prescription: Asha"]);
    pair.two.call(&pair.root, SessionOpen { float: 0 }, None).unwrap();
    let buy = |prescription| {
        let mut request = sale(vec![line(lens, 30_000, 1)], vec![]);
        request.customer = Some(asha);
        request.lines[0].prescription = Some(prescription);
        tried(&pair.two, &pair.root, request)
    };
    assert_eq!([buy(one), buy(two)], ["prescription_not_valid"; 2]);
    let cancel = PrescriptionCancel {
        prescription: two,
        reason: "the other one was checked".into(),
    };
    pair.one.call(&pair.root, cancel, None).unwrap();
    pair.meet();
    assert_eq!(
        [first, one, two].map(standing),
        [Standing::Superseded, Standing::Valid, Standing::Cancelled]
    );
    assert_eq!([buy(one), buy(two)], ["done", "prescription_not_valid"]);
    assert_eq!(pair.exceptions(), Vec::<String>::new());
}

#[test]
fn a_till_decides_nothing_that_head_office_decides() {
    let pair = Pair::new();
    let add = model::requests::people::UsersAdd {
        login: "second".into(),
        name: "Second".into(),
        password: "long enough".into(),
        roles: vec![model::requests::people::RoleAt {
            role: Role::Admin,
            store: None,
        }],
    };
    assert_eq!(tried(&pair.one, &pair.root, add.clone()), "cannot_write");
    assert_eq!(
        tried(&pair.chain.server, &pair.root, SessionOpen { float: 0 }),
        "till_only"
    );
    let user = pair.chain.server.call(&pair.root, add, None).unwrap().user;
    pair.meet();
    assert_eq!(code(pair.two.check_password("second", "long enough")), "done");
    let disable = model::requests::people::UsersDisable {
        user,
        reason: "left".into(),
    };
    pair.chain.server.call(&pair.root, disable, None).unwrap();
    assert_eq!(code(pair.two.still(user)), "done");
    pair.meet();
    assert_eq!(code(pair.two.still(user)), "disabled");
}

/// A till may lie about much, not about another's drawer: who ends a session is who opened it.
#[test]
fn nobody_ends_another_tills_session_or_uses_up_its_numbers() {
    let pair = Pair::new();
    let open = SessionOpen { float: 0 };
    let session = pair.one.call(&pair.root, open, None).unwrap().session.id;
    pair.meet();
    pair.two
        .replica()
        .write(move |tx| {
            let store = tx.writer()?.certificate.store.unwrap();
            let context = Context {
                command: 1,
                request: Id([9; 16]),
                user: None,
                wall: 0,
                skew: None,
                date: 20_542,
            };
            let mut draft = Draft::new(Lane::All, context);
            draft.add(SessionClosed {
                store,
                session,
                number: "25/S1T1A/Z00007".to_owned(),
                counted: 0,
                expected: 0,
                reason: None,
            });
            tx.append(draft)
        })
        .unwrap();
    pair.meet();
    let still = pair.one.call(&pair.root, SessionCurrent {}, None).unwrap();
    assert_eq!(still.session.map(|session| session.id), Some(session));
    let close = SessionClose {
        counted: 0,
        expected: 0,
        reason: None,
    };
    let closed = pair.one.call(&pair.root, close, None).unwrap();
    assert!(closed.number.ends_with("/S1T1A/Z00001"), "{}", closed.number);
}
