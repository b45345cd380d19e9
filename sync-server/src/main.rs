//! `fovea-server`: makes a chain, gives out one-time codes, serves sync and head office.

use std::process::ExitCode;

fn main() -> ExitCode {
    match fovea_server::commands::run(std::env::args_os().skip(1)) {
        Ok(answer) => {
            if !answer.is_empty() {
                println!("{answer}");
            }
            ExitCode::SUCCESS
        }
        Err(refusal) => {
            let told = refusal.told();
            eprintln!(
                "{}",
                serde_json::to_string(&told).unwrap_or_else(|_| format!("{{\"code\":\"{}\"}}", told.code))
            );
            ExitCode::FAILURE
        }
    }
}
