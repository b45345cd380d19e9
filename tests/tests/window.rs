//! The real window: a sale from the first key to the paper while the server is away, then head office.

use std::path::Path;

use fovea_tests::browser::Browser;
use fovea_tests::chain::ADMIN;
use fovea_tests::programs::PASSWORD;
use fovea_tests::shop::{self, CASHIER, CLOTH, FRAME, ON_HAND};
use fovea_tests::steps;
use fovea_tests::twin::Twin;
use fovea_tests::window::Window;

#[test]
fn a_sale_while_the_server_is_away_is_in_head_office_once() {
    let mut chain = shop::chain(1);
    let twin = Twin::start(&chain.path("papers"));
    let display = steps::display(&chain.path(""));
    let till = Window::open(&display, &chain.store_folder("S1"));
    steps::sign_in(&till, CASHIER.1);
    steps::set_printer(&till, &twin.address());
    steps::open_drawer(&till, 10);
    assert_eq!(steps::pieces_here(&till, "Aurel"), ON_HAND);

    steps::scan(&till, FRAME, 8_490);
    steps::scan(&till, CLOTH, 8_610);
    steps::scan(&till, CLOTH, 8_730);
    let number = steps::pay_cash(&till);
    println!("{number}");
    let paper = twin.receipt(1);
    println!("{paper}");
}
