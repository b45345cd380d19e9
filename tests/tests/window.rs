//! The real window: sales from the first key to the paper while the server is away, then head office in a real browser.

use fovea_tests::browser::Browser;
use fovea_tests::chain::{ADMIN, Chain};
use fovea_tests::page::Page;
use fovea_tests::programs::PASSWORD;
use fovea_tests::shop::{self, CASHIER, CLOTH, FRAME, ON_HAND};
use fovea_tests::steps;
use fovea_tests::twin::Twin;
use fovea_tests::window::Window;

/// Signs in at head office and looks at the sales of today.
fn office_sales(chain: &Chain) -> Browser {
    let office = Browser::open(&chain.url(), 1440, 900, &chain.path(""));
    office.cursor_in("login");
    office.hand(ADMIN);
    office.press("Enter");
    office.cursor_in("password");
    office.hand(PASSWORD);
    office.press("Enter");
    office.see(".ho__main");
    office.press("G");
    office.press("S");
    office.see("#sales-rows");
    office
}

/// Rows of head office's list with this number.
fn rows_of(office: &Page, number: &str) -> usize {
    let rows = office.texts("#sales-rows tr");
    rows.iter().filter(|row| row.contains(number)).count()
}

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
    till.see_text("#count", "3 items, 2 lines");
    till.press("Up");
    till.see_text("tr[aria-selected=true]", "Aurel");
    steps::discount(&till, 10);
    till.see_text("#total", "7,881.00");
    steps::add_customer(&till, "Padma Iyer", "98220 41576");

    steps::to_payment(&till);
    till.see_text("#pay-total", "7,881.00");
    steps::take_part(&till, "F3", "Card amount", 4_000, "CARD4471");
    steps::take_part(&till, "F4", "UPI amount", 1_000, "UPI902");
    till.press("F2");
    till.see_text("#still-to-pay", "2,881.00");
    till.gone("#reference");
    steps::amount(&till, 3_000);
    till.see_text("#change", "119.00");
    till.main_action("#finish");
    let number = steps::complete(&till);
    till.see_text("#change", "119.00");

    let paper = twin.receipt(1);
    for words in [
        "Nayana Opticals",
        &number,
        "Kiran Deshpande",
        "Padma Iyer",
        "Aurel Clubline 5154, black/gold",
        "1 x 8,490.00 less 849.00",
        "7,641.00",
        "2 x 120.00",
        "Card CARD4471",
        "4,000.00",
        "UPI UPI902",
        "1,000.00",
        "3,000.00",
        "119.00",
    ] {
        assert!(paper.contains(words), "no {words:?} on\n{paper}");
    }
    let total = paper.lines().find(|line| line.starts_with("TOTAL"));
    assert!(total.is_some_and(|line| line.ends_with(" 7,881.00")), "{paper}");
    assert!(!paper.contains("REPRINT"), "{paper}");
    let (width, height, black) = twin.picture(1);
    assert_eq!(width, 576, "80 mm");
    assert!(
        height > 600 && black > 5_000,
        "{height} dots high, {black} of them black"
    );
    till.see_text(".done__list", "Receipt printed");
    assert_eq!(twin.events("drawer").len(), 1, "one pulse opens the drawer");
    till.see_text(".done__list", "Waiting to send");

    till.press("F9");
    till.see_text("main", "Scan the first item");
    assert_eq!(steps::pieces_here(&till, "Aurel"), ON_HAND - 1);
    assert_eq!(steps::pieces_here(&till, "Microfibre"), ON_HAND - 2);
    till.see_text(".status", "waiting to send");

    chain.start();
    steps::send_all(&till);
    let office = office_sales(&chain);
    let row = office.see_text("#sales-rows tr", &number);
    assert!(row.contains("7,881.00") && row.contains("Padma Iyer"), "{row}");
    assert_eq!(rows_of(&office, &number), 1);
    office.see_text("#sale-number", &number);
    office.see_text("#sale-total", "7,881.00");

    // The same again changes nothing.
    till.close();
    chain.sync("S1");
    office.press("G");
    office.press("T");
    office.gone("#sales-rows");
    office.press("G");
    office.press("S");
    office.see_text("#sales-rows tr", &number);
    assert_eq!(rows_of(&office, &number), 1);
}
