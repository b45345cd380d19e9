//! Who may do what, and how somebody proves who they are.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::collections::BTreeMap;

use common::{Chain, MINUTE, PASSWORD, Shop, code, meet, person, tried};
use fovea_app::Caller;
use model::ids::Id;
use model::requests::cash::SessionOpen;
use model::requests::people::{
    RoleAt, UsersAdd, UsersDisable, UsersEnable, UsersGrant, UsersList, UsersPassword, UsersRevoke,
};
use model::role::{Permission, Role};
use replica::ReplicaError;

/// Roles by their highest: Superadmin, Admin, area Manager, Store manager, aCcountant, cataloGue manager, Optometrist,
/// saLes staff, cAshier, Technician. A letter stands where the role may.
const MAY: [(Permission, &str); 22] = [
    (Permission::SignedIn, "saMSCGOLKT"),
    (Permission::CatalogueRead, "saMSCGOLKT"),
    (Permission::CatalogueWrite, "sa...G...."),
    (Permission::CustomersRead, "saMS..OLK."),
    (Permission::CustomersWrite, "saMS..OLK."),
    (Permission::CustomersErase, "sa........"),
    (Permission::CustomersExport, "sa........"),
    (Permission::SalesRead, "saMSC..LK."),
    (Permission::SalesWrite, "saMS...LK."),
    (Permission::CashUse, "saMS...LK."),
    (Permission::StockRead, "saMSCGOLKT"),
    (Permission::StockCount, "saMS..OLKT"),
    (Permission::StockAdjust, "saMS......"),
    (Permission::ClinicRead, "saMS..OLKT"),
    (Permission::ClinicWrite, "s.....O..."),
    (Permission::PeopleRead, "saMS......"),
    (Permission::UsersManage, "sa........"),
    (Permission::OfficeRead, "saM.C....."),
    (Permission::DevicesUse, "saMSCGOLKT"),
    (Permission::DevicesManage, "sa........"),
    (Permission::Import, "sa........"),
    (Permission::Replay, "sa........"),
];

#[test]
fn every_request_is_refused_to_every_role_that_may_not() {
    let shop = Shop::new();
    let may: BTreeMap<&str, &str> = MAY
        .iter()
        .map(|(permission, roles)| (permission.word(), *roles))
        .collect();
    assert_eq!(may.len(), Permission::ALL.len());
    for (at, role) in Role::ALL.iter().enumerate() {
        let caller = Caller {
            roles: vec![*role],
            ..shop.root.clone()
        };
        for request in model::requests::all() {
            let allowed = may[request.permission.word()].as_bytes()[at] != b'.';
            // A body that no request reads: the permission is asked before the body is.
            let outcome = code(shop.app.call_json(&caller, request.name, "[]", None));
            assert_eq!(
                outcome == "not_permitted",
                !allowed,
                "{} as {role:?}: {outcome}",
                request.name
            );
        }
    }
    let nobody = Caller {
        roles: Vec::new(),
        ..shop.root.clone()
    };
    for request in model::requests::all() {
        assert_eq!(
            code(shop.app.call_json(&nobody, request.name, "{}", None)),
            "not_permitted",
            "{}",
            request.name
        );
    }
}

#[test]
fn bodies_that_cannot_be_read_are_refused_and_write_nothing() {
    let shop = Shop::new();
    let before = shop.commits();
    let deep = "[".repeat(100_000);
    let long = format!("{{\"text\":\"{}\"}}", "a".repeat(4 * 1024 * 1024));
    for (name, body, expected) in [
        ("no.such", "{}", "unknown_request"),
        ("product.create", "", "bad_request"),
        ("product.create", "{", "bad_request"),
        ("product.create", "{}", "bad_request"),
        ("product.search", &deep, "bad_request"),
        ("product.search", &long, "bad_request"),
        ("session.open", "{\"float\":1.5}", "bad_request"),
        ("session.open", "{\"float\":99999999999999999999}", "bad_request"),
        ("product.get", "{\"product\":\"zz\"}", "bad_request"),
        ("stock.level", "{\"product\":\"A\",\"shop\":\"S1\"}", "bad_request"),
        ("sales.totals", "{\"from\":\"2026-02-30\"}", "bad_field"),
        ("sales.totals", "{\"store\":\"S9\"}", "unknown"),
    ] {
        assert_eq!(
            code(shop.app.call_json(&shop.root, name, body, None)),
            expected,
            "{name} {:.40}",
            body
        );
    }
    assert_eq!(shop.commits(), before);
}

