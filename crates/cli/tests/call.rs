//! `init`, `call` and `requests`: what stdout and stderr carry, who is let in, and that one request id is one commit.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::{ADMIN, PASSWORD, Till, answer, fed, files, fovea, refused, run, told};
use serde_json::{Value, json};

const INIT: [&str; 9] = [
    "init", "--org", "Nayana", "--store", "S1", "--till", "T1", "--admin", "asha",
];

fn init(data: &Path, more: &[&str]) -> std::process::Output {
    run(&[&INIT[..], &["--data", data.to_str().unwrap()], more].concat())
}

/// The secret of a recovery sheet, as it is printed.
fn secret(sheet: &str) -> Vec<&str> {
    let from = sheet.find("Secret:").unwrap() + "Secret:".len();
    let to = sheet.find("End of secret").unwrap();
    let groups: Vec<&str> = sheet[from..to].split_whitespace().collect();
    assert!(
        groups.len() > 8 && groups.iter().all(|group| group.len() >= 4),
        "{groups:?}"
    );
    groups
}

fn assert_not_within(folder: &Path, sheet: &str) {
    for (name, bytes) in files(folder) {
        let text = String::from_utf8_lossy(&bytes).to_uppercase();
        for group in secret(sheet).windows(2) {
            assert!(
                !text.contains(&group.concat()) && !text.contains(&group.join(" ")),
                "{name}"
            );
        }
        assert!(!text.contains("RECOVERY SHEET"), "{name}");
    }
}

#[test]
fn init_gives_the_sheet_away_and_keeps_none_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (said, filed) = (folder.path().join("said"), folder.path().join("filed"));

    let made = init(&said, &[]);
    let sheet = String::from_utf8(made.stderr).unwrap();
    assert_eq!((made.status.code(), made.stdout.len()), (Some(0), 0), "{sheet}");
    assert!(sheet.contains("Nayana"), "{sheet}");
    assert_not_within(&said, &sheet);
    // in-gst when unsaid.
    let known = answer(&run(&[
        "call",
        "organisation.get",
        "--data",
        said.to_str().unwrap(),
        "--as",
        ADMIN,
    ]));
    assert_eq!(known["profile"]["currency"]["code"], "INR", "{known}");

    let path = folder.path().join("sheet.txt");
    let made = init(&filed, &["--sheet", path.to_str().unwrap(), "--profile", "gb-vat"]);
    assert_eq!(
        (made.status.code(), made.stdout.len(), made.stderr.len()),
        (Some(0), 0, 0)
    );
    let sheet = std::fs::read_to_string(&path).unwrap();
    assert_not_within(&filed, &sheet);
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "only its owner reads the sheet");
}

#[test]
fn init_refuses_before_it_makes_anything() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let there = folder.path().join("there.txt");
    std::fs::write(&there, "mine").unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (inside, deeper, taken, nowhere) = (
        text(&data.join("sheet.txt")),
        text(&data.join("../data/sheet.txt")),
        text(&there),
        text(&folder.path().join("no/such/sheet.txt")),
    );
    for (more, code) in [
        (&["--sheet", &inside][..], "bad_field"),
        (&["--sheet", &deeper], "bad_field"),
        (&["--sheet", &taken], "bad_field"),
        (&["--sheet", &nowhere], "bad_field"),
        (&["--profile", "mars"], "bad_field"),
        (&["--org", "Twice"], "usage"),
        (&["--frobnicate"], "usage"),
        (&["a word too many"], "usage"),
    ] {
        assert_eq!(refused(&init(&data, more)), code, "{more:?}");
        assert!(!data.exists(), "{more:?}");
    }
    for missing in (1..INIT.len()).step_by(2) {
        let mut words = INIT.to_vec();
        words.drain(missing..missing + 2);
        let data = text(&data);
        words.extend(["--data", &data]);
        assert_eq!(refused(&run(&words)), "usage", "{words:?}");
    }
    assert_eq!(refused(&run(&INIT)), "usage", "no --data");
    let unnamed = fovea(&[&INIT[..], &["--data", data.to_str().unwrap()]].concat())
        .env_remove("FOVEA_PASSWORD")
        .output()
        .unwrap();
    assert_eq!(refused(&unnamed), "password_missing");
    assert!(!data.exists());
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "mine");
}

