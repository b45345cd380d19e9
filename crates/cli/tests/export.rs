//! `export person`: everything about one person, as data and as a paper.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::process::Command;

use common::{Till, answer, refused};
use serde_json::{Value, json};

fn export(till: &Till, customer: &str, out: &str) -> std::process::Output {
    let out = till.path(out);
    let out = out.to_str().unwrap();
    till.ask(&["export", "person", "--customer", customer, "--out", out])
}

#[test]
fn a_person_gets_all_there_is_as_data_and_on_paper_and_after_erasing_nothing_is_left() {
    let till = Till::new("in-gst");
    let made = till.call(
        "customer.create",
        &json!({"code": "K1", "name": "Zebulon Quackenbush", "phone": "98765 43210", "allergies": "nickel"}),
    );
    let said = answer(&export(&till, "K1", "out"));
    let data: Value = serde_json::from_slice(&std::fs::read(said["json"].as_str().unwrap()).unwrap()).unwrap();
    assert_eq!(data["contact"]["name"], "Zebulon Quackenbush");
    assert_eq!(data["clinical"]["allergies"], "nickel");
    let read = Command::new("pdftotext")
        .args([said["pdf"].as_str().unwrap(), "-"])
        .output();
    let paper = String::from_utf8(read.expect("poppler-utils installed").stdout).unwrap();
    for expected in ["Zebulon Quackenbush", "nickel", "9876543210", "K1", "Who wrote what"] {
        assert!(paper.contains(expected), "{expected} is not in {paper}");
    }
    // What was written for one is never written over.
    assert_eq!(refused(&export(&till, "K1", "out")), "bad_field");
    assert_eq!(refused(&export(&till, "K2", "other")), "unknown");
    assert_eq!(
        refused(&till.ask(&["export", "shop", "--customer", "K1", "--out", "out"])),
        "usage"
    );

    let id = made["customer"].as_str().unwrap();
    till.call("customer.erase", &json!({"customer": id, "reason": "requested"}));
    assert_eq!(refused(&export(&till, "K1", "gone")), "unknown");
    let left = answer(&export(&till, id, "left"));
    let data: Value = serde_json::from_slice(&std::fs::read(left["json"].as_str().unwrap()).unwrap()).unwrap();
    assert_eq!((&data["contact"], &data["history"]), (&Value::Null, &json!([])));
    assert_eq!(data["erasures"][0]["state"], "ordered");
}
