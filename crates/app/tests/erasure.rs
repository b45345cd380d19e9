//! Erasing a person and handing out what there is: who may, what is left, what cannot be taken back.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::{Chain, DAY, PASSWORD, Shop, line, meet, sale, tried};
use fovea_app::App;
use fovea_app::import::Subject;
use model::ids::{CustomerUnit, Id};
use model::records::EraseReason;
use model::requests::clinic::{PrescriptionList, PrescriptionSign, TestStart, TestWrite};
use model::requests::customers::{CustomerCreate, CustomerEdit, CustomerFields, CustomerGet, CustomerSearch};
use model::requests::erasure::{
    CustomerErase, CustomerEraseWithdraw, CustomerErasures, CustomerExport, EraseState, PersonExport,
};
use model::requests::sales::{SaleComplete, SalesTotals};
use model::role::Role;
use optics::{EyePrescription, Power};

const NAME: &str = "Zebulon Quackenbush";

fn eye() -> EyePrescription {
    EyePrescription {
        sphere: Some(Power(-1_250)),
        ..EyePrescription::default()
    }
}

/// A customer of whom everything is known that can be: bought, tested, prescribed.
fn known(shop: &Shop) -> Id {
    let fields = CustomerFields {
        name: Some(NAME.to_owned()),
        phone: Some("98220 41576".to_owned()),
        birth_date: Some("1980-02-03".to_owned()),
        notes: Some("glaucoma".to_owned()),
        legal_name: Some("ZQ Optics LLP".to_owned()),
        ..CustomerFields::default()
    };
    let code = Some("C77".to_owned());
    let customer = shop
        .app
        .call(&shop.root, CustomerCreate { code, fields }, None)
        .unwrap()
        .customer;
    let rename = CustomerFields {
        name: Some("Zebulon Q. Quackenbush".to_owned()),
        ..CustomerFields::default()
    };
    let edit = CustomerEdit {
        customer,
        fields: rename,
    };
    shop.app.call(&shop.root, edit, None).unwrap();
    let frame = shop.frame("F1");
    let bought = SaleComplete {
        customer: Some(customer),
        invoice_name: Some(NAME.to_owned()),
        ..sale(vec![line(frame, 10_000, 1)], vec![])
    };
    shop.app.call(&shop.root, bought, None).unwrap();
    let test = shop.app.call(&shop.root, TestStart { customer }, None).unwrap().test;
    let write = TestWrite {
        test,
        right: Some(eye()),
        left: None,
        reason: Some("headaches".to_owned()),
    };
    shop.app.call(&shop.root, write, None).unwrap();
    let sign = PrescriptionSign {
        customer,
        test: None,
        heads: Vec::new(),
        right: eye(),
        left: eye(),
        months: 12,
        supersedes: None,
        doctor: Some("Dr. Rao".to_owned()),
        reason: None,
        password: PASSWORD.to_owned(),
    };
    shop.app.call(&shop.root, sign, None).unwrap();
    customer
}

fn erase(customer: Id, units: Option<Vec<CustomerUnit>>) -> CustomerErase {
    CustomerErase {
        customer,
        units,
        reason: EraseReason::Requested,
    }
}

fn export(shop: &Shop, customer: Id) -> PersonExport {
    shop.app.call(&shop.root, CustomerExport { customer }, None).unwrap()
}

fn states(shop: &Shop) -> Vec<EraseState> {
    let all = shop.app.call(&shop.root, CustomerErasures::default(), None).unwrap();
    all.erasures.iter().map(|erasure| erasure.state).collect()
}

