//! A shelf is counted at one till while another sold from it with the network down; head office corrects the books, is told
//! when that was too much, and corrects them again, in a real browser.

use fovea_tests::chain::at;
use fovea_tests::{shop, steps};
use serde_json::json;

#[test]
fn head_office_corrects_the_books_by_a_count_and_again_when_a_sale_of_before_comes() {
    let mut chain = shop::chain(1);
    chain.start();
    let (one, two) = (chain.store_folder("S1"), chain.path("s1t2"));
    chain.enrol_till("S1", "T2", &two);
    assert!(at(&two).sync().ok);
    // One cloth is sold at the second till, which then has no line for a while. Another is gone.
    shop::sell_cloth(&two);
    shop::count(&one, shop::CLOTH_CODE, shop::ON_HAND - 2);
    chain.sync("S1");

    let office = steps::office_page(&chain, "C");
    office.see_text("#count-rows tr", "Waits for tills");
    office.see_text(".hod", "S1 T2 may have sold some of it before the count");
    office.press("C");
    office.see_text("[role=dialog]", "by \u{2212}2?");
    office.cursor_in("count-reason");
    office.see("[role=dialog] .btn--primary[disabled]");
    office.hand("T2 stands idle since noon");
    office.press("Ctrl+Enter");
    office.gone("[role=dialog]");
    office.see_text("#count-rows tr", "Agrees");
    // It did not stand idle.
    assert!(at(&two).sync().ok);
    office.see_text("#count-rows tr", "Changed since");
    office.press("G");
    office.press("T");
    office.see_text(".exc", "Books wrong since a count");
    office.press("G");
    office.press("C");
    office.see_text("#count-rows tr", "Changed since");
    office.press("C");
    office.see_text("[role=dialog]", "by +1?");
    office.cursor_in("count-reason");
    office.hand("one of the two was sold");
    office.press("Ctrl+Enter");
    office.gone("[role=dialog]");
    office.see_text("#count-rows tr", "Agrees");
    chain.sync("S1");
    let level = at(&one).call("stock.level", &json!({ "product": shop::CLOTH_CODE }));
    assert_eq!(level["stores"][0]["on_hand"], shop::ON_HAND - 2);
}
