//! Head office and its backups are gone: a new one is made from the recovery sheet and a till's folder, and the lost one is
//! trusted no more, on the page of devices in a real browser.

use fovea_tests::chain::at;
use fovea_tests::command::run;
use fovea_tests::{shop, steps};
use serde_json::{Value, json};

#[test]
fn a_new_head_office_begins_with_a_tills_books_and_trusts_the_lost_one_no_more() {
    let mut chain = shop::chain(1);
    let (server, till) = (chain.server_folder(), chain.store_folder("S1"));
    std::fs::rename(&server, chain.path("lost")).unwrap_or_else(|e| panic!("{}: {e}", server.display()));
    let made = run(
        "fovea-server",
        [
            "init".as_ref(),
            "--data".as_ref(),
            server.as_os_str(),
            "--recovery".as_ref(),
            chain.path("sheet.txt").as_os_str(),
            "--from".as_ref(),
            till.as_os_str(),
        ],
    );
    assert!(made.ok, "{}", made.stderr);
    assert!(made.stdout.contains("with the books of that till"), "{}", made.stdout);
    let stock = |folder| at(folder).call("stock.level", &json!({ "product": shop::CLOTH_CODE }));
    assert_eq!(stock(&server), stock(&till));
    chain.start();
    chain.enrol("S1");

    let office = steps::office_page(&chain, "D");
    office.see_text("#device-rows tr", "another server of this organisation");
    // The till is chosen; the servers stand above it.
    office.press("Up");
    let other = "return document.querySelector('.hod').innerText.includes('Trust this server no more');";
    if office.run(other, vec![]) != Some(Value::Bool(true)) {
        office.press("Up");
    }
    office.see_text(".hod", "It was head office before this one");
    office.press("V");
    office.see_text("[role=dialog]", "Trust this server no more?");
    office.cursor_in("end-reason");
    office.see("[role=dialog] .btn--primary[disabled]");
    office.hand("burnt on 20 November");
    office.see("[role=dialog] .btn--primary:not([disabled])");
    office.press("Ctrl+Enter");
    office.gone("[role=dialog]");
    office.see_text("#device-rows tr", "Closed");
    // The till, which the lost one certified, goes on.
    chain.sync("S1");
    at(&till).call("customer.create", &json!({ "name": "Asha Rao", "phone": "9820041580" }));
    chain.sync("S1");
}