#[test]
fn a_second_init_is_refused_and_changes_nothing() {
    let till = Till::new("in-gst");
    let before = till.bytes();
    let second = till.path("second.txt");
    let again = init(Path::new(&till.data()), &["--sheet", second.to_str().unwrap()]);
    assert_eq!(refused(&again), "folder_present");
    assert!(till.bytes() == before && !second.exists());
}

#[test]
fn what_cannot_be_read_is_a_refusal_of_its_own() {
    let till = Till::new("in-gst");
    let totals = ["call", "sales.totals"];
    for (words, code) in [
        (&["call", "no.such"][..], "unknown_request"),
        (&["call", "sales.totals", "{"], "bad_request"),
        (&["call", "sales.totals", "[]{}"], "bad_request"),
        (&["call", "sales.totals", r#"{"since":"2026-01-01"}"#], "bad_request"),
        (&["call", "sales.totals", r#"{"from":7}"#], "bad_request"),
        (&["call", "sales.totals", r#"{"from":"2026-02-30"}"#], "bad_field"),
        (&["call", "sales.totals", r#"{"store":"S9"}"#], "unknown"),
        (&["call", "stock.level"], "bad_request"),
        (&["call", "stock.level", r#"{"product":"nothing"}"#], "unknown"),
        (&["call"], "usage"),
        (&["call", "sales.totals", "{}", "{}"], "usage"),
        (&["call", "sales.totals", "--frobnicate"], "usage"),
        (&["call", "sales.totals", "-x"], "usage"),
        (&["call", "sales.totals", "--request"], "usage"),
    ] {
        assert_eq!(refused(&till.ask(words)), code, "{words:?}");
    }
    let data = till.data();
    let nowhere = till.path("nowhere");
    for (words, code) in [
        (&[][..], "usage"),
        (&["frobnicate"], "usage"),
        (&["--frobnicate"], "usage"),
        (&[&totals[..], &["--data", &data]].concat(), "usage"),
        (&[&totals[..], &["--as", ADMIN]].concat(), "usage"),
        (
            &[&totals[..], &["--as", ADMIN, "--data", nowhere.to_str().unwrap()]].concat(),
            "folder_absent",
        ),
        (&["sync", "--data", &data], "usage"),
        (&["verify", "--data", nowhere.to_str().unwrap()], "folder_absent"),
        (&["rebuild", "--data", nowhere.to_str().unwrap()], "folder_absent"),
    ] {
        assert_eq!(refused(&run(words)), code, "{words:?}");
    }
    assert!(!nowhere.exists());
    let message = told(&till.ask(&["call", "no.such"])).message;
    assert!(message.contains("no.such"), "{message}");
}

#[test]
fn a_password_is_needed_and_five_wrong_ones_lock_the_name() {
    let till = Till::new("in-gst");
    let data = till.data();
    let words = ["call", "sales.totals", "--data", &data, "--as"];
    let with = |user: &str, password: Option<&str>| {
        let mut command = fovea(&[&words[..], &[user]].concat());
        match password {
            Some(password) => command.env("FOVEA_PASSWORD", password),
            None => command.env_remove("FOVEA_PASSWORD"),
        };
        command.output().unwrap()
    };
    let before = till.bytes();
    assert_eq!(refused(&with(ADMIN, None)), "password_missing");
    assert!(till.bytes() == before);

    assert_eq!(refused(&with("nobody", Some(PASSWORD))), "wrong_password");
    for left in ["4", "3"] {
        let told = told(&with(ADMIN, Some("wrong")));
        assert_eq!(told.code, "wrong_password");
        assert!(told.remedy.contains(left), "{told:?}");
    }
    // A right one forgives those before it.
    assert_eq!(with(" ASHA ", Some(PASSWORD)).status.code(), Some(0));
    for _ in 0..4 {
        assert_eq!(refused(&with(ADMIN, Some("wrong"))), "wrong_password");
    }
    assert_eq!(refused(&with(ADMIN, Some(""))), "locked_out");
    assert_eq!(refused(&with(ADMIN, Some(PASSWORD))), "locked_out");
    assert_eq!(refused(&till.ask(&["import", "products", "none.csv"])), "locked_out");
    assert_eq!(till.commits(), 1, "what is counted here is no commit");
}

#[test]
fn one_request_id_is_one_commit_and_one_answer() {
    let till = Till::new("in-gst");
    let frame = |code: &str| {
        json!({"code": code, "name": "Frame", "kind": "frame", "list": 250_000, "offer": 200_000}).to_string()
    };
    let create = |code: &str, id: &str| till.ask(&["call", "product.create", &frame(code), "--request", id]);
    let before = till.commits();
    let first = answer(&create("F1", "till-1-0001"));
    assert_eq!(till.commits(), before + 1);
    assert_eq!(answer(&create("F1", "till-1-0001")), first);
    assert_eq!(till.commits(), before + 1);
    assert_eq!(refused(&create("F2", "till-1-0001")), "request_id_reused");
    let other = till.ask(&["call", "session.open", r#"{"float":0}"#, "--request", "till-1-0001"]);
    assert_eq!(refused(&other), "request_id_reused");
    assert_eq!(till.commits(), before + 1);

    // Without an id, or with another, it is asked again.
    assert_eq!(refused(&till.ask(&["call", "product.create", &frame("F1")])), "taken");
    assert_eq!(refused(&create("F1", "till-1-0002")), "taken");
    // 32 hexadecimal digits are the id as it stands; a refused request leaves its id free.
    let id = "00112233445566778899aabbccddeeff";
    let second = answer(&create("F3", id));
    assert_ne!(second, first);
    assert_eq!(answer(&create("F3", id)), second);
    assert_ne!(answer(&create("F2", "till-1-0002")), first);
    assert_eq!(till.commits(), before + 3);
}

#[test]
fn a_body_comes_from_the_line_or_from_stdin() {
    let till = Till::new("in-gst");
    let data = till.data();
    let words = |request: &'static str, body: &'static str| ["call", request, body, "--data", &data, "--as", ADMIN];
    let nothing = json!({"sales": {"count": 0, "total": 0}, "returns": {"count": 0, "total": 0}});
    assert_eq!(answer(&till.ask(&["call", "sales.totals"])), nothing);
    assert_eq!(
        till.call("sales.totals", &json!({"store": "S1", "from": "2026-01-01"})),
        nothing
    );

    let made = answer(&fed(
        &words("customer.create", "-"),
        "{\"name\": \"Rōhan \\\"R\\\"\",\n \"phone\": \"98765 43210\"}\n",
    ));
    let found = till.call("customer.get", &made);
    assert_eq!(found["name"], "Rōhan \"R\"");

    let before = till.commits();
    for body in ["", "{", "{\"name\":\"cut sho", "\u{0}"] {
        assert_eq!(
            refused(&fed(&words("customer.create", "-"), body)),
            "bad_request",
            "{body:?}"
        );
    }
    let long = format!("{{\"name\":\"{}\"}}", "n".repeat(5 * 1024 * 1024));
    assert_eq!(refused(&fed(&words("customer.create", "-"), &long)), "bad_request");
    assert_eq!(till.commits(), before);
}

#[test]
fn queries_and_checked_passwords_write_nothing() {
    let till = Till::new("in-gst");
    till.call(
        "product.create",
        &json!({"code": "F1", "name": "Frame", "kind": "frame", "list": 100, "offer": 100}),
    );
    let before = (till.commits(), till.bytes());
    for (request, body) in [
        ("people.list", json!({})),
        ("sales.totals", json!({})),
        ("stock.level", json!({"product": "F1"})),
        ("product.search", json!({"text": "fra"})),
        ("session.current", json!({})),
        ("office.today", json!({})),
    ] {
        till.call(request, &body);
    }
    // Refused commands leave as little.
    assert_eq!(refused(&till.ask(&["call", "sale.complete", "{}"])), "bad_request");
    assert_eq!(
        refused(&till.ask(&["call", "session.close", r#"{"counted":0,"expected":0}"#])),
        "no_session"
    );
    assert!((till.commits(), till.bytes()) == before);
}

#[test]
fn a_role_may_do_what_its_permissions_say() {
    let till = Till::new("in-gst");
    till.add_user("ravi", "cashier");
    let before = till.commits();
    for words in [
        &[
            "call",
            "product.create",
            r#"{"code":"F","name":"F","kind":"frame","list":1,"offer":1}"#,
        ][..],
        // Permission is asked before the body is.
        &["call", "users.list", "{\"x"],
        &["import", "products", "none.csv"],
        &["replay", "retail", "none.csv"],
    ] {
        let told = told(&till.ask_as("ravi", words));
        assert_eq!(told.code, "not_permitted", "{words:?}");
        assert!(told.message.contains(':'), "the permission is named: {told:?}");
    }
    assert_eq!(
        answer(&till.ask_as("ravi", &["call", "sales.totals"]))["sales"]["count"],
        0
    );
    assert_eq!(till.commits(), before);
}

/// Every `$ref` leads somewhere in its own schema, and what is required is described.
fn check_schema(name: &str, root: &Value, schema: &Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(to)) = fields.get("$ref") {
                let place = to.strip_prefix('#').unwrap_or_else(|| panic!("{name}: {to}"));
                assert!(root.pointer(place).is_some(), "{name}: {to}");
            }
            if let (Some(Value::Array(required)), Some(Value::Object(properties))) =
                (fields.get("required"), fields.get("properties"))
            {
                for field in required {
                    assert!(properties.contains_key(field.as_str().unwrap()), "{name}: {field}");
                }
            }
            if let Some(Value::String(kind)) = fields.get("type") {
                let known = ["object", "array", "string", "integer", "number", "boolean", "null"];
                assert!(known.contains(&kind.as_str()), "{name}: {kind}");
            }
            fields.values().for_each(|part| check_schema(name, root, part));
        }
        Value::Array(parts) => parts.iter().for_each(|part| check_schema(name, root, part)),
        _ => {}
    }
}

#[test]
fn requests_lists_every_request_with_its_schema() {
    let all = answer(&run(&["requests", "--json"]));
    let all = all.as_array().unwrap();
    let names: BTreeSet<&str> = all.iter().map(|request| request["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), all.len());
    for name in [
        "sales.totals",
        "stock.level",
        "sale.complete",
        "session.open",
        "product.search",
        "users.add",
    ] {
        assert!(names.contains(name), "{name}");
    }
    for request in all {
        let name = request["name"].as_str().unwrap();
        assert!(
            ["query", "command", "local", "till"].contains(&request["kind"].as_str().unwrap()),
            "{request}"
        );
        assert!(request["permission"].as_str().unwrap().contains(':'), "{request}");
        let schema = &request["schema"];
        assert_eq!(
            schema["$schema"], "https://json-schema.org/draft/2020-12/schema",
            "{name}"
        );
        check_schema(name, schema, schema);
    }
    let fields = |name: &str| -> BTreeSet<String> {
        let request = all.iter().find(|request| request["name"] == name).unwrap();
        request["schema"]["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    };
    assert_eq!(
        fields("sales.totals"),
        ["from", "store", "to"].map(str::to_owned).into()
    );
    assert_eq!(fields("stock.level"), ["product"].map(str::to_owned).into());

    let told = run(&["requests"]);
    assert_eq!((told.status.code(), told.stderr.len()), (Some(0), 0));
    let told = String::from_utf8(told.stdout).unwrap();
    let lines: Vec<Vec<&str>> = told.lines().map(|line| line.split_whitespace().collect()).collect();
    let expected: Vec<Vec<&str>> = all
        .iter()
        .map(|request| {
            ["name", "kind", "permission"]
                .map(|field| request[field].as_str().unwrap())
                .to_vec()
        })
        .collect();
    assert_eq!(lines, expected);
    assert_eq!(refused(&run(&["requests", "--yaml"])), "usage");
}

#[test]
fn help_names_every_form_and_a_reader_that_leaves_is_no_error() {
    let help = run(&["--help"]);
    assert_eq!((help.status.code(), help.stderr.len()), (Some(0), 0));
    let help = String::from_utf8(help.stdout).unwrap();
    for command in [
        "init", "enrol", "call", "requests", "import", "replay", "sync", "verify", "rebuild", "twin",
    ] {
        assert!(help.contains(&format!("fovea {command} ")), "{command}");
    }
    let mut child = fovea(&["requests", "--json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr.len()), (Some(0), 0));
}
