//! Head office over HTTP: signing in, calling, being refused.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;

use common::{Chain, PASSWORD};
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};

struct Browser<'a> {
    chain: &'a Chain,
    http: Client,
    token: Option<String>,
}

impl<'a> Browser<'a> {
    fn new(chain: &'a Chain) -> Self {
        Self {
            chain,
            http: Client::new(),
            token: None,
        }
    }

    fn signed_in(chain: &'a Chain, login: &str) -> Self {
        let mut browser = Self::new(chain);
        let (status, answer) = browser.call("till.sign_in", json!({ "login": login, "password": PASSWORD }));
        assert_eq!(status, 200, "{answer}");
        browser.token = Some(answer["token"].as_str().unwrap().to_owned());
        browser
    }

    fn send(&self, name: &str, body: String, headers: &[(&str, &str)]) -> Response {
        let mut request = self.http.post(format!("{}/api/call/{name}", self.chain.url)).body(body);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().unwrap()
    }

    fn call(&self, name: &str, body: Value) -> (u16, Value) {
        self.call_with(name, body, &[])
    }

    fn call_with(&self, name: &str, body: Value, headers: &[(&str, &str)]) -> (u16, Value) {
        let headers = [&[("content-type", "application/json")], headers].concat();
        let answer = self.send(name, body.to_string(), &headers);
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().unwrap()).unwrap())
    }

    fn code(&self, name: &str, body: Value) -> (u16, String) {
        let (status, answer) = self.call(name, body);
        (status, answer["code"].as_str().unwrap_or_default().to_owned())
    }

    fn get(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.chain.url)).send().unwrap()
    }
}

fn add(browser: &Browser<'_>, login: &str, role: &str) -> String {
    let body = json!({ "login": login, "name": login, "password": PASSWORD, "roles": [{ "role": role }] });
    let (status, answer) = browser.call("users.add", body);
    assert_eq!(status, 200, "{answer}");
    answer["user"].as_str().unwrap().to_owned()
}

#[test]
fn signing_in_calling_and_signing_out() {
    let chain = Chain::new();
    let nobody = Browser::new(&chain);
    let (status, state) = nobody.call("till.state", json!({}));
    assert_eq!(
        (status, &state["stage"], &state["me"]),
        (200, &json!("office"), &Value::Null)
    );
    assert_eq!(state["organisation"], "Nayana Opticals");
    assert_eq!(nobody.code("stores.list", json!({})), (401, "not_signed_in".to_owned()));

    let asha = Browser::signed_in(&chain, " Asha ");
    assert_eq!(asha.call("till.state", json!({})).1["me"]["login"], "asha");
    assert_eq!(asha.call("stores.list", json!({})).0, 200);
    assert_eq!(asha.code("no.such", json!({})), (404, "unknown_request".to_owned()));
    assert_eq!(
        asha.code("till.sync_now", json!({})),
        (422, "only_the_window".to_owned())
    );
    assert_eq!(
        asha.code("product.create", json!({ "name": 1 })),
        (400, "bad_request".to_owned())
    );

    let second = Browser::signed_in(&chain, "asha");
    assert_eq!(asha.call("till.sign_out", json!({})).0, 200);
    assert_eq!(asha.code("stores.list", json!({})), (401, "not_signed_in".to_owned()));
    assert_eq!(asha.call("till.state", json!({})).1["me"], Value::Null);
    assert_eq!(second.call("stores.list", json!({})).0, 200, "another sign-in stands");
    chain.pass(8 * 60 * 60_000);
    assert_eq!(second.code("stores.list", json!({})), (401, "not_signed_in".to_owned()));
}

#[test]
fn roles_hold_and_who_is_disabled_is_out_at_once() {
    let chain = Chain::new();
    let asha = Browser::signed_in(&chain, "asha");
    let user = add(&asha, "vikram", "accountant");
    add(&asha, "kiran", "technician");
    let vikram = Browser::signed_in(&chain, "vikram");
    assert_eq!(vikram.call("office.today", json!({})).0, 200);
    assert_eq!(vikram.code("users.list", json!({})), (403, "not_permitted".to_owned()));
    let kiran = Browser::signed_in(&chain, "kiran");
    assert_eq!(kiran.code("office.today", json!({})), (403, "not_permitted".to_owned()));

    let (status, answer) = asha.call("users.disable", json!({ "user": user, "reason": "left the company" }));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(vikram.code("office.today", json!({})), (401, "disabled".to_owned()));
    assert_eq!(vikram.call("till.state", json!({})).1["me"], Value::Null);
}

