//! The program is gone between two instructions: what was answered is there, whatever the answer became.
//!
//! The folder is copied while it is open and nobody is told, which is what a power cut leaves of it; then the copy is
//! opened like any folder after a crash.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::path::Path;

use common::{Shop, line, sale};
use fovea_app::App;
use fovea_app::setup::open_app;
use model::ids::Id;
use model::requests::clinic::{TestGet, TestStart, TestTyped, TestWrite};
use model::requests::sales::{BasketKeep, BasketKept, SalesTotals};
use optics::{EyePrescription, Power};
use tempfile::TempDir;

/// What a power cut would leave of the shop's folder, opened again.
fn after_a_crash(shop: &Shop) -> (App, TempDir) {
    left_of(shop.folder.path(), shop)
}

fn left_of(folder: &Path, shop: &Shop) -> (App, TempDir) {
    let left = TempDir::new().unwrap();
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        // The index of the WAL is shared memory, which a power cut leaves nothing of.
        if !file.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(file.path(), left.path().join(file.file_name())).unwrap();
        }
    }
    (open_app(left.path(), shop.hands.clock()).unwrap(), left)
}

#[test]
fn no_key_of_an_eye_test_is_lost() {
    let shop = Shop::new();
    let customer = shop.customer("Asha");
    let test = shop.app.call(&shop.root, TestStart { customer }, None).unwrap().test;
    let typed = |app: &App| app.call(&shop.root, TestGet { test }, None).unwrap().typed;
    let mut keys = String::new();
    for key in "right sphere: -2.25".chars() {
        keys.push(key);
        let body = keys.clone();
        shop.app.call(&shop.root, TestTyped { test, body }, None).unwrap();
    }
    let (app, _folder) = after_a_crash(&shop);
    assert_eq!(typed(&app), Some(keys));

    // The field is left: its value is a commit, and nothing is typed any more.
    let right = EyePrescription {
        sphere: Some(Power(-2_250)),
        ..EyePrescription::default()
    };
    let write = TestWrite {
        test,
        right: Some(right.clone()),
        left: None,
        reason: None,
    };
    shop.app.call(&shop.root, write, None).unwrap();
    let (app, _folder) = after_a_crash(&shop);
    let kept = app.call(&shop.root, TestGet { test }, None).unwrap();
    assert_eq!((kept.right, kept.typed), (right, None));
}

#[test]
fn a_sale_is_on_screen_or_in_the_books_never_both_and_its_request_stays_one_sale() {
    let shop = Shop::open();
    let frame = shop.frame("F1");
    let keep = BasketKeep {
        body: "one frame".to_owned(),
    };
    shop.app.call(&shop.root, keep, None).unwrap();
    let state = |app: &App| {
        let kept = app.call(&shop.root, BasketKept {}, None).unwrap().body;
        let sales = app.call(&shop.root, SalesTotals::default(), None).unwrap().sales;
        (kept, sales.count)
    };
    let (app, _folder) = after_a_crash(&shop);
    assert_eq!(state(&app), (Some("one frame".to_owned()), 0));

    let id = Some(Id([5; 16]));
    let pay = || sale(vec![line(frame, 10_000, 1)], vec![]);
    let sold = shop.app.call(&shop.root, pay(), id).unwrap();
    let (app, _folder) = after_a_crash(&shop);
    assert_eq!(state(&app), (None, 1));
    let again = app.call(&shop.root, pay(), id).unwrap();
    assert_eq!((again.sale, again.number), (sold.sale, sold.number));
    assert_eq!(state(&app), (None, 1));
    assert_eq!(app.replica().verify().unwrap().mismatches, Vec::<String>::new());
}

#[test]
fn a_receipt_is_printed_once_as_such_and_afterwards_says_reprint() {
    let shop = Shop::open();
    let sold = shop.sell(shop.frame("F1"), 10_000, 1).sale;
    let queue = |app: &App| {
        let queued = app.queue_receipt(&shop.root, sold, true).unwrap();
        let says = serde_json::to_string(&queued.paper).unwrap().contains("REPRINT");
        assert_eq!(says, queued.job.reprint);
        (queued.job.reprint, queued.open_drawer)
    };
    // The till ends between the commit and the print: nothing is on paper.
    let (app, folder) = after_a_crash(&shop);
    app.interrupt_jobs().unwrap();
    assert_eq!(app.print_state(sold).unwrap().state, "none");
    assert_eq!(queue(&app), (false, true));
    // It ends while the printer has it: it may be.
    let (app, _folder) = left_of(folder.path(), &shop);
    app.interrupt_jobs().unwrap();
    assert_eq!(app.print_state(sold).unwrap().state, "interrupted");
    assert_eq!(queue(&app), (true, false));
    let totals = app.call(&shop.root, SalesTotals::default(), None).unwrap();
    assert_eq!(totals.sales.count, 1);
    // Two that ask at once.
    let mut asked: Vec<(bool, bool)> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..4).map(|_| scope.spawn(|| queue(&shop.app))).collect();
        asking.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    asked.sort_unstable();
    assert_eq!(asked, [(false, true), (true, false), (true, false), (true, false)]);
}