#[test]
fn an_export_holds_everything_about_a_person() {
    let shop = Shop::open();
    let customer = known(&shop);
    let person = export(&shop, customer);
    let contact = person.contact.as_ref().unwrap();
    assert_eq!(contact.name, "Zebulon Q. Quackenbush");
    assert_eq!(contact.birth_date.as_deref(), Some("1980-02-03"));
    assert_eq!(person.clinical.as_ref().unwrap().notes, "glaucoma");
    assert_eq!(person.invoice.as_ref().unwrap().legal_name, "ZQ Optics LLP");
    let (sale, more) = (&person.sales[0], person.more);
    assert_eq!(
        (sale.total, sale.lines.len(), sale.payments.len(), more),
        (10_000, 1, 1, false)
    );
    assert_eq!(sale.customer_name.as_deref(), Some(NAME));
    assert_eq!(person.prescriptions[0].doctor.as_deref(), Some("Dr. Rao"));
    assert_eq!(person.tests[0].right, eye());
    let value = |record: &str, field: &str| -> Vec<&str> {
        let rows = person.history.iter();
        rows.filter(|row| row.record == record && row.field == field)
            .map(|row| row.value.as_str())
            .collect()
    };
    assert_eq!(value("contact", "name"), [NAME, "Zebulon Q. Quackenbush"]);
    assert_eq!(value("eye_test", "reason"), ["headaches"]);
    assert_eq!(value("eye_test", "right"), [eye().line()]);
    // Of somebody else nothing is in it.
    let other = shop.customer("Asha");
    let text = serde_json::to_string(&export(&shop, other)).unwrap();
    assert!(!text.contains("Zebulon") && text.contains("Asha"), "{text}");
    assert_eq!(
        tried(&shop.app, &shop.root, CustomerExport { customer: Id([1; 16]) }),
        "unknown"
    );
}

#[test]
fn what_is_erased_is_gone_at_once_and_amounts_stay() {
    let shop = Shop::open();
    let customer = known(&shop);
    let totals = shop.app.call(&shop.root, SalesTotals::default(), None).unwrap();
    let made = shop.app.call(&shop.root, erase(customer, None), None).unwrap();
    assert_eq!(made.not_before, shop.app.now() + 7 * DAY);
    assert_eq!(tried(&shop.app, &shop.root, CustomerGet { customer }), "unknown");
    let search = CustomerSearch {
        text: "zebulon".to_owned(),
        limit: None,
    };
    assert!(shop.app.call(&shop.root, search, None).unwrap().customers.is_empty());
    let list = PrescriptionList { customer };
    assert!(shop.app.call(&shop.root, list, None).unwrap().prescriptions.is_empty());
    assert_eq!(shop.app.call(&shop.root, SalesTotals::default(), None).unwrap(), totals);
    let left = export(&shop, customer);
    assert!(left.contact.is_none() && left.clinical.is_none() && left.invoice.is_none());
    assert!(left.history.is_empty() && left.tests.is_empty() && left.prescriptions.is_empty());
    assert_eq!((left.sales.len(), left.sales[0].customer_name.clone()), (1, None));
    assert_eq!(left.erasures.len(), 1);
    assert_eq!(tried(&shop.app, &shop.root, erase(customer, None)), "already_erased");
    assert_eq!(shop.app.replica().verify().unwrap().mismatches, Vec::<String>::new());
}

#[test]
fn an_order_is_withdrawn_in_time_or_not_at_all() {
    let shop = Shop::open();
    let customer = known(&shop);
    let before = serde_json::to_value(export(&shop, customer)).unwrap();
    let order = shop.app.call(&shop.root, erase(customer, None), None).unwrap().order;
    assert_eq!(states(&shop), [EraseState::Ordered]);
    shop.hands.forward(7 * DAY - 1);
    shop.app.erase_if_alone().unwrap();
    let withdraw = CustomerEraseWithdraw { order };
    shop.app.call(&shop.root, withdraw.clone(), None).unwrap();
    assert_eq!(states(&shop), [EraseState::Withdrawn]);
    let mut after = serde_json::to_value(export(&shop, customer)).unwrap();
    for changed in ["made_at", "erasures"] {
        after[changed] = before[changed].clone();
    }
    assert_eq!(after, before);
    assert_eq!(tried(&shop.app, &shop.root, withdraw), "already_withdrawn");

    let order = shop.app.call(&shop.root, erase(customer, None), None).unwrap().order;
    shop.hands.forward(7 * DAY);
    assert_eq!(states(&shop), [EraseState::Due, EraseState::Withdrawn]);
    assert_eq!(
        tried(&shop.app, &shop.root, CustomerEraseWithdraw { order }),
        "erase_over"
    );
    assert_eq!(
        tried(&shop.app, &shop.root, CustomerEraseWithdraw { order: Id([1; 16]) }),
        "unknown"
    );
    // A till on its own has nobody else's clock: it drops the bytes when it is opened, or while it runs.
    let shop = shop.reopened();
    assert_eq!(states(&shop), [EraseState::Done, EraseState::Withdrawn]);
}