#[test]
fn five_sign_ins_a_minute() {
    let chain = Chain::new();
    let browser = Browser::new(&chain);
    let wrong = || browser.call("till.sign_in", json!({ "login": "asha", "password": "a guess" }));
    for left in (1..5).rev() {
        let (status, told) = wrong();
        assert_eq!((status, told["code"].as_str()), (401, Some("wrong_password")));
        assert!(
            told["remedy"].as_str().unwrap().contains(&format!("{left} tries")),
            "{told}"
        );
    }
    assert_eq!(wrong().1["code"], "locked_out");
    // From here on nothing is looked at for the rest of the minute.
    let (status, told) = wrong();
    assert_eq!((status, told["code"].as_str()), (429, Some("locked_out")));
    assert!(told["remedy"].as_str().unwrap().contains("1 min"), "{told}");
    // Another name is another matter.
    assert_eq!(
        browser
            .code("till.sign_in", json!({ "login": "vikram", "password": "?" }))
            .1,
        "wrong_password"
    );
    chain.pass(16 * 60_000);
    Browser::signed_in(&chain, "asha");
}

#[test]
fn a_request_sent_twice_is_one_commit_and_one_answer() {
    let chain = Chain::new();
    let asha = Browser::signed_in(&chain, "asha");
    let body = json!({ "name": "Meera", "phone": "9845012345" });
    let id = [("x-request-id", "00112233445566778899aabbccddeeff")];
    let first = asha.call_with("customer.create", body.clone(), &id);
    let held = common::held(chain.server());
    assert_eq!(first.0, 200, "{}", first.1);
    assert_eq!(asha.call_with("customer.create", body, &id), first);
    assert_eq!(common::held(chain.server()), held);
    let other = asha.call_with(
        "customer.create",
        json!({ "name": "Someone", "phone": "9845099999" }),
        &id,
    );
    assert_eq!((other.0, &other.1["code"]), (409, &json!("request_id_reused")));
    let bad = asha.call_with("customer.create", json!({}), &[("x-request-id", "short")]);
    assert_eq!((bad.0, &bad.1["code"]), (400, &json!("bad_request")));
}

#[test]
fn other_sites_and_floods_are_refused() {
    let chain = Chain::new();
    let asha = Browser::signed_in(&chain, "asha");
    let json = ("content-type", "application/json");
    for headers in [
        &[("content-type", "text/plain")] as &[_],
        &[],
        &[json, ("origin", "https://evil.example")],
        &[json, ("sec-fetch-site", "cross-site")],
    ] {
        assert_eq!(
            asha.send("stores.list", "{}".to_owned(), headers).status(),
            400,
            "{headers:?}"
        );
    }
    assert_eq!(
        asha.send("stores.list", "{}".to_owned(), &[json, ("origin", &chain.url)])
            .status(),
        200
    );
    assert_eq!(asha.send("stores.list", "x".repeat(5 << 20), &[json]).status(), 413);
}

#[test]
fn the_page_comes_with_a_strict_policy_and_nothing_beside_it() {
    let chain = Chain::new();
    let browser = Browser::new(&chain);
    let index = browser.get("/");
    assert_eq!(index.status(), 200);
    let header = |name: &str| index.headers().get(name).unwrap().to_str().unwrap().to_owned();
    assert!(header("content-security-policy").starts_with("default-src 'none'; style-src 'self';"));
    assert!(header("content-type").starts_with("text/html"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(index.text().unwrap().contains("Fovea"));
    assert_eq!(browser.get("/no-such.js").status(), 404);
    assert_eq!(browser.get("/.stamp").status(), 404);
    assert_eq!(browser.get("/api/other").status(), 404);

    // A path that climbs, as no client library would send it.
    for path in [
        "/../Cargo.toml",
        "/fonts/../../../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "//etc/passwd",
    ] {
        let mut stream = TcpStream::connect(chain.running.as_ref().unwrap().address()).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
}

#[test]
fn machines_can_ask_how_it_is() {
    let chain = Chain::new();
    chain.till("S1", "T1");
    let browser = Browser::new(&chain);
    assert_eq!(browser.get("/health").text().unwrap(), r#"{"status":"ok"}"#);
    assert_eq!(browser.get("/ready").status(), 200);
    let metrics = browser.get("/metrics").text().unwrap();
    assert!(metrics.contains("\nfovea_enrolments_total 1\n"), "{metrics}");
    assert!(metrics.contains("\nfovea_commits_held 2\n"), "{metrics}");
    let openapi: Value = serde_json::from_str(&browser.get("/openapi.json").text().unwrap()).unwrap();
    assert_eq!(
        openapi["paths"]["/api/call/stock.level"]["post"]["x-permission"],
        "stock:read"
    );
}
