//! The program itself: what stdout and stderr carry, and how it ends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};

use common::{PASSWORD, keys_in_files};
use serde_json::Value;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fovea-server"));
    command
        .args(arguments)
        .env("FOVEA_PASSWORD", PASSWORD)
        .env("FOVEA_KEYS", "file")
        .stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty(), "an error says nothing on stdout");
    let told: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert!(told["message"].is_string() && told["remedy"].is_string());
    told["code"].as_str().unwrap().to_owned()
}

#[test]
fn init_code_and_serve() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    keys_in_files(&data);
    let (data, sheet) = (data.to_str().unwrap(), folder.path().join("sheet.txt"));
    let sheet = sheet.to_str().unwrap();
    let init = ["init", "--data", data, "--org", "Nayana Opticals", "--admin", "asha"];

    let inside = format!("{data}/sheet.txt");
    assert_eq!(refused(&run(&[&init[..], &["--sheet", &inside]].concat())), "bad_field");
    assert_eq!(
        refused(&run(&[&init[..], &["--profile", "mars"]].concat())),
        "bad_field"
    );
    assert_eq!(refused(&run(&init[..5])), "usage");
    assert_eq!(
        refused(&run(&["code", "--data", data, "--store", "S1", "--till", "T1"])),
        "folder_absent"
    );
    let nobody = program(&init).env_remove("FOVEA_PASSWORD").output().unwrap();
    assert_eq!(refused(&nobody), "password_missing");

    let made = run(&[&init[..], &["--sheet", sheet]].concat());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(std::fs::read_to_string(sheet).unwrap().contains("Nayana Opticals"));
    assert_eq!(refused(&run(&init)), "folder_present");

    let code = |store: &str| run(&["code", "--data", data, "--store", store, "--till", "T1"]);
    assert_eq!(refused(&code("TOOLONG")), "bad_field");
    assert_eq!(
        refused(&run(&["serve", "--data", data, "--listen", "0.0.0.0:0"])),
        "plain_http"
    );
    assert_eq!(
        refused(&run(&[
            "serve",
            "--data",
            data,
            "--listen",
            "127.0.0.1:0",
            "--tls-cert",
            sheet
        ])),
        "usage"
    );

    let mut server = program(&["serve", "--data", data, "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(server.stderr.take().unwrap());
    let mut first = String::new();
    log.read_line(&mut first).unwrap();
    let listening: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(listening["event"], "listening");
    let url = listening["address"].as_str().unwrap();
    assert_eq!(reqwest::blocking::get(format!("{url}/health")).unwrap().status(), 200);

    assert_eq!(
        refused(&run(&["serve", "--data", data, "--listen", "127.0.0.1:0"])),
        "folder_in_use"
    );
    let given = code("S1");
    let said = String::from_utf8(given.stdout).unwrap();
    let word = said.split_whitespace().last().unwrap();
    assert_eq!((given.status.code(), word.len()), (Some(0), 12), "{said}");
    let till = folder.path().join("till");
    keys_in_files(&till);
    sync::enrol(&till, url, word, app::system_clock(), &mut |_| {}).unwrap();

    let told = Command::new("kill")
        .args(["-TERM", &server.id().to_string()])
        .status()
        .unwrap();
    assert!(told.success());
    assert_eq!(server.wait().unwrap().code(), Some(0));
    let (mut rest, mut out) = (String::new(), String::new());
    log.read_to_string(&mut rest).unwrap();
    server.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert!(
        rest.contains(r#""event":"enrolled""#) && rest.contains(r#""event":"stopping""#),
        "{rest}"
    );
    assert!(out.is_empty() && !rest.contains(word), "no code in a log");
}