#[test]
fn five_wrong_passwords_lock_a_name_also_over_a_restart() {
    let shop = Shop::new();
    person(&shop.app, &shop.root, Role::Cashier);
    let guess = |shop: &Shop, login: &str, password: &str| code(shop.app.check_password(login, password));
    for name in ["Cashier ", "no such person"] {
        let guesses: Vec<String> = (0..4).map(|_| guess(&shop, name, "wrong")).collect();
        assert_eq!(guesses, ["wrong_password"; 4], "{name}");
    }
    let shop = shop.reopened();
    for name in ["cashier", "no such person"] {
        assert_eq!(guess(&shop, name, "wrong"), "locked_out", "{name}");
    }
    let shop = shop.reopened();
    assert_eq!(guess(&shop, "cashier", "password of cashier"), "locked_out");
    assert_eq!(guess(&shop, "root", PASSWORD), "done");
    shop.hands.forward(14 * MINUTE);
    assert_eq!(guess(&shop, "CASHIER", "password of cashier"), "locked_out");
    shop.hands.forward(2 * MINUTE);
    assert_eq!(guess(&shop, "cashier", "wrong"), "wrong_password");
    assert_eq!(guess(&shop, "cashier", "password of cashier"), "done");
    // A right one forgives the wrong ones before it.
    let guesses: Vec<String> = (0..4).map(|_| guess(&shop, "cashier", "wrong")).collect();
    assert_eq!(guesses, ["wrong_password"; 4]);
}

