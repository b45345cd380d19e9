//! Head office's page of privacy in a real browser: a person's data is handed out, erased everywhere, and put back.

use fovea_tests::browser::DOWNLOADS;
use fovea_tests::chain::{ADMIN, at};
use fovea_tests::{shop, steps, wait};
use serde_json::{Value, json};

/// Customers that a till finds by this name.
fn found(store: &std::path::Path, name: &str) -> usize {
    let told = at(store).call("customer.search", &json!({ "text": name }));
    told["customers"].as_array().map_or(0, Vec::len)
}

#[test]
fn a_person_is_handed_out_erased_and_put_back() {
    let mut chain = shop::chain(1);
    chain.hire("anil", "Anil Rao", "accountant");
    chain.start();
    let store = chain.store_folder("S1");
    let office = steps::office_page(&chain, "V");
    office.see_text(".empty", "No erasure was ordered");

    office.press("/");
    office.cursor_in("privacy-find");
    office.hand("Kavita");
    office.see_text("#people-rows tr", "Kavita Deshmukh");
    office.press("Enter");
    office.cursor_in("privacy-0");
    office.press("E");
    let all: Value = wait::until("the file", wait::PAGE, || {
        let files = std::fs::read_dir(chain.path(DOWNLOADS)).ok()?.flatten();
        let mut files = files.filter(|file| file.file_name().to_string_lossy().ends_with(".json"));
        let file = files.next()?;
        assert!(file.file_name().to_string_lossy().starts_with("customer-C0001-"));
        serde_json::from_slice(&std::fs::read(file.path()).ok()?).ok()
    });
    assert_eq!(all["contact"]["name"], "Kavita Deshmukh", "{all}");
    assert_eq!(all["contact"]["email"], "kavita@example.in", "{all}");

    office.press("X");
    office.see_text("[role=dialog]", "Erase Kavita Deshmukh?");
    office.see_text("[role=dialog]", "Amounts, taxes and numbers of invoices");
    office.see("[role=dialog] .btn--primary[disabled]");
    office.press("Space");
    office.see("[role=dialog] .btn--primary:not([disabled])");
    office.press("Ctrl+Enter");
    office.gone("[role=dialog]");
    let row = office.see_text("#erasure-rows tr", "Waiting");
    assert!(row.contains("Person asked") && row.contains(ADMIN), "{row}");
    assert!(row.starts_with("Customer ") && !row.contains("Kavita"), "{row}");
    office.see_text("#privacy-open", "It can be withdrawn until");
    office.press("/");
    office.cursor_in("privacy-find");
    office.hand("Kavita");
    office.see_text(".empty", "Nobody matches");
    chain.sync("S1");
    assert_eq!(found(&store, "Kavita"), 0, "the till still shows the person");

    office.press("Esc");
    office.see("#erasure-rows tr");
    office.press("W");
    office.see_text("[role=dialog]", "Withdraw the erasure of Customer");
    office.press("Ctrl+Enter");
    office.gone("[role=dialog]");
    let row = office.see_text("#erasure-rows tr", "Withdrawn");
    assert!(row.starts_with("Kavita Deshmukh"), "{row}");
    // What is over cannot be withdrawn again, and is not offered.
    office.gone(".hod__foot");
    chain.sync("S1");
    assert_eq!(found(&store, "Kavita"), 1, "the till has not put the person back");

    let folder = chain.path("accountant");
    std::fs::create_dir_all(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let other = steps::office(&chain, "anil", 1280, 800, &folder);
    let places = other.see(".side");
    assert!(places.contains("Devices") && !places.contains("Privacy"), "{places}");
}
