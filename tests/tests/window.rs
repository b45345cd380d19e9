//! The real window: sales from the first key to the paper while the server is away, then head office in a real browser.

use fovea_tests::browser::Browser;
use fovea_tests::chain::{Chain, at};
use fovea_tests::display::Display;
use fovea_tests::page::Page;
use fovea_tests::programs::PASSWORD;
use fovea_tests::shop::{self, CASHIER, CLOTH, FRAME, LENS, ON_HAND, OPTOMETRIST};
use fovea_tests::steps;
use fovea_tests::twin::Twin;
use fovea_tests::wait;
use fovea_tests::window::Window;
use serde_json::json;

/// Signs in at head office and looks at the sales of today.
fn office_sales(chain: &Chain) -> Browser {
    let office = steps::office_page(chain, "S");
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

    steps::new_sale(&till);
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

#[test]
fn a_lens_is_sold_against_a_prescription_signed_offline_in_another_store() {
    let mut chain = shop::chain(3);
    let twin = Twin::start(&chain.path("papers"));
    let display = steps::display(&chain.path(""));

    // Store 3 has the customer and the lens, but no prescription.
    let till = Window::open(&display, &chain.store_folder("S3"));
    steps::sign_in(&till, CASHIER.1);
    steps::set_printer(&till, &twin.address());
    steps::open_drawer(&till, 4);
    steps::scan_lens(&till, LENS);
    till.see_text(".go__why", "prescription");
    steps::attach(&till, "Kavita Deshmukh");
    till.gone(".go .btn--primary:not([disabled])");

    // Store 2 signs one, with nobody to tell.
    let room = Window::open(&display, &chain.store_folder("S2"));
    steps::sign_in(&room, OPTOMETRIST.1);
    steps::begin_test(&room, "Kavita Deshmukh");
    steps::refract(&room);
    steps::to_signing(&room);
    room.see_text("[role=dialog]", "−2.25");
    room.hand(PASSWORD);
    room.main_action("[role=dialog] .btn--primary");
    room.see_text("#signed-version", "Version 1 is signed");
    room.see_text(".status", "Offline");

    chain.start();
    steps::send_all(&room);
    room.close();
    // It comes in while the customer waits, and the sale goes on as it stands.
    steps::send_all(&till);
    till.see_text(".ways4", "Use version 1");
    till.press("Alt+1");
    till.gone(".is-blocked");
    till.see_text(".aside", "−2.25");
    let number = steps::pay_cash(&till);
    let paper = twin.receipt(1);
    assert!(
        paper.contains("Lumo Single vision 1.50") && paper.contains(&number),
        "{paper}"
    );
    let sold = till.call("sale.get", &json!({ "number": number }));
    assert!(sold["lines"][0]["prescription"].is_string(), "{sold}");
    till.close();
    chain.sync("S3");
    chain.sync("S1");
    let told = at(&chain.store_folder("S1")).call("sale.get", &json!({ "number": number }));
    assert_eq!(told["lines"], sold["lines"], "store 1 hears the same");
    chain.stop();
}

/// A till with a printer and an open drawer, signed in as the cashier.
fn ready_till(display: &Display, chain: &Chain, twin: &Twin) -> Window {
    let till = Window::open(display, &chain.store_folder("S1"));
    steps::sign_in(&till, CASHIER.1);
    steps::set_printer(&till, &twin.address());
    steps::open_drawer(&till, 4);
    till
}

#[test]
fn a_slipped_finger_on_pay_is_one_sale() {
    let chain = shop::chain(1);
    let twin = Twin::start(&chain.path("papers"));
    let display = steps::display(&chain.path(""));
    let till = ready_till(&display, &chain, &twin);
    steps::scan(&till, CLOTH, 120);
    steps::to_payment(&till);
    till.see("#finish:not([disabled])");
    till.press_twice("F9");
    till.see("#sale-complete, .empty");
    let first = wait::until("the sale", wait::PAGE, || {
        steps::sales(&till).first()?["number"].as_str().map(str::to_owned)
    });
    let paper = twin.receipt(1);
    assert!(paper.contains(&first), "{paper}");
    // The next sale has the next number, so there was none between them, and its paper is the second.
    steps::new_sale(&till);
    steps::scan(&till, CLOTH, 120);
    let second = steps::pay_cash(&till);
    assert!(
        first.ends_with("000001") && second.ends_with("000002"),
        "{first}, {second}"
    );
    let paper = twin.receipt(2);
    assert!(paper.contains(&second) && !paper.contains("REPRINT"), "{paper}");
    assert_eq!(steps::sales(&till).len(), 2);
    assert_eq!((twin.receipts(), twin.events("drawer").len()), (2, 2));
}

#[test]
fn a_receipt_waits_for_a_new_roll() {
    let chain = shop::chain(1);
    let twin = Twin::start(&chain.path("papers"));
    let display = steps::display(&chain.path(""));
    let till = ready_till(&display, &chain, &twin);
    steps::scan(&till, CLOTH, 120);
    twin.tell("paper-out");
    twin.wait_for("paper_out");
    let number = steps::pay_cash(&till);
    till.see_text(".banner", "The printer is out of paper. The sale is complete and safe.");
    till.see_text(".done__list", "Receipt waits for the printer");
    till.see_text(".status", "Printer out of paper");
    assert_eq!(twin.receipts(), 0);
    twin.tell("paper-in");
    let paper = twin.receipt(1);
    assert!(paper.contains(&number) && !paper.contains("REPRINT"), "{paper}");
    till.see_text(".done__list", "Receipt printed");
    till.gone(".banner");
    till.see_text(".status", "Printer ready");
}

#[test]
fn a_sale_outlives_the_till_and_its_second_paper_says_so() {
    let chain = shop::chain(1);
    let twin = Twin::start(&chain.path("papers"));
    let display = steps::display(&chain.path(""));
    let till = ready_till(&display, &chain, &twin);
    steps::scan(&till, CLOTH, 120);
    steps::attach(&till, "Harish Nair");
    twin.tell("paper-out");
    twin.wait_for("paper_out");
    let number = steps::pay_cash(&till);
    till.see_text(".done__list", "Receipt waits for the printer");
    till.kill();
    twin.tell("paper-in");
    twin.wait_for("paper_in");

    let till = Window::open(&display, &chain.store_folder("S1"));
    steps::sign_in(&till, CASHIER.1);
    till.see_text("main", "Scan the first item");
    assert_eq!(steps::sales(&till).len(), 1, "there once, and not on screen again");
    till.press("Ctrl+2");
    till.cursor_in("find-customer");
    till.hand("Harish");
    till.see_text("tr[aria-selected=true]", "Harish Nair");
    till.press("Enter");
    till.see_text("tr[aria-selected=true]", &number);
    till.cursor_in("history-first");
    till.press("Enter");
    till.see_text(".topbar__sub", &number);
    // What the printer held back of the first one may or may not be on paper.
    let before = twin.receipts();
    till.see_text(".done__list .btn", "Print again");
    till.press("Ctrl+P");
    till.see_text("#paper", "REPRINT");
    let papers = wait::until("the reprint", wait::PAPER, || {
        let papers: Vec<String> = (1..=twin.receipts()).map(|n| twin.receipt(n)).collect();
        (papers.len() > before && papers.last()?.contains("REPRINT")).then_some(papers)
    });
    assert!(papers.last().is_some_and(|paper| paper.contains(&number)), "{papers:?}");
    assert!(papers.len() <= 2, "{papers:?}");
}

#[test]
fn a_second_till_over_the_same_folder_is_refused() {
    let chain = shop::chain(1);
    let display = steps::display(&chain.path(""));
    let folder = chain.store_folder("S1");
    let first = Window::open(&display, &folder);
    first.see(".people");
    let second = Window::open(&display, &folder);
    second.see_text("main", "is open in another program");
    assert!(second.texts(".people").is_empty());
    drop(second);
    steps::sign_in(&first, CASHIER.1);
}
