//! A till on its own gets a server: the programs themselves, from `init` to the second till.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::{Till, answer, fovea, refused, run};
use fovea_server::{Log, Serving, serve};
use serde_json::json;

const SALES: &str = "\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,SPRAY,Lens spray,2,2026-11-20 10:00:00,150.00,,India
2,SPRAY,Lens spray,1,2026-11-20 11:00:00,150.00,,India
C3,SPRAY,Lens spray,-1,2026-11-20 12:00:00,150.00,,India
";

/// A command of the server's program; its answer's last word.
fn server(words: &[&str]) -> String {
    let said = fovea_server::commands::run(words.iter().map(Into::into)).unwrap();
    said.split_whitespace().last().unwrap_or_default().to_owned()
}

#[test]
fn a_till_with_sales_joins_a_server_made_from_its_sheet() {
    let till = Till::new("in-gst");
    let alone = run(&["servers", "--data", &till.data(), "--add", "https://relay.example"]);
    assert_eq!(refused(&alone), "usage");
    let file = till.file("lines.csv", SALES);
    answer(&till.ask(&["replay", "retail", &file]));
    let before = till.commits();

    let (folder, sheet) = (till.path("server"), till.path("sheet.txt"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("keys.txt"), "file").unwrap();
    let (data, sheet) = (folder.to_str().unwrap(), sheet.to_str().unwrap());
    server(&["init", "--data", data, "--recovery", sheet]);
    let running = serve(Serving {
        database: None,
        data: &folder,
        listen: "127.0.0.1:0",
        tls: None,
        clock: app::system_clock(),
        log: Log::Silent,
    })
    .unwrap();
    let url = running.url();
    let code = |till: &str| server(&["code", "--data", data, "--store", "S1", "--till", till]);

    let (first, second, other) = (code("T1"), code("T2"), till.path("second"));
    let other = other.to_str().unwrap();
    let enrol = |folder: &str, code: &str| run(&["enrol", "--data", folder, "--server", &url, "--code", code]);
    assert_eq!(refused(&enrol(other, &second)), "nothing_held");
    assert_eq!(refused(&enrol(&till.data(), &second)), "code_elsewhere");
    for _ in 0..2 {
        let enrolled = enrol(&till.data(), &first);
        assert!(
            enrolled.status.success(),
            "{}",
            String::from_utf8_lossy(&enrolled.stderr)
        );
    }
    // Two of the server's: its own certificate, the spare's.
    assert_eq!(till.commits(), before + 2);

    let office = |name: &str, body: serde_json::Value, token: Option<&str>| -> serde_json::Value {
        let mut request = reqwest::blocking::Client::new()
            .post(format!("{url}/api/call/{name}"))
            .header("content-type", "application/json")
            .body(body.to_string());
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = request.send().unwrap();
        assert_eq!(answer.status(), 200);
        serde_json::from_slice(&answer.bytes().unwrap()).unwrap()
    };
    let signed_in = office(
        "till.sign_in",
        json!({ "login": common::ADMIN, "password": common::PASSWORD }),
        None,
    );
    let seen = office("sales.totals", json!({}), signed_in["token"].as_str());
    let expected = json!({ "sales": { "count": 2, "total": 45_000 }, "returns": { "count": 1, "total": 15_000 } });
    assert_eq!(seen, expected);

    let enrolled = enrol(other, &second);
    assert!(
        enrolled.status.success(),
        "{}",
        String::from_utf8_lossy(&enrolled.stderr)
    );
    let asked = fovea(&["call", "sales.totals", "--data", other, "--as", common::ADMIN])
        .output()
        .unwrap();
    assert_eq!(answer(&asked), expected);
    let synced = run(&["sync", "--data", &till.data(), "--once"]);
    assert!(synced.status.success());
    // The relays that this till tries beside head office.
    let servers = |words: &[&str]| run(&[&["servers", "--data", other][..], words].concat());
    let relay = "https://relay.example:8443";
    assert_eq!(answer(&servers(&[])), json!({ "head_office": url, "relays": [] }));
    assert_eq!(answer(&servers(&["--add", relay]))["relays"], json!([relay]));
    assert_eq!(refused(&servers(&["--add", &format!("{relay}/")])), "taken");
    assert_eq!(refused(&servers(&["--add", "http://relay.example"])), "plain_http");
    assert_eq!(refused(&servers(&["--add", relay, "--remove", relay])), "usage");
    assert_eq!(answer(&servers(&["--remove", relay]))["relays"], json!([]));
    assert_eq!(refused(&servers(&["--remove", relay])), "unknown");
    let digest = |data: &str| answer(&run(&["verify", "--json", "--data", data]))["digest"].clone();
    assert_eq!(digest(&till.data()), digest(other));
    drop(running);
    assert_eq!(digest(&till.data()), digest(data));
}
