//! A shelf is counted at one till while another sold from it with the network down; head office corrects the books, is told
//! when that was too much, and corrects them again, in a real browser.

use fovea_tests::chain::at;
use fovea_tests::command::{Folder, run};
use fovea_tests::{shop, steps};
use serde_json::json;

#[test]
fn head_office_corrects_the_books_by_a_count_and_again_when_a_sale_of_before_comes() {
    let mut chain = shop::chain(1);
    chain.start();
    let (one, two) = (chain.store_folder("S1"), chain.path("s1t2"));
    let code = chain.code("S1", "T2");
    let joined = run(
        "fovea",
        [
            "enrol",
            "--server",
            &chain.url(),
            "--code",
            &code,
            "--data",
            &two.to_string_lossy(),
        ],
    );
    assert!(joined.ok, "{}", joined.stderr);
    assert!(at(&two).sync().ok);
    let by_cashier = |path| Folder {
        path,
        user: shop::CASHIER.0,
    };
    // One cloth is sold at the second till, which then has no line for a while. Another is gone.
    let cloth = at(&two).call("product.find", &json!({ "code": shop::CLOTH }))["product"]["id"].clone();
    by_cashier(&two).call("session.open", &json!({ "float": 0 }));
    by_cashier(&two).call(
        "sale.complete",
        &json!({
            "lines": [{ "product": cloth, "quantity": 1, "price": 12_000 }],
            "payments": [{ "method": "card", "amount": 12_000 }],
            "total": 12_000,
        }),
    );
    by_cashier(&one).call(
        "stock.count",
        &json!({ "product": shop::CLOTH_CODE, "counted": shop::ON_HAND - 2 }),
    );
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