#[test]
fn guesses_made_at_once_are_counted_one_by_one() {
    let shop = Shop::new();
    let outcomes: Vec<String> = std::thread::scope(|scope| {
        let guesses: Vec<_> = (0..12)
            .map(|_| scope.spawn(|| code(shop.app.check_password("root", "wrong"))))
            .collect();
        guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    assert_eq!(
        outcomes.iter().filter(|outcome| *outcome == "wrong_password").count(),
        4
    );
}

#[test]
fn a_pin_has_six_digits_is_good_for_twelve_hours_and_five_wrong_ones_destroy_it() {
    let shop = Shop::new();
    let cashier = person(&shop.app, &shop.root, Role::Cashier);
    shop.app.renew_pin(cashier.user).unwrap();
    for (pin, expected) in [
        ("", "bad_pin"),
        ("12345", "bad_pin"),
        ("1234567", "bad_pin"),
        ("12345a", "bad_pin"),
        ("१२३४५६", "bad_pin"),
        ("111111", "bad_pin"),
        ("135790", "done"),
    ] {
        assert_eq!(code(shop.app.set_pin(cashier.user, pin)), expected, "{pin}");
    }
    let check = |pin| code(shop.app.check_pin(cashier.user, pin));
    assert_eq!(check("135790"), "done");
    assert_eq!(code(shop.app.check_pin(shop.root.user, "135790")), "pin_expired");
    shop.hands.forward(11 * 60 * MINUTE);
    // A PIN is no way to a later PIN: only a password makes it good for longer.
    assert_eq!(code(shop.app.set_pin(cashier.user, "135791")), "done");
    assert_eq!(check("135791"), "done");
    shop.hands.forward(61 * MINUTE);
    assert_eq!(check("135791"), "pin_expired");
    shop.app.renew_pin(cashier.user).unwrap();
    assert_eq!((0..4).map(|_| check("000001")).collect::<Vec<_>>(), ["wrong_pin"; 4]);
    let shop = shop.reopened();
    let check = |pin| code(shop.app.check_pin(cashier.user, pin));
    assert_eq!(check("000001"), "pin_destroyed");
    assert_eq!(check("135791"), "pin_expired");
    // What is destroyed needs a password before there is another, and the password does not bring the old one back.
    assert_eq!(code(shop.app.set_pin(cashier.user, "135791")), "pin_expired");
    shop.app.renew_pin(cashier.user).unwrap();
    assert_eq!(check("135791"), "pin_expired");
    assert_eq!(shop.app.pin_until(cashier.user).unwrap(), None);
    assert_eq!(code(shop.app.set_pin(cashier.user, "135791")), "done");
    assert_eq!(check("135791"), "done");
}

#[test]
fn a_pin_is_set_only_where_a_password_was_given_and_stays_there() {
    let mut chain = Chain::new();
    let cashier = person(&chain.server, &chain.root, Role::Cashier);
    let (one, two) = (chain.till("S1", "T1"), chain.till("S1", "T2"));
    assert_eq!(code(one.set_pin(cashier.user, "135790")), "pin_expired");
    one.renew_pin(cashier.user).unwrap();
    assert_eq!(code(one.set_pin(cashier.user, "135790")), "done");
    // Somebody else's password is not theirs.
    assert_eq!(code(one.set_pin(chain.root.user, "135790")), "pin_expired");
    meet(&chain.server, &one);
    meet(&chain.server, &two);
    assert_eq!(code(one.check_pin(cashier.user, "135790")), "done");
    assert_eq!(code(two.check_pin(cashier.user, "135790")), "pin_expired");
    chain.hands.forward(12 * 60 * MINUTE);
    assert_eq!(code(one.set_pin(cashier.user, "135791")), "pin_expired");
}

#[test]
fn five_wrong_pins_are_five_even_if_the_program_ends_before_it_says_so() {
    let shop = Shop::new();
    let cashier = person(&shop.app, &shop.root, Role::Cashier);
    shop.app.renew_pin(cashier.user).unwrap();
    shop.app.set_pin(cashier.user, "135790").unwrap();
    let user = cashier.user;
    // The fifth try is on disk, and the till is killed.
    let counted = shop.app.replica().write(move |tx| {
        let sql = "UPDATE local_pin SET failed = 5 WHERE user = ?";
        Ok::<_, ReplicaError>(tx.conn().execute(sql, [user.as_bytes()])?)
    });
    assert_eq!(counted.unwrap(), 1);
    let shop = shop.reopened();
    let check = || code(shop.app.check_pin(user, "135790"));
    assert_eq!([check(), check()], ["pin_destroyed", "pin_expired"]);
}

#[test]
fn who_is_disabled_is_refused_at_once_and_back_when_that_ends() {
    let shop = Shop::new();
    let cashier = person(&shop.app, &shop.root, Role::Cashier);
    shop.app.renew_pin(cashier.user).unwrap();
    shop.app.set_pin(cashier.user, "135790").unwrap();
    let disable = |reason: &str| UsersDisable {
        user: cashier.user,
        reason: reason.to_owned(),
    };
    assert_eq!(tried(&shop.app, &shop.root, disable(" ")), "reason_needed");
    assert_eq!(tried(&shop.app, &shop.root, disable("left")), "done");
    let ways = || {
        [
            code(shop.app.check_password("cashier", "password of cashier")),
            code(shop.app.check_pin(cashier.user, "135790")),
            code(shop.app.still(cashier.user)),
        ]
    };
    assert_eq!(ways(), ["disabled"; 3]);
    // Whatever is granted afterwards.
    let grant = UsersGrant {
        user: cashier.user,
        role: RoleAt {
            role: Role::Admin,
            store: None,
        },
    };
    shop.app.call(&shop.root, grant, None).unwrap();
    assert_eq!(ways(), ["disabled"; 3]);
    shop.app
        .call(&shop.root, UsersEnable { user: cashier.user }, None)
        .unwrap();
    assert_eq!(ways(), ["done"; 3]);
    assert_eq!(
        tried(&shop.app, &shop.root, UsersEnable { user: cashier.user }),
        "bad_field"
    );
    assert_eq!(
        tried(
            &shop.app,
            &shop.root,
            UsersDisable {
                user: shop.root.user,
                reason: "x".into()
            }
        ),
        "not_permitted"
    );
}

#[test]
fn nobody_reaches_above_the_own_place() {
    let shop = Shop::new();
    let admin = person(&shop.app, &shop.root, Role::Admin);
    let add = |login: &str, role, store: Option<&str>| UsersAdd {
        login: login.to_owned(),
        name: "Somebody".to_owned(),
        password: "long enough".to_owned(),
        roles: vec![RoleAt {
            role,
            store: store.map(str::to_owned),
        }],
    };
    let users = shop.app.call(&shop.root, UsersList {}, None).unwrap().users;
    let root_grant = users.iter().find(|user| user.login == "root").unwrap().grants[0].id;
    let set = |user| UsersPassword {
        user,
        password: "long enough".to_owned(),
    };
    assert_eq!(
        tried(&shop.app, &admin, add("second", Role::Superadmin, None)),
        "not_permitted"
    );
    assert_eq!(
        tried(&shop.app, &admin, add("second", Role::Superadmin, Some("S1"))),
        "not_permitted"
    );
    assert_eq!(tried(&shop.app, &admin, set(shop.root.user)), "not_permitted");
    assert_eq!(
        tried(&shop.app, &admin, UsersRevoke { grant: root_grant }),
        "not_permitted"
    );
    assert_eq!(
        tried(
            &shop.app,
            &admin,
            UsersDisable {
                user: shop.root.user,
                reason: "x".into()
            }
        ),
        "not_permitted"
    );
    assert_eq!(tried(&shop.app, &admin, UsersRevoke { grant: Id([3; 16]) }), "unknown");
    // An administrator of one store is none elsewhere.
    assert_eq!(tried(&shop.app, &admin, add("local", Role::Admin, Some("S1"))), "done");
    let local = shop.app.check_password("local", "long enough").unwrap();
    assert_eq!(local.roles, [Role::Admin]);
    assert_eq!(
        tried(&shop.app, &local, add("third", Role::Admin, None)),
        "not_permitted"
    );
    assert_eq!(
        tried(&shop.app, &local, add("third", Role::Cashier, Some("S1"))),
        "done"
    );
    for (login, name, password, expected) in [
        ("third", "Again", "long enough", "taken"),
        ("THIRD", "Again", "long enough", "taken"),
        ("x", "Short", "long enough", "bad_field"),
        ("a b", "Space", "long enough", "bad_field"),
        ("fourth", " ", "long enough", "bad_field"),
        ("fourth", "Fourth", "abc", "bad_field"),
        ("fourth", "Fourth", "long enough", "done"),
    ] {
        let add = UsersAdd {
            login: login.into(),
            name: name.into(),
            password: password.into(),
            roles: vec![RoleAt {
                role: Role::Cashier,
                store: None,
            }],
        };
        assert_eq!(tried(&shop.app, &shop.root, add), expected, "{login}");
    }
}

#[test]
fn a_revoked_role_is_gone_with_the_next_look() {
    let shop = Shop::new();
    let cashier = person(&shop.app, &shop.root, Role::Cashier);
    let users = shop.app.call(&shop.root, UsersList {}, None).unwrap().users;
    let grant = users.iter().find(|user| user.login == "cashier").unwrap().grants[0].id;
    shop.app.call(&shop.root, UsersRevoke { grant }, None).unwrap();
    let still = shop.app.still(cashier.user).unwrap();
    assert_eq!(still.roles, []);
    assert_eq!(tried(&shop.app, &still, SessionOpen { float: 0 }), "not_permitted");
}

#[test]
fn no_password_and_no_pin_lies_in_the_folder() {
    let shop = Shop::new();
    let cashier = person(&shop.app, &shop.root, Role::Cashier);
    shop.app.renew_pin(cashier.user).unwrap();
    shop.app.set_pin(cashier.user, "135790").unwrap();
    let Shop { app, folder, .. } = shop;
    drop(app);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in [PASSWORD, "password of cashier", "135790"] {
            assert!(
                !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()),
                "{secret}"
            );
        }
    }
}