#[test]
fn units_go_one_by_one_and_nothing_is_added_to_what_is_gone() {
    let shop = Shop::open();
    let customer = known(&shop);
    let clinical = Some(vec![CustomerUnit::Clinical]);
    shop.app
        .call(&shop.root, erase(customer, clinical.clone()), None)
        .unwrap();
    let left = export(&shop, customer);
    assert!(left.clinical.is_none() && left.contact.is_some() && left.invoice.is_some());
    assert_eq!(left.erasures[0].units, [CustomerUnit::Clinical]);
    assert_eq!(left.erasures[0].name, "Zebulon Q. Quackenbush");
    let notes = CustomerEdit {
        customer,
        fields: CustomerFields {
            notes: Some("again".to_owned()),
            ..CustomerFields::default()
        },
    };
    assert_eq!(tried(&shop.app, &shop.root, notes), "erased");
    assert_eq!(tried(&shop.app, &shop.root, TestStart { customer }), "erased");
    assert_eq!(tried(&shop.app, &shop.root, erase(customer, Some(vec![]))), "bad_field");
    assert_eq!(
        tried(&shop.app, &shop.root, erase(customer, clinical)),
        "already_erased"
    );
    // The rest follows, and is one order of the two that were left.
    shop.app.call(&shop.root, erase(customer, None), None).unwrap();
    let units: Vec<_> = export(&shop, customer)
        .erasures
        .into_iter()
        .map(|one| one.units)
        .collect();
    assert!(
        units.contains(&vec![CustomerUnit::Contact, CustomerUnit::Invoice]),
        "{units:?}"
    );
}

#[test]
fn the_code_of_an_erased_customer_is_not_used_again() {
    let shop = Shop::open();
    let customer = known(&shop);
    shop.app.call(&shop.root, erase(customer, None), None).unwrap();
    let again = CustomerCreate {
        code: Some(" C77 ".to_owned()),
        fields: CustomerFields {
            name: Some("Asha".to_owned()),
            ..CustomerFields::default()
        },
    };
    assert_eq!(tried(&shop.app, &shop.root, again), "code_erased");
    let path = shop.folder.path().join("customers.csv");
    std::fs::write(&path, "code,name,phone,email,birth_date\nC78,Ravi,,,\nC77,Asha,,,\n").unwrap();
    let refused = shop
        .app
        .import(&shop.root, Subject::Customers, &path, false, &|_, _| {})
        .unwrap_err();
    assert!(
        refused
            .message()
            .contains("line 3: the customer with the code C77 was erased"),
        "{refused}"
    );
    shop.close_session();
    let path = shop.folder.path().join("lines.csv");
    let header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID\n";
    std::fs::write(
        &path,
        format!("{header}536365,22423,STAND,2,2026-03-01 08:26:00,12.75,C77\n"),
    )
    .unwrap();
    let report = shop.app.replay_retail(&shop.root, &path, None, &|_, _| {}).unwrap();
    assert_eq!((report.sales.count, report.rejected.len()), (1, 0));
    assert_eq!(export(&shop, customer).sales.len(), 2);
    assert_eq!(tried(&shop.app, &shop.root, CustomerGet { customer }), "unknown");
}

#[test]
fn only_an_administrator_orders_it_and_only_where_control_is_written() {
    let mut chain = Chain::new();
    let till = chain.till("S1", "T1");
    let customer = common::customer(&till, &chain.root, NAME);
    assert_eq!(tried(&till, &chain.root, erase(customer, None)), "cannot_write");
    meet(&till, &chain.server);
    let manager = common::person(&chain.server, &chain.root, Role::StoreManager);
    for tried in [
        tried(&chain.server, &manager, erase(customer, None)),
        tried(&chain.server, &manager, CustomerExport { customer }),
        tried(&chain.server, &manager, CustomerErasures::default()),
        tried(&chain.server, &manager, CustomerEraseWithdraw { order: Id([1; 16]) }),
    ] {
        assert_eq!(tried, "not_permitted");
    }
    let order = chain
        .server
        .call(&chain.root, erase(customer, None), None)
        .unwrap()
        .order;
    meet(&till, &chain.server);
    assert_eq!(tried(&till, &chain.root, CustomerGet { customer }), "unknown");
    let erasures = |app: &App| {
        let all = app
            .call(&chain.root, CustomerErasures::default(), None)
            .unwrap()
            .erasures;
        (all[0].order, all[0].state, all.len())
    };
    assert_eq!(erasures(&till), (order, EraseState::Ordered, 1));
    assert_eq!(erasures(&till), erasures(&chain.server));
}
