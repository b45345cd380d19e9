//! `fovea`: the requests of the window from a terminal or a script. Its forms are fixed; see `fovea --help`.
//!
//! stdout carries the answer alone; progress goes to stderr; an error is JSON on stderr and exit 1.

mod arguments;
mod commands;
mod password;
mod progress;

use std::process::ExitCode;

use model::refusal::Refusal;

fn main() -> ExitCode {
    match commands::run(std::env::args_os().skip(1)) {
        Ok(code) => code,
        Err(refusal) => {
            eprintln!("{}", told(&refusal));
            ExitCode::FAILURE
        }
    }
}

/// The refusal as one line of JSON.
fn told(refusal: &Refusal) -> String {
    let told = refusal.told();
    serde_json::to_string(&told).unwrap_or_else(|_| format!("{{\"code\":\"{}\"}}", told.code))
}
